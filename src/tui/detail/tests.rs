use super::*;
use crate::base::cancel::Cancel;
use crate::model::{Meta, Path, Snapshot, TreeBuilder, Value};
use crate::tui::canvas::Canvas;
use crate::tui::glyphs::Glyphs;
use crate::tui::keys::{Screen, action, keys};
use crate::tui::theme::Theme;
use proptest::prelude::*;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn snapshot(label: &str, facts: Vec<(&str, Value)>) -> Arc<Snapshot> {
    let mut builder = TreeBuilder::new();
    let mut facts: Vec<(Path, Value)> = facts.into_iter().map(|(p, v)| (p.parse().expect("a path"), v)).collect();
    builder.facts(&mut facts);
    let meta = Meta {
        label: label.to_owned(),
        host: Some(format!("{label}-01")),
        captured_at: "2026-11-20T10:00:04Z".parse().ok(),
        tool: Some("driftglass 0.1.0".to_owned()),
        privileged: Some(label == "staging"),
        ..Meta::default()
    };
    let mut snapshot = Snapshot { meta, facts: builder.finish(), ..Snapshot::default() };
    snapshot.provenance.insert(Path::new(["configuration"]), "/etc/ssl/openssl.cnf");
    snapshot
        .problems
        .push((Path::new(["dns", "resolver"]), crate::model::Problem::parse("permission denied: /etc/resolv.conf")));
    Arc::new(snapshot)
}

fn text(change: &[(usize, &str)]) -> String {
    let lines = (1..=40).filter_map(|n| match change.iter().find(|(at, _)| *at == n) {
        Some((_, "")) => None,
        Some((_, line)) => Some(format!("{line}\n")),
        None => Some(format!("# line {n}\n")),
    });
    lines.collect()
}

fn comparison() -> Arc<Comparison> {
    let staging = text(&[
        (10, "MinProtocol = TLSv1.2"),
        (11, "CipherString = DEFAULT@SECLEVEL=2"),
        (12, "Options = UnsafeLegacyRenegotiation"),
    ]);
    let production = text(&[
        (10, "MinProtocol = TLSv1"),
        (11, "CipherString = DEFAULT@SECLEVEL=1"),
        (12, ""),
        (39, "[legacy_sect]\nactivate = 1"),
    ]);
    let sides = vec![
        snapshot(
            "staging",
            vec![
                ("configuration.openssl", staging.into()),
                ("os.limit", Value::from(4096_u64)),
                ("os.modules", Value::list(["a", "b", "c"])),
            ],
        ),
        snapshot(
            "production",
            vec![
                ("configuration.openssl", production.into()),
                ("dns.resolver", "10.0.0.1".into()),
                ("os.limit", Value::from(128_u64)),
                ("os.modules", Value::list(["a", "x\u{1b}[31m", "c", "d"])),
            ],
        ),
        snapshot("ci", vec![("os.limit", Value::from(128_u64))]),
    ];
    Arc::new(Comparison::new(sides, &Cancel::new()).expect("aligned"))
}

fn opened(path: &str, size: (u16, u16)) -> Detail {
    let comparison = comparison();
    let row = comparison.find(&path.parse().expect("a path")).expect("a row");
    let stops = comparison.leaves().filter(|row| comparison.state(*row).is_found()).collect();
    let mut detail = Detail::new(comparison, row, (0, 1), stops);
    detail.resize(Size::new(size.0, size.1));
    detail
}

fn press(detail: &mut Detail, typed: &str) -> Done {
    let mut done = Done::Handled;
    for key in keys(typed) {
        done = detail.act(action(Screen::Detail, key).expect("a bound key"));
    }
    done
}

fn screen(detail: &Detail) -> String {
    let area = Rect::new(0, 0, detail.size.width, detail.size.height);
    let mut buffer = Buffer::empty(area);
    let theme = Theme::default();
    let mut canvas = Canvas::new(&mut buffer, &theme, Glyphs::ASCII);
    view::draw(detail, &crate::tui::told::Told::default(), &[], &mut canvas);
    view::footer(detail, None, "", false, &mut canvas);
    let mut backend = TestBackend::new(area.width, area.height);
    let cells = area.positions().map(|at| (at.x, at.y, &buffer[at]));
    ratatui::backend::Backend::draw(&mut backend, cells).expect("draws");
    let rows = backend.to_string();
    rows.lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
}

