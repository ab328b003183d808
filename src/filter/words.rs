//! Words that match letter by letter, as people type them from memory.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Longer texts are matched by their head only: the matcher's cost grows with both lengths.
const LONGEST: usize = 256;

/// What each letter must bring on average for a match to count: a letter is worth 16 and a gap costs 3 and more, so
/// this lets `netsomax` find `net.core.somaxconn` and keeps letters scattered over a long key out.
const PER_LETTER: i64 = 14;

/// A match of a word in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fuzzy {
    /// Higher is better; comparable for one word.
    pub score: i64,
    /// The matched characters, by number.
    pub at: Vec<usize>,
}

/// Finds the letters of a word in order in a text. Case counts only if the word has a capital.
pub fn fuzzy(word: &str, text: &str) -> Option<Fuzzy> {
    let text = head(text);
    if !may_match(word, text) {
        return None;
    }
    let (score, at) = matcher().fuzzy_indices(text, word)?;
    (score >= PER_LETTER * word.chars().count() as i64).then_some(Fuzzy { score, at })
}

/// Whether a word matches a text; cheaper than [`fuzzy`].
pub(super) fn matches(matcher: &SkimMatcherV2, word: &str, text: &str) -> bool {
    let text = head(text);
    may_match(word, text)
        && matcher.fuzzy_match(text, word).is_some_and(|score| score >= PER_LETTER * word.chars().count() as i64)
}

pub(super) fn matcher() -> SkimMatcherV2 {
    SkimMatcherV2::default().smart_case()
}

fn head(text: &str) -> &str {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) if text.len() > LONGEST => &text[..at],
        _ => text,
    }
}

/// A cheap test that most keys fail: the ASCII letters of the word stand in the text in order.
fn may_match(word: &str, text: &str) -> bool {
    let mut text = text.bytes();
    word.bytes().filter(u8::is_ascii).all(|letter| text.any(|c| c.eq_ignore_ascii_case(&letter)))
}

/// Whether a text holds a part; case counts only if the part has a capital.
pub(super) fn contains(text: &str, part: &str) -> bool {
    if part.chars().any(char::is_uppercase) || !part.is_ascii() {
        return text.contains(part);
    }
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some(first) = part.first() else { return true };
    if text.len() < part.len() {
        return false;
    }
    (0..=text.len() - part.len())
        .any(|i| text[i].eq_ignore_ascii_case(first) && text[i..i + part.len()].eq_ignore_ascii_case(part))
}
