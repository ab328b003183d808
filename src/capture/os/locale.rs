//! `os.locale`: language and character set that the system is set to, locale.conf(5), and the locales that are installed.

use super::release::assignments;
use crate::capture::settings::{Settings, first_word, lines};
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, Output};
use crate::model::Value;

/// What sets the language of logins and services, the strongest last: Debian's PAM reads the first and the third, Red Hat
/// had the second, systemd reads the last.
const FILES: [&str; 4] = ["/etc/environment", "/etc/sysconfig/i18n", "/etc/default/locale", "/etc/locale.conf"];

/// What locale-gen(8) is told to make.
const WANTED: &str = "/etc/locale.gen";

const FOLDER: &str = "/usr/lib/locale";

const ARCHIVE: &str = "/usr/lib/locale/locale-archive";

/// The names stand at the beginning of the archive, before the data of many megabytes.
const HEAD: usize = 2 << 20;

/// The most locales; glibc has five hundred, with three names for many.
const CAP: usize = 4_000;

/// Reads the settings and lists the locales.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["os", "locale"]);
    settings(host, &mut facts);
    wanted(host, &mut facts);
    installed(host, &mut facts);
}

fn settings(host: &Host, facts: &mut Scope) {
    let mut settings = Settings::default();
    let mut deciding: [Option<(String, String)>; 3] = [None, None, None];
    let mut set = |name: &str, value: &str, source: &str| {
        if !value.is_empty() && (matches!(name, "LANG" | "LANGUAGE") || name.starts_with("LC_")) {
            settings.set(&[&name.to_lowercase()], value, source);
            if let Some(at) = ["LC_ALL", "LC_CTYPE", "LANG"].iter().position(|one| *one == name)
                && let Some(slot) = deciding.get_mut(at)
            {
                *slot = Some((value.to_owned(), source.to_owned()));
            }
        }
    };
    let mut found = false;
    for path in FILES {
        match host.text(path) {
            Ok(text) => {
                for (name, value) in assignments(&text) {
                    found |= path != "/etc/environment";
                    set(name.trim_start_matches("export "), &value, path);
                }
            }
            Err(error) => facts.unread(&[], &error),
        }
    }
    let said = ["localectl status", "localectl"].into_iter().find_map(|command| host.recorded(command));
    if let Some(Output { text, source }) = said.filter(|_| !found) {
        for (name, value) in text.split_whitespace().filter_map(|word| word.split_once('=')) {
            set(name, value, &source);
        }
    }
    // setlocale(3): the first of them that is set decides on characters.
    if let Some((locale, source)) = deciding.into_iter().flatten().next() {
        facts.put_some(&["charset"], charset(&locale), &source);
    }
    settings.put(facts);
}

/// `de_DE.utf8@euro` has UTF-8. A locale without a character set has the one that its data say.
fn charset(locale: &str) -> Option<String> {
    if matches!(locale, "C" | "POSIX") {
        return Some("ANSI_X3.4-1968".to_owned());
    }
    let (_, set) = locale.split_once('.')?;
    let set = set.split('@').next().unwrap_or_default();
    let plain: String = set.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(if plain.eq_ignore_ascii_case("utf8") { "UTF-8".to_owned() } else { set.to_uppercase() })
}

fn wanted(host: &Host, facts: &mut Scope) {
    match host.text(WANTED) {
        Ok(text) => {
            let names = lines(&text, &['#']).map(|line| first_word(line).0);
            facts.put(&["generate"], Value::set(names.take(CAP)), WANTED);
        }
        Err(error) => facts.unread(&["generate"], &error),
    }
}

/// The names as `locale -a` lists them, without those that are part of the C library.
fn installed(host: &Host, facts: &mut Scope) {
    let mut names: Vec<String> = Vec::new();
    let mut source = FOLDER;
    match host.list(FOLDER) {
        Ok(entries) => {
            let folders = entries.into_iter().filter(|entry| matches!(entry.kind, EntryKind::Folder | EntryKind::Link));
            let complete = folders.filter(|entry| host.exists(&format!("{FOLDER}/{}/LC_CTYPE", entry.name)));
            names.extend(complete.map(|entry| entry.name).take(CAP));
        }
        Err(error) if error.is_missing() => {
            if let Some(Output { text, source }) = host.recorded("locale -a") {
                let names = text.lines().map(str::trim).filter(|name| !matches!(*name, "" | "C" | "POSIX"));
                return facts.put(&["installed"], Value::set(names), &source);
            }
            if host.as_live().is_none() {
                facts.not_collected(&["installed"], "the root has no /usr/lib/locale");
            }
            return;
        }
        Err(error) => return facts.unread(&["installed"], &error),
    }
    match host.head(ARCHIVE, HEAD) {
        Ok(bytes) => {
            let found = archived(&bytes);
            if !found.is_empty() {
                source = if names.is_empty() { ARCHIVE } else { "/usr/lib/locale/*" };
            }
            names.extend(found);
        }
        Err(error) => facts.unread(&["installed"], &error),
    }
    facts.put(&["installed"], Value::set(names), source);
}

