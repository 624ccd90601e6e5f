//! What one database holds.

use std::collections::{BTreeMap, HashMap};

type Bytes = Box<[u8]>;
type Fields = BTreeMap<Bytes, Bytes>;

#[derive(Debug)]
enum Value {
    Text(Bytes),
    Hash(Fields),
}

/// Why a command was not executed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    WrongType,
    NotAnInteger,
    Overflow,
}

impl Fault {
    pub(super) fn text(&self) -> &'static str {
        match self {
            Fault::WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value",
            Fault::NotAnInteger => "ERR value is not an integer or out of range",
            Fault::Overflow => "ERR increment or decrement would overflow",
        }
    }
}

/// Keys and their values. Everything is copied in, so that a small value does not keep the buffer alive in
/// which it arrived.
#[derive(Debug, Default)]
pub(super) struct Database {
    values: HashMap<Bytes, Value>,
}

impl Database {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn clear(&mut self) {
        self.values = HashMap::new();
    }

    pub(super) fn contains(&self, key: &[u8]) -> bool {
        self.values.contains_key(key)
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> bool {
        self.values.remove(key).is_some()
    }

    pub(super) fn set(&mut self, key: &[u8], text: &[u8]) {
        let value = Value::Text(text.into());
        match self.values.get_mut(key) {
            Some(old) => *old = value,
            None => drop(self.values.insert(key.into(), value)),
        }
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<&[u8]>, Fault> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Hash(_)) => Err(Fault::WrongType),
        }
    }

    /// Adds one to a number in decimal digits, a missing one being 0.
    pub(super) fn increment(&mut self, key: &[u8]) -> Result<i64, Fault> {
        let old = self.get(key)?.map_or(Some(0), integer).ok_or(Fault::NotAnInteger)?;
        let new = old.checked_add(1).ok_or(Fault::Overflow)?;
        self.set(key, new.to_string().as_bytes());
        Ok(new)
    }

    /// Stores pairs of field and value; returns the number of new fields.
    pub(super) fn hash_set(&mut self, key: &[u8], pairs: &[&[u8]]) -> Result<usize, Fault> {
        let fields = match self.values.get_mut(key) {
            Some(Value::Hash(fields)) => fields,
            Some(Value::Text(_)) => return Err(Fault::WrongType),
            None => match self.values.entry(key.into()).or_insert_with(|| Value::Hash(Fields::new())) {
                Value::Hash(fields) => fields,
                Value::Text(_) => return Err(Fault::WrongType),
            },
        };
        let before = fields.len();
        for pair in pairs.chunks_exact(2) {
            match fields.get_mut(pair[0]) {
                Some(value) => *value = pair[1].into(),
                None => drop(fields.insert(pair[0].into(), pair[1].into())),
            }
        }
        Ok(fields.len() - before)
    }

    pub(super) fn hash_get(&self, key: &[u8], field: &[u8]) -> Result<Option<&[u8]>, Fault> {
        Ok(self.hash(key)?.and_then(|fields| fields.get(field)).map(|value| &**value))
    }

    /// All pairs of a hash, by field; empty if there is no such key.
    pub(super) fn hash_all(&self, key: &[u8]) -> Result<impl Iterator<Item = (&[u8], &[u8])>, Fault> {
        Ok(self.hash(key)?.into_iter().flatten().map(|(field, value)| (&**field, &**value)))
    }

    /// Removes fields, and the key with the last of them; returns the number removed.
    pub(super) fn hash_remove(&mut self, key: &[u8], gone: &[&[u8]]) -> Result<usize, Fault> {
        let Some(value) = self.values.get_mut(key) else { return Ok(0) };
        let Value::Hash(fields) = value else { return Err(Fault::WrongType) };
        let removed = gone.iter().filter(|field| fields.remove(**field).is_some()).count();
        if fields.is_empty() {
            self.values.remove(key);
        }
        Ok(removed)
    }

    fn hash(&self, key: &[u8]) -> Result<Option<&Fields>, Fault> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::Hash(fields)) => Ok(Some(fields)),
            Some(Value::Text(_)) => Err(Fault::WrongType),
        }
    }
}

/// A number as Redis reads one: the digits that it would write itself, no plus sign, no spare zeros.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (number.to_string().as_bytes() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_count_new_fields_and_vanish_with_the_last() {
        let mut database = Database::default();
        assert_eq!(database.hash_set(b"h", &[b"a", b"1", b"b", b"2", b"a", b"3"]), Ok(2));
        assert_eq!(database.hash_set(b"h", &[b"a", b"4", b"c", b"5"]), Ok(1));
        let all: Vec<_> = database.hash_all(b"h").unwrap().collect();
        assert_eq!(all, [(&b"a"[..], &b"4"[..]), (b"b", b"2"), (b"c", b"5")]);
        assert_eq!(database.hash_remove(b"h", &[b"a", b"x", b"a"]), Ok(1));
        assert_eq!(database.hash_remove(b"h", &[b"b", b"c"]), Ok(2));
        assert!(!database.contains(b"h"));
    }

    #[test]
    fn a_value_of_the_other_type_is_left_alone() {
        let mut database = Database::default();
        database.set(b"t", b"x");
        assert_eq!(database.hash_set(b"t", &[b"a", b"1"]), Err(Fault::WrongType));
        assert_eq!(database.hash_get(b"t", b"a"), Err(Fault::WrongType));
        assert_eq!(database.hash_all(b"t").err(), Some(Fault::WrongType));
        assert_eq!(database.get(b"t"), Ok(Some(&b"x"[..])));
        database.hash_set(b"h", &[b"a", b"1"]).unwrap();
        assert_eq!(database.get(b"h"), Err(Fault::WrongType));
        assert_eq!(database.increment(b"h"), Err(Fault::WrongType));
        database.set(b"h", b"y");
        assert_eq!(database.get(b"h"), Ok(Some(&b"y"[..])));
    }

    #[test]
    fn only_what_redis_would_write_is_a_number() {
        for (text, number) in [("0", Some(0)), ("-7", Some(-7)), ("9223372036854775807", Some(i64::MAX))] {
            assert_eq!(integer(text.as_bytes()), number);
        }
        for text in ["", "+1", "01", "-0", " 1", "1 ", "1.0", "9223372036854775808", "x"] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
        let mut database = Database::default();
        assert_eq!(database.increment(b"n"), Ok(1));
        database.set(b"n", b"9223372036854775807");
        assert_eq!(database.increment(b"n"), Err(Fault::Overflow));
    }
}
