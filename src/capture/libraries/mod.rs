//! What programs are built on: packages, the C library, OpenSSL.

pub(super) mod alternatives;
pub(in crate::capture) mod dpkg;
pub(super) mod others;
pub(super) mod repositories;
pub(super) mod rpm;
pub(super) mod shared;
mod sqlite;
