//! `loopswap verify-runner CMD…`: whether anybody's program keeps to the runner protocol.

mod view;

use super::Done;
use crate::session::listen_for_signals;
use crate::stock::Stock;
use crate::{console, usage};
use loopswap_conductor::{Exit, Filter, MysqlUrl, PeerSource, RedisUrl, Verifying, verify};
use regex::Regex;
use std::time::Duration;

/// Arguments of `loopswap verify-runner`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  loopswap verify-runner python3 my_runner.py\n  \
                        loopswap verify-runner --case 'redis/conns=1$' ./my-runner --threads 2\n\n\
                        Exit codes: 0 it keeps to the protocol; 6 it does not; 5 the budget ended before that was clear. docs/verify-runner.md has every check.")]
pub(crate) struct Args {
    /// Only workloads whose name matches
    #[arg(long, value_name = "REGEX", value_parser = usage::pattern)]
    workload: Option<Regex>,
    /// Only cases whose whole name matches, however large they are
    #[arg(long, value_name = "REGEX", value_parser = usage::pattern)]
    case: Option<Regex>,
    /// From when on nothing is waited for any more
    #[arg(long, default_value = "10m", value_name = "TIME", value_parser = humantime::parse_duration)]
    budget: Duration,
    /// Print the checks as JSON, once all are made
    #[arg(long)]
    json: bool,
    /// A Redis server that is already running, such as redis://user:password@127.0.0.1:6379/0
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Use the embedded RESP server even if redis-server is installed
    #[arg(long, conflicts_with = "redis")]
    embedded_redis: bool,
    /// A MySQL or MariaDB server that is already running, such as mysql://user:password@127.0.0.1:3306; once
    /// for each
    #[arg(long, value_name = "URL")]
    mysql: Vec<String>,
    /// Use the embedded MySQL server even if mariadbd or mysqld is installed
    #[arg(long, conflicts_with = "mysql")]
    embedded_mysql: bool,
    /// The program and its arguments; the word `{loopswap}` stands for this program
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD")]
    command: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Done {
    let stop = listen_for_signals()?;
    let stock = Stock::take()?;
    let command: Vec<String> = args.command.iter().map(|word| word.replace("{loopswap}", &stock.program)).collect();
    let source = PeerSource {
        program: stock.program.clone(),
        redis: args.redis.as_deref().map(RedisUrl::parse).transpose()?,
        embedded_redis: args.embedded_redis,
        mysql: args.mysql.iter().map(|url| MysqlUrl::parse(url)).collect::<Result<_, _>>()?,
        embedded_mysql: args.embedded_mysql,
    };
    let asked = Verifying {
        command: &command,
        cases: &stock.cases,
        filter: Filter { runtime: None, workload: args.workload.clone(), case: args.case.clone() },
        source,
        budget: args.budget,
        stop: &stop,
    };
    let mut printed = Ok(());
    let verification = verify(asked, &mut |check| {
        if !args.json && printed.is_ok() {
            printed = console::print(&view::line(check));
        }
    })?;
    printed?;
    let text = if args.json { super::json(&verification)? } else { view::details(&verification) };
    console::print(&text)?;
    Ok(match verification.wrong {
        0 if verification.cut_short => Exit::Inconclusive as u8,
        0 => 0,
        _ => Exit::TargetFailed as u8,
    })
}
