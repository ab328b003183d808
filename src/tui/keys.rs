//! The one table of keys: what a key does, where, and the words for it. Help, hints and the palette come from it.

use super::keymap;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// A key as the explorer knows it: what arrives the same from every terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
}

impl Key {
    /// A key without Ctrl.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false }
    }

    /// A character.
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// The key of a terminal's event; `None` for what is not bound anywhere (Alt, Super, releases).
    pub fn of(event: KeyEvent) -> Option<Self> {
        let foreign = KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
        if event.is_release() || event.modifiers.intersects(foreign) {
            return None;
        }
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Some(Self { code, ctrl })
    }

    /// The character that the key types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl => Some(c),
            _ => None,
        }
    }
}

/// Names of keys that are not characters, as written between angle brackets.
const NAMES: [(&str, KeyCode); 17] = [
    ("down", KeyCode::Down),
    ("up", KeyCode::Up),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgdn", KeyCode::PageDown),
    ("pgup", KeyCode::PageUp),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("s-tab", KeyCode::BackTab),
    ("bs", KeyCode::Backspace),
    ("del", KeyCode::Delete),
    ("space", KeyCode::Char(' ')),
    ("lt", KeyCode::Char('<')),
    ("f1", KeyCode::F(1)),
];

/// Reads keys as they are written in the table, in configuration and in tests: `jj<right>/ssl<enter>`, `<c-d>`.
/// What is not a name between brackets is typed as it stands.
pub fn keys(text: &str) -> Vec<Key> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|tail| tail.split_once('>'));
        match named.and_then(|(name, after)| Some((by_name(name)?, after))) {
            Some((key, after)) => {
                out.push(key);
                rest = after;
            }
            None => {
                out.push(Key::char(c));
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

fn by_name(name: &str) -> Option<Key> {
    if let Some(letter) = name.strip_prefix("c-") {
        let mut chars = letter.chars();
        return match (chars.next(), chars.next()) {
            (Some(c), None) => Some(Key { code: KeyCode::Char(c), ctrl: true }),
            _ => None,
        };
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| Key::plain(*code))
}

impl fmt::Display for Key {
    /// The name on the key cap: `n`, `Enter`, `Ctrl-d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        let name = match self.code {
            KeyCode::Char(' ') => "Space",
            KeyCode::Char(c) => return write!(f, "{c}"),
            KeyCode::Down => "Down",
            KeyCode::Up => "Up",
            KeyCode::Left => "Left",
            KeyCode::Right => "Right",
            KeyCode::Home => "Home",
            KeyCode::End => "End",
            KeyCode::PageDown => "PgDn",
            KeyCode::PageUp => "PgUp",
            KeyCode::Enter => "Enter",
            KeyCode::Esc => "Esc",
            KeyCode::Tab => "Tab",
            KeyCode::BackTab => "Shift-Tab",
            KeyCode::Backspace => "Backspace",
            KeyCode::Delete => "Del",
            KeyCode::F(n) => return write!(f, "F{n}"),
            _ => "key",
        };
        f.write_str(name)
    }
}

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

const TREE: &[Screen] = &[Screen::Tree];
const ALL: &[Screen] = &[Screen::Everywhere];
/// Screens with a list or a text to move in.
const LISTS: &[Screen] = &[
    Screen::Tree,
    Screen::Risk,
    Screen::Matrix,
    Screen::Time,
    Screen::Overview,
    Screen::Coverage,
    Screen::Detail,
    Screen::Help,
    Screen::Palette,
    Screen::Picker,
    Screen::Capture,
    Screen::Review,
];
const OPENS: &[Screen] = &[
    Screen::Tree,
    Screen::Risk,
    Screen::Matrix,
    Screen::Time,
    Screen::Overview,
    Screen::Coverage,
    Screen::Detail,
    Screen::Capture,
    Screen::Review,
];
/// The screens that the digits lead to.
const VIEWS: &[Screen] =
    &[Screen::Tree, Screen::Risk, Screen::Matrix, Screen::Time, Screen::Overview, Screen::Coverage, Screen::Review];
