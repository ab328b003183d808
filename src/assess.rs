//! Floor 4: what every command and every screen is given. A comparison with what it means; risk, causes and policy join
//! it here.

mod bench;
mod trend;

pub use bench::Bench;
pub use trend::trend;

use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::{Comparison, RowId, State};
use crate::escape::{Escape, Incident};
use crate::filter::{self, Query};
use crate::meaning::{Meaning, Ranking};
use crate::model::{Path, Segment};
use crate::policy::accept::{Acceptance, What};
use crate::policy::baseline::Baseline;
use crate::policy::judge::{self, Asked, Judgement};
use crate::policy::{self, Acceptances, Group, Policy, Standing, Standings, standing};
use crate::reference::Resolved;
use crate::rehearsal::Records;
use crate::report::{self, Report, Ruled};
use crate::risk::{Band, Rule, Rules};
use jiff::civil::Date;
use std::sync::Arc;

/// The longest text of what was seen, in characters.
const SEEN: usize = 160;

/// What a comparison is held against.
#[derive(Clone, Debug, Default)]
pub struct Ruling {
    /// What `driftglass.toml` says.
    pub policy: Policy,
    /// What differences risk.
    pub rules: Rules,
    /// What has been accepted.
    pub acceptances: Acceptances,
    /// What has been rehearsed.
    pub rehearsals: Records,
    /// Past incidents; `None` where nobody keeps a list.
    pub incidents: Option<Vec<Incident>>,
    /// The day of which it is asked.
    pub today: Date,
}

/// A comparison, and what can be said of it.
#[derive(Debug)]
pub struct Assessment {
    /// All rows.
    pub comparison: Arc<Comparison>,
    /// What its divergences mean.
    pub meaning: Arc<Meaning>,
    /// How they stand to the policy; all are open without one.
    pub standings: Standings,
    /// What is to be read, worst first, but for what is accepted or ignored.
    pub open: Ranking,
    /// How likely a fault passes the tests, where incidents were read.
    pub escape: Option<Escape>,
    accepted: Vec<RowId>,
    ignored: Vec<RowId>,
    violated: Vec<RowId>,
}

/// A comparison that was judged, and what it was held against.
#[derive(Debug)]
pub struct Judged {
    /// What came of it.
    pub assessment: Assessment,
    /// What it was held against.
    pub ruling: Arc<Ruling>,
}

/// What an acceptance was pinned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The rows that it speaks of.
    pub rows: Vec<RowId>,
    /// Whether a value is hidden without a key, so that nobody can tell when it changes.
    pub is_blind: bool,
}

/// Why an acceptance cannot be pinned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Two snapshots have one name.
    #[error("two snapshots are called {0}: values are pinned by name")]
    Twice(String),
    /// Nothing differs there.
    #[error("{0}: nothing differs there between {1}")]
    Nothing(String, String),
    /// It has no end, and risks much or is what a relation blocks.
    #[error("{0}: {1}, and that is not accepted for ever, nor for more than two years")]
    Endless(String, String),
}

impl Assessment {
    /// Compares snapshots and judges what differs; `None` when cancelled.
    pub fn new(snapshots: &[Resolved], rules: &Rules, cancel: &Cancel) -> Option<Self> {
        let snapshots = snapshots.iter().map(|resolved| Arc::clone(&resolved.snapshot)).collect();
        Self::of(Arc::new(Comparison::new(snapshots, cancel)?), None, rules, cancel)
    }

    /// Judges what differs, where it is not known yet what that means; nothing is held against a policy.
    fn of(comparison: Arc<Comparison>, meaning: Option<Arc<Meaning>>, rules: &Rules, cancel: &Cancel) -> Option<Self> {
        let meaning = match meaning {
            Some(meaning) => meaning,
            None => Arc::new(Meaning::of(&comparison, rules, cancel)?),
        };
        let open = meaning.ranking.clone();
        let (standings, accepted) = (Standings::default(), Vec::new());
        let (escape, ignored, violated) = (None, Vec::new(), Vec::new());
        Some(Self { comparison, meaning, standings, open, escape, accepted, ignored, violated })
    }

