//! How the environment came to be what it is.
