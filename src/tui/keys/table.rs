//! The table: which keys do what, on which screens, and the words for it.

use super::{Action, Binding, Group, Screen};

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
    Screen::Report,
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
const VIEWS: &[Screen] = &[
    Screen::Tree,
    Screen::Risk,
    Screen::Matrix,
    Screen::Time,
    Screen::Overview,
    Screen::Coverage,
    Screen::Review,
    Screen::Report,
];
/// Screens with a path whose history is asked for.
const BLAMES: &[Screen] =
    &[Screen::Tree, Screen::Risk, Screen::Matrix, Screen::Time, Screen::Overview, Screen::Detail, Screen::Review];
const ROWS: &[Screen] = &[Screen::Tree, Screen::Matrix, Screen::Report];
const COLUMNS: &[Screen] = &[Screen::Matrix, Screen::Time, Screen::Overview];
const MATRIX: &[Screen] = &[Screen::Matrix];
const REFERENCES: &[Screen] = &[Screen::Picker, Screen::Matrix, Screen::Overview];
const ORDERS: &[Screen] = &[Screen::Picker, Screen::Risk, Screen::Matrix, Screen::Time];
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
    Screen::Report,
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
    Screen::Report,
];
const COPIES: &[Screen] = &[Screen::Tree, Screen::Matrix, Screen::Time, Screen::Detail, Screen::Review];
const FILTERS: &[Screen] = &[Screen::Tree, Screen::Matrix, Screen::Picker, Screen::Report];
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
    ViewReport ["5"], VIEWS, Show, "", "report-text", "the report of what the tree shows, as text";
    ViewOverview ["6"], VIEWS, Show, "", "overview", "areas by snapshots, on one page";
    ViewCoverage ["7"], VIEWS, Show, "", "coverage", "what the test environments show of the target, and what to change first";
    ViewReview ["9"], VIEWS, Show, "", "review", "the review of the two sides: what the gate asks; begun, or gone on with";
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
