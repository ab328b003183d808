//! Compilers and run times.
