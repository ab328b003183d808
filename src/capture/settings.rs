//! What probes of configuration files share: gathering settings of several files, and finding the files.

use super::Scope;
use crate::host::{EntryKind, Host, ReadError};
use crate::model::{Problem, ProblemKind, Value};
use globset::{Glob, GlobSet};
use std::collections::{BTreeMap, BTreeSet};

/// The most settings that one program's files may hold: a list of blocked host names has more, and is no setting.
const SETTINGS_CAP: usize = 20_000;

/// The most files that a pattern of an include may name.
const FILES_CAP: usize = 256;

/// Settings gathered from one or more files before they become facts: of a repeated one the caller says whether the
/// last counts or all do.
#[derive(Debug, Default)]
pub(super) struct Settings {
    values: BTreeMap<Vec<String>, (Vec<String>, String)>,
    lists: BTreeSet<Vec<String>>,
    overflow: bool,
}

impl Settings {
    /// Sets a value that replaces earlier ones.
    pub fn set(&mut self, keys: &[&str], value: &str, source: &str) {
        self.clear(keys);
        self.add(keys, value, source);
    }

    /// Sets a value unless there is one already.
    pub fn set_new(&mut self, keys: &[&str], value: &str, source: &str) {
        let known: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        if !self.values.contains_key(&known) {
            self.add(keys, value, source);
        }
    }

    /// Adds a value after those that are there: a repeated setting becomes an ordered list.
    pub fn add(&mut self, keys: &[&str], value: &str, source: &str) {
        if self.values.len() >= SETTINGS_CAP {
            self.overflow = true;
            return;
        }
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let (values, from) = self.values.entry(keys).or_default();
        if values.len() < SETTINGS_CAP {
            values.push(value.to_owned());
        }
        source.clone_into(from);
    }

    /// Adds a member of what is an ordered list even when it has one member only.
    pub fn add_member(&mut self, keys: &[&str], value: &str, source: &str) {
        self.add(keys, value, source);
        self.lists.insert(keys.iter().map(|key| (*key).to_owned()).collect());
    }

    /// Forgets a setting, as an empty assignment does in systemd's files.
    pub fn clear(&mut self, keys: &[&str]) {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        self.values.remove(&keys);
    }

    /// Sets an ordered list to have no members.
    pub fn set_none(&mut self, keys: &[&str], source: &str) {
        self.set(keys, "", source);
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        if let Some((values, _)) = self.values.get_mut(&keys) {
            values.clear();
        }
        self.lists.insert(keys);
    }

    /// Makes facts of all: text, or an ordered list of what was added more than once. A setting that is itself the
    /// head of others (`user` beside `user.name`) stands beneath them as `value`.
    pub fn put(self, facts: &mut Scope<'_>) {
        if self.overflow {
            let detail = format!("more than {SETTINGS_CAP} settings");
            facts.problem(&[], Problem::new(ProblemKind::TooLarge, detail));
        }
        let mut all = self.values.into_iter().peekable();
        while let Some((keys, (mut values, source))) = all.next() {
            let is_head = all.peek().is_some_and(|(next, _)| next.starts_with(&keys));
            let mut path: Vec<&str> = keys.iter().map(String::as_str).collect();
            if is_head {
                path.push("value");
            }
            let value = match values.len() {
                1 if !self.lists.contains(&keys) => Value::Text(values.remove(0)),
                _ => Value::list(values),
            };
            facts.put(&path, value, &source);
        }
    }
}

/// The text of a file; `None` where it is not there, and where it cannot be read, with the problem recorded.
pub(super) fn text(host: &Host, path: &str, facts: &mut Scope<'_>) -> Option<String> {
    match host.text(path) {
        Ok(text) => Some(text),
        Err(error) => {
            facts.unread(&[], &error);
            None
        }
    }
}

/// The lines of a file that say something, without comments that start a line with one of `marks`, trimmed.
pub(super) fn lines<'a>(text: &'a str, marks: &'a [char]) -> impl Iterator<Item = &'a str> {
    text.lines().map(str::trim).filter(move |line| !line.is_empty() && !line.starts_with(marks))
}

/// A line's first word and the rest of it.
pub(super) fn first_word(line: &str) -> (&str, &str) {
    let line = line.trim();
    line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim_start()))
}

/// Words with one blank between them, so that what aligns columns makes no difference.
pub(super) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The files of a folder whose names end with `suffix`, sorted by their bytes as C programs do, hidden ones left out.
///
/// # Errors
/// The folder cannot be listed; that it is not there is no error.
pub(super) fn drop_ins(host: &Host, folder: &str, suffix: &str) -> Result<Vec<String>, ReadError> {
    let entries = match host.list(folder) {
        Err(error) if error.is_missing() => return Ok(Vec::new()),
        entries => entries?,
    };
    let wanted = |entry: &crate::host::Entry| {
        entry.kind != EntryKind::Folder && !entry.name.starts_with('.') && entry.name.ends_with(suffix)
    };
    let mut names: Vec<String> = entries.into_iter().filter(wanted).map(|entry| entry.name).collect();
    names.sort();
    names.truncate(FILES_CAP);
    let folder = folder.trim_end_matches('/');
    Ok(names.into_iter().map(|name| format!("{folder}/{name}")).collect())
}

