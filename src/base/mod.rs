//! Floor 0: what has no meaning of its own. Safe text, natural order, cancellation.

pub mod cancel;
pub mod order;
#[cfg(test)]
pub(crate) mod tally;
pub mod text;
