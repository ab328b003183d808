//! What programs are built on: packages and where they come from, libraries and what the linker finds, what package
//! managers of languages brought, whom programs trust.

pub(super) mod alternatives;
pub(super) mod certificates;
pub(in crate::capture) mod dpkg;
pub(super) mod languages;
pub(super) mod linker;
pub(super) mod others;
pub(super) mod pacman_apk;
pub(super) mod repositories;
pub(super) mod rpm;
pub(super) mod shared;
pub(in crate::capture) mod sqlite;
pub(super) mod yum;
