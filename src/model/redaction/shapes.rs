//! Credentials that are known by their shape, wherever they stand.

use super::looks::{self, is_example};
use super::tokens::{TOKENS, Token};
use super::{Hit, names};
use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::Regex;
use std::sync::OnceLock;

/// Shapes with a grammar: the rule, texts of which every match has one, and the pattern. A pattern is compiled when the
/// first of its texts is met, which for most is never. The group `secret` is the part to hide, else the whole match.
const SHAPES: &[(&str, &str, &str)] = &[
    // Keys in PEM, PGP and SSH2 armour, RFC 7468, RFC 9580, RFC 4716; to the end of the text where the end is cut off.
    (
        "private-key",
        "-----BEGIN|---- BEGIN",
        r"-----?[ ]?BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?[ ]?-----?(?:[\s\S]*?-----?[ ]?END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?[ ]?-----?|[\s\S]*)",
    ),
    (
        "private-key",
        "-----BEGIN OpenVPN",
        r"-----BEGIN OpenVPN [\w -]{0,40}[Kk]ey[ V0-9]*-----[\s\S]*?(?:-----END OpenVPN[^\n]*|\z)",
    ),
    // WireGuard's keys as netplan(5) names them: 32 bytes in base64.
    (
        "private-key",
        "shared:|private:|key:",
        r#"(?m)(?:^\s*(?:-\s+)?|[{,]\s*)(?:shared|private|key):\s*["']?(?<secret>[A-Za-z0-9+/]{43}=)"#,
    ),
    // The key of serf's gossip, in consul and nomad: 16, 24 or 32 bytes in base64.
    ("gossip-key", "encrypt", r#"\bencrypt["']?\s*[:=]\s*["'](?<secret>[A-Za-z0-9+/]{22,43}={0,2})["']"#),
    // PuTTY's own form, PPK 2 and 3.
    (
        "private-key",
        "PuTTY-User-Key-File-",
        r"Private-Lines:[ \t]*\d+\r?\n(?<secret>[\s\S]*?)(?:\r?\nPrivate-(?:MAC|Hash):|\z)",
    ),
    // The secret members of a JSON web key, RFC 7518 section 6.
    ("json-web-key", "\"kty\"", r#""(?:d|p|q|dp|dq|qi|k)"\s*:\s*"(?<secret>[\w-]{16,})""#),
    // crypt(5) hashes, those of LDAP (RFC 2307), of PBKDF2 and of Samba.
    (
        "password-hash",
        "$1$|$5$|$6$|$7$|$y$|$gy$|$apr1$|$2$|$2a$|$2b$|$2x$|$2y$|$sha1$|$argon2|$pbkdf2|$scrypt$|$bcrypt",
        r"\$(?:(?:1|apr1)\$[^$\s]{0,8}\$[./A-Za-z0-9]{22}|[56]\$(?:rounds=\d+\$)?[^$\s:]{0,16}\$[./A-Za-z0-9]{16,}|2[abxy]?\$\d\d\$[./A-Za-z0-9]{22,}|(?:7|y|gy|sha1|argon2\w*|pbkdf2[\w-]*|scrypt|bcrypt[\w-]*)\$[./A-Za-z0-9$=,+-]{16,})",
    ),
    (
        "password-hash",
        "{SHA|{SSHA|{SMD5}|{MD5}|{CRYPT}|{PBKDF2",
        r"\{(?:S?SHA(?:256|512)?|S?MD5|CRYPT|PBKDF2[\w-]*)\}[A-Za-z0-9+/=.$]{13,}",
    ),
    ("password-hash", "grub.pbkdf2", r"\bgrub\.pbkdf2\.sha\d+\.\d+\.(?<secret>[0-9A-Fa-f.]{16,})"),
    // GRUB's manual: `password USER CLEAR`, which stands beside the names of who may.
    ("grub-password", "superusers", r"(?m)^\s*password\s+[\w.-]+\s+(?<secret>\S+)\s*$"),
    ("password-hash", ":[U", r"(?m)^[^:\s]+:\d+:(?<secret>[0-9A-FX]{32}:[0-9A-F]{32}):\[U"),
    (
        "password-hash",
        "pbkdf2_sha256$|sha512crypt|SCRAM-SHA-",
        r"\b(?:pbkdf2_sha256\$\d+\$|SCRAM-SHA-(?:1|256|512)\$\d+:)[A-Za-z0-9+/=:$]{20,}",
    ),
    // Authorization headers, RFC 9110 section 11.6.
    (
        "authorization-header",
        "uthorization|UTHORIZATION",
        r"(?i)\bauthorization[\x22']?[\s:=,]+[\x22']?(?:basic|bearer|token|apikey|digest|negotiate|ssws|aws4-hmac-sha256)\s+(?<secret>[^\s\x22'$\{<\[][^\s\x22']{7,})",
    ),
    ("authorization-header", "earer |EARER ", r"(?i)\bbearer\s+(?<secret>[A-Za-z0-9_.=+/~-]{16,})"),
    ("authorization-header", "SSWS ", r"\bSSWS\s+(?<secret>00[\w-]{40})"),
    // Cookies, RFC 6265: what stands behind the header's name.
    (
        "cookie",
        "ookie:|ookie\":|ookie':",
        r#"(?i)\b(?:set-)?cookie["']?:\s*["']?(?<secret>[\w.-]{1,60}=[^\s"';$<][^\r\n"']{5,})"#,
    ),
    // Name and password in base64, as container tools and npm keep them.
    ("registry-auth", "auth", r#"auth["']?\s*[:=]\s*["']?(?<secret>[A-Za-z0-9+/-]{8,}={1,2})"#),
    ("registry-auth", "\"auth\"", r#""auth"\s*:\s*"(?<secret>[A-Za-z0-9+/]{12,}={0,2})""#),
    ("npm-token", "_authToken", r"_authToken\s*=\s*(?<secret>[^\s$][^\s]{5,})"),
    // Command lines.
    (
        "command-line-password",
        "curl|wget",
        r#"\b(?:curl|wget)\b[^\n]*?(?:\\\n[^\n]*?)*?\s(?:-u|--user|--proxy-user)[ =]*["']?[^\s:"'$<]*["']?:["']?(?<secret>[^\s"'$<\[][^\s"']+)"#,
    ),
    ("command-line-password", "curl", r#"\bcurl\b[^\n]*?\s(?:-u|--user)[ =]*["'](?<secret>[^\s:"'$<]{8,}):["']"#),
    (
        "command-line-password",
        "mysql|mariadb",
        r#"\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin)\b[^\n]*?\s-p(?<secret>[^\s'"$-][^\s'"]*)"#,
    ),
    (
        "command-line-password",
        "docker|podman|nerdctl|buildah|skopeo|mongo",
        r#"\b(?:(?:docker|podman|nerdctl|buildah|skopeo)\s+login|mongo\w*)\b[^\n]*?\s-p[ =]*["']?(?<secret>[^\s"'$-][^\s"']*)"#,
    ),
    (
        "command-line-password",
        "htpasswd",
        r"(?m)\bhtpasswd\s+-\w*b\w*(?:[ \t]+[^\s|;&>]+){1,2}[ \t]+(?<secret>[^\s|;&>$]+)[ \t]*(?:$|[|;&>])",
    ),
    (
        "command-line-password",
        "chpasswd",
        r#"\becho\s+(?:-\w+\s+)*["']?[\w.-]+:(?<secret>[^\s"'|$]+)["']?\s*\|\s*(?:\S+\s+)?(?:/usr)?(?:/sbin/)?chpasswd"#,
    ),
    (
        "command-line-password",
        "--stdin",
        r#"\becho\s+(?:-\w+\s+)*["']?(?<secret>[^\s"'|$]+)["']?\s*\|\s*(?:\S+\s+)?passwd\s+(?:\S+\s+)?--stdin"#,
    ),
    ("command-line-password", "mosquitto_", r#"\bmosquitto_\w+\b[^\n]*?\s-P\s+["']?(?<secret>[^\s"'$]+)"#),
    ("command-line-password", "openssl", r#"\bopenssl\s+enc\b[^\n]*?\s-k\s+["']?(?<secret>[^\s"'$]+)"#),
    ("command-line-password", "sshpass", r#"\bsshpass\s+-p\s*["']?(?<secret>[^\s"'$]+)"#),
    ("command-line-password", "redis-cli", r#"\bredis-cli\b[^\n]*?\s-a\s+["']?(?<secret>[^\s"'$]+)"#),
    ("command-line-password", "openssl|pass:", r#"\s-pass(?:in|out)?\s+["']?pass:(?<secret>[^\s"'$]+)"#),
    (
        "command-line-password",
        "ldap",
        r#"\bldap(?:search|modify|add|delete|passwd|whoami)\b[^\n]*?\s-w\s*["']?(?<secret>[^\s"'$-][^\s"']*)"#,
    ),
    ("command-line-password", "smbclient|rpcclient", r"-U\s*[\w.\\-]+%(?<secret>[^\s$]+)"),
    ("command-line-password", "ipmitool", r"\bipmitool\b[^\n]*?\s-P\s*(?<secret>[^\s$]+)"),
    (
        "snmp-community",
        "snmp",
        r"\bsnmp(?:walk|get|set|bulkwalk|trap|getnext|table)\b[^\n]*?\s-[cAXax]\s*(?<secret>[^\s$-][^\s]*)",
    ),
    // Configuration with a grammar of its own: haproxy, redis' access rules, netrc(5), snmpd.conf(5), pgpass.
    (
        "haproxy-password",
        "insecure-password|stats|user",
        r"(?:\binsecure-password\s|\bstats\s+auth\s+[^\s:]+:|(?m:^)[ \t]*user[ \t]+\S+[ \t]+password[ \t])\s*(?<secret>\S+)",
    ),
    ("squid-password", "cachemgr_passwd", r"(?m)^\s*cachemgr_passwd\s+(?<secret>\S+)"),
    ("squid-password", "cache_peer|login=", r"\blogin=[^\s:]+:(?<secret>\S+)"),
    ("redis-password", "sentinel", r"(?m)^\s*sentinel\s+(?:auth-pass\s+\S+|sentinel-pass)\s+(?<secret>\S+)"),
    (
        "static-password",
        "password_maps",
        r"password_maps\s*=\s*[^\n]*?\b(?:static:|inline:\{\s*\{?\s*[^\s={}]+\s*=\s*)[^\s:{}]+:(?<secret>[^\s,}]+)",
    ),
    // The same table as postfix and others name it anywhere: type, user, password.
    (
        "static-password",
        "static:",
        r#"(?m)(?:^|[\s=,"'])static:[\w.@+-]*[A-Za-z][\w.@+-]*:(?<secret>[^\s,}"'/][^\s,}"']*)"#,
    ),
    // Helpers of squid's: basic_ldap_auth(8), ext_ldap_group_acl(8).
    ("squid-password", "ldap_auth|ldap_group", r"\b\w*ldap_(?:auth|group)\w*\b[^\n]*?\s-w\s*(?<secret>[^\s$-]\S*)"),
    // apt.conf(5) by the whole name, apt_preferences(5) with an account before the host.
    ("apt-password", "Acquire::", r#"\bAcquire::\S*::(?i:password)\s+"(?<secret>[^"\n]+)""#),
    ("apt-password", "origin", r#"\borigin\s+"[\w.-]+:(?<secret>[^\s@"/]+)@"#),
    // fstab(5): mount.cifs(8) takes `user=name%password`; FUSE's old form is `sshfs#user:password@host:`.
    ("mount-password", "cifs|smb3", r"[,\s=]user(?:name)?=[^\s,%&?=]+%(?<secret>[^\s,]+)"),
    ("mount-password", "fs#|fs\\#", r"\b\w+fs\\?#[^\s:@]+:(?<secret>[^\s@]+)@"),
    // libpq's connection string within a string of SQL's.
    ("conninfo-password", "password=''|password = ''", r"password\s?=\s?''(?<secret>[^'\n]+)''"),
    ("systemd-credential", "SetCredential=", r"(?m)^\s*SetCredential=[^:\s]+:(?<secret>[^\n]+)"),
    ("redis-password", "rename-command", r#"(?m)^\s*rename-command\s+\S+\s+["']?(?<secret>[^\s"']+)"#),
    // Headers that are set, and those that are compared: haproxy, nginx, varnish.
    (
        "header-value",
        "set_header|-header|_param|add_header",
        r#"(?i)\b(?:(?:proxy|grpc)_set_header|(?:fastcgi|uwsgi|scgi)_param|add_header|http-(?:request|response|after-response)\s+(?:set|add)-header)\s+[\w-]*(?:key|token|secret|password)[\w-]*\s+["']?(?<secret>[^\s"';$%/][^\s"';$]*)"#,
    ),
    (
        "header-value",
        "hdr(",
        r#"(?i)\bhdr\([\w-]*(?:key|token|secret|password|auth)[\w-]*(?:,[^)\s]*)?\)(?:\s+-m\s+(?:str|beg|end|sub|dir|dom|reg|bin)|\s+-i)*\s+["']?(?<secret>[^\s"'}-][^\s"']*)"#,
    ),
    (
        "header-value",
        "req.http.",
        r#"(?i)\breq\.http\.[\w-]*(?:key|token|secret|password|auth)[\w-]*\s*(?:==|!=|!?~)\s*"(?<secret>[^"\n]+)""#,
    ),
    (
        "header-value",
        "$http_|$arg_|$cookie_",
        r#"\$(?:http|arg|cookie)_\w*(?:key|token|secret|password|authorization)\w*\s*(?:!=|=|!?~\*?)\s*["']?(?<secret>[^\s"')$]+)"#,
    ),
    ("haproxy-password", "tcp-check", r#"\btcp-check\s+send\s+["']?AUTH(?:\\ | )(?<secret>(?:[^\s"'\\]|\\ )+)"#),
    ("wireless-key", "iwconfig", r"\bkey\s+s:(?<secret>\S+)"),
    ("nginx-secret", "secure_link_md5", r#"\bsecure_link_md5\s+"[^"\n]*\s(?<secret>[^\s"$]+)""#),
    (
        "header-value",
        "http-check",
        r#"(?i)\bhttp-check\s+send\b[^\n]*?\bhdr\s+[\w-]*(?:key|token|secret|password|auth)[\w-]*\s+["']?(?<secret>[^\s"'%]+)"#,
    ),
    ("header-value", ":\\ ", r#"(?i)[\w-](?:key|token|secret|password|auth):\\ (?<secret>[^\s"\\]+(?:\\ [^\s"\\]+)*)"#),
    (
        "wireless-key",
        "wireless-key|wireless_key",
        r"(?m)^\s*wireless[-_]key\w*\s+(?:(?:open|restricted)\s+)?(?:s:)?(?<secret>\S{5,})",
    ),
    ("cloud-init-password", "chpasswd:", r#"\bchpasswd:\s*\{[^}\n]*?\blist:\s*["']?[^\s:"']+:(?<secret>[^\s"',}]+)"#),
    ("tsig-key", "; secret", r#";\s*secret\s+"?(?<secret>[^\s";]+)"?;"#),
    ("erlang-password", "<<\"", r#"\{\s*\w*(?:pass|password|secret|token|cookie)\s*,\s*<<"(?<secret>[^"\n]+)""#),
    ("redis-access-rule", "user", r"(?m)^[ \t]*user[ \t]+\S+(?:[ \t][^\n]*?)??[ \t](?:>\S|#[0-9a-f]{64})[^\n]*"),
    ("redis-access-rule", "setuser|SETUSER", r"(?i)\bacl\s+setuser\s+\S+(?<secret>[ \t][^\n]*)"),
    ("netrc-password", "machine|login", r"\b(?:machine|login)\s+\S+\s+(?:\w+\s+\S+\s+){0,2}?password\s+(?<secret>\S+)"),
    ("snmp-community", "community|com2sec", r"(?m)^\s*(?:r[ow]community6?|trapcommunity)\s+(?<secret>\S+)"),
    ("snmp-community", "com2sec", r"(?m)^\s*com2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+(?<secret>\S+)"),
    (
        "snmp-community",
        "trapsink|trap2sink|informsink",
        r"(?m)^\s*(?:trap2?sink|informsink)\s+\S+\s+(?<secret>[^\s\d]\S*)",
    ),
    (
        "snmp-user",
        "createUser|usmUser",
        r#"(?m)^\s*createUser\s+(?:-e\s+\S+\s+)?\S+\s+(?:MD5|SHA\S*)\s+(?<secret>[^\n]+)"#,
    ),
    // One-time passwords: RFC 6238 in a URL, and the file of google-authenticator.
    ("otp-secret", "otpauth://", r"otpauth://[^\s\x22']*[?&]secret=(?<secret>[A-Za-z2-7=%]{8,})"),
    ("otp-secret", "\" TOTP_AUTH|\" RATE_LIMIT|\" HOTP_COUNTER", r"\A(?<secret>[A-Z2-7]{16,})\r?\n"),
    // JSON web tokens, RFC 7519, also within base64.
    ("json-web-token", "eyJ|eyA", r"\bey[A-Za-z0-9_-]{15,}\.(?:ey[A-Za-z0-9/\\_-]{15,}\.?[A-Za-z0-9/\\_-]*={0,2})"),
    ("json-web-token", "ZXlK", r"\bZXlK[A-Za-z0-9+/=_-]{60,}"),
    // Services whose credentials have no prefix.
    ("azure-client-secret", "Q~", r"(?:^|[^\w~.-])(?<secret>[\w~.-]{3}\dQ~[\w~.-]{31,34})(?:$|[^\w~.-])"),
    ("aws-secret-key", "AKIA|ASIA", r"\bA[KS]IA[A-Z2-7]{16}:(?<secret>[A-Za-z0-9/+=]{40})\b"),
    ("discord-token", "iscord|ISCORD", r"\b[MNO][A-Za-z\d]{23,25}\.[\w-]{6}\.[\w-]{27,40}\b"),
    ("facebook-token", "|", r"\b\d{15,16}(?:\||%7[cC])(?<secret>[\w-]{27,40})"),
    ("gitlab-session", "_gitlab_session=", r"_gitlab_session=(?<secret>[0-9a-z]{32})"),
    ("mailchimp-key", "-us", r"\b[0-9a-f]{32}-us\d{1,2}\b"),
    ("telegram-bot-token", ":A", r"\b\d{8,12}:A[\w-]{34}\b"),
    ("webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?<secret>[A-Za-z0-9+/]{30,})"),
    ("webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/(?<secret>\d+/[\w-]{20,})"),
    ("webhook", ".webhook.office.com/", r"\.webhook\.office\.com/webhookb?2?/(?<secret>[\w-]{36}@[^\s\x22']+)"),
    (
        "bundler-credential",
        "CONTRIBSYS|contribsys",
        r"(?i)\bBUNDLE_(?:ENTERPRISE|GEMS)__CONTRIBSYS__COM[\x22']?\s*[:=]\s*[\x22']?(?<secret>[a-f0-9]{8}:[a-f0-9]{8})\b",
    ),
    ("sourcegraph-token", "ourcegraph", r"(?i)\bsourcegraph\W{1,4}(?<secret>[a-f0-9]{40})\b"),
    ("openai-key", "T3BlbkFJ", r"\bsk-(?:(?:proj|svcacct|admin)-)?[\w-]{20,200}T3BlbkFJ[\w-]{20,200}"),
];

/// What a text of the index leads to.
#[derive(Clone, Copy)]
enum Lead {
    Token(&'static Token, usize),
    Shape(usize),
    /// `://`
    Url,
    /// `?` or `&`
    Query,
}

/// All texts in one automaton, with what each leads to, and the patterns compiled so far.
struct Index {
    texts: AhoCorasick,
    leads: Vec<Lead>,
    compiled: Vec<OnceLock<Regex>>,
}

#[expect(clippy::expect_used, reason = "the texts are constants, and a test builds them")]
fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut leads = vec![Lead::Url, Lead::Query, Lead::Query];
        let mut texts = vec!["://", "?", "&"];
        for token in TOKENS {
            for prefix in token.prefixes.split(' ') {
                texts.push(prefix);
                leads.push(Lead::Token(token, prefix.len()));
            }
        }
        for (shape, (_, near, _)) in SHAPES.iter().enumerate() {
            // A vertical line alone is a text, not what parts two.
            for text in if *near == "|" { vec!["|"] } else { near.split('|').collect() } {
                texts.push(text);
                leads.push(Lead::Shape(shape));
            }
        }
        let texts = AhoCorasick::builder().match_kind(MatchKind::Standard).build(texts).expect("constant texts");
        Index { texts, leads, compiled: SHAPES.iter().map(|_| OnceLock::new()).collect() }
    })
}

/// Finds what has the shape of a credential.
pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    let index = index();
    let bytes = text.as_bytes();
    let mut met = [false; SHAPES.len()];
    for found in index.texts.find_overlapping_iter(bytes) {
        match index.leads.get(found.pattern().as_usize()) {
            Some(Lead::Token(token, prefix)) => {
                if let Some((start, end)) = token.at(bytes, found.start(), *prefix) {
                    hits.push(Hit::new(start, end, token.rule));
                }
            }
            Some(Lead::Shape(shape)) => {
                if let Some(met) = met.get_mut(*shape) {
                    *met = true;
                }
            }
            Some(Lead::Url) => hits.extend(url(bytes, found.end())),
            Some(Lead::Query) => hits.extend(query(bytes, found.end())),
            None => {}
        }
    }
    for ((cell, (rule, _, shape)), _) in index.compiled.iter().zip(SHAPES).zip(met).filter(|(_, met)| *met) {
        for found in cell.get_or_init(|| super::pattern(shape)).captures_iter(bytes) {
            let Some(secret) = found.name("secret").or_else(|| found.get(0)) else { continue };
            if *rule == "redis-access-rule" {
                let words = text.get(secret.range()).unwrap_or_default();
                super::places::access_rule(words.trim_end(), secret.start(), hits);
                continue;
            }
            let is_shown = match *rule {
                "private-key" => false,
                // What every device comes with says that nobody chose one.
                "snmp-community" => secret.as_bytes() == b"public" || is_example(secret.as_bytes()),
                // Words of cachemgr_passwd's own: no password at all, and never.
                "squid-password" if matches!(secret.as_bytes(), b"none" | b"disable") => true,
                _ => stands_for_one(secret.as_bytes()),
            };
            if !is_shown && !looks::is_cut(bytes.get(secret.end()..).unwrap_or_default()) {
                hits.push(Hit::new(secret.start(), secret.end(), rule));
            }
        }
    }
}

/// Whether a text stands where a secret goes and is none.
fn stands_for_one(secret: &[u8]) -> bool {
    is_example(secret) || looks::is_variable(secret) || names::is_placeholder(secret)
}

/// The password of a URL, RFC 3986 section 3.2.1, whose authority begins at `from`. One with a slash in it is written all
/// the same, so what stands before an `@` and is no port counts.
fn url(text: &[u8], from: usize) -> Option<Hit> {
    const LONGEST: usize = 1024;
    let rest = text.get(from..)?;
    let ends = |b: &u8| b.is_ascii_whitespace() || b"\"'<>`\\".contains(b);
    let rest = rest.get(..rest.iter().take(LONGEST).position(ends).unwrap_or(rest.len().min(LONGEST)))?;
    let authority = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let userinfo = match rest.get(..authority)?.iter().rposition(|b| *b == b'@') {
        Some(at) => at,
        None => {
            let at = rest.iter().position(|b| *b == b'@')?;
            let colon = rest.get(..authority)?.iter().position(|b| *b == b':')?;
            let port = rest.get(colon + 1..authority)?;
            if port.iter().all(u8::is_ascii_digit) {
                return None;
            }
            at
        }
    };
    let user = rest.get(..userinfo)?;
    let (start, secret) = match user.iter().position(|b| *b == b':') {
        Some(colon) => (colon + 1, user.get(colon + 1..)?),
        // A token alone, as forges take it.
        None if user.len() >= 20 && user.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) => {
            (0, user)
        }
        None if is_web(text, from) && is_token(user) => (0, user),
        None => return None,
    };
    if secret.is_empty() || stands_for_one(secret) {
        return None;
    }
    Some(Hit::new(from + start, from + start + secret.len(), "url-password"))
}

/// Signed URLs and keys in queries: the names under which services take them, RFC 6750 section 2.3 among them.
const PARAMETERS: [&str; 18] = [
    "x-amz-signature",
    "x-amz-security-token",
    "x-goog-signature",
    "sig",
    "signature",
    "access_token",
    "token",
    "auth",
    "key",
    "apikey",
    "api_key",
    "pw",
    "pwd",
    "passwd",
    "password",
    "secret",
    "client_secret",
    "code",
];

/// The value of a parameter of a query, RFC 3986 section 3.4, whose name begins at `from`.
fn query(text: &[u8], from: usize) -> Option<Hit> {
    const LONGEST: usize = 20;
    const SHORTEST: usize = 8;
    let rest = text.get(from..)?;
    let equals = rest.iter().take(LONGEST + 1).position(|b| *b == b'=')?;
    let name = rest.get(..equals)?;
    if !PARAMETERS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
        return None;
    }
    let value = rest.get(equals + 1..)?;
    let ends = |b: &u8| b.is_ascii_whitespace() || b"&\"'<>#".contains(b);
    let secret = value.get(..value.iter().position(ends).unwrap_or(value.len()))?;
    if secret.len() < SHORTEST || secret.starts_with(b"$") || secret.starts_with(b"{") || secret.starts_with(b"[") {
        return None;
    }
    if stands_for_one(secret) || looks::is_cut(value.get(secret.len()..)?) {
        return None;
    }
    let start = from + equals + 1;
    Some(Hit::new(start, start + secret.len(), "url-query"))
}

/// Whether the scheme of the URL whose authority begins at `from` is HTTP's, where people give a token as the user.
fn is_web(text: &[u8], from: usize) -> bool {
    text.get(..from).is_some_and(|before| before.ends_with(b"http://") || before.ends_with(b"https://"))
}

/// Whether a user of a URL is rather a token: a name is letters, of few capitals, and perhaps a number behind.
fn is_token(user: &[u8]) -> bool {
    let is_plain = |piece: &[u8]| {
        let letters = piece.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let rest = piece.get(letters..).unwrap_or_default();
        rest.len() <= 4 && rest.iter().all(u8::is_ascii_digit)
    };
    let capitals = user.iter().filter(|b| b.is_ascii_uppercase()).count();
    let is_word = user.iter().all(u8::is_ascii_uppercase) && user.len() <= 8;
    user.len() >= 6
        && user.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.~%+=".contains(b))
        && !is_word
        && (capitals > 3 || !user.split(|b| matches!(b, b'-' | b'_' | b'.')).all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::redaction::pattern;

    #[test]
    fn every_shape_is_a_pattern_behind_texts() {
        for (rule, near, shape) in SHAPES {
            assert!(!near.is_empty(), "{rule}");
            assert!(!pattern(shape).is_match(b""), "{shape}");
        }
        for token in TOKENS {
            assert!(token.prefixes.split(' ').all(|text| text.len() >= 2), "{}", token.rule);
            let shortest = token.prefixes.split(' ').map(|text| text.len() + token.least).min();
            assert!(shortest >= Some(crate::model::redaction::SHORTEST_PLAIN), "{}", token.rule);
        }
        assert!(index().leads.len() > 200);
    }
}
