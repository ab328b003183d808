//! What a push takes where: the list that git gives a pre-push hook (githooks(5)), and what it is measured against.
#![allow(clippy::disallowed_methods, reason = "the place of a remote is the user's own, not a captured host's")]

use super::repository::{Repository, is_id};
use super::{ErrorKind, git};
use std::collections::HashMap;

/// The most refs of one push.
const REFS: usize = 10_000;
/// The most branches of a remote that are looked at for what it has already, the newest first.
const TIPS: usize = 2_000;
/// How much is shown of what is no line of a list, in characters.
const SHOWN: usize = 80;
/// The most that is read of the names of changed files, in bytes.
const NAMES: u64 = 16 << 20;

/// One ref that is pushed: a line of git's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// What it is called here: a ref, or whatever was typed for it.
    pub local: String,
    /// What it is to be; `None` where it is deleted.
    pub new: Option<String>,
    /// What it is called there.
    pub remote: String,
    /// What it is there now; `None` where it is new.
    pub old: Option<String>,
}

/// A commit that is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// What it is called there, in the order of the list.
    pub refs: Vec<String>,
    /// What the first of them is called here.
    pub local: String,
    /// Its hash.
    pub commit: String,
    /// What the remote has of it already; `None` where nothing of that is known here.
    pub base: Option<String>,
    /// What to say of the base.
    pub note: Option<String>,
}

impl Update {
    /// Reads git's list.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn list(text: &str) -> Result<Vec<Self>, String> {
        let mut list = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if list.len() == REFS {
                return Err(format!("a push of more than {REFS} refs is not looked at: push fewer at once"));
            }
            // What was typed for a local ref may have spaces, `HEAD@{2 days ago}`: the rest has none.
            let mut parts = line.rsplitn(4, ' ');
            let (Some(old), Some(remote), Some(new), Some(local)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                let line: String = line.chars().take(SHOWN).collect();
                return Err(format!("{line:?} is no line of a push: local ref, its hash, remote ref, its hash"));
            };
            if let Some(wrong) = [new, old].into_iter().find(|id| !is_id(id)) {
                let wrong: String = wrong.chars().take(SHOWN).collect();
                return Err(format!("{wrong:?} is no hash of a commit"));
            }
            let there = |id: &str| id.bytes().any(|b| b != b'0').then(|| id.to_owned());
            list.push(Self { local: local.to_owned(), new: there(new), remote: remote.to_owned(), old: there(old) });
        }
        Ok(list)
    }
}

impl Repository {
    /// The commit of a name, a tag followed to what it is of; `None` where it is none, or not here.
    ///
    /// # Errors
    /// Git does not answer.
    pub fn commit(&self, name: &str) -> Result<Option<String>, ErrorKind> {
        if name.starts_with('-') {
            return Ok(None);
        }
        let object = self.object(&format!("{name}^{{commit}}"))?;
        Ok(object.filter(|object| object.kind == "commit").map(|object| object.id))
    }

    /// The commits that a push takes to a remote, each with what that has of it already. Left out are refs that are
    /// deleted, what is no commit, and commits whose files are all there as they are.
    ///
    /// # Errors
    /// Git does not answer, or does not have what is pushed.
    pub fn pushed(&self, updates: &[Update], remote: &str) -> Result<Vec<Pushed>, ErrorKind> {
        let mut olds: HashMap<&str, Option<String>> = HashMap::new();
        for old in updates.iter().filter_map(|update| update.old.as_deref()) {
            if !olds.contains_key(old) {
                olds.insert(old, self.commit(old)?);
            }
        }
        let mut known: Option<Vec<String>> = None;
        let mut bases: HashMap<String, Option<String>> = HashMap::new();
        let mut places: HashMap<(String, Option<String>), usize> = HashMap::new();
        let mut list: Vec<Pushed> = Vec::new();
        for update in updates {
            let Some(new) = &update.new else { continue };
            // Git pushes what it has: without it, nothing can be said of what goes there.
            let lost = || ErrorKind::Git(format!("{}: {new} cannot be read here", update.local));
            let kind = self.object(&format!("{new}^{{}}"))?.ok_or_else(lost)?.kind;
            if kind != "commit" {
                continue;
            }
            let commit = self.commit(new)?.ok_or_else(lost)?;
            let tree = self.object(&format!("{commit}^{{tree}}"))?.ok_or_else(lost)?;
            let old = update.old.as_deref().map(|old| olds.get(old).cloned().flatten());
            let (base, note) = match old {
                Some(Some(old)) => (Some(old), None),
                old => {
                    let known = known.get_or_insert_with(|| {
                        let mut tips = self.tips(remote);
                        tips.extend(olds.values().flatten().cloned());
                        tips
                    });
                    let base = bases.entry(commit.clone()).or_insert_with(|| self.merge_base(&commit, known)).clone();
                    (base.clone(), note(update, old.is_some(), base.as_deref()))
                }
            };
            if let Some(base) = &base
                && Some(tree) == self.object(&format!("{base}^{{tree}}"))?
            {
                continue;
            }
            let at = *places.entry((commit.clone(), base.clone())).or_insert_with(|| {
                list.push(Pushed { refs: Vec::new(), local: update.local.clone(), commit, base, note });
                list.len() - 1
            });
            if let Some(pushed) = list.get_mut(at) {
                pushed.refs.push(update.remote.clone());
            }
        }
        Ok(list)
    }

