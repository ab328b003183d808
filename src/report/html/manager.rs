//! One page for people who do not know the program: no paths, no settings.

use super::page::{STYLE, STYLE_HASH, VERSION};

use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::Comparison;
use crate::report::overview::Overview;
use crate::report::told::{self, Covered, Told};
use crate::report::{Report, counted, grouped};
use std::collections::BTreeMap;

#[derive(askama::Template)]
#[template(path = "manager.html")]
pub(super) struct Manager {
    title: String,
    sentences: Vec<String>,
    risk: String,
    told: Vec<Told>,
    share: Option<u32>,
    covered: Option<Covered>,
    /// Reason, author, end, and how many differences.
    accepted: Vec<(String, String, String, String)>,
    unmeasured: Vec<String>,
}

impl Manager {
    pub(super) fn new(report: &Report<'_>) -> Self {
        let comparison = report.comparison;
        let names = report.names();
        let reference = comparison.reference();
        let others: Vec<&str> =
            names.iter().enumerate().filter(|(side, _)| *side != reference).map(|(_, name)| name.as_str()).collect();
        let overview = Overview::new(comparison, reference, &Cancel::new());
        let sentences = overview.iter().flat_map(|o| o.sentences_with(comparison, |n| grouped(n as usize)));
        let told = report.meaning.map(|meaning| told::for_managers(report, meaning)).unwrap_or_default();
        let mut accepted: BTreeMap<(String, String, String), usize> = BTreeMap::new();
        for row in told::accepted(report) {
            *accepted.entry((row.reason, row.by, row.until)).or_default() += 1;
        }
        Self {
            title: format!(
                "How {} {} from {}",
                others.join(", "),
                if others.len() == 1 { "differs" } else { "differ" },
                names[reference]
            ),
            sentences: sentences.take(4).map(|sentence| escape(&sentence).into_owned()).collect(),
            risk: report.meaning.map(told::summary).unwrap_or_default(),
            share: told.last().map(|line| line.share),
            told,
            covered: report.meaning.and_then(|meaning| told::covered(report, meaning)),
            accepted: accepted
                .into_iter()
                .map(|((reason, by, until), n)| (reason, by, until, counted(n, "difference")))
                .collect(),
            unmeasured: unmeasured(comparison, &names),
        }
    }
}

/// How much could not be measured, a sentence for each environment.
fn unmeasured(comparison: &Comparison, names: &[String]) -> Vec<String> {
    use crate::compare::Cell;
    let mut counts = vec![0_usize; names.len()];
    for row in comparison.leaves().filter(|row| comparison.state(*row).is_found()) {
        for (side, cell) in comparison.cells(row).enumerate() {
            counts[side] += usize::from(matches!(cell, Cell::Problem(_) | Cell::NotCollected(_)));
        }
    }
    let told = names.iter().zip(&counts).filter(|(_, count)| **count > 0);
    let told: Vec<String> =
        told.map(|(name, n)| format!("Of {} nothing is known in {name}.", counted(*n, "value"))).collect();
    if told.is_empty() { vec!["Everything that was asked for could be measured.".to_owned()] } else { told }
}
