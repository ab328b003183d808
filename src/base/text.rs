//! Text that is safe to show: snapshots are foreign, and a terminal obeys what it is sent.

use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many combining marks one base character may carry before the rest is cut; more is an attack on the row above.
const MARKS: usize = 4;

/// The display form of a text: everything that a terminal would obey, or that a reader could not see, becomes a
/// visible escape (`\n`, `\e`, `\x07`, `<U+202E>`). Text without such characters is borrowed.
///
/// The display form is for eyes only. Comparison uses the raw form: two values that differ only in invisible
/// characters differ.
pub fn escape(raw: &str) -> Cow<'_, str> {
    escape_with(raw, false)
}

/// As [`escape`], but line feeds and tabs stay: for text that is shown or written line by line.
pub fn escape_lines(raw: &str) -> Cow<'_, str> {
    escape_with(raw, true)
}

fn escape_with(raw: &str, keep_lines: bool) -> Cow<'_, str> {
    // Nearly every value is plain ASCII: one pass over the bytes decides.
    if raw.bytes().all(|b| (0x20..0x7f).contains(&b) || (keep_lines && (b == b'\n' || b == b'\t'))) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len() + 16);
    let mut marks = 0;
    for c in raw.chars() {
        if is_mark(c) {
            marks += 1;
            if marks > MARKS {
                if marks == MARKS + 1 {
                    out.push_str("<marks>");
                }
                continue;
            }
        } else {
            marks = 0;
        }
        match c {
            '\n' | '\t' if keep_lines => out.push(c),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if is_unsafe(c) => {
                let _ = write!(out, "<U+{:04X}>", c as u32);
            }
            c => out.push(c),
        }
    }
    if out == raw { Cow::Borrowed(raw) } else { Cow::Owned(out) }
}

/// Whether the display form differs from the text itself.
pub fn has_invisible(raw: &str) -> bool {
    matches!(escape(raw), Cow::Owned(_))
}

/// Characters that move, hide or reorder text: C1 controls, bidirectional controls (UAX #9), zero-width and other
/// format characters, private use, noncharacters, no-break and odd spaces.
fn is_unsafe(c: char) -> bool {
    matches!(c as u32,
        0x80..=0xa0 | 0xad | 0x034f | 0x061c | 0x115f..=0x1160 | 0x1680 | 0x17b4..=0x17b5 | 0x180b..=0x180f
        | 0x2000..=0x200f | 0x2028..=0x202f | 0x205f..=0x206f | 0x2800 | 0x3000 | 0x3164 | 0xe000..=0xf8ff
        | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xfffe..=0xffff
        | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0x10ffff)
        || (c as u32) & 0xfffe == 0xfffe
}

/// Combining marks: characters that take no cell of their own and are drawn over the one before.
fn is_mark(c: char) -> bool {
    c as u32 >= 0x300 && !is_unsafe(c) && unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

/// Cells a display form takes in a terminal.
pub fn width(shown: &str) -> usize {
    UnicodeWidthStr::width(shown)
}

/// The longest head of a display form that fits into `cells`, by whole grapheme clusters.
pub fn head(shown: &str, cells: usize) -> &str {
    if shown.len() <= cells && shown.is_ascii() {
        return shown;
    }
    let mut used = 0;
    for (at, cluster) in shown.grapheme_indices(true) {
        used += width(cluster);
        if used > cells {
            return &shown[..at];
        }
    }
    shown
}

/// The display form cut to `cells`; a cut is always visible as `..` at its end.
pub fn fit(shown: &str, cells: usize) -> Cow<'_, str> {
    if shown.len() <= cells || width(shown) <= cells {
        return Cow::Borrowed(shown);
    }
    if cells <= 2 {
        return Cow::Owned("..".chars().take(cells).collect());
    }
    Cow::Owned(format!("{}..", head(shown, cells - 2)))
}

/// The display form cut to `cells` in its middle: names of one kind often begin alike and end apart.
pub fn squeeze(shown: &str, cells: usize) -> Cow<'_, str> {
    if shown.len() <= cells || width(shown) <= cells {
        return Cow::Borrowed(shown);
    }
    if cells < 6 {
        return fit(shown, cells);
    }
    let last = (cells - 2) / 2;
    let clusters: Vec<(usize, &str)> = shown.grapheme_indices(true).collect();
    let (mut from, mut used) = (shown.len(), 0);
    for (at, cluster) in clusters.into_iter().rev() {
        used += width(cluster);
        if used > last {
            break;
        }
        from = at;
    }
    Cow::Owned(format!("{}..{}", head(shown, cells - 2 - last), &shown[from..]))
}

/// A sentence in lines, broken between words: the first begins after so many cells, the others after their indentation,
/// which is not in them. A word that is wider than a line is left whole.
pub fn in_lines(sentence: &str, first: usize, indent: usize, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = first;
    for (at, word) in sentence.split(' ').enumerate() {
        let gap = usize::from(at > 0);
        if at > 0 && used + gap + width(word) > cells {
            lines.push(word.to_owned());
            used = indent + width(word);
        } else if let Some(last) = lines.last_mut() {
            last.push_str(&" ".repeat(gap));
            last.push_str(word);
            used += width(word) + gap;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sentence_is_broken_between_its_words() {
        assert_eq!(in_lines("one two three", 0, 0, 7), ["one two", "three"]);
        assert_eq!(in_lines("one two three", 3, 4, 9), ["one", "two", "three"]);
        assert_eq!(in_lines("averylongword x", 0, 0, 5), ["averylongword", "x"]);
        assert_eq!(in_lines("", 0, 0, 5), [""]);
    }

    #[test]
    fn nothing_a_terminal_obeys_survives() {
        assert_eq!(escape("a\tb"), "a\\tb");
        assert_eq!(escape("\u{1b}]0;x\u{7}"), "\\e]0;x\\x07");
        assert_eq!(escape("pass\u{202e}word\u{200b}\u{9b}31m"), "pass<U+202E>word<U+200B><U+009B>31m");
        assert_eq!(escape("a\u{a0}b\u{feff}"), "a<U+00A0>b<U+FEFF>");
        assert_eq!(escape_lines("a\n\tb\r"), "a\n\tb\\r");
        assert!(matches!(escape("plain é 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn towers_of_marks_are_cut() {
        let tower = format!("a{}b", "\u{301}".repeat(50));
        assert_eq!(escape(&tower), format!("a{}<marks>b", "\u{301}".repeat(4)));
    }

    #[test]
    fn cuts_are_visible_and_whole() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdefg", 6), "abcd..");
        assert_eq!(fit("日本語日本語", 6), "日本..");
        assert_eq!(fit("日本語日本語", 5), "日..");
        assert_eq!(fit("abc", 1), ".");
    }

    #[test]
    fn names_keep_both_ends() {
        assert_eq!(squeeze("production", 10), "production");
        assert_eq!(squeeze("shop-frontend-03", 12), "shop-..nd-03");
        assert_eq!(squeeze("shop-frontend-03", 5), "sho..");
    }

    proptest! {
        #[test]
        fn fitted_text_fits_and_escapes_are_stable(raw in any::<String>(), cells in 0usize..40) {
            let shown = escape(&raw).into_owned();
            prop_assert!(width(&fit(&shown, cells)) <= cells);
            prop_assert!(width(&squeeze(&shown, cells)) <= cells);
            prop_assert_eq!(escape(&shown).into_owned(), shown.clone());
            prop_assert!(shown.chars().all(|c| !c.is_control()));
        }
    }
}
