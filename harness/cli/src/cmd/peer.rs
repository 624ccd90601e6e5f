//! `loopswap peer`: this program as a server that workloads talk to, or as the client of those that serve.

use super::Done;
use crate::build::version_of;
use crate::console;
use crate::parent::die_with_parent;
use clap::ValueEnum;
use loopswap_conductor::Failure;
use loopswap_peers::{Announcement, echo, exit_when_stdin_closes, http, jobs, load, mysql, resp};
use std::net::SocketAddr;
use std::time::Duration;

/// Arguments of `loopswap peer`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to serve
    kind: Kind,
    /// Where to listen; port 0 means any free port
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// redis, mysql: the password that clients have to give
    #[arg(long)]
    password: Option<String>,
    /// mysql: how clients prove that they know the password
    #[arg(long, value_enum, default_value = "native")]
    login: Login,
    /// http: how long to stall, all answers at once, in every --stall-every; such as 200ms
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = humantime::parse_duration)]
    stall: Duration,
    /// http: from one stall to the next
    #[arg(long, default_value = "2s", value_name = "TIME", value_parser = humantime::parse_duration)]
    stall_every: Duration,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// An HTTP/1.1 origin with deterministic bodies
    Http,
    /// A RESP server that stores what it is given
    Redis,
    /// A MySQL server with a table of accounts
    Mysql,
    /// A TCP server that sends back what it gets
    Echo,
    /// A client that a runner has put load on the runtime under test
    Load,
    /// A worker that does jobs, one at a time: one process of a pool
    Jobs,
}

/// `--login`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Login {
    /// mysql_native_password, the default of MariaDB
    Native,
    /// caching_sha2_password, the default of MySQL
    CachingSha2,
}

impl From<Login> for mysql::Login {
    fn from(login: Login) -> mysql::Login {
        match login {
            Login::Native => mysql::Login::Native,
            Login::CachingSha2 => mysql::Login::CachingSha2,
        }
    }
}

pub(crate) fn run(args: &Args) -> Done {
    die_with_parent();
    let stall = http::Stall::new(args.stall, args.stall_every)
        .map_err(|why| Failure::usage(format!("--stall: {why}")).help("give a longer --stall-every"))?;
    let announce = |announcement: Announcement| {
        let line = serde_json::to_string(&announcement).unwrap_or_default();
        // Whoever started it waits for this line.
        if let Err(failure) = console::print(&(line + "\n")) {
            console::error(&failure);
            std::process::exit(i32::from(failure.exit_code()));
        }
    };
    let served = exit_when_stdin_closes().and_then(|()| match args.kind {
        Kind::Http => http::serve(args.listen, Some(version_of("hyper")), stall, announce),
        Kind::Redis => resp::serve(args.listen, args.password.clone(), announce),
        Kind::Mysql => mysql::serve(args.listen, args.password.clone(), args.login.into(), announce),
        Kind::Echo => echo::serve(args.listen, announce),
        Kind::Load => load::serve(args.listen, announce),
        Kind::Jobs => jobs::serve(args.listen, announce),
    });
    served.map_err(|error| Failure::internal(format!("serving on {}: {error}", args.listen)))?;
    Ok(0)
}
