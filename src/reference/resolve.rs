//! From a reference to a snapshot.

use super::parse::label_of;
use super::{ErrorKind, Reaches, Reference, ReferenceError, Which, called, example, git};
use crate::base::cancel::Cancel;
use crate::base::fault;
use crate::base::reading::Reading;
use crate::capture::{self, Captured, Event, Keep, Options};
use crate::format::{self, Loaded};
use crate::host::Host;
use crate::model::Snapshot;
use crate::model::redaction::{Finding, Redactor};
use crate::model::vocabulary::Vocabulary;
use crate::report::overview::{self, Evidence};
use crate::store::{self, Entry, Part, Store, StoreError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How many names are offered for one that is not there.
const OFFERED: usize = 5;
/// How much of a name is compared with others, in characters.
const COMPARED: usize = 200;

/// What references are resolved with. It is shared between threads.
pub struct Context {
    /// Where names are looked up.
    pub store: Store,
    /// What a capture of `live` or `root:` takes.
    pub capture: Options,
    /// Ends a capture early.
    pub cancel: Cancel,
    /// The folder in which git is asked.
    pub folder: PathBuf,
    /// Whether a long capture is kept in the store as it grows, so that an early end does not lose it.
    pub keeps_parts: bool,
    /// The environments that the configuration names.
    pub environments: Reaches,
    stdin: Mutex<Option<Box<dyn Read + Send>>>,
}

impl Context {
    /// A context in the current folder; `stdin` is what `-` reads, once.
    pub fn new(store: Store, stdin: Option<Box<dyn Read + Send>>) -> Self {
        Self {
            store,
            capture: Options::default(),
            cancel: Cancel::new(),
            folder: PathBuf::from("."),
            keeps_parts: false,
            environments: Reaches::new(),
            stdin: Mutex::new(stdin),
        }
    }
}

/// A snapshot, and how it was come by.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The snapshot; its label is never empty.
    pub snapshot: Arc<Snapshot>,
    /// What it was called by whoever asked for it: the folders above it and its own name, outermost first.
    pub called: Vec<String>,
    /// What a user should know before trusting it, in words.
    pub warnings: Vec<String>,
    /// Where it came from, in words: a path, `standard input`, `this machine`.
    pub source: String,
    /// Of a capture: what was hidden, by path and line.
    pub redacted: Vec<(crate::model::Path, Finding)>,
    /// Of a capture that was stopped: the file in which it is kept.
    pub part: Option<PathBuf>,
}

/// Finds, reads or captures what a reference names. `progress` hears of the probes of a capture; `reading` tells how far
/// the reading of a file is, and stops it.
///
/// # Errors
/// See [`ErrorKind`].
pub fn resolve(
    reference: &Reference,
    context: &Context,
    reading: &Reading,
    progress: &mut dyn FnMut(Event),
) -> Result<Resolved, ReferenceError> {
    let found = match reference {
        Reference::Environment(name) => {
            let Some(reach) = context.environments.get(name) else {
                let known = context.environments.keys().cloned().collect();
                return Err(ReferenceError::new(reference, ErrorKind::NoEnvironment { name: name.clone(), known }));
            };
            let mut resolved = resolve(&reach.reference, context, reading, progress).map_err(|error| {
                let (place, error) = (reach.place.clone(), Box::new(error));
                ReferenceError::new(reference, ErrorKind::Reach { name: name.clone(), place, error })
            })?;
            // What the policy calls an environment is what its relations and acceptances name it by.
            if let Some(snapshot) = Arc::get_mut(&mut resolved.snapshot) {
                snapshot.meta.label.clone_from(name);
            }
            Ok(resolved)
        }
        Reference::File(path) => file(path, context, reading),
        Reference::Stdin => stdin(context, reading),
        Reference::Stored { label, which } => stored(label, *which, &context.store, reading),
        Reference::Live => {
            let host = Host::live();
            let host = if context.capture.no_exec { host.without_programs() } else { host };
            Ok(captured(host, "this machine".to_owned(), context, progress))
        }
        Reference::Root(folder) => root(folder, context, progress),
        Reference::Git { revision, path } => git::show(&context.folder, revision, path)
            .and_then(|bytes| understood(&bytes, &label_of(Path::new(path)), reference.to_string(), reading)),
        Reference::Example(name) => example::find(name)
            .ok_or_else(|| ErrorKind::NoExample(name.clone()))
            .and_then(|bytes| understood(bytes, name, reference.to_string(), reading)),
        Reference::Ssh { user, host, port } => {
            let user = user.as_ref().map_or_else(String::new, |user| format!("{user}@"));
            let port = port.map_or_else(String::new, |port| format!("-p {port} "));
            Err(ErrorKind::Ssh { destination: format!("{port}{user}{}", host.trim_matches(['[', ']'])) })
        }
    };
    let mut resolved = found.map_err(|kind| ReferenceError::new(reference, kind))?;
    resolved.called = called::parts(reference);
    // The policy knows best what an environment is for.
    if let Some(role) = context.environments.get(&resolved.snapshot.meta.label).and_then(|reach| reach.role)
        && let Some(snapshot) = Arc::get_mut(&mut resolved.snapshot)
    {
        snapshot.meta.role = Some(role.word().to_owned());
    }
    Ok(resolved)
}

