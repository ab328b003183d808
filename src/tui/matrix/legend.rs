//! What is said of the selected row, in words: which values there are and who has them, and who is the odd one out.

use super::cell;
use crate::base::text::{escape, fit};
use crate::compare::{Cell, Comparison, RowId};
use crate::tui::tree::cells::in_full;
use crate::tui::whole::Whole;

/// The longest value that is named, in cells.
const VALUE: usize = 40;

/// The lines, most telling first.
pub fn lines(whole: &Whole, row: RowId, letters: bool) -> Vec<String> {
    let comparison = whole.comparison();
    if row == Comparison::TOP || !comparison.is_leaf(row) {
        return Vec::new();
    }
    let reference = whole.matrix.reference;
    let mut lines = vec![values(comparison, row, reference, letters)];
    lines.extend(risk(whole, row));
    lines.extend(odd(whole, row));
    lines.extend(comparison.entry(row).map(|entry| format!(" {}", escape(&entry.about))));
    lines.push(match letters {
        true => " equal values share a letter, capital = reference   - absent   ? unknown   r redacted".to_owned(),
        false => " = same as reference   - absent   ? unknown   ! odd one out   r# redacted fingerprint".to_owned(),
    });
    lines
}

/// Each value with the sides that have it: `3 values: 4096 (staging)  128 (production REF, ci)  absent (laptop)`.
fn values(comparison: &Comparison, row: RowId, reference: usize, letters: bool) -> String {
    let mut groups: Vec<(Vec<usize>, String)> = Vec::new();
    for (side, said) in comparison.cells(row).enumerate() {
        let alike = |group: &&mut (Vec<usize>, String)| {
            group.0.first().is_some_and(|other| comparison.agree(row, side, *other))
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.0.push(side),
            None => {
                let words = match said {
                    Cell::Missing => "absent".to_owned(),
                    other => fit(&in_full(other), VALUE).into_owned(),
                };
                groups.push((vec![side], words));
            }
        }
    }
    if letters {
        let labels: Vec<_> = comparison.sides().iter().map(|side| escape(side.label()).into_owned()).collect();
        let short = cell::short(&labels);
        let name = |side: &usize| {
            let name = short.get(*side).map_or("", |name| name.trim());
            if *side == reference { name.to_uppercase() } else { name.to_owned() }
        };
        let named = |(sides, value): &(Vec<usize>, String)| {
            let names: Vec<_> = sides.iter().map(name).collect();
            let sign = cell::letter(comparison, row, sides.first().copied().unwrap_or(0), reference);
            let value = if sign == '-' { String::new() } else { format!(" {value}:") };
            format!("{sign}{value} {}", names.join(","))
        };
        return format!(" {}", groups.iter().map(named).collect::<Vec<_>>().join("   "));
    }
    let named = |(sides, value): &(Vec<usize>, String)| {
        let label = |side: &usize| {
            let label = comparison.sides().get(*side).map_or(String::new(), |s| escape(s.label()).into_owned());
            if *side == reference { format!("{label} REF") } else { label }
        };
        let labels: Vec<_> = sides.iter().map(label).collect();
        format!("{value} ({})", labels.join(", "))
    };
    let count = groups.iter().filter(|(sides, _)| sides.iter().any(|side| comparison.class(row, *side).is_some()));
    let count = match count.count() {
        1 => "1 value".to_owned(),
        n => format!("{n} values"),
    };
    format!(" {count}: {}", groups.iter().map(named).collect::<Vec<_>>().join("  "))
}

/// What each side risks beside the reference: ` risk against production: staging high 42, ci low 9`.
fn risk(whole: &Whole, row: RowId) -> Option<String> {
    let (stakes, sides) = (whole.stakes()?, whole.comparison().sides());
    let label = |side: usize| sides.get(side).map_or(String::new(), |side| escape(side.label()).into_owned());
    let of = |side: usize| {
        let stake = stakes.at(row, side)?;
        Some((stake.points, format!("{} {} {}", label(side), stake.band.word(), stake.points)))
    };
    let mut told: Vec<(u32, String)> = (0..sides.len()).filter_map(of).collect();
    told.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    let told: Vec<String> = told.into_iter().map(|(_, words)| words).collect();
    (!told.is_empty()).then(|| format!(" risk against {}: {}", label(stakes.reference()), told.join(", ")))
}

/// Who is the odd one out, and of whom.
fn odd(whole: &Whole, row: RowId) -> Option<String> {
    let comparison = whole.comparison();
    let odd = whole.peers.odd(comparison, row)?;
    let label = escape(comparison.sides().get(odd.side)?.label()).into_owned();
    Some(match whole.peers.name(odd.side) {
        "" => format!(" ODD ONE OUT: {label} differs from all others, which agree"),
        role => format!(" ODD ONE OUT: {label} differs from the rest of {}, which agree", escape(role)),
    })
}
