//! The lines above the rows: what is compared, the filter, the heads of the columns.

use super::kind::Kind;
use super::layout::{Arrangement, Layout};
use super::sieve::Purpose;
use super::view::{MARKS, counts, grouped};
use super::{Editing, Scroll, Tree};
use crate::base::text::{escape, squeeze, width};
use crate::compare::Comparison;
use crate::risk::Band;
use crate::tui::arriving;
use crate::tui::canvas::Canvas;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

/// How far a side of the tree is that is still read.
fn arriving(model: &Model, side: usize) -> Option<&str> {
    let at = if side == 0 { model.sides.0 } else { model.sides.1 };
    model.arriving.as_ref().filter(|arriving| arriving.side == at).map(|arriving| arriving.words.as_str())
}

/// How many of the counts tell all that no row tells.
const TELLING: usize = 4;

/// What a label is never cut below, while the counts can still be shorter.
const LABEL: usize = 10;

/// The two sides, the views, the counts. Counts get shorter first, then the views are numbers, then labels are cut in
/// their middle; nothing vanishes but counts that the rows tell too.
pub(super) fn title(model: &Model, canvas: &mut Canvas<'_>) {
    let tree = &model.tree;
    let label = |(at, side): (usize, &crate::compare::Side)| {
        let label = escape(side.label());
        match arriving(model, at) {
            Some(words) => format!("{label} ({words})"),
            None => label.into_owned(),
        }
    };
    let labels: Vec<_> = tree.comparison().sides().iter().enumerate().map(label).collect();
    let all: usize = labels.iter().map(|label| width(label)).sum();
    let least: usize = labels.iter().map(|label| width(label).min(LABEL)).sum();
    let more = match model.snapshots.len() {
        0..=2 => String::new(),
        all => format!("  of {all} snapshots (s)"),
    };
    let cells = usize::from(canvas.area().width);
    let counts = counts_of(model);
    let views = crate::tui::view::views_by_room(model.view);
    // Of all that could stand there, the longest that leaves labels whole, else the longest that leaves them legible.
    let (between, gap) = if cells < 70 { (" | ", "  ") } else { ("  |  ", "   ") };
    let past = model.present.as_ref().map_or_else(String::new, |present| format!("AS OF {}  ", present.at));
    let fixed = width(" drift  ") + width(&past) + width(between) + width(gap);
    let around = |more: &str, views: &str| fixed + width(more) + width(views);
    let (named, numbered) = views.split_at(2);
    let fits = |labels: usize| {
        let is_room = |counts: &str, more: &str, views: &str| around(more, views) + labels + 1 + width(counts) <= cells;
        // Names of views are worth more than what the rows tell too, and less than what no row tells.
        let telling = counts.iter().take(TELLING).flat_map(|counts| named.iter().map(move |views| (counts, views)));
        let mut named = telling.map(|(counts, views)| (counts.as_str(), more.as_str(), views.as_str()));
        let brief = counts.iter().flat_map(|counts| {
            let views = numbered.iter().map(|views| (more.as_str(), views)).chain([("", &numbered[1])]);
            views.map(move |(more, views)| (counts.as_str(), more, views.as_str()))
        });
        let fits = |(counts, more, views): &(&str, &str, &str)| is_room(counts, more, views);
        named.find(fits).or_else(|| brief.into_iter().find(fits))
    };
    // On the smallest screens the sides are worth more than the views.
    let brief = (counts.last().map_or("", String::as_str), "", "");
    let (counts, more, views) = fits(all).or_else(|| fits(least)).unwrap_or(brief);
    let room = cells.saturating_sub(around(more, views) + 1 + width(counts));
    let text = format!(" drift  {past}{}{more}{gap}{views}", squeezed(&labels, room).join(between));
    canvas.put_both(0, &text, counts, Style::default());
    canvas.restyle(Rect::new(1, 0, 5.min(canvas.area().width), 1), canvas.style(Role::Title));
}

/// Names in so many cells together: the shorter keep theirs, the longer share what is left.
fn squeezed(names: &[String], room: usize) -> Vec<String> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|at| names.get(*at).map_or(0, |name| width(name)));
    let (mut room, mut rest) = (room, names.len());
    let mut out = names.to_vec();
    for at in order {
        let share = room / rest.max(1);
        if let Some(name) = out.get_mut(at) {
            *name = squeeze(name, share.max(4)).into_owned();
            room = room.saturating_sub(width(name));
        }
        rest -= 1;
    }
    out
}

