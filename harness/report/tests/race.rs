//! Races as their users see them: from a record to the finding, its explanation, and the second witness.

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use loopswap_protocol::{Headline, Unavailable};
use loopswap_report::comparison::RaceExplanation;
use loopswap_report::comparison::{Build, Comparison, FailOn, Outcome, Rules, Side, Verdict, judge};
use loopswap_report::record::{
    self, EndReason, Fault, FaultKind, Generation, RacePlan, Record, Role, Round, Throttled,
};
use loopswap_report::view::comparison as view;
use loopswap_report::{Style, explain_race, raced, raced_explanation, selftest};

/// Generations that screen.
const SCREENING: u32 = 12;

/// A race of one row whose HEAD takes `factor` times as long, with screening generations followed by
/// confirming ones; `noise` is that of a slice.
pub(crate) fn race(factor: f64, noise: f64, confirming: u32) -> Record {
    let build = |role: Role, op_ns: f64| arm("tokio", role, op_ns, 0.99, 0.0);
    let arms = vec![
        build(Role::Reference, 50_000.0),
        build(Role::Control, 50_000.0),
        build(Role::Contender, 50_000.0 * factor),
    ];
    of(arms, noise, confirming)
}

fn of(arms: Vec<MockArm>, noise: f64, confirming: u32) -> Record {
    let row = row("cpu/one-go", Headline::Time, "computation", vec![]);
    let generations = SCREENING + confirming;
    let rows = [MockRow { row, arms, generations, rounds: 6, noise, neighbours: 0.0, latency: false }];
    let mut header = header(&rows, generations);
    let build = |label: &str| Build {
        label: label.into(),
        program: format!("/builds/{label}"),
        environment: header.environment.clone(),
    };
    let rules = Rules {
        margin: 0.01,
        floor_ns: 0.0,
        equivalence: 0.02,
        looks: vec![12, 20],
        suspect_p: 0.0063,
        confirm_generations: 20,
        false_discovery_rate: 0.05,
        drift: 0.0,
    };
    let (base, head) = (build("old"), build("new"));
    header.plan.race = Some(RacePlan { base, head, rules, generation_ms: 120, confirm_seed: 0xbeef });
    let mut record = record::read(&text(header, &rows, Some(EndReason::Finished))).expect("a record");
    for (number, generation) in &mut record.rows[0].generations {
        generation.confirms = *number >= SCREENING;
    }
    record
}

fn compared(record: &Record) -> Comparison {
    raced(record).expect("a race")
}

fn facts(record: &Record) -> RaceExplanation {
    explain_race(record, 0, None).expect("a row")
}

#[test]
fn a_row_is_explained() {
    let mut record = race(1.05, 0.004, 24);
    let generation = record.rows[0].generations.get_mut(&3).expect("the fourth");
    disturb(generation);
    insta::assert_snapshot!("explained-race", raced_explanation(&facts(&record)));
}

/// Gives a generation six calm rounds, of which others take one.
fn disturb(generation: &mut Generation) {
    let calm = Round { wall_ns: 60_000_000, pressure_ns: Some(0), ..Round::default() };
    generation.rounds = vec![calm; 6];
    generation.rounds[2].pressure_ns = Some(12_000_000);
    generation.closed.foreign_ns = 50_000_000;
}

#[test]
fn rounds_that_the_quota_halted_count_as_disturbed_and_the_row_says_so() {
    let mut record = race(1.05, 0.004, 24);
    let generation = record.rows[0].generations.get_mut(&3).expect("the fourth");
    let calm = Round { wall_ns: 60_000_000, pressure_ns: Some(0), ..Round::default() };
    generation.rounds = vec![calm; 6];
    generation.rounds[2].throttled = Some(Throttled { periods: 1, ns: 40_000_000 });
    let row = compared(&record).rows.remove(0);
    assert_eq!((row.rounds, row.disturbed_rounds, row.throttled_rounds), (6, 1, 1));
    assert!(row.sentence.contains("the CPU quota halted 1 of 6 rounds"), "{}", row.sentence);
}

