//! Paths in few cells: what tells one from the next stays.

use crate::base::text::{escape, fit, width};
use crate::compare::{Comparison, RowId};

/// The narrowest piece of a name that still tells one from another.
const PIECE: usize = 8;

/// A path that fits, shortened from the left by whole keys; where the last key alone would be left, as `..digest`, the
/// end of the name before it stays too.
pub fn shortened(comparison: &Comparison, row: RowId, cells: usize) -> String {
    let path = comparison.path(row);
    let whole = escape(&path.to_string()).into_owned();
    if width(&whole) <= cells {
        return whole;
    }
    let keys = path.segments();
    let tails = (1..keys.len()).map(|from| {
        let tail = crate::model::Path::new(keys[from..].iter().cloned()).to_string();
        format!("..{}", escape(&tail))
    });
    let last = tails.clone().next_back().unwrap_or(whole);
    let fitting = tails.clone().find(|tail| width(tail) <= cells);
    if let (Some(fits), Some(named)) = (&fitting, tails.rev().nth(1))
        && *fits == last
        && cells >= width(&last) + PIECE
    {
        let room = cells - 2;
        let mut ends = named.char_indices().filter_map(|(at, _)| named.get(at..));
        return format!("..{}", ends.find(|end| width(end) <= room).unwrap_or_default());
    }
    fitting.unwrap_or_else(|| fit(&last, cells).into_owned())
}
