//! The machine itself: processors, caches, memory.
