//! Draws the screens of the documentation from the real program on the example environments, and writes the page of
//! keys: `cargo run --example screens`. The pictures are SVG whose text can be selected, in the colours of a theme.

#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "it writes the files of this repository")]

use driftglass::assess::{Assessment, Bench, Judged, Ruling};
use driftglass::base::cancel::Cancel;
use driftglass::compare::Comparison;
use driftglass::policy;
use driftglass::reference::{JournalFile, Reference, Resolved, Workspace};
use driftglass::review::{Act, Entry, Journal, Mark};
use driftglass::risk::Rules;
use driftglass::tui::glyphs::Glyphs;
use driftglass::tui::keys::keys;
use driftglass::tui::message::{Effect, Judging, Message};
use driftglass::tui::model::{Model, View};
use driftglass::tui::review::scribe::Desk;
use driftglass::tui::review::{Review, Setup, gutter};
use driftglass::tui::theme::Theme;
use driftglass::tui::{update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The file's name, the snapshots, the size, the keys.
type Screen = (&'static str, &'static [&'static str], (u16, u16), &'static str);

/// What is pictured: the file's name, the snapshots, the size, the keys that lead there.
const SCREENS: [Screen; 8] = [
    ("tree", &["staging", "production"], (100, 30), "/area:cache,dns<enter>nnnn"),
    ("risk", &["staging", "production"], (100, 30), "2gj"),
    ("matrix", &["staging", "production", "preprod", "ci"], (110, 30), "3/area:cache,os<enter>jjjjjj"),
    ("overview", &["staging", "production", "preprod", "ci"], (110, 36), "6jjj"),
    ("coverage", &["staging", "preprod", "ci", "production"], (110, 34), "7jj"),
    (
        "detail",
        &["staging", "production"],
        (100, 30),
        ":go configuration.files.\"/etc/nginx/nginx.conf\".text<enter><enter>",
    ),
    ("filter", &["staging", "production"], (80, 24), "/area:dns,ca"),
    ("narrow", &["staging", "production", "preprod", "ci"], (60, 20), "3jjj"),
];

/// Cells, in pixels.
const CELL: (f64, f64) = (8.4, 17.0);

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let folder = root.join("screens");
    std::fs::create_dir_all(&folder).expect("docs/ can be written");
    for (name, labels, size, typed) in SCREENS {
        let buffer = screen(labels, size, typed);
        std::fs::write(folder.join(format!("{name}.svg")), svg(&buffer)).expect("docs/screens can be written");
    }
    std::fs::write(folder.join("review.svg"), svg(&review())).expect("docs/screens can be written");
    std::fs::write(folder.join("history.svg"), svg(&history())).expect("docs/screens can be written");
    std::fs::write(root.join("keys.md"), driftglass::tui::help::document()).expect("docs/keys.md can be written");
}

/// What the pictured review is about: what is critical wants a decision.
const GATE: &str = "[gate]\nneeds-decision = \"risk:>=high area:cache,dns,os\"\nblock = \"none-such\"\n";

/// A review in which some items are decided.
fn review() -> Buffer {
    let policy = policy::parse(GATE).expect("a policy").0;
    let today = "2026-11-25".parse().expect("a day");
    let ruling = Arc::new(Ruling { policy, rules: Rules::builtin().clone(), today, ..Ruling::default() });
    let snapshots = read(&["staging", "production"]);
    let assessment = Assessment::ruled(&snapshots, &ruling, &Cancel::new()).expect("nobody cancels");
    let bench = Bench { judged: Arc::new(Judged { assessment, ruling }), new: None, is_since: false };
    let board = bench.board(&bench.judgement().expect("nobody cancels"), &Journal::default());
    let rows: Vec<_> = board.items.iter().filter(|item| item.is_row).map(|item| board.row(item.row)).collect();
    let mark = |number: usize, by: &str, act: Act| Entry {
        version: 1,
        id: format!("example-{number}"),
        at: format!("2026-11-25T10:{:02}:00Z", 31 + number),
        by: by.to_owned(),
        act,
    };
    let decided = [("Ann", Mark::Reviewed), ("Ann", Mark::Flagged), ("Ann", Mark::Reviewed), ("Bob", Mark::Skipped)];
    let mut entries: Vec<Entry> = decided
        .iter()
        .zip(&rows)
        .enumerate()
        .map(|(at, ((by, of), row))| mark(at, by, Act::Mark { mark: *of, rows: vec![row.clone()] }))
        .collect();
    if let Some(row) = rows.get(1) {
        entries.push(mark(4, "Ann", Act::Note { path: row.path.clone(), text: "ask the data base people".to_owned() }));
    }
    let journal = Journal { entries, ..Journal::default() };
    let desk = Desk { file: JournalFile::at("journal.jsonl".into()), reviewer: "Ann".into(), writer: "example".into() };
    let (session, is_of_commit) = ("staging..production".to_owned(), false);
    let setup = Setup { board: Arc::new(board), bench, is_of_commit, journal, desk, session };
    let (width, height) = (120, 40);
    let mut model = model(snapshots.into_iter().map(|one| one.snapshot).collect(), (width, height));
    model.review = Some(Box::new(Review::new(&setup)));
    model.view = View::Review;
    gutter(&mut model);
    play(&mut model, Message::Resize(Size { width, height }));
    picture(&model)
}

/// Earlier dates of the example environments: when a path of production became what it is, and had staging's value before;
/// and one of staging that went back and forth. They are made up, as the environments are.
const DAYS: [&str; 6] = ["2026-08-01", "2026-08-20", "2026-09-05", "2026-10-03", "2026-10-28", "2026-11-12"];
const BECAME: [(&str, usize); 5] = [
    ("/cache/stores/redis/maxmemory-policy", 3),
    ("/os/sysctl/vm.overcommit_memory", 4),
    ("/os/sysctl/net.core.somaxconn", 2),
    ("/os/time/zone", 5),
    ("/libraries/packages/dpkg/tzdata/version", 1),
];
const RESTLESS: &str = "/os/sysctl/vm.swappiness";

/// The history of two environments over the earlier dates and what is open.
fn history() -> Buffer {
    let store = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new(store.path(), None);
    let example = |label: &str| -> serde_json::Value {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("snapshots/{label}.json"));
        serde_json::from_slice(&std::fs::read(file).expect("reads")).expect("JSON")
    };
    let (staging, production) = (example("staging"), example("production"));
    let put = |of: &mut serde_json::Value, path: &str, from: &serde_json::Value| {
        let (to, value) = (of["facts"].pointer_mut(path), from["facts"].pointer(path));
        *to.expect(path) = value.expect(path).clone();
    };
    for (date, day) in DAYS.iter().enumerate() {
        let (mut left, mut right) = (staging.clone(), production.clone());
        for (path, became) in BECAME {
            if date < became {
                put(&mut right, path, &staging);
            }
        }
        if date % 2 == 0 {
            put(&mut left, RESTLESS, &production);
        }
        if date < 3 {
            right["facts"]["deployments"]["hand_edits"].as_object_mut().expect("files").remove("/etc/redis/redis.conf");
        }
        for (side, hour) in [(&mut left, 6), (&mut right, 7)] {
            side["meta"]["captured_at"] = format!("{day}T{hour:02}:30:00Z").into();
            side["meta"].as_object_mut().expect("an object").remove("digest");
            let loaded = driftglass::format::read(side.to_string().as_bytes()).expect("a snapshot");
            workspace.save(&loaded.snapshot).expect("saves");
        }
    }
    let mut model = model(read(&["staging", "production"]).into_iter().map(|one| one.snapshot).collect(), (120, 36));
    let of_model = |model: &mut Model, message| {
        for effect in update(model, message) {
            if let Effect::Trace(tracing) = effect {
                let traced = tracing.run(&workspace, &Cancel::new(), |_, _, _| {}).expect("nobody cancels");
                update(model, Message::Traced(traced));
            }
        }
    };
    for key in keys("4g") {
        of_model(&mut model, Message::Key(key));
    }
    while model.time.row().is_some_and(|row| !row.path.to_string().ends_with("maxmemory-policy")) {
        of_model(&mut model, Message::Key(keys("j")[0]));
    }
    picture(&model)
}

