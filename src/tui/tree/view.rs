//! Drawing the tree. Nothing here grows with the number of facts: only the rows on the screen are laid out.

use super::cells::{Piece, pair};
use super::kind::Kind;
use super::layout::{Arrangement, Columns, Layout};
use super::rows::Visible;
use super::{Scroll, Tree, foot, head, preview};
use crate::base::text::{escape, fit, squeeze, width};
use crate::compare::{Comparison, Flags, Relation, RowId, State, Tally};
use crate::model::path::segment;
use crate::policy::Standing;
use crate::report::counted;
use crate::risk::Band;
use crate::tui::canvas::Canvas;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

/// Cells before the path: cursor, a space, relation, modifier, risk, a space.
pub(super) const MARKS: u16 = 7;

/// Draws the whole screen of the tree.
pub fn draw(model: &Model, layout: &Layout, canvas: &mut Canvas<'_>) {
    let tree = &model.tree;
    head::title(model, canvas);
    head::pair_line(tree, layout, canvas);
    head::head(model, layout, canvas);
    if tree.listing().is_empty() {
        nothing(tree, layout.body, canvas);
    } else {
        body(tree, layout, canvas);
    }
    if tree.listing().is_empty() {
        // Nothing is selected of which there would be something to say.
        canvas.rule(layout.rule, "");
        foot::status(model, layout, canvas);
        foot::footer(model, layout, canvas);
        return;
    }
    canvas.rule(layout.rule, &escape(&tree.comparison().path(tree.cursor()).to_string()));
    let stacked = layout.columns.arrangement == Arrangement::Unified;
    let (cells, count) = (usize::from(layout.preview.width), usize::from(layout.preview.height));
    let shown = preview::Shown { stacked, wrap: model.choices().wrap, is_told: is_told(tree, layout) };
    let lines = preview::lines(tree, cells, count, &shown);
    for (y, line) in (layout.preview.top()..layout.preview.bottom()).zip(lines) {
        canvas.put(0, y, &line, layout.preview.width, Style::default());
    }
    foot::status(model, layout, canvas);
    foot::footer(model, layout, canvas);
}

/// Whether both values of the selected row stand whole in their columns, beneath the names of the sides.
fn is_told(tree: &Tree, layout: &Layout) -> bool {
    let columns = &layout.columns;
    if layout.head.is_none() || columns.arrangement != Arrangement::SideBySide || tree.on_run() {
        return false;
    }
    let cells = usize::from(columns.value);
    let values = pair(tree.comparison(), tree.cursor());
    tree.scroll() == Scroll::Anchored && width(&values.left) <= cells && width(&values.right) <= cells
}

/// Counts of each kind but the same, by letter: `~61 <9 >14 ?2 v3 i1`.
pub(super) fn counts(tally: &Tally) -> String {
    let shown = Kind::ALL.iter().filter(|kind| **kind != Kind::Same && kind.count(tally) > 0);
    let words: Vec<_> = shown.map(|kind| format!("{}{}", kind.letter(), grouped(kind.count(tally)))).collect();
    words.join(" ")
}

/// A number with its digits in groups of three.
pub fn grouped(number: u32) -> String {
    crate::report::grouped(number as usize)
}

fn body(tree: &Tree, layout: &Layout, canvas: &mut Canvas<'_>) {
    let mut y = layout.body.top();
    if tree.sticky() {
        sticky(tree, y, layout, canvas);
        y += 1;
    }
    for visible in tree.listing().rows_from(tree.top()) {
        if y >= layout.body.bottom() {
            break;
        }
        let lines = (tree.lines_of(visible) as u16).min(layout.body.bottom() - y);
        row(tree, visible, y, lines, &layout.columns, canvas);
        y += lines;
    }
    edge(tree, layout, canvas);
}

/// Before the names of the branches above: what changes from line to line stands at the end.
const STICKY: &str = "(sticky)  ";

