//! Floor 0: what has no meaning of its own. Safe text, natural order, documents as trees, cancellation,
//! progress.

pub mod cancel;
pub mod document;
pub mod fault;
pub mod order;
pub mod reading;
pub mod share;
#[cfg(test)]
pub(crate) mod tally;
pub mod text;
