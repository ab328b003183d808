//! What can be shown and hidden apart: the letters of the states menu.

use crate::compare::{Comparison, Flags, Relation, RowId, State, Tally};

/// A kind of leaf. Together they cover all leaves, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// All sides agree.
    Same,
    /// Two values differ.
    Changed,
    /// Only the left side has it.
    OnlyLeft,
    /// Only the right side has it.
    OnlyRight,
    /// On some side nothing can be said, for a reason that its capture met.
    Unknown,
    /// Some side never asked for it.
    NotCollected,
    /// Moves by itself.
    Volatile,
    /// Says who the machine is, and differs as it should.
    Identity,
}

impl Kind {
    /// All kinds, in the order of the menu.
    pub const ALL: [Kind; 8] = [
        Kind::Same,
        Kind::Changed,
        Kind::OnlyLeft,
        Kind::OnlyRight,
        Kind::Unknown,
        Kind::NotCollected,
        Kind::Volatile,
        Kind::Identity,
    ];

    /// The letter in the menu and in counts.
    pub fn letter(self) -> char {
        match self {
            Kind::Same => '=',
            Kind::Changed => '~',
            Kind::OnlyLeft => '<',
            Kind::OnlyRight => '>',
            Kind::Unknown => '?',
            Kind::NotCollected => 'n',
            Kind::Volatile => 'v',
            Kind::Identity => 'i',
        }
    }

    /// The word in the menu.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Same => "same",
            Kind::Changed => "changed",
            Kind::OnlyLeft => "only left",
            Kind::OnlyRight => "only right",
            Kind::Unknown => "unknown",
            Kind::NotCollected => "not collected",
            Kind::Volatile => "volatile",
            Kind::Identity => "identity",
        }
    }

    /// The kind of a leaf.
    pub fn of(comparison: &Comparison, row: RowId) -> Self {
        match comparison.state(row) {
            State::Same => Kind::Same,
            State::Volatile => Kind::Volatile,
            State::Identity => Kind::Identity,
            _ if comparison.flags(row).contains(Flags::NOT_COLLECTED) => Kind::NotCollected,
            _ => match comparison.relation(row) {
                Relation::Same => Kind::Same,
                Relation::Changed => Kind::Changed,
                Relation::OnlyLeft => Kind::OnlyLeft,
                Relation::OnlyRight => Kind::OnlyRight,
                Relation::Unknown => Kind::Unknown,
            },
        }
    }

    /// How many of this kind are counted.
    pub fn count(self, tally: &Tally) -> u32 {
        match self {
            Kind::Same => tally.same,
            Kind::Changed => tally.changed + tally.duplicate_identity,
            Kind::OnlyLeft => tally.only_left,
            Kind::OnlyRight => tally.only_right,
            Kind::Unknown => tally.unreadable - tally.not_collected + tally.redacted,
            Kind::NotCollected => tally.not_collected,
            Kind::Volatile => tally.volatile,
            Kind::Identity => tally.identity,
        }
    }

    /// Whether leaves of this kind are divergences.
    pub fn is_found(self) -> bool {
        !matches!(self, Kind::Same | Kind::NotCollected | Kind::Volatile | Kind::Identity)
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Which kinds are listed. Same values are always listed, but folded into counted rows unless they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown(u8);

impl Default for Shown {
    /// Everything, with same values folded.
    fn default() -> Self {
        Self(!Kind::Same.bit())
    }
}

impl Shown {
    /// Whether a kind is shown; for same values, whether each has its own row.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Shows a kind, or hides it.
    pub fn toggle(&mut self, kind: Kind) {
        self.0 ^= kind.bit();
    }

    /// Shows a kind.
    pub fn show(&mut self, kind: Kind) {
        self.0 |= kind.bit();
    }

    /// Whether a leaf of this kind is listed, be it in a counted row.
    pub fn lists(self, kind: Kind) -> bool {
        kind == Kind::Same || self.has(kind)
    }

    /// Whether each leaf has its own row.
    pub fn lists_all(self) -> bool {
        self.0 == u8::MAX
    }

    /// Whether the same divergences are listed as with others, whatever else is.
    pub fn finds_as(self, other: Shown) -> bool {
        Kind::ALL.iter().all(|kind| !kind.is_found() || self.has(*kind) == other.has(*kind))
    }

    /// Whether any leaf beneath a branch with these counts is listed.
    pub fn lists_any(self, tally: &Tally) -> bool {
        let hides_nothing = self.0 | Kind::Same.bit() == u8::MAX;
        hides_nothing || Kind::ALL.iter().any(|kind| self.lists(*kind) && kind.count(tally) > 0)
    }

    /// How many leaves of these counts are hidden by kind.
    pub fn hidden(self, tally: &Tally) -> u32 {
        Kind::ALL.iter().filter(|kind| !self.lists(**kind)).map(|kind| kind.count(tally)).sum()
    }
}
