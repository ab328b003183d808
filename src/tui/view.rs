//! Drawing the model: the tree, then the layers above it. Changes nothing.

use super::canvas::Canvas;
use super::keys::Action;
use super::model::{Model, View};
use super::theme::Role;
use super::tree::{self, layout::SMALLEST};
use super::{coverage, hints, matrix, overview, paper, review, risk, time};
use crate::base::text::{fit, width};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

/// Draws the model on a frame.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    if let Some(position) = draw(model, frame.buffer_mut()) {
        frame.set_cursor_position(position);
    }
}

/// Draws the model; where the cursor goes, if it is shown.
pub fn draw(model: &Model, buffer: &mut Buffer) -> Option<Position> {
    // Over a slow link the mark alone shows the selection: a row in reverse costs as much as the row.
    let plain = model.slow.then(|| model.theme.without_selection());
    let mut canvas = Canvas::new(buffer, plain.as_ref().unwrap_or(&model.theme), model.glyphs);
    match model.layout() {
        Some(_) => {
            // A layer covers the whole screen; what is beneath the top one is not drawn.
            match model.layers.last() {
                Some(layer) => layer.draw(model, &mut canvas),
                None => beneath(model, &mut canvas),
            }
        }
        None => too_small(model.size, &mut canvas),
    }
    canvas.cursor
}

/// Draws what is beneath all layers.
pub(super) fn beneath(model: &Model, canvas: &mut Canvas<'_>) {
    let Some(layout) = model.layout() else { return };
    match model.view {
        View::Tree => tree::draw(model, &layout, canvas),
        View::Risk => risk::draw(model, canvas),
        View::Matrix => matrix::draw(model, canvas),
        View::Time => time::draw(model, canvas),
        View::Report => paper::draw(model, canvas),
        View::Overview => overview::draw(model, canvas),
        View::Coverage => coverage::draw(model, canvas),
        View::Review => review::draw(model, canvas),
    }
}

/// The views that the digits lead to, the present one in brackets, from the longest to the shortest:
/// `1 Tree  [3 Matrix]  6 Overview`, the same closer together, `1 [3 Matrix] 6`, `1 [3] 6`.
pub(super) fn views_by_room(present: View) -> [String; 4] {
    let of = |others: bool, own: bool, gap: &str| {
        let word = |view: View| {
            let key = hints::key(view.action());
            match (view == present, if view == present { own } else { others }) {
                (true, true) => format!("[{key} {}]", view.word()),
                (true, false) => format!("[{key}]"),
                (false, true) => format!("{key} {}", view.word()),
                (false, false) => key,
            }
        };
        View::ALL.map(word).join(gap)
    };
    [of(true, true, "  "), of(true, true, " "), of(false, true, " "), of(false, false, " ")]
}

/// The title of a screen of all snapshots: the views, and what is looked at.
pub(super) fn tabs(model: &Model, about: &str, canvas: &mut Canvas<'_>) {
    let room = usize::from(canvas.area().width).saturating_sub(width(about) + 1);
    let titles = views_by_room(model.view).map(|views| format!(" drift  {views}"));
    let text = titles.iter().find(|text| width(text) <= room).unwrap_or(&titles[3]);
    // Where one is must be seen; what it is about is cut first.
    let about = fit(about, usize::from(canvas.area().width).saturating_sub(width(text) + 1));
    canvas.put_both(0, text, &about, Style::default());
    canvas.restyle(Rect::new(1, 0, 5.min(canvas.area().width), 1), canvas.style(Role::Title));
}

/// What stands in place of a screen whose figures are not there yet.
pub(super) fn waiting(model: &Model, canvas: &mut Canvas<'_>) {
    tabs(model, "", canvas);
    let words = format!("comparing {} snapshots ..", model.snapshots.len());
    canvas.put(1, 2, &words, model.size.width.saturating_sub(1), Style::default());
    let hint = format!("{} back", hints::key(Action::Back));
    canvas.put(0, model.size.height.saturating_sub(1), &hint, model.size.width, Style::default());
}

/// Says what size is needed.
pub(super) fn too_small(size: Size, canvas: &mut Canvas<'_>) {
    let least = SMALLEST;
    let words = [
        format!("window is {}x{},", size.width, size.height),
        format!("driftglass needs {}x{}", least.width, least.height),
        "q quit".to_owned(),
    ];
    let joined = format!("{} {}", words[0], words[1]);
    let lines = if joined.len() <= usize::from(size.width) { vec![joined, words[2].clone()] } else { words.to_vec() };
    for (y, line) in (0..size.height).zip(lines) {
        canvas.put(0, y, &line, size.width, Style::default());
    }
}
