//! `network.rules.<family>`, the rules of policy routing as ip-rule(8) lists them, and `network.neighbours`.

use crate::capture::Facts;
use crate::capture::settings::{drop_ins, lines, squeeze};
use crate::host::{Host, Rule};
use crate::model::Value;
use std::collections::HashMap;

const FAMILIES: [(&str, &str); 2] = [("ipv4", "ip -4 rule"), ("ipv6", "ip -6 rule")];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    rules(host, facts);
    neighbours(host, facts);
}

fn rules(host: &Host, facts: &mut Facts) {
    if let Some(live) = host.as_live() {
        let rules = match live.rules() {
            Ok(rules) => rules,
            Err(problem) => return facts.problem(&["network", "rules"], problem),
        };
        let names = tables(host);
        for (family, _) in FAMILIES {
            let own = rules.iter().filter(|rule| rule.is_ipv6 == (family == "ipv6"));
            let lines: Vec<String> = own.map(|rule| written(rule, &names)).collect();
            if !lines.is_empty() {
                facts.put(&["network", "rules", family], Value::list(lines), "netlink RTM_GETRULE");
            }
        }
        return;
    }
    for (family, command) in FAMILIES {
        match host.recorded(command) {
            Some(output) => {
                let rules = output
                    .text
                    .lines()
                    .map(squeeze)
                    .filter(|line| line.split_once(':').is_some_and(|(number, _)| number.parse::<u32>().is_ok()));
                facts.put(&["network", "rules", family], Value::list(rules), &output.source);
            }
            None => facts.not_collected(&["network", "rules", family], "only a running kernel tells its rules"),
        }
    }
}

/// `32766: from all lookup main`
fn written(rule: &Rule, names: &HashMap<u32, String>) -> String {
    let what = match (&rule.action, rule.table) {
        (Some(action), _) => action.clone(),
        (None, Some(table)) => {
            format!("lookup {}", names.get(&table).cloned().unwrap_or_else(|| table.to_string()))
        }
        // l3mdev: the device's own table.
        (None, None) => String::new(),
    };
    squeeze(&format!("{}: {} {what}", rule.priority, rule.selector))
}

/// The names of the tables: the kernel's three, and those of rt_tables, the administrator's last.
pub(super) fn tables(host: &Host) -> HashMap<u32, String> {
    let own = [(255, "local"), (254, "main"), (253, "default")];
    let mut out: HashMap<u32, String> = own.into_iter().map(|(number, name)| (number, name.to_owned())).collect();
    for folder in ["/usr/share/iproute2", "/etc/iproute2"] {
        let mut files = vec![format!("{folder}/rt_tables")];
        files.extend(drop_ins(host, &format!("{folder}/rt_tables.d"), ".conf").unwrap_or_default());
        for text in files.iter().filter_map(|path| host.text(path).ok()) {
            for line in lines(&text, &['#']) {
                let mut words = line.split_whitespace();
                if let (Some(Ok(number)), Some(name)) = (words.next().map(str::parse), words.next()) {
                    out.insert(number, name.to_owned());
                }
            }
        }
    }
    out
}

/// How many neighbours are known: they come and go.
fn neighbours(host: &Host, facts: &mut Facts) {
    const FILE: &str = "/proc/net/arp";
    if let Some(live) = host.as_live() {
        return match live.neighbours() {
            Ok((four, six)) => {
                facts.put(&["network", "neighbours", "ipv4"], four, "netlink RTM_GETNEIGH");
                facts.put(&["network", "neighbours", "ipv6"], six, "netlink RTM_GETNEIGH");
            }
            Err(problem) => facts.problem(&["network", "neighbours"], problem),
        };
    }
    match host.text(FILE) {
        Ok(text) => {
            // Address, type, flags: 0 of one that did not answer.
            let known = text.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2));
            facts.put(&["network", "neighbours", "ipv4"], known.filter(|flags| *flags != "0x0").count(), FILE);
        }
        Err(error) => facts.unread(&["network", "neighbours"], &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written as all};

    #[test]
    fn an_archive_tells_what_was_recorded() {
        let arp = "IP address       HW type     Flags       HW address            Mask     Device\n\
                   192.0.2.1        0x1         0x2         02:00:00:00:00:01     *        eth0\n\
                   192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0\n";
        let (_dir, host) = root(&[
            ("/sos_commands/networking/ip_-4_rule", "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n"),
            ("/proc/net/arp", arp),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "network.neighbours.ipv4 = 1",
            "network.rules.ipv4 = [(\"0: from all lookup local\") (\"32766: from all lookup main\")]",
        ];
        assert_eq!(all(&facts), expected);
        assert!(facts.problems().iter().any(|(path, _)| path.to_string() == "network.rules.ipv6"));
    }

    #[test]
    fn tables_have_the_names_of_the_administrator() {
        let (_dir, host) = root(&[
            ("/etc/iproute2/rt_tables", "255 local\n# c\n100 uplink\n"),
            ("/etc/iproute2/rt_tables.d/x.conf", "101\tbackup # c\n"),
        ]);
        let names = tables(&host);
        let rule = |table| Rule { priority: 5, selector: "from all".to_owned(), table: Some(table), ..Rule::default() };
        assert_eq!(written(&rule(100), &names), "5: from all lookup uplink");
        assert_eq!(written(&rule(101), &names), "5: from all lookup backup");
        assert_eq!(written(&rule(254), &names), "5: from all lookup main");
        assert_eq!(written(&rule(7), &names), "5: from all lookup 7");
    }
}
