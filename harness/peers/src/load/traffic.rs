//! All connections of one runner, and the loop that puts load on them.

use super::connection::Connection;
use super::exchange::Exchange;
use super::pace::{Pace, nanos, timer};
use super::trouble::Trouble;
use loopswap_protocol::Latencies;
use loopswap_protocol::load::{Ran, Run};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::timerfd::TimerFd;
use nix::time::{ClockId, clock_gettime};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Room for the bytes of one read: a message of 100 KiB at once.
const READ: usize = 128 << 10;
/// Most events of one wait.
const EVENTS: usize = 256;
/// The timer's token in the loop; connections are identified by their numbers.
const TIMER: u64 = u64::MAX;

pub(super) struct Traffic {
    address: SocketAddr,
    exchange: Exchange,
    epoll: Epoll,
    /// Made by the first open loop: a closed one needs no timer.
    timer: Option<TimerFd>,
    connections: Vec<Connection>,
    scratch: Vec<u8>,
}

/// The current run.
struct Running {
    /// In an open loop.
    pace: Option<Pace>,
    latencies: Option<Latencies>,
    done: u64,
}

impl Traffic {
    pub(super) fn new(address: SocketAddr, exchange: Exchange) -> Result<Self, Trouble> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        Ok(Traffic { address, exchange, epoll, timer: None, connections: Vec::new(), scratch: vec![0; READ] })
    }

    /// Opens `connections` further ones; returns how many there are now.
    pub(super) fn connect(&mut self, connections: u64) -> Result<u64, Trouble> {
        for _ in 0..connections {
            let number = self.connections.len() as u64;
            let connection = Connection::open(self.address, number, &self.epoll).map_err(|error| {
                Trouble::Failed(format!("opening connection {number} to {}: {error}", self.address))
            })?;
            self.connections.push(connection);
        }
        Ok(self.connections.len() as u64)
    }

    /// Does `run.ops` operations, each checked.
    pub(super) fn run(&mut self, run: &Run) -> Result<Ran, Trouble> {
        if self.connections.is_empty() {
            return Err(Trouble::Failed("there is no connection to run anything on".into()));
        }
        let open = run.rate > 0;
        if open && self.timer.is_none() {
            let timer = timer()?;
            self.epoll.add(&timer, EpollEvent::new(EpollFlags::EPOLLIN, TIMER))?;
            self.timer = Some(timer);
        }
        let cpu_before = cpu_time();
        let started = Instant::now();
        let mut running = Running {
            pace: open.then(|| Pace::new(started, run.ops, run.rate, self.connections.len())),
            latencies: (open || run.latency).then(Latencies::new),
            done: 0,
        };
        if !open {
            self.deal_out(run)?;
        }
        let mut events = [EpollEvent::empty(); EVENTS];
        while running.done < run.ops {
            self.begin_due(&mut running)?;
            let ready = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Err(Errno::EINTR) => 0,
                ready => ready?,
            };
            for event in &events[..ready] {
                self.go_on(*event, &mut running)?;
            }
        }
        Ok(Ran {
            ops: running.done,
            bytes: running.done * self.exchange.bytes() as u64,
            ns: nanos(started.elapsed()),
            cpu_ns: nanos(cpu_time().saturating_sub(cpu_before)),
            latency: running.latencies.as_ref().map(Latencies::encode),
        })
    }

    /// A closed loop: each connection gets its share and begins the first of it.
    fn deal_out(&mut self, run: &Run) -> Result<(), Trouble> {
        let count = self.connections.len() as u64;
        for (number, connection) in (0..).zip(&mut self.connections) {
            connection.left = run.ops / count + u64::from(number < run.ops % count);
            if connection.left > 0 {
                connection.left -= 1;
                connection.begin(&mut self.exchange, &self.epoll, run.latency.then(Instant::now))?;
            }
        }
        Ok(())
    }

    /// An open loop: begins every operation that is due.
    fn begin_due(&mut self, running: &mut Running) -> Result<(), Trouble> {
        let Some(pace) = &mut running.pace else { return Ok(()) };
        while let Some((free, intended)) = pace.due() {
            self.connections[free].begin(&mut self.exchange, &self.epoll, Some(intended))?;
        }
        Ok(self.timer.as_ref().map_or(Ok(()), |timer| pace.set(timer))?)
    }

    fn go_on(&mut self, event: EpollEvent, running: &mut Running) -> Result<(), Trouble> {
        if event.data() == TIMER {
            return match self.timer.as_ref().map_or(Ok(()), TimerFd::wait) {
                // Another operation has already set its start.
                Ok(()) | Err(Errno::EAGAIN) => Ok(()),
                Err(error) => Err(error.into()),
            };
        }
        let index = usize::try_from(event.data()).unwrap_or(usize::MAX);
        let Some(connection) = self.connections.get_mut(index) else { return Ok(()) };
        if !connection.go_on(&mut self.exchange, &self.epoll, event.events(), &mut self.scratch)? {
            return Ok(());
        }
        running.done += 1;
        let ended = connection.begun.map(|begun| (begun, Instant::now()));
        if let (Some((begun, now)), Some(latencies)) = (ended, &mut running.latencies) {
            latencies.record(now - begun);
        }
        match &mut running.pace {
            Some(pace) => pace.free(index),
            None if connection.left > 0 => {
                connection.left -= 1;
                connection.begin(&mut self.exchange, &self.epoll, ended.map(|(_, now)| now))?;
            }
            None => {}
        }
        Ok(())
    }
}

/// CPU time of this thread, which does nothing else.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}
