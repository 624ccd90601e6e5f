//! A ring whose members yield until it is their turn.
//!
//! The runtime decides who runs next after a yield. A member that runs when it is another's turn ran *in
//! vain*, and yields again; how often that happens is part of what a hand-over costs. Several threads run
//! members side by side, so much runs in vain there. On one thread a yield lets everyone else run, so the
//! turn moves on at least once in every round, which is checked; on a runtime that goes round in one
//! direction nothing runs in vain, and places are taken in the order in which members first run, so that the
//! direction does not matter.

use super::turns::Turns;
use futures_util::task::AtomicWaker;
use loopswap_rt::{Fault, Meter, Runtime, Topology};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

/// In place of the number of a slice: there will be no further one.
const CLOSED: u64 = u64::MAX;

/// State shared by the members of a ring and the body that waits for the end of a slice.
#[derive(Debug)]
pub(super) struct Yielding {
    turns: Turns,
    /// Slices that have begun.
    begun: AtomicU64,
    first: AtomicU64,
    /// Members that have a place in this slice, and members that have seen its end.
    arrived: AtomicU64,
    left: AtomicU64,
    /// How many times members ran in this slice when it was another's turn.
    vain: AtomicU64,
    /// Where each member waits for the next slice.
    seats: Vec<AtomicWaker>,
    /// Where the body waits.
    ended: AtomicWaker,
}

impl Yielding {
    pub(super) fn new(size: usize) -> Self {
        Yielding {
            turns: Turns::new(size),
            begun: AtomicU64::new(0),
            first: AtomicU64::new(0),
            arrived: AtomicU64::new(0),
            left: AtomicU64::new(0),
            vain: AtomicU64::new(0),
            seats: (0..size).map(|_| AtomicWaker::new()).collect(),
            ended: AtomicWaker::new(),
        }
    }

    /// Begins a slice of `ops` hand-overs: all members take their places and turns.
    pub(super) fn begin(&self, ops: u64, meter: &Arc<Meter>) {
        for count in [&self.arrived, &self.left, &self.vain] {
            count.store(0, Ordering::Relaxed);
        }
        self.turns.seat_anew();
        self.first.store(self.turns.begin(ops, meter), Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Release);
        self.seats.iter().for_each(AtomicWaker::wake);
    }

    /// Waits for the end of a slice of `ops` hand-overs, which is when every member has seen it.
    pub(super) async fn end<R: Runtime>(&self, rt: R, ops: u64, meter: &Meter) -> Result<(), Fault> {
        poll_fn(|context| {
            self.ended.register(context.waker());
            let all_left = self.left.load(Ordering::Acquire) == self.turns.size();
            if all_left { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let vain = self.vain.load(Ordering::Relaxed);
        meter.note("in_vain_per_hand_over", vain as f64 / ops.max(1) as f64);
        if one_thread(rt.info().topology) {
            fair(vain, ops, self.turns.size())?;
        }
        self.turns.end()
    }

    /// Ends the members.
    pub(super) fn close(&self) {
        self.begun.store(CLOSED, Ordering::Release);
        self.seats.iter().for_each(AtomicWaker::wake);
    }

    /// Waits for a slice after `seen`; `None` if there will be none.
    async fn next_slice(&self, seat: usize, seen: u64) -> Option<u64> {
        let begun = poll_fn(|context| {
            self.seats[seat].register(context.waker());
            let begun = self.begun.load(Ordering::Acquire);
            if begun > seen { Poll::Ready(begun) } else { Poll::Pending }
        })
        .await;
        (begun != CLOSED).then_some(begun)
    }

    /// One slice of one member.
    async fn play<R: Runtime>(&self, rt: R) {
        let place = self.arrived.fetch_add(1, Ordering::Relaxed);
        let goal = self.turns.goal();
        let mut mine = self.first.load(Ordering::Relaxed) + place;
        let mut vain = 0;
        loop {
            let turn = self.turns.now();
            if turn == goal {
                break;
            }
            if turn == mine {
                self.turns.hand_over(mine, place);
                mine += self.turns.size();
            } else {
                vain += 1;
            }
            rt.yield_now().await;
        }
        self.vain.fetch_add(vain, Ordering::Relaxed);
        if self.left.fetch_add(1, Ordering::AcqRel) + 1 == self.turns.size() {
            self.ended.wake();
        }
    }
}

/// One member: takes part in every slice.
pub(super) async fn member<R: Runtime>(rt: R, ring: Arc<Yielding>, seat: usize) {
    let mut seen = 0;
    while let Some(begun) = ring.next_slice(seat, seen).await {
        seen = begun;
        ring.play(rt).await;
    }
}

/// Whether the members of a ring share one thread, however many the runtime has.
fn one_thread(topology: Topology) -> bool {
    matches!(topology, Topology::SingleThread | Topology::ThreadPerCore)
}

/// On one thread every other member runs before the one that yielded runs again. So between two hand-overs
/// each of the others runs at most twice: once in this round, after the next one has run in vain, and once in
/// the next round, before it runs again.
fn fair(vain: u64, ops: u64, size: u64) -> Result<(), Fault> {
    let most = 2 * (size - 1) * (ops + 1);
    if vain > most {
        return Err(Fault::Wrong(format!(
            "{size} members ran {vain} times in vain for {ops} hand-overs; yields that let everyone run take {most} at most"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_that_lets_one_task_run_again_and_again_is_found() {
        assert_eq!(fair(0, 1000, 2), Ok(()));
        assert_eq!(fair(1000, 1000, 2), Ok(()), "as where those that yielded are woken in reverse order");
        assert!(matches!(fair(2003, 1000, 2), Err(Fault::Wrong(_))));
        assert!(matches!(fair(u64::MAX, 1000, 100), Err(Fault::Wrong(_))));
    }
}
