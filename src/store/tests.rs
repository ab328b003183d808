use super::*;
use crate::model::{Path as FactPath, TreeBuilder, Value};

fn snapshot(label: &str, time: &str) -> Snapshot {
    let mut facts = TreeBuilder::new();
    let mut values: Vec<_> =
        (0..2000_u64).map(|i| (FactPath::new(["a".to_owned(), i.to_string()]), Value::from(i * i))).collect();
    facts.facts(&mut values);
    let mut snapshot = Snapshot { facts: facts.finish(), ..Snapshot::default() };
    snapshot.meta.label = label.to_owned();
    snapshot.meta.captured_at = Some(time.parse().expect("a time"));
    snapshot
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path().join("new/snapshots"));
    (dir, store)
}

const NOON: &str = "2026-01-31T12:00:00Z";

#[test]
fn what_is_saved_is_loaded_whole() {
    let (_dir, store) = store();
    assert_eq!(store.list().expect("no folder is an empty store"), []);
    let saved = snapshot("staging", NOON);
    let entry = store.save(&saved).expect("saves");
    let loaded = store.load(&entry, &Default::default()).expect("loads");
    assert_eq!(loaded.snapshot, saved);
    assert_eq!(loaded.warnings, Vec::<String>::new());
    assert_eq!(entry.header().expect("a header").facts, Some(2000));
    assert_eq!(store.list().expect("lists"), [entry]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_store() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, store) = store();
    let entry = store.save(&snapshot("a", NOON)).expect("saves");
    let mode = |path: &Path| std::fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!((mode(store.folder()), mode(&entry.path)), (0o700, 0o600));
}

#[test]
fn hostile_labels_stay_in_the_folder() {
    let (_dir, store) = store();
    let long = "é".repeat(100_000);
    for label in ["../x", "a/b", "", "日本", "a\0b\u{1b}[31m", ".", "..", "-rf", "a@2026-01-31", "a~1", "%41", &long]
    {
        let saved = snapshot(label, NOON);
        let entry = store.save(&saved).expect(label);
        assert_eq!(entry.path.parent(), Some(store.folder()));
        assert_eq!(store.of_label(label).expect("lists"), std::slice::from_ref(&entry), "{label}");
        assert_eq!(store.load(&entry, &Default::default()).expect(label).snapshot, saved);
        assert!(label.is_empty() || label == long || entry.label == label);
    }
    assert!(store.list().expect("lists").iter().all(|entry| entry.problem.is_none()));
}

#[test]
fn savers_at_one_moment_each_get_a_file() {
    let (_dir, store) = store();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| store.save(&snapshot("a", NOON)).expect("saves"));
        }
    });
    let entries = store.list().expect("lists");
    assert_eq!(entries.iter().map(|entry| entry.age).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert!(entries.iter().all(|entry| entry.problem.is_none()));
}

#[test]
fn entries_stand_by_label_newest_first() {
    let (_dir, store) = store();
    for (label, time) in [("s2", NOON), ("s10", NOON), ("s2", "2026-01-31T12:00:00.5Z"), ("s2", "2025-12-01T00:00:00Z")]
    {
        store.save(&snapshot(label, time)).expect("saves");
    }
    let said: Vec<_> = store.list().expect("lists").into_iter().map(|e| (e.label, e.age)).collect();
    let expected = [("s2", 0), ("s2", 1), ("s2", 2), ("s10", 0)];
    assert_eq!(said, expected.map(|(label, age)| (label.to_owned(), age)));
    assert_eq!(store.labels().expect("lists"), ["s2", "s10"]);
}

#[test]
fn broken_and_foreign_files_are_listed_with_their_problem() {
    let (_dir, store) = store();
    let whole = store.save(&snapshot("whole", NOON)).expect("saves");
    let bytes = std::fs::read(&whole.path).expect("reads");
    let mut text = Vec::new();
    format::write(&snapshot("text", NOON), &mut text).expect("memory does not fail");
    let put = |name: &str, bytes: &[u8]| std::fs::write(store.folder().join(name), bytes).expect("writes");
    put("cut@2026-01-31T120000Z.json.zst", &bytes[..bytes.len() - 9]);
    put("early@2026-01-31T120000Z.json.zst", &bytes[..20]);
    put("empty@2026-01-31T120000Z.json", b"");
    put("half@2026-01-31T120000Z.json", &text[..text.len() / 2]);
    put("newer@2026-01-31T120000Z.json", b"{\"driftglass\":2,\"meta\":{}}");
    put("noise@2026-01-31T120000Z.json", b"\xff\xfe\x00");
    put("notes.txt", b"remember");
    put("text@2026-01-31T120000Z.json", &text);
    put(".driftglass-1234", b"left by a crash");
    let listed: Vec<_> = store.list().expect("lists").into_iter().map(|e| (e.label, e.problem)).collect();
    let problem = |label: &str| {
        let found = listed.iter().find(|(l, _)| l == label).expect(label);
        found.1.clone().unwrap_or_default()
    };
    assert_eq!(listed.len(), 9);
    assert_eq!((problem("whole").as_str(), problem("text").as_str()), ("", ""));
    assert!(problem("cut").contains("truncated"));
    assert!(problem("early").contains("truncated"));
    assert_eq!(problem("empty"), "the file is empty");
    assert!(problem("half").contains("truncated"));
    assert!(problem("newer").contains("newer"));
    assert!(problem("noise").contains("not JSON"), "{}", problem("noise"));
    assert!(problem("notes.txt").contains("not saved by the store"));
}

#[test]
fn an_unfinished_capture_is_kept_beside_the_others_until_it_is_saved() {
    let (_dir, store) = store();
    store.save(&snapshot("here", "2026-01-30T12:00:00Z")).expect("saves");
    let mut part = Part::new(&store);
    let file = part.keep(&snapshot("here", NOON)).expect("writes").to_owned();
    assert_eq!(part.keep(&snapshot("here", NOON)).expect("writes"), file, "it is replaced");
    let listed = store.list().expect("lists");
    let parts: Vec<_> = listed.iter().filter(|entry| entry.is_part).collect();
    assert_eq!((listed.len(), parts.len()), (2, 1));
    assert!(parts[0].problem.as_deref().is_some_and(|why| why.contains("not come to its end")));
    assert_eq!(store.of_label("here").expect("lists").len(), 1, "its name means whole ones only");
    assert!(format::read(&read(&file).expect("is there")).is_ok(), "it is whole at any time");
    store.save(&snapshot("here", NOON)).expect("saves");
    assert!(!file.exists());
    let mut other = Part::new(&store);
    let file = other.keep(&snapshot("other", NOON)).expect("writes").to_owned();
    other.remove();
    assert!(!file.exists());
}

#[test]
fn nothing_outside_is_removed() {
    let (dir, store) = store();
    let mut entry = store.save(&snapshot("a", NOON)).expect("saves");
    let outside = dir.path().join("keep");
    std::fs::write(&outside, "mine").expect("writes");
    let inside = entry.path.clone();
    for path in
        [outside.clone(), store.folder().join("../../keep"), store.folder().join(".."), store.folder().to_owned()]
    {
        entry.path = path;
        assert!(matches!(store.remove(&entry), Err(StoreError::Outside(_))));
    }
    entry.path = inside;
    store.remove(&entry).expect("removes");
    assert!(outside.is_file() && store.list().expect("lists").is_empty());
    assert!(matches!(store.remove(&entry), Err(StoreError::Remove { .. })));
}