/// The counts at the right of the title, from the longest to the shortest.
fn counts_of(model: &Model) -> Vec<String> {
    let (tree, total) = (&model.tree, model.tree.total());
    let bands = tree.meaning().map(|meaning| meaning.risks.tally()).unwrap_or_default();
    let rated = |least: Band| -> String {
        let some = Band::ALL.into_iter().filter(|band| *band >= least && bands.of(*band) > 0);
        some.map(|band| format!(" {}{}", band.letter(), bands.of(band))).collect()
    };
    let reviewed = |word: &str| {
        let gutter = tree.gutter();
        let words = gutter.map(|gutter| {
            format!(" {}/{}{word}", gutter.decided_in(tree.comparison(), Comparison::TOP), total.found())
        });
        words.unwrap_or_default()
    };
    let moved = |rows: &[crate::compare::RowId], sign| match rows.len() {
        0 => String::new(),
        many => format!(" {sign}{}", grouped(many as u32)),
    };
    let assessment = tree.judgement().map(|judged| &judged.assessment);
    let moved = assessment.map_or_else(String::new, |a| moved(a.accepted(), 'a') + &moved(a.ignored(), 'g'));
    let diffs = format!("{} diffs", grouped(total.telling()));
    let kinds = counts(&total);
    let kinds = if kinds.is_empty() { kinds } else { format!(" {kinds}") };
    vec![
        format!("{diffs}{}{kinds}{moved}{}", rated(Band::Medium), reviewed(" decided")),
        format!("{diffs}{}{moved}{}", rated(Band::Medium), reviewed(" decided")),
        format!("{diffs}{}{moved}{}", rated(Band::Medium), reviewed("")),
        format!("{diffs}{}{moved}{}", rated(Band::High), reviewed("")),
        format!("{diffs}{}{}", rated(Band::High), reviewed("")),
        diffs,
    ]
}

/// The line of the filter: what is listed, and at the right how much that is.
pub(super) fn pair_line(tree: &Tree, layout: &Layout, canvas: &mut Canvas<'_>) {
    let (all, shown) = (tree.total().telling(), tree.differences().len() as u32);
    let hidden = all.saturating_sub(shown);
    let loud = if shown == 0 && hidden > 0 { "HIDDEN" } else { "hidden" };
    let busy = if tree.is_busy() { " .." } else { "" };
    let same = tree.matched().map_or_else(|| tree.total(), |m| m.tally(Comparison::TOP)).same;
    // Found by the filter, and neither a stop nor among the count.
    let gaps = match tree.matched().map_or(0, |matched| matched.tally(Comparison::TOP).not_collected) {
        0 => String::new(),
        gaps => format!(", {} not collected", grouped(gaps)),
    };
    let long = format!(
        "{} of {} diffs{gaps}, {} {loud}; {} same{busy} ",
        grouped(shown),
        grouped(all),
        grouped(hidden),
        grouped(same)
    );
    let short = format!("{}/{}{busy} ", grouped(shown), grouped(all));
    let right = if canvas.area().width >= 70 { long } else { short };
    let folded = !tree.shown().has(Kind::Same) && tree.filter().is_none();
    let gaps = tree.total().not_collected;
    let about = match (folded, gaps) {
        (true, 1..) if canvas.area().width >= 100 => {
            format!("same values folded (t= to show); {} not collected (?), no stops", grouped(gaps))
        }
        (true, _) => {
            // What does not fit ends at a word, not within the key's name.
            let room = usize::from(canvas.area().width).saturating_sub(width(" no filter; ") + width(&right) + 1);
            let texts = ["same values folded (t= to show)", "same values folded"];
            texts.into_iter().find(|text| width(text) <= room).unwrap_or("same folded").to_owned()
        }
        (false, _) => String::new(),
    };
    filter_line(tree, layout.filter, &about, &right, canvas);
}

/// The line of the filter: the text being typed or kept, else `about`; at the right how much is listed.
pub(in crate::tui) fn filter_line(tree: &Tree, y: u16, about: &str, right: &str, canvas: &mut Canvas<'_>) {
    if let Some(editing) = tree.editing() {
        let prompt = if editing.purpose == Purpose::Filter { " filter> " } else { " find> " };
        let end = canvas.put_right(canvas.area().right(), y, right, Style::default());
        let x = canvas.put(0, y, prompt, end, canvas.style(Role::Heading));
        field(editing, x, y, end.saturating_sub(x + 1), canvas);
        return;
    }
    let shown = tree.shown();
    let mut left = match (tree.filter(), tree.find()) {
        (_, Some(found)) => format!(" find: {}", escape(&found.text)),
        (Some((text, true)), None) => format!(" filter: {}", escape(text)),
        (Some((text, false)), None) => format!(" filter off (\\): {}", escape(text)),
        (None, None) => " no filter".to_owned(),
    };
    if !about.is_empty() {
        left.push_str(&format!("; {about}"));
    }
    if tree.leaves_out_decided() {
        left.push_str("; decided hidden (t x)");
    }
    let assessment = tree.judgement().map(|judged| &judged.assessment);
    let out = tree.leaves_out();
    let count =
        |hides: bool, rows: Option<&[crate::compare::RowId]>| rows.map_or(0, |rows| rows.len() * usize::from(hides));
    let accepted = count(out.accepted, assessment.map(|assessment| assessment.accepted()));
    let ignored = count(out.ignored, assessment.map(|assessment| assessment.ignored()));
    for (many, words) in [(accepted, "accepted hidden (t a)"), (ignored, "ignored hidden (t g)")] {
        if many > 0 {
            left.push_str(&format!("; {} {words}", grouped(many as u32)));
        }
    }
    let hides: String = Kind::ALL.iter().filter(|kind| !shown.lists(**kind)).map(|kind| kind.letter()).collect();
    if !hides.is_empty() {
        left.push_str(&format!("; {} values hidden by t: {hides}", shown.hidden(&tree.total())));
    }
    canvas.put_both(y, &left, right, Style::default());
}

