//! Names of secrets, and what is no secret under such a name.

use super::looks::{self, is_example, is_uuid};
use aho_corasick::AhoCorasick;
use regex::bytes::Regex;
use std::sync::{LazyLock, OnceLock};

/// Parts of names of secrets; a text without any of them, or of the hints of shapes, is not looked at further.
const HINTS: &[&str] = &[
    "pw",
    "pin",
    "cookie",
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "community",
    "login",
    "access",
    "psk",
    "bearer",
    "private",
    "-u",
    "salt",
    "pepper",
    "hmac",
    "jwt",
    "webhook",
    "session",
];

/// How many of the first are hints at the end of a word only.
const ENDING: usize = 2;

/// Where the hints of a text end, in order.
pub(super) fn hints(text: &[u8]) -> impl Iterator<Item = usize> {
    static ANY: LazyLock<AhoCorasick> = LazyLock::new(|| super::any_of(HINTS));
    let goes_on = |end: usize| text.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let found = ANY.find_overlapping_iter(text).filter(move |m| m.pattern().as_usize() >= ENDING || !goes_on(m.end()));
    found.map(|found| found.end())
}

/// A name that ends in one of these words names a secret.
pub(super) const ENDS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "pw",
    "secret",
    "secrets",
    "token",
    "authtok",
    "credential",
    "credentials",
    "apikey",
    "requirepass",
    "masterauth",
    "primaryauth",
    "psk",
    "bindpw",
    "cred",
    "creds",
    "rootpw",
    "rootpwmodpw",
    "rootbindpw",
    "rocommunity",
    "rwcommunity",
    "community",
    "pin",
    "accesskey",
    "accessid",
    "privatekey",
    "secretkey",
    "authkey",
    "sharedkey",
    "accountkey",
    "cookie_secret",
];

/// A name whose last word ends so, run together with what stands before: `dbpassword`, `sharedsecret`, `PGPASSWORD`.
pub(super) const TAILS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "authtok",
    "apikey",
    "authtoken",
    "accesstoken",
    "bearertoken",
    "identitytoken",
    "refreshtoken",
    "registrytoken",
    "sessiontoken",
    "accesskey",
    "privatekey",
    "secretkey",
];

/// As [`TAILS`], and words as well: `SSHPASS`, `dbpwd`, `VAULTTOKEN`.
const SHORT_TAILS: &[&str] = &["pass", "pwd", "token"];

/// Words that end so and are none: ways past something, ways through it, filters; the folder before; tokens of pages.
const NO_TAILS: &[&str] = &[
    "compass",
    "bypass",
    "trespass",
    "surpass",
    "overpass",
    "underpass",
    "allpass",
    "bandpass",
    "highpass",
    "lowpass",
    "multipass",
    "singlepass",
    "onepass",
    "twopass",
    "firstpass",
    "secondpass",
    "proxypass",
    "fastcgipass",
    "nopass",
    "askpass",
    "oldpwd",
    "csrftoken",
    "xsrftoken",
    "pagetoken",
    "nexttoken",
    "lasttoken",
    "gettoken",
    "bytoken",
    "webtoken",
];

/// Words that make `key` the name of a secret, run together with it: `MASTERKEY`.
const KEY_TAILS: &[&str] = &[
    "accountkey",
    "adminkey",
    "authkey",
    "cryptkey",
    "cryptionkey",
    "hmackey",
    "jwtkey",
    "licensekey",
    "masterkey",
    "sessionkey",
    "sharedkey",
    "signingkey",
    "storagekey",
    "webhookkey",
];

/// Whether the last word of a name is a secret's, run together with what it is of: `SSHPASS`, `MASTERKEY`. Small letters
/// or capitals.
pub(super) fn runs_together(word: &[u8]) -> bool {
    let ends = |tail: &&str| {
        let from = word.len().checked_sub(tail.len());
        from.and_then(|from| word.get(from..)).is_some_and(|end| end.eq_ignore_ascii_case(tail.as_bytes()))
    };
    KEY_TAILS.iter().any(ends) || (SHORT_TAILS.iter().any(ends) && !NO_TAILS.iter().any(ends))
}

/// Names that may have a name and a password in one: `LOGIN=adm:...`, `NEO4J_AUTH`.
pub(super) const ACCOUNTS: &[&str] = &["login", "auth", "basicauth", "userpass", "basic", "account"];

