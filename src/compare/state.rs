//! What can be said of a row: its state, its sign, and the counts of a branch.

use super::Cell;

/// The state of a path over all sides, as DESIGN words it in every output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// All sides have the same value.
    Same,
    /// Two present values differ.
    Changed,
    /// Some side lacks it.
    Missing,
    /// On some side nothing can be said.
    Unreadable,
    /// Differs, and moves by itself.
    Volatile,
    /// Differs, as it should: it says who the machine is.
    Identity,
    /// Should differ, and does not.
    DuplicateIdentity,
    /// Hidden on some side, so that nothing can be said.
    Redacted,
}

impl State {
    /// All states, in the order in which they are listed.
    pub const ALL: [State; 8] = [
        State::Same,
        State::Changed,
        State::Missing,
        State::Unreadable,
        State::Volatile,
        State::Identity,
        State::DuplicateIdentity,
        State::Redacted,
    ];

    /// The word for the state in files, filters and reports.
    pub fn word(self) -> &'static str {
        match self {
            State::Same => "same",
            State::Changed => "changed",
            State::Missing => "missing",
            State::Unreadable => "unreadable",
            State::Volatile => "volatile",
            State::Identity => "identity",
            State::DuplicateIdentity => "duplicate-identity",
            State::Redacted => "redacted",
        }
    }

    /// Whether the row is a divergence: it counts, is a stop in the explorer, and makes `diff` end with status 1.
    pub fn is_found(self) -> bool {
        !matches!(self, State::Same | State::Volatile | State::Identity)
    }
}

/// The sign of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `=`
    Same,
    /// `~`
    Changed,
    /// `<`: the first side has it, some other lacks it.
    OnlyLeft,
    /// `>`: the first side lacks it, some other has it.
    OnlyRight,
    /// `?`: on some side nothing can be said.
    Unknown,
}

impl Relation {
    /// The sign itself, printable ASCII.
    pub fn sign(self) -> char {
        match self {
            Relation::Same => '=',
            Relation::Changed => '~',
            Relation::OnlyLeft => '<',
            Relation::OnlyRight => '>',
            Relation::Unknown => '?',
        }
    }

    /// The sign of a leaf.
    pub(super) fn of<'a>(state: State, cells: impl Iterator<Item = Cell<'a>> + Clone) -> Self {
        let present = |cell: &Cell<'_>| matches!(cell, Cell::Value(_) | Cell::Redacted(_));
        let lacking = || cells.clone().any(|cell| cell == Cell::Missing) && cells.clone().any(|cell| present(&cell));
        match state {
            State::Same => Relation::Same,
            State::Unreadable | State::Redacted => Relation::Unknown,
            State::Changed | State::Identity | State::DuplicateIdentity => Relation::Changed,
            State::Missing | State::Volatile if lacking() => {
                if cells.clone().next().is_some_and(|cell| present(&cell)) {
                    Relation::OnlyLeft
                } else {
                    Relation::OnlyRight
                }
            }
            State::Missing | State::Volatile => Relation::Changed,
        }
    }
}

/// What is particular about a leaf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// Some side's value was hidden at capture.
    pub const REDACTED: Flags = Flags(1);
    /// The values are of different types: `"8"` and `8`.
    pub const TYPE: Flags = Flags(2);
    /// The same members in another order.
    pub const ORDER: Flags = Flags(4);
    /// The values differ only in characters that cannot be seen.
    pub const INVISIBLE: Flags = Flags(8);
    /// The path is a branch on another side.
    pub const BESIDE_BRANCH: Flags = Flags(16);
    /// Nothing can be said only because some side never asked for it: a gap of the capture, no problem met.
    pub const NOT_COLLECTED: Flags = Flags(32);

    /// Whether all of these are set.
    pub fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn set(&mut self, other: Flags, on: bool) {
        if on {
            self.0 |= other.0;
        }
    }
}

/// How many leaves of each kind stand beneath a branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub leaves: u32,
    /// [`State::Same`].
    pub same: u32,
    /// [`State::Changed`].
    pub changed: u32,
    /// [`State::Missing`], the first side having it.
    pub only_left: u32,
    /// [`State::Missing`], the first side lacking it.
    pub only_right: u32,
    /// [`State::Unreadable`].
    pub unreadable: u32,
    /// Those of the unreadable that are [not collected](Flags::NOT_COLLECTED).
    pub not_collected: u32,
    /// [`State::Volatile`].
    pub volatile: u32,
    /// [`State::Identity`].
    pub identity: u32,
    /// [`State::DuplicateIdentity`].
    pub duplicate_identity: u32,
    /// [`State::Redacted`].
    pub redacted: u32,
}

impl Tally {
    /// Counts one leaf.
    pub fn add(&mut self, state: State, relation: Relation) {
        self.leaves += 1;
        match state {
            State::Same => self.same += 1,
            State::Changed => self.changed += 1,
            State::Missing if relation == Relation::OnlyLeft => self.only_left += 1,
            State::Missing => self.only_right += 1,
            State::Unreadable => self.unreadable += 1,
            State::Volatile => self.volatile += 1,
            State::Identity => self.identity += 1,
            State::DuplicateIdentity => self.duplicate_identity += 1,
            State::Redacted => self.redacted += 1,
        }
    }

    /// Counts one leaf, with what is particular about it.
    pub fn add_flagged(&mut self, state: State, relation: Relation, flags: Flags) {
        self.add(state, relation);
        self.not_collected += u32::from(flags.contains(Flags::NOT_COLLECTED));
    }

    /// Adds the counts of another branch.
    pub fn merge(&mut self, other: &Tally) {
        self.leaves += other.leaves;
        self.same += other.same;
        self.changed += other.changed;
        self.only_left += other.only_left;
        self.only_right += other.only_right;
        self.unreadable += other.unreadable;
        self.not_collected += other.not_collected;
        self.volatile += other.volatile;
        self.identity += other.identity;
        self.duplicate_identity += other.duplicate_identity;
        self.redacted += other.redacted;
    }

    /// [`State::Missing`] on whichever side.
    pub fn missing(&self) -> u32 {
        self.only_left + self.only_right
    }

    /// Divergences: leaves whose state [is found](State::is_found).
    pub fn found(&self) -> u32 {
        self.changed + self.missing() + self.unreadable + self.duplicate_identity + self.redacted
    }

    /// Divergences that are worth a stop: those found, but for what some side never asked for.
    pub fn telling(&self) -> u32 {
        self.found() - self.not_collected
    }

    /// The sign of a branch: of its most telling leaves.
    pub fn relation(&self) -> Relation {
        let unknown = self.unreadable + self.redacted;
        if self.changed + self.duplicate_identity > 0 || (self.only_left > 0 && self.only_right > 0) {
            Relation::Changed
        } else if self.only_left > 0 {
            Relation::OnlyLeft
        } else if self.only_right > 0 {
            Relation::OnlyRight
        } else if unknown > 0 {
            Relation::Unknown
        } else if self.volatile + self.identity > 0 {
            Relation::Changed
        } else {
            Relation::Same
        }
    }
}
