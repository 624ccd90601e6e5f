//! The verdicts: they take all rows together, since the p-values of all are one family.

use super::row::Draft;
use super::{Options, POWER};
use crate::comparison::{RowComparison, Verdict};
use crate::model::RankedBy;
use crate::view::header::counted;
use crate::view::number::percent;
use loopswap_statistics::{Asked, Difference, benjamini_hochberg, passing_p};

/// Gives the open verdicts, and states the family.
pub(super) fn judge(drafts: &mut [Draft], options: &Options) -> String {
    let open: Vec<(usize, Difference, f64)> =
        drafts.iter().enumerate().filter_map(|(index, draft)| Some((index, draft.difference?, draft.row.p?))).collect();
    // A row that cannot be a change, whatever its p, lends no significance to the others.
    let counted_p = |(index, found, p): &(usize, Difference, f64)| {
        let threshold = drafts.get(*index).map_or(f64::INFINITY, |draft| draft.row.threshold);
        if equivalent(found, options) || !beyond(found, threshold) { 1.0 } else { *p }
    };
    let p_values: Vec<f64> = open.iter().map(counted_p).collect();
    let bars = passing_p(&p_values, options.false_discovery_rate);
    for (((index, found, _), p_adjusted), bar) in open.iter().zip(benjamini_hochberg(&p_values)).zip(bars) {
        if let Some(draft) = drafts.get_mut(*index) {
            let (threshold, allowance) = (draft.row.threshold.ln_1p(), options.drift.ln_1p());
            let asked = Asked { threshold, allowance, p: bar, n: draft.row.generations };
            draft.row.smallest_visible = found.smallest_visible(&asked, POWER).map(f64::exp_m1);
            draft.row.verdict = verdict(found, p_adjusted, draft.row.threshold, options);
            draft.row.sentence = sentence(&draft.row, options);
            if let Some(correlated) = draft.row.correlated() {
                draft.row.sentence += &format!("; {correlated}");
            }
            if let Some(overload) = &draft.overload {
                draft.row.sentence += &format!("; {overload}");
            }
        }
    }
    format!(
        "p-values are of a change beyond the drift allowance of {}, adjusted over the {} with one \
         (Benjamini and Hochberg, {} false discoveries); one that is equivalent or within its threshold counts as 1",
        percent(options.drift),
        counted(open.len(), "row"),
        percent(options.false_discovery_rate)
    )
}

fn equivalent(found: &Difference, options: &Options) -> bool {
    found.within(options.equivalence.ln_1p(), options.drift.ln_1p())
}

fn beyond(found: &Difference, threshold: f64) -> bool {
    found.centre.abs() > threshold.ln_1p()
}

fn verdict(found: &Difference, p_adjusted: f64, threshold: f64, options: &Options) -> Verdict {
    if equivalent(found, options) {
        return Verdict::Equivalent;
    }
    if p_adjusted > options.false_discovery_rate || !beyond(found, threshold) {
        Verdict::Inconclusive
    } else if found.centre > 0.0 {
        Verdict::Regression
    } else {
        Verdict::Improvement
    }
}

/// Words for the figure by which a row is judged.
struct Words {
    worse: &'static str,
    better: &'static str,
    /// The quantity that is equivalent, or shown.
    figure: &'static str,
    /// Why it is that quantity, if it is not the time.
    why: &'static str,
}

fn words(judged_by: RankedBy) -> Words {
    match judged_by {
        RankedBy::Throughput => Words { worse: "slower", better: "faster", figure: "", why: "" },
        RankedBy::CpuPerOperation => Words {
            worse: "takes more CPU time",
            better: "takes less CPU time",
            figure: " in CPU time",
            why: "; the peer limits the time, so the runner's CPU time per operation is judged",
        },
        RankedBy::ResponseTime => Words {
            worse: "answers later",
            better: "answers sooner",
            figure: " in response time",
            why: "; the rate fixes the time, so the 99th percentile of the response time is judged",
        },
    }
}

fn sentence(row: &RowComparison, options: &Options) -> String {
    let Words { worse, better, figure, why } = words(row.judged_by);
    let figures = row.judged().map_or_else(String::new, |ratio| {
        format!("HEAD ÷ BASE is {:.3} ({:.3} to {:.3})", ratio.value, ratio.lower, ratio.upper)
    });
    let beyond = percent(row.threshold);
    match row.verdict {
        Verdict::Regression => format!("{worse}: {figures}, beyond {beyond}{why}"),
        Verdict::Improvement => format!("{better}: {figures}, beyond {beyond}{why}"),
        Verdict::Equivalent => format!(
            "equivalent{figure}: {figures}, within {} with {} for drift{why}",
            percent(options.equivalence),
            percent(options.drift)
        ),
        _ => {
            let seen = row
                .smallest_visible
                .map_or_else(String::new, |visible| format!("; a change of {} would have been seen", percent(visible)));
            format!("nothing is shown{figure}: {figures}{seen}{why}")
        }
    }
}