/// What behind the colon is a password of such a name's value.
pub(super) fn account(name: &str, value: &str) -> Option<usize> {
    let words = words(name);
    if !words.last().is_some_and(|word| ACCOUNTS.contains(&word.as_str())) {
        return None;
    }
    let (user, password) = value.split_once(':')?;
    let is_user = !user.is_empty() && user.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@\\-".contains(&b));
    let is_word = password.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = password.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_password = password.len() >= 4
        && password.bytes().all(|b| b.is_ascii_graphic() && b"/\"':,;<>{}$()[]".iter().all(|sign| *sign != b));
    (is_user
        && is_password
        && !is_word
        && !is_number
        && !is_example(password.as_bytes())
        && !is_placeholder(password.as_bytes()))
    .then_some(user.len() + 1)
}

/// What makes a key secret when it stands before the word `key`.
pub(super) const KEYS: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "authentication",
    "consumer",
    "decryption",
    "encryption",
    "fastopen",
    "hmac",
    "hubspot",
    "integration",
    "license",
    "master",
    "preshared",
    "private",
    "refresh",
    "secret",
    "server",
    "service",
    "session",
    "shared",
    "signing",
    "storage",
    "write",
    "wep",
    "aes",
    "deploy",
    "jwt",
    "rest",
    "webhook",
    "base",
    "client",
];

/// Words that make anything known to everybody, or worth nothing: public halves of keys, and tokens of one form on one
/// page.
const PUBLIC: &[&str] = &[
    "public",
    "pub",
    "csrf",
    "xsrf",
    "authenticity",
    "nopasswd",
    "nopass",
    "fingerprint",
    "fingerprints",
    "paging",
    "page",
];

/// Words that hint at a secret without naming one: what stands beside is hidden if it looks drawn at random.
pub(super) const HINTING: &[&str] = &[
    "key",
    "keys",
    "auth",
    "encrypt",
    "secret",
    "secrets",
    "token",
    "tokens",
    "cred",
    "creds",
    "credential",
    "credentials",
    "pass",
    "psk",
    "salt",
    "session",
    "cookie",
    "signature",
    "seed",
    "webhook",
    "dsn",
    "bearer",
    "otp",
    "totp",
    "login",
    "apikey",
    "hmac",
    "jwt",
    "pepper",
];

/// Words that take the hint back: a digest, a name or a number of something is not the thing.
const HARMLESS: &[&str] = &[
    "digest",
    "digests",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "md5",
    "checksum",
    "sum",
    "hash",
    "fingerprint",
    "etag",
    "id",
    "ids",
    "uuid",
    "guid",
    "name",
    "names",
    "path",
    "paths",
    "file",
    "files",
    "dir",
    "type",
    "size",
    "length",
    "ttl",
    "version",
    "commit",
    "revision",
    "rev",
    "count",
    "serial",
    "url",
    "uri",
    "host",
    "port",
    "date",
    "time",
    "cert",
    "certificate",
    "algorithm",
    "cipher",
    "issuer",
    "subject",
    "keyid",
    "keyring",
    "signedby",
    "modulus",
    "map",
    "layout",
    "image",
    "label",
    "description",
    "bits",
    "usage",
];

/// Other last two words of such names.
pub(super) const PAIRS: &[(&str, &str)] = &[("access", "id"), ("cloud", "auth"), ("sonar", "login")];

/// Words before nginx's `pass`, which passes requests on.
const SERVERS: &[&str] = &["proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached"];

/// What says that no secret is asked for: a tag of sudoers(5).
const NONE_ASKED: &str = "nopasswd";

/// Words behind the name of a secret that do not change what it is: `PASSWORD_HASH`, `password2`.
const BEHIND: &[&str] = &[
    "hash",
    "value",
    "base64",
    "data",
    "string",
    "plain",
    "plaintext",
    "text",
    "raw",
    "old",
    "new",
    "in",
    "default",
    "prod",
    "production",
    "staging",
    "dev",
    "test",
];

/// Words that say in what form a password is kept: `password_sha256_hex`. Of anything else they make a digest.
const FORMS: &[&str] = &["double", "sha1", "sha256", "sha512", "md5", "hex", "bcrypt", "crypt"];

