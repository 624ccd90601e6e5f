//! Every number of a record, checked where it is read: later code relies on it, indexes by it and divides by
//! it. Limits are far beyond what a run can write, and small enough that nothing overflows.

use super::{
    Calibration, Closed, Fault, Header, Line, Plan, ROUNDS_MAX, ROWS_MAX, RacePlan, Role, Round, Row, Rules, Slice,
    Started,
};
use crate::figures::figures;
use loopswap_protocol::{Counted, quoted};
use std::fmt::{Debug, Display};
use std::ops::RangeInclusive;

/// Arms of a row.
const ARMS_MAX: usize = 1000;
/// Generations of a row, those that confirm included.
const GENERATIONS_MAX: u32 = 4000;
/// CPUs of a list, and their numbers.
const CPUS_MAX: usize = 8192;
/// Length of a run and of everything in it, in milliseconds: a year.
const MS_MAX: u64 = 366 * 24 * 3600 * 1000;
/// Length of a slice, and of the CPU time that it takes, in nanoseconds: a month.
const NS_MAX: u64 = 31 * 24 * 3600 * 1_000_000_000;
/// Operations of a slice: the largest count that a double holds exactly.
const OPS_MAX: u64 = 1 << 53;
/// Most operations in a nanosecond: ten on each CPU.
const OPS_PER_NS_MAX: u64 = 10 * CPUS_MAX as u64;
/// The coarsest clocks count in ticks of this many nanoseconds (100 a second), and may show one too few.
const TICK_NS: u64 = 10_000_000;
/// Operations under way at once.
const IN_FLIGHT_MAX: u64 = 1 << 40;
/// Operations per second.
const RATE_MAX: u64 = 1_000_000_000;
/// Figures that a runner names itself, and loads.
const FIGURE_MAX: f64 = 1e18;
/// Figures that a runner gives names of its own, in one slice.
const NOTES_MAX: usize = 1000;
/// Bytes of memory of a process.
const BYTES_MAX: u64 = 1 << 50;

fn within<T: PartialOrd + Debug>(field: impl Display, value: T, range: RangeInclusive<T>) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    // A fraction of 1e300 is not written out with its zeros.
    Err(format!("`{field}` is {value:?}: takes {:?} to {:?}", range.start(), range.end()))
}

/// Checks the header: what a run needs to continue, and a report to be computed. Call it before writing one.
///
/// # Errors
/// Which field is beyond its limits, and which values it takes.
pub fn header(header: &Header) -> Result<(), String> {
    // Parameters are checked too, since a report repeats them as they are.
    figures(&serde_json::to_value(header).map_err(|error| error.to_string())?)?;
    within("environment.load_1m", header.environment.load_1m, 0.0..=FIGURE_MAX)?;
    plan(&header.plan)
}

/// Checks a plan: what a run needs to continue, and a report to be computed. Call it before measuring one.
///
/// # Errors
/// Which field is beyond its limits, and which values it takes.
pub fn plan(plan: &Plan) -> Result<(), String> {
    let Plan { generations, rounds, slice_ms, limit_ms, budget_ms, cpus: of_run, rows, axes, race, runners, .. } = plan;
    within("plan.generations", *generations, 1..=GENERATIONS_MAX)?;
    within("plan.rounds", rounds.unwrap_or(1), 1..=ROUNDS_MAX)?;
    within("plan.slice_ms", *slice_ms, 1..=MS_MAX)?;
    within("plan.limit_ms", *limit_ms, 1..=MS_MAX)?;
    within("plan.budget_ms", *budget_ms, 1..=MS_MAX)?;
    cpus("plan.cpus", of_run)?;
    within("plan.rows, their number,", rows.len(), 1..=ROWS_MAX)?;
    for (index, planned) in rows.iter().enumerate() {
        row(planned, race.is_some()).map_err(|what| format!("plan.rows[{index}]: {what}"))?;
    }
    for (index, axis) in axes.iter().enumerate() {
        for (place, point) in axis.points.iter().enumerate() {
            within(format!("plan.axes[{index}].points[{place}].row"), point.row, 0..=rows.len() - 1)?;
        }
    }
    if let Some(runner) = runners.iter().find(|runner| runner.command.is_empty()) {
        return Err(format!("plan.runners: `{}` has no command", quoted(&runner.name)));
    }
    race.as_ref().map_or(Ok(()), race_plan)
}

