//! Credentials with a prefix of their own, as the services that issue them document it: a prefix, then so many characters
//! of an alphabet.

use super::looks;

/// One kind of token.
pub(super) struct Token {
    /// The name of the rule.
    pub rule: &'static str,
    /// Beginnings, parted by spaces; part of the credential.
    pub prefixes: &'static str,
    /// What follows.
    alphabet: fn(u8) -> bool,
    /// At least so many characters of it.
    pub(super) least: usize,
    /// And at most.
    most: usize,
}

const fn token(
    rule: &'static str,
    prefixes: &'static str,
    alphabet: fn(u8) -> bool,
    least: usize,
    most: usize,
) -> Token {
    Token { rule, prefixes, alphabet, least, most }
}

/// Letters and digits.
fn alnum(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

/// base64url, RFC 4648 section 5.
fn url64(b: u8) -> bool {
    alnum(b) || matches!(b, b'-' | b'_')
}

/// base64, RFC 4648 section 4, with padding.
fn base64(b: u8) -> bool {
    alnum(b) || matches!(b, b'+' | b'/' | b'=')
}

/// Either base64, and the dots between parts.
fn parts(b: u8) -> bool {
    url64(b) || base64(b) || b == b'.'
}

fn hex(b: u8) -> bool {
    b.is_ascii_hexdigit()
}

fn upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

fn lower(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

/// Letters, digits and `_`.
fn word(b: u8) -> bool {
    alnum(b) || b == b'_'
}

/// Letters, digits and `-`.
fn dashed(b: u8) -> bool {
    alnum(b) || b == b'-'
}

/// No longer than this unless the table says so.
const LONG: usize = 4096;

/// All of them, by the service's name.
pub(super) const TOKENS: &[Token] = &[
    token("1password-service-token", "ops_eyJ", parts, 100, LONG),
    token("1password-secret-key", "A3-", |b| upper(b) || b == b'-', 30, 37),
    token("adobe-client-secret", "p8e-", alnum, 32, 32),
    token("age-secret-key", "AGE-SECRET-KEY-1 AGE-SECRET-KEY-PQ-1", upper, 40, LONG),
    token("aiven-token", "AVNS_", word, 18, 40),
    token("alibaba-access-key", "LTAI", alnum, 12, 26),
    token("anthropic-key", "sk-ant-", url64, 80, 160),
    token("artifactory-key", "AKCp", alnum, 60, 90),
    token("artifactory-reference-token", "cmVmdGtu cmVmd", alnum, 50, 70),
    token("asaas-key", "$aact_prod_", base64, 60, LONG),
    token("atlassian-token", "ATATT3 ATCTT3", parts, 120, 400),
    token("aws-access-key", "AKIA ASIA ABIA ACCA AROA", upper, 16, 16),
    token("aws-bedrock-key", "ABSK bedrock-api-key-", base64, 80, LONG),
    token("bitbucket-app-password", "ATBB", alnum, 28, 40),
    token("braintree-token", "access_token$production$ access_token$sandbox$", |b| lower(b) || b == b'$', 40, 60),
    token("buildkite-token", "bkua_ bkcq_ bkaj_", hex, 40, 40),
    token("clickhouse-key", "4b1d", alnum, 38, 38),
    token("cloudflare-origin-key", "v1.0-", |b| hex(b) || b == b'-', 150, 200),
    token("clojars-token", "CLOJARS_", lower, 60, 60),
    token("contentful-token", "CFPAT-", url64, 40, 50),
    token("crates-io-token", "cio", alnum, 32, 32),
    token("databricks-token", "dapi", |b| hex(b) || b == b'-', 32, 34),
    token("digitalocean-token", "doo_v1_ dop_v1_ dor_v1_", hex, 64, 64),
    token("docker-token", "dckr_pat_ dckr_oat_", url64, 20, 60),
    token("doppler-token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", parts, 40, 80),
    token("dropbox-token", "sl.", url64, 100, LONG),
    token("duffel-token", "duffel_test_ duffel_live_", parts, 43, 43),
    token("dynatrace-token", "dt0c01. dt0s01. dt0s02. dt0s16.", parts, 80, 96),
    token("easypost-key", "EZAK EZTK", alnum, 54, 54),
    token("facebook-token", "EAAM EAAC EAAB EAAG EAAE EAAI", alnum, 80, LONG),
    token("figma-token", "figd_ figu_ figo_", url64, 38, 60),
    token("flutterwave-key", "FLWSECK_TEST- FLWSECK- FLWSEC_TEST- FLWSEC-", dashed, 12, 64),
    token("fly-token", "fo1_ fm1_ fm1a_ fm1r_ fm2_ fm2a_ fm2r_", parts, 43, LONG),
    token("frameio-token", "fio-u-", parts, 60, 70),
    token("github-token", "gho_ ghp_ ghu_ ghs_ ghr_", alnum, 36, 255),
    token("github-fine-grained-token", "github_pat_", word, 60, 100),
    token(
        "gitlab-token",
        "glpat- glptt- gldt- glcbt- glft- glffct- glimt- glagent- glsoat- glrt- gloas- glrtr- GR1348941 glwt-",
        |b| url64(b) || b == b'.',
        20,
        LONG,
    ),
    token("gocardless-token", "live_ sandbox_", url64, 40, 40),
    token("google-api-key", "AIza", url64, 35, 35),
    token("google-oauth-secret", "GOCSPX-", url64, 20, 40),
    token("google-oauth-token", "ya29.", url64, 30, LONG),
    token("google-refresh-token", "1//0", url64, 40, 120),
    token("grafana-token", "glc_ eyJrIjoi", base64, 32, 600),
    token("grafana-service-token", "glsa_", word, 41, 41),
    token("groq-key", "gsk_", alnum, 48, 60),
    token("harness-token", "pat. sat.", |b| alnum(b) || b == b'.' || b == b'_', 60, 90),
    token("heroku-key", "HRKU-AA HRKU-", url64, 36, 70),
    token("hubspot-token", "pat-na1- pat-eu1-", |b| hex(b) || b == b'-', 36, 36),
    token("huggingface-token", "hf_ api_org_", alnum, 34, 40),
    token("infracost-key", "ico-", alnum, 32, 32),
    token("intra42-secret", "s-s4t2ud- s-s4t2af-", hex, 64, 64),
    token("langsmith-key", "lsv2_pt_ lsv2_sk_", word, 40, 50),
    token("launchdarkly-key", "sdk- mob- api-", |b| hex(b) || b == b'-', 36, 36),
    token("linear-key", "lin_api_ lin_oauth_", alnum, 40, 64),
    token("mailgun-key", "key-", hex, 32, 32),
    token("mapbox-token", "sk.eyJ", parts, 60, 200),
    token("microsoft-teams-hook", "IncomingWebhook/", |b| hex(b) || matches!(b, b'/' | b'-'), 60, 80),
    token("netlify-token", "nfp_ nfc_ nfu_", alnum, 36, 50),
    token("newrelic-key", "NRAK- NRJS- NRII- NRAA-", dashed, 19, 40),
    token("notion-token", "ntn_", alnum, 40, 50),
    token("npm-token", "npm_", alnum, 36, 40),
    token("nuget-key", "oy2", lower, 43, 43),
    token("octopus-key", "API-", upper, 25, 27),
    token("openai-key", "sk-proj- sk-svcacct- sk-admin-", url64, 40, 300),
    token("openrouter-key", "sk-or-v1-", hex, 64, 64),
    token("openshift-token", "sha256~", url64, 43, 43),
    token("perplexity-key", "pplx-", alnum, 40, 64),
    token("planetscale-token", "pscale_tkn_ pscale_pw_ pscale_oauth_", parts, 32, 64),
    token("postman-key", "PMAK-", |b| hex(b) || b == b'-', 50, 70),
    token("prefect-key", "pnu_ pnb_", alnum, 36, 36),
    token("pulumi-token", "pul-", hex, 40, 40),
    token("pypi-token", "pypi-AgEIcHlwaS5vcmc pypi-AgENdGVzdC5weXBpLm9yZw", url64, 50, LONG),
    token("razorpay-key", "rzp_live_ rzp_test_", alnum, 14, 20),
    token("readme-key", "rdme_", lower, 60, 80),
    token("replicate-token", "r8_", alnum, 37, 37),
    token("rubygems-key", "rubygems_", hex, 48, 48),
    token("scalingo-token", "tk-us-", url64, 48, 48),
    token("sendgrid-key", "SG.", |b| url64(b) || b == b'.', 40, 90),
    token("sendinblue-key", "xkeysib- xsmtpsib-", dashed, 70, 90),
    token("sentry-token", "sntrys_ sntryu_", parts, 40, LONG),
    token("shippo-token", "shippo_live_ shippo_test_", hex, 40, 40),
    token("shopify-token", "shpat_ shpca_ shppa_ shpss_", hex, 32, 32),
    token("slack-app-token", "xapp-1- XAPP-1-", dashed, 40, 150),
    token("slack-token", "xoxb- xoxp- xoxo- xoxr- xoxs- xoxa- xoxc- xoxd-", |b| dashed(b) || b == b'%', 20, 300),
    token("slack-refresh-token", "xoxe- xoxe.xoxb- xoxe.xoxp-", dashed, 60, 400),
    token("sonar-token", "squ_ sqp_ sqa_", alnum, 40, 40),
    token("sourcegraph-token", "sgp_", |b| hex(b) || matches!(b, b'_' | b'l' | b'o'), 40, 57),
    token("square-token", "sq0atp- sq0csp- EAAA", url64, 20, 64),
    token("stripe-key", "sk_test_ sk_live_ sk_prod_ rk_test_ rk_live_ rk_prod_", alnum, 16, 250),
    token("stripe-webhook-secret", "whsec_", base64, 32, 80),
    token("supabase-token", "sbp_ sb_secret_", url64, 30, 64),
    token("tailscale-key", "tskey-auth- tskey-api- tskey-client- tskey-scim- tskey-webhook-", dashed, 20, 80),
    token("telegram-bot-token", ":AA", url64, 33, 33),
    token("tencent-secret-id", "AKID", alnum, 32, 32),
    token("terraform-cloud-token", ".atlasv1.", url64, 60, 70),
    token("twilio-key", "SK", |b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'), 32, 32),
    token("twitter-bearer-token", "AAAAAAAAAAAAAAAAAAAAA", |b| alnum(b) || b == b'%', 60, 120),
    token("typeform-token", "tfp_", |b| url64(b) || b == b'.', 40, 70),
    token("vault-token", "hvs. hvb. hvr.", url64, 24, 400),
    token("yandex-key", "AQVN", url64, 35, 38),
];

impl Token {
    /// Where the credential that begins with `prefix` at `at` ends and begins; the beginning may lie before the prefix.
    pub(super) fn at(&self, text: &[u8], at: usize, prefix: usize) -> Option<(usize, usize)> {
        let body = text.get(at + prefix..)?;
        // What goes on beyond the longest form is something else.
        let run = body.iter().take(self.most.saturating_add(1)).take_while(|b| (self.alphabet)(**b)).count();
        // A sentence may end behind it.
        let run = body.get(..run)?.iter().rposition(|b| *b != b'.').map_or(0, |last| last + 1);
        if run < self.least || run > self.most || body.get(run).is_some_and(|b| word(*b)) {
            return None;
        }
        let secret = body.get(..run)?;
        if looks::is_sample(secret) || looks::is_cut(body.get(run..)?) {
            return None;
        }
        let start = match self.rule {
            // What stands before the prefix is part of it: a bot's number, a user's name.
            "telegram-bot-token" => before(text, at, |b| b.is_ascii_digit(), 8, 12)?,
            "terraform-cloud-token" => before(text, at, alnum, 14, 14)?,
            _ => at,
        };
        // The middle of a word, of a host's name or of a longer number is no beginning.
        let is_inside = start.checked_sub(1).and_then(|i| text.get(i)).is_some_and(|b| word(*b) || *b == b'.');
        (!is_inside).then_some((start, at + prefix + run))
    }
}

/// Where so many characters before `at` begin.
fn before(text: &[u8], at: usize, alphabet: fn(u8) -> bool, least: usize, most: usize) -> Option<usize> {
    let run = text.get(..at)?.iter().rev().take(most + 1).take_while(|b| alphabet(**b)).count();
    (run >= least && run <= most).then(|| at - run)
}
