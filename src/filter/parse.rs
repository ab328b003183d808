//! From text to query. Every error names the part that is wrong and what would be right.

use super::fields::{FIELDS, RISKS, STATES, TYPES};
use super::run::number;
use super::saved::{self, Saved};
use super::{Field, FilterError, Operand, Operator, Query};
use std::ops::Range;

/// Deeper parentheses are a mistake.
const DEEPEST: usize = 64;

/// Reads a query; the empty text is [`Query::All`].
///
/// # Errors
/// The text is no query: which part, and why.
pub fn parse(text: &str) -> Result<Query, FilterError> {
    parse_with(text, &Saved::new())
}

/// As [`parse`], with filters that a user has saved: `@name` stands for one.
///
/// # Errors
/// See [`parse`]; or there is no filter of that name.
pub fn parse_with(text: &str, saved: &Saved) -> Result<Query, FilterError> {
    read(text, saved, 0)
}

fn read(text: &str, saved: &Saved, depth: usize) -> Result<Query, FilterError> {
    let mut parser = Parser { text, at: 0, depth, saved };
    parser.space();
    if parser.rest().is_empty() {
        return Ok(Query::All);
    }
    let query = parser.or()?;
    if !parser.rest().is_empty() {
        return Err(parser.wrong(parser.at..text.len(), "a parenthesis is closed that was not opened"));
    }
    Ok(query)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    saved: &'t Saved,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn wrong(&self, range: Range<usize>, message: impl Into<String>) -> FilterError {
        FilterError { range, message: message.into() }
    }

    /// Takes a keyword that stands alone.
    fn keyword(&mut self, word: &str) -> bool {
        let Some(after) = self.rest().strip_prefix(word) else { return false };
        if !after.is_empty() && !after.starts_with(|c: char| c.is_whitespace() || c == '(') {
            return false;
        }
        self.at += word.len();
        self.space();
        true
    }

    fn or(&mut self) -> Result<Query, FilterError> {
        let mut parts = vec![self.and()?];
        loop {
            if self.rest().starts_with('|') {
                self.at += 1;
                self.space();
            } else if !self.keyword("or") {
                break;
            }
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Query::Or(parts) })
    }

    fn and(&mut self) -> Result<Query, FilterError> {
        let mut parts = vec![self.term()?];
        loop {
            let rest = self.rest();
            let at_or = rest.strip_prefix("or").is_some_and(|r| r.is_empty() || r.starts_with([' ', '(', '\t']));
            if rest.is_empty() || rest.starts_with([')', '|']) || at_or {
                break;
            }
            self.keyword("and");
            parts.push(self.term()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Query::And(parts) })
    }

    fn term(&mut self) -> Result<Query, FilterError> {
        let start = self.at;
        let minus = self.rest().strip_prefix('-').is_some_and(|r| !r.is_empty() && !r.starts_with(char::is_whitespace));
        if minus {
            self.at += 1;
        }
        if minus || self.keyword("not") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(self.wrong(start..self.at, "nested too deeply"));
            }
            let inner = self.term()?;
            self.depth -= 1;
            return Ok(Query::Not(Box::new(inner)));
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Query, FilterError> {
        let start = self.at;
        match self.rest().chars().next() {
            None => Err(self.wrong(start..start, "something is missing at the end")),
            Some('(') => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(self.wrong(start..start + 1, "nested too deeply"));
                }
                self.at += 1;
                self.space();
                let inner = self.or()?;
                if !self.rest().starts_with(')') {
                    return Err(self.wrong(start..start + 1, "this parenthesis is not closed"));
                }
                self.at += 1;
                self.depth -= 1;
                self.space();
                Ok(inner)
            }
            Some(c @ (')' | '|')) => Err(self.wrong(start..start + 1, format!("something is missing before {c}"))),
            Some('"') => {
                let text = self.quoted()?;
                self.space();
                Ok(Query::Exact(text))
            }
            Some('/') => self.regex(),
            Some('@') => self.named(),
            Some(_) => self.word_or_field(),
        }
    }

    /// A saved filter in place of its name.
    fn named(&mut self) -> Result<Query, FilterError> {
        let start = self.at;
        let rest = self.rest().get(1..).unwrap_or_default();
        let name = rest.split(|c| !saved::is_part(c)).next().unwrap_or_default();
        self.at += 1 + name.len();
        let range = start..self.at;
        if name.is_empty() || !(self.rest().is_empty() || self.rest().starts_with(ends_value)) {
            return Err(self.wrong(range, "@ begins the name of a saved filter; quote a text that begins so"));
        }
        let Some(text) = saved::text(self.saved, name) else {
            let names: Vec<_> = saved::names(self.saved).map(|name| format!("@{name}")).collect();
            return Err(self.wrong(range, format!("no filter is saved as @{name}; there are {}", names.join(" "))));
        };
        if self.depth >= DEEPEST {
            return Err(self.wrong(range, format!("@{name} leads to itself")));
        }
        // Eight filters within each other are enough; one that names itself ends soon.
        let query = read(text, self.saved, self.depth + DEEPEST / 8)
            .map_err(|error| self.wrong(range, format!("@{name} is {text}: {}", error.message)))?;
        self.space();
        Ok(query)
    }

    fn quoted(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + i + 1;
                    return Ok(out);
                }
                '\\' => out.extend(chars.next().map(|(_, c)| c)),
                c => out.push(c),
            }
        }
        Err(self.wrong(start..self.text.len(), "this quote is not closed"))
    }

    fn regex(&mut self) -> Result<Query, FilterError> {
        let start = self.at;
        let mut pattern = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '/' => {
                    self.at = start + i + 1;
                    if let Err(error) = super::run::regex(&pattern) {
                        let line = error.lines().last().unwrap_or(&error).trim().to_owned();
                        return Err(self.wrong(start..self.at, line));
                    }
                    self.space();
                    return Ok(Query::Regex(pattern));
                }
                '\\' => match chars.next() {
                    Some((_, '/')) => pattern.push('/'),
                    Some((_, c)) => pattern.extend(['\\', c]),
                    None => pattern.push('\\'),
                },
                c => pattern.push(c),
            }
        }
        Err(self.wrong(start..self.text.len(), "this regular expression is not closed by /"))
    }

    fn word_or_field(&mut self) -> Result<Query, FilterError> {
        let start = self.at;
        let end = self.rest().find(|c: char| c.is_whitespace() || "()|".contains(c)).unwrap_or(self.rest().len());
        let token = &self.rest()[..end];
        let name = token.split(':').next().unwrap_or(token);
        let named = token.contains(':') && !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase());
        if matches!(token, "and" | "or" | "not") {
            return Err(self.wrong(start..start + end, format!("quote the word to search for it: \"{token}\"")));
        }
        if !named {
            self.at += end;
            self.space();
            return Ok(Query::Word(token.to_owned()));
        }
        let range = start..start + name.len();
        let Some((field, ..)) = FIELDS.iter().find(|(_, known, ..)| *known == name) else {
            let names: Vec<&str> = FIELDS.iter().map(|(_, name, ..)| *name).collect();
            return Err(
                self.wrong(range, format!("{name}: is no field; {}; quote a text with a colon", names.join(" ")))
            );
        };
        self.at += name.len() + 1;
        let mut operands = Vec::new();
        loop {
            operands.push(self.operand(*field)?);
            if !self.rest().starts_with(',') {
                break;
            }
            self.at += 1;
        }
        self.space();
        Ok(Query::Field(*field, operands))
    }

    fn operand(&mut self, field: Field) -> Result<Operand, FilterError> {
        let start = self.at;
        let found = Operator::SIGNS.iter().find(|(_, sign)| self.rest().starts_with(sign));
        let operator = found.map_or(Operator::Match, |(operator, sign)| {
            self.at += sign.len();
            *operator
        });
        let (text, quoted) = match self.quoted_value()? {
            Some(text) => (text, true),
            None => (self.bare_value()?, false),
        };
        let range = start..self.at;
        check(field, operator, &text).map_err(|message| self.wrong(range, message))?;
        Ok(Operand { operator, text, quoted })
    }

    /// A value that stands in quotes as a whole.
    fn quoted_value(&mut self) -> Result<Option<String>, FilterError> {
        if !self.rest().starts_with('"') {
            return Ok(None);
        }
        let start = self.at;
        let text = self.quoted()?;
        if self.rest().is_empty() || self.rest().starts_with(ends_value) {
            return Ok(Some(text));
        }
        self.at = start;
        Ok(None)
    }

    /// A value without quotes around it; keys of a path in it may be quoted, and then hold anything.
    fn bare_value(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        let mut open = None;
        let mut chars = self.rest().char_indices();
        let end = loop {
            match chars.next() {
                None => break self.text.len(),
                Some((i, '"')) => open = if open.is_some() { None } else { Some(start + i) },
                Some((_, '\\')) if open.is_some() => drop(chars.next()),
                Some((i, c)) if open.is_none() && ends_value(c) => break start + i,
                Some(_) => {}
            }
        };
        if let Some(open) = open {
            return Err(self.wrong(open..end, "this quote is not closed"));
        }
        self.at = end;
        Ok(self.text[start..end].to_owned())
    }
}

