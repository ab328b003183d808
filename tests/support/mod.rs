//! The program in a real pseudo-terminal: keys in as bytes, the screen read back through a terminal emulator.
#![allow(dead_code, reason = "each test program uses its part")]

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a screen may take to show what a test waits for. Generous: it bounds a hang, it measures nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked.
const TICK: Duration = Duration::from_millis(5);

/// Begin and end of a synchronized update: what is between is one frame.
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
pub const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

/// What has come out of the terminal so far.
struct Output {
    raw: Vec<u8>,
    parser: vt100::Parser,
}

impl Output {
    /// Whether what has come ends between two frames, so that the screen is one that a user sees.
    fn is_whole(&self) -> bool {
        let last = |mark: &[u8]| self.raw.windows(mark.len()).rposition(|window| window == mark);
        last(FRAME_BEGINS) <= last(FRAME_ENDS)
    }

    fn screen(&self) -> String {
        let screen = self.parser.screen();
        let lines: Vec<_> = screen.rows(0, screen.size().1).map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }
}

/// The program running in a terminal of its own.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Running,
    writer: Box<dyn Write + Send>,
    output: Arc<Mutex<Output>>,
    reader: Option<JoinHandle<()>>,
    modes: String,
    tap: Arc<Tap>,
    home: tempfile::TempDir,
}

/// How what comes out is read.
#[derive(Default)]
struct Tap {
    /// Bytes a second; as fast as it goes for none.
    pace: Option<usize>,
    /// Nothing is read.
    stalled: AtomicBool,
    /// Nothing is read any more.
    closed: AtomicBool,
}

/// How to start it.
pub struct Start<'a> {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Arguments after the program's name.
    pub args: &'a [&'a str],
    /// Environment beside the bare one that every test gets.
    pub env: &'a [(&'a str, &'a str)],
    /// Files in the home folder, where the program starts.
    pub files: &'a [(&'a str, String)],
}

impl Start<'_> {
    /// Starts the program.
    pub fn driftglass(&self) -> Terminal {
        self.run(env!("CARGO_BIN_EXE_driftglass"))
    }

    /// Starts a program with nothing of the tester's environment, in a home folder that has these files alone.
    pub fn run(&self, program: &str) -> Terminal {
        self.run_paced(program, None)
    }

    /// As [`Start::run`], on a line that passes so many bytes a second.
    pub fn run_paced(&self, program: &str, pace: Option<usize>) -> Terminal {
        let (cols, rows) = self.size;
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let home = tempfile::tempdir().expect("a folder");
        for (name, content) in self.files {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("makes a folder");
            std::fs::write(&path, content).expect("writes");
            if name.starts_with("bin/") {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                std::fs::set_permissions(&path, mode).expect("sets");
            }
        }
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("HOME", home.path());
        command.env("PATH", "/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        for (key, value) in self.env {
            command.env(key, value);
        }
        command.args(self.args);
        command.cwd(home.path());
        let modes = modes(pair.master.as_ref());
        let child = Running(pair.slave.spawn_command(command).expect("the program starts"));
        drop(pair.slave);
        let output = Arc::new(Mutex::new(Output { raw: Vec::new(), parser: vt100::Parser::new(rows, cols, 0) }));
        let tap = Arc::new(Tap { pace, ..Tap::default() });
        let source = pair.master.try_clone_reader().expect("a reader");
        let reader = read(source, Arc::clone(&output), Arc::clone(&tap));
        let writer = pair.master.take_writer().expect("a writer");
        Terminal { master: pair.master, child, writer, output, reader: Some(reader), modes, tap, home }
    }
}

/// Takes what comes out of the terminal until nobody is left to write there.
fn read(mut source: Box<dyn Read + Send>, sink: Arc<Mutex<Output>>, tap: Arc<Tap>) -> JoinHandle<()> {
    /// A slow line passes a piece in so long.
    const PIECE: Duration = Duration::from_millis(50);
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 8192];
        let most = tap.pace.map_or(buffer.len(), |pace| (pace / 20).clamp(1, buffer.len()));
        loop {
            while tap.stalled.load(Ordering::SeqCst) {
                std::thread::sleep(TICK);
            }
            let Ok(n @ 1..) = source.read(&mut buffer[..most]) else { return };
            if tap.closed.load(Ordering::SeqCst) {
                return;
            }
            if tap.pace.is_some() {
                std::thread::sleep(PIECE);
            }
            let mut output = sink.lock().expect("not poisoned");
            output.raw.extend_from_slice(&buffer[..n]);
            output.parser.process(&buffer[..n]);
        }
    })
}

