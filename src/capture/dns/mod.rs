//! How names are resolved: the stub resolver, the name service switch, the hosts file and what they obey.

pub(super) mod answers;
mod hosts;
mod library;
mod resolved;
mod resolver;

pub(super) use resolved::{is_cache as is_cache_of_resolved, options as resolved_options};

use crate::capture::Facts;
use crate::host::Host;

/// Reads what decides how this machine resolves names.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    resolver::read(host, facts);
    library::read(host, facts);
    hosts::read(host, facts);
    resolved::read(host, facts);
}