/// Whether a key names a secret: `password`, `ldap_default_authtok`, `requirepass`, `AWS_SECRET_ACCESS_KEY`,
/// `clientSecret`. A path names a file, whatever it is called.
pub fn names_secret(key: &str) -> bool {
    // A cookie that a server is made to send or pass on is a session.
    if key.eq_ignore_ascii_case("set-cookie") || key.eq_ignore_ascii_case("cookie") {
        return true;
    }
    static HINT: LazyLock<AhoCorasick> = LazyLock::new(|| {
        super::any_of(&[
            "pass",
            "pw",
            "secret",
            "token",
            "key",
            "auth",
            "cred",
            "psk",
            "community",
            "access",
            "login",
            "pin",
        ])
    });
    if key.len() > 200 || key.starts_with('/') || !HINT.is_match(key) {
        return false;
    }
    // npm's `_auth` of a registry, also from the environment: npm-config(7).
    if key == "_auth" || key.eq_ignore_ascii_case("npm_config__auth") {
        return true;
    }
    // qemu(1) names the object that holds it.
    if key == "key-secret" || key == "password-secret" {
        return false;
    }
    let words = words(key);
    if words.iter().any(|word| PUBLIC.contains(&word.as_str())) {
        return false;
    }
    let mut words = words.as_slice();
    while let [rest @ .., last] = words {
        let is_form =
            FORMS.contains(&last.as_str()) && rest.iter().any(|word| matches!(word.as_str(), "password" | "passwd"));
        let is_extra = last.bytes().all(|b| b.is_ascii_digit())
            || is_form
            || (BEHIND.contains(&last.as_str()) && !rest.is_empty());
        if !is_extra {
            break;
        }
        words = rest;
    }
    let Some((last, before)) = words.split_last() else { return false };
    // `password1`: a number run together with the word.
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    if last == NONE_ASKED {
        return false;
    }
    if ENDS.contains(&last) || TAILS.iter().any(|tail| last.ends_with(tail)) || runs_together(last.as_bytes()) {
        // systemd.exec(5) loads credentials by their names.
        let loads = ["load", "import", "condition", "assert"];
        if last.starts_with("credential") && before.last().is_some_and(|word| loads.contains(&word.as_str())) {
            return false;
        }
        // nginx's proxy_pass and fastcgi_pass name servers.
        return !(last == "pass" && before.last().is_some_and(|word| SERVERS.contains(&word.as_str())));
    }
    before.last().is_some_and(|word| match last {
        "key" | "keys" => KEYS.contains(&word.as_str()),
        _ => PAIRS.contains(&(word.as_str(), last)),
    })
}

/// Whether a key hints at a secret without naming one: `session`, `license.key`, `AUTH_SALT`.
pub(super) fn hints_secret(key: &str) -> bool {
    if key.len() > 200 || key.starts_with('/') {
        return false;
    }
    // Taking a name apart costs more than to see that none of the words can be in it. Letters beyond ASCII may have small
    // ones within.
    static HINT: LazyLock<AhoCorasick> = LazyLock::new(|| super::any_of(HINTING));
    if key.is_ascii() && !HINT.is_match(key) {
        return false;
    }
    let words = words(key);
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    // What is mixed into hashes is a secret, whatever stands before.
    let is_mixed_in = words.last().is_some_and(|word| matches!(word.as_str(), "salt" | "pepper"));
    any(HINTING) && (is_mixed_in || !any(HARMLESS)) && !any(PUBLIC)
}

