//! Waiver debt: what has been put off, for how long, and when it comes back.

use super::{Acceptance, Acceptances};
use jiff::civil::Date;

/// The days within which an end is near.
const NEAR: i32 = 30;

/// How much has been accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Debt {
    /// Acceptances that hold.
    pub holding: usize,
    /// Those whose end has been reached.
    pub ended: usize,
    /// Those that hold and have no end.
    pub endless: usize,
    /// Those that hold and end within 30 days.
    pub ending_soon: usize,
    /// The age of the oldest that holds, in days.
    pub oldest_days: Option<i32>,
    /// The age in the middle of those that hold, in days.
    pub median_days: Option<i32>,
    /// Keys and last days of those that hold and have an end, the next one first.
    pub ends: Vec<(Date, String)>,
}

/// The debt as of a day.
pub fn debt(acceptances: &Acceptances, today: Date) -> Debt {
    debt_without(acceptances, &[], today)
}

/// The debt as of a day, without acceptances that are known to let nothing through.
pub fn debt_without(acceptances: &Acceptances, over: &[usize], today: Date) -> Debt {
    let days = |from: Date, to: Date| from.until(to).map_or(0, |span| span.get_days()).max(0);
    let holding: Vec<&Acceptance> = acceptances
        .list
        .iter()
        .enumerate()
        .filter(|(index, acceptance)| acceptance.holds(today) && !over.contains(index))
        .map(|(_, acceptance)| acceptance)
        .collect();
    let mut ages: Vec<i32> = holding.iter().map(|acceptance| days(acceptance.date, today)).collect();
    ages.sort_unstable();
    let mut ends: Vec<(Date, String)> =
        holding.iter().filter_map(|acceptance| Some((acceptance.until?, acceptance.key.clone()))).collect();
    ends.sort();
    Debt {
        holding: holding.len(),
        ended: acceptances.list.iter().filter(|one| one.until.is_some_and(|until| until < today)).count(),
        endless: holding.iter().filter(|acceptance| acceptance.until.is_none()).count(),
        ending_soon: ends.iter().take_while(|(end, _)| days(today, *end) <= NEAR).count(),
        oldest_days: ages.last().copied(),
        median_days: ages.get(ages.len() / 2).copied(),
        ends,
    }
}

impl Debt {
    /// In a sentence.
    pub fn words(&self) -> String {
        let plural = |n: usize| if n == 1 { "acceptance holds" } else { "acceptances hold" };
        let mut words = format!("{} {}", self.holding, plural(self.holding));
        if let (Some(oldest), Some(median)) = (self.oldest_days, self.median_days) {
            words.push_str(&format!(", the oldest for {oldest} days, half of them for {median} or more"));
        }
        if let Some((end, _)) = self.ends.first() {
            words.push_str(&format!("; the next ends {end}, {} within {NEAR} days", self.ending_soon));
        }
        if self.endless > 0 {
            words.push_str(&format!("; {} without an end", self.endless));
        }
        if self.ended > 0 {
            words.push_str(&format!("; {} ended", self.ended));
        }
        words
    }
}
