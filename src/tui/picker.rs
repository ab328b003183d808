//! Choosing snapshots: what is in the store, the examples, this machine, and whatever else a reference names. Pure: the
//! time comes in, and what is chosen goes out as references.

mod check;
mod view;

pub use check::age;
pub use view::draw;

use super::field::{Field, Typed};
use super::keys::{Action, Key};
use crate::base::order::natural;
use crate::base::text::escape;
use crate::model::Meta;
use jiff::Timestamp;
use ratatui::layout::Size;

/// What is said of a source that is not read yet.
pub const UNREAD: &str = "read or captured when it is compared";

/// From this width on a row has all columns.
const WIDE: u16 = 110;

/// What kind of source a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A review that was begun.
    Review,
    /// Kept in the store.
    Stored,
    /// Comes with the program.
    Example,
    /// To be read or captured when it is compared.
    Other,
}

/// A snapshot that can be chosen.
#[derive(Clone, Debug)]
pub struct Source {
    /// The reference that names it.
    pub reference: String,
    /// What kind it is.
    pub kind: Kind,
    /// What is known of it without reading it whole; of what is not read yet, the label alone.
    pub meta: Meta,
    /// How many facts it says it has.
    pub facts: Option<u64>,
    /// How many paths it says could not be read.
    pub problems: Option<u64>,
    /// What a user should know of it.
    pub about: String,
    /// Why it cannot be used.
    pub broken: Option<String>,
}

/// What the rows are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    #[default]
    Label,
    Age,
    Host,
}

/// What a text is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typing {
    Filter,
    Source,
    Command,
}

/// What a key led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing outside.
    Stay,
    /// Choose what was typed as a reference.
    Open(String),
    /// Compare these references; the number is the reference among them, if one was set.
    Compare(Vec<String>, Option<usize>),
    /// Go on with the review of this row's reference.
    Continue(String),
    /// Put the review of this row's reference out of the way.
    Delete(String),
    /// Bring back the review that was put out of the way last.
    Restore,
    /// The list of keys.
    Help,
    /// Leave.
    Quit,
}

/// The state of the screen.
#[derive(Debug)]
pub struct Picker {
    sources: Vec<Source>,
    /// Indices of the rows that match the filter, in order.
    shown: Vec<usize>,
    /// Indices in the order in which they were chosen.
    chosen: Vec<usize>,
    reference: Option<usize>,
    order: Order,
    filter: String,
    /// The filter that Esc brings back while another is typed.
    before: String,
    typing: Option<(Typing, Field)>,
    /// The place of the selected row in `shown`.
    cursor: usize,
    now: Timestamp,
    size: Size,
    /// Words on the status line.
    pub note: String,
    /// The review of which it is asked whether it is to go.
    asked: Option<String>,
    /// Whether the user was told that leaving ends something.
    pub warned: bool,
    /// The store's folder, as words.
    place: String,
}

impl Picker {
    /// The screen with these sources; `place` says where the store is, `now` what ages are counted from.
    pub fn new(sources: Vec<Source>, place: &str, now: Timestamp) -> Self {
        let mut picker = Self {
            sources,
            shown: Vec::new(),
            chosen: Vec::new(),
            reference: None,
            order: Order::default(),
            filter: String::new(),
            before: String::new(),
            typing: None,
            cursor: 0,
            now,
            size: Size::new(80, 24),
            note: String::new(),
            asked: None,
            warned: false,
            place: escape(place).into_owned(),
        };
        picker.list();
        picker
    }

