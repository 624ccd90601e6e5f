//! The server's side of a case whose load comes from the load client.
//!
//! In `prepare` every shard listens on the same address (the kernel deals the connections out over them), the
//! leading shard has the load client connect, and each accepted connection becomes a task that lives until
//! the load client closes it. In a slice the leading shard asks for operations over the control connection
//! and waits for the answer; the others wait until it has come, and this waiting keeps their thread serving.
//! So every operation is asked, answered and checked while all of them are in their `run`, and none between
//! slices.

use crate::house::{House, Visit};
use crate::load::LoadClient;
use futures_util::future::{Either, select};
use loopswap_protocol::Latencies;
use loopswap_protocol::load::{Operation, Ran, Run};
use loopswap_rt::{Commons, Fault, Listener as _, MaybeSend, Meter, Peer, Runtime, Shard, Verified};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

/// Most connections that are opened at once: fewer than may wait to be accepted.
const BATCH: u64 = 512;

/// How a case is served.
#[derive(Clone, Debug)]
pub struct Serving {
    /// This part of the machine.
    pub shard: Shard,
    /// Where the shards meet.
    pub commons: Commons,
    /// The load client.
    pub client: Peer,
    /// Connections over all shards.
    pub connections: u64,
    /// What the load client does.
    pub operation: Operation,
    /// Operations that are meant to start a second (open loop); 0 = closed loop.
    pub rate: u64,
}

impl Serving {
    /// Tells the other shards that this one will not come, and why, so that none of them waits for it.
    pub fn give_up(&self, fault: Fault) -> Fault {
        self.commons.get::<House>().fail(fault)
    }
}

/// One shard of a server under load.
pub struct Served<R: Runtime> {
    house: Arc<House>,
    /// Only in the leading shard.
    client: Option<LoadClient<R>>,
    connections: Vec<R::Task<()>>,
    rate: u64,
    /// Payload bytes of one operation.
    bytes: u64,
    slices: u64,
}

impl<R: Runtime> Served<R> {
    /// Listens, has the load client connect, and starts a task for each connection with `serve`.
    ///
    /// # Errors
    /// When the runtime cannot serve by its nature, or the system or the load client fails.
    pub async fn open<S, F>(rt: R, serving: Serving, serve: S) -> Result<Self, Fault>
    where
        S: Fn(R::Stream, Visit) -> F + MaybeSend,
        F: Future<Output = Result<(), Fault>> + MaybeSend + 'static,
    {
        if !rt.info().concurrent {
            let why = "a server needs a task for each connection beside the one that waits for the end";
            return Err(Fault::Unsupported(why.into()));
        }
        let house: Arc<House> = serving.commons.get();
        let opened = Self::open_in(rt, Arc::clone(&house), serving, serve).await;
        opened.map_err(|fault| house.fail(fault))
    }

    async fn open_in<S, F>(rt: R, house: Arc<House>, serving: Serving, serve: S) -> Result<Self, Fault>
    where
        S: Fn(R::Stream, Visit) -> F + MaybeSend,
        F: Future<Output = Result<(), Fault>> + MaybeSend + 'static,
    {
        let Serving { shard, client, connections, operation, rate, .. } = serving;
        let leads = shard.index == 0;
        let address =
            if leads { SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) } else { house.until(|board| board.address).await? };
        let mut listener = rt.listen(address).await.map_err(|error| Fault::during("listening", error))?;
        let address = listener.local_addr()?;
        house.change(|board| {
            board.listening += 1;
            board.address = Some(address);
        });
        let bytes = match &operation {
            Operation::Echo { size, .. } => *size as u64,
            Operation::Http { body, .. } => body.len() as u64,
        };
        let mut served = Served { house, client: None, connections: Vec::new(), rate, bytes, slices: 0 };
        if !leads {
            while let Some(stream) = next::<R>(&served.house, &mut listener, shard, connections).await? {
                let visit = Visit::of(Arc::clone(&served.house));
                served.admit(rt, serve(stream, visit));
            }
            return Ok(served);
        }
        // The kernel deals a connection out over the sockets that listen when it comes.
        served.house.until(|board| (board.listening == shard.count).then_some(())).await?;
        let mut client = LoadClient::begin(rt, client.address, address, operation).await?;
        let mut open = 0;
        while open < connections {
            open = client.connect(BATCH.min(connections - open)).await?.connections;
            while let Some(stream) = next::<R>(&served.house, &mut listener, shard, open).await? {
                let visit = Visit::of(Arc::clone(&served.house));
                served.admit(rt, serve(stream, visit));
            }
        }
        served.client = Some(client);
        Ok(served)
    }

    /// Starts the task of an accepted connection.
    fn admit<F>(&mut self, rt: R, serve: F)
    where
        F: Future<Output = Result<(), Fault>> + MaybeSend + 'static,
    {
        let house = Arc::clone(&self.house);
        self.connections.push(rt.spawn(async move {
            if let Err(fault) = serve.await {
                house.fail(fault);
            }
        }));
    }

    /// This shard's part of one slice.
    ///
    /// # Errors
    /// When an answer was wrong, both ends count differently, or the system or the load client fails.
    pub async fn run(&mut self, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Fault> {
        self.slices += 1;
        let slice = self.slices;
        let Some(client) = &mut self.client else {
            self.house.until(|board| (board.over >= slice).then_some(())).await?;
            return Ok(Verified::default());
        };
        self.house.begin_slice(slice, meter);
        let ran = client.run(Run { ops, rate: self.rate, latency: meter.is_counting() }).await;
        let agreed = ran.and_then(|ran| agree(&ran, ops, ops * self.bytes, meter));
        // A connection that failed here is why the load client failed there.
        let verified = agreed.map_err(|fault| self.house.fail(fault))?;
        self.house.change(|board| board.over = slice);
        Ok(verified)
    }

    /// Has the load client close its connections, and waits until every task has seen it.
    pub async fn close(self) {
        if let Some(mut client) = self.client {
            // If it is gone, so are its connections.
            let _ = client.close().await;
        }
        for connection in self.connections {
            connection.await;
        }
    }
}