/// The files of several folders in the order of their names, as systemd and sysctl(8) read them: a file hides those of
/// its name in later folders, and one that leads to /dev/null only hides.
///
/// # Errors
/// The first folder that is there and cannot be listed.
pub(super) fn layers(host: &Host, folders: &[&str], suffix: &str) -> Result<Vec<String>, ReadError> {
    let mut files = BTreeMap::new();
    for folder in folders {
        for path in drop_ins(host, folder, suffix)? {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            files.entry(name).or_insert(path);
        }
    }
    Ok(files.into_values().filter(|path| host.link(path).ok().as_deref() != Some("/dev/null")).collect())
}

/// The files of one of systemd's programs in the order in which they count: the first main file of the folders, then
/// the drop-ins by their names. systemd.conf(5), "Configuration directories and precedence".
///
/// # Errors
/// As [`layers`].
pub(super) fn systemd_files(host: &Host, name: &str) -> Result<Vec<String>, ReadError> {
    const FOLDERS: [&str; 4] = ["/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"];
    let main = FOLDERS.iter().map(|folder| format!("{folder}/{name}")).find(|path| host.exists(path));
    let folders = FOLDERS.map(|folder| format!("{folder}/{name}.d"));
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    Ok(main.into_iter().chain(layers(host, &folders, ".conf")?).collect())
}

/// A pattern for the names in a folder, glob(7). A set of one: unlike a pattern alone it compiles no regular expression for
/// `*.conf` and its like.
pub(super) struct NamePattern(Option<GlobSet>);

impl NamePattern {
    /// None for what is no pattern.
    pub(super) fn new(part: &str) -> Option<Self> {
        match part {
            "*" => Some(Self(None)),
            part => GlobSet::new([Glob::new(part).ok()?]).ok().map(|set| Self(Some(set))),
        }
    }

    /// Whether it fits a name. As in a shell, `*` alone does not name hidden files.
    pub(super) fn is_match(&self, name: &str) -> bool {
        self.0.as_ref().map_or(!name.starts_with('.'), |set| set.is_match(name))
    }
}

/// The files that a glob(7) pattern of an include names, sorted. A pattern without wildcards names itself, so that a
/// file that is asked for and missing is seen to be.
pub(super) fn glob(host: &Host, pattern: &str) -> Vec<String> {
    if !pattern.contains(['*', '?', '[']) {
        return vec![pattern.to_owned()];
    }
    let mut found = vec![String::new()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        if !part.contains(['*', '?', '[']) {
            for path in &mut found {
                *path = format!("{path}/{part}");
            }
            continue;
        }
        let Some(pattern) = NamePattern::new(part) else { return Vec::new() };
        let mut next = Vec::new();
        for folder in &found {
            for entry in host.list(if folder.is_empty() { "/" } else { folder }).unwrap_or_default() {
                let hidden = entry.name.starts_with('.') && !part.starts_with('.');
                if !hidden && pattern.is_match(&entry.name) && next.len() < FILES_CAP {
                    next.push(format!("{folder}/{}", entry.name));
                }
            }
        }
        found = next;
    }
    // A link that leads nowhere is named too: whoever includes it fails on it.
    found.retain(|path| host.exists(path) || host.link(path).is_ok());
    found.sort();
    found
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::capture::Facts;

    /// A root of these files, for tests of probes.
    #[allow(clippy::disallowed_methods, reason = "a test makes its own root")]
    pub(in crate::capture) fn root(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = dir.path().join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().expect("has one")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        (dir, host)
    }

    /// All facts as `path = value`, in path order.
    pub(in crate::capture) fn written(facts: &Facts) -> Vec<String> {
        let show = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|i| format!("{i:?}").replace("Text", "")).collect();
                format!("[{}]", items.join(" "))
            }
            Value::Bool(yes) => yes.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Null => "null".to_owned(),
        };
        let mut all: Vec<_> = facts.values().iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.into_iter().map(|(path, value)| format!("{path} = {}", show(value))).collect()
    }

    #[test]
    fn heads_of_others_do_not_collide_with_them() {
        let mut settings = Settings::default();
        settings.add(&["user"], "a", "/f");
        settings.add(&["user"], "b", "/f");
        settings.set(&["user", "name"], "x", "/f");
        settings.set(&["user", "name"], "y", "/f");
        let mut facts = Facts::new();
        settings.put(&mut facts.at(&["t"]));
        assert_eq!(written(&facts), ["t.user.name = y", "t.user.value = [(\"a\") (\"b\")]"]);
    }

    #[test]
    fn earlier_folders_hide_later_ones() {
        let root = crate::capture::sample::Root::new(&[
            ("/etc/x.d/10-a.conf", "etc"),
            ("/usr/lib/x.d/10-a.conf", "hidden"),
            ("/usr/lib/x.d/20-b.conf", "masked"),
            ("/usr/lib/x.d/05-c.conf", "vendor"),
        ]);
        let root = root.link("/etc/x.d/20-b.conf", "/dev/null");
        let files = layers(&root.host(), &["/etc/x.d", "/none", "/usr/lib/x.d"], ".conf").expect("lists");
        assert_eq!(files, ["/usr/lib/x.d/05-c.conf", "/etc/x.d/10-a.conf"]);
    }

    #[test]
    fn patterns_name_files_inside_the_root() {
        let (_dir, host) = root(&[("/etc/a.d/2.conf", ""), ("/etc/a.d/1.conf", ""), ("/etc/a.d/.h.conf", "")]);
        assert_eq!(glob(&host, "/etc/*.d/*.conf"), ["/etc/a.d/1.conf", "/etc/a.d/2.conf"]);
        assert_eq!(glob(&host, "/etc/none"), ["/etc/none"]);
        assert_eq!(drop_ins(&host, "/etc/a.d", ".conf").expect("lists").len(), 2);
    }
}
