//! From a suite to a plan: rows × arms, with CPUs and every default filled in.

use crate::axes::axes;
use crate::cpus::{Cpus, split};
use crate::failure::Failure;
use crate::suite::{Suite, SuiteCase};
use crate::time::nanos;
use loopswap_protocol::{Headline, PeerKind, Unavailable, quoted, rate_of, resolve};
use loopswap_report::record::{Arm, CpuChoice, Placement, Plan, ROWS_MAX, Role, Row};
use regex::Regex;
use std::time::Duration;

/// Operations of the smallest slice for each one in flight, if throughput counts.
const EACH: u64 = 4;
/// Default length of a slice of an open loop: long enough for a tail.
pub const PACED_SLICE: Duration = Duration::from_secs(1);
/// An open loop that takes this many times the length of its slice is given up: its rate is far too high.
const PACED_LIMIT: u64 = 4;

/// Which part of a suite to run; absent = all of it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// On the runtime's name. The reference always stays.
    pub runtime: Option<Regex>,
    /// On the workload's name.
    pub workload: Option<Regex>,
    /// On the case's whole name.
    pub case: Option<Regex>,
}

impl Filter {
    /// The cases of a suite that pass.
    pub fn cases<'a>(&'a self, suite: &'a Suite) -> impl Iterator<Item = &'a SuiteCase> {
        suite.cases.iter().filter(|chosen| self.passes(chosen))
    }

    /// Whether a case passes.
    pub(crate) fn passes(&self, SuiteCase { case, .. }: &SuiteCase) -> bool {
        passes(self.workload.as_ref(), case.workload.name) && passes(self.case.as_ref(), &case.name)
    }
}

fn passes(filter: Option<&Regex>, name: &str) -> bool {
    filter.is_none_or(|filter| filter.is_match(name))
}

/// Makes the plan of a suite on the CPUs that may be used. Whether its runtimes can run here is
/// [noted](crate::note) in it once their runners have said hello.
///
/// # Errors
/// When nothing passes the filter, or more than a record may have.
pub fn plan(suite: &Suite, filter: &Filter, cpus: &Cpus, seed: u64) -> Result<Plan, Failure> {
    let contenders: Vec<&String> = suite
        .runtimes
        .iter()
        .filter(|name| **name != suite.reference && passes(filter.runtime.as_ref(), name))
        .collect();
    if contenders.is_empty() && !passes(filter.runtime.as_ref(), &suite.reference) {
        let pattern = filter.runtime.as_ref().map_or("", Regex::as_str);
        let names = suite.runtimes.iter().map(String::as_str);
        return Err(
            Failure::nothing_matched(format!("no runtime matches `{}`", quoted(pattern))).there_are(pattern, names)
        );
    }
    let arm = |runtime: &str, role| Arm {
        runtime: runtime.to_owned(),
        role,
        side: None,
        extra_percent: None,
        unavailable: None,
        no_hello: None,
    };
    let mut arms = vec![arm(&suite.reference, Role::Reference), arm(&suite.reference, Role::Control)];
    arms.extend(contenders.into_iter().map(|name| arm(name, Role::Contender)));

    let cases: Vec<&SuiteCase> = filter.cases(suite).collect();
    fits(cases.len())?;
    let choice = cpus.choose(&cases, suite.smt);
    let rows: Vec<Row> = cases.iter().map(|chosen| row(chosen, cpus, &choice, &arms)).collect();
    if rows.is_empty() {
        let given = [&filter.workload, &filter.case].into_iter().flatten();
        let pattern = given.map(Regex::as_str).collect::<Vec<_>>().join("` and `");
        let names = suite.cases.iter().map(|chosen| chosen.case.name.as_str());
        return Err(Failure::nothing_matched(format!(
            "no case of suite `{}` matches `{}`",
            quoted(&suite.name),
            quoted(&pattern)
        ))
        .there_are(&pattern, names));
    }
    let paced_ms = rows.iter().filter(|row| row.rate().is_some()).filter_map(|row| row.slice_ms).max().unwrap_or(0);
    Ok(Plan {
        suite: suite.name.clone(),
        reference: suite.reference.clone(),
        seed,
        generations: suite.generations,
        rounds: suite.rounds,
        slice_ms: millis(suite.slice),
        limit_ms: millis(suite.limit).max(PACED_LIMIT * paced_ms),
        budget_ms: millis(suite.budget),
        runners: suite.runners.clone(),
        cpus: cpus.allowed.clone(),
        cpu_choice: Some(choice),
        race: None,
        counters: false,
        axes: axes(&cases, &rows),
        rows,
        claims: suite.claims.clone(),
    })
}

