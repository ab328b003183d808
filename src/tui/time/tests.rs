use crate::base::cancel::Cancel;
use crate::model::Snapshot;
use crate::reference::Workspace;
use crate::tui::fixture::{Screenplay, of};
use crate::tui::message::{Effect, Message};
use crate::tui::model::View;
use std::sync::Arc;
use tempfile::TempDir;

/// An explorer beside a store.
struct Play {
    play: Screenplay,
    workspace: Workspace,
    _folder: TempDir,
}

fn facts(limit: u32, pool: u32, flag: &str) -> String {
    format!(
        r#"{{"app":{{"calm":7,"flag":"{flag}","limit":{limit},"pool":{pool}}},"os":{{"zone":"UTC"}},"deployments":{{"hand_edits":{{}}}}}}"#
    )
}

fn snapshot(label: &str, at: &str, facts: &str) -> Snapshot {
    let mut snapshot = crate::format::read(facts.as_bytes()).expect("facts").snapshot;
    snapshot.meta.label = label.to_owned();
    snapshot.meta.captured_at = Some(at.parse().expect("a time"));
    snapshot.provenance.insert("app".parse().expect("a path"), "/etc/app.conf:3");
    snapshot
}

/// Five dates: `limit` diverged on the fourth, `pool` healed on the third, `flag` flaps.
fn kept(size: (u16, u16)) -> Play {
    let dates = [
        ("2026-08-01", (1, 5, "off"), (1, 9, "off")),
        ("2026-08-20", (1, 5, "on"), (1, 9, "off")),
        ("2026-09-05", (1, 9, "off"), (1, 9, "off")),
        ("2026-10-03", (1, 9, "off"), (2, 9, "off")),
        ("2026-11-20", (1, 9, "on"), (2, 9, "off")),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new(folder.path(), None);
    let mut newest = Vec::new();
    for (day, staging, production) in dates {
        newest.clear();
        for (label, hour, (limit, pool, flag)) in [("staging", 10, staging), ("production", 9, production)] {
            let snapshot = snapshot(label, &format!("{day}T{hour:02}:00:00Z"), &facts(limit, pool, flag));
            workspace.save(&snapshot).expect("saved");
            newest.push(Arc::new(snapshot));
        }
    }
    opened(newest, workspace, folder, size)
}

fn opened(newest: Vec<Arc<Snapshot>>, workspace: Workspace, folder: TempDir, size: (u16, u16)) -> Play {
    let mut play = of(&[("staging", "{}"), ("production", "{}")], size);
    let comparison = crate::compare::Comparison::new(newest.clone(), &Cancel::new()).expect("aligned");
    play.model = crate::tui::model::Model::new(newest, (0, 1), 1, Arc::new(comparison), play.model.size);
    play.resize(size);
    Play { play, workspace, _folder: folder }
}

impl Play {
    /// Keys, and what was asked for outside is done at once.
    fn press(&mut self, keys: &str) -> String {
        self.play.press(keys);
        self.work();
        self.play.screen()
    }

    fn work(&mut self) {
        for effect in std::mem::take(&mut self.play.effects) {
            let message = match effect {
                Effect::Trace(tracing) => {
                    tracing.run(&self.workspace, &Cancel::new(), |_, _, _| {}).map(Message::Traced)
                }
                Effect::Visit(visit) => {
                    visit.run(&self.workspace, &Cancel::new()).map(|past| Message::Past(Box::new(past)))
                }
                other => {
                    self.play.effects.push(other);
                    None
                }
            };
            if let Some(message) = message {
                self.play.send(message);
            }
        }
    }
}

#[test]
fn it_is_drawn_at_three_sizes() {
    for size in [(120, 40), (80, 24), (60, 20)] {
        let screen = kept(size).press("4");
        assert!(screen.lines().all(|line| line.chars().count() <= usize::from(size.0)), "{screen}");
        insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("time_{}x{}", size.0, size.1), screen);
        });
    }
}

#[test]
fn no_size_is_too_small_for_it() {
    for size in [(40, 10), (41, 11), (59, 15), (69, 16), (70, 17), (90, 21), (109, 29), (300, 100)] {
        let mut play = kept(size);
        for keys in ["4", "jjj", "<lt>", "G", "o", "p"] {
            let screen = play.press(keys);
            assert!(screen.lines().all(|line| line.chars().count() <= usize::from(size.0)), "{size:?}: {screen}");
        }
    }
}

