//! Floor 2: where differences come from. Those with one origin fold into one line: a release of the operating system, a
//! kernel, more memory, a source package, a configuration file. A difference has one cause at most, the first of a fixed
//! order that claims it (`docs/causes.md`); a cause has at least two members. What no cause claims stays for itself.

mod claim;
mod memory;
mod origin;
mod packages;
mod places;
mod release;
#[cfg(test)]
mod tests;
mod title;

use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use claim::Claims;
use std::collections::BTreeMap;

/// How many rows go by between two looks at the cancellation.
const STRIDE: usize = 4096;

/// What kind of thing differences come from, in the order in which they claim rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Something that one side did not read, for one reason.
    Gap,
    /// Another kernel.
    Kernel,
    /// A kernel module that is loaded on one side.
    Module,
    /// Kernel modules that are loaded on the same sides and set nothing.
    Modules,
    /// Another size of memory, and the values that follow from it.
    MemorySize,
    /// Another processor model.
    CpuModel,
    /// Another number of processors.
    CpuCount,
    /// Another machine: product, firmware, buses.
    Machine,
    /// Another release of the distribution.
    Release,
    /// The binaries of one source package.
    SourcePackage,
    /// Software that is on one side only.
    Software,
    /// Packages on some sides only of a source that all sides have.
    Packages,
    /// Packages on some sides only that nobody asked for.
    Dependencies,
    /// What somebody asked for on some sides and others drew in elsewhere.
    Marks,
    /// Shared libraries on some sides only whose package is not known.
    Libraries,
    /// One configuration file.
    File,
    /// One service: its unit, its settings, its environment.
    Service,
    /// One part of another kind: an interface, a disk, a file system, a user.
    Part,
}

/// Differences with one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What they come from.
    pub origin: Origin,
    /// The same for the same origin in every comparison: `memory-size`, `source-package:glibc`. Acceptances name it.
    pub key: String,
    /// What it is, for people; raw.
    pub title: String,
    /// How its members were recognised, a sentence.
    pub why: &'static str,
    /// Its rows, ascending; only divergences.
    pub members: Vec<RowId>,
}

/// All causes of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// By origin and key.
    causes: Vec<Cause>,
    /// Every claimed row with the place of its cause, by row.
    claimed: Vec<(RowId, u32)>,
}

impl Causes {
    /// Finds the causes of all divergences; `None` when cancelled.
    pub fn find(comparison: &Comparison, cancel: &Cancel) -> Option<Causes> {
        let claims = Claims::of(comparison);
        let mut members: BTreeMap<(Origin, String), Vec<RowId>> = BTreeMap::new();
        for (at, row) in comparison.leaves().enumerate() {
            if at.is_multiple_of(STRIDE) && cancel.is_cancelled() {
                return None;
            }
            if !comparison.state(row).is_found() {
                continue;
            }
            if let Some(claim) = claims.claim(row) {
                members.entry(claim).or_default().push(row);
            }
        }
        claims.fold(&mut members);
        let mut out = Causes::default();
        for ((origin, key), rows) in members.into_iter().filter(|(_, rows)| rows.len() > 1) {
            let place = out.causes.len() as u32;
            out.claimed.extend(rows.iter().map(|row| (*row, place)));
            let title = title::of(comparison, origin, &key, &rows);
            let key = title::written(origin, &key);
            out.causes.push(Cause { origin, key, title, why: origin.why(), members: rows });
        }
        out.claimed.sort_unstable();
        Some(out)
    }

    /// All, by origin and key.
    pub fn all(&self) -> &[Cause] {
        &self.causes
    }

    /// The place of the cause that a row belongs to.
    pub fn of(&self, row: RowId) -> Option<usize> {
        let at = self.claimed.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(self.claimed[at].1 as usize)
    }
}

impl Origin {
    /// How members are recognised.
    pub fn why(self) -> &'static str {
        match self {
            Origin::Gap => "Nothing can be said of these for one reason, which stands at one path of one snapshot.",
            Origin::Kernel => {
                "The kernel's release differs; these are its own facts, its packages, and settings that only one of the kernels has."
            }
            Origin::Module => "The module is loaded on one side only; these are settings that come with it.",
            Origin::MemorySize => "The size of memory differs, and these differ by about the same ratio.",
            Origin::CpuModel => "The processor's model differs; these are properties of the model.",
            Origin::CpuCount => "The number of processors differs; these are counted from it.",
            Origin::Machine => "The machine is another product or of another kind; these belong to the product.",
            Origin::Modules => "Modules that are loaded on the same sides only; nothing else of them differs.",
            Origin::Release => {
                "The distribution's release differs; these are its packages that all sides have, in another version or under another name, and what comes with them."
            }
            Origin::SourcePackage => "These packages are built from one source, or what they bring says its version.",
            Origin::Software => {
                "No package of the source is on the other sides; these are its packages, what they bring, and what bears their names."
            }
            Origin::Packages => {
                "All sides have the source, but only some these packages of it; these are the packages, what they bring, and what bears their names."
            }
            Origin::Dependencies => {
                "Packages on the same sides only that are marked as needed by others, or are libraries or common parts, which are seldom asked for; and what of them is read under libraries."
            }
            Origin::Marks => {
                "All sides have these packages: some because others need them, some because somebody asked for them."
            }
            Origin::Libraries => "Shared libraries on the same sides only; their names do not tell their packages.",
            Origin::File => {
                "One file holds these, where a side has them at all, or it sets or pins them, or they say what the file is."
            }
            Origin::Service => "These belong to one unit.",
            Origin::Part => "These belong to one part of the machine or the system.",
        }
    }
}
