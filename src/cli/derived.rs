//! What is known of derived facts without a comparison: what each is made of, by its definition.

use crate::effective::{Definition, definitions};
use crate::model::Path;
use crate::risk::can_meet;

/// All derived facts that there can be, by path.
pub(super) struct Known(Vec<Definition>);

impl Known {
    /// Those of the program.
    pub(super) fn all() -> Self {
        Self(definitions())
    }

    /// The fact at a path, and those beneath it.
    pub(super) fn at(&self, path: &Path) -> Vec<&Definition> {
        let is_at = |fact: &&Definition| {
            let keys = fact.path.segments();
            let top = Path::new(keys.iter().take(path.depth()).cloned());
            keys.len() >= path.depth() && can_meet(&top, path)
        };
        self.0.iter().filter(is_at).collect()
    }

    /// The facts that may be made of a path.
    pub(super) fn made_of(&self, path: &Path) -> Vec<&Definition> {
        // Of a root that does not run, the files say what the kernel would be set to.
        let setting = match path.segments() {
            [os, files, name] if os == "os" && files == "sysctl_files" => Some(Path::new(["os", "sysctl", name])),
            _ => None,
        };
        let is_input = |pattern: &&str| {
            let Ok(pattern) = pattern.parse::<Path>() else { return false };
            can_meet(&pattern, path) || setting.as_ref().is_some_and(|setting| can_meet(&pattern, setting))
        };
        self.0.iter().filter(|fact| fact.from.iter().any(&is_input)).collect()
    }
}

/// Whether a path is that of the fact, and not one above it.
pub(super) fn is_of(fact: &Definition, path: &Path) -> bool {
    fact.path.depth() == path.depth()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cancel::Cancel;
    use crate::compare::Comparison;
    use crate::effective::Effective;
    use crate::format;
    use crate::model::vocabulary::Vocabulary;
    use crate::reference::EXAMPLES;
    use std::sync::Arc;

    fn patterns(fact: &Definition) -> Vec<Path> {
        fact.from.iter().map(|from| from.parse().expect("a pattern")).collect()
    }

    #[test]
    fn what_the_examples_derive_is_made_of_what_its_definition_says() {
        let read = EXAMPLES.iter().map(|(_, bytes)| Arc::new(format::read(bytes).expect("an example").snapshot));
        let comparison = Comparison::new(read.collect(), &Cancel::new()).expect("not cancelled");
        let effective = Effective::of(&comparison);
        let known = Known::all();
        let mut wrong = Vec::new();
        for fact in effective.facts() {
            let own: Vec<_> = known.at(&fact.path).into_iter().filter(|own| is_of(own, &fact.path)).collect();
            let [own] = own[..] else {
                wrong.push(format!("{}: {} definitions", fact.path, own.len()));
                continue;
            };
            assert_eq!((own.unit, own.about, own.formula), (fact.unit, fact.about, fact.formula), "{}", fact.path);
            for input in fact.inputs.iter().map(|row| comparison.path(*row)) {
                if !known.made_of(&input).iter().any(|made| made.path == own.path) {
                    wrong.push(format!("{}: {input} is not named", fact.path));
                }
            }
        }
        assert!(effective.facts().len() > 20 && wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn definitions_name_what_the_vocabulary_has() {
        let vocabulary: Vec<Path> =
            Vocabulary::builtin().entries().iter().map(|entry| entry.path.parse().expect("a path")).collect();
        for fact in &Known::all().0 {
            for pattern in patterns(fact) {
                assert!(vocabulary.iter().any(|known| can_meet(&pattern, known)), "{}: {pattern}", fact.path);
            }
        }
    }

    #[test]
    fn what_no_example_has_is_known_too() {
        let known = Known::all();
        let at = |path: &str| known.at(&path.parse().expect("a path")).len();
        assert_eq!((at("effective.open_files.my-service"), at("effective.nothing")), (1, 0));
        assert!(at("effective") > 30 && at("effective.conntrack") == 2);
        let made = |path: &str| known.made_of(&path.parse().expect("a path")).len();
        assert_eq!((made("os.sysctl_files.\"kernel.pid_max\""), made("os.time.zone")), (3, 0));
    }
}