#[test]
fn an_arm_that_failed_in_one_generation_fails_the_row_and_the_gate_and_is_named() {
    let fault = |arm: Option<usize>, kind: FaultKind| Fault {
        row: 0,
        arm,
        generation: Some(3),
        kind,
        message: "a check failed".into(),
        stderr: String::new(),
        projected_ns: None,
    };
    for (arm, says) in [
        (Some(0), "failed: BASE: tokio, generation 3: a check failed"),
        (Some(1), "failed: control: tokio, generation 3: a check failed"),
        (Some(2), "failed: HEAD: tokio, generation 3: a check failed"),
        (None, "failed: generation 3: a check failed"),
    ] {
        let mut record = race(1.0, 0.004, 0);
        record.rows[0].faults = vec![fault(arm, FaultKind::Failed), fault(arm, FaultKind::Crashed)];
        let found = compared(&record);
        let row = &found.rows[0];
        assert_eq!((row.verdict, row.sentence.as_str()), (Verdict::Error, format!("{says}, and 1 more").as_str()));
        let gate = judge(&found, &FailOn::ALL.into(), Vec::new());
        assert_eq!(gate.outcome, Outcome::TargetFailed, "{}", gate.reason);
        let table = view::table(&found, Style::default());
        assert!(table.contains(" !") && table.contains(says.trim_start_matches("failed: ")), "{table}");
    }
    // What an arm cannot do is no failure of it.
    let mut record = race(1.0, 0.004, 0);
    record.rows[0].faults = vec![fault(Some(2), FaultKind::NotReached)];
    assert_eq!(compared(&record).rows[0].verdict, Verdict::Equivalent);
}

#[test]
fn a_single_generation_has_a_ratio_and_no_interval() {
    let mut record = race(1.18, 0.004, 0);
    record.rows[0].generations.retain(|number, _| *number == 0);
    let found = compared(&record);
    assert!(found.rows[0].ratio.is_some_and(|ratio| ratio.n == 1), "{:?}", found.rows[0].ratio);
    assert!(found.rows[0].sentence.contains("1 generation, a verdict"), "{}", found.rows[0].sentence);
    assert!(found.family.contains("over the one row"), "{}", found.family);
    for shown in [view::table(&found, Style::default()), view::markdown(&found)] {
        let line = shown.lines().find(|line| line.contains("1.18")).expect("the ratio");
        assert!(!line.contains('±'), "{shown}");
    }
}

#[test]
fn the_explanation_agrees_with_the_comparison() {
    for (factor, confirming, verdict) in
        [(1.05, 24, Verdict::Regression), (1.0, 0, Verdict::Equivalent), (1.05, 0, Verdict::Inconclusive)]
    {
        let record = race(factor, 0.004, confirming);
        let row = compared(&record).rows.remove(0);
        assert_eq!(row.verdict, verdict, "{row:?}");
        let facts = facts(&record);
        assert_eq!(facts.found.as_deref(), Ok(&row));
        let logs: Vec<f64> = facts.screening.iter().map(|value| value.log).collect();
        let centre = loopswap_statistics::hodges_lehmann(&logs).expect("values");
        assert!((centre.exp() - row.ratio.expect("a ratio").value).abs() < 1e-12, "{centre}");
        assert_eq!((logs.len(), facts.confirming.len()), (row.generations, confirming as usize));
        let [look] = facts.looks.as_slice() else { panic!("one look: {:?}", facts.looks) };
        assert_eq!((Some(look.p), look.threshold.exp_m1()), (row.p, row.threshold));
        let told = raced_explanation(&facts).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(&row.sentence), "{told}");
        assert_eq!(told.contains("second opinion"), row.suspect, "{told}");
    }
    assert_eq!(explain_race(&race(1.0, 0.004, 0), 1, None), None, "there is no such row");
}

#[test]
fn disturbed_rounds_are_marked_and_left_out_for_a_second_look() {
    let mut record = race(1.05, 0.004, 24);
    record.rows[0].generations.values_mut().take(2).for_each(disturb);
    let facts = facts(&record);
    let disturbed: Vec<usize> = facts.screening.iter().map(|value| value.disturbed).collect();
    assert_eq!(disturbed[..3], [1, 1, 0]);
    assert_eq!(facts.undisturbed.expect("twelve generations").n, 12);
    let told = raced_explanation(&facts).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("2 of 12 rounds were disturbed by neighbours"), "{told}");
    assert!(told.contains("the finding is the same"), "{told}");
    assert_eq!(told.matches(" %*").count(), 2, "HEAD; the control is of the fresh generations: {told}");
}

#[test]
fn a_finding_is_not_another_because_too_few_rounds_remain() {
    // A clear change, but a neighbour leaves only nine generations: no nine have a p that makes a row
    // suspect.
    let mut record = race(1.17, 0.004, 24);
    for generation in record.rows[0].generations.values_mut().take(3) {
        disturb(generation);
        generation.rounds.iter_mut().for_each(|round| round.pressure_ns = Some(12_000_000));
    }
    let calm = Round { wall_ns: 60_000_000, pressure_ns: Some(0), ..Round::default() };
    record.rows[0].generations.values_mut().skip(3).for_each(|generation| generation.rounds = vec![calm; 6]);
    let comparison = compared(&record);
    let row = &comparison.rows[0];
    assert_eq!((row.verdict, row.disturbed_rounds, row.same_without_disturbed), (Verdict::Regression, 18, None));
    assert!(!row.sentence.contains("another"), "{}", row.sentence);
    let said = "18 of 72 rounds were disturbed by neighbours, and too few remain without them to tell";
    assert!(view::markdown(&comparison).contains(said), "{}", view::markdown(&comparison));
    let told = raced_explanation(&facts(&record)).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("too few rounds remain to tell whether the finding is the same"), "{told}");
}