fn golden(name: &str, detail: &Detail) {
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, screen(detail));
    });
}

#[test]
fn a_file_is_compared_line_by_line() {
    golden("detail_120x40", &opened("configuration.openssl", (120, 40)));
    golden("detail_80x24", &opened("configuration.openssl", (80, 24)));
    golden("detail_60x20", &opened("configuration.openssl", (60, 20)));
}

#[test]
fn stops_are_the_changes_inside_the_value() {
    let mut detail = opened("configuration.openssl", (80, 24));
    assert!(screen(&detail).contains("line 10, change 1 of 5"));
    press(&mut detail, "nnnn");
    assert!(screen(&detail).contains("line 38, change 5 of 5"), "{}", screen(&detail));
    press(&mut detail, "n");
    assert!(screen(&detail).contains("wrapped to the first   line 10"), "{}", screen(&detail));
}

#[test]
fn same_lines_unfold_and_fold_again() {
    let mut detail = opened("configuration.openssl", (120, 40));
    let before = screen(&detail);
    assert!(before.contains("... 20 same lines (Space unfolds)"), "{before}");
    press(&mut detail, "nnjjjj<space>jjj");
    assert!(screen(&detail).contains("# line 22"), "{}", screen(&detail));
    press(&mut detail, "<space>");
    assert!(!screen(&detail).contains("# line 22"));
}

#[test]
fn the_next_difference_comes_without_leaving() {
    let mut detail = opened("configuration.openssl", (80, 24));
    assert!(screen(&detail).contains("1 of 4"), "{}", screen(&detail));
    press(&mut detail, "]");
    assert!(screen(&detail).contains("drift > dns > resolver"));
    press(&mut detail, "[[");
    assert!(screen(&detail).contains("drift > os > modules"));
    assert_eq!(press(&mut detail, "<esc>"), Done::Back);
}

#[test]
fn unknown_is_said_and_never_absent() {
    let mut detail = opened("dns.resolver", (120, 40));
    let shown = screen(&detail);
    assert!(shown.contains("->?") && shown.contains("(permission denied: /etc/resolv.conf)"), "{shown}");
    press(&mut detail, "<tab><tab>");
    let shown = screen(&detail);
    assert!(shown.contains("will be ? unknown, never absent"), "{shown}");
    assert!(shown.contains("not as root"), "{shown}");
}

#[test]
fn equal_values_are_named_once() {
    let mut detail = opened("os.limit", (80, 24));
    assert!(screen(&detail).contains("32x lower in production"), "{}", screen(&detail));
    press(&mut detail, "<tab>");
    let shown = screen(&detail);
    assert!(shown.contains("production REF, ci   number"), "{shown}");
    assert_eq!(shown.matches("  128").count(), 1, "{shown}");
}

#[test]
fn members_of_lists_stand_in_rows_and_obey_nobody() {
    let detail = opened("os.modules", (80, 24));
    let shown = screen(&detail);
    assert!(shown.contains("\\e[31m") && !shown.contains('\u{1b}'), "{shown}");
    let d = shown.lines().find(|line| line.trim_start().starts_with('>')).expect("a line");
    assert!(d.ends_with("4 d"), "{d}");
}

proptest! {
    #[test]
    fn any_size_and_any_keys_draw(
        width in 1u16..140, height in 1u16..50,
        typed in proptest::collection::vec(0usize..18, 0..12), which in 0usize..4,
    ) {
        let paths = ["configuration.openssl", "dns.resolver", "os.limit", "os.modules"];
        let mut detail = opened(paths[which], (width, height));
        let all = ["n", "N", "]", "[", "j", "k", "G", "g", "w", "v", "<lt>", ">", "0", "$", "<tab>", "<space>", "x", "<pgdn>"];
        for key in typed {
            press(&mut detail, all[key]);
            screen(&detail);
        }
        detail.resize(Size::new(height, width));
        screen(&detail);
        prop_assert!(detail.cursor < detail.lines.len().max(1));
    }
}
