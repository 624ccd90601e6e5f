//! A MariaDB or MySQL server of our own: its data made in a temporary folder, run as the current user, ended
//! with the run.
//!
//! The folder is removed with the server. If this process is killed before it can remove the folder, a
//! sweeper does: a small process that waits for our end of a pipe to close.

use crate::child::{Leashed, ending};
use crate::mysql_url::product;
use crate::pin;
use crate::server::{OwnFolder, Server, free_address};
use crate::temp_folder::TempFolder;
use loopswap_peers::{mysql, pipe};
use loopswap_protocol::{Peer, PeerKind, sentence};
use loopswap_report::record::PeerIdentity;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long making the data may take, and how long a server may take until it answers.
const MAKE: Duration = Duration::from_secs(60);
const START: Duration = Duration::from_secs(30);

/// Options of both servers: local, without a log of changes, with small buffers. An option that only one of
/// them knows is `loose`, so that the other only warns.
const OPTIONS: [&str; 17] = [
    "--bind-address=127.0.0.1",
    "--skip-networking=0",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--max-connections=10000",
    "--back-log=4096",
    "--thread-cache-size=256",
    "--table-open-cache=400",
    "--performance-schema=0",
    "--key-buffer-size=64K",
    "--innodb-buffer-pool-size=8M",
    "--innodb-flush-log-at-trx-commit=0",
    "--loose-innodb-log-file-size=4M",
    "--loose-aria-pagecache-buffer-size=1M",
    "--loose-query-cache-type=0",
    "--loose-query-cache-size=0",
    "--loose-mysqlx=0",
];

/// The programs of an installed server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    server: PathBuf,
    /// The program that makes MariaDB's data; MySQL's server does it by itself.
    maker: Option<PathBuf>,
}

impl Installed {
    /// Looks for a server, on the `PATH` and in `/usr/sbin`, where Debian has it: `mariadbd`, else `mysqld`.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn find() -> Result<Installed, String> {
        let server = locate("mariadbd").or_else(|| locate("mysqld"));
        let server = server.ok_or("neither mariadbd nor mysqld is installed")?;
        let said = Command::new(&server).arg("--version").output();
        let said = said.map_err(|error| format!("{} --version: {error}", server.display()))?;
        if !String::from_utf8_lossy(&said.stdout).contains("MariaDB") {
            return Ok(Installed { server, maker: None });
        }
        let maker = locate("mariadb-install-db").or_else(|| locate("mysql_install_db"));
        let maker = maker.ok_or_else(|| format!("{} is installed, mariadb-install-db is not", server.display()))?;
        if locate("my_print_defaults").is_none() {
            return Err("mariadb-install-db is installed, but my_print_defaults, which it calls, is not".into());
        }
        Ok(Installed { server, maker: Some(maker) })
    }

    /// Where the server is.
    #[must_use]
    pub fn server(&self) -> &Path {
        &self.server
    }

    /// Starts `count` servers, each with data of its own. `program` is this program, for leashes.
    pub(crate) fn start(&self, program: &str, count: usize) -> io::Result<Vec<Server>> {
        let folders = (0..count).map(|_| TempFolder::new(program)).collect::<io::Result<Vec<_>>>()?;
        let Some((first, others)) = folders.split_first() else { return Ok(Vec::new()) };
        self.make_data(program, first)?;
        for other in others {
            copy(&first.data(), &other.data())?;
        }
        folders.into_iter().map(|folder| self.run(program, folder)).collect()
    }

    fn make_data(&self, program: &str, folder: &TempFolder) -> io::Result<()> {
        let data = format!("--datadir={}", folder.data().display());
        let (maker, arguments) = match &self.maker {
            // `socket`: nobody logs in as root over the network.
            Some(maker) => (
                maker,
                vec![
                    "--no-defaults",
                    "--auth-root-authentication-method=socket",
                    "--skip-test-db",
                    "--skip-name-resolve",
                ],
            ),
            None => (&self.server, vec!["--no-defaults", "--initialize"]),
        };
        let mut command = leashed(program, maker);
        command.extend(arguments.into_iter().map(str::to_owned));
        command.extend([data, "--loose-innodb-log-file-size=4M".into()]);
        command.extend(folder.as_root()?);
        let mut process = Leashed::start(&command, &pin::allowed())?;
        match process.wait(MAKE)? {
            Some(status) if status.success() => Ok(()),
            status => {
                process.kill();
                let mut said = Vec::new();
                if let Some(mut stdout) = process.child.stdout.take() {
                    pipe::never_block(&stdout)?;
                    // Where something still holds the other end, this ends with what has come.
                    let _ = stdout.read_to_end(&mut said);
                }
                let said = String::from_utf8_lossy(&said);
                let how = status.map_or_else(|| format!("took longer than {} s", MAKE.as_secs()), ending);
                Err(io::Error::other(format!(
                    "{} {how}: {} {}",
                    maker.display(),
                    sentence(said.trim()),
                    process.last_words()
                )))
            }
        }
    }

    fn run(&self, program: &str, folder: TempFolder) -> io::Result<Server> {
        let (address, password) = (free_address()?, password());
        let path = |name: &str| folder.path().join(name).display().to_string();
        let account = "'loopswap'@'127.0.0.1'";
        let grants =
            format!("CREATE USER {account} IDENTIFIED BY '{password}';\nGRANT SELECT ON mysql.user TO {account};\n");
        std::fs::write(path("init.sql"), grants)?;
        let mut command = leashed(program, &self.server);
        // `--no-defaults` counts in the first place only: nobody's configuration takes part.
        command.extend([
            "--no-defaults".into(),
            format!("--datadir={}", folder.data().display()),
            format!("--socket={}", path("socket")),
            format!("--pid-file={}", path("pid")),
            format!("--init-file={}", path("init.sql")),
            format!("--port={}", address.port()),
        ]);
        command.extend(OPTIONS.map(str::to_owned));
        command.extend(folder.as_root()?);
        let mut process = Leashed::start(&command, &pin::allowed())?;
        let peer =
            Peer { user: Some("loopswap".into()), password: Some(password), ..Peer::new(PeerKind::Mysql, address) };
        let deadline = Instant::now() + START;
        let status = loop {
            match mysql::status(&peer) {
                Ok(status) => break status,
                Err(error) => {
                    if let Some(status) = process.wait(Duration::from_millis(20))? {
                        let program = self.server.display();
                        return Err(io::Error::other(format!(
                            "{program} {}: {}",
                            ending(status),
                            process.last_words()
                        )));
                    }
                    if Instant::now() > deadline {
                        return Err(io::Error::other(format!("{error}; {}", process.last_words())));
                    }
                }
            }
        };
        let peer = Peer { accounts: mysql::accounts(&peer)?, ..peer };
        let name = product(&status.version, "mariadbd", "mysqld");
        let identity = PeerIdentity { kind: PeerKind::Mysql, name, started_here: true };
        Server::own(peer, identity, process, Some(OwnFolder::Swept(folder)))
    }
}

fn leashed(program: &str, path: &Path) -> Vec<String> {
    vec![program.to_owned(), "leash".into(), "--".into(), path.display().to_string()]
}

/// A password that nobody can guess: every user of this machine can reach the port.
fn password() -> String {
    let draw = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", draw(), draw())
}

/// Copies a folder of files and folders.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Where a program is: on the `PATH`, else in `/usr/sbin`, which is not on everybody's.
fn locate(program: &str) -> Option<PathBuf> {
    which::which(program).or_else(|_| which::which_in(program, Some("/usr/sbin"), "/")).ok()
}
