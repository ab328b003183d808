//! Floor 2: a review. What people decided of the differences that a gate asks about ([`journal`]), what is left to decide
//! and what comes of it if they left now ([`board`]). Pure: lines of text in, counts and a verdict out; the journal's file
//! is `store`'s, the record of who saw what is `report`'s.

pub mod board;
pub mod journal;

pub use board::{Board, Counts, Fold, Gate, Item, Seen, Status};
pub use journal::{Act, Entry, Journal, Mark, Marks, Row};

#[cfg(test)]
mod tests;
