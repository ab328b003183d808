//! A file in a git revision, asked of git itself.
#![allow(
    clippy::disallowed_methods,
    reason = "git reads a repository of the user, not a captured host, and needs the user's environment for it"
)]

use super::ErrorKind;
use super::repository::Objects;
use crate::store;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// The most of git's own words that is kept, in bytes.
const WORDS: u64 = 4096;

/// The bytes of `path` in `revision` of the repository around `folder`.
///
/// `cat-file` rather than `show`: no pager, no text conversion that a repository configures, and a folder is refused.
pub(super) fn show(folder: &Path, revision: &str, path: &str) -> Result<Vec<u8>, ErrorKind> {
    let object = format!("{revision}:{path}");
    // What a link leads to, as on disk; of what is not found git says itself what it is.
    let found = Objects::new(folder)?.find(&object)?.map_or_else(|| object.clone(), |found| found.id);
    let mut git = git(folder)
        .args(["cat-file", "blob", "--end-of-options", &found])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| ErrorKind::Git(format!("git cannot be run: {e}")))?;
    let errors = git.stderr.take().map(|stream| std::thread::Builder::new().spawn(move || words(stream)));
    let read = git.stdout.take().map(|stream| store::capped(stream, Path::new(&object)));
    if matches!(read, Some(Err(_))) {
        // It may be writing on: its pipe is closed by now, and nothing more is wanted of it.
        let _ = git.kill();
    }
    let status = git.wait().map_err(|e| ErrorKind::Git(e.to_string()))?;
    let words = errors.and_then(|thread| thread.ok()?.join().ok()).unwrap_or_default();
    match read {
        Some(Ok(bytes)) if status.success() => Ok(bytes),
        Some(Err(error)) => Err(ErrorKind::Store(error)),
        _ if words.is_empty() => Err(ErrorKind::Git(format!("git ended with {status}"))),
        _ => Err(ErrorKind::Git(words)),
    }
}

/// Git in a folder.
pub(super) fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    // In a hook git names its repository as seen from where the hook runs; another folder is asked for its own.
    if folder != Path::new(".") && !folder.as_os_str().is_empty() {
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            git.env_remove(name);
        }
    }
    // Blobs of a partial clone may be fetched, but nobody is asked for a password behind a full screen.
    git.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    git
}

/// Whether git knows a commit by this name.
pub(super) fn is_revision(folder: &Path, name: &str) -> bool {
    let commit = format!("{name}^{{commit}}");
    said(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).is_some()
}

/// When a commit was made.
pub(super) fn time_of(folder: &Path, revision: &str) -> Option<jiff::Timestamp> {
    let commit = format!("{revision}^{{commit}}");
    let said = said(folder, &["log", "-1", "--format=%ct", "--end-of-options", &commit])?;
    jiff::Timestamp::from_second(said.parse().ok()?).ok()
}

/// Whether a revision has this file.
pub(super) fn has(folder: &Path, revision: &str, path: &str) -> bool {
    // With --end-of-options git 2.30 takes no `-e`; the caller has looked at the revision, which begins with no dash.
    said(folder, &["cat-file", "-e", &format!("{revision}:{path}")]).is_some()
}

/// What a tree names at a path: `blob`, `tree` or `commit`, whether or not that is there. Fails where a tree on the way is
/// not.
pub(super) fn entry(folder: &Path, tree: &str, path: &str) -> Result<Option<String>, ErrorKind> {
    let mut git = git(folder);
    git.args(["--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", path]);
    let output = git.output().map_err(|e| ErrorKind::Git(format!("git cannot be run: {e}")))?;
    if !output.status.success() {
        return Err(ErrorKind::Git(words(output.stderr.as_slice())));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut entries = text.split('\0').filter_map(|entry| entry.split_once('\t'));
    let found = entries.find(|(_, name)| *name == path).and_then(|(about, _)| about.split(' ').nth(1));
    Ok(found.map(str::to_owned))
}

/// Whether a file is one that gitignore(5) keeps out.
pub(super) fn is_ignored(folder: &Path, path: &str) -> bool {
    said(folder, &["check-ignore", "--quiet", "--", path]).is_some()
}

/// Who works in a folder, as git's configuration has it: `Ann <ann@example.org>`.
pub(super) fn user(folder: &Path) -> Option<String> {
    let of = |key: &str| said(folder, &["config", "--get", key]).filter(|text| !text.is_empty());
    match (of("user.name"), of("user.email")) {
        (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
        (name, email) => name.or(email),
    }
}

/// The line that git answers with, if it ends well.
pub(super) fn said(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = git(folder).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// All that git answers with, bounded, if it ends well.
pub(super) fn answer(folder: &Path, arguments: &[&str], most: u64) -> Option<Vec<u8>> {
    let mut git = git(folder).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut bytes = Vec::new();
    let read = git.stdout.take().map(|stream| stream.take(most).read_to_end(&mut bytes));
    let is_cut = bytes.len() as u64 == most;
    if is_cut {
        let _ = git.kill();
    }
    let status = git.wait().ok()?;
    (matches!(read, Some(Ok(_))) && (status.success() || is_cut)).then_some(bytes)
}

/// Why git answers nothing in a folder, in its own words.
pub(super) fn complaint(folder: &Path) -> String {
    let output = git(folder).args(["rev-parse", "--git-dir"]).output();
    let said = output.ok().filter(|output| !output.status.success()).map(|output| words(output.stderr.as_slice()));
    said.filter(|words| !words.is_empty()).unwrap_or_else(|| "it does not answer any more".to_owned())
}

/// What git says, without its `fatal: `. All of it is read, so that git never waits for a reader.
fn words(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.by_ref().take(WORDS).read_to_end(&mut bytes);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim();
    text.strip_prefix("fatal: ").unwrap_or(text).to_owned()
}
