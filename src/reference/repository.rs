//! A git repository whose commits are looked into, without a look at what is checked out.
#![allow(
    clippy::disallowed_methods,
    reason = "git reads a repository of the user, not a captured host, and needs the user's environment for it"
)]

use super::{ErrorKind, git};
use crate::store;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The longest answer to one question, in bytes: a name and what git thinks of it.
const ANSWER: u64 = 1 << 16;
/// The most that is read of a configuration, as of one on disk.
const CONFIGURATION: usize = 1 << 20;

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Object {
    /// Its hash.
    pub id: String,
    /// `commit`, `tree`, `blob`, `tag`.
    pub kind: String,
}

/// A repository.
#[derive(Debug)]
pub struct Repository {
    folder: PathBuf,
    top: Option<PathBuf>,
    objects: Mutex<Objects>,
    texts: Mutex<HashMap<String, Arc<str>>>,
    /// Files that a tree does not have, by its hash.
    absent: Mutex<HashSet<(String, String)>>,
}

impl Repository {
    /// The repository around a folder.
    ///
    /// # Errors
    /// There is none, or git cannot be run.
    pub fn at(folder: &Path) -> Result<Self, ErrorKind> {
        if git::said(folder, &["rev-parse", "--git-dir"]).is_none() {
            return Err(ErrorKind::Git(format!("{}: there is no repository", folder.display())));
        }
        let top = top_folder(folder);
        let objects = Mutex::new(Objects::new(folder)?);
        Ok(Self { folder: folder.to_owned(), top, objects, texts: Mutex::default(), absent: Mutex::default() })
    }

    /// The folder in which git is asked.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where its files are checked out; none for a bare one.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// What it is known by, whichever of its worktrees is asked: the folder of the main one, or of a bare repository.
    pub(super) fn home(&self) -> Option<PathBuf> {
        home(&self.folder).map(|(home, _)| home)
    }

    /// What stands under a name, such as `0123abc:driftglass.toml`.
    pub(super) fn object(&self, name: &str) -> Result<Option<Object>, ErrorKind> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).find(name)
    }

    /// What a path is in a commit; `None` where the commit has no such path.
    ///
    /// # Errors
    /// Git does not answer, or has lost what would tell: that is not the same as no file.
    pub(super) fn file(&self, commit: &str, path: &str) -> Result<Option<Object>, ErrorKind> {
        if let Some(object) = self.object(&format!("{commit}:{path}"))? {
            return Ok(Some(object));
        }
        // git-cat-file(1) calls both missing: what the tree does not name, and what it names and the repository lacks.
        let tree = self.object(&format!("{commit}^{{tree}}"))?;
        let tree = tree.ok_or_else(|| ErrorKind::Git(format!("{commit}: this commit, or its tree, cannot be read")))?;
        let asked = (tree.id, path.to_owned());
        if self.absent.lock().unwrap_or_else(PoisonError::into_inner).contains(&asked) {
            return Ok(None);
        }
        match git::entry(&self.folder, &asked.0, path)?.as_deref() {
            // A submodule's commit is another repository's.
            None | Some("commit") => {}
            Some(kind) => {
                return Err(ErrorKind::Git(format!(
                    "the {kind} of {path} cannot be read: is the repository damaged? (git fsck)"
                )));
            }
        }
        self.absent.lock().unwrap_or_else(PoisonError::into_inner).insert(asked);
        Ok(None)
    }

    /// The text of a small file in a commit; `None` where it has none.
    pub(super) fn text(&self, commit: &str, path: &str) -> Result<Option<Arc<str>>, ErrorKind> {
        let Some(object) = self.file(commit, path)?.filter(|object| object.kind == "blob") else {
            return Ok(None);
        };
        let known = |texts: &HashMap<String, Arc<str>>| texts.get(&object.id).cloned();
        if let Some(text) = known(&self.texts.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(Some(text));
        }
        let bytes = git::show(&self.folder, commit, path)?;
        if bytes.len() > CONFIGURATION {
            return Err(ErrorKind::Git(format!("{path}: a configuration has {} MiB at most", CONFIGURATION >> 20)));
        }
        let text = store::utf8(bytes).map_err(ErrorKind::Git)?;
        let text: Arc<str> = text.into();
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).insert(object.id, Arc::clone(&text));
        Ok(Some(text))
    }

    /// Whether git passes over a file of this path.
    pub(super) fn is_ignored(&self, path: &Path) -> bool {
        let folder = self.top.as_deref().unwrap_or(&self.folder);
        // Of the work tree, whatever repository a hook's variables name: the two are one here.
        git::said(folder, &["check-ignore", "--quiet", "--", &path.to_string_lossy()]).is_some()
    }
}

