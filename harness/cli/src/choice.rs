//! What is measured: the arguments that choose it, and the way from them to a plan.

use crate::stock::Stock;
use crate::{guests, program, usage};
use clap::ValueEnum;
use loopswap_conductor::{
    Cpus, Failure, Filter, Greeting, MysqlUrl, PeerSource, RedisUrl, RuntimeCommand, Suite, SuiteCase, SweptValue,
    hello_all, known_runtime, note, pinning_refused, plan,
};
use loopswap_protocol::{RATE, Unavailable, listed, quoted, rate_of};
use loopswap_report::record::{Placement, Plan, ROWS_MAX, check_plan};
use regex::Regex;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

/// What to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Choice {
    /// A built-in suite by name, or the path of a suite's TOML file
    #[arg(long, default_value = program::default_suite(), value_name = "NAME|FILE")]
    pub(crate) suite: String,
    /// Only runtimes whose name matches (in a run, the reference always stays); a guest that is named in full, such as
    /// uvloop or node|go, is added to those of the suite
    #[arg(long, value_name = "REGEX", value_parser = usage::pattern)]
    pub(crate) runtime: Option<Regex>,
    /// Only workloads whose name matches
    #[arg(long, value_name = "REGEX", value_parser = usage::pattern)]
    pub(crate) workload: Option<Regex>,
    /// Only cases whose whole name matches
    #[arg(long, value_name = "REGEX", value_parser = usage::pattern)]
    pub(crate) case: Option<Regex>,
    /// Another runtime in addition to the suite's, such as null; may be given several times
    #[arg(long, value_name = "RUNTIME")]
    pub(crate) also: Vec<String>,
    /// The reference, which the other runtimes are divided by, instead of the suite's
    #[arg(long, value_name = "RUNTIME")]
    pub(crate) reference: Option<String>,
    /// Generations of every row, instead of the suite's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) generations: Option<u32>,
    /// Time for the whole run, such as 90s, instead of the suite's; servers that start first and what is
    /// under way at its end may outlast it, each up to a limit of its own (docs/checks.md)
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) budget: Option<Duration>,
    /// Length of a slice, such as 10ms, instead of the suite's
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) slice: Option<Duration>,
    /// Time limit of a slice, such as 2s, instead of the suite's
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) limit: Option<Duration>,
    /// Operations per second that are meant to start (open loop); only cases of single operations that
    /// take a rate are measured then
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) rate: Option<u64>,
    /// Which CPUs runner and peer get, instead of the suite's
    #[arg(long, value_enum)]
    pub(crate) placement: Option<PlacementArg>,
    /// Use all threads of a core (SMT); by default one is used and the others stay idle
    #[arg(long)]
    pub(crate) smt: bool,
    /// Numbers of CPUs that runners get, such as 1,2: every case on each of them
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) cpus: Vec<u16>,
    /// Seed of the order of rounds, in hexadecimal; random by default
    #[arg(long, value_name = "HEX", value_parser = |text: &str| u64::from_str_radix(text, 16))]
    pub(crate) seed: Option<u64>,
    /// A Redis server that is already running, such as redis://user:password@127.0.0.1:6379/0
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// Use the embedded RESP server even if redis-server is installed
    #[arg(long, conflicts_with = "redis")]
    pub(crate) embedded_redis: bool,
    /// A MySQL or MariaDB server that is already running, such as mysql://user:password@127.0.0.1:3306; once
    /// for each
    #[arg(long, value_name = "URL")]
    pub(crate) mysql: Vec<String>,
    /// Use the embedded MySQL server even if mariadbd or mysqld is installed
    #[arg(long, conflicts_with = "mysql")]
    pub(crate) embedded_mysql: bool,
}

/// `--placement`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PlacementArg {
    /// The runner on some cores, the peers on others, near each other
    Split,
    /// Runner and peers on one CPU
    SameCore,
    /// Wherever the kernel puts them
    Free,
}

impl From<PlacementArg> for Placement {
    fn from(placement: PlacementArg) -> Placement {
        match placement {
            PlacementArg::Split => Placement::Split,
            PlacementArg::SameCore => Placement::SameCore,
            PlacementArg::Free => Placement::Free,
        }
    }
}

/// A plan and what it was made from.
pub(crate) struct Chosen {
    pub(crate) stock: Stock,
    pub(crate) plan: Plan,
    pub(crate) greetings: Vec<Greeting>,
}

