//! Writing to the cells of the screen, within bounds, in the roles of the theme.

use super::glyphs::Glyphs;
use super::theme::{Role, Theme};
use crate::base::text::{fit, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// The screen as a view sees it. What is written must be in display form (`base::text::escape`).
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    /// The look of each role.
    pub theme: &'a Theme,
    /// The characters of decoration.
    pub glyphs: Glyphs,
    /// Where the hardware cursor goes.
    pub cursor: Option<Position>,
}

impl<'a> Canvas<'a> {
    /// A canvas over a buffer.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, glyphs: Glyphs) -> Self {
        Self { buffer, theme, glyphs, cursor: None }
    }

    /// The whole screen.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Writes a text into at most `cells`, its cut visible; returns the column after it.
    pub fn put(&mut self, x: u16, y: u16, text: &str, cells: u16, style: Style) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() {
            return x;
        }
        let cells = cells.min(area.right() - x);
        let text = fit(text, usize::from(cells));
        self.buffer.set_stringn(x, y, &text, usize::from(cells), style).0
    }

    /// Writes a text so that it ends before the column `right`; returns the column it starts at.
    pub fn put_right(&mut self, right: u16, y: u16, text: &str, style: Style) -> u16 {
        let x = right.saturating_sub(width(text) as u16);
        self.put(x, y, text, right - x, style);
        x
    }

    /// Writes one text at the left and one at the right of a line. The right one keeps its room; the left is cut.
    pub fn put_both(&mut self, y: u16, left: &str, right: &str, style: Style) {
        let end = self.area().right();
        let x = if right.is_empty() { end } else { self.put_right(end, y, right, style).saturating_sub(1) };
        self.put(0, y, left, x, style);
    }

    /// Lays a style over cells that are already written.
    pub fn restyle(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area, style);
    }

    /// Draws a rule across the screen with a text in it.
    pub fn rule(&mut self, y: u16, text: &str) {
        let end = self.area().right();
        let line = self.glyphs.rule.to_string();
        let mut x = self.put(0, y, &line.repeat(2), 2, Style::default());
        if !text.is_empty() {
            x = self.put(x, y, &format!(" {text}"), end.saturating_sub(x + 1), Style::default());
            x = self.put(x, y, " ", 1, Style::default());
        }
        let rest = usize::from(end.saturating_sub(x));
        self.put(x, y, &line.repeat(rest), rest as u16, Style::default());
    }

    /// Empties a line.
    pub fn blank(&mut self, y: u16) {
        let end = self.area().right();
        self.put(0, y, &" ".repeat(usize::from(end)), end, Style::reset());
    }
}