#[test]
fn each_path_tells_its_dates_and_who_changed_it() {
    let mut play = kept((120, 40));
    let screen = play.press("4G");
    let line = |path: &str| screen.lines().find(|line| line.contains(path)).unwrap_or_default().to_owned();
    let signs = |path: &str| -> String { line(path).chars().filter(|c| "=~<>?".contains(*c)).collect() };
    assert!(signs("app.limit").starts_with("===~~"), "{screen}");
    assert!(line("app.limit").contains("48 d") && line("app.limit").contains("production: 1 -> 2"), "{screen}");
    assert!(line("app.pool").contains("healed") && line("app.flag").contains("flaps: 3 times"), "{screen}");
    assert!(!screen.contains("app.calm"), "what never differed is not listed");
    let screen = play.press("<c-l>g/").replace("filter", "");
    assert!(screen.contains("4 Time"), "{screen}");
}

#[test]
fn b_blames_the_selected_path_from_elsewhere() {
    let mut play = kept((120, 40));
    let screen = play.press("jE:go app.limit<enter>b");
    assert_eq!(play.play.model.view, View::Time);
    assert!(screen.contains("blame app.limit"), "{screen}");
    assert!(screen.contains("2026-10-03  production  1 -> 2"), "{screen}");
    assert!(screen.contains("read from: /etc/app.conf:3") && screen.contains("first seen"), "{screen}");
    assert!(screen.contains("not when it was made"), "its limit is said: {screen}");
    let screen = play.press("1:go app.calm<enter>b");
    assert!(screen.contains("app.calm: the same on all 5 dates"), "{screen}");
    let screen = play.press("1:go app.limit<enter><enter>b");
    assert!(play.play.model.layers.is_empty() && screen.contains("blame app.limit"), "from the detail too: {screen}");
    let screen = play.press("q");
    assert!(screen.contains("[Diff]") && screen.contains("drift > app > limit"), "and back to it: {screen}");
    play.press("q3b");
    assert_eq!(play.play.model.view, View::Time);
    play.press("q");
    assert_eq!(play.play.model.view, View::Matrix, "back to where it was asked for");
    play.press("1:go app.limit<enter>3b<lt><lt><enter>");
    assert!(play.play.model.present.is_some());
    play.press("qq");
    assert_eq!(play.play.model.view, View::Matrix, "by an earlier date too");
    play.press("b24q");
    assert_eq!(play.play.model.view, View::Tree, "a view that was gone to leads to the tree");
}

#[test]
fn enter_opens_the_tree_of_the_marked_date_and_comes_back() {
    let mut play = kept((120, 40));
    play.press(":go app.limit<enter>b");
    let before = Arc::clone(play.play.model.tree.comparison());
    let screen = play.press("<lt><lt><enter>");
    assert!(screen.contains("AS OF 2026-09-05 10:00Z"), "{screen}");
    assert_eq!(play.play.model.tree.differences().len(), 0, "nothing differed on that date");
    let screen = play.press("a");
    assert!(screen.contains("decisions are about what is now"), "{screen}");
    play.press("3");
    assert_eq!(play.play.model.view, View::Matrix, "the other views are of that date too");
    let screen = play.press("1q");
    assert_eq!(play.play.model.view, View::Time);
    assert!(Arc::ptr_eq(&before, play.play.model.tree.comparison()), "what was open is open again");
    assert!(screen.contains("date 3/5") && screen.contains("[4 Time]"), "{screen}");
    let screen = play.press("><enter>");
    assert!(screen.contains("AS OF 2026-10-03"), "{screen}");
    let screen = play.press("b");
    assert!(screen.contains("[4 Time]") && play.play.model.present.is_none(), "{screen}");
    assert!(screen.contains("app.limit  ") && screen.contains("5 dates"), "the history of the present: {screen}");
    assert!(play.press("<enter>").contains("AS OF 2026-10-03"));
    let screen = play.press("4");
    assert!(screen.contains("[4 Time]") && play.play.model.present.is_none(), "{screen}");
    let screen = play.press(">><enter>");
    assert!(!screen.contains("AS OF"), "the last date is what is open: {screen}");
    assert_eq!(play.play.model.view, View::Tree);
}

