//! How systemd starts a program: the command line of its unit with drop-ins, systemd.unit(5) and systemd.service(5).

use crate::capture::settings::{drop_ins, lines};
use crate::host::Host;
use std::collections::BTreeMap;

/// Where units are, the first that has one counts.
const FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// A word of a command line and the file that it came from.
pub(super) type Word = (String, String);

/// What a unit says of how its program starts.
#[derive(Default)]
struct Unit {
    command: Vec<Word>,
    variables: BTreeMap<String, Word>,
}

/// The command line of a service, its program first; `None` where no unit or no command is.
pub(super) fn command_line(host: &Host, service: &str) -> Option<Vec<Word>> {
    let own = FOLDERS.iter().map(|folder| format!("{folder}/{service}")).find(|path| host.exists(path))?;
    let mut unit = Unit::default();
    unit.file(host, &own);
    // Of drop-ins of one name the first folder's counts; all together are applied by name.
    let mut more: BTreeMap<String, String> = BTreeMap::new();
    for folder in FOLDERS {
        for path in drop_ins(host, &format!("{folder}/{service}.d"), ".conf").unwrap_or_default() {
            more.entry(path.rsplit('/').next().unwrap_or_default().to_owned()).or_insert(path);
        }
    }
    more.values().for_each(|path| unit.file(host, path));
    let words = unit.expanded();
    (!words.is_empty()).then_some(words)
}

impl Unit {
    fn file(&mut self, host: &Host, path: &str) {
        let Ok(text) = host.text(path) else { return };
        let text = text.replace("\\\n", " ");
        let mut is_service = false;
        for line in lines(&text, &['#', ';']) {
            if line.starts_with('[') {
                is_service = line == "[Service]";
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| is_service) else { continue };
            let value = value.trim();
            match key.trim() {
                "ExecStart" => {
                    let words = split(value.trim_start_matches(['@', '-', ':', '+', '!']));
                    self.command = words.into_iter().map(|word| (word, path.to_owned())).collect();
                }
                "Environment" if value.is_empty() => self.variables.clear(),
                "Environment" => split(value).iter().for_each(|one| self.assign(one, path)),
                "EnvironmentFile" => self.environment_file(host, value.trim_start_matches('-')),
                _ => {}
            }
        }
    }

    fn environment_file(&mut self, host: &Host, path: &str) {
        let Ok(text) = host.text(path) else { return };
        for line in lines(&text.replace("\\\n", " "), &['#', ';']) {
            let Some((name, value)) = line.split_once('=') else { continue };
            // One value, in quotes or not; the words in it stay apart until a command line takes it.
            let unquoted = split(value).join(" ");
            self.variables.insert(name.trim().to_owned(), (unquoted, path.to_owned()));
        }
    }

    fn assign(&mut self, assignment: &str, path: &str) {
        if let Some((name, value)) = assignment.split_once('=') {
            self.variables.insert(name.to_owned(), (value.to_owned(), path.to_owned()));
        }
    }

    /// `$NAME` as a word of its own becomes as many words as it has, `${NAME}` is part of its word.
    fn expanded(&self) -> Vec<Word> {
        let mut out = Vec::new();
        for (word, path) in &self.command {
            let whole = word.strip_prefix('$').filter(|name| !name.starts_with(['{', '$']));
            if let Some(name) = whole {
                if let Some((value, from)) = self.variables.get(name) {
                    out.extend(split(value).into_iter().map(|word| (word, from.clone())));
                }
                continue;
            }
            let (mut text, mut from) = (word.clone(), path.clone());
            for (name, (value, file)) in &self.variables {
                let mark = format!("${{{name}}}");
                if text.contains(&mark) {
                    text = text.replace(&mark, value);
                    from.clone_from(file);
                }
            }
            out.push((text, from));
        }
        out
    }
}

fn split(text: &str) -> Vec<String> {
    shlex::split(text).unwrap_or_else(|| text.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::root;

    #[test]
    fn drop_ins_and_variables_count() {
        let (_dir, host) = root(&[
            (
                "/usr/lib/systemd/system/x.service",
                "[Unit]\nExecStart=no\n[Service]\nEnvironment=\"A=1 2\" B=3\nEnvironmentFile=-/etc/default/x\n\
                 ExecStart=-/usr/bin/x -b ${B} \\\n  $OPTIONS $A $NONE\n",
            ),
            ("/etc/default/x", "# c\nOPTIONS=\"-m 64 -l ::1\"\n"),
            ("/usr/lib/systemd/system/y.service", "[Service]\nExecStart=/usr/bin/y\n"),
            ("/etc/systemd/system/y.service.d/size.conf", "[Service]\nExecStart=\nExecStart=/usr/bin/y -s big\n"),
        ]);
        let words = |service| command_line(&host, service).expect("starts");
        let text = |service| words(service).into_iter().map(|(word, _)| word).collect::<Vec<_>>().join("|");
        assert_eq!(text("x.service"), "/usr/bin/x|-b|3|-m|64|-l|::1|1|2");
        assert_eq!(words("x.service")[3].1, "/etc/default/x");
        assert_eq!(text("y.service"), "/usr/bin/y|-s|big");
        assert_eq!(words("y.service")[1].1, "/etc/systemd/system/y.service.d/size.conf");
        assert_eq!(command_line(&host, "z.service"), None);
    }
}