/// Whether a reference names something that is there, as far as that is told at once: nothing is read, captured or asked
/// of git.
pub(super) fn check(reference: &Reference, context: &Context) -> Result<(), ReferenceError> {
    let found = match reference {
        Reference::File(path) => store::check(path).map_err(ErrorKind::from),
        Reference::Stored { label, which } => stored_entry(label, *which, &context.store).map(drop),
        Reference::Root(place) if !place.exists() => Err(StoreError::Missing(place.clone()).into()),
        Reference::Example(name) => example::find(name).map(drop).ok_or_else(|| ErrorKind::NoExample(name.clone())),
        Reference::Environment(name) => match context.environments.get(name) {
            Some(reach) => return check(&reach.reference, context),
            None => {
                let known = context.environments.keys().cloned().collect();
                Err(ErrorKind::NoEnvironment { name: name.clone(), known })
            }
        },
        _ => Ok(()),
    };
    found.map_err(|kind| ReferenceError::new(reference, kind))
}

/// What a reference named at an earlier time.
#[derive(Debug)]
pub enum AtRevision {
    /// A snapshot of its own.
    Older(Resolved),
    /// Nothing: the file was not there yet.
    NotThere,
    /// Only what is there now is known: it is in no repository, or ignored there.
    AsNow,
}

/// What a reference named at a git revision, which git knows.
pub(super) fn at_revision(
    reference: &Reference,
    revision: &str,
    context: &Context,
) -> Result<AtRevision, ReferenceError> {
    let show = |folder: &Path, path: &str, label: &str| {
        if !git::has(folder, revision, path) {
            return Ok(AtRevision::NotThere);
        }
        git::show(folder, revision, path)
            .and_then(|bytes| understood(&bytes, label, format!("{revision}:{path}"), &Reading::default()))
            .map(AtRevision::Older)
            .map_err(|kind| ReferenceError::new(reference, kind))
    };
    match reference {
        Reference::File(path) => {
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(AtRevision::AsNow) };
            let folder = context.folder.join(folder);
            if !git::is_revision(&folder, revision) {
                return Ok(AtRevision::AsNow);
            }
            let name = format!("./{}", name.to_string_lossy());
            match show(&folder, &name, &label_of(path))? {
                // It is kept out of the repository, and not only new in it.
                AtRevision::NotThere if git::is_ignored(&folder, &name) => Ok(AtRevision::AsNow),
                found => Ok(found),
            }
        }
        Reference::Git { path, .. } => show(&context.folder, path, &label_of(Path::new(path))),
        // The store has what was captured before the commit was made.
        Reference::Stored { label, which: Which::Newest } => {
            let Some(at) = git::time_of(&context.folder, revision) else { return Ok(AtRevision::AsNow) };
            match stored(label, Which::Moment(at), &context.store, &Reading::default()) {
                Err(ErrorKind::NoneSoOld(_)) => Ok(AtRevision::NotThere),
                found => found.map(AtRevision::Older).map_err(|kind| ReferenceError::new(reference, kind)),
            }
        }
        Reference::Environment(name) => {
            let Some(reach) = context.environments.get(name) else { return Ok(AtRevision::AsNow) };
            let mut found = at_revision(&reach.reference, revision, context)?;
            if let AtRevision::Older(resolved) = &mut found
                && let Some(snapshot) = Arc::get_mut(&mut resolved.snapshot)
            {
                snapshot.meta.label.clone_from(name);
            }
            Ok(found)
        }
        _ => Ok(AtRevision::AsNow),
    }
}

/// The one place where foreign bytes become a snapshot: format 1 or bare facts.
fn understood(bytes: &[u8], name: &str, source: String, reading: &Reading) -> Result<Resolved, ErrorKind> {
    Ok(labelled(format::read_telling(bytes, reading)?, name, source))
}

