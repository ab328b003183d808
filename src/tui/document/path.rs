//! The path of a report's file, completed with Tab: what is in the folder that is typed is read on a worker.

use crate::base::text::escape;
use crate::reference::completions;

/// How many completions are gone through.
const MOST: usize = 200;
/// How many of them are named at once.
const NAMED: usize = 12;

/// What is in a folder is asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    typed: String,
}

/// What a path may go on to.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What was typed.
    pub typed: String,
    paths: Vec<String>,
}

impl Listing {
    /// Of what is typed.
    pub fn of(typed: &str) -> Self {
        Self { typed: typed.to_owned() }
    }

    /// Does the work.
    pub fn run(self) -> Listed {
        let paths = completions(&self.typed, MOST);
        Listed { typed: self.typed, paths }
    }
}

/// The completions that Tab goes through, and the one that stands in the field.
#[derive(Clone, Debug, Default)]
pub struct Cycle {
    paths: Vec<String>,
    at: usize,
}

impl Cycle {
    /// Begins with the first; nothing where the path goes on to nothing else.
    pub fn begin(listed: Listed) -> Option<Self> {
        let goes_on = listed.paths.iter().any(|path| *path != listed.typed);
        goes_on.then_some(Self { paths: listed.paths, at: 0 })
    }

    /// The one that stands in the field.
    pub fn path(&self) -> &str {
        self.paths.get(self.at).map_or("", String::as_str)
    }

    /// Goes to the next, around the end; `false` where there is only the one, whose folder is to be looked into.
    pub fn step(&mut self) -> bool {
        self.at = (self.at + 1) % self.paths.len().max(1);
        self.paths.len() > 1
    }

    /// The names, the present one in brackets; in display form.
    pub fn words(&self) -> String {
        let first = self.at.saturating_sub(3);
        let name = |path: &str| {
            let end = path.trim_end_matches('/');
            path.get(end.rfind('/').map_or(0, |at| at + 1)..).map_or(String::new(), |name| escape(name).into_owned())
        };
        let words: Vec<String> = (first..self.paths.len().min(first + NAMED))
            .filter_map(|at| Some((at, name(self.paths.get(at)?))))
            .map(|(at, name)| if at == self.at { format!("[{name}]") } else { name })
            .collect();
        format!("{}   Tab next", words.join("  "))
    }
}
