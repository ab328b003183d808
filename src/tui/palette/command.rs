//! The commands themselves: those of the key table, and those that take a text.

use super::Palette;
use crate::base::text::escape;
use crate::filter::{self, fuzzy};
use crate::model::Path;
use crate::policy::explorer::SETTINGS;
use crate::tui::glyphs::Glyphs;
use crate::tui::keys::{Action, BINDINGS, Screen};
use crate::tui::message::Effect;
use crate::tui::model::Model;
use crate::tui::theme;
use crate::tui::tree::sieve::Purpose;
use crate::tui::{act, field, review, settings, update};

/// How many typed commands are remembered.
const HISTORY: usize = 100;

/// Something that can be run by name.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// What a key does.
    Do(Action),
    /// End the program.
    Quit,
    /// Select the row of this number, from 1.
    Row(usize),
    /// Select a fact or branch.
    Go(Path),
    /// Put a filter in force; none for the empty text.
    Filter(String),
    /// Another theme.
    Theme(String),
    /// Other characters of decoration.
    Glyphs(Glyphs),
    /// Take the link for slow, or no longer.
    Slow,
    /// Keep a captured snapshot in the store, by its place.
    Save(usize),
    /// Fail, to see what is left.
    #[cfg(debug_assertions)]
    Panic(bool),
    /// Print what should be known of what was read.
    Warnings,
    /// Put a snapshot beside the others.
    Add(String),
    /// Change a setting: its key and its word.
    Set(&'static str, String),
    /// Write the settings that were changed.
    SetSave,
    /// Save the filter that is in force under a name.
    SaveFilter(String),
    /// Start anew: no filter, no folds, and nothing kept of how it was left.
    Fresh,
    /// The value in the user's editor.
    Edit,
    /// Print the score of the selected fact as a sum.
    Explain,
    /// Print what is known of the terminal.
    Diagnose,
    /// Put a note to a difference in the review: its path and the words.
    Note(String, String),
    /// Mark all above as reviewed.
    ReviewedToHere,
    /// End the review with its verdict.
    Finish,
}

/// A row of the palette.
#[derive(Debug)]
pub struct Item {
    /// What is typed.
    pub name: String,
    /// What text it takes, as a word.
    pub takes: &'static str,
    /// Its key; empty for none.
    pub key: String,
    /// What it does.
    pub words: &'static str,
    /// What is run; none where a text is needed first.
    pub command: Option<Command>,
}

/// All commands of a screen.
pub fn items(beneath: Screen, captured: &[(usize, String)]) -> Vec<Item> {
    let of_table = BINDINGS.iter().filter(|b| b.holds_on(beneath) && b.action != Action::Commands).map(|b| Item {
        name: b.name.replace('-', " "),
        takes: "",
        key: b.pressed().next().map_or_else(String::new, |key| key.to_string()),
        words: b.words,
        command: Some(Command::Do(b.action)),
    });
    let plain = |name: &str, words, command| Item {
        name: name.to_owned(),
        takes: "",
        key: String::new(),
        words,
        command: Some(command),
    };
    let texts =
        |name: &str, takes, words| Item { name: name.to_owned(), takes, key: String::new(), words, command: None };
    let mut items: Vec<Item> = of_table.collect();
    items.extend([
        texts("go", "PATH", "select a fact or a branch"),
        texts("filter", "EXPR", "list only what matches"),
        texts("filter save", "NAME", "save the filter that is in force, for @NAME"),
        texts("add", "REF", "put a snapshot beside the others: a file, a label, live, example:NAME"),
        texts("set", "KEY WORD", "change a setting of config.toml until the end"),
        plain("set save", "write the settings that were changed to config.toml", Command::SetSave),
    ]);
    let of_theme = |(name, about, _): (&'static str, &'static str, &str)| {
        plain(&format!("theme {name}"), about, Command::Theme(name.to_owned()))
    };
    items.extend(theme::FILES.map(of_theme));
    items.extend([
        plain("glyphs ascii", "lines and arrows in ASCII", Command::Glyphs(Glyphs::ASCII)),
        plain("glyphs unicode", "box lines and arrows", Command::Glyphs(Glyphs::UNICODE)),
        plain("slow", "draw less, for a slow link; again: draw all", Command::Slow),
        plain("warnings", "print what should be known of the files that were read", Command::Warnings),
        plain("edit", "the value in your editor ($VISUAL, $EDITOR): a copy, nothing is changed", Command::Edit),
        plain("fresh", "start anew: no filter, folds as at first, nothing kept of how it was left", Command::Fresh),
        plain(
            "explain",
            "print the score of the selected fact as a sum, with what each term stands for",
            Command::Explain,
        ),
        plain("diag", "print what to tell of a rendering problem; no values", Command::Diagnose),
        plain("reviewed to here", "reviewed: all above the selection and itself", Command::ReviewedToHere),
        plain("wq", "end the review with its verdict", Command::Finish),
        plain("quit", "end the program", Command::Quit),
    ]);
    items.extend(captured.iter().map(|(at, label)| Item {
        name: if captured.len() == 1 { "save".to_owned() } else { format!("save {label}") },
        ..plain("", "keep what was captured for this view in the store", Command::Save(*at))
    }));
    items
}

