//! Keys in, a screen or a selection out. Effects are performed at once, in place of the runtime.

use super::keys::keys;
use super::message::{Effect, Message};
use super::model::Model;
use super::theme::Theme;
use super::tree::Tree;
use super::tree::rows::Visible;
use super::{update, view};
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::format;
use crate::model::Snapshot;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use std::sync::Arc;

/// A terminal session without a terminal.
struct Session {
    model: Model,
    left: bool,
    copied: String,
}

fn snapshot(label: &str, facts: &str) -> Arc<Snapshot> {
    let mut snapshot = format::read(facts.as_bytes()).expect("facts").snapshot;
    snapshot.meta.label = label.to_owned();
    Arc::new(snapshot)
}

fn compare(sides: &[Arc<Snapshot>], reference: usize) -> Arc<Comparison> {
    let mut comparison = Comparison::new(sides.to_vec(), &Cancel::new()).expect("not cancelled");
    comparison.set_reference(reference);
    Arc::new(comparison)
}

impl Session {
    fn of(snapshots: Vec<Arc<Snapshot>>, width: u16, height: u16) -> Self {
        let (left, right, reference) = Model::first_sides(&snapshots);
        let pair = [Arc::clone(&snapshots[left]), Arc::clone(&snapshots[right])];
        let comparison = compare(&pair, usize::from(reference == right));
        let mut model = Model::new(snapshots, (left, right), reference, comparison, Size { width, height });
        model.theme = Theme::named("mono").expect("a theme");
        Self { model, left: false, copied: String::new() }
    }

    fn open(left: &str, right: &str, width: u16, height: u16) -> Self {
        Self::of(vec![snapshot("staging", left), snapshot("production", right)], width, height)
    }

    fn send(&mut self, message: Message) {
        for effect in update(&mut self.model, message) {
            match effect {
                Effect::Sieve(job) => {
                    let answer = job.run(&Cancel::new()).expect("not cancelled");
                    self.send(Message::Sieved(answer));
                }
                Effect::Compare(pairing) => {
                    let answer = pairing.run(&Cancel::new()).expect("not cancelled");
                    self.send(Message::Compared(answer));
                }
                Effect::Survey(job) => {
                    let answer = job.run(&Cancel::new()).expect("not cancelled");
                    self.send(Message::Surveyed(answer));
                }
                Effect::Quit => self.left = true,
                Effect::Copy(text) | Effect::Print(text) => self.copied = text,
                Effect::Show { text, .. } => self.copied = text,
                _ => {}
            }
        }
    }

    fn keys(&mut self, text: &str) -> &mut Self {
        for key in keys(text) {
            self.send(Message::Key(key));
        }
        self
    }

    fn at(&self) -> String {
        let tree = &self.model.tree;
        let path = tree.comparison().path(tree.cursor()).to_string();
        if tree.on_run() { format!("{path} ..") } else { path }
    }

    fn screen(&self) -> Vec<String> {
        let mut terminal =
            Terminal::new(TestBackend::new(self.model.size.width, self.model.size.height)).expect("a terminal");
        terminal.draw(|frame| view(&self.model, frame)).expect("a frame");
        let buffer = terminal.backend().buffer().clone();
        let line = |y: u16| -> String { (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect() };
        (0..buffer.area.height).map(|y| line(y).trim_end().to_owned()).collect()
    }

    fn shows(&self, text: &str) -> bool {
        self.screen().iter().any(|line| line.contains(text))
    }
}

const LEFT: &str = r#"{"dns":{"options":{"ndots":"1","rotate":"yes"},"search":["a.internal","b.internal"]},
    "env":{"EMPTY":"","FLAGS":"a=1","NULL":null,"TOKEN":"[redacted 7f:9f2c00]","TYPE":"8"},
    "os":{"kernel":{"release":"6.1.0"},"sysctl":{"fs.file-max":9223372036854775807,"net.core.somaxconn":4096,
    "vm.a":1,"vm.b":1,"vm.c":1,"vm.swappiness":60},"zone":"Europe/Berlin"},
    "tls":{"one":1,"three":3,"two":2}}"#;
