//! How a review begins, for the command and for the explorer alike: who decides, where it is kept, and what is written
//! down first. From the explorer it is one of the two sides that are compared, and leads back to where it was asked for.

use super::scribe::Desk;
use super::{Review, Setup};
use crate::assess::{Assessment, Bench, Judged, Ruling};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::Comparison;
use crate::model::Snapshot;
use crate::policy::judge::Judgement;
use crate::reference::{JournalFile, lasting, writer_name};
use crate::report::pair_of;
use crate::review::{Act, Entry, Journal};
use crate::tui::arriving;
use crate::tui::message::{Effect, Message};
use crate::tui::model::{Model, View};
use std::path::PathBuf;
use std::sync::Arc;

/// Where reviews are kept, and by whom.
#[derive(Clone, Debug, Default)]
pub struct Office {
    /// The user's folder for state; none for a user without one.
    pub state: Option<PathBuf>,
    /// Whose environments they are.
    pub project: Option<String>,
    /// Who decides, as far as anybody knows.
    pub reviewer: Option<String>,
    /// The policy that was named, if one was.
    pub policy: Option<PathBuf>,
    /// The folder from which files are named.
    pub folder: PathBuf,
}

/// Why a review cannot begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// There is no place for its journal.
    #[error("no home folder is known")]
    NoFolder,
    /// There is no name for whoever decides.
    #[error("nobody is known here to review")]
    Nobody,
    /// It cannot be begun, in words.
    #[error("{0}")]
    Failed(String),
}

/// A review that is to be begun, or gone on with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Where it is kept, if not where reviews of these snapshots are.
    pub journal: Option<JournalFile>,
    /// What it is called, if not as the snapshots are.
    pub session: Option<String>,
    /// What was typed for each snapshot.
    pub references: Vec<String>,
    /// Since when differences count, if that was asked.
    pub since: Vec<String>,
    /// Whether the policy and what is accepted are those of a commit.
    pub is_of_commit: bool,
}

impl Beginning {
    /// The journal of the review.
    ///
    /// # Errors
    /// [`BeginError::NoFolder`].
    pub fn file(&self, snapshots: &[Arc<Snapshot>], office: &Office) -> Result<JournalFile, BeginError> {
        if let Some(file) = &self.journal {
            return Ok(file.clone());
        }
        let state = office.state.as_deref().ok_or(BeginError::NoFolder)?;
        Ok(JournalFile::of(state, snapshots, office.project.as_deref(), self.session.as_deref()))
    }

    /// What the review is called where there is a comparison of its snapshots.
    pub fn name(&self, comparison: &Comparison) -> String {
        self.session.clone().unwrap_or_else(|| pair_of(comparison))
    }

    /// Writes down that somebody reviews; what the review opens with.
    ///
    /// # Errors
    /// See [`BeginError`].
    pub fn begin(self, bench: Bench, judgement: &Judgement, office: &Office) -> Result<Setup, BeginError> {
        let comparison = &bench.judged.assessment.comparison;
        bench.judged.assessment.named_apart().map_err(|error| BeginError::Failed(error.to_string()))?;
        let snapshots: Vec<_> = comparison.sides().iter().map(|side| Arc::clone(&side.snapshot)).collect();
        let (file, session) = (self.file(&snapshots, office)?, self.name(comparison));
        let reviewer = office.reviewer.clone().filter(|name| !name.trim().is_empty()).ok_or(BeginError::Nobody)?;
        let failed = |error: &dyn std::fmt::Display| BeginError::Failed(escape(&error.to_string()).into_owned());
        let writer = writer_name().map_err(|error| BeginError::Failed(format!("no random numbers: {error}")))?;
        let before = Journal::read(&file.read().map_err(|error| failed(&error))?);
        let asked = bench.board(judgement, &before).items.iter().filter(|item| item.is_asked()).count();
        let begin = Act::Begin {
            session: session.clone(),
            references: self.references.iter().map(|text| lasting(text, &office.folder)).collect(),
            policy: office.policy.as_ref().map(|policy| office.folder.join(policy).display().to_string()),
            folder: std::path::absolute(&office.folder).ok().map(|folder| folder.display().to_string()),
            since: self.since,
            asked,
        };
        let desk = Desk { file, reviewer, writer };
        let (journal, _) = desk.write(0, |_| Some(begin)).map_err(BeginError::Failed)?;
        let board = Arc::new(bench.board(judgement, &journal));
        Ok(Setup { board, bench, is_of_commit: self.is_of_commit, journal, desk, session })
    }
}