    /// Compares snapshots and holds them against a policy; `None` when cancelled.
    pub fn ruled(snapshots: &[Resolved], ruling: &Ruling, cancel: &Cancel) -> Option<Self> {
        let snapshots = snapshots.iter().map(|resolved| Arc::clone(&resolved.snapshot)).collect();
        Self::held(Arc::new(Comparison::new(snapshots, cancel)?), None, ruling, cancel)
    }

    /// Holds a comparison against a policy; `None` when cancelled. What its differences mean is found out, unless it is
    /// known already: the policy does not change it.
    pub fn held(
        comparison: Arc<Comparison>,
        meaning: Option<Arc<Meaning>>,
        ruling: &Ruling,
        cancel: &Cancel,
    ) -> Option<Self> {
        let mut assessment = Self::of(comparison, meaning, &ruling.rules, cancel)?;
        let area = |rule: &str| assessment.area_of(ruling.rules.named(rule)?);
        assessment.escape = ruling.incidents.as_ref().map(|list| Escape::of(list, area));
        let Ruling { policy, acceptances, today, .. } = ruling;
        let grave = |row| assessment.too_grave_for_ever(row).map(Band::word);
        let groups = assessment.groups();
        let alarms = assessment.alarms();
        let asked: (&[Group<'_>], policy::Grave<'_>, &[RowId]) = (&groups, &grave, &alarms);
        let standings = policy::apply(&assessment.comparison, asked, policy, acceptances, *today, cancel)?;
        (assessment.accepted, assessment.ignored) = (standings.accepted(), standings.ignored());
        assessment.violated = standings.violated();
        if !assessment.accepted.is_empty() || !assessment.ignored.is_empty() {
            let Meaning { causes, risks, .. } = &*assessment.meaning;
            let is_moved = |row| matches!(standings.of(row), Standing::Accepted(_) | Standing::Ignored(_));
            assessment.open = Ranking::without(&assessment.comparison, causes, risks, is_moved);
        }
        assessment.standings = standings;
        Some(assessment)
    }

    /// The divergences that are accepted, ascending.
    pub fn accepted(&self) -> &[RowId] {
        &self.accepted
    }

    /// The divergences that are ignored, ascending.
    pub fn ignored(&self) -> &[RowId] {
        &self.ignored
    }

    /// The rows that are findings and no differences, ascending.
    fn alarms(&self) -> Vec<RowId> {
        self.meaning.risks.rows().filter(|row| !self.comparison.state(*row).is_found()).collect()
    }

    /// Divergences with one origin, as acceptances name them.
    fn groups(&self) -> Vec<Group<'_>> {
        self.meaning.causes.all().iter().map(|cause| Group { key: &cause.key, members: &cause.members }).collect()
    }

    /// The rows that count as found and those that are accepted, or all of them.
    pub fn rows(&self, all: bool) -> Vec<RowId> {
        let is_listed = |row: &RowId| {
            let is_found = self.comparison.state(*row).is_found() || self.meaning.risks.worst(*row).is_some();
            all || (is_found && !matches!(self.standings.of(*row), Standing::Ignored(_)))
        };
        self.comparison.leaves().filter(is_listed).collect()
    }

    /// Those of some rows, in order, that a query matches.
    pub fn filtered(&self, rows: &[RowId], query: &Query) -> Vec<RowId> {
        let matches = filter::run_with(query, &self.comparison, &self.context(None), &Cancel::new());
        let matches = matches.unwrap_or_default();
        rows.iter().copied().filter(|row| matches.binary_search(row).is_ok()).collect()
    }

    /// How the rows stand, for a document.
    pub fn stand<'a>(&'a self, ruling: &'a Ruling) -> Ruled<'a> {
        let Ruling { policy, acceptances, rehearsals, today, .. } = ruling;
        Ruled { policy, acceptances, rehearsals, standings: &self.standings, today: *today }
    }

