//! Screens above the tree: detail, help, palette and the like. The last one opened has the keys.

use super::canvas::Canvas;
use super::keys::{Action, Key, Screen};
use super::message::{Effect, Message};
use super::model::Model;
use crate::compare::{Comparison, RowId};
use crate::model::Path;
use std::fmt::Debug;
use std::sync::Arc;

/// What a layer wants after a key.
#[derive(Debug)]
pub enum Step {
    /// Nothing more.
    Stay,
    /// To be left.
    Close,
    /// To be left, and the action done on the screen beneath: what the palette does.
    CloseAndDo(Action),
    /// The action done on the tree, while the layer stays: `n` in the detail.
    Do(Action),
    /// The action done on the row of a path, while the layer stays: `r` in the detail.
    DoAt(Action, Path),
    /// Another screen above itself.
    Open(Box<dyn Layer>),
    /// Another screen in its place.
    Replace(Box<dyn Layer>),
    /// Something outside.
    Effect(Effect),
    /// To be left, and a command run that was typed so.
    Command(super::palette::Command, String),
}

/// A screen above the tree.
///
/// It is given the model to read, without itself in it; it changes nothing but itself and says the rest as a [`Step`].
pub trait Layer: Debug + Send {
    /// Which screen it is: its bindings hold while it is on top.
    fn screen(&self) -> Screen;

    /// Whether keys are text: then no binding holds but those the layer looks up itself.
    fn takes_text(&self) -> bool {
        false
    }

    /// The fact that it is about, for copies: of a comparison of its own, which may be older than the tree's.
    fn subject(&self) -> Option<(&Arc<Comparison>, RowId, (usize, usize))> {
        None
    }

    /// A key was pressed; `action` is what the table says it does here.
    fn key(&mut self, key: Key, action: Option<Action>, model: &Model) -> Step;

    /// Text was pasted; only asked while the layer takes text.
    fn paste(&mut self, text: &str, model: &Model) {
        let _ = (text, model);
    }

    /// Something that the layer may have asked for has happened.
    fn receive(&mut self, message: &Message, model: &Model) -> Step {
        let _ = (message, model);
        Step::Stay
    }

    /// Draws over the whole screen, which holds what is beneath.
    fn draw(&self, model: &Model, canvas: &mut Canvas<'_>);
}