/// The names of the branches above the first row.
fn sticky(tree: &Tree, y: u16, layout: &Layout, canvas: &mut Canvas<'_>) {
    let Some(first) = tree.listing().at(tree.top()) else { return };
    let comparison = tree.comparison();
    let mut names = Vec::new();
    let mut at = comparison.parent(first.row);
    while at != Comparison::TOP {
        names.push(escape(comparison.key(at)).into_owned());
        at = comparison.parent(at);
    }
    names.reverse();
    // Above a section there is nothing but all of them.
    let above = if names.is_empty() { "all sections".to_owned() } else { names.join(" > ") };
    let room = layout.columns.edge.unwrap_or(layout.body.width).saturating_sub(MARKS);
    // The nearest branch says most: what has no room goes from the left, and from the middle of the last name.
    let cells = usize::from(room).saturating_sub(width(STICKY));
    let shorter = |from: usize| format!(".. > {}", names.get(from..).unwrap_or_default().join(" > "));
    let mut all = std::iter::once(above).chain((1..names.len()).map(shorter));
    let above = all.find(|text| width(text) <= cells).or_else(|| names.last().map(|name| format!(".. > {name}")));
    let above = above.unwrap_or_default();
    canvas.put(MARKS, y, &format!("{STICKY}{}", squeeze(&above, cells)), room, Style::default());
}

fn sign_role(kind: Kind) -> Option<Role> {
    match kind {
        Kind::Changed => Some(Role::Changed),
        Kind::OnlyLeft => Some(Role::Left),
        Kind::OnlyRight => Some(Role::Right),
        Kind::Unknown | Kind::NotCollected => Some(Role::Unknown),
        Kind::Same | Kind::Volatile | Kind::Identity => None,
    }
}

/// The letter of what is particular about a leaf: the first of r, v, i, d, t, o; the status line says all.
pub fn modifier(comparison: &Comparison, row: RowId) -> char {
    let flags = comparison.flags(row);
    match comparison.state(row) {
        _ if flags.contains(Flags::REDACTED) => 'r',
        State::Volatile => 'v',
        State::Identity => 'i',
        State::DuplicateIdentity => 'd',
        _ if flags.contains(Flags::TYPE) => 't',
        _ if flags.contains(Flags::ORDER) => 'o',
        _ => ' ',
    }
}

fn row(tree: &Tree, visible: Visible, y: u16, lines: u16, columns: &Columns, canvas: &mut Canvas<'_>) {
    let comparison = tree.comparison();
    let row = visible.row;
    let selected = row == tree.cursor();
    let end = columns.edge.map_or(canvas.area().width, |edge| edge.saturating_sub(1));
    // What a row tells ends before its risk; the selection reaches over both.
    let told = columns.risk.map_or(end, |risk| risk.saturating_sub(1));
    if selected {
        canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
    }
    marks(tree, visible, y, columns, canvas);
    let indent = indent(comparison, row, columns);
    if visible.is_run() {
        let text = format!("= {} same values folded", grouped(visible.folded));
        let end = if columns.arrangement == Arrangement::SideBySide { columns.path } else { told };
        canvas.put(indent, y, &text, end.saturating_sub(indent), Style::default());
        rules(columns, y, canvas);
    } else if comparison.is_leaf(row) {
        leaf(tree, row, (indent, y), lines, columns, selected, canvas);
    } else {
        branch(tree, row, (indent, y), columns, told, canvas);
    }
    if selected {
        // In reverse the signs and words tell all: each colour among them would cost as much as the word, at every step.
        let plain = Style::new().fg(Color::Reset).remove_modifier(Modifier::BOLD);
        canvas.restyle(Rect::new(0, y, end, lines), plain.patch(canvas.style(Role::Selection)));
        if canvas.cursor.is_none() {
            canvas.cursor = Some(Position::new(0, y));
        }
    }
}

/// Where the key of a row begins; the fold sign of a branch stands there.
pub fn indent(comparison: &Comparison, row: RowId, columns: &Columns) -> u16 {
    MARKS + 2 * (comparison.depth(row).saturating_sub(1) as u16).min(columns.path / 4)
}

fn marks(tree: &Tree, visible: Visible, y: u16, columns: &Columns, canvas: &mut Canvas<'_>) {
    let comparison = tree.comparison();
    let row = visible.row;
    let (sign, role) = if visible.is_run() {
        ('=', None)
    } else if comparison.is_leaf(row) {
        (comparison.relation(row).sign(), sign_role(Kind::of(comparison, row)))
    } else {
        let sign = tree.lens().tally(row).relation().sign();
        (sign, Kind::ALL.into_iter().find(|kind| kind.letter() == sign).and_then(sign_role))
    };
    if let Some(gutter) = tree.gutter().filter(|_| comparison.is_leaf(row) && !visible.is_run()) {
        canvas.put(2, y, &gutter.of(row).sign().to_string(), 1, Style::default());
    }
    let style = role.map_or(Style::default(), |role| canvas.style(role));
    canvas.put(3, y, &sign.to_string(), 1, style);
    if comparison.is_leaf(row) && !visible.is_run() {
        let mark = match tree.standing(row) {
            Standing::Accepted(_) => 'a',
            Standing::Violated(_) => 'p',
            Standing::Ignored(_) => 'g',
            Standing::Open => modifier(comparison, row),
        };
        canvas.put(4, y, &mark.to_string(), 1, style);
    }
    // A folded branch never hides its worst.
    let band = tree.meaning().filter(|_| !visible.is_run()).and_then(|m| m.risks.worst_in(comparison, row));
    if let Some(band) = band {
        let style = crate::tui::risk::style(canvas, band);
        canvas.put(5, y, &band.letter().to_string(), 1, style);
        if let Some(x) = columns.risk {
            canvas.put(x, y, band.brief(), super::layout::RISK, style);
        }
    }
}

