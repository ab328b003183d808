//! Drawing the model: the tree, then the layers above it. Changes nothing.

use super::canvas::Canvas;
use super::model::Model;
use super::tree::{self, layout::SMALLEST};
use ratatui::Frame;
use ratatui::layout::Size;
use ratatui::style::Style;

/// Draws the model on a frame.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let mut canvas = Canvas::new(frame.buffer_mut(), &model.theme, model.glyphs);
    match model.layout() {
        Some(layout) => {
            // A layer covers the whole screen; what is beneath the top one is not drawn.
            match model.layers.last() {
                Some(layer) => layer.draw(model, &mut canvas),
                None => tree::draw(model, &layout, &mut canvas),
            }
        }
        None => too_small(model.size, &mut canvas),
    }
    if let Some(position) = canvas.cursor {
        frame.set_cursor_position(position);
    }
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