fn read(labels: &[&str]) -> Vec<Resolved> {
    let workspace = Workspace::new(Path::new("/nonexistent"), None);
    let read = |label: &&str| {
        let reference: Reference = format!("example:{label}").parse().expect("a reference");
        workspace.resolve(&reference, &mut |_| {}).expect("comes with the program")
    };
    labels.iter().map(read).collect()
}

/// The screen that keys lead to.
fn screen(labels: &[&str], size: (u16, u16), typed: &str) -> Buffer {
    let mut model = model(read(labels).into_iter().map(|one| one.snapshot).collect(), size);
    judge(&mut model);
    for key in keys(typed) {
        play(&mut model, Message::Key(key));
    }
    picture(&model)
}

/// The explorer as it opens on some snapshots.
fn model(snapshots: Vec<Arc<driftglass::model::Snapshot>>, (width, height): (u16, u16)) -> Model {
    let (left, right, reference) = Model::first_sides(&snapshots);
    let pair = vec![Arc::clone(&snapshots[left]), Arc::clone(&snapshots[right])];
    let mut comparison = Comparison::new(pair, &Cancel::new()).expect("nobody cancels");
    comparison.set_reference(usize::from(reference == right));
    let mut model = Model::new(snapshots, (left, right), reference, Arc::new(comparison), Size { width, height });
    model.theme = Theme::named("dark").expect("comes with the program");
    model.glyphs = Glyphs::UNICODE;
    model
}

