//! driftglass captures environments, lays them side by side and shows what differs and what that risks.
//!
//! The modules are floors: each imports only from those above it in this list (`ARCHITECTURE.md`).

pub mod base;
pub mod model;

pub mod cause;
pub mod compare;
pub mod coverage;
pub mod effective;
pub mod escape;
pub mod filter;
pub mod format;
pub mod history;
pub mod meaning;
pub mod policy;
pub mod rehearsal;
pub mod report;
pub mod review;
pub mod risk;

pub mod host;

pub mod capture;

pub mod store;

pub mod reference;

pub mod assess;

pub mod cli;
pub mod tui;
