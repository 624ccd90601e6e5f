//! The peers of a run: they start before it, and if one fails only the rows that need it are affected.

use crate::failure::{Exit, Failure};
use crate::peer::PeerSource;
use crate::server::{Served, Server};
use loopswap_protocol::{PeerKind, quoted};
use loopswap_report::record::{PeerIdentity, Plan, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What has been started for a plan.
pub(crate) struct Peers {
    source: PeerSource,
    servers: Vec<Server>,
    /// Kinds of server that some row needs and that could not be started, each with the reason.
    missing: BTreeMap<PeerKind, String>,
}

impl Peers {
    /// Starts the servers that the rows of a plan need; if one does not start, no row gets one of its kind.
    ///
    /// # Errors
    /// When a server that the command line names cannot be used.
    pub(crate) fn start(plan: &Plan, source: PeerSource) -> Result<Peers, Failure> {
        let mut peers = Peers { source, servers: Vec::new(), missing: BTreeMap::new() };
        let needed: BTreeSet<PeerKind> = plan.rows.iter().flat_map(|row| row.peers.iter().copied()).collect();
        for kind in needed {
            let counts = plan.rows.iter().map(|row| row.peers.iter().filter(|peer| **peer == kind).count());
            let count = counts.max().unwrap_or_default();
            match peers.source.start(kind, count) {
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

    /// Ends all servers and starts new ones.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub(crate) fn restart(&mut self, plan: &Plan) -> Result<(), Failure> {
        self.servers.clear();
        *self = Peers::start(plan, self.source.clone())?;
        Ok(())
    }

    /// All servers.
    pub(crate) fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// What the record says of each server.
    pub(crate) fn identities(&self) -> Vec<PeerIdentity> {
        self.servers.iter().map(|server| server.identity.clone()).collect()
    }

    /// Why servers could not be started, a sentence for each kind.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &str> {
        self.missing.values().map(String::as_str)
    }

    /// The kind of server that a row needs and that could not be started.
    pub(crate) fn lacking(&self, row: &Row) -> Option<PeerKind> {
        row.peers.iter().copied().find(|kind| self.missing.contains_key(kind))
    }

    /// Why there is no server of this kind. The whole advice once: the other rows point to the first.
    pub(crate) fn why_missing(&mut self, kind: PeerKind, row: &Row) -> String {
        let elsewhere = format!("a peer could not be started: {} says why", quoted(&row.case));
        self.missing.insert(kind, elsewhere).unwrap_or_default()
    }

    /// The servers of a row, in the order in which its workload wants them.
    pub(crate) fn of(&self, row: &Row) -> Vec<&Server> {
        let mut taken = BTreeMap::<PeerKind, usize>::new();
        let mut servers = Vec::new();
        for kind in &row.peers {
            let nth = taken.entry(*kind).or_default();
            servers.extend(self.servers.iter().filter(|server| server.peer.kind == *kind).nth(*nth));
            *nth += 1;
        }
        servers
    }

    /// How one of the row's servers ended, if one has ended.
    pub(crate) fn ended(&mut self, row: &Row) -> Option<String> {
        let mut of_row = self.servers.iter_mut().filter(|server| row.peers.contains(&server.peer.kind));
        of_row.find_map(Server::ended)
    }

    /// Places the servers of a row on its peer CPUs.
    pub(crate) fn place(&self, row: &Row) -> io::Result<()> {
        self.of(row).iter().try_for_each(|server| server.place(&row.peer_cpus))
    }

    /// CPU time that the servers of a row have used, in nanoseconds; `None` if it has none, or one that we did
    /// not start.
    pub(crate) fn cpu_ns(&self, row: &Row) -> Option<u64> {
        let servers = self.of(row);
        if servers.is_empty() { None } else { servers.into_iter().map(Server::cpu_ns).sum() }
    }

    /// What the servers of a row report to have served.
    pub(crate) fn served(&self, row: &Row) -> Vec<Option<Served>> {
        // A server that does not answer shows as dead, or as a failure of the runners.
        self.of(row).into_iter().map(|server| server.served().ok().flatten()).collect()
    }
}
