//! The way from raw generations to a verdict, from a fixed record.

use crate::sample::sample;
use loopswap_report::model::{Explanation, Verdict};
use loopswap_report::{analyse, explain, explanation, record};

fn facts(row: usize, runtime: Option<&str>) -> Explanation {
    let record = record::read(sample()).expect("a record");
    explain(&record, row, runtime, None).expect("a row")
}

#[test]
fn a_row_is_explained() {
    insta::assert_snapshot!("explained", explanation(&facts(1, None)));
}

#[test]
fn one_runtime_is_explained_with_its_missing_result() {
    insta::assert_snapshot!("explained-one", explanation(&facts(0, Some("sequential"))));
}

#[test]
fn doubts_are_explained() {
    insta::assert_snapshot!("explained-doubts", explanation(&facts(3, Some("smol"))));
}

#[test]
fn the_explanation_agrees_with_the_report() {
    let record = record::read(sample()).expect("a record");
    let report = analyse(&record);
    for (index, row) in report.rows.iter().enumerate() {
        let facts = facts(index, None);
        assert_eq!((&facts.row.case, &facts.family), (&row.case, &report.family));
        for arm in &facts.arms {
            let explained = &facts.row.arms[arm.index];
            let reported = row.arms.iter().find(|arm| arm.runtime == explained.runtime && arm.role == explained.role);
            assert_eq!(Some(explained), reported);
            assert_eq!(arm.values.len(), arm.logs.map_or(0, |logs| logs.n));
            if explained.verdict != Verdict::None {
                let logs = arm.logs.expect("values");
                let ratio = if facts.row.ranked_by == loopswap_report::model::Figure::Time {
                    explained.speed_ratio
                } else {
                    explained.cpu_ratio
                };
                assert!(((-logs.value).exp() - ratio.expect("a ratio").value).abs() < 1e-12);
            }
        }
    }
    assert_eq!(explain(&record, report.rows.len(), None, None), None);
}

/// The sample, but others took half of both CPUs in these generations of the second row.
fn disturbed_in(numbers: &[u32]) -> String {
    let line = |line: &str| {
        let front = |number: &u32| format!("{{\"closed\":{{\"row\":1,\"number\":{number},");
        let Some((start, rest)) = numbers.iter().map(front).find_map(|start| {
            let rest = line.strip_prefix(&start)?.to_owned();
            Some((start, rest))
        }) else {
            return line.to_owned();
        };
        let (front, back) = rest.split_once("\"foreign_ns\":").expect("a closing line");
        let wall = front.split([':', ',']).nth(1).expect("a wall time");
        let rest = back.trim_start_matches(|c: char| c.is_ascii_digit());
        format!("{start}{front}\"foreign_ns\":{wall}{rest}")
    };
    let text: String = sample().split_inclusive('\n').map(line).collect();
    assert_ne!(text, sample());
    text
}

#[test]
fn too_few_generations_without_the_disturbed_ones_are_said_to_be_too_few() {
    let text = disturbed_in(&[0, 1, 2, 3, 4]);
    let facts = explain(&record::read(&text).expect("a record"), 1, Some("smol"), None).expect("a row");
    assert_eq!((facts.disturbed.len(), facts.arms.last().expect("smol").undisturbed), (5, None));
    let told = explanation(&facts);
    assert!(
        told.contains("without the disturbed generations (*) 7 generations remain: too few to tell, it takes 8"),
        "{told}"
    );
}

#[test]
fn disturbed_generations_are_marked_and_left_out_for_a_second_look() {
    // One generation in which others took half of both CPUs.
    let text = disturbed_in(&[2]);
    let facts = explain(&record::read(&text).expect("a record"), 1, Some("smol"), None).expect("a row");
    let [disturbed] = facts.disturbed.as_slice() else { panic!("one generation: {:?}", facts.disturbed) };
    assert!(disturbed.generation == 2 && (disturbed.foreign - 0.5).abs() < 1e-9, "{disturbed:?}");
    let smol = facts.arms.last().expect("smol");
    assert_eq!(smol.undisturbed.expect("eleven generations").n, 11);
    let told = explanation(&facts);
    assert!(told.contains("without the disturbed generations (*)") && told.contains("leads to the same"), "{told}");
    assert_eq!(told.matches(" %*").count(), 2, "control and smol: {told}");
}

#[test]
fn a_wanted_precision_costs_more_the_finer_it_is() {
    let record = record::read(sample()).expect("a record");
    let wall = |precision| {
        let facts = explain(&record, 1, Some("smol"), Some(precision)).expect("a row");
        let arm = facts.arms.last().expect("smol");
        arm.plan.expect("twelve generations").wall_ns
    };
    assert!(wall(0.0005) > wall(0.002) && wall(0.002) >= wall(0.1));
}
