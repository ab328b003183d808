//! Names in a folder, to complete a path that is being typed.

use crate::base::order::natural;
use std::path::Path;

/// The most names of a folder that are looked at.
const MOST: usize = 10_000;

/// What a path may go on to: the paths in its folder that begin as it does, folders with a `/` at their end, in natural
/// order. Hidden names are among them where their dot is typed. Nothing where the folder cannot be read.
pub fn completions(typed: &str, most: usize) -> Vec<String> {
    let (folder, begun) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed),
    };
    let place = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let listed = std::fs::read_dir(place).into_iter().flatten().flatten().take(MOST);
    let fits = |name: &str| name.starts_with(begun) && (begun.starts_with('.') || !name.starts_with('.'));
    let path = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().ok().filter(|name| fits(name))?;
        // Of a link it matters what it leads to.
        let slash = if entry.path().is_dir() { "/" } else { "" };
        Some(format!("{folder}{name}{slash}"))
    };
    let mut found: Vec<String> = listed.filter_map(path).collect();
    found.sort_by(|a, b| natural(a, b));
    found.truncate(most);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_on_to_what_is_in_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().to_str().expect("text");
        for name in ["drift-10.md", "drift-9.md", "other.md", ".hidden"] {
            std::fs::write(folder.path().join(name), "").expect("written");
        }
        std::fs::create_dir(folder.path().join("drafts")).expect("made");
        let found = |typed: &str, most| -> Vec<String> {
            let all = completions(&format!("{top}/{typed}"), most);
            all.iter().filter_map(|path| path.strip_prefix(&format!("{top}/"))).map(str::to_owned).collect()
        };
        assert_eq!(found("dr", 10), ["drafts/", "drift-9.md", "drift-10.md"]);
        assert_eq!(found("", 2), ["drafts/", "drift-9.md"]);
        assert_eq!(found(".h", 10), [".hidden"]);
        assert!(found("drafts/", 10).is_empty() && found("nowhere/x", 10).is_empty());
    }
}
