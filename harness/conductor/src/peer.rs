//! The servers of a run: started, checked, placed, and ended with it.

use crate::child::{Leashed, ending};
use crate::mariadb::{Folder, Installed};
use crate::{Failure, MysqlUrl, RedisUrl, pin};
use loopswap_peers::Announcement;
use loopswap_protocol::{Peer, PeerKind};
use loopswap_report::record::PeerIdentity;
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use std::io::{self, BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(10);

/// One server that workloads talk to.
#[derive(Debug)]
pub struct Server {
    /// What runners are told of it.
    pub peer: Peer,
    /// Its part of a case's identity.
    pub identity: PeerIdentity,
    own: Option<Own>,
}

/// A server that we started.
#[derive(Debug)]
struct Own {
    process: Leashed,
    clock: ClockId,
    /// A folder of its own; removed with it.
    _folder: Option<OwnFolder>,
}

/// The folder of a server that we started.
#[derive(Debug)]
pub(crate) enum OwnFolder {
    Plain(#[expect(dead_code, reason = "held to be removed")] tempfile::TempDir),
    Swept(#[expect(dead_code, reason = "held to be removed")] Folder),
}

/// How to get the servers.
#[derive(Clone, Debug, Default)]
pub struct PeerSource {
    /// This program, to be executed again as a peer.
    pub program: String,
    /// A Redis server that is already there.
    pub redis: Option<RedisUrl>,
    /// Whether to take the embedded RESP server though `redis-server` is there.
    pub embedded_redis: bool,
    /// MySQL servers that are already there; none: start some.
    pub mysql: Vec<MysqlUrl>,
    /// Whether to take the embedded MySQL server though `mariadbd` or `mysqld` is there.
    pub embedded_mysql: bool,
}

impl PeerSource {
    /// Starts `count` servers of a kind.
    ///
    /// # Errors
    /// When one does not come up.
    pub fn start(&self, kind: PeerKind, count: usize) -> Result<Vec<Server>, Failure> {
        let failed = |error: io::Error| Failure::internal(format!("starting the {kind:?} peer: {error}"));
        match kind {
            PeerKind::Http | PeerKind::Jobs => (0..count).map(|_| self.embedded(kind).map_err(failed)).collect(),
            PeerKind::Redis => match &self.redis {
                Some(_) if count > 1 => {
                    Err(Failure::usage(format!("--redis names one server, the suite needs {count}"))
                        .help("filter those cases out with --case, or leave --redis away"))
                }
                Some(url) => Ok(vec![url.server()?]),
                None if !self.embedded_redis && which("redis-server") => {
                    (0..count).map(|_| self.redis_server().map_err(failed)).collect()
                }
                None => (0..count).map(|_| self.embedded(kind).map_err(failed)).collect(),
            },
            PeerKind::Mysql => self.mysql_servers(count, failed),
        }
    }

    fn mysql_servers(&self, count: usize, failed: impl Fn(io::Error) -> Failure) -> Result<Vec<Server>, Failure> {
        if !self.mysql.is_empty() {
            let given = self.mysql.len();
            if given < count {
                return Err(Failure::usage(format!("--mysql is given {given} times, the suite needs {count} servers"))
                    .help("give it once for each server, filter those cases out with --case, or leave it away"));
            }
            return self.mysql.iter().take(count).map(MysqlUrl::server).collect();
        }
        match Installed::find() {
            Ok(installed) if !self.embedded_mysql => installed.start(&self.program, count).map_err(failed),
            Ok(_) | Err(_) => (0..count).map(|_| self.embedded(PeerKind::Mysql).map_err(&failed)).collect(),
        }
    }

    /// A server that is part of loopswap.
    fn embedded(&self, kind: PeerKind) -> io::Result<Server> {
        let name = match kind {
            PeerKind::Http => "http",
            PeerKind::Redis => "redis",
            PeerKind::Mysql => "mysql",
            PeerKind::Jobs => "jobs",
        };
        let command = [&self.program, "peer", name].map(str::to_owned);
        let mut process = Leashed::start(&command, &pin::allowed()?)?;
        let stdout = process.child.stdout.take().ok_or_else(|| io::Error::other("the peer has no output"))?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let announcement: Announcement = serde_json::from_str(&line)
            .map_err(|error| io::Error::other(format!("`{}` ({error}) {}", line.trim(), process.stderr())))?;
        let identity = PeerIdentity { kind, name: announcement.version.clone(), started_here: true };
        let mut peer = announcement.peer();
        if kind == PeerKind::Mysql {
            peer.accounts = loopswap_peers::mysql::accounts(&peer)?;
        }
        Server::own(peer, identity, process, None)
    }

    /// `redis-server` from `PATH`: an instance of our own, without persistence, in a folder of its own.
    fn redis_server(&self) -> io::Result<Server> {
        let folder = tempfile::tempdir()?;
        let address = free_address()?;
        let (port, dir) = (address.port().to_string(), folder.path().display().to_string());
        // The leash ends it with this process also when this process is killed.
        let command: Vec<String> =
            [&self.program, "leash", "--", "redis-server", "--bind", "127.0.0.1", "--port", &port]
                .into_iter()
                .chain([
                    "--dir",
                    &dir,
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    "--daemonize",
                    "no",
                    "--tcp-backlog",
                    "4096",
                ])
                .map(str::to_owned)
                .collect();
        let mut process = Leashed::start(&command, &pin::allowed()?)?;
        let peer = Peer::new(PeerKind::Redis, address);
        let deadline = Instant::now() + START;
        let info = loop {
            match loopswap_peers::resp::info(&peer) {
                Ok(info) => break info,
                Err(error) => {
                    if let Some(status) = process.wait(Duration::from_millis(10))? {
                        return Err(io::Error::other(format!("redis-server {}: {}", ending(status), process.stderr())));
                    }
                    if Instant::now() > deadline {
                        return Err(error);
                    }
                }
            }
        };
        let name = format!("redis-server {}", info.version);
        let identity = PeerIdentity { kind: PeerKind::Redis, name, started_here: true };
        Server::own(peer, identity, process, Some(OwnFolder::Plain(folder)))
    }
}

impl Server {
    pub(crate) fn own(
        peer: Peer,
        identity: PeerIdentity,
        process: Leashed,
        folder: Option<OwnFolder>,
    ) -> io::Result<Server> {
        let clock = clock_getcpuclockid(pid(&process))?;
        Ok(Server { peer, identity, own: Some(Own { process, clock, _folder: folder }) })
    }

    /// A server that somebody else runs.
    #[must_use]
    pub fn foreign(peer: Peer, name: String) -> Server {
        let identity = PeerIdentity { kind: peer.kind, name, started_here: false };
        Server { peer, identity, own: None }
    }

    /// CPU time that it has used, in nanoseconds; none for a server that we did not start.
    pub(crate) fn cpu_ns(&self) -> Option<u64> {
        let time = self.own.as_ref()?.clock.now().ok()?;
        u64::try_from(Duration::from(time).as_nanos()).ok()
    }

    /// Places all its threads on the given CPUs.
    pub(crate) fn place(&self, cpus: &[usize]) -> io::Result<()> {
        let Some(own) = &self.own else { return Ok(()) };
        for task in std::fs::read_dir(format!("/proc/{}/task", own.process.child.id()))? {
            if let Some(thread) = task?.file_name().to_str().and_then(|name| name.parse().ok()) {
                pin::pin(thread, cpus)?;
            }
        }
        Ok(())
    }

    /// Says how it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let process = &mut self.own.as_mut()?.process;
        match process.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(format!("{} {}. {}", self.identity.name, ending(status), process.stderr())),
            Err(error) => Some(format!("{}: {error}", self.identity.name)),
        }
    }

    /// Requests that it has served so far; none where others may be asking it too. Reading the count
    /// from a Redis server is itself `reading` requests.
    pub(crate) fn served(&self) -> io::Result<Option<Served>> {
        if self.own.is_none() {
            return Ok(None);
        }
        Ok(Some(match self.peer.kind {
            PeerKind::Http => Served { requests: loopswap_peers::http::stats(self.peer.address)?.requests, reading: 0 },
            PeerKind::Redis => {
                let info = loopswap_peers::resp::info(&self.peer)?;
                let reading = loopswap_peers::resp::Info::reading_costs(&self.peer);
                Served { requests: info.commands_processed, reading }
            }
            PeerKind::Mysql => Served { requests: loopswap_peers::mysql::status(&self.peer)?.selects, reading: 0 },
            PeerKind::Jobs => Served { requests: loopswap_peers::jobs::done(self.peer.address)?, reading: 0 },
        }))
    }
}

/// What a server says it served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served {
    pub(crate) requests: u64,
    pub(crate) reading: u64,
}

fn pid(process: &Leashed) -> Pid {
    Pid::from_raw(process.child.id().cast_signed())
}

/// A loopback address that nobody listens on now.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Whether a program is on the `PATH`.
#[must_use]
pub fn which(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Where a program is: on the `PATH`, else in `/usr/sbin`, which is not on everybody's.
pub(crate) fn locate(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}
