//! Parts of one kind. Which of several equal disks or cards comes first says nothing, and differs between machines that
//! are the same: they are one entry with a count, and what they do not agree on is a list.

use crate::capture::Scope;
use crate::model::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Parts that go by one name.
#[derive(Debug, Default)]
pub(super) struct Alike {
    folders: Vec<String>,
    said: BTreeMap<&'static str, Vec<Value>>,
    sources: BTreeMap<&'static str, String>,
}

/// Parts by name.
pub(super) type Kinds = BTreeMap<String, Alike>;

impl Alike {
    /// Counts one more part, which the kernel shows in this folder.
    pub(super) fn count(&mut self, folder: &str) {
        self.folders.push(folder.to_owned());
    }

    /// Adds what a part says of itself, once.
    pub(super) fn say(&mut self, key: &'static str, value: Option<impl Into<Value>>) {
        let Some(value) = value.map(Into::into) else { return };
        let said = self.said.entry(key).or_default();
        if let Err(at) = said.binary_search_by(|known| order(known, &value)) {
            said.insert(at, value);
        }
    }

    /// Names what tells this, where it is not the part's own folder.
    pub(super) fn source(&mut self, key: &'static str, source: &str) {
        self.sources.insert(key, source.to_owned());
    }

    /// Puts the count and what was said.
    pub(super) fn put(self, facts: &mut Scope, all: &str) {
        let source = match self.folders.as_slice() {
            [only] => only,
            _ => all,
        };
        facts.put(&["count"], self.folders.len(), source);
        for (key, mut said) in self.said {
            let value = if said.len() > 1 { Some(Value::List(said)) } else { said.pop() };
            facts.put_some(&[key], value, self.sources.get(key).map_or(source, String::as_str));
        }
    }
}

/// Numbers by size before texts in natural order.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().total_cmp(&b.as_f64()),
        (Value::Text(a), Value::Text(b)) => crate::base::order::natural(a, b).then_with(|| a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(_), _) => Ordering::Less,
        (_, Value::Number(_)) => Ordering::Greater,
        _ => format!("{a:?}").cmp(&format!("{b:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Facts;
    use crate::capture::settings::tests::written;

    #[test]
    fn what_parts_agree_on_is_said_once_in_whatever_order_they_come() {
        let mut kinds = [Alike::default(), Alike::default()];
        for (kind, order) in kinds.iter_mut().zip([[10_u64, 9, 10], [9, 10, 10]]) {
            for (at, size) in order.into_iter().enumerate() {
                kind.count(&format!("/sys/x/{at}"));
                kind.say("size_bytes", Some(size));
                kind.say("model", Some("A"));
                kind.say("firmware", None::<String>);
            }
        }
        for kind in kinds {
            let mut facts = Facts::new();
            kind.put(&mut facts.at(&["x"]), "/sys/x");
            assert_eq!(written(&facts)[..2], ["x.count = 3", "x.model = A"]);
            let sizes = Value::List(vec![Value::from(9_u64), Value::from(10_u64)]);
            assert_eq!(facts.get("x.size_bytes"), Some(&sizes));
        }
    }
}
