//! Rows that moved: which part of the screen the terminal is to scroll, and by how many lines.

use super::{Pen, is_blank, row};
use ratatui::buffer::{Buffer, Cell};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Rows that must differ before a scroll is looked for.
const FEW: usize = 3;
/// What a scroll costs in bytes, at most: region, place, lines, region off.
const SCROLL: i64 = 28;
/// Numbers that stand for cells: equal cells have equal numbers.
fn numbers(buffer: &Buffer) -> Vec<u64> {
    let number = |cell: &Cell| {
        let mut hasher = DefaultHasher::new();
        (cell.symbol(), cell.fg, cell.bg, cell.modifier).hash(&mut hasher);
        hasher.finish()
    };
    let blank = number(&Cell::EMPTY);
    buffer.content.iter().map(|cell| if is_blank(cell) { blank } else { number(cell) }).collect()
}

/// Rows that move together: `top..=bottom` by `by` lines, up if positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shift {
    top: usize,
    bottom: usize,
    by: i64,
}

/// Scrolls a part of the screen where that makes much right at once; the picture after it.
pub(super) fn scroll(old: &Buffer, new: &Buffer, pen: &mut Pen<'_>) -> Option<Buffer> {
    let shift = shift(old, new)?;
    let (top, bottom) = (shift.top + 1, shift.bottom + 1);
    let count = shift.by.unsigned_abs();
    // Lines are deleted or inserted at the top of a region: SU and SD do the same, but the Linux console has not got
    // them (console_codes(4)).
    let letter = if shift.by > 0 { 'M' } else { 'L' };
    let count = if count == 1 { String::new() } else { count.to_string() };
    let sequence = format!("\x1b[{top};{bottom}r\x1b[{top}H\x1b[{count}{letter}");
    pen.out.extend_from_slice(sequence.as_bytes());
    pen.has_region = true;
    let mut after = old.clone();
    for y in shift.top..=shift.bottom {
        let from = y as i64 + shift.by;
        let comes = (shift.top as i64..=shift.bottom as i64).contains(&from);
        for x in 0..old.area.width {
            let cell = if comes { old[(x, from as u16)].clone() } else { Cell::EMPTY };
            after[(x, y as u16)] = cell;
        }
    }
    Some(after)
}

/// The scroll that saves most cells, if one saves more than it costs.
fn shift(old: &Buffer, new: &Buffer) -> Option<Shift> {
    let differs = |y: &u16| row(old, *y) != row(new, *y);
    if (0..new.area.height).filter(differs).count() < FEW {
        return None;
    }
    let width = usize::from(new.area.width).max(1);
    let (was, is) = (numbers(old), numbers(new));
    let (was, is): (Vec<_>, Vec<_>) = (was.chunks(width).collect(), is.chunks(width).collect());
    let height = is.len().min(was.len());
    let differ = |a: &[u64], b: &[u64]| a.iter().zip(b).filter(|(a, b)| a != b).count() as i64;
    let in_place: Vec<i64> = (0..height).map(|y| differ(was[y], is[y])).collect();
    let filled = |y: usize| row(new, y as u16).iter().filter(|cell| !is_blank(cell)).count() as i64;
    let filled: Vec<i64> = (0..height).map(filled).collect();
    let mut best: Option<(i64, Shift)> = None;
    for by in (1 - height as i64..height as i64).filter(|by| *by != 0) {
        let lines = by.unsigned_abs() as usize;
        // The stretch of rows `from..=y` that gains most when each takes the row `by` beneath it.
        let (mut sum, mut from) = (0, 0);
        for y in 0..height {
            let Some(source) = usize::try_from(y as i64 + by).ok().filter(|source| *source < height) else {
                continue;
            };
            if sum <= 0 {
                (sum, from) = (0, y);
            }
            sum += in_place[y] - differ(was[source], is[y]);
            // The rows that come in are blank, and written whole.
            let (shift, comes_in) = match by {
                1.. => (Shift { top: from, bottom: source, by }, y + 1..source + 1),
                _ => (Shift { top: from - lines, bottom: y, by }, from - lines..from),
            };
            let loss: i64 = comes_in.map(|y| filled[y] - in_place[y]).sum();
            let gain = sum - loss - SCROLL;
            if gain > 0 && best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, shift));
            }
        }
    }
    best.map(|(_, shift)| shift)
}
