//! Which cases are tried: the small ones of every workload that the program names, and one of each at a rate.

use super::sheet::Sheet;
use crate::case::Case;
use crate::failure::Failure;
use crate::pin;
use crate::plan::Filter;
use crate::suite::SuiteCase;
use loopswap_protocol::{Hello, RATE, Shape, listed, quoted, rate_of};
use loopswap_report::record::Placement;
use std::time::Duration;

/// Operations of a granule, at most, in a case that nobody asked for.
const GRANULE_MAX: u64 = 2000;
/// The same of operations in flight.
const IN_FLIGHT_MAX: u64 = 100;
/// The same of the time that a granule takes at least.
const TIME_MAX: Duration = Duration::from_millis(500);
/// Operations that are meant to start in a second, in a case that is made from one without a rate.
const PER_SECOND: u64 = 200;

/// The cases that are tried of a program with this hello.
pub(super) fn chosen(hello: &Hello, cases: &[Case], filter: &Filter) -> Result<Vec<SuiteCase>, Failure> {
    let named: Vec<&Case> =
        cases.iter().filter(|case| hello.workloads.iter().any(|of| of == case.workload.name)).collect();
    let wanted = |case: &&Case| filter.case.is_some() || is_small(case);
    let mut all: Vec<SuiteCase> = named.iter().copied().filter(wanted).map(of).collect();
    all.extend(at_a_rate(&all));
    all.sort_by_key(|chosen| named.iter().position(|case| case.workload.name == chosen.case.workload.name));
    let known = all.len();
    all.retain(|chosen| filter.passes(chosen));
    if all.is_empty() && known > 0 {
        let given = [&filter.workload, &filter.case].into_iter().flatten().map(regex::Regex::as_str);
        let pattern = given.collect::<Vec<_>>().join("` and `");
        let names = named.iter().map(|case| case.name.as_str());
        let what = format!("no case of a workload that it names matches `{}`", quoted(&pattern));
        return Err(Failure::nothing_matched(what).there_are(&pattern, names));
    }
    Ok(all)
}

/// Why there is no case.
pub(super) fn none(hello: &Hello) -> String {
    match &hello.workloads[..] {
        [] => "its hello names no workload".to_owned(),
        names => format!("loopswap has none of its workloads: {}", listed(names.iter().map(String::as_str))),
    }
}

/// Writes down the workloads that loopswap does not have.
pub(super) fn unknown(hello: &Hello, cases: &[Case], sheet: &mut Sheet<'_>) -> Result<(), Failure> {
    let known = |name: &String| cases.iter().any(|case| case.workload.name == name);
    for name in hello.workloads.iter().filter(|name| !known(name)) {
        sheet.skip(("work", name), "a workload of its own", "loopswap has no workload of that name")?;
    }
    Ok(())
}

/// Whether a case takes little of everything.
fn is_small(case: &Case) -> bool {
    let Shape { granule, in_flight, at_least } = (case.workload.shape)(&case.params);
    let waits = u32::try_from(granule.div_ceil(in_flight.max(1))).unwrap_or(u32::MAX);
    granule <= GRANULE_MAX && in_flight <= IN_FLIGHT_MAX.max(granule) && at_least.saturating_mul(waits) <= TIME_MAX
}

fn of(case: &Case) -> SuiteCase {
    let placement = if pin::refused().is_some() { Placement::Free } else { Placement::Split };
    SuiteCase { case: case.clone(), placement, slice: None, cpus: None, swept: None }
}

/// For each workload that takes a rate, its first case of single operations at one.
fn at_a_rate(all: &[SuiteCase]) -> Vec<SuiteCase> {
    let mut paced: Vec<SuiteCase> = Vec::new();
    for chosen in all {
        let Case { workload, params, .. } = &chosen.case;
        let takes = params.contains_key(RATE.name) && (workload.shape)(params).granule == 1;
        let has = all.iter().any(|of| of.case.workload.name == workload.name && rate_of(&of.case.params).is_some());
        if !takes || has || paced.iter().any(|of| of.case.workload.name == workload.name) {
            continue;
        }
        let mut at = chosen.clone();
        at.case.params.insert(RATE.name.into(), PER_SECOND.into());
        at.case.name = format!("{},{}={PER_SECOND}", chosen.case.name, RATE.name);
        paced.push(at);
    }
    paced
}
