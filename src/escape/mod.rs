//! Floor 2: how likely a fault passes the test environments, from the user's own incidents.
//!
//! Every incident is one trial: the tests caught it, or it escaped to production. With a Beta prior on the chance of an
//! escape and such trials, what is known afterwards is Beta again (Gelman et al., Bayesian Data Analysis, 3rd edition,
//! 2.4), and how many of the next faults escape is Beta-binomial. The prior is Jeffreys', Beta(1/2, 1/2).
//!
//! What it assumes: the incidents are all there are or a fair sample (a fault that nobody noticed is in no list), they
//! are independent, and tests and environments stayed about as they were.

mod incidents;
#[cfg(test)]
mod tests;

pub use incidents::{Explained, Incident, parse};

use statrs::function::beta::{inv_beta_reg, ln_beta};
use statrs::function::factorial::ln_binomial;
use std::collections::BTreeMap;

/// Jeffreys' prior: both parameters of the Beta distribution.
pub const PRIOR: f64 = 0.5;

/// Fewer incidents than these say too little.
pub const ENOUGH: u32 = 5;

/// How many earlier incidents a forecast needs, and how many forecasts a table of them.
const FORECASTS: usize = 10;

/// Into how many steps of equal width forecasts are sorted.
const STEPS: usize = 5;

/// The share of the distribution that an interval holds.
pub const LEVEL: f64 = 0.9;

/// The chance that a fault escapes the tests, as far as some incidents tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// How many incidents there are.
    pub incidents: u32,
    /// How many of them the tests did not catch.
    pub escaped: u32,
}

impl Chance {
    fn add(&mut self, incident: &Incident) {
        self.incidents += 1;
        self.escaped += u32::from(!incident.caught);
    }

    /// Whether there is enough to say anything.
    pub fn is_enough(&self) -> bool {
        self.incidents >= ENOUGH
    }

    /// Both parameters of what is known afterwards.
    fn posterior(&self) -> (f64, f64) {
        (PRIOR + f64::from(self.escaped), PRIOR + f64::from(self.incidents.saturating_sub(self.escaped)))
    }

    /// The expected chance, 0 to 1.
    pub fn mean(&self) -> f64 {
        let (escapes, catches) = self.posterior();
        escapes / (escapes + catches)
    }

    /// The interval that holds the chance with a probability of 90 %, as much of the rest below it as above.
    pub fn interval(&self) -> (f64, f64) {
        let (escapes, catches) = self.posterior();
        let at = |share: f64| inv_beta_reg(escapes, catches, share).clamp(0.0, 1.0);
        (at((1.0 - LEVEL) / 2.0), at((1.0 + LEVEL) / 2.0))
    }

    /// Of the next so many faults, how many escape: the fewest and the most that leave no more than 5 % on either side.
    pub fn of_next(&self, faults: u32) -> (u32, u32) {
        let (escapes, catches) = self.posterior();
        let (mut sum, mut low) = (0.0, None);
        for count in 0..=faults {
            let (k, rest) = (f64::from(count), f64::from(faults - count));
            let ways = ln_binomial(u64::from(faults), u64::from(count));
            sum += (ways + ln_beta(k + escapes, rest + catches) - ln_beta(escapes, catches)).exp();
            if low.is_none() && sum > (1.0 - LEVEL) / 2.0 {
                low = Some(count);
            }
            if sum >= (1.0 + LEVEL) / 2.0 {
                return (low.unwrap_or(count), count);
            }
        }
        (low.unwrap_or(faults), faults)
    }
}

/// Forecasts of one step, beside what came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    /// The lower end of the step; it is 0.2 wide.
    pub from: f64,
    /// How many forecasts fell into it.
    pub forecasts: u32,
    /// What they said on average.
    pub said: f64,
    /// How many of the incidents escaped.
    pub escaped: u32,
}

/// Whether earlier forecasts came true. Each incident is forecast from those of earlier days alone, in its area where
/// there are enough, else in all.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The steps that hold forecasts, in order.
    pub steps: Vec<Step>,
    /// How many forecasts there were.
    pub forecasts: u32,
    /// The mean squared error of the forecasts, 0 to 1 (Brier, 1950); always saying one half gives 0.25.
    pub brier: f64,
}

/// What the user's incidents say.
#[derive(Clone, Debug, PartialEq)]
pub struct Escape {
    /// All incidents together.
    pub all: Chance,
    /// By area, in order of name; those with too few too.
    pub areas: Vec<(String, Chance)>,
    /// `None` until there are ten forecasts.
    pub calibration: Option<Calibration>,
}

impl Escape {
    /// Estimates from incidents in the order of their dates. `area_of_rule` gives the area of the facts that a rule
    /// speaks of.
    pub fn of(incidents: &[Incident], area_of_rule: impl Fn(&str) -> Option<String>) -> Self {
        let none = Chance { incidents: 0, escaped: 0 };
        let mut all = none;
        let mut areas: BTreeMap<String, Chance> = BTreeMap::new();
        let mut forecasts: Vec<(f64, bool)> = Vec::new();
        for day in incidents.chunk_by(|a, b| a.date == b.date) {
            let area = |incident: &Incident| match &incident.explained {
                Explained::By(path) => path.keys().next().map(str::to_owned),
                Explained::ByRule(rule) => area_of_rule(rule),
            };
            for incident in day {
                let of_area = area(incident).and_then(|area| areas.get(&area).copied()).filter(Chance::is_enough);
                if let Some(chance) = of_area.or_else(|| Some(all).filter(Chance::is_enough)) {
                    forecasts.push((chance.mean(), !incident.caught));
                }
            }
            for incident in day {
                all.add(incident);
                if let Some(area) = area(incident) {
                    areas.entry(area).or_insert(none).add(incident);
                }
            }
        }
        Self { all, areas: areas.into_iter().collect(), calibration: calibrate(&forecasts) }
    }
}

/// Sorts forecasts into steps.
fn calibrate(forecasts: &[(f64, bool)]) -> Option<Calibration> {
    if forecasts.len() < FORECASTS {
        return None;
    }
    let mut steps = [Step::default(); STEPS];
    let mut error = 0.0;
    for (said, escaped) in forecasts {
        let at = ((said * STEPS as f64) as usize).min(STEPS - 1);
        steps[at].forecasts += 1;
        steps[at].said += said;
        steps[at].escaped += u32::from(*escaped);
        error += (said - f64::from(u8::from(*escaped))).powi(2);
    }
    for (at, step) in steps.iter_mut().enumerate() {
        step.from = at as f64 / STEPS as f64;
        step.said /= f64::from(step.forecasts.max(1));
    }
    let brier = error / forecasts.len() as f64;
    let steps: Vec<Step> = steps.into_iter().filter(|step| step.forecasts > 0).collect();
    Some(Calibration { steps, forecasts: forecasts.len() as u32, brier })
}
