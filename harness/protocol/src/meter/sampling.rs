//! Which operations of a timed slice are stamped: one in several, so that the cost is negligible.

use crate::Latencies;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// 2⁶⁴ divided by the golden ratio: its multiples fill the numbers more evenly than chance would, and in step
/// with no other rhythm, such as the turns of a fixed number of connections (Weyl; Knuth, "The art of
/// computer programming", 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// The same from the second of the numbers that fill a plane evenly, for the starting point of each thread.
const PLASTIC: u64 = 0xc13f_a9a9_02a6_328f;

/// Threads that have started counting.
static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// This thread's position among the multiples. Per thread, so that no two threads wait for each other.
    static PLACE: Cell<u64> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed).wrapping_mul(PLASTIC));
}

/// One in several operations, and where their latencies go.
#[derive(Debug)]
pub(super) struct Sampling {
    /// An operation is stamped if its thread's position is at most this.
    most: u64,
    into: Arc<Mutex<Latencies>>,
}

impl Sampling {
    pub(super) fn new(one_in: u64, into: Arc<Mutex<Latencies>>) -> Self {
        Sampling { most: u64::MAX / one_in.max(1), into }
    }

    /// Whether the current operation is one of them.
    pub(super) fn takes_this(&self) -> bool {
        let place = PLACE.get().wrapping_add(GOLDEN);
        PLACE.set(place);
        place <= self.most
    }

    pub(super) fn record(&self, latency: Duration) {
        self.into.lock().expect("no holder panics").record(latency);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(one_in: u64) -> Sampling {
        Sampling::new(one_in, Arc::default())
    }

    #[test]
    fn one_in_so_many_is_taken_and_every_connection_has_its_part() {
        assert!((0..100).all(|_| sampling(1).takes_this()), "one in one is all");
        let sampling = sampling(8);
        let mut taken = [0; 64];
        for operation in 0..64 * 1000 {
            taken[operation % 64] += usize::from(sampling.takes_this());
        }
        assert!((7_950..8_050).contains(&taken.iter().sum::<usize>()), "{taken:?}");
        assert!(taken.iter().all(|taken| (110..140).contains(taken)), "{taken:?}");
    }

    #[test]
    fn threads_that_live_for_one_operation_are_taken_alike() {
        let each = |_| std::thread::spawn(|| sampling(4).takes_this());
        let threads: Vec<_> = (0..400).map(each).collect();
        let taken = threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|taken| *taken).count();
        assert!((60..140).contains(&taken), "{taken}");
    }
}