/// The names in a locale archive, glibc's locale/locarchive.h: a head of numbers of four bytes, a table of hashed names
/// of three numbers, and the names themselves. Numbers are in the order of the machine that wrote them.
fn archived(bytes: &[u8]) -> Vec<String> {
    const MAGIC: u32 = 0xde02_0109;
    let raw = |at: usize| bytes.get(at..at.checked_add(4)?)?.try_into().ok();
    let read: fn([u8; 4]) -> u32 = match raw(0) {
        Some(magic) if u32::from_le_bytes(magic) == MAGIC => u32::from_le_bytes,
        Some(magic) if u32::from_be_bytes(magic) == MAGIC => u32::from_be_bytes,
        _ => return Vec::new(),
    };
    let number = |at: usize| raw(at).map(read).map(|number| number as usize);
    let (Some(table), Some(size)) = (number(8), number(16)) else { return Vec::new() };
    let entry = |index: usize| -> Option<String> {
        let at = table.checked_add(index.checked_mul(12)?)?;
        let (name, record) = (number(at + 4)?, number(at + 8)?);
        // A name without a record has been removed.
        let rest = bytes.get(name..).filter(|_| record != 0)?;
        let end = rest.iter().take(256).position(|byte| *byte == 0)?;
        String::from_utf8(rest.get(..end)?.to_vec()).ok().filter(|name| !name.is_empty())
    };
    (0..size.min(HEAD / 12)).filter_map(entry).take(CAP).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    /// An archive of these names; the second number of an entry is its record.
    fn archive(names: &[(&str, u32)]) -> Vec<u8> {
        let (table, strings) = (56_u32, 56 + 12 * names.len() as u32);
        let mut head: Vec<u32> = vec![0xde02_0109, 1, table, names.len() as u32, names.len() as u32, strings, 0, 0];
        head.resize(14, 0);
        let mut text = Vec::new();
        for (name, record) in names {
            head.extend([7, strings + text.len() as u32, *record]);
            text.extend(name.bytes().chain([0]));
        }
        head.into_iter().flat_map(u32::to_le_bytes).chain(text).collect()
    }

    #[test]
    fn the_last_file_counts_and_the_first_variable_decides_on_characters() {
        let facts = Root::new(&[
            ("/etc/environment", "LANG=C\nPATH=/bin\n"),
            ("/etc/default/locale", "#  File generated by update-locale\nLANG=\"de_DE.utf8@euro\"\nLC_TIME=\"C\"\n"),
            (WANTED, "# aa_DJ.UTF-8 UTF-8\nde_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n"),
        ])
        .probe(probe);
        let expected = [
            "os.locale.charset = UTF-8",
            "os.locale.generate = [(\"de_DE.UTF-8\") (\"en_US.UTF-8\")]",
            "os.locale.lang = de_DE.utf8@euro",
            "os.locale.lc_time = C",
        ];
        assert_eq!(written(&facts), expected);
        assert_eq!(charset("C").as_deref(), Some("ANSI_X3.4-1968"));
        assert_eq!(charset("de_DE.ISO-8859-15@euro").as_deref(), Some("ISO-8859-15"));
        assert_eq!(charset("de_DE"), None);
    }

    #[test]
    fn installed_locales_are_folders_and_in_the_archive() {
        let facts = Root::new(&[
            ("/usr/lib/locale/C.utf8/LC_CTYPE", b"x".to_vec()),
            ("/usr/lib/locale/broken/LC_TIME", b"x".to_vec()),
            (ARCHIVE, archive(&[("en_US.utf8", 99), ("removed", 0), ("de_DE.utf8", 120)])),
        ])
        .probe(probe);
        assert_eq!(facts.get("os.locale.installed"), Some(&Value::set(["C.utf8", "de_DE.utf8", "en_US.utf8"])));
    }

    #[test]
    fn a_damaged_archive_names_nothing() {
        let whole = archive(&[("en_US.utf8", 99)]);
        for length in 0..whole.len() - 1 {
            assert!(archived(whole.get(..length).expect("shorter")).is_empty(), "{length}");
        }
        let mut odd = whole;
        odd.splice(8..12, [0xff; 4]);
        assert!(archived(&odd).is_empty());
    }

    #[test]
    fn an_archive_tells_what_localectl_said() {
        let said = "   System Locale: LANG=en_US.UTF-8\n                  LC_TIME=C\n       VC Keymap: us\n";
        let facts = Root::new(&[("/sos_commands/systemd/localectl", said)]).probe(probe);
        let expected = ["os.locale.charset = UTF-8", "os.locale.lang = en_US.UTF-8", "os.locale.lc_time = C"];
        assert_eq!(written(&facts), expected);
    }
}
