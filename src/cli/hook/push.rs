//! Judging a push: what is pushed and not what is checked out, against what the remote has of it.

use super::super::ColorChoice;
use super::super::case::Case;
use super::super::environment::Environment;
use super::super::error::Error;
use super::super::explore::Look;
use super::super::output::note;
use super::super::review;
use super::terminal;
use crate::base::cancel::Cancel;
use crate::base::text::{escape, width};
use crate::compare::RowId;
use crate::model::redaction;
use crate::policy::judge::{Call, Item, Verdict};
use crate::policy::push::Touched;
use crate::reference::{
    Configuration, Folders, JournalFile, POLICY, Pushed, REHEARSALS, Repository, Source, Update, policy_folders,
};
use crate::report::{self, Check, Report};
use serde_json::json;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most that is read of git's list, in bytes.
const LIST: u64 = 16 << 20;
/// How many refs are named.
const NAMED: usize = 5;
/// The widest line of what is said of a push that is stopped.
const WIDTH: usize = 100;
/// How much of a commit's hash is shown.
const HASH: usize = 12;
/// What is written where pushes went through without being judged.
const SKIPPED: &str = "skipped.jsonl";

#[derive(clap::Args)]
pub(in crate::cli) struct Arguments {
    /// What the remote is called, as git gives it to a hook
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
    /// Where it is, as git gives it to a hook
    #[arg(value_name = "URL")]
    url: Option<String>,
}

pub(super) fn run(
    arguments: &Arguments,
    look: &Look,
    environment: &Environment,
    colour: ColorChoice,
) -> Result<u8, Error> {
    let repository = Repository::at(Path::new(".")).map_err(|error| Error::usage(error.to_string(), ""))?;
    let repository = Arc::new(repository);
    let remote = arguments.remote.clone().or_else(|| environment.pre_commit.remote.clone());
    let remote = remote.unwrap_or_else(|| "origin".to_owned());
    // A remote that is named by its address is the same remote.
    let remote = repository.remote_at(&remote).unwrap_or(remote);
    let updates = updates(arguments, environment, &repository)?;
    match environment.skip.as_deref().map(str::trim) {
        Some("") => note("DRIFTGLASS_SKIP is empty: a push is let through for a reason, so this one is judged"),
        Some(reason) => return Ok(skipped(reason, &updates, &remote, environment)),
        None => {}
    }
    let pushed = repository.pushed(&updates, &remote).map_err(|error| Error::usage(error.to_string(), ""))?;
    let mut status = Verdict::Pass;
    let (list, mut warnings) = each_once(pushed, &repository, environment)?;
    let mut left = list.into_iter();
    for push in left.by_ref() {
        status = status.max(push.judged(&remote, &repository, look, environment, colour, &mut warnings)?);
        if status == Verdict::Block {
            break;
        }
    }
    // What a push is stopped for comes first, and what else there is to say after it.
    let left: Vec<String> = left.flat_map(|push| push.refs()).collect();
    if !left.is_empty() {
        note(&format!("not judged yet, as this one is stopped: {}", named(&left)));
    }
    warnings.iter().for_each(|warning| note(&escape(warning)));
    Ok(status.status())
}

/// What is pushed: git's list on standard input, or what the pre-commit framework has read of it.
fn updates(arguments: &Arguments, environment: &Environment, repository: &Repository) -> Result<Vec<Update>, Error> {
    let framework = &environment.pre_commit;
    if arguments.remote.is_none() && (framework.is_running || framework.to.is_some()) {
        let commit = |name: &str| repository.commit(name).map_err(|error| Error::usage(error.to_string(), ""));
        let to = framework.to.as_deref().or(framework.local.as_deref()).unwrap_or("HEAD");
        let new = commit(to)?.ok_or_else(|| Error::usage(format!("{to}: git knows no such commit"), ""))?;
        let old = framework.from.as_deref().map(commit).transpose()?.flatten();
        let local = framework.local.clone().unwrap_or_else(|| to.to_owned());
        let remote = framework.branch.clone().unwrap_or_else(|| local.clone());
        return Ok(vec![Update { local, new: Some(new), remote, old }]);
    }
    if environment.stdin_is_terminal {
        let hint = "`driftglass hook install` lets git run it; `driftglass check --since origin/main` judges by hand";
        return Err(Error::usage("git gives the refs that are pushed on standard input, and this is a terminal", hint));
    }
    let mut bytes = Vec::new();
    let read = io::stdin().take(LIST).read_to_end(&mut bytes);
    read.map_err(|error| Error::usage(format!("standard input: {error}"), ""))?;
    Update::list(&String::from_utf8_lossy(&bytes)).map_err(|error| Error::usage(error, ""))
}

