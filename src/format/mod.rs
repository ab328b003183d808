//! The snapshot file: its own types, versions, migration. Bytes in, snapshot out, and back.

mod header;
mod long;
mod read;
mod visit;
mod write;

pub use header::{Header, read_header};
pub use read::{FormatError, Loaded, MAX_BYTES, UNSEALED, read, read_telling};
pub use write::{digest, write};

/// The newest format that this version reads and the one it writes.
pub const VERSION: u64 = 1;
