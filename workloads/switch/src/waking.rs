//! A ring whose members sleep until their predecessor wakes them: none runs in vain.

use super::turns::Turns;
use futures_util::task::AtomicWaker;
use loopswap_rt::{Fault, Meter};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

/// State shared by the members of a ring and the body that waits for the end of a slice.
#[derive(Debug)]
pub(super) struct Waking {
    turns: Turns,
    /// Where each member waits for its turn.
    seats: Vec<AtomicWaker>,
    /// Where the body waits.
    ended: AtomicWaker,
    closed: AtomicBool,
}

impl Waking {
    pub(super) fn new(size: usize) -> Self {
        Waking {
            turns: Turns::new(size),
            seats: (0..size).map(|_| AtomicWaker::new()).collect(),
            ended: AtomicWaker::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Begins a slice of `ops` hand-overs with the member that is next.
    pub(super) fn begin(&self, ops: u64, meter: &Arc<Meter>) {
        let first = self.turns.begin(ops, meter);
        self.seats[(first % self.turns.size()) as usize].wake();
    }

    /// Waits for the end of the slice.
    pub(super) async fn end(&self) -> Result<(), Fault> {
        let is_over = || self.turns.now() >= self.turns.goal();
        poll_fn(|context| {
            self.ended.register(context.waker());
            if is_over() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.turns.end()
    }

    /// Ends the members.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.seats.iter().for_each(AtomicWaker::wake);
    }

    /// Waits for turn `mine`; false once there is none.
    async fn turn(&self, seat: usize, mine: u64) -> bool {
        let look = || {
            if self.closed.load(Ordering::Acquire) {
                return Poll::Ready(false);
            }
            if self.turns.now() == mine && mine < self.turns.goal() { Poll::Ready(true) } else { Poll::Pending }
        };
        poll_fn(|context| {
            let found = look();
            if found.is_ready() {
                return found;
            }
            self.seats[seat].register(context.waker());
            // If the turn came before the waker was set, nobody was woken.
            look()
        })
        .await
    }
}

/// One member: waits for its turn, hands over, wakes the next.
pub(super) async fn member(ring: Arc<Waking>, seat: usize) {
    let next_seat = (seat + 1) % ring.seats.len();
    let mut mine = seat as u64;
    while ring.turn(seat, mine).await {
        // Read first: once the turn is handed over, the body may begin another slice.
        let goal = ring.turns.goal();
        if ring.turns.hand_over(mine, seat as u64) == goal {
            ring.ended.wake();
        } else {
            ring.seats[next_seat].wake();
        }
        mine += ring.turns.size();
    }
}