/// Accepts the next connection; `None` once all shards together have accepted `target`.
async fn next<R: Runtime>(
    house: &House,
    listener: &mut R::Listener,
    shard: Shard,
    target: u64,
) -> Result<Option<R::Stream>, Fault> {
    let accepted = if shard.count == 1 {
        if house.accepted() >= target {
            return Ok(None);
        }
        listener.accept().await
    } else {
        let all = pin!(house.until(|board| (board.accepted >= target).then_some(())));
        match select(all, pin!(listener.accept())).await {
            Either::Left((all, _)) => return all.map(|()| None),
            Either::Right((accepted, _)) => accepted,
        }
    };
    let stream = accepted.map_err(|error| Fault::during("accepting a connection", error))?;
    house.change(|board| board.accepted += 1);
    Ok(Some(stream))
}

/// Checks that both ends count the same, and that latencies are there if they are wanted.
fn agree(ran: &Ran, ops: u64, bytes: u64, meter: &Meter) -> Result<Verified, Fault> {
    let served = meter.done();
    if (ran.ops, ran.bytes, served) != (ops, bytes, ops) {
        return Err(Fault::Wrong(format!(
            "asked for {ops} operations of {bytes} bytes together; {served} were served, the load client counts {} of \
             {} bytes",
            ran.ops, ran.bytes
        )));
    }
    match &ran.latency {
        Some(latency) => {
            let latencies = Latencies::decode(latency).map_err(Fault::Failed)?;
            if latencies.count() != ops {
                return Err(Fault::Wrong(format!("{} latencies of {ops} operations", latencies.count())));
            }
            meter.adopt(&latencies);
        }
        None if meter.is_counting() => return Err(Fault::Failed("the load client reports no latencies".into())),
        None => {}
    }
    Ok(Verified { ops, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopswap_rt::PeerKind;
    use std::task::{Context, Poll, Waker};

    fn ran(ops: u64, bytes: u64, latencies: Option<u64>) -> Ran {
        let latency = latencies.map(|count| {
            let mut latencies = Latencies::new();
            (0..count).for_each(|_| latencies.record(std::time::Duration::from_micros(9)));
            latencies.encode()
        });
        Ran { ops, bytes, ns: 1, cpu_ns: 1, latency }
    }

    #[test]
    fn nobody_waits_for_a_shard_that_gives_up() {
        let address = "127.0.0.1:1".parse().expect("an address");
        let serving = Serving {
            shard: Shard { index: 1, count: 2 },
            commons: Commons::default(),
            client: Peer::new(PeerKind::Load, address),
            connections: 1,
            operation: Operation::Echo { size: 1, seed: 1 },
            rate: 0,
        };
        let house = serving.commons.get::<House>();
        let mut all_listen = pin!(house.until(|board| (board.listening == 2).then_some(())));
        let mut context = Context::from_waker(Waker::noop());
        assert!(all_listen.as_mut().poll(&mut context).is_pending());
        let fault = serving.give_up(Fault::Failed("no Redis here".into()));
        assert_eq!(all_listen.as_mut().poll(&mut context), Poll::Ready(Err(fault)));
    }

    #[test]
    fn a_slice_counts_where_both_ends_agree() {
        let meter = Meter::timing(2, 1, 1);
        meter.add(2);
        assert_eq!(agree(&ran(2, 8, None), 2, 8, &meter), Ok(Verified { ops: 2, bytes: 8 }));
        assert!(matches!(agree(&ran(3, 8, None), 2, 8, &meter), Err(Fault::Wrong(_))), "more was done");
        assert!(matches!(agree(&ran(2, 7, None), 2, 8, &meter), Err(Fault::Wrong(_))), "a byte is missing");
        meter.add(1);
        assert!(matches!(agree(&ran(2, 8, None), 2, 8, &meter), Err(Fault::Wrong(_))), "more was served");
    }

    #[test]
    fn a_counting_slice_adopts_the_latencies_of_all_its_operations() {
        let meter = Meter::counting();
        meter.add(2);
        assert!(matches!(agree(&ran(2, 8, None), 2, 8, &meter), Err(Fault::Failed(_))), "no responses were recorded");
        assert!(matches!(agree(&ran(2, 8, Some(1)), 2, 8, &meter), Err(Fault::Wrong(_))), "one is missing");
        assert!(agree(&ran(2, 8, Some(2)), 2, 8, &meter).is_ok());
        assert!(meter.counted().0.is_some());
    }
}
