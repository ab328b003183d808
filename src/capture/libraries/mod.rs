//! What programs are built on: packages, the C library.
