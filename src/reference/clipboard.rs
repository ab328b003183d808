//! Programs that take text to the clipboard, and the file that always has the text too. The terminal's own way
//! (OSC 52) belongs to who owns the terminal.
#![allow(
    clippy::disallowed_methods,
    reason = "these programs are the user's own, of the user's session, and run in the user's environment"
)]

use super::write_private;
use crate::base::cancel::Cancel;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// How long a program may take before it is left alone.
const LIMIT: Duration = Duration::from_secs(2);
/// How often it is looked whether it has ended.
const TICK: Duration = Duration::from_millis(10);

/// A way to the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// tmux takes it, and gives it to the terminal that it is in.
    Tmux,
    /// The terminal takes it: OSC 52.
    Terminal,
    /// As [`Way::Terminal`], through GNU screen.
    Screen,
    /// A program of the desktop, with its arguments.
    Tool(&'static [&'static str]),
    /// A command of the user's, for the shell.
    Command(String),
}

/// Which way is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// By what the program runs in.
    #[default]
    Auto,
    /// Always the terminal.
    Terminal,
    /// Always tmux.
    Tmux,
    /// Always a program of the desktop.
    Tools,
    /// A command.
    Command(String),
    /// Nothing leaves but the file.
    None,
}

/// What the program runs in, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Inside tmux.
    pub tmux: bool,
    /// Inside GNU screen.
    pub screen: bool,
    /// On another machine than the user.
    pub ssh: bool,
    /// A Wayland desktop.
    pub wayland: bool,
    /// An X11 desktop.
    pub x11: bool,
    /// macOS.
    pub mac: bool,
    /// The way that is wanted.
    pub wish: Wish,
    /// Where the text is kept beside; `None` for a user without a folder.
    pub last_copy: Option<PathBuf>,
}

const WAYLAND: &[&str] = &["wl-copy"];
const XCLIP: &[&str] = &["xclip", "-selection", "clipboard"];
const XSEL: &[&str] = &["xsel", "--clipboard", "--input"];
const MAC: &[&str] = &["pbcopy"];

impl Surroundings {
    /// The ways to try, in order. A desktop's programs on the far side of a connection would fill the wrong clipboard.
    pub fn ways(&self) -> Vec<Way> {
        let tools = || {
            let known = [(self.wayland, WAYLAND), (self.x11, XCLIP), (self.x11, XSEL), (self.mac, MAC)];
            known.into_iter().filter(|(there, _)| *there).map(|(_, tool)| Way::Tool(tool)).collect::<Vec<_>>()
        };
        let terminal = if self.screen { Way::Screen } else { Way::Terminal };
        match &self.wish {
            Wish::None => Vec::new(),
            Wish::Command(command) => vec![Way::Command(command.clone())],
            Wish::Terminal => vec![terminal],
            Wish::Tmux => vec![Way::Tmux],
            Wish::Tools => tools(),
            Wish::Auto => {
                let mut ways = Vec::new();
                if self.tmux {
                    ways.push(Way::Tmux);
                }
                if !self.ssh && !self.tmux {
                    ways.extend(tools());
                }
                ways.push(terminal);
                ways
            }
        }
    }

    /// Keeps the text in the file that its owner alone reads; whether it is there.
    pub fn keep(&self, text: &str) -> bool {
        self.last_copy.as_ref().is_some_and(|path| write_private(path, text.as_bytes()).is_ok())
    }
}

impl Way {
    /// Hands text to the program of this way; `false` where there is none, or it failed or took too long.
    pub fn hand_over(&self, text: &str, cancel: &Cancel) -> bool {
        let mut command = match self {
            Way::Terminal | Way::Screen => return false,
            Way::Tmux => {
                let mut command = Command::new("tmux");
                command.args(["load-buffer", "-w", "-"]);
                command
            }
            Way::Tool(tool) => {
                let Some((program, arguments)) = tool.split_first() else { return false };
                let mut command = Command::new(program);
                command.args(arguments);
                command
            }
            Way::Command(text) => {
                let mut command = Command::new("sh");
                command.args(["-c", text]);
                command
            }
        };
        // Some of them stay in the background and would hold a pipe open for ever.
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(mut child) = child else { return false };
        let (told, written) = channel();
        let (pipe, bytes) = (child.stdin.take(), text.as_bytes().to_vec());
        let writing = std::thread::Builder::new().name("copying".into()).spawn(move || {
            let _ = told.send(pipe.is_some_and(|mut pipe| pipe.write_all(&bytes).is_ok()));
        });
        let begun = Instant::now();
        let mut is_written = writing.is_err();
        while begun.elapsed() < LIMIT && !cancel.is_cancelled() {
            if let Ok(Some(status)) = child.try_wait() {
                return status.success() && (is_written || written.recv_timeout(TICK) == Ok(true));
            }
            match written.recv_timeout(TICK) {
                Ok(true) => is_written = true,
                Ok(false) => break,
                Err(_) if is_written => std::thread::park_timeout(TICK),
                Err(_) => {}
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        false
    }

    /// The words for it.
    pub fn words(&self) -> String {
        match self {
            Way::Tmux => "tmux (load-buffer -w)".to_owned(),
            Way::Terminal => "the terminal clipboard (OSC 52)".to_owned(),
            Way::Screen => "the terminal clipboard (OSC 52 through screen)".to_owned(),
            Way::Tool(tool) => tool.first().copied().unwrap_or_default().to_owned(),
            Way::Command(_) => "the clipboard command".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_depends_on_where_the_user_sits() {
        let none = Surroundings::default();
        assert_eq!(none.ways(), [Way::Terminal]);
        let desktop = Surroundings { wayland: true, x11: true, ..none.clone() };
        assert_eq!(desktop.ways(), [Way::Tool(WAYLAND), Way::Tool(XCLIP), Way::Tool(XSEL), Way::Terminal]);
        let far = Surroundings { ssh: true, ..desktop.clone() };
        assert_eq!(far.ways(), [Way::Terminal], "the desktop is another machine's");
        let tmux = Surroundings { tmux: true, ..far };
        assert_eq!(tmux.ways(), [Way::Tmux, Way::Terminal]);
        let screen = Surroundings { screen: true, ..none.clone() };
        assert_eq!(screen.ways(), [Way::Screen]);
        assert_eq!(Surroundings { wish: Wish::None, ..none }.ways(), []);
    }

    #[test]
    fn a_program_gets_the_text_or_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("out");
        let takes = Way::Command(format!("cat > '{}'", file.display()));
        assert!(takes.hand_over("some text\n", &Cancel::new()));
        assert_eq!(std::fs::read_to_string(&file).expect("written"), "some text\n");
        assert!(!Way::Command("exit 3".to_owned()).hand_over("text", &Cancel::new()));
        assert!(!Way::Tool(&["driftglass-no-such-program"]).hand_over("text", &Cancel::new()));
        let cancelled = Cancel::new();
        cancelled.cancel();
        assert!(!Way::Command("sleep 60".to_owned()).hand_over("text", &cancelled));
    }

    #[cfg(unix)]
    #[test]
    fn the_last_copy_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("state/last-copy");
        let kept = Surroundings { last_copy: Some(file.clone()), ..Surroundings::default() };
        assert!(kept.keep("one") && kept.keep("two"));
        assert_eq!(std::fs::read_to_string(&file).expect("kept"), "two");
        assert_eq!(std::fs::metadata(&file).expect("kept").permissions().mode() & 0o777, 0o600);
    }
}
