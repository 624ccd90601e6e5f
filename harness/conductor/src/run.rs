//! A run, from its header to its last line.

use crate::failure::Failure;
use crate::fault::{Halt, Place};
use crate::measure::measure;
use crate::peers::Peers;
use crate::pin;
use crate::race::race;
use crate::row::Rows;
use crate::time::nanos;
use crate::world::{Setup, World};
use crate::written::Written;
use loopswap_protocol::listed;
use loopswap_report::record::{
    End, EndReason, FaultKind, Header, Line, PeerIdentity, Placement, Plan, Record, RowRecord, check_header,
};
use std::io;

/// A run under way.
pub struct Run<'a> {
    rows: Rows<'a>,
}

impl<'a> Run<'a> {
    /// Starts the servers and writes the header of a new record; `header` gets the peers filled in.
    ///
    /// # Errors
    /// When a server does not come up or the record cannot be written.
    pub fn begin(mut header: Header, setup: Setup<'a>) -> Result<Run<'a>, Halt> {
        check_header(&header).map_err(|what| {
            Halt::System(Failure::usage(what).help("a record that begins like this could not be read again"))
        })?;
        let peers = Peers::start(&header.plan, setup.source.clone()).map_err(Halt::System)?;
        header.peers = peers.identities();
        let world = World::new(&header, peers, setup, |journal| Written::begin(journal, header.clone()))?;
        Ok(Run { rows: Rows::new(world) })
    }

    /// Goes on with a record that was cut short.
    ///
    /// # Errors
    /// When its CPUs are not there, the servers are not those of the record or do not come up, or the record
    /// cannot be written.
    pub fn resume(record: &Record, setup: Setup<'a>) -> Result<Run<'a>, Halt> {
        let header = &record.header;
        there(&header.plan).map_err(Halt::System)?;
        let peers = Peers::start(&header.plan, setup.source.clone()).map_err(Halt::System)?;
        same_peers(&peers, &header.peers).map_err(Halt::System)?;
        let world = World::new(header, peers, setup, |journal| Written::resume(journal, header, &record.rows))?;
        Ok(Run { rows: Rows::new(world) })
    }

    /// Measures everything planned, and writes how it ended. Returns whether any target failed.
    ///
    /// # Errors
    /// Why it stopped before its end; what was measured is in the record all the same.
    pub fn finish(mut self) -> Result<bool, Halt> {
        let rows = &mut self.rows;
        let outcome = match rows.world.plan.race.clone() {
            Some(plan) => race(rows, &plan),
            None => measure(rows),
        };
        if matches!(outcome, Ok(()) | Err(Halt::TimeIsUp)) {
            (0..rows.len()).try_for_each(|row| rows.row(row).not_reached())?;
        }
        let world = &mut rows.world;
        let reason = match &outcome {
            Ok(()) | Err(Halt::TimeIsUp) => EndReason::Finished,
            Err(Halt::Interrupted) => EndReason::Interrupted,
            Err(Halt::Record(_) | Halt::System(_)) => EndReason::Failed,
        };
        let end = End {
            reason,
            wall_ns: nanos(world.times.began.elapsed()),
            turn_around_p50_ns: world.turn_around.value_at_quantile(0.5),
            turn_around_p99_ns: world.turn_around.value_at_quantile(0.99),
        };
        match outcome {
            Ok(()) | Err(Halt::TimeIsUp) => {
                world.written.line(Line::End(end))?;
                Ok(failed(world.written.rows()))
            }
            Err(Halt::Record(error)) => {
                last_words(world, &error, end);
                Err(Halt::Record(error))
            }
            Err(halt) => {
                world.written.line(Line::End(end))?;
                Err(halt)
            }
        }
    }
}

/// Whether any target failed, in this session or in one that this resumes. A record that could not be written is no
/// target.
fn failed(rows: &[RowRecord]) -> bool {
    let mut faults = rows.iter().flat_map(|row| &row.faults);
    faults.any(|fault| fault.kind.is_error() && fault.kind != FaultKind::Record)
}

/// Writes why the record ends, at the first row that is not complete.
fn last_words(world: &mut World<'_>, error: &io::Error, end: End) {
    let generations = world.plan.generations as usize;
    let row = world.written.rows().iter().position(|row| row.generations.len() < generations);
    let place = Place { row: row.unwrap_or(0), arm: None, generation: None };
    let why = place.fault(FaultKind::Record, format!("the record could not be written: {error}"));
    world.written.last_words(why, end);
}

/// Whether the CPUs of a plan can be used here.
fn there(plan: &Plan) -> Result<(), Failure> {
    if let (Some(why), true) = (pin::refused(), plan.rows.iter().any(|row| row.placement != Placement::Free)) {
        return Err(Failure::usage(format!("the record was made with processes pinned to CPUs; here {why}"))
            .help("go on where it was made, or start a new run"));
    }
    let allowed = pin::allowed();
    let of_rows = plan.rows.iter().flat_map(|row| row.runner_cpus.iter().chain(&row.peer_cpus));
    match plan.cpus.iter().chain(of_rows).find(|cpu| !allowed.contains(cpu)) {
        None => Ok(()),
        Some(cpu) => Err(Failure::usage(format!("the record was made on CPU {cpu}, which cannot be used here"))
            .help("go on where it was made, or start a new run")),
    }
}

/// Whether the peers are those of the record.
fn same_peers(peers: &Peers, then: &[PeerIdentity]) -> Result<(), Failure> {
    let now = peers.identities();
    if now == then {
        return Ok(());
    }
    let names = |peers: &[PeerIdentity]| listed(peers.iter().map(|peer| peer.name.as_str()));
    let failure = Failure::usage(format!("the record was made against {}, here serve {}", names(then), names(&now)))
        .help("unlike peers are never compared: start a new run");
    Err(peers.missing().fold(failure, Failure::help))
}