#[test]
fn what_changed_alike_on_both_sides_is_listed_where_it_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new(folder.path(), None);
    let of = |label: &str, day: &str, limit| {
        Arc::new(snapshot(label, &format!("2026-{day}T10:00:00Z"), &facts(limit, 1, label)))
    };
    for label in ["staging", "production"] {
        workspace.save(&of(label, "08-01", 1)).expect("saved");
    }
    let sides = vec![of("staging", "09-01", 2), of("production", "09-01", 2)];
    let mut play = opened(sides, workspace, folder, (120, 40));
    let screen = play.press(":go app.limit<enter>4");
    assert!(screen.contains(" 0 paths diverged or healed, 1 differ on all dates"), "{screen}");
    assert!(!screen.contains("app.limit"), "{screen}");
    let screen = play.press("1:go app.limit<enter>b");
    assert!(screen.contains("blame app.limit") && screen.contains("the same on all dates"), "{screen}");
    assert!(screen.contains("production  1 -> 2") && screen.contains("staging     1 -> 2"), "{screen}");
    assert!(screen.contains(" 0 paths diverged or healed"), "it is no divergence for that: {screen}");
}

#[test]
fn the_order_is_chosen_and_the_selection_stays() {
    let mut play = kept((80, 24));
    play.press("4");
    let order = |screen: &str| -> Vec<String> {
        screen
            .lines()
            .filter_map(|line| Some(line.split_once("app.")?.1.split(' ').next()?.to_owned()))
            .take(3)
            .collect()
    };
    assert_eq!(order(&play.play.screen()), ["flag", "limit", "pool"]);
    play.press("G");
    let screen = play.press("oa");
    assert_eq!(order(&screen), ["limit", "flag", "pool"]);
    assert_eq!(play.play.model.time.row().map(|row| row.path.to_string()).as_deref(), Some("app.pool"));
    let screen = play.press("oo");
    assert!(screen.contains("order: oldest first"), "another letter closes the menu: {screen}");
    let screen = play.press("op");
    assert!(screen.contains("order: by path"), "{screen}");
}

#[test]
fn without_a_history_it_says_how_there_comes_to_be_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new(folder.path(), None);
    let sides = [("staging", 1), ("production", 2)]
        .map(|(label, limit)| Arc::new(snapshot(label, "2026-08-01T10:00:00Z", &facts(limit, 1, "off"))));
    let mut play = opened(sides.to_vec(), workspace, folder, (80, 24));
    let screen = play.press("4");
    assert!(screen.contains("Only one snapshot of each side; a second capture makes this screen useful."), "{screen}");
    assert!(screen.contains("driftglass capture --label staging"), "{screen}");
    let screen = play.press("+");
    assert!(screen.contains(": add live"), "{screen}");
}

#[test]
fn it_says_how_far_the_reading_is_and_can_be_stopped() {
    let mut play = kept((80, 24));
    play.play.press("4");
    assert!(play.play.screen().contains("reading the history .."), "{}", play.play.screen());
    let Some(Effect::Trace(tracing)) = play.play.effects.pop() else { panic!("asked for") };
    let mut steps = Vec::new();
    let told = |ticket, done, all| steps.push(Message::Tracing(ticket, done, all));
    let traced = tracing.run(&play.workspace, &Cancel::new(), told).map(Message::Traced);
    assert_eq!(steps.len(), 5);
    play.play.send(steps.remove(2));
    assert!(play.play.screen().contains("2 of 5 dates"), "{}", play.play.screen());
    assert!(play.play.model.is_busy());
    play.play.press("<c-c>");
    assert!(play.play.screen().contains("stopped"), "{}", play.play.screen());
    play.play.send(traced.expect("not cancelled"));
    assert!(play.play.model.time.history().is_none(), "what was stopped is answered to nobody");
    let screen = play.press("14");
    assert!(screen.contains("app.limit"), "and read when it is looked at again: {screen}");
}

#[test]
fn other_sides_have_another_history_and_print_is_plain() {
    let mut play = kept((120, 40));
    play.press("4");
    let screen = play.press("1x4");
    assert!(screen.contains("app.limit"), "{screen}");
    play.press("1:go app.limit<enter>byr");
    assert!(matches!(play.play.effects.pop(), Some(Effect::Copy(text)) if text == "1"), "the right side, swapped");
    play.press("P");
    let Some(Effect::Print(text)) = play.play.effects.pop() else { panic!("printed") };
    assert!(text.contains("app.limit  ===~~  48 d  production: 1 -> 2"), "{text}");
}

