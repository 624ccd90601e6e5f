//! One small record in which everything happens once.

pub(crate) mod build;

use build::{MockArm, MockRow, arm, header, row, text};
use loopswap_protocol::{Headline, PeerKind, RuntimeInfo, Topology, Unavailable};
use loopswap_report::record::{EndReason, Fault, FaultKind, Placement, Role};
use std::sync::LazyLock;

/// The text of the record: seven runtimes, four rows.
pub(crate) fn sample() -> &'static str {
    static SAMPLE: LazyLock<String> = LazyLock::new(write);
    &SAMPLE
}

fn write() -> String {
    let rows = [sleep(), redis(), cpu(), fetch()];
    let mut header = header(&rows, 12);
    header.runtimes = vec![
        runtime("tokio", "tokio", "1.54.0", Topology::WorkStealing, None),
        runtime("smol", "smol", "2.0.2", Topology::WorkStealing, None),
        runtime(
            "async-std",
            "async-std",
            "1.13.2",
            Topology::WorkStealing,
            Some("discontinued since 1 March 2025; use smol"),
        ),
        runtime("threads", "std", "1.95.0", Topology::ThreadPerTask, None),
    ];
    text(header, &rows, Some(EndReason::Interrupted))
}

fn runtime(name: &str, package: &str, version: &str, topology: Topology, discontinued: Option<&str>) -> RuntimeInfo {
    RuntimeInfo {
        name: name.into(),
        package: package.into(),
        version: version.into(),
        driver: "epoll".into(),
        topology,
        about: format!("What {name} is."),
        discontinued: discontinued.map(Into::into),
        unsupported: std::collections::BTreeMap::new(),
        made_of: loopswap_protocol::MadeOf::default(),
    }
}

fn tokio(op_ns: f64, busy: f64, peer_busy: f64) -> Vec<MockArm> {
    vec![arm("tokio", Role::Reference, op_ns, busy, peer_busy), arm("tokio", Role::Control, op_ns, busy, peer_busy)]
}

fn contender(runtime: &'static str, op_ns: f64, busy: f64, peer_busy: f64) -> MockArm {
    arm(runtime, Role::Contender, op_ns, busy, peer_busy)
}

fn fault(kind: FaultKind, generation: Option<u32>, message: &str) -> Fault {
    Fault {
        row: 0,
        arm: None,
        generation,
        kind,
        message: message.into(),
        stderr: "thread 'main' panicked at src/lib.rs:1\n".into(),
        projected_ns: None,
    }
}

/// Nobody is busy; one arm did not finish, one cannot run, one fails once and has a result.
fn sleep() -> MockRow {
    let mut arms = tokio(11_400.0, 0.06, 0.0);
    arms.push(MockArm {
        fault: Some(fault(FaultKind::Failed, Some(3), "expected 1000 tasks, 999 ended")),
        ..contender("smol", 11_300.0, 0.05, 0.0)
    });
    arms.push(contender("async-std", 12_400.0, 0.09, 0.0));
    arms.push(contender("threads", 31_000.0, 0.61, 0.0));
    arms.push(MockArm {
        fault: Some(Fault {
            projected_ns: Some(10_120_000_000),
            ..fault(FaultKind::DidNotFinish, None, "a granule takes longer than the limit")
        }),
        ..contender("sequential", 0.0, 0.0, 0.0)
    });
    arms.push(MockArm {
        unavailable: Some(Unavailable {
            reason: "glommio needs 512 KiB of locked memory per executor, the limit here is 64 KiB".into(),
            remedy: "raise it: `ulimit -l 8192` or LimitMEMLOCK= in the unit; see `loopswap doctor`".into(),
        }),
        ..contender("glommio", 0.0, 0.0, 0.0)
    });
    let mut row = row("sleep/tasks=1000", Headline::Time, "task", vec![]);
    row.granule = 1000;
    row.in_flight = 1000;
    row.granule_name = "fan-out".into();
    row.latency_name = "timer overshoot".into();
    row.read = "Lower is better: the wall time of the whole fan-out.".into();
    MockRow { row, arms, generations: 12, rounds: 3, noise: 0.02, neighbours: 0.01, latency: true }
}

/// The peer is the limit; one arm crashes.
fn redis() -> MockRow {
    let mut arms = tokio(90_000.0, 0.61, 0.97);
    arms.push(contender("smol", 90_500.0, 0.52, 0.97));
    arms.push(contender("tokio-current-thread", 89_000.0, 0.57, 0.98));
    arms.push(contender("threads", 93_000.0, 0.86, 0.95));
    arms.push(contender("sequential", 900_000.0, 0.31, 0.22));
    arms.push(MockArm {
        fault: Some(fault(FaultKind::Crashed, None, "the runner ended with exit code 101")),
        ..contender("async-std", 0.0, 0.0, 0.0)
    });
    let row = row("redis/conns=64", Headline::Rate, "HSET + HGETALL", vec![PeerKind::Redis]);
    MockRow { row, arms, generations: 12, rounds: 3, noise: 0.02, neighbours: 0.0, latency: true }
}

/// The control differs from the reference.
fn cpu() -> MockRow {
    let mut arms = tokio(1_040_000.0, 0.99, 0.0);
    arms[1].op_ns *= 1.03;
    arms.push(contender("smol", 1_030_000.0, 1.0, 0.0));
    let row = row("cpu/one-go", Headline::Time, "computation", vec![]);
    MockRow { row, arms, generations: 12, rounds: 3, noise: 0.005, neighbours: 0.0, latency: false }
}

/// Cut short, disturbed, and on one CPU; one arm was never reached.
fn fetch() -> MockRow {
    let mut arms = tokio(21_000.0, 0.55, 0.43);
    arms.push(contender("smol", 23_000.0, 0.57, 0.41));
    arms.push(contender("threads", 0.0, 0.0, 0.0));
    let mut row = row("http-fetch/size=4KiB,conns=64", Headline::Rate, "download", vec![PeerKind::Http]);
    row.placement = Placement::SameCore;
    row.peer_cpus = vec![0];
    MockRow { row, arms, generations: 3, rounds: 2, noise: 0.2, neighbours: 0.12, latency: true }
}