#[test]
fn a_finding_that_the_disturbed_rounds_have_made_is_another_without_them() {
    // HEAD takes as long as BASE, but for three rounds in six that a neighbour had.
    let mut record = race(1.0, 0.004, 0);
    for generation in record.rows[0].generations.values_mut() {
        disturb(generation);
        (0..3).for_each(|round| generation.rounds[round].pressure_ns = Some(12_000_000));
        let head = generation.processes.get_mut(&2).expect("HEAD");
        head.slices.iter_mut().take(3).for_each(|slice| {
            (slice.ns, slice.typical_ns) = (slice.ns * 2, slice.typical_ns * 2);
        });
    }
    let row = compared(&record).rows.remove(0);
    assert!(row.suspect, "{row:?}");
    assert_eq!((row.disturbed_rounds, row.same_without_disturbed), (36, Some(false)), "{row:?}");
    assert!(row.sentence.contains("without the 36 of 72 rounds that a neighbour disturbed the finding is another"));
}

#[test]
fn a_wanted_precision_costs_more_the_finer_it_is() {
    let record = race(1.05, 0.05, 0);
    let wall = |precision| explain_race(&record, 0, Some(precision)).expect("a row").plan.expect("a plan").wall_ns;
    assert!(wall(0.0005) > wall(0.005) && wall(0.005) >= wall(0.1));
}

#[test]
fn a_side_without_a_result_is_named_with_its_reason() {
    let tokio = |role| arm("tokio", role, 50_000.0, 0.99, 0.0);
    let unavailable = Unavailable { reason: "no such runtime".into(), remedy: String::new() };
    let head = MockArm { op_ns: 0.0, unavailable: Some(unavailable), ..tokio(Role::Contender) };
    let record = of(vec![tokio(Role::Reference), tokio(Role::Control), head], 0.004, 0);
    let facts = facts(&record);
    assert_eq!(facts.found.as_ref().map_err(|missing| missing.lacking), Err(Side::Head));
    let told = raced_explanation(&facts);
    assert!(told.contains("HEAD lacks cpu/one-go on tokio: no such runtime"), "{told}");
}

/// Sets the CPU time per operation of HEAD to `factor` times that of BASE, exactly, whatever the time was.
fn burn(record: &mut Record, from: u32, factor: f64) {
    let generations = record.rows[0].generations.range_mut(from..);
    for (number, generation) in generations {
        for (arm, process) in &mut generation.processes {
            // A little of each generation's own, or the interval would be a point.
            let own = 1.0 + f64::from(number % 5) * 1e-4;
            let ns_per_op = if *arm == 2 { 50_000.0 * factor * own } else { 50_000.0 };
            process.slices.iter_mut().for_each(|slice| slice.cpu_ns = (slice.ops as f64 * ns_per_op) as u64);
        }
    }
}

#[test]
fn cpu_time_is_the_second_witness_of_an_undecided_row() {
    let mut record = race(1.0, 0.5, 0);
    burn(&mut record, 0, 1.05);
    let comparison = compared(&record);
    let row = &comparison.rows[0];
    assert_eq!(row.verdict, Verdict::Inconclusive, "{row:?}");
    let witness = row.cpu_witness.as_ref().expect("a witness");
    assert_eq!((witness.threshold, witness.confirmed), (0.01_f64.ln_1p().exp_m1(), None));
    assert!(witness.sentence.starts_with("CPU time per operation +5.0"), "{}", witness.sentence);
    assert!(row.sentence.ends_with(&format!("; {}", witness.sentence)), "{}", row.sentence);
    assert!(view::markdown(&comparison).contains("wall time undecided"));
    assert!(view::table(&comparison, Style::default()).contains("tokio: CPU time per operation +5.0"));

    let tally = selftest::tally(std::slice::from_ref(&record)).expect("a race");
    assert_eq!((tally.overall[0].inconclusive, tally.overall[0].told_by_cpu), (1, 1));
    assert!(selftest::table(&tally).contains("after; of the undecided, CPU time shows a change in 1\n"));

    // A note, whatever else is to fail.
    let gate = judge(&comparison, &[FailOn::Regression, FailOn::Error].into(), Vec::new());
    assert_eq!((gate.outcome, gate.notes.len()), (Outcome::Passed, 1));
    assert_eq!(gate.notes[0].sentence, witness.sentence);
    assert!((gate.notes[0].ratio.expect("a ratio") - 1.05).abs() < 1e-3);
    assert!(view::summary(&comparison, &gate).contains("Notes, which fail nothing"), "a person reads it");
    assert!(view::github(&gate).contains("::notice title=loopswap%3A cpu/one-go on tokio CPU time changed::"));
}

