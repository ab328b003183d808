//! How names become addresses.
