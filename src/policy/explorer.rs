//! How the explorer looks and what its keys are: what the user's own file says of it.

use crate::model::place::Places;
use std::collections::BTreeMap;
use toml::{Spanned, Value};

/// A setting: its key, what it takes, what it is at first, what it does.
pub type Setting = (&'static str, &'static [&'static str], &'static str, &'static str);

/// All settings that are a word. `theme` takes any name: users have themes of their own.
pub const SETTINGS: [Setting; 8] = [
    ("theme", &[], "ansi", "the theme: ansi, dark, light, contrast, mono, plain, or one of your own"),
    ("glyphs", &["auto", "ascii", "unicode"], "auto", "which characters draw lines and arrows"),
    ("mouse", &["wheel", "full", "off"], "wheel", "how much of the mouse is taken from the terminal"),
    ("layout", &["auto", "side-by-side", "unified", "stacked"], "auto", "how values stand"),
    ("same", &["folded", "shown"], "folded", "whether each same value has its own row"),
    ("volatile", &["shown", "hidden"], "shown", "whether values that move by themselves are listed"),
    ("slow", &["auto", "on", "off"], "auto", "whether less is drawn, for a slow link"),
    (
        "announce",
        &["on", "off"],
        "off",
        "whether the status line says the selected fact in a sentence, for screen readers",
    ),
];

/// The most filters and keys of one file.
const ENTRIES: usize = 1000;

/// Something that another floor must check, with the place to name if it is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// What stands there.
    pub value: T,
    /// `12:1: keys.next`; the file goes before it.
    pub place: String,
}

/// What the files say of the explorer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explorer {
    /// Settings by key, each one of the words of [`SETTINGS`].
    pub settings: BTreeMap<String, Placed<String>>,
    /// The set of keys to begin with, if another than the usual.
    pub key_set: Option<Placed<String>>,
    /// Keys by what they do.
    pub keys: BTreeMap<String, Placed<Vec<String>>>,
    /// Filters by name.
    pub filters: BTreeMap<String, Placed<String>>,
    /// What is wrong with these: no reason for another command than the explorer to stop.
    pub wrong: Vec<String>,
}

impl Explorer {
    /// The word of a setting, if a file has one.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(|placed| placed.value.as_str())
    }

    /// Takes over what another file says; the later one wins.
    pub(super) fn add(&mut self, other: Explorer) {
        self.settings.extend(other.settings);
        self.key_set = other.key_set.or(self.key_set.take());
        self.keys.extend(other.keys);
        self.filters.extend(other.filters);
        self.wrong.extend(other.wrong);
    }

    /// Every place at which something stands.
    pub(super) fn each_place(&mut self, act: &mut dyn FnMut(&mut String)) {
        let places = self.settings.values_mut().map(|p| &mut p.place);
        let places = places.chain(self.key_set.as_mut().map(|p| &mut p.place));
        let places = places.chain(self.keys.values_mut().map(|p| &mut p.place));
        places.chain(self.filters.values_mut().map(|p| &mut p.place)).for_each(act);
    }
}

