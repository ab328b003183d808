//! Who the machine is.
