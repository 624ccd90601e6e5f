//! Counts what races found whose truth is known.

use super::{SelfTest, Setting, order};
use crate::analysis::raced;
use crate::comparison::{RowComparison, Verdict};
use crate::record::{Record, Row, RowRecord};
use loopswap_statistics::{median, quantile};
use std::collections::BTreeMap;

/// One race whose truth is known.
struct Known {
    row: RowComparison,
    /// The true ratio HEAD ÷ BASE: extra work comes in whole operations.
    truth: f64,
    screening_s: f64,
}

/// How much extra work HEAD does in a row, as a fraction.
fn effect(row: &Row) -> f64 {
    row.arms.first().and_then(|arm| arm.extra_percent).map_or(0.0, |percent| f64::from(percent) / 100.0)
}

/// Sums up the races of a self-test, whose records say how much extra work HEAD does.
#[must_use]
pub fn tally(records: &[Record]) -> Option<SelfTest> {
    let header = &records.first()?.header;
    let mut settings: BTreeMap<(String, u64), Vec<Known>> = BTreeMap::new();
    let (mut rounds, mut disturbed) = (0, 0);
    for record in records {
        let Some(comparison) = raced(record) else { continue };
        let mut found = comparison.rows.into_iter();
        for (planned, measured) in record.rows() {
            let same = |row: &RowComparison| row.case == planned.case && row.runtime == planned.arms[0].runtime;
            let Some(row) = found.by_ref().find(same) else { continue };
            rounds += row.rounds;
            disturbed += row.disturbed_rounds;
            let extra = effect(planned);
            let key = (row.case.clone(), (extra * 1e6).round() as u64);
            let known = Known { row, truth: truth(planned, measured, extra), screening_s: screening_s(measured) };
            settings.entry(key).or_default().push(known);
        }
    }
    let mut overall: BTreeMap<u64, Vec<&Known>> = BTreeMap::new();
    for ((_, effect), known) in &settings {
        overall.entry(*effect).or_default().extend(known);
    }
    Some(SelfTest {
        wall_s: records.iter().filter_map(|record| record.end.as_ref()).map(|end| end.wall_ns as f64 / 1e9).sum(),
        rules: header.plan.race.as_ref().map(|race| race.rules.clone()),
        disturbed: if rounds == 0 { 0.0 } else { disturbed as f64 / rounds as f64 },
        settings: settings
            .iter()
            .map(|((body, effect), known)| setting(body, *effect, &known.iter().collect::<Vec<_>>()))
            .collect(),
        overall: overall.iter().map(|(effect, known)| setting("all", *effect, known)).collect(),
        order: order::effect(records.iter(), |row| effect(row) == 0.0),
        ..SelfTest::new(&header.loopswap, &header.created, header.environment.clone())
    })
}

/// Whether the second witness of an undecided row is right; without extra work nothing that it says is.
fn told_by_cpu(Known { row, truth, .. }: &Known) -> bool {
    let grew = row.cpu_ratio.is_some_and(|ratio| ratio.value > 1.0);
    row.verdict == Verdict::Inconclusive && row.cpu_witness.is_some() && (grew || *truth == 1.0)
}

fn screening_s(measured: &RowRecord) -> f64 {
    let screening = measured.generations.values().filter(|generation| !generation.confirms);
    screening.map(|generation| generation.closed.wall_ns as f64 / 1e9).sum()
}

fn truth(row: &Row, measured: &RowRecord, extra: f64) -> f64 {
    let granule = row.granule.max(1) as f64;
    let ops = measured.calibrations.get(&0).map_or(granule, |calibration| calibration.ops as f64);
    1.0 + (ops * extra / granule).round() * granule / ops
}

fn setting(body: &str, effect: u64, known: &[&Known]) -> Setting {
    let count = |verdict: Verdict| known.iter().filter(|known| known.row.verdict == verdict).count();
    let screening: Vec<f64> = known.iter().map(|known| known.screening_s).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let with_interval = known.iter().filter_map(|known| Some((known.truth, known.row.ratio.as_ref()?)));
    let covered = with_interval.clone().filter(|(truth, ratio)| (ratio.lower..=ratio.upper).contains(truth)).count();
    let found_within = |seconds: f64| {
        known.iter().filter(|known| known.row.verdict == Verdict::Regression && known.screening_s <= seconds).count()
    };
    let visible: Vec<f64> = known.iter().filter_map(|known| known.row.smallest_visible).collect();
    Setting {
        body: body.to_owned(),
        effect: effect as f64 / 1e6,
        comparisons: known.len(),
        suspect: known.iter().filter(|known| known.row.suspect).count(),
        regression: count(Verdict::Regression),
        improvement: count(Verdict::Improvement),
        equivalent: count(Verdict::Equivalent),
        inconclusive: count(Verdict::Inconclusive),
        told_by_cpu: known.iter().filter(|known| told_by_cpu(known)).count(),
        not_trustworthy: count(Verdict::NotTrustworthy),
        errors: count(Verdict::Error),
        covered,
        with_interval: with_interval.count(),
        mean_s: mean(&screening),
        p95_s: quantile(&screening, 0.95).unwrap_or(0.0),
        mean_with_confirmation_s: mean(&known.iter().map(|known| known.row.wall_s).collect::<Vec<_>>()),
        found_within_10_s: found_within(10.0),
        found_within_30_s: found_within(30.0),
        smallest_visible: median(&visible),
    }
}