fn picture(model: &Model) -> Buffer {
    let Size { width, height } = model.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| view(model, frame)).expect("draws");
    terminal.backend().buffer().clone()
}

/// Judges what differs, as the explorer does after its first frame.
fn judge(model: &mut Model) {
    let (comparison, ruling) = (Arc::clone(model.tree.comparison()), Arc::clone(&model.ruling));
    let judging = Judging { comparison, meaning: None, ruling };
    play(model, Message::Judged(judging.run(&Cancel::new()).expect("nobody cancels")));
}

/// Something happens, and what it asks for is done at once.
fn play(model: &mut Model, message: Message) {
    for effect in update(model, message) {
        let answer = match effect {
            Effect::Sieve(job) => job.run(&Cancel::new()).map(Message::Sieved),
            Effect::Survey(job) => job.run(&Cancel::new()).map(Message::Surveyed),
            Effect::Compare(pairing) => pairing.run(&Cancel::new()).map(Message::Compared),
            Effect::Relate(asked) => asked.find(&Cancel::new()).map(Message::Related),
            Effect::Weigh(weighing) => weighing.run(&Cancel::new()).map(Message::Weighed),
            Effect::Judge(judging) | Effect::JudgeAll(judging) => judging.run(&Cancel::new()).map(Message::Judged),
            _ => None,
        };
        if let Some(answer) = answer {
            play(model, answer);
        }
    }
}

fn colour(colour: Color, otherwise: &str) -> String {
    let cube = |step: u8| if step == 0 { 0 } else { u32::from(step) * 40 + 55 };
    match colour {
        Color::Indexed(index @ 232..) => {
            let grey = u32::from(index - 232) * 10 + 8;
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
        Color::Indexed(index @ 16..) => {
            let index = index - 16;
            format!("#{:02x}{:02x}{:02x}", cube(index / 36), cube(index / 6 % 6), cube(index % 6))
        }
        _ => otherwise.to_owned(),
    }
}

/// A buffer as a picture: runs of one look are one text each, so that lines can be selected and searched.
fn svg(buffer: &Buffer) -> String {
    const TEXT: &str = "#d7d7d7";
    const GROUND: &str = "#101418";
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (width, height) = (f64::from(columns) * CELL.0 + 16.0, f64::from(rows) * CELL.1 + 16.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{GROUND}\"/>\n"
    );
    for y in 0..rows {
        let mut x = 0;
        while x < columns {
            let style = buffer[(x, y)].style();
            let start = x;
            let mut text = String::new();
            while x < columns && buffer[(x, y)].style() == style {
                text.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            let cells = f64::from(x - start) * CELL.0;
            let (left, top) = (f64::from(start) * CELL.0 + 8.0, f64::from(y) * CELL.1 + 8.0);
            let (mut front, mut back) = (
                colour(style.fg.unwrap_or_default(), TEXT),
                style.bg.map_or(GROUND.to_owned(), |bg| colour(bg, GROUND)),
            );
            if style.add_modifier.contains(Modifier::REVERSED) {
                std::mem::swap(&mut front, &mut back);
            }
            if back != GROUND {
                let _ = writeln!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{cells:.1}\" height=\"{:.1}\" fill=\"{back}\"/>",
                    CELL.1
                );
            }
            let shown = text.trim_end();
            if shown.is_empty() {
                continue;
            }
            let bold = if style.add_modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
            let line =
                if style.add_modifier.contains(Modifier::UNDERLINED) { " text-decoration=\"underline\"" } else { "" };
            let escaped = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let length = shown.chars().count() as f64 * CELL.0;
            let _ = writeln!(
                out,
                "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"{front}\"{bold}{line} textLength=\"{length:.1}\" \
                 xml:space=\"preserve\">{escaped}</text>",
                top + 13.0
            );
        }
    }
    out.push_str("</svg>\n");
    out
}