fn labelled(loaded: Loaded, name: &str, source: String) -> Resolved {
    let is_ours = loaded.sealed && loaded.snapshot.meta.tool.as_deref() == Some(capture::TOOL);
    let Loaded { mut snapshot, mut warnings, .. } = loaded;
    if snapshot.meta.label.is_empty() {
        snapshot.meta.label = if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() };
    }
    // What this version has captured and nobody has changed since has passed the same rules already.
    if !is_ours {
        let masked = mask(&mut snapshot);
        if masked > 0 {
            warnings.push(format!("{masked} values masked on load: they look like secrets (docs/redaction.md)"));
        }
    }
    Resolved { snapshot: Arc::new(snapshot), called: Vec::new(), warnings, source, redacted: Vec::new(), part: None }
}

/// Hides what others let through: secrets in a file that is no capture of this version. The file stays as it is.
fn mask(snapshot: &mut Snapshot) -> usize {
    let redactor = Redactor::default();
    snapshot.facts.replace_texts(|path, text| redactor.changed(path.segments(), text))
}

fn file(path: &Path, context: &Context, reading: &Reading) -> Result<Resolved, ErrorKind> {
    let bytes = store::read(path)?;
    let mut resolved = understood(&bytes, &label_of(path), path.display().to_string(), reading)?;
    // A plain word is a file first; whoever meant the store should hear of it.
    if let Some(word) = path.to_str().filter(|word| !word.contains('/'))
        && context.store.of_label(word).is_ok_and(|entries| !entries.is_empty())
    {
        resolved.warnings.push(format!("{word} is a file here, and a name in the store too: store:{word}"));
    }
    Ok(resolved)
}

fn stdin(context: &Context, reading: &Reading) -> Result<Resolved, ErrorKind> {
    let taken = context.stdin.lock().unwrap_or_else(PoisonError::into_inner).take();
    let bytes = store::capped(taken.ok_or(ErrorKind::NoStdin)?, Path::new("standard input"))?;
    understood(&bytes, "stdin", "standard input".to_owned(), reading)
}

fn stored(label: &str, which: Which, store: &Store, reading: &Reading) -> Result<Resolved, ErrorKind> {
    let entry = stored_entry(label, which, store).map_err(|error| match (error, store::read(Path::new(label))) {
        // A folder or a pipe of that name, which no snapshot is read from as it stands.
        (ErrorKind::NoName { .. }, Err(error @ StoreError::NotAFile { .. })) => error.into(),
        (error, _) => error,
    })?;
    of_entry(&entry, store, reading)
}

/// Reads an entry of the store.
pub(super) fn of_entry(entry: &Entry, store: &Store, reading: &Reading) -> Result<Resolved, ErrorKind> {
    let loaded = store.load(entry, reading)?;
    Ok(labelled(loaded, &entry.label, entry.path.display().to_string()))
}

/// The entry of the store that a reference names.
pub(super) fn entry(reference: &Reference, store: &Store) -> Result<Entry, ReferenceError> {
    let found = match reference {
        Reference::Stored { label, which } => stored_entry(label, *which, store),
        _ => Err(ErrorKind::Syntax("not a name in the store".to_owned())),
    };
    found.map_err(|kind| ReferenceError::new(reference, kind))
}

fn stored_entry(label: &str, which: Which, store: &Store) -> Result<Entry, ErrorKind> {
    let entries = store.of_label(label)?;
    if let Some(entry) = select(&entries, which) {
        return Ok(entry.clone());
    }
    Err(match entries.last().and_then(|oldest| oldest.captured_at) {
        Some(oldest) => ErrorKind::NoneSoOld(format!(
            "the store has {} of \"{label}\", the oldest of {}",
            entries.len(),
            oldest.strftime("%Y-%m-%d %H:%M:%SZ")
        )),
        None => ErrorKind::NoName { label: label.to_owned(), near: near(label, store.labels()?) },
    })
}

/// The entry that is meant, of a label's entries from the newest to the oldest.
fn select(entries: &[Entry], which: Which) -> Option<&Entry> {
    match which {
        Which::Newest => entries.first(),
        Which::Older(n) => entries.get(n),
        Which::Day(_) | Which::Moment(_) => {
            // No end: the last day of time itself.
            let end = which.end();
            entries.iter().find(|entry| entry.captured_at.is_some_and(|at| end.is_none_or(|end| at < end)))
        }
    }
}

