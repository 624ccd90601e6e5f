//! The pooled connections, and the ledger that records every opening, use and closing.
//!
//! A connection here has no server: instead of a server it waits for a given future, a yield or a sleep of
//! the runtime. So it is the pool that is measured, and everything that happens to a connection can be
//! checked.

use loopswap_rt::Fault;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What happened to the connections of one pool.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    open: AtomicU64,
    most_open: AtomicU64,
    in_use: AtomicU64,
    most_in_use: AtomicU64,
    opened: AtomicU64,
    closed: AtomicU64,
    /// Connections that were dropped without being closed.
    lost: AtomicU64,
    /// Uses of the connections that are closed.
    uses_of_closed: AtomicU64,
}

impl Ledger {
    pub(super) fn open(&self) -> u64 {
        self.open.load(Relaxed)
    }

    pub(super) fn in_use(&self) -> u64 {
        self.in_use.load(Relaxed)
    }

    pub(super) fn uses_of_closed(&self) -> u64 {
        self.uses_of_closed.load(Relaxed)
    }

    /// A client has got a connection.
    pub(super) fn take(&self) {
        self.most_in_use.fetch_max(self.in_use.fetch_add(1, Relaxed) + 1, Relaxed);
    }

    /// A client has given one back.
    pub(super) fn give_back(&self) {
        self.in_use.fetch_sub(1, Relaxed);
    }

    /// Checks that there were never more than `max` connections, open or in use, and that all were closed.
    pub(super) fn within(&self, max: u64) -> Result<(), Fault> {
        for (count, what) in [(&self.most_open, "open"), (&self.most_in_use, "in use")] {
            let most = count.load(Relaxed);
            if most > max {
                return Err(Fault::Wrong(format!("{most} connections were {what} at once, of {max}")));
            }
        }
        let (opened, closed, lost) = (self.opened.load(Relaxed), self.closed.load(Relaxed), self.lost.load(Relaxed));
        if lost > 0 || opened != closed + self.open() {
            let open = self.open();
            return Err(Fault::Wrong(format!("of {opened} connections {closed} are closed, {open} open, {lost} lost")));
        }
        Ok(())
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    ledger: Arc<Ledger>,
    uses: u64,
    closed: bool,
}

impl Connection {
    /// Opens one, once the server's `greeting` has come. A client that is cut short before that has opened
    /// none.
    pub(super) async fn open(greeting: impl Future<Output = ()>, ledger: &Arc<Ledger>) -> Connection {
        greeting.await;
        ledger.opened.fetch_add(1, Relaxed);
        ledger.most_open.fetch_max(ledger.open.fetch_add(1, Relaxed) + 1, Relaxed);
        Connection { ledger: Arc::clone(ledger), uses: 0, closed: false }
    }

    /// Uses it until the server's `answer` has come. A client that is cut short before that has not used it.
    pub(super) async fn hold(&mut self, answer: impl Future<Output = ()>) {
        answer.await;
        self.uses += 1;
    }

    pub(super) fn uses(&self) -> u64 {
        self.uses
    }

    /// Closes it, once the server's `farewell` has come.
    pub(super) async fn close(mut self, farewell: impl Future<Output = ()>) {
        farewell.await;
        self.closed = true;
        self.ledger.uses_of_closed.fetch_add(self.uses, Relaxed);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let ended = if self.closed { &self.ledger.closed } else { &self.ledger.lost };
        ended.fetch_add(1, Relaxed);
        self.ledger.open.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, pending, poll_once, yield_now};

    #[test]
    fn a_connection_that_goes_without_being_closed_is_found() {
        block_on(async {
            let ledger = Arc::new(Ledger::default());
            Connection::open(yield_now(), &ledger).await.close(yield_now()).await;
            assert_eq!(ledger.within(1), Ok(()));
            drop(Connection::open(yield_now(), &ledger).await);
            assert!(matches!(ledger.within(1), Err(Fault::Wrong(_))));
        });
    }

    #[test]
    fn a_connection_too_many_is_found_also_afterwards() {
        block_on(async {
            let ledger = Arc::new(Ledger::default());
            let (one, other) =
                (Connection::open(yield_now(), &ledger).await, Connection::open(yield_now(), &ledger).await);
            one.close(yield_now()).await;
            other.close(yield_now()).await;
            assert_eq!(ledger.within(2), Ok(()));
            assert!(matches!(ledger.within(1), Err(Fault::Wrong(_))), "two were open");
            ledger.take();
            ledger.take();
            ledger.take();
            ledger.give_back();
            assert!(matches!(ledger.within(2), Err(Fault::Wrong(_))), "three were in use");
        });
    }

    #[test]
    fn what_is_cut_short_is_not_counted() {
        block_on(async {
            let ledger = Arc::new(Ledger::default());
            assert!(poll_once(Connection::open(pending(), &ledger)).await.is_none());
            assert_eq!((ledger.open(), ledger.within(0)), (0, Ok(())));
            let mut connection = Connection::open(yield_now(), &ledger).await;
            connection.hold(yield_now()).await;
            assert!(poll_once(connection.hold(pending())).await.is_none());
            assert_eq!(connection.uses(), 1);
        });
    }
}
