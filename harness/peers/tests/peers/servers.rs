//! Servers to test against: ours on a thread of this process, and a real Redis of our own.

use loopswap_peers::{Announcement, echo, http, load, resp};
use loopswap_protocol::{Peer, PeerKind};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A fresh origin; it serves until the test process ends.
pub(crate) fn http() -> Announcement {
    started(|tell| http::serve(ANYWHERE, Some("1.12.0"), None, tell))
}

/// A fresh echo server; it serves until the test process ends.
pub(crate) fn echo() -> Announcement {
    started(|tell| echo::serve(ANYWHERE, tell))
}

/// A fresh load client; it waits for orders until the test process ends.
pub(crate) fn load() -> Announcement {
    started(|tell| load::serve(ANYWHERE, tell))
}

/// A fresh embedded Redis; it serves until the test process ends.
pub(crate) fn resp(password: Option<&str>) -> Peer {
    let password = password.map(str::to_owned);
    let peer = started({
        let password = password.clone();
        move |tell| resp::serve(ANYWHERE, password, tell)
    })
    .peer();
    Peer { password, ..peer }
}

pub(crate) fn started<S>(serve: S) -> Announcement
where
    S: FnOnce(Box<dyn FnOnce(Announcement) + Send>) -> std::io::Result<()> + Send + 'static,
{
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || serve(Box::new(move |announcement| tell.send(announcement).unwrap())).unwrap());
    told.recv().unwrap()
}

/// A real Redis without persistence, in a directory of its own; it ends with this value.
pub(crate) struct RedisServer {
    process: Child,
    _directory: TempDir,
    pub(crate) peer: Peer,
}

impl RedisServer {
    /// Starts one, or says that none is installed.
    pub(crate) fn start(password: Option<&str>) -> Option<Self> {
        // Between the choice of a free port and its use someone else may take it.
        for _ in 0..5 {
            match RedisServer::attempt(password) {
                Ok(server) => return Some(server),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    println!("skipped: redis-server is not installed");
                    return None;
                }
                Err(_) => {}
            }
        }
        panic!("redis-server is installed but does not start");
    }

    fn attempt(password: Option<&str>) -> std::io::Result<Self> {
        let address = TcpListener::bind(ANYWHERE)?.local_addr()?;
        let directory = tempfile::tempdir()?;
        let mut command = Command::new("redis-server");
        command.args(["--port", &address.port().to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir"]).arg(directory.path());
        if let Some(password) = password {
            command.args(["--requirepass", password]);
        }
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let password = password.map(str::to_owned);
        let peer = Peer { password, ..Peer::new(PeerKind::Redis, address) };
        let mut server = RedisServer { process, _directory: directory, peer };
        loop {
            if resp::info(&server.peer).is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.process.try_wait()? {
                return Err(std::io::Error::other(format!("redis-server ended: {status}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
