//! The servers that some programs talk to: one of each kind on each CPU, started when first needed.

use crate::child::Child;
use crate::versions;
use clap::ValueEnum;
use loopswap_peers::{Announcement, exit_when_stdin_closes};
use loopswap_protocol::{Peer, PeerKind};
use std::collections::HashMap;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the subcommand `peer` serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Http,
    Redis,
}

/// Serves until stdin closes; Redis is `redis-server` if it is in `PATH`.
///
/// # Errors
/// When the port cannot be bound.
pub(crate) fn serve(kind: Kind) -> io::Result<()> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    match (kind, redis_version()) {
        (Kind::Http, _) => {
            exit_when_stdin_closes()?;
            loopswap_peers::http::serve(anywhere, Some(versions::of("hyper")), None, announce)
        }
        (Kind::Redis, Some(version)) => redis_server(version),
        (Kind::Redis, None) => {
            exit_when_stdin_closes()?;
            loopswap_peers::resp::serve(anywhere, None, announce)
        }
    }
}

fn announce(announcement: Announcement) {
    // The parent reads one line; if it has gone, stdin is closed too.
    if let Ok(line) = serde_json::to_string(&announcement) {
        let _ = writeln!(io::stdout(), "{line}");
    }
}

/// All servers of one run.
#[derive(Default)]
pub(crate) struct Peers {
    running: HashMap<(PeerKind, usize), Running>,
}

struct Running {
    announcement: Announcement,
    /// Only kept so that it ends with this value.
    _process: Child,
}

impl Peers {
    /// The server of this kind on this CPU.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn get(&mut self, kind: PeerKind, cpu: usize) -> io::Result<Peer> {
        if let Some(running) = self.running.get(&(kind, cpu)) {
            return Ok(running.announcement.peer());
        }
        let running = start(kind, cpu)?;
        let peer = running.announcement.peer();
        self.running.insert((kind, cpu), running);
        Ok(peer)
    }

    /// The programs that served.
    pub(crate) fn versions(&self) -> Vec<String> {
        let mut versions: Vec<_> = self.running.values().map(|peer| peer.announcement.version.clone()).collect();
        versions.sort();
        versions.dedup();
        versions
    }
}

fn start(kind: PeerKind, cpu: usize) -> io::Result<Running> {
    let name = match kind {
        PeerKind::Http => "http",
        PeerKind::Redis => "redis",
        PeerKind::Mysql => return Err(io::Error::other("no native program talks to MySQL")),
        PeerKind::Echo | PeerKind::Load => return Err(io::Error::other("no program of the tax has such a peer")),
        PeerKind::Jobs => return Err(io::Error::other("no native program sends jobs to a process")),
    };
    let mut process = Child::spawn(Command::new(std::env::current_exe()?).args(["peer", name]), cpu)?;
    let announcement = serde_json::from_slice(&process.announcement()?)?;
    Ok(Running { announcement, _process: process })
}

/// `Redis server v=7.0.15 sha=…` of a `redis-server` in `PATH`.
fn redis_version() -> Option<String> {
    let output = Command::new("redis-server").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split_whitespace().find_map(|word| word.strip_prefix("v="))?;
    Some(format!("redis-server {version}"))
}

/// Runs `redis-server` until stdin closes: the server itself ignores its stdin and would outlive a killed
/// driver.
fn redis_server(version: String) -> io::Result<()> {
    let folder = TempDir::new()?;
    let mut command = Command::new("redis-server");
    // Another program may take the port between the two lines; then the server ends and we report it.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--save", ""]);
    command.args(["--appendonly", "no", "--loglevel", "warning", "--logfile", "redis.log"]);
    let mut process = command.arg("--dir").arg(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let served = answers(address).and_then(|()| {
        announce(Announcement { kind: PeerKind::Redis, address, version, control: None });
        io::copy(&mut io::stdin(), &mut io::sink())
    });
    process.kill()?;
    process.wait()?;
    served.map(drop)
}

fn answers(address: SocketAddr) -> io::Result<()> {
    let begun = Instant::now();
    while let Err(error) = TcpStream::connect(address) {
        if begun.elapsed() > Duration::from_secs(5) {
            return Err(io::Error::other(format!("redis-server does not answer: {error}")));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
