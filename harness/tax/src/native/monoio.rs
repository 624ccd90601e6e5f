//! monoio, on one thread, with either driver.

use super::case::{Case, Native, Program, close, turns};
use super::check::{self, Nap};
use super::http::{self, Body, Client};
use super::{Error, resp};
use loopswap_protocol::{Meter, PeerKind, Topology, Verified};
use loopswap_tax::workloads::{Polls, players};
use monoio::io::{AsyncReadRent as _, AsyncWriteRent as _, AsyncWriteRentExt as _};
use monoio::net::tcp::stream_poll::TcpStreamPoll;
use monoio::net::{TcpListener, TcpStream};
use monoio::task::JoinHandle;
use monoio::time::TimeDriver;
use monoio::{Buildable, Driver, IoUringDriver, LegacyDriver, RuntimeBuilder, spawn};
use monoio_compat::hyper::MonoioIo;
use redis_protocol::resp2::types::OwnedFrame;
use std::io;
use std::mem::take;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// On io_uring.
pub(crate) fn serve(version: &str) -> io::Result<()> {
    start::<IoUringDriver>("monoio", "io_uring", version)
}

/// On epoll.
pub(crate) fn serve_legacy(version: &str) -> io::Result<()> {
    start::<LegacyDriver>("monoio-legacy", "epoll", version)
}

fn start<D: Driver + Buildable + 'static>(name: &'static str, driver: &'static str, version: &str) -> io::Result<()> {
    let topology = Topology::ThreadPerCore;
    let native = Native { name, package: "monoio", driver, topology, parallel: false };
    let Some(case) = native.open(version)? else { return Ok(()) };
    let mut runtime = Buildable::build(RuntimeBuilder::<TimeDriver<D>>::new())?;
    close(runtime.block_on(async { spawn(body(case)).await }))
}

