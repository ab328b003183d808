use super::*;
use crate::tui::canvas::Canvas;
use crate::tui::glyphs::Glyphs;
use crate::tui::keys::{Screen, action, keys};
use crate::tui::theme::Theme;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn source(label: &str, kind: Kind, captured: Option<&str>) -> Source {
    let meta = Meta {
        label: label.to_owned(),
        host: Some(format!("{label}-01")),
        captured_at: captured.and_then(|at| at.parse().ok()),
        tool: Some("driftglass 0.1.0".to_owned()),
        privileged: Some(label != "ci"),
        complete_percent: captured.map(|_| if label == "ci" { 81 } else { 99 }),
        ..Meta::default()
    };
    let problems = (label == "ci").then_some(61);
    let about = if kind == Kind::Other { "captured when it is compared" } else { "" };
    Source {
        reference: label.to_owned(),
        kind,
        meta,
        facts: Some(8214),
        problems,
        about: about.to_owned(),
        broken: None,
    }
}

fn picker(size: (u16, u16)) -> Picker {
    let broken =
        Source { broken: Some("the file ends too early\u{1b}[2J".to_owned()), ..source("torn", Kind::Stored, None) };
    let sources = vec![
        source("live", Kind::Other, None),
        source("staging", Kind::Stored, Some("2026-11-20T10:00:00Z")),
        source("production", Kind::Stored, Some("2026-11-20T09:58:00Z")),
        source("ci", Kind::Stored, Some("2026-09-20T09:58:00Z")),
        broken,
    ];
    let now = "2026-11-20T10:03:00Z".parse().expect("a time");
    let mut picker = Picker::new(sources, "~/.local/share/driftglass", now);
    picker.resize(Size::new(size.0, size.1));
    picker
}

fn press(picker: &mut Picker, typed: &str) -> Next {
    let mut next = Next::Stay;
    for key in keys(typed) {
        next = picker.key(key, action(Screen::Picker, key));
        if let Next::Open(reference) = &next {
            picker.choose_reference(reference);
        }
    }
    next
}

fn screen(picker: &Picker) -> String {
    let theme = Theme::default();
    let mut terminal = Terminal::new(TestBackend::new(picker.size.width, picker.size.height)).expect("a terminal");
    terminal.draw(|frame| draw(picker, &mut Canvas::new(frame.buffer_mut(), &theme, Glyphs::ASCII))).expect("draws");
    let rows = terminal.backend().to_string();
    rows.lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
}

#[test]
fn snapshots_are_listed_with_what_weakens_them() {
    let mut picker = picker((120, 30));
    press(&mut picker, "jjj<space>kk<space>");
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("picker_120x30", screen(&picker));
    });
}

#[test]
fn space_chooses_and_enter_compares() {
    let mut picker = picker((80, 24));
    assert_eq!(press(&mut picker, "<enter>"), Next::Stay);
    assert!(screen(&picker).contains("choose two or more"), "{}", screen(&picker));
    // ci, production, staging, torn; then this machine.
    press(&mut picker, "jj<space>k*");
    assert!(screen(&picker).contains("2 chosen: A staging, B production REF"), "{}", screen(&picker));
    assert!(screen(&picker).contains("captured 2 m apart: fine"), "{}", screen(&picker));
    let both = vec!["staging".to_owned(), "production".to_owned()];
    assert_eq!(press(&mut picker, "<enter>"), Next::Compare(both, Some(1)));
    press(&mut picker, "<space>");
    assert!(screen(&picker).contains("1 chosen: A staging REF"), "{}", screen(&picker));
}

#[test]
fn broken_files_are_listed_with_their_reason() {
    let mut picker = picker((80, 24));
    assert!(screen(&picker).contains("torn"));
    assert!(screen(&picker).contains("cannot be read: the file ends too early\\e[2J"), "{}", screen(&picker));
    press(&mut picker, "jjj<space>");
    assert!(picker.chosen.is_empty());
}

#[test]
fn other_sources_are_named_and_rows_filtered() {
    let mut picker = picker((80, 24));
    press(&mut picker, "+/tmp/a.json<enter>");
    assert!(screen(&picker).contains("1 chosen: A /tmp/a.json"), "{}", screen(&picker));
    press(&mut picker, "/prod");
    let shown = screen(&picker);
    assert!(shown.contains("production") && !shown.contains("staging-01"), "{shown}");
    press(&mut picker, "<enter>");
    assert!(screen(&picker).contains("5 hidden"), "{}", screen(&picker));
    assert_eq!(press(&mut picker, "q"), Next::Quit);
}

#[test]
fn the_filter_of_before_comes_back_and_esc_lists_all() {
    let mut picker = picker((80, 24));
    press(&mut picker, "/prod<enter>");
    press(&mut picker, "/<c-u>ci");
    assert!(screen(&picker).contains("4 hidden"), "{}", screen(&picker));
    press(&mut picker, "<esc>");
    assert!(screen(&picker).contains("filter: prod   4 hidden"), "{}", screen(&picker));
    press(&mut picker, "<esc>");
    assert!(screen(&picker).contains("staging-01"), "{}", screen(&picker));
}

#[test]
fn what_names_nothing_is_told_and_stays_to_be_mended() {
    let mut picker = picker((80, 24));
    press(&mut picker, "/prod<enter>+/tmp/nosuch.json");
    let shown = screen(&picker);
    assert!(shown.contains("Enter choose it  Esc leave"), "{shown}");
    let enter = keys("<enter>")[0];
    assert_eq!(picker.key(enter, None), Next::Open("/tmp/nosuch.json".to_owned()));
    picker.refuse("/tmp/nosuch.json".to_owned(), "/tmp/nosuch.json: no such file".to_owned());
    let shown = screen(&picker);
    assert!(shown.contains("open: /tmp/nosuch.json") && shown.contains("nosuch.json: no such file"), "{shown}");
    press(&mut picker, "<esc>");
    assert!(screen(&picker).contains("filter: prod"), "{}", screen(&picker));
}

proptest! {
    #[test]
    fn any_size_and_keys_draw(width in 1u16..140, height in 1u16..50, typed in "[jk Go*/+a]{0,10}") {
        let mut picker = picker((width, height));
        press(&mut picker, &typed);
        screen(&picker);
    }
}

#[test]
fn a_review_is_deleted_when_that_is_meant_and_comes_back() {
    let mut picker = Picker::new(
        vec![source("staging", Kind::Stored, None), source("main..feature", Kind::Review, None)],
        "the store",
        Timestamp::UNIX_EPOCH,
    );
    let press = |picker: &mut Picker, typed: &str| {
        let mut next = Next::Stay;
        for key in keys(typed) {
            let action = if picker.takes_text() { None } else { action(Screen::Picker, key) };
            next = picker.key(key, action);
        }
        next
    };
    press(&mut picker, "G:session delete<enter>");
    assert_eq!(picker.note, "choose a review that was begun");
    press(&mut picker, "g:session delete<enter>");
    assert!(picker.note.starts_with("delete the review main..feature"), "{}", picker.note);
    assert_eq!(press(&mut picker, "n"), Next::Stay);
    assert_eq!(picker.note, "nothing is deleted");
    assert_eq!(press(&mut picker, ":session delete<enter>y"), Next::Delete("main..feature".into()));
    let gone = picker.remove("main..feature").expect("it is listed");
    assert!(picker.remove("main..feature").is_none());
    assert_eq!(press(&mut picker, "u"), Next::Restore);
    picker.insert(gone);
    press(&mut picker, ":session delete<enter>");
    assert!(picker.note.starts_with("delete the review main..feature"), "it is selected: {}", picker.note);
}