fn row(row: &Row, raced: bool) -> Result<(), String> {
    within("granule", row.granule, 1..=u64::MAX)?;
    within("in_flight", row.in_flight, 0..=IN_FLIGHT_MAX)?;
    within("op_least_ns", row.op_least_ns.unwrap_or(0), 0..=NS_MAX)?;
    within("slice_ms", row.slice_ms.unwrap_or(1), 1..=MS_MAX)?;
    within("rate", row.rate().unwrap_or(1), 1..=RATE_MAX)?;
    cpus("runner_cpus", &row.runner_cpus)?;
    if !row.peers.is_empty() {
        cpus("peer_cpus", &row.peer_cpus)?;
    }
    within("arms, their number,", row.arms.len(), 1..=ARMS_MAX)?;
    let roles: Vec<Role> = row.arms.iter().map(|arm| arm.role).collect();
    if roles[0] != Role::Reference || roles[1..].contains(&Role::Reference) {
        return Err("`arms`: the first is the reference, and no other".into());
    }
    if raced && roles != [Role::Reference, Role::Control, Role::Contender] {
        return Err("`arms`: a race has BASE, its control, and HEAD, in this order".into());
    }
    Ok(())
}

fn race_plan(race: &RacePlan) -> Result<(), String> {
    let Rules { margin, floor_ns, equivalence, looks, suspect_p, confirm_generations, false_discovery_rate, drift } =
        &race.rules;
    for (field, fraction) in [
        ("margin", margin),
        ("equivalence", equivalence),
        ("drift", drift),
        ("suspect_p", suspect_p),
        ("false_discovery_rate", false_discovery_rate),
    ] {
        within(format!("plan.race.rules.{field}"), *fraction, 0.0..=10.0)?;
    }
    within("plan.race.rules.floor_ns", *floor_ns, 0.0..=NS_MAX as f64)?;
    within("plan.race.rules.confirm_generations", *confirm_generations, 0..=GENERATIONS_MAX)?;
    for (index, look) in looks.iter().enumerate() {
        within(format!("plan.race.rules.looks[{index}]"), *look, 1..=GENERATIONS_MAX)?;
    }
    if !looks.is_sorted() {
        return Err("`plan.race.rules.looks` are not in ascending order".into());
    }
    for (field, build) in [("base", &race.base), ("head", &race.head)] {
        let field = format!("plan.race.{field}.environment.load_1m");
        within(field, build.environment.load_1m, 0.0..=FIGURE_MAX)?;
    }
    within("plan.race.generation_ms", race.generation_ms, 1..=MS_MAX)
}

fn cpus(field: &str, cpus: &[usize]) -> Result<(), String> {
    within(format!("{field}, their number,"), cpus.len(), 1..=CPUS_MAX)?;
    cpus.iter().try_for_each(|cpu| within(field, *cpu, 0..=CPUS_MAX - 1))
}

/// A line but the header; `arms` has the number of arms of each row.
pub(super) fn line(line: &Line, arms: &[usize]) -> Result<(), String> {
    match line {
        Line::Header(_) | Line::Resumed { .. } | Line::End(_) => Ok(()),
        Line::Calibrated { row, arm, ops, ns } => {
            place(*row, Some(*arm), arms)?;
            calibration(Calibration { ops: *ops, ns: *ns })
        }
        Line::Generation { row, number, processes, .. } => {
            place(*row, None, arms)?;
            within("number", *number, 0..=GENERATIONS_MAX - 1)?;
            processes.iter().try_for_each(|started| process(*row, started, arms))
        }
        Line::Round(found) => round(*found),
        Line::WarmUp(found) => slice(found),
        Line::Response { .. } | Line::Sampled { .. } => Ok(()),
        Line::Count { counted: found, .. } => counted(found),
        Line::Fault(Fault { row, arm, .. }) => place(*row, *arm, arms),
        Line::Closed(found) => {
            place(found.row, None, arms)?;
            closed(*found)
        }
    }
}

