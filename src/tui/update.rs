//! What happens to the model. Pure: no input or output, no clock; what is to be done outside is returned. What an action
//! does is [`act`](super::act)'s.

use super::act::{act, back, choose, top};
use super::arriving;
use super::keys::{self, Action, Key, Screen};
use super::layer::Step;
use super::message::{Effect, Judging, Message};
use super::model::{Model, View};
use super::switch;
use super::terminal::Mouse;
use super::whole::Weighing;
use crate::assess::Judged;
use crate::base::text::escape;
use crossterm::event::KeyCode;
use std::sync::Arc;

/// How many kept filters Up and Down go through.
const HISTORY: usize = 100;

/// What is said once when the link is found slow.
pub const SLOW: &str = "slow link: less is drawn (:slow switches)";

/// Takes a message into the model.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let is_touch = message.is_touch();
    model.arriving.iter_mut().for_each(|arriving| arriving.is_touched |= is_touch);
    model.is_touched |= is_touch;
    let mut effects = taken(model, message);
    if model.view == View::Matrix
        && let Some(whole) = &mut model.whole
    {
        whole.sync();
    }
    if model.view == View::Risk {
        super::risk::sync(model);
    }
    if model.view == View::Report {
        effects.extend(super::paper::ask(model));
    }
    super::time::with_ages(model, effects)
}

fn taken(model: &mut Model, mut message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => return self::key(model, key),
        Message::Paste(text) => return paste(model, &text),
        Message::Resize(size) => {
            model.size = size;
            model.fit();
            return tell(model, &message);
        }
        Message::Compared(ref mut paired) if paired.ticket == model.compare_ticket => {
            model.sides = model.asked.take().unwrap_or(model.sides);
            std::mem::swap(&mut model.tree, &mut paired.tree);
            let job = match &paired.open {
                Some(open) => model.tree.take_over(&paired.tree, open),
                None => model.tree.take_place(&paired.tree),
            };
            if let Some(path) = model.goal.take()
                && let Some(row) = model.tree.comparison().find(&path)
            {
                model.tree.select(row);
            }
            // What is left out is asked for with the filter: only the latest question is answered.
            let sieve = super::review::gutter(model);
            let sieve = if sieve.is_empty() { job.map(Effect::Sieve).into_iter().collect() } else { sieve };
            let asked = tell(model, &message);
            let judge = judge(model);
            let mut effects: Vec<Effect> = sieve.into_iter().chain([judge]).chain(asked).collect();
            if let Message::Compared(paired) = message {
                effects.push(Effect::Discard(paired.tree));
            }
            return effects;
        }
        Message::Judged(judged) => return self::judged(model, judged),
        Message::Weighed(weighed) => {
            let whole = model.whole.as_mut();
            if let Some(whole) = whole.filter(|whole| Arc::ptr_eq(whole.comparison(), &weighed.comparison)) {
                whole.stakes = Some(weighed.stakes);
            }
        }
        Message::Accepted(ref outcome) => {
            let mut effects = super::accept::answered(model, outcome);
            effects.extend(tell(model, &message));
            return effects;
        }
        Message::Papered(papered) => return super::paper::answered(model, papered),
        Message::Drafted(_) | Message::Listed(_) => return tell(model, &message),
        Message::Written(_, ref result) => {
            super::document::answered(model, result);
            return tell(model, &message);
        }
        Message::Benched(benched) => return super::review::benched(model, *benched),
        Message::Begun(setup) => return super::review::begin::begun(model, *setup),
        Message::Compared(_) => {}
        Message::Related(_) => return tell(model, &message),
        Message::Surveyed(answer) => return switch::surveyed(model, answer),
        Message::Tracing(ticket, done, all) => model.time.told(ticket, done, all),
        Message::Traced(traces) => return super::time::taken(model, traces),
        Message::Past(past) => return super::time::arrived(model, *past),
        Message::Loaded(ref text, ref outcome) => {
            let effects = match outcome {
                Ok(snapshot) => switch::add(model, Arc::clone(snapshot), text),
                Err(words) => {
                    model.note = escape(words).into_owned();
                    Vec::new()
                }
            };
            return effects.into_iter().chain(tell(model, &message)).collect();
        }
        Message::Sieved(answer) => {
            // Tickets of the two never meet: each takes only its own.
            let answer = model.tree.answered(answer);
            if let (Some(answer), Some(whole)) = (answer, &mut model.whole) {
                whole.tree.answered(answer);
                whole.sync();
            }
            place(model);
            if model.filter_off && !model.active().is_busy() {
                model.filter_off = false;
                return model.active_mut().switch_filter().map(Effect::Sieve).into_iter().collect();
            }
        }
        Message::Journaled(answer) => return super::review::answered(model, *answer),
        Message::Arriving(words) => {
            if let Some(arriving) = &mut model.arriving {
                arriving.words = words;
            }
        }
        Message::Arrived(opened) => return arriving::arrived(model, *opened),
        Message::Note(words) => model.note = words,
        Message::Mouse(event) => {
            model.note.clear();
            return super::mouse::act(model, event);
        }
        Message::SlowLink => {
            model.set_slow(true);
            model.note = SLOW.to_owned();
        }
        Message::CopyByTerminal(text) => return vec![Effect::CopyByTerminal(text)],
        Message::Failed(words) => {
            model.stop();
            model.note = words;
        }
    }
    Vec::new()
}

