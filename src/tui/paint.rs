//! From one picture of the screen to the next, in few bytes: what moved up or down is scrolled by the terminal itself,
//! and only cells that differ then are written. Pure; the sequences are those of ECMA-48 and of the VT102.

use super::glyphs;
use crossterm::cursor::{MoveRight, MoveTo};
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{Clear, ClearType};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::hash::{DefaultHasher, Hash, Hasher};
use unicode_width::UnicodeWidthStr;

/// What a scroll costs in bytes, at most: region, place, lines, region off.
const SCROLL: i64 = 28;
/// How many parts of the screen are scrolled in one step, at most.
const SCROLLS: usize = 3;
/// Rows that must differ before a scroll is looked for.
const FEW: usize = 3;
/// Blank cells that are erased by a sequence rather than by spaces: sequence and step together are as long.
const BLANKS: u16 = 10;

/// The look of a cell.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }
}

/// Whether a blank cell looks the same in both: only what is behind it and lines across it show.
fn blank_alike(one: Look, other: Look) -> bool {
    const SHOWS: Modifier =
        Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT).union(Modifier::SLOW_BLINK);
    one.bg == other.bg && !(one.modifier | other.modifier).intersects(SHOWS)
}

/// Adds the bytes that turn the picture on the terminal into another. `None` is a terminal whose picture is not known:
/// it is cleared. Both pictures have the same area. The look is left as the terminal's own.
pub fn paint(old: Option<&Buffer>, new: &Buffer, out: &mut Vec<u8>) {
    let mut pen = Pen { out, at: None, look: Look::default(), width: new.area.width, in_doubt: false };
    let scrolled = match old.filter(|old| old.area == new.area) {
        // What is selected stays where it is while the rows above and beneath it move: each part by itself.
        Some(old) => {
            let mut scrolled = scroll(old, new, &mut pen);
            for _ in 1..SCROLLS {
                match scrolled.as_ref().and_then(|before| scroll(before, new, &mut pen)) {
                    Some(after) => scrolled = Some(after),
                    None => break,
                }
            }
            scrolled
        }
        None => {
            pen.put(Clear(ClearType::All));
            Some(Buffer::empty(new.area))
        }
    };
    let Some(before) = scrolled.as_ref().or(old) else { return };
    for y in 0..new.area.height {
        if row(before, y) != row(new, y) {
            draw_row(before, new, y, &mut pen);
        }
    }
    pen.wear(Look::default());
}

fn row(buffer: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    let from = usize::from(y) * width;
    buffer.content.get(from..from + width).unwrap_or_default()
}

/// How many cells a symbol takes.
fn cells(cell: &Cell) -> u16 {
    match cell.symbol() {
        symbol if symbol.len() == 1 => 1,
        symbol => u16::try_from(symbol.width()).unwrap_or(1).max(1),
    }
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Look::of(cell) == Look::default()
}

struct Pen<'a> {
    out: &'a mut Vec<u8>,
    /// Where the terminal's cursor is, if that is known.
    at: Option<(u16, u16)>,
    look: Look,
    width: u16,
    /// Whether decoration was written in this line, which some terminals draw two cells wide all the same: its end may
    /// have run into the next line.
    in_doubt: bool,
}

impl Pen<'_> {
    fn put(&mut self, command: impl crossterm::Command) {
        // Writing to memory does not fail.
        let _ = queue!(self.out, command);
    }

    /// Moves by the shortest way.
    fn go(&mut self, x: u16, y: u16) {
        if self.at == Some((x, y)) {
            return;
        }
        match self.at {
            Some((from, line)) if line == y && from < x => self.put(MoveRight(x - from)),
            Some((_, line)) if line + 1 == y && x < 10 && !self.in_doubt => {
                self.out.extend_from_slice(b"\r\n");
                if x > 0 {
                    self.put(MoveRight(x));
                }
            }
            _ => self.place(x, y),
        }
        self.at = Some((x, y));
    }

    /// Moves to a place, wherever the cursor is.
    fn place(&mut self, x: u16, y: u16) {
        self.in_doubt = false;
        match x {
            0 => self.out.extend_from_slice(format!("\x1b[{}H", y + 1).as_bytes()),
            _ => self.put(MoveTo(x, y)),
        }
    }

    /// Writes a cell at a place.
    fn write(&mut self, cell: &Cell, x: u16, y: u16) {
        self.go(x, y);
        let look = Look::of(cell);
        if cell.symbol() != " " || !blank_alike(look, self.look) {
            self.wear(look);
        }
        self.put(Print(cell.symbol()));
        let after = x + cells(cell);
        // After the last column terminals differ, and so they do in how wide they draw what is not ASCII. Decoration is
        // chosen for terminals that draw it in one cell.
        let is_decoration = glyphs::is_decoration(cell.symbol());
        self.in_doubt |= is_decoration;
        let is_known = after < self.width && (cell.symbol().is_ascii() || is_decoration);
        self.at = is_known.then_some((after, y));
    }

    /// Takes on a look in the shorter of two ways: from nothing, or by what differs.
    fn wear(&mut self, look: Look) {
        if look == self.look {
            return;
        }
        let afresh = changes(Look::default(), look);
        let step = changes(self.look, look);
        let afresh = if afresh.is_empty() { String::new() } else { format!(";{afresh}") };
        let codes = if step.len() < afresh.len() { step } else { afresh };
        self.out.extend_from_slice(format!("\x1b[{codes}m").as_bytes());
        self.look = look;
    }
}

