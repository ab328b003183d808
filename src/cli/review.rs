//! `driftglass review`: the walk through what the gate asks.

use super::environment::Environment;
use super::error::Error;
use super::explore::Look;
use super::output::{self, note};
use super::{ColorChoice, accept, check};
use crate::assess::{Assessment, Ruling};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::policy::judge::{Asked, Judgement};
use crate::reference::{Folders, JournalFile, Resolved, Workspace, lasting, writer_name};
use crate::report::{self, FORMATS, Format, REVIEW_FORMATS, Record, Report, pair_of};
use crate::review::{Act, Board, Gate, Journal};
use crate::tui::review::Setup;
use crate::tui::review::resume::Wanted;
use crate::tui::review::scribe::Desk;
use crate::tui::{self, Reviewed};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(clap::Args)]
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
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    format: Option<Format>,
    /// Write the record to this file instead of standard output, and ask nobody
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    look: Look,
}

/// The formats of a record by name.
fn formats() -> impl TypedValueParser<Value = Format> {
    let known = |name: String| report::format_named(&name).ok_or("no such format");
    let names = FORMATS.iter().filter(|(format, ..)| REVIEW_FORMATS.contains(format)).map(|(_, name, _)| *name);
    PossibleValuesParser::new(names).try_map(known)
}

/// What is said where a review cannot be shown.
const WITHOUT_TERMINAL: &str = "\
A review needs a terminal, and this is none. Without one:
  driftglass review --batch ...               print how the review stands, and end as it would if it were left now
  driftglass review --format markdown ...     print the record: what the gate asked, who saw what
  driftglass check ...                        the gate alone";

impl Arguments {
    /// Those by which a review is gone on with.
    fn of(wanted: Wanted) -> Self {
        let Wanted { file, session, references, policy, since } = wanted;
        Self {
            references,
            policy: policy.map(PathBuf::from),
            since,
            session: Some(session),
            journal: Some(file.path().to_owned()),
            reviewer: None,
            batch: false,
            format: None,
            output: None,
            look: Look::default(),
        }
    }
}

/// Goes on with a review that was chosen in a list.
pub(super) fn resume(wanted: Wanted, look: &Look, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    let arguments = Arguments::of(wanted);
    let mut environment = environment.clone();
    environment.config = arguments.policy.clone().or(environment.config);
    run(&arguments, look, &environment, colour)
}

/// All that a review is about, judged.
struct Case {
    ruling: Ruling,
    references: Vec<String>,
    snapshots: Vec<Resolved>,
    assessment: Assessment,
    judgement: Judgement,
}

impl Case {
    fn new(arguments: &Arguments, environment: &Environment) -> Result<Self, Error> {
        let workspace = environment.capturing()?;
        let ruling = environment.ruling(None)?;
        let references = accept::references(&arguments.references, &workspace)?;
        let snapshots = output::resolve(&workspace, &references, environment.stderr_is_terminal)?;
        Self::judged(arguments, ruling, references, snapshots, &workspace)
    }

    fn judged(
        arguments: &Arguments,
        ruling: Ruling,
        references: Vec<String>,
        snapshots: Vec<Resolved>,
        workspace: &Workspace,
    ) -> Result<Self, Error> {
        let cancel = Cancel::new();
        let stopped = || Error::usage("the comparison was stopped", "");
        let assessment = Assessment::ruled(&snapshots, &ruling, &cancel).ok_or_else(stopped)?;
        let mut names: Vec<&str> = assessment.comparison.sides().iter().map(|side| side.label()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let what = format!("two snapshots are called {}: decisions are pinned by name", escape(twice[0]));
            return Err(Error::usage(what, "capture one with another --label"));
        }
        let mut notes = Vec::new();
        let new = check::new_since(&arguments.since, &references, &snapshots, workspace, &assessment, &mut notes)?;
        notes.iter().for_each(|words| note(words));
        let asked = Asked { is_since: !arguments.since.is_empty(), ..Asked::default() };
        let judgement = assessment.judged(&ruling.policy, new.as_deref(), &asked).ok_or_else(stopped)?;
        Ok(Self { ruling, references, snapshots, assessment, judgement })
    }

    fn board(&self, journal: &Journal) -> Board {
        let finished = journal.finished();
        let gate = Gate {
            judgement: &self.judgement,
            meaning: &self.assessment.meaning,
            accepted: (&self.assessment.standings, &self.ruling.acceptances),
            is_usual: self.ruling.policy.gate.block.is_none(),
            finished: finished.as_ref().map(|(_, asked)| asked),
        };
        Board::new(self.assessment.comparison.clone(), &gate)
    }

    fn file(&self, arguments: &Arguments) -> Result<JournalFile, Error> {
        if let Some(file) = &arguments.journal {
            return Ok(JournalFile::at(file.clone()));
        }
        let folders = Folders::of_user().ok_or_else(|| {
            Error::usage("no home folder is known", "set HOME or XDG_STATE_HOME, or name a file with --journal")
        })?;
        let snapshots: Vec<_> = self.snapshots.iter().map(|one| one.snapshot.clone()).collect();
        Ok(JournalFile::of(&folders.state, &snapshots, arguments.session.as_deref()))
    }
}

pub(super) fn run(
    arguments: &Arguments,
    before: &Look,
    environment: &Environment,
    colour: ColorChoice,
) -> Result<u8, Error> {
    let look = &arguments.look.clone().or(before.clone());
    let is_asked = !look.plain
        && !environment.is_plain
        && !arguments.batch
        && arguments.format.is_none()
        && arguments.output.is_none();
    let has_terminal = environment.stdout_is_terminal && environment.term != "dumb";
    if is_asked && !has_terminal {
        return Err(Error::NoTerminal(WITHOUT_TERMINAL.to_owned()));
    }
    let case = Case::new(arguments, environment)?;
    let file = case.file(arguments)?;
    let session = arguments.session.clone().unwrap_or_else(|| pair_of(&case.assessment.comparison));
    if is_asked {
        walk(arguments, look, environment, colour, (&case, &file, &session))?;
        return ended(&case, &file, &session, |_| Ok(()));
    }
    let format = arguments.format.unwrap_or(Format::Text);
    ended(&case, &file, &session, |record| {
        output::write(arguments.output.as_deref(), |out| report::write_review(format, record, out))
    })
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
    let reviewer = reviewer(arguments, environment, &workspace)?;
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
    let setup = Setup { board: Arc::new(case.board(&journal)), journal, desk, session: session.to_owned() };
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
) -> Result<u8, Error> {
    let journal = Journal::read(&file.read()?);
    let board = case.board(&journal);
    let marks = journal.marks();
    let status = board.status(&marks, &Cancel::new()).ok_or_else(|| Error::usage("the review was stopped", ""))?;
    let rows = case.assessment.rows(false);
    let report = Report {
        ruled: Some(output::ruled(&case.assessment, &case.ruling)),
        meaning: Some(&case.assessment.meaning),
        ..Report::new(&case.assessment.comparison, &rows)
    };
    let id = file.id();
    let record = Record { report, board: &board, status: &status, journal: &journal, marks: &marks, session, id: &id };
    tell(&record)?;
    // Nobody to tell is no reason to fail.
    let _ = writeln!(io::stderr(), "{}", record.summary());
    Ok(status.counts.verdict.status())
}
