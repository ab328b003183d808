//! The dialog in which a difference is accepted.

use super::Target;
use super::desk::{Kept, Wish};
use crate::base::text::{escape, width};
use crate::cause::Cause;
use crate::compare::RowId;
use crate::meaning::{Meaning, Ranking};
use crate::policy::accept::{Acceptance, CAUSE, What, usual_end};
use crate::policy::{REASON, Standing};
use crate::tui::canvas::Canvas;
use crate::tui::form::{Asked, Form};
use crate::tui::keys::{Action, Key, Screen};
use crate::tui::layer::{Layer, Step};
use crate::tui::message::{Effect, Message};
use crate::tui::model::Model;
use crate::tui::tree::cells::pair_of;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

const HINTS: &str = "Tab next   Enter accept   Esc cancel   undo later with u";
const DO: &str = "Do";
const WHY: &str = "Reason";
const SCOPE: &str = "Scope";
const PATTERN: &str = "Pattern";
const UNTIL: &str = "Until";
const DATE: &str = "Date";
const AUTHOR: &str = "Author";
const KEPT: &str = "Kept in";

/// What an acceptance speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Exact,
    Any,
    Cause,
    Pattern,
}

/// When it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Usual,
    Month,
    Date,
    Never,
}

/// The dialog.
#[derive(Debug)]
pub struct Dialog {
    target: Target,
    /// The key of the row's cause.
    cause: Option<String>,
    scopes: Vec<Scope>,
    untils: Vec<Until>,
    form: Form,
    /// The acceptance that holds for the row, and where it is kept.
    before: Option<(Acceptance, Kept)>,
    /// Whether it is being written.
    is_saving: bool,
    today: Date,
}

impl Dialog {
    /// For what is to be accepted.
    pub fn new(target: Target, model: &Model) -> Self {
        let assessment = &target.judged.assessment;
        let (comparison, causes) = (&assessment.comparison, &assessment.meaning.causes);
        let is_leaf = comparison.is_leaf(target.row);
        let cause: Option<&Cause> = causes.of(target.row).and_then(|at| causes.all().get(at));
        let of_cause = cause.map(|cause| (cause.key.clone(), cause.members.len()));
        let path = comparison.path(target.row);
        let above = path.parent().filter(|parent| parent.depth() > 0).unwrap_or_else(|| path.clone());
        let before = match assessment.standings.of(target.row) {
            Standing::Accepted(index) => target.judged.ruling.acceptances.list.get(index).cloned(),
            _ => None,
        };
        let before = before.map(|acceptance| {
            let kept = model.accepts.kept(&acceptance.key);
            (acceptance, kept)
        });
        let title = match (&before, target.is_cause) {
            (Some(_), _) => "accepted",
            (None, true) => "accept what has this cause",
            (None, false) if is_leaf => "accept this difference",
            (None, false) => "accept all differences of this branch",
        };
        let mut form = Form::new(title, HINTS);
        form.choice(DO, vec!["change it".to_owned(), "take it back".to_owned()]);
        form.show(DO, before.is_some());
        let help = format!("(at least {REASON} characters; it stands in every report)");
        form.text(WHY, before.as_ref().map_or("", |(before, _)| &before.reason), &help);
        let mut scopes = vec![Scope::Exact, Scope::Any];
        let mut words = match is_leaf {
            true => vec!["these exact values".to_owned(), "this path, any values".to_owned()],
            false => vec!["these exact differences".to_owned(), "this branch, any values".to_owned()],
        };
        if let Some((_, members)) = &of_cause {
            scopes.push(Scope::Cause);
            words.push(format!("the cause: {members} values"));
        }
        scopes.push(Scope::Pattern);
        words.push("pattern".to_owned());
        form.choice(SCOPE, words);
        form.text(PATTERN, &format!("{above}.**"), "(* any part of one key, ** any keys; whatever the values)");
        form.choice(UNTIL, Vec::new());
        form.text(DATE, "", "(the last day on which it holds, as in 2027-02-18)");
        let author = before.as_ref().map_or(model.accepts.author.as_str(), |(before, _)| &before.author);
        form.text(AUTHOR, author, "");
        let kept = ["repository: driftglass.accept.toml (shared)", "this session only"];
        form.choice(KEPT, kept.map(str::to_owned).to_vec());
        form.go(WHY);
        let cause = of_cause.map(|(key, _)| key);
        let today = target.judged.ruling.today;
        let mut dialog = Self { target, cause, scopes, untils: Vec::new(), form, before, is_saving: false, today };
        dialog.begin();
        dialog.settle();
        dialog
    }

