//! `driftglass review`: the walk through what the gate asks.

use super::ColorChoice;
use super::case::{Case, Question};
use super::diff::formats;
use super::environment::Environment;
use super::error::Error;
use super::explore::Look;
use super::output::{self, note};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::policy::judge::Verdict;
use crate::reference::{Folders, JournalFile, Workspace, lasting, writer_name};
use crate::report::{self, Format, REVIEW_FORMATS, Record, pair_of};
use crate::review::{Act, Board, Journal};
use crate::tui::review::Setup;
use crate::tui::review::plain::{self, Talk};
use crate::tui::review::resume::Wanted;
use crate::tui::review::scribe::Desk;
use crate::tui::{self, Reviewed};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Clone, Default, clap::Args)]
pub(super) struct Arguments {
    /// Two or more snapshots; without them the environments of driftglass.toml
    #[arg(value_name = "REF")]
    references: Vec<String>,
    /// Read this policy, and what is accepted beside it, instead of the one found
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Only what is new since then, as in `driftglass check`; may be given more than once
    #[arg(long, value_name = "REF")]
    since: Vec<String>,
    /// What the review is called, where there is more than one of the same snapshots; each has its own journal
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// Keep the decisions in this file, as on a disk that a team shares, and not in the user's folder for state
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Who reviews; without it git's user.name and user.email, else USER
    #[arg(long = "as", value_name = "NAME")]
    reviewer: Option<String>,
    /// Ask nobody: print how the review stands, and end as it would if it were left now
    #[arg(long)]
    batch: bool,
    /// Print the record of the review like this, and ask nobody
    #[arg(long, value_name = "FORMAT", value_parser = formats(&REVIEW_FORMATS))]
    format: Option<Format>,
    /// Write the record to this file instead of standard output, and ask nobody
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    look: Look,
}

/// What is said where a review cannot be shown.
const WITHOUT_TERMINAL: &str = "\
A review needs a terminal, and this is none. Without one:
  driftglass review --batch ...               print how the review stands, and end as it would if it were left now
  driftglass review --format markdown ...     print the record: what the gate asked, who saw what
  driftglass check ...                        the gate alone";

impl Arguments {
    /// Those of a review of what is pushed.
    pub(super) fn of_push(session: String, since: Option<String>) -> Self {
        Self { since: since.into_iter().collect(), session: Some(session), ..Self::default() }
    }

    /// Those by which a review is gone on with.
    fn of(wanted: Wanted) -> Self {
        let Wanted { file, session, references, policy, since } = wanted;
        let (policy, journal) = (policy.map(PathBuf::from), Some(file.path().to_owned()));
        Self { references, policy, since, session: Some(session), journal, ..Self::default() }
    }
}

/// How a review stands, for whoever does not open it.
pub(super) struct Stand {
    /// What its decisions come to.
    pub verdict: Verdict,
    /// What somebody wants mended first: the path, and who wants it, in display form.
    pub flagged: Vec<String>,
    /// The one line of a summary.
    pub summary: String,
}

/// What the decisions of a review come to so far. What is flagged in the review of the same snapshots that has no name
/// counts too: whoever flags there knows nothing of pushes.
pub(super) fn stand(case: &Case, arguments: &Arguments) -> Result<Stand, Error> {
    let stand = stand_of(case, &case.file(arguments)?)?;
    let unnamed = case.file(&Arguments { session: None, ..arguments.clone() })?;
    let other = stand_of(case, &unnamed)?;
    Ok(if stand.flagged.is_empty() && !other.flagged.is_empty() { other } else { stand })
}

fn stand_of(case: &Case, file: &JournalFile) -> Result<Stand, Error> {
    let mut stand = None;
    let verdict = judged(case, file, "", |record| {
        stand = Some((record.flagged(), record.summary()));
        Ok(())
    })?;
    let (flagged, summary) = stand.unwrap_or_default();
    Ok(Stand { verdict, flagged, summary })
}

