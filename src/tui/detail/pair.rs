//! Two values side by side: which line or element stands against which, and what differs within.

use crate::base::order::natural;
use crate::compare::change::{self, Line};
use crate::compare::{Cell, Relation};
use crate::model::ValueRef;
use crate::model::value::{ListRef, shown};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::words;

/// How alike two lines of one block must be to stand side by side: the share of the longer that they begin and end
/// with alike.
const ALIKE: f64 = 0.3;
/// The most pairs of lines that are weighed in one block; larger ones are paired by place.
const WEIGHED: usize = 2500;
/// The most of a line that the comparison shows, in bytes. The values themselves are shown whole elsewhere.
const LINE: usize = 8 << 10;
/// How much of two texts is compared at once, in bytes of each.
const WINDOW: usize = 512 << 10;

/// A piece of a line, raw, and whether it is what differs.
pub type Part = (bool, String);

/// One side's line or element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Half {
    /// Its number, from 1; none where order means nothing.
    pub number: Option<usize>,
    /// The text in pieces.
    pub parts: Vec<Part>,
    /// Words of ours rather than a value: `(absent)`.
    pub is_words: bool,
}

/// What stands on one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// How the sides relate.
    pub relation: Relation,
    /// The left side's line.
    pub left: Option<Half>,
    /// The right side's line.
    pub right: Option<Half>,
}

/// Two values laid side by side, as far as they were compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// The rows.
    pub rows: Vec<Pair>,
    /// Equal lines before the first row that are not listed.
    pub skipped: usize,
    /// What is left to compare of two long texts.
    pub rest: Option<Rest>,
}

/// Where the comparison of two long texts goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    at: (usize, usize),
    lines: (usize, usize),
    /// How many bytes of the longer text are left.
    pub bytes: usize,
}

impl Half {
    fn plain(number: Option<usize>, text: &str) -> Self {
        Self { number, parts: vec![(false, text.to_owned())], is_words: false }
    }

    fn words(text: String) -> Self {
        Self { number: None, parts: vec![(false, text)], is_words: true }
    }

    /// The text without its marks.
    pub fn text(&self) -> String {
        self.parts.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// All of a line without a counterpart differs: marks in it would say nothing.
    fn unmarked(mut self) -> Self {
        self.parts.iter_mut().for_each(|(marked, _)| *marked = false);
        self
    }

    fn is_marked(&self) -> bool {
        self.parts.iter().any(|(marked, _)| *marked)
    }

    /// Cuts a very long line down to the surroundings of its first difference.
    fn clip(&mut self) {
        let length: usize = self.parts.iter().map(|(_, text)| text.len()).sum();
        if length <= LINE {
            return;
        }
        let before: usize = self.parts.iter().take_while(|(marked, _)| !marked).map(|(_, text)| text.len()).sum();
        let from = if before == length { 0 } else { before.saturating_sub(LINE / 2) };
        let mut at = 0;
        let mut parts = Vec::new();
        for (marked, text) in std::mem::take(&mut self.parts) {
            let kept = slice(&text, from.saturating_sub(at)..(from + LINE).saturating_sub(at));
            at += text.len();
            if !kept.is_empty() {
                parts.push((marked, kept.to_owned()));
            }
        }
        parts.push((false, format!(" (a line of {length} bytes: see Values)")));
        self.parts = parts;
    }
}

/// The part of a text within a range of bytes, moved to character boundaries.
pub fn slice(text: &str, range: Range<usize>) -> &str {
    let start = text.floor_char_boundary(range.start);
    &text[start..text.floor_char_boundary(range.end).max(start)]
}

impl Pairs {
    /// Lays what two sides say side by side.
    pub fn new(left: Cell<'_>, right: Cell<'_>, relation: Relation, as_set: bool) -> Self {
        match (left, right) {
            (Cell::Value(ValueRef::Text(a)), Cell::Value(ValueRef::Text(b))) => Self::texts(a, b),
            (Cell::Value(ValueRef::List(a)), Cell::Value(ValueRef::List(b))) if as_set => Self::of(sets(a, b)),
            (Cell::Value(ValueRef::List(a)), Cell::Value(ValueRef::List(b))) => Self::of(lists(a, b)),
            (Cell::Value(a), Cell::Value(b)) => Self::texts(&a.plain(), &b.plain()),
            _ => Self::of(apart(left, right, relation)),
        }
    }

    /// Rows as they are; very long lines are cut around what differs.
    pub fn of(rows: Vec<Pair>) -> Self {
        let mut pairs = Self { rows, ..Self::default() };
        pairs.rows.iter_mut().flat_map(|p| [&mut p.left, &mut p.right]).flatten().for_each(Half::clip);
        pairs
    }