/// Screens with a path whose history is asked for.
const BLAMES: &[Screen] =
    &[Screen::Tree, Screen::Risk, Screen::Matrix, Screen::Time, Screen::Overview, Screen::Detail, Screen::Review];
const ROWS: &[Screen] = &[Screen::Tree, Screen::Matrix];
const COLUMNS: &[Screen] = &[Screen::Matrix, Screen::Time, Screen::Overview];
const MATRIX: &[Screen] = &[Screen::Matrix];
const REFERENCES: &[Screen] = &[Screen::Picker, Screen::Matrix, Screen::Overview];
const ORDERS: &[Screen] = &[Screen::Picker, Screen::Matrix, Screen::Time];
/// Screens with stops.
const STOPS: &[Screen] = &[
    Screen::Tree,
    Screen::Risk,
    Screen::Matrix,
    Screen::Time,
    Screen::Overview,
    Screen::Coverage,
    Screen::Detail,
    Screen::Review,
];
/// Screens with something to take away.
const TAKES: &[Screen] = &[
    Screen::Tree,
    Screen::Risk,
    Screen::Matrix,
    Screen::Time,
    Screen::Overview,
    Screen::Coverage,
    Screen::Detail,
    Screen::Review,
];
const COPIES: &[Screen] = &[Screen::Tree, Screen::Matrix, Screen::Time, Screen::Detail, Screen::Review];
const FILTERS: &[Screen] = &[Screen::Tree, Screen::Matrix, Screen::Picker];
/// Screens to which snapshots can be added.
const ADDS: &[Screen] = &[Screen::Picker, Screen::Tree, Screen::Matrix, Screen::Time, Screen::Overview];
const PICKER: &[Screen] = &[Screen::Picker];
const CAPTURE: &[Screen] = &[Screen::Capture];
const REVIEW: &[Screen] = &[Screen::Review];
/// Screens with something to fold.
const FOLDS: &[Screen] = &[Screen::Tree, Screen::Review];
/// Screens on which differences are decided.
const DECIDES: &[Screen] = &[Screen::Review, Screen::Tree];
/// Screens on which the fact itself is marked.
const MARKS: &[Screen] = &[Screen::Review, Screen::Tree, Screen::Detail];
/// Screens on which differences are accepted.
const ACCEPTS: &[Screen] =
    &[Screen::Tree, Screen::Risk, Screen::Time, Screen::Matrix, Screen::Overview, Screen::Detail, Screen::Review];
/// Screens on which a decision is undone.
const UNDOES: &[Screen] = ACCEPTS;
/// Screens whose rows are shown and hidden by kind.
const KINDS: &[Screen] = &[Screen::Tree, Screen::Matrix, Screen::Review];
const DETAIL: &[Screen] = &[Screen::Detail];
const VALUES: &[Screen] = &[Screen::Tree, Screen::Detail];
/// Screens whose lines unfold in place.
const TOGGLES: &[Screen] = &[Screen::Tree, Screen::Detail, Screen::Coverage];

macro_rules! bindings {
    ($($action:ident $keys:expr, $screens:expr, $group:ident, $hint:literal, $name:literal, $words:literal;)*) => {
        /// All keys. The order is that of help.
        pub const BINDINGS: &[Binding] = &[$(Binding {
            action: Action::$action, keys: &$keys, screens: $screens, group: Group::$group,
            hint: $hint, name: $name, words: $words,
        }),*];
    };
}

