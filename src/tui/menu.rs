//! A line of letters after a key: it opens at once, a letter acts, Esc closes. No time limit, so slow links are safe.

use super::canvas::Canvas;
use super::matrix::Order;
use super::risk;
use super::tree::LeavesOut;
use super::tree::kind::{Kind, Shown};
use crate::base::text::width;
use crate::history;
use ratatui::style::Style;

/// What is said at the end of a menu, where there is room.
const CLOSES: &str = "   Esc closes";

/// What a letter chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Show or hide a kind of leaf.
    Kind(Kind),
    /// Copy something.
    Copy(Copy),
    /// The snapshot for the left side; the right is asked for next.
    Left(usize),
    /// The snapshots for both sides.
    Sides(usize, usize),
    /// Order the rows of the matrix.
    Order(Order),
    /// Order what is to be read.
    RiskOrder(risk::Order),
    /// Order the paths of the history.
    TimeOrder(history::Order),
    /// Show or hide what is accepted.
    Accepted,
    /// Show or hide what is ignored.
    Ignored,
    /// Show or hide what is decided in a review.
    Done,
    /// The answer to what a review asks.
    Confirm(bool),
    /// Whether to leave though something is kept nowhere.
    Leave(bool),
}

/// What can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// `path: left -> right`.
    Row,
    /// The path.
    Path,
    /// The left value.
    Left,
    /// The right value.
    Right,
    /// Both values on two lines.
    Both,
    /// A row of a Markdown table.
    Markdown,
    /// The path as JSON pointer, with the values as JSON texts.
    Pointer,
    /// The command that opens this view.
    View,
    /// The command that reads the value once more.
    Command,
    /// The text of the filter.
    Filter,
}

/// One letter of a menu.
#[derive(Clone, Debug)]
pub struct Item {
    /// The letter.
    pub letter: char,
    /// What it does, in display form.
    pub words: String,
    /// What it chooses.
    pub choice: Choice,
}

/// An open menu.
#[derive(Clone, Debug)]
pub struct Menu {
    /// What is chosen.
    pub title: &'static str,
    /// The letters.
    pub items: Vec<Item>,
}

impl Menu {
    /// The kinds of leaf that are listed.
    pub fn states(shown: Shown) -> Self {
        let item = |kind: Kind| Item {
            letter: kind.letter(),
            words: format!("{}{}", if shown.has(kind) { '+' } else { '-' }, kind.word()),
            choice: Choice::Kind(kind),
        };
        Self { title: "states, + shown", items: Kind::ALL.into_iter().map(item).collect() }
    }

    /// Whether a review lists what is decided.
    pub fn done(hidden: bool) -> Self {
        Self { title: "states, + shown", items: Vec::new() }.with_done(hidden)
    }

    /// The menu, and whether what is decided in a review is listed.
    #[must_use]
    pub fn with_done(mut self, hidden: bool) -> Self {
        let words = format!("{}decided", if hidden { '-' } else { '+' });
        self.items.push(Item { letter: 'x', words, choice: Choice::Done });
        self
    }

    /// The menu, and whether what the policy moves out of the way is listed.
    #[must_use]
    pub fn with_policy(mut self, out: LeavesOut) -> Self {
        let words = |hidden, word: &str| format!("{}{word}", if hidden { '-' } else { '+' });
        let accepted = words(out.accepted, "accepted");
        self.items.push(Item { letter: 'a', words: accepted, choice: Choice::Accepted });
        self.items.push(Item { letter: 'g', words: words(out.ignored, "ignored"), choice: Choice::Ignored });
        self
    }

    /// A question of a review: what `y` does, and what `n` does.
    pub fn confirm(title: &'static str, yes: &str, no: &str) -> Self {
        let item = |letter, words: &str, choice| Item { letter, words: words.to_owned(), choice };
        let items = vec![item('y', yes, Choice::Confirm(true)), item('n', no, Choice::Confirm(false))];
        Self { title, items }
    }

    /// Asks before what is kept nowhere is left.
    pub fn leave() -> Self {
        let item =
            |letter, words: &str, leaves| Item { letter, words: words.to_owned(), choice: Choice::Leave(leaves) };
        Self { title: "leave all the same?", items: vec![item('y', "leave", true), item('n', "stay", false)] }
    }

