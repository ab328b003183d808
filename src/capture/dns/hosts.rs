//! `dns.hosts`: hosts(5), turned round: by name, the addresses in the order in which they are tried.
//!
//! The machine's own name is another one on every machine, so as a key it would differ everywhere and say nothing. It
//! is kept apart: its addresses are identity, and whether it leads to a loopback address is a setting, because programs
//! that look up their own name then listen where nobody reaches them.

use crate::capture::{Facts, identity};
use crate::host::Host;
use crate::model::{Problem, ProblemKind, Value};
use std::collections::BTreeMap;
use std::net::IpAddr;

const FILE: &str = "/etc/hosts";

/// More names are a list of blocked ones.
const NAMES_CAP: usize = 5_000;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut hosts = facts.at(&["dns", "hosts"]);
    let text = match host.text(FILE) {
        Ok(text) => text,
        Err(error) => {
            hosts.unread(&[], &error);
            return facts.unread(&["dns", "own_name"], &error);
        }
    };
    let own = identity::host_name(host).map(|(name, _)| name.to_lowercase());
    let (mut names, own_addresses) = split(&text, own.as_deref());
    if names.len() > NAMES_CAP {
        let detail = format!("{FILE} has {} names; of more than {NAMES_CAP} only the count is kept", names.len());
        hosts.problem(&[], Problem::new(ProblemKind::TooLarge, detail));
        names.clear();
    }
    for (name, addresses) in names {
        hosts.put(&[&name], Value::list(addresses), FILE);
    }
    if !own_addresses.is_empty() {
        let is_loopback = |a: &String| a.parse::<IpAddr>().is_ok_and(|a| a.is_loopback());
        facts.put(&["dns", "own_name", "loopback"], own_addresses.iter().any(is_loopback), FILE);
        facts.put(&["dns", "own_name", "addresses"], Value::list(own_addresses), FILE);
    }
}

/// Addresses by name, and those of the machine's own name, short or full.
fn split(text: &str, own: Option<&str>) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut own_addresses = Vec::new();
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let own = own.map(short).filter(|own| !own.is_empty() && own != "localhost");
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next() else { continue };
        for name in words {
            let name = name.trim_end_matches('.').to_lowercase();
            let is_own = own.as_ref().is_some_and(|own| *own == short(&name));
            let addresses = if is_own { &mut own_addresses } else { names.entry(name).or_default() };
            if addresses.last().is_none_or(|last| last != address) {
                addresses.push(address.to_owned());
            }
        }
    }
    (names, own_addresses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn names_lead_to_addresses_and_the_own_name_is_kept_apart() {
        let text = "127.0.0.1 localhost Localhost\n127.0.1.1 web-1.example.net web-1 # own\n::1 localhost\n\
                    192.0.2.31 db1.example.net db1\n192.0.2.32 db1\nnothing\n";
        let (_dir, host) = root(&[(FILE, text), ("/etc/hostname", "web-1\n")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "dns.hosts.db1 = [(\"192.0.2.31\") (\"192.0.2.32\")]",
            "dns.hosts.\"db1.example.net\" = [(\"192.0.2.31\")]",
            "dns.hosts.localhost = [(\"127.0.0.1\") (\"::1\")]",
            "dns.own_name.addresses = [(\"127.0.1.1\")]",
            "dns.own_name.loopback = true",
        ];
        assert_eq!(written(&facts), expected);
    }
}
