//! What the C library obeys beside resolv.conf: nsswitch.conf(5), host.conf(5), gai.conf(5).

use crate::capture::Facts;
use crate::capture::settings::{Settings, first_word, lines, squeeze, text};
use crate::host::Host;
use crate::model::Value;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    switch(host, facts);
    host_conf(host, facts);
    gai(host, facts);
}

/// `dns.switch.<data base>`: the services in the order in which they are asked, with the actions between them.
fn switch(host: &Host, facts: &mut Facts) {
    const FILE: &str = "/etc/nsswitch.conf";
    let mut facts = facts.at(&["dns", "switch"]);
    let Some(text) = text(host, FILE, &mut facts) else { return };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        // glibc takes white space for the colon, too.
        let Some((base, rest)) = line.split_once(|c: char| c == ':' || c.is_whitespace()) else { continue };
        if !base.is_empty() {
            facts.put(&[base], Value::list(services(rest.trim_start_matches(':'))), FILE);
        }
    }
}

/// Services and actions; an action keeps its brackets, and may hold several words.
fn services(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = match rest.strip_prefix('[') {
            Some(inside) => inside.find(']').map_or(rest.len(), |at| at + 2),
            None => rest.find(|c: char| c.is_whitespace() || c == '[').unwrap_or(rest.len()),
        };
        out.push(squeeze(&rest[..end]));
        rest = rest[end..].trim_start();
    }
    out
}

/// `dns.host_conf.<key>`.
fn host_conf(host: &Host, facts: &mut Facts) {
    const FILE: &str = "/etc/host.conf";
    let mut facts = facts.at(&["dns", "host_conf"]);
    let Some(text) = text(host, FILE, &mut facts) else { return };
    for line in lines(&text, &['#']) {
        let (key, value) = first_word(line);
        facts.put(&[key], squeeze(value), FILE);
    }
}

/// `dns.gai.<rule>.<prefix>`: which of a name's addresses is tried first.
fn gai(host: &Host, facts: &mut Facts) {
    const FILE: &str = "/etc/gai.conf";
    let mut facts = facts.at(&["dns", "gai"]);
    let Some(text) = text(host, FILE, &mut facts) else { return };
    let mut settings = Settings::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        match words[..] {
            [rule, prefix, value] => settings.set(&[rule, prefix], value, FILE),
            [rule, value] => settings.set(&[rule], value, FILE),
            _ => {}
        }
    }
    settings.put(&mut facts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn actions_stand_where_they_act() {
        assert_eq!(
            services("files sss [NOTFOUND=return  SUCCESS=continue]dns [!UNAVAIL=return"),
            ["files", "sss", "[NOTFOUND=return SUCCESS=continue]", "dns", "[!UNAVAIL=return"]
        );
        assert!(services("").is_empty());
    }

    #[test]
    fn the_three_files_are_read() {
        let (_dir, host) = root(&[
            ("/etc/nsswitch.conf", "# a\npasswd:   files sss # b\nGROUP      Files\n#hosts: x\n"),
            ("/etc/host.conf", "order hosts,bind\nmulti on\n"),
            ("/etc/gai.conf", "#precedence ::1/128 50\nprecedence ::ffff:0:0/96  100 # v4\nreload yes\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "dns.gai.precedence.\"::ffff:0:0/96\" = 100",
            "dns.gai.reload = yes",
            "dns.host_conf.multi = on",
            "dns.host_conf.order = hosts,bind",
            "dns.switch.GROUP = [(\"Files\")]",
            "dns.switch.passwd = [(\"files\") (\"sss\")]",
        ];
        assert_eq!(written(&facts), expected);
    }
}
