//! The pool and its leases: a semaphore with a permit for each connection in use, and the idle ones.
//!
//! As in sqlx: a client with a permit takes an idle connection, or opens one if none is idle. The connection
//! goes back before its permit, so there are never more connections than permits.

use super::connection::{Connection, Ledger};
use futures_intrusive::sync::{Semaphore, SemaphoreReleaser};
use loopswap_rt::Fault;
use std::collections::VecDeque;
use std::future::Future;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many connections a pool has, and which client is next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Kept open when they are not needed.
    pub(super) min: usize,
    /// Open at most.
    pub(super) max: usize,
    /// First come, first served; otherwise a client that asks again may overtake those that wait.
    pub(super) fair: bool,
}

/// A pool of connections.
pub(super) struct Pool {
    size: Size,
    permits: Semaphore,
    /// The one that has been idle for longest is next.
    idle: Mutex<VecDeque<Connection>>,
    ledger: Arc<Ledger>,
}

impl Pool {
    /// Opens a pool with its `min` connections, each with a greeting.
    pub(super) async fn open<F: Future<Output = ()>>(size: Size, greeting: impl Fn() -> F) -> Pool {
        let ledger = Arc::new(Ledger::default());
        let mut idle = VecDeque::with_capacity(size.max);
        for _ in 0..size.min {
            idle.push_back(Connection::open(greeting(), &ledger).await);
        }
        Pool { size, permits: Semaphore::new(size.fair, size.max), idle: Mutex::new(idle), ledger }
    }

    /// Waits for a connection; one that has to be opened waits for its greeting. It goes back when the
    /// lease is dropped.
    pub(super) async fn acquire(&self, greeting: impl Future<Output = ()>) -> Lease<'_> {
        let permit = self.permits.acquire(1).await;
        let idle = self.idle().pop_front();
        let connection = match idle {
            Some(connection) => connection,
            None => Connection::open(greeting, &self.ledger).await,
        };
        self.ledger.take();
        Lease { pool: self, connection: Some(connection), _permit: permit }
    }

    /// Closes idle connections until `min` are left.
    pub(super) async fn shrink<F: Future<Output = ()>>(&self, farewell: impl Fn() -> F) {
        self.close_down_to(self.size.min, farewell).await;
    }

    /// Waits until every connection is back, and closes all.
    pub(super) async fn close<F: Future<Output = ()>>(&self, farewell: impl Fn() -> F) {
        let _all = self.permits.acquire(self.size.max).await;
        self.close_down_to(0, farewell).await;
    }

    async fn close_down_to<F: Future<Output = ()>>(&self, left: usize, farewell: impl Fn() -> F) {
        while let Some(connection) = self.surplus(left) {
            connection.close(farewell()).await;
        }
    }

    /// An idle connection, if there are more than `left`.
    fn surplus(&self, left: usize) -> Option<Connection> {
        let mut idle = self.idle();
        if idle.len() > left { idle.pop_front() } else { None }
    }

    /// Checks that the pool is not in use: every permit and every connection is back, `open` says how many
    /// there may be, they have been used `uses` times in all, and there were never too many.
    pub(super) fn whole(&self, open: RangeInclusive<usize>, uses: u64) -> Result<(), Fault> {
        self.ledger.within(self.max())?;
        let idle = self.idle();
        let (free, max, in_use) = (self.permits.permits(), self.size.max, self.ledger.in_use());
        let (there, known) = (idle.len(), self.ledger.open());
        if free != max || in_use > 0 || there as u64 != known || !open.contains(&there) {
            let (least, most) = open.into_inner();
            return Err(Fault::Wrong(format!(
                "nobody uses the pool: {free} of {max} permits are free, {in_use} connections in use, {there} idle, \
                 {known} open, where {least} to {most} should be"
            )));
        }
        let found = idle.iter().map(Connection::uses).sum::<u64>() + self.ledger.uses_of_closed();
        if found != uses {
            return Err(Fault::Wrong(format!("connections were used {found} times, not {uses}")));
        }
        Ok(())
    }

    /// Connections open at most.
    pub(super) fn max(&self) -> u64 {
        self.size.max as u64
    }

    /// Connections that are open.
    pub(super) fn count(&self) -> u64 {
        self.ledger.open()
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
    /// Goes after the connection: fields are dropped once `drop` has run.
    _permit: SemaphoreReleaser<'a>,
}