/// Everything that `stty -a` tells of a terminal.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal"))
}

impl Terminal {
    /// Types bytes.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush()).expect("the terminal takes keys");
    }

    /// Types, then waits until the screen shows a text.
    #[track_caller]
    pub fn press(&mut self, keys: &str, then: &str) -> String {
        self.keys(keys);
        self.sees(then)
    }

    /// The home folder of the program.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// The program's number.
    pub fn id(&self) -> u32 {
        self.child.0.process_id().expect("it has started")
    }

    /// Stops reading what the program writes, or goes on.
    pub fn stall(&self, stalled: bool) {
        self.tap.stalled.store(stalled, Ordering::SeqCst);
    }

    /// Waits until nothing more is written; how much was.
    pub fn settled(&self) -> usize {
        let mut before = self.raw().len();
        loop {
            std::thread::sleep(Duration::from_millis(250));
            let now = self.raw().len();
            if now == before {
                return now;
            }
            before = now;
        }
    }

    /// Takes the terminal away, as a connection that breaks does; the program, for whoever waits for its end.
    pub fn hang_up(mut self) -> Running {
        self.tap.closed.store(true, Ordering::SeqCst);
        // What reads lets go when something comes, and another size is always drawn; a key at the end of a list is not.
        let size = self.master.get_size().expect("has one");
        self.master.resize(PtySize { rows: size.rows + 1, ..size }).expect("resizes");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("what was written can be read");
        }
        let Terminal { master, child, writer, .. } = self;
        drop((master, writer));
        child
    }

    /// Everything that was written to the terminal, byte for byte.
    pub fn raw(&self) -> Vec<u8> {
        self.output.lock().expect("not poisoned").raw.clone()
    }

    /// How many frames were drawn.
    pub fn frames(&self) -> usize {
        self.raw().windows(FRAME_BEGINS.len()).filter(|window| *window == FRAME_BEGINS).count()
    }

    /// Asks the emulator.
    pub fn emulator<T>(&self, question: impl FnOnce(&vt100::Screen) -> T) -> T {
        question(self.output.lock().expect("not poisoned").parser.screen())
    }

    /// Waits until the screen satisfies a condition between two frames, and fails with the screen when it does not.
    #[track_caller]
    pub fn until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let (screen, whole) = {
                let output = self.output.lock().expect("not poisoned");
                (output.screen(), output.is_whole())
            };
            if whole && condition(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "waited for: {what}\nthe screen:\n{screen}");
            std::thread::sleep(TICK);
        }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn sees(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// Waits until the screen no longer shows a text.
    #[track_caller]
    pub fn misses(&self, text: &str) -> String {
        self.until(&format!("no {text}"), |screen| !screen.contains(text))
    }

    /// Changes the size, the emulator first, so that nothing is drawn outside it.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.output.lock().expect("not poisoned").parser.screen_mut().set_size(rows, cols);
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("resizes");
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        let id = self.child.0.process_id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        kill_process(id.expect("it has started"), signal).expect("it is there");
    }

    /// Waits for the end of the program, and for the last that it wrote.
    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let status = self.exits();
        if let Some(reader) = self.reader.take() {
            reader.join().expect("what was written can be read");
        }
        status
    }

    /// Waits for the end of the program, whatever it may still have to say.
    #[track_caller]
    pub fn exits(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.0.try_wait().expect("a child") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end; the screen:\n{}", self.emulator(|s| s.contents()));
            std::thread::sleep(TICK);
        }
    }

    /// Whether the terminal is handed back: its modes are those of before, and so is the screen.
    pub fn is_restored(&self) -> bool {
        let screen = self.emulator(|screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        screen && modes(self.master.as_ref()) == self.modes
    }
}

/// The program itself; it does not outlive the test.
pub struct Running(Box<dyn portable_pty::Child + Send + Sync>);

impl Running {
    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// What a program has spent of the processor; `None` once it is gone. In hundredths of a second (proc(5)).
pub fn cpu_time(id: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    Some(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

/// The child of a process that runs a program of this name (proc(5)).
pub fn child_named(parent: u32, name: &str) -> Option<Pid> {
    let processes = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse::<i32>().ok());
    let is_it = |id: &i32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let (head, tail) = stat.rsplit_once(')').unwrap_or_default();
        let above = tail.split_whitespace().nth(1).and_then(|id| id.parse::<u32>().ok());
        above == Some(parent) && head.split_once('(').is_some_and(|(_, known)| known == name)
    };
    ids.filter(is_it).find_map(Pid::from_raw)
}
