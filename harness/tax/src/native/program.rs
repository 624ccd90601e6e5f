//! The native program, compiled once for each runtime: the file of a runtime has it as a module, and what it takes from
//! `super` is what differs.
//!
//! - `spawn!(rt, future)` starts a task, `joined!(task)` waits for it; `yield_now!()` and `sleep!(time)`;
//!   `read!(stream, buffer)` and `write_all!(stream, bytes)`, of vectors that are fields; `bounce!(stream, buffer)`
//!   reads and writes the same back. They stand where time counts, and are macros so that nothing stands between this
//!   text and the runtime.
//! - `connect`, `listen`, `accept`, `shutdown`, `for_hyper` are functions: with kept connections, they are called
//!   before and after what is timed.
//! - `Rt` is what it takes to start a task; `Task`, `Stream` and `Socket` (a stream as hyper's) are types.

use super::*;
use crate::case::{Case, Program, turns};
use crate::check::{self, Nap};
use crate::http::{self, Body, Client};
use crate::{Error, resp};
use loopswap_protocol::{Meter, PeerKind, Verified};
use loopswap_tax::workloads::{Polls, players};
use redis_protocol::resp2::types::OwnedFrame;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Http = Client<Socket>;

pub(super) async fn body(rt: Rt, case: Case) -> Result<(), Error> {
    match case.program {
        Program::TaxSpawn { batch } => turns!(case, turn => spawns(rt, batch, turn.ops, &turn.meter).await),
        Program::TaxYield { batch } => turns!(case, turn => yields(rt, batch, turn.ops, &turn.meter).await),
        Program::TaxSwitch { batch } => turns!(case, turn => switch(rt, batch, turn.ops, &turn.meter).await),
        Program::Sleep { tasks, time, .. } => {
            let time = Duration::from_micros(time);
            turns!(case, turn => sleep(rt, tasks, time, turn.ops, &turn.meter).await);
        }
        Program::TaxEcho { size } => {
            let mut echo = Echo::open(rt, size, case.prepare.seed).await?;
            turns!(case, turn => echo.run(turn.ops, &turn.meter).await);
            echo.close().await?;
        }
        Program::HttpFetch { conns, size, delay } => {
            let address = case.peers(PeerKind::Http)?[0];
            let bodies = Arc::from(http::bodies(size, delay)?);
            let mut clients = Vec::new();
            for number in 0..conns {
                clients.push((number, Client::start(for_hyper(connect(address).await?)?, address).await?));
            }
            turns!(case, turn => fetch(rt, &mut clients, &bodies, turn.ops, &turn.meter).await);
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
            turns!(case, turn => redis(rt, &mut seats, turn.ops, &turn.meter).await);
            for connection in seats.into_iter().filter_map(|seat| seat.kept) {
                connection.close().await;
            }
        }
    }
    Ok(())
}

async fn spawns(rt: Rt, batch: u64, ops: u64, meter: &Meter) -> Result<Verified, Error> {
    let mut done = 0;
    let mut tasks = Vec::with_capacity(batch as usize);
    while done < ops {
        let end = ops.min(done + batch);
        for number in done..end {
            tasks.push(spawn!(rt, async move { number }));
        }
        let mut sum = 0;
        for task in tasks.drain(..) {
            sum += joined!(task);
        }
        check::batch(done, end, sum)?;
        meter.add(end - done);
        done = end;
    }
    Ok(Verified { ops: done, bytes: 0 })
}

async fn yields(rt: Rt, batch: u64, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let meter = Arc::clone(meter);
    let yielding = Polls::of(async move {
        let mut done = 0;
        while done < ops {
            let end = ops.min(done + batch);
            for _ in done..end {
                yield_now!();
            }
            meter.add(end - done);
            done = end;
        }
        done
    });
    let task = spawn!(rt, yielding);
    let (done, polls) = joined!(task);
    check::yields(done, polls)
}