const RIGHT: &str = r#"{"dns":{"options":{"ndots":"1","rotate":"yes","trust":"ad"},"search":["b.internal","a.internal"]},
    "env":{"EMPTY":"x","FLAGS":"a=2","NULL":0,"TOKEN":"[redacted 7f:41ab00]","TYPE":8},
    "os":{"kernel":{"release":"5.15.0"},"sysctl":{"fs.file-max":1048576,"net.core.somaxconn":128,
    "vm.a":1,"vm.b":1,"vm.c":1,"vm.swappiness":10},"zone":"UTC"},
    "tls":{"one":1,"three":3,"two":2}}"#;

fn session() -> Session {
    Session::open(LEFT, RIGHT, 120, 40)
}

#[test]
fn a_field_is_kept_before_its_answer_is_there() {
    for (typed, at, editing) in [
        ("fkernel", "os.kernel.release", false),
        ("/kernel", "os.kernel.release", false),
        ("/is:chan", "dns.options.trust", true),
    ] {
        let mut session = session();
        let effects: Vec<_> =
            keys(typed).into_iter().flat_map(|key| update(&mut session.model, Message::Key(key))).collect();
        session.keys("<enter>");
        for effect in effects {
            let Effect::Sieve(job) = effect else { continue };
            session.send(Message::Sieved(job.run(&Cancel::new()).expect("not cancelled")));
        }
        assert_eq!((session.at().as_str(), session.model.tree.editing().is_some()), (at, editing), "{typed}");
    }
}

#[test]
fn keys_move_the_selection() {
    let first = "dns.options.trust";
    for (typed, expected) in [
        ("", first),
        ("n", "dns.search"),
        ("nn", "env.EMPTY"),
        ("N", "os.zone"),
        ("nN", first),
        ("h", "dns.options"),
        ("hh", "dns.options"),
        ("hhh", "dns"),
        ("g", "dns"),
        ("G", "tls"),
        ("GK", "os"),
        ("gJ", "env"),
        ("}", "env"),
        ("}{", "dns"),
        ("{", "dns"),
        ("k", "dns.options.ndots .."),
        ("k<space>", "dns.options.ndots"),
        ("k<space>j", "dns.options.rotate"),
        ("k<space>j<space>", "dns.options.ndots .."),
        ("G<right>", "tls"),
        ("G<right><right>", "tls.one"),
        ("C", "dns"),
        ("CE", "dns"),
        ("Cn", first),
        ("GC[", "os.zone"),
        ("gc", "dns"),
        ("/kernel<enter>", "os.kernel.release"),
        ("/kernel<esc>", first),
        ("nfkernel<enter>", "os.kernel.release"),
        ("fvm<enter>N", "os.sysctl.\"vm.swappiness\""),
        ("fvm<enter><esc>n", "os.sysctl.\"vm.swappiness\""),
    ] {
        assert_eq!(session().keys(typed).at(), expected, "{typed}");
    }
}

#[test]
fn a_filter_is_a_view_that_esc_takes_back() {
    let mut session = session();
    session.keys("nnnnnn");
    let (before, at) = (session.screen(), session.at());
    session.keys("/area:dns");
    assert!(session.shows("2 of 12 diffs, 10 hidden"), "{:#?}", session.screen());
    assert!(!session.shows("kernel"));
    session.keys("<esc>");
    assert_eq!((session.screen(), session.at()), (before, at));
}

#[test]
fn a_kept_filter_is_switched_and_the_selection_survives() {
    let mut session = session();
    session.keys("/somaxconn<enter>n");
    let somaxconn = "os.sysctl.\"net.core.somaxconn\"";
    assert_eq!(session.at(), somaxconn);
    session.keys("<esc>");
    assert!(session.model.tree.matched().is_some(), "Esc leaves a kept filter");
    session.keys("\\");
    assert!(session.shows("filter off"));
    assert_eq!(session.at(), somaxconn);
    session.keys("/<c-u>area:dns<enter>");
    assert_eq!(session.at(), "dns.search", "the last before it: nothing is listed after it");
    session.keys("\\");
    assert_eq!(session.at(), somaxconn, "a lost selection comes back");
}

#[test]
fn a_wrong_filter_keeps_the_field_open_and_the_list() {
    let mut session = session();
    session.keys("/area:dns is:nonsense<enter>");
    assert!(session.model.tree.editing().is_some());
    session.keys("<c-w><c-w><c-w>");
    session.keys("<enter>");
    assert!(session.model.tree.editing().is_none(), "{:#?}", session.screen());
}

