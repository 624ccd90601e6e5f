//! The verdicts of all rows together, in words.

use super::row::Draft;
use crate::comparison::{RowComparison, Verdict};
use crate::judge::Figure;
use crate::judge::reports::{self, Question};
use crate::record::Rules;
use crate::words::{counted, percent};

/// Gives the open verdicts, and states the family.
pub(super) fn judge(drafts: &mut [Draft], rules: &Rules) -> String {
    let questions: Vec<Question> = drafts.iter().filter_map(|draft| draft.question).collect();
    let open = drafts.iter_mut().filter(|draft| draft.question.is_some());
    for (draft, answer) in open.zip(reports::judge(&questions, rules)) {
        let row = &mut draft.row;
        row.smallest_visible = answer.smallest_visible;
        row.verdict = answer.verdict.into();
        row.sentence = sentence(row, rules);
        for more in row.correlated().iter().chain(&draft.overload) {
            row.sentence += &format!("; {more}");
        }
    }
    format!(
        "p-values are of a change beyond the drift allowance of {}, adjusted over the {} with one \
         (Benjamini and Hochberg, {} false discoveries); one that is equivalent or within its threshold counts as 1",
        percent(rules.drift),
        counted(questions.len(), "row"),
        percent(rules.false_discovery_rate)
    )
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

fn words(judged_by: Figure) -> Words {
    match judged_by {
        Figure::Time => Words { worse: "slower", better: "faster", figure: "", why: "" },
        Figure::Cpu => Words {
            worse: "takes more CPU time",
            better: "takes less CPU time",
            figure: " in CPU time",
            why: "; the peer limits the time, so the runner's CPU time per operation is judged",
        },
        Figure::Response => Words {
            worse: "answers later",
            better: "answers sooner",
            figure: " in response time",
            why: "; the rate fixes the time, so the 99th percentile of the response time is judged",
        },
    }
}

fn sentence(row: &RowComparison, rules: &Rules) -> String {
    let Words { worse, better, figure, why } = words(row.judged_by);
    let figures = row.judged().map_or_else(String::new, |ratio| format!("HEAD ÷ BASE is {}", ratio.told()));
    let beyond = percent(row.threshold);
    match row.verdict {
        Verdict::Regression => format!("{worse}: {figures}, beyond {beyond}{why}"),
        Verdict::Improvement => format!("{better}: {figures}, beyond {beyond}{why}"),
        Verdict::Equivalent => format!(
            "equivalent{figure}: {figures}, within {} with {} for drift{why}",
            percent(rules.equivalence),
            percent(rules.drift)
        ),
        _ => {
            let seen = row
                .smallest_visible
                .map_or_else(String::new, |visible| format!("; a change of {} would have been seen", percent(visible)));
            format!("nothing is shown{figure}: {figures}{seen}{why}")
        }
    }
}
