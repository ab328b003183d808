//! The history of what a conversation is about.

use crate::reference::Traced;
use std::fmt;

/// How it is read.
type Read = Box<dyn FnMut() -> Result<Traced, String> + Send>;

/// The history, read when it is first asked for.
#[derive(Default)]
pub(super) struct Past {
    read: Option<Read>,
    traced: Option<Result<Traced, String>>,
}

impl Past {
    /// What reads the history once somebody asks for it.
    pub(super) fn by(read: impl FnMut() -> Result<Traced, String> + Send + 'static) -> Self {
        Self { read: Some(Box::new(read)), traced: None }
    }

    /// The history, or why there is none.
    pub(super) fn traced(&mut self) -> Result<&Traced, String> {
        let mut read = self.read.take();
        let traced = self.traced.get_or_insert_with(|| match &mut read {
            Some(read) => read(),
            None => Err("No history is known here.".to_owned()),
        });
        traced.as_ref().map_err(String::clone)
    }
}

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Past").field("traced", &self.traced).finish_non_exhaustive()
    }
}