    /// A document of some of the rows, with what they mean and how they stand.
    pub fn report<'a>(&'a self, ruling: &'a Ruling, rows: &'a [RowId]) -> Report<'a> {
        let (meaning, ruled) = (Some(&*self.meaning), Some(self.stand(ruling)));
        Report { meaning, ruled, escape: self.escape.as_ref(), ..Report::new(&self.comparison, rows) }
    }

    /// The area of facts that a rule is about: of the first that it looks at; of one that is derived, of what it is made of.
    fn area_of(&self, rule: &Rule) -> Option<String> {
        let paths: Vec<Path> = rule.paths.iter().filter_map(|path| path.parse().ok()).collect();
        let first = |path: &Path| path.keys().next().map(str::to_owned);
        if let Some(area) = paths.iter().filter_map(first).find(|area| area != "effective") {
            return Some(area);
        }
        // `effective.cache_bytes.**` is about whatever stands beneath.
        let stem =
            |path: &Path| path.segments().iter().take_while(|key| !key.contains('*')).cloned().collect::<Vec<_>>();
        let stems: Vec<Vec<Segment>> = paths.iter().map(stem).collect();
        let facts = self.meaning.effective.facts().iter();
        let mut made = facts.filter(|fact| stems.iter().any(|stem| fact.path.segments().starts_with(stem)));
        // Most are of the area of their last input: memory comes before the setting that takes a share of it.
        let input = made.find_map(|fact| fact.inputs.last())?;
        Some(self.comparison.key(self.comparison.area(*input)).to_owned())
    }

    /// Whether anything was found: what `diff` ends with status 1 for. What is accepted or ignored is not.
    pub fn is_found(&self) -> bool {
        self.comparison.tally(Comparison::TOP).found() as usize > self.standings.moved(&self.comparison)
    }

    /// What filters ask of rows besides the comparison.
    pub fn context<'a>(&'a self, new: Option<&'a [RowId]>) -> filter::Context<'a> {
        let (accepted, ignored, violated) = (&self.accepted, &self.ignored, &self.violated);
        filter::Context { accepted, ignored, violated, new, ..self.meaning.context() }
    }

    /// What is new since the same sides were these: divergences and violated relations that were not so.
    pub fn new_since(&self, then: &[Resolved], cancel: &Cancel) -> Option<Vec<RowId>> {
        let mut rows: Vec<RowId> = self.comparison.leaves().filter(|r| self.comparison.state(*r).is_found()).collect();
        rows.extend(self.standings.findings.iter().map(|finding| finding.row).filter(|row| *row != Comparison::TOP));
        // Of what moves by itself a finding is new with the day on which it is one.
        let (moving, alarms): (Vec<RowId>, Vec<RowId>) =
            self.alarms().into_iter().partition(|row| self.comparison.state(*row) == State::Volatile);
        rows.extend(alarms);
        rows.sort_unstable();
        rows.dedup();
        let then = then.iter().map(|resolved| Arc::clone(&resolved.snapshot)).collect();
        let mut new = judge::new_since(&self.comparison, &rows, &Comparison::new(then, cancel)?, cancel)?;
        new.extend(moving);
        new.sort_unstable();
        new.dedup();
        Some(new)
    }

    /// What the gate says; `new` is what is new, where there is an earlier time to measure against.
    pub fn judged(&self, ruling: &Ruling, new: Option<&[RowId]>, asked: &Asked<'_>) -> Option<Judgement> {
        let (policy, cancel) = (&ruling.policy, Cancel::new());
        let asked = Asked { rehearsed: Some((&ruling.rehearsals, ruling.today)), ..*asked };
        judge::judge(&self.comparison, &self.context(new), &self.standings, policy, &asked, &cancel)
    }

    /// How many open differences and points of risk every area has, to be held to.
    pub fn baseline(&self) -> Baseline {
        let points = |row| self.meaning.risks.worst(row).map_or(0, |worst| worst.score.total());
        Baseline::of(&self.comparison, &self.standings, points)
    }

    /// The worst that some rows risk.
    pub fn worst_of(&self, rows: &[RowId]) -> Option<Band> {
        rows.iter().filter_map(|row| Some(self.meaning.risks.worst(*row)?.score.band().0)).max()
    }

    /// What an acceptance of a path, a pattern or a cause would speak of now: differences and violated relations.
    pub fn acceptable(&self, what: &What) -> Vec<RowId> {
        let groups = self.groups();
        standing::acceptable(&self.comparison, &groups, what, &self.standings, &Cancel::new()).unwrap_or_default()
    }

    /// How much a row risks that is therefore not accepted without an end.
    fn too_grave_for_ever(&self, row: RowId) -> Option<Band> {
        self.worst_of(&[row]).filter(|band| *band >= Band::High)
    }

    /// Why some rows are not accepted without an end, in words.
    pub fn why_not_for_ever(&self, rows: &[RowId]) -> Option<String> {
        let risk = rows.iter().filter_map(|row| self.too_grave_for_ever(*row)).max();
        let is_forbidden = || rows.iter().any(|row| self.standings.blocking.binary_search(row).is_ok());
        let risk = risk.map(|band| format!("its risk is {}", band.word()));
        risk.or_else(|| is_forbidden().then(|| standing::FORBIDDEN.to_owned()))
    }

    /// What an acceptance speaks of now. One that has no end, or none that anybody lives to see, counts only where little is risked and no relation blocks,
    /// pinned or not.
    ///
    /// # Errors
    /// It has no end, and risks much or is what a relation blocks.
    pub fn ending(&self, acceptance: &Acceptance) -> Result<Vec<RowId>, PinError> {
        let rows = self.acceptable(&acceptance.what);
        match self.why_not_for_ever(&rows).filter(|_| acceptance.is_endless()) {
            Some(why) => Err(PinError::Endless(acceptance.key.clone(), why)),
            None => Ok(rows),
        }
    }

    /// What the sides are called, in order of their names: values are pinned by them.
    ///
    /// # Errors
    /// [`PinError::Twice`].
    pub fn named_apart(&self) -> Result<Vec<&str>, PinError> {
        let mut names: Vec<&str> = self.comparison.sides().iter().map(|side| side.kept_label()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(twice) => Err(PinError::Twice(escape(twice[0]).into_owned())),
            None => Ok(names),
        }
    }

    /// Pins an acceptance to what the sides say now, and notes what that is. What other environments had when it was
    /// accepted `before` still counts, where no snapshot says otherwise.
    ///
    /// # Errors
    /// See [`PinError`].
    pub fn pin(&self, acceptance: &mut Acceptance, before: Option<&Acceptance>) -> Result<Pinned, PinError> {
        let comparison = &self.comparison;
        let names = self.named_apart()?;
        let rows = self.ending(acceptance)?;
        let Some(first) = rows.first() else {
            let names: Vec<String> = names.iter().map(|name| escape(name).into_owned()).collect();
            return Err(PinError::Nothing(acceptance.key.clone(), names.join(", ")));
        };
        acceptance.values = standing::pins(comparison, &rows);
        let is_blind = acceptance.values.values().any(|pin| pin == "hidden");
        let seen: Vec<String> = match rows.as_slice() {
            [_] => comparison
                .sides()
                .iter()
                .zip(comparison.cells(*first))
                .map(|(side, cell)| format!("{} {}", escape(side.label()), report::cell_text(cell)))
                .collect(),
            rows => vec![format!("{} differences", rows.len())],
        };
        acceptance.seen = Some(cut(&seen.join(", ")));
        for (name, pin) in before.iter().flat_map(|before| &before.values) {
            acceptance.values.entry(name.clone()).or_insert_with(|| pin.clone());
        }
        Ok(Pinned { rows, is_blind })
    }
}

impl Judged {
    /// How the way back stands where the policy asks for it, a few words for each environment that is pushed to, raw.
    pub fn rehearsed_briefly(&self) -> Vec<String> {
        let Ruling { policy, rehearsals, today, .. } = &*self.ruling;
        let names = policy::targets(&self.assessment.comparison).into_iter();
        names.filter_map(|name| policy.rehearsed_briefly(rehearsals, name, *today)).collect()
    }

    /// How the rows stand, for a document.
    pub fn ruled(&self) -> Ruled<'_> {
        self.assessment.stand(&self.ruling)
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SEEN {
        return text.to_owned();
    }
    let head: String = text.chars().take(SEEN).collect();
    format!("{head}...")
}
