//! Names for snapshots of one label: two roots of one host name, a file and the copy of it. What users typed tells them
//! apart better than a number.

use super::parse::label_of;
use super::{Reference, Resolved};
use crate::model::{Alias, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// So many folders above a name may be needed to tell it from another's.
const FOLDERS: usize = 3;

/// What a snapshot was called by whoever asked for it: the folders above it and its own name, outermost first.
pub(super) fn parts(reference: &Reference) -> Vec<String> {
    let of_path = |path: &Path, name: String| -> Vec<String> {
        let folders = path.parent().into_iter().flat_map(Path::components);
        let folders = folders.filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            std::path::Component::ParentDir => Some("..".to_owned()),
            _ => None,
        });
        folders.chain([name]).collect()
    };
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    match reference {
        Reference::File(path) => of_path(path, label_of(path)),
        Reference::Root(path) => name(path).map(|name| of_path(path, name)).unwrap_or_default(),
        Reference::Stdin => vec!["stdin".to_owned()],
        Reference::Live => vec!["live".to_owned()],
        Reference::Stored { label, .. } => vec![label.clone()],
        Reference::Git { revision, path } => vec![format!("{revision}:{}", label_of(Path::new(path)))],
        Reference::Example(name) | Reference::Environment(name) => vec![name.clone()],
        Reference::Ssh { host, .. } => vec![host.clone()],
    }
}

/// Calls snapshots of one label by what they were asked for with, where that tells them apart.
pub fn tell_apart(all: &mut [Resolved]) {
    let mut of_label: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, resolved) in all.iter().enumerate() {
        of_label.entry(resolved.snapshot.meta.label.clone()).or_default().push(at);
    }
    let labels: BTreeSet<String> = of_label.keys().cloned().collect();
    for (label, places) in of_label.iter().filter(|(_, places)| places.len() > 1) {
        let names = (1..=FOLDERS + 1).map(|count| -> Vec<String> {
            let last = |at: &usize| all[*at].called[all[*at].called.len().saturating_sub(count)..].join("/");
            places.iter().map(last).collect()
        });
        let is_free = |name: &String| !name.is_empty() && (name == label || !labels.contains(name));
        let tells = |names: &Vec<String>| {
            names.iter().all(is_free) && names.iter().collect::<BTreeSet<_>>().len() == names.len()
        };
        let Some(names) = names.into_iter().find(tells) else { continue };
        for (at, name) in places.iter().zip(names) {
            call(&mut all[*at].snapshot, &name);
        }
    }
}

impl Resolved {
    /// Calls it by its own name, for whoever sees then whether another has its label.
    pub fn propose(&mut self) {
        if let Some(name) = self.called.last() {
            call(&mut self.snapshot, name);
        }
    }
}

/// Calls a snapshot by a name.
fn call(snapshot: &mut Arc<Snapshot>, name: &str) {
    Arc::make_mut(snapshot).meta.alias = Alias::new(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[(&str, &str)]) -> Vec<String> {
        let one = |(label, reference): &(&str, &str)| {
            let mut snapshot = Snapshot::default();
            snapshot.meta.label = (*label).to_owned();
            let called = parts(&reference.parse().expect("a reference"));
            Resolved {
                snapshot: Arc::new(snapshot),
                called,
                warnings: Vec::new(),
                source: String::new(),
                redacted: Vec::new(),
                part: None,
            }
        };
        let mut all: Vec<Resolved> = all.iter().map(one).collect();
        tell_apart(&mut all);
        all.iter().map(|one| one.snapshot.meta.name().to_owned()).collect()
    }

    #[test]
    fn snapshots_of_one_label_are_called_by_what_was_typed() {
        assert_eq!(names(&[("web", "root:/srv/old"), ("web", "root:/srv/new"), ("db", "live")]), ["old", "new", "db"]);
        assert_eq!(names(&[("web", "a/web.json"), ("web", "./b/web.json.zst")]), ["a/web", "b/web"]);
        assert_eq!(names(&[("web", "git:HEAD~1:web.json"), ("web", "web.json")]), ["HEAD~1:web", "web"]);
        assert_eq!(names(&[("web", "live"), ("web", "root:/srv/image.tar.gz")]), ["live", "image.tar.gz"]);
    }

    #[test]
    fn a_label_of_its_own_stays_and_so_does_what_nothing_tells_apart() {
        assert_eq!(names(&[("web", "a.json"), ("db", "b.json")]), ["web", "db"]);
        assert_eq!(names(&[("web", "a.json"), ("web", "a.json")]), ["web", "web"]);
        assert_eq!(names(&[("web", "x/db.json"), ("web", "x/a.json"), ("db", "c.json")]), ["x/db", "x/a", "db"]);
        assert_eq!(names(&[("web", "store:web"), ("web", "store:web~1")]), ["web", "web"]);
    }
}