#[test]
fn an_empty_answer_names_what_empties_it() {
    let mut session = session();
    session.keys("/area:dns key:release<enter>");
    for text in [
        "Nothing matches. 12 differences are hidden",
        "without area:dns  1 row",
        "without key:release  4 rows",
        "HIDDEN",
    ] {
        assert!(session.shows(text), "{text}: {:#?}", session.screen());
    }
    session.keys("\\");
    assert!(session.shows("12 of 12 diffs, 0 hidden"));
}

#[test]
fn nothing_has_five_faces() {
    let screen = session().screen().join("\n");
    for text in ["(absent)", "\"\"", "null", "[redacted #9f2c]", "[redacted #41ab]"] {
        assert!(screen.contains(text), "{text}:\n{screen}");
    }
    let left = r#"{"driftglass":1,"meta":{"label":"l"},"facts":{"a":1},"problems":{"b":"permission denied: /b","c":"not collected: no time"}}"#;
    let right = r#"{"driftglass":1,"meta":{"label":"r"},"facts":{"a":1,"b":2,"c":3}}"#;
    let session = Session::open(left, right, 120, 40);
    for text in ["? ", "(permission denied: /b)", "(not collected: no time)"] {
        assert!(session.shows(text), "{text}: {:#?}", session.screen());
    }
}

#[test]
fn the_line_of_the_filter_ends_at_a_word() {
    for columns in 40..130 {
        let screen = Session::open(LEFT, RIGHT, columns, 24).screen().join("\n");
        let line = screen.lines().find(|line| line.contains("no filter; ")).expect("a line of the filter");
        assert!(!line.contains(".."), "{columns}: {line}");
    }
}

#[test]
fn states_are_shown_and_hidden_and_counted() {
    let mut session = session();
    assert!(session.shows("= 3 same values folded"));
    session.keys("t=");
    assert!(!session.shows("same values folded"), "{:#?}", session.screen());
    assert!(session.shows("vm.b"));
    session.keys("t~");
    assert!(session.shows("values hidden by t: ~"), "{:#?}", session.screen());
    assert!(!session.shows("somaxconn"));
}

