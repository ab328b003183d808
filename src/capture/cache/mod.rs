//! What keeps copies, and how.
