//! Shards: a thread for each, on a CPU of its own while there are enough, and ports that they share.

use loopswap_rt::Shard;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::socket::sockopt::{ReuseAddr, ReusePort};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, listen, setsockopt, socket};
use nix::unistd::Pid;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsRawFd as _;
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};

/// Runs `work` once per shard, each on a thread of its own, and returns what they return, in order. A
/// panic in one goes on here once all have ended.
pub(crate) fn run<T, W>(name: &str, threads: usize, work: W) -> io::Result<Vec<T>>
where
    T: Send + 'static,
    W: FnOnce(Shard) -> io::Result<T> + Clone + Send + 'static,
{
    let count = threads.max(1);
    let cpus = allowed_cpus()?;
    let mut shards = Vec::new();
    for index in 0..count {
        // With more threads than CPUs nobody can have one alone.
        let cpu = (count <= cpus.len()).then(|| cpus[index]);
        let work = work.clone();
        let shard = move || {
            cpu.map_or(Ok(()), pin)?;
            work(Shard { index, count })
        };
        shards.push(thread::Builder::new().name(format!("{name}-{index}")).spawn(shard)?);
    }
    let ended: Vec<_> = shards.into_iter().map(JoinHandle::join).collect();
    ended.into_iter().map(|shard| shard.unwrap_or_else(|panic| resume_unwind(panic))).collect()
}

/// The CPUs that this thread may run on, as the conductor's placement left them.
fn allowed_cpus() -> io::Result<Vec<usize>> {
    let mask = sched_getaffinity(Pid::from_raw(0))?;
    Ok((0..CpuSet::count()).filter(|&cpu| mask.is_set(cpu).unwrap_or(false)).collect())
}

fn pin(cpu: usize) -> io::Result<()> {
    let mut mask = CpuSet::new();
    mask.set(cpu)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &mask)?)
}

/// A listening socket whose port other shards may listen on too (`SO_REUSEPORT`): the kernel deals the
/// connections out.
pub(crate) fn listener(on: SocketAddr) -> io::Result<TcpListener> {
    let family = if on.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(family, SockType::Stream, flags, None)?;
    setsockopt(&socket, ReuseAddr, &true)?;
    setsockopt(&socket, ReusePort, &true)?;
    bind(socket.as_raw_fd(), &SockaddrStorage::from(on))?;
    listen(&socket, Backlog::new(1024)?)?;
    Ok(TcpListener::from(socket))
}