    /// How the rows of the matrix are ordered.
    pub fn order(present: Order) -> Self {
        let item = |(letter, words, order): (char, &str, Order)| Item {
            letter,
            words: format!("{}{words}", if order == present { "+" } else { "-" }),
            choice: Choice::Order(order),
        };
        let orders = [('p', "path", Order::Path), ('v', "most different values first", Order::Values)];
        Self { title: "order, + present", items: orders.into_iter().map(item).collect() }
    }

    /// How what is to be read is ordered; by age only where that is known.
    pub fn risk_order(present: risk::Order, knows_ages: bool) -> Self {
        let item = |(letter, order): (char, risk::Order)| Item {
            letter,
            words: format!("{}{}", if order == present { "+" } else { "-" }, order.words()),
            choice: Choice::RiskOrder(order),
        };
        let orders = risk::Order::ALL.into_iter().filter(|(_, order)| knows_ages || *order != risk::Order::Age);
        Self { title: "order, + present", items: orders.map(item).collect() }
    }

    /// How the paths of the history are ordered.
    pub fn time_order(present: history::Order) -> Self {
        use history::Order;
        let item = |(letter, order): (char, Order)| Item {
            letter,
            words: format!("{}{}", if order == present { "+" } else { "-" }, order.words()),
            choice: Choice::TimeOrder(order),
        };
        let orders = [('n', Order::Newest), ('a', Order::Oldest), ('f', Order::Restless), ('p', Order::Path)];
        Self { title: "order, + present", items: orders.map(item).into() }
    }

    /// What can be copied.
    pub fn copy() -> Self {
        let items = [
            ('y', "row", Copy::Row),
            ('p', "path", Copy::Path),
            ('l', "left", Copy::Left),
            ('r', "right", Copy::Right),
            ('b', "both", Copy::Both),
            ('m', "Markdown", Copy::Markdown),
            ('j', "JSON pointer", Copy::Pointer),
            ('w', "this view", Copy::View),
            ('c', "command", Copy::Command),
            ('f', "filter", Copy::Filter),
        ];
        let items = items.map(|(letter, words, what)| Item { letter, words: words.into(), choice: Choice::Copy(what) });
        Self { title: "copy", items: items.into() }
    }

    /// The snapshots, as choices for a side.
    pub fn sides<'a>(
        title: &'static str,
        labels: impl Iterator<Item = (usize, &'a str)>,
        choice: impl Fn(usize) -> Choice,
    ) -> Self {
        let item = |(letter, (i, label)): (char, (usize, &str))| Item {
            letter,
            words: crate::base::text::escape(label).into_owned(),
            choice: choice(i),
        };
        Self { title, items: ('a'..='z').zip(labels).map(item).collect() }
    }

    /// What a letter chooses.
    pub fn choose(&self, letter: char) -> Option<Choice> {
        self.items.iter().find(|item| item.letter == letter).map(|item| item.choice)
    }

    /// The menu with all its words, in as many lines as it takes.
    pub fn lines(&self, cells: usize) -> Vec<String> {
        let mut lines = vec![format!(" {}:", self.title)];
        let items = self.items.iter().map(|item| format!("{} {}", item.letter, item.words));
        for item in items {
            match lines.last_mut() {
                Some(line) if width(line) + 2 + width(&item) <= cells => {
                    line.push_str(if line.ends_with(':') { " " } else { "  " });
                    line.push_str(&item);
                }
                _ => lines.push(format!(" {item}")),
            }
        }
        if let Some(line) = lines.last_mut().filter(|line| width(line) + width(CLOSES) <= cells) {
            line.push_str(CLOSES);
        }
        lines
    }

    /// Draws it at the bottom of the screen, over as much of what stands there as it needs.
    pub fn draw(&self, canvas: &mut Canvas<'_>, bottom: u16) {
        let cells = canvas.area().width;
        let lines = self.lines(usize::from(cells));
        for (line, y) in lines.iter().rev().zip((0..=bottom).rev()) {
            canvas.put(0, y, &format!("{line:<cells$}", cells = usize::from(cells)), cells, Style::default());
        }
    }
}
