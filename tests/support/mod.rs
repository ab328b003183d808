//! The program in a real pseudo-terminal: keys in as bytes, the screen read back through a terminal emulator.

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a screen may take to show what a test waits for. Generous: it bounds a hang, it measures nothing.
const PATIENCE: Duration = Duration::from_secs(20);

/// What has come out of the terminal so far.
struct Output {
    raw: Vec<u8>,
    parser: vt100::Parser,
}

/// The program running in a terminal of its own.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    writer: Option<Box<dyn Write + Send>>,
    output: Arc<Mutex<Output>>,
    _home: tempfile::TempDir,
}

/// How to start it.
pub struct Start<'a> {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Arguments after the program's name.
    pub args: &'a [&'a str],
    /// Environment beside the bare one that every test gets.
    pub env: &'a [(&'a str, &'a str)],
}

impl Terminal {
    /// Starts the program with an empty home and nothing of the tester's environment.
    pub fn start(start: &Start<'_>) -> Self {
        let (cols, rows) = start.size;
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let home = tempfile::tempdir().expect("a folder");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_driftglass"));
        command.env_clear();
        command.env("HOME", home.path());
        command.env("PATH", "/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        for (key, value) in start.env {
            command.env(key, value);
        }
        command.args(start.args);
        command.cwd(home.path());
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let writer = pair.master.take_writer().expect("a writer");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let output = Arc::new(Mutex::new(Output { raw: Vec::new(), parser: vt100::Parser::new(rows, cols, 0) }));
        let sink = Arc::clone(&output);
        std::thread::spawn(move || {
            let mut buffer = [0_u8; 8192];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 {
                    break;
                }
                let mut output = sink.lock().expect("not poisoned");
                output.raw.extend_from_slice(&buffer[..n]);
                output.parser.process(&buffer[..n]);
            }
        });
        Self { master: pair.master, child, writer: Some(writer), output, _home: home }
    }

    /// Types bytes.
    pub fn keys(&mut self, keys: &str) {
        let writer = self.writer.as_mut().expect("open");
        writer.write_all(keys.as_bytes()).and_then(|()| writer.flush()).expect("the terminal takes keys");
    }

    /// The lines on the screen, without the spaces at their ends.
    pub fn lines(&self) -> Vec<String> {
        let output = self.output.lock().expect("not poisoned");
        let width = output.parser.screen().size().1;
        output.parser.screen().rows(0, width).map(|line| line.trim_end().to_owned()).collect()
    }

    /// The screen as one text.
    pub fn screen(&self) -> String {
        self.lines().join("\n")
    }

    /// Everything that was written to the terminal, byte for byte.
    pub fn raw(&self) -> Vec<u8> {
        self.output.lock().expect("not poisoned").raw.clone()
    }

    /// Whether every cell of a screen line is in reverse video.
    pub fn is_reverse(&self, line: u16, columns: std::ops::Range<u16>) -> bool {
        let output = self.output.lock().expect("not poisoned");
        columns.into_iter().all(|c| output.parser.screen().cell(line, c).is_some_and(vt100::Cell::inverse))
    }

    /// Whether the program has switched to the alternate screen.
    pub fn in_alternate_screen(&self) -> bool {
        self.output.lock().expect("not poisoned").parser.screen().alternate_screen()
    }

    /// Waits until the screen satisfies a condition, and fails with the screen when it does not.
    #[track_caller]
    pub fn until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if condition(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "waited for: {what}\nthe screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn sees(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// The line that the cursor mark stands on.
    #[track_caller]
    pub fn selected(&self) -> String {
        let marked = |line: &&String| line.starts_with("->") || line.starts_with('»');
        self.lines().iter().find(marked).cloned().unwrap_or_else(|| panic!("no selection:\n{}", self.screen()))
    }

    /// Changes the size, the emulator first, so that nothing is drawn outside it.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.output.lock().expect("not poisoned").parser.screen_mut().set_size(rows, cols);
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("resizes");
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("it has started")
    }

    /// Waits for the end of the program.
    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end; the screen:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether the terminal is in the mode it had before the program started: canonical, with echo.
    pub fn is_cooked(&self) -> bool {
        let termios = self.master.get_termios().expect("a terminal");
        let text = format!("{:?}", termios.local_flags);
        text.contains("ICANON") && text.contains("ECHO")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
