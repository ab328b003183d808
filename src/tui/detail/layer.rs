//! The detail as a screen above the tree.

use super::{Detail, Done, view};
use crate::assess::Judged;
use crate::base::text::escape_lines;
use crate::compare::{Comparison, RowId};
use crate::tui::canvas::Canvas;
use crate::tui::help::Help;
use crate::tui::keys::{Action, Key, Screen};
use crate::tui::layer::{Layer, Step};
use crate::tui::message::{Effect, Message};
use crate::tui::model::{Model, View};
use crate::tui::palette::Palette;
use crate::tui::told::Told;
use std::sync::Arc;

impl Detail {
    /// The detail of the selected row of the tree.
    pub fn of_tree(model: &Model) -> Self {
        let tree = &model.tree;
        let differences = tree.differences().to_vec();
        let mut detail = Self::new(Arc::clone(tree.comparison()), tree.cursor(), (0, 1), differences);
        detail.others = super::others::Others::new(model);
        detail.retell();
        detail.resize(model.size);
        detail
    }
}

impl Detail {
    /// The detail of the selected row of the matrix: the marked column against the reference.
    pub fn of_matrix(model: &Model) -> Option<Self> {
        let whole = model.whole.as_ref()?;
        let (row, reference) = (whole.matrix.row(), whole.matrix.reference);
        let comparison = whole.comparison();
        if row == Comparison::TOP || !comparison.is_leaf(row) {
            return None;
        }
        // A column that agrees shows nothing: then the first that does not.
        let differs = |side: &usize| {
            let (a, b) = (comparison.class(row, *side), comparison.class(row, reference));
            *side != reference && (a != b || a.is_none())
        };
        let marked = Some(whole.matrix.column()).filter(differs);
        let left = marked.or_else(|| (0..comparison.sides().len()).find(differs)).unwrap_or(whole.matrix.column());
        let mut detail = Self::new(Arc::clone(comparison), row, (left, reference), whole.tree.differences().to_vec());
        detail.resize(model.size);
        Some(detail)
    }
}

impl Detail {
    /// What became of the fact over the snapshots of the two sides.
    fn past_in(&self, model: &Model) -> Vec<String> {
        match Arc::ptr_eq(&self.comparison, model.tree.comparison()) {
            true => crate::tui::time::past_of(model, &self.comparison.path(self.row)),
            false => Vec::new(),
        }
    }

    /// What is to be found out off the drawing thread for what is shown now.
    fn question(&mut self) -> Step {
        self.asks().map_or(Step::Stay, |asked| Step::Effect(Effect::Relate(asked)))
    }
}

impl Layer for Detail {
    fn screen(&self) -> Screen {
        Screen::Detail
    }

    fn subject(&self) -> Option<(&Arc<Comparison>, RowId, (usize, usize))> {
        Some((&self.comparison, self.row, self.sides))
    }

    fn key(&mut self, _key: Key, action: Option<Action>, model: &Model) -> Step {
        self.past = self.past_in(model);
        match action {
            None => Step::Stay,
            Some(Action::Help) => Step::Open(Box::new(Help::new(Screen::Detail))),
            Some(Action::Commands) => Step::Open(Box::new(Palette::new(Screen::Detail))),
            Some(Action::Interrupt) => Step::Close,
            Some(Action::Print) => Step::Effect(Effect::Print(escape_lines(&self.plain()).into_owned())),
            Some(Action::View) => {
                Step::Effect(Effect::Show { text: escape_lines(&self.plain()).into_owned(), edit: false })
            }
            Some(
                action @ (Action::Reviewed
                | Action::Flag
                | Action::Accept
                | Action::Undo
                | Action::Blame
                | Action::WriteReport),
            ) => Step::DoAt(action, self.comparison.path(self.row)),
            Some(action) => match self.act(action) {
                Done::Handled => self.question(),
                Done::Back => Step::Close,
                Done::Ignored => Step::Do(action),
            },
        }
    }

    fn receive(&mut self, message: &Message, model: &Model) -> Step {
        match message {
            Message::Resize(size) => self.resize(*size),
            Message::Related(found) => self.relate(found),
            Message::Compared(_) if model.view != View::Matrix => {
                let comparison = Arc::clone(model.tree.comparison());
                match self.carried(comparison, model.tree.differences().to_vec()) {
                    Some(mut new) => {
                        new.others = super::others::Others::new(model);
                        new.retell();
                        *self = new;
                    }
                    None => return Step::Close,
                }
            }
            _ => {}
        }
        self.question()
    }

    fn draw(&self, model: &Model, canvas: &mut Canvas<'_>) {
        let is_ours = |judged: &&Arc<Judged>| Arc::ptr_eq(&judged.assessment.comparison, &self.comparison);
        let of_tree = model.tree.judgement().filter(is_ours);
        // What a review walks through was judged by the policy of the push.
        let of_review = || model.review.as_deref().map(|review| review.judged()).filter(is_ours);
        let gutter = of_tree.and_then(|_| model.tree.gutter());
        let judged = of_tree.or_else(of_review);
        let told = judged.map(|judged| Told::of(judged, self.row, gutter)).unwrap_or_default();
        view::draw(self, &told, &self.past_in(model), canvas);
        view::footer(self, model.menu.as_ref(), &model.note, model.review.is_some(), canvas);
    }
}
