//! The user's own pager and editor on a text, at the user's own terminal. What is shown is a copy that nothing reads
//! back: changing it changes nothing.
#![allow(
    clippy::disallowed_methods,
    reason = "the user's own program on the user's own terminal, as the user named it"
)]

use crate::store;
use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether such a program has the terminal: an interrupt is then for it.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// Whether a program that was started here has the terminal, so that Ctrl-c is meant for it.
pub fn is_running() -> bool {
    RUNNING.load(Ordering::Relaxed)
}

/// Runs a program, as a shell would split its words, on a private copy of a text, and waits for it.
///
/// # Errors
/// The copy cannot be written, the words are none, or the program cannot be started or fails.
pub fn show(program: &str, text: &str) -> io::Result<()> {
    let words = shlex::split(program).unwrap_or_default();
    let Some((name, arguments)) = words.split_first() else {
        return Err(io::Error::other("no program is named"));
    };
    let copy = store::private_copy(text)?;
    RUNNING.store(true, Ordering::Relaxed);
    let ended = Command::new(name).args(arguments).arg(copy.path()).status();
    RUNNING.store(false, Ordering::Relaxed);
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(io::Error::other(format!("{name} ended with {status}"))),
        Err(e) => Err(io::Error::new(e.kind(), format!("{name} cannot be started: {e}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_program_sees_a_private_copy_that_is_gone_afterwards() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("seen");
        let script =
            format!("sh -c 'cat \"$1\" > {0}; stat -c %a \"$1\" >> {0}; echo \"$1\" >> {0}' sh", out.display());
        show(&script, "one\ntwo\n").expect("runs");
        let seen = std::fs::read_to_string(&out).expect("was written");
        let lines: Vec<_> = seen.lines().collect();
        assert_eq!(lines[..3], ["one", "two", "400"]);
        assert!(!std::path::Path::new(lines[3]).exists());
        assert!(show("false", "").expect_err("fails").to_string().contains("false ended with"));
        assert!(show("/no/such/program", "").expect_err("fails").to_string().contains("cannot be started"));
        assert!(show("", "").is_err());
        assert!(!is_running());
    }
}
