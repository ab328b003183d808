//! `cache.http.haproxy`: sections by their kind and name, HAProxy's configuration manual chapters 2 to 4.

use super::start;
use super::walk::{Walk, borrowed};
use crate::capture::Facts;
use crate::capture::settings::{drop_ins, squeeze};
use crate::host::{EntryKind, Host};
use crate::model::ProblemKind;
use crate::model::redaction::secret;
use std::borrow::Cow;

const FILE: &str = "/etc/haproxy/haproxy.cfg";

/// The words that begin a section.
const SECTIONS: [&str; 17] = [
    "acme",
    "backend",
    "cache",
    "crt-store",
    "defaults",
    "fcgi-app",
    "frontend",
    "global",
    "http-errors",
    "listen",
    "log-forward",
    "mailers",
    "peers",
    "program",
    "resolvers",
    "ring",
    "userlist",
];

/// Settings of which each first word is one of its own: `timeout connect 5s`, `server web1 192.0.2.1:80 check`.
const KEYED: [&str; 16] = [
    "timeout",
    "option",
    "server",
    "server-template",
    "peer",
    "nameserver",
    "mailer",
    "errorfile",
    "errorloc",
    "errorloc302",
    "errorloc303",
    "stats",
    "setenv",
    "presetenv",
    "hold",
    "user",
];

/// Settings that add up: their order is the order in which rules are tried.
const LISTS: [&str; 25] = [
    "acl",
    "bind",
    "capture",
    "compression",
    "cpu-map",
    "declare",
    "default-server",
    "email-alert",
    "filter",
    "force-persist",
    "group",
    "http-after-response",
    "http-check",
    "http-request",
    "http-response",
    "ignore-persist",
    "log",
    "lua-load",
    "redirect",
    "stick",
    "tcp-check",
    "tcp-request",
    "tcp-response",
    "use-server",
    "use_backend",
];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut walk = Walk::new(host);
    for path in files(host) {
        file(&mut walk, &path);
    }
    walk.put(facts.at(&["cache", "http", "haproxy"]));
}

/// What the unit's `-f` name: files in their order, folders for the `.cfg` files in them.
fn files(host: &Host) -> Vec<String> {
    let words = start::command_line(host, "haproxy.service").unwrap_or_default();
    let named = words.windows(2).filter(|pair| matches!(pair, [(flag, _), _] if flag == "-f"));
    let mut files = Vec::new();
    for name in named.filter_map(|pair| pair.get(1)).map(|(name, _)| name) {
        match host.stat(name) {
            Ok(stat) if stat.kind == EntryKind::Folder => {
                files.extend(drop_ins(host, name, ".cfg").unwrap_or_default());
            }
            _ => files.push(name.clone()),
        }
    }
    if files.iter().any(|file| file.starts_with('/')) { files } else { vec![FILE.to_owned()] }
}

fn file(walk: &mut Walk<'_>, path: &str) {
    let Some(text) = walk.text(path, 0) else { return };
    let mut section: Vec<String> = Vec::new();
    // `.if` and what is inside: only a running HAProxy knows its conditions, so they are keys.
    let mut conditions: Vec<String> = Vec::new();
    for line in text.lines() {
        let words = words(line);
        let Some((first, rest)) = words.split_first() else { continue };
        match first.as_str() {
            ".if" => conditions.push(format!("if {}", rest.join(" "))),
            ".elif" | ".else" => {
                let before = conditions.pop().unwrap_or_default();
                let after = if first == ".elif" { format!("if {}", rest.join(" ")) } else { String::new() };
                conditions.push(squeeze(&format!("not {before} {after}")));
            }
            ".endif" => drop(conditions.pop()),
            ".diag" | ".notice" | ".warning" | ".alert" => {}
            kind if SECTIONS.contains(&kind) => section = begin(walk, kind, rest, path),
            _ if section.is_empty() => walk.problem(ProblemKind::NotParsable, format!("{path}: {first} in no section")),
            name => {
                let mut at = section.clone();
                at.extend(conditions.iter().take(8).cloned());
                setting(walk, &at, name, rest, path);
            }
        }
    }
}

/// A section's keys: its kind and its name. `defaults` may come without a name and more than once.
fn begin(walk: &mut Walk<'_>, kind: &str, rest: &[String], path: &str) -> Vec<String> {
    let mut at = vec![kind.to_owned()];
    let (name, rest) = match rest {
        [from, base, ..] if kind == "defaults" && from == "from" => (None, vec!["from".to_owned(), base.clone()]),
        [name, rest @ ..] => (Some(name), rest.to_vec()),
        [] => (None, Vec::new()),
    };
    at.extend(name.cloned());
    if kind != "global" {
        walk.tell_apart(&mut at);
    }
    match &rest[..] {
        [from, base] if from == "from" => walk.setting(&borrowed(&at, &["from"]), base, false, path),
        [] => {}
        // `listen web 192.0.2.1:80`, as it once was written.
        addresses => walk.setting(&borrowed(&at, &["bind"]), &addresses.join(" "), true, path),
    }
    at
}

