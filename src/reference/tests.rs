use super::*;
use crate::store::write;
use std::path::{Path, PathBuf};

struct Sandbox {
    dir: tempfile::TempDir,
    workspace: Workspace,
}

impl Sandbox {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let mut workspace = Workspace::new(&dir.path().join("store"), Some(Box::new(&b"{\"a\":1}"[..])));
        workspace.context_mut().folder = dir.path().to_owned();
        Self { dir, workspace }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        write(&path, |out| out.write_all(bytes)).expect("writes");
        path
    }

    fn save(&self, label: &str, time: &str) {
        let mut snapshot = crate::model::Snapshot::default();
        snapshot.meta.label = label.to_owned();
        snapshot.meta.captured_at = Some(time.parse().expect("a time"));
        self.workspace.save(&snapshot).expect("saves");
    }

    fn resolve(&self, text: &str) -> Result<Resolved, ReferenceError> {
        self.workspace.resolve(&text.parse()?, &mut |_| {})
    }

    fn time(&self, text: &str) -> String {
        let resolved = self.resolve(text).expect(text);
        resolved.snapshot.meta.captured_at.map(|at| at.to_string()).unwrap_or_default()
    }

    fn refused(&self, text: &str) -> (String, String) {
        let error = self.resolve(text).expect_err(text);
        (error.to_string(), error.hint().unwrap_or_default())
    }

    fn git(&self, arguments: &[&str]) {
        #[allow(clippy::disallowed_methods, reason = "a test makes its own repository")]
        let status = std::process::Command::new("git")
            .arg("-C")
            .arg(self.dir.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .status();
        assert!(status.expect("git runs").success());
    }
}

#[test]
fn names_choose_among_what_is_stored() {
    let sandbox = Sandbox::new();
    for time in ["2026-01-30T12:00:00Z", "2026-01-31T23:59:59.9Z", "2026-02-01T00:00:00Z"] {
        sandbox.save("web", time);
    }
    assert_eq!(sandbox.time("web"), "2026-02-01T00:00:00Z");
    assert_eq!(sandbox.time("web~0"), "2026-02-01T00:00:00Z");
    assert_eq!(sandbox.time("web~2"), "2026-01-30T12:00:00Z");
    assert_eq!(sandbox.time("web@2026-01-31"), "2026-01-31T23:59:59.9Z");
    assert_eq!(sandbox.time("web@9999-12-31"), "2026-02-01T00:00:00Z");
    assert_eq!(sandbox.time("web@2026-01-31T23:59:59Z"), "2026-01-31T23:59:59.9Z");
    assert_eq!(sandbox.time("web@2026-01-31T23:59:58Z"), "2026-01-30T12:00:00Z");
    assert_eq!(sandbox.refused("web~3").0, "web~3: the store has 3 of \"web\", the oldest of 2026-01-30 12:00:00Z");
    assert!(sandbox.refused("web@2026-01-29").0.contains("the oldest of"));
    sandbox.save("web~2", "2020-01-01T00:00:00Z");
    assert_eq!(sandbox.time("web~2"), "2026-01-30T12:00:00Z", "a label never changes what a selection means");
    assert_eq!(sandbox.time("web~2~0"), "2020-01-01T00:00:00Z");
    sandbox.save("live", "2020-01-02T00:00:00Z");
    assert_eq!(sandbox.time("store:live"), "2020-01-02T00:00:00Z");
    for entry in sandbox.workspace.list().expect("lists") {
        let reference = Reference::from(&entry).to_string().parse().expect("a reference");
        assert_eq!(sandbox.workspace.entry(&reference).expect("an entry").path, entry.path);
    }
}

#[test]
fn a_name_that_is_not_there_brings_the_nearest() {
    let sandbox = Sandbox::new();
    assert!(sandbox.refused("staging").1.contains("the store is empty"));
    sandbox.save("staging", "2026-01-30T12:00:00Z");
    let (message, hint) = sandbox.refused("stagin");
    assert_eq!(message, "no snapshot named \"stagin\" in the store");
    assert_eq!(hint, "did you mean \"staging\"? (driftglass list shows all)");
    assert_eq!(sandbox.refused("\u{1b}[31m").0, "no snapshot named \"\\e[31m\" in the store");
    sandbox.save("odd~1", "2026-01-30T12:00:00Z");
    assert_eq!(sandbox.refused("odd").1, "did you mean \"odd~1~0\"? (driftglass list shows all)");
}

#[test]
fn bare_facts_are_labelled_by_their_file() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("stg-01.json", b"{\"a\":1}");
    let resolved = sandbox.resolve(path.to_str().expect("UTF-8")).expect("loads");
    assert_eq!((resolved.snapshot.meta.label.as_str(), resolved.source), ("stg-01", path.display().to_string()));
}

