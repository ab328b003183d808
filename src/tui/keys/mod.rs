//! The one table of keys: what a key does, where, and the words for it. Help, hints and the palette come from it.

mod key;
mod table;

pub use key::{Key, keys};
pub use table::BINDINGS;

use super::keymap;

/// Where a binding holds. A layer above the tree names itself; what is bound [`Screen::Everywhere`] holds there too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Screen {
    /// On every screen.
    Everywhere,
    /// The tree of two sides.
    Tree,
    /// What is to be read, worst first.
    Risk,
    /// All snapshots beside each other.
    Matrix,
    /// What diverged and healed over the snapshots.
    Time,
    /// Areas by snapshots.
    Overview,
    /// One fact in full.
    Detail,
    /// The list of keys.
    Help,
    /// Commands by name.
    Palette,
    /// Choosing snapshots.
    Picker,
    /// A capture under way.
    Capture,
    /// What tests can meet of the target.
    Coverage,
    /// The report as text.
    Report,
    /// The walk through what a gate asks.
    Review,
    /// Fields to be filled in: what is accepted, what is written.
    Dialog,
}

/// What a key does.
#[expect(missing_docs, reason = "the words of each stand in the table beneath")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Down,
    Up,
    Fold,
    Unfold,
    NextSibling,
    PreviousSibling,
    First,
    Last,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    NextStop,
    PreviousStop,
    NextDifference,
    PreviousDifference,
    NextSection,
    PreviousSection,
    Toggle,
    UnfoldBelow,
    UnfoldDifferences,
    FoldSiblings,
    FoldAll,
    Open,
    Filter,
    Find,
    SwitchFilter,
    States,
    Sides,
    Layout,
    Wrap,
    Swap,
    ScrollLeft,
    ScrollRight,
    ScrollStart,
    ScrollDifference,
    Copy,
    Print,
    WriteReport,
    Back,
    Interrupt,
    Redraw,
    Suspend,
    Commands,
    Help,
    NextTab,
    PreviousTab,
    Choose,
    Reference,
    Order,
    Add,
    Remove,
    Compare,
    ViewTree,
    ViewRisk,
    ViewMatrix,
    ViewTime,
    Blame,
    ViewReport,
    ViewOverview,
    ViewCoverage,
    NextColumn,
    PreviousColumn,
    BackLink,
    View,
    Letters,
    OddOnly,
    Pair,
    Mouse,
    Restore,
    SkipProbe,
    Pause,
    Background,
    Save,
    Reviewed,
    ReviewedBelow,
    Flag,
    Skip,
    Note,
    Accept,
    Undo,
    Redo,
    NextOpen,
    PreviousOpen,
    ViewReview,
}

/// What belongs together in help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Moving the selection.
    Move,
    /// Opening and closing branches.
    Fold,
    /// What is listed.
    List,
    /// How values are shown.
    Show,
    /// Deciding in a review.
    Review,
    /// Taking text elsewhere.
    Take,
    /// The program itself.
    Program,
}

impl Group {
    /// All groups in the order of help.
    pub const ALL: [Group; 7] =
        [Group::Move, Group::Fold, Group::List, Group::Show, Group::Review, Group::Take, Group::Program];

    /// The heading in help.
    pub fn words(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::Fold => "Fold",
            Group::List => "What is listed",
            Group::Show => "How it is shown",
            Group::Review => "Review",
            Group::Take => "Take away",
            Group::Program => "Program",
        }
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys, the one shown in hints first, in the notation of [`keys`].
    pub keys: &'static [&'static str],
    /// Where it holds.
    pub screens: &'static [Screen],
    /// Where it stands in help.
    pub group: Group,
    /// The word in the footer; empty where it is never hinted.
    pub hint: &'static str,
    /// Its name in the palette and in configuration.
    pub name: &'static str,
    /// A sentence for help, without a full stop.
    pub words: &'static str,
}

impl Binding {
    /// The keys that are in force.
    pub fn pressed(&self) -> impl Iterator<Item = Key> + '_ {
        keymap::present().of(self.action).iter().copied()
    }

    /// The keys of the table, whatever the user chose.
    pub fn standard(&self) -> Vec<Key> {
        self.keys.iter().filter_map(|text| keys(text).first().copied()).collect()
    }

    /// Whether it holds on a screen.
    pub fn holds_on(&self, screen: Screen) -> bool {
        self.screens.contains(&screen) || self.screens.contains(&Screen::Everywhere)
    }
}

/// What a key does on a screen.
pub fn action(screen: Screen, key: Key) -> Option<Action> {
    let binding = BINDINGS.iter().find(|b| b.holds_on(screen) && b.pressed().any(|bound| bound == key))?;
    Some(binding.action)
}

/// The line of an action.
pub fn binding(action: Action) -> Option<&'static Binding> {
    BINDINGS.iter().find(|b| b.action == action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyCode;

    #[test]
    fn keys_are_read_as_written() {
        assert_eq!(
            keys("j<right>/s<enter><lt>><c-d>"),
            [
                Key::char('j'),
                Key::plain(KeyCode::Right),
                Key::char('/'),
                Key::char('s'),
                Key::plain(KeyCode::Enter),
                Key::char('<'),
                Key::char('>'),
                Key { code: KeyCode::Char('d'), ctrl: true },
            ]
        );
        assert_eq!(keys("<c-d>")[0].to_string(), "Ctrl-d");
    }

    #[test]
    fn no_key_is_bound_that_does_not_arrive() {
        for binding in BINDINGS {
            for text in binding.keys {
                assert_eq!(keys(text).len(), 1, "{text} is one key");
            }
            for key in binding.pressed() {
                assert!(!keymap::is_forbidden(key), "{key} for {}", binding.name);
            }
        }
    }

    #[test]
    fn one_key_has_one_meaning() {
        let all = || BINDINGS.iter().flat_map(|b| b.pressed().map(move |key| (key, b)));
        for (key, binding) in all() {
            let others = all().filter(|(other, b)| *other == key && b.name != binding.name);
            for (_, other) in others {
                let both = binding.screens.iter().any(|screen| other.holds_on(*screen));
                assert!(!both, "{key} is both {} and {}", binding.name, other.name);
            }
        }
    }

    #[test]
    fn every_line_has_its_words() {
        for binding in BINDINGS {
            assert!(!binding.words.is_empty() && !binding.words.ends_with('.'), "{}", binding.name);
            assert!(BINDINGS.iter().filter(|b| b.name == binding.name).count() == 1, "{} twice", binding.name);
        }
    }
}
