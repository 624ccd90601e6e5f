//! smol's local executor, on one thread.

use super::case::{Case, Native, Program, close, turns};
use super::check::{self, Nap};
use super::http::{self, Body, Client};
use super::{Error, resp};
use loopswap_protocol::{Meter, PeerKind, Topology, Verified};
use loopswap_tax::workloads::{Polls, players};
use redis_protocol::resp2::types::OwnedFrame;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::{TcpListener, TcpStream};
use smol::{LocalExecutor, Task, Timer};
use smol_hyper::rt::FuturesIo;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Executor = LocalExecutor<'static>;

pub(crate) fn serve(version: &str) -> io::Result<()> {
    let topology = Topology::ThreadPerCore;
    let native = Native { name: "smol-local", package: "smol", driver: "epoll", topology, parallel: false };
    let Some(case) = native.open(version)? else { return Ok(()) };
    // Lives as long as the process; it cannot be a static, because it belongs to this thread.
    let executor: &'static Executor = Box::leak(Box::default());
    close(smol::block_on(executor.run(executor.spawn(body(executor, case)))))
}

async fn body(executor: &'static Executor, case: Case) -> Result<(), Error> {
    match case.program {
        Program::TaxSpawn { batch } => {
            turns!(case.ready()?, turn => spawn(executor, batch, turn.ops, &turn.meter).await)
        }
        Program::TaxYield { batch } => {
            turns!(case.ready()?, turn => yields(executor, batch, turn.ops, &turn.meter).await)
        }
        Program::TaxSwitch { batch } => {
            turns!(case.ready()?, turn => switch(executor, batch, turn.ops, &turn.meter).await)
        }
        Program::Sleep { tasks, time, .. } => {
            let time = Duration::from_micros(time);
            turns!(case.ready()?, turn => sleep(executor, tasks, time, turn.ops, &turn.meter).await);
        }
        Program::TaxEcho { size } => {
            let mut echo = Echo::open(executor, size, case.prepare.seed).await?;
            turns!(case.ready()?, turn => echo.run(turn.ops, &turn.meter).await);
            echo.close().await?;
        }
        Program::HttpFetch { conns, size, delay } => {
            let address = case.peers(PeerKind::Http)?[0];
            let bodies = Arc::from(http::bodies(size, delay)?);
            let mut clients = Vec::new();
            for number in 0..conns {
                clients.push((number, Client::start(FuturesIo::new(connect(address).await?), address).await?));
            }
            turns!(case.ready()?, turn => fetch(executor, &mut clients, &bodies, turn.ops, &turn.meter).await);
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
            turns!(case.ready()?, turn => redis(executor, conns, &mut seats, turn.ops, &turn.meter).await);
            for connection in seats.into_iter().filter_map(|seat| seat.kept) {
                connection.close().await;
            }
        }
    }
    Ok(())
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn spawn(executor: &Executor, batch: u64, ops: u64, meter: &Meter) -> Result<Verified, Error> {
    let mut done = 0;
    let mut handles = Vec::with_capacity(batch as usize);
    while done < ops {
        let end = ops.min(done + batch);
        for number in done..end {
            handles.push(executor.spawn(async move { number }));
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

async fn yields(executor: &Executor, batch: u64, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let meter = Arc::clone(meter);
    let task = executor.spawn(Polls::of(async move {
        let mut done = 0;
        while done < ops {
            let end = ops.min(done + batch);
            for _ in done..end {
                smol::future::yield_now().await;
            }
            meter.add(end - done);
            done = end;
        }
        done
    }));
    let (done, polls) = task.await;
    check::yields(done, polls)
}

async fn switch(executor: &Executor, batch: u64, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let [one, other] = players(ops, batch, meter).map(|player| executor.spawn(player));
    check::hand_overs(ops, one.await + other.await)
}

async fn sleep(
    executor: &Executor,
    tasks: u64,
    time: Duration,
    ops: u64,
    meter: &Arc<Meter>,
) -> Result<Verified, Error> {
    let nap = Arc::new(Nap { time, meter: Arc::clone(meter) });
    let mut verified = Verified::default();
    for _ in 0..ops / tasks {
        let mut handles = Vec::with_capacity(tasks as usize);
        let spawning = meter.begin();
        for _ in 0..tasks {
            let nap = Arc::clone(&nap);
            handles.push(executor.spawn(async move {
                let asleep = Instant::now();
                Timer::after(nap.time).await;
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
    server: Task<io::Result<()>>,
    message: Vec<u8>,
    buffer: Vec<u8>,
}

impl Echo {
    async fn open(executor: &Executor, size: usize, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let server = executor.spawn(async move {
            let (stream, _) = listener.accept().await?;
            serve_echo(stream, size).await
        });
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
        self.stream.write_all(&self.message).await?;
        let mut rest = self.message.as_slice();
        while !rest.is_empty() {
            let length = self.stream.read(&mut self.buffer).await?;
            rest = check::echoed(rest, &self.buffer[..length], number)?;
        }
        Ok(())
    }

    async fn close(self) -> Result<(), Error> {
        self.stream.shutdown(Shutdown::Write)?;
        Ok(self.server.await?)
    }
}

async fn serve_echo(mut stream: TcpStream, size: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; size];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            length => stream.write_all(&buffer[..length]).await?,
        }
    }
}

type Http = Client<FuturesIo<TcpStream>>;

async fn fetch(
    executor: &Executor,
    clients: &mut Vec<(u64, Http)>,
    bodies: &Arc<[Body]>,
    ops: u64,
    meter: &Arc<Meter>,
) -> Result<Verified, Error> {
    let conns = clients.len() as u64;
    let mut handles = Vec::with_capacity(clients.len());
    for (number, mut client) in clients.drain(..) {
        let (meter, bodies) = (Arc::clone(meter), Arc::clone(bodies));
        let share = Case::share(ops, number, conns);
        handles.push(executor.spawn(async move {
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

async fn redis(
    executor: &Executor,
    conns: u64,
    seats: &mut Vec<Seat>,
    ops: u64,
    meter: &Arc<Meter>,
) -> Result<Verified, Error> {
    let mut handles = Vec::with_capacity(seats.len());
    for mut seat in seats.drain(..) {
        let meter = Arc::clone(meter);
        let share = Case::share(ops, seat.number, conns);
        handles.push(executor.spawn(async move {
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
        self.stream.write_all(&self.outbox).await?;
        loop {
            if let Some(answer) = resp::decode(&mut self.pending)? {
                return Ok(answer);
            }
            match self.stream.read(&mut self.inbox).await? {
                0 => return Err("Redis closed the connection".into()),
                length => self.pending.extend_from_slice(&self.inbox[..length]),
            }
        }
    }

    async fn close(self) {
        // The server may have closed first; the connection is gone either way.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
