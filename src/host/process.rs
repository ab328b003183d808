//! Programs of the live machine: run by absolute path, with a clean environment, a time limit and a cap.

use super::ReadError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where programs are looked for, in this order. Never `PATH`: whoever sets it would say what runs, as root perhaps.
const FOLDERS: [&str; 6] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];

/// How long a program may take.
const LIMIT: Duration = Duration::from_secs(2);

/// The most that is read of what a program says, in bytes.
const CAP: usize = 4 << 20;

/// The most that is kept of what it says on standard error, for the message.
const COMPLAINT_CAP: usize = 400;

/// What a program said on standard output, now or when a support archive was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Where it comes from: the command line with the program's path, or the archive's file.
    pub source: String,
}

/// Runs a program to its end and returns what it said.
pub(super) fn run(command: &[&str]) -> Result<Output, ReadError> {
    run_within(command, LIMIT, CAP)
}

fn run_within(command: &[&str], limit: Duration, cap: usize) -> Result<Output, ReadError> {
    let Some((name, arguments)) = command.split_first() else { return Err(ReadError::Missing(String::new())) };
    // A name with a slash would be a path of the caller's choice.
    let program = FOLDERS
        .iter()
        .filter(|_| !name.contains('/'))
        .map(|folder| format!("{folder}/{name}"))
        .find(|path| is_program(path))
        .ok_or_else(|| ReadError::Missing((*name).to_owned()))?;
    let source = std::iter::once(program.as_str()).chain(arguments.iter().copied()).collect::<Vec<_>>().join(" ");
    let failed = |error: io::Error| ReadError::from_io(&source, error);
    // Its own group, so that the limit ends what it has started too. No terminal, no input, nothing inherited but the
    // language of its messages.
    let mut child = Command::new(&program)
        .args(arguments)
        .env_clear()
        .envs([("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LC_ALL", "C"), ("HOME", "/nonexistent"), ("TERM", "dumb")])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let said = listen(&mut child, limit, cap);
    // The group is ended before its leader is reaped: until then its number cannot be another's.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).ok();
    }
    let status = child.wait().map_err(failed)?;
    let (text, complaint) = match said.map_err(failed)? {
        Said::All { text, complaint } => (text, complaint),
        Said::TooMuch => return Err(ReadError::TooLarge { path: source, cap: cap as u64 }),
        Said::TooSlow => return Err(ReadError::TimedOut(format!("{source} after {limit:?}"))),
    };
    if status.success() {
        let text = super::lossy(text);
        return Ok(Output { text, source });
    }
    let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
    let small = complaint.to_ascii_lowercase();
    if ["permission denied", "operation not permitted", "must be root", "superuser", "not permitted"]
        .iter()
        .any(|words| small.contains(words))
    {
        return Err(ReadError::Denied(source));
    }
    let how = match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, signal) => format!("ended by signal {}", signal.unwrap_or_default()),
    };
    let detail = if complaint.is_empty() { how } else { format!("{how}: {complaint}") };
    Err(ReadError::Io { path: source, source: io::Error::other(detail) })
}

fn is_program(path: &str) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

enum Said {
    All { text: Vec<u8>, complaint: Vec<u8> },
    TooMuch,
    TooSlow,
}

/// Reads both pipes until the program has ended. What it left running may hold the pipes for ever, so that their end
/// is not waited for; what was written before the program's end is in them by then.
fn listen(child: &mut std::process::Child, limit: Duration, cap: usize) -> io::Result<Said> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(|| io::Error::other("no process"))?;
    let over = pidfd_open(pid, PidfdFlags::empty())?;
    let (Some(mut out), Some(mut err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(io::Error::other("no pipes"));
    };
    rustix::fs::fcntl_setfl(&out, OFlags::NONBLOCK)?;
    rustix::fs::fcntl_setfl(&err, OFlags::NONBLOCK)?;
    let deadline = Instant::now() + limit;
    let (mut text, mut complaint) = (Vec::new(), Vec::new());
    let (mut out_open, mut err_open) = (true, true);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Said::TooSlow);
        }
        let mut waited = vec![PollFd::new(&over, PollFlags::IN)];
        if out_open {
            waited.push(PollFd::new(&out, PollFlags::IN));
        }
        if err_open {
            waited.push(PollFd::new(&err, PollFlags::IN));
        }
        let time = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
        match poll(&mut waited, Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ended = waited.first().is_some_and(|fd| !fd.revents().is_empty());
        out_open = out_open && !drain(&mut out, &mut text, cap + 1)?;
        err_open = err_open && !drain(&mut err, &mut complaint, COMPLAINT_CAP)?;
        if text.len() > cap {
            return Ok(Said::TooMuch);
        }
        if ended {
            return Ok(Said::All { text, complaint });
        }
    }
}

