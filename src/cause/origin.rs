//! Who built packages: the distribution for its release, or somebody else.

use crate::compare::{Cell, Comparison, RowId};
use crate::model::{Path, ValueRef};

/// Packages that the distribution itself builds, wherever there is one.
const BASE: [&str; 5] = ["base-files", "glibc", "libc6", "filesystem", "bash"];

/// What other builders write into the versions of their packages: PostgreSQL's, NodeSource, Sury, Launchpad's archives,
/// MariaDB, Percona; and a backport, which the distribution builds beside its release.
const BUILDERS: [&str; 8] = ["pgdg", "nodesource", "sury", "ppa", "maria~", "dotdeb", "~bpo", "percona"];

/// What one manager's packages say of who built them.
pub(super) struct Foreign<'a> {
    /// By side.
    own: Vec<Own<'a>>,
}

/// The distribution of a side.
struct Own<'a> {
    /// Its name for itself, as its own packages say it.
    origin: Option<&'a str>,
    /// Its id, else.
    id: Option<&'a str>,
    codename: Option<&'a str>,
}

impl<'a> Foreign<'a> {
    pub(super) fn of(comparison: &'a Comparison, manager: RowId) -> Self {
        // The packager of a package of pacman is a person, and of other managers nobody tells.
        if !matches!(comparison.key(manager), "dpkg" | "rpm") {
            return Self { own: Vec::new() };
        }
        let base: Vec<RowId> =
            comparison.children(manager).filter(|row| BASE.contains(&comparison.key(*row))).collect();
        let id = comparison.find(&Path::new(["os", "release", "id"]));
        let codename = comparison.find(&Path::new(["os", "release", "codename"]));
        let own = (0..comparison.sides().len()).map(|side| Own {
            origin: base.iter().find_map(|row| text(comparison, comparison.child(*row, "origin")?, side)),
            id: id.and_then(|row| text(comparison, row, side)),
            codename: codename.and_then(|row| text(comparison, row, side)),
        });
        Self { own: own.collect() }
    }

    /// Whether some side says of a package that another than its distribution built it: as its origin, or in its version,
    /// where third parties name the release that they built for (`1.24.0-1~bullseye`) and Debian and Ubuntu its number.
    pub(super) fn built(&self, comparison: &Comparison, package: RowId) -> bool {
        let of = |key: &str, side| text(comparison, comparison.child(package, key)?, side);
        self.own.iter().enumerate().any(|(side, own)| {
            let other_origin = of("origin", side).is_some_and(|origin| match (own.origin, own.id) {
                (Some(own), _) => origin != own,
                (None, Some(id)) => !origin.eq_ignore_ascii_case(id),
                (None, None) => false,
            });
            let other_version = of("version", side).is_some_and(|version| {
                BUILDERS.iter().any(|builder| version.contains(builder))
                    || own.codename.is_some_and(|name| {
                        version.split_once('~').is_some_and(|(_, rest)| !name.is_empty() && rest.contains(name))
                    })
            });
            other_origin || other_version
        })
    }
}

/// The text that a side has at a row.
pub(super) fn text(comparison: &Comparison, row: RowId, side: usize) -> Option<&str> {
    match comparison.cell(row, side) {
        Cell::Value(ValueRef::Text(text)) => Some(text),
        _ => None,
    }
}