/// A counting slice. The conductor asks first, so that a runner's own figures never damage a record.
///
/// # Errors
/// Which figure is beyond its limits, and what it takes.
pub fn counted(counted: &Counted) -> Result<(), String> {
    within("ops", counted.ops, 1..=OPS_MAX)?;
    within("notes, their number,", counted.notes.len(), 0..=NOTES_MAX)?;
    for (name, figure) in &counted.notes {
        within(quoted(name), *figure, -FIGURE_MAX..=FIGURE_MAX)?;
    }
    within("rss_peak_bytes", counted.rss_peak_bytes, 0..=BYTES_MAX)
}

fn place(row: usize, arm: Option<usize>, arms: &[usize]) -> Result<(), String> {
    let of = *arms.get(row).ok_or_else(|| format!("row {row} of {}", arms.len()))?;
    match arm {
        Some(arm) if arm >= of => Err(format!("arm {arm} of {of} in row {row}")),
        _ => Ok(()),
    }
}

fn process(row: usize, started: &Started, arms: &[usize]) -> Result<(), String> {
    place(row, Some(started.arm), arms)?;
    cpus("cpus", &started.cpus)?;
    let times = started.start_up.map_or([0, 0], |found| [found.hello_ns, found.ready_ns]);
    times.into_iter().try_for_each(|ns| within("start_up", ns, 0..=NS_MAX))?;
    within("rss_bytes", started.ready.rss_bytes, 0..=BYTES_MAX)
}

fn calibration(found: Calibration) -> Result<(), String> {
    work(found.ops, found.ns)
}

/// Operations and the time that they took.
fn work(ops: u64, ns: u64) -> Result<(), String> {
    within("ops", ops, 1..=OPS_MAX)?;
    within("ns", ns, 0..=NS_MAX)?;
    if ops / OPS_PER_NS_MAX > ns + TICK_NS {
        return Err(format!("`ops` is {ops} in {ns} ns: more than any machine does"));
    }
    Ok(())
}

/// A slice, timed or to warm up.
pub(super) fn slice(slice: &Slice) -> Result<(), String> {
    work(slice.ops, slice.ns)?;
    within("typical_ns", slice.typical_ns, 0..=NS_MAX)?;
    within("cpu_ns", slice.cpu_ns, 0..=NS_MAX)?;
    within("peer_cpu_ns", slice.peer_cpu_ns.unwrap_or(0), 0..=NS_MAX)
}

fn round(round: Round) -> Result<(), String> {
    within("wall_ns", round.wall_ns, 0..=NS_MAX)?;
    within("pressure_ns", round.pressure_ns.unwrap_or(0), 0..=NS_MAX)
}

fn closed(closed: Closed) -> Result<(), String> {
    within("wall_ns", closed.wall_ns, 0..=NS_MAX)?;
    within("timed_ns", closed.timed_ns, 0..=NS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_with_the_field_and_what_it_takes() {
        let told = within("plan.generations", 0, 1..=4000).expect_err("too few");
        assert_eq!(told, "`plan.generations` is 0: takes 1 to 4000");
        assert!(within("margin", f64::NAN, 0.0..=10.0).is_err(), "what is no number is in no range");
        assert_eq!(place(2, None, &[3, 3]).expect_err("two rows"), "row 2 of 2");
        assert_eq!(place(1, Some(3), &[3, 3]).expect_err("three arms"), "arm 3 of 3 in row 1");
        let idle = Slice { arm: 0, ops: 0, ns: 1, typical_ns: 1, cpu_ns: 1, peer_cpu_ns: None };
        assert!(slice(&idle).expect_err("no operations").starts_with("`ops` is 0"));
        let busy = Slice { ops: 1, cpu_ns: u64::MAX, ..idle };
        let fast = Slice { ops: OPS_MAX, ns: 10_000_000, ..idle };
        assert!(slice(&fast).expect_err("a lie").ends_with("in 10000000 ns: more than any machine does"));
        assert!(slice(&busy).expect_err("a lie").starts_with("`cpu_ns` is 18446744073709551615"));
    }
}