#[test]
fn the_second_witness_keeps_to_the_rules_of_the_first() {
    let heard = |record: &Record| compared(record).rows[0].cpu_witness.is_some();
    let burnt = |factor: f64| {
        let mut record = race(1.0, 0.5, 0);
        burn(&mut record, 0, factor);
        record
    };
    assert!(heard(&burnt(1.02)) && heard(&burnt(0.95)));
    assert!(!heard(&burnt(1.009)), "within the margin");
    let mut floored = burnt(1.02);
    floored.header.plan.race.as_mut().expect("a race").rules.floor_ns = 2000.0;
    assert!(!heard(&floored), "less than the floor: 1 µs of 50");
    // A control that differs from BASE in CPU time.
    let mut restless = burnt(1.05);
    for generation in restless.rows[0].generations.values_mut() {
        let control = generation.processes.get_mut(&1).expect("the control");
        control.slices.iter_mut().for_each(|slice| slice.cpu_ns += slice.cpu_ns / 25);
    }
    assert!(!heard(&restless), "the control is not fine");
    // If the time decides, the CPU time is not asked.
    let mut clear = race(1.0, 0.004, 0);
    burn(&mut clear, 0, 1.05);
    assert_eq!(compared(&clear).rows[0].verdict, Verdict::Equivalent);
    assert!(!heard(&clear));
    // Fresh processes decide if there are any.
    for (fresh, expected) in [(1.05, Some(true)), (1.0, None)] {
        let mut record = race(1.0, 0.5, 24);
        burn(&mut record, 0, 1.05);
        burn(&mut record, SCREENING, fresh);
        let row = compared(&record).rows.remove(0);
        assert_eq!(row.cpu_witness.and_then(|witness| witness.confirmed), expected, "{}", row.sentence);
    }
}

/// Sets the CPU time of HEAD to 1.05 times that of BASE, and `steps(number)` times 0.025 % more.
fn burn_in_steps(record: &mut Record, steps: fn(u32) -> u32) {
    for (number, generation) in &mut record.rows[0].generations {
        for (arm, process) in &mut generation.processes {
            let factor = if *arm == 2 { 1.05 + f64::from(steps(*number)) * 2.5e-4 } else { 1.0 };
            process.slices.iter_mut().for_each(|slice| slice.cpu_ns = (slice.ops as f64 * 50_000.0 * factor) as u64);
        }
    }
}

#[test]
fn the_p_of_the_second_witness_allows_for_the_order_of_generations_as_that_of_the_first_does() {
    let p = |steps: fn(u32) -> u32| {
        let mut record = race(1.0, 0.5, 0);
        burn_in_steps(&mut record, steps);
        compared(&record).rows.remove(0).cpu_witness.expect("a witness").p
    };
    // The same twelve values, shuffled and in a row.
    let (shuffled, drifting) = (p(|number| number * 5 % 12), p(|number| number));
    assert!((shuffled - 2.0 / 4096.0).abs() < 1e-12, "the signed-rank p of twelve values of one sign: {shuffled}");
    assert!(drifting > shuffled, "{drifting}");
}

#[test]
fn a_scattering_control_raises_the_threshold_up_to_a_tenth_as_in_a_run() {
    let mut record = race(1.0, 0.004, 0);
    for (number, generation) in &mut record.rows[0].generations {
        let control = generation.processes.get_mut(&1).expect("the control");
        let factor = if number % 2 == 0 { 1.3 } else { 1.0 / 1.3 };
        for slice in &mut control.slices {
            slice.ns = (slice.ns as f64 * factor) as u64;
            slice.typical_ns = slice.ns;
        }
    }
    let facts = facts(&record);
    let row = facts.found.as_ref().expect("a row");
    assert!(facts.thresholds.control_reach.is_some_and(|reach| reach > 0.2), "{:?}", facts.thresholds);
    assert!((row.threshold - 0.10).abs() < 1e-12, "{}", row.threshold);
    assert!((facts.thresholds.margin_max - 0.10).abs() < 1e-12, "{}", facts.thresholds.margin_max);
}