/// The commands that have no key: name, what text they take, what they do.
pub fn without_keys() -> Vec<(String, &'static str, &'static str)> {
    let all = items(Screen::Tree, &[]).into_iter().filter(|item| !matches!(item.command, Some(Command::Do(_))));
    all.map(|item| (item.name, item.takes, item.words)).collect()
}

impl Item {
    /// How well typed words match, in any order: by name, else by what it does. `None` if one does not.
    pub fn score(&self, typed: &str) -> Option<i64> {
        typed.split_whitespace().try_fold(0, |sum, word| {
            let by_name = fuzzy(word, &self.name).map(|found| {
                let begins = self.name.split(' ').any(|part| part.starts_with(word));
                2 * found.score + if begins { 50 } else { 0 }
            });
            let by_words = || self.words.to_lowercase().contains(&word.to_lowercase()).then_some(8);
            Some(sum + by_name.or_else(by_words)?)
        })
    }
}

/// The command that a typed form stands for; `None` if it is not such a form, an error in words if its text is wrong.
pub fn parse(text: &str, model: &Model) -> Option<Result<Command, String>> {
    if let Ok(number) = text.parse() {
        return Some(Ok(Command::Row(number)));
    }
    #[cfg(debug_assertions)]
    if let Some(rest) = text.strip_prefix("debug panic") {
        return Some(Ok(Command::Panic(rest.trim() == "worker")));
    }
    if matches!(text, "q" | "q!" | "quit") {
        return Some(Ok(Command::Quit));
    }
    match text {
        "wq" => return Some(Ok(Command::Finish)),
        "reviewed to here" => return Some(Ok(Command::ReviewedToHere)),
        _ => {}
    }
    let (name, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim();
    if rest.is_empty() {
        return None;
    }
    Some(match name {
        "go" => rest.parse().map(Command::Go).map_err(|e: crate::model::path::PathError| e.to_string()),
        "filter" if rest == "save" => return None,
        "filter" if rest.starts_with("save ") && model.active().filter().is_some() => {
            let name = rest.trim_start_matches("save ").trim().trim_start_matches('@');
            match filter::saved::is_name(name) {
                true => Ok(Command::SaveFilter(name.to_owned())),
                false => Err("a name has letters, digits, - and _".to_owned()),
            }
        }
        "filter" if rest.starts_with("save ") => Err("no filter is in force: / makes one".to_owned()),
        "add" => Ok(Command::Add(rest.to_owned())),
        "set" if rest == "save" => Ok(Command::SetSave),
        "set" => setting(rest, model),
        "filter" => match filter::parse_with(rest, model.tree.saved()) {
            Ok(_) => Ok(Command::Filter(rest.to_owned())),
            Err(error) => Err(error.message),
        },
        "theme" => match model.theme_named(rest) {
            Ok(_) => Ok(Command::Theme(rest.to_owned())),
            Err(error) => Err(error.to_string()),
        },
        "glyphs" => match rest {
            "ascii" => Ok(Command::Glyphs(Glyphs::ASCII)),
            "unicode" => Ok(Command::Glyphs(Glyphs::UNICODE)),
            _ => Err("glyphs are ascii, unicode".to_owned()),
        },
        _ => return None,
    })
}

/// Reads `KEY WORD`.
fn setting(text: &str, model: &Model) -> Result<Command, String> {
    let (key, word) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let word = word.trim().trim_start_matches('=').trim();
    let Some((key, words, ..)) = SETTINGS.iter().find(|(known, ..)| *known == key) else {
        return Err(format!("settings are {}", SETTINGS.map(|(key, ..)| key).join(", ")));
    };
    if words.is_empty() {
        model.theme_named(word).map_err(|error| error.to_string())?;
    } else if !words.contains(&word) {
        return Err(format!("{key} is one of {}", words.join(", ")));
    }
    Ok(Command::Set(key, word.to_owned()))
}

/// The command whose name matches the longest beginning of an unknown text.
pub fn nearest<'a>(items: &'a [Item], typed: &str) -> Option<&'a str> {
    let ends = typed.char_indices().map(|(at, _)| at).chain([typed.len()]).take(64);
    let heads: Vec<&str> = ends.map(|end| typed[..end].trim()).filter(|head| !head.is_empty()).collect();
    heads.into_iter().rev().find_map(|head| {
        let best = items.iter().filter_map(|item| Some((item.score(head)?, item))).max_by_key(|(score, _)| *score);
        best.map(|(_, item)| item.name.as_str())
    })
}

