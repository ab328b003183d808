//! `deployments.releases`: what is deployed in the folders that the user lists: a work tree of git, a link to one of
//! several releases, what a release says of itself.

use super::git::Repository;
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, ReadError};
use crate::model::{Problem, ProblemKind, Value};
use std::sync::Arc;

/// Files in which releases state what they are, in a line.
const STATED: [&str; 12] = [
    "REVISION",
    "VERSION",
    "BUILD",
    "RELEASE",
    "COMMIT",
    "BUILD_ID",
    "version.txt",
    "revision.txt",
    "build.txt",
    "release.txt",
    "commit.txt",
    ".version",
];

/// The link by which Capistrano and its kin switch between releases.
const CURRENT: &str = "current";

/// The longest line that is kept.
const LINE: usize = 300;

/// The most changed files that are named.
const CHANGED: usize = 200;

/// Reads each listed folder.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let options = Arc::clone(facts.options());
    for folder in &options.watch.releases {
        let folder = if folder == "/" { folder } else { folder.trim_end_matches('/') };
        read(host, folder, &mut facts.at(&["deployments", "releases", folder]));
    }
}

fn read(host: &Host, folder: &str, facts: &mut Scope<'_>) {
    match host.stat(folder) {
        Ok(stat) if stat.kind == EntryKind::Folder => {}
        Ok(_) => return facts.problem(&[], Problem::new(ProblemKind::Failed, format!("{folder} is no folder"))),
        Err(error) => return facts.unread(&[], &error),
    }
    let mut found = false;
    let current = format!("{folder}/{CURRENT}");
    for link in [folder, &current] {
        // A name with a date or a number says which release it is; where it stands does not matter.
        if let Some(name) =
            host.link(link).ok().and_then(|to| to.trim_end_matches('/').rsplit('/').next().map(str::to_owned))
        {
            facts.put(&["release"], name, link);
            found = true;
        }
    }
    let tree =
        if host.stat(&current).is_ok_and(|stat| stat.kind == EntryKind::Folder) { current.as_str() } else { folder };
    match Repository::of(host, tree) {
        Ok(Some(repository)) => {
            found = true;
            if let Err(error) = git(host, tree, &repository, facts) {
                facts.unread(&["commit"], &error);
            }
        }
        Ok(None) => {}
        Err(error) => {
            found = true;
            facts.unread(&["commit"], &error);
        }
    }
    for name in STATED {
        let path = format!("{tree}/{name}");
        match host.text(&path) {
            Ok(text) => {
                if let Some(line) = text.lines().map(str::trim).find(|line| !line.is_empty()) {
                    let end = line.floor_char_boundary(LINE);
                    facts.put(&["stated", name], line.get(..end).unwrap_or(line), &path);
                    found = true;
                }
            }
            // A folder of that name is no statement.
            Err(ReadError::NotAFile(_)) => {}
            Err(error) => facts.unread(&["stated", name], &error),
        }
    }
    dependencies(host, tree, facts);
    // `Branch main (at 1a2b3c4) deployed as release 20260131120000 by alice`
    let log = format!("{folder}/revisions.log");
    match host.text(&log) {
        Ok(text) => facts.put_some(&["deployed"], text.lines().next_back(), &log),
        Err(error) => facts.unread(&["deployed"], &error),
    }
    if !found {
        let why =
            format!("{folder} is no work tree of git, no link to a release, and has no file that says what it is");
        facts.problem(&[], Problem::new(ProblemKind::NotCollected, why));
    }
}

/// Files that say what a program needs, each with those that say which versions of it were chosen.
const MANIFESTS: [(&str, &[&str]); 10] = [
    (
        "package.json",
        &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"],
    ),
    ("pyproject.toml", &["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"]),
    ("Pipfile", &["Pipfile.lock"]),
    ("Gemfile", &["Gemfile.lock"]),
    ("composer.json", &["composer.lock"]),
    ("Cargo.toml", &["Cargo.lock"]),
    ("go.mod", &["go.sum"]),
    ("mix.exs", &["mix.lock"]),
    ("pubspec.yaml", &["pubspec.lock"]),
    ("environment.yml", &["conda-lock.yml"]),
];

