//! Visitors that build our tree while the JSON is read, without a value in between.

use crate::base::reading::Reading;
use crate::model::{Number, TreeBuilder, Value, ValueRef};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Marks the error of a document that is not an object; the reader takes it apart again.
pub(super) const NOT_AN_OBJECT: &str = "not an object but ";

/// Where the facts of a text go.
pub(super) struct Sink<'w> {
    pub builder: TreeBuilder,
    /// Whether some number was too long for 64 bits: what came of it may be rounded.
    pub imprecise: bool,
    /// Who is told how far the reading is.
    pub reading: &'w Reading,
    /// Where the text begins in memory.
    pub begin: usize,
    /// How many keys were read.
    pub keys: usize,
}

/// How many keys are read between two looks at who waits.
const STEP: usize = 4096;

impl Sink<'_> {
    /// Tells now and then where in the text the reading is; an error once it is to stop.
    fn pass<E: serde::de::Error>(&mut self, key: Option<&str>) -> Result<(), E> {
        self.keys += 1;
        if self.keys.is_multiple_of(STEP)
            && let Some(key) = key
        {
            self.reading.reach((key.as_ptr() as usize).saturating_sub(self.begin) as u64);
            if self.reading.cancel.is_cancelled() {
                return Err(E::custom("stopped"));
            }
        }
        Ok(())
    }

    /// Notes a real number that may have been a longer whole one.
    fn real(&mut self, n: f64) -> Number {
        self.imprecise |= n.fract() == 0.0 && (n <= I64_LOW || n >= U64_HIGH);
        Number::Real(n)
    }
}

/// What a whole number beyond 64 bits is rounded to at the least: below the numbers with a sign, above those without.
const I64_LOW: f64 = i64::MIN as f64;
const U64_HIGH: f64 = u64::MAX as f64;

/// The document: an object whose members go into the builder.
pub(super) struct Top<'b, 'w>(pub &'b mut Sink<'w>);

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        members(self.0, map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom(format_args!("{NOT_AN_OBJECT}array")))
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}string")))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}bool")))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}null")))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}number")))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}number")))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}number")))
    }
}

fn members<'de, A: MapAccess<'de>>(sink: &mut Sink<'_>, mut map: A) -> Result<(), A::Error> {
    while let Some(key) = map.next_key_seed(Key)? {
        // A key without escapes is a part of the text itself, so its place is known.
        sink.pass(match &key {
            Cow::Borrowed(key) => Some(key),
            Cow::Owned(_) => None,
        })?;
        map.next_value_seed(Member { sink, key: &key })?;
    }
    Ok(())
}

/// A key, borrowed from the text where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// The value under a key: a leaf, or a branch whose members follow.
struct Member<'b, 'k, 'w> {
    sink: &'b mut Sink<'w>,
    key: &'k str,
}

impl<'de> DeserializeSeed<'de> for Member<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.sink.builder.leaf_ref(self.key, ValueRef::Null);
        Ok(())
    }

    fn visit_bool<E>(self, b: bool) -> Result<(), E> {
        self.sink.builder.leaf_ref(self.key, ValueRef::Bool(b));
        Ok(())
    }

    fn visit_u64<E>(self, n: u64) -> Result<(), E> {
        self.sink.builder.leaf_ref(self.key, ValueRef::Number(n.into()));
        Ok(())
    }

    fn visit_i64<E>(self, n: i64) -> Result<(), E> {
        self.sink.builder.leaf_ref(self.key, ValueRef::Number(n.into()));
        Ok(())
    }

    fn visit_f64<E>(self, n: f64) -> Result<(), E> {
        let n = self.sink.real(n);
        self.sink.builder.leaf_ref(self.key, ValueRef::Number(n));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.sink.builder.leaf_ref(self.key, ValueRef::Text(text));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.sink.builder.open(self.key, false);
        members(self.sink, map)?;
        self.sink.builder.close();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        // A list of scalars is a leaf. At the first member that is none, the array becomes a branch keyed by position.
        let mut scalars = Vec::new();
        let mut array = ArrayState::Scalars(&mut scalars);
        let mut position = 0_usize;
        while let Some(()) = seq.next_element_seed(Element {
            sink: self.sink,
            key: self.key,
            array: &mut array,
            position: &mut position,
        })? {}
        match array {
            ArrayState::Branch => self.sink.builder.close(),
            ArrayState::Scalars(items) => {
                let items = std::mem::take(items);
                self.sink.builder.leaf(self.key, &Value::List(items));
            }
        }
        Ok(())
    }
}

/// Whether an array being read still is a list of scalars.
enum ArrayState<'s> {
    Scalars(&'s mut Vec<Value>),
    Branch,
}

struct Element<'b, 'k, 'a, 's, 'w> {
    sink: &'b mut Sink<'w>,
    key: &'k str,
    array: &'a mut ArrayState<'s>,
    position: &'a mut usize,
}

impl Element<'_, '_, '_, '_, '_> {
    fn scalar(self, value: Value) {
        match self.array {
            ArrayState::Scalars(items) => items.push(value),
            ArrayState::Branch => self.sink.builder.leaf(&self.position.to_string(), &value),
        }
        *self.position += 1;
    }

    /// Turns the list so far into a branch and returns the key of the next member.
    fn branch(&mut self) -> String {
        if let ArrayState::Scalars(items) = self.array {
            self.sink.builder.open(self.key, true);
            for (i, item) in std::mem::take(*items).into_iter().enumerate() {
                self.sink.builder.leaf(&i.to_string(), &item);
            }
            *self.array = ArrayState::Branch;
        }
        let key = self.position.to_string();
        *self.position += 1;
        key
    }
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_, '_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar(Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, b: bool) -> Result<(), E> {
        self.scalar(Value::Bool(b));
        Ok(())
    }

    fn visit_u64<E>(self, n: u64) -> Result<(), E> {
        self.scalar(n.into());
        Ok(())
    }

    fn visit_i64<E>(self, n: i64) -> Result<(), E> {
        self.scalar(n.into());
        Ok(())
    }

    fn visit_f64<E>(self, n: f64) -> Result<(), E> {
        let n = self.sink.real(n);
        self.scalar(Value::Number(n));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.scalar(text.into());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let key = self.branch();
        self.sink.builder.open(&key, false);
        members(self.sink, map)?;
        self.sink.builder.close();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, seq: A) -> Result<(), A::Error> {
        let key = self.branch();
        Member { sink: self.sink, key: &key }.visit_seq(seq)
    }
}
