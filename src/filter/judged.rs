//! Fields that ask what a difference means: `risk:`, `score:`, `rule:`, `cause:`. They are answered once for all rows,
//! before the rows are walked.

use super::run::{Test, number_matches, test, text_matches};
use super::{Context, Field, Operand, Operator};
use crate::compare::RowId;
use crate::risk::Band;

/// The rows that satisfy one of the operands, ascending; none where nothing has been judged.
pub(super) fn rows(field: Field, operands: &[Operand], context: &Context<'_>) -> Vec<RowId> {
    match (field, context.risks, context.causes) {
        (Field::Risk, Some(risks), _) => {
            let fits = |row: &RowId| risks.worst(*row).is_some_and(|worst| is_band(worst.score.band().0, operands));
            risks.rows().filter(fits).collect()
        }
        (Field::Score, Some(risks), _) => {
            let tests: Vec<Test> = operands.iter().map(|operand| test(field, operand)).collect();
            let points = |row: RowId| risks.worst(row).map(|worst| f64::from(worst.score.total()));
            let fits = |row: &RowId| points(*row).is_some_and(|n| tests.iter().any(|test| number_matches(n, test)));
            risks.rows().filter(fits).collect()
        }
        (Field::Rule, Some(risks), _) => {
            let tests: Vec<Test> = operands.iter().map(|operand| test(field, operand)).collect();
            let named = |id: &str| tests.iter().any(|test| is_name(id, test));
            risks.rows().filter(|row| risks.of(*row).iter().any(|finding| named(risks.says(finding).id))).collect()
        }
        (Field::Cause, _, Some(causes)) => {
            let tests: Vec<Test> = operands.iter().map(|operand| test(field, operand)).collect();
            let named = |test: &Test, cause: &crate::cause::Cause| {
                is_name(&cause.key, test) || text_matches(&cause.title, test)
            };
            let fits = causes.all().iter().filter(|cause| tests.iter().any(|test| named(test, cause)));
            let mut rows: Vec<RowId> = fits.flat_map(|cause| cause.members.iter().copied()).collect();
            rows.sort_unstable();
            rows
        }
        _ => Vec::new(),
    }
}

/// A name is meant whole, unless a glob says otherwise: `rule:somaxconn` is not every rule with that in its name.
fn is_name(name: &str, test: &Test) -> bool {
    match test {
        Test::Text(_, wanted) => name == wanted,
        other => text_matches(name, other),
    }
}

fn is_band(band: Band, operands: &[Operand]) -> bool {
    operands.iter().any(|operand| {
        let Some(wanted) = Band::named(&operand.text) else { return false };
        match operand.operator {
            Operator::Match | Operator::Equal => band == wanted,
            Operator::AtLeast => band >= wanted,
            Operator::Greater => band > wanted,
            Operator::AtMost => band <= wanted,
            Operator::Less => band < wanted,
        }
    })
}