impl Choice {
    /// Reads the suite, makes the plan, asks the runtimes for their hello.
    pub(crate) fn plan(&self, stop: &AtomicBool) -> Result<Chosen, Failure> {
        let (stock, mut plan) = self.draft()?;
        let wanted = |command: &&RuntimeCommand| plan.rows[0].arms.iter().any(|arm| arm.runtime == command.name);
        let commands: Vec<_> = stock.commands.iter().filter(wanted).cloned().collect();
        let greetings = hello_all(&commands, stop)?;
        note(&mut plan, &greetings);
        Ok(Chosen { stock, plan, greetings })
    }

    /// The plan, without knowing which runtimes can run here.
    pub(crate) fn draft(&self) -> Result<(Stock, Plan), Failure> {
        let mut stock = Stock::take()?;
        let mut suite = stock.suite(&self.suite)?;
        self.amend(&mut suite, &stock)?;
        place_free(&mut suite);
        let cpus = Cpus::here();
        let filter = self.filter();
        let seed = self.seed.unwrap_or_else(draw_seed);
        let mut plan = plan(&suite, &filter, &cpus, seed)?;
        leave_out_fewer_cpus(&mut plan);
        // What cannot be measured is no plan either.
        check_plan(&plan).map_err(|what| {
            Failure::usage(what).help("no record can begin with such a plan: change the suite, or the argument")
        })?;
        Ok((stock, plan))
    }

    fn filter(&self) -> Filter {
        Filter { runtime: self.runtime.clone(), workload: self.workload.clone(), case: self.case.clone() }
    }

    /// The guests that `--runtime` names in full.
    fn guests(&self) -> Vec<String> {
        let words = self.runtime.as_ref().map_or("", Regex::as_str).split('|');
        let bare = words.map(|word| word.trim_start_matches('^').trim_end_matches('$'));
        bare.filter(|word| guests::is_guest(word)).map(str::to_owned).collect()
    }

    fn amend(&self, suite: &mut Suite, stock: &Stock) -> Result<(), Failure> {
        let names: Vec<String> = stock.commands.iter().map(|command| command.name.clone()).collect();
        for name in self.also.iter().chain(&self.guests()) {
            known_runtime(name, &names)?;
            if !suite.runtimes.contains(name) {
                suite.runtimes.push(name.clone());
            }
        }
        if let Some(reference) = &self.reference {
            known_runtime(reference, &names)?;
            suite.reference.clone_from(reference);
        }
        for (flag, given, field) in [
            ("--budget", self.budget, &mut suite.budget),
            ("--slice", self.slice, &mut suite.slice),
            ("--limit", self.limit, &mut suite.limit),
        ] {
            if let Some(time) = given {
                if time < Duration::from_millis(1) {
                    return Err(Failure::usage(format!("{flag}: less than a millisecond")).help("takes 1ms or more"));
                }
                *field = time;
            }
        }
        on_cpus(suite, &self.cpus)?;
        if let Some(rate) = self.rate {
            let filter = self.filter();
            let wanted: Vec<String> = filter.cases(suite).map(|chosen| chosen.case.name.clone()).collect();
            open_loop(suite, rate)?;
            if !wanted.is_empty() && filter.cases(suite).next().is_none() {
                return Err(Failure::nothing_matched(format!(
                    "--rate {rate}: {} take{} no rate, or no single operations",
                    listed(wanted.iter().map(String::as_str)),
                    if wanted.len() == 1 { "s" } else { "" }
                ))
                .help("leave --rate out, or choose among the cases that take one:")
                .help(listed(suite.cases.iter().map(|chosen| chosen.case.name.as_str()))));
            }
        }
        for chosen in suite.cases.iter_mut().filter(|chosen| rate_of(&chosen.case.params).is_some()) {
            // Many times longer than the others: the suite's own length is not meant for an open loop.
            chosen.slice = self.slice.or(chosen.slice);
        }
        suite.smt |= self.smt;
        suite.generations = self.generations.unwrap_or(suite.generations);
        if let Some(placement) = self.placement {
            for chosen in &mut suite.cases {
                chosen.placement = placement.into();
            }
        }
        Ok(())
    }

    /// How to get the servers.
    pub(crate) fn peers(&self, program: &str) -> Result<PeerSource, Failure> {
        Ok(PeerSource {
            program: program.to_owned(),
            redis: self.redis.as_deref().map(RedisUrl::parse).transpose()?,
            embedded_redis: self.embedded_redis,
            mysql: self.mysql.iter().map(|url| MysqlUrl::parse(url)).collect::<Result<_, _>>()?,
            embedded_mysql: self.embedded_mysql,
        })
    }
}