/// The rules before the value columns.
fn rules(columns: &Columns, y: u16, canvas: &mut Canvas<'_>) {
    if columns.arrangement == Arrangement::SideBySide {
        let rule = canvas.glyphs.column.to_string();
        for x in [columns.left() - 2, columns.right() - 2] {
            canvas.put(x, y, &rule, 1, Style::default());
        }
    }
}

/// A key as it stands in the tree.
fn key(comparison: &Comparison, row: RowId) -> String {
    if comparison.is_value_among_branches(row) {
        return "(value)".to_owned();
    }
    let key = comparison.key(row);
    if key.is_empty() { segment(key).into_owned() } else { escape(key).into_owned() }
}

fn leaf(
    tree: &Tree,
    row: RowId,
    (x, y): (u16, u16),
    lines: u16,
    columns: &Columns,
    selected: bool,
    canvas: &mut Canvas<'_>,
) {
    let comparison = tree.comparison();
    let is_match = tree.find().is_some_and(|found| found.matched.has(row));
    let name_style = if is_match { canvas.style(Role::Match) } else { Style::default() };
    let name = key(comparison, row);
    let values = pair(comparison, row);
    let cut = |cells: usize| match tree.scroll() {
        Scroll::Anchored => values.anchored(cells),
        Scroll::At(cell) => values.from(cell, cells),
    };
    if columns.arrangement == Arrangement::SideBySide {
        canvas.put(x, y, &name, columns.path.saturating_sub(x), name_style);
        rules(columns, y, canvas);
        let (left, right) = cut(usize::from(columns.value));
        piece(&left, (columns.left(), y), selected, Role::Left, canvas);
        piece(&right, (columns.right(), y), selected, Role::Right, canvas);
        return;
    }
    if columns.arrangement == Arrangement::Stacked {
        canvas.put(x, y, &name, columns.path.saturating_sub(x), name_style);
        let (left, right) = cut(usize::from(columns.value));
        let is_both = comparison.relation(row) == Relation::Same;
        let sides = [("<", left, Role::Left), (">", right, Role::Right)];
        for (y, (sign, value, role)) in (y..y + lines).zip(sides) {
            if !is_both {
                canvas.put(columns.left() - 2, y, sign, 1, canvas.style(role));
            }
            piece(&value, (columns.left(), y), selected, role, canvas);
        }
        return;
    }
    let end = columns.path;
    let x = canvas.put(x, y, &name, (end.saturating_sub(x)) * 3 / 5, name_style) + 2;
    let room = usize::from(end.saturating_sub(x + 4));
    let (whole_left, whole_right) = (width(&values.left), width(&values.right));
    let (left, right) = if whole_left + whole_right <= room && tree.scroll() == Scroll::Anchored {
        let plain = |text: &str| Piece { text: text.to_owned(), ..Piece::default() };
        (plain(&values.left), plain(&values.right))
    } else {
        cut(room / 2)
    };
    let x = piece(&left, (x, y), selected, Role::Left, canvas);
    let x = canvas.put(x, y, " -> ", 4, Style::default());
    piece(&right, (x, y), selected, Role::Right, canvas);
}

/// Writes a value, the part that differs set apart.
fn piece(piece: &Piece, (x, y): (u16, u16), selected: bool, side: Role, canvas: &mut Canvas<'_>) -> u16 {
    let end = canvas.put(x, y, &piece.text, width(&piece.text) as u16, Style::default());
    let (from, to) = (piece.differs.start as u16, piece.differs.end as u16);
    if from < to {
        let colour = if selected { Style::default() } else { canvas.style(side) };
        canvas.restyle(Rect::new(x + from, y, to - from, 1), colour.patch(canvas.style(Role::Difference)));
    }
    end
}

