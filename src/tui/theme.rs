//! Themes: a style for each role, as data in `assets/themes/`. Nothing is said by colour alone, so a theme may leave any
//! role plain.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::HashMap;

/// What a piece of the screen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The name at the top left.
    Title,
    /// Column heads and keys in hints.
    Heading,
    /// The selected row.
    Selection,
    /// The sign of values that differ.
    Changed,
    /// The sign of what only the left side has.
    Left,
    /// The sign of what only the right side has.
    Right,
    /// The sign of what is not known.
    Unknown,
    /// The part of a value that differs.
    Difference,
    /// What a filter or find matched.
    Match,
    /// Something went wrong.
    Error,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    colour: Option<String>,
    #[serde(default)]
    modifiers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    roles: HashMap<Role, Look>,
}

/// A style for each role.
#[derive(Clone, Debug, Default)]
pub struct Theme(HashMap<Role, Style>);

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// No theme has this name.
    #[error("there is no theme {0:?}: ansi, mono, plain")]
    Unknown(String),
    /// The text is not a theme.
    #[error("not a theme: {0}")]
    Invalid(String),
}

impl Theme {
    /// A theme that comes with the program: `ansi`, `mono` or `plain`.
    ///
    /// # Errors
    /// The name is not one of them.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        match name {
            "ansi" => Self::parse(include_str!("../../assets/themes/ansi.toml")),
            "mono" => Self::parse(include_str!("../../assets/themes/mono.toml")),
            "plain" => Ok(Self::default()),
            other => Err(ThemeError::Unknown(other.to_owned())),
        }
    }

    /// Reads a theme.
    ///
    /// # Errors
    /// The text is not TOML of this shape, or names a colour or attribute that there is not.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|e| ThemeError::Invalid(e.to_string()))?;
        let styles = file.roles.into_iter().map(|(role, look)| Ok((role, look.style()?)));
        styles.collect::<Result<_, ThemeError>>().map(Self)
    }

    /// The style for a role; plain where the theme says nothing.
    pub fn style(&self, role: Role) -> Style {
        self.0.get(&role).copied().unwrap_or_default()
    }
}

impl Look {
    fn style(&self) -> Result<Style, ThemeError> {
        let mut style = Style::default();
        if let Some(colour) = &self.colour {
            let parsed: Color =
                colour.parse().map_err(|_| ThemeError::Invalid(format!("{colour:?} is not a colour")))?;
            style = style.fg(parsed);
        }
        for word in &self.modifiers {
            let modifier = Modifier::from_name(&word.to_uppercase());
            style = style
                .add_modifier(modifier.ok_or_else(|| ThemeError::Invalid(format!("{word:?} is not an attribute")))?);
        }
        Ok(style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_themes_of_the_program_are_read() {
        let ansi = Theme::named("ansi").expect("a theme");
        assert_eq!(ansi.style(Role::Changed).fg, Some(Color::Yellow));
        assert!(Theme::named("neon").is_err());
        assert!(Theme::parse("[roles]\ntitle = { colour = \"nope\" }").is_err());
    }

    #[test]
    fn mono_sets_no_colour_and_ansi_none_that_vanishes() {
        let mono = Theme::named("mono").expect("a theme");
        assert!(mono.0.values().all(|s| s.fg.is_none() && s.bg.is_none()));
        let unsafe_on_some_background = [Color::Black, Color::Gray, Color::DarkGray, Color::White];
        let ansi = Theme::named("ansi").expect("a theme");
        assert!(
            ansi.0.values().all(|s| s.bg.is_none() && s.fg.is_none_or(|c| !unsafe_on_some_background.contains(&c)))
        );
        for theme in [mono, ansi] {
            assert!(theme.style(Role::Selection).add_modifier.contains(Modifier::REVERSED));
        }
    }
}