/// A review of two sides that is asked for in the explorer.
#[derive(Clone, Debug)]
pub struct Opening {
    sides: Vec<Arc<Snapshot>>,
    /// How they were judged, where they were as a review has them.
    judged: Option<Arc<Judged>>,
    ruling: Arc<Ruling>,
    beginning: Beginning,
}

impl Opening {
    /// Does the work; `None` when cancelled.
    pub fn run(self, office: &Office, cancel: &Cancel) -> Option<Message> {
        let judged = match self.judged {
            Some(judged) => judged,
            None => {
                let comparison = Arc::new(Comparison::new(self.sides, cancel)?);
                let assessment = Assessment::held(comparison, None, &self.ruling, cancel)?;
                Arc::new(Judged { assessment, ruling: self.ruling })
            }
        };
        let bench = Bench { judged, new: None, is_since: false };
        let judgement = bench.judgement()?;
        Some(Message::Begun(Box::new(self.beginning.begin(bench, &judgement, office))))
    }
}

/// Asks for the review of the two sides that are compared.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    if let Some(label) = arriving::label(model) {
        model.note = format!("{label} is still loading: a review can begin once it is there");
        return Vec::new();
    }
    let (left, right) = model.asked.unwrap_or(model.sides);
    // The order of the command line, which swapping sides does not change.
    let sides: Vec<_> = [left.min(right), left.max(right)]
        .into_iter()
        .filter_map(|at| {
            Some((Arc::clone(model.snapshots.get(at)?), model.references.get(at).cloned().unwrap_or_default()))
        })
        .collect();
    let (sides, references): (Vec<_>, Vec<_>) = sides.into_iter().unzip();
    let judged = model.tree.judgement().filter(|judged| {
        let comparison = &judged.assessment.comparison;
        let of = comparison.sides().iter().map(|side| &side.snapshot);
        Arc::ptr_eq(&judged.ruling, &model.ruling)
            && comparison.reference() == sides.iter().position(|side| side.meta.is_target()).unwrap_or(0)
            && of.zip(&sides).all(|(ours, side)| Arc::ptr_eq(ours, side))
    });
    let beginning = Beginning { journal: None, session: None, references, since: Vec::new(), is_of_commit: false };
    let (judged, ruling) = (judged.cloned(), Arc::clone(&model.ruling));
    model.note = "opening the review".to_owned();
    vec![Effect::Begin(Box::new(Opening { sides, judged, ruling, beginning }))]
}

/// A review that was asked for is there, or cannot begin.
pub fn begun(model: &mut Model, setup: Result<Setup, BeginError>) -> Vec<Effect> {
    if model.review.is_some() || model.present.is_some() {
        return Vec::new();
    }
    let setup = match setup {
        Ok(setup) => setup,
        Err(error) => {
            let hint = match error {
                BeginError::NoFolder => ": HOME or XDG_STATE_HOME names one",
                BeginError::Nobody => ": git config user.name says who",
                BeginError::Failed(_) => "",
            };
            model.note = format!("{error}{hint}");
            return Vec::new();
        }
    };
    let mut review = Review::new(&setup);
    review.origin = Some(model.view);
    model.review = Some(Box::new(review));
    model.view = View::Review;
    model.fit();
    model.note = told(model, &setup);
    let mut effects = vec![Effect::Journal(Some(setup.desk))];
    effects.extend(super::gutter(model));
    effects
}

