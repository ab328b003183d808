//! The terminal guard: the only code that writes the sequences that change how the terminal behaves. Whatever happens -
//! quit, panic, signal, suspension - the terminal is handed back as it was; handing it back twice is harmless.

use super::pace::{Cause, Pace};
use super::paint::paint;
use super::writer::{Writer, write};
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{Command, queue};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use rustix::termios::{tcgetattr, tcgetwinsize};
use std::fmt;
use std::io::{self, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// How long before the terminal is tried again, and the unit of what a slow link is given for a frame.
const BETWEEN: Duration = Duration::from_millis(33);
/// A frame that is out by then is not worth another look at the keys.
const AT_ONCE: Duration = Duration::from_millis(20);
/// The longest that a slow line is given for one frame.
const LONGEST: Duration = Duration::from_secs(2);
/// How long a terminal may take to be handed back when the program must end.
const LAST: Duration = Duration::from_millis(300);
/// Lines of this many bits a second and less are slow without a doubt.
const SLOW_LINE: u32 = 9600;
/// Tries to take the terminal after the shell has continued us: it may still be another's for a moment.
const TRIES: u32 = 5;

/// Whether the terminal is ours at the moment.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// How much of the mouse is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    /// The wheel moves the selection; buttons stay the terminal's, so that its own selection works.
    #[default]
    Wheel,
    /// Clicks and drags too.
    Full,
    /// Nothing.
    Off,
}

impl Mouse {
    /// All levels, in the order in which a key goes through them.
    pub const ALL: [Mouse; 3] = [Mouse::Wheel, Mouse::Full, Mouse::Off];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Mouse::Wheel => "wheel",
            Mouse::Full => "full",
            Mouse::Off => "off",
        }
    }

    /// The level after this one.
    pub fn next(self) -> Self {
        match self {
            Mouse::Wheel => Mouse::Full,
            Mouse::Full => Mouse::Off,
            Mouse::Off => Mouse::Wheel,
        }
    }
}

/// A private mode of the terminal (xterm ctlseqs, DECSET). 1007: the wheel arrives as arrow keys; 1002, 1006: buttons,
/// drags and the wheel arrive as reports, with places beyond column 223.
struct Private(&'static str, bool);

impl Command for Private {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        write!(f, "\x1b[?{}{}", self.0, if self.1 { 'h' } else { 'l' })
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> io::Result<()> {
        Ok(())
    }
}

/// How a frame is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Text is being typed.
    pub typing: bool,
    /// How much of the mouse is taken.
    pub mouse: Mouse,
    /// The link is slow.
    pub slow: bool,
}

/// The screen, ours while this lives.
#[derive(Debug)]
pub struct Guard {
    writer: Writer,
    /// The picture on the terminal; `None` where it is not known.
    shown: Option<Buffer>,
    /// Where the terminal's cursor is, or that it is hidden; `None` where that is not known.
    cursor: Option<Option<Position>>,
    /// While text is typed, pastes are told apart from keys, and the mouse is let go: a wheel must not type.
    typing: bool,
    mouse: Mouse,
    /// What goes out with the next frame.
    pending: Vec<u8>,
    /// When the next frame may be drawn.
    pace: Pace,
    /// Bytes a second, where the line says.
    speed: Option<u32>,
}

impl Guard {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// Standard output is no terminal, or it cannot be set.
    pub fn enter() -> io::Result<Self> {
        super::crash::install(std::thread::current().id());
        let writer = Writer::start(is_ours)?;
        take()?;
        let speed = tcgetattr(stdout()).ok().map(|modes| modes.output_speed()).filter(|bits| *bits > 0);
        Ok(Self {
            writer,
            shown: None,
            cursor: None,
            typing: false,
            mouse: Mouse::Wheel,
            pending: Vec::new(),
            pace: Pace::new(Instant::now()),
            // A byte is ten bits on a line.
            speed: speed.map(|bits| bits / 10),
        })
    }

    /// The size of the terminal.
    ///
    /// # Errors
    /// It does not say.
    pub fn size(&self) -> io::Result<Size> {
        let size = tcgetwinsize(stdout())?;
        // A terminal that does not know its size has the usual one.
        Ok(match (size.ws_col, size.ws_row) {
            (0, _) | (_, 0) => Size::new(80, 24),
            (width, height) => Size { width, height },
        })
    }

    /// Whether the terminal itself says that its line is slow.
    pub fn is_slow_line(&self) -> bool {
        self.speed.is_some_and(|bytes| bytes <= SLOW_LINE / 10)
    }

    /// How many frames the terminal has held up.
    pub fn held_up(&self) -> u32 {
        self.writer.held_up()
    }

