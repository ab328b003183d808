//! What the judgement says of a fact, in words: what it risks, why, how it stands to the policy. The preview beneath the
//! tree and the detail say the same.

use crate::assess::Judged;
use crate::base::text::escape;
use crate::compare::RowId;
use crate::tui::tree::Gutter;

/// What is said of a row, in display form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How bad it is and which rule says so: `CRIT 92, dns-001`; empty where nothing is rated.
    pub risk: String,
    /// Whether a rule says so, and not the default of an area.
    pub is_by_rule: bool,
    /// What a reviewer has said of it; empty where there is nothing to decide.
    pub review: &'static str,
    /// Acceptance and policy.
    pub standing: Vec<String>,
    /// Why it matters, what can be tested, and how the score is made up, a sentence or two each.
    pub why: Vec<String>,
}

impl Told {
    /// Of a row of the comparison that was judged.
    pub fn of(judged: &Judged, row: RowId, gutter: Option<&Gutter>) -> Self {
        let assessment = &judged.assessment;
        let comparison = &*assessment.comparison;
        let standing = super::accept::words(judged, row);
        let is_found = comparison.is_leaf(row) && comparison.state(row).is_found();
        let seen = gutter.map(|gutter| gutter.of(row)).unwrap_or_default();
        let review = if is_found { seen.word() } else { "" };
        let risks = &assessment.meaning.risks;
        let Some(finding) = risks.worst(row).filter(|_| comparison.is_leaf(row)) else {
            return Self { review, standing, ..Self::default() };
        };
        let says = risks.says(finding);
        let (total, (band, clause)) = (finding.score.total(), finding.score.band());
        let label = |side: usize| comparison.sides().get(side).map_or("", |side| side.label());
        let rule = if finding.rule.is_some() { says.id } else { "no rule" };
        let mut why = Vec::new();
        if finding.rule.is_some() {
            let happens = finding.happens(&says.consequence, label(finding.side));
            let happens = if happens.is_empty() { says.why.clone().into_owned() } else { happens };
            why.push(format!("why: {happens} Impact: {}.", says.impact.word()));
            let toward = finding.stands(says.harm, label(finding.side), label(comparison.reference()));
            if !toward.is_empty() {
                why.push(format!("{toward}."));
            }
            if !says.test.is_empty() {
                why.push(format!("test: {}", says.test));
            }
        } else {
            why.push(format!("why: no rule speaks of it: rated by the default of its area ({}).", says.title));
        }
        why.push(format!("score: {} = {total}, {} by {}", finding.score.vector(), band.word(), clause.words()));
        let why = why.iter().map(|line| escape(line).into_owned()).collect();
        let risk = format!("{} {total}, {}", band.brief(), escape(rule));
        Self { risk, is_by_rule: finding.rule.is_some(), review, standing, why }
    }

    /// Risk and review in one: `CRIT 92, dns-001, not reviewed`.
    pub fn marks(&self) -> String {
        let parts = [self.risk.as_str(), self.review];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}
