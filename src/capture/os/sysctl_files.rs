//! `os.sysctl_files`: what the files of sysctl.d(5) and sysctl.conf(5) ask for.

use super::sysctl::{swap, value};
use crate::capture::Facts;
use crate::capture::settings::layers;
use crate::host::Host;
use std::collections::BTreeMap;

/// Where the files stand. A file in an earlier folder hides those of its name in later ones.
const FOLDERS: [&str; 5] =
    ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"];

/// Read after all others.
const LAST: &str = "/etc/sysctl.conf";

/// Reads the files in the order in which they are applied; what is asked for last wins.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let files = match layers(host, &FOLDERS, ".conf") {
        Ok(files) => files,
        Err(error) => return facts.unread(&["os", "sysctl_files"], &error),
    };
    let mut wanted: BTreeMap<String, (String, String)> = BTreeMap::new();
    for path in files.into_iter().chain([LAST.to_owned()]) {
        match host.text(&path) {
            Ok(text) => {
                for (name, value) in assignments(&text) {
                    wanted.insert(name, (value.to_owned(), path.clone()));
                }
            }
            // Whatever was asked for before it, it may ask for otherwise.
            Err(error) => {
                if error.problem().is_some() {
                    wanted.clear();
                }
                facts.unread(&["os", "sysctl_files"], &error);
            }
        }
    }
    for (name, (text, path)) in wanted {
        facts.put(&["os", "sysctl_files", &name], value(&text), &path);
    }
}

/// The lines `name = value`. A leading `-` means that a failure to set it is no matter. A name may be written with
/// slashes: whichever separator comes first is the separator.
fn assignments(text: &str) -> impl Iterator<Item = (String, &str)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            return None;
        }
        let (name, value) = line.split_once('=')?;
        let name = name.trim().trim_start_matches('-').trim();
        let slashes = name.find(['/', '.']).is_some_and(|at| name[at..].starts_with('/'));
        let name = if slashes { swap(name) } else { name.to_owned() };
        (!name.is_empty()).then(|| (name, value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

    #[test]
    fn both_ways_of_writing_a_name_are_read() {
        let text = "# c\n;c\n-kernel.x = 1\nnet/ipv4/conf/eth0.1/mtu=2\nnet.ipv4.conf.eth0/1.mtu = 3\nodd\n";
        let read: Vec<_> = assignments(text).collect();
        let mtu = "net.ipv4.conf.eth0/1.mtu".to_owned();
        assert_eq!(read, [("kernel.x".to_owned(), "1"), (mtu.clone(), "2"), (mtu, "3")]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let text = "vm.swappiness = 1\n";
        let root =
            crate::capture::sample::Root::new(&[("/etc/sysctl.d/a.conf", text), ("/etc/sysctl.conf", "a.b = 2\n")]);
        let facts = root.pipe("/etc/sysctl.d/b.conf").probe(probe);
        assert_eq!(facts.get("os.sysctl_files.\"a.b\""), Some(&Value::from(2_u64)), "asked for last, whatever b says");
        assert_eq!(facts.get("os.sysctl_files.\"vm.swappiness\""), None);
        let said: Vec<String> = facts.problems().iter().map(|(path, problem)| format!("{path} {problem}")).collect();
        assert_eq!(said, ["os.sysctl_files failed: /etc/sysctl.d/b.conf: not a regular file"]);
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes its own root")]
    fn the_last_file_wins_and_the_first_folder_hides() {
        let dir = tempfile::tempdir().expect("a folder");
        for (path, text) in [
            ("etc/sysctl.d/10-a.conf", "vm.swappiness = 1"),
            ("usr/lib/sysctl.d/10-a.conf", "vm.hidden = 1"),
            ("usr/lib/sysctl.d/50-b.conf", "vm.swappiness = 2\nvm.other = 5"),
            ("etc/sysctl.conf", "vm.other = 6"),
        ] {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        assert_eq!(facts.get("os.sysctl_files.\"vm.swappiness\""), Some(&Value::from(2_u64)));
        assert_eq!(facts.get("os.sysctl_files.\"vm.other\""), Some(&Value::from(6_u64)));
        assert_eq!(facts.get("os.sysctl_files.\"vm.hidden\""), None);
    }
}