/// If nothing can be pinned to CPUs, everything runs where the kernel puts it.
fn place_free(suite: &mut Suite) {
    if pinning_refused().is_some() {
        suite.cases.iter_mut().for_each(|chosen| chosen.placement = Placement::Free);
    }
}

/// If nothing can be pinned to CPUs, a row cannot be kept to some of them.
fn leave_out_fewer_cpus(plan: &mut Plan) {
    let Some(why) = pinning_refused() else { return };
    for row in plan.rows.iter_mut().filter(|row| row.runner_cpus.len() < plan.cpus.len()) {
        let unavailable = Unavailable {
            reason: format!("it takes {} of {} CPUs, and {why}", row.runner_cpus.len(), plan.cpus.len()),
            remedy: "allow sched_setaffinity and sched_getaffinity, or leave --cpus out".into(),
        };
        row.arms.iter_mut().for_each(|arm| arm.unavailable = Some(unavailable.clone()));
    }
}

/// Makes a case for each number of CPUs out of every case.
fn on_cpus(suite: &mut Suite, given: &[u16]) -> Result<(), Failure> {
    let counts: Vec<usize> = given.iter().copied().map(usize::from).collect();
    if counts.is_empty() {
        return Ok(());
    }
    if let Some(twice) = counts.iter().enumerate().find_map(|(at, count)| counts[..at].contains(count).then_some(count))
    {
        return Err(Failure::usage(format!("--cpus: {twice} is given twice")));
    }
    if let Some(chosen) = suite.cases.iter().find(|chosen| chosen.cpus.is_some()) {
        return Err(Failure::usage(format!(
            "--cpus: the suite itself sets the number of CPUs of {}",
            quoted(&chosen.case.name)
        ))
        .help("leave --cpus out"));
    }
    let cases = suite.cases.len() * counts.len();
    if cases > ROWS_MAX {
        let what =
            format!("--cpus: {} cases on each of {} numbers of CPUs are {cases}", suite.cases.len(), counts.len());
        return Err(Failure::usage(what).help(format!("a suite may come to {ROWS_MAX}: give fewer numbers")));
    }
    let cases = suite.cases.iter().enumerate();
    suite.cases = cases.flat_map(|(entry, chosen)| chosen.on_cpus(entry, &counts)).collect();
    Ok(())
}

/// Makes an open loop of every case that can be one, and leaves the others out.
fn open_loop(suite: &mut Suite, rate: u64) -> Result<(), Failure> {
    let swept =
        |chosen: &SuiteCase| chosen.swept.iter().flat_map(|swept| &swept.values).any(|at| at.parameter == RATE.name);
    if let Some(chosen) = suite.cases.iter().find(|chosen| swept(chosen)) {
        return Err(Failure::usage(format!(
            "--rate {rate}: the suite sweeps the rate of {} itself",
            quoted(&chosen.case.name)
        ))
        .help("leave --rate out"));
    }
    let names: Vec<String> = suite.cases.iter().map(|chosen| chosen.case.name.clone()).collect();
    // If operations belong together, their total counts.
    suite.cases.retain(|chosen| {
        let case = &chosen.case;
        case.params.contains_key(RATE.name) && (case.workload.shape)(&case.params).granule == 1
    });
    if suite.cases.is_empty() {
        let what = format!("--rate {rate}: no case of suite `{}` takes a rate", quoted(&suite.name));
        return Err(Failure::usage(what)
            .help("cases of http-fetch, redis and mysql do, where single operations count")
            .help(format!("there are: {}", listed(names.iter().map(String::as_str)))));
    }
    for chosen in &mut suite.cases {
        chosen.case.params.insert(RATE.name.into(), rate.into());
        if let Some(swept) = &mut chosen.swept {
            // Every case of an axis has it in its name, and so has the axis.
            let parameter = RATE.name.to_owned();
            swept.values.push(SweptValue { parameter, value: rate.into(), shown: rate.to_string() });
        }
        chosen.case.name = format!("{},rate={rate}", chosen.case.name);
        // A suite's slice is for a closed loop.
        chosen.slice = None;
    }
    Ok(())
}

/// Four hexadecimal digits: enough to differ from run to run, short enough to type again.
fn draw_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (u64::from(now.subsec_nanos()) ^ now.as_secs()) & 0xffff
}