    /// Long texts are compared from their first difference on, a part at a time.
    fn texts(a: &str, b: &str) -> Self {
        if a.len().max(b.len()) <= WINDOW {
            // Marks of hidden secrets as people read them, unless all that differs would be gone with their length.
            let (short_a, short_b) = (shown(a), shown(b));
            let (a, b) = if a != b && short_a == short_b { (a, b) } else { (&*short_a, &*short_b) };
            return Self::of(lines(a, b, (0, 0)));
        }
        let difference = change::difference_at(a, b);
        let start = a[..difference].rfind('\n').map_or(0, |at| at + 1);
        // A few equal lines before the first difference say where it stands.
        let start = a[..start].rmatch_indices('\n').nth(3).map_or(0, |(at, _)| at + 1);
        let skipped = a[..start].matches('\n').count();
        let mut pairs = Self { skipped, ..Self::default() };
        pairs.rest = Some(Rest { at: (start, start), lines: (skipped, skipped), bytes: a.len().max(b.len()) - start });
        pairs.go_on(a, b);
        pairs
    }

    /// Compares the next part of two long texts. They are those that the pairs were made of.
    pub fn go_on(&mut self, a: &str, b: &str) {
        let Some(rest) = self.rest.take() else { return };
        let part = |text: &str, at: usize| -> usize {
            let window = slice(text, at..at.saturating_add(WINDOW));
            let whole = at + window.len() >= text.len();
            if whole { window.len() } else { window.rfind('\n').map_or(window.len(), |end| end + 1) }
        };
        let (left, right) = (part(a, rest.at.0), part(b, rest.at.1));
        let (x, y) = (slice(a, rest.at.0..rest.at.0 + left), slice(b, rest.at.1..rest.at.1 + right));
        self.rows.append(&mut Self::of(lines(x, y, rest.lines)).rows);
        let at = (rest.at.0 + left, rest.at.1 + right);
        let bytes = (a.len().saturating_sub(at.0)).max(b.len().saturating_sub(at.1));
        let count = |text: &str, lines: usize| lines + text.matches('\n').count();
        let lines = (count(x, rest.lines.0), count(y, rest.lines.1));
        self.rest = (bytes > 0 && left + right > 0).then_some(Rest { at, lines, bytes });
    }
}

/// Where there are not two values to compare.
fn apart(left: Cell<'_>, right: Cell<'_>, relation: Relation) -> Vec<Pair> {
    let halves = |cell: Cell<'_>| -> Vec<Half> {
        match cell {
            Cell::Value(ValueRef::List(list)) => {
                list.iter().zip(1..).map(|(m, n)| Half::plain(Some(n), &m.plain())).collect()
            }
            Cell::Value(value) => {
                let text = value.plain();
                let many = text.contains('\n');
                let shown = slice(&text, 0..WINDOW).trim_end_matches('\n');
                shown.split('\n').zip(1..).map(|(line, n)| Half::plain(many.then_some(n), line)).collect()
            }
            other => vec![Half::words(words::cell(other))],
        }
    };
    let (left, right) = (halves(left), halves(right));
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..rows).map(|_| Pair { relation, left: left.next(), right: right.next() }).collect()
}

/// Members of two sets in natural order.
fn sets(a: ListRef<'_>, b: ListRef<'_>) -> Vec<Pair> {
    #[derive(PartialEq, Eq)]
    struct Natural(String);
    impl Ord for Natural {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            natural(&self.0, &other.0)
        }
    }
    impl PartialOrd for Natural {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    let mut members: BTreeMap<Natural, (bool, bool)> = BTreeMap::new();
    a.iter().for_each(|m| members.entry(Natural(m.plain().into_owned())).or_default().0 = true);
    b.iter().for_each(|m| members.entry(Natural(m.plain().into_owned())).or_default().1 = true);
    let row = |(Natural(member), (left, right)): (Natural, (bool, bool))| {
        let half = |has: bool| has.then(|| Half::plain(None, &member));
        let relation = match (left, right) {
            (true, true) => Relation::Same,
            (true, false) => Relation::OnlyLeft,
            _ => Relation::OnlyRight,
        };
        Pair { relation, left: half(left), right: half(right) }
    };
    members.into_iter().map(row).collect()
}

