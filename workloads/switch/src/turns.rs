//! Whose turn it is in a ring, who had it last, and how far the slice has progressed.

use loopswap_rt::{Fault, Meter};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How many times the hand-overs of a slice are counted (at least half of that): counting each would cost as
/// much as a fast hand-over. A stretch of the meter is a twentieth of a slice, so its stamp is late by at
/// most 0.2 % of it.
const COUNTS: u64 = 20_000;

/// Turns are numbered from 0 and never restart, over all slices.
#[derive(Debug)]
pub(super) struct Turns {
    size: u64,
    turn: AtomicU64,
    goal: AtomicU64,
    /// The place in the ring of the member that handed over last.
    last: AtomicU64,
    out_of_order: AtomicBool,
    /// Hand-overs are counted whenever none of these bits is set in the number of the turn.
    mask: AtomicU64,
    slice: Mutex<Option<Slice>>,
}

#[derive(Debug)]
struct Slice {
    meter: Arc<Meter>,
    counted: u64,
    /// When the last hand-over was, in a counting slice.
    at: Instant,
}

impl Turns {
    pub(super) fn new(size: usize) -> Self {
        let size = size as u64;
        Turns {
            size,
            turn: AtomicU64::new(0),
            goal: AtomicU64::new(0),
            last: AtomicU64::new(size - 1),
            out_of_order: AtomicBool::new(false),
            mask: AtomicU64::new(0),
            slice: Mutex::new(None),
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whose turn it is.
    pub(super) fn now(&self) -> u64 {
        self.turn.load(Ordering::Acquire)
    }

    /// The first turn that is not taken in this slice.
    pub(super) fn goal(&self) -> u64 {
        self.goal.load(Ordering::Acquire)
    }

    /// A slice of `ops` hand-overs begins; no member has a turn at that time. Returns its first turn.
    pub(super) fn begin(&self, ops: u64, meter: &Arc<Meter>) -> u64 {
        let first = self.now();
        // Latencies are those of single hand-overs.
        let at_once = if meter.is_counting() { 1 } else { (ops / COUNTS).max(1).next_power_of_two() };
        self.mask.store(at_once - 1, Ordering::Relaxed);
        *self.slice() = Some(Slice { meter: Arc::clone(meter), counted: first, at: Instant::now() });
        self.goal.store(first + ops, Ordering::Release);
        first
    }

    /// The member with turn `mine` hands over: `place` is its place in the ring. Returns the next turn.
    pub(super) fn hand_over(&self, mine: u64, place: u64) -> u64 {
        let before = if place == 0 { self.size - 1 } else { place - 1 };
        // Only the member that has the turn is here, and taking it has made visible what the one before
        // wrote.
        if self.last.load(Ordering::Relaxed) != before {
            self.out_of_order.store(true, Ordering::Relaxed);
        }
        self.last.store(place, Ordering::Relaxed);
        let next = mine + 1;
        if next & self.mask.load(Ordering::Relaxed) == 0 {
            self.count(next);
        }
        self.turn.store(next, Ordering::Release);
        next
    }

    /// The hand-overs of a slice begin with place 0, whichever member takes it.
    pub(super) fn seat_anew(&self) {
        self.last.store(self.size - 1, Ordering::Relaxed);
    }

    fn count(&self, turn: u64) {
        if let Some(slice) = self.slice().as_mut() {
            slice.meter.add(turn - slice.counted);
            slice.counted = turn;
            if slice.meter.is_counting() {
                let now = Instant::now();
                slice.meter.latency(now - slice.at);
                slice.at = now;
            }
        }
    }

    /// The slice is over: counts the rest of it, and reports whether all came in turn.
    pub(super) fn end(&self) -> Result<(), Fault> {
        let (turn, goal) = (self.now(), self.goal());
        if turn != goal {
            return Err(Fault::Wrong(format!("the ring went on to turn {turn}, not to {goal}")));
        }
        if self.out_of_order.load(Ordering::Relaxed) {
            return Err(Fault::Wrong("a hand-over did not come from the predecessor in the ring".into()));
        }
        if let Some(slice) = self.slice().take().filter(|slice| slice.counted < goal) {
            slice.meter.add(goal - slice.counted);
        }
        Ok(())
    }

    fn slice(&self) -> MutexGuard<'_, Option<Slice>> {
        self.slice.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(turns: &Turns, places: &[u64]) -> (Result<(), Fault>, u64) {
        let ops = places.len() as u64;
        let meter = Arc::new(Meter::timing(ops, 1, 1));
        let first = turns.begin(ops, &meter);
        for (turn, place) in (first..).zip(places) {
            turns.hand_over(turn, *place);
        }
        (turns.end(), meter.done())
    }

    #[test]
    fn slices_go_on_where_the_last_one_ended() {
        let turns = Turns::new(3);
        assert_eq!(slice(&turns, &[0, 1]), (Ok(()), 2));
        assert_eq!(slice(&turns, &[2, 0, 1, 2]), (Ok(()), 4));
        turns.seat_anew();
        assert_eq!(slice(&turns, &[0]), (Ok(()), 1));
    }

    #[test]
    fn a_member_out_of_turn_is_found() {
        for wrong in [&[0, 2, 1][..], &[0, 0], &[1], &[0, 1, 2, 1]] {
            let (outcome, done) = slice(&Turns::new(3), wrong);
            assert!(matches!(outcome, Err(Fault::Wrong(_))), "{wrong:?}: {outcome:?}");
            assert!(done <= wrong.len() as u64);
        }
    }

    #[test]
    fn a_slice_that_stops_early_or_goes_too_far_is_found() {
        let turns = Turns::new(2);
        turns.begin(2, &Arc::new(Meter::timing(2, 1, 1)));
        turns.hand_over(0, 0);
        assert!(matches!(turns.end(), Err(Fault::Wrong(_))));
        turns.hand_over(1, 1);
        assert_eq!(turns.end(), Ok(()));
        turns.hand_over(2, 0);
        assert!(matches!(turns.end(), Err(Fault::Wrong(_))));
    }

    #[test]
    fn hand_overs_counted_in_heaps_are_all_counted() {
        let turns = Turns::new(2);
        for ops in [7, COUNTS * 5 + 3, 1, COUNTS * 2] {
            let meter = Arc::new(Meter::timing(ops, 1, 1));
            let first = turns.begin(ops, &meter);
            for turn in first..first + ops {
                turns.hand_over(turn, turn % 2);
            }
            assert_eq!((turns.end(), meter.done()), (Ok(()), ops));
        }
    }
}
