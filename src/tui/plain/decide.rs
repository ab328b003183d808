//! Accepting in a conversation, and taking it back: the same edit of the same file as the dialog of the explorer makes.

use super::Conversation;
use crate::assess::{Assessment, Judged, Ruling};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::policy::REASON;
use crate::policy::accept::{Acceptance, What, usual_end};
use crate::tui::accept::desk::{Desk, Kept, Outcome, Undo, Way, Wish};

use std::collections::BTreeMap;
use std::sync::Arc;

/// Where acceptances of a conversation are written, and what was.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    pub(super) desk: Option<Desk>,
    done: Vec<Undo>,
}

impl Conversation {
    /// The conversation, with where acceptances are written.
    #[must_use]
    pub fn with_desk(mut self, desk: Desk) -> Self {
        self.decisions.desk = Some(desk);
        self
    }

    /// Accepts a difference by its number, or the last that was spoken of.
    pub(super) fn accept(&mut self, rest: &str) -> String {
        let (first, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (at, reason) = match first.parse() {
            Ok(at) => (at, tail.trim()),
            Err(_) => (self.at.max(1), rest),
        };
        let Some(row) = usize::checked_sub(at, 1).and_then(|i| self.rows.get(i)).copied() else { return self.show(at) };
        let Some(desk) = self.decisions.desk.clone() else { return "Nothing can be accepted here.".to_owned() };
        let path = self.comparison().path(row);
        let (key, what) = (path.to_string(), What::Path(path));
        if self.judged.assessment.acceptable(&what).is_empty() {
            return format!("{}: nothing differs there that could be accepted.", escape(&key));
        }
        let length = reason.chars().count();
        if length < REASON {
            return format!(
                "accept wants a reason of {REASON} characters or more ({length} so far), as in: accept {at} the image of \
                 next month has it"
            );
        }
        let Some(author) = desk.author.clone() else {
            return "Nobody is known here who accepts: git config user.name says who.".to_owned();
        };
        let date = self.judged.ruling.today;
        let until = Some(usual_end(&key, date));
        let reason = reason.to_owned();
        let acceptance = Acceptance { key, what, reason, author, date, until, values: BTreeMap::new(), seen: None };
        let judged = Arc::clone(&self.judged);
        let outcome = desk.carry_out(Wish::Accept { judged, acceptance, is_pinned: true, kept: Kept::File });
        self.at = at;
        self.carried(outcome)
    }

    /// Takes back what was accepted last.
    pub(super) fn undo(&mut self) -> String {
        let Some(desk) = self.decisions.desk.clone() else { return "Nothing was accepted here.".to_owned() };
        match self.decisions.done.pop() {
            Some(undo) => {
                let outcome = desk.carry_out(Wish::Undo(undo));
                self.carried(outcome)
            }
            None => "Nothing was accepted here.".to_owned(),
        }
    }

    /// Holds the differences against what is accepted now, and says what was done.
    fn carried(&mut self, outcome: Outcome) -> String {
        let done = match outcome.result {
            Ok(done) => done,
            Err(words) => return format!("Not saved: {words}."),
        };
        if let Some(acceptances) = done.accepted {
            let ruling = Arc::new(Ruling { acceptances, ..(*self.judged.ruling).clone() });
            let (comparison, meaning) = (&self.judged.assessment.comparison, &self.judged.assessment.meaning);
            let (comparison, meaning) = (Arc::clone(comparison), Some(Arc::clone(meaning)));
            // A flag that nobody sets cancels nothing.
            if let Some(assessment) = Assessment::held(comparison, meaning, &ruling, &Cancel::new()) {
                self.judged = Arc::new(Judged { assessment, ruling });
            }
        }
        if outcome.way != Way::Back {
            self.decisions.done.push(done.undo);
        }
        format!("{}.", done.words.replace("u undoes", "undo takes it back"))
    }
}
