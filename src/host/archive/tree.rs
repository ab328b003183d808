//! What an archive's members come to once the last one is read: folders, files and links, without their bytes.

use super::super::{Entry, EntryKind, ReadError};
use super::keep::Place;
use rustix::io::Errno;
use std::collections::HashMap;
use std::io;

/// The most names that an archive may hold, in all layers together.
const NAMES: usize = 1_000_000;

/// The longest path and name of a member, in bytes: `PATH_MAX` and `NAME_MAX` of Linux. Longer ones could not be unpacked.
const PATH_MAX: usize = 4096;
const NAME_MAX: usize = 255;

/// How many links are followed on the way to one file, as in path_resolution(7).
const LINKS: usize = 40;

/// What a layer's file of this beginning takes away from the layers beneath it (OCI image layer specification).
const WHITEOUT: &str = ".wh.";
/// And the whole folder with it.
const OPAQUE: &str = ".wh..wh..opq";

pub(super) type Id = u32;

/// The root folder of every tree.
pub(super) const ROOT: Id = 0;

/// What stands behind a name.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) body: Body,
    /// Permission bits.
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Seconds since 1970.
    pub(super) modified: i64,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    Folder(HashMap<Box<str>, Id>),
    File {
        size: u64,
        place: Place,
    },
    Link(Box<str>),
    /// A device or a pipe.
    Other,
}

impl Node {
    /// A folder that no member describes.
    fn folder() -> Self {
        Self { body: Body::Folder(HashMap::new()), mode: 0o755, uid: 0, gid: 0, modified: 0 }
    }

    pub(super) fn kind(&self) -> EntryKind {
        match self.body {
            Body::Folder(_) => EntryKind::Folder,
            Body::File { .. } => EntryKind::File,
            Body::Link(_) => EntryKind::Link,
            Body::Other => EntryKind::Other,
        }
    }
}