/// Modifiers with what sets them and what ends them (ECMA-48, 8.3.117). Bold and dim end together.
const MODIFIERS: [(Modifier, u8, u8); 8] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// The codes that lead from one look to another.
fn changes(from: Look, to: Look) -> String {
    let mut codes: Vec<String> = Vec::new();
    let mut has = from.modifier;
    for (modifier, _, end) in MODIFIERS {
        if has.contains(modifier) && !to.modifier.contains(modifier) {
            codes.push(end.to_string());
            has.remove(modifier);
            if end == 22 {
                has.remove(Modifier::BOLD | Modifier::DIM);
            }
        }
    }
    for (modifier, begin, _) in MODIFIERS {
        if to.modifier.contains(modifier) && !has.contains(modifier) {
            codes.push(begin.to_string());
        }
    }
    if from.fg != to.fg {
        codes.push(colour(to.fg, 30));
    }
    if from.bg != to.bg {
        codes.push(colour(to.bg, 40));
    }
    codes.join(";")
}

/// The code of a colour; `base` is 30 for text and 40 for what is behind.
fn colour(colour: Color, base: u8) -> String {
    let plain = |n: u8| (base + n).to_string();
    let bright = |n: u8| (base + 60 + n).to_string();
    match colour {
        Color::Reset => plain(9),
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    }
}

/// Which columns of a row must be written: those that differ, and all of a wide symbol of which one does.
fn stale(before: &[Cell], wanted: &[Cell]) -> Vec<bool> {
    let covered = |row: &[Cell], x: usize| x > 0 && row.get(x - 1).is_some_and(|cell| cells(cell) > 1);
    let alike = |x: usize| match (before.get(x), wanted.get(x)) {
        (Some(a), Some(b)) => {
            a == b || (a.symbol() == " " && b.symbol() == " " && blank_alike(Look::of(a), Look::of(b)))
        }
        _ => false,
    };
    let mut stale: Vec<bool> =
        (0..wanted.len()).map(|x| !alike(x) || covered(before, x) != covered(wanted, x)).collect();
    for x in 0..wanted.len() {
        // Where half of a wide symbol is overwritten, a terminal blanks the other half.
        if covered(before, x) && (stale[x] || stale[x - 1]) {
            (stale[x], stale[x - 1]) = (true, true);
        }
    }
    for x in 1..wanted.len() {
        if covered(wanted, x) && (stale[x] || stale[x - 1]) {
            (stale[x], stale[x - 1]) = (true, true);
        }
    }
    stale
}

fn draw_row(before: &Buffer, new: &Buffer, y: u16, pen: &mut Pen<'_>) {
    let (before, wanted) = (row(before, y), row(new, y));
    let stale = stale(before, wanted);
    let used = |row: &[Cell]| {
        row.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + usize::from(cells(&row[last])))
    };
    let (old_end, new_end) = (used(before), used(wanted));
    // What the new row has no more at its end is erased in one step.
    let end = if old_end > new_end + 3 { new_end } else { wanted.len() };
    let mut x = 0;
    while x < end {
        if !stale[x] {
            x += 1;
            continue;
        }
        let at = x as u16;
        // A short way over cells that are right is written rather than jumped.
        if let Some((from, line)) = pen.at
            && line == y
            && usize::from(from) < x
            && x - usize::from(from) <= 4
        {
            let gap = &wanted[usize::from(from)..x];
            let look = pen.look;
            let suits =
                |cell: &Cell| Look::of(cell) == look || (cell.symbol() == " " && blank_alike(Look::of(cell), look));
            if gap.iter().all(|cell| cell.symbol().len() == 1 && suits(cell)) {
                for (i, cell) in gap.iter().enumerate() {
                    pen.write(cell, from + i as u16, y);
                }
            }
        }
        let blanks = (x..end).take_while(|x| stale[*x] && is_blank(&wanted[*x])).count() as u16;
        if blanks >= BLANKS {
            pen.go(at, y);
            pen.wear(Look::default());
            pen.out.extend_from_slice(format!("\x1b[{blanks}X").as_bytes());
            x += usize::from(blanks);
            continue;
        }
        let cell = &wanted[x];
        pen.write(cell, at, y);
        x += usize::from(cells(cell));
    }
    if end < wanted.len() {
        pen.wear(Look::default());
        pen.go(end as u16, y);
        pen.put(Clear(ClearType::UntilNewLine));
    }
}

