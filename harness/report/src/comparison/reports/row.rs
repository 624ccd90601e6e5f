//! One case on one runtime of two reports: figures, threshold, and what stands before any verdict.

use super::figure::{self, control_spread};
use super::pair::{Half, Pair, why};
use super::{Options, POWER};
use crate::comparison::{RowComparison, Verdict};
use crate::model::{ArmReport, ArmStatus, ControlReport, Estimate, IntervalKind, RankedBy, RowReport};
use crate::record::Role;
use loopswap_statistics::Difference;

/// A row that awaits its verdict: the p-values of all rows are one family.
pub(super) struct Draft {
    /// The row, with a verdict where one is settled without p-values.
    pub(super) row: RowComparison,
    /// Log ratio HEAD ÷ BASE, where the verdict depends on it.
    pub(super) difference: Option<Difference>,
}

/// Everything about a row that does not depend on the others.
pub(super) fn draft(pair: &Pair<'_>, options: &Options) -> Draft {
    let Pair { base, head } = pair;
    let judged_by = figure::judged_by(pair);
    let ratio = |figure: RankedBy| figure::change(pair, figure, options.across_hosts);
    let found = ratio(judged_by);
    let generations = base.arm.generations.min(head.arm.generations);
    let n = base.arm.generations + head.arm.generations;
    let threshold = threshold(pair, judged_by, options);
    let errors = errors(pair);
    let mut row = RowComparison {
        suspect: false,
        case: head.row.case.clone(),
        workload: head.row.workload.clone(),
        runtime: head.arm.runtime.clone(),
        operation: head.row.operation.clone(),
        headline: head.row.headline,
        verdict: Verdict::Inconclusive,
        sentence: String::new(),
        base_ns: figure::per_operation(base),
        head_ns: figure::per_operation(head),
        ratio: ratio(RankedBy::Throughput).map(|found| as_ratio(&found, n)),
        cpu_ratio: ratio(RankedBy::CpuPerOperation).map(|found| as_ratio(&found, n)),
        judged_by,
        cpu_witness: None,
        p: found.map(|found| found.p_beyond(options.drift.ln_1p())),
        threshold,
        smallest_visible: found
            .and_then(|found| found.smallest_visible(threshold.ln_1p(), options.drift.ln_1p(), POWER))
            .map(f64::exp_m1),
        generations,
        wall_s: 0.0,
        confirmation: None,
        control: worse_control(base.row, head.row, judged_by),
        rounds: 0,
        disturbed_rounds: 0,
        same_without_disturbed: None,
        counters: Vec::new(),
        errors,
        acknowledged: None,
    };
    let settled = settled(pair, &row, options, found.is_some());
    let open = settled.is_none();
    if let Some((verdict, sentence)) = settled {
        (row.verdict, row.sentence) = (verdict, sentence);
    }
    Draft { row, difference: found.filter(|_| open) }
}

fn as_ratio(found: &Difference, n: usize) -> Estimate {
    Estimate {
        value: found.centre.exp(),
        lower: found.lower.exp(),
        upper: found.upper.exp(),
        level: found.level,
        kind: IntervalKind::Normal,
        n,
    }
}

/// The fraction beyond which a difference counts: the largest of the margin, the floor, the drift
/// allowance, and what the control of either report shows.
fn threshold(pair: &Pair<'_>, judged_by: RankedBy, options: &Options) -> f64 {
    let floor = figure::of(&pair.base, judged_by).map_or(0.0, |time| options.floor_ns / time.value);
    let controls = [pair.base.row, pair.head.row].map(|row| control_spread(row, judged_by).unwrap_or(0.0));
    [options.margin, options.drift, floor]
        .into_iter()
        .chain(controls)
        .filter(|part| part.is_finite())
        .fold(0.0, f64::max)
}

/// The control that gives more to doubt, under the name of its side.
fn worse_control(base: &RowReport, head: &RowReport, judged_by: RankedBy) -> ControlReport {
    let doubt = |row: &RowReport| (!row.control.fine, control_spread(row, judged_by).unwrap_or(f64::INFINITY));
    let (name, worse) = if doubt(base) > doubt(head) { ("BASE", base) } else { ("HEAD", head) };
    ControlReport { sentence: format!("{name}: {}", worse.control.sentence), ..worse.control.clone() }
}

