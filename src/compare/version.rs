//! Whose version is newer.
