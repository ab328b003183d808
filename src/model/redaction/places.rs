//! Secrets known by their place: the last key of a path, and files that hold nothing else.

use super::{Hit, Segment, names};

/// Where keys that look like names of secrets name something else: data bases of name services and kinds of PAM stacks
/// (`passwd`, `password`).
const INNOCENT: &[&[&str]] = &[&["dns", "switch"], &["directory", "pam"]];

/// Files whose lines end in a secret: everything behind a line's first word is hidden. ppp's pppd(8), postfix' and
/// exim's tables, strongSwan's ipsec.secrets(5), radius' servers, keys of chrony and ntpd, pgbouncer's users.
const LINES: &[&str] = &[
    "chap-secrets",
    "pap-secrets",
    "sasl_passwd",
    "passwd.client",
    "ipsec.secrets",
    "pam_radius_auth.conf",
    "smbpasswd",
    "chrony.keys",
    "ntp.keys",
    "userlist.txt",
];

/// Files that are one secret, comments apart.
const WHOLE: &[&str] = &[
    ".vault-token",
    ".google_authenticator",
    ".erlang.cookie",
    ".pgpass",
    ".htdigest",
    ".git-credentials",
    ".passwd-s3fs",
    "passwd-s3fs",
    "master.key",
    "authkey",
    "wpa.key",
    "pgpass",
    "pgpass.conf",
    "secret",
];

/// Files whose second field, behind a colon, is the hash of a password: shadow(5), gshadow(5), passwd(5), htpasswd(1).
const SECOND: &[&str] = &["shadow", "shadow-", "gshadow", "gshadow-", "passwd", "passwd-", ".htpasswd", "htpasswd"];

/// What is secret in a fact for its place alone; `None` where the text itself has to tell.
pub(super) fn find(keys: &[Segment], text: &str) -> Option<Vec<Hit>> {
    let last = keys.last()?;
    let starts = |above: &[&str]| keys.len() > above.len() && keys.iter().zip(above).all(|(key, name)| key == name);
    if last == "text" && starts(&["configuration", "files"]) {
        return file(keys.get(keys.len() - 2)?, text);
    }
    if super::says(text) {
        return None;
    }
    if starts(&["network", "proxy"]) && !text.contains("://") {
        return credentials(text);
    }
    if starts(&["cache", "stores", "redis", "user"]) {
        let mut hits = Vec::new();
        super::said(text, &mut hits);
        access_rule(text, 0, &mut hits);
        return Some(hits);
    }
    // redis' sentinel.conf: `auth-pass NAME PASSWORD`, `sentinel-pass PASSWORD`.
    if starts(&["cache", "stores", "redis"]) && last == "sentinel" {
        let mut words = text.split_whitespace();
        if matches!(words.next(), Some("auth-pass" | "sentinel-pass")) {
            return words.next_back().map(|word| vec![part(text, word, "redis-password")]);
        }
    }
    // nginx: the secret stands among the variables that are hashed with it.
    if starts(&["cache", "http", "nginx"]) && last == "secure_link_md5" {
        let secrets = text.split(' ').filter(|word| !word.is_empty() && !word.contains('$'));
        return Some(secrets.map(|word| part(text, word, "nginx-secret")).collect());
    }
    // Options for curl(1) and the like in a variable.
    if OPTIONS.iter().any(|name| last.to_ascii_lowercase().contains(name)) && text.contains("-u") {
        let mut words = text.split(' ').map(|word| word.trim_matches(['"', '\'']));
        let user = words.find(|word| matches!(*word, "-u" | "--user" | "--proxy-user")).and_then(|_| words.next());
        let password = user.and_then(|user| user.split_once(':')).map(|(_, password)| password);
        if let Some(password) = password.filter(|password| !password.is_empty() && !password.starts_with('$')) {
            return Some(vec![part(text, password, "command-line-password")]);
        }
    }
    // `base passwd ou=people`: nslcd.conf(5) names data bases.
    if starts(&["directory", "nslcd"]) {
        if matches!(last.as_str(), "bindpw" | "rootpwmodpw" | "tls_key_password") {
            return Some(vec![whole(text, last)]);
        }
        let mut hits = Vec::new();
        super::said(text, &mut hits);
        super::shapes::find(text, &mut hits);
        return Some(hits);
    }
    let is_header = last.eq_ignore_ascii_case("authorization") || last.eq_ignore_ascii_case("proxy-authorization");
    let named = is_header || names::names_secret(last);
    let hides = named && !INNOCENT.iter().any(|above| starts(above)) && names::holds_secret(last, text);
    if hides {
        return Some(vec![whole(text, last)]);
    }
    if names::hints_secret(last) && super::looks::is_random(text.trim().as_bytes()) {
        return Some(vec![Hit { rule: "random-value", ..whole(text, last) }]);
    }
    if let Some(from) = names::account(last, text.trim_end()) {
        return Some(vec![Hit { start: from, ..whole(text, last) }]);
    }
    None
}

fn whole(text: &str, name: &str) -> Hit {
    Hit { start: 0, end: text.len(), rule: "name", name: Some(name.to_owned()) }
}

/// A part of a text.
fn part(text: &str, part: &str, rule: &'static str) -> Hit {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    Hit::new(start, start + part.len(), rule)
}

/// Programs that take a name and a password behind `-u`.
const OPTIONS: [&str; 3] = ["curl", "wget", "http"];

fn file(path: &str, text: &str) -> Option<Vec<Hit>> {
    let name = path.rsplit('/').next()?;
    let secret: fn(&str) -> Option<&str> = if WHOLE.contains(&name) || name.ends_with(".secret") {
        |line| Some(line)
    } else if LINES.contains(&name) || path.ends_with("/ntp/keys") {
        |line| line.split_once(char::is_whitespace).map(|(_, rest)| rest.trim_start())
    } else if SECOND.contains(&name) {
        // `!`, `*` and `x` say that there is none here.
        |line| line.split(':').nth(1).filter(|hash| hash.len() > 3)
    } else if path.contains("/grub") {
        // GRUB's manual: `password USER CLEAR`.
        |line| line.strip_prefix("password ").and_then(|rest| rest.trim_start().split_once(' ')).map(|(_, clear)| clear)
    } else {
        return None;
    };
    let mut hits = super::find(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        let Some(found) = secret(bare).filter(|found| !found.is_empty() && !bare.starts_with('#')) else { continue };
        // Where a part of the line begins in it.
        let from = start + (found.as_ptr() as usize - line.as_ptr() as usize);
        hits.push(Hit::new(from, from + found.len(), "secret-file"));
    }
    Some(hits)
}

/// `user:password@host:port`, a proxy without its scheme.
fn credentials(text: &str) -> Option<Vec<Hit>> {
    let at = text.rfind('@')?;
    let colon = text.get(..at)?.find(':')?;
    (colon + 1 < at).then(|| vec![Hit::new(colon + 1, at, "url-password")])
}

/// A rule of redis' ACL: passwords (`>plain`, `<plain`) and their digests (`#hash`, `!hash`).
pub(super) fn access_rule(text: &str, start: usize, hits: &mut Vec<Hit>) {
    let mut at = start;
    for word in text.split(' ') {
        // Shells want it in quotes.
        let bare = word.trim_matches(['"', '\'', ';', ')']);
        if bare.len() > 1 && bare.starts_with(['>', '<', '#', '!']) && !bare.ends_with("/dev/null") {
            let from = at + (bare.as_ptr() as usize - word.as_ptr() as usize);
            hits.push(Hit::new(from + 1, from + bare.len(), "redis-access-rule"));
        }
        at += word.len() + 1;
    }
}