/// Whose list is its own lock, where it names a version of everything; pip(1).
const REQUIREMENTS: &str = "requirements.txt";

/// What a program needs beside it, and the file that pins the versions of that; `none` where nothing does.
fn dependencies(host: &Host, tree: &str, facts: &mut Scope<'_>) {
    for (manifest, locks) in MANIFESTS {
        let path = format!("{tree}/{manifest}");
        match host.text(&path) {
            // One that needs nothing has nothing to pin.
            Ok(text) if text.contains("ependenc") || !NAMES_DEPENDENCIES.contains(&manifest) => {
                let lock = locks.iter().find(|lock| host.exists(&format!("{tree}/{lock}")));
                facts.put(&["dependencies", manifest], lock.copied().unwrap_or("none"), &path);
            }
            Ok(_) | Err(ReadError::NotAFile(_)) => {}
            Err(error) => facts.unread(&["dependencies", manifest], &error),
        }
    }
    let path = format!("{tree}/{REQUIREMENTS}");
    match host.text(&path) {
        Ok(text) => {
            let mut needed = requirements(&text).peekable();
            if needed.peek().is_some() {
                let lock = if needed.all(is_pinned) { REQUIREMENTS } else { "none" };
                facts.put(&["dependencies", REQUIREMENTS], lock, &path);
            }
        }
        Err(ReadError::NotAFile(_)) => {}
        Err(error) => facts.unread(&["dependencies", REQUIREMENTS], &error),
    }
}

/// Those whose table of what is needed has a name, and may be absent.
const NAMES_DEPENDENCIES: [&str; 4] = ["package.json", "pyproject.toml", "Cargo.toml", "environment.yml"];

/// The lines that name something to be installed; lines that go on in the next one are long lists of digests.
fn requirements(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '-', '\\']))
}

fn is_pinned(requirement: &str) -> bool {
    let (named, condition) = requirement.split_once(';').unwrap_or((requirement, ""));
    let is_exact = named.contains("==") && !named.contains(".*");
    is_exact || named.contains(" @ ") || condition.contains("--hash")
}

fn git(host: &Host, tree: &str, repository: &Repository, facts: &mut Scope<'_>) -> Result<(), ReadError> {
    let head = repository.head(host)?;
    facts.put_some(&["commit"], head.commit.as_deref(), &head.source);
    facts.put(&["branch"], head.branch.as_str(), &head.source);
    if let Some((url, source)) = repository.remote(host, &head.branch)? {
        facts.put(&["remote"], url, &source);
    }
    if let Some(commit) = &head.commit {
        let tags = repository.tags(host, commit)?;
        if !tags.is_empty() {
            facts.put(&["tag"], Value::set(tags), &head.source);
        }
    }
    // What compares the files with the commit is git's own affair. Its own check of who owns the work tree is left in
    // place: a repository's settings can name programs, and whoever may write them would run those as this user.
    const QUIET: [&str; 6] = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", ""];
    let ask = |arguments: &[&str]| {
        let mut line: Vec<&str> = QUIET.to_vec();
        line.pop();
        line.push(tree);
        line.extend(arguments);
        host.command(&line)
    };
    match ask(&["status", "--porcelain", "--untracked-files=no"]) {
        Ok(said) => {
            let changed: Vec<&str> = said.text.lines().filter_map(|line| line.get(3..)).collect();
            facts.put(&["dirty"], !changed.is_empty(), &said.source);
            if !changed.is_empty() {
                facts.put(&["changed"], Value::set(changed.into_iter().take(CHANGED)), &said.source);
            }
        }
        Err(error) => untold("dirty", tree, &error, facts),
    }
    match ask(&["describe", "--tags", "--always"]) {
        Ok(said) => facts.put(&["described"], said.text.trim(), &said.source),
        Err(error) => untold("described", tree, &error, facts),
    }
    Ok(())
}

