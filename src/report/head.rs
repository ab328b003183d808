//! What every document begins with: what was compared, and how much of it the document tells.

use super::{Report, overview};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::format;
use crate::model::Snapshot;
use overview::Evidence;

/// One snapshot, as a document introduces it.
pub(super) struct Introduction<'a> {
    /// A name that no other side has, in display form.
    pub name: String,
    /// The snapshot itself.
    pub snapshot: &'a Snapshot,
    /// Whether the others are measured against it.
    pub is_reference: bool,
    /// The kinds of facts that it has evidence for.
    pub evidence: Evidence,
}

impl Introduction<'_> {
    /// When the capture began; empty where that is not known.
    pub fn captured_at(&self) -> String {
        self.snapshot.meta.captured_at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
    }

    /// The name of its host in display form; empty where that is not known.
    pub fn host(&self) -> String {
        shown(self.snapshot.meta.host.as_deref())
    }

    /// What made it, in display form; empty for facts from elsewhere.
    pub fn tool(&self) -> String {
        shown(self.snapshot.meta.tool.as_deref())
    }

    /// What it is in the comparison.
    pub fn role(&self) -> &'static str {
        match (self.is_reference, self.snapshot.meta.is_target()) {
            (true, true) => "target",
            (true, false) => "reference",
            (false, _) => "test",
        }
    }

    /// How much of what it could tell it tells, in words: `97 %`.
    pub fn completeness(&self) -> String {
        self.evidence.percent().map_or_else(|| "not known".to_owned(), |percent| format!("{percent} %"))
    }

    /// Its digest. The cost is that of a walk over all its facts.
    pub fn digest(&self) -> String {
        format::digest(self.snapshot)
    }
}

fn shown(raw: Option<&str>) -> String {
    raw.map(|raw| escape(raw).into_owned()).unwrap_or_default()
}

impl Report<'_> {
    /// Introduces every snapshot.
    pub(super) fn introductions(&self) -> Vec<Introduction<'_>> {
        let comparison = self.comparison;
        let evidence = overview::evidence(comparison, &Cancel::new()).unwrap_or_default();
        let sides = comparison.sides().iter().zip(self.names()).enumerate();
        sides
            .map(|(at, (side, name))| Introduction {
                name,
                snapshot: &side.snapshot,
                is_reference: at == comparison.reference(),
                evidence: evidence.get(at).copied().unwrap_or_default(),
            })
            .collect()
    }
}
