//! Writing a report in a conversation: the same bytes as the dialog of the explorer writes.

use super::Conversation;
use crate::base::text::escape;
use crate::report::{Audience, Format, format_of_ending};
use crate::tui::document::{Unwritten, Wanted, Writing};
use std::path::PathBuf;
use std::sync::Arc;

/// What is typed after a file that is there and may be replaced.
const REPLACE: &str = "replace";

impl Conversation {
    /// Writes what the filter shows to a file, in the format that its ending says.
    pub(super) fn report(&self, rest: &str) -> String {
        let (name, replaces) = match rest.rsplit_once(char::is_whitespace) {
            Some((name, REPLACE)) => (name.trim_end(), true),
            _ => (rest, false),
        };
        if name.is_empty() {
            return "report wants a file, as in: report drift.md; .html, .json, .csv, .xml and .txt are other formats."
                .to_owned();
        }
        let path = PathBuf::from(name);
        let format = path.extension().and_then(|ending| format_of_ending(ending.to_str()?)).unwrap_or(Format::Text);
        let all = self.judged.assessment.rows(false);
        let rows: Arc<[_]> = match self.filter.is_empty() {
            true => all.as_slice().into(),
            false => all.iter().copied().filter(|row| self.rows.binary_search(row).is_ok()).collect(),
        };
        let filter = (!self.filter.is_empty()).then(|| self.filter.clone());
        let (judged, hidden) = (Arc::clone(&self.judged), all.len() - rows.len());
        let wanted = Wanted { judged, format, audience: Audience::Engineer, rows, hidden, filter };
        match (Writing { wanted, path, replaces, wish: Arc::default() }).run() {
            Ok(words) => format!("Written, {}: {words}.", format.name()),
            Err(Unwritten::Exists) => format!("A file is there: report {} {REPLACE} replaces it.", escape(name)),
            Err(Unwritten::Failed(words)) => format!("Not written: {words}."),
        }
    }
}
