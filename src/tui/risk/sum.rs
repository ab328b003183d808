//! The score of a difference as a sum: every term with what it stands for and where it comes from.

use super::view::{both_values, sides};
use crate::assess::Judged;
use crate::base::text::{escape, escape_lines};
use crate::compare::RowId;
use crate::risk::{Clause, Finding};
use std::fmt::Write as _;

/// The sums of all that is said of a row, the worst first; `None` where nothing is rated.
pub fn sum(judged: &Judged, row: RowId) -> Option<String> {
    let (comparison, risks) = (&*judged.assessment.comparison, &judged.assessment.meaning.risks);
    let findings = risks.of(row);
    findings.first()?;
    let mut out = format!("{}\n", escape(&comparison.path(row).to_string()));
    for finding in findings {
        let label = |side: usize| comparison.sides().get(side).map_or("", |side| side.label());
        let (left, right) = sides(comparison, finding);
        let values = both_values(comparison, row, finding);
        let _ = writeln!(out, "\n{} -> {}: {values}", escape(label(left)), escape(label(right)));
        one(judged, finding, label(finding.side), &mut out);
    }
    Some(out)
}

fn one(judged: &Judged, finding: &Finding, test: &str, out: &mut String) {
    let risks = &judged.assessment.meaning.risks;
    let (says, score) = (risks.says(finding), &finding.score);
    let (band, clause) = score.band();
    let _ = writeln!(out, "{} {}: {} ({})", band.word(), score.total(), escape(&says.title), escape(says.id));
    let found = finding.relevance.as_deref().map(|found| format!(": {}", escape(found))).unwrap_or_default();
    let direction = match score.direction {
        ..0 => format!("only {} is on the harmful side", escape(test)),
        _ => "the target is on the harmful side".to_owned(),
    };
    let terms = [
        ("likelihood", i16::from(score.likelihood), "how likely such a difference matters, 1 to 10".to_owned()),
        ("relevance", i16::from(score.relevance), format!("what the rule is about was found{found}")),
        ("magnitude", i16::from(score.magnitude), "the values are far apart".to_owned()),
        ("direction", i16::from(score.direction), direction),
        ("spread", i16::from(score.spread), "members of one pool differ among themselves".to_owned()),
        ("unknown", i16::from(score.unknown), "the values are not known".to_owned()),
    ];
    for (at, (name, term, means)) in terms.iter().enumerate().filter(|(at, (_, term, _))| *at == 0 || *term != 0) {
        let term = if at == 0 { term.to_string() } else { format!("{term:+}") };
        let _ = writeln!(out, "  {name:<12} {term:>3}   {means}");
    }
    let likelihood = score.moved_likelihood();
    let _ = writeln!(out, "  {:<12} {likelihood:>3}   the sum, from 1 to 10", "");
    let harm = "how bad it is if it strikes, 1 to 10";
    let _ = writeln!(out, "  {:<12} {:>3}   {harm}; impact: {}", "x severity", score.severity, says.impact.word());
    let product = u32::from(score.severity.clamp(1, 10)) * u32::from(likelihood);
    let _ = writeln!(out, "  {:<12} {product:>3}   {} by {}", "= score", band.word(), clause.words());
    if score.total() < product && !matches!(clause, Clause::Cap(_)) {
        let _ = writeln!(out, "  {:<12} {:>3}   the most that it can be", "limit", score.total());
    }
    let parts = [("why", &says.why), ("what happens", &says.consequence), ("test", &says.test)];
    for (name, words) in parts.into_iter().filter(|(_, words)| !words.is_empty()) {
        let _ = writeln!(out, "{name}: {}", escape_lines(words));
    }
    for source in says.sources {
        let _ = writeln!(out, "source: {} {}", escape(&source.title), escape(&source.url));
    }
}
