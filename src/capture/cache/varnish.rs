//! `cache.http.varnish`: how varnishd(1) starts, and its VCL with what it includes, vcl(7).

use super::start::{self, Word};
use super::walk::{Walk, beneath};
use crate::capture::Facts;
use crate::host::Host;
use crate::model::ProblemKind;

const FILE: &str = "/etc/varnish/default.vcl";
const FOLDER: &str = "/etc/varnish";

/// Where sysv scripts and old units keep the command line.
const VARIABLES: [&str; 2] = ["/etc/default/varnish", "/etc/varnish/varnish.params"];

/// The most statements of one subroutine; blocks in one another are members of the same list.
const STATEMENTS_CAP: usize = 2_000;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut walk = Walk::new(host);
    let words = match start::command_line(host, "varnish.service") {
        Some(words) => words,
        None => variables(host),
    };
    let named = options(&mut walk, &words);
    vcl(&mut walk, &beneath(FOLDER, named.as_deref().unwrap_or(FILE)), 0);
    walk.put(facts.at(&["cache", "http", "varnish"]));
}

/// `DAEMON_OPTS="-a :6081 ..."`; a program's name stands before the options, as in a unit.
fn variables(host: &Host) -> Vec<Word> {
    for path in VARIABLES {
        let Ok(text) = host.text(path) else { continue };
        let text = text.replace("\\\n", " ");
        let set = text.lines().rev().find_map(|line| line.trim().strip_prefix("DAEMON_OPTS="));
        if let Some(words) = set.and_then(shlex::split) {
            let words = format!("varnishd {}", words.join(" "));
            return words.split_whitespace().map(|word| (word.to_owned(), path.to_owned())).collect();
        }
    }
    Vec::new()
}

/// Options of the daemon; returns the file of its VCL.
fn options(walk: &mut Walk<'_>, words: &[Word]) -> Option<String> {
    let mut named = None;
    let mut words = words.iter().skip(1).peekable();
    while let Some((word, path)) = words.next() {
        let Some(flag) = word.strip_prefix('-').and_then(|rest| rest.chars().next()) else { continue };
        let attached = &word[1 + flag.len_utf8()..];
        let value = match flag {
            'C' | 'd' | 'F' | 'V' => "yes",
            _ if !attached.is_empty() => attached,
            _ => words.next().map_or("", |(value, _)| value.as_str()),
        };
        let mut put = |keys: &[&str], value: &str, is_list| {
            walk.setting(&[&["start"], keys].concat(), value, is_list, path);
        };
        match flag {
            'a' => put(&["listen"], value, true),
            'b' => put(&["backend"], value, true),
            'f' => {
                put(&["vcl"], value, false);
                named = Some(value.to_owned());
            }
            'h' => put(&["hash"], value, false),
            'j' => put(&["jail"], value, false),
            'n' => put(&["name"], value, false),
            'p' | 'r' => {
                let (name, value) =
                    value.split_once('=').unwrap_or((value, if flag == 'r' { "read-only" } else { "" }));
                put(&["parameters", name], value, false);
            }
            's' => match value.split_once('=') {
                Some((name, storage)) if !name.contains(',') => put(&["storage", name], storage, false),
                // Unnamed ones are called s0, s1, ...; one is the rule.
                _ => put(&["storage", "s0"], value, true),
            },
            'S' => put(&["secret_file"], value, false),
            // varnishd(1): -t is a shortcut for a parameter.
            't' => put(&["parameters", "default_ttl"], value, false),
            'T' => put(&["management"], value, false),
            'F' | 'd' => {}
            other => put(&[&*other.to_string()], value, false),
        }
    }
    named
}

fn vcl(walk: &mut Walk<'_>, path: &str, depth: usize) {
    let Some(text) = walk.text(path, depth) else { return };
    let all = parts(&text);
    let mut parts = all.iter().map(String::as_str);
    while let Some(part) = parts.next() {
        let words: Vec<&str> = part.split_whitespace().collect();
        match words[..] {
            ["vcl", version] => walk.setting(&["vcl", "version"], version, false, path),
            ["import", module, ..] => walk.setting(&["vcl", "imports"], module, true, path),
            ["include", ..] => {
                let name = part.split('"').nth(1).unwrap_or_default();
                // `./` starts at the file, all else at vcl_path.
                let own = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let file = name.strip_prefix("./").map_or_else(|| beneath(FOLDER, name), |name| beneath(own, name));
                vcl(walk, &file, depth + 1);
            }
            [kind @ ("backend" | "probe"), name, "{"] => {
                let mut keys = vec!["vcl", kind, name];
                block(&mut parts, &mut |part| match part.split_once('=') {
                    _ if part == "}" => keys.truncate(3),
                    Some((key, value)) => {
                        keys.push(key.trim().trim_start_matches('.'));
                        if value.trim() != "{" {
                            walk.setting(&keys, value.trim().trim_matches('"'), false, path);
                            keys.pop();
                        }
                    }
                    None => {}
                });
            }
            ["acl", name, "{"] => block(&mut parts, &mut |part| {
                if part != "}" {
                    walk.setting(&["vcl", "acl", name], &part.replace('"', ""), true, path);
                }
            }),
            // Subroutines of one name are one after another: vcl(7) has what is built in come last.
            ["sub", name, "{"] => block(&mut parts, &mut |part| {
                walk.setting(&["vcl", "sub", name], part, true, path);
            }),
            [] | ["}"] => {}
            [first, ..] => walk.problem(ProblemKind::NotParsable, format!("{path}: {first:.40} at the top")),
        }
    }
}

