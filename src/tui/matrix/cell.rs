//! What stands in a cell: that a side agrees with the reference, or what it says instead.

use crate::compare::{Cell, Comparison, RowId};
use crate::tui::tree::cells::{Piece, pair_of};

/// A value in a column of so many cells: `=` where it is the reference's, else the part around the first difference.
pub fn value(comparison: &Comparison, row: RowId, side: usize, reference: usize, cells: usize) -> Piece {
    let plain = |text: &str| Piece { text: text.to_owned(), ..Piece::default() };
    match comparison.cell(row, side) {
        Cell::Missing => return plain("-"),
        Cell::Problem(_) | Cell::NotCollected(_) => return plain("?"),
        Cell::Redacted(hidden) => {
            if side != reference && agrees(comparison, row, side, reference) {
                return plain("=");
            }
            return plain(&match hidden {
                crate::model::value::Redacted::Opaque => "r".to_owned(),
                crate::model::value::Redacted::Keyed { hash, .. } => {
                    format!("r#{}", hash.chars().take(4).collect::<String>())
                }
            });
        }
        Cell::Value(_) => {}
    }
    if side == reference {
        return Piece { differs: 0..0, ..pair_of(comparison, row, side, side).from(0, cells).1 };
    }
    if agrees(comparison, row, side, reference) {
        return plain("=");
    }
    pair_of(comparison, row, reference, side).anchored(cells).1
}

/// Whether two sides have the same value.
pub fn agrees(comparison: &Comparison, row: RowId, side: usize, reference: usize) -> bool {
    let (a, b) = (comparison.class(row, side), comparison.class(row, reference));
    a.is_some() && a == b
}

/// The letter of a side's value: equal values share one, the reference's is a capital. `-` is absent, `?` unknown.
pub fn letter(comparison: &Comparison, row: RowId, side: usize, reference: usize) -> char {
    let Some(class) = comparison.class(row, side) else {
        return match comparison.cell(row, side) {
            Cell::Missing => '-',
            Cell::Redacted(_) => 'r',
            _ => '?',
        };
    };
    // More than 26 different values are told apart in the detail.
    let letter = ('a'..='z').nth(class).unwrap_or('+');
    if comparison.class(row, reference) == Some(class) { letter.to_ascii_uppercase() } else { letter }
}

/// Short names for the heads of narrow columns: three characters, each its own.
pub fn short(labels: &[String]) -> Vec<String> {
    let clean = |label: &String| -> Vec<char> { label.chars().filter(|c| c.is_alphanumeric()).collect() };
    let mut out: Vec<String> = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        let chars = clean(label);
        let head: String = chars.iter().take(3).collect();
        let tail = chars.last().filter(|c| c.is_ascii_digit());
        let numbered = tail.map(|digit| chars.iter().take(2).chain([digit]).collect::<String>());
        let consonants: String = chars
            .iter()
            .enumerate()
            .filter(|(i, c)| *i == 0 || !"aeiou".contains(**c))
            .map(|(_, c)| *c)
            .take(3)
            .collect();
        let free = |name: &String| !name.is_empty() && name.is_ascii() && !out.contains(name);
        let name = numbered.into_iter().chain([head, consonants]).find(free);
        out.push(name.unwrap_or_else(|| format!("{:>3}", at + 1)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_short_name_of_its_own() {
        let labels = ["staging", "production", "production-2", "preprod", "prod", "日本", "stage"];
        let names = short(&labels.map(str::to_owned));
        assert_eq!(names, ["sta", "pro", "pr2", "pre", "prd", "  6", "stg"]);
    }
}
