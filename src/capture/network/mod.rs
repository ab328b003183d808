//! Interfaces and routes.
