//! `cache.http.squid`: squid.conf, the directives as <http://www.squid-cache.org/Doc/config/> has them. Rules that are
//! tried one after another stay in one ordered list.

use super::walk::Walk;
use crate::capture::Facts;
use crate::capture::settings::{first_word, glob, squeeze};
use crate::host::Host;
use crate::model::ProblemKind;
use crate::model::redaction::secret;

const FILES: [&str; 2] = ["/etc/squid/squid.conf", "/etc/squid3/squid.conf"];

/// Directives of which all count, in their order. Those that end in `_access` do too.
const LISTS: [&str; 30] = [
    "access_log",
    "adaptation_service_chain",
    "adaptation_service_set",
    "always_direct",
    "cache",
    "collapsed_forwarding_access",
    "delay_class",
    "deny_info",
    "dns_nameservers",
    "external_acl_type",
    "ftp_port",
    "hierarchy_stoplist",
    "hosts_file",
    "http_port",
    "https_port",
    "icap_service",
    "logformat",
    "never_direct",
    "note",
    "qos_flows",
    "range_offset_limit",
    "refresh_pattern",
    "reply_body_max_size",
    "request_header_add",
    "send_hit",
    "sslproxy_cert_error",
    "store_miss",
    "tcp_outgoing_address",
    "tcp_outgoing_mark",
    "tcp_outgoing_tos",
];

/// Directives of which each first word is one of its own.
const KEYED: [&str; 7] = [
    "cache_peer",
    "delay_parameters",
    "header_replace",
    "reply_header_replace",
    "request_header_replace",
    "logfile_daemon",
    "max_stale",
];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut walk = Walk::new(host);
    if let Some(path) = FILES.into_iter().find(|path| host.exists(path)) {
        file(&mut walk, path, 0);
    }
    walk.put(facts.at(&["cache", "http", "squid"]));
}

fn file(walk: &mut Walk<'_>, path: &str, depth: usize) {
    let Some(text) = walk.text(path, depth) else { return };
    let text = text.replace("\\\n", " ");
    // Conditions hold for one process of several (`if ${process_number} = 1`): they are keys.
    let mut conditions: Vec<String> = Vec::new();
    for line in text.lines().map(without_comment) {
        let (name, rest) = first_word(line);
        match name {
            "" => {}
            "include" => rest.split_whitespace().for_each(|pattern| {
                glob(walk.host, pattern).iter().for_each(|included| file(walk, included, depth + 1));
            }),
            "if" => conditions.push(squeeze(line)),
            "else" => {
                let before = conditions.pop().unwrap_or_default();
                conditions.push(format!("not {before}"));
            }
            "endif" => drop(conditions.pop()),
            _ => directive(walk, &conditions, name, rest, path),
        }
    }
    if !conditions.is_empty() {
        walk.problem(ProblemKind::NotParsable, format!("{path}: an if without its endif"));
    }
}

/// A `#` begins a comment at the start of a line or of a word.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    let end = line.find(|c| {
        let begins = c == '#' && before.is_whitespace();
        before = c;
        begins
    });
    line[..end.unwrap_or(line.len())].trim()
}

fn directive(walk: &mut Walk<'_>, conditions: &[String], name: &str, rest: &str, path: &str) {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let mut keys: Vec<&str> = conditions.iter().take(8).map(String::as_str).collect();
    keys.push(name);
    match (name, &words[..]) {
        ("acl", [acl, rest @ ..]) => {
            keys.push(acl);
            walk.setting(&keys, &rest.join(" "), true, path);
        }
        // The kind comes first, the folder says which.
        ("cache_dir", [kind, folder, rest @ ..]) => {
            keys.push(folder);
            walk.setting(&keys, &[&[*kind], rest].concat().join(" "), false, path);
        }
        ("cachemgr_passwd", [password, actions @ ..]) => {
            let password = secret(password);
            walk.setting(&keys, &[&[password.as_str()], actions].concat().join(" "), true, path);
        }
        ("auth_param", [scheme, parameter, rest @ ..]) => {
            keys.extend([scheme, parameter]);
            walk.setting(&keys, &rest.join(" "), false, path);
        }
        ("cache_peer", [peer, rest @ ..]) => {
            keys.push(peer);
            let shown: Vec<String> = rest.iter().map(|word| without_login(word)).collect();
            walk.setting(&keys, &shown.join(" "), false, path);
        }
        (_, [key, rest @ ..]) if KEYED.contains(&name) => {
            keys.push(key);
            walk.setting(&keys, &rest.join(" "), false, path);
        }
        _ => {
            let is_list = name.ends_with("_access") || LISTS.contains(&name);
            walk.setting(&keys, &words.join(" "), is_list, path);
        }
    }
}

/// `login=user:password` keeps its user; `login=PASS` and `login=PASSTHRU` say that the client's are handed on.
fn without_login(word: &str) -> String {
    match word.strip_prefix("login=").and_then(|login| login.split_once(':')) {
        Some((user, password)) => format!("login={user}:{}", secret(password)),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn rules_keep_their_order_and_later_words_count() {
        let main = "# c\nacl localnet src 10.0.0.0/8\t# LAN\nacl localnet src fc00::/7\nhttp_access deny !localnet\n\
                    include /etc/squid/conf.d/*.conf\nhttp_access deny all\ncache_mem 256 MB\ncache_mem 512 MB\n\
                    cache_dir ufs /var/spool/squid 100 16 256\ncachemgr_passwd s3cret shutdown\n\
                    cache_peer parent.example 3128 0 login=u:s3cret\nrefresh_pattern ^ftp: 1440 20% 10080\n\
                    refresh_pattern -i (/cgi-bin/|\\?) 0\t0% 0\nif ${process_number} = 1\nvisible_hostname a\nendif\n\
                    auth_param basic children 5\nurl_rewrite_program /x #frag\n";
        let (_dir, host) = root(&[
            (FILES[0], main),
            (
                "/etc/squid/conf.d/debian.conf",
                "logfile_rotate 0\ninclude /etc/squid/squid.conf\nhttp_access allow localnet\n",
            ),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert!(!facts.problems().is_empty(), "files that include each other are said");
        let (_dir, host) = root(&[
            (FILES[0], main),
            ("/etc/squid/conf.d/debian.conf", "logfile_rotate 0\nhttp_access allow localnet\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let text: Vec<String> = written(&facts).iter().map(|l| l.replace("cache.http.squid.", "")).collect();
        let expected = [
            "acl.localnet = [(\"src 10.0.0.0/8\") (\"src fc00::/7\")]",
            "auth_param.basic.children = 5",
            "cache_dir.\"/var/spool/squid\" = ufs 100 16 256",
            "cache_mem = 512 MB",
            "cache_peer.\"parent.example\" = 3128 0 login=u:[redacted]",
            "cachemgr_passwd = [(\"[redacted] shutdown\")]",
            "http_access = [(\"deny !localnet\") (\"allow localnet\") (\"deny all\")]",
            "\"if ${process_number} = 1\".visible_hostname = a",
            "logfile_rotate = 0",
            "refresh_pattern = [(\"^ftp: 1440 20% 10080\") (\"-i (/cgi-bin/|\\\\?) 0 0% 0\")]",
            "url_rewrite_program = /x",
        ];
        let mut text = text;
        text.sort();
        let mut expected = expected.map(str::to_owned);
        expected.sort();
        assert_eq!(text, expected);
        assert!(facts.problems().is_empty());
    }
}
