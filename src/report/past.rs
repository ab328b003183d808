//! What went before: how faults passed the tests, and how the risk has gone since earlier captures.

use super::{Report, counted, grouped};
use crate::base::text::escape;
use crate::compare::Comparison;
use crate::escape::{Calibration, Chance, ENOUGH, Escape, LEVEL, PRIOR};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Of so many faults to come it is said how many may pass.
const NEXT: u32 = 10;
/// The cells of the longest bar in text.
const BAR: u64 = 30;

/// What the differences of earlier captures of the same environments risked, by the same rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// When the last of the captures was made.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// The points of all lines.
    pub points: u64,
    /// How many lines there were to read.
    pub lines: usize,
    /// How many paths differed.
    pub differences: usize,
}

fn as_text<S: serde::Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(at)
}

/// How likely a fault passes the tests, as a document tells it.
pub(super) struct Escaped {
    /// What it rests on.
    pub about: String,
    /// Of all areas, then area by area.
    pub rows: Vec<Row>,
    /// How forecasts have stood the test.
    pub calibration: String,
}

/// The chance of one area in words.
pub(super) struct Row {
    pub area: String,
    pub incidents: u32,
    pub escaped: u32,
    pub chance: String,
    pub interval: String,
    pub next: String,
}

/// How the risk has gone.
pub(super) struct Gone {
    pub sentence: String,
    pub steps: Vec<Step>,
}

/// One moment in a figure.
pub(super) struct Step {
    pub day: String,
    pub points: String,
    pub differences: String,
    /// Its part of the most points, in percent.
    pub share: u64,
    points_now: u64,
}

fn percent(share: f64) -> u32 {
    (share * 100.0).round() as u32
}

impl Report<'_> {
    /// How likely a fault passes the tests; `None` where nobody keeps a list of incidents.
    pub(super) fn escaped(&self) -> Option<Escaped> {
        let past = self.escape?;
        let row = |area: &str, chance: &Chance| {
            let is_enough = chance.is_enough();
            let (low, high) = chance.interval();
            let (fewest, most) = chance.of_next(NEXT);
            Row {
                area: escape(area).into_owned(),
                incidents: chance.incidents,
                escaped: chance.escaped,
                chance: if is_enough { format!("{} %", percent(chance.mean())) } else { "too few to say".to_owned() },
                interval: if is_enough { format!("{} to {} %", percent(low), percent(high)) } else { String::new() },
                next: if is_enough { format!("{fewest} to {most}") } else { String::new() },
            }
        };
        let all = std::iter::once(("all", &past.all));
        let areas = past.areas.iter().map(|(area, chance)| (area.as_str(), chance));
        Some(Escaped {
            about: format!(
                "Of the past incidents on record so many escaped the tests. The chance is the mean, with its {} % interval, that \
                 follows from them and from a prior of Beta({PRIOR}, {PRIOR}), which counts as one incident; below {ENOUGH} \
                 incidents it says too few to say.",
                percent(LEVEL)
            ),
            rows: all.chain(areas).map(|(area, chance)| row(area, chance)).collect(),
            calibration: calibration_words(past.calibration.as_ref()),
        })
    }

    /// How likely a fault passes the tests, for those who decide.
    pub(super) fn escaped_plainly(&self) -> Vec<String> {
        let Some(past) = self.escape else { return Vec::new() };
        let all = &past.all;
        let on_record = counted(all.incidents as usize, "incident");
        if !all.is_enough() {
            return vec![format!(
                "Too few incidents are on record to say how likely a fault passes the tests: {on_record}, and it takes {ENOUGH}."
            )];
        }
        let (low, high) = all.interval();
        vec![format!(
            "Of 100 faults about {} pass the tests and show after the release (with {} % certainty {} to {}), going by {on_record} on \
             record, of which {} did.",
            percent(all.mean()),
            percent(LEVEL),
            percent(low),
            percent(high),
            all.escaped
        )]
    }

    /// How the risk has gone since the earliest capture that counts; `None` where there is no earlier one.
    pub(super) fn gone(&self) -> Option<Gone> {
        let first = self.trend.first()?;
        let ranking = &self.meaning?.ranking;
        let times = self.comparison.sides().iter().filter_map(|side| side.snapshot.meta.captured_at);
        let now = Moment {
            at: times.max()?,
            points: ranking.points(),
            lines: ranking.lines().len(),
            differences: self.comparison.tally(Comparison::TOP).found() as usize,
        };
        let all: Vec<&Moment> = self.trend.iter().chain([&now]).collect();
        let most = all.iter().map(|moment| moment.points).max().unwrap_or(0).max(1);
        // Days alone, unless two captures are of one day.
        let days = |form: &str| all.iter().map(|moment| moment.at.strftime(form).to_string()).collect::<Vec<_>>();
        let mut names = days("%Y-%m-%d");
        if names.windows(2).any(|two| two[0] == two[1]) {
            names = days("%Y-%m-%d %H:%M");
        }
        let (then, points) = (first.points, now.points);
        // A point or two of thousands is an update like any other.
        let is_same = then.abs_diff(points) * 50 < then.max(points);
        let went = match points.cmp(&then) {
            std::cmp::Ordering::Equal => "neither better nor worse".to_owned(),
            _ if is_same => "about the same".to_owned(),
            std::cmp::Ordering::Less => format!("{} less, so it has become better", grouped((then - points) as usize)),
            std::cmp::Ordering::Greater => {
                format!("{} more, so it has become worse", grouped((points - then) as usize))
            }
        };
        let sentence = format!(
            "On {} the differences of the same environments risked {} points ({}), on {} {} points ({}): {went}. All is judged by \
             the rules of today.",
            names[0],
            grouped(then as usize),
            counted(first.differences, "difference"),
            names[names.len() - 1],
            grouped(points as usize),
            counted(now.differences, "difference")
        );
        let steps = all.iter().zip(names).map(|(moment, day)| Step {
            day,
            points: grouped(moment.points as usize),
            differences: grouped(moment.differences),
            share: moment.points * 100 / most,
            points_now: moment.points * BAR / most,
        });
        Some(Gone { sentence, steps: steps.collect() })
    }
}

