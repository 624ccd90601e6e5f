//! One timed slice as a record stores it: a bare array of numbers, since there are thousands.

use loopswap_protocol::SliceDone;
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// One timed slice: `[arm, ops, ns, ns − typical_ns, cpu_ns, peer_cpu_ns]`, the last only if a peer that we
/// started served it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Index of the arm in the row.
    pub arm: usize,
    /// Operations.
    pub ops: u64,
    /// Wall time, in nanoseconds.
    pub ns: u64,
    /// The median stretch scaled to the whole slice, in nanoseconds.
    pub typical_ns: u64,
    /// CPU time of the runner, in nanoseconds.
    pub cpu_ns: u64,
    /// CPU time of the peers, in nanoseconds.
    pub peer_cpu_ns: Option<u64>,
}

impl Slice {
    /// A slice as its runner reported it, with the peers' part.
    #[must_use]
    pub fn new(arm: usize, done: SliceDone, peer_cpu_ns: Option<u64>) -> Self {
        let SliceDone { ops, ns, typical_ns, cpu_ns } = done;
        Slice { arm, ops, ns, typical_ns, cpu_ns, peer_cpu_ns }
    }
}

impl Serialize for Slice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let below = self.ns.cast_signed().wrapping_sub(self.typical_ns.cast_signed());
        match self.peer_cpu_ns {
            Some(peer) => (self.arm, self.ops, self.ns, below, self.cpu_ns, peer).serialize(serializer),
            None => (self.arm, self.ops, self.ns, below, self.cpu_ns).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Slice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Numbers)
    }
}

/// Takes the numbers one by one: each has a range of its own, and there are thousands of slices.
struct Numbers;

impl<'de> Visitor<'de> for Numbers {
    type Value = Slice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the 5 or 6 numbers of a slice")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Slice, A::Error> {
        let missing = |count: usize| A::Error::invalid_length(count, &self);
        let arm = numbers.next_element()?.ok_or_else(|| missing(0))?;
        let ops = numbers.next_element()?.ok_or_else(|| missing(1))?;
        let ns: u64 = numbers.next_element()?.ok_or_else(|| missing(2))?;
        let below: i64 = numbers.next_element()?.ok_or_else(|| missing(3))?;
        let cpu_ns = numbers.next_element()?.ok_or_else(|| missing(4))?;
        let peer_cpu_ns = numbers.next_element()?;
        if peer_cpu_ns.is_some() && numbers.next_element::<IgnoredAny>()?.is_some() {
            return Err(missing(7));
        }
        let typical_ns = ns.wrapping_sub(below.cast_unsigned());
        Ok(Slice { arm, ops, ns, typical_ns, cpu_ns, peer_cpu_ns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slice_is_a_short_array() {
        let slice = Slice { arm: 2, ops: 640, ns: 10_234_567, typical_ns: 10_123_456, cpu_ns: 99, peer_cpu_ns: None };
        assert_eq!(serde_json::to_string(&slice).expect("numbers"), "[2,640,10234567,111111,99]");
    }

    proptest! {
        #[test]
        fn a_slice_comes_back_as_it_was(arm in any::<usize>(), ops in any::<u64>(), ns in any::<u64>(), typical_ns in any::<u64>(),
                                        cpu_ns in any::<u64>(), peer_cpu_ns in any::<Option<u64>>()) {
            let slice = Slice { arm, ops, ns, typical_ns, cpu_ns, peer_cpu_ns };
            let text = serde_json::to_string(&slice).expect("numbers");
            prop_assert_eq!(serde_json::from_str::<Slice>(&text).expect("what was written"), slice);
        }
    }
}