async fn switch(rt: Rt, batch: u64, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let [one, other] = players(ops, batch, meter);
    let (one, other) = (spawn!(rt, one), spawn!(rt, other));
    check::hand_overs(ops, joined!(one) + joined!(other))
}

async fn sleep(rt: Rt, tasks: u64, time: Duration, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let nap = Arc::new(Nap { time, meter: Arc::clone(meter) });
    let mut verified = Verified::default();
    for _ in 0..ops / tasks {
        let mut sleepers = Vec::with_capacity(tasks as usize);
        let spawning = meter.begin();
        for _ in 0..tasks {
            let nap = Arc::clone(&nap);
            sleepers.push(spawn!(rt, async move {
                let asleep = Instant::now();
                sleep!(nap.time);
                nap.woke(asleep)
            }));
        }
        nap.spawned(spawning, tasks);
        let mut early = 0;
        for sleeper in sleepers {
            early += u64::from(joined!(sleeper));
        }
        check::fan_out(tasks, early)?;
        verified.ops += tasks;
    }
    Ok(verified)
}

struct Echo {
    stream: Stream,
    server: Task<io::Result<()>>,
    message: Vec<u8>,
    buffer: Vec<u8>,
}

impl Echo {
    async fn open(rt: Rt, size: usize, seed: u64) -> io::Result<Self> {
        let listener = listen().await?;
        let address = listener.local_addr()?;
        let server = spawn!(rt, async move {
            let stream = accept(&listener).await?;
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
        write_all!(self.stream, self.message);
        let mut rest = self.message.as_slice();
        while !rest.is_empty() {
            let length = read!(self.stream, self.buffer);
            rest = check::echoed(rest, &self.buffer[..length], number)?;
        }
        Ok(())
    }

    async fn close(mut self) -> Result<(), Error> {
        shutdown(&mut self.stream).await?;
        Ok(joined!(self.server)?)
    }
}

async fn serve_echo(mut stream: Stream, size: usize) -> io::Result<()> {
    let mut buffer = vec![0; size];
    while bounce!(stream, buffer) > 0 {}
    Ok(())
}

async fn fetch(
    rt: Rt,
    clients: &mut Vec<(u64, Http)>,
    bodies: &Arc<[Body]>,
    ops: u64,
    meter: &Arc<Meter>,
) -> Result<Verified, Error> {
    let conns = clients.len() as u64;
    let mut tasks = Vec::with_capacity(clients.len());
    for (number, mut client) in clients.drain(..) {
        let (meter, bodies) = (Arc::clone(meter), Arc::clone(bodies));
        let share = Case::share(ops, number, conns);
        tasks.push(spawn!(rt, async move {
            let fetched = client.fetch(number, share, &bodies, &meter).await;
            (number, client, fetched)
        }));
    }
    let mut total = Ok(Verified::default());
    for task in tasks {
        let (number, client, fetched) = joined!(task);
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

async fn redis(rt: Rt, seats: &mut Vec<Seat>, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Error> {
    let conns = seats.len() as u64;
    let mut tasks = Vec::with_capacity(seats.len());
    for mut seat in seats.drain(..) {
        let meter = Arc::clone(meter);
        let share = Case::share(ops, seat.number, conns);
        tasks.push(spawn!(rt, async move {
            let outcome = operate(&mut seat, share, &meter).await;
            (seat, outcome)
        }));
    }
    let mut total = Ok(Verified::default());
    for task in tasks {
        let (seat, outcome) = joined!(task);
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
    stream: Stream,
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
        write_all!(self.stream, self.outbox);
        loop {
            if let Some(answer) = resp::decode(&mut self.pending)? {
                return Ok(answer);
            }
            match read!(self.stream, self.inbox) {
                0 => return Err("Redis closed the connection".into()),
                length => self.pending.extend_from_slice(&self.inbox[..length]),
            }
        }
    }

    async fn close(mut self) {
        // The server may have closed first; the connection is gone either way.
        let _ = shutdown(&mut self.stream).await;
    }
}
