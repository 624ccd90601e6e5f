//! One peer of a run: what it is, what it served, where it sits, how it ended.

use crate::child::{Leashed, ending};
use crate::pin;
use crate::temp_folder::TempFolder;
use loopswap_protocol::{Peer, PeerKind};
use loopswap_report::record::PeerIdentity;
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// A killed process closes its sockets before it has ended, so its clients notice first.
const ENDING: Duration = Duration::from_millis(100);

/// One server that workloads talk to, or a client that puts load on them.
#[derive(Debug)]
pub struct Server {
    /// What runners need to know to use it.
    pub peer: Peer,
    /// The address that reports what it served.
    control: SocketAddr,
    /// Its part of a case's identity.
    pub identity: PeerIdentity,
    own: Option<Own>,
}

/// A server that we started.
#[derive(Debug)]
struct Own {
    process: Leashed,
    clock: ClockId,
    /// Its own folder; removed with it.
    _folder: Option<OwnFolder>,
}

/// The folder of a server that we started.
#[derive(Debug)]
pub(crate) enum OwnFolder {
    Plain(#[expect(dead_code, reason = "held to be removed")] tempfile::TempDir),
    Swept(#[expect(dead_code, reason = "held to be removed")] TempFolder),
}

impl Server {
    pub(crate) fn own(
        peer: Peer,
        identity: PeerIdentity,
        process: Leashed,
        folder: Option<OwnFolder>,
    ) -> io::Result<Server> {
        let clock = clock_getcpuclockid(pid(&process))?;
        Ok(Server { control: peer.address, peer, identity, own: Some(Own { process, clock, _folder: folder }) })
    }

    /// The same, but it reports what it served at another address.
    pub(crate) fn told_at(self, control: SocketAddr) -> Server {
        Server { control, ..self }
    }

    /// A server that was not started by loopswap.
    #[must_use]
    pub fn foreign(peer: Peer, name: String) -> Server {
        let identity = PeerIdentity { kind: peer.kind, name, started_here: false };
        Server { control: peer.address, peer, identity, own: None }
    }

    /// CPU time that it has used, in nanoseconds; `None` for a server that we did not start.
    pub(crate) fn cpu_ns(&self) -> Option<u64> {
        let time = self.own.as_ref()?.clock.now().ok()?;
        u64::try_from(Duration::from(time).as_nanos()).ok()
    }

    /// Places all its threads on the given CPUs.
    pub(crate) fn place(&self, cpus: &[usize]) -> io::Result<()> {
        self.own.as_ref().map_or(Ok(()), |own| pin::pin_process(own.process.child.id(), cpus))
    }

    /// Says how it ended, if it has ended.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let process = &mut self.own.as_mut()?.process;
        match process.wait(ENDING) {
            Ok(None) => None,
            Ok(Some(status)) => Some(format!("{} {}. {}", self.identity.name, ending(status), process.last_words())),
            Err(error) => Some(format!("{}: {error}", self.identity.name)),
        }
    }

    /// What it has served so far, in its unit (requests, bytes echoed, operations); `None` if other clients
    /// may use it too. Reading the count from a Redis server itself takes `reading` requests.
    pub(crate) fn served(&self) -> io::Result<Option<Served>> {
        if self.own.is_none() {
            return Ok(None);
        }
        Ok(Some(match self.peer.kind {
            PeerKind::Http => Served { requests: loopswap_peers::http::stats(self.control)?.requests, reading: 0 },
            PeerKind::Echo => Served { requests: loopswap_peers::echo::stats(self.control)?.bytes, reading: 0 },
            PeerKind::Load => Served { requests: loopswap_peers::load::stats(self.control)?.operations, reading: 0 },
            PeerKind::Redis => {
                let info = loopswap_peers::resp::info(&self.peer)?;
                let reading = loopswap_peers::resp::Info::reading_costs(&self.peer);
                Served { requests: info.commands_processed, reading }
            }
            PeerKind::Jobs => Served { requests: loopswap_peers::jobs::done(self.control)?, reading: 0 },
            PeerKind::Mysql => Served { requests: loopswap_peers::mysql::status(&self.peer)?.selects, reading: 0 },
        }))
    }
}

/// What a server reports to have served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served {
    pub(crate) requests: u64,
    pub(crate) reading: u64,
}

/// How far the servers of a row have served something else than `wanted`, as a sentence; `None` where they agree,
/// and where somebody else may have asked them too.
pub(crate) fn disagreement(wanted: u64, before: &[Option<Served>], after: &[Option<Served>]) -> Option<String> {
    let served = before.iter().zip(after).map(|(before, after)| {
        let (before, after) = (before.as_ref()?, after.as_ref()?);
        Some(after.requests.saturating_sub(before.requests + after.reading))
    });
    let served: u64 = served.sum::<Option<u64>>()?;
    let differ = !before.is_empty() && served != wanted;
    differ.then(|| format!("the runners asked for {wanted} (answers, or bytes of an echo), the peer counts {served}"))
}

fn pid(process: &Leashed) -> Pid {
    Pid::from_raw(process.child.id().cast_signed())
}

/// A loopback address that is not in use now.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runners_and_peers_agree_on_the_sum_and_where_it_is_known_only() {
        let served = |requests| Some(Served { requests, reading: 1 });
        let (before, after) = ([served(10), served(20)], [served(16), served(26)]);
        assert_eq!(disagreement(10, &before, &after), None, "reading each count takes one");
        let what = disagreement(11, &before, &after).expect("they differ");
        assert!(what.contains("asked for 11") && what.contains("counts 10"), "{what}");
        assert_eq!(disagreement(11, &before, &[served(16), None]), None, "others may use one of them");
        assert_eq!(disagreement(11, &[], &[]), None, "there is no peer");
    }
}
