//! The order of versions of no known ecosystem: numbers and words, left to right.

use super::Digits;
use std::cmp::Ordering;

/// One part of a version of no known ecosystem. The order of the variants is the order of versions: a pre-release
/// stands before the end of the version, a letter or word behind it, a further number behind that.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Tilde,
    Pre(String),
    End,
    Word(String),
    Number(Digits<'a>),
}

pub(super) struct Parts<'a>(&'a str);

pub(super) fn parts(text: &str) -> Parts<'_> {
    let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
    Parts(if digits.starts_with(|c: char| c.is_ascii_digit()) { digits } else { text })
}

impl Parts<'_> {
    /// The order, and how many numbers stand before the first part that differs.
    pub(super) fn compare(mut self, mut other: Parts<'_>) -> (Ordering, usize) {
        let mut numbers = 0;
        loop {
            let (a, b) = (self.next(), other.next());
            match a.cmp(&b) {
                Ordering::Equal if a == Part::End => return (Ordering::Equal, numbers),
                Ordering::Equal => numbers += usize::from(matches!(a, Part::Number(_))),
                unequal => return (unequal, numbers),
            }
        }
    }
}

impl<'a> Parts<'a> {
    fn next(&mut self) -> Part<'a> {
        const PRE: [&str; 9] = ["alpha", "beta", "dev", "ea", "milestone", "pre", "preview", "rc", "snapshot"];
        self.0 = self.0.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '~');
        let kind = |c: char| (c.is_ascii_digit(), c.is_alphanumeric());
        let Some(first) = self.0.chars().next() else { return Part::End };
        if first == '~' {
            self.0 = &self.0[1..];
            return Part::Tilde;
        }
        let end = self.0.find(|c| kind(c) != kind(first)).unwrap_or(self.0.len());
        let (head, rest) = self.0.split_at(end);
        self.0 = rest;
        if first.is_ascii_digit() {
            return Part::Number(Digits::new(head));
        }
        let word = head.to_lowercase();
        if PRE.contains(&word.as_str()) { Part::Pre(word) } else { Part::Word(word) }
    }
}
