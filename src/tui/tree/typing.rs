//! Filter and find: the text being typed, kept, taken back, and the answers to it.

use super::rows::Listing;
use super::sieve::{Answer, Found, Job, Purpose};
use super::{Before, Editing, Kept, Tree};
use crate::filter;
use crate::tui::field::Field;
use std::sync::Arc;

impl Tree {
    /// Begins to type a filter or a find. The field starts with the text that is in force.
    pub fn begin(&mut self, purpose: Purpose) {
        let text = match purpose {
            Purpose::Filter => self.filter.as_ref().map(|kept| kept.found.text.clone()),
            Purpose::Find => self.find.as_ref().map(|found| found.text.clone()),
        };
        let before = Before { filter: None, find: None, cursor: self.cursor, top: self.top };
        let field = Field::new(text.unwrap_or_default());
        self.editing = Some(Editing { field, purpose, wrong: None, completions: Vec::new(), completed: None, before });
    }

    /// Gives a key's effect on the text; returns the query to run if the text changed.
    pub fn typed(&mut self, change: impl FnOnce(&mut Field) -> bool) -> Option<Job> {
        let editing = self.editing.as_mut()?;
        if !change(&mut editing.field) {
            return None;
        }
        let (purpose, text) = (editing.purpose, editing.field.text().to_owned());
        editing.completions = filter::complete(&text, editing.field.place(), &self.comparison, &self.saved);
        editing.completed = None;
        if text.trim().is_empty() {
            self.clear(purpose);
            return self.relist();
        }
        Some(self.job(Some((purpose, text))))
    }

    /// Puts the next completion in the text; Tab again puts in the one after it.
    pub fn complete(&mut self) -> Option<Job> {
        let editing = self.editing.as_mut()?;
        let (next, place) = match &editing.completed {
            Some((at, place)) => ((at + 1) % editing.completions.len().max(1), Some(place.clone())),
            None => (0, None),
        };
        let completion = editing.completions.get(next)?;
        let place = place.unwrap_or_else(|| completion.range.clone());
        let (completions, text) = (editing.completions.clone(), completion.text.clone());
        let job = self.typed(|field| {
            field.replace(place.clone(), &text);
            true
        });
        if let Some(editing) = &mut self.editing {
            editing.completions = completions;
            editing.completed = Some((next, place.start..place.start + text.len()));
        }
        job
    }

    /// Keeps what was typed: `false` while the text is wrong, so that the field stays open.
    pub fn keep(&mut self) -> bool {
        let Some(editing) = self.editing.take() else { return true };
        if editing.wrong.is_some() {
            self.editing = Some(editing);
            return false;
        }
        if self.busy {
            self.kept_early = Some(editing);
        } else if editing.purpose == Purpose::Find {
            self.jump_from(editing.before.cursor);
        }
        true
    }

    /// Leaves the field and puts back filter, folds, selection and scroll of before. What is to be listed anew where the
    /// kinds have changed since.
    pub fn cancel(&mut self) -> Option<Job> {
        let Editing { before, .. } = self.editing.take()?;
        self.ticket += 1;
        self.busy = false;
        if let Some(filter) = before.filter {
            self.filter = filter;
            self.changes += 1;
        }
        if let Some(find) = before.find {
            self.find = find;
        }
        (self.cursor, self.top, self.lost) = (before.cursor, before.top, None);
        self.relist()
    }

    /// Takes note of the line that the selection has, where no filter is on.
    fn leave_unfiltered(&mut self) {
        if self.matched().is_none() {
            self.unfiltered = Some((self.cursor, self.index().saturating_sub(self.top)));
        }
    }

    /// The line that the selection is to have: where a filter goes and the row of before it is selected again, the line
    /// of before.
    fn line_after(&self, line: usize) -> usize {
        let wanted = self.lost.unwrap_or(self.cursor);
        let before = self.unfiltered.filter(|(row, _)| self.matched().is_none() && *row == wanted);
        before.map_or(line, |(_, line)| line)
    }

    pub(super) fn clear(&mut self, purpose: Purpose) {
        self.ticket += 1;
        self.busy = false;
        self.leave_unfiltered();
        let line = self.index().saturating_sub(self.top);
        match purpose {
            Purpose::Filter => self.set_filter(None),
            Purpose::Find => self.set_find(None),
        }
        if let Some(editing) = &mut self.editing {
            editing.wrong = None;
        }
        self.settle(self.line_after(line));
    }

    /// Puts another filter in force. The first one that a field replaces is kept for Esc.
    pub(super) fn set_filter(&mut self, new: Option<Kept>) {
        self.changes += 1;
        let old = std::mem::replace(&mut self.filter, new);
        if let Some(editing) = &mut self.editing {
            editing.before.filter.get_or_insert(old);
        }
    }

