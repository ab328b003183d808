//! Floor 5: the command line. One file a command: parse, call down, print; errors become words in one place.

mod accept;
mod blame;
mod capture;
mod case;
mod check;
mod completions;
mod config;
mod coverage;
mod derived;
mod diff;
mod environment;
mod error;
mod explain;
mod explore;
mod hook;
mod list;
mod log;
mod man;
mod output;
mod progress;
mod rehearse;
mod remove;
mod report;
mod review;
mod rules;
mod save;
mod show;
#[cfg(test)]
mod tests;

use crate::filter;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use environment::Environment;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows how environments differ, from processors to hand-edited files.
#[derive(Parser)]
#[command(name = "driftglass", version, propagate_version = true, max_term_width = 100, after_help = AFTER_HELP)]
struct Arguments {
    /// Colours: `auto` is only on a terminal, and not with NO_COLOR
    #[arg(long, value_enum, global = true, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    color: ColorChoice,
    /// Read this configuration instead of driftglass.toml and the user's own
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Hide the secrets of captures (`live`, `root:`) under the key in this file, so that equal ones compare as equal
    #[arg(long, global = true, value_name = "FILE")]
    redaction_key: Option<PathBuf>,
    #[command(flatten)]
    look: explore::Look,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Explore the differences of snapshots in the terminal
    Explore(explore::Arguments),
    /// Capture this machine or another root as a snapshot
    Capture(capture::Arguments),
    /// Compare snapshots and print the differences
    Diff(diff::Arguments),
    /// Write the differences as a document for people or for other programs
    Report(report::Arguments),
    /// Hold snapshots against the policy: pass, block, or wait for a decision
    Check(check::Arguments),
    /// Walk through what the gate asks and decide: reviewed, flagged, skipped; it can be left and resumed
    Review(review::Arguments),
    /// Accept a difference, with a reason and an end, in driftglass.accept.toml
    Accept(accept::Arguments),
    /// Say which of the target's values no test environment shows, and what to change first
    Coverage(coverage::Arguments),
    /// Prove that a rollback restores the environment: captures before, after, back and again
    Rehearse(rehearse::Arguments),
    /// Judge what is pushed, before it is: install, uninstall, pre-push
    Hook(hook::Arguments),
    /// List the rules of risk
    Rules(rules::Arguments),
    /// List the snapshots in the store
    List(list::Arguments),
    /// Say what changed in an environment over its snapshots, or what diverged between two and healed
    Log(log::Arguments),
    /// Say when a path changed, on which side, and what the snapshots hold as evidence
    Blame(blame::Arguments),
    /// Print a snapshot, or one part of it
    Show(show::Arguments),
    /// Say what a path means, and which rules look at it; or what a rule says
    Explain(explain::Arguments),
    /// Keep a snapshot in the store
    Save(save::Arguments),
    /// Delete a snapshot from the store
    Remove(remove::Arguments),
    /// Show the configuration that is in force, check it, or print an example
    Config(config::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
    /// Print the manual page, of the program or of one command, or the reference of all facts
    Man(man::Arguments),
}

const AFTER_HELP: &str = "\
A snapshot is named by REF:
  FILE                  a snapshot, or any other JSON object as bare facts; .zst and .gz too
  -                     standard input
  NAME, NAME~2          in the store: the newest of that label, or an older one
  NAME@2026-01-31       the newest at the end of that day
  live                  this machine, now
  root:PLACE            another root: a folder (a container's, a mounted image),
                        or an archive of one: tar, also with gzip, bzip2, xz or
                        zstd, a support archive (sos, insights), an image
                        (docker save, OCI)
  git:REV:PATH          a file in a git revision
  example:NAME          an example environment: staging, production, preprod, ci

Examples:
  driftglass                                    this machine beside an example, in the explorer
  driftglass capture --label staging            keep a snapshot of this machine
  driftglass diff staging production            print what differs
  driftglass diff a.json b.json --format json   for jq
  driftglass explore root:/mnt/image live       walk the differences

Exit status: 0 no differences (or the gate passes), 1 differences (or it blocks), 2 trouble, 3 a decision is wanted first,
4 no terminal where one is needed, 128+n ended by signal n.";

/// Runs the program; what it returns is its exit status.
pub fn run() -> ExitCode {
    // A file that grows beyond what setrlimit(2) allows is an error of writing as any other, which takes away what it has
    // begun, and no end by a signal.
    let is_too_large = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    drop(signal_hook::flag::register(signal_hook::consts::SIGXFSZ, is_too_large));
    let mut environment = Environment::of_process();
    let given: Vec<OsString> = std::env::args_os().collect();
    let parsed = command()
        .try_get_matches_from(&given)
        .or_else(|error| match explored(&error, &given) {
            Some(meant) => command().try_get_matches_from(meant),
            None => Err(error),
        })
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let colour = arguments.color;
    environment.config = arguments.config;
    if let Some(Command::Check(check::Arguments { policy: Some(file), .. })) = &arguments.command {
        environment.config = Some(file.clone());
    }
    if let Some(Command::Review(review::Arguments { policy: Some(file), .. })) = &arguments.command {
        environment.config = Some(file.clone());
    }
    environment.redaction_key = arguments.redaction_key;
    let look = arguments.look;
    let result = match arguments.command {
        None => explore::alone(look, &environment, colour),
        Some(Command::Explore(arguments)) => explore::run(arguments, look, &environment, colour),
        Some(Command::Capture(arguments)) => capture::run(arguments, &environment),
        Some(Command::Diff(arguments)) => diff::run(&arguments, &environment, colour),
        Some(Command::Report(arguments)) => report::run(&arguments, &environment),
        Some(Command::Check(arguments)) => check::run(&arguments, &environment, colour),
        Some(Command::Review(arguments)) => review::run(&arguments, &look, &environment, colour),
        Some(Command::Accept(arguments)) => accept::run(&arguments, &environment),
        Some(Command::Coverage(arguments)) => coverage::run(&arguments, &environment),
        Some(Command::Rehearse(arguments)) => rehearse::run(&arguments, &environment),
        Some(Command::Hook(arguments)) => hook::run(&arguments, &look, &environment, colour),
        Some(Command::Rules(arguments)) => rules::run(&arguments, &environment),
        Some(Command::List(arguments)) => list::run(&arguments, &environment),
        Some(Command::Log(arguments)) => log::run(&arguments, &environment),
        Some(Command::Blame(arguments)) => blame::run(&arguments, &environment),
        Some(Command::Show(arguments)) => show::run(&arguments, &environment),
        Some(Command::Explain(arguments)) => explain::run(&arguments, &environment),
        Some(Command::Save(arguments)) => save::run(&arguments, &environment),
        Some(Command::Remove(arguments)) => remove::run(&arguments, &environment),
        Some(Command::Config(arguments)) => config::run(&arguments, &environment),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Man(arguments)) => man::run(&arguments),
    };
    match result {
        Ok(status) => ExitCode::from(status),
        Err(error) => error.report(),
    }
}

/// What was meant where references stand in the place of a command: to explore them. A name of one word may be a command
/// that is misspelt, and is told as that.
fn explored(error: &clap::Error, given: &[OsString]) -> Option<Vec<OsString>> {
    let ContextValue::String(word) = error.get(ContextKind::InvalidSubcommand)? else { return None };
    let is_reference = word == "live" || word.contains(['.', '/', ':', '@']);
    let at = given.iter().position(|text| text.as_os_str() == word.as_str()).filter(|_| is_reference)?;
    let (before, after) = given.split_at(at);
    Some(before.iter().cloned().chain([OsString::from("explore")]).chain(after.iter().cloned()).collect())
}

/// The whole command as clap knows it, for the manual and the completions.
fn command() -> clap::Command {
    Arguments::command().mut_subcommand("diff", |diff| diff.after_help(filter_help()))
}

/// The filter language in a page, from the table that the parser reads.
fn filter_help() -> String {
    let mut help = "A filter is made of words (letters in order in one key, or a part of a value), \"exact text\", \
                    /regular expressions/ over `path = left -> right`, and fields; a space is `and`, `or` and `|` are \
                    or, `-` and `not` are not, parentheses group, commas are or within a field:\n"
        .to_owned();
    for (_, name, takes, example) in filter::FIELDS {
        help.push_str(&format!("  {:<7} {takes}; {example}\n", format!("{name}:")));
    }
    help.push_str("\nWhat is: takes:\n");
    for (state, means) in filter::STATES {
        help.push_str(&format!("  {state:<11} {means}\n"));
    }
    help.push_str("\nFilters that have a name:\n");
    for (name, text, means) in filter::saved::BUILT_IN {
        help.push_str(&format!("  {:<11} {means}; {text}\n", format!("@{name}")));
    }
    help
}

/// Help and version go to standard output, mistakes to standard error; clap ends with 0 and 2 as we do.
fn usage(error: &clap::Error) -> ExitCode {
    let status = u8::try_from(error.exit_code()).unwrap_or(2);
    // Nothing can be done about a terminal that does not take a message.
    let _ = error.print();
    ExitCode::from(status)
}
