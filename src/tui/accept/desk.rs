//! Where acceptances are written: the same file, and the same edit of it, as `driftglass accept` has. Done on a worker;
//! the screen hears of it once it is on the disk.

use crate::assess::Judged;
use crate::base::text::escape;
use crate::policy::accept::{self, Acceptance, Acceptances, EditError, What};
use crate::reference::{Configuration, ConfigurationError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where acceptances are kept, and who accepts.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// What the configuration files say: they name the file.
    pub configuration: Configuration,
    /// Who works here, as far as anybody knows.
    pub author: Option<String>,
}

/// Where an acceptance is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the file that the team shares.
    File,
    /// Here, until the explorer is left.
    Session,
}

/// What is to be written.
#[derive(Clone, Debug)]
pub enum Wish {
    /// An acceptance as it was asked for, without its pins.
    Accept {
        /// What it is accepted by.
        judged: Arc<Judged>,
        /// Reason, author, key and end.
        acceptance: Acceptance,
        /// Whether to pin it to the present values.
        is_pinned: bool,
        /// Where it is kept.
        kept: Kept,
    },
    /// The acceptance of a key taken back.
    TakeBack {
        /// Its key.
        key: String,
        /// Where it is kept.
        kept: Kept,
    },
    /// What was done last, undone.
    Undo(Undo),
    /// What was undone last, done again.
    Redo(Undo),
}

/// Which way a wish went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Something was decided.
    Anew,
    /// It was undone.
    Back,
    /// It was done again.
    Again,
}

/// What undoes a decision: the acceptance that stood there before, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Undo {
    /// The key.
    pub key: String,
    /// What was accepted before.
    pub before: Option<Acceptance>,
    /// What the decision left there: another one since then is not touched.
    pub after: Option<Acceptance>,
    /// Where it is kept.
    pub kept: Kept,
}

/// What came of a wish.
#[derive(Debug)]
pub struct Outcome {
    /// What was done, or why it was not, in words.
    pub result: Result<Done, String>,
    /// Which way it went.
    pub way: Way,
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    /// All acceptances of the file as it is on the disk now; none where it was not touched.
    pub accepted: Option<Acceptances>,
    /// How to undo it.
    pub undo: Undo,
    /// What to say of it.
    pub words: String,
}

/// Why an edit did not come to be.
enum Trouble {
    Words(String),
    Configuration(ConfigurationError),
}

impl From<ConfigurationError> for Trouble {
    fn from(error: ConfigurationError) -> Self {
        Trouble::Configuration(error)
    }
}

impl Trouble {
    fn words(self) -> String {
        let words = match self {
            Trouble::Words(words) => words,
            Trouble::Configuration(error) => error.to_string(),
        };
        // The first mistake with its place; a status line has no room for all.
        escape(words.lines().next().unwrap_or_default()).into_owned()
    }
}

impl Desk {
    /// Does what is wished; `session` are the acceptances that are kept here alone.
    pub fn carry_out(&self, wish: Wish) -> Outcome {
        let way = match wish {
            Wish::Undo(_) => Way::Back,
            Wish::Redo(_) => Way::Again,
            Wish::Accept { .. } | Wish::TakeBack { .. } => Way::Anew,
        };
        let result = match wish {
            Wish::Accept { judged, acceptance, is_pinned, kept } => {
                self.accept(&judged, acceptance, is_pinned, kept).map_err(Trouble::words)
            }
            Wish::TakeBack { key, kept } => {
                let words = format!("{}: taken back; u puts it there again", escape(&key));
                self.put(&key, None, None, kept, words).map_err(Trouble::words)
            }
            Wish::Undo(undo) | Wish::Redo(undo) => {
                let said = if way == Way::Back { "undone" } else { "done again" };
                let words = match undo.before {
                    Some(_) if way == Way::Again => format!("{said}: {} is accepted", escape(&undo.key)),
                    Some(_) => format!("{said}: {} is accepted as before", escape(&undo.key)),
                    None => format!("{said}: {} is open again", escape(&undo.key)),
                };
                let Undo { key, before, after, kept } = undo;
                self.put(&key, before, Some(after), kept, words).map_err(Trouble::words)
            }
        };
        Outcome { result, way }
    }

    fn accept(
        &self,
        judged: &Judged,
        mut acceptance: Acceptance,
        is_pinned: bool,
        kept: Kept,
    ) -> Result<Done, Trouble> {
        let words = |error: &dyn std::fmt::Display| Trouble::Words(error.to_string());
        let mut blind = "";
        if is_pinned && !matches!(acceptance.what, What::Pattern(_)) {
            let before = judged.ruling.acceptances.named(&acceptance.key);
            let pinned = judged.assessment.pin(&mut acceptance, before).map_err(|error| words(&error))?;
            if pinned.is_blind {
                blind = "; hidden without a key: nobody can tell when it changes";
            }
        } else {
            judged.assessment.ending(&acceptance).map_err(|error| words(&error))?;
            acceptance.values = BTreeMap::new();
        }
        let until = acceptance.until.map_or_else(|| "without an end".to_owned(), |until| format!("until {until}"));
        let place = match kept {
            Kept::File => escape(&self.configuration.acceptances.to_string_lossy()).into_owned(),
            Kept::Session => "this session only".to_owned(),
        };
        let told = format!("{}: accepted {until}, kept in {place}{blind}; u undoes", escape(&acceptance.key));
        let key = acceptance.key.clone();
        self.put(&key, Some(acceptance), None, kept, told)
    }

    /// Puts an acceptance in the place of the one of its key, or takes that away. Where it is said what stands there
    /// `now`, anything else is left alone.
    fn put(
        &self,
        key: &str,
        after: Option<Acceptance>,
        now: Option<Option<Acceptance>>,
        kept: Kept,
        words: String,
    ) -> Result<Done, Trouble> {
        let mut undo = Undo { key: key.to_owned(), before: None, after: after.clone(), kept };
        if kept == Kept::Session {
            return Ok(Done { accepted: None, undo, words });
        }
        let configuration = &self.configuration;
        let edited = |error: EditError| match error {
            EditError::Wrong(remarks) => Trouble::Configuration(configuration.wrong(&remarks)),
            error => Trouble::Words(format!("{}: {error}", configuration.acceptances.display())),
        };
        configuration.edit_accepted(|text| {
            let (present, _) = accept::parse(text).map_err(|wrong| configuration.wrong(&wrong))?;
            undo.before = present.named(key).cloned();
            if now.is_some_and(|now| now != undo.before) {
                return Err(Trouble::Words(format!("{key}: somebody has changed it since; it is left as it is")));
            }
            match &after {
                Some(acceptance) => accept::put(text, acceptance, &accept::areas()),
                None => accept::remove(text, key),
            }
            .map_err(edited)
        })?;
        let (accepted, _) = configuration.accepted()?;
        Ok(Done { accepted: Some(accepted), undo, words })
    }
}
