//! `os.users`, `os.groups`: passwd(5) and group(5). Passwords are neither here nor read anywhere.

use crate::capture::Facts;
use crate::host::{Host, ReadError};
use crate::model::Value;
use std::collections::BTreeMap;

const USERS: &str = "/etc/passwd";
const GROUPS: &str = "/etc/group";

/// The most users and groups: more come from a directory, not from a file.
const CAP: usize = 20_000;

/// Reads the local users and groups.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let (groups, missed) = host.watched(|| lines(host, GROUPS, "groups", facts));
    let users = lines(host, USERS, "users", facts);
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut of_user: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for [name, _, gid, members, ..] in groups.iter().filter_map(|line| fields(line)) {
        let members: Vec<&str> = members.split(',').map(str::trim).filter(|member| !member.is_empty()).collect();
        names.entry(gid).or_insert(name);
        for member in &members {
            of_user.entry(member).or_default().push(name);
        }
        let mut facts = facts.at(&["os", "groups", name]);
        facts.put(&["gid"], number(gid), GROUPS);
        facts.put(&["members"], Value::set(members), GROUPS);
    }
    for [name, _, uid, gid, _, home, shell] in users.iter().filter_map(|line| fields(line)) {
        let mut facts = facts.at(&["os", "users", name]);
        facts.put(&["uid"], number(uid), USERS);
        facts.put(&["home"], home, USERS);
        // passwd(5): an empty field stands for this shell.
        facts.put(&["shell"], if shell.is_empty() { "/bin/sh" } else { shell }, USERS);
        // The first is the group of the user's processes, named by its number where the file does not name it.
        let first = names.get(gid).copied().unwrap_or(gid);
        let all = of_user.get(name).into_iter().flatten().copied().chain([first]);
        facts.put_whole(&["groups"], Value::set(all), &missed, GROUPS);
        facts.put_whole(&["primary_group"], first, &missed, USERS);
    }
}

fn lines(host: &Host, path: &str, key: &str, facts: &mut Facts) -> Vec<String> {
    match host.text(path) {
        Ok(text) => text.lines().take(CAP).map(str::to_owned).collect(),
        Err(ReadError::Missing(_)) if host.as_live().is_none() => {
            facts.not_collected(&["os", key], &format!("the root has no {path}"));
            Vec::new()
        }
        Err(error) => {
            facts.unread(&["os", key], &error);
            Vec::new()
        }
    }
}

/// The fields of a line, those that are not there empty. Lines that begin with a sign ask a network service for more
/// entries, nsswitch.conf(5).
pub(in crate::capture) fn fields(line: &str) -> Option<[&str; 7]> {
    let line = line.trim_end();
    if line.is_empty() || line.starts_with(['+', '-', '#', ':']) {
        return None;
    }
    let mut parts = line.split(':');
    let mut next = || parts.next().unwrap_or_default();
    let all = [next(), next(), next(), next(), next(), next(), next()];
    (!all[2].is_empty()).then_some(all)
}

fn number(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn users_and_groups_go_by_name_and_without_passwords() {
        let facts = Root::new(&[
            (
                USERS,
                "root:x:0:0:root:/root:/bin/bash\nweb:$6$salt$hash:33:33:Web,,,:/var/www:\nodd:x:70:99::/:/bin/false\n\
                 +@admins::::::\n# c\nbroken\n",
            ),
            (GROUPS, "root:x:0:\nwww-data:!:33:\nssl-cert:x:110:web, ldap-user\n+:::\n"),
        ])
        .probe(probe);
        let expected = [
            "os.groups.root.gid = 0",
            "os.groups.root.members = []",
            "os.groups.ssl-cert.gid = 110",
            "os.groups.ssl-cert.members = [(\"ldap-user\") (\"web\")]",
            "os.groups.www-data.gid = 33",
            "os.groups.www-data.members = []",
            "os.users.odd.groups = [(\"99\")]",
            "os.users.odd.home = /",
            "os.users.odd.primary_group = 99",
            "os.users.odd.shell = /bin/false",
            "os.users.odd.uid = 70",
            "os.users.root.groups = [(\"root\")]",
            "os.users.root.home = /root",
            "os.users.root.primary_group = root",
            "os.users.root.shell = /bin/bash",
            "os.users.root.uid = 0",
            "os.users.web.groups = [(\"ssl-cert\") (\"www-data\")]",
            "os.users.web.home = /var/www",
            "os.users.web.primary_group = www-data",
            "os.users.web.shell = /bin/sh",
            "os.users.web.uid = 33",
        ];
        assert_eq!(written(&facts), expected);
    }
}