/// Lets a push through for a reason, and leaves a trace.
fn skipped(reason: &str, updates: &[Update], remote: &str, environment: &Environment) -> u8 {
    let shown = redaction::text(reason);
    let refs: Vec<_> = updates.iter().map(|update| json!({ "ref": update.remote, "new": update.new })).collect();
    let line = json!({
        "at": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "reason": shown,
        "user": environment.author(),
        "repository": environment.folder.to_string_lossy(),
        "remote": redaction::text(remote),
        "refs": refs.iter().take(100).collect::<Vec<_>>(),
    });
    let kept = Folders::of_user().map(|folders| JournalFile::at(folders.data.join(SKIPPED)));
    let said = match kept.map(|file| (file.append(|_| Some(format!("{line}\n"))), file)) {
        Some((Ok(_), file)) => format!("written to {}", escape(&file.path().to_string_lossy())),
        Some((Err(error), _)) => format!("which cannot be written down: {}", escape(&error.to_string())),
        None => "which cannot be written down: no home folder is known".to_owned(),
    };
    note(&format!("not judged, by DRIFTGLASS_SKIP: {}; {said}", escape(&shown)));
    Verdict::Pass.status()
}

/// A push that has something to be judged by.
struct Push {
    pushed: Pushed,
    environment: Environment,
    /// Where its policy stands, from the top.
    folder: PathBuf,
    has_history: bool,
    /// Whether it has to be said which policy judges: it is none at the top, or there are several.
    is_named: bool,
}

/// The pushes that are to be judged: of those whose policies and snapshots are the same, on both sides, the first, with
/// the refs of all. What has no policy, or no two environments, is none. Besides them what is to be said afterwards.
fn each_once(
    pushed: Vec<Pushed>,
    repository: &Arc<Repository>,
    environment: &Environment,
) -> Result<(Vec<Push>, BTreeSet<String>), Error> {
    let mut list: Vec<Push> = Vec::new();
    let mut places: HashMap<_, usize> = HashMap::new();
    let mut warnings: BTreeSet<String> = BTreeSet::new();
    let top = [PathBuf::new()];
    let folders: Vec<PathBuf> = top.into_iter().chain(policy_folders(Path::new("."))).collect();
    for (pushed, folder) in pushed.iter().flat_map(|pushed| folders.iter().map(move |folder| (pushed, folder))) {
        let (repository, id) = (Arc::clone(repository), pushed.commit.clone());
        let source = Source::Commit { repository: Arc::clone(&repository), id, folder: folder.clone() };
        if environment.config.is_none() && !source.has_own_policy() {
            warnings.extend(without_policy(pushed, folder, &repository));
        }
        if environment.config.is_none() && !source.has_policy() {
            continue;
        }
        let mut environment = environment.clone();
        // Where acceptances are written, as the files lie there.
        environment.folder = repository.top().unwrap_or(&environment.folder).join(folder);
        (environment.source, environment.is_quiet) = (Some(source.clone()), true);
        let configuration: Configuration = environment.configuration()?;
        // Also where nothing stands against the push: what means nothing guards nothing.
        warnings.extend(configuration.warnings.iter().chain(&configuration.accepted()?.1).cloned());
        if configuration.environments.len() < 2 {
            // A gate that judges nothing says so: it looks as if all were well.
            warnings.extend(configuration.too_few().map(|what| format!("{what}; this push is not judged")));
            continue;
        }
        let paths = configuration.judged_by();
        let objects =
            |commit: &str| repository.objects(commit, &paths).map_err(|error| Error::usage(error.to_string(), ""));
        // The store is asked by the time of the base.
        let base = configuration.asks_store().then(|| pushed.base.clone());
        let key = (base, paths.clone(), objects(&pushed.commit)?, pushed.base.as_deref().map(objects).transpose()?);
        match places.get(&key).and_then(|at| list.get_mut(*at)) {
            // Of two folders with one policy.
            Some(same) if same.pushed == *pushed => {}
            Some(same) => same.pushed.refs.extend(pushed.refs.iter().cloned()),
            None => {
                places.insert(key, list.len());
                let folder = source.nearest(POLICY).and_then(|file| file.parent().map(Path::to_owned));
                let (folder, has_history) = (folder.unwrap_or_default(), configuration.has_history());
                list.push(Push { pushed: pushed.clone(), environment, folder, has_history, is_named: false });
            }
        }
    }
    let is_named = list.iter().any(|push| !push.folder.as_os_str().is_empty());
    list.iter_mut().for_each(|push| push.is_named = is_named);
    Ok((list, warnings))
}