/// The files of an archive, or of one layer of an image.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::folder()] }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    pub(super) fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    fn children(&mut self, id: Id) -> Option<&mut HashMap<Box<str>, Id>> {
        match self.nodes.get_mut(id as usize) {
            Some(Node { body: Body::Folder(children), .. }) => Some(children),
            _ => None,
        }
    }

    fn push(&mut self, node: Node) -> io::Result<Id> {
        if self.nodes.len() >= NAMES {
            return Err(io::Error::other(format!("the archive holds more than {NAMES} names")));
        }
        self.nodes.push(node);
        Ok((self.nodes.len() - 1) as Id)
    }

    /// Adds a member; what had its name before is replaced, but a folder keeps what is in it. Names that lead out of the
    /// root or could not be unpacked are left out, as tar(1) leaves them out.
    pub(super) fn add(&mut self, path: &[u8], node: Node) -> io::Result<Option<Id>> {
        let path = String::from_utf8_lossy(path);
        let Some(names) = names(&path) else { return Ok(None) };
        let Some((last, above)) = names.split_last() else {
            // The root itself.
            if let (Body::Folder(_), Some(root)) = (&node.body, self.nodes.get_mut(ROOT as usize)) {
                (root.mode, root.uid, root.gid) = (node.mode, node.uid, node.gid);
            }
            return Ok(Some(ROOT));
        };
        let folder = self.enter(above)?;
        let old = self.children(folder).and_then(|children| children.get(*last).copied());
        if let (Some(id), Body::Folder(_)) = (old, &node.body)
            && let Some(Node { body: Body::Folder(_), mode, uid, gid, .. }) = self.nodes.get_mut(id as usize)
        {
            (*mode, *uid, *gid) = (node.mode, node.uid, node.gid);
            return Ok(Some(id));
        }
        let id = self.push(node)?;
        self.name(folder, last, id);
        Ok(Some(id))
    }

    /// Gives a file a further name: a hard link. Whether the file is there.
    pub(super) fn add_hard_link(&mut self, path: &[u8], target: &[u8]) -> io::Result<bool> {
        let (path, target) = (String::from_utf8_lossy(path), String::from_utf8_lossy(target));
        let (Some(names), Some(_)) = (names(&path), self::names(&target)) else { return Ok(false) };
        // The link of a link is the same link.
        let Ok(id) = self.resolve(ROOT, &target, false) else { return Ok(false) };
        let Some((last, above)) = names.split_last() else { return Ok(false) };
        if self.node(id).is_none_or(|node| node.kind() == EntryKind::Folder) {
            return Ok(false);
        }
        let folder = self.enter(above)?;
        self.name(folder, last, id);
        Ok(true)
    }

    fn name(&mut self, folder: Id, name: &str, id: Id) {
        if let Some(children) = self.children(folder) {
            children.insert(name.into(), id);
        }
    }

    /// The folder that these names lead to: each is one that is there, what a link there leads to, or a new one.
    fn enter(&mut self, names: &[&str]) -> io::Result<Id> {
        let mut trail = vec![ROOT];
        for name in names {
            let at = trail.last().copied().unwrap_or(ROOT);
            let there = self.children(at).and_then(|children| children.get(*name).copied());
            match there.and_then(|id| Some((id, &self.node(id)?.body))) {
                Some((id, Body::Folder(_))) => {
                    trail.push(id);
                    continue;
                }
                Some((_, Body::Link(_))) => {
                    let led = self.walk(trail.clone(), name, true).ok();
                    let is_folder = |id: &Id| self.node(*id).is_some_and(|node| node.kind() == EntryKind::Folder);
                    if let Some(led) = led.filter(|led| led.last().is_some_and(is_folder)) {
                        trail = led;
                        continue;
                    }
                }
                _ => {}
            }
            let id = self.push(Node::folder())?;
            self.name(at, name, id);
            trail.push(id);
        }
        Ok(trail.last().copied().unwrap_or(ROOT))
    }

    /// What a path leads to from the folder that stands for `/`, links resolved inside it.
    pub(super) fn resolve(&self, root: Id, path: &str, follow_last: bool) -> Result<Id, ReadError> {
        let trail = self.walk(vec![root], path, follow_last)?;
        trail.last().copied().ok_or_else(|| ReadError::Missing(path.to_owned()))
    }

    /// Goes along a path. The trail is the folders on the way, from the one that stands for `/` and is never left.
    fn walk(&self, mut trail: Vec<Id>, path: &str, follow_last: bool) -> Result<Vec<Id>, ReadError> {
        let missing = || ReadError::Missing(path.to_owned());
        if path.starts_with('/') {
            trail.truncate(1);
        }
        // A name and whether it is the last of the path; what comes next is last.
        let mut ahead: Vec<(&str, bool)> = Vec::new();
        queue(&mut ahead, path, true);
        let mut links = 0;
        while let Some((name, is_last)) = ahead.pop() {
            let at = trail.last().copied().unwrap_or(ROOT);
            let Some(Node { body: Body::Folder(children), .. }) = self.node(at) else { return Err(missing()) };
            if name == ".." {
                if trail.len() > 1 {
                    trail.pop();
                }
                continue;
            }
            let next = *children.get(name).ok_or_else(missing)?;
            match self.node(next).map(|node| &node.body) {
                Some(Body::Link(target)) if follow_last || !is_last => {
                    links += 1;
                    if links > LINKS {
                        return Err(ReadError::Io { path: path.to_owned(), source: Errno::LOOP.into() });
                    }
                    if target.starts_with('/') {
                        trail.truncate(1);
                    }
                    queue(&mut ahead, target, is_last);
                }
                Some(_) => trail.push(next),
                None => return Err(missing()),
            }
        }
        Ok(trail)
    }

    pub(super) fn list(&self, id: Id) -> Option<Vec<Entry>> {
        let Body::Folder(children) = &self.node(id)?.body else { return None };
        let kind = |id: &Id| self.node(*id).map(Node::kind);
        let entries = children.iter().filter_map(|(name, id)| Some(Entry { name: name.to_string(), kind: kind(id)? }));
        Some(entries.collect())
    }

    /// Lays a layer of an image over this tree: what it has stands, what it strikes out goes.
    pub(super) fn overlay(&mut self, layer: &Tree) -> io::Result<()> {
        // Hard links stay links.
        let mut copied: HashMap<Id, Id> = HashMap::new();
        let mut open = vec![(ROOT, ROOT)];
        while let Some((upper, lower)) = open.pop() {
            let Some(Node { body: Body::Folder(names), .. }) = layer.node(upper) else { continue };
            if let Some(below) = self.children(lower) {
                // Before anything is laid: a layer strikes out only what lies beneath it.
                if names.contains_key(OPAQUE) {
                    below.clear();
                }
                for gone in names.keys().filter_map(|name| name.strip_prefix(WHITEOUT)) {
                    below.remove(gone);
                }
            }
            for (name, id) in names.iter().filter(|(name, _)| !name.starts_with(WHITEOUT)) {
                let Some(node) = layer.node(*id) else { continue };
                let there = self.children(lower).and_then(|children| children.get(name).copied());
                let is_folder = node.kind() == EntryKind::Folder;
                let merged = there.filter(|id| is_folder && self.node(*id).is_some_and(|n| n.kind() == node.kind()));
                let own = match (merged, copied.get(id)) {
                    (Some(own), _) | (None, Some(&own)) => own,
                    (None, None) => {
                        let bare = if is_folder { Node::folder() } else { node.clone() };
                        let own = self.push(bare)?;
                        copied.insert(*id, own);
                        own
                    }
                };
                if let Some(target) = self.nodes.get_mut(own as usize) {
                    (target.mode, target.uid, target.gid) = (node.mode, node.uid, node.gid);
                }
                self.name(lower, name, own);
                if is_folder {
                    open.push((*id, own));
                }
            }
        }
        Ok(())
    }
}

