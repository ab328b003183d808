use super::*;
use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A picture of lines of text.
fn picture(width: u16, lines: &[&str]) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, lines.len() as u16));
    for (y, line) in lines.iter().enumerate() {
        buffer.set_string(0, y as u16, line, Style::default());
    }
    buffer
}

fn painted(old: Option<&Buffer>, new: &Buffer) -> String {
    let mut out = Vec::new();
    paint(old, new, &mut out);
    String::from_utf8(out).expect("UTF-8")
}

/// What a terminal shows after these bytes: each cell's text and look.
fn shown(area: Rect, bytes: &[&[u8]]) -> Vec<String> {
    let mut terminal = vt100::Parser::new(area.height, area.width, 0);
    bytes.iter().for_each(|bytes| terminal.process(bytes));
    let screen = terminal.screen();
    let places = (0..area.height).flat_map(|y| (0..area.width).map(move |x| (y, x)));
    let cell = |(y, x)| {
        let cell = screen.cell(y, x)?;
        let text = if cell.has_contents() { cell.contents() } else { " " };
        // The colour of a text does not show where there is none.
        let is_plain = text == " " && !cell.underline() && !cell.inverse();
        if is_plain {
            return Some(format!("{y},{x}: blank on {:?}", cell.bgcolor()));
        }
        let look = (cell.fgcolor(), cell.bgcolor(), cell.bold(), cell.italic(), cell.underline(), cell.inverse());
        Some(format!("{y},{x}: {text:?} {look:?}"))
    };
    places.filter_map(cell).collect()
}

#[test]
fn nothing_costs_nothing() {
    let same = picture(20, &["one", "two"]);
    assert_eq!(painted(Some(&same), &same), "");
}

#[test]
fn only_what_differs_is_written() {
    let (old, new) = (picture(20, &["row 1 of 2", "same"]), picture(20, &["row 2 of 2", "same"]));
    assert_eq!(painted(Some(&old), &new), "\x1b[1;5H2");
    let shorter = picture(20, &["row", "same"]);
    assert_eq!(painted(Some(&old), &shorter), "\x1b[1;4H\x1b[K");
}

#[test]
fn what_moves_is_scrolled_by_the_terminal() {
    let line = |i: u8| format!("{i} {}", char::from(b'a' + i).to_string().repeat(30));
    let lines: Vec<String> = (0..20).map(line).collect();
    let at = |top: usize| {
        let mut rows = vec!["the head stays"];
        rows.extend(lines[top..top + 8].iter().map(String::as_str));
        rows.push("and so does the foot");
        picture(50, &rows)
    };
    let bytes = painted(Some(&at(3)), &at(4));
    assert_eq!(bytes, "\x1b[2;9r\x1b[2H\x1b[M\x1b[r\x1b[9H11 llllllllllllllllllllllllllllll");
    let bytes = painted(Some(&at(4)), &at(2));
    assert!(bytes.starts_with("\x1b[2;9r\x1b[2H\x1b[2L\x1b[r"), "{bytes:?}");
    assert!(bytes.len() < 130, "{bytes:?}");
}