#[test]
fn sides_are_swapped_and_chosen() {
    let mut session = session();
    session.keys("x");
    assert!(session.shows("production  |  staging"));
    assert!(session.shows("only in production"), "{:#?}", session.screen());
    assert!(session.shows("production REF"), "the reference stays with its snapshot");
    let three = vec![
        snapshot("ci", r#"{"a":{"b":3}}"#),
        snapshot("production", r#"{"a":{"b":1}}"#),
        snapshot("staging", r#"{"a":{"b":2}}"#),
    ];
    let mut session = Session::of(three, 120, 40);
    assert!(session.shows("ci  |  production  of 3 snapshots"), "{:#?}", session.screen());
    session.keys("sca");
    assert!(session.shows("staging  |  ci"), "{:#?}", session.screen());
    assert!(session.shows("| 2                               | 3"), "{:#?}", session.screen());
}

#[test]
fn what_is_copied_is_escaped() {
    let mut session =
        Session::open(r#"{"a":{"b\u001b[31m":"x\u001b]0;y\u0007"}}"#, r#"{"a":{"b\u001b[31m":"z"}}"#, 80, 24);
    session.keys("yl");
    assert_eq!(session.copied, "x\\e]0;y\\x07");
    session.keys("yy");
    assert_eq!(session.copied, "a.\"b\\\\u001B[31m\": x\\e]0;y\\x07 -> z".replace("\\\\", "\\"));
    assert!(session.screen().iter().all(|line| !line.contains(char::is_control)));
}

#[test]
fn the_selection_keeps_its_place_through_every_size() {
    let mut session = session();
    session.keys("nnnn/f");
    let at = session.at();
    for (width, height) in [(60, 20), (36, 8), (80, 24), (120, 40), (1, 1), (40, 10)] {
        session.send(Message::Resize(Size { width, height }));
        assert_eq!(session.at(), at);
        let screen = session.screen();
        if width < 40 {
            assert!(width < 20 || screen.join(" ").contains("needs 40x10"), "{screen:#?}");
        }
    }
    assert_eq!(session.model.tree.editing().map(|e| e.field.text()), Some("f"));
}

#[test]
fn what_is_stopped_is_not_waited_for() {
    let mut session = session();
    // The answer to a swap that was stopped comes too late, and changes nothing.
    let effects = update(&mut session.model, Message::Key(keys("x")[0]));
    assert!(session.model.is_busy());
    session.keys("<c-c>");
    assert!(!session.model.is_busy() && !session.left);
    for effect in effects {
        if let Effect::Compare(pairing) = effect {
            session.send(Message::Compared(pairing.run(&Cancel::new()).expect("not cancelled")));
        }
    }
    assert!(session.shows("staging  |  production"));
    assert_eq!(session.model.sides, (0, 1));
}

#[test]
fn leaving_is_q_at_the_top_and_never_esc() {
    let mut session = session();
    session.keys("<esc><esc>");
    assert!(!session.left);
    session.keys("fdns<enter>q");
    assert!(!session.left, "q ends the find first");
    session.keys("q");
    assert!(session.left);
}

#[test]
fn no_difference_is_said_with_what_is_unknown() {
    let session = Session::open(r#"{"a":1}"#, r#"{"a":1}"#, 80, 24);
    assert!(session.shows("No differences in 1 fact"), "{:#?}", session.screen());
}

fn golden(name: &str, session: &Session) {
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, session.screen().join("\n"));
    });
}

#[test]
fn screens() {
    for (width, height) in [(120, 40), (80, 24), (60, 20), (40, 10), (39, 9)] {
        let mut session = Session::open(LEFT, RIGHT, width, height);
        session.keys("nnnnnnnn");
        golden(&format!("tree_{width}x{height}"), &session);
    }
    let mut session = Session::open(LEFT, RIGHT, 80, 24);
    session.keys("/area:dns");
    golden("filter_typed_80x24", &session);
}

/// A tree of facts of any shape, as JSON.
fn facts() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (0..4).prop_map(Into::into),
        "[a-c\u{301}日\u{1b}\u{202e} ]{0,80}".prop_map(Into::into),
        prop::collection::vec("[a-c]{0,9}", 0..12).prop_map(Into::into),
    ];
    let tree = leaf.prop_recursive(5, 60, 8, |inner| {
        prop::collection::btree_map("[a-d\u{7}日.]{0,6}", inner, 0..8)
            .prop_map(|map| serde_json::Value::Object(map.into_iter().collect()))
    });
    prop::collection::btree_map("[a-d]{1,3}", tree, 0..6)
        .prop_map(|map| serde_json::Value::Object(map.into_iter().collect()))
}

/// What a tree lists, found out by walking from its top through every open branch.
fn listed(tree: &Tree) -> Vec<Visible> {
    let mut all = tree.listing().clone();
    all.rebuild(tree.lens());
    let comparison = tree.comparison();
    let is_shown = |row: RowId| {
        let mut above = comparison.parent(row);
        while above != Comparison::TOP && tree.listing().is_open(above) {
            above = comparison.parent(above);
        }
        above == Comparison::TOP
    };
    all.unfold_below(tree.lens(), Comparison::TOP);
    all.rows_from(0).filter(|visible| is_shown(visible.row)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_tree_no_size_and_no_keys_break_it(
        left in facts(),
        right in facts(),
        typed in "[jkhlJKgGnN}{eEcC vwx<>0$\\\\]{0,24}",
        filter in prop_oneof![Just(""), Just("/a<enter>"), Just("/is:changed<enter>"), Just("fa<enter>"), Just("t~"), Just("t=")],
        width in 1u16..300,
        height in 1u16..100,
    ) {
        let mut session = Session::open(&left.to_string(), &right.to_string(), 100, 30);
        session.keys(filter).send(Message::Resize(Size { width, height }));
        for key in keys(&typed) {
            session.send(Message::Key(key));
            let tree = &session.model.tree;
            let rows: Vec<_> = tree.listing().rows_from(0).collect();
            prop_assert_eq!(&rows, &listed(tree));
            prop_assert!(rows.is_empty() || (tree.top()..tree.top() + tree.page()).contains(&tree.index()));
            for (at, visible) in rows.iter().enumerate() {
                prop_assert_eq!(tree.listing().exact_index_of(visible.row), Some(at));
            }
            for row in 0..tree.comparison().row_count() as RowId {
                let before = rows.partition_point(|v| v.row < row);
                prop_assert_eq!(tree.listing().before(row), before);
            }
        }
        for line in session.screen() {
            prop_assert!(!line.contains(char::is_control));
        }
    }
}
