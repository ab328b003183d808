//! `libraries.packages` of the smaller package managers, each from its own files.

pub(in crate::capture) mod apk;
pub(in crate::capture) mod flatpak;
pub(in crate::capture) mod nix;
pub(in crate::capture) mod pacman;
pub(in crate::capture) mod snap;
