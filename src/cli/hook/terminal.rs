//! Whether the terminal may be used in the middle of a push: git may run under an editor, lazygit or a build that has it.
//! A program that wants git's questions makes it a terminal of its own, which looks like any other and which nobody sees
//! whole: that one has git as the leader of its session, where people have a shell.

use super::super::environment::Environment;
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{getpgrp, getsid};
use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};
use std::os::fd::OwnedFd;

/// The terminal, where nobody else has it: it opens, its foreground is ours, and it is in its usual mode, in which a
/// program that draws never leaves it.
pub(super) fn terminal_is_free(environment: &Environment) -> Option<OwnedFd> {
    if environment.is_ci || environment.is_plain || environment.term.is_empty() || environment.term == "dumb" {
        return None;
    }
    let tty = open("/dev/tty", OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let is_ours = tcgetpgrp(&tty).is_ok_and(|group| group == getpgrp());
    let is_usual = tcgetattr(&tty).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ICANON));
    (is_ours && is_usual && !is_made_for_git()).then_some(tty)
}

/// Whether git leads the session: what made the terminal made it for this push. Where the system does not tell, it is not
/// known, and the terminal counts as a person's.
fn is_made_for_git() -> bool {
    let Ok(leader) = getsid(None) else { return false };
    let name = open(format!("/proc/{}/comm", leader.as_raw_nonzero()), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    let mut bytes = [0; 16];
    let read = name.ok().and_then(|file| rustix::io::read(&file, &mut bytes).ok()).unwrap_or_default();
    bytes.get(..read).is_some_and(|name| name.trim_ascii() == b"git")
}

/// Draws on a terminal from now on, wherever standard output led. Keys come from the terminal too, as standard input is
/// git's list and no terminal.
pub(super) fn draw_on(tty: &OwnedFd) -> bool {
    rustix::stdio::dup2_stdout(tty).is_ok()
}
