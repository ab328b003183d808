//! `driftglass review`: the walk through what the gate asks.

use super::ColorChoice;
use super::case::{Case, Question};
use super::diff::formats;
use super::environment::Environment;
use super::error::Error;
use super::explore::Look;
use super::output::{self, note};
use crate::base::cancel::Cancel;
use crate::base::fault;
use crate::base::text::escape;
use crate::policy::judge::Verdict;
use crate::reference::JournalFile;
use crate::report::{self, Format, REVIEW_FORMATS, Record};
use crate::review::{Board, Journal};
use crate::tui::review::Setup;
use crate::tui::review::begin::{BeginError, Beginning, Office};
use crate::tui::review::plain::{self, Talk};
use crate::tui::review::resume::Wanted;
use crate::tui::{self, Reviewed};
use std::io::{self, Write};
use std::path::PathBuf;

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
        let Wanted { file, session, references, policy, since, folder: _ } = wanted;
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
pub(super) fn stand(case: &Case, arguments: &Arguments, environment: &Environment) -> Result<Stand, Error> {
    let stand = stand_of(case, &case.file(arguments, environment)?)?;
    let unnamed = case.file(&Arguments { session: None, ..arguments.clone() }, environment)?;
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
    let file = case.file(arguments, environment)?;
    let session = arguments.session.clone().unwrap_or_default();
    walk(arguments, look, environment, colour, case)?;
    ended(case, &file, &session, |_| Ok(()))
}

/// Goes on with a review that was chosen in a list.
pub(super) fn resume(wanted: Wanted, look: &Look, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    let mut environment = environment.clone();
    // What is read by name there - its policy, its environments, its files - is read as when it was begun.
    if let Some(folder) = &wanted.folder {
        let gone = |error: io::Error| {
            let hint = "`driftglass review` in the folder of its policy begins one anew";
            Error::usage(format!("{}: it was begun there: {}", escape(folder), fault::words(&error)), hint)
        };
        std::env::set_current_dir(folder).map_err(gone)?;
        environment.folder = PathBuf::from(folder);
        environment.config = None;
    }
    let arguments = Arguments::of(wanted);
    environment.config = arguments.policy.clone().or(environment.config);
    run(&arguments, look, &environment, colour)
}

/// What a review is about.
pub(super) fn case(arguments: &Arguments, environment: &Environment) -> Result<Case, Error> {
    let question = Question { references: &arguments.references, since: &arguments.since, ..Question::default() };
    let case = Case::new(&question, environment)?;
    case.assessment()
        .named_apart()
        .map_err(|error| Error::usage(error.to_string(), "capture one with another --label"))?;
    Ok(case)
}

impl Case {
    fn board(&self, journal: &Journal) -> Board {
        self.bench.board(&self.judgement, journal)
    }

    fn beginning(&self, arguments: &Arguments, environment: &Environment) -> Beginning {
        Beginning {
            journal: arguments.journal.clone().map(JournalFile::at),
            session: arguments.session.clone(),
            references: self.references.clone(),
            since: arguments.since.clone(),
            is_of_commit: environment.is_of_commit(),
        }
    }

    fn file(&self, arguments: &Arguments, environment: &Environment) -> Result<JournalFile, Error> {
        let office = Office { project: self.project.clone(), ..environment.office(None) };
        let snapshots: Vec<_> = self.snapshots.iter().map(|one| one.snapshot.clone()).collect();
        self.beginning(arguments, environment).file(&snapshots, &office).map_err(refused)
    }
}

fn refused(error: BeginError) -> Error {
    let hint = match error {
        BeginError::NoFolder => "set HOME or XDG_STATE_HOME, or name a file with --journal",
        BeginError::Nobody => "--as NAME, or git config user.name",
        BeginError::Failed(_) => "",
    };
    Error::usage(error.to_string(), hint)
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
    let file = case.file(arguments, environment)?;
    let session = case.beginning(arguments, environment).name(&case.assessment().comparison);
    if is_asked {
        walk(arguments, look, environment, colour, &case)?;
        return Ok(ended(&case, &file, &session, |_| Ok(()))?.status());
    }
    if is_of_people {
        talk(arguments, environment, &case)?;
        return Ok(ended(&case, &file, &session, |_| Ok(()))?.status());
    }
    let format = arguments.format.unwrap_or(Format::Text);
    let verdict = ended(&case, &file, &session, |record| {
        output::write(arguments.output.as_deref(), |out| report::write_review(format, record, out))
    })?;
    Ok(verdict.status())
}

/// Talks about what is asked in lines: nothing is drawn, and no terminal is needed.
fn talk(arguments: &Arguments, environment: &Environment, case: &Case) -> Result<(), Error> {
    let talk = Talk::new(begun(arguments, environment, case)?);
    let mut talk = talk.ok_or_else(|| Error::usage("the review was stopped", ""))?;
    let mut out = io::stdout().lock();
    plain::converse(&mut talk, &mut io::stdin().lock(), &mut out).map_err(Error::Output)
}

/// Writes down that somebody reviews; what the review opens with.
fn begun(arguments: &Arguments, environment: &Environment, case: &Case) -> Result<Setup, Error> {
    let reviewer = arguments.reviewer.clone().or_else(|| environment.author());
    let office = Office { project: case.project.clone(), ..environment.office(reviewer) };
    let beginning = case.beginning(arguments, environment);
    beginning.begin(case.bench.clone(), &case.judgement, &office).map_err(refused)
}

/// Opens the review on the screen, until the user leaves.
fn walk(
    arguments: &Arguments,
    look: &Look,
    environment: &Environment,
    colour: ColorChoice,
    case: &Case,
) -> Result<(), Error> {
    let settings = environment.settings(colour, look)?;
    settings.theme().map_err(tui::Error::from)?;
    let mut workspace = environment.capturing()?;
    let setup = begun(arguments, environment, case)?;
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