/// What to say of a folder whose policy a pushed commit does not have, though the remote has it or the hook was installed
/// for it: a gate is not switched off in silence.
fn without_policy(pushed: &Pushed, folder: &Path, repository: &Arc<Repository>) -> Option<String> {
    let policy = folder.join(POLICY).display().to_string();
    let names = named(&pushed.refs);
    let has = |id: &String| {
        let (repository, id) = (Arc::clone(repository), id.clone());
        Source::Commit { repository, id, folder: folder.to_owned() }.has_own_policy()
    };
    let is_taken = pushed.base.as_ref().is_some_and(has);
    let what = match (is_taken, folder.as_os_str().is_empty()) {
        (true, _) => {
            format!("{names}: this push takes {policy} away, which the remote has: nothing is judged by it any more")
        }
        (false, true) => return None,
        (false, false) => {
            format!("{names}: there is no {policy}, for which the hook was installed: nothing is judged by it")
        }
    };
    let changed = pushed.base.as_ref().map(|base| repository.changed(base, &pushed.commit)).unwrap_or_default();
    let moved = changed.iter().map(Path::new).filter(|file| file.file_name().is_some_and(|name| name == POLICY));
    let moved = moved.map(|file| file.parent().unwrap_or(Path::new(""))).find(|moved| {
        let (repository, id) = (Arc::clone(repository), pushed.commit.clone());
        *moved != folder && Source::Commit { repository, id, folder: moved.to_path_buf() }.has_own_policy()
    });
    Some(match moved {
        Some(moved) if !moved.as_os_str().is_empty() => {
            let moved = moved.display();
            format!("{what}; there is {moved}/{POLICY}: `driftglass hook install` in {moved} has it judged")
        }
        _ => what,
    })
}

impl Push {
    /// The policy that judges it, in display form.
    fn policy(&self) -> String {
        escape(&self.folder.join(POLICY).to_string_lossy()).into_owned()
    }

    /// Its refs, each with the policy where that has to be said.
    fn refs(&self) -> Vec<String> {
        let by = if self.is_named { format!(" by {}", self.policy()) } else { String::new() };
        self.pushed.refs.iter().map(|name| format!("{name}{by}")).collect()
    }

    fn judged(
        &self,
        remote: &str,
        repository: &Repository,
        look: &Look,
        environment: &Environment,
        colour: ColorChoice,
        warnings: &mut BTreeSet<String>,
    ) -> Result<Verdict, Error> {
        // Snapshots that are neither in a commit nor in the store have no earlier time: what differs is new.
        let base = self.pushed.base.as_deref().filter(|_| self.has_history);
        let first = self.pushed.refs.first().map_or("", String::as_str);
        let branch = first.strip_prefix("refs/heads/").unwrap_or(first);
        let shown_remote = redaction::text(remote);
        let session = escape(&format!("pre-push {shown_remote}..{branch}")).into_owned();
        let since = base.map(|base| format!("git:{base}"));
        let arguments = review::Arguments::of_push(session.clone(), since);
        let case = review::case(&arguments, &self.environment)?;
        // What was decided in a review counts, as long as the values are those that were seen.
        let stand = review::stand(&case, &arguments, &self.environment)?;
        let is_flagged = !stand.flagged.is_empty();
        if !is_flagged && (case.judgement.verdict == Verdict::Pass || stand.verdict == Verdict::Pass) {
            // A relation of which nothing can be said guards nothing: it never looks as if it held.
            warnings.extend(case.judgement.unanswered(&case.assessment().comparison));
            return Ok(Verdict::Pass);
        }
        let verdict = case.judgement.verdict.max(stand.verdict);
        let told = Told { push: self, case, session, branch, remote: &shown_remote, base, stand };
        if let Some(tty) = terminal::terminal_is_free(environment).filter(terminal::draw_on) {
            drop(tty);
            let mut here = self.environment.clone();
            here.stdout_is_terminal = true;
            told.write(false, repository)?;
            let walked = review::walked(&told.case, &arguments, look, &here, colour)?;
            // What is flagged elsewhere is not taken back here.
            let is_flagged = !review::stand(&told.case, &arguments, &self.environment)?.flagged.is_empty();
            return Ok(if is_flagged { Verdict::Block } else { walked });
        }
        told.write(true, repository)?;
        Ok(verdict)
    }
}