/// The names in a member's path; `None` where it leads upwards or could not be unpacked.
fn names(path: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
    let fits = path.len() <= PATH_MAX && names.iter().all(|name| *name != ".." && name.len() <= NAME_MAX);
    (fits && !path.contains('\0')).then_some(names)
}

/// Puts a path's names on the stack of what comes next.
fn queue<'a>(ahead: &mut Vec<(&'a str, bool)>, path: &'a str, mut is_last: bool) {
    for name in path.rsplit('/').filter(|name| !name.is_empty() && *name != ".") {
        ahead.push((name, is_last));
        is_last = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mode: u32) -> Node {
        Node { body: Body::File { size: 0, place: Place::Empty }, mode, uid: 0, gid: 0, modified: 0 }
    }

    fn link(target: &str) -> Node {
        Node { body: Body::Link(target.into()), mode: 0o777, uid: 0, gid: 0, modified: 0 }
    }

    fn tree(members: Vec<(&str, Node)>) -> Tree {
        let mut tree = Tree::new();
        for (path, node) in members {
            tree.add(path.as_bytes(), node).expect("fits");
        }
        tree
    }

    fn mode(tree: &Tree, path: &str) -> Option<u32> {
        tree.resolve(ROOT, path, true).ok().and_then(|id| tree.node(id)).map(|node| node.mode)
    }

    #[test]
    fn links_are_resolved_inside() {
        let tree = tree(vec![
            ("./usr/lib/os-release", file(1)),
            ("etc/os-release", link("../usr/lib/os-release")),
            ("etc/absolute", link("/usr/lib/os-release")),
            ("etc/out", link("../../../../usr/lib/os-release")),
            ("etc/loop", link("loop")),
            ("lib", link("usr/lib")),
            ("lib/through", file(2)),
            ("var/run", link("../run/x")),
            ("run/x/a", file(0)),
            ("var/run/b", file(3)),
            ("etc/chain", link("/lib/../lib/through")),
        ]);
        for path in
            ["/etc/os-release", "etc/absolute", "/etc/out", "/../etc/out", "/lib/os-release", "/lib//./os-release"]
        {
            assert_eq!(mode(&tree, path), Some(1), "{path}");
        }
        assert_eq!(mode(&tree, "/usr/lib/through"), Some(2));
        assert_eq!(mode(&tree, "/etc/chain"), Some(2));
        assert_eq!(mode(&tree, "/run/x/b"), Some(3));
        let error = tree.resolve(ROOT, "/etc/loop", true).expect_err("a loop");
        assert!(error.to_string().contains("symbolic links"), "{error}");
        assert!(tree.resolve(ROOT, "/etc/loop", false).is_ok());
        assert!(tree.resolve(ROOT, "/etc/os-release/x", true).expect_err("a file").is_missing());
    }

    #[test]
    fn the_last_of_a_name_stands() {
        let mut tree = tree(vec![("a", file(1)), ("b", file(2)), ("d/x", file(3)), ("d", file(4)), ("e/x", file(5))]);
        tree.add(b"a", file(6)).expect("fits");
        tree.add(b"e/", Node { mode: 0o700, ..Node::folder() }).expect("fits");
        assert_eq!((mode(&tree, "a"), mode(&tree, "d"), mode(&tree, "d/x")), (Some(6), Some(4), None));
        assert_eq!((mode(&tree, "e"), mode(&tree, "e/x")), (Some(0o700), Some(5)));
    }

    #[test]
    fn nothing_leads_out_and_nothing_is_endless() {
        let mut tree = tree(vec![("../../etc/passwd", file(1)), ("a/../b", file(1)), ("/etc/shadow", file(2))]);
        assert_eq!((mode(&tree, "etc/passwd"), mode(&tree, "b"), mode(&tree, "etc/shadow")), (None, None, Some(2)));
        let long = "x/".repeat(3000);
        assert!(tree.add(long.as_bytes(), file(1)).expect("left out").is_none());
        assert!(tree.add("n".repeat(300).as_bytes(), file(1)).expect("left out").is_none());
        assert!(tree.add(b"./", Node { mode: 0o711, ..Node::folder() }).expect("the root").is_some());
        assert_eq!(mode(&tree, "/"), Some(0o711));
    }

    #[test]
    fn hard_links_are_the_same_file() {
        let mut tree = tree(vec![("a", file(1)), ("d/x", file(2))]);
        assert!(tree.add_hard_link(b"b", b"./a").expect("fits"));
        assert!(!tree.add_hard_link(b"c", b"none").expect("fits") && !tree.add_hard_link(b"c", b"d").expect("fits"));
        assert!(!tree.add_hard_link(b"c", b"../a").expect("fits"));
        tree.add(b"a", file(3)).expect("fits");
        assert_eq!((mode(&tree, "a"), mode(&tree, "b"), mode(&tree, "c")), (Some(3), Some(1), None));
    }

    #[test]
    fn layers_strike_out_what_is_beneath_them() {
        let mut image = tree(vec![("etc/a", file(1)), ("etc/b", file(1)), ("var/x/y", file(1)), ("opt/z", file(1))]);
        let layer = tree(vec![
            ("etc/.wh.a", file(0)),
            ("etc/c", file(2)),
            ("var/x/.wh..wh..opq", file(0)),
            ("var/x/new", file(2)),
            ("opt", link("var")),
            (".wh.none", file(0)),
        ]);
        image.overlay(&layer).expect("fits");
        let found = ["etc/a", "etc/b", "etc/c", "var/x/y", "opt/x/new", "opt/z", "etc/.wh.a"].map(|p| mode(&image, p));
        assert_eq!(found, [None, Some(1), Some(2), None, Some(2), None, None]);
    }
}