/// Numbers that stand for cells: equal cells have equal numbers.
fn numbers(buffer: &Buffer) -> Vec<u64> {
    let number = |cell: &Cell| {
        let mut hasher = DefaultHasher::new();
        (cell.symbol(), cell.fg, cell.bg, cell.modifier).hash(&mut hasher);
        hasher.finish()
    };
    let blank = number(&Cell::EMPTY);
    buffer.content.iter().map(|cell| if is_blank(cell) { blank } else { number(cell) }).collect()
}

/// Rows that move together: `top..=bottom` by `by` lines, up if positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shift {
    top: usize,
    bottom: usize,
    by: i64,
}

/// Scrolls a part of the screen where that makes much right at once; the picture after it.
fn scroll(old: &Buffer, new: &Buffer, pen: &mut Pen<'_>) -> Option<Buffer> {
    let shift = shift(old, new)?;
    let (top, bottom) = (shift.top + 1, shift.bottom + 1);
    let count = shift.by.unsigned_abs();
    // Lines are deleted or inserted at the top of a region: SU and SD do the same, but the Linux console has not got
    // them (console_codes(4)).
    let letter = if shift.by > 0 { 'M' } else { 'L' };
    let sequence = format!("\x1b[{top};{bottom}r\x1b[{top}H\x1b[{count}{letter}\x1b[r");
    pen.out.extend_from_slice(sequence.as_bytes());
    pen.at = Some((0, 0));
    let mut after = old.clone();
    for y in shift.top..=shift.bottom {
        let from = y as i64 + shift.by;
        let comes = (shift.top as i64..=shift.bottom as i64).contains(&from);
        for x in 0..old.area.width {
            let cell = if comes { old[(x, from as u16)].clone() } else { Cell::EMPTY };
            after[(x, y as u16)] = cell;
        }
    }
    Some(after)
}

/// The scroll that saves most cells, if one saves more than it costs.
fn shift(old: &Buffer, new: &Buffer) -> Option<Shift> {
    let differs = |y: &u16| row(old, *y) != row(new, *y);
    if (0..new.area.height).filter(differs).count() < FEW {
        return None;
    }
    let width = usize::from(new.area.width).max(1);
    let (was, is) = (numbers(old), numbers(new));
    let (was, is): (Vec<_>, Vec<_>) = (was.chunks(width).collect(), is.chunks(width).collect());
    let height = is.len().min(was.len());
    let differ = |a: &[u64], b: &[u64]| a.iter().zip(b).filter(|(a, b)| a != b).count() as i64;
    let in_place: Vec<i64> = (0..height).map(|y| differ(was[y], is[y])).collect();
    let filled = |y: usize| row(new, y as u16).iter().filter(|cell| !is_blank(cell)).count() as i64;
    let filled: Vec<i64> = (0..height).map(filled).collect();
    let mut best: Option<(i64, Shift)> = None;
    for by in (1 - height as i64..height as i64).filter(|by| *by != 0) {
        let lines = by.unsigned_abs() as usize;
        // The stretch of rows `from..=y` that gains most when each takes the row `by` beneath it.
        let (mut sum, mut from) = (0, 0);
        for y in 0..height {
            let Some(source) = usize::try_from(y as i64 + by).ok().filter(|source| *source < height) else {
                continue;
            };
            if sum <= 0 {
                (sum, from) = (0, y);
            }
            sum += in_place[y] - differ(was[source], is[y]);
            // The rows that come in are blank, and written whole.
            let (shift, comes_in) = match by {
                1.. => (Shift { top: from, bottom: source, by }, y + 1..source + 1),
                _ => (Shift { top: from - lines, bottom: y, by }, from - lines..from),
            };
            let loss: i64 = comes_in.map(|y| filled[y] - in_place[y]).sum();
            let gain = sum - loss - SCROLL;
            if gain > 0 && best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, shift));
            }
        }
    }
    best.map(|(_, shift)| shift)
}

#[cfg(test)]
mod tests {
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
        assert_eq!(bytes, "\x1b[2;9r\x1b[2H\x1b[1M\x1b[r\x1b[9H11 llllllllllllllllllllllllllllll");
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
        assert_eq!(bytes.matches("\x1b[r").count(), 2, "in two parts: {bytes:?}");
        assert!(bytes.len() < 220, "{} bytes: {bytes:?}", bytes.len());
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
}