/// What is said of a review as it opens.
fn told(model: &Model, setup: &Setup) -> String {
    let resumed = resumed(&setup.journal);
    if !resumed.is_empty() {
        return resumed;
    }
    let sides = setup.board.comparison().sides().iter();
    let nameless = sides.filter(|side| {
        let at = model.snapshots.iter().position(|known| Arc::ptr_eq(known, &side.snapshot));
        let text = at.and_then(|at| model.references.get(at)).map_or("", String::as_str);
        super::resume::is_nameless(text)
    });
    let labels: Vec<String> = nameless.map(|side| escape(side.label()).into_owned()).collect();
    match labels.as_slice() {
        [] => String::new(),
        labels => format!(
            "{} has no name to be read by again: to go on later, keep it with `driftglass save`",
            labels.join(", ")
        ),
    }
}

/// What is said of a review that was begun before.
pub fn resumed(journal: &Journal) -> String {
    let decides = |entry: &&Entry| entry.paths().next().is_some();
    let Some(last) = journal.entries.iter().rev().find(decides) else { return String::new() };
    let when = last.time().map(|time| time.strftime("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default();
    let mut words = format!("continued: last decided {when} by {}", escape(&last.by));
    if journal.unread > 0 {
        words.push_str(&format!("; {} lines of the journal cannot be read", journal.unread));
    }
    words
}

/// Leaves the review: the program too, where it was started for it, else back to where it was asked for.
pub fn close(model: &mut Model) -> Vec<Effect> {
    let Some(origin) = model.review.as_ref().and_then(|review| review.origin) else { return vec![Effect::Quit] };
    if let Some(review) = model.review.take() {
        let counts = review.status.counts;
        let words = format!("{} of {} done, saved, {}", counts.done(), counts.asked, counts.verdict.word());
        model.note = format!("the review was left: {words}");
    }
    model.layers.clear();
    model.view = origin;
    model.fit();
    let jobs = [model.tree.take_gutter(), model.tree.leave_out_decided(false)];
    let sieve = jobs.into_iter().flatten().next_back().map(Effect::Sieve);
    [Effect::Journal(None)].into_iter().chain(sieve).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::{Screenplay, of};

    const STAGING: &str = r#"{"dns":{"search":"a"},"os":{"kernel":{"release":"6.1.0"},"zone":"Europe/Berlin"}}"#;
    const PRODUCTION: &str = r#"{"dns":{"search":"b"},"os":{"kernel":{"release":"5.10.0"},"zone":"UTC"}}"#;

    fn fresh(references: &[&str]) -> Screenplay {
        let mut play = of(&[("staging", STAGING), ("production", PRODUCTION), ("ci", STAGING)], (120, 40));
        let policy = crate::policy::parse("[gate]\nblock = \"none-such\"\nneeds-decision = \"is:changed\"\n");
        let policy = policy.unwrap_or_else(|wrong| panic!("{wrong:#?}")).0;
        let rules = play.model.ruling.rules.clone();
        play.model.ruling = Arc::new(Ruling { policy, rules, ..Ruling::default() });
        play.model.references = references.iter().map(ToString::to_string).collect();
        play
    }

    fn office(folder: &std::path::Path) -> Office {
        Office { state: Some(folder.to_owned()), reviewer: Some("ann".into()), ..Office::default() }
    }

    /// Does what was asked for, of a beginning.
    fn settle(play: &mut Screenplay, office: &Office) {
        for effect in std::mem::take(&mut play.effects) {
            match effect {
                Effect::Begin(opening) => play.send(opening.run(office, &Cancel::new()).expect("not cancelled")),
                other => play.effects.push(other),
            }
        }
    }

    #[test]
    fn it_is_of_the_two_sides_and_leads_back_to_where_it_was_asked_for() {
        let dir = tempfile::tempdir().expect("a folder");
        let office = office(dir.path());
        let mut play = fresh(&["staging.json", "production.json", "ci.json"]);
        // Swapped sides are the same review.
        for keys in ["2", "3", "x"] {
            play.press(keys);
            let view = play.model.view;
            let before = play.screen();
            play.press(":review<enter>");
            settle(&mut play, &office);
            assert_eq!(play.model.view, View::Review, "{}", play.screen());
            assert!(play.screen().contains("staging..production"), "{}", play.screen());
            assert!(play.screen().contains("0 of 3 gate items done"), "{}", play.screen());
            play.press("1q");
            assert_eq!(play.model.view, View::Review, "the tree leads to it");
            play.press("qy");
            assert_eq!((play.model.view, play.model.review.is_none()), (view, true));
            assert!(play.model.note.contains("0 of 3 done, saved, UNDECIDED"), "{}", play.model.note);
            let writers: Vec<bool> = play
                .effects
                .iter()
                .filter_map(|effect| match effect {
                    Effect::Journal(desk) => Some(desk.is_some()),
                    _ => None,
                })
                .collect();
            assert_eq!(writers, [true, false], "somebody writes as long as it is open");
            play.effects.clear();
            play.model.note.clear();
            let lines = |screen: &str| screen.lines().skip(2).take(20).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(lines(&play.screen()), lines(&before));
        }
        let file = JournalFile::of(dir.path(), &play.model.snapshots[..2], None, None);
        let journal = Journal::read(&file.read().expect("reads"));
        assert_eq!(journal.entries.len(), 3, "one journal");
        let Some(Act::Begin { references, session, asked, .. }) = journal.begun().map(|entry| &entry.act) else {
            panic!("it was begun")
        };
        assert_eq!((session.as_str(), *asked), ("staging..production", 3));
        assert_eq!(*references, ["staging.json", "production.json"]);
    }

    #[test]
    fn how_it_is_left_is_up_to_the_command() {
        let dir = tempfile::tempdir().expect("a folder");
        let office = office(dir.path());
        let mut play = fresh(&["staging.json", "production.json", "ci.json"]);
        for (keys, ends) in [(":q!<enter>", false), (":wq<enter>", true)] {
            play.press("9");
            settle(&mut play, &office);
            play.press(keys);
            assert!(play.model.review.is_none() && play.model.view == View::Tree, "{}", play.screen());
            let finishes = play.effects.iter().any(|effect| matches!(effect, Effect::Decide(_)));
            assert_eq!(finishes, ends, "{keys}");
            assert!(!play.effects.iter().any(|effect| matches!(effect, Effect::Quit)), "{keys}");
            play.effects.clear();
        }
        play.press(":q!<enter>");
        assert!(matches!(play.effects.as_slice(), [Effect::Quit]), "without a review it ends the program");
    }

    #[test]
    fn what_stands_in_the_way_is_said_in_words() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut play = fresh(&["-", "production.json", "ci.json"]);
        play.press("r");
        assert!(play.model.note.contains(":review opens one"), "{}", play.model.note);
        for (office, words) in [
            (Office { reviewer: None, ..office(dir.path()) }, "git config user.name"),
            (Office { state: None, ..office(dir.path()) }, "XDG_STATE_HOME"),
        ] {
            play.press("9");
            settle(&mut play, &office);
            assert!(play.model.note.contains(words) && play.model.review.is_none(), "{}", play.model.note);
        }
        play.press("9");
        settle(&mut play, &office(dir.path()));
        assert!(play.model.note.contains("staging has no name to be read by again"), "{}", play.model.note);
        assert!(play.model.note.contains("`driftglass save`"), "{}", play.model.note);
        let now = "2026-11-25T12:00:00Z".parse().expect("a time");
        assert!(super::super::resume::known(dir.path(), dir.path(), now).is_empty(), "nothing could go on with it");
        play.press(":q!<enter>");
        Arc::make_mut(&mut play.model.snapshots[0]).meta.label = "production".to_owned();
        play.press("9");
        settle(&mut play, &office(dir.path()));
        assert!(play.model.note.contains("two snapshots are called production"), "{}", play.model.note);
    }
}