    /// What a remote is called here that a push named by its address.
    pub fn remote_at(&self, url: &str) -> Option<String> {
        let said = git::said(self.folder(), &["config", "--get-regexp", r"^remote\..*\.(push)?url$"])?;
        let place = |url: &str| {
            let url = url.trim_end_matches('/');
            std::fs::canonicalize(self.folder().join(url)).unwrap_or_else(|_| url.into())
        };
        let wanted = place(url);
        said.lines().find_map(|line| {
            let (key, known) = line.split_once(' ')?;
            let name = key.strip_prefix("remote.")?.rsplit_once('.')?.0;
            (place(known) == wanted).then(|| name.to_owned())
        })
    }

    /// The branch here that a commit is the newest of, by what git was told to push.
    pub fn branch_of(&self, pushed: &Pushed) -> Option<String> {
        let branch = pushed.local.strip_prefix("refs/heads/")?;
        let newest = self.commit(&pushed.local).ok().flatten()?;
        (newest == pushed.commit).then(|| branch.to_owned())
    }

    /// What is known here of a remote's branches, the newest first.
    fn tips(&self, remote: &str) -> Vec<String> {
        let (count, refs) = (format!("--count={TIPS}"), format!("refs/remotes/{remote}/"));
        let arguments = ["for-each-ref", "--sort=-committerdate", &count, "--format=%(objectname)", &refs];
        let said = git::said(self.folder(), &arguments).unwrap_or_default();
        said.lines().filter(|line| is_id(line)).map(str::to_owned).collect()
    }

    /// The best commit that a commit has in common with what the remote has, taken as one.
    fn merge_base(&self, commit: &str, known: &[String]) -> Option<String> {
        if known.is_empty() {
            return None;
        }
        let mut arguments = vec!["merge-base", commit];
        arguments.extend(known.iter().map(String::as_str));
        git::said(self.folder(), &arguments).filter(|said| is_id(said))
    }

    /// The files that differ between two commits, from the top of the repository; of very many the first.
    pub fn changed(&self, base: &str, commit: &str) -> Vec<String> {
        let arguments = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", base, commit];
        let names = git::answer(self.folder(), &arguments, NAMES).unwrap_or_default();
        let names = names.split(|b| *b == 0).filter(|name| !name.is_empty());
        names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }

    /// The objects that some files are in a commit, for a look whether two commits have the same; in their order.
    ///
    /// # Errors
    /// Git does not answer.
    pub fn objects(&self, commit: &str, paths: &[String]) -> Result<Vec<Option<String>>, ErrorKind> {
        let object = |path: &String| Ok(self.file(commit, path)?.map(|object| object.id));
        paths.iter().map(object).collect()
    }
}

/// What to say where a push is not measured against what the remote has under the same name.
fn note(update: &Update, is_old: bool, base: Option<&str>) -> Option<String> {
    let unknown = "what the remote has there is not known here (a shallow clone? git fetch --unshallow)";
    match (is_old, base) {
        (true, Some(_)) => Some(format!("{}: {unknown}; new is what its other branches have not", update.remote)),
        (true, None) => Some(format!("{}: {unknown}: all is new", update.remote)),
        (false, None) => {
            Some(format!("{}: nothing in common with the remote is known here: all is new", update.remote))
        }
        (false, Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_list_is_read_whatever_was_typed_for_a_ref() {
        let (a, b, zero) = ("a".repeat(40), "b".repeat(64), "0".repeat(40));
        let text = format!(
            "refs/heads/main {a} refs/heads/main {zero}\n(delete) {zero} refs/heads/x {b}\nHEAD@{{2 days ago}} {a} refs/tags/v1 {b}\n\n"
        );
        let list = Update::list(&text).expect("a list");
        assert_eq!(list.len(), 3);
        assert_eq!((list[0].new.as_deref(), list[0].old.as_deref()), (Some(a.as_str()), None));
        assert_eq!((list[1].new.as_deref(), list[1].old.as_deref()), (None, Some(b.as_str())));
        assert_eq!(list[2].local, "HEAD@{2 days ago}");
        for wrong in ["x", "a b c d", &format!("r {a} r --output=x"), &"r 0 r 0\n".repeat(2)] {
            assert!(Update::list(wrong).is_err(), "{wrong}");
        }
        let long = Update::list(&"0".repeat(1 << 20)).expect_err("no line");
        assert!(long.len() < 200, "{}", long.len());
        let many = format!("r {a} r {zero}\n").repeat(REFS + 1);
        assert!(Update::list(&many).expect_err("too many").contains("push fewer"));
        assert_eq!(Update::list("").expect("nothing"), []);
    }
}