/// Members of two ordered lists. They are compared raw: each distinct one gets a number, and the numbers are compared
/// as lines.
fn lists(a: ListRef<'_>, b: ListRef<'_>) -> Vec<Pair> {
    let texts = |list: ListRef<'_>| -> Vec<String> { list.iter().map(|m| m.plain().into_owned()).collect() };
    let (a, b) = (texts(a), texts(b));
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let numbered = |list: &[usize]| -> String { list.iter().map(|n| format!("{n}\n")).collect() };
    let mut ids = Vec::new();
    for list in [&a, &b] {
        let mut of_list = Vec::new();
        for member in list {
            let next = numbers.len();
            of_list.push(*numbers.entry(member).or_insert(next));
        }
        ids.push(numbered(&of_list));
    }
    let half = |list: &[String], at: usize| Half::plain(Some(at + 1), list.get(at).map_or("", String::as_str));
    let entries = change::text_diff(&ids[0], &ids[1]);
    let entries = entries.into_iter().map(|l| (l.left.map(|at| half(&a, at)), l.right.map(|at| half(&b, at))));
    blocks(entries)
}

/// Lines of two texts; `first` is how many lines stand before them on each side.
fn lines(a: &str, b: &str, first: (usize, usize)) -> Vec<Pair> {
    let many = a.contains('\n') || b.contains('\n');
    let half =
        |line: &Line, at: usize| Half { number: many.then_some(at + 1), parts: line.parts.clone(), is_words: false };
    let found = change::text_diff(a, b);
    let entries = found
        .into_iter()
        .map(|line| (line.left.map(|at| half(&line, at + first.0)), line.right.map(|at| half(&line, at + first.1))));
    let mut rows = blocks(entries);
    if a.is_empty() != b.is_empty() && !many {
        let quoted = || Some(Half::plain(None, "\"\""));
        rows.iter_mut().for_each(|row| {
            row.relation = Relation::Changed;
            row.left = row.left.take().or_else(quoted);
            row.right = row.right.take().or_else(quoted);
        });
    }
    // A line feed that only one text ends with is all that differs in their last lines.
    if a.ends_with('\n') != b.ends_with('\n')
        && let Some(Pair { relation: Relation::Changed, left: Some(left), right: Some(right) }) = rows.last_mut()
        && left.text() == right.text()
    {
        let longer = if a.ends_with('\n') { left } else { right };
        longer.parts.push((true, "\n".to_owned()));
    }
    rows
}

/// Pairs up lines that differ, block by block: a block is what stands between equal lines.
fn blocks(entries: impl Iterator<Item = (Option<Half>, Option<Half>)>) -> Vec<Pair> {
    let mut rows = Vec::new();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            (Some(a), None) => left.push(a),
            (None, Some(b)) => right.push(b),
            (a, b) => {
                pair_up(std::mem::take(&mut left), std::mem::take(&mut right), &mut rows);
                rows.push(Pair { relation: Relation::Same, left: a, right: b });
            }
        }
    }
    pair_up(left, right, &mut rows);
    rows
}

fn pair_up(left: Vec<Half>, right: Vec<Half>, rows: &mut Vec<Pair>) {
    let together = match (left.len(), right.len()) {
        (0, _) | (_, 0) => Vec::new(),
        (1, 1) => vec![(0, 0)],
        (n, m) if n * m > WEIGHED => (0..n.min(m)).map(|i| (i, i)).collect(),
        _ => best_pairs(&left, &right),
    };
    let (mut left, mut right) = (left.into_iter().enumerate().peekable(), right.into_iter().enumerate().peekable());
    for (i, j) in together.into_iter().chain([(usize::MAX, usize::MAX)]) {
        while let Some((_, half)) = left.next_if(|(at, _)| *at < i) {
            rows.push(Pair { relation: Relation::OnlyLeft, left: Some(half.unmarked()), right: None });
        }
        while let Some((_, half)) = right.next_if(|(at, _)| *at < j) {
            rows.push(Pair { relation: Relation::OnlyRight, left: None, right: Some(half.unmarked()) });
        }
        if let (Some((_, mut a)), Some((_, mut b))) = (left.next(), right.next()) {
            mark(&mut a, &mut b);
            rows.push(Pair { relation: Relation::Changed, left: Some(a), right: Some(b) });
        }
    }
}

