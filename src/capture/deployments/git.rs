//! A git repository as its own files tell it, gitrepository-layout(5), without git.

use crate::host::{EntryKind, Host, ReadError};
use flate2::read::ZlibDecoder;
use std::io::Read;

/// The most of a list of packed references; a repository with 100,000 tags has 8 MB.
const REFS_CAP: u64 = 32 << 20;

/// The most loose tags that are looked at.
const TAGS_CAP: usize = 2_000;

/// The most of a tag's own text.
const TAG_TEXT: u64 = 64 << 10;

/// Where a repository's files are.
pub(super) struct Repository {
    /// What belongs to this work tree: `HEAD`.
    own: String,
    /// What all work trees share: references, objects, settings.
    common: String,
}

/// What is checked out, and what says so.
pub(super) struct Head {
    /// The commit's number, where there is a commit.
    pub(super) commit: Option<String>,
    /// The branch; `HEAD` where none is checked out, as git rev-parse says it.
    pub(super) branch: String,
    pub(super) source: String,
}

impl Repository {
    /// The repository whose work tree, or which itself, is this folder.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub(super) fn of(host: &Host, folder: &str) -> Result<Option<Self>, ReadError> {
        let dot = format!("{folder}/.git");
        let own = match host.stat(&dot) {
            // Of further work trees and of submodules it is a file that says where the repository is.
            Ok(stat) if stat.kind == EntryKind::File => {
                let text = host.word(&dot)?;
                match text.strip_prefix("gitdir:") {
                    Some(at) => join(folder, at.trim()),
                    None => return Ok(None),
                }
            }
            Ok(_) => dot,
            Err(error) if error.is_missing() => {
                let is_bare = ["HEAD", "objects", "refs"].iter().all(|name| host.exists(&format!("{folder}/{name}")));
                if !is_bare {
                    return Ok(None);
                }
                folder.to_owned()
            }
            Err(error) => return Err(error),
        };
        let common = host.word(&format!("{own}/commondir")).map_or_else(|_| own.clone(), |text| join(&own, &text));
        Ok(Some(Self { own, common }))
    }

    /// What is checked out.
    ///
    /// # Errors
    /// See [`ReadError`]; references that are not kept in files are one.
    pub(super) fn head(&self, host: &Host) -> Result<Head, ReadError> {
        let source = format!("{}/HEAD", self.own);
        let head = host.word(&source)?;
        let Some(name) = head.strip_prefix("ref:").map(str::trim) else {
            return Ok(Head { commit: Some(head).filter(|head| is_id(head)), branch: "HEAD".to_owned(), source });
        };
        if name == "refs/heads/.invalid" {
            // gitrepository-layout(5): the format that keeps references in tables.
            return Err(ReadError::NotRun(format!("{}: its references are not kept in files", self.common)));
        }
        let branch = name.strip_prefix("refs/heads/").unwrap_or(name).to_owned();
        for top in [&self.own, &self.common] {
            let path = format!("{top}/{name}");
            if let Ok(id) = host.word(&path)
                && is_id(&id)
            {
                return Ok(Head { commit: Some(id), branch, source: path });
            }
        }
        let packed = format!("{}/packed-refs", self.common);
        let text = packed_refs(host, &packed)?;
        let commit = text.lines().find_map(|line| Some(line.split_once(' ').filter(|(_, n)| *n == name)?.0.to_owned()));
        Ok(Head { source: if commit.is_some() { packed } else { source }, commit, branch })
    }

    /// The tags of a commit, and where they stand. Beneath the line of an annotated tag its commit stands behind a `^`.
    pub(super) fn tags(&self, host: &Host, commit: &str) -> Result<Vec<String>, ReadError> {
        let mut tags = Vec::new();
        let text = packed_refs(host, &format!("{}/packed-refs", self.common))?;
        let mut last = None;
        for line in text.lines() {
            if let Some(id) = line.strip_prefix('^') {
                tags.extend(last.filter(|_| id == commit).map(str::to_owned));
            } else if let Some((id, name)) = line.split_once(' ') {
                last = name.strip_prefix("refs/tags/");
                tags.extend(last.filter(|_| id == commit).map(str::to_owned));
            }
        }
        let mut folders = vec![String::new()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in host.list(&format!("{}/refs/tags/{folder}", self.common)).unwrap_or_default() {
                seen += 1;
                if seen > TAGS_CAP {
                    return Ok(tags);
                }
                let name = format!("{folder}{}", entry.name);
                if entry.kind == EntryKind::Folder {
                    folders.push(format!("{name}/"));
                } else if host
                    .word(&format!("{}/refs/tags/{name}", self.common))
                    .is_ok_and(|id| id == commit || self.tagged(host, &id).is_some_and(|tagged| tagged == commit))
                {
                    tags.push(name);
                }
            }
        }
        Ok(tags)
    }

    /// What a loose tag object stands for; `None` for another kind of object and one in a pack.
    fn tagged(&self, host: &Host, id: &str) -> Option<String> {
        let (head, rest) = id.split_at_checked(2).filter(|_| is_id(id))?;
        let packed = host.read(&format!("{}/objects/{head}/{rest}", self.common)).ok()?;
        let mut bytes = Vec::new();
        ZlibDecoder::new(packed.as_slice()).take(TAG_TEXT).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let (kind, body) = text.split_once('\0')?;
        kind.starts_with("tag ").then(|| body.lines().next()?.strip_prefix("object ").map(str::to_owned))?
    }

    /// Where the branch is fetched from, and the file that says so.
    pub(super) fn remote(&self, host: &Host, branch: &str) -> Result<Option<(String, String)>, ReadError> {
        let path = format!("{}/config", self.common);
        let text = match host.text(&path) {
            Err(error) if error.is_missing() => return Ok(None),
            text => text?,
        };
        let mut section = String::new();
        let mut urls: Vec<(String, String)> = Vec::new();
        let mut own = None;
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                name.clone_into(&mut section);
            } else if let Some((key, value)) = line.split_once('=') {
                let part = |kind: &str| section.strip_prefix(kind)?.trim().strip_prefix('"')?.strip_suffix('"');
                match (key.trim(), part("remote"), part("branch")) {
                    ("url", Some(name), _) => urls.push((name.to_owned(), value.trim().to_owned())),
                    ("remote", _, Some(name)) if name == branch => own = Some(value.trim().to_owned()),
                    _ => {}
                }
            }
        }
        let wanted = own.unwrap_or_else(|| "origin".to_owned());
        let url = urls.iter().find(|(name, _)| *name == wanted).or_else(|| urls.first());
        Ok(url.map(|(_, url)| (url.clone(), path)))
    }
}

fn packed_refs(host: &Host, path: &str) -> Result<String, ReadError> {
    match host.text_up_to(path, REFS_CAP) {
        Err(error) if error.is_missing() => Ok(String::new()),
        text => text,
    }
}

/// Whether this is an object's number: SHA-1 or SHA-256 in hexadecimal.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn join(folder: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") }
}
