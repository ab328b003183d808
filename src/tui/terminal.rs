//! The terminal guard: the only code that writes the sequences that change how the terminal behaves. Whatever happens -
//! quit, panic, signal, suspension - the terminal is handed back as it was; handing it back twice is harmless.

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::force_color_output;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{Command, cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;
use std::fmt;
use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ThreadId;

/// Room for a whole frame, so that it leaves in one write.
const FRAME: usize = 64 * 1024;

/// Whether the terminal is ours at the moment.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Alternate scroll mode (xterm ctlseqs, DECSET 1007): the wheel arrives as arrow keys, and buttons stay the terminal's,
/// so that its own selection works.
struct AlternateScroll(bool);

impl Command for AlternateScroll {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str(if self.0 { "\x1b[?1007h" } else { "\x1b[?1007l" })
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The screen, ours while this lives.
#[derive(Debug)]
pub struct Guard {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    typing: bool,
}

impl Guard {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// Standard output is no terminal, or it cannot be set.
    pub fn enter() -> io::Result<Self> {
        install_panic_hook(std::thread::current().id());
        // NO_COLOR makes crossterm write `ESC[;m` for a colour, which wipes reverse and bold too. The themes decide.
        force_color_output(true);
        take()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME, stdout()));
        let terminal = Terminal::new(backend).inspect_err(|_| restore())?;
        Ok(Self { terminal, typing: false })
    }

    /// The size of the terminal.
    ///
    /// # Errors
    /// It does not say.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Draws a frame in one write, shown by the terminal at once. While text is typed, pastes are told apart from keys,
    /// and the wheel does not type.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, typing: bool, view: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        if typing != self.typing {
            self.typing = typing;
            let out = self.terminal.backend_mut();
            if typing {
                queue!(out, EnableBracketedPaste, AlternateScroll(false))?;
            } else {
                queue!(out, DisableBracketedPaste, AlternateScroll(true))?;
            }
        }
        self.terminal.draw(view)?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        io::Write::flush(self.terminal.backend_mut())
    }

    /// Makes the next frame draw every cell.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn forget(&mut self) -> io::Result<()> {
        // `Terminal::clear` asks the terminal where the cursor is; the answer can leak as typed text on a slow link.
        execute!(self.terminal.backend_mut(), Clear(ClearType::All))?;
        self.terminal.swap_buffers();
        self.terminal.current_buffer_mut().reset();
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Hands the terminal back, does something there, and takes it over again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn outside(&mut self, what: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        restore();
        let outcome = what();
        take()?;
        self.typing = false;
        self.forget()?;
        outcome
    }

    /// Sends a sequence that changes nothing in how the terminal behaves: the clipboard's.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn send(&mut self, command: impl Command) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), command)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

fn take() -> io::Result<()> {
    ENTERED.store(true, Ordering::SeqCst);
    enable_raw_mode().inspect_err(|_| restore())?;
    execute!(stdout(), EnterAlternateScreen, AlternateScroll(true), Clear(ClearType::All)).inspect_err(|_| restore())
}

/// Hands the terminal back, from whatever thread.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // Nothing can be done about a terminal that is gone.
    let _ = execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        AlternateScroll(false),
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}

/// Makes a panic of the drawing thread restore the terminal before it is told. Other threads' panics become messages
/// (`work.rs`) and must not write over the screen.
fn install_panic_hook(drawing: ThreadId) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().id() == drawing {
                restore();
            }
            if !ENTERED.load(Ordering::SeqCst) {
                before(info);
            }
        }));
    });
}