async fn body(case: Case) -> Result<(), Error> {
    match case.program {
        Program::TaxSpawn { batch } => turns!(case.ready()?, turn => spawns(batch, turn.ops, &turn.meter).await),
        Program::TaxYield { batch } => turns!(case.ready()?, turn => yields(batch, turn.ops, &turn.meter).await),
        Program::TaxSwitch { batch } => turns!(case.ready()?, turn => switch(batch, turn.ops, &turn.meter).await),
        Program::Sleep { tasks, time, .. } => {
            let time = Duration::from_micros(time);
            turns!(case.ready()?, turn => sleep(tasks, time, turn.ops, &turn.meter).await);
        }
        Program::TaxEcho { size } => {
            let mut echo = Echo::open(size, case.prepare.seed).await?;
            turns!(case.ready()?, turn => echo.run(turn.ops, &turn.meter).await);
            echo.close().await?;
        }
        Program::HttpFetch { conns, size, delay } => {
            let address = case.peers(PeerKind::Http)?[0];
            let bodies = Arc::from(http::bodies(size, delay)?);
            let mut clients = Vec::new();
            for number in 0..conns {
                clients.push((number, Client::start(for_hyper(connect(address).await?)?, address).await?));
            }
            turns!(case.ready()?, turn => fetch(conns, &mut clients, &bodies, turn.ops, &turn.meter).await);
        }
        Program::Redis { conns, servers, reuse } => {
            let addresses = case.peers(PeerKind::Redis)?;
            if addresses.len() as u64 != servers {
                return Err(format!("{servers} Redis servers are needed, {} were given", addresses.len()).into());
            }
            let mut seats = Vec::new();
            for (number, &address) in (0..conns).zip(addresses.iter().cycle()) {
                let kept = if reuse { Some(Connection::open(address).await?) } else { None };
                seats.push(Seat { number, address, kept });
            }
            turns!(case.ready()?, turn => redis(conns, &mut seats, turn.ops, &turn.meter).await);
            for connection in seats.into_iter().filter_map(|seat| seat.kept) {
                connection.close().await;
            }
        }
    }
    Ok(())
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_addr(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn for_hyper(stream: TcpStream) -> io::Result<MonoioIo<TcpStreamPoll>> {
    Ok(MonoioIo::new(stream.try_into_poll_io().map_err(|(error, _)| error)?))
}

async fn spawns(batch: u64, ops: u64, meter: &Meter) -> Result<Verified, Error> {
    let mut done = 0;
    let mut handles = Vec::with_capacity(batch as usize);
    while done < ops {
        let end = ops.min(done + batch);
        for number in done..end {
            handles.push(spawn(async move { number }));
        }
        let mut sum = 0;
        for handle in handles.drain(..) {
            sum += handle.await;
        }
        check::batch(done, end, sum)?;
        meter.add(end - done);
        done = end;
    }
    Ok(Verified { ops: done, bytes: 0 })
}

async fn yields(batch: u64, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let meter = Arc::clone(meter);
    let task = spawn(Polls::of(async move {
        let mut done = 0;
        while done < ops {
            let end = ops.min(done + batch);
            for _ in done..end {
                // monoio 0.2 has no `yield_now`, and a task that wakes itself comes first again: only after a
                // spawned task has run has every other had its turn.
                spawn(async {}).await;
            }
            meter.add(end - done);
            done = end;
        }
        done
    }));
    let (done, polls) = task.await;
    check::yields(done, polls)
}

async fn switch(batch: u64, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let [one, other] = players(ops, batch, meter).map(spawn);
    check::hand_overs(ops, one.await + other.await)
}

async fn sleep(tasks: u64, time: Duration, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let nap = Arc::new(Nap { time, meter: Arc::clone(meter) });
    let mut verified = Verified::default();
    for _ in 0..ops / tasks {
        let mut handles = Vec::with_capacity(tasks as usize);
        let spawning = meter.begin();
        for _ in 0..tasks {
            let nap = Arc::clone(&nap);
            handles.push(spawn(async move {
                let asleep = Instant::now();
                monoio::time::sleep(nap.time).await;
                nap.woke(asleep)
            }));
        }
        nap.spawned(spawning, tasks);
        let mut early = 0;
        for handle in handles {
            early += u64::from(handle.await);
        }
        check::fan_out(tasks, early)?;
        verified.ops += tasks;
    }
    Ok(verified)
}

struct Echo {
    stream: TcpStream,
    server: JoinHandle<io::Result<()>>,
    message: Vec<u8>,
    buffer: Vec<u8>,
}

impl Echo {
    async fn open(size: usize, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let server = spawn(async move { serve_echo(listener.accept().await?.0, size).await });
        let stream = connect(address).await?;
        Ok(Echo { stream, server, message: loopswap_protocol::body(size, seed), buffer: vec![0; size] })
    }

    async fn run(&mut self, ops: u64, meter: &Meter) -> Result<Verified, Error> {
        let mut verified = Verified::default();
        for number in 0..ops {
            let begun = meter.begin();
            self.exchange(number).await?;
            meter.end(begun);
            verified = verified + Verified { ops: 1, bytes: self.message.len() as u64 };
        }
        Ok(verified)
    }

    async fn exchange(&mut self, number: u64) -> Result<(), Error> {
        self.message[..8].copy_from_slice(&number.to_le_bytes());
        let (written, message) = self.stream.write_all(take(&mut self.message)).await;
        self.message = message;
        written?;
        let mut rest = self.message.as_slice();
        while !rest.is_empty() {
            // A vector is read into up to its capacity, and is returned with the length of what was read.
            let (read, buffer) = self.stream.read(take(&mut self.buffer)).await;
            self.buffer = buffer;
            rest = check::echoed(rest, &self.buffer[..read?], number)?;
        }
        Ok(())
    }

    async fn close(mut self) -> Result<(), Error> {
        self.stream.shutdown().await?;
        Ok(self.server.await?)
    }
}

async fn serve_echo(mut stream: TcpStream, size: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; size];
    loop {
        let (read, came) = stream.read(buffer).await;
        if read? == 0 {
            return Ok(());
        }
        let (written, came) = stream.write_all(came).await;
        written?;
        buffer = came;
    }
}

type Http = Client<MonoioIo<TcpStreamPoll>>;

async fn fetch(
    conns: u64,
    clients: &mut Vec<(u64, Http)>,
    bodies: &Arc<[Body]>,
    ops: u64,
    meter: &Arc<Meter>,
) -> Result<Verified, Error> {
    let mut handles = Vec::with_capacity(clients.len());
    for (number, mut client) in clients.drain(..) {
        let (meter, bodies) = (Arc::clone(meter), Arc::clone(bodies));
        let share = Case::share(ops, number, conns);
        handles.push(spawn(async move {
            let fetched = client.fetch(number, share, &bodies, &meter).await;
            (number, client, fetched)
        }));
    }
    let mut total = Ok(Verified::default());
    for handle in handles {
        let (number, client, fetched) = handle.await;
        clients.push((number, client));
        total = total.and_then(|total| Ok(total + fetched?));
    }
    total
}

struct Seat {
    number: u64,
    address: SocketAddr,
    kept: Option<Connection>,
}

async fn redis(conns: u64, seats: &mut Vec<Seat>, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let mut handles = Vec::with_capacity(seats.len());
    for mut seat in seats.drain(..) {
        let meter = Arc::clone(meter);
        let share = Case::share(ops, seat.number, conns);
        handles.push(spawn(async move {
            let outcome = operate(&mut seat, share, &meter).await;
            (seat, outcome)
        }));
    }
    let mut total = Ok(Verified::default());
    for handle in handles {
        let (seat, outcome) = handle.await;
        seats.push(seat);
        total = total.and_then(|total| Ok(total + outcome?));
    }
    total
}

async fn operate(seat: &mut Seat, ops: u64, meter: &Meter) -> Result<Verified, Error> {
    let mut verified = Verified::default();
    for _ in 0..ops {
        let begun = meter.begin();
        match &mut seat.kept {
            Some(connection) => connection.set_and_get_all().await?,
            None => {
                let mut connection = Connection::open(seat.address).await?;
                connection.set_and_get_all().await?;
                connection.close().await;
            }
        }
        meter.end(begun);
        verified.ops += 1;
    }
    Ok(verified)
}

struct Connection {
    stream: TcpStream,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    pending: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self, Error> {
        let stream = connect(address).await?;
        Ok(Connection {
            stream,
            inbox: vec![0; resp::READ],
            outbox: Vec::new(),
            pending: Vec::with_capacity(resp::READ),
        })
    }

    async fn set_and_get_all(&mut self) -> Result<(), Error> {
        resp::check_stored(&self.ask(resp::HSET).await?)?;
        resp::check_pairs(&self.ask(resp::HGETALL).await?)
    }

    async fn ask(&mut self, words: &[&str]) -> Result<OwnedFrame, Error> {
        resp::encode(&mut self.outbox, words)?;
        let (written, outbox) = self.stream.write_all(take(&mut self.outbox)).await;
        self.outbox = outbox;
        written?;
        loop {
            if let Some(answer) = resp::decode(&mut self.pending)? {
                return Ok(answer);
            }
            let (read, inbox) = self.stream.read(take(&mut self.inbox)).await;
            self.inbox = inbox;
            match read? {
                0 => return Err("Redis closed the connection".into()),
                length => self.pending.extend_from_slice(&self.inbox[..length]),
            }
        }
    }

    async fn close(mut self) {
        // The server may have closed first; the connection is gone either way.
        let _ = self.stream.shutdown().await;
    }
}