/// Opens a review on the screen, and ends with what came of it.
pub(super) fn walked(
    case: &Case,
    arguments: &Arguments,
    look: &Look,
    environment: &Environment,
    colour: ColorChoice,
) -> Result<Verdict, Error> {
    let file = case.file(arguments)?;
    let session = arguments.session.clone().unwrap_or_default();
    walk(arguments, look, environment, colour, (case, &file, &session))?;
    ended(case, &file, &session, |_| Ok(()))
}

/// Goes on with a review that was chosen in a list.
pub(super) fn resume(wanted: Wanted, look: &Look, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    let arguments = Arguments::of(wanted);
    let mut environment = environment.clone();
    environment.config = arguments.policy.clone().or(environment.config);
    run(&arguments, look, &environment, colour)
}

/// What a review is about.
pub(super) fn case(arguments: &Arguments, environment: &Environment) -> Result<Case, Error> {
    let question = Question { references: &arguments.references, since: &arguments.since, ..Question::default() };
    let case = Case::new(&question, environment)?;
    let mut names: Vec<&str> = case.assessment().comparison.sides().iter().map(|side| side.kept_label()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        let what = format!("two snapshots are called {}: decisions are pinned by name", escape(twice[0]));
        return Err(Error::usage(what, "capture one with another --label"));
    }
    Ok(case)
}

impl Case {
    fn board(&self, journal: &Journal) -> Board {
        self.bench.board(&self.judgement, journal)
    }

    fn file(&self, arguments: &Arguments) -> Result<JournalFile, Error> {
        if let Some(file) = &arguments.journal {
            return Ok(JournalFile::at(file.clone()));
        }
        let folders = Folders::of_user().ok_or_else(|| {
            Error::usage("no home folder is known", "set HOME or XDG_STATE_HOME, or name a file with --journal")
        })?;
        let snapshots: Vec<_> = self.snapshots.iter().map(|one| one.snapshot.clone()).collect();
        Ok(JournalFile::of(&folders.state, &snapshots, self.project.as_deref(), arguments.session.as_deref()))
    }
}

pub(super) fn run(
    arguments: &Arguments,
    before: &Look,
    environment: &Environment,
    colour: ColorChoice,
) -> Result<u8, Error> {
    let look = &arguments.look.clone().or(before.clone());
    let is_of_people = !arguments.batch && arguments.format.is_none() && arguments.output.is_none();
    let is_plain = look.plain || environment.is_plain;
    let is_asked = is_of_people && !is_plain;
    let has_terminal = environment.stdout_is_terminal && environment.term != "dumb";
    if is_asked && !has_terminal {
        return Err(Error::NoTerminal(WITHOUT_TERMINAL.to_owned()));
    }
    let case = case(arguments, environment)?;
    case.notes.iter().for_each(|words| note(words));
    let file = case.file(arguments)?;
    let session = arguments.session.clone().unwrap_or_else(|| pair_of(&case.assessment().comparison));
    if is_asked {
        walk(arguments, look, environment, colour, (&case, &file, &session))?;
        return Ok(ended(&case, &file, &session, |_| Ok(()))?.status());
    }
    if is_of_people {
        talk(arguments, environment, (&case, &file, &session))?;
        return Ok(ended(&case, &file, &session, |_| Ok(()))?.status());
    }
    let format = arguments.format.unwrap_or(Format::Text);
    let verdict = ended(&case, &file, &session, |record| {
        output::write(arguments.output.as_deref(), |out| report::write_review(format, record, out))
    })?;
    Ok(verdict.status())
}

/// Talks about what is asked in lines: nothing is drawn, and no terminal is needed.
fn talk(
    arguments: &Arguments,
    environment: &Environment,
    (case, file, session): (&Case, &JournalFile, &str),
) -> Result<(), Error> {
    let workspace = environment.capturing()?;
    let (desk, journal) = begun(arguments, environment, &workspace, (case, file, session))?;
    let talk = Talk::new(case.board(&journal), journal, desk);
    let mut talk = talk.ok_or_else(|| Error::usage("the review was stopped", ""))?;
    let mut out = io::stdout().lock();
    plain::converse(&mut talk, &mut io::stdin().lock(), &mut out).map_err(Error::Output)
}