/// Runs a command, and remembers what was typed for it.
pub fn run(model: &mut Model, command: Command, typed: String) -> Vec<Effect> {
    let is_forced = typed == "q!";
    if !typed.is_empty() {
        model.commands.retain(|known| *known != typed);
        model.commands.push(typed);
        let surplus = model.commands.len().saturating_sub(HISTORY);
        model.commands.drain(..surplus);
    }
    match command {
        Command::Do(action) => return update::dispatch(model, action),
        Command::Quit if model.review.is_some() && !is_forced => {
            model.layers.clear();
            return review::leave(model);
        }
        Command::Quit => return review::begin::close(model),
        Command::Finish => return review::finish(model),
        Command::ReviewedToHere => {
            model.layers.clear();
            return review::reviewed_to_here(model);
        }
        Command::Note(path, text) => {
            model.accepts.marked();
            return vec![Effect::Decide(review::scribe::Wish::Note(path, text))];
        }
        Command::Row(number) => {
            model.layers.clear();
            let listed = model.tree.listing();
            let at = number.clamp(1, listed.len().max(1)) - 1;
            if let Some(row) = listed.at(at).map(|visible| visible.row) {
                model.tree.select(row);
            }
        }
        Command::Go(path) => go(model, &path),
        Command::Filter(text) => {
            model.layers.clear();
            model.active_mut().begin(Purpose::Filter);
            let job = model.active_mut().typed(|field| {
                *field = field::Field::new(text);
                true
            });
            model.active_mut().keep();
            return job.map(Effect::Sieve).into_iter().collect();
        }
        Command::Theme(name) => match model.theme_named(&name) {
            Ok(theme) => (model.theme, model.theme_name) = (theme, Some(name)),
            Err(error) => model.note = error.to_string(),
        },
        Command::Glyphs(glyphs) => model.glyphs = glyphs,
        Command::Slow => {
            model.set_slow(!model.slow);
            model.note = if model.slow { update::SLOW } else { "everything is drawn" }.to_owned();
        }
        Command::Save(at) => {
            model.captured.retain(|captured| *captured != at);
            return model.snapshots.get(at).map(|snapshot| Effect::Save(snapshot.clone())).into_iter().collect();
        }
        #[cfg(debug_assertions)]
        Command::Panic(in_worker) => return vec![Effect::Panic(in_worker)],
        Command::Warnings if model.warnings.is_empty() => model.note = "nothing was odd".to_owned(),
        Command::Warnings => return vec![Effect::Print(model.warnings.join("\n"))],
        Command::Add(text) => {
            // What was typed stays until it has worked: a slip is mended, not typed anew.
            model.layers.clear();
            let waiting = Palette::waiting(model.view.screen(), &format!("add {text}"));
            model.layers.push(Box::new(waiting));
            return vec![Effect::Load(text)];
        }
        Command::Set(key, word) => return settings::set(model, key, &word),
        Command::SetSave if model.changed.is_empty() => model.note = "nothing was set: :set KEY WORD does".to_owned(),
        Command::SetSave => return vec![Effect::SaveSettings(model.changed.clone().into_iter().collect())],
        Command::SaveFilter(name) => return settings::save_filter(model, name),
        Command::Fresh => return settings::fresh(model),
        Command::Edit => return vec![Effect::Show { text: act::printed(model), edit: true }],
        Command::Explain => match explained(model) {
            Some(text) => return vec![Effect::Print(text)],
            None => model.note = "nothing is rated there".to_owned(),
        },
        Command::Diagnose => return vec![Effect::Print(diagnosis(model))],
    }
    Vec::new()
}

/// Selects a path, which may be typed without the quotes of keys that hold dots.
fn go(model: &mut Model, path: &Path) {
    let comparison = std::sync::Arc::clone(model.tree.comparison());
    let typed = |facts: &crate::model::Tree| facts.find_typed(path).and_then(|node| comparison.find(&facts.path(node)));
    let found =
        comparison.find(path).or_else(|| comparison.sides().iter().find_map(|side| typed(&side.snapshot.facts)));
    match found {
        Some(row) => {
            model.layers.clear();
            model.tree.select(row);
            if model.tree.cursor() != row {
                let why = match model.tree.filter() {
                    Some((_, true)) => "by the filter: \\ switches it off",
                    _ => "by what is chosen with t",
                };
                model.note = format!("{} is hidden {why}", escape(&comparison.path(row).to_string()));
            }
        }
        None => model.note = format!("no fact stands at {}", escape(&path.to_string())),
    }
}

/// The score of the selected fact as a sum.
fn explained(model: &Model) -> Option<String> {
    let judged = model.tree.judgement()?;
    let row = judged.assessment.comparison.find(&crate::tui::switch::selected(model))?;
    crate::tui::risk::sum(judged, row)
}

/// What to tell of a rendering problem.
fn diagnosis(model: &Model) -> String {
    let glyphs = if model.glyphs == Glyphs::ASCII { "ascii" } else { "unicode" };
    let (size, version) = (model.size, env!("CARGO_PKG_VERSION"));
    let terminal = crate::base::text::escape_lines(&model.terminal);
    let theme = escape(model.theme_name.as_deref().unwrap_or("by terminal")).into_owned();
    let look = format!("glyphs {glyphs}\n{terminal}\ntheme {theme}");
    format!("driftglass {version}\nsize {}x{}\n{look}", size.width, size.height)
}
