//! A small pool of connections: a task takes one, or waits until one comes back.

use async_channel::{Receiver, Sender, bounded};
use loopswap_rt::Fault;

/// Idle connections. The one that has been idle for longest is taken next.
pub(crate) struct Pool<C> {
    take: Receiver<C>,
    give: Sender<C>,
}

impl<C> Pool<C> {
    /// Room for `connections` connections, at least one.
    pub(crate) fn of(connections: u64) -> Self {
        let (give, take) = bounded(usize::try_from(connections.max(1)).unwrap_or(usize::MAX));
        Pool { take, give }
    }

    /// A connection, as soon as there is one. If using it fails it is not given back.
    pub(crate) async fn take(&self) -> Result<C, Fault> {
        self.take.recv().await.map_err(|error| Fault::during("taking a connection of the pool", error))
    }

    /// There is room: no more are ever taken than were put in.
    pub(crate) fn put(&self, connection: C) -> Result<(), Fault> {
        self.give.try_send(connection).map_err(|error| Fault::during("giving a connection back", error))
    }

    /// An idle connection; all are idle once the requests have ended.
    pub(crate) fn idle(&self) -> Option<C> {
        self.take.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;
    use futures_lite::future::{block_on, or, ready};

    #[test]
    fn a_task_that_finds_no_connection_waits_for_one_that_comes_back() {
        let pool = Pool::of(1);
        pool.put('a').expect("there is room");
        assert!(pool.put('b').is_err(), "one connection, one place");
        assert_eq!(block_on(pool.take()), Ok('a'));
        assert_eq!(block_on(or(async { pool.take().await.ok() }, ready(None))), None, "it is in use");
        pool.put('a').expect("it comes back");
        assert_eq!((pool.idle(), pool.idle()), (Some('a'), None));
    }
}
