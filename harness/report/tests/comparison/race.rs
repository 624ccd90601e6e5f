//! Races by their records: whose control counts.

use crate::sample::build::{MockRow, arm, header, line, row};
use loopswap_protocol::{Headline, Ready};
use loopswap_report::comparison::{Build, RowComparison, Rules, Verdict};
use loopswap_report::model::ControlStatus;
use loopswap_report::record::{Closed, Line, RacePlan, Role, Slice, Started};
use loopswap_report::{raced, record};
use loopswap_statistics::SplitMix64;

/// Generations of a race: how many, whether they confirm, and what BASE's twin and HEAD take of BASE's time.
struct Stage {
    generations: u32,
    confirms: bool,
    control: f64,
    head: f64,
}

const SCREENING: Stage = Stage { generations: 12, confirms: false, control: 1.0, head: 1.0 };
const FRESH: Stage = Stage { generations: 24, confirms: true, control: 1.0, head: 1.0 };

/// The only row of a race that was measured in these stages.
fn judged(stages: &[Stage]) -> RowComparison {
    let arms = [Role::Reference, Role::Control, Role::Contender].map(|role| arm("tokio", role, 1e5, 1.0, 0.0));
    let row = row("cpu/one-go", Headline::Time, "computation", vec![]);
    let rows =
        [MockRow { row, arms: arms.into(), generations: 0, rounds: 0, noise: 0.0, neighbours: 0.0, latency: false }];
    let mut header = header(&rows, 12);
    let rules = Rules {
        margin: 0.01,
        equivalence: 0.02,
        looks: vec![12],
        suspect_p: 0.0027,
        confirm_generations: 20,
        false_discovery_rate: 0.05,
        floor_ns: 0.0,
        drift: 0.0,
    };
    let environment = header.environment.clone();
    let build = Build { label: "a build".into(), program: String::new(), environment };
    header.plan.race = Some(RacePlan { base: build.clone(), head: build, rules, generation_ms: 120, confirm_seed: 2 });
    let mut lines = vec![line(&Line::Header(Box::new(header)))];
    let mut random = SplitMix64::new(5);
    let mut number = 0;
    for stage in stages {
        for _ in 0..stage.generations {
            generation(&mut lines, &mut random, number, stage);
            number += 1;
        }
    }
    raced(&record::read(&lines.concat()).expect("a record")).expect("of a race").rows.remove(0)
}

fn generation(lines: &mut Vec<String>, random: &mut SplitMix64, number: u32, stage: &Stage) {
    let started = |arm| Started { arm, cpus: vec![0], ready: Ready { threads: 1, rss_bytes: 1 << 20 }, start_up: None };
    let processes = (0..3).map(started).collect();
    lines.push(line(&Line::Generation { row: 0, number, processes, confirms: stage.confirms }));
    for _ in 0..6 {
        for (arm, factor) in [1.0, stage.control, stage.head].into_iter().enumerate() {
            let ns = (5e6 * factor * (1.0 + 0.004 * random.unit())) as u64;
            let slice = Slice { arm, ops: 50, ns, typical_ns: ns, cpu_ns: ns, peer_cpu_ns: None };
            lines.push(serde_json::to_string(&slice).expect("numbers") + "\n");
        }
    }
    let (wall_ns, timed_ns) = (100_000_000, 90_000_000);
    lines.push(line(&Line::Closed(Closed {
        row: 0,
        number,
        wall_ns,
        timed_ns,
        foreign_ns: 0,
        steal_ns: 0,
        throttled: None,
    })));
}

#[test]
fn a_change_seen_beside_a_flagged_control_counts_once_fresh_processes_show_it_beside_a_fine_one() {
    let flagged = Stage { control: 1.03, head: 1.1, ..SCREENING };
    let row = judged(&[flagged, Stage { head: 1.1, ..FRESH }]);
    assert_eq!((row.verdict, row.control.status), (Verdict::Regression, ControlStatus::Fine), "{row:?}");
}

#[test]
fn a_change_whose_fresh_control_is_flagged_is_not_trustworthy() {
    let screening = Stage { head: 1.1, ..SCREENING };
    let row = judged(&[screening, Stage { control: 1.03, head: 1.1, ..FRESH }]);
    assert_eq!(row.verdict, Verdict::NotTrustworthy, "{row:?}");
}

#[test]
fn without_a_second_opinion_the_control_of_the_first_counts() {
    let row = judged(&[Stage { control: 1.03, ..SCREENING }]);
    assert_eq!(row.verdict, Verdict::NotTrustworthy, "{row:?}");
    let row = judged(&[SCREENING]);
    assert_eq!((row.verdict, row.control.status), (Verdict::Equivalent, ControlStatus::Fine), "{row:?}");
}