#[test]
fn bad_files_say_which_and_what() {
    let sandbox = Sandbox::new();
    let deep = "{\"a\":".repeat(100_000);
    let files: [(&str, &[u8], &str); 7] = [
        ("empty.json", b"", "the file is empty"),
        ("list.json", b"[]", "this is an array"),
        ("cut.json", b"{\"a\":", "truncated"),
        ("bytes.json", b"{\"a\":\"\xff\"}", "not UTF-8 at byte 6"),
        ("later.json", b"{\"driftglass\":2}", "format 2 is newer"),
        ("deep.json", deep.as_bytes(), "127 levels deep"),
        ("bad.json.zst", b"\x28\xb5\x2f\xfdxx", "zstd data cannot be decompressed"),
    ];
    for (name, bytes, part) in files {
        let path = sandbox.file(name, bytes);
        let (message, hint) = sandbox.refused(path.to_str().expect("UTF-8"));
        assert!(message.contains(name) && message.contains(part), "{message}");
        assert!(!hint.is_empty() || message.contains("a newer driftglass reads it"), "{message}");
    }
    let (message, hint) = sandbox.refused("/no/such.json");
    assert!(message.ends_with("no such file") && hint.contains("driftglass list"), "{message} {hint}");
    assert!(sandbox.refused("staging@2020-13-45").1.starts_with("a day is written"));
    let (message, hint) = sandbox.refused("/etc/");
    assert!(message.contains("is a folder") && hint.starts_with("root:/etc/"), "{message} {hint}");
    assert!(sandbox.refused("/dev/zero").0.contains("is a device"));
    assert!(sandbox.refused("root:/no/such").0.starts_with("cannot capture /no/such"));
    let packed = sandbox.file("sos.tar.xz", b"\xfd7zXZ\0 and so on");
    let (message, hint) = sandbox.refused(packed.to_str().expect("UTF-8"));
    assert!(message.contains("sos.tar.xz") && hint.contains("captures an archive as another root"), "{message} {hint}");
    let (message, _) = sandbox.refused(&format!("root:{}", packed.display()));
    assert!(message.starts_with("cannot capture") && message.contains("xz"), "{message}");
    assert!(sandbox.refused("example:nowhere").0.contains("no example named"));
    let (message, hint) = sandbox.refused("ssh://ann@host:2222");
    assert!(message.contains("cannot capture over ssh yet") && hint.contains("ssh -p 2222 ann@host"));
}

#[test]
fn standard_input_is_read_once() {
    let sandbox = Sandbox::new();
    let resolved = sandbox.resolve("-").expect("loads");
    assert_eq!((resolved.snapshot.meta.label.as_str(), resolved.snapshot.facts.leaf_count()), ("stdin", 1));
    assert_eq!(sandbox.refused("-").0, "-: standard input can be read only once");
}

#[test]
fn a_file_of_a_git_revision_is_read() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q"]);
    sandbox.file("web.json", b"{\"a\":1}");
    sandbox.git(&["add", "web.json"]);
    sandbox.git(&["commit", "-qm", "first"]);
    sandbox.file("web.json", b"{\"a\":1,\"b\":2}");
    sandbox.git(&["commit", "-qam", "second"]);
    // What is new was not there; what is kept out of the repository is only known as it is now.
    sandbox.file(".gitignore", b"local.json\n");
    for (name, is_now) in [("new.json", false), ("local.json", true)] {
        let path = sandbox.file(name, b"{\"a\":1}");
        let reference = path.to_str().expect("UTF-8").parse().expect("a reference");
        let then = sandbox.workspace.resolve_at(&reference, "HEAD").expect("asks git");
        assert_eq!(matches!(then, super::AtRevision::AsNow), is_now, "{name}: {then:?}");
    }
    let first = sandbox.resolve("git:HEAD~1:web.json").expect("loads");
    assert_eq!((first.snapshot.facts.leaf_count(), first.snapshot.meta.label.as_str()), (1, "web"));
    assert_eq!(sandbox.resolve("git:HEAD:./web.json").expect("loads").snapshot.facts.leaf_count(), 2);
    let gone = sandbox.refused("git:HEAD:gone.json").0;
    assert!(gone.starts_with("git:HEAD:gone.json: git: ") && gone.contains("gone.json"), "{gone}");
    assert!(sandbox.refused("git:nowhere:web.json").0.contains("nowhere"));
    assert!(sandbox.refused("git:HEAD:.").0.contains("git"));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
fn another_root_is_captured() {
    let sandbox = Sandbox::new();
    let mut events = 0;
    let (root, empty) = (sandbox.dir.path(), sandbox.dir.path().join("empty"));
    std::fs::create_dir_all(&empty).and_then(|()| std::fs::create_dir_all(root.join("etc"))).expect("folders");
    std::fs::write(root.join("etc/hostname"), "web-1\n").expect("a file");
    let nothing = sandbox.refused(&format!("root:{}", empty.display())).0;
    assert!(nothing.contains("there is nothing of a machine in it"), "{nothing}");
    let reference = Reference::Root(root.to_owned());
    let resolved = sandbox.workspace.resolve(&reference, &mut |_| events += 1).expect("captures");
    assert_eq!(resolved.snapshot.meta.root.as_deref(), sandbox.dir.path().to_str());
    assert!(events >= probe_count() && !probe_name(0).is_empty() && probe_name(usize::MAX).is_empty());
}

/// The JSONTestSuite: `y_` must be read, `n_` must be refused, `i_` may be either.
#[test]
fn the_json_test_suite_is_read_and_refused_as_it_must_be() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/json/test_parsing");
    #[allow(clippy::disallowed_methods, reason = "a test lists its fixtures")]
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no fixtures at {}", folder.display());
        return;
    };
    let sandbox = Sandbox::new();
    let mut objects = 0;
    for file in files {
        let path = file.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let result = sandbox.workspace.resolve(&Reference::File(path.clone()), &mut |_| {});
        let bytes = crate::store::read(&path).expect("reads");
        match &result {
            Ok(_) => assert!(!name.starts_with("n_"), "{name} was read"),
            Err(error) if name.starts_with("y_") => {
                assert!(!bytes.trim_ascii_start().starts_with(b"{"), "{name}: {error}");
                assert!(error.to_string().contains("a snapshot is a JSON object"), "{name}: {error}");
            }
            Err(error) => assert!(error.to_string().contains(&name), "{error}"),
        }
        objects += usize::from(name.starts_with("y_object") && result.is_ok());
    }
    assert!(objects >= 12, "{objects}");
}
