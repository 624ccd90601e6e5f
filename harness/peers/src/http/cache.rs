//! Bodies that were served before, so that serving one again costs no generation.

use bytes::Bytes;
use std::collections::HashMap;

/// Most bytes of bodies kept.
const MOST_BYTES: usize = 256 << 20;
/// Most bodies kept.
const MOST_BODIES: usize = 16_384;

/// Bodies by size and seed, each with the time of its last use.
pub(super) struct Cache {
    bodies: HashMap<(usize, u64), Entry>,
    bytes: usize,
    now: u64,
    most_bytes: usize,
    most_bodies: usize,
}

struct Entry {
    body: Bytes,
    used: u64,
}

impl Cache {
    pub(super) fn new() -> Self {
        Cache::bounded(MOST_BYTES, MOST_BODIES)
    }

    fn bounded(most_bytes: usize, most_bodies: usize) -> Self {
        Cache { bodies: HashMap::new(), bytes: 0, now: 0, most_bytes, most_bodies }
    }

    /// The body for this size and seed, generated if it is not cached.
    pub(super) fn body(&mut self, bytes: usize, seed: u64) -> Bytes {
        self.now += 1;
        if let Some(entry) = self.bodies.get_mut(&(bytes, seed)) {
            entry.used = self.now;
            return entry.body.clone();
        }
        if self.bodies.len() >= self.most_bodies || self.bytes + bytes > self.most_bytes {
            self.shrink(bytes);
        }
        let body = super::body(bytes, seed);
        self.bytes += bytes;
        self.bodies.insert((bytes, seed), Entry { body: body.clone(), used: self.now });
        body
    }

    /// Drops the bodies unused for longest, until half of each bound is free and `room` bytes are: dropping
    /// many at once keeps the search for the oldest cheap on average.
    fn shrink(&mut self, room: usize) {
        let mut oldest: Vec<_> = self.bodies.iter().map(|(key, entry)| (entry.used, *key)).collect();
        oldest.sort_unstable();
        for (_, key) in oldest {
            let fits = self.bytes <= self.most_bytes / 2 && self.bytes + room <= self.most_bytes;
            if fits && self.bodies.len() <= self.most_bodies / 2 {
                break;
            }
            self.bodies.remove(&key);
            self.bytes -= key.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_generated_once() {
        let mut cache = Cache::new();
        let first = cache.body(1000, 3);
        assert_eq!(first, crate::http::body(1000, 3));
        assert_eq!(cache.body(1000, 3).as_ptr(), first.as_ptr());
        assert_ne!(cache.body(1000, 4), first);
    }

    #[test]
    fn the_bounds_hold_and_what_was_used_last_stays() {
        let mut cache = Cache::bounded(1000, 8);
        let kept = cache.body(100, 0);
        for seed in 1..100 {
            assert_eq!(cache.body(100, 0).as_ptr(), kept.as_ptr(), "{seed}");
            cache.body(seed as usize, seed);
            assert!(cache.bodies.len() <= 8);
            assert_eq!(cache.bytes, cache.bodies.keys().map(|key| key.0).sum::<usize>());
            assert!(cache.bytes <= 1000);
        }
    }

    #[test]
    fn a_body_above_the_bound_is_still_served() {
        let mut cache = Cache::bounded(10, 8);
        assert_eq!(cache.body(20, 1).len(), 20);
        assert_eq!(cache.body(5, 1).len(), 5);
        assert_eq!(cache.bytes, 5);
    }
}