/// The texts of a value, one or several.
fn texts(value: Value) -> Option<Vec<String>> {
    let text = |value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    match value {
        Value::Array(values) => values.into_iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

/// Checks what a file says; `given` is in the order of [`SETTINGS`].
pub(super) fn checked(
    given: [Option<Spanned<Value>>; SETTINGS.len()],
    keys: BTreeMap<String, Spanned<Value>>,
    filters: BTreeMap<String, Spanned<Value>>,
    places: &Places<'_>,
) -> Explorer {
    let mut out = Explorer::default();
    let wrong = |span, what: String| places.remark(span, what).to_string();
    for ((key, words, ..), value) in SETTINGS.iter().zip(given) {
        let Some(value) = value else { continue };
        let span = value.span();
        match value.into_inner() {
            Value::String(word) if words.is_empty() || words.contains(&word.as_str()) => {
                let place = place(places, &span);
                out.settings.insert((*key).to_owned(), Placed { value: word, place });
            }
            _ if words.is_empty() => out.wrong.push(wrong(span, "it is a name in quotes".to_owned())),
            _ => out.wrong.push(wrong(span, format!("it is one of {}, in quotes", words.join(", ")))),
        }
    }
    for (name, keys) in keys.into_iter().take(ENTRIES) {
        let span = keys.span();
        let place = place(places, &span);
        let Some(keys) = texts(keys.into_inner()) else {
            out.wrong.push(wrong(span, "it is a key in quotes, or a list of them".to_owned()));
            continue;
        };
        if name == "set" {
            out.key_set = keys.into_iter().next().map(|value| Placed { value, place });
        } else {
            out.keys.insert(name, Placed { value: keys, place });
        }
    }
    for (name, text) in filters.into_iter().take(ENTRIES) {
        let span = text.span();
        match text.into_inner() {
            Value::String(value) => {
                let place = place(places, &span);
                out.filters.insert(name, Placed { value, place });
            }
            _ => out.wrong.push(wrong(span, "it is a filter in quotes".to_owned())),
        }
    }
    out
}

pub(super) fn place(places: &Places<'_>, span: &std::ops::Range<usize>) -> String {
    let remark = places.remark(span.clone(), "");
    remark.to_string().trim_end_matches([':', ' ']).to_owned()
}

/// The text of a file with a setting put in, its comments and all else kept; `None` where the result would not be read
/// back so.
pub fn with_setting(text: &str, key: &str, value: &str) -> Option<String> {
    let line = format!("{key} = {}", Value::String(value.to_owned()));
    let is_it = |line: &str| line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
    let tables = text.lines().position(|line| line.trim_start().starts_with('['));
    let head = tables.unwrap_or_else(|| text.lines().count());
    let mut lines: Vec<&str> = text.lines().collect();
    match lines.iter().take(head).position(|line| is_it(line)) {
        Some(at) => lines[at] = &line,
        None => {
            // Before the comment that belongs to the first table.
            let comment = lines[..head].iter().rev().take_while(|line| line.trim_start().starts_with('#')).count();
            let at = if tables.is_some() { head - comment } else { head };
            lines.insert(at, &line);
        }
    }
    let out = lines.join("\n") + "\n";
    let read = super::parse(&out).ok()?.0;
    (read.explorer.setting(key) == Some(value)).then_some(out)
}

/// The text of a file with a filter saved in it, its comments and all else kept; `None` as with [`with_setting`].
pub fn with_filter(text: &str, name: &str, filter: &str) -> Option<String> {
    let line = format!("{name} = {}", Value::String(filter.to_owned()));
    let mut lines: Vec<&str> = text.lines().collect();
    match lines.iter().position(|line| line.trim() == "[filters]") {
        Some(head) => {
            let rest = &lines[head + 1..];
            let end = rest.iter().position(|line| line.trim_start().starts_with('[')).unwrap_or(rest.len());
            let is_it = |line: &&str| line.split_once('=').is_some_and(|(key, _)| key.trim() == name);
            match rest[..end].iter().position(is_it) {
                Some(at) => lines[head + 1 + at] = &line,
                None => lines.insert(head + 1, &line),
            }
        }
        None => {
            if !lines.is_empty() {
                lines.push("");
            }
            lines.extend(["[filters]", &line]);
        }
    }
    let out = lines.join("\n") + "\n";
    let read = super::parse(&out).ok()?.0;
    (read.explorer.filters.get(name)?.value == filter).then_some(out)
}

#[cfg(test)]
mod tests {
    use crate::policy::{explorer::with_setting, parse};

    #[test]
    fn settings_keys_and_filters_are_read_with_their_places() {
        let text = "theme = \"dark\"\nsame = \"shown\"\n[keys]\nset = \"left-hand\"\nnext = [\"f\", \"n\"]\nquit = \"x\"\n\
                    [filters]\nprepush = \"area:dns is:changed\"\n";
        let (policy, warnings) = parse(text).expect("a policy");
        assert_eq!(warnings, []);
        let explorer = policy.explorer;
        assert_eq!((explorer.setting("theme"), explorer.setting("same")), (Some("dark"), Some("shown")));
        assert_eq!(explorer.keys["next"].value, ["f", "n"]);
        assert_eq!(explorer.keys["next"].place, "5:8: keys.next");
        assert_eq!(explorer.key_set.map(|set| set.value).as_deref(), Some("left-hand"));
        assert_eq!(explorer.filters["prepush"].value, "area:dns is:changed");
    }

    #[test]
    fn a_wrong_word_is_told_with_the_right_ones() {
        let wrong = |text: &str| parse(text).expect("the rest is read").0.explorer.wrong;
        assert_eq!(wrong("mouse = \"tail\"\n"), ["1:9: mouse: it is one of wheel, full, off, in quotes"]);
        assert_eq!(wrong("mouse = 3\n"), ["1:9: mouse: it is one of wheel, full, off, in quotes"]);
        assert_eq!(wrong("[keys]\nnext = 3\n"), ["2:8: keys.next: it is a key in quotes, or a list of them"]);
        assert_eq!(wrong("[filters]\na = [\"x\"]\n"), ["2:5: filters.a: it is a filter in quotes"]);
        let (_, warnings) = parse("colour = \"red\"\n").expect("read");
        assert!(warnings[0].to_string().starts_with("1:1: colour: this version knows no such key"), "{}", warnings[0]);
    }

    #[test]
    fn a_setting_is_put_in_and_all_else_stays() {
        let text = "# mine\ntheme = \"dark\"  # night\n\n# keys\n[keys]\nnext = \"f\"\n";
        assert_eq!(
            with_setting(text, "theme", "light").as_deref(),
            Some("# mine\ntheme = \"light\"\n\n# keys\n[keys]\nnext = \"f\"\n")
        );
        assert_eq!(
            with_setting(text, "mouse", "full").as_deref(),
            Some("# mine\ntheme = \"dark\"  # night\n\nmouse = \"full\"\n# keys\n[keys]\nnext = \"f\"\n")
        );
        assert_eq!(with_setting("", "slow", "on").as_deref(), Some("slow = \"on\"\n"));
        assert_eq!(with_setting("[keys", "slow", "on"), None);
    }
}
