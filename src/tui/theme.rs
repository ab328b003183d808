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
    background: Option<String>,
    #[serde(default)]
    modifiers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The background of the terminal that it is made for; for tests and for people.
    #[serde(default, rename = "background")]
    _background: Option<String>,
    roles: HashMap<Role, Look>,
}

/// A style for each role.
#[derive(Clone, Debug, Default)]
pub struct Theme(HashMap<Role, Style>);

/// The themes that come with the program: name, what it is, its file.
pub const FILES: [(&str, &str, &str); 6] = [
    ("ansi", "the terminal's own colours", include_str!("../../assets/themes/ansi.toml")),
    ("dark", "256 colours on a dark background", include_str!("../../assets/themes/dark.toml")),
    ("light", "256 colours on a light background", include_str!("../../assets/themes/light.toml")),
    ("contrast", "7:1 everywhere, along blue and yellow", include_str!("../../assets/themes/contrast.toml")),
    ("mono", "no colours, attributes only", include_str!("../../assets/themes/mono.toml")),
    ("plain", "no colours and no attributes", include_str!("../../assets/themes/plain.toml")),
];

/// The names of the themes that come with the program.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, ..)| *name)
}

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// No theme has this name.
    #[error("there is no theme {0:?}: {known}", known = names().collect::<Vec<_>>().join(", "))]
    Unknown(String),
    /// The text is not a theme.
    #[error("not a theme: {0}")]
    Invalid(String),
}

impl Theme {
    /// A theme that comes with the program, by its name in [`FILES`].
    ///
    /// # Errors
    /// The name is not one of them.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        let file = FILES.iter().find(|(known, ..)| *known == name).map(|(_, _, text)| *text);
        Self::parse(file.ok_or_else(|| ThemeError::Unknown(name.to_owned()))?)
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

    /// The same without a look for the selection, which its mark shows all the same.
    pub fn without_selection(&self) -> Self {
        let mut theme = self.clone();
        theme.0.remove(&Role::Selection);
        theme
    }

    /// The style for a role; plain where the theme says nothing.
    pub fn style(&self, role: Role) -> Style {
        self.0.get(&role).copied().unwrap_or_default()
    }
}

impl Look {
    fn style(&self) -> Result<Style, ThemeError> {
        let mut style = Style::default();
        let read = |colour: &String| -> Result<Color, ThemeError> {
            colour.parse().map_err(|_| ThemeError::Invalid(format!("{colour:?} is not a colour")))
        };
        style.fg = self.colour.as_ref().map(read).transpose()?;
        style.bg = self.background.as_ref().map(read).transpose()?;
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

    /// The colours of the 256 that no terminal redefines (xterm's cube and greys), in sRGB.
    fn rgb(colour: Color) -> [f64; 3] {
        let Color::Indexed(index @ 16..) = colour else { panic!("{colour:?} is what the terminal makes of it") };
        let cube = |step: u8| if step == 0 { 0.0 } else { f64::from(step) * 40.0 + 55.0 };
        match index {
            232.. => [f64::from(index - 232) * 10.0 + 8.0; 3],
            _ => [cube((index - 16) / 36), cube((index - 16) / 6 % 6), cube((index - 16) % 6)],
        }
    }

    /// WCAG 2.1, relative luminance and contrast ratio.
    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let linear = |c: f64| if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        let luminance =
            |[r, g, b]: [f64; 3]| 0.2126 * linear(r / 255.0) + 0.7152 * linear(g / 255.0) + 0.0722 * linear(b / 255.0);
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn contrast_is_what_the_files_promise() {
        for (name, ground, least) in [("dark", [0.0; 3], 4.5), ("light", [255.0; 3], 4.5), ("contrast", [0.0; 3], 7.0)]
        {
            let theme = Theme::named(name).expect("a theme");
            for (role, style) in &theme.0 {
                let Some(text) = style.fg else { continue };
                if name == "contrast" {
                    assert!(style.bg.is_some(), "{role:?} brings its own background");
                }
                let ratio = contrast(rgb(text), style.bg.map_or(ground, rgb));
                assert!(ratio >= least, "{name} {role:?}: {ratio:.1} of {least}");
            }
        }
        assert!((contrast([0.0; 3], [255.0; 3]) - 21.0).abs() < 0.01);
    }

    #[test]
    fn a_theme_may_look_as_it_likes_and_states_are_told_apart() {
        // The text mark is the strict one: no two kinds share a sign, so that no eye and no theme is asked.
        use crate::tui::tree::kind::Kind;
        let mut signs: Vec<char> = Kind::ALL.iter().map(|kind| kind.letter()).collect();
        signs.sort_unstable();
        signs.dedup();
        assert_eq!(signs.len(), Kind::ALL.len());
        assert!(signs.iter().all(char::is_ascii));
        for name in names() {
            Theme::named(name).expect(name);
        }
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