/// The text being typed, its wrong part set apart, and the cursor in it.
pub(super) fn field(editing: &Editing, x: u16, y: u16, cells: u16, canvas: &mut Canvas<'_>) {
    let text = editing.field.text();
    let (before, after) = text.split_at(editing.field.place().min(text.len()));
    let (before, after) = (escape(before), escape(after));
    let at = width(&before);
    let room = usize::from(cells).max(2) - 1;
    let skip = at.saturating_sub(room);
    let shown = super::cells::slice(&format!("{before}{after}"), skip, usize::from(cells));
    canvas.put(x, y, &shown, cells, Style::default());
    if let Some(wrong) = &editing.wrong {
        let column = |byte: usize| text.get(..byte).map_or(0, |head| width(&escape(head))).saturating_sub(skip) as u16;
        let (from, to) = (column(wrong.at.start).min(cells), column(wrong.at.end).min(cells));
        canvas.restyle(
            Rect::new(x + from, y, to - from, 1),
            canvas.style(Role::Error).add_modifier(Modifier::UNDERLINED),
        );
    }
    canvas.cursor = Some(Position::new(x + (at - skip) as u16, y));
}

pub(super) fn head(model: &Model, layout: &Layout, canvas: &mut Canvas<'_>) {
    let tree = &model.tree;
    if completion_line(tree, layout.head.unwrap_or(layout.status), canvas) {
        return;
    }
    let Some(y) = layout.head else { return };
    let style = canvas.style(Role::Heading);
    canvas.put(MARKS, y, "PATH", 4, style);
    if let Some(x) = layout.columns.risk {
        canvas.put(x, y, "RISK", super::layout::RISK, style);
    }
    if layout.columns.arrangement == Arrangement::Unified {
        return;
    }
    if layout.columns.arrangement == Arrangement::Stacked {
        let text = format!("< {}   > {}", side_head(model, 0), side_head(model, 1));
        canvas.put(layout.columns.left() - 2, y, &text, layout.columns.value + 2, style);
        return;
    }
    for (side, x) in [(0, layout.columns.left()), (1, layout.columns.right())] {
        let column = canvas.glyphs.column.to_string();
        canvas.put(x - 2, y, &column, 1, Style::default());
        canvas.put(x, y, &side_head(model, side), layout.columns.value, style);
    }
}

/// What is wrong with the text being typed, or what its last word could become; `false` where there is nothing to say.
pub(in crate::tui) fn completion_line(tree: &Tree, y: u16, canvas: &mut Canvas<'_>) -> bool {
    let width = canvas.area().width;
    let Some(editing) = tree.editing() else { return false };
    if let Some(wrong) = &editing.wrong {
        canvas.put(0, y, &format!(" {}", escape(&wrong.words)), width, canvas.style(Role::Error));
    } else if !editing.completions.is_empty() {
        canvas.put(0, y, &completions(editing), width, Style::default());
    } else {
        return false;
    }
    true
}

/// What the word being typed could become; the one that Tab put in stands in brackets.
pub(super) fn completions(editing: &Editing) -> String {
    let chosen = editing.completed.as_ref().map(|(at, _)| *at);
    let first = chosen.map_or(0, |at| at.saturating_sub(3));
    let word = |(i, c): (usize, &crate::filter::Completion)| {
        let count = c.count.map(|count| format!(" {count}")).unwrap_or_default();
        let text = format!("{}{count}", escape(&c.text));
        if chosen == Some(i) { format!("[{text}]") } else { text }
    };
    let words: Vec<_> = editing.completions.iter().enumerate().skip(first).take(20).map(word).collect();
    format!(" {}   Tab next", words.join("  "))
}

/// The head of a value column: label, whether it is the reference, when it was captured.
pub(super) fn side_head(model: &Model, side: usize) -> String {
    let tree = &model.tree;
    let comparison = tree.comparison();
    let Some(what) = comparison.sides().get(side) else { return String::new() };
    let mark = if comparison.reference() == side { " REF" } else { "" };
    let at = match (side, tree.scroll()) {
        (0, Scroll::At(cell)) => format!("  col {}", cell + 1),
        _ if arriving(model, side).is_some() => format!("  {}", arriving::WORDS),
        _ => what.snapshot.meta.captured_at.map(|t| t.strftime("  %m-%d %H:%MZ").to_string()).unwrap_or_default(),
    };
    format!("{}{mark}{at}", escape(what.label()))
}
