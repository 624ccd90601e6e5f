//! The verdicts: they take all rows together, since the p-values of all are one family.

use super::Options;
use super::row::Draft;
use crate::comparison::{RowComparison, Verdict};
use crate::model::RankedBy;
use crate::view::header::counted;
use crate::view::number::percent;
use loopswap_statistics::{Difference, benjamini_hochberg};

/// Gives the open verdicts, and states the family.
pub(super) fn judge(drafts: &mut [Draft], options: &Options) -> String {
    let open: Vec<(usize, Difference, f64)> =
        drafts.iter().enumerate().filter_map(|(index, draft)| Some((index, draft.difference?, draft.row.p?))).collect();
    let p_values: Vec<f64> = open.iter().map(|(_, _, p)| *p).collect();
    for ((index, found, _), p_adjusted) in open.iter().zip(benjamini_hochberg(&p_values)) {
        if let Some(draft) = drafts.get_mut(*index) {
            draft.row.verdict = verdict(found, p_adjusted, draft.row.threshold, options);
            draft.row.sentence = sentence(&draft.row, options);
            if let Some(overload) = &draft.overload {
                draft.row.sentence += &format!("; {overload}");
            }
        }
    }
    format!(
        "p-values are of a change beyond the drift allowance of {}, adjusted over the {} with one \
         (Benjamini and Hochberg, {} false discoveries)",
        percent(options.drift),
        counted(open.len(), "row"),
        percent(options.false_discovery_rate)
    )
}

fn verdict(found: &Difference, p_adjusted: f64, threshold: f64, options: &Options) -> Verdict {
    let drift = options.drift.ln_1p();
    if found.within(options.equivalence.ln_1p(), drift) {
        return Verdict::Equivalent;
    }
    if p_adjusted > options.false_discovery_rate || found.centre.abs() <= threshold.ln_1p() {
        Verdict::Inconclusive
    } else if found.centre > 0.0 {
        Verdict::Regression
    } else {
        Verdict::Improvement
    }
}

/// The words for what a row is judged by.
struct Words {
    worse: &'static str,
    better: &'static str,
    /// Of what something is equivalent, or shown.
    figure: &'static str,
    /// Why it is that, where it is not the time.
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