/// Whether a value without quotes ends before this character.
fn ends_value(c: char) -> bool {
    c.is_whitespace() || ",()|".contains(c)
}

/// The two ends of `40..70`.
fn range(text: &str) -> Option<(f64, f64)> {
    let (low, high) = text.split_once("..")?;
    Some((number(low)?, number(high)?))
}

/// Whether a field takes this value.
fn check(field: Field, operator: Operator, text: &str) -> Result<(), String> {
    let one_of = |known: &[&str]| {
        if operator == Operator::Match && known.contains(&text) {
            Ok(())
        } else {
            Err(format!("one of {}", known.join(" ")))
        }
    };
    if text.is_empty() && !matches!((field, operator), (Field::Value | Field::Left | Field::Right, Operator::Equal)) {
        return match field {
            Field::Is => one_of(&STATES.map(|(name, _)| name)),
            Field::Type => one_of(&TYPES),
            Field::Risk => Err(format!("one of {}", RISKS.join(" "))),
            _ => Err(format!("{}: wants a value", field.name())),
        };
    }
    let compares = !matches!(operator, Operator::Match | Operator::Equal);
    match field {
        Field::Is => one_of(&STATES.map(|(name, _)| name)),
        Field::Type => one_of(&TYPES),
        Field::Risk if RISKS.contains(&text) => Ok(()),
        Field::Risk => Err(format!("one of {}", RISKS.join(" "))),
        Field::Score => match number(text).or_else(|| range(text).map(|(low, _)| low)) {
            Some(_) => Ok(()),
            None => Err("points from 1 to 100, as in score:>=40 or score:40..70".to_owned()),
        },
        Field::Age if range(text).is_some_and(|(low, high)| low <= high) && operator == Operator::Match => Ok(()),
        Field::Age if compares && number(text).is_some() => Ok(()),
        Field::Age => Err("longer or shorter than so many h, d or w, as in age:>30d or age:1d..2w".to_owned()),
        Field::Since => super::ages::day(text).map(drop).ok_or_else(|| "a day, as in since:2026-01-31".to_owned()),
        Field::Depth => number(text)
            .filter(|n| n.fract() == 0.0)
            .map(|_| ())
            .ok_or_else(|| "a whole number, as in depth:<=2".to_owned()),
        Field::Delta => super::run::delta(text).map(|_| ()).ok_or_else(|| "as in delta:>10% or delta:>2x".to_owned()),
        Field::Value | Field::Left | Field::Right if compares => {
            number(text).map(|_| ()).ok_or_else(|| "a number, with a unit if need be: 64, 1.5GiB, 30s".to_owned())
        }
        Field::Value | Field::Left | Field::Right if operator == Operator::Match => match range(text) {
            Some((low, high)) if low > high => Err(format!("{text} holds nothing: the smaller number comes first")),
            _ => Ok(()),
        },
        Field::Path if !text.contains(['*', '"']) && text.contains(['[', ']', '{', '}']) => {
            Err("a key with brackets stands in quotes; * stands for any part of one".to_owned())
        }
        Field::Path | Field::Key | Field::Src | Field::Rule | Field::Cause if text.contains('*') => {
            super::run::glob(text).map(|_| ())
        }
        _ if compares => Err(format!("{}: takes no {}", field.name(), operator.sign())),
        _ => Ok(()),
    }
}