/// Refuses more rows than a record may have.
pub(crate) fn fits(rows: usize) -> Result<(), Failure> {
    if rows <= ROWS_MAX {
        return Ok(());
    }
    Err(Failure::usage(format!("there are {rows} rows to measure; a record has up to {ROWS_MAX}"))
        .help("leave some out with --case, --workload or --runtime, or make several suites"))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn row(chosen: &SuiteCase, cpus: &Cpus, choice: &CpuChoice, arms: &[Arm]) -> Row {
    let SuiteCase { case, placement, slice, cpus: wanted, .. } = chosen;
    let placement = *placement;
    let info = case.workload;
    let mut params = case.params.clone();
    let peers: Vec<PeerKind> = (info.peers)(&params);
    let (mut runner_cpus, peer_cpus) = split(placement, choice, &cpus.allowed, !peers.is_empty());
    let lacking = wanted.and_then(|wanted| lacking(wanted, runner_cpus.len()));
    runner_cpus.truncate(wanted.unwrap_or(usize::MAX));
    resolve(info.params, &mut params, runner_cpus.len());
    let shape = (info.shape)(&params);
    let rate = rate_of(&params);
    let slice = slice.or(rate.map(|_| PACED_SLICE));
    Row {
        case: case.name.clone(),
        workload: info.name.to_owned(),
        peers,
        placement,
        runner_cpus,
        peer_cpus,
        granule: shape.granule,
        in_flight: shape.in_flight,
        op_least_ns: (!shape.at_least.is_zero()).then(|| nanos(shape.at_least)),
        slice_ms: slice.map(millis),
        parallel: (info.parallel)(&params),
        headline: (info.headline)(&params),
        operation: info.operation.to_owned(),
        granule_name: info.granule.to_owned(),
        latency_name: rate.map_or_else(|| info.latency.to_owned(), |rate| format!("response time at {rate}/s")),
        why: case.why.clone(),
        read: case.read.clone(),
        traps: case.traps.clone(),
        arms: arms.iter().map(|arm| able(arm, lacking.as_ref())).collect(),
        params,
    }
}

/// Why a row cannot be measured if it wants more CPUs for runners than there are.
fn lacking(wanted: usize, there: usize) -> Option<Unavailable> {
    (wanted > there).then(|| Unavailable {
        reason: format!("it needs {wanted} CPUs for the runners, with this placement there are {there}"),
        remedy: "run it where there are more, or leave that number of CPUs out".into(),
    })
}

/// The arm in a row that lacks something, or lacks nothing.
fn able(arm: &Arm, lacking: Option<&Unavailable>) -> Arm {
    Arm { unavailable: arm.unavailable.clone().or_else(|| lacking.cloned()), ..arm.clone() }
}

/// The CPUs of one arm in one generation; `single_thread` says whether a runtime, by name, has one thread.
///
/// A single thread gets one of the row's CPUs, another one each generation, and all arms of a generation the same.
/// In a parallel row beside runtimes of several threads the single-threaded runtimes are spread over the CPUs: the
/// scheduler remembers for tens of milliseconds how loaded a CPU was, by any thread, and would put the threads of the
/// next turn elsewhere. All arms of one runtime stay together in any case, the control and both sides of a race: on
/// a crowded machine a CPU of its own is a difference.
#[must_use]
pub fn cpus_of(row: &Row, arm: usize, single_thread: impl Fn(&str) -> bool, generation: u32) -> Vec<usize> {
    let single = |arm: &Arm| single_thread(&arm.runtime);
    if row.placement == Placement::Free || (row.parallel && !single(&row.arms[arm])) {
        return row.runner_cpus.clone();
    }
    let runtime = |arm: &Arm| row.arms.iter().position(|first| first.runtime == arm.runtime);
    let spread = row.parallel && !row.arms.iter().all(single);
    let before = row.arms.iter().enumerate().take(runtime(&row.arms[arm]).unwrap_or(arm));
    let dealt = before.filter(|(index, arm)| spread && single(arm) && runtime(arm) == Some(*index)).count();
    vec![row.runner_cpus[(generation as usize + dealt) % row.runner_cpus.len()]]
}

/// The smallest slice: one granule; and if throughput counts, a few operations for each one in flight, or
/// fewer would be in flight.
pub(crate) fn smallest(row: &Row) -> u64 {
    match row.headline {
        Headline::Time | Headline::Response => row.granule,
        Headline::Rate => row.granule.max((EACH * row.in_flight).next_multiple_of(row.granule.max(1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(parallel: bool, runtimes: &[(&str, Role)]) -> Row {
        let arm = |(runtime, role): &(&str, Role)| Arm {
            runtime: (*runtime).into(),
            role: *role,
            side: None,
            extra_percent: None,
            unavailable: None,
            no_hello: None,
        };
        Row {
            case: "cpu".into(),
            workload: "cpu".into(),
            params: loopswap_protocol::Params::default(),
            peers: Vec::new(),
            placement: Placement::Split,
            runner_cpus: vec![4, 5],
            peer_cpus: Vec::new(),
            granule: 1,
            in_flight: 1,
            op_least_ns: None,
            slice_ms: None,
            parallel,
            headline: Headline::Time,
            operation: String::new(),
            granule_name: String::new(),
            latency_name: String::new(),
            why: String::new(),
            read: String::new(),
            traps: String::new(),
            arms: runtimes.iter().map(arm).collect(),
        }
    }

    fn dealt(row: &Row, generation: u32) -> Vec<Vec<usize>> {
        let single = |runtime: &str| runtime.starts_with("one");
        (0..row.arms.len()).map(|arm| cpus_of(row, arm, single, generation)).collect()
    }

    #[test]
    fn single_threads_share_a_cpu_but_in_a_parallel_row() {
        use Role::{Contender, Control, Reference};
        let runtimes = [("one-a", Reference), ("one-a", Control), ("many", Contender), ("one-b", Contender)];
        let alone = row(false, &runtimes);
        assert_eq!(dealt(&alone, 0), vec![vec![4]; 4]);
        assert_eq!(dealt(&alone, 1), vec![vec![5]; 4]);
        let parallel = row(true, &runtimes);
        assert_eq!(dealt(&parallel, 0), [vec![4], vec![4], vec![4, 5], vec![5]]);
        assert_eq!(dealt(&parallel, 1), [vec![5], vec![5], vec![4, 5], vec![4]]);
    }

    #[test]
    fn the_sides_of_a_race_share_a_cpu() {
        use Role::{Contender, Control, Reference};
        let parallel = row(true, &[("one-a", Reference), ("one-a", Control), ("one-a", Contender)]);
        assert_eq!((dealt(&parallel, 0), dealt(&parallel, 1)), (vec![vec![4]; 3], vec![vec![5]; 3]));
        let many = row(true, &[("one-a", Reference), ("one-a", Control), ("many", Contender), ("one-a", Contender)]);
        assert_eq!(dealt(&many, 0), [vec![4], vec![4], vec![4, 5], vec![4]]);
    }

    #[test]
    fn where_every_runtime_has_one_thread_none_has_a_cpu_of_its_own() {
        use Role::{Contender, Control, Reference};
        let parallel = row(true, &[("one-a", Reference), ("one-a", Control), ("one-b", Contender)]);
        assert_eq!(dealt(&parallel, 0), vec![vec![4]; 3]);
    }
}
