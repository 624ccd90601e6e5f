//! What each look at a race saw, condition by condition.

use super::{change, interval, yes};
use crate::comparison::{Confirmation, Look, RaceExplanation, RaceThresholds, RowComparison};
use crate::judge::Estimate;
use crate::record::Rules;
use crate::words::{counted, p_bound, p_value as p, percent, time};
use loopswap_statistics::LookOutcome;

/// One look: its figures, the conditions, the outcome.
pub(super) fn look(look: &Look, rules: &Rules, thresholds: &RaceThresholds) -> String {
    let Look { logs, wide, threshold, .. } = look;
    let when = if look.planned { "look" } else { "end of the race, a look" };
    let head = format!("{when} at {}: centre {}", counted(look.generations, "generation"), change(logs.value));
    if look.generations < thresholds.generations {
        return format!("{head} → a verdict takes {}", counted(thresholds.generations, "generation"));
    }
    let apart = logs.lower > 0.0 || logs.upper < 0.0;
    let within = wide.reaches_level() && wide.lower.abs().max(wide.upper.abs()) <= rules.equivalence.ln_1p();
    let so = match look.outcome {
        LookOutcome::GoOn => "neither: more generations",
        LookOutcome::Suspect => "suspect",
        LookOutcome::Equivalent => "equivalent",
        LookOutcome::Inconclusive => "neither, and no look is left: inconclusive",
    };
    format!(
        "{head}; suspect, if p {} is at most {} ({}), the interval leaves out 0 ({}) and the centre is beyond {} ({}); \
         else equivalent, if the {} interval {} to {} lies within {} ({}) → {so}",
        p(look.p),
        p_bound(rules.suspect_p),
        yes(look.p <= rules.suspect_p),
        yes(apart),
        percent(threshold.exp_m1()),
        yes(logs.value.abs() > *threshold),
        percent(thresholds.equivalence_level),
        change(wide.lower),
        change(wide.upper),
        percent(rules.equivalence),
        yes(within)
    )
}

/// The threshold, and the candidates of which it is the largest.
pub(super) fn threshold(facts: &RaceExplanation, row: &RowComparison) -> String {
    let RaceThresholds { floor, control_reach, margin_max, .. } = facts.thresholds;
    let mut parts = vec![format!("the margin of {}", percent(facts.rules.margin))];
    if facts.rules.floor_ns > 0.0 {
        parts.push(format!("the floor of {} an operation, {}", time(facts.rules.floor_ns), percent(floor)));
    }
    let reach = control_reach.map_or_else(|| "unknown".to_owned(), percent);
    parts.push(format!(
        "how far the control's 95 % interval reaches: {reach}, of which at most {} count",
        percent(margin_max)
    ));
    format!("threshold {}: the largest of {}", percent(row.threshold), parts.join(", and of "))
}

/// The second opinion, condition by condition.
pub(super) fn confirmation(facts: &RaceExplanation, row: &RowComparison, found: &Confirmation) -> String {
    let Some(ratio) = found.ratio else { return "it has no figures".into() };
    let (log, suspected) = (ratio.value.ln(), row.ratio.map_or(0.0, |ratio| ratio.value.ln()));
    let apart = ratio.lower > 1.0 || ratio.upper < 1.0;
    let (needed, accepted) = (facts.thresholds.confirm_p, facts.rules.false_discovery_rate);
    format!(
        "confirmed, if it has the same direction ({}), p {} is at most {} ({}), the interval leaves out 0 ({}), the \
         centre is beyond {} ({}), and p adjusted over the rows, {}, is at most {} ({}) → {}",
        yes(log.signum() == suspected.signum()),
        p(found.p),
        percent(needed),
        yes(found.p <= needed),
        yes(apart),
        percent(row.threshold),
        yes(log.abs() > row.threshold.ln_1p()),
        p(found.p_adjusted),
        percent(accepted),
        yes(found.p_adjusted <= accepted),
        if found.confirmed { "confirmed" } else { "not confirmed" }
    )
}

/// The result without the disturbed rounds.
pub(super) fn undisturbed(row: &RowComparison, without: Option<&Estimate>) -> String {
    let counts = format!("{} of {} rounds were disturbed by neighbours", row.disturbed_rounds, row.rounds);
    let Some(without) = without else {
        return if row.disturbed_rounds == 0 { counts } else { format!("{counts}, and nothing is left without them") };
    };
    let so = match row.same_without_disturbed {
        Some(true) => "the finding is the same",
        Some(false) => "the finding is another: measure again",
        None => "too few rounds remain to tell whether the finding is the same",
    };
    format!("{counts}; without them (in generations with *) {}, {}; {so}", change(without.value), interval(without))
}
