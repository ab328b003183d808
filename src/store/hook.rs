//! The file that git runs before a push (githooks(5)), and whatever stood there before it.
#![allow(clippy::disallowed_methods, reason = "the store is where the user's own files are read and written")]

use super::{StoreError, file, write};
use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What git calls it.
const NAME: &str = "pre-push";
/// What stood there before is called so; the script below runs it first.
const BEFORE: &str = "pre-push.before-driftglass";
/// One of ours that was edited is called so when it goes.
const EDITED: &str = "pre-push.edited";
/// By this line one of ours is known, edited or not.
const MARK: &str = "# Made by `driftglass hook install`;";
/// The most that is read of a hook to know it.
const CAP: u64 = 1 << 16;

/// The hook. But for the line that names the program it is the same in every repository, so that one that was edited is
/// known.
const SCRIPT: &str = r#"#!/bin/sh
# Made by `driftglass hook install`; `driftglass hook uninstall` takes it away and puts back what was here before.
# git gives the refs that are pushed on standard input: the hook that was here before is given them first.
refs=$(cat; echo .)
refs=${refs%.}
before=${0%/*}/pre-push.before-driftglass
if [ -x "$before" ]; then
    printf '%s' "$refs" | "$before" "$@" || exit
fi
# The program that it was installed by; where that is gone, the one on PATH.
program=
if [ ! -x "$program" ] && ! program=$(command -v driftglass); then
    echo 'driftglass: the pre-push hook finds no program: the one that it was installed by is gone, and none is on PATH.' >&2
    echo "Install it and \`driftglass hook install\` again, or take the hook away: rm '$0'" >&2
    exit 2
fi
printf '%s' "$refs" | "$program" hook pre-push -- "$@"
"#;
/// The hook before it named its program.
const FORMER: &str = r#"#!/bin/sh
# Made by `driftglass hook install`; `driftglass hook uninstall` takes it away and puts back what was here before.
# git gives the refs that are pushed on standard input: the hook that was here before is given them first.
refs=$(cat; echo .)
refs=${refs%.}
before=${0%/*}/pre-push.before-driftglass
if [ -x "$before" ]; then
    printf '%s' "$refs" | "$before" "$@" || exit
fi
command -v driftglass >/dev/null 2>&1 || {
    echo 'driftglass: not found by the pre-push hook: put it on PATH, or git push --no-verify' >&2
    exit 2
}
printf '%s' "$refs" | driftglass hook pre-push -- "$@"
"#;
/// How the line begins that names the program.
const PROGRAM: &str = "program=";

/// The hook that runs this program.
fn script(program: &Path) -> String {
    // Where a shell cannot be told of it, the one on PATH is taken.
    let quoted = program.to_str().and_then(|text| shlex::try_quote(text).ok()).unwrap_or_default();
    SCRIPT.replacen("program=\n", &format!("{PROGRAM}{quoted}\n"), 1)
}

/// A hook without the name of its program, which differs from machine to machine.
fn nameless(text: &str) -> String {
    let name = |line: &str| if line.starts_with(PROGRAM) { PROGRAM.to_owned() } else { line.to_owned() };
    text.split('\n').map(name).collect::<Vec<_>>().join("\n")
}

/// A folder of hooks.
#[derive(Clone, Debug)]
pub struct HookFile {
    folder: PathBuf,
}

/// What stands where the hook is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum There {
    Nothing,
    Ours,
    Edited,
    Another,
}

/// What came of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installed {
    /// It is there now; what stood there before is kept under another name.
    New(Option<PathBuf>),
    /// It was there.
    Already,
    /// It was there and ran another program, or is one of an older version: it runs this one now.
    Renewed,
    /// It was there, and somebody has edited it since: it is left as it is.
    Edited,
}

/// What came of taking it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uninstalled {
    /// It is gone; what stood there before is back.
    Gone {
        /// Whether anything stood there.
        restored: bool,
        /// Where the edited one is kept.
        kept: Option<PathBuf>,
    },
    /// There is none of ours.
    NotThere,
    /// Somebody has edited it: it is left as it is.
    Edited,
}

impl HookFile {
    /// In a folder of hooks, which need not be there.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where it is, or would be.
    pub fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// Puts the hook there, to run this program. What stood there is kept and run first.
    ///
    /// # Errors
    /// A file cannot be read or written, or a former hook is in the way.
    pub fn install(&self, program: &Path) -> Result<Installed, StoreError> {
        let path = self.path();
        let script = script(program);
        let kept = match self.there()? {
            There::Ours => {
                let is_same = self.text()? == script;
                if !is_same {
                    write(&path, |out| out.write_all(script.as_bytes()))?;
                }
                // An archive or a copy may have lost the permission.
                executable(&path)?;
                return Ok(if is_same { Installed::Already } else { Installed::Renewed });
            }
            There::Edited => return Ok(Installed::Edited),
            There::Another => {
                if self.goes_by_its_name() {
                    let why = "husky runs what stands here by its name, which a chain would change: write `driftglass \
                               hook pre-push -- \"$@\"` into .husky/pre-push instead";
                    return Err(failed(&path, io::Error::other(why)));
                }
                Some(self.renamed(NAME, BEFORE)?)
            }
            There::Nothing => None,
        };
        fs::create_dir_all(&self.folder).map_err(|e| failed(&self.folder, e))?;
        let written = write(&path, |out| out.write_all(script.as_bytes())).and_then(|()| executable(&path));
        if let Err(error) = written {
            if kept.is_some() {
                self.renamed(BEFORE, NAME)?;
            }
            return Err(error);
        }
        Ok(Installed::New(kept))
    }

    /// Takes the hook away and puts back what stood there before. One that was edited goes only by `force`, and is kept
    /// under another name.
    ///
    /// # Errors
    /// A file cannot be read, removed or renamed.
    pub fn uninstall(&self, force: bool) -> Result<Uninstalled, StoreError> {
        let path = self.path();
        let kept = match self.there()? {
            There::Nothing | There::Another => return Ok(Uninstalled::NotThere),
            There::Edited if !force => return Ok(Uninstalled::Edited),
            There::Edited => Some(self.renamed(NAME, EDITED)?),
            There::Ours => {
                fs::remove_file(&path).map_err(|source| StoreError::Remove { path, source })?;
                None
            }
        };
        let restored = fs::symlink_metadata(self.folder.join(BEFORE)).is_ok();
        if restored {
            self.renamed(BEFORE, NAME)?;
        }
        Ok(Uninstalled::Gone { restored, kept })
    }

    fn there(&self) -> Result<There, StoreError> {
        let path = self.path();
        // A link that leads nowhere is somebody's too.
        match fs::symlink_metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(There::Nothing),
            Err(e) => return Err(StoreError::from_read(&path, e)),
            Ok(meta) if !meta.is_file() => return Ok(There::Another),
            Ok(_) => {}
        }
        let text = self.text()?;
        let is_marked = || text.lines().any(|line| line.starts_with(MARK));
        Ok(match nameless(&text) == nameless(SCRIPT) || text == FORMER {
            true => There::Ours,
            false if is_marked() => There::Edited,
            false => There::Another,
        })
    }

    /// What stands there, as far as a hook of ours would reach.
    fn text(&self) -> Result<String, StoreError> {
        let path = self.path();
        let mut bytes = Vec::new();
        let read = file::open(&path).and_then(|opened| opened.take(CAP).read_to_end(&mut bytes));
        read.map_err(|e| StoreError::from_read(&path, e))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether what stands there looks for another script by its own name, as husky's does: under another name it would
    /// find none, and pass.
    fn goes_by_its_name(&self) -> bool {
        let parts: Vec<_> = self.folder.components().rev().take(2).map(|part| part.as_os_str().to_owned()).collect();
        matches!(parts.as_slice(), [own, above] if own == "_" && above == ".husky")
    }

    /// Renames within the folder, and never over another file.
    fn renamed(&self, from: &str, to: &str) -> Result<PathBuf, StoreError> {
        let (from, to) = (self.folder.join(from), self.folder.join(to));
        if fs::symlink_metadata(&to).is_ok() {
            return Err(failed(&to, io::Error::other("it is there already: move it out of the way first")));
        }
        fs::rename(&from, &to).map_err(|e| failed(&to, e))?;
        Ok(to)
    }
}

fn failed(path: &Path, source: io::Error) -> StoreError {
    StoreError::Write { path: path.to_owned(), source }
}

fn executable(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_err(|e| failed(path, e))?.permissions().mode();
        // Whoever may read it may run it.
        let wanted = mode | ((mode & 0o444) >> 2);
        if wanted != mode {
            fs::set_permissions(path, Permissions::from_mode(wanted)).map_err(|e| failed(path, e))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> &'static Path {
        Path::new("/opt/it's here/driftglass")
    }

    fn hook() -> (tempfile::TempDir, HookFile) {
        let dir = tempfile::tempdir().expect("a folder");
        let hook = HookFile::at(dir.path().join("hooks"));
        (dir, hook)
    }

    #[test]
    fn it_comes_once_and_goes_without_a_trace() {
        let (_dir, hook) = hook();
        assert_eq!(hook.uninstall(false).expect("looks"), Uninstalled::NotThere);
        assert_eq!(hook.install(ours()).expect("installs"), Installed::New(None));
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(hook.path()).expect("a file").permissions());
        assert_eq!(mode & 0o100, 0o100);
        assert_eq!(hook.install(ours()).expect("looks"), Installed::Already);
        assert_eq!(hook.uninstall(false).expect("removes"), Uninstalled::Gone { restored: false, kept: None });
        assert_eq!(fs::read_dir(&hook.folder).expect("lists").count(), 0);
    }

    #[test]
    fn a_hook_that_goes_by_its_name_is_not_renamed() {
        let dir = tempfile::tempdir().expect("a folder");
        let hook = HookFile::at(dir.path().join(".husky/_"));
        fs::create_dir_all(&hook.folder).expect("a folder");
        fs::write(hook.path(), "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"").expect("writes");
        let why = hook.install(ours()).expect_err("refused").to_string();
        assert!(why.contains("into .husky/pre-push instead"), "{why}");
        assert!(hook.path().is_file() && !hook.folder.join(BEFORE).exists());
    }

    #[test]
    fn what_stood_there_comes_back_as_it_was() {
        let (_dir, hook) = hook();
        fs::create_dir(&hook.folder).expect("a folder");
        std::os::unix::fs::symlink("../elsewhere.sh", hook.path()).expect("a link, which may lead nowhere");
        let before = hook.folder.join(BEFORE);
        assert_eq!(hook.install(ours()).expect("installs"), Installed::New(Some(before.clone())));
        assert_eq!(hook.install(ours()).expect("looks"), Installed::Already, "and it is not chained to itself");
        assert_eq!(hook.uninstall(false).expect("removes"), Uninstalled::Gone { restored: true, kept: None });
        assert_eq!(fs::read_link(hook.path()).expect("a link"), Path::new("../elsewhere.sh"));
        fs::write(&before, "#!/bin/sh\n").expect("writes");
        let error = hook.install(ours()).expect_err("two former hooks").to_string();
        assert!(error.contains("move it out of the way"), "{error}");
        assert!(fs::read_link(hook.path()).is_ok(), "nothing has changed");
    }

    #[test]
    fn one_that_was_edited_is_nobodys_to_destroy() {
        let (_dir, hook) = hook();
        hook.install(ours()).expect("installs");
        let edited = format!("{}echo done\n", script(ours()));
        fs::write(hook.path(), &edited).expect("writes");
        assert_eq!(hook.install(ours()).expect("looks"), Installed::Edited);
        assert_eq!(hook.uninstall(false).expect("looks"), Uninstalled::Edited);
        assert_eq!(fs::read_to_string(hook.path()).expect("reads"), edited);
        let kept = hook.folder.join(EDITED);
        let gone = Uninstalled::Gone { restored: false, kept: Some(kept.clone()) };
        assert_eq!(hook.uninstall(true).expect("removes"), gone);
        assert_eq!(fs::read_to_string(kept).expect("reads"), edited);
    }

    #[test]
    fn it_names_its_program_and_follows_it() {
        let (_dir, hook) = hook();
        hook.install(Path::new("/usr/local/bin/driftglass")).expect("installs");
        assert!(hook.text().expect("reads").contains("\nprogram=/usr/local/bin/driftglass\n"));
        assert_eq!(hook.install(ours()).expect("installs"), Installed::Renewed);
        assert_eq!(hook.install(ours()).expect("looks"), Installed::Already);
        assert!(hook.text().expect("reads").contains("\nprogram=\"/opt/it's here/driftglass\"\n"), "{:?}", hook.text());
        fs::write(hook.path(), FORMER).expect("writes");
        assert_eq!(hook.install(ours()).expect("installs"), Installed::Renewed, "an older one is no edited one");
        assert_eq!(hook.uninstall(false).expect("removes"), Uninstalled::Gone { restored: false, kept: None });
    }
}
