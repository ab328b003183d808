//! Where everything stands, from the size alone: a pure function that both drawing and moving use.

use ratatui::layout::{Rect, Size};

/// The smallest screen that the explorer draws on.
pub const SMALLEST: Size = Size { width: 40, height: 10 };

/// Cells of the word for the risk.
pub const RISK: u16 = 4;

/// How values stand beside their path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// Side by side where there is room for it, else in one line.
    #[default]
    Auto,
    /// A column for each side.
    SideBySide,
    /// `path  left -> right`.
    Unified,
    /// Two lines where values differ: the left one beside the path, the right one beneath it.
    Stacked,
}

impl Arrangement {
    /// What it comes to in a window: never [`Arrangement::Auto`].
    pub fn at(self, width: u16) -> Self {
        match self {
            Arrangement::Auto if width >= 70 => Arrangement::SideBySide,
            Arrangement::Auto => Arrangement::Unified,
            chosen => chosen,
        }
    }

    /// All of them.
    pub const ALL: [Arrangement; 4] =
        [Arrangement::Auto, Arrangement::SideBySide, Arrangement::Unified, Arrangement::Stacked];

    /// The word for it in configuration and on the command line.
    pub fn setting(self) -> &'static str {
        match self {
            Arrangement::SideBySide => "side-by-side",
            other => other.word(),
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Arrangement::Auto => "auto",
            Arrangement::SideBySide => "side by side",
            Arrangement::Unified => "unified",
            Arrangement::Stacked => "stacked",
        }
    }
}

/// The columns of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// How values stand.
    pub arrangement: Arrangement,
    /// Cells of the path, with cursor, marks and indent.
    pub path: u16,
    /// Cells of each value column, without the rule before it.
    pub value: u16,
    /// Where the word for the risk stands; `None` where there is no room.
    pub risk: Option<u16>,
    /// The column of the thumb; the minimap is the one after. `None` where there is no room.
    pub edge: Option<u16>,
}

impl Columns {
    /// Where the left values start.
    pub fn left(&self) -> u16 {
        self.path + 2
    }

    /// Where the right values start.
    pub fn right(&self) -> u16 {
        self.left() + self.value + 2
    }
}

/// The regions of the screen, from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The line of the filter; the title is above it.
    pub filter: u16,
    /// The line of the column heads.
    pub head: Option<u16>,
    /// The rows, with the line of sticky ancestors.
    pub body: Rect,
    /// The rule with the selected path.
    pub rule: u16,
    /// What is said of the selection.
    pub preview: Rect,
    /// The status line.
    pub status: u16,
    /// The hints.
    pub footer: u16,
    /// Whether a scrolled body names the branches above its first row.
    pub has_sticky: bool,
    /// The columns of the body.
    pub columns: Columns,
}

/// What the size is too small for, and what is chosen by the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// How values stand.
    pub arrangement: Arrangement,
    /// The selected values in full.
    pub wrap: bool,
}

impl Layout {
    /// The layout for a size; `None` where it is too small.
    pub fn new(size: Size, choices: Choices) -> Option<Self> {
        let Size { width, height } = size;
        if width < SMALLEST.width || height < SMALLEST.height {
            return None;
        }
        let has_head = height >= 24;
        let top = 2 + u16::from(has_head);
        let preview = preview_lines(size, choices.wrap);
        let below = preview + 3;
        let body = Rect::new(0, top, width, height - top - below);
        let rule = body.bottom();
        Some(Self {
            filter: 1,
            head: has_head.then_some(2),
            body,
            rule,
            preview: Rect::new(0, rule + 1, width, preview),
            status: height - 2,
            footer: height - 1,
            has_sticky: height >= 18,
            columns: columns(size, choices),
        })
    }
}

fn preview_lines(size: Size, wrap: bool) -> u16 {
    let usual = match size.height {
        36.. => 4,
        24..36 => 2,
        18..24 if size.width < 70 => 4,
        18..24 => 1,
        _ => 0,
    };
    // Three rows of the body stay, whatever is wrapped.
    if wrap { usual.max((size.height / 2).min(size.height - 8)) } else { usual }
}

fn columns(size: Size, choices: Choices) -> Columns {
    let width = size.width;
    let edge = (size.height >= 18).then_some(width - 2);
    let room = edge.map_or(width, |edge| edge - 1);
    let risk = (width >= 100).then_some(room - RISK);
    let room = risk.map_or(room, |risk| risk - 1);
    let path = if width >= 100 { width * 36 / 100 } else { width * 2 / 5 };
    let arrangement = choices.arrangement.at(width);
    match arrangement {
        Arrangement::SideBySide => Columns { arrangement, path, value: (room - path - 4) / 2, risk, edge },
        Arrangement::Stacked => Columns { arrangement, path, value: room - path - 2, risk, edge },
        Arrangement::Auto | Arrangement::Unified => {
            Columns { arrangement: Arrangement::Unified, path: room, value: room / 2, risk, edge }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_region_is_on_the_screen(width in 1u16..400, height in 1u16..200, wrap: bool, chosen in 0usize..4) {
            let arrangement = Arrangement::ALL[chosen];
            let Some(layout) = Layout::new(Size { width, height }, Choices { wrap, arrangement }) else {
                prop_assert!(width < 40 || height < 10);
                return Ok(());
            };
            prop_assert!(layout.body.height >= 3);
            prop_assert_eq!(layout.preview.bottom(), layout.status);
            prop_assert_eq!(layout.footer, height - 1);
            let columns = layout.columns;
            if columns.arrangement == Arrangement::SideBySide {
                prop_assert!(columns.right() + columns.value <= columns.risk.or(columns.edge).unwrap_or(width));
                prop_assert!(columns.path * 5 <= width * 2);
            }
            if columns.arrangement == Arrangement::Stacked {
                prop_assert!(columns.left() + columns.value <= columns.edge.unwrap_or(width));
            }
        }
    }
}
