//! What a snapshot is called beside another of the same label.

/// What a snapshot is called for as long as the program runs, where its label is another's too. It is no part of the
/// snapshot: it is not written and decides no equality.
#[derive(Clone, Debug, Default)]
pub struct Alias(Option<Box<str>>);

impl Alias {
    /// This name, raw text.
    pub fn new(name: &str) -> Self {
        Self(Some(name.into()))
    }

    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl PartialEq for Alias {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
