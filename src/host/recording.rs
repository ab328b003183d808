//! What programs said when a support archive was made: sos keeps it beneath `sos_commands/PLUGIN/`, insights beneath
//! `insights_commands/`, in files named for the command line.

use super::{EntryKind, Files};
use std::collections::HashMap;

/// The most that is kept of a name: sos and insights cut names there (`name_max`, 255 less a suffix).
const NAME_MAX: usize = 255;

/// The most recordings that an archive may hold.
const CAP: usize = 50_000;

/// An archive's recordings: from a command line's mangled name to the file.
#[derive(Debug, Default)]
pub(super) struct Recording {
    files: HashMap<String, String>,
}

/// Whether a folder is the top of a support archive.
pub(super) fn is_archive(files: &dyn Files, top: &str) -> bool {
    ["sos_commands", "insights_commands"].iter().any(|name| {
        let folder = format!("{}/{name}", top.trim_end_matches('/'));
        files.stat(&folder).is_ok_and(|stat| stat.kind == EntryKind::Folder)
    })
}

/// Folders that a root has at its top.
const ROOTS: [&str; 4] = ["etc", "proc", "sys", "usr"];

/// The folder in which an archive keeps its root, if that is not the top: its single folder, as sos packs it, and `data`
/// within that, as newer insights do; the single folder around any other root.
pub(super) fn top_folder(files: &dyn Files) -> Option<String> {
    support_folder(files).or_else(|| {
        let entries = files.list("/").ok()?;
        let [only] = &entries[..] else { return None };
        let is_root = ROOTS.iter().any(|name| files.stat(&format!("/{}/{name}", only.name)).is_ok());
        let around = only.kind == EntryKind::Folder && is_root && !ROOTS.contains(&only.name.as_str());
        around.then(|| format!("/{}", only.name))
    })
}

fn support_folder(files: &dyn Files) -> Option<String> {
    let mut top = String::new();
    // The archive's own folder, and `data` in it.
    for _ in 0..2 {
        if is_archive(files, &top) {
            break;
        }
        let entries = files.list(if top.is_empty() { "/" } else { &top }).ok()?;
        let mut folders = entries.iter().filter(|entry| entry.kind == EntryKind::Folder);
        let next = match (folders.next(), folders.next()) {
            (Some(only), None) => only.name.clone(),
            _ => entries.iter().find(|e| e.name == "data" && e.kind == EntryKind::Folder)?.name.clone(),
        };
        top = format!("{top}/{next}");
    }
    (!top.is_empty() && is_archive(files, &top)).then_some(top)
}

impl Recording {
    /// The recordings of a root; `None` where it is no support archive.
    pub(super) fn of(files: &dyn Files) -> Option<Self> {
        if !is_archive(files, "") {
            return None;
        }
        let mut all = Self::default();
        all.gather(files, "/insights_commands");
        let mut plugins = files.list("/sos_commands").unwrap_or_default();
        plugins.sort_by(|a, b| a.name.cmp(&b.name));
        for plugin in plugins {
            all.gather(files, &format!("/sos_commands/{}", plugin.name));
        }
        Some(all)
    }

    fn gather(&mut self, files: &dyn Files, folder: &str) {
        let mut entries = files.list(folder).unwrap_or_default();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        for entry in entries {
            // Links are another plugin's file of the same command.
            if entry.kind != EntryKind::Folder && self.files.len() < CAP {
                let path = format!("{folder}/{}", entry.name);
                self.files.entry(without_folder(&entry.name).to_owned()).or_insert(path);
            }
        }
    }

    /// The file that holds what a command line said.
    pub(super) fn find(&self, command_line: &str) -> Option<&str> {
        self.files.get(&mangled(command_line)).map(String::as_str)
    }
}

impl Recording {
    /// The files that hold what command lines said that begin with this one, by name.
    pub(super) fn starting(&self, command_line: &str) -> Vec<&str> {
        let start = mangled(command_line);
        let goes_on =
            |name: &str| name.strip_prefix(&start).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        let mut found: Vec<(&str, &str)> = self
            .files
            .iter()
            .map(|(name, path)| (name.as_str(), path.as_str()))
            .filter(|(name, _)| goes_on(name))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, path)| path).collect()
    }
}