    /// What is chosen at first: what is accepted already, else what was pointed at.
    fn begin(&mut self) {
        let scope = match &self.before {
            Some((Acceptance { what: What::Pattern(_), key, .. }, _)) => {
                self.form.fill(PATTERN, key);
                Scope::Pattern
            }
            Some((Acceptance { what: What::Cause(_), .. }, _)) => Scope::Cause,
            Some((before, _)) if before.values.is_empty() => Scope::Any,
            None if self.target.is_cause && self.cause.is_some() => Scope::Cause,
            _ => Scope::Exact,
        };
        if let Some(at) = self.scopes.iter().position(|known| *known == scope) {
            self.form.choose(SCOPE, at);
        }
        if let Some((before, kept)) = self.before.clone() {
            self.form.choose(KEPT, usize::from(kept == Kept::Session));
            self.offer();
            let until = if before.until.is_some() { Until::Date } else { Until::Never };
            self.form.fill(DATE, &before.until.map(|until| until.to_string()).unwrap_or_default());
            if let Some(at) = self.untils.iter().position(|known| *known == until) {
                self.form.choose(UNTIL, at);
            }
        }
    }

    fn scope(&self) -> Scope {
        self.scopes.get(self.form.chosen(SCOPE)).copied().unwrap_or(Scope::Exact)
    }

    fn until(&self) -> Until {
        self.untils.get(self.form.chosen(UNTIL)).copied().unwrap_or(Until::Usual)
    }

    fn is_taken_back(&self) -> bool {
        self.before.is_some() && self.form.chosen(DO) == 1
    }

    /// The key in the file.
    fn named(&self) -> String {
        match self.scope() {
            Scope::Exact | Scope::Any => self.target.judged.assessment.comparison.path(self.target.row).to_string(),
            Scope::Cause => format!("{CAUSE}{}", self.cause.as_deref().unwrap_or_default()),
            Scope::Pattern => self.form.said(PATTERN).to_owned(),
        }
    }

    /// The rows that it would speak of now.
    fn rows(&self) -> Vec<RowId> {
        What::parse(&self.named()).map(|what| self.target.judged.assessment.acceptable(&what)).unwrap_or_default()
    }

    /// What can be chosen as an end: none is none where it risks much, or a relation blocks.
    fn offer(&mut self) {
        let is_grave = self.target.judged.assessment.why_not_for_ever(&self.rows()).is_some();
        let usual = usual_end(&self.named(), self.today);
        let days = self.today.until(usual).map_or(90, |span| span.get_days());
        let month = self.today.saturating_add(30.days());
        let mut untils = vec![
            (Until::Usual, format!("{days} days: {usual}")),
            (Until::Month, format!("30 days: {month}")),
            (Until::Date, "date ..".to_owned()),
        ];
        if !is_grave {
            untils.push((Until::Never, "no end".to_owned()));
        }
        let present = self.until();
        self.untils = untils.iter().map(|(until, _)| *until).collect();
        self.form.offer(UNTIL, untils.into_iter().map(|(_, words)| words).collect());
        self.form.choose(UNTIL, self.untils.iter().position(|until| *until == present).unwrap_or(0));
    }

    /// After a change: what can be chosen, which fields there are, what Enter would do.
    fn settle(&mut self) {
        self.offer();
        let changes = !self.is_taken_back();
        for label in [WHY, SCOPE, UNTIL, AUTHOR, KEPT] {
            self.form.show(label, changes);
        }
        self.form.show(PATTERN, changes && self.scope() == Scope::Pattern);
        self.form.show(DATE, changes && self.until() == Until::Date);
        self.form.foot = match self.is_taken_back() {
            true => "Taking it back opens the difference again; u puts the acceptance back.".to_owned(),
            false => self.moves(),
        };
    }

    /// How much of the open risk it moves.
    fn moves(&self) -> String {
        let assessment = &self.target.judged.assessment;
        let rows = self.rows();
        let Meaning { causes, risks, .. } = &*assessment.meaning;
        let is_out = |row: RowId| assessment.open.of(row).is_none() || rows.binary_search(&row).is_ok();
        let left = Ranking::without(&assessment.comparison, causes, risks, is_out).points();
        let points = assessment.open.points().saturating_sub(left);
        let what = match rows.len() {
            1 => "1 row".to_owned(),
            n => format!("{n} rows"),
        };
        // A cause weighs what the heaviest of its rows does: the others may keep it there.
        let at = assessment.open.of(self.target.row);
        let before = at.and_then(|at| assessment.open.lines().get(at)).map_or(0, |line| line.points);
        let why = match u64::from(before).saturating_sub(points) {
            0 => String::new(),
            kept => format!(" (others of its cause keep {kept})"),
        };
        format!("Accepting {what} moves {points} points from open to accepted risk{why}. It stays visible, marked a.")
    }