/// Writes down that somebody reviews. Gives back who writes, and the journal as it is then.
fn begun(
    arguments: &Arguments,
    environment: &Environment,
    workspace: &Workspace,
    (case, file, session): (&Case, &JournalFile, &str),
) -> Result<(Desk, Journal), Error> {
    let reviewer = reviewer(arguments, environment, workspace)?;
    let writer = writer_name().map_err(|error| Error::usage(format!("no random numbers: {error}"), ""))?;
    let desk = Desk { file: file.clone(), reviewer, writer };
    let before = Journal::read(&file.read()?);
    let asked = case.board(&before).items.iter().filter(|item| item.is_asked()).count();
    let begin = Act::Begin {
        session: session.to_owned(),
        references: case.references.iter().map(|text| lasting(text, &environment.folder)).collect(),
        policy: arguments.policy.as_ref().map(|policy| environment.folder.join(policy).display().to_string()),
        since: arguments.since.clone(),
        asked,
    };
    let (journal, _) = desk.write(0, |_| Some(begin)).map_err(|error| Error::usage(error, ""))?;
    Ok((desk, journal))
}

/// Opens the review on the screen, until the user leaves.
fn walk(
    arguments: &Arguments,
    look: &Look,
    environment: &Environment,
    colour: ColorChoice,
    (case, file, session): (&Case, &JournalFile, &str),
) -> Result<(), Error> {
    let settings = environment.settings(colour, look)?;
    settings.theme().map_err(tui::Error::from)?;
    let mut workspace = environment.capturing()?;
    let (desk, journal) = begun(arguments, environment, &workspace, (case, file, session))?;
    let setup = Setup {
        board: Arc::new(case.board(&journal)),
        bench: case.bench.clone(),
        is_of_commit: environment.is_of_commit(),
        journal,
        desk,
        session: session.to_owned(),
    };
    let warnings = case
        .snapshots
        .iter()
        .flat_map(|one| one.warnings.iter().map(|warning| format!("{}: {}", escape(&one.source), escape(warning))));
    let about = Reviewed {
        snapshots: case.snapshots.iter().map(|one| one.snapshot.clone()).collect(),
        references: case.references.clone(),
        warnings: warnings.collect(),
        setup,
    };
    tui::review(&mut workspace, about, &settings)?;
    Ok(())
}

/// Who decides.
fn reviewer(arguments: &Arguments, environment: &Environment, workspace: &Workspace) -> Result<String, Error> {
    let named = arguments.reviewer.clone().or_else(|| workspace.git_user()).or_else(|| environment.user.clone());
    named
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| Error::usage("nobody is known here to review", "--as NAME, or git config user.name"))
}

/// Reads the journal as it is on the disk, tells how the review stands, and ends as it says.
fn ended(
    case: &Case,
    file: &JournalFile,
    session: &str,
    tell: impl FnOnce(&Record<'_>) -> Result<(), Error>,
) -> Result<Verdict, Error> {
    judged(case, file, session, |record| {
        tell(record)?;
        // Nobody to tell is no reason to fail.
        let _ = writeln!(io::stderr(), "{}", record.summary());
        Ok(())
    })
}

/// Reads the journal as it is on the disk, and judges by it.
fn judged(
    case: &Case,
    file: &JournalFile,
    session: &str,
    tell: impl FnOnce(&Record<'_>) -> Result<(), Error>,
) -> Result<Verdict, Error> {
    let journal = Journal::read(&file.read()?);
    let board = case.board(&journal);
    let marks = journal.marks();
    let status = board.status(&marks, &Cancel::new()).ok_or_else(|| Error::usage("the review was stopped", ""))?;
    let rows = case.assessment().rows(false);
    let report = case.report(&rows);
    let id = file.id();
    let record = Record { report, board: &board, status: &status, journal: &journal, marks: &marks, session, id: &id };
    tell(&record)?;
    Ok(status.counts.verdict)
}
