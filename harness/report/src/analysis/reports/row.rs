//! One case on one runtime of two reports: figures, threshold, and findings that precede any verdict.

use super::Terms;
use super::figure::{self, control_spread, is_limited};
use super::pair::{Half, Pair, why};
use crate::comparison::{RowComparison, Verdict};
use crate::figures::bounded;
use crate::judge::reports::{Question, ratio};
use crate::judge::{ControlReport, Figure, SerialCorrelation};
use crate::model::{ArmReport, ArmStatus, LimitKind, RowReport};
use crate::record::Role;

/// A row that awaits its verdict: the p-values of all rows are one family.
pub(super) struct Draft {
    /// The row, with its verdict if that is settled without p-values.
    pub(super) row: RowComparison,
    /// What is asked of its difference, if the verdict depends on it.
    pub(super) question: Option<Question>,
    /// Added to the verdict's sentence in any case: which side did not reach its rate.
    pub(super) overload: Option<String>,
}

/// Everything about a row that does not depend on the others.
pub(super) fn draft(pair: &Pair<'_>, terms: &Terms) -> Draft {
    let Pair { base, head } = pair;
    let judged_by = figure::judged_by(pair, terms);
    let change = |figure: Figure| figure::change(pair, figure, terms.across_hosts);
    let generations = base.arm.generations.min(head.arm.generations);
    let threshold = threshold(pair, judged_by, terms);
    let question = change(judged_by).map(|found| Question::of(found, threshold, generations, &terms.rules));
    let n = base.arm.generations.saturating_add(head.arm.generations);
    let ratio = |figure: Figure| change(figure).map(|found| ratio(&found, n));
    let errors = errors(pair);
    let [base_p99_ns, head_p99_ns] = match head.row.rate_per_s {
        Some(_) => figure::response(pair),
        None => [None, None],
    };
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
        base_p99_ns,
        head_p99_ns,
        ratio: ratio(Figure::Time),
        whole_ratio: None,
        contradiction: None,
        cpu_ratio: ratio(Figure::Cpu),
        response_ratio: head.row.rate_per_s.and_then(|_| ratio(Figure::Response)),
        judged_by,
        cpu_witness: None,
        p: question.map(|question| question.p),
        threshold,
        smallest_visible: None,
        serial: correlated(pair),
        generations,
        wall_s: 0.0,
        confirmation: None,
        control: worse_control(base.row, head.row, judged_by),
        rounds: 0,
        disturbed_rounds: 0,
        throttled_rounds: 0,
        same_without_disturbed: None,
        counters: Vec::new(),
        errors,
        acknowledged: None,
    };
    let settled = settled(pair, &row, terms, question.is_some());
    let open = settled.is_none();
    if let Some((verdict, sentence)) = settled {
        (row.verdict, row.sentence) = (verdict, sentence);
    }
    Draft { row, question: question.filter(|_| open), overload: overload(pair) }
}

/// What the order of generations shows on the side that allows for more correlation, if either does.
fn correlated(pair: &Pair<'_>) -> Option<SerialCorrelation> {
    let sides = [pair.base.row.serial, pair.head.row.serial].into_iter().flatten();
    sides.filter(|found| found.allowed > 0.0).max_by(|one, other| one.allowed.total_cmp(&other.allowed))
}

/// The fraction beyond which a difference counts: the largest of the margin, the floor, the drift
/// allowance, and what the control of either report shows.
fn threshold(pair: &Pair<'_>, judged_by: Figure, terms: &Terms) -> f64 {
    let [base, _] = figure::of(pair, judged_by);
    let floor = base.map_or(0.0, |time| bounded(terms.rules.floor_ns / time.value));
    let controls = [pair.base.row, pair.head.row].map(|row| control_spread(row, judged_by).unwrap_or(0.0));
    [terms.rules.margin, terms.rules.drift, floor]
        .into_iter()
        .chain(controls)
        .filter(|part| part.is_finite())
        .fold(0.0, f64::max)
}

/// The control that leaves more doubt, under the name of its side.
fn worse_control(base: &RowReport, head: &RowReport, judged_by: Figure) -> ControlReport {
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
        let numbered = half.row.errors.iter().enumerate();
        let own = numbered.filter(|(number, error)| concerns(half, *number, error));
        said.extend(own.map(|(_, error)| format!("{name}: {error}")));
        if said.is_empty() && half.arm.errors > 0 {
            said.push(format!("{name}: {} errors", half.arm.errors));
        }
        said
    };
    let mut all = of("BASE", &pair.base);
    all.extend(of("HEAD", &pair.head));
    all
}