/// Reads what is in a pipe and keeps at most `cap` bytes of it; whether the pipe is at its end.
fn drain(pipe: &mut impl Read, kept: &mut Vec<u8>, cap: usize) -> io::Result<bool> {
    let mut buffer = [0_u8; 8192];
    // A program that writes without end must not keep us here: the caller looks at the clock in between.
    for _ in 0..64 {
        match pipe.read(&mut buffer) {
            Ok(0) => return Ok(true),
            Ok(n) => {
                let room = cap.saturating_sub(kept.len());
                kept.extend_from_slice(buffer.get(..n.min(room)).unwrap_or_default());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_a_clean_environment_and_no_input() {
        let said = run(&["sh", "-c", "env | sort; cat; pwd; echo end"]).expect("runs");
        assert!(said.text.contains("LC_ALL=C\n") && said.text.contains("HOME=/nonexistent\n"), "{}", said.text);
        assert!(!said.text.contains("CARGO"), "{}", said.text);
        assert!(said.text.ends_with("/\nend\n"), "{}", said.text);
        assert!(said.source.ends_with("bin/sh -c env | sort; cat; pwd; echo end"), "{}", said.source);
    }

    #[test]
    fn one_that_is_not_there_is_missing() {
        assert!(run(&["no-such-program-here"]).expect_err("none").is_missing());
        assert!(run(&["../bin/sh"]).expect_err("only names").is_missing());
        assert!(run(&[]).expect_err("nothing").is_missing());
    }

    #[test]
    fn what_hangs_is_ended_with_all_it_started() {
        let marker = format!("{}.{}", 98_000 + std::process::id() % 1000, std::process::id());
        let begun = Instant::now();
        let script = format!("sleep {marker} & sleep {marker}");
        let error = run_within(&["sh", "-c", &script], Duration::from_millis(200), CAP).expect_err("too slow");
        assert!(matches!(error, ReadError::TimedOut(_)), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(5));
        let left =
            run(&["sh", "-c", &format!("cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '^sleep {marker}' || true")]);
        assert_eq!(left.expect("runs").text.trim(), "0");
    }

    #[test]
    fn a_child_left_behind_does_not_hold_it() {
        let said = run(&["sh", "-c", "echo early; sleep 60 & exit 0"]).expect("ends at once");
        assert_eq!(said.text, "early\n");
    }

    #[test]
    fn endless_output_has_a_cap() {
        let error = run_within(&["yes"], LIMIT, 10_000).expect_err("too much");
        assert!(matches!(error, ReadError::TooLarge { cap: 10_000, .. }), "{error}");
    }

    #[test]
    fn failures_say_what_the_program_said() {
        let error = run(&["sh", "-c", "echo half; echo odd thing >&2; exit 3"]).expect_err("fails");
        assert!(error.to_string().contains("exit status 3: odd thing"), "{error}");
        let denied = run(&["sh", "-c", "echo 'Permission denied (you must be root)' >&2; exit 4"]).expect_err("fails");
        assert!(matches!(denied, ReadError::Denied(_)), "{denied}");
        let killed = run(&["sh", "-c", "kill -9 $$"]).expect_err("fails");
        assert!(killed.to_string().contains("signal 9"), "{killed}");
    }
}
