//! `loopswap spec CASE`: the lines that a runner gets, to be piped into any runner by hand.

use super::Done;
use crate::console;
use crate::stock::Stock;
use loopswap_conductor::{Failure, MysqlUrl, RedisUrl, allowed};
use loopswap_protocol::{Command, Count, Peer, PeerKind, Prepare, Work, quoted, resolve};
use std::net::SocketAddr;

/// Arguments of `loopswap spec`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  loopswap spec sleep/tasks=1000 | loopswap runner smol")]
pub(crate) struct Args {
    /// Name of the case
    case: String,
    /// Threads that the runtime may use
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Slices to ask for
    #[arg(long, default_value_t = 3)]
    slices: usize,
    /// Granules in a slice
    #[arg(long, default_value_t = 1)]
    granules: u64,
    /// The HTTP peer, as `loopswap peer http` announces it
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// The Redis peer, such as redis://127.0.0.1:6379; once for each server
    #[arg(long, value_name = "URL")]
    redis: Vec<String>,
    /// The MySQL peer, such as mysql://root@127.0.0.1:3306; once for each server
    #[arg(long, value_name = "URL")]
    mysql: Vec<String>,
    /// The echo peer, as `loopswap peer echo` announces it
    #[arg(long, value_name = "ADDRESS")]
    echo: Option<SocketAddr>,
    /// The load client, as `loopswap peer load` announces it
    #[arg(long, value_name = "ADDRESS")]
    load: Option<SocketAddr>,
    /// A worker that does jobs, as `loopswap peer jobs` announces it; once for each of the pool
    #[arg(long, value_name = "ADDRESS")]
    jobs: Vec<SocketAddr>,
    /// Let the counting slice count what the process does, or the polls and wake-ups of its tasks
    #[arg(long, value_name = "process|tasks")]
    tally: Option<Tallied>,
}

/// What a counting slice counts, beside context switches and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Tallied {
    Process,
    Tasks,
}

pub(crate) fn run(args: &Args) -> Done {
    let stock = Stock::take()?;
    let case = stock.cases.iter().find(|case| case.name == args.case).ok_or_else(|| {
        Failure::usage(format!("unknown case `{}`", quoted(&args.case)))
            .there_are(&args.case, stock.cases.iter().map(|case| case.name.as_str()))
    })?;
    let mut params = case.params.clone();
    resolve(case.workload.params, &mut params, args.threads);
    let (mut redis, mut mysql, mut jobs) = (args.redis.iter(), args.mysql.iter(), args.jobs.iter());
    let peers = (case.workload.peers)(&params)
        .into_iter()
        .map(|kind| match kind {
            PeerKind::Http => embedded(args, kind, "http", args.http),
            PeerKind::Echo => embedded(args, kind, "echo", args.echo),
            PeerKind::Load => embedded(args, kind, "load", args.load),
            PeerKind::Redis => match redis.next() {
                Some(url) => Ok(RedisUrl::parse(url)?.peer()),
                None => Err(Failure::usage(format!("{} talks to a Redis peer", args.case))
                    .help("give one with --redis redis://127.0.0.1:6379, or start `loopswap peer redis`")),
            },
            PeerKind::Mysql => match mysql.next() {
                Some(url) => MysqlUrl::parse(url)?.peer(),
                None => Err(Failure::usage(format!("{} talks to a MySQL peer", args.case))
                    .help("give one with --mysql mysql://root@127.0.0.1:3306, or start `loopswap peer mysql`")),
            },
            PeerKind::Jobs => jobs.next().map(|address| Peer::new(kind, *address)).ok_or_else(|| {
                Failure::usage(format!("{} sends jobs to a pool of processes", args.case))
                    .help("start them with `loopswap peer jobs`, and give the address of each with --jobs")
            }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let shape = (case.workload.shape)(&params);
    let cpus = allowed();
    let work = Work::of(shape.granule * args.granules.max(1));
    let mut commands = vec![Command::Prepare(Box::new(Prepare {
        case: case.name.clone(),
        workload: case.workload.name.into(),
        params,
        peers,
        threads: args.threads,
        cpus,
        seed: 1,
        limit_ms: 60_000,
        tally_tasks: args.tally == Some(Tallied::Tasks),
    }))];
    commands.extend(std::iter::repeat_n(Command::Slice(work), args.slices));
    commands.push(Command::Count(Count { ops: work.ops, tally: args.tally.is_some(), traced: false }));
    commands.push(Command::Bye {});
    for command in commands {
        let line = serde_json::to_string(&command).map_err(|error| Failure::internal(error.to_string()))?;
        console::print(&(line + "\n"))?;
    }
    Ok(0)
}

/// A peer that is part of loopswap, at the address that was given for it.
fn embedded(args: &Args, kind: PeerKind, name: &str, address: Option<SocketAddr>) -> Result<Peer, Failure> {
    address.map(|address| Peer::new(kind, address)).ok_or_else(|| {
        Failure::usage(format!("{} needs the peer `{name}`", args.case))
            .help(format!("start one with `loopswap peer {name}`, and give its address with --{name}"))
    })
}
