//! Where the peers of a run come from: started here, installed on this machine, or given by the user.

use crate::child::{Leashed, ending};
use crate::failure::Failure;
use crate::mariadb::Installed;
use crate::mysql_url::MysqlUrl;
use crate::pin;
use crate::redis_url::RedisUrl;
use crate::server::{OwnFolder, Server, free_address};
use crate::temp_folder::temporary;
use loopswap_peers::Announcement;
use loopswap_peers::pipe::{LinesIn, NoLine};
use loopswap_protocol::{Peer, PeerKind, quoted};
use loopswap_report::record::PeerIdentity;
use std::io;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(10);

/// How to get the servers.
#[derive(Clone, Debug, Default)]
pub struct PeerSource {
    /// This program, to be executed again as a peer.
    pub program: String,
    /// A Redis server that is already running.
    pub redis: Option<RedisUrl>,
    /// Whether to use the embedded RESP server even if `redis-server` is installed.
    pub embedded_redis: bool,
    /// MySQL servers that are already running; if empty, servers are started.
    pub mysql: Vec<MysqlUrl>,
    /// Whether to use the embedded MySQL server even if `mariadbd` or `mysqld` is installed.
    pub embedded_mysql: bool,
}

impl PeerSource {
    /// Starts `count` servers of a kind.
    ///
    /// # Errors
    /// When one does not come up.
    pub fn start(&self, kind: PeerKind, count: usize) -> Result<Vec<Server>, Failure> {
        let failed = |error: io::Error| {
            let failure = Failure::internal(format!("the peer `{}` cannot be started: {error}", name(kind)));
            match kind {
                PeerKind::Redis if !self.embedded_redis && which("redis-server") => failure.help(
                    "find out why by starting redis-server by hand, or take the embedded server: --embedded-redis",
                ),
                PeerKind::Mysql if !self.embedded_mysql && Installed::find().is_ok() => failure
                    .help("find out why by starting mariadbd by hand, or take the embedded server: --embedded-mysql"),
                _ => failure,
            }
        };
        match kind {
            PeerKind::Http | PeerKind::Echo | PeerKind::Load | PeerKind::Jobs => {
                (0..count).map(|_| self.embedded(kind).map_err(failed)).collect()
            }
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
                let times = if given == 1 { "once".to_owned() } else { format!("{given} times") };
                return Err(Failure::usage(format!("--mysql is given {times}, the suite needs {count} servers"))
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
        let command = [&self.program, "peer", name(kind)].map(str::to_owned);
        let mut process = Leashed::start(&command, &pin::allowed())?;
        let stdout = process.child.stdout.take().ok_or_else(|| io::Error::other("the peer has no output"))?;
        let said = LinesIn::new(stdout).next_line(Instant::now() + START, &AtomicBool::new(false));
        let announcement: Announcement = match said {
            Ok(line) => serde_json::from_slice(&line).map_err(|error| {
                let shown = quoted(String::from_utf8_lossy(&line).trim());
                io::Error::other(format!("`{shown}` ({error})"))
            }),
            Err(NoLine::Failed(error)) => Err(error),
            Err(NoLine::Closed) => Err(io::Error::other("it ended")),
            Err(_) => Err(io::Error::other(format!("it did not say within {START:?} where it listens"))),
        }
        .map_err(|error| io::Error::other(format!("{error} {}", process.last_words())))?;
        let identity = PeerIdentity { kind, name: quoted(&announcement.version), started_here: true };
        let mut peer = announcement.peer();
        if kind == PeerKind::Mysql {
            peer.accounts = loopswap_peers::mysql::accounts(&peer)?;
        }
        let server = Server::own(peer, identity, process, None)?;
        Ok(match announcement.control {
            Some(control) => server.told_at(control),
            None => server,
        })
    }

    /// `redis-server` from `PATH`: an instance of our own, without persistence, in its own folder.
    fn redis_server(&self) -> io::Result<Server> {
        let folder = temporary("loopswap-redis-")?;
        let address = free_address()?;
        let (port, dir) = (address.port().to_string(), folder.path().display().to_string());
        // The leash ends it with this process, even if this process is killed.
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
        let mut process = Leashed::start(&command, &pin::allowed())?;
        let peer = Peer::new(PeerKind::Redis, address);
        let deadline = Instant::now() + START;
        let info = loop {
            match loopswap_peers::resp::info(&peer) {
                Ok(info) => break info,
                Err(error) => {
                    if let Some(status) = process.wait(Duration::from_millis(10))? {
                        return Err(io::Error::other(format!(
                            "redis-server {}: {}",
                            ending(status),
                            process.last_words()
                        )));
                    }
                    if Instant::now() > deadline {
                        return Err(error);
                    }
                }
            }
        };
        let name = format!("redis-server {}", quoted(&info.version));
        let identity = PeerIdentity { kind: PeerKind::Redis, name, started_here: true };
        Server::own(peer, identity, process, Some(OwnFolder::Plain(folder)))
    }
}

/// Its name for `loopswap peer`.
fn name(kind: PeerKind) -> &'static str {
    match kind {
        PeerKind::Http => "http",
        PeerKind::Redis => "redis",
        PeerKind::Mysql => "mysql",
        PeerKind::Echo => "echo",
        PeerKind::Load => "load",
        PeerKind::Jobs => "jobs",
    }
}

/// Whether a program is on the `PATH`.
#[must_use]
pub fn which(program: &str) -> bool {
    which::which(program).is_ok()
}
