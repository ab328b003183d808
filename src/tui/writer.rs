//! Writing to the terminal on a thread of its own: a terminal that takes nothing more holds up that thread alone, never
//! keys, signals or the end of the program.

use rustix::io::Errno;
use std::io::{self, stdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// A write that takes longer was held up by the terminal.
const HELD_UP: Duration = Duration::from_millis(250);

/// Writes to standard output, without the lock of the standard library: whoever hands the terminal back must not wait
/// for a write that never ends.
///
/// # Errors
/// The terminal is gone.
pub fn write(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            // Another program left the terminal so that it does not wait.
            Err(Errno::AGAIN) => wait_for_room()?,
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

fn wait_for_room() -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let out = stdout();
    match poll(&mut [PollFd::new(&out, PollFlags::OUT)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// The thread that writes, one frame at a time.
#[derive(Debug)]
pub struct Writer {
    frames: Sender<Vec<u8>>,
    done: Receiver<io::Result<Duration>>,
    is_writing: bool,
    held_up: u32,
}

impl Writer {
    /// Starts the thread. It writes while `may_write` says so, and drops what it is given after that.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(may_write: fn() -> bool) -> io::Result<Self> {
        let (frames, queue) = channel::<Vec<u8>>();
        let (told, done) = channel();
        std::thread::Builder::new().name("writing".into()).spawn(move || {
            for frame in queue {
                let begun = Instant::now();
                let outcome = if may_write() { write(&frame) } else { Ok(()) };
                if told.send(outcome.map(|()| begun.elapsed())).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { frames, done, is_writing: false, held_up: 0 })
    }

    /// Hands over a frame. Only when the one before it is out.
    pub fn give(&mut self, frame: Vec<u8>) {
        // The thread lives as long as this.
        self.is_writing = self.frames.send(frame).is_ok();
    }

    /// Whether all that was given is out, after waiting for it at most so long.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn is_done(&mut self, patience: Duration) -> io::Result<bool> {
        if !self.is_writing {
            return Ok(true);
        }
        match self.done.recv_timeout(patience) {
            Ok(outcome) => {
                self.is_writing = false;
                self.held_up += u32::from(outcome? > HELD_UP);
                Ok(true)
            }
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// How many frames the terminal has held up.
    pub fn held_up(&self) -> u32 {
        self.held_up
    }
}