/// What went wrong on either side, under its name.
fn errors(pair: &Pair<'_>) -> Vec<String> {
    let of = |name: &str, half: &Half<'_>| {
        let mut said = Vec::new();
        if half.arm.status == ArmStatus::Failed {
            said.push(format!("{name}: {}", half.arm.reason.as_deref().unwrap_or("failed")));
        }
        let own = format!("{}, ", half.arm.runtime);
        let others: Vec<String> = half.row.arms.iter().map(|arm| format!("{}, ", arm.runtime)).collect();
        let concerns = |error: &str| {
            // What begins with the name of no runtime is of the row: a peer that died.
            error.starts_with(&own) || !others.iter().any(|other| error.starts_with(other))
        };
        said.extend(half.row.errors.iter().filter(|error| concerns(error)).map(|error| format!("{name}: {error}")));
        if said.is_empty() && half.arm.errors > 0 {
            said.push(format!("{name}: {} errors", half.arm.errors));
        }
        said
    };
    let mut all = of("BASE", &pair.base);
    all.extend(of("HEAD", &pair.head));
    all
}

/// The verdict of a row that needs no p-value, with its sentence.
fn settled(pair: &Pair<'_>, row: &RowComparison, options: &Options, has_ratio: bool) -> Option<(Verdict, String)> {
    let Pair { base, head } = pair;
    let nothing = |arm: &ArmReport| !matches!(arm.status, ArmStatus::Measured | ArmStatus::DidNotFinish);
    if let Some(first) = row.errors.first() {
        let more = match row.errors.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        return Some((Verdict::Error, format!("failed: {first}{more}")));
    }
    let (base_status, head_status) = (base.arm.status, head.arm.status);
    if nothing(base.arm) || nothing(head.arm) || (base_status == head_status && base_status != ArmStatus::Measured) {
        let sentence = if why(base.arm) == why(head.arm) {
            format!("nothing to compare: {} on both sides", why(base.arm))
        } else {
            format!("nothing to compare: BASE {}; HEAD {}", why(base.arm), why(head.arm))
        };
        return Some((Verdict::NotMeasured, sentence));
    }
    for (name, half) in [("BASE", base), ("HEAD", head)] {
        if !half.row.control.fine {
            return Some((Verdict::NotTrustworthy, format!("the control of {name}: {}", half.row.control.sentence)));
        }
    }
    // A slice that outlasts the limit, where the other side is done long before it, is a change without
    // a figure. Another limit, or another host, would explain it as well.
    match (base_status, head_status) {
        (ArmStatus::Measured, ArmStatus::DidNotFinish) => {
            Some(unfinished("HEAD", Verdict::Regression, base, head, options))
        }
        (ArmStatus::DidNotFinish, ArmStatus::Measured) => {
            Some(unfinished("BASE", Verdict::Improvement, head, base, options))
        }
        _ if options.across_hosts && head.arm.role == Role::Reference => {
            Some((Verdict::NotMeasured, "nothing to compare: the reference is what the others are divided by".into()))
        }
        _ if !has_ratio => {
            Some((Verdict::Inconclusive, format!("nothing is shown: {} generations have no interval", row.generations)))
        }
        _ => None,
    }
}

/// The verdict where `late`, called `who`, did not finish and `done` did.
fn unfinished(who: &str, verdict: Verdict, done: &Half<'_>, late: &Half<'_>, options: &Options) -> (Verdict, String) {
    let what = format!("{who} did not finish a slice within {} ms", late.limit_ms);
    let slice_ms =
        done.arm.ops_per_slice.zip(figure::per_operation(done)).map(|(ops, time)| ops as f64 * time.value / 1e6);
    // Half of the limit at most: nearer to it, drift may have carried one side over.
    match slice_ms {
        Some(ms) if ms * 2.0 < late.limit_ms as f64 && !options.across_hosts => {
            (verdict, format!("{what}; the other side takes {ms:.0} ms for one"))
        }
        _ => (Verdict::Inconclusive, format!("nothing is shown: {what}, which may be chance")),
    }
}
