//! A small pool of connections to Redis: whoever asks takes one, or waits until one comes back.

use async_channel::{Receiver, Sender, bounded};
use loopswap_rt::{Fault, Peer, Runtime};
use loopswap_wire::resp::Connection;

/// Connections that nobody uses now. The one that has been idle for longest goes out next.
pub(crate) struct Pool<R: Runtime> {
    take: Receiver<Connection<R>>,
    give: Sender<Connection<R>>,
}

impl<R: Runtime> Pool<R> {
    /// For whoever asks nothing.
    pub(crate) fn empty() -> Self {
        let (give, take) = bounded(1);
        Pool { take, give }
    }

    /// Connects.
    pub(crate) async fn open(rt: R, peer: &Peer, connections: u64) -> Result<Self, Fault> {
        let (give, take) = bounded(usize::try_from(connections).unwrap_or(usize::MAX));
        let pool = Pool { take, give };
        for _ in 0..connections {
            pool.put_back(Connection::open(rt, peer).await?)?;
        }
        Ok(pool)
    }

    /// Stores the example's pairs and reads them back. A connection on which that fails is not used again.
    pub(crate) async fn set_and_get_all(&self) -> Result<Vec<(String, String)>, Fault> {
        let taken = self.take.recv().await;
        let mut connection = taken.map_err(|error| Fault::during("taking a connection to Redis", error))?;
        let pairs = connection.set_and_get_all().await?;
        self.put_back(connection)?;
        Ok(pairs)
    }

    fn put_back(&self, connection: Connection<R>) -> Result<(), Fault> {
        // There is room: no more are ever taken than were put in.
        self.give.try_send(connection).map_err(|error| Fault::during("giving a connection back", error))
    }

    /// Closes all that are idle: all, once the requests have ended.
    pub(crate) async fn close(&self) {
        while let Ok(connection) = self.take.try_recv() {
            connection.close().await;
        }
    }
}