#[test]
fn what_moves_around_the_selection_is_scrolled_in_parts() {
    let line = |i: u8| format!("{i:02} {}", char::from(b'a' + i % 26).to_string().repeat(25));
    let at = |top: u8, selected: u16| {
        let lines: Vec<String> = (top..top + 15).map(line).collect();
        let mut picture = picture(60, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        picture.set_style(Rect::new(0, selected, 60, 1), Style::default().add_modifier(Modifier::REVERSED));
        picture
    };
    let bytes = painted(Some(&at(3, 8)), &at(4, 8));
    let parts = bytes.matches("\x1b[M").count() + bytes.matches("\x1b[L").count();
    assert_eq!(parts, 2, "in two parts: {bytes:?}");
    assert_eq!(bytes.matches("\x1b[r").count(), 1, "all of the screen scrolls again: {bytes:?}");
    assert!(bytes.len() < 220, "{} bytes: {bytes:?}", bytes.len());
}

#[test]
fn the_map_at_the_edge_is_mended_look_by_look() {
    let at = |top: usize| {
        let mut picture = picture(30, &[""; 12]);
        for y in 0..12_u16 {
            let row = top + usize::from(y);
            let text = format!("{row:02} {}", char::from(b'a' + row as u8).to_string().repeat(18));
            picture.set_string(0, y, text, Style::default());
            let look = if y % 2 == 0 { Style::default().fg(Color::Red) } else { Style::default().fg(Color::Yellow) };
            picture.set_string(29, y, if y % 2 == 0 { "H" } else { "~" }, look);
        }
        picture
    };
    let bytes = painted(Some(&at(3)), &at(4));
    assert!(bytes.starts_with("\x1b[1;12r\x1b[1H\x1b[M\x1b[r"), "{bytes:?}");
    let looks = bytes.matches("\x1b[31m").count() + bytes.matches("\x1b[33m").count();
    assert!(looks <= 3, "one for each look, and one of the row that came in: {bytes:?}");
}

#[test]
fn a_rule_is_drawn_in_one_go() {
    let rule = "─".repeat(40);
    let bytes = painted(Some(&picture(50, &["", ""])), &picture(50, &[&rule, "x"]));
    assert_eq!(bytes, format!("\x1b[1H{rule}\x1b[2Hx"), "and what follows is placed anew");
    let foreign = painted(Some(&picture(50, &[""])), &picture(50, &["é─é"]));
    assert_eq!(foreign, "\x1b[1Hé\x1b[1;2H─é", "other text that is not ASCII may be of any width");
}

/// Text as it stands on screens: words, wide and combined characters, gaps.
fn line() -> impl Strategy<Value = Vec<(String, u8)>> {
    let piece = prop_oneof![
        4 => "[a-c]{1,6}", 2 => " {1,14}", 1 => Just("日本".to_owned()), 1 => Just("e\u{301}│".to_owned()),
    ];
    prop::collection::vec((piece, 0_u8..6), 0..6)
}

fn style(number: u8) -> Style {
    match number {
        1 => Style::default().add_modifier(Modifier::REVERSED),
        2 => Style::default().fg(Color::Yellow).add_modifier(Modifier::BOLD),
        3 => Style::default().fg(Color::Indexed(120)).add_modifier(Modifier::UNDERLINED),
        4 => Style::default().bg(Color::Rgb(1, 2, 3)),
        _ => Style::default(),
    }
}

fn drawn(width: u16, lines: &[Vec<(String, u8)>]) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, lines.len() as u16));
    for (y, line) in lines.iter().enumerate() {
        let mut x = 0;
        for (text, look) in line {
            let room = usize::from(width.saturating_sub(x));
            if room > 0 {
                x = buffer.set_stringn(x, y as u16, text, room, style(*look)).0;
            }
        }
    }
    buffer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_step_leads_where_a_whole_picture_leads(
        lines in prop::collection::vec(line(), 3..14),
        others in prop::collection::vec(line(), 3..14),
        width in 4_u16..40,
        turn in 0_usize..14,
    ) {
        // The other picture is the same one scrolled, with some lines replaced.
        let mut moved = lines.clone();
        moved.rotate_left(turn % lines.len());
        for (at, line) in others.iter().enumerate().filter(|(at, _)| at % 3 == 0) {
            if let Some(place) = moved.get_mut(at) {
                place.clone_from(line);
            }
        }
        let (old, new) = (drawn(width, &lines), drawn(width, &moved));
        let (first, step, whole) = (painted(None, &old), painted(Some(&old), &new), painted(None, &new));
        let reached = shown(new.area, &[first.as_bytes(), step.as_bytes()]);
        prop_assert_eq!(reached, shown(new.area, &[whole.as_bytes()]), "{:?} then {:?}", first, step);
    }

    #[test]
    fn a_whole_picture_is_what_was_drawn(lines in prop::collection::vec(line(), 1..8), width in 4_u16..40) {
        let buffer = drawn(width, &lines);
        let mut terminal = vt100::Parser::new(buffer.area.height, width, 0);
        terminal.process(painted(None, &buffer).as_bytes());
        for (y, text) in terminal.screen().rows(0, width).enumerate() {
            let mut wanted = String::new();
            let mut x = 0;
            while x < width {
                let cell = &buffer[(x, y as u16)];
                wanted.push_str(cell.symbol());
                x += cells(cell);
            }
            prop_assert_eq!(text.trim_end(), wanted.trim_end());
        }
    }
}
