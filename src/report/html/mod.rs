//! HTML: one file for people who do not have the program. No network, no fonts, works without scripts and prints well.
//! What is in `assets/report` is embedded; askama escapes every value that it is given, and values come in display form.

mod manager;
mod page;
mod picture;
mod rows;

use super::{Audience, Report};
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    match report.audience {
        Audience::Engineer => askama::Template::write_into(&page::Page::new(report), &mut { out }),
        Audience::Manager => askama::Template::write_into(&manager::Manager::new(report), &mut { out }),
    }
}

/// Rows of one area that a page shows, unless all are asked for: a browser takes long over a hundred thousand.
pub const MOST_ROWS: usize = 1000;

/// The parts of a path in display form, each with the dot behind it: a line may break there.
pub(super) fn keys(path: &crate::model::Path) -> Vec<String> {
    let last = path.depth().saturating_sub(1);
    let part = |(at, key): (usize, &str)| {
        let written = crate::model::path::segment(key);
        format!("{}{}", crate::base::text::escape(&written), if at < last { "." } else { "" })
    };
    path.keys().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::page::{SCRIPT, SCRIPT_HASH, STYLE, STYLE_HASH};

    /// A browser drops in silence what the page's policy does not name by its digest.
    #[test]
    fn the_policy_names_style_and_script_by_their_digests() {
        use base64::Engine;
        use sha2::{Digest, Sha256};
        let named = |text: &str| {
            let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
            format!("sha256-{digest}")
        };
        assert_eq!((named(STYLE).as_str(), named(SCRIPT).as_str()), (STYLE_HASH, SCRIPT_HASH));
    }
}