    /// Takes note of the size of the screen.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.list();
    }

    /// Whether keys are text.
    pub fn takes_text(&self) -> bool {
        self.typing.is_some()
    }

    /// Puts pasted text in.
    pub fn paste(&mut self, text: &str) {
        if let Some((_, field)) = &mut self.typing {
            field.paste(text);
        }
    }

    /// Chooses what a reference names, and lists it if it is not listed yet.
    pub fn choose_reference(&mut self, reference: &str) {
        let known = self.sources.iter().position(|source| source.reference == reference);
        let at = known.unwrap_or_else(|| {
            let meta = Meta { label: reference.to_owned(), ..Meta::default() };
            self.sources.push(Source {
                reference: reference.to_owned(),
                kind: Kind::Other,
                meta,
                facts: None,
                problems: None,
                about: UNREAD.to_owned(),
                broken: None,
            });
            self.sources.len() - 1
        });
        if !self.chosen.contains(&at) {
            self.chosen.push(at);
        }
        // It is seen, whatever was looked for.
        self.filter.clear();
        self.list();
        self.cursor = self.shown.iter().position(|shown| *shown == at).unwrap_or(self.cursor);
    }

    /// What was typed names nothing: it is said why, and the text stays to be mended.
    pub fn refuse(&mut self, text: String, why: String) {
        self.typing = Some((Typing::Source, Field::new(text)));
        self.note = why;
    }

    /// Says of a source what is under way with it; nothing, once nothing is. Whether that is news.
    pub fn tell(&mut self, reference: &str, words: &str) -> bool {
        let words = if words.is_empty() { UNREAD } else { words };
        let source = self.sources.iter_mut().find(|source| source.reference == reference);
        let news = source.filter(|source| source.about != words);
        news.map(|source| words.clone_into(&mut source.about)).is_some()
    }

    /// What a source names is captured by now: what it was kept as is listed, and chosen in its place. Whether that is
    /// news.
    pub fn replace(&mut self, reference: &str, kept: Source, words: &str) -> bool {
        if self.sources.iter().any(|source| source.reference == kept.reference) {
            return false;
        }
        self.tell(reference, "");
        self.sources.push(kept);
        let (new, old) = (self.sources.len() - 1, self.sources.iter().position(|source| source.reference == reference));
        for chosen in self.chosen.iter_mut().chain(&mut self.reference) {
            if Some(*chosen) == old {
                *chosen = new;
            }
        }
        self.list();
        words.clone_into(&mut self.note);
        true
    }

    /// Gives a key its effect; `action` is what the table says it does here.
    pub fn key(&mut self, key: Key, action: Option<Action>) -> Next {
        self.note.clear();
        self.warned &= matches!(action, Some(Action::Back | Action::Interrupt));
        if let Some((what, field)) = self.typing.take() {
            return self.typed(what, field, key);
        }
        if let Some(reference) = self.asked.take() {
            if key == Key::char('y') {
                return Next::Delete(reference);
            }
            self.note = "nothing is deleted".to_owned();
            return Next::Stay;
        }
        match action {
            Some(Action::Down) => self.step(1),
            Some(Action::Up) => self.step(-1),
            Some(Action::PageDown) => self.step(self.page()),
            Some(Action::PageUp) => self.step(-self.page()),
            Some(Action::HalfDown) => self.step(self.page() / 2),
            Some(Action::HalfUp) => self.step(-(self.page() / 2)),
            Some(Action::First) => self.step(isize::MIN),
            Some(Action::Last) => self.step(isize::MAX),
            Some(Action::Choose) => self.choose(),
            Some(Action::Reference) => self.set_reference(),
            Some(Action::Order) => {
                self.order = match self.order {
                    Order::Label => Order::Age,
                    Order::Age => Order::Host,
                    Order::Host => Order::Label,
                };
                self.list();
                self.note = format!("ordered by {}", self.order.word());
            }
            Some(Action::Filter) => {
                self.before.clone_from(&self.filter);
                self.typing = Some((Typing::Filter, Field::new(self.filter.clone())));
            }
            Some(Action::Add) => self.typing = Some((Typing::Source, Field::default())),
            Some(Action::Commands) => self.typing = Some((Typing::Command, Field::default())),
            Some(Action::Restore) => return Next::Restore,
            Some(Action::Compare) => return self.compare(),
            Some(Action::Help) => return Next::Help,
            Some(Action::Interrupt) => return Next::Quit,
            Some(Action::Back) if key == Key::char('q') => return Next::Quit,
            Some(Action::Back) if !self.filter.is_empty() => {
                self.filter.clear();
                self.list();
            }
            _ => {}
        }
        Next::Stay
    }

    fn typed(&mut self, what: Typing, mut field: Field, key: Key) -> Next {
        let was = self.filter.clone();
        let mut next = Next::Stay;
        match field.typed(key) {
            Typed::Left => {
                if what == Typing::Filter {
                    self.filter = std::mem::take(&mut self.before);
                }
            }
            Typed::Entered => {
                let text = field.text().trim().to_owned();
                match what {
                    Typing::Source if !text.is_empty() => next = Next::Open(text),
                    Typing::Command => next = self.command(&text),
                    Typing::Source | Typing::Filter => {}
                }
            }
            Typed::Changed | Typed::Same => {
                if what == Typing::Filter {
                    self.filter = field.text().to_owned();
                }
                self.typing = Some((what, field));
            }
        }
        if self.filter != was {
            self.list();
        }
        next
    }

    /// What is typed after `:` here.
    fn command(&mut self, text: &str) -> Next {
        let selected = self.selected().and_then(|at| self.sources.get(at));
        match (text, selected) {
            ("q" | "quit", _) => return Next::Quit,
            ("help", _) => return Next::Help,
            ("session delete", Some(source)) if source.kind == Kind::Review => {
                let (label, about) = (escape(&source.meta.label), escape(&source.about));
                self.note = format!("delete the review {label}? y deletes, n keeps, u undoes ({about})");
                self.asked = Some(source.reference.clone());
            }
            ("session delete", _) => self.note = "choose a review that was begun".to_owned(),
            ("", _) => {}
            _ => self.note = "the commands here are: session delete, help, quit".to_owned(),
        }
        Next::Stay
    }

    /// Takes a source off the list.
    pub fn remove(&mut self, reference: &str) -> Option<Source> {
        let at = self.sources.iter().position(|source| source.reference == reference)?;
        let after = |place: usize| if place > at { place - 1 } else { place };
        self.chosen.retain(|chosen| *chosen != at);
        self.chosen.iter_mut().for_each(|chosen| *chosen = after(*chosen));
        self.reference = self.reference.filter(|reference| *reference != at).map(after);
        let source = self.sources.remove(at);
        let cursor = self.cursor;
        self.shown.clear();
        self.list();
        self.cursor = cursor.min(self.shown.len().saturating_sub(1));
        Some(source)
    }

    /// Puts a source on the list and selects it.
    pub fn insert(&mut self, source: Source) {
        self.sources.push(source);
        self.list();
        self.cursor = self.shown.iter().position(|at| *at + 1 == self.sources.len()).unwrap_or(self.cursor);
    }

    /// Lists the rows that match, in order; the selected one stays selected.
    fn list(&mut self) {
        let selected = self.shown.get(self.cursor).copied();
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let matches = |source: &Source| {
            let meta = &source.meta;
            let shown = |from: u16, text: &Option<String>| match text {
                Some(text) if self.size.width >= from => text.clone(),
                _ => String::new(),
            };
            let (role, host) = (shown(WIDE, &meta.role), shown(70, &meta.host));
            // Only what a row shows: a match that nobody sees is no match.
            let about = source.broken.as_deref().unwrap_or(&source.about);
            let text = format!("{} {role} {host} {about}", meta.label).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let mut shown: Vec<usize> = (0..self.sources.len()).filter(|at| matches(&self.sources[*at])).collect();
        shown.sort_by(|a, b| {
            let (a, b) = (&self.sources[*a], &self.sources[*b]);
            let newest = || b.meta.captured_at.cmp(&a.meta.captured_at);
            let label = || natural(&a.meta.label, &b.meta.label);
            let by_order = match self.order {
                Order::Label => label().then_with(newest),
                Order::Age => newest().then_with(label),
                Order::Host => natural(a.meta.host.as_deref().unwrap_or(""), b.meta.host.as_deref().unwrap_or("")),
            };
            let listed =
                if matches!(a.kind, Kind::Other | Kind::Review) { std::cmp::Ordering::Equal } else { by_order };
            a.kind.cmp(&b.kind).then(listed)
        });
        self.shown = shown;
        let same = selected.and_then(|at| self.shown.iter().position(|shown| *shown == at));
        self.cursor = same.unwrap_or(0);
    }

    fn selected(&self) -> Option<usize> {
        self.shown.get(self.cursor).copied()
    }

    fn choose(&mut self) {
        let Some(at) = self.selected() else { return };
        if self.sources.get(at).is_some_and(|source| source.kind == Kind::Review) {
            self.note = "Enter continues this review".to_owned();
        } else if let Some(place) = self.chosen.iter().position(|chosen| *chosen == at) {
            self.chosen.remove(place);
            self.reference = self.reference.filter(|reference| *reference != at);
        } else if let Some(why) = self.sources.get(at).and_then(|source| source.broken.as_deref()) {
            self.note = escape(why).into_owned();
        } else {
            self.chosen.push(at);
        }
    }

    fn set_reference(&mut self) {
        let Some(at) = self.selected() else { return };
        if !self.chosen.contains(&at) {
            self.choose();
        }
        if self.chosen.contains(&at) {
            self.reference = Some(at);
        }
    }

    /// Which of the chosen the others are measured against: as set, else the first that is pushed to.
    fn measured_against(&self) -> Option<usize> {
        let target = || self.chosen.iter().copied().find(|at| self.sources[*at].meta.is_target());
        self.reference.or_else(target).or_else(|| self.chosen.first().copied())
    }

    fn compare(&mut self) -> Next {
        let selected = self.selected().and_then(|at| self.sources.get(at));
        if let Some(review) = selected.filter(|source| source.kind == Kind::Review) {
            return Next::Continue(review.reference.clone());
        }
        if self.chosen.len() < 2 {
            self.note = match self.chosen.len() {
                0 => "choose two or more with Space, then Enter".to_owned(),
                _ => "choose one more with Space, then Enter".to_owned(),
            };
            return Next::Stay;
        }
        let references = self.chosen.iter().map(|at| self.sources[*at].reference.clone()).collect();
        let reference = self.reference.and_then(|at| self.chosen.iter().position(|chosen| *chosen == at));
        Next::Compare(references, reference)
    }

    fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.shown.len().saturating_sub(1));
    }

    fn page(&self) -> isize {
        isize::try_from(view::body_height(self)).unwrap_or(1).max(2) - 1
    }
}

impl Order {
    fn word(self) -> &'static str {
        match self {
            Order::Label => "label",
            Order::Age => "age",
            Order::Host => "host",
        }
    }
}

#[cfg(test)]
mod tests;