/// Asks for the two sides to be judged.
pub(super) fn judge(model: &Model) -> Effect {
    let comparison = Arc::clone(model.tree.comparison());
    Effect::Judge(Judging { comparison, meaning: None, ruling: Arc::clone(&model.ruling) })
}

/// Asks for all snapshots to be judged together, where the two sides are not all and it is not known yet.
pub(super) fn judge_all(model: &mut Model) -> Option<Effect> {
    let whole = model.whole.as_mut().filter(|whole| whole.judged.is_none())?;
    let comparison = Arc::clone(whole.comparison());
    let of_pair = model.tree.judgement();
    if let Some(judged) = of_pair.filter(|judged| Arc::ptr_eq(&judged.assessment.comparison, &comparison)) {
        whole.judged = Some(Arc::clone(judged));
        return None;
    }
    Some(Effect::JudgeAll(Judging { comparison, meaning: None, ruling: Arc::clone(&model.ruling) }))
}

/// Asks for each side to be judged beside the reference, where that is not known yet. What two sides mean is known once
/// they are judged.
pub(super) fn weigh(model: &Model) -> Option<Effect> {
    let whole = model.whole.as_ref().filter(|whole| whole.stakes().is_none())?;
    let comparison = Arc::clone(whole.comparison());
    let (reference, is_pair) = (whole.overview.reference, comparison.sides().len() == 2);
    let meaning = whole.judged.as_ref().map(|judged| Arc::clone(&judged.assessment.meaning));
    if is_pair && comparison.reference() == reference && meaning.is_none() {
        return None;
    }
    Some(Effect::Weigh(Weighing { comparison, reference, meaning, rules: model.ruling.rules.clone() }))
}

/// Begins at the worst, as long as nobody has moved.
fn place(model: &mut Model) {
    if !model.is_touched && model.review.is_none() {
        model.tree.begin_at_worst();
    }
}

/// Takes in what differences mean and how they stand.
fn judged(model: &mut Model, judged: Arc<Judged>) -> Vec<Effect> {
    let of_all = model.whole.as_mut().filter(|whole| Arc::ptr_eq(whole.comparison(), &judged.assessment.comparison));
    let mut effects = Vec::new();
    if let Some(whole) = of_all {
        effects.extend(whole.tree.judged(Arc::clone(&judged)).map(Effect::Sieve));
        whole.judged = Some(Arc::clone(&judged));
        if let (View::Coverage, Some(path)) = (model.view, &model.carried) {
            model.covered.select(path, &judged);
        }
        whole.sync();
        // Of more than two it was asked for when they were laid side by side.
        if judged.assessment.comparison.sides().len() == 2 {
            effects.extend(weigh(model));
        }
    }
    if !Arc::ptr_eq(model.tree.comparison(), &judged.assessment.comparison) {
        return effects;
    }
    let job = model.tree.judged(judged);
    place(model);
    effects.extend(job.map(Effect::Sieve));
    effects
}

fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    model.note.clear();
    if model.layout().is_none() {
        // Too small to see what a key does: only leaving is safe.
        let leave = key == Key::char('q') || keys::action(Screen::Tree, key) == Some(Action::Interrupt);
        return if leave { vec![Effect::Quit] } else { Vec::new() };
    }
    match keys::action(Screen::Everywhere, key) {
        Some(Action::Suspend) => return vec![Effect::Suspend],
        Some(Action::Redraw) => return vec![Effect::Redraw],
        Some(Action::Mouse) if !model.takes_text() && model.menu.is_none() => {
            model.mouse = model.mouse.next();
            let words = match model.mouse {
                Mouse::Wheel => "mouse: wheel; selecting text is the terminal's",
                Mouse::Full => "mouse: full; Shift-drag selects text (Option or Fn on some terminals)",
                Mouse::Off => "mouse: off",
            };
            model.note = words.to_owned();
            return Vec::new();
        }
        _ => {}
    }
    if let Some(menu) = model.menu.take() {
        return match key.typed().and_then(|letter| menu.choose(letter)) {
            Some(choice) => choose(model, choice),
            None => Vec::new(),
        };
    }
    if let Some(mut layer) = model.layers.pop() {
        let action = if layer.takes_text() { None } else { keys::action(layer.screen(), key) };
        let step = layer.key(key, action, model);
        return self::step(model, layer, step);
    }
    if model.view == View::Report && model.paper.is_typing() {
        return super::paper::typing(model, key);
    }
    if model.active().editing().is_some() {
        return typing(model, key);
    }
    match keys::action(model.view.screen(), key) {
        Some(Action::Back) if model.view == View::Review => match key == Key::char('q') {
            true => super::review::leave(model),
            false => Vec::new(),
        },
        Some(Action::Back) if key == Key::char('q') && model.view == View::Tree && !back(model) => top(model),
        Some(action) => act(model, action),
        None => {
            let meant = keys::action(Screen::Tree, key);
            let narrows = matches!(meant, Some(Action::Filter | Action::Find | Action::SwitchFilter));
            if narrows && matches!(model.view, View::Risk | View::Overview | View::Coverage) {
                model.note = "tree and matrix have a filter; here all is shown".to_owned();
            }
            Vec::new()
        }
    }
}

