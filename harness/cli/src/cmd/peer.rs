//! `loopswap peer`: this program as a server that workloads talk to.

use super::Done;
use crate::build::version_of;
use crate::console;
use clap::ValueEnum;
use loopswap_conductor::Failure;
use loopswap_peers::{Announcement, exit_when_stdin_closes, http, resp};
use std::net::SocketAddr;

/// Arguments of `loopswap peer`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to serve
    kind: Kind,
    /// Where to listen; port 0 means any free port
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// redis: the password that clients have to give
    #[arg(long)]
    password: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// An HTTP/1.1 origin with deterministic bodies
    Http,
    /// A RESP server that stores what it is given
    Redis,
}

pub(crate) fn run(args: &Args) -> Done {
    super::leash::die_with_parent()?;
    let announce = |announcement: Announcement| {
        let line = serde_json::to_string(&announcement).unwrap_or_default();
        console::print(&(line + "\n"));
    };
    let served = exit_when_stdin_closes().and_then(|()| match args.kind {
        Kind::Http => http::serve(args.listen, Some(version_of("hyper")), announce),
        Kind::Redis => resp::serve(args.listen, args.password.clone(), announce),
    });
    served.map_err(|error| Failure::internal(format!("serving on {}: {error}", args.listen)))?;
    Ok(0)
}
