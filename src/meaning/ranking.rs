//! Floor 2: what a person is to read, worst first. Differences with one origin are one line, which weighs as much as
//! the heaviest of its members and names it; a difference of no known origin is a line of its own.

use crate::base::share::percent;
use crate::cause::{Cause, Causes};
use crate::compare::{Comparison, RowId};
use crate::risk::{Band, Bands, Finding, Grade, Risks, Role, Toward};
use std::cmp::Reverse;
use std::collections::HashSet;

/// What a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A cause: its place in [`Causes::all`].
    Cause(usize),
    /// One difference.
    Row(RowId),
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it stands for.
    pub what: What,
    /// The row that carries its risk: no other row of the line has more.
    pub worst: RowId,
    /// Points, 1 to 100; 0 where nothing is rated.
    pub points: u32,
    /// The band of that row.
    pub band: Band,
}

/// All lines, worst first.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    lines: Vec<Line>,
    /// The points of each line and all before it.
    sums: Vec<u64>,
    /// The place of every ranked row's line, by row.
    places: Vec<(RowId, u32)>,
}

impl Ranking {
    /// Ranks the differences of a comparison.
    pub fn new(comparison: &Comparison, causes: &Causes, risks: &Risks) -> Self {
        Self::without(comparison, causes, risks, |_| false)
    }

    /// As [`Ranking::new`], but for some rows: a line has its other rows, and where there are none, there is no line.
    pub fn without(comparison: &Comparison, causes: &Causes, risks: &Risks, is_out: impl Fn(RowId) -> bool) -> Self {
        let loose = comparison
            .leaves()
            // A secret that the target shares is a finding, and no difference.
            .filter(|row| comparison.state(*row).is_found() || risks.worst(*row).is_some())
            .filter(|row| causes.of(*row).is_none())
            .map(What::Row);
        let whole = (0..causes.all().len()).map(What::Cause);
        let mut keyed: Vec<(Key, Line)> = whole
            .chain(loose)
            .filter_map(|what| {
                let members = members_of(&what, causes);
                let worst =
                    members.iter().copied().filter(|row| !is_out(*row)).min_by_key(|row| Key::of(risks, *row))?;
                let finding = risks.worst(worst);
                let points = finding.map_or(0, |finding| finding.score.total());
                let band = finding.map_or(Band::Info, |finding| finding.score.band().0);
                Some((Key::of(risks, worst), Line { what, worst, points, band }))
            })
            .collect();
        keyed.sort_unstable_by_key(|(key, _)| *key);
        let lines: Vec<Line> = keyed.into_iter().map(|(_, line)| line).collect();
        let sums = lines.iter().scan(0, |sum, line| {
            *sum += u64::from(line.points);
            Some(*sum)
        });
        let sums = sums.collect();
        let rows = |(at, line): (u32, &Line)| {
            let members = members_of(&line.what, causes).iter().filter(|row| !is_out(**row));
            members.map(|row| (*row, at)).collect()
        };
        let mut places: Vec<(RowId, u32)> = (0..).zip(&lines).flat_map::<Vec<_>, _>(rows).collect();
        places.sort_unstable();
        Self { lines, sums, places }
    }

    /// All, worst first.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The place of the line that a row belongs to.
    pub fn of(&self, row: RowId) -> Option<usize> {
        let at = self.places.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(self.places[at].1 as usize)
    }

    /// The rows of a line, ascending.
    pub fn members<'a>(&self, line: &'a Line, causes: &'a Causes) -> &'a [RowId] {
        members_of(&line.what, causes)
    }

    /// What else of a line is of high risk or above: for each rule but the one that the line is named after, the worst of
    /// those rows that are asked for, worst first. Where the line's own is harmless, or the target's alone, also what points
    /// another way at the same row, from low risk on.
    pub fn also<'a>(
        &self,
        line: &Line,
        causes: &Causes,
        risks: &'a Risks,
        is_asked: impl Fn(RowId) -> bool,
    ) -> Vec<(RowId, &'a Finding)> {
        let ranked = members_of(&line.what, causes).iter().filter(|row| self.of(**row).is_some() && is_asked(**row));
        let grave = |finding: &&Finding| finding.rule.is_some() && finding.score.band().0 >= Band::High;
        let lead = risks.worst(line.worst);
        let is_other_way = |row: RowId, finding: &Finding| {
            let differs = |lead: &Finding| (lead.toward == Toward::Harmless) != (finding.toward == Toward::Harmless);
            row == line.worst
                && finding.rule.is_some()
                && finding.role == Role::Carries
                && finding.score.band().0 >= Band::Low
                && lead.is_some_and(differs)
        };
        let counts = |row: RowId, finding: &Finding| grave(&finding) || is_other_way(row, finding);
        let mut found: Vec<(Key, RowId, &Finding)> = ranked
            .flat_map(|row| {
                risks.of(*row).iter().filter(|finding| counts(*row, finding)).map(|finding| (*row, finding))
            })
            .map(|(row, finding)| (Key::of_finding(risks, Some(finding), row), row, finding))
            .collect();
        found.sort_unstable_by_key(|(key, _, _)| *key);
        let mut seen: HashSet<_> = lead.and_then(|finding| finding.rule).into_iter().collect();
        found.retain(|(_, _, finding)| finding.rule.is_some_and(|rule| seen.insert(rule)));
        found.into_iter().map(|(_, row, finding)| (row, finding)).collect()
    }

    /// The points of all lines.
    pub fn points(&self) -> u64 {
        self.sums.last().copied().unwrap_or(0)
    }

    /// The share of all points that the lines down to and with this one have, in percent.
    pub fn share_down_to(&self, place: usize) -> u32 {
        let sum = self.sums.get(place).copied().unwrap_or_else(|| self.points());
        percent(sum, self.points()).unwrap_or(0)
    }

    /// How many lines each band has.
    pub fn bands(&self) -> Bands {
        let mut bands = Bands::default();
        self.lines.iter().for_each(|line| bands.add(line.band));
        bands
    }
}

/// The rows of a line, ascending.
fn members_of<'a>(what: &'a What, causes: &'a Causes) -> &'a [RowId] {
    match what {
        What::Cause(at) => causes.all().get(*at).map_or(&[], |cause: &Cause| &cause.members),
        What::Row(row) => std::slice::from_ref(row),
    }
}

/// The order of lines: band, points, what strikes in silence, the best evidence, then the order of the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key(Reverse<Option<Band>>, Reverse<u32>, bool, Option<Grade>, RowId);

impl Key {
    fn of(risks: &Risks, row: RowId) -> Self {
        Self::of_finding(risks, risks.worst(row), row)
    }

    fn of_finding(risks: &Risks, finding: Option<&Finding>, row: RowId) -> Self {
        let says = finding.map(|finding| risks.says(finding));
        let is_loud = says.as_ref().is_none_or(|says| !says.impact.is_silent());
        let band = finding.map(|finding| finding.score.band().0);
        let points = finding.map_or(0, |finding| finding.score.total());
        Self(Reverse(band), Reverse(points), is_loud, says.map(|says| says.grade), row)
    }
}
