//! Where the shards of one runtime meet between slices.
//!
//! Shards of a thread-per-core runtime share no executor, so they meet with plain blocking primitives,
//! outside the timed part: a slice begins when every shard is awake, and ends with the latest end stamp of
//! any shard.

use loopswap_protocol::{Meter, Turn};
use loopswap_rt::{Fault, Verified};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a following shard has to do.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) ops: u64,
    pub(crate) meter: Arc<Meter>,
    /// Whether system calls are being counted: then this code must make as few as possible.
    pub(crate) tally: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Stage {
    board: Mutex<Board>,
    changed: Condvar,
    awake: AtomicUsize,
    go: AtomicU64,
    ended: AtomicBool,
}

#[derive(Debug, Default)]
struct Board {
    settled: Vec<Result<(), Fault>>,
    turn: u64,
    /// The last turn that all shards have ended.
    over: u64,
    act: Option<Act>,
    finished: Vec<(Instant, Result<Verified, Fault>)>,
}

impl Stage {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until(&self, ready: impl Fn(&Board) -> bool) -> MutexGuard<'_, Board> {
        self.changed.wait_while(self.board(), |board| !ready(board)).unwrap_or_else(PoisonError::into_inner)
    }

    /// A follower reports how an untimed part went: its preparation, or what follows a slice.
    pub(crate) fn settled(&self, outcome: Result<(), Fault>) {
        self.board().settled.push(outcome);
        self.changed.notify_all();
    }

    /// The leader waits until all others have reported that.
    pub(crate) fn await_settled(&self, others: usize) -> Result<(), Fault> {
        let mut board = self.wait_until(|board| board.settled.len() >= others);
        board.settled.drain(..).collect()
    }

    /// The leader calls a turn and returns once every follower is awake and released; `ready` comes
    /// when all are awake and none is released.
    pub(crate) fn start(&self, turn: &Turn, others: usize, ready: impl FnOnce()) {
        if others == 0 {
            return ready();
        }
        self.awake.store(0, Ordering::Release);
        let number = {
            let mut board = self.board();
            board.turn += 1;
            board.act = Some(Act { ops: turn.ops, meter: Arc::clone(&turn.meter), tally: turn.tally });
            board.turn
        };
        self.changed.notify_all();
        while self.awake.load(Ordering::Acquire) < others {
            std::thread::yield_now();
        }
        ready();
        turn.meter.start();
        self.go.store(number, Ordering::Release);
    }

    /// A follower waits for the next turn; `None` once there is none.
    pub(crate) fn await_turn(&self, seen: &mut u64) -> Option<Act> {
        let last = *seen;
        let act = {
            let board = self.wait_until(|board| board.turn > last || self.ended.load(Ordering::Acquire));
            if board.turn == last {
                return None;
            }
            *seen = board.turn;
            board.act.clone()?
        };
        self.awake.fetch_add(1, Ordering::AcqRel);
        while self.go.load(Ordering::Acquire) < *seen {
            // Yielding is a system call.
            if act.tally { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        Some(act)
    }

    /// A follower reports when and how its share ended.
    pub(crate) fn finished(&self, at: Instant, outcome: Result<Verified, Fault>) {
        self.board().finished.push((at, outcome));
        self.changed.notify_all();
    }

    /// The leader waits for all others: returns the latest end, and everything that was verified.
    pub(crate) fn await_finished(
        &self,
        others: usize,
        own_end: Instant,
        own: Result<Verified, Fault>,
    ) -> (Instant, Result<Verified, Fault>) {
        if others == 0 {
            return (own_end, own);
        }
        let mut board = self.wait_until(|board| board.finished.len() >= others);
        board.finished.drain(..).fold((own_end, own), |(last, total), (end, outcome)| {
            (last.max(end), total.and_then(|total| Ok(total + outcome?)))
        })
    }

    /// The leader announces that the turn is over: nothing is timed or counted any more.
    pub(crate) fn over(&self) {
        {
            let mut board = self.board();
            board.over = board.turn;
        }
        self.changed.notify_all();
    }

    /// A follower waits until a turn is over, everywhere.
    pub(crate) fn await_over(&self, turn: u64) {
        drop(self.wait_until(|board| board.over >= turn));
    }

    /// The leader begins: followers wait for turns until it drops what this returns.
    pub(crate) fn leading(&self) -> Leading<'_> {
        Leading(self)
    }
}

/// That further turns may come. Its end is that of the stage, whatever ended the leader: a follower that waits for a
/// leader that is gone would wait for ever, and the process with it.
#[derive(Debug)]
pub(crate) struct Leading<'a>(&'a Stage);

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        let Stage { ended, changed, .. } = self.0;
        ended.store(true, Ordering::Release);
        // Taking the lock orders this with a follower that is about to wait.
        drop(self.0.board());
        changed.notify_all();
    }
}
