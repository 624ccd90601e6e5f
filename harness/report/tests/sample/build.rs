//! Writes the text of a record from a few numbers: a mock run without processes or a clock.

use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};
use loopswap_protocol::{Counted, Headline, PeerKind, Ready, Tally, Unavailable};
use loopswap_report::record::{
    Arm, Closed, End, EndReason, Environment, Fault, Header, Line, PeerIdentity, Placement, Plan, RECORD_SCHEMA, Role,
    Row, Slice, Started,
};
use loopswap_statistics::SplitMix64;

/// One runtime of a mock row.
pub(crate) struct MockArm {
    pub(crate) runtime: &'static str,
    pub(crate) role: Role,
    /// Wall time of one operation, in nanoseconds; 0 where the arm is never measured.
    pub(crate) op_ns: f64,
    /// CPUs that the runner uses.
    pub(crate) busy: f64,
    /// CPUs that the peer uses.
    pub(crate) peer_busy: f64,
    /// The fault, in the generation that it names.
    pub(crate) fault: Option<Fault>,
    pub(crate) unavailable: Option<Unavailable>,
}

/// A mock row.
pub(crate) struct MockRow {
    pub(crate) row: Row,
    pub(crate) arms: Vec<MockArm>,
    pub(crate) generations: u32,
    pub(crate) rounds: u32,
    /// Relative noise of a slice.
    pub(crate) noise: f64,
    /// Share of the CPUs that others take.
    pub(crate) neighbours: f64,
    /// Whether counting slices have latencies.
    pub(crate) latency: bool,
}

/// An arm that is measured.
pub(crate) fn arm(runtime: &'static str, role: Role, op_ns: f64, busy: f64, peer_busy: f64) -> MockArm {
    MockArm { runtime, role, op_ns, busy, peer_busy, fault: None, unavailable: None }
}

/// A row of the plan, its arms filled in by [`text`].
pub(crate) fn row(case: &str, headline: Headline, operation: &str, peers: Vec<PeerKind>) -> Row {
    let peer_cpus = if peers.is_empty() { vec![] } else { vec![1] };
    Row {
        case: case.into(),
        workload: case.split('/').next().unwrap_or(case).into(),
        params: serde_json::Map::from_iter([("conns".to_owned(), 64.into())]),
        peers,
        placement: Placement::Split,
        runner_cpus: vec![0],
        peer_cpus,
        granule: 1,
        in_flight: 64,
        op_least_ns: None,
        parallel: false,
        headline,
        operation: operation.into(),
        granule_name: operation.into(),
        slice_ms: None,
        latency_name: "service time".into(),
        why: format!("Why {case} exists."),
        read: "Higher is better.".into(),
        traps: "Beware of | and <b>.".into(),
        arms: vec![],
    }
}

/// The first line of a record.
pub(crate) fn header(rows: &[MockRow], generations: u32) -> Header {
    let plan_row = |mock: &MockRow| {
        let arms = mock.arms.iter().map(|arm| Arm {
            side: None,
            extra_percent: None,
            runtime: arm.runtime.into(),
            role: arm.role,
            unavailable: arm.unavailable.clone(),
            no_hello: None,
        });
        Row { arms: arms.collect(), ..mock.row.clone() }
    };
    Header {
        schema: RECORD_SCHEMA,
        loopswap: "0.1.0".into(),
        created: "2026-01-02T03:04:05Z".into(),
        plan: Plan {
            cpu_choice: None,
            race: None,
            counters: false,
            runners: Vec::new(),
            suite: "mock".into(),
            reference: "tokio".into(),
            seed: 0x7f3a,
            generations,
            rounds: None,
            slice_ms: 20,
            limit_ms: 2000,
            budget_ms: 60_000,
            cpus: vec![0, 1],
            rows: rows.iter().map(plan_row).collect(),
            axes: Vec::new(),
            claims: Vec::new(),
        },
        environment: Environment {
            cpu_model: "Mock CPU".into(),
            cpus_online: 2,
            cpus_allowed: vec![0, 1],
            memory_bytes: 8 << 30,
            kernel: "Linux 6.18.0 #1 SMP".into(),
            os: Some("Mock OS 1".into()),
            load_1m: 0.25,
            rustc: "rustc 1.95.0".into(),
            profile: "release".into(),
            allocator: "system".into(),
            lockfile_crc32: "0badcafe".into(),
            ..Environment::default()
        },
        runtimes: vec![],
        peers: vec![
            PeerIdentity { kind: PeerKind::Redis, name: "redis-server 7.0.15".into(), started_here: true },
            PeerIdentity { kind: PeerKind::Http, name: "loopswap http 0.1.0".into(), started_here: true },
        ],
    }
}

