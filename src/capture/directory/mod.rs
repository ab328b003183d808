//! Where users and groups come from.
