//! Reviews that were begun, for whoever picks what to look at.

use crate::base::text::escape;
use crate::model::{Meta, Snapshot};
use crate::reference::JournalFile;
use crate::review::{Act, Journal, Mark};
use crate::tui::picker::{Kind, Source, age};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;

/// Reviews older than this are not offered any more; their journals stay.
const OLD: SignedDuration = SignedDuration::from_hours(24 * 180);
/// How many are offered.
const MOST: usize = 10;

/// A review that is to be gone on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where its decisions are.
    pub file: JournalFile,
    /// What it is called.
    pub session: String,
    /// What was typed for each snapshot.
    pub references: Vec<String>,
    /// The policy that was named, if one was.
    pub policy: Option<String>,
    /// The folder it was begun in, if that is known.
    pub folder: Option<String>,
    /// Since when differences count, if that was asked.
    pub since: Vec<String>,
}

/// The reviews whose journals are in the user's folder for state, the last first, as rows of a list. Of one that was not begun `here` the folder
/// is told.
pub fn known(state: &Path, here: &Path, now: Timestamp) -> Vec<(Source, Wanted)> {
    let mut known: Vec<(Timestamp, Source, Wanted)> =
        JournalFile::all(state).into_iter().filter_map(|file| one(file, here, now)).collect();
    known.sort_by_key(|(last, ..)| std::cmp::Reverse(*last));
    known.into_iter().take(MOST).map(|(_, source, wanted)| (source, wanted)).collect()
}

/// Whether the user's folder for state has a review that was begun.
pub fn any(state: &Path) -> bool {
    let journals = JournalFile::all(state).into_iter().filter_map(|file| file.read().ok());
    journals.map(|text| Journal::read(&text)).any(|journal| journal.begun().is_some())
}

/// What is said where snapshots are explored of which a review was begun in a project and not finished.
pub fn begun(state: &Path, snapshots: &[Arc<Snapshot>], project: Option<&str>) -> Option<String> {
    let journal = Journal::read(&JournalFile::of(state, snapshots, project, None).read().ok()?);
    let decided = journal.marks().all().count();
    let goes_on = if snapshots.len() == 2 { ":review" } else { "`driftglass review`" };
    let words = format!("a review of these was begun, {decided} decided: {goes_on} goes on with it");
    (journal.is_open() && decided > 0).then_some(words)
}

/// Whether nothing leads to a snapshot again by what was typed for it: it came from standard input, or nobody typed it.
pub fn is_nameless(text: &str) -> bool {
    matches!(text, "" | "-")
}

fn one(file: JournalFile, here: &Path, now: Timestamp) -> Option<(Timestamp, Source, Wanted)> {
    // What cannot be read is no review to go on with.
    let journal = Journal::read(&file.read().ok()?);
    let Act::Begin { session, references, policy, folder, since, asked } = &journal.begun()?.act else { return None };
    let last = journal.entries.iter().rev().find_map(crate::review::Entry::time)?;
    let is_nameless = references.iter().any(|text| is_nameless(text));
    if now.duration_since(last) > OLD || references.len() < 2 || is_nameless {
        return None;
    }
    let marks = journal.marks();
    let decided = marks.all().filter(|(_, marked)| matches!(marked.mark, Mark::Reviewed | Mark::Flagged)).count();
    let flagged = marks.all().filter(|(_, marked)| marked.mark == Mark::Flagged).count();
    let mut about = format!("{decided} decided, {asked} asked");
    if flagged > 0 {
        about.push_str(&format!(", {flagged} flagged"));
    }
    let gone = now.duration_since(last);
    about.push_str(&match gone.as_secs() {
        ..60 => ", just now".to_owned(),
        _ => format!(", {} ago", age(gone)),
    });
    if !journal.is_open() {
        about.push_str(", finished");
    }
    if let Some(folder) = folder.as_ref().filter(|folder| Path::new(folder) != here) {
        about.push_str(&format!(", in {folder}"));
    }
    let wanted = Wanted {
        session: session.clone(),
        references: references.clone(),
        policy: policy.clone(),
        folder: folder.clone(),
        since: since.clone(),
        file,
    };
    let source = Source {
        reference: format!("review:{}", escape(&wanted.file.path().to_string_lossy())),
        kind: Kind::Review,
        meta: Meta { label: session.clone(), captured_at: Some(last), ..Meta::default() },
        facts: None,
        problems: None,
        about,
        broken: None,
    };
    Some((last, source, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{Entry, Row};
    use std::collections::BTreeMap;

    fn entry(number: usize, at: &str, act: Act) -> String {
        Entry { version: 1, id: format!("w-{number}"), at: at.to_owned(), by: "ann".into(), act }.line()
    }

    fn begin(session: &str) -> Act {
        let references = vec!["staging.json".to_owned(), "production.json".to_owned()];
        Act::Begin { session: session.to_owned(), references, policy: None, folder: None, since: Vec::new(), asked: 24 }
    }

    #[test]
    fn the_last_comes_first_and_old_ones_are_not_offered() {
        let dir = tempfile::tempdir().expect("a folder");
        let write = |name: &str, lines: &[String]| {
            let file = JournalFile::of(dir.path(), &[], None, Some(name));
            for line in lines {
                file.append(|_| Some(line.clone())).expect("writes");
            }
        };
        let mark =
            |mark, path: &str| Act::Mark { mark, rows: vec![Row { path: path.to_owned(), values: BTreeMap::new() }] };
        write(
            "main..feature",
            &[
                entry(0, "2026-11-25T08:00:00Z", begin("main..feature")),
                entry(1, "2026-11-25T08:01:00Z", mark(Mark::Reviewed, "a")),
                entry(2, "2026-11-25T08:02:00Z", mark(Mark::Flagged, "b")),
            ],
        );
        let finish = Act::Finish { verdict: "PASS".into(), asked: Vec::new() };
        write("weekly", &[entry(0, "2026-11-19T08:00:00Z", begin("weekly")), entry(1, "2026-11-19T09:00:00Z", finish)]);
        write("old", &[entry(0, "2025-01-01T08:00:00Z", begin("old"))]);
        write("torn", &["{\"v\":1".to_owned()]);
        let known = known(dir.path(), Path::new("/srv"), "2026-11-25T10:02:00Z".parse().expect("a time"));
        let told: Vec<(&str, &str)> =
            known.iter().map(|(source, _)| (source.meta.label.as_str(), source.about.as_str())).collect();
        assert_eq!(
            told,
            [
                ("main..feature", "2 decided, 24 asked, 1 flagged, 2 h ago"),
                ("weekly", "0 decided, 24 asked, 6 d ago, finished")
            ]
        );
        assert_eq!(known[0].1.references, ["staging.json", "production.json"]);
        assert_eq!(begun(dir.path(), &[], None), None);
        let file = JournalFile::of(dir.path(), &[], None, None);
        for line in [entry(0, "2026-11-25T08:00:00Z", begin("a..b")), entry(1, "x", mark(Mark::Skipped, "a"))] {
            file.append(|_| Some(line)).expect("writes");
        }
        assert!(begun(dir.path(), &[], None).is_some_and(|words| words.contains("1 decided")));
    }
}
