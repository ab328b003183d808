//! Where errors become words, a hint and an exit status.

use crate::base::text::escape;
use crate::reference::{ConfigurationError, REHEARSALS, RULES, ReferenceError, StoreError};
use std::io::{self, Write};
use std::process::ExitCode;

/// Trouble: bad input, bad usage, a full disk.
const TROUBLE: u8 = 2;
/// No terminal where one is needed.
const NO_TERMINAL: u8 = 4;
/// What a shell reports of a program ended by SIGPIPE: nobody reads on.
const CLOSED: u8 = 141;

/// Why a command cannot do what it was asked to.
#[derive(Debug)]
pub(super) enum Error {
    /// A reference that leads to no snapshot.
    Reference(ReferenceError),
    /// The store or a file to write.
    Store(StoreError),
    /// Mistakes in the configuration, each with its file and place.
    Configuration(Vec<String>),
    /// Anything else about what was asked: what, and what to do.
    Usage(String, String),
    /// A terminal is needed and there is none.
    NoTerminal(String),
    /// Standard output failed.
    Output(io::Error),
}

impl Error {
    pub(super) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage(what.into(), hint.into())
    }

    /// Says it on standard error, and gives the exit status.
    pub(super) fn report(self) -> ExitCode {
        let (message, hint, status) = match self {
            Error::Reference(error) => (error.to_string(), error.hint(), TROUBLE),
            Error::Store(error) => (escape(&error.to_string()).into_owned(), None, TROUBLE),
            Error::Configuration(mistakes) => {
                let lines: Vec<_> = mistakes.iter().map(|mistake| escape(mistake)).collect();
                let names = |file: &str| mistakes.iter().any(|mistake| mistake.contains(file));
                let hint = if names(REHEARSALS) {
                    "`driftglass rehearse` writes it; docs/rehearsal.md"
                } else if names("driftglass.accept.toml") {
                    "`driftglass accept` writes its blocks; docs/policy.md says what each key is"
                } else if names(RULES) || names("risk.d") {
                    "`driftglass explain RULE` shows rules; docs/risk.md says how one is written"
                } else {
                    "`driftglass config --example` shows how it is written"
                };
                (lines.join("\n"), Some(hint.to_owned()), TROUBLE)
            }
            Error::Usage(what, hint) => (escape(&what).into_owned(), Some(hint), TROUBLE),
            Error::NoTerminal(text) => {
                let _ = writeln!(io::stderr(), "{text}");
                return ExitCode::from(NO_TERMINAL);
            }
            Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::from(CLOSED),
            Error::Output(error) => (format!("cannot write to standard output: {error}"), None, TROUBLE),
        };
        let mut err = io::stderr();
        let _ = writeln!(err, "driftglass: {message}");
        if let Some(hint) = hint.filter(|hint| !hint.is_empty()) {
            let _ = writeln!(err, "hint: {}", escape(&hint));
        }
        ExitCode::from(status)
    }
}

impl From<ReferenceError> for Error {
    fn from(error: ReferenceError) -> Self {
        Error::Reference(error)
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        match error {
            ConfigurationError::Store(error) => Error::Store(error),
            ConfigurationError::Wrong(mistakes) => Error::Configuration(mistakes),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Error::Store(error)
    }
}

impl From<crate::tui::Error> for Error {
    fn from(error: crate::tui::Error) -> Self {
        match error {
            crate::tui::Error::Reference(error) => Error::Reference(error),
            error => Error::Usage(error.to_string(), String::new()),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Output(error)
    }
}
