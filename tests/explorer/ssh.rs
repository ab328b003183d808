//! Over a real sshd(8) on loopback: a line of 9,600 bits a second, and connections that are cut.

use super::review::{DECIDE, Desk, Dice, after, shown, signs};
use super::{PAIR, USUAL, files};
use crate::support::{FRAME_ENDS, Start, Terminal};
use rustix::process::Signal;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Bytes that a line of 9,600 bits a second passes.
const LINE: usize = 960;

/// A server for the user who runs the test, with keys of its own.
struct Server {
    process: Child,
    folder: TempDir,
    port: u16,
    user: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts one; `None`, and it is said, where there is none to start.
    #[expect(clippy::print_stderr, reason = "who runs the tests should know what was left out")]
    fn start() -> Option<Self> {
        let none = |why: &str| {
            eprintln!("not tested over ssh: {why}");
            None
        };
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| Path::new(path).is_file());
        let (Some(sshd), true) = (sshd, Path::new("/usr/bin/ssh").is_file()) else { return none("no OpenSSH") };
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path(key)).status();
            if !made.is_ok_and(|status| status.success()) {
                return none("no key could be made");
            }
        }
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let configuration = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {0}/host\nAuthorizedKeysFile {0}/user.pub\nStrictModes no\n\
             PidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n",
            folder.path().display()
        );
        std::fs::write(path("sshd_config"), configuration).expect("writes");
        let mut command = Command::new(sshd);
        command.args(["-D", "-f"]).arg(path("sshd_config")).stderr(Stdio::null()).stdout(Stdio::null());
        let mut process = command.spawn().expect("starts");
        let user = String::from_utf8(Command::new("id").arg("-un").output().expect("runs").stdout).expect("UTF-8");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if process.try_wait().expect("a child").is_some() || begun.elapsed() > Duration::from_secs(5) {
                let _ = process.kill();
                return none("the server does not start here");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { process, folder, port, user: user.trim().to_owned() })
    }

    /// Runs a command there, in a terminal of this size on a line of this pace.
    fn run(&self, command: &str, size: (u16, u16), pace: Option<usize>) -> Terminal {
        let key = self.folder.path().join("user").display().to_string();
        let (port, to) = (self.port.to_string(), format!("{}@127.0.0.1", self.user));
        let args = ["-F", "/dev/null", "-tt", "-i", &key, "-p", &port, "-o", "StrictHostKeyChecking=no"];
        let more = ["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", &to, command];
        let args: Vec<&str> = args.into_iter().chain(more).collect();
        Start { size, args: &args, env: &[], files: &files() }.run_paced("/usr/bin/ssh", pace)
    }
}

/// Whether a program runs whose command line names this folder.
fn runs(folder: &str) -> bool {
    let processes = std::fs::read_dir("/proc").expect("proc(5)").filter_map(Result::ok);
    processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok()).any(|line| {
        line.starts_with(env!("CARGO_BIN_EXE_driftglass").as_bytes()) && String::from_utf8_lossy(&line).contains(folder)
    })
}

#[test]
fn a_line_of_9600_bits_is_enough_to_work_on() {
    let Some(server) = Server::start() else { return };
    let desk = tempfile::tempdir().expect("a folder");
    for (name, text) in files() {
        std::fs::write(desk.path().join(name), text).expect("writes");
    }
    let command = format!(
        "cd {0} && exec env HOME={0} LANG=C.UTF-8 {1} --slow --no-session {2}",
        desk.path().display(),
        env!("CARGO_BIN_EXE_driftglass"),
        PAIR.join(" ")
    );
    let mut terminal = server.run(&command, USUAL, Some(LINE));
    terminal.sees("? help");
    let before = terminal.settled();
    let moved = |terminal: &Terminal| {
        let raw = terminal.raw();
        raw[before..].windows(FRAME_ENDS.len()).position(|window| window == FRAME_ENDS)
    };
    terminal.keys("j");
    terminal.until("a frame", |_| moved(&terminal).is_some());
    let cost = moved(&terminal).expect("a frame");
    assert!(cost < 150, "a move takes {cost} bytes");
    terminal.settled();
    let frames = terminal.frames();
    terminal.keys(&"n".repeat(8));
    terminal.sees("stop 7/15");
    assert!(terminal.frames() - frames <= 4, "{} frames for eight keys at once", terminal.frames() - frames);
    let idle = terminal.settled();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(terminal.raw().len(), idle, "idle costs nothing");
    terminal.keys("q");
    assert!(terminal.exits().success());
    assert!(!runs(&desk.path().display().to_string()));
}

#[test]
fn a_connection_that_is_cut_leaves_no_process_and_loses_no_decision() {
    let Some(server) = Server::start() else { return };
    let desk = Desk::new(DECIDE);
    let home = desk.path("");
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for round in 0..6 {
        let args = desk.args("ann").join(" ");
        let command = format!("exec env HOME={home} LANG=C.UTF-8 {} {args}", env!("CARGO_BIN_EXE_driftglass"));
        let before = desk.journal().entries.len();
        let mut terminal = server.run(&command, (120, 40), (round % 3 == 2).then_some(4 * LINE));
        terminal.sees("? help");
        for _ in 0..=dice.below(8) {
            let keys = ["r", "!", "s", "u", "n", "rr"];
            terminal.keys(keys[dice.below(keys.len() as u64) as usize]);
            std::thread::sleep(Duration::from_millis(dice.below(20)));
        }
        std::thread::sleep(Duration::from_millis(dice.below(40)));
        let screen = shown(&terminal.raw(), (120, 40)).expect("a frame");
        match round % 2 {
            // The client is gone from one moment to the next, or its window is closed.
            0 => {
                terminal.signal(Signal::KILL);
                terminal.ends();
            }
            _ => drop(terminal.hang_up()),
        }
        let begun = Instant::now();
        while runs(&home) {
            assert!(begun.elapsed() < Duration::from_secs(10), "round {round}: it lives on without a connection");
            std::thread::sleep(Duration::from_millis(20));
        }
        let journal = desk.journal();
        assert_eq!(journal.unread, 0, "round {round}");
        let now = signs(&screen);
        let entries = &journal.entries;
        let is_there = (before..=entries.len()).any(|end| after(&entries[..end]) == now);
        assert!(is_there, "round {round}: shown {now:?}, kept {:?}\n{screen}", after(entries));
    }
    assert!(!desk.journal().entries.is_empty());
}
