//! Two tasks that hand over to each other: each sleeps until the other wakes it.
//!
//! It is here once, because a program written by hand against one runtime would have the same code: nothing
//! in it belongs to a runtime. Which runtime drives the two, and how, is what differs.

use futures_util::task::AtomicWaker;
use loopswap_rt::Meter;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

/// What the two share. Turns are numbered from 0; the even ones are the first player's.
#[derive(Debug, Default)]
struct Table {
    turn: AtomicU64,
    /// Where each player waits for its turn.
    seats: [AtomicWaker; 2],
    /// The number of the turn that was taken last, counted from 1.
    last: AtomicU64,
}

/// Two futures, each to be a task of its own, that hand over to each other `ops` times in all. Each
/// returns how often it had its turn straight after the other: together that is `ops`.
///
/// Hand-overs are counted in `meter` whenever a player has done `batch` of them.
pub fn players(ops: u64, batch: u64, meter: &Arc<Meter>) -> [impl Future<Output = u64> + Send + 'static; 2] {
    let table = Arc::new(Table::default());
    // If the number is odd the first player has one more.
    [(0, ops.div_ceil(2)), (1, ops / 2)]
        .map(|(seat, share)| play(Arc::clone(&table), seat, share, batch, Arc::clone(meter)))
}

async fn play(table: Arc<Table>, seat: usize, share: u64, batch: u64, meter: Arc<Meter>) -> u64 {
    let (mut done, mut in_turn, mut mine) = (0, 0, seat as u64);
    while done < share {
        let end = share.min(done + batch);
        for _ in done..end {
            table.wait(seat, mine).await;
            // Only the task that has the turn is here, and having it has made visible what the other one
            // wrote.
            in_turn += u64::from(table.last.load(Ordering::Relaxed) == mine);
            table.last.store(mine + 1, Ordering::Relaxed);
            table.turn.store(mine + 1, Ordering::Release);
            table.seats[1 - seat].wake();
            mine += 2;
        }
        meter.add(end - done);
        done = end;
    }
    in_turn
}

impl Table {
    /// Waits for turn `mine`.
    async fn wait(&self, seat: usize, mine: u64) {
        let look = || if self.turn.load(Ordering::Acquire) == mine { Poll::Ready(()) } else { Poll::Pending };
        poll_fn(|context| {
            if look().is_ready() {
                return Poll::Ready(());
            }
            self.seats[seat].register(context.waker());
            // If the turn came before the waker was set, nobody was woken.
            look()
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join;
    use futures_util::task::noop_waker;
    use std::pin::pin;
    use std::task::Context;

    #[test]
    fn each_has_its_turn_straight_after_the_other() {
        for (ops, first, second) in [(0, 0, 0), (1, 1, 0), (2, 1, 1), (7, 4, 3), (1000, 500, 500)] {
            let meter = Arc::new(Meter::timing(ops, 1, 1));
            let [one, other] = players(ops, 3, &meter);
            let counts = futures_lite::future::block_on(join(one, other));
            assert_eq!(counts, (first, second));
            assert_eq!(meter.done(), ops);
        }
    }

    #[test]
    fn neither_goes_on_alone() {
        let meter = Arc::new(Meter::timing(10, 1, 1));
        let [one, other] = players(10, 1, &meter);
        let (mut one, mut other) = (pin!(one), pin!(other));
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        for _ in 0..3 {
            assert!(one.as_mut().poll(&mut context).is_pending());
            assert_eq!(meter.done(), 1);
        }
        assert!(other.as_mut().poll(&mut context).is_pending());
        assert_eq!(meter.done(), 2);
    }
}