/// What is said of a push that is stopped.
struct Told<'a> {
    push: &'a Push,
    case: Case,
    session: String,
    branch: &'a str,
    remote: &'a str,
    base: Option<&'a str>,
    stand: review::Stand,
}

impl Told<'_> {
    /// Says why on standard error, what this push touches first; `whole` with what to do about it.
    fn write(&self, whole: bool, repository: &Repository) -> Result<(), Error> {
        let case = &self.case;
        let touched = self.touched(repository);
        let rows = case.assessment().rows(false);
        let near = near(case, &touched);
        let mut text = Vec::new();
        let by = if self.push.is_named { format!(", by {}", self.push.policy()) } else { String::new() };
        let head = format!("driftglass: {} to {}{by}", escape(self.branch), escape(self.remote));
        let since = self.base.map_or_else(String::new, |base| format!(", new since {}", short(base)));
        let mut flagged: Vec<String> =
            self.stand.flagged.iter().take(NAMED).map(|path| format!("  must be mended first: {path}")).collect();
        let more = self.stand.flagged.len().saturating_sub(NAMED);
        if more > 0 {
            flagged.push(format!("  and {more} more that must be mended first"));
        }
        let among = (!touched.is_empty()).then(|| {
            let count = rows.iter().filter(|row| near.binary_search(row).is_ok()).count();
            let matter = if count == 1 { "matters" } else { "matter" };
            format!("this push touches {}: {count} of {} differences {matter}", areas(&touched), rows.len())
        });
        let passes = case.judgement.verdict == Verdict::Pass;
        if whole && !passes {
            let mut judgement = case.judgement.clone();
            judgement.items.sort_by_key(|item| (Reverse(item.call), near.binary_search(&item.row).is_err()));
            let mut notes = self.notes(&touched);
            notes.splice(0..0, among.map(|among| format!("{}.", among.replacen("this", "This", 1))));
            let report = Report { colour: false, width: WIDTH, ..case.report(&rows) };
            let mut check = Check { report, judgement: &judgement, notes: &[] };
            let verdict = format!("{head}: {}", check.verdict());
            let whole = format!("{verdict}{since}");
            let head = if width(&whole) <= WIDTH {
                whole
            } else {
                notes.extend(self.base.map(|base| format!("New since {}.", short(base))));
                verdict
            };
            check.notes = &notes;
            report::write_stopped(&[&[head], flagged.as_slice()].concat(), &check, &mut text)?;
            writeln!(text, "{}\n{}", self.commands(repository), check.summary("none"))?;
        } else {
            let among = among.map_or_else(String::new, |among| format!("; {among}"));
            writeln!(text, "{head}{since}{among}")?;
            flagged.iter().try_for_each(|line| writeln!(text, "{line}"))?;
            if whole {
                writeln!(text, "The gate asks nothing else. In the review ! on the line takes the flag back.")?;
                writeln!(text, "{}\n{}", self.commands(repository), self.stand.summary)?;
            }
        }
        // Nobody to tell is no reason to let it through.
        let _ = io::stderr().write_all(&text);
        Ok(())
    }

    /// What the changed files have to do with.
    fn touched(&self, repository: &Repository) -> Vec<Touched> {
        let Some(base) = self.push.pushed.base.as_deref() else { return Vec::new() };
        let files = repository.changed(base, &self.push.pushed.commit);
        self.case.ruling().policy.push.touched(files.iter().map(String::as_str))
    }

    fn notes(&self, touched: &[Touched]) -> Vec<String> {
        let mut notes: Vec<String> = self.push.pushed.note.iter().map(|note| escape(note).into_owned()).collect();
        let more = self.push.pushed.refs.len().saturating_sub(1);
        if more > 0 {
            notes.push(format!("The same with {}.", named(&self.push.pushed.refs[1..])));
        }
        if self.base.is_none() && self.push.pushed.base.is_some() {
            notes.push(
                "The snapshots are neither in a commit nor in the store, so nothing is known of before: all is new."
                    .to_owned(),
            );
        }
        for touched in touched {
            let files: Vec<_> = touched.files.iter().map(|file| escape(file)).collect();
            let rest = touched.count - files.len();
            let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            notes.push(format!("Touches {}: {}{rest}", escape(&touched.pattern.to_string()), files.join(", ")));
        }
        let warnings =
            self.case.snapshots.iter().flat_map(|one| {
                one.warnings.iter().map(|warning| format!("{}: {}", escape(&one.source), escape(warning)))
            });
        notes.extend(warnings);
        notes.extend(self.case.all_notes());
        notes
    }

    /// What to run now.
    fn commands(&self, repository: &Repository) -> String {
        let since = self.base.map_or_else(String::new, |base| format!(" --since {}", short(base)));
        let quoted = |text: &str| shlex::try_quote(text).map_or_else(|_| "NAME".to_owned(), |text| text.into_owned());
        let is_out = repository.commit("HEAD").ok().flatten().as_deref() == Some(self.push.pushed.commit.as_str());
        let mut lines = vec!["\nTo decide, accept, or go without, then push again:".to_owned()];
        if !is_out {
            lines.push(match repository.branch_of(&self.push.pushed) {
                Some(branch) => format!("git switch {}", quoted(&branch)),
                None => format!("git switch --detach {}", short(&self.push.pushed.commit)),
            });
        }
        if !self.push.folder.as_os_str().is_empty() {
            lines.push(format!("cd {}", quoted(&self.push.environment.folder.to_string_lossy())));
        }
        let judgement = &self.case.judgement;
        let asks = |item: &Item| judgement.rules.get(item.rule).map_or("", |rule| rule.name);
        let stops = || judgement.items.iter().filter(|item| item.call > Call::Warn);
        let is_of_rehearsal = |item: &Item| matches!(asks(item), "rehearsal" | "push");
        if stops().any(is_of_rehearsal) {
            lines.push(format!("driftglass rehearse BEFORE AFTER BACK && git add {REHEARSALS} && git commit"));
        }
        // What a rehearsal is asked for, neither a look nor an acceptance lets through.
        if !self.stand.flagged.is_empty() || !stops().all(is_of_rehearsal) {
            lines.push(format!("driftglass review{since} --session {}", quoted(&self.session)));
            let add = "git add driftglass.accept.toml && git commit";
            lines.push(format!("driftglass accept PATH --reason \"...\" && {add}"));
        }
        lines.push("DRIFTGLASS_SKIP=\"reason\" git push".to_owned());
        lines.join("\n  ")
    }
}

/// The first few of some refs, in display form, and how many more there are.
fn named(refs: &[String]) -> String {
    let names: Vec<_> = refs.iter().take(NAMED).map(|name| escape(name)).collect();
    let more = refs.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// The rows that a push has to do with, ascending.
fn near(case: &Case, touched: &[Touched]) -> Vec<RowId> {
    let comparison = &case.assessment().comparison;
    let rows = touched.iter().filter_map(|touched| touched.pattern.rows(comparison, &Cancel::new()));
    let mut rows: Vec<RowId> = rows.flatten().collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The areas in words: `dns, os and 2 more areas`.
fn areas(touched: &[Touched]) -> String {
    let mut areas: Vec<String> = touched
        .iter()
        .map(|touched| touched.pattern.to_string().split('.').next().unwrap_or_default().to_owned())
        .collect();
    areas.dedup();
    let more = areas.len().saturating_sub(NAMED);
    let named: Vec<_> = areas.iter().take(NAMED).map(|area| escape(area)).collect();
    if more > 0 { format!("{} and {more} more areas", named.join(", ")) } else { named.join(", ") }
}

fn short(hash: &str) -> &str {
    hash.get(..HASH).unwrap_or(hash)
}
