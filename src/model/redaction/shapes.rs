//! Credentials that are known by their shape, wherever they stand.

use super::Hidden;
use regex::bytes::Regex;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Shapes, each behind texts of which every match has one: a pattern is compiled when the first of its texts is met,
/// which for most is never. The group `secret` is the part to hide, else the whole match.
const SHAPES: &[(&str, &str)] = &[
    // Keys in PEM and PGP armour, to the end of the text where the end is cut off; `\n` may be written as two characters.
    (
        "-----BEGIN",
        r"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]*?-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----|[\s\S]*)",
    ),
    ("AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    // crypt(5) hashes, and those of LDAP.
    (
        "$1$ $5$ $6$ $7$ $y$ $gy$ $apr1$ $2$ $2a$ $2b$ $2x$ $2y$ $sha1$ $argon2 $pbkdf2",
        r"\$(?:1|5|6|7|y|gy|apr1|2[abxy]?|sha1|argon2\w*|pbkdf2[\w-]*)\$[./A-Za-z0-9$=,+]{8,}",
    ),
    ("{SHA {SSHA", r"\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{16,}"),
    // The password of a URL, RFC 3986 userinfo. One with a slash is written all the same; a port is none.
    ("://", r"(?i)\b[a-z][a-z0-9+.-]{1,30}://[^\s:/@'\x22<>]*:(?<secret>[^\s/'\x22<>]+)@"),
    (
        "://",
        r"(?i)\b[a-z][a-z0-9+.-]{1,30}://[^\s:/@'\x22<>]*:(?<secret>[^\s/'\x22<>]*[^\s/'\x22<>0-9][^\s/'\x22<>]*/[^\s'\x22<>@]*)@",
    ),
    ("://", r"(?i)\bhttps?://(?<secret>[A-Za-z0-9_-]{20,})@"),
    // Authorization headers.
    (
        "uthorization UTHORIZATION",
        r"(?i)\bauthorization[\x22']?[\s:=,]+[\x22']?(?:basic|bearer|token|apikey|digest)\s+(?<secret>[^\s\x22'$\{<][^\s\x22']{7,})",
    ),
    ("earer EARER", r"(?i)\bbearer\s+(?<secret>[A-Za-z0-9_.=+/~-]{16,})"),
    // Name and password in base64, as container tools and npm keep them.
    ("auth", r#"auth["']?\s*[:=]\s*["']?(?<secret>[A-Za-z0-9+/-]{8,}={1,2})"#),
    ("auth\"", r#""auth"\s*:\s*"(?<secret>[A-Za-z0-9+/]{12,}={0,2})""#),
    // Command lines.
    (
        "curl",
        r#"\bcurl\b[^\n]*?(?:\\\n[^\n]*?)*?\s(?:-u|--user|--proxy-user)[ =]*["']?[^\s:"'$<]*["']?:["']?(?<secret>[^\s"'$<\[{]["']?[^\s"']+)"#,
    ),
    ("curl", r#"\bcurl\b[^\n]*?\s(?:-u|--user)[ =]*["'](?<secret>[^\s:"'$<]{8,}):["']"#),
    (
        "mysql mariadb",
        r#"\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n]*?\s-p(?<secret>[^\s'"$-][^\s'"]*)"#,
    ),
    ("sshpass", r#"\bsshpass\s+-p\s*["']?(?<secret>[^\s"'$]+)"#),
    ("insecure-password stats", r"\b(?:insecure-password|stats\s+auth\s+[^\s:]+:)\s*(?<secret>\S+)"),
    ("user", r"(?m)^\s*user\s+\S+\s[^\n]*?[\s](?<secret>>[^\s]+)"),
    // JSON web tokens, RFC 7519, also within base64.
    ("eyJ", r"\bey[A-Za-z0-9_-]{15,}\.(?:ey[A-Za-z0-9/\\_-]{15,}\.?[A-Za-z0-9/\\_-]{0,2000}={0,2})"),
    ("ZXlK", r"\bZXlK[A-Za-z0-9+/=_-]{60,}"),
    // Providers, in the order of the alphabet.
    ("A3-", r"\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b"),
    ("ops_eyJ", r"\bops_eyJ[A-Za-z0-9+/]{100,}={0,3}"),
    ("p8e-", r"\bp8e-(?i:[a-z0-9]{32})\b"),
    ("LTAI", r"\bLTAI(?i:[a-z0-9]{20})\b"),
    ("sk-ant-", r"\bsk-ant-(?:api|admin)[0-9]{2}-[\w-]{80,}"),
    ("AKCp cmVmd", r"\b(?:AKCp[A-Za-z0-9]{69}|cmVmd[A-Za-z0-9]{59})\b"),
    ("ATATT3", r"\bATATT3[A-Za-z0-9_=-]{180,}"),
    ("A3T AKIA ASIA ABIA ACCA", r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("ABSK", r"\bABSK[A-Za-z0-9+/]{100,}={0,2}"),
    ("bedrock-api-key-", r"\bbedrock-api-key-[A-Za-z0-9+/=]{20,}"),
    ("Q~", r"(?:^|[^\w~.-])(?<secret>[\w~.-]{3}\dQ~[\w~.-]{31,34})(?:$|[^\w~.-])"),
    ("v1.0-", r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{100,}"),
    ("4b1d", r"\b4b1d[A-Za-z0-9]{38}\b"),
    ("dapi", r"\bdapi[a-f0-9]{32}(?:-\d)?\b"),
    ("doo_v1_ dop_v1_ dor_v1_", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    ("dckr_", r"\bdckr_(?:pat|oat)_[\w-]{20,}"),
    ("dp.pt.", r"\bdp\.pt\.(?i:[a-z0-9]{43})\b"),
    ("duffel_", r"\bduffel_(?:test|live)_[\w=-]{43}"),
    ("dt0c01.", r"\bdt0c01\.(?i:[a-z0-9]{24}\.[a-z0-9]{64})\b"),
    ("EZAK EZTK", r"\bEZ[AT]K(?i:[a-z0-9]{54})\b"),
    ("EAAM EAAC", r"\bEAA[MC](?i:[a-z0-9]{100,})"),
    ("acebook ACEBOOK", r"\b\d{15,16}(?:\||%7[cC])[\w-]{27,40}"),
    ("FLWSEC", r"\bFLWSEC(?:K_TEST|K|_TEST)-(?i:[a-h0-9-]{12,})"),
    ("fio-u-", r"\bfio-u-[\w=-]{64}"),
    ("fo1_ fm1_ fm1a_ fm1r_ fm2_ fm2a_ fm2r_", r"\b(?:fo1_[\w-]{43}|fm[12][ar]?_[a-zA-Z0-9+/]{100,}={0,3})"),
    ("GOCSPX-", r"\bGOCSPX-[\w-]{20,}"),
    ("AIza", r"\bAIza[\w-]{35}"),
    ("ya29.", r"\bya29\.[\w-]{30,}"),
    ("gho_ ghp_ ghu_ ghs_ ghr_", r"\bgh[opusr]_[A-Za-z0-9]{36}\b"),
    ("github_pat_", r"\bgithub_pat_\w{82}\b"),
    (
        "glpat- glptt- gldt- glcbt- glft- glffct- glimt- glagent- glsoat- glrt- gloas- glrtr-",
        r"\b(?:glpat|glptt|gldt|glcbt|glft|glffct|glimt|glagent|glsoat|glrt|gloas|glrtr)-[\w-]{20,}(?:\.[\w.-]+)?",
    ),
    ("GR1348941", r"\bGR1348941[\w-]{20}"),
    ("_gitlab_session=", r"_gitlab_session=(?<secret>[0-9a-z]{32})"),
    (
        "glc_ glsa_ eyJrIjoi",
        r"\b(?:glc_[A-Za-z0-9+/]{32,400}={0,3}|glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|eyJrIjoi[A-Za-z0-9]{60,400}={0,3})",
    ),
    (".atlasv1.", r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}"),
    ("hvs. hvb.", r"\b(?:hvs\.[\w-]{90,120}|hvb\.[\w-]{138,300})\b"),
    ("pat-na1- pat-eu1-", r"\bpat-(?:na1|eu1)-[a-f0-9-]{36}\b"),
    ("hf_ api_org_", r"\b(?:hf|api_org)_[A-Za-z]{34}\b"),
    ("HRKU-AA", r"\bHRKU-AA[\w-]{58}\b"),
    ("ico-", r"\bico-[A-Za-z0-9]{32}\b"),
    ("lin_api_", r"\blin_api_(?i:[a-z0-9]{40})\b"),
    ("-us", r"\b[0-9a-f]{32}-us[0-9]{1,2}\b"),
    (
        "://",
        r"https://[a-z0-9]+\.webhook\.office\.com/webhookb2/(?<secret>[\w-]{36}@[\w-]{36}/IncomingWebhook/[a-z0-9]{32}/[\w-]{36})",
    ),
    ("NRAK- NRJS- NRII-", r"\b(?:NRAK-[A-Z0-9]{27}|NRJS-[a-f0-9]{19}|NRII-[\w-]{32})"),
    ("ntn_", r"\bntn_[0-9]{11}[A-Za-z0-9]{35}\b"),
    ("npm_", r"\bnpm_(?i:[a-z0-9]{36})\b"),
    ("_authToken", r"_authToken\s*=\s*(?<secret>[^\s$][^\s]{5,})"),
    ("API-", r"\bAPI-[A-Z0-9]{26}\b"),
    ("T3BlbkFJ", r"\bsk-(?:(?:proj|svcacct|admin)-)?[\w-]{20,200}T3BlbkFJ[\w-]{20,200}"),
    ("sha256~", r"\bsha256~[\w-]{43}\b"),
    ("pplx-", r"\bpplx-[A-Za-z0-9]{48}\b"),
    ("pscale_", r"\bpscale_(?:tkn|pw|oauth)_[\w=.-]{32,64}"),
    ("PMAK-", r"\bPMAK-(?i:[a-f0-9]{24}-[a-f0-9]{34})\b"),
    ("pnu_", r"\bpnu_[A-Za-z0-9]{36}\b"),
    ("pul-", r"\bpul-[a-f0-9]{40}\b"),
    ("pypi-AgEIcHlwaS5vcmc", r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,}"),
    ("rdme_", r"\brdme_[a-z0-9]{70}\b"),
    ("rubygems_", r"\brubygems_[a-f0-9]{48}\b"),
    ("tk-us-", r"\btk-us-[\w-]{48}"),
    ("SG.", r"\bSG\.[\w-]{16,32}\.[\w-]{16,64}"),
    ("xkeysib-", r"\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b"),
    ("sntrys_ sntryu_", r"\bsntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    (
        "CONTRIBSYS contribsys",
        r"(?i)\bBUNDLE_(?:ENTERPRISE|GEMS)__CONTRIBSYS__COM[\x22']?\s*[:=]\s*[\x22']?(?<secret>[a-f0-9]{8}:[a-f0-9]{8})\b",
    ),
    ("://", r"(?i)https?://(?<secret>[a-f0-9]{8}:[a-f0-9]{8})@(?:gems|enterprise)\.contribsys\.com"),
    ("shippo_", r"\bshippo_(?:live|test)_[a-fA-F0-9]{40}\b"),
    ("shpat_ shpca_ shppa_ shpss_", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    ("xoxb- xoxp- xoxe- xoxo- xoxr- xoxs- xoxa-", r"\bxox[bpeorsa]-(?:\d+-){1,4}[A-Za-z0-9-]{8,}"),
    ("xoxb- xoxp- xoxe- xoxo- xoxr- xoxs- xoxa-", r"\bxoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{100,}"),
    ("xapp- XAPP-", r"(?i)\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+"),
    ("hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?<secret>[A-Za-z0-9+/]{43,})"),
    ("sl.", r"\bsl\.[\w=-]{135,}"),
    ("squ_ sqp_ sqa_ sq0", r"\bsq(?:[upa]_|0[a-z]{3}-)[\w-]{22,60}"),
    ("EAAA", r"\bEAAA[\w+=-]{22,60}"),
    ("sgp_", r"\bsgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}\b"),
    ("rk_test_ rk_live_ rk_prod_ sk_test_ sk_live_ sk_prod_", r"\b[rs]k_(?:test|live|prod)_[A-Za-z0-9]{10,99}\b"),
    ("SK", r"\bSK[0-9a-fA-F]{32}\b"),
    (":AA", r"\b\d{5,16}:A[\w-]{34}\b"),
    ("s-s4t2", r"\bs-s4t2(?:ud|af)-[a-f0-9]{64}\b"),
    ("AAAAAAAAAAAAAAAAAAAAA", r"\bAAAAAAAAAAAAAAAAAAAAA[A-Za-z0-9%]{80,100}"),
];

/// The shapes with what was compiled of them, and one pattern of all their texts.
struct Shapes {
    texts: Regex,
    by_text: HashMap<&'static [u8], Vec<usize>>,
    compiled: Vec<OnceLock<Regex>>,
}

fn shapes() -> &'static Shapes {
    static ALL: OnceLock<Shapes> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut by_text: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (index, (texts, _)) in SHAPES.iter().enumerate() {
            for text in texts.split(' ') {
                by_text.entry(text.as_bytes()).or_default().push(index);
            }
        }
        // The longest first: of two that begin alike the longer is found, and brings the shapes of the shorter.
        let mut texts: Vec<&str> = SHAPES.iter().flat_map(|(texts, _)| texts.split(' ')).collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts.dedup();
        for long in &texts {
            for short in texts.iter().filter(|short| short.len() < long.len() && long.contains(**short)) {
                let more = by_text.get(short.as_bytes()).cloned().unwrap_or_default();
                by_text.entry(long.as_bytes()).or_default().extend(more);
            }
        }
        let escaped: Vec<String> = texts.iter().map(|text| regex::escape(text)).collect();
        let compiled = SHAPES.iter().map(|_| OnceLock::new()).collect();
        Shapes { texts: super::pattern(&escaped.join("|")), by_text, compiled }
    })
}

/// Hides what has the shape of a credential.
pub(super) fn hide(text: &str) -> Cow<'_, str> {
    let shapes = shapes();
    let mut met: Vec<usize> = Vec::new();
    for found in shapes.texts.find_iter(text.as_bytes()) {
        for index in shapes.by_text.get(found.as_bytes()).into_iter().flatten() {
            if !met.contains(index) {
                met.push(*index);
            }
        }
    }
    met.sort_unstable();
    let mut out = Cow::Borrowed(text);
    for index in met {
        let (Some(cell), Some((_, shape))) = (shapes.compiled.get(index), SHAPES.get(index)) else { continue };
        let shape = cell.get_or_init(|| super::pattern(shape));
        let mut hidden = Hidden::new(&out);
        for found in shape.captures_iter(out.as_bytes()) {
            let Some(secret) = found.name("secret").or_else(|| found.get(0)) else { continue };
            if !is_example(secret.as_bytes()) {
                hidden.hide(secret.start(), secret.end());
            }
        }
        if let Cow::Owned(next) = hidden.finish() {
            out = Cow::Owned(next);
        }
    }
    out
}

/// Whether a credential was written to show its shape (`AKIAXXXXXXXXXXXXXXXX`, `<password>`) or stands for a variable.
pub(super) fn is_example(secret: &[u8]) -> bool {
    let holds = |pair: &[u8]| secret.windows(2).any(|two| two == pair);
    // A variable begins as a crypt(5) hash does, but has no second dollar sign soon.
    let is_hash = secret.starts_with(b"$") && secret.iter().skip(1).take(20).any(|byte| *byte == b'$');
    if secret.first().is_some_and(|first| b"$<{%[*".contains(first)) && !is_hash && !secret.starts_with(b"{S")
        || holds(b"${")
        || holds(b"{{")
    {
        return true;
    }
    // The commonest character makes most of it: filled up by hand.
    let mut counts = [0_u32; 128];
    for byte in secret.iter() {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0) as usize;
    secret.len() >= 12 && most * 2 > secret.len()
}

#[cfg(test)]
mod tests {
    use super::SHAPES;
    use crate::model::redaction::pattern;

    #[test]
    fn every_shape_is_a_pattern_behind_texts() {
        for (texts, shape) in SHAPES {
            assert!(texts.split(' ').all(|text| text.len() >= 2), "{texts}");
            assert!(!pattern(shape).is_match(b""), "{shape}");
        }
    }
}
