//! Every arm against the reference of its row, and whether the row's control lets that count.

use super::source::Source;
use crate::figures::fraction;
use crate::judge::pairs::{Pairs, better};
use crate::judge::{ControlReport, ControlStatus, Estimate, Figure, GENERATIONS_MIN, MARGIN_MIN, run, twins};
use crate::model::RowReport;
use crate::record::Role;
use crate::words::counted;
use loopswap_statistics::signed_rank;

/// Compares every arm with the reference and fills in the ratios. What is returned is of the figure that ranks
/// the row, by the arm's place in the plan.
pub(super) fn comparisons(source: &Source<'_>, report: &mut RowReport) -> Vec<Option<Pairs>> {
    let reference = source.row.place_of(Role::Reference);
    let Some((reference, of_reference)) = reference.and_then(|index| Some((index, source.processes.get(index)?)))
    else {
        return source.row.arms.iter().map(|_| None).collect();
    };
    let ranked_by = report.ranked_by;
    let open_loop = report.rate_per_s.is_some();
    let arms = report.arms.iter_mut().zip(&source.processes).enumerate();
    arms.map(|(index, (arm, processes))| {
        if index == reference {
            return None;
        }
        let of = |figure: Figure| Pairs::of(figure, processes, of_reference);
        let [time, cpu] = [Figure::Time, Figure::Cpu].map(of);
        let response = open_loop.then(|| of(Figure::Response));
        arm.speed_ratio = time.ratio();
        arm.cpu_ratio = cpu.ratio();
        arm.response_ratio = response.as_ref().and_then(Pairs::ratio);
        arm.whole_ratio = Pairs::of_whole_slices(processes, of_reference).ratio();
        let judged = match ranked_by {
            Figure::Time => time,
            Figure::Cpu => cpu,
            Figure::Response => response?,
        };
        judged.estimate()?;
        arm.p = Some(signed_rank(&judged.logs)?.p);
        Some(judged)
    })
    .collect()
}

/// Judges the control arm and sets the margin of the row.
pub(super) fn control(source: &Source<'_>, comparisons: &[Option<Pairs>], report: &mut RowReport) {
    let comparison = source.row.place_of(Role::Control).and_then(|place| comparisons.get(place)?.as_ref());
    let Some((comparison, logs)) = comparison.and_then(|found| Some((found, found.estimate()?))) else {
        report.control = ControlReport::missing("no control: the reference or its twin has no result");
        return;
    };
    let Some(found) = twins(&comparison.logs, MARGIN_MIN) else {
        report.control = ControlReport::missing("no control: its values are not numbers");
        return;
    };
    let ratio = better(&logs);
    report.margin = run::margin(fraction(logs.bound()));
    let sentence = sentence(found.status, &ratio, report.ranked_by);
    report.control = ControlReport::of(&found, ratio, logs.bound(), sentence);
}

fn sentence(status: ControlStatus, ratio: &Estimate, ranked_by: Figure) -> String {
    let itself = match ranked_by {
        Figure::Time => "the reference against itself",
        Figure::Cpu => "cpu/op of the reference against itself",
        Figure::Response => "p99 of the reference against itself",
    };
    let figures = ratio.told();
    match status {
        ControlStatus::Fine => format!("control fine: {itself} {figures}"),
        ControlStatus::NotTrustworthy => {
            format!("not trustworthy: {itself} comes out as {figures}; no verdicts in this row")
        }
        ControlStatus::TooFew => format!(
            "control not judged: {} {} too few, it takes {GENERATIONS_MIN}; {itself} {figures}",
            counted(ratio.n, "generation"),
            if ratio.n == 1 { "is" } else { "are" },
        ),
    }
}
