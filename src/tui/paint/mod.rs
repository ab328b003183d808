//! From one picture of the screen to the next, in few bytes: what moved up or down is scrolled by the terminal itself,
//! and only cells that differ then are written. Pure; the sequences are those of ECMA-48 and of the VT102.

mod scroll;

use super::glyphs;
use crossterm::cursor::{MoveRight, MoveTo};
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{Clear, ClearType};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use scroll::scroll;
use unicode_width::UnicodeWidthStr;

/// How many parts of the screen are scrolled in one step, at most.
const SCROLLS: usize = 3;
/// Cells at the end of a row that hold the map at the edge.
const EDGE: usize = 2;
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
    let mut pen =
        Pen { out, at: None, look: Look::default(), width: new.area.width, in_doubt: false, has_region: false };
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
    let mut ends = Vec::new();
    for y in 0..new.area.height {
        if row(before, y) != row(new, y) {
            match end_alone(before, new, y) {
                Some(from) => ends.push((from, y)),
                None => draw_row(before, new, y, &mut pen),
            }
        }
    }
    draw_ends(new, ends, &mut pen);
    pen.wear(Look::default());
    pen.free();
}

/// The column from which on a row differs, where that is only in its last cells: a scroll moves the map at the edge with
/// the rows, and its own cells are then set right.
fn end_alone(before: &Buffer, new: &Buffer, y: u16) -> Option<u16> {
    let (before, wanted) = (row(before, y), row(new, y));
    let from = wanted.len().saturating_sub(EDGE);
    let is_narrow = |cell: &Cell| cell.symbol().is_ascii() || glyphs::is_decoration(cell.symbol());
    let ends = before.get(from..)?.iter().chain(wanted.get(from..)?);
    let is_alone = from > 0 && before.get(..from) == wanted.get(..from) && ends.clone().all(is_narrow);
    let first = || (from..wanted.len()).find(|x| before.get(*x) != wanted.get(*x));
    if is_alone { first().map(|x| x as u16) } else { None }
}

/// Writes the ends of rows, those of one look after each other: to go to a line costs less than to take on a look.
fn draw_ends(new: &Buffer, mut ends: Vec<(u16, u16)>, pen: &mut Pen<'_>) {
    let look = |(x, y): &(u16, u16)| Look::of(&new[(*x, *y)]);
    while let Some(first) = ends.iter().position(|end| look(end) == pen.look).or((!ends.is_empty()).then_some(0)) {
        let present = look(&ends[first]);
        let (now, later) = ends.into_iter().partition(|end| look(end) == present);
        ends = later;
        for (from, y) in now {
            for x in from..new.area.width {
                pen.write(&new[(x, y)], x, y);
            }
        }
    }
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
    /// Whether only a part of the screen scrolls: before anything is written all of it does again.
    has_region: bool,
}

impl Pen<'_> {
    fn put(&mut self, command: impl crossterm::Command) {
        // Writing to memory does not fail.
        let _ = queue!(self.out, command);
    }

    /// Lets all of the screen scroll again. The cursor goes home with that (DECSTBM).
    fn free(&mut self) {
        if std::mem::take(&mut self.has_region) {
            self.out.extend_from_slice(b"\x1b[r");
            self.at = Some((0, 0));
        }
    }

    /// Moves by the shortest way.
    fn go(&mut self, x: u16, y: u16) {
        self.free();
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

#[cfg(test)]
mod tests;