    /// How long until a frame may be drawn for something; zero where it may be now.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn wait(&mut self, cause: Cause) -> io::Result<Duration> {
        if !self.writer.is_done(Duration::ZERO)? {
            return Ok(Duration::from_millis(5));
        }
        Ok(self.pace.wait(cause, Instant::now()))
    }

    /// Draws a frame in one write, shown by the terminal at once, and nothing where nothing changed. `view` draws and says
    /// where the cursor goes; `frozen` parts keep the picture that they have.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(
        &mut self,
        Manner { typing, mouse, slow }: Manner,
        frozen: &[Rect],
        view: impl FnOnce(&mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        while !self.writer.is_done(LONGEST)? {}
        let Size { width, height } = self.size()?;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let cursor = view(&mut buffer);
        let old = self.shown.take().filter(|old| old.area == buffer.area);
        if let Some(old) = &old {
            let area = buffer.area;
            for at in frozen.iter().flat_map(|part| part.intersection(area).positions()) {
                buffer[at] = old[at].clone();
            }
        }
        let mut frame = std::mem::take(&mut self.pending);
        self.set_modes(typing, mouse, &mut frame);
        let begun = frame.len();
        paint(old.as_ref(), &buffer, &mut frame);
        self.shown = Some(buffer);
        let has_moved = frame.len() > begun || self.cursor.is_none();
        if has_moved || self.cursor != Some(cursor) {
            let _ = match (cursor, self.cursor) {
                // The first column needs no number.
                (Some(at), Some(Some(_))) if at.x == 0 => {
                    frame.extend_from_slice(format!("\x1b[{}H", at.y + 1).as_bytes());
                    Ok(())
                }
                (Some(at), Some(Some(_))) => queue!(frame, MoveTo(at.x, at.y)),
                (Some(at), _) => queue!(frame, MoveTo(at.x, at.y), Show),
                (None, Some(None)) => Ok(()),
                (None, _) => queue!(frame, Hide),
            };
            self.cursor = Some(cursor);
        }
        if frame.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(frame.len() + 16);
        let _ = queue!(bytes, BeginSynchronizedUpdate);
        bytes.extend_from_slice(&frame);
        let _ = queue!(bytes, EndSynchronizedUpdate);
        match slow {
            true => self.pace.drawn_slowly(Instant::now(), self.time_for(bytes.len())),
            false => self.pace.drawn(Instant::now()),
        }
        self.writer.give(bytes);
        self.writer.is_done(AT_ONCE)?;
        Ok(())
    }

    /// How long the line takes for so many bytes. Where it does not say, a slow line is given a moment for each frame.
    fn time_for(&self, bytes: usize) -> Duration {
        let speed = self.speed.filter(|_| self.is_slow_line());
        let time = speed.map_or(BETWEEN * 6, |speed| Duration::from_secs_f64(bytes as f64 / f64::from(speed.max(1))));
        time.clamp(BETWEEN, LONGEST)
    }

    fn set_modes(&mut self, typing: bool, mouse: Mouse, frame: &mut Vec<u8>) {
        if typing != self.typing {
            let _ = if typing { queue!(frame, EnableBracketedPaste) } else { queue!(frame, DisableBracketedPaste) };
        }
        let level = |typing, mouse| if typing { Mouse::Off } else { mouse };
        let (was, is) = (level(self.typing, self.mouse), level(typing, mouse));
        if was != is {
            let _ = match was {
                Mouse::Wheel => queue!(frame, Private("1007", false)),
                Mouse::Full => queue!(frame, Private("1002", false), Private("1006", false)),
                Mouse::Off => Ok(()),
            };
            let _ = match is {
                Mouse::Wheel => queue!(frame, Private("1007", true)),
                Mouse::Full => queue!(frame, Private("1002", true), Private("1006", true)),
                Mouse::Off => Ok(()),
            };
        }
        (self.typing, self.mouse) = (typing, mouse);
    }

    /// Makes the next frame draw every cell.
    pub fn forget(&mut self) {
        self.shown = None;
        self.cursor = None;
    }

    /// Hands the terminal back, does something there, and takes it over again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn outside<T>(&mut self, what: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        while !self.writer.is_done(LONGEST)? {}
        restore();
        let outcome = what();
        let mut tries = 0;
        while let Err(e) = take() {
            tries += 1;
            if tries == TRIES {
                return Err(e);
            }
            std::thread::park_timeout(BETWEEN);
        }
        (self.typing, self.mouse) = (false, Mouse::Wheel);
        self.forget();
        outcome
    }

    /// Sends a sequence that changes nothing in how the terminal behaves with the next frame: the clipboard's.
    pub fn send(&mut self, sequence: &[u8]) {
        self.pending.extend_from_slice(sequence);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // What is on its way goes first, but a terminal that takes nothing is not waited for.
        let _ = self.writer.is_done(LAST);
        restore_in_time();
    }
}

/// Whether the terminal is ours at the moment.
pub fn is_ours() -> bool {
    ENTERED.load(Ordering::SeqCst)
}

fn take() -> io::Result<()> {
    ENTERED.store(true, Ordering::SeqCst);
    enable_raw_mode().inspect_err(|_| restore())?;
    let mut bytes = Vec::new();
    let _ = queue!(bytes, EnterAlternateScreen, Private("1007", true), Clear(ClearType::All));
    write(&bytes).inspect_err(|_| restore())
}

/// Hands the terminal back, from whatever thread.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // Nothing can be done about a terminal that is gone. The line's modes come first: setting them waits for nothing.
    let _ = disable_raw_mode();
    let mut bytes = Vec::new();
    let _ = queue!(
        bytes,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        Private("1002", false),
        Private("1006", false),
        Private("1007", false),
        LeaveAlternateScreen,
        Show
    );
    let _ = write(&bytes);
}

/// As [`restore`], but gives up on a terminal that takes nothing: for the end of the program.
pub fn restore_in_time() {
    if !is_ours() {
        return;
    }
    let (told, done) = channel();
    let handing_back = std::thread::Builder::new().name("handing back".into()).spawn(move || {
        restore();
        let _ = told.send(());
    });
    match handing_back {
        Ok(_) => drop(done.recv_timeout(LAST)),
        Err(_) => restore(),
    }
}