fn setting(walk: &mut Walk<'_>, at: &[String], name: &str, rest: &[String], path: &str) {
    let value = |rest: &[String]| if rest.is_empty() { "yes".to_owned() } else { hidden(rest).join(" ") };
    match (name, rest) {
        ("no", [what, option]) => walk.setting(&borrowed(at, &[what, option]), "no", false, path),
        ("no", [what]) => walk.setting(&borrowed(at, &[what]), "no", false, path),
        ("stats", [what, credentials @ ..]) if what == "auth" => {
            let (user, password) = credentials.first().and_then(|one| one.split_once(':')).unwrap_or_default();
            walk.setting(&borrowed(at, &["stats", "auth"]), &format!("{user}:{}", secret(password)), true, path);
        }
        ("stats", [what, rest @ ..]) if matches!(what.as_str(), "socket" | "admin" | "http-request") => {
            walk.setting(&borrowed(at, &["stats", what]), &value(rest), true, path);
        }
        ("acl", [acl, rest @ ..]) => walk.setting(&borrowed(at, &["acl", acl]), &value(rest), true, path),
        // `user haproxy` says who runs it, `user tiger password ...` who may log in.
        ("user", [_]) => walk.setting(&borrowed(at, &[name]), &value(rest), false, path),
        (_, [key, rest @ ..]) if KEYED.contains(&name) => {
            walk.setting(&borrowed(at, &[name, key]), &value(rest), false, path);
        }
        _ => walk.setting(&borrowed(at, &[name]), &value(rest), LISTS.contains(&name), path),
    }
}

/// Words without what follows `password`.
fn hidden(words: &[String]) -> Vec<Cow<'_, str>> {
    let mut before = "";
    words
        .iter()
        .map(|word| {
            let is_secret = matches!(before, "password" | "insecure-password");
            before = word;
            if is_secret { Cow::Owned(secret(word)) } else { Cow::Borrowed(word.as_str()) }
        })
        .collect()
}

/// The words of a line, chapter 2.2 of the manual: blanks part them, quotes and backslashes keep them together, `#`
/// begins a comment.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let kept = match (c, quote) {
            ('#', None) => break,
            ('"' | '\'', None) => {
                quote = Some(c);
                None
            }
            (_, Some(end)) if c == end => {
                quote = None;
                None
            }
            ('\\', None | Some('"')) => chars.next(),
            (_, None) if c.is_whitespace() => {
                open = false;
                continue;
            }
            _ => Some(c),
        };
        if !open {
            words.push(String::new());
            open = true;
        }
        if let (Some(c), Some(word)) = (kept, words.last_mut()) {
            word.push(c);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn sections_are_keyed_by_name_and_servers_by_theirs() {
        let text = "global\n\tmaxconn 4096 # c\n\tstats socket /run/a.sock mode 660\n\tuser haproxy\n\
                    defaults\n timeout connect 5s\n option dontlognull\n no option httpclose\n errorfile 500 /e\n\
                    cache small\n total-max-size 4\n max-age 240\n\
                    frontend web\n bind :80\n acl static path_beg /a\\ b \"/c d\"\n use_backend app if static\n\
                    http-request cache-use small\n http-request set-header Authorization \"Basic aaa\"\n\
                    .if defined(TEST)\n maxconn 10\n.endif\n\
                    backend app\n balance leastconn\n server app1 192.0.2.1:80 check\n server app2 192.0.2.2:80 backup\n\
                    listen st 127.0.0.1:9\n stats auth admin:s3cret\n\
                    userlist u\n user tiger insecure-password s3cret groups g\n\
                    defaults late from x\n mode tcp\n";
        let (_dir, host) = root(&[(FILE, text)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let text: Vec<String> = written(&facts).iter().map(|l| l.replace("cache.http.haproxy.", "")).collect();
        let expected = [
            "backend.app.balance = leastconn",
            "backend.app.server.app1 = 192.0.2.1:80 check",
            "backend.app.server.app2 = 192.0.2.2:80 backup",
            "cache.small.max-age = 240",
            "cache.small.total-max-size = 4",
            "defaults.errorfile.500 = /e",
            "defaults.late.from = x",
            "defaults.late.mode = tcp",
            "defaults.option.dontlognull = yes",
            "defaults.option.httpclose = no",
            "defaults.timeout.connect = 5s",
            "frontend.web.acl.static = [(\"path_beg /a b /c d\")]",
            "frontend.web.bind = [(\":80\")]",
            "frontend.web.http-request = [(\"cache-use small\") (\"[redacted]\")]",
            "frontend.web.\"if defined(TEST)\".maxconn = 10",
            "frontend.web.use_backend = [(\"app if static\")]",
            "global.maxconn = 4096",
            "global.stats.socket = [(\"/run/a.sock mode 660\")]",
            "global.user = haproxy",
            "listen.st.bind = [(\"127.0.0.1:9\")]",
            "listen.st.stats.auth = [(\"admin:[redacted]\")]",
            "userlist.u.user.tiger = insecure-password [redacted] groups g",
        ];
        let mut sorted = expected.map(str::to_owned);
        sorted.sort();
        let mut text = text;
        text.sort();
        assert_eq!(text, sorted);
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn the_unit_says_which_files() {
        let unit = "[Service]\nEnvironment=\"CONFIG=/etc/haproxy/haproxy.cfg\" \"CFGDIR=/etc/haproxy/conf.d\"\n\
                    ExecStart=/usr/sbin/haproxy -Ws -f $CONFIG -f $CFGDIR -p /run/haproxy.pid\n";
        let (_dir, host) = root(&[
            ("/usr/lib/systemd/system/haproxy.service", unit),
            (FILE, "global\n maxconn 1\n"),
            ("/etc/haproxy/conf.d/b.cfg", "backend b\n mode tcp\n"),
            ("/etc/haproxy/conf.d/b.bak", "backend c\n mode tcp\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert_eq!(
            written(&facts),
            ["cache.http.haproxy.backend.b.mode = tcp", "cache.http.haproxy.global.maxconn = 1"]
        );
    }
}