    /// Puts another find in force, likewise.
    pub(super) fn set_find(&mut self, new: Option<Box<Found>>) {
        let old = std::mem::replace(&mut self.find, new);
        if let Some(editing) = &mut self.editing {
            editing.before.find.get_or_insert(old);
        }
    }

    /// Takes the answer of a query; one to another query is handed back.
    pub fn answered(&mut self, answer: Answer) -> Option<Answer> {
        if answer.ticket != self.ticket {
            return Some(answer);
        }
        self.busy = false;
        let early = self.kept_early.take();
        self.leave_unfiltered();
        let line = self.index().saturating_sub(self.top);
        self.asked = None;
        self.left_out = (self.leaves_out, answer.left_out.0);
        self.hidden = answer.left_out.1;
        if let (Some(anew), Some(kept)) = (answer.kept, &mut self.filter) {
            kept.found.listing.adopt(&self.comparison, anew.listing);
            if let Some(stops) = anew.stops {
                (kept.found.stops, kept.found.graded) = stops;
            }
            self.changes += 1;
        }
        if let Some(anew) = answer.base {
            self.base.adopt(&self.comparison, anew.listing);
            if let Some((stops, _)) = anew.stops {
                self.stops = stops;
            }
            self.changes += 1;
        }
        self.settle(line);
        match answer.query {
            None => {}
            Some((_, Err(wrong))) => {
                // Kept too early: the field comes back with what is wrong.
                self.editing = self.editing.take().or(early);
                if let Some(editing) = &mut self.editing {
                    editing.wrong = Some(wrong);
                }
                return None;
            }
            Some((Purpose::Filter, Ok(found))) => {
                let on = self.editing.is_some() || early.is_some() || self.filter.as_ref().is_none_or(|kept| kept.on);
                self.set_filter(Some(Kept { found, on }));
            }
            Some((Purpose::Find, Ok(found))) => self.set_find(Some(found)),
        }
        if let Some(editing) = &mut self.editing {
            editing.wrong = None;
        }
        self.settle(line);
        if let Some(find) = early.filter(|kept| kept.purpose == Purpose::Find) {
            self.jump_from(find.before.cursor);
        }
        None
    }

    /// Switches the filter off, and on again. What is to be listed anew then.
    pub fn switch_filter(&mut self) -> Option<Job> {
        self.leave_unfiltered();
        let line = self.index().saturating_sub(self.top);
        let kept = self.filter.as_mut()?;
        kept.on = !kept.on;
        self.changes += 1;
        self.settle(self.line_after(line));
        self.relist()
    }

    /// Ends a find: the stops are differences again. `false` if there is none.
    pub fn end_find(&mut self) -> bool {
        self.find.take().is_some()
    }

    /// What was typed waits for a history: nothing is wrong with it so far.
    pub fn wait(&mut self) {
        self.editing.iter_mut().for_each(|editing| editing.wrong = None);
    }

    /// Asks again what waited for a history.
    pub fn ask_again(&mut self) -> Option<Job> {
        let asked = self.asked.clone().filter(|_| self.busy)?;
        Some(self.job_again(Some(asked)))
    }

    /// Waits no longer for a query. Kinds that are not listed yet stay as they were, and so does what is left out.
    pub fn stop(&mut self) {
        self.ticket += 1;
        self.busy = false;
        self.shown = self.base.shown();
        self.leaves_out = self.left_out.0;
    }

    /// Asks for what is listed where it is for other kinds than those that are to be, or something else is left out.
    pub(super) fn relist(&mut self) -> Option<Job> {
        let shown = |listing: &Listing| listing.shown() != self.shown;
        let is_filtered = self.filter.as_ref().is_some_and(|kept| kept.on && shown(&kept.found.listing));
        let leaves_other = self.leaves_out_for(None) != self.left_out.1;
        (is_filtered || shown(&self.base) || leaves_other).then(|| self.job(None))
    }

    pub(super) fn job(&mut self, query: Option<(Purpose, String)>) -> Job {
        self.kept_early = None;
        self.job_again(query)
    }

    /// As [`Tree::job`], of what was asked for before: a field that was kept early still waits for the answer.
    pub(super) fn job_again(&mut self, query: Option<(Purpose, String)>) -> Job {
        self.ticket += 1;
        self.busy = true;
        self.asked.clone_from(&query);
        let (base, kept) = self.listed();
        let replaces = query.as_ref().is_some_and(|(purpose, _)| *purpose == Purpose::Filter);
        Job {
            ticket: self.ticket,
            leaving: self.leaving(query.as_ref()),
            query,
            base,
            kept: kept.filter(|_| !replaces),
            comparison: Arc::clone(&self.comparison),
            shown: self.shown,
            saved: Arc::clone(&self.saved),
            judged: self.judged.clone(),
            ages: None,
        }
    }
}
