//! Settings that change while the explorer runs: `:set`, saved filters, a fresh start. Pure, as `update` is.

use super::glyphs::Glyphs;
use super::message::Effect;
use super::model::{Model, View};
use super::terminal::Mouse;
use super::tree::kind::Kind;
use super::tree::layout::Arrangement;
use std::sync::Arc;

/// Puts a setting in force. The word is one that it takes.
pub fn set(model: &mut Model, key: &'static str, word: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    match key {
        "theme" => match model.theme_named(word) {
            Ok(theme) => (model.theme, model.theme_name) = (theme, Some(word.to_owned())),
            Err(error) => {
                model.note = error.to_string();
                return effects;
            }
        },
        "glyphs" => {
            model.glyphs = match word {
                "ascii" => Glyphs::ASCII,
                "unicode" => Glyphs::UNICODE,
                _ => model.auto_glyphs,
            }
        }
        "layout" => model.arrange(Arrangement::ALL.into_iter().find(|a| a.setting() == word).unwrap_or_default()),
        "same" => effects.extend(shows(model, Kind::Same, word == "shown")),
        "volatile" => effects.extend(shows(model, Kind::Volatile, word == "shown")),
        "mouse" => model.mouse = Mouse::ALL.into_iter().find(|level| level.word() == word).unwrap_or_default(),
        "announce" => model.announces = word == "on",
        "slow" => model.set_slow(word == "on"),
        _ => {}
    }
    model.note = format!("{key} = {word}; :set save keeps it");
    model.changed.insert(key.to_owned(), word.to_owned());
    effects
}

/// Shows a kind of leaf or hides it, in the present view.
pub fn shows(model: &mut Model, kind: Kind, on: bool) -> Option<Effect> {
    let tree = model.active_mut();
    if tree.shown().has(kind) == on {
        return None;
    }
    tree.toggle_kind(kind).map(Effect::Sieve)
}

/// Saves the filter that is in force under a name.
pub fn save_filter(model: &mut Model, name: String) -> Vec<Effect> {
    let Some((text, _)) = model.active().filter() else { return Vec::new() };
    let text = text.to_owned();
    let mut saved = (**model.tree.saved()).clone();
    saved.insert(name.clone(), text.clone());
    let saved = Arc::new(saved);
    model.tree.set_saved(Arc::clone(&saved));
    if let Some(whole) = &mut model.whole {
        whole.tree.set_saved(saved);
    }
    vec![Effect::SaveFilter(name, text)]
}

/// Starts anew, as if nothing had been kept.
pub fn fresh(model: &mut Model) -> Vec<Effect> {
    model.layers.clear();
    // All snapshots together are laid out again once they are looked at.
    model.survey_ticket += 1;
    model.surveying = false;
    let whole = model.whole.take().map(|whole| Effect::Discard(Box::new(whole.tree)));
    model.view = View::Tree;
    model.note = "anew".to_owned();
    // As when it opened: the first two sides, and the selection at the worst once that is known.
    let (left, right, reference) = Model::first_sides(&model.snapshots);
    (model.asked, model.reference, model.is_touched) = (Some((left, right)), reference, false);
    whole.into_iter().chain([Effect::Forget]).chain(super::act::anew(model)).collect()
}