impl Gone {
    /// With so many steps at most: the first, and the last ones.
    pub(super) fn within(mut self, most: usize) -> Self {
        let rest = self.steps.len().saturating_sub(most);
        self.steps.drain(1..1 + rest);
        self
    }

    /// The figure in lines of text.
    pub(super) fn lines(&self) -> Vec<String> {
        let widest = |of: fn(&Step) -> &str| self.steps.iter().map(|step| of(step).len()).max().unwrap_or(0);
        let (points, differences) = (widest(|step| &step.points), widest(|step| &step.differences));
        let line = |step: &Step| {
            let bar = "#".repeat(step.points_now as usize);
            let words = format!("{:>points$} points, {:>differences$} differences", step.points, step.differences);
            format!("{}  {words}  {bar}", step.day).trim_end().to_owned()
        };
        self.steps.iter().map(line).collect()
    }
}

/// A chance in words: `32 % (90 % interval 18 to 48 %), from 12 incidents of which 4 escaped; of the next 10, 1 to 6`.
pub fn chance_words(chance: &Chance) -> String {
    if !chance.is_enough() {
        return format!("too few to say ({})", counted(chance.incidents as usize, "incident"));
    }
    let (low, high) = chance.interval();
    let (fewest, most) = chance.of_next(NEXT);
    format!(
        "{} % ({} % interval {} to {} %), from {} of which {} escaped; of the next {NEXT}, {fewest} to {most}",
        percent(chance.mean()),
        percent(LEVEL),
        percent(low),
        percent(high),
        counted(chance.incidents as usize, "incident"),
        chance.escaped
    )
}

fn calibration_words(calibration: Option<&Calibration>) -> String {
    match calibration {
        None => "Forecasts cannot be held against outcomes yet: there are fewer than ten.".to_owned(),
        Some(Calibration { forecasts, brier, .. }) => format!(
            "{forecasts} forecasts, each from the incidents of earlier days, were held against what came: mean squared error \
             {brier:.2}, where 0.25 is that of who always says 50 %."
        ),
    }
}

/// The chances in text, with forecasts beside what came.
pub(super) fn write_text(past: &Escape, cells: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nHow likely a fault passes the tests, from past incidents")?;
    super::text::wrapped(&format!("  all areas: {}.", chance_words(&past.all)), cells, out)?;
    for (area, chance) in &past.areas {
        super::text::wrapped(&format!("  {}: {}.", escape(area), chance_words(chance)), cells, out)?;
    }
    let Some(calibration) = &past.calibration else {
        return writeln!(out, "  {}", calibration_words(None));
    };
    writeln!(
        out,
        "  Forecasts beside what came ({}, mean squared error {:.2}):",
        calibration.forecasts, calibration.brier
    )?;
    for step in &calibration.steps {
        let came = f64::from(step.escaped) / f64::from(step.forecasts);
        writeln!(
            out,
            "    said {:>3} to {:>3} %: {:>3} on average, {:>3} % came, of {}",
            percent(step.from),
            percent(step.from + 0.2),
            percent(step.said),
            percent(came),
            step.forecasts
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
pub(super) struct JsonEscape<'a> {
    prior: [f64; 2],
    all: JsonChance,
    areas: BTreeMap<&'a str, JsonChance>,
    calibration: Option<JsonCalibration>,
}

#[derive(Serialize)]
struct JsonChance {
    incidents: u32,
    escaped: u32,
    enough: bool,
    mean: Option<f64>,
    interval_90: Option<[f64; 2]>,
    of_next_10: Option<[u32; 2]>,
}

#[derive(Serialize)]
struct JsonCalibration {
    forecasts: u32,
    brier: f64,
    steps: Vec<JsonStep>,
}

#[derive(Serialize)]
struct JsonStep {
    from: f64,
    forecasts: u32,
    said: f64,
    escaped: u32,
}

impl From<&Chance> for JsonChance {
    fn from(chance: &Chance) -> Self {
        let enough = chance.is_enough();
        Self {
            incidents: chance.incidents,
            escaped: chance.escaped,
            enough,
            mean: enough.then(|| chance.mean()),
            interval_90: enough.then(|| chance.interval().into()),
            of_next_10: enough.then(|| chance.of_next(NEXT).into()),
        }
    }
}

impl<'a> From<&'a Escape> for JsonEscape<'a> {
    fn from(past: &'a Escape) -> Self {
        let step = |step: &crate::escape::Step| JsonStep {
            from: step.from,
            forecasts: step.forecasts,
            said: step.said,
            escaped: step.escaped,
        };
        Self {
            prior: [PRIOR; 2],
            all: (&past.all).into(),
            areas: past.areas.iter().map(|(area, chance)| (area.as_str(), chance.into())).collect(),
            calibration: past.calibration.as_ref().map(|calibration| JsonCalibration {
                forecasts: calibration.forecasts,
                brier: calibration.brier,
                steps: calibration.steps.iter().map(step).collect(),
            }),
        }
    }
}
