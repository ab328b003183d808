//! Floor 1: what a snapshot is. Paths, values, trees of facts, problems, provenance, the vocabulary and redaction.
//! No input or output happens here.

mod alias;
pub mod alike;
pub mod path;
pub mod place;
pub mod problem;
pub mod provenance;
pub mod redaction;
pub mod snapshot;
pub mod tree;
pub mod value;
pub mod vocabulary;

pub use alias::Alias;
pub use path::{Path, Segment};
pub use problem::{Problem, ProblemKind};
pub use provenance::Provenance;
pub use snapshot::{Meta, Snapshot};
pub use tree::{Tree, TreeBuilder};
pub use value::{Number, Value, ValueRef};