/// The name of a file for a command line as sos makes it (`_mangle_command` in sos/report/plugins, and the same in
/// insights): the program's folder is left out, runs of anything but letters, digits, `-`, `.` and `/` become one `_`,
/// a slash becomes a dot.
fn mangled(command_line: &str) -> String {
    let mut name = String::new();
    for c in command_line.trim().trim_start_matches('/').chars() {
        match c {
            '/' => name.push('.'),
            c if c.is_alphanumeric() || matches!(c, '-' | '.' | '_') => name.push(c),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = without_folder(name.trim_matches([' ', '.', '_', '-']));
    name.get(..name.floor_char_boundary(NAME_MAX)).unwrap_or(name).to_owned()
}

/// Old versions keep the program's folder in the name: `sbin.ip_addr`.
fn without_folder(name: &str) -> &str {
    let name = name.strip_prefix("usr.").unwrap_or(name);
    let name = name.strip_prefix("local.").unwrap_or(name);
    name.strip_prefix("sbin.").or_else(|| name.strip_prefix("bin.")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::{Host, ReadError};
    use super::*;

    #[allow(clippy::disallowed_methods, reason = "a test makes its own root")]
    fn archive(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("has one")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        (dir, host)
    }

    #[test]
    fn names_are_mangled_as_sos_does() {
        for (line, name) in [
            ("ip -d address", "ip_-d_address"),
            ("/usr/sbin/sysctl -a", "sysctl_-a"),
            ("/sbin/ip  addr", "ip_addr"),
            ("ls -lanR /boot", "ls_-lanR_.boot"),
            ("lsblk -O -P", "lsblk_-O_-P"),
            ("dpkg-query -W -f='${Package}'", "dpkg-query_-W_-f_Package"),
            ("uname -a", "uname_-a"),
        ] {
            assert_eq!(mangled(line), name, "{line}");
        }
        assert_eq!(mangled(&"é".repeat(300)).len(), 254);
    }

    #[test]
    fn a_sosreport_answers_for_its_programs() {
        let (_dir, host) = archive(&[
            ("report/sos_commands/processor/lscpu", "Architecture: x86_64\n"),
            ("report/sos_commands/networking/sbin.ip_addr", "1: lo\n"),
            ("report/etc/hostname", "inside\n"),
            ("sos_reports.txt", "beside"),
        ]);
        assert_eq!(host.text("/etc/hostname").expect("descended"), "inside\n");
        let said = host.recorded("lscpu").expect("recorded");
        assert_eq!(
            (said.text.as_str(), said.source.as_str()),
            ("Architecture: x86_64\n", "/sos_commands/processor/lscpu")
        );
        assert_eq!(host.recorded("/sbin/ip addr").expect("recorded").text, "1: lo\n");
        assert!(host.recorded("lsblk").is_none());
        assert_eq!(host.recorded_starting("ip").len(), 1);
        assert!(host.recorded_starting("i").is_empty(), "words, not letters");
        assert_eq!(host.command(&["lscpu"]).expect("the recording").text, "Architecture: x86_64\n");
        assert!(matches!(host.command(&["lsblk"]), Err(ReadError::NotRun(_))));
    }

    #[test]
    fn insights_keep_it_in_one_folder() {
        let (_dir, host) = archive(&[
            ("insights-x/data/insights_commands/uname_-a", "Linux x\n"),
            ("insights-x/data/etc/hostname", "inside\n"),
            ("insights-x/meta_data/a", "{}"),
        ]);
        assert_eq!(host.recorded("uname -a").expect("recorded").text, "Linux x\n");
        assert_eq!(host.text("/etc/hostname").expect("descended"), "inside\n");
    }

    #[test]
    fn another_root_runs_nothing() {
        let (_dir, host) = archive(&[("etc/hostname", "x\n")]);
        let error = host.command(&["true"]).expect_err("another root");
        assert!(error.problem().expect("said").is_not_collected());
        assert!(host.recorded("true").is_none());
        let live = Host::live().without_programs();
        let error = live.command(&["true"]).expect_err("not allowed");
        assert!(error.to_string().contains("--no-exec"), "{error}");
        assert!(error.problem().expect("said").is_not_collected());
        assert!(Host::live().command(&["true"]).is_ok());
    }
}