fn branch(tree: &Tree, row: RowId, (x, y): (u16, u16), columns: &Columns, end: u16, canvas: &mut Canvas<'_>) {
    let comparison = tree.comparison();
    let is_open = tree.listing().is_open(row);
    let sign = if is_open { canvas.glyphs.open } else { canvas.glyphs.folded };
    let style = Style::default();
    let room = columns.path.saturating_sub(x);
    let mut at = canvas.put(x, y, &format!("{sign} {}", key(comparison, row)), room, style) + 2;
    if columns.arrangement != Arrangement::Unified {
        at = columns.left() - 1;
    }
    let listed = tree.lens().tally(row);
    let all = comparison.tally(row);
    let mut text =
        if listed.same == listed.leaves { format!("= {} same", grouped(listed.same)) } else { counts(&listed) };
    if listed != all && counts(&all) != counts(&listed) {
        text.push_str(&format!("  of {}", counts(&all)));
    }
    if let Some(judged) = tree.judgement() {
        let within = |rows: &[RowId]| {
            rows.partition_point(|at| *at < comparison.end(row)) - rows.partition_point(|at| *at < row)
        };
        let assessment = &judged.assessment;
        for (count, sign) in [(within(assessment.accepted()), 'a'), (within(assessment.ignored()), 'g')] {
            if count > 0 {
                text.push_str(&format!(" {sign}{count}"));
            }
        }
    }
    if let Some(gutter) = tree.gutter().filter(|_| all.found() > 0) {
        text.push_str(&format!("   {}/{} decided", gutter.decided_in(comparison, row), all.found()));
    }
    if let Some(found) = tree.find().filter(|_| !is_open) {
        let inside = found.matched.tally(row).leaves;
        if inside > 0 {
            text.push_str(&format!("  {inside} matches inside"));
        }
    }
    canvas.put(at, y, &text, end.saturating_sub(at), style);
}

/// The thumb, and the minimap: one cell for each bucket of listed rows. The letter of the worst risk where that is high or
/// critical, else `~` where a difference is in it, in the colour of its risk.
fn edge(tree: &Tree, layout: &Layout, canvas: &mut Canvas<'_>) {
    let Some(x) = layout.columns.edge else { return };
    let (listing, height) = (tree.listing(), usize::from(layout.body.height));
    if listing.len() <= tree.page() {
        return;
    }
    let stops = tree.differences();
    let bucket = |line: usize| line * listing.len() / height;
    let end = tree.comparison().end(Comparison::TOP);
    for line in 0..height {
        let (from, to) = (bucket(line), bucket(line + 1).max(bucket(line) + 1));
        let (first, last) = (listing.at(from).map_or(end, |v| v.row), listing.at(to).map_or(end, |v| v.row));
        let differs = stops.partition_point(|stop| *stop < first) < stops.partition_point(|stop| *stop < last);
        let y = layout.body.top() + line as u16;
        let (mark, style) = match tree.worst_listed(first..last).filter(|_| differs) {
            Some(band) if band >= Band::High => (band.letter(), crate::tui::risk::style(canvas, band)),
            Some(band) => ('~', crate::tui::risk::style(canvas, band)),
            None if differs => ('~', Style::default()),
            None => (canvas.glyphs.column, Style::default()),
        };
        canvas.put(x + 1, y, &mark.to_string(), 1, style);
        if from < tree.top() + tree.page() && to > tree.top() {
            canvas.put(x, y, &canvas.glyphs.thumb.to_string(), 1, Style::default());
        }
    }
}

/// What stands in place of rows when there are none: why, and what brings them back.
pub(in crate::tui) fn nothing(tree: &Tree, body: Rect, canvas: &mut Canvas<'_>) {
    let all = tree.total();
    let mut lines = Vec::new();
    if let Some((_, true)) = tree.filter() {
        lines.push(format!("Nothing matches. {} differences are hidden by the filter.", grouped(all.telling())));
        if !tree.without().is_empty() {
            lines.extend([String::new(), "Without one part:".to_owned()]);
        }
        for (part, count) in tree.without() {
            lines.push(format!("  without {}  {}", fit(&escape(part), 40), counted(*count, "row")));
        }
        lines.extend([String::new(), "\\ switches the filter off.  / edits it.".to_owned()]);
    } else if all.leaves == 0 {
        lines.push("There is nothing to compare: no side has a fact.".to_owned());
    } else {
        lines.push(format!("All {} values are hidden: t shows them.", grouped(all.leaves)));
    }
    for (y, line) in (body.top() + 1..body.bottom()).zip(lines) {
        canvas.put(1, y, &line, body.width - 1, Style::default());
    }
}