/// The pairs, in order, that are most alike in sum.
fn best_pairs(left: &[Half], right: &[Half]) -> Vec<(usize, usize)> {
    let texts = |halves: &[Half]| -> Vec<String> { halves.iter().map(Half::text).collect() };
    let (a, b) = (texts(left), texts(right));
    let width = b.len() + 1;
    let mut best = vec![0.0_f64; (a.len() + 1) * width];
    let mut scores = vec![0.0_f64; a.len() * b.len()];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let score = likeness(&a[i], &b[j]);
            scores[i * b.len() + j] = score;
            let paired = if score >= ALIKE { score + best[(i + 1) * width + j + 1] } else { 0.0 };
            best[i * width + j] = paired.max(best[(i + 1) * width + j]).max(best[i * width + j + 1]);
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        let score = scores[i * b.len() + j];
        let here = best[i * width + j];
        if score >= ALIKE && here == score + best[(i + 1) * width + j + 1] {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if here == best[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

fn likeness(a: &str, b: &str) -> f64 {
    let (head, tail) = common(a, b);
    (head + tail) as f64 / a.len().max(b.len()).max(1) as f64
}

/// Bytes that two texts begin and end with alike, without overlap, between characters.
fn common(a: &str, b: &str) -> (usize, usize) {
    let head = change::difference_at(a, b);
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    (head, tail)
}

/// Marks what differs, where it is not marked by words already.
fn mark(a: &mut Half, b: &mut Half) {
    if a.is_marked() || b.is_marked() {
        return;
    }
    let (x, y) = (a.text(), b.text());
    let (head, tail) = common(&x, &y);
    for (half, text) in [(a, x), (b, y)] {
        let pieces =
            [(false, &text[..head]), (true, &text[head..text.len() - tail]), (false, &text[text.len() - tail..])];
        half.parts = pieces.into_iter().filter(|(_, t)| !t.is_empty()).map(|(m, t)| (m, t.to_owned())).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(rows: &[Pair]) -> Vec<String> {
        let half = |half: &Option<Half>| {
            half.as_ref().map_or(String::new(), |h| {
                h.parts.iter().map(|(m, t)| if *m { format!("{{{t}}}") } else { t.clone() }).collect()
            })
        };
        rows.iter().map(|p| format!("{} {}|{}", p.relation.sign(), half(&p.left), half(&p.right))).collect()
    }

    #[test]
    fn alike_lines_stand_side_by_side() {
        let a = "[default]\nMinProtocol = TLSv1.2\nCipherString = DEFAULT@SECLEVEL=2\nOptions = Unsafe\n\n";
        let b = "[default]\nCipherString = DEFAULT@SECLEVEL=1\n\n[legacy]\n";
        assert_eq!(
            told(&lines(a, b, (0, 0))),
            [
                "= [default]|[default]",
                "< MinProtocol = TLSv1.2|",
                "~ CipherString = DEFAULT@SECLEVEL={2}|CipherString = DEFAULT@SECLEVEL={1}",
                "< Options = Unsafe|",
                "= |",
                "> |[legacy]"
            ]
        );
    }

    #[test]
    fn a_missing_last_line_feed_is_seen() {
        assert_eq!(told(&lines("a\nb", "a\nb\n", (0, 0))), ["= a|a", "~ b|b{\n}"]);
        assert_eq!(told(&lines("", "b", (0, 0))), ["~ \"\"|b"]);
    }

    #[test]
    fn long_texts_are_compared_part_by_part() {
        let text = |odd: &str| -> String {
            (0..60_000).map(|n| if n == 30_000 { format!("{odd}\n") } else { format!("line number {n}\n") }).collect()
        };
        let (a, b) = (text("left"), text("right"));
        let mut pairs = Pairs::texts(&a, &b);
        assert_eq!(pairs.skipped, 29_997);
        assert_eq!(pairs.rows[3].relation, Relation::Changed);
        assert_eq!(pairs.rows[3].left.as_ref().and_then(|l| l.number), Some(30_001));
        while pairs.rest.is_some() {
            pairs.go_on(&a, &b);
        }
        assert_eq!(pairs.skipped + pairs.rows.len(), 60_000);
        assert_eq!(pairs.rows.last().and_then(|p| p.right.as_ref()?.number), Some(60_000));
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_around_its_difference() {
        let (a, b) = (format!("{}é{}", "x".repeat(90_000), "y".repeat(90_000)), "x".repeat(90_001));
        let pairs = Pairs::texts(&a, &b);
        let left = pairs.rows[0].left.as_ref().expect("a line");
        assert!(left.text().len() < 2 * LINE && left.is_marked());
    }

    proptest! {
        #[test]
        fn every_line_of_both_stands_once_and_in_order(a in "[ab\n]{0,30}", b in "[ab\n]{0,30}") {
            let rows = lines(&a, &b, (0, 0));
            let numbers = |half: fn(&Pair) -> &Option<Half>| -> Vec<usize> {
                rows.iter().filter_map(|p| half(p).as_ref()?.number).collect()
            };
            if a.contains('\n') || b.contains('\n') {
                let count = |text: &str| text.split_inclusive('\n').count();
                prop_assert_eq!(numbers(|p| &p.left), (1..=count(&a)).collect::<Vec<_>>());
                prop_assert_eq!(numbers(|p| &p.right), (1..=count(&b)).collect::<Vec<_>>());
            }
            let differs = rows.iter().any(|p| p.relation != Relation::Same);
            prop_assert_eq!(differs, a != b);
        }
    }
}