/// Hands on the parts of a block up to its end; closing braces of blocks inside it come along.
fn block<'p>(parts: &mut impl Iterator<Item = &'p str>, each: &mut dyn FnMut(&'p str)) {
    let mut depth = 1_usize;
    for (count, part) in parts.enumerate() {
        match part {
            "}" => depth -= 1,
            _ if part.ends_with('{') => depth += 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
        if count < STATEMENTS_CAP {
            each(part);
        }
    }
}

/// A text cut after each `;`, `{` and `}`: comments out, one blank between words, strings as they are. The `;` go.
fn parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let string =
            [("\"\"\"", "\"\"\""), ("{\"", "\"}"), ("\"", "\"")].into_iter().find(|(open, _)| rest.starts_with(open));
        if let Some((open, close)) = string {
            let inner = &rest[open.len()..];
            let length = inner.find(close).map_or(rest.len(), |at| open.len() + at + close.len());
            // Blanks in strings count: a form feed stands for one until the part is whole.
            part.push_str(&rest[..length].replace(' ', "\u{c}"));
            rest = &rest[length..];
            continue;
        }
        if rest.starts_with('#') || rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |at| &rest[at..]);
            continue;
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |at| &comment[at + 2..]);
            part.push(' ');
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if matches!(c, '{' | '}') {
            part.push(' ');
        }
        if c != ';' {
            part.push(c);
        }
        if matches!(c, ';' | '{' | '}') {
            parts.extend(whole(&mut part));
        }
    }
    parts.extend(whole(&mut part));
    parts
}

fn whole(part: &mut String) -> Option<String> {
    let parted: Vec<&str> = part.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()).collect();
    let text = parted.join(" ").replace('\u{c}', " ");
    part.clear();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    const UNIT: &str = "/lib/systemd/system/varnish.service";

    #[test]
    fn the_command_line_and_the_vcl_are_read() {
        let unit = "[Service]\nExecStart=/usr/sbin/varnishd \\\n -j unix,user=vcache \\\n -F -a :6081 -a :8443,PROXY \\\n\
                    -f /etc/varnish/default.vcl -S /etc/varnish/secret -s malloc,256m -s disk=file,/x,1g -t 120 -pgzip_level=9\n";
        let main = "vcl 4.1; # c\nimport std;\ninclude \"backends.vcl\";\nacl purge { \"localhost\"; ! \"192.0.2.0\"/24; }\n\
                    sub vcl_recv {\n // c { \n if (req.url ~ \"a  {b}\") {\n  return(pass);\n }\n}\n\
                    sub vcl_backend_response { set beresp.ttl = 1h; /* x; */ set  beresp.grace = 10m; }\n";
        let backends = "backend default {\n .host = \"127.0.0.1\"; .port = \"8080\";\n .probe = { .url = \"/\"; .interval = 5s; }\n\
                        .first_byte_timeout = 60s;\n}\n";
        let (_dir, host) = root(&[(UNIT, unit), (FILE, main), ("/etc/varnish/backends.vcl", backends)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let text: Vec<String> = written(&facts).iter().map(|l| l.replace("cache.http.varnish.", "")).collect();
        let expected = [
            "start.jail = unix,user=vcache",
            "start.listen = [(\":6081\") (\":8443,PROXY\")]",
            "start.parameters.default_ttl = 120",
            "start.parameters.gzip_level = 9",
            "start.secret_file = /etc/varnish/secret",
            "start.storage.disk = file,/x,1g",
            "start.storage.s0 = [(\"malloc,256m\")]",
            "start.vcl = /etc/varnish/default.vcl",
            "vcl.acl.purge = [(\"localhost\") (\"! 192.0.2.0/24\")]",
            "vcl.backend.default.first_byte_timeout = 60s",
            "vcl.backend.default.host = 127.0.0.1",
            "vcl.backend.default.port = 8080",
            "vcl.backend.default.probe.interval = 5s",
            "vcl.backend.default.probe.url = /",
            "vcl.imports = [(\"std\")]",
            "vcl.sub.vcl_backend_response = [(\"set beresp.ttl = 1h\") (\"set beresp.grace = 10m\")]",
            "vcl.sub.vcl_recv = [(\"if (req.url ~ \\\"a  {b}\\\") {\") (\"return(pass)\") (\"}\")]",
            "vcl.version = 4.1",
        ];
        assert_eq!(text, expected);
        assert!(facts.problems().is_empty(), "{:?}", facts.problems());
    }

    #[test]
    fn where_no_unit_is_the_script_s_variable_counts() {
        let variable = "DAEMON_OPTS=\"-a :80 \\\n -s malloc,1g\"\n";
        let (_dir, host) = root(&[("/etc/default/varnish", variable)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "cache.http.varnish.start.listen = [(\":80\")]",
            "cache.http.varnish.start.storage.s0 = [(\"malloc,1g\")]",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn hostile_files_end() {
        for text in ["include \"default.vcl\";", "sub a {", "}}}{{{\"", &"backend a { .b = {".repeat(5000), "/*", "{\""]
        {
            let (_dir, host) = root(&[(FILE, text)]);
            let mut facts = Facts::new();
            read(&host, &mut facts);
            assert!(facts.values().len() < 10_000, "{text:.20}");
        }
    }
}