fn untold(key: &str, tree: &str, error: &ReadError, facts: &mut Scope<'_>) {
    let problem = match error {
        ReadError::Missing(_) => Problem::new(ProblemKind::NotCollected, "only git can tell, and it is not installed"),
        error if error.to_string().contains("dubious ownership") => Problem::new(
            ProblemKind::Denied,
            format!("git reads {tree} for its owner alone, see safe.directory in git-config(1)"),
        ),
        error => match error.problem() {
            Some(problem) => problem,
            None => return,
        },
    };
    facts.problem(&[key], problem);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Options;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;
    use crate::policy::Watch;
    use std::path::Path;
    use std::process::Command;

    fn options(folders: &[&str]) -> Options {
        let releases = folders.iter().map(|folder| (*folder).to_owned()).collect();
        Options { watch: Watch { releases, ..Watch::default() }, ..Options::default() }
    }

    fn told(facts: &Facts) -> Vec<String> {
        written(facts).into_iter().map(|line| line.replace("deployments.releases.", "")).collect()
    }

    const COMMIT: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

    #[test]
    fn links_and_statements_name_the_release() {
        let root = Root::new(&[
            ("/srv/shop/releases/20260131120000/REVISION", "1a2b3c4\n"),
            (
                "/srv/shop/revisions.log",
                "first\nBranch main (at 1a2b3c4) deployed as release 20260131120000 by alice\n",
            ),
            ("/srv/blog/VERSION", "\n 2.7.1 \nmore\n"),
            ("/srv/odd/readme", ""),
        ])
        .link("/srv/shop/current", "/srv/shop/releases/20260131120000");
        let facts = root.probe_with(probe, options(&["/srv/shop/", "/srv/blog", "/srv/odd", "/srv/none"]));
        assert_eq!(
            told(&facts),
            [
                "\"/srv/blog\".stated.VERSION = 2.7.1",
                "\"/srv/shop\".deployed = Branch main (at 1a2b3c4) deployed as release 20260131120000 by alice",
                "\"/srv/shop\".release = 20260131120000",
                "\"/srv/shop\".stated.REVISION = 1a2b3c4",
            ]
        );
        let problems: Vec<_> = facts.problems().iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(problems, ["deployments.releases.\"/srv/odd\""]);
    }

    #[test]
    fn what_a_release_needs_is_pinned_or_not() {
        let told = |files: &[(&str, &str)]| -> Vec<String> {
            let files: Vec<_> = files.iter().map(|(name, text)| (format!("/srv/shop/{name}"), *text)).collect();
            let mut files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
            files.push(("/srv/shop/VERSION", "1\n"));
            let facts = self::told(&Root::new(&files).probe_with(probe, options(&["/srv/shop"])));
            facts.iter().filter_map(|line| Some(line.split_once("dependencies.")?.1.to_owned())).collect()
        };
        let package = ("package.json", "{\"dependencies\":{\"left\":\"^1\"}}");
        assert_eq!(told(&[package]), ["\"package.json\" = none"]);
        assert_eq!(told(&[package, ("yarn.lock", "")]), ["\"package.json\" = yarn.lock"]);
        assert_eq!(told(&[("package.json", "{\"name\":\"x\"}"), ("Gemfile.lock", "")]), [] as [String; 0]);
        let pinned =
            "# made by pip-compile\n-r base.txt\nflask==3.0.1 \\\n    --hash=sha256:ab\nx @ https://h/x.whl # here\n";
        assert_eq!(told(&[("requirements.txt", pinned)]), ["\"requirements.txt\" = requirements.txt"]);
        for loose in ["flask>=3\n", "a==1\nb\n", "a==1.*\n", "a; python_version=='3.9'\n"] {
            assert_eq!(told(&[("requirements.txt", loose)]), ["\"requirements.txt\" = none"], "{loose}");
        }
    }

    #[test]
    fn repositories_are_read_from_their_files_in_any_root() {
        let packed = format!(
            "# pack-refs with: peeled fully-peeled sorted\n{COMMIT} refs/heads/main\n{0} refs/tags/v1\n^{COMMIT}\n{0} refs/tags/v2\n^{0}\n",
            "f".repeat(40)
        );
        let config = "[core]\n\tbare = false\n[remote \"up\"]\n\turl = https://bob:hunter2x9@git.example.com/shop.git\n[branch \"main\"]\n\tremote = up\n";
        let root = Root::new(&[
            ("/srv/a/.git/HEAD", "ref: refs/heads/main\n"),
            ("/srv/a/.git/packed-refs", &packed),
            ("/srv/a/.git/config", config),
            ("/srv/a/.git/worktrees/b/HEAD", &format!("{COMMIT}\n")),
            ("/srv/a/.git/worktrees/b/commondir", "../..\n"),
            ("/srv/a/.git/refs/tags/team/now", &format!("{COMMIT}\n")),
            ("/srv/b/.git", "gitdir: /srv/a/.git/worktrees/b\n"),
            ("/srv/c/.git/HEAD", "ref: refs/heads/.invalid\n"),
        ]);
        let facts = root.probe_with(probe, options(&["/srv/a", "/srv/b", "/srv/c"]));
        let remote = "remote = https://bob:[redacted]@git.example.com/shop.git";
        assert_eq!(
            told(&facts),
            [
                "\"/srv/a\".branch = main".to_owned(),
                format!("\"/srv/a\".commit = {COMMIT}"),
                format!("\"/srv/a\".{remote}"),
                "\"/srv/a\".tag = [(\"team/now\") (\"v1\")]".to_owned(),
                "\"/srv/b\".branch = HEAD".to_owned(),
                format!("\"/srv/b\".commit = {COMMIT}"),
                format!("\"/srv/b\".{remote}"),
                "\"/srv/b\".tag = [(\"team/now\") (\"v1\")]".to_owned(),
            ]
        );
        assert!(facts.problems().iter().all(|(_, problem)| problem.is_not_collected()), "{:?}", facts.problems());
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes its own repository")]
    fn what_git_made_is_told_as_git_tells_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
            let said = command.args(who).arg("-C").arg(dir.path()).args(arguments).output();
            said.ok()
                .filter(|said| said.status.success())
                .map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
        };
        if git(&["--version"]).is_none() {
            println!("skipped: no git");
            return;
        }
        let write = |name: &str, text: &str| std::fs::write(Path::join(dir.path(), name), text).expect("a file");
        git(&["init", "-q"]).expect("a repository");
        write("app", "1\n");
        git(&["add", "app"]).expect("added");
        git(&["commit", "-qm", "one"]).expect("a commit");
        git(&["tag", "-a", "-m", "first", "v1"]).expect("a tag");
        let folder = dir.path().to_str().expect("UTF-8");
        let look = || {
            let mut facts = Facts::of(Arc::new(options(&[folder])));
            probe(&Host::live(), &mut facts);
            told(&facts).into_iter().map(|line| line.replace(&format!("\"{folder}\"."), "")).collect::<Vec<_>>()
        };
        let commit = format!("commit = {}", git(&["rev-parse", "HEAD"]).expect("a commit"));
        let clean = look();
        assert_eq!(clean, ["branch = main", &commit, "described = v1", "dirty = false", "tag = [(\"v1\")]"]);
        write("app", "by hand\n");
        git(&["gc", "-q"]).expect("packed");
        let dirty = look();
        let changed =
            ["branch = main", "changed = [(\"app\")]", &commit, "described = v1", "dirty = true", "tag = [(\"v1\")]"];
        assert_eq!(dirty, changed);
    }
}