/// Tells all layers what has happened; what they ask for then.
fn tell(model: &mut Model, message: &Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    for mut layer in std::mem::take(&mut model.layers) {
        match layer.receive(message, model) {
            Step::Close => continue,
            Step::Effect(effect) => effects.push(effect),
            _ => {}
        }
        model.layers.push(layer);
    }
    effects
}

/// Does an action on the screen that is on top.
pub(super) fn dispatch(model: &mut Model, action: Action) -> Vec<Effect> {
    let pressed = keys::binding(action).and_then(|binding| binding.pressed().next());
    match (model.layers.pop(), pressed) {
        (Some(mut layer), Some(key)) => {
            let step = layer.key(key, Some(action), model);
            self::step(model, layer, step)
        }
        (Some(layer), None) => {
            model.layers.push(layer);
            Vec::new()
        }
        (None, _) => act(model, action),
    }
}

/// Does what a layer asked for and puts it back, unless it is to be left.
fn step(model: &mut Model, layer: Box<dyn super::layer::Layer>, step: Step) -> Vec<Effect> {
    match step {
        Step::Close => Vec::new(),
        Step::CloseAndDo(action) => dispatch(model, action),
        Step::Command(command, text) => super::palette::run(model, command, text),
        Step::Replace(other) => {
            model.layers.push(other);
            Vec::new()
        }
        Step::Open(other) => {
            model.layers.extend([layer, other]);
            Vec::new()
        }
        Step::Stay => {
            model.layers.push(layer);
            Vec::new()
        }
        Step::Effect(effect) => {
            if matches!(effect, Effect::Accept(_)) {
                model.accepts.begin();
            }
            model.layers.push(layer);
            vec![effect]
        }
        Step::DoAt(action @ (Action::Accept | Action::WriteReport), _) => {
            // The dialog stands above the fact that it is about.
            model.layers.push(layer);
            act(model, action)
        }
        // The history stands beneath all layers.
        Step::DoAt(Action::Blame, path) => {
            model.layers.push(layer);
            super::time::blame(model, &path)
        }
        Step::DoAt(action, path) => {
            super::review::reveal(model, &path);
            let effects = act(model, action);
            model.layers.push(layer);
            effects
        }
        Step::Do(action) => {
            let effects = act(model, action);
            model.layers.push(layer);
            effects
        }
    }
}

/// A key while a filter or find is typed.
fn typing(model: &mut Model, key: Key) -> Vec<Effect> {
    let recall = |model: &mut Model, older: bool| {
        let history = std::mem::take(&mut model.history);
        let job = model.active_mut().typed(|field| recall(field, &history, older));
        model.history = history;
        job
    };
    let job = match (key.code, key.ctrl) {
        (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => {
            let of_all = model.view == View::Matrix;
            let again = model.active_mut().cancel().map(Effect::Sieve);
            return vec![again.unwrap_or(Effect::StopSieve { of_all })];
        }
        (KeyCode::Enter, _) => {
            let text = model.active().editing().map(|e| e.field.text().trim().to_owned()).unwrap_or_default();
            if model.active_mut().keep() && !text.is_empty() {
                model.history.retain(|known| *known != text);
                model.history.push(text);
                let surplus = model.history.len().saturating_sub(HISTORY);
                model.history.drain(..surplus);
            }
            None
        }
        (KeyCode::Tab, _) => model.active_mut().complete(),
        (KeyCode::Up, _) => recall(model, true),
        (KeyCode::Down, _) => recall(model, false),
        _ => model.active_mut().typed(|field| field.key(key).unwrap_or(false)),
    };
    job.map(Effect::Sieve).into_iter().collect()
}

/// Puts the older or newer text of the history in the field.
fn recall(field: &mut super::field::Field, history: &[String], older: bool) -> bool {
    let at = history.iter().position(|text| text == field.text());
    let next = match (at, older) {
        (None, true) => history.len().checked_sub(1),
        (Some(at), true) => at.checked_sub(1),
        (Some(at), false) => Some(at + 1),
        (None, false) => None,
    };
    let Some(text) = next.and_then(|i| history.get(i)) else { return false };
    *field = super::field::Field::new(text.clone());
    true
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(mut layer) = model.layers.pop() {
        if layer.takes_text() {
            layer.paste(text, model);
        }
        model.layers.push(layer);
        return Vec::new();
    }
    if model.view == View::Report && model.paper.is_typing() {
        return super::paper::paste(model, text);
    }
    model.active_mut().typed(|field| field.paste(text)).map(Effect::Sieve).into_iter().collect()
}
