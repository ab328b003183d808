//! Names that are written in more than one way and mean one thing: locales and time zones.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A locale as one spelling: `en_US.utf8` is `en_US.UTF-8`, POSIX is C. glibc's manual, "Locale Names": of a code set
/// only letters and digits count, whatever their case.
pub fn locale(name: &str) -> Cow<'_, str> {
    if matches!(name, "" | "POSIX" | "C") {
        return Cow::Borrowed("C");
    }
    let (main, modifier) = name.split_once('@').map_or((name, None), |(main, modifier)| (main, Some(modifier)));
    let Some((language, codeset)) = main.split_once('.') else { return Cow::Borrowed(name) };
    let plain: String = codeset.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let codeset = if plain == "UTF8" { "UTF-8" } else { &plain };
    let modifier = modifier.map(|modifier| format!("@{modifier}")).unwrap_or_default();
    Cow::Owned(format!("{language}.{codeset}{modifier}"))
}

/// The order by which a locale sorts: C.UTF-8 sorts by code points, which is the order of the bytes of UTF-8, as C does.
pub fn collation(name: &str) -> Cow<'_, str> {
    match locale(name) {
        known if known.starts_with("C.") => Cow::Borrowed("C"),
        known => known,
    }
}

/// A time zone by one of its names: the data base of time zones has links, such as Etc/UTC, Zulu and UTC.
pub fn zone(name: &str) -> &str {
    static LINKS: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    let links = LINKS.get_or_init(|| {
        let lines = include_str!("../../assets/zones.txt").lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once(' ')).collect()
    });
    // tzset(3): a name of a file may have a colon before it.
    let name = name.strip_prefix(':').unwrap_or(name);
    links.get(name).copied().unwrap_or(name)
}

/// What makers leave in a field that they were to fill in: two machines that share it are not one machine.
const UNFILLED: [&str; 18] = [
    "0",
    "00000000-0000-0000-0000-000000000000",
    "0123456789",
    "03000200-0400-0500-0006-000700080009",
    "123456789",
    "1234567890",
    "asset tag",
    "base board asset tag",
    "base board serial number",
    "chassis serial number",
    "default string",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "n/a",
    "no asset tag",
    "none",
    "not applicable",
    "not specified",
    "system serial number",
];

/// Whether a text stands where something should name one machine, and nobody filled it in: machine-id(5) has
/// "uninitialized" before the first start.
pub fn is_unfilled(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    UNFILLED.contains(&lower.as_str())
        || matches!(lower.as_str(), "" | "uninitialized")
        || lower.starts_with("to be filled")
        || lower.contains("xxxxxx")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_locale_has_one_spelling() {
        for (name, known) in [
            ("en_US.utf8", "en_US.UTF-8"),
            ("en_US.UTF-8", "en_US.UTF-8"),
            ("de_DE.iso88591", "de_DE.ISO88591"),
            ("de_DE.ISO-8859-1@euro", "de_DE.ISO88591@euro"),
            ("POSIX", "C"),
            ("C.utf8", "C.UTF-8"),
            ("de_DE", "de_DE"),
        ] {
            assert_eq!(locale(name), known, "{name}");
        }
        assert_eq!(collation("C.utf8"), "C");
        assert_eq!(collation("de_DE.utf8"), "de_DE.UTF-8");
    }

    #[test]
    fn one_zone_has_one_name() {
        for name in ["UTC", "Etc/UTC", "Etc/Zulu", "UCT", "Etc/Universal", "Zulu", ":UTC", "Etc/GMT", "GMT"] {
            assert_eq!(zone(name), "UTC", "{name}");
        }
        assert_eq!(zone("Asia/Calcutta"), "Asia/Kolkata");
        assert_eq!(zone("Europe/Berlin"), "Europe/Berlin");
        assert_ne!(zone("Europe/London"), zone("UTC"));
    }
}