    /// The path with its values, and what they risk.
    fn head(&self, cells: usize) -> Vec<String> {
        let assessment = &self.target.judged.assessment;
        let (comparison, row) = (&assessment.comparison, self.target.row);
        let band = assessment
            .meaning
            .risks
            .worst(row)
            .map(|finding| format!("{} {}", finding.score.band().0.word().to_uppercase(), finding.score.total()));
        let band = band.unwrap_or_default();
        let path = escape(&comparison.path(row).to_string()).into_owned();
        let name =
            |side: usize| comparison.sides().get(side).map_or_else(String::new, |s| escape(s.label()).into_owned());
        let cause = &assessment.meaning.causes;
        let cause = cause.of(row).and_then(|at| cause.all().get(at)).filter(|_| self.scope() == Scope::Cause);
        let mut lines = Vec::new();
        if let Some(cause) = cause {
            lines.push(format!("{} ({})", escape(&cause.title), cause.members.len()));
        }
        if !comparison.is_leaf(row) {
            lines.push(format!("{path}   {} differences beneath", comparison.tally(row).found()));
            return lines;
        }
        let pair = pair_of(comparison, row, 0, 1);
        let whole = format!("{path}   {} {}   {} {}   {band}", name(0), pair.left, name(1), pair.right);
        if width(&whole) <= cells {
            lines.push(whole);
            return lines;
        }
        let room = cells.saturating_sub(width(&band) + 7) / 2;
        let (left, right) = pair.anchored(room);
        lines.push(path);
        lines.push(format!("{} -> {}   {band}", left.text.trim_end(), right.text.trim_end()));
        lines
    }

    /// The acceptance as it is asked for; else the field that is wrong, and why.
    fn acceptance(&self) -> Result<Acceptance, (&'static str, String)> {
        let reason = self.form.said(WHY);
        let length = reason.chars().count();
        if length < REASON {
            let words = format!(
                "a reason has {REASON} characters or more ({length} so far): whoever reads it next year does not know"
            );
            return Err((WHY, words));
        }
        let key = self.named();
        let place = if self.scope() == Scope::Pattern { PATTERN } else { SCOPE };
        let what = What::parse(&key).map_err(|why| (place, why))?;
        if self.scope() == Scope::Pattern && self.rows().is_empty() {
            return Err((PATTERN, "nothing that differs matches the pattern".to_owned()));
        }
        let until = match self.until() {
            Until::Usual => Some(usual_end(&key, self.today)),
            Until::Month => Some(self.today.saturating_add(30.days())),
            Until::Never => None,
            Until::Date => {
                let text = self.form.said(DATE);
                let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
                let day = day.ok_or_else(|| (DATE, "date: a day, as in 2027-02-18".to_owned()))?;
                if day < self.today {
                    return Err((DATE, format!("date: {day} is over")));
                }
                Some(day)
            }
        };
        let author = self.form.said(AUTHOR);
        if author.is_empty() {
            return Err((AUTHOR, "author: who accepts it?".to_owned()));
        }
        let (author, reason) = (author.to_owned(), reason.to_owned());
        Ok(Acceptance { key, what, reason, author, date: self.today, until, values: BTreeMap::new(), seen: None })
    }

    fn enter(&mut self, model: &Model) -> Step {
        if self.is_saving {
            return Step::Stay;
        }
        if model.accepts.is_busy() {
            self.form.wrong = "the last acceptance is still being written".to_owned();
            return Step::Stay;
        }
        let wish = match self.before.as_ref().filter(|_| self.is_taken_back()) {
            Some((before, kept)) => Wish::TakeBack { key: before.key.clone(), kept: *kept },
            None => match self.acceptance() {
                Ok(acceptance) => Wish::Accept {
                    judged: self.target.judged.clone(),
                    acceptance,
                    is_pinned: matches!(self.scope(), Scope::Exact | Scope::Cause),
                    kept: if self.form.chosen(KEPT) == 1 { Kept::Session } else { Kept::File },
                },
                Err((label, words)) => {
                    self.form.go(label);
                    self.form.wrong = escape(&words).into_owned();
                    return Step::Stay;
                }
            },
        };
        self.is_saving = true;
        self.form.foot = "writing ..".to_owned();
        Step::Effect(Effect::Accept(Box::new(wish)))
    }
}

impl Layer for Dialog {
    fn screen(&self) -> Screen {
        Screen::Dialog
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn key(&mut self, key: Key, _action: Option<Action>, model: &Model) -> Step {
        match self.form.key(key) {
            Asked::Cancel => return Step::Close,
            Asked::Enter => return self.enter(model),
            Asked::Changed if [DO, SCOPE, PATTERN, UNTIL].contains(&self.form.focused()) => self.settle(),
            Asked::Changed => {}
            Asked::Nothing => {}
        }
        Step::Stay
    }

    fn paste(&mut self, text: &str, _model: &Model) {
        if self.form.paste(text) && self.form.focused() == PATTERN {
            self.settle();
        }
    }

    fn receive(&mut self, message: &Message, _model: &Model) -> Step {
        let Message::Accepted(outcome) = message else { return Step::Stay };
        if !self.is_saving {
            return Step::Stay;
        }
        self.is_saving = false;
        match &outcome.result {
            Ok(_) => Step::Close,
            Err(words) => {
                self.settle();
                self.form.wrong = format!("NOT SAVED: {words}");
                Step::Stay
            }
        }
    }

    fn draw(&self, model: &Model, canvas: &mut Canvas<'_>) {
        let cells = usize::from(canvas.area().width.saturating_sub(if canvas.area().width >= 100 { 20 } else { 6 }));
        let mut form = self.form.clone();
        form.head = self.head(cells);
        form.draw(model, canvas);
    }
}
