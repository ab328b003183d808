//! What is drawn beside the text. States are ASCII in every set; only decoration differs.

/// The characters of decoration. Each takes one cell in every locale that a set is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// An open branch.
    pub open: char,
    /// A folded branch.
    pub folded: char,
    /// Marks the selected row; two cells.
    pub cursor: &'static str,
    /// Horizontal rule.
    pub rule: char,
    /// Between columns.
    pub column: char,
    /// Where the view stands in the list.
    pub thumb: char,
}

/// Which set to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GlyphChoice {
    /// By terminal and locale.
    #[default]
    Auto,
    /// Always ASCII.
    Ascii,
    /// Always the wider set.
    Unicode,
}

impl Glyphs {
    /// For every terminal.
    pub const ASCII: Glyphs = Glyphs { open: '-', folded: '+', cursor: "->", rule: '-', column: '|', thumb: '#' };
    /// Where UTF-8 is shown and no character is of ambiguous width (UAX #11).
    pub const UNICODE: Glyphs =
        Glyphs { open: '▾', folded: '▸', cursor: "» ", rule: '─', column: '│', thumb: '▐' };

    /// The set for a terminal (`TERM`) and a locale (the first set of `LC_ALL`, `LC_CTYPE`, `LANG`).
    pub fn choose(choice: GlyphChoice, term: &str, locale: &str) -> Self {
        match choice {
            GlyphChoice::Ascii => Self::ASCII,
            GlyphChoice::Unicode => Self::UNICODE,
            GlyphChoice::Auto if is_safe(term, locale) => Self::UNICODE,
            GlyphChoice::Auto => Self::ASCII,
        }
    }
}

/// Whether a symbol is one of the wider set, which is only used where each takes one cell.
pub fn is_decoration(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_ascii() => {
            let Glyphs { open, folded, cursor, rule, column, thumb } = Glyphs::UNICODE;
            [open, folded, rule, column, thumb].contains(&c) || cursor.contains(c)
        }
        _ => false,
    }
}

/// Whether the wider set is drawn rightly. Box lines are two cells wide on many East Asian terminals, which would break
/// every row.
fn is_safe(term: &str, locale: &str) -> bool {
    let charset = locale.to_ascii_lowercase();
    let utf8 = charset.contains("utf-8") || charset.contains("utf8");
    let wide = ["ja", "ko", "zh"].iter().any(|language| charset.starts_with(language));
    let poor = ["", "linux", "dumb", "ansi"].contains(&term) || term.starts_with("vt");
    utf8 && !wide && !poor
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthChar;

    #[test]
    fn auto_is_careful() {
        let set = |term, locale| Glyphs::choose(GlyphChoice::Auto, term, locale);
        assert_eq!(set("xterm-256color", "en_US.UTF-8"), Glyphs::UNICODE);
        assert_eq!(set("tmux", "C.utf8"), Glyphs::UNICODE);
        for (term, locale) in [("xterm", "C"), ("xterm", "ja_JP.UTF-8"), ("linux", "de_DE.UTF-8"), ("vt100", "C.UTF-8")]
        {
            assert_eq!(set(term, locale), Glyphs::ASCII, "{term} {locale}");
        }
    }

    #[test]
    fn every_glyph_takes_its_cells() {
        for set in [Glyphs::ASCII, Glyphs::UNICODE] {
            assert!([set.open, set.folded, set.rule, set.column, set.thumb].iter().all(|c| c.width() == Some(1)));
            assert_eq!(crate::base::text::width(set.cursor), 2);
        }
    }
}