/// The whole text, `end` included if there is a reason for one.
pub(crate) fn text(header: Header, rows: &[MockRow], end: Option<EndReason>) -> String {
    let mut lines = vec![line(&Line::Header(Box::new(header)))];
    let mut random = SplitMix64::new(11);
    for (index, mock) in rows.iter().enumerate() {
        faults(&mut lines, index, mock, None);
        for number in 0..mock.generations {
            generation(&mut lines, &mut random, index, number, mock);
        }
    }
    if let Some(reason) = end {
        lines.push(line(&Line::End(End {
            reason,
            wall_ns: 72_400_000_000,
            turn_around_p50_ns: 4_100,
            turn_around_p99_ns: 21_000,
        })));
    }
    lines.concat()
}

fn generation(lines: &mut Vec<String>, random: &mut SplitMix64, row: usize, number: u32, mock: &MockRow) {
    let running = || mock.arms.iter().enumerate().filter(|(_, arm)| arm.op_ns > 0.0);
    let processes = running()
        .map(|(arm, _)| Started {
            arm,
            cpus: mock.row.runner_cpus.clone(),
            ready: Ready { threads: mock.row.runner_cpus.len(), rss_bytes: 3 << 20 },
            start_up: None,
        })
        .collect();
    lines.push(line(&Line::Generation { row, number, processes, confirms: false }));
    let mut timed_ns = 0;
    for _ in 0..mock.rounds {
        let drift = 1.0 + 0.1 * random.unit();
        for (index, arm) in running() {
            let noise = 1.0 + mock.noise * (random.unit() - 0.5);
            let ops = ((20e6 / arm.op_ns / mock.row.granule as f64).ceil() as u64).max(1) * mock.row.granule;
            let ns = arm.op_ns * ops as f64 * drift * noise;
            let cpu = |share: f64| (ns * share * (1.0 + 0.02 * random.clone().unit())) as u64;
            let peer_cpu_ns = (arm.peer_busy > 0.0).then(|| cpu(arm.peer_busy));
            let (ns, cpu_ns) = (ns as u64, cpu(arm.busy));
            timed_ns += ns;
            let slice = Slice { arm: index, ops, ns, typical_ns: ns - ns / 100, cpu_ns, peer_cpu_ns };
            lines.push(serde_json::to_string(&slice).expect("numbers") + "\n");
        }
    }
    for (index, arm) in running() {
        lines.push(line(&Line::Count { arm: index, counted: Box::new(counted(mock, arm, random)) }));
    }
    faults(lines, row, mock, Some(number));
    let wall_ns = timed_ns + 30_000_000;
    let foreign_ns = (mock.neighbours * wall_ns as f64 * 2.0) as u64;
    lines.push(line(&Line::Closed(Closed {
        row,
        number,
        wall_ns,
        timed_ns,
        foreign_ns,
        steal_ns: 0,
        throttled: None,
    })));
}

fn counted(mock: &MockRow, arm: &MockArm, random: &mut SplitMix64) -> Counted {
    let ops = 500;
    let latency = mock.latency.then(|| {
        let mut latency = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).expect("bounds");
        for _ in 0..ops {
            let tail = if random.unit() < 0.02 { 5.0 } else { 1.0 };
            let ns = arm.op_ns * mock.row.in_flight as f64 * tail * (0.9 + 0.2 * random.unit());
            latency.saturating_record(ns as u64);
        }
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&latency, &mut bytes).expect("a vector");
        base64::engine::general_purpose::STANDARD.encode(bytes)
    });
    Counted {
        ops,
        voluntary_switches: 40,
        involuntary_switches: 2,
        rss_peak_bytes: (3 << 20) + (arm.op_ns * 100.0) as u64,
        latency,
        notes: [("spawn_ns".to_owned(), arm.op_ns / 50.0)].into(),
        tally: Some(tally(arm, ops, random)),
    }
}

/// Counts that differ from runtime to runtime and hardly from slice to slice; polls are only counted of
/// one, and system calls of none but two.
fn tally(arm: &MockArm, ops: u64, random: &mut SplitMix64) -> Tally {
    let mut tally = Tally { ops, ..Tally::default() };
    let each = arm.runtime.len() as u64;
    tally.count("allocations", each * ops + u64::from(random.clone().unit() < 0.3));
    tally.count("allocated_bytes", each * 1000 * ops);
    match arm.runtime {
        "tokio" => tally.count("polls", 2 * ops + 1),
        _ => tally.unavailable("polls", "nobody looks"),
    }
    match arm.runtime {
        "tokio" => tally.count("syscalls", 4 * ops),
        "smol" => tally.count_by("syscalls", loopswap_protocol::PTRACE, 4 * ops),
        _ => tally.unavailable("syscalls", "perf_event_open(2) is not allowed here"),
    }
    tally
}

fn faults(lines: &mut Vec<String>, row: usize, mock: &MockRow, generation: Option<u32>) {
    for (index, arm) in mock.arms.iter().enumerate() {
        if let Some(fault) = arm.fault.as_ref().filter(|fault| fault.generation == generation) {
            lines.push(line(&Line::Fault(Fault { row, arm: Some(index), ..fault.clone() })));
        }
    }
}

/// One line of a record.
pub(crate) fn line(line: &Line) -> String {
    serde_json::to_string(line).expect("plain data") + "\n"
}
