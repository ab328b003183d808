//! What happens to the model. Pure: no input or output, no clock; what is to be done outside is returned.

use super::arriving;
use super::detail::Detail;
use super::help::Help;
use super::keys::{self, Action, Key, Screen};
use super::layer::Step;
use super::menu::{Choice, Copy, Menu};
use super::message::{Effect, Judging, Message};
use super::model::{Model, Subject, View};
use super::palette::Palette;
use super::switch;
use super::terminal::Mouse;
use super::tree::layout::Arrangement;
use super::tree::pairing::{Before, Pairing};
use super::tree::rows::Bits;
use super::tree::sieve::Purpose;
use crate::assess::Judged;
use crate::base::text::{escape, escape_lines};
use crate::compare::{Cell, Comparison, RowId};
use crate::model::provenance;
use crossterm::event::KeyCode;
use std::sync::Arc;

/// How many kept filters Up and Down go through.
const HISTORY: usize = 100;

/// What is said once when the link is found slow.
pub const SLOW: &str = "slow link: less is drawn (:slow switches)";

/// Takes a message into the model.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let is_touch = matches!(message, Message::Key(_) | Message::Paste(_) | Message::Mouse(_));
    model.arriving.iter_mut().for_each(|arriving| arriving.is_touched |= is_touch);
    let effects = taken(model, message);
    if model.view == View::Matrix
        && let Some(whole) = &mut model.whole
    {
        whole.sync();
    }
    effects
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
            let job = model.tree.take_over(&paired.tree, &paired.open);
            if let Some(path) = model.goal.take()
                && let Some(row) = model.tree.comparison().find(&path)
            {
                model.tree.select(row);
            }
            super::review::gutter(model);
            let asked = tell(model, &message);
            let judge = judge(model);
            let mut effects: Vec<Effect> = job.map(Effect::Sieve).into_iter().chain([judge]).chain(asked).collect();
            if let Message::Compared(paired) = message {
                effects.push(Effect::Discard(paired.tree));
            }
            return effects;
        }
        Message::Judged(judged) => return self::judged(model, judged),
        Message::Accepted(ref outcome) => {
            let mut effects = super::accept::answered(model, outcome);
            effects.extend(tell(model, &message));
            return effects;
        }
        Message::Compared(_) => {}
        Message::Related(_) => return tell(model, &message),
        Message::Surveyed(answer) => return switch::surveyed(model, answer),
        Message::Loaded(Ok(snapshot)) => return switch::add(model, snapshot),
        Message::Loaded(Err(words)) => model.note = escape(&words).into_owned(),
        Message::Sieved(answer) => {
            // Tickets of the two never meet: each takes only its own.
            let answer = model.tree.answered(answer);
            if let (Some(answer), Some(whole)) = (answer, &mut model.whole) {
                whole.tree.answered(answer);
                whole.sync();
            }
            if model.filter_off && !model.active().is_busy() {
                model.filter_off = false;
                model.active_mut().switch_filter();
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
        Message::Mouse(event) => return super::mouse::act(model, event),
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

/// Takes in what differences mean and how they stand.
fn judged(model: &mut Model, judged: Arc<Judged>) -> Vec<Effect> {
    if !Arc::ptr_eq(model.tree.comparison(), &judged.assessment.comparison) {
        return Vec::new();
    }
    let is_first = model.tree.judgement().is_none();
    let job = model.tree.judged(judged);
    if let (View::Risk, Some(judged)) = (model.view, model.tree.judgement()) {
        model.worst.judged(&judged.assessment.open, is_first.then(|| model.tree.cursor()));
    }
    job.map(Effect::Sieve).into_iter().collect()
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
        None => Vec::new(),
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
        Step::DoAt(Action::Accept, _) => {
            // The dialog stands above the fact that it is about.
            model.layers.push(layer);
            act(model, Action::Accept)
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

/// From the tree: back to the review that is open, else out.
fn top(model: &mut Model) -> Vec<Effect> {
    match model.review {
        Some(_) => switch::show(model, View::Review),
        None => vec![Effect::Quit],
    }
}

/// Takes back one thing; `false` at the top. A kept filter stays: that is for its own key.
fn back(model: &mut Model) -> bool {
    model.active_mut().end_find()
}

/// Does what an action says, on the present view.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(effects) = super::accept::act(model, action) {
        return effects;
    }
    if let Some(effects) = super::review::act(model, action) {
        model.accepts.is_latest &= !effects.iter().any(|effect| matches!(effect, Effect::Decide(_)));
        return effects;
    }
    if let Some(effects) = switch::act(model, action) {
        return effects;
    }
    match action {
        Action::Back if back(model) || matches!(model.view, View::Tree | View::Review) => {}
        Action::Back => return switch::show(model, View::Tree),
        Action::Interrupt if model.is_busy() => {
            model.stop();
            model.note = "stopped".into();
            return vec![Effect::Stop];
        }
        Action::Interrupt if model.view == View::Review => return super::review::leave(model),
        Action::Interrupt if model.view != View::Tree => return act(model, Action::Back),
        Action::Interrupt => return if back(model) { Vec::new() } else { top(model) },
        Action::Filter => model.active_mut().begin(Purpose::Filter),
        Action::Find => model.active_mut().begin(Purpose::Find),
        Action::SwitchFilter if !model.active_mut().switch_filter() => {
            model.note = "there is no filter: / makes one".into()
        }
        Action::States => {
            let menu = Menu::states(model.active().shown());
            let is_marked = model.view == View::Tree && model.tree.gutter().is_some();
            let menu = if is_marked { menu.with_done(model.tree.leaves_out_decided()) } else { menu };
            model.menu = Some(menu.with_policy(model.active().leaves_out()));
        }
        Action::Copy => model.menu = Some(Menu::copy()),
        Action::Sides if model.snapshots.len() > 2 => {
            let labels = model.snapshots.iter().map(|s| s.meta.label.as_str()).enumerate();
            model.menu = Some(Menu::sides("left side", labels, Choice::Left));
        }
        Action::Sides => model.note = "there are only two snapshots: x swaps them".into(),
        Action::Swap => return face(model, (model.sides.1, model.sides.0)),
        Action::Layout => {
            let width = model.size.width;
            let choices = model.choices_mut();
            choices.arrangement = match choices.arrangement.at(width) {
                Arrangement::SideBySide => Arrangement::Unified,
                Arrangement::Unified => Arrangement::Stacked,
                Arrangement::Auto | Arrangement::Stacked => Arrangement::SideBySide,
            };
            let words = choices.arrangement.word();
            model.note = format!("layout: {words}");
            model.fit();
        }
        Action::Wrap => {
            let choices = model.choices_mut();
            choices.wrap = !choices.wrap;
            model.fit();
        }
        Action::Add => model.layers.push(Box::new(Palette::typed(model.view.screen(), "add "))),
        Action::Help => model.layers.push(Box::new(Help::new(model.view.screen()))),
        Action::Commands => {
            let palette = Palette::with(model.view.screen(), &captured(model));
            model.layers.push(Box::new(palette));
        }
        Action::Open if model.tree.comparison().is_leaf(model.tree.cursor()) && !model.tree.on_run() => {
            model.layers.push(Box::new(Detail::of_tree(model)));
        }
        Action::Print => return vec![Effect::Print(printed(model))],
        Action::View => return vec![Effect::Show { text: printed(model), edit: false }],
        action if model.view == View::Tree => {
            let column = model.layout().map_or(0, |layout| usize::from(layout.columns.value));
            if let Some(words) = model.tree.act(action, column) {
                model.note = words.into();
            }
        }
        _ => {}
    }
    Vec::new()
}

/// What was captured and is not kept yet, by place and label.
fn captured(model: &Model) -> Vec<(usize, String)> {
    let label = |at: &usize| Some((*at, escape(&model.snapshots.get(*at)?.meta.label).into_owned()));
    model.captured.iter().filter_map(label).collect()
}

fn choose(model: &mut Model, choice: Choice) -> Vec<Effect> {
    match choice {
        Choice::Order(order) => {
            if let Some(whole) = &mut model.whole {
                whole.matrix.set_order(order);
            }
        }
        Choice::Kind(kind) => return model.active_mut().toggle_kind(kind).map(Effect::Sieve).into_iter().collect(),
        Choice::Copy(what) => {
            return match copied(model, what) {
                Some(text) => vec![Effect::Copy(text)],
                None => {
                    model.note = "nothing to copy there".into();
                    Vec::new()
                }
            };
        }
        Choice::Left(left) => {
            let labels = model.snapshots.iter().map(|s| s.meta.label.as_str()).enumerate();
            let others = labels.filter(|(i, _)| *i != left);
            model.menu = Some(Menu::sides("right side", others, |right| Choice::Sides(left, right)));
        }
        Choice::Sides(left, right) => return face(model, (left, right)),
        Choice::Accepted | Choice::Ignored => {
            let mut out = model.active().leaves_out();
            match choice {
                Choice::Accepted => out.accepted = !out.accepted,
                _ => out.ignored = !out.ignored,
            }
            model.active_mut().leave_out(out);
        }
        Choice::Done => super::review::toggle_done(model),
        Choice::Confirm(yes) => return super::review::confirm(model, yes),
    }
    Vec::new()
}

/// Lays two other snapshots side by side. The tree changes when the answer is there.
pub(super) fn face(model: &mut Model, sides: (usize, usize)) -> Vec<Effect> {
    face_as(model, sides, None, None)
}

/// As [`face`], of what may be aligned already; with the branches that were open at first, only those that were opened
/// or folded since are carried over.
pub(super) fn face_as(
    model: &mut Model,
    sides: (usize, usize),
    aligned: Option<Arc<Comparison>>,
    first: Option<Bits>,
) -> Vec<Effect> {
    let (Some(left), Some(right)) = (model.snapshots.get(sides.0), model.snapshots.get(sides.1)) else {
        return Vec::new();
    };
    let sides_in = [Arc::clone(left), Arc::clone(right)];
    model.compare_ticket += 1;
    model.asked = Some(sides);
    let reference = usize::from(sides.1 == model.reference);
    let (ticket, shown) = (model.compare_ticket, model.tree.shown());
    let before = Before { comparison: Arc::clone(model.tree.comparison()), open: model.tree.open().clone(), first };
    vec![Effect::Compare(Pairing { ticket, sides: sides_in, reference, aligned, shown, before })]
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
            let again = model.active_mut().cancel().map(Effect::Sieve);
            return vec![again.unwrap_or(Effect::StopSieve)];
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
    model.active_mut().typed(|field| field.paste(text)).map(Effect::Sieve).into_iter().collect()
}

/// The command that reads a value where the left side read it, else where the right did; escaped, as a path may be
/// hostile.
fn reading(comparison: &Comparison, row: RowId, sides: (usize, usize)) -> Option<String> {
    [sides.0, sides.1].into_iter().find_map(|side| {
        let root = comparison.sides().get(side)?.snapshot.meta.root.as_deref();
        provenance::command(comparison.source(row, side)?, root).map(|command| escape(&command).into_owned())
    })
}

/// The text that a copy takes, escaped; values keep their line ends and tabs.
fn copied(model: &Model, what: Copy) -> Option<String> {
    let Subject { comparison, row, sides } = model.subject();
    let path = comparison.path(row);
    let value = |side: usize| match comparison.cell(row, side) {
        Cell::Value(value) => escape_lines(&value.plain()).into_owned(),
        cell => super::tree::cells::in_full(cell),
    };
    let is_leaf = comparison.is_leaf(row);
    match what {
        Copy::Path => Some(escape(&path.to_string()).into_owned()),
        Copy::Pointer if is_leaf => {
            let json = |side| serde_json::Value::from(value(side)).to_string();
            Some(format!("{}\n{}\n{}", escape(&path.pointer()), json(sides.0), json(sides.1)))
        }
        Copy::Pointer => Some(escape(&path.pointer()).into_owned()),
        Copy::View => command(model),
        Copy::Markdown if is_leaf => {
            let cell = |text: String| text.replace('|', "\\|").replace(['\n', '\t'], " ");
            let side = |side| cell(super::tree::cells::in_full(comparison.cell(row, side)));
            let path = cell(escape(&path.to_string()).into_owned());
            Some(format!("| {path} | {} | {} |", side(sides.0), side(sides.1)))
        }
        Copy::Filter => model.active().filter().map(|(text, _)| escape(text).into_owned()),
        Copy::Command => reading(&comparison, row, sides),
        Copy::Left if is_leaf => Some(value(sides.0)),
        Copy::Right if is_leaf => Some(value(sides.1)),
        Copy::Both if is_leaf => Some(format!("{}\n{}", value(sides.0), value(sides.1))),
        Copy::Row if is_leaf => Some(line(&comparison, row, sides)),
        Copy::Row => Some(escape(&path.to_string()).into_owned()),
        _ => None,
    }
}

/// The command that opens this view; `None` where nobody typed what is compared.
fn command(model: &Model) -> Option<String> {
    if model.references.is_empty() || model.references.len() != model.snapshots.len() {
        return None;
    }
    let quoted = |text: &str| shlex::try_quote(text).ok().map(std::borrow::Cow::into_owned);
    let mut words = vec!["driftglass explore".to_owned()];
    for reference in &model.references {
        words.push(quoted(reference)?);
    }
    if let Some((filter, true)) = model.active().filter() {
        words.push(format!("--filter {}", quoted(filter)?));
    }
    Some(escape(&words.join(" ")).into_owned())
}

fn line(comparison: &Comparison, row: RowId, sides: (usize, usize)) -> String {
    let value = |side| super::tree::cells::in_full(comparison.cell(row, side));
    format!("{}: {} -> {}", escape(&comparison.path(row).to_string()), value(sides.0), value(sides.1))
}

/// The selected row as plain text: path, both values in full, where they were read.
pub(super) fn printed(model: &Model) -> String {
    if model.view == View::Risk && model.layers.is_empty() {
        return super::risk::text(model);
    }
    if let (View::Overview, Some(whole), true) = (model.view, &model.whole, model.layers.is_empty()) {
        return super::overview::text(&whole.overview, whole.comparison());
    }
    let Subject { comparison, row, .. } = model.subject();
    let mut out = format!("{}\n", escape(&comparison.path(row).to_string()));
    for (i, side) in comparison.sides().iter().enumerate().filter(|_| comparison.is_leaf(row)) {
        let value = match comparison.cell(row, i) {
            Cell::Value(value) => escape_lines(&value.plain()).into_owned(),
            cell => super::tree::cells::in_full(cell),
        };
        let source = comparison.source(row, i).map(|s| format!("  ({})", escape(s))).unwrap_or_default();
        out.push_str(&format!("\n{}{source}\n{value}\n", escape(side.label())));
    }
    out
}
