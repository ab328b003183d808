//! Snapshots being read and compared: how far each is, in words and percent. Pure; what is drawn changes with what
//! happens, and nothing moves by itself.

use super::canvas::Canvas;
use super::theme::Role;
use super::tree::view::grouped;
use crate::base::text::escape;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// How far one snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not begun.
    Waits,
    /// Being read, so much of so much.
    Reads(u64, u64),
    /// Read: so many facts.
    Ready(usize),
}

/// The state of the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loading {
    /// What is read, in display form, and how far it is.
    pub rows: Vec<(String, Stage)>,
    /// Everything is read, and is laid side by side.
    pub compares: bool,
}

impl Loading {
    /// The screen for what these references name.
    pub fn new(references: &[String]) -> Self {
        let row = |text: &String| (escape(text).into_owned(), Stage::Waits);
        Self { rows: references.iter().map(row).collect(), compares: false }
    }

    /// The share of all that has been read.
    fn percent(&self) -> u64 {
        let share = |stage: &Stage| match stage {
            Stage::Waits => 0,
            Stage::Reads(done, all) => done * 100 / all.max(&1),
            Stage::Ready(_) => 100,
        };
        let shares: Vec<u64> = self.rows.iter().map(|(_, stage)| share(stage)).collect();
        shares.iter().sum::<u64>() / (shares.len() as u64).max(1)
    }

    fn words(&self) -> String {
        if self.compares { "comparing ..".to_owned() } else { format!("loading, {} %", self.percent()) }
    }
}

/// Draws the screen.
pub fn draw(loading: &Loading, canvas: &mut Canvas<'_>) {
    let Rect { width, height, .. } = canvas.area();
    let style = Style::default();
    canvas.put_both(0, " driftglass", &loading.words(), canvas.style(Role::Title));
    canvas.rule(1, "");
    let name = width.saturating_sub(26).min(60);
    for (y, (what, stage)) in (2..height.saturating_sub(1)).zip(&loading.rows) {
        canvas.put(1, y, what, name, style);
        let words = match stage {
            Stage::Waits => "waits".to_owned(),
            Stage::Reads(done, all) => format!("loading, {} %", done * 100 / all.max(&1)),
            Stage::Ready(facts) => format!("{} facts", grouped(u32::try_from(*facts).unwrap_or(u32::MAX))),
        };
        canvas.put(name + 3, y, &words, width.saturating_sub(name + 3), style);
    }
    canvas.put(0, height.saturating_sub(1), "Ctrl-c stops", width, style);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyphs::Glyphs;
    use crate::tui::theme::Theme;
    use ratatui::buffer::Buffer;

    #[test]
    fn it_says_how_far_each_is_and_how_far_all_are() {
        let mut loading = Loading::new(&["staging.json".to_owned(), "bad\u{1b}.json".to_owned()]);
        loading.rows[0].1 = Stage::Ready(8214);
        loading.rows[1].1 = Stage::Reads(30, 120);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 10));
        draw(&loading, &mut Canvas::new(&mut buffer, &Theme::default(), Glyphs::ASCII));
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        for words in ["loading, 62 %", "staging.json", "8,214 facts", "bad\\e.json", "loading, 25 %", "Ctrl-c stops"] {
            assert!(text.contains(words), "{words} in {text}");
        }
        loading.compares = true;
        assert_eq!(loading.words(), "comparing ..");
    }
}