/// The names most like one that is not there; any few where none is alike.
fn near(label: &str, labels: Vec<String>) -> Vec<String> {
    let short = |text: &str| text.chars().take(COMPARED).collect::<String>().to_lowercase();
    let wanted = short(label);
    let mut scored: Vec<(f64, String)> =
        labels.into_iter().map(|known| (strsim::jaro_winkler(&wanted, &short(&known)), known)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let alike = scored.iter().take_while(|(score, _)| *score >= 0.8).count();
    scored.truncate(if alike == 0 { OFFERED } else { alike.min(OFFERED) });
    let named = |label| Reference::Stored { label, which: Which::Newest }.to_string();
    scored.into_iter().map(|(_, label)| named(label)).collect()
}

fn root(folder: &Path, context: &Context, progress: &mut dyn FnMut(Event)) -> Result<Resolved, ErrorKind> {
    let text = folder.to_string_lossy().into_owned();
    match Host::root_until(&text, &context.cancel) {
        Ok(host) => {
            let resolved = captured(host, text.clone(), context, progress);
            let is_whole = context.capture.areas.is_empty() && context.capture.without.is_empty();
            if is_whole && resolved.snapshot.facts.leaf_count() == 0 && !context.cancel.is_cancelled() {
                let message =
                    "there is nothing of a machine in it: neither etc, usr, proc nor what a support archive has";
                return Err(ErrorKind::Root { folder: text, message: message.to_owned() });
            }
            Ok(resolved)
        }
        Err(e) => Err(ErrorKind::Root { folder: text, message: fault::words(&e) }),
    }
}

fn captured(host: Host, source: String, context: &Context, progress: &mut dyn FnMut(Event)) -> Resolved {
    let mut part = Part::new(&context.store);
    // What cannot be kept is captured all the same, and lost by an early end.
    let mut keep = |snapshot: Snapshot| part.keep(&snapshot).ok().map(Path::to_owned);
    let keep: Option<&mut Keep<'_>> = if context.keeps_parts { Some(&mut keep) } else { None };
    let host = Arc::new(host);
    // How complete it is gets asked at the end, by a table that is read meanwhile.
    drop(std::thread::Builder::new().spawn(Vocabulary::builtin));
    let Captured { mut snapshot, redacted } =
        capture::captured(&host, &context.capture, &context.cancel, progress, keep);
    // What it has read for several probes takes a while to be freed, and nobody waits for that.
    drop(std::thread::Builder::new().spawn(move || drop(host)));
    let mut warnings = Vec::new();
    let mut kept = None;
    if context.cancel.is_cancelled() {
        if context.keeps_parts && part.keep(&snapshot).is_ok() {
            kept = part.into_path();
        }
        let place = kept.as_ref().map(|file| format!(" (kept in {})", file.display())).unwrap_or_default();
        warnings.push(format!("the capture was stopped: what it had not reached is not collected{place}"));
    } else {
        part.remove();
    }
    // A capture that was stopped is told as far as it came.
    let known = overview::evidence_of(&snapshot, Vocabulary::builtin(), &Cancel::new());
    let percent = known.and_then(Evidence::percent).and_then(|percent| u8::try_from(percent).ok());
    snapshot.meta.complete_percent = percent;
    Resolved { snapshot: Arc::new(snapshot), called: Vec::new(), warnings, source, redacted, part: kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_foreign_files_are_masked_on_load() {
        let load = |text: &str| {
            understood(text.as_bytes(), "a", "a.json".to_owned(), &Reading::default()).expect("a snapshot")
        };
        let foreign =
            r#"{"app":{"password":"hunter2","urls":["http://a","http://u:s3cret@b"],"port":1},"os":{"id":"debian"}}"#;
        let resolved = load(foreign);
        let facts = &resolved.snapshot.facts;
        let values: Vec<_> = facts.leaves().map(|(n, v)| format!("{} {}", facts.written(n), v.plain())).collect();
        let expected =
            ["app.password [redacted]", "app.port 1", "app.urls [http://a, http://u:[redacted]@b]", "os.id debian"];
        assert_eq!(values, expected);
        assert!(resolved.warnings.iter().any(|w| w.starts_with("2 values masked on load")), "{:?}", resolved.warnings);
        let mut own = Snapshot::clone(&format::read(foreign.as_bytes()).expect("reads").snapshot);
        own.meta.tool = Some(capture::TOOL.to_owned());
        let mut bytes = Vec::new();
        format::write(&own, &mut bytes).expect("memory does not fail");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(load(&text).warnings, [] as [String; 0], "a sealed capture of this version is taken as it is");
        assert!(load(&text.replace("debian", "ubuntu")).warnings.iter().any(|w| w.contains("masked")));
    }

    #[test]
    fn the_nearest_names_are_offered() {
        let labels = || ["staging", "production", "preprod", "ci"].map(str::to_owned).to_vec();
        assert_eq!(near("stagin", labels()), ["staging"]);
        assert_eq!(near("porduction", labels()).first().map(String::as_str), Some("production"));
        assert_eq!(near("zzz", labels()).len(), 4);
        assert_eq!(near(&"x".repeat(1_000_000), labels()).len(), 4);
    }
}