impl Lease<'_> {
    /// Uses the connection until the `answer` has come.
    pub(super) async fn hold(&mut self, answer: impl Future<Output = ()>) {
        if let Some(connection) = &mut self.connection {
            connection.hold(answer).await;
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.pool.ledger.give_back();
        self.pool.idle().extend(self.connection.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, pending, poll_once, yield_now};
    use std::pin::pin;

    async fn pool(min: usize, max: usize) -> Pool {
        Pool::open(Size { min, max, fair: true }, yield_now).await
    }

    #[test]
    fn a_pool_grows_on_demand_and_shrinks_again() {
        block_on(async {
            let pool = pool(1, 3).await;
            assert_eq!(pool.whole(1..=1, 0), Ok(()));
            let leases = [pool.acquire(yield_now()).await, pool.acquire(yield_now()).await];
            assert!(matches!(pool.whole(0..=3, 0), Err(Fault::Wrong(_))), "two are in use");
            drop(leases);
            assert_eq!(pool.whole(2..=2, 0), Ok(()));
            assert!(matches!(pool.whole(3..=3, 0), Err(Fault::Wrong(_))), "one is missing");
            pool.acquire(pending()).await.hold(yield_now()).await;
            pool.shrink(yield_now).await;
            assert_eq!(pool.whole(1..=1, 1), Ok(()), "the use of a closed one counts");
            assert!(matches!(pool.whole(1..=1, 2), Err(Fault::Wrong(_))), "a use is missing");
        });
    }

    #[test]
    fn who_waits_is_served_in_order_and_nobody_passes_by() {
        block_on(async {
            let pool = pool(0, 1).await;
            let lease = pool.acquire(yield_now()).await;
            let (mut first, mut second) = (pin!(pool.acquire(pending())), pin!(pool.acquire(pending())));
            assert!(poll_once(first.as_mut()).await.is_none());
            assert!(poll_once(second.as_mut()).await.is_none());
            drop(lease);
            assert!(poll_once(pool.acquire(pending())).await.is_none(), "two were there before");
            assert!(poll_once(second.as_mut()).await.is_none(), "one was there before");
            drop(first.await);
            drop(second.await);
            assert_eq!(pool.whole(1..=1, 0), Ok(()));
        });
    }

    #[test]
    fn nothing_is_lost_when_clients_are_cut_short() {
        block_on(async {
            let pool = pool(1, 2).await;
            assert!(poll_once(async { pool.acquire(yield_now()).await.hold(pending()).await }).await.is_none());
            assert_eq!(pool.whole(1..=1, 0), Ok(()), "one who used a connection");
            let lease = pool.acquire(yield_now()).await;
            assert!(poll_once(pool.acquire(pending())).await.is_none());
            drop(lease);
            assert_eq!(pool.whole(1..=1, 0), Ok(()), "one for whom a connection was being opened");
            let leases = [pool.acquire(yield_now()).await, pool.acquire(yield_now()).await];
            {
                let mut waiting = pin!(pool.acquire(pending()));
                assert!(poll_once(waiting.as_mut()).await.is_none());
                drop(leases);
            }
            assert_eq!(pool.whole(2..=2, 0), Ok(()), "one whose turn had come");
        });
    }

    #[test]
    fn closing_waits_for_those_who_use_a_connection() {
        block_on(async {
            let pool = pool(2, 2).await;
            let lease = pool.acquire(yield_now()).await;
            let mut closing = pin!(pool.close(yield_now));
            assert!(poll_once(closing.as_mut()).await.is_none());
            assert_eq!(pool.count(), 2);
            drop(lease);
            closing.await;
            assert_eq!((pool.count(), pool.whole(0..=0, 0)), (0, Ok(())));
        });
    }
}
