//! Which end was busy while an arm was timed: that is what its throughput shows.

use super::pace::reached;
use super::{names, percent, percent_of_cpus};
use crate::model::{ArmReport, Limit, LimitKind, RowReport};
use crate::record::{Role, Row};
use crate::words::list;

/// Share of its CPUs from which on a process is called busy.
const BUSY_MIN: f64 = 0.90;
/// Share of its CPUs below which a process is called idle.
const IDLE_MAX: f64 = 0.75;

/// Adds what limited the arms, one sentence for each kind. `taken` is the share of the CPUs that others took:
/// that share was not idle.
pub(in crate::analysis) fn bounds(row: &Row, taken: f64, report: &mut RowReport) {
    let shared = shared_cpus(row);
    // An open loop that keeps up is limited by its rate alone.
    let limited = |arm: &ArmReport| report.rate_per_s.is_none() || !reached(report.rate_per_s, arm);
    let kinds: Vec<Option<LimitKind>> =
        report.arms.iter().map(|arm| kind(row, arm, shared, taken).filter(|_| limited(arm))).collect();
    let limits: Vec<Limit> = [LimitKind::PeerBound, LimitKind::ClientBound, LimitKind::WakeUpBound, LimitKind::Mixed]
        .into_iter()
        .filter_map(|kind| {
            let concerned = report.arms.iter().zip(&kinds).filter(|(_, found)| **found == Some(kind));
            let arms: Vec<&ArmReport> = concerned.map(|(arm, _)| arm).collect();
            // A limit of the control alone concerns no runtime.
            (runtimes_in(&arms) > 0).then(|| Limit {
                kind,
                arms: arms.iter().map(|arm| arm.label()).collect(),
                sentence: sentence(kind, &arms, row, report, shared),
            })
        })
        .collect();
    report.limits.extend(limits);
}

/// How many CPUs both ends have together, if they share some.
fn shared_cpus(row: &Row) -> Option<usize> {
    let common = row.peer_cpus.iter().filter(|cpu| row.runner_cpus.contains(cpu)).count();
    (common > 0).then_some(row.runner_cpus.len() + row.peer_cpus.len() - common)
}

fn kind(row: &Row, arm: &ArmReport, shared: Option<usize>, taken: f64) -> Option<LimitKind> {
    let idle = |share: f64| share + taken < IDLE_MAX;
    let runner = arm.runner_busy?;
    let Some(peer) = arm.peer_busy else {
        return match runner.share() {
            busy if busy >= BUSY_MIN => Some(LimitKind::ClientBound),
            // How busy a peer was that loopswap did not start is unknown.
            busy if idle(busy) && row.peers.is_empty() => Some(LimitKind::WakeUpBound),
            _ => Some(LimitKind::Mixed),
        };
    };
    // On shared CPUs one end cannot be idle while the other takes all of them.
    let together = shared.map_or(0.0, |cpus| (runner.used + peer.used) / cpus as f64);
    if peer.share() >= BUSY_MIN && peer.share() > runner.share() {
        Some(LimitKind::PeerBound)
    } else if runner.share() >= BUSY_MIN || together >= BUSY_MIN {
        Some(LimitKind::ClientBound)
    } else if idle(runner.share()) && idle(peer.share()) && idle(together) {
        Some(LimitKind::WakeUpBound)
    } else {
        Some(LimitKind::Mixed)
    }
}

fn sentence(kind: LimitKind, arms: &[&ArmReport], row: &Row, report: &RowReport, shared: Option<usize>) -> String {
    let limited = names(arms, report).map_or_else(|| "limited by".to_owned(), |names| format!("{names} limited by"));
    let (runners, whose) = if runtimes_in(arms) > 1 { ("runners", "their") } else { ("runner", "its") };
    let runner = percent(arms, |arm| arm.runner_busy);
    let runner_of_cpus = percent_of_cpus(arms, whose, |arm| arm.runner_busy);
    let peer_name = peer_name(report);
    let peer = percent(arms, |arm| arm.peer_busy);
    match kind {
        LimitKind::PeerBound => format!(
            "{limited}: the peer ({peer_name} used {}; the {runners} {runner}). Read cpu/op, not ops/s.",
            percent_of_cpus(arms, "its", |arm| arm.peer_busy)
        ),
        LimitKind::ClientBound if both_busy(arms, shared) => {
            format!("{limited}: the CPU that both ends share (the {runners} used {runner}, {peer_name} {peer})")
        }
        LimitKind::ClientBound => {
            let itself = if runtimes_in(arms) > 1 { "the runners themselves" } else { "the runner itself" };
            format!("{limited}: {itself} ({runner_of_cpus}); what is measured is the runtime")
        }
        LimitKind::Mixed if report.peers.is_empty() => {
            format!("{limited}: the runner now, waiting then (the {runners} used {runner_of_cpus})")
        }
        LimitKind::Mixed => format!(
            "{limited}: neither end alone (the {runners} used {runner_of_cpus}, {peer_name} {peer}); \
             each waits for the other now and then"
        ),
        _ if row.peers.is_empty() => {
            format!("{limited}: waiting (the {runners} used {runner_of_cpus}); what differs is when they wake")
        }
        _ => format!(
            "{limited}: wake-ups, both ends idle (the {runners} used {runner_of_cpus}, {peer_name} {peer}); \
             placement decides"
        ),
    }
}

fn both_busy(arms: &[&ArmReport], shared: Option<usize>) -> bool {
    shared.is_some() && arms.iter().all(|arm| arm.runner_busy.is_some_and(|busy| busy.share() < BUSY_MIN))
}

fn runtimes_in(arms: &[&ArmReport]) -> usize {
    arms.iter().filter(|arm| arm.role != Role::Control).count()
}

/// "redis-server 7.0.15", "loopswap-http 0.1.0 and redis-server 7.0.15", without remarks in
/// brackets: the name goes into some.
fn peer_name(report: &RowReport) -> String {
    let mut names: Vec<String> =
        report.peers.iter().map(|peer| peer.name.split(" (").next().unwrap_or_default().to_owned()).collect();
    names.dedup();
    if names.is_empty() { "the peer".into() } else { list(&names) }
}