/// `git cat-file --batch-check`: one process answers all questions, so that a hundred refs cost no hundred processes. Links
/// are followed to what they lead to in the same commit.
pub(super) struct Objects {
    folder: PathBuf,
    git: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Objects")
    }
}

impl Objects {
    pub(super) fn new(folder: &Path) -> Result<Self, ErrorKind> {
        let mut git = git::git(folder);
        git.args(["cat-file", "--follow-symlinks", "--batch-check=%(objectname) %(objecttype)"]);
        git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let failed = |words: String| ErrorKind::Git(format!("git cannot be run: {words}"));
        let mut git = git.spawn().map_err(|e| failed(e.to_string()))?;
        let questions = git.stdin.take();
        let answers = git.stdout.take().ok_or_else(|| failed("it has no output".to_owned()))?;
        Ok(Self { folder: folder.to_owned(), git, questions, answers: BufReader::new(answers) })
    }

    pub(super) fn find(&mut self, name: &str) -> Result<Option<Object>, ErrorKind> {
        // A question is a line.
        if name.contains(['\n', '\0']) {
            return Ok(None);
        }
        let lost = || ErrorKind::Git(git::complaint(&self.folder));
        let questions = self.questions.as_mut().ok_or_else(lost)?;
        questions.write_all(format!("{name}\n").as_bytes()).map_err(|_| lost())?;
        questions.flush().map_err(|_| lost())?;
        let mut answer = Vec::new();
        let read = self.answers.by_ref().take(ANSWER).read_until(b'\n', &mut answer);
        if !matches!(read, Ok(1..)) || answer.pop() != Some(b'\n') {
            return Err(lost());
        }
        let answer = String::from_utf8_lossy(&answer);
        if let Some((word, length)) = stray(&answer) {
            let mut rest = Vec::new();
            let read = self.answers.by_ref().take(length + 1).read_to_end(&mut rest);
            if !read.is_ok_and(|read| read as u64 == length + 1) {
                return Err(lost());
            }
            let (_, path) = name.split_once(':').unwrap_or(("", name));
            return match word {
                // A file stands where a folder would have to.
                "notdir" => Ok(None),
                "symlink" => {
                    let to = String::from_utf8_lossy(&rest);
                    Err(ErrorKind::Git(format!("{path} is a link that leads out of the commit, to {}", to.trim_end())))
                }
                _ => Err(ErrorKind::Git(format!("{path} is a link that leads to no file of the commit"))),
            };
        }
        // Else it says the name again, and that nothing of that name is there.
        Ok(answer.split_once(' ').and_then(|(id, kind)| {
            let is_kind = ["commit", "tree", "blob", "tag"].contains(&kind);
            (is_kind && is_id(id)).then(|| Object { id: id.to_owned(), kind: kind.to_owned() })
        }))
    }
}

