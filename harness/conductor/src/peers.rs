//! The peers of a run: they start before it, and if one fails only the rows that need it are affected.

use crate::failure::Exit;
use crate::peer::PeerSource;
use crate::run::{Halt, Run};
use crate::server::Server;
use crate::{Failure, pin};
use loopswap_protocol::{PeerKind, quoted};
use loopswap_report::record::{Fault, FaultKind, Plan};
use std::collections::BTreeMap;

const KINDS: [PeerKind; 6] =
    [PeerKind::Http, PeerKind::Redis, PeerKind::Mysql, PeerKind::Echo, PeerKind::Load, PeerKind::Jobs];

/// What has been started for a plan.
pub(crate) struct Peers {
    pub(crate) servers: Vec<Server>,
    /// Kinds of server that some row needs and that could not be started, each with the reason.
    pub(crate) missing: BTreeMap<PeerKind, String>,
}

impl Peers {
    /// Starts the servers that the rows of a plan need; if one does not start, no row gets one of its kind.
    ///
    /// # Errors
    /// When a server that the command line names cannot be used.
    pub(crate) fn start(plan: &Plan, source: &PeerSource) -> Result<Peers, Failure> {
        let mut peers = Peers { servers: Vec::new(), missing: BTreeMap::new() };
        for kind in KINDS {
            let most = plan.rows.iter().map(|row| row.peers.iter().filter(|peer| **peer == kind).count()).max();
            let Some(count @ 1..) = most else { continue };
            match source.start(kind, count) {
                Ok(servers) => peers.servers.extend(servers),
                Err(failure) if failure.exit == Exit::Usage => return Err(failure),
                Err(Failure { what, help, .. }) => {
                    let sentences: Vec<String> = std::iter::once(what).chain(help).collect();
                    peers.missing.insert(kind, sentences.join("; "));
                }
            }
        }
        Ok(peers)
    }
}

impl Run<'_> {
    /// Whether a row lacks a peer that could not be started. If so, records that once and gives the row up.
    pub(crate) fn lacks_peer(&mut self, row: usize, generation: Option<u32>) -> Result<bool, Halt> {
        let planned = &self.plan.rows[row];
        let Some(kind) = planned.peers.iter().find(|kind| self.missing.contains_key(kind)) else { return Ok(false) };
        if !self.rows[row].given_up {
            // The whole advice once: the other rows point to the first.
            let elsewhere = format!("a peer could not be started: {} says why", quoted(&planned.case));
            let why = self.missing.insert(*kind, elsewhere).unwrap_or_default();
            self.rows[row].given_up = true;
            self.peer_failed(row, generation, why)?;
        }
        Ok(true)
    }

    /// A peer died: the row ends with what it has, the others get new servers.
    pub(crate) fn replace_servers(&mut self, row: usize) -> Result<(), Halt> {
        self.rows[row].given_up = true;
        self.servers.clear();
        let started = Peers::start(&self.plan, &self.source).map_err(Halt::System)?;
        (self.servers, self.missing) = (started.servers, started.missing);
        Ok(())
    }

    /// Records a dead peer, if one of the row's is dead.
    pub(crate) fn peer_gone(&mut self, row: usize, generation: Option<u32>) -> Result<bool, Halt> {
        let kinds = self.plan.rows[row].peers.clone();
        let dead = self.servers.iter_mut().filter(|server| kinds.contains(&server.peer.kind)).find_map(Server::ended);
        let Some(message) = dead else { return Ok(false) };
        self.peer_failed(row, generation, message)?;
        Ok(true)
    }

    /// Places the peers and this process as the row wants them. False if a peer is gone, which is recorded.
    pub(crate) fn place(&mut self, row: usize, generation: Option<u32>) -> Result<bool, Halt> {
        let planned = &self.plan.rows[row];
        let number = generation.unwrap_or(0) as usize;
        // On the CPUs of the runner: a wake-up between the two then needs no interrupt across CPUs, and this
        // process sleeps while something is timed.
        let own = [planned.runner_cpus[number % planned.runner_cpus.len()]];
        let placed = self.servers_of(row).iter().try_for_each(|server| server.place(&planned.peer_cpus));
        let Err(error) = placed.and_then(|()| pin::pin(0, &own)) else { return Ok(true) };
        if !self.peer_gone(row, generation)? {
            self.peer_failed(row, generation, format!("placing processes on CPUs: {error}"))?;
        }
        Ok(false)
    }

    fn peer_failed(&mut self, row: usize, generation: Option<u32>, message: String) -> Result<(), Halt> {
        self.record_fault(Fault {
            row,
            arm: None,
            generation,
            kind: FaultKind::Peer,
            message,
            stderr: String::new(),
            projected_ns: None,
        })
    }
}
