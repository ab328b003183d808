//! `os.release`: os-release(5).

use crate::capture::Facts;
use crate::host::Host;

/// The keys of os-release(5) that say which system it is, and ours for them.
const KEYS: [(&str, &str); 6] = [
    ("ID", "id"),
    ("VERSION_ID", "version"),
    ("NAME", "name"),
    ("PRETTY_NAME", "pretty_name"),
    ("VERSION_CODENAME", "codename"),
    ("VARIANT_ID", "variant"),
];

/// Reads the first of the two places that os-release(5) names.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["os", "release"]);
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        match host.text(path) {
            Ok(text) => {
                for (key, value) in assignments(&text) {
                    if let Some((_, ours)) = KEYS.iter().find(|(theirs, _)| *theirs == key) {
                        facts.put(&[ours], value, path);
                    }
                }
                return;
            }
            Err(error) => facts.unread(&[], &error),
        }
    }
}

/// The assignments of a shell-like file: `KEY=value` with the quoting of a shell, comments left out.
pub(super) fn assignments(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.lines().filter_map(|line| {
        let (key, value) = line.trim().split_once('=')?;
        let value = shlex::split(value).map_or_else(|| value.to_owned(), |words| words.join(" "));
        (!key.starts_with('#')).then_some((key, value))
    })
}

#[cfg(test)]
mod tests {
    use super::assignments;

    #[test]
    fn quoting_is_that_of_a_shell() {
        let text = "# a comment\nID=debian\nNAME=\"Debian GNU/Linux\"\n\nVARIANT='x y'\nODD=\"open\n";
        let read: Vec<_> = assignments(text).collect();
        let expected = [("ID", "debian"), ("NAME", "Debian GNU/Linux"), ("VARIANT", "x y"), ("ODD", "\"open")];
        assert_eq!(read, expected.map(|(k, v)| (k, v.to_owned())));
    }
}