/// What git says of a link that leads to no object, git-cat-file(1), and how long what it says next is.
fn stray(answer: &str) -> Option<(&str, u64)> {
    let (word, length) = answer.split_once(' ')?;
    let length = length.parse().ok().filter(|length| *length <= ANSWER)?;
    ["symlink", "dangling", "loop", "notdir"].contains(&word).then_some((word, length))
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It ends when nobody can ask any more.
        drop(self.questions.take());
        let _ = self.git.wait();
    }
}

/// A folder as it is in the main one of its repository's worktrees; outside of a repository the folder itself.
pub(super) fn in_home(folder: &Path) -> PathBuf {
    home(folder).map_or_else(|| folder.to_owned(), |(home, within)| home.join(within))
}

/// What a repository is known by, and where a folder stands in the files of its worktree.
fn home(folder: &Path) -> Option<(PathBuf, String)> {
    let said = git::said(folder, &["rev-parse", "--git-common-dir", "--show-prefix"])?;
    let (common, within) = said.split_once('\n').unwrap_or((&said, ""));
    let common = std::fs::canonicalize(folder.join(common)).ok()?;
    let is_beside = common.file_name().is_some_and(|name| name == ".git");
    Some((if is_beside { common.parent()?.to_owned() } else { common }, within.to_owned()))
}

/// The folder of a repository's hooks, as git finds it: by core.hooksPath, and where a worktree and a submodule have theirs.
///
/// # Errors
/// There is no repository, or git cannot be run.
pub fn hooks_folder(folder: &Path) -> Result<PathBuf, ErrorKind> {
    let said = git::said(folder, &["rev-parse", "--git-path", "hooks"]).filter(|said| !said.is_empty());
    said.map(|said| folder.join(said))
        .ok_or_else(|| ErrorKind::Git(format!("{}: there is no repository", folder.display())))
}

/// Where a repository's configuration names the folders whose policies a hook judges besides the one at the top.
const FOLDERS: &str = "driftglass.policy";

/// The folders of a repository whose policies a hook judges besides the one at the top.
pub fn policy_folders(folder: &Path) -> Vec<PathBuf> {
    let said = git::said(folder, &["config", "--get-all", FOLDERS]).unwrap_or_default();
    let is_within = |path: &PathBuf| path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    said.lines().map(|line| PathBuf::from(line.trim_end_matches('/'))).filter(is_within).collect()
}

/// Where the files of the repository around a folder are checked out; none for a bare one.
pub fn top_folder(folder: &Path) -> Option<PathBuf> {
    git::said(folder, &["rev-parse", "--show-toplevel"]).filter(|top| !top.is_empty()).map(PathBuf::from)
}

/// Where the policy of a folder stands, from the top of its repository; empty for the top. None where there is no policy.
pub fn policy_folder(folder: &Path) -> Option<PathBuf> {
    let policy = super::Source::Disk(folder.to_owned()).nearest(super::POLICY)?;
    let within = git::said(policy.parent()?, &["rev-parse", "--show-prefix"])?;
    Some(PathBuf::from(within.trim_end_matches('/')))
}

/// Lets hooks judge the policy of a folder too. Whether that could be written to the repository's configuration.
pub fn judge_policy_of(folder: &Path, within: &Path) -> bool {
    let within = within.to_string_lossy();
    git::said(folder, &["config", "--local", "--add", FOLDERS, &within]).is_some()
}

/// Forgets what [`judge_policy_of`] wrote.
pub fn forget_policies(folder: &Path) {
    // There may be none.
    let _ = git::said(folder, &["config", "--local", "--unset-all", FOLDERS]);
}

/// The folder of hooks that a user or a system has set for all repositories, as git was told of it; none where this
/// repository has its own.
pub fn shared_hooks(folder: &Path) -> Option<String> {
    let said = git::said(folder, &["config", "--show-scope", "--get", "core.hooksPath"])?;
    let (scope, path) = said.split_once('\t')?;
    (!matches!(scope, "local" | "worktree")).then(|| path.to_owned())
}

/// Whether this is the whole hash of an object, of SHA-1 or SHA-256.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}
