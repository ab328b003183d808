//! What programs are built on: packages, the C library, OpenSSL.

pub(in crate::capture) mod dpkg;
pub(super) mod shared;
