//! Where the shards of a server meet, and how the operations they serve are counted.
//!
//! Shards run on executors of their own, but every waker works from any thread (the conformance kit tests
//! it): so a shard waits for another by leaving its waker here.

use loopswap_rt::{Fault, Meter};
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// What the shards know together.
#[derive(Debug, Default)]
pub(crate) struct House {
    board: Mutex<Board>,
    /// Number of the slice under way, from 1.
    slice: AtomicU64,
}

#[derive(Debug, Default)]
pub(crate) struct Board {
    /// Where the leading shard listens.
    pub(crate) address: Option<SocketAddr>,
    /// Shards that listen.
    pub(crate) listening: usize,
    /// Connections accepted, by all shards.
    pub(crate) accepted: u64,
    /// Slices that are over.
    pub(crate) over: u64,
    /// The first failure.
    pub(crate) failure: Option<Fault>,
    meter: Option<Arc<Meter>>,
    waiting: Vec<Waker>,
}

impl House {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the board and wakes the shards that wait for it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Board) -> T) -> T {
        let (changed, waiting) = {
            let mut board = self.board();
            let changed = change(&mut board);
            (changed, std::mem::take(&mut board.waiting))
        };
        waiting.into_iter().for_each(Waker::wake);
        changed
    }

    /// Connections that all shards have accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.board().accepted
    }

    /// Completes once `look` returns a value; fails once anything has failed.
    pub(crate) fn until<T>(&self, look: impl Fn(&Board) -> Option<T>) -> impl Future<Output = Result<T, Fault>> {
        poll_fn(move |context| {
            let mut board = self.board();
            if let Some(fault) = &board.failure {
                return Poll::Ready(Err(fault.clone()));
            }
            if let Some(seen) = look(&board) {
                return Poll::Ready(Ok(seen));
            }
            if !board.waiting.iter().any(|waiting| waiting.will_wake(context.waker())) {
                board.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
    }

    /// Something failed: all waiting ends. The first cause is kept.
    pub(crate) fn fail(&self, fault: Fault) -> Fault {
        self.change(|board| board.failure.get_or_insert(fault).clone())
    }

    /// From now on, answers count for this slice.
    pub(crate) fn begin_slice(&self, slice: u64, meter: &Arc<Meter>) {
        self.board().meter = Some(Arc::clone(meter));
        self.slice.store(slice, Ordering::Release);
    }
}

/// One connection's way to count its answers.
///
/// An operation costs the load of an atomic and the meter's addition; the lock is taken once a slice.
#[derive(Debug)]
pub struct Visit {
    house: Arc<House>,
    seen: u64,
    meter: Option<Arc<Meter>>,
}

impl Visit {
    pub(crate) fn of(house: Arc<House>) -> Self {
        Visit { house, seen: 0, meter: None }
    }

    /// Counts one operation, when its answer is about to be written: so it is certainly counted once the load
    /// client has it.
    pub fn answered(&mut self) {
        let slice = self.house.slice.load(Ordering::Acquire);
        if slice != self.seen {
            self.seen = slice;
            self.meter.clone_from(&self.house.board().meter);
        }
        if let Some(meter) = &self.meter {
            meter.add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::Context;

    #[test]
    fn what_is_answered_counts_for_the_slice_under_way() {
        let house = Arc::new(House::default());
        let mut visits = [Visit::of(Arc::clone(&house)), Visit::of(Arc::clone(&house))];
        visits[0].answered();
        for slice in 1..4 {
            let meter = Arc::new(Meter::timing(3, 1, 1));
            house.begin_slice(slice, &meter);
            visits[0].answered();
            visits[0].answered();
            visits[1].answered();
            assert_eq!(meter.done(), 3);
        }
    }

    #[test]
    fn a_waiting_shard_is_woken_by_the_change_and_by_a_failure() {
        let house = House::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut accepted = pin!(house.until(|board| (board.accepted == 2).then_some(board.accepted)));
        for _ in 0..2 {
            assert!(accepted.as_mut().poll(&mut context).is_pending());
            house.change(|board| board.accepted += 1);
            assert!(house.board().waiting.is_empty(), "it was woken");
        }
        assert_eq!(accepted.as_mut().poll(&mut context), Poll::Ready(Ok(2)));
        let mut over = pin!(house.until(|board| (board.over == 1).then_some(())));
        assert!(over.as_mut().poll(&mut context).is_pending());
        let first = Fault::Failed("the first".into());
        assert_eq!(house.fail(first.clone()), first);
        assert_eq!(house.fail(Fault::Failed("the second".into())), first);
        assert_eq!(over.as_mut().poll(&mut context), Poll::Ready(Err(first)));
    }
}