#[test]
fn two_captures_of_one_environment_have_the_history_of_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new(folder.path(), None);
    let taken: Vec<_> = [("08-01", 1), ("09-01", 1), ("10-01", 2)]
        .map(|(day, limit)| Arc::new(snapshot("staging", &format!("2026-{day}T10:00:00Z"), &facts(limit, 1, "off"))))
        .into();
    taken.iter().for_each(|snapshot| drop(workspace.save(snapshot).expect("saved")));
    let mut play = opened(vec![Arc::clone(&taken[0]), Arc::clone(&taken[2])], workspace, folder, (120, 40));
    let screen = play.press("4");
    assert!(screen.contains("1 path changed") && screen.contains("3 dates"), "{screen}");
    let row = screen.lines().find(|line| line.contains("app.limit")).unwrap_or_default();
    let signs: String = row.chars().filter(|c| "=~<>?".contains(*c)).collect();
    assert!(signs.starts_with("==~") || signs.starts_with(">==~"), "{screen}");
    assert!(row.contains("staging: 1 -> 2") && screen.contains("changed 1 time, last seen 2026-10-01"), "{screen}");
    let screen = play.press("<enter>");
    assert!(screen.contains("AS OF 2026-10-01"), "against the date before: {screen}");
    assert_eq!(play.play.model.tree.differences().len(), 1);
    let screen = play.press("q<lt><lt><enter>");
    assert!(screen.contains("there is no date before this one"), "{screen}");
}

#[test]
fn what_is_known_of_the_past_stands_with_the_risk_and_in_the_detail() {
    let mut play = kept((120, 40));
    play.play.judge();
    let screen = play.press("2");
    assert!(screen.contains("AGE"), "{screen}");
    assert!(screen.lines().any(|line| line.contains("/etc/app.conf") && line.contains("new")), "{screen}");
    assert!(screen.contains("new since the date before"), "{screen}");
    let screen = play.press("o");
    assert!(screen.contains("a -age"), "{screen}");
    let screen = play.press("a");
    assert!(screen.contains("by age (o)"), "{screen}");
    let screen = play.press("<enter>");
    assert!(screen.contains("Related  History"), "{screen}");
    let screen = play.press("<s-tab>");
    assert!(screen.contains("[History]") && screen.contains("flaps: went back and forth 3 times"), "{screen}");
    assert!(screen.contains("staging  off -> on"), "{screen}");
    let screen = play.press("<tab>");
    assert!(screen.contains("[Diff]"), "around the end: {screen}");
}

#[test]
fn without_a_past_there_is_no_column_and_no_tab_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new(folder.path(), None);
    let newest = [("staging", 1), ("production", 2)]
        .map(|(label, limit)| Arc::new(snapshot(label, "2026-11-20T10:00:00Z", &facts(limit, 5, "off"))));
    let mut play = opened(newest.to_vec(), workspace, folder, (120, 40));
    play.play.judge();
    let screen = play.press("2");
    assert!(!screen.contains("AGE") && screen.contains("app.limit"), "{screen}");
    let screen = play.press("o");
    assert!(screen.contains("score") && screen.contains("path") && !screen.contains("-age"), "{screen}");
    let screen = play.press("<esc><enter>");
    assert!(screen.contains("Related") && !screen.contains("History"), "{screen}");
}

#[test]
fn a_filter_asks_the_history_and_waits_for_it() {
    let mut play = kept((120, 40));
    play.play.press("/age:>30d");
    assert!(
        play.play.screen().contains("filter> age:>30d") && !play.play.screen().contains("1 of 2"),
        "it is not read"
    );
    let screen = play.press("");
    assert!(screen.contains("1 of 2 diffs") && screen.contains("limit"), "{screen}");
    let counted = [("age:<30d", "1 of 2"), ("age:0d..60d", "2 of 2"), ("since:2026-10-03", "2 of 2")];
    let others = [("since:>2026-10-03", "1 of 2"), ("since:<2026-10-03", "0 of 2"), ("since:=2026-10-03", "1 of 2")];
    for (text, count) in counted.into_iter().chain(others) {
        let screen = play.press(&format!("<c-u>{}", text.replace('<', "<lt>")));
        assert!(screen.contains(&format!("{count} diffs")), "{text}: {screen}");
    }
    let screen = play.press("<c-u>age:30d");
    assert!(screen.contains("as in age:>30d"), "{screen}");
    // What was left before the history was there comes back when it is.
    let mut play = kept((120, 40));
    play.play.press("/age:>30d<enter>");
    let screen = play.press("");
    assert!(screen.contains("filter: age:>30d") && screen.contains("1 of 2 diffs"), "{screen}");
}

#[test]
fn a_filter_says_why_nothing_has_an_age() {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new(folder.path(), None);
    let newest = [("staging", 1), ("production", 2)]
        .map(|(label, limit)| Arc::new(snapshot(label, "2026-11-20T10:00:00Z", &facts(limit, 5, "off"))));
    let mut play = opened(newest.to_vec(), workspace, folder, (120, 40));
    let screen = play.press("/since:2026-01-31<enter>");
    assert!(screen.contains("no earlier snapshots of these two are kept"), "{screen}");
}
