//! Whether the terminal may be used in the middle of a push: git may run under an editor, lazygit or a build that has it.

use super::super::environment::Environment;
use rustix::fs::{Mode, OFlags, open};
use rustix::process::getpgrp;
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
    (is_ours && is_usual).then_some(tty)
}

/// Draws on a terminal from now on, wherever standard output led. Keys come from the terminal too, as standard input is
/// git's list and no terminal.
pub(super) fn draw_on(tty: &OwnedFd) -> bool {
    rustix::stdio::dup2_stdout(tty).is_ok()
}