bindings! {
    Down ["j", "<down>"], LISTS, Move, "", "down", "next row";
    Up ["k", "<up>"], LISTS, Move, "", "up", "previous row";
    NextStop ["n"], STOPS, Move, "next", "next", "next stop: a difference, or a match while a find is active";
    PreviousStop ["N"], STOPS, Move, "prev", "previous", "previous stop";
    NextDifference ["]"], STOPS, Move, "", "next-difference", "next difference, whatever the stops are";
    PreviousDifference ["["], STOPS, Move, "", "previous-difference", "previous difference";
    NextOpen [")"], DECIDES, Move, "", "next-open", "next difference that is not decided in the review";
    PreviousOpen ["("], DECIDES, Move, "", "previous-open", "previous difference that is not decided";
    NextSection ["}"], ROWS, Move, "", "next-section", "next section";
    PreviousSection ["{"], ROWS, Move, "", "previous-section", "previous section";
    NextSibling ["J"], TREE, Move, "", "next-sibling", "next row of the same branch";
    PreviousSibling ["K"], TREE, Move, "", "previous-sibling", "previous row of the same branch";
    First ["g", "<home>"], LISTS, Move, "", "first", "first row";
    Last ["G", "<end>"], LISTS, Move, "", "last", "last row";
    PageDown ["<pgdn>"], LISTS, Move, "", "page-down", "a page down";
    PageUp ["<pgup>"], LISTS, Move, "", "page-up", "a page up";
    HalfDown ["<c-d>"], LISTS, Move, "", "half-page-down", "half a page down";
    HalfUp ["<c-u>"], LISTS, Move, "", "half-page-up", "half a page up";
    Open ["<enter>"], OPENS, Fold, "detail", "open", "the fact in full; on a branch, fold or unfold it";
    Compare ["<enter>"], PICKER, List, "compare", "compare", "compare what is chosen";
    Choose ["<space>"], PICKER, List, "choose", "choose", "choose for the comparison, or take back";
    Reference ["*"], REFERENCES, List, "reference", "reference", "measure the others against this one";
    Order ["o"], ORDERS, List, "order", "order", "order of the list";
    Remove ["-"], COLUMNS, List, "", "remove", "take the marked snapshot away from the comparison";
    Add ["+"], ADDS, List, "add", "add", "name another source: a file, live, root:PLACE, git:REV:PATH";
    Restore ["u"], PICKER, List, "", "restore", "bring back the review that :session delete took away";
    SkipProbe ["x"], CAPTURE, List, "skip", "skip-probe", "wait no longer for this probe";
    Pause ["p"], CAPTURE, List, "pause", "pause", "let the capture rest: no further probe begins; again, it goes on";
    Background ["b"], CAPTURE, List, "background", "background", "let the capture go on while you look at the list; it is kept in the store";
    Save ["s"], CAPTURE, Take, "save", "save", "keep the capture in the store";
    Toggle ["<space>"], TOGGLES, Fold, "fold", "fold", "fold or unfold";
    Fold ["h", "<left>"], FOLDS, Fold, "", "out", "fold, or go to the branch above";
    Unfold ["l", "<right>"], FOLDS, Fold, "", "in", "unfold, or go to the first row beneath";
    UnfoldBelow ["e"], TREE, Fold, "", "unfold-below", "unfold everything beneath";
    UnfoldDifferences ["E"], TREE, Fold, "", "unfold-differences", "unfold every difference";
    FoldSiblings ["c"], TREE, Fold, "", "fold-siblings", "fold the branches beside this one";
    FoldAll ["C"], TREE, Fold, "", "fold-all", "fold everything to the sections";
    Filter ["/"], FILTERS, List, "filter", "filter", "filter: list only what matches";
    Find ["f"], ROWS, List, "find", "find", "find: keep all rows, make matches the stops";
    SwitchFilter ["\\"], ROWS, List, "", "switch-filter", "switch the filter off, and on again";
    States ["t"], KINDS, List, "", "states", "show or hide states: menu";
    Sides ["s"], TREE, List, "", "sides", "choose the two sides, with more than two snapshots: menu";
    PreviousColumn ["<lt>", "<left>", "h"], COLUMNS, Move, "", "previous-column", "mark the column before; scrolls";
    NextColumn [">", "<right>", "l"], COLUMNS, Move, "columns", "next-column", "mark the next column; scrolls";
    OddOnly ["O"], MATRIX, List, "odd only", "odd-only", "only rows where one differs from its peers, and back";
    Letters ["L"], MATRIX, Show, "letters", "letters", "equal values share a letter, and back";
    Pair ["s"], COLUMNS, Show, "pair", "pair", "lay the marked column and the reference side by side, in the tree";
    ViewTree ["1"], VIEWS, Show, "", "tree", "the tree of two sides";
    ViewRisk ["2"], VIEWS, Show, "", "risk", "what is to be read, worst first";
    ViewMatrix ["3"], VIEWS, Show, "", "matrix", "all snapshots beside each other";
    ViewTime ["4"], VIEWS, Show, "", "time", "what diverged and healed over the kept snapshots";
    Blame ["b"], BLAMES, Show, "", "blame", "the history of this path: since when it differs, and who changed it";
    ViewOverview ["6"], VIEWS, Show, "", "overview", "areas by snapshots, on one page";
    ViewCoverage ["7"], VIEWS, Show, "", "coverage", "what the test environments show of the target, and what to change first";
    ViewReview ["9"], VIEWS, Show, "", "review", "what the gate asks, in a review";
    BackLink ["<bs>"], DETAIL, Move, "back", "back-link", "back along the links that were followed";
    View ["V"], TAKES, Take, "", "view", "this value, or this screen, in your pager ($PAGER)";
    NextTab ["<tab>"], DETAIL, Show, "tab", "next-tab", "next tab";
    PreviousTab ["<s-tab>"], DETAIL, Show, "", "previous-tab", "previous tab";
    Layout ["v"], VALUES, Show, "", "layout", "side by side, unified, stacked";
    Wrap ["w"], VALUES, Show, "", "wrap", "show the selected values in full, wrapped";
    Swap ["x"], VALUES, Show, "", "swap", "swap the sides; the reference stays with its snapshot";
    ScrollLeft ["<lt>"], VALUES, Show, "", "scroll-left", "scroll the values to the left";
    ScrollRight [">"], VALUES, Show, "", "scroll-right", "scroll the values to the right";
    ScrollStart ["0"], VALUES, Show, "", "scroll-start", "values from their start; twice, each at its difference";
    ScrollDifference ["$"], VALUES, Show, "", "scroll-difference", "scroll to the first difference of this row";
    Reviewed ["r"], MARKS, Review, "reviewed", "reviewed", "reviewed, and on to the next that is open; on a reviewed row, taken back";
    ReviewedBelow ["R"], TREE, Review, "", "reviewed-below", "reviewed: all differences of this branch; says what that covers and asks";
    Flag ["!"], MARKS, Review, "flag", "flag", "flag: must be mended, blocks the push; again, taken back";
    Skip ["s"], REVIEW, Review, "skip", "skip", "skip for now: it stays open";
    Note ["i"], DECIDES, Review, "note", "note", "note: words that go into the record of the review";
    Accept ["a"], ACCEPTS, Review, "accept", "accept", "accept with a reason and an end; on what is accepted: change it, take it back";
    Undo ["u"], UNDOES, Review, "undo", "undo", "undo your last decision; the journal of a review keeps both";
    Redo ["U", "<c-r>"], UNDOES, Review, "", "redo", "do again what was undone last";
    Copy ["y"], COPIES, Take, "copy", "copy", "copy: menu";
    Print ["P"], TAKES, Take, "", "print", "print this as plain text, for the terminal's own selection";
    WriteReport ["W"], TAKES, Take, "", "report", "write a report of this to a file: format, audience, scope, with its beginning";
    Commands [":"], ALL, Program, "commands", "commands", "commands by name";
    Back ["q", "<esc>"], ALL, Program, "quit", "back", "back one level; q leaves at the top";
    Help ["?", "<f1>"], ALL, Program, "help", "help", "this list";
    Interrupt ["<c-c>"], ALL, Program, "", "interrupt", "stop what is running; else back";
    Redraw ["<c-l>"], ALL, Program, "", "redraw", "draw everything again";
    Mouse ["m"], ALL, Program, "", "mouse", "mouse: wheel only, clicks and drags too, off";
    Suspend ["<c-z>"], ALL, Program, "", "suspend", "back to the shell; fg returns";
}

#[cfg(test)]
mod tests {
    use super::*;

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