/// Whether an error of a row concerns this arm: its own error, or the whole row's, such as a peer that died.
fn concerns(half: &Half<'_>, number: usize, error: &str) -> bool {
    match half.row.error_arms.get(number) {
        Some(Some(runtime)) => *runtime == half.arm.runtime,
        Some(None) => true,
        // In an older report an error of an arm begins with its runtime, an error of the row with none.
        None => {
            let of = |runtime: &str| error.strip_prefix(runtime).is_some_and(|rest| rest.starts_with(", "));
            of(&half.arm.runtime) || !half.row.arms.iter().any(|arm| of(&arm.runtime))
        }
    }
}

/// Which side did not reach its rate, and how much it did.
fn overload(pair: &Pair<'_>) -> Option<String> {
    let asked = pair.head.row.rate_per_s?;
    let of = |(name, half): (&str, &Half<'_>)| {
        let overloaded = is_limited(half.row, half.arm, LimitKind::Overloaded);
        overloaded.then(|| format!("{name} did {:.0}/s", half.arm.rate.map_or(0.0, |rate| rate.value)))
    };
    let said: Vec<String> = [("BASE", &pair.base), ("HEAD", &pair.head)].into_iter().filter_map(of).collect();
    (!said.is_empty()).then(|| format!("overloaded: asked for {asked}/s, {}", said.join(" and ")))
}

/// Which sides did not reach the rate, if a ratio of two hosts says little because of that: response times of
/// a side that does not keep up depend on the length of the slice. If only one side is overloaded, its ratio
/// to a reference that keeps up shows it.
fn overloaded_across_hosts(pair: &Pair<'_>) -> Option<&'static str> {
    let sides = [&pair.base, &pair.head];
    let overloaded = |half: &Half<'_>, arm: &ArmReport| is_limited(half.row, arm, LimitKind::Overloaded);
    let reference =
        |half: &&Half<'_>| half.row.arms.iter().any(|arm| arm.role == Role::Reference && overloaded(half, arm));
    if sides.iter().any(reference) {
        Some("the reference did not reach the rate")
    } else if sides.iter().all(|half| overloaded(half, half.arm)) {
        Some("neither side reached the rate")
    } else {
        None
    }
}

/// The verdict of a row that needs no p-value, with its sentence.
fn settled(pair: &Pair<'_>, row: &RowComparison, terms: &Terms, has_ratio: bool) -> Option<(Verdict, String)> {
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
    // A slice that outlasts the limit, while the other side is done long before it, is a change without a
    // figure. Another limit, or another host, would explain it as well.
    match (base_status, head_status) {
        (ArmStatus::Measured, ArmStatus::DidNotFinish) => {
            Some(unfinished("HEAD", Verdict::Regression, base, head, terms))
        }
        (ArmStatus::DidNotFinish, ArmStatus::Measured) => {
            Some(unfinished("BASE", Verdict::Improvement, head, base, terms))
        }
        _ if terms.across_hosts && head.arm.role == Role::Reference => {
            Some((Verdict::NotMeasured, "nothing to compare: the reference is what the others are divided by".into()))
        }
        _ => {
            let why = overloaded_across_hosts(pair).filter(|_| terms.across_hosts).map(str::to_owned);
            let why = why.or_else(|| {
                (!has_ratio).then(|| match row.generations {
                    1 => "one generation has no interval".into(),
                    generations => format!("{generations} generations have no interval"),
                })
            });
            why.map(|why| (Verdict::Inconclusive, format!("nothing is shown: {why}")))
        }
    }
}

/// The verdict where `late`, called `who`, did not finish and `done` did.
fn unfinished(who: &str, verdict: Verdict, done: &Half<'_>, late: &Half<'_>, terms: &Terms) -> (Verdict, String) {
    let what = format!("{who} did not finish a slice within {} ms", late.limit_ms);
    let slice_ms =
        done.arm.ops_per_slice.zip(figure::per_operation(done)).map(|(ops, time)| ops as f64 * time.value / 1e6);
    // At most half of the limit: closer to it, drift may have carried one side over.
    match slice_ms {
        Some(ms) if ms * 2.0 < late.limit_ms as f64 && !terms.across_hosts => {
            (verdict, format!("{what}; the other side takes {ms:.0} ms for one"))
        }
        _ => (Verdict::Inconclusive, format!("nothing is shown: {what}, which may be chance")),
    }
}
