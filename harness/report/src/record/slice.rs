//! One timed slice as it stands in a record: a bare array of numbers, since there are thousands.

use loopswap_protocol::SliceDone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One timed slice: `[arm, ops, ns, ns − typical_ns, cpu_ns, peer_cpu_ns]`, the last only where a
/// peer that we started served it.
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
    /// A slice as its runner told it, with the peers' part.
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
        let numbers = Vec::<i64>::deserialize(deserializer)?;
        let (front, peer) = match *numbers.as_slice() {
            [arm, ops, ns, below, cpu] => ([arm, ops, ns, below, cpu], None),
            [arm, ops, ns, below, cpu, peer] => ([arm, ops, ns, below, cpu], Some(peer.unsigned_abs())),
            _ => return Err(serde::de::Error::invalid_length(numbers.len(), &"5 or 6 numbers")),
        };
        let [arm, ops, ns, below, cpu] = front;
        if arm < 0 || ops <= 0 || ns < 0 || cpu < 0 {
            return Err(serde::de::Error::custom("a slice has no negative numbers and at least one operation"));
        }
        Ok(Slice {
            arm: usize::try_from(arm).map_err(serde::de::Error::custom)?,
            ops: ops.unsigned_abs(),
            ns: ns.unsigned_abs(),
            typical_ns: ns.wrapping_sub(below).unsigned_abs(),
            cpu_ns: cpu.unsigned_abs(),
            peer_cpu_ns: peer,
        })
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
        fn a_slice_comes_back_as_it_was(arm in 0usize..20, ops in 1u64..1 << 40, ns in 0u64..1 << 50, typical_ns in 0u64..1 << 50,
                                        cpu_ns in 0u64..1 << 50, peer_cpu_ns in proptest::option::of(0u64..1 << 50)) {
            let slice = Slice { arm, ops, ns, typical_ns, cpu_ns, peer_cpu_ns };
            let text = serde_json::to_string(&slice).expect("numbers");
            prop_assert_eq!(serde_json::from_str::<Slice>(&text).expect("what was written"), slice);
        }
    }
}