/// Words that stand where a secret goes in every manual.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "pass",
        "pwd",
        "secret",
        "token",
        "mypassword",
        "yourpassword",
        "your_password",
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "example",
        "redacted",
        "xxx",
        "yyy",
        "pw",
        "userpass",
        "value",
        "foo",
        "bar",
        "foobar",
        // Known to everybody: Oracle's manuals, and the examples in openssl.cnf as it is shipped.
        "tiger",
        "a challenge password",
        "pass:insta",
        "insta:insta",
        "insta",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// The words of a name in small letters: parted by anything that is no letter or digit, and by camel case.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in key.chars() {
        let parts = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if parts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (Some(word), true) = (words.last_mut(), c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether what stands under the name of a secret is one: not a switch, a small number, a path, a reference to a
/// variable or an example.
pub(super) fn holds_secret(name: &str, value: &str) -> bool {
    static INNOCENT: OnceLock<Regex> = OnceLock::new();
    let innocent = INNOCENT.get_or_init(|| {
        super::pattern(concat!(
            r"(?i)\A(?:",
            // Switches and kinds.
            r"true|false|yes|no|on|off|none|null|nil|undefined|default|enabled?|disabled?|required?|optional|auto|always|never|allow|deny|ask|",
            r"prohibit-password|[|>][-+]?|string|str|text|file|env|[ynm]|none\s.*|disable\s.*|",
            // Forms that passwords are kept in, crypt(5) and PostgreSQL's.
            r"des|md5|(?:ssha|sha-?)(?:1|256|512)?(?:-?crypt)?|yescrypt|bcrypt|scrypt|argon2(?:id?|d)?|scram-sha-(?:1|256|512)|pbkdf2(?:-sha\d+)?|",
            // Secrets of podman and docker by their names: `db,type=env,target=DB_PASSWORD`.
            r"[\w.-]+,(?:type|target|source)=.*|",
            // Files that hold it.
            r"(?:file:/*|\$\w+|\$\{\w+\}|~|\.{1,2})?/(?:etc|run|var|path|usr|home|opt|srv|root|dev|proc|tmp|mnt|data|app|secrets?|config|keys?|certs?|ssl)\b[^\s]*|",
            r"[\w./-]+\.(?:pem|key|crt|txt|json|ya?ml|conf|keytab|php|py|js|go)|",
            // Ports of services(5), options, comparisons.
            r"\d+/(?:tcp|udp|sctp)|--[a-z].*|=.*|db:\w+,.*|self\..*|",
            // References and examples.
            r"\$\{[^}]*\}|\$\([^)]*\)|`[^`]*`|\$\w+|%[({]?\w+[)}]?%?s?|<[^>]*>|\{+[^}]*\}+|\[[^\]]*\]|@\w+@|",
            r"x{3,}|\*{2,}|\.{3,}|-+|_+|\?+|",
            r"change[-_ ]?me|your[-_ ].*|os\.environ.*|process\.env.*|getenv.*|var\..*|module\..*|data\..*|vault[:!].*|!vault.*|ENC\[.*|sops:.*",
            r")[;,):]*\z",
        ))
    });
    let value = value.trim().trim_matches(['"', '\'']).trim();
    if value.is_empty()
        // A line that goes on in the next.
        || value == "\\"
        || value == super::REDACTED
        || innocent.is_match(value.as_bytes())
        || is_example(value.as_bytes())
        || is_placeholder(value.as_bytes())
    {
        return false;
    }
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    if value.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') {
        // Lifetimes and sizes are numbers too; a password of four digits is still one.
        let name = name.to_ascii_lowercase();
        let is_version = value.contains('.') && !matches!(last, "password" | "pass" | "passwd" | "pin");
        return value.len() >= 4
            && !is_version
            && ["password", "pass", "passwd", "pin"].iter().any(|end| name.ends_with(end));
    }
    let bytes = value.as_bytes();
    // As OpenSSL and Java's keytool take it: behind a word that says how, and the word has a rule of its own.
    if runs_together(last.as_bytes()) && ["pass:", "env:", "file:"].iter().any(|how| value.starts_with(how)) {
        return false;
    }
    // The same name again, or a member of that name, is a place in a program: `other.password`.
    if name.rsplit('.').next() == Some(value) {
        return false;
    }
    if value.contains('.')
        && names_secret(value)
        && value.bytes().all(|b| b.is_ascii_alphabetic() || b"._".contains(&b))
    {
        return false;
    }
    if value.ends_with("EXAMPLE") || value.ends_with("EXAMPLEKEY") {
        return false;
    }
    match last {
        // Nobody chooses a key: a word or two name where it is kept.
        "key" | "keys" | "secretkey" | "accesskey" | "apikey" | "privatekey" => !looks::is_name(bytes),
        _ if last.ends_with("key") && !ENDS.contains(&last) => !looks::is_name(bytes),
        "secrets" | "credentials" | "credential" | "cred" | "creds" | "passwords" | "tokens" => {
            !looks::is_name(bytes) && !looks::is_wordy(bytes)
        }
        "id" => !is_uuid(bytes),
        "rocommunity" | "rwcommunity" => value != "public",
        // A community of BGP, RFC 1997, or of a package's repository is another thing.
        "community" => !matches!(value, "public" | "private") && !value.contains([':', '/', ' ']),
        // Digits were looked at above.
        "pin" => false,
        _ => true,
    }
}
