//! The rules of a race of two builds: when it continues, and what ends it.
//!
//! A race adds generations until its verdict is clear. All decisions are made here, by functions of
//! the values alone, so that the simulation that counts their errors ([`simulate`](crate::simulate))
//! and the race that is measured cannot differ.

use crate::estimate::{Estimate, estimate};
use crate::normal;
use crate::power::{Reach, tails};
use crate::quantiles::median;
use crate::rank_sums::pattern_probability;
use crate::sequential::Looks;
use crate::serial::{Serial, Widening, serial};
use crate::signed_rank::signed_rank;
use crate::student;

/// The parameters of a race. All differences are on the log scale (0.02 is about 2 %).
#[derive(Clone, Debug, PartialEq)]
pub struct RaceRules {
    /// When the race is looked at, and where it ends.
    pub looks: Looks,
    /// A suspect's p is at most this, at any look: [`Looks::suspect_p`].
    pub suspect_p: f64,
    /// The smallest difference that matters.
    pub margin: f64,
    /// A control that scatters raises the margin, but not beyond this.
    pub margin_max: f64,
    /// Two builds are equivalent if they differ by less than this.
    pub equivalence: f64,
    /// The level of the interval that has to lie within [`equivalence`](Self::equivalence).
    ///
    /// Higher than [`level`](Self::level), because a race is looked at several times and any look may
    /// end it: a build that differs by exactly the bound is missed by one side of a 99 % interval in
    /// 0.5 % of samples, so in five looks it is called equivalent in at most 2.5 % of races (in
    /// simulation in 0.2 to 1.5 %, since other races end as suspects first).
    pub equivalence_level: f64,
    /// The level of the interval that is reported.
    pub level: f64,
    /// The p that a suspect needs in fresh generations, in the direction that it was suspected of.
    pub confirm_p: f64,
}

impl RaceRules {
    /// The rules of a race of at most `generations_max` generations: differences from 1 % matter,
    /// equivalent is within 2 %.
    pub fn up_to(generations_max: u32) -> Self {
        let looks = Looks::up_to(generations_max);
        Self {
            suspect_p: looks.suspect_p(),
            looks,
            margin: 0.01,
            margin_max: 0.10,
            equivalence: 0.02,
            equivalence_level: 0.99,
            level: 0.95,
            confirm_p: 0.05,
        }
    }

    /// The difference that a suspect must exceed: the margin, or as far as the interval of the control's
    /// values reaches, up to [`margin_max`](Self::margin_max).
    ///
    /// If two copies of one build seem to differ by 3 % on this machine, 2 % mean nothing here. Without
    /// usable values of a control it is `margin_max`.
    pub fn threshold(&self, control: &[f64]) -> f64 {
        let spread = estimate(control, self.level).map_or(f64::INFINITY, |found| found.bound());
        spread.min(self.margin_max).max(self.margin)
    }

    /// How many fresh generations confirm a suspect of `generations` generations: twice as many, and
    /// at least 20.
    ///
    /// Suspects were lucky and will be less lucky next time, and a difference that took long to find takes
    /// long to confirm.
    pub fn fresh(&self, generations: u32) -> u32 {
        generations.saturating_mul(2).max(FRESH_MIN)
    }
}

/// Fewest generations that confirm a suspect.
const FRESH_MIN: u32 = 20;

/// The value of one generation of a race: how much longer HEAD takes than BASE, on the log scale.
///
/// `base`, `control` and `head` are the log times of the same rounds, one each round. The value is the
/// mean of two medians over the rounds: of `head − base` and of `head − control`. The control is as
/// good a BASE as the base itself, and both together have half the noise.
///
/// It is not the median of `head − (base + control) / 2`, which looks simpler: slices are disturbed
/// upwards only, and that contrast of one skewed time with the mean of two is skewed itself, so its
/// median favours HEAD (by 0.07 % in simulation, enough to bring the coverage of a 95 % interval of
/// 30 generations down to 93.7 to 94 %). A difference of two times with the same noise is symmetric
/// whatever the noise, and so the median of one has no such bias; it is also a little more precise.
///
/// `None` if there is no round, the lists are not equally long, or a time is not finite.
pub fn generation_value(base: &[f64], control: &[f64], head: &[f64]) -> Option<f64> {
    if base.len() != head.len() || control.len() != head.len() {
        return None;
    }
    let against = |other: &[f64]| {
        let differences: Vec<f64> = head.iter().zip(other).map(|(head, other)| head - other).collect();
        median(&differences)
    };
    Some(f64::midpoint(against(base)?, against(control)?))
}

/// What a look at a race found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookOutcome {
    /// Nothing is clear yet.
    GoOn,
    /// The builds seem to differ: fresh generations have to confirm it.
    Suspect,
    /// Any difference is smaller than what was asked for.
    Equivalent,
    /// The generations are used up and nothing is clear.
    Inconclusive,
}

/// Looks at a race. `values` are its generation values so far, log ratios of the builds; `threshold`
/// is what a difference has to exceed ([`RaceRules::threshold`]); `n_is_last` says that no generation
/// will be added.
///
/// * [`Suspect`](LookOutcome::Suspect) if p ≤ `suspect_p`, the interval excludes zero, and the centre
///   is further than `threshold` from it;
/// * else [`Equivalent`](LookOutcome::Equivalent) if the interval of the `equivalence_level` lies
///   within ±`equivalence` and has enough values to reach its level;
/// * else [`GoOn`](LookOutcome::GoOn), or [`Inconclusive`](LookOutcome::Inconclusive) at the last look.
///   So also for values that are not finite, and for none.
///
/// If neighbouring generations resemble each other ([`weigh`]), p and intervals are those of the effective
/// number of values, for a suspect as for an equivalence.
///
/// A suspect takes precedence over an equivalence, which matters only if the threshold is below the bound of
/// equivalence: a difference of 1.5 % ± 0.3 % with a margin of 1 % is a suspect, though it is within 2 %.
pub fn look(values: &[f64], rules: &RaceRules, threshold: f64, n_is_last: bool) -> LookOutcome {
    if differs(values, rules, rules.suspect_p, threshold).is_some() {
        return LookOutcome::Suspect;
    }
    let equivalent = |found: Estimate| found.reaches_level() && found.within(rules.equivalence);
    // Most looks find nothing anyway, and the order of the values can only remove findings.
    let level = rules.equivalence_level;
    if estimate(values, level).is_some_and(equivalent) && weigh(values, level).is_some_and(|w| equivalent(w.estimate)) {
        LookOutcome::Equivalent
    } else if n_is_last {
        LookOutcome::Inconclusive
    } else {
        LookOutcome::GoOn
    }
}

/// Whether `fresh` generation values confirm what `suspected` values showed: once more a difference
/// beyond `threshold`, in the same direction, with p ≤ `confirm_p`.
///
/// One look at a sample whose size was fixed beforehand, so its interval has the coverage that it
/// names and its centre no bias: these are the numbers to report of a confirmed difference.
pub fn confirmed(suspected: &[f64], fresh: &[f64], rules: &RaceRules, threshold: f64) -> bool {
    let direction = estimate(suspected, rules.level).map(|found| found.centre.signum());
    let again = differs(fresh, rules, rules.confirm_p, threshold).map(|found| found.centre.signum());
    again.is_some() && again == direction
}

/// The estimate of values that differ from zero by more than the threshold.
fn differs(values: &[f64], rules: &RaceRules, p_max: f64, threshold: f64) -> Option<Estimate> {
    let differs = |found: Estimate, p: f64| p <= p_max && found.excludes_zero() && found.centre.abs() > threshold;
    if !differs(estimate(values, rules.level)?, signed_rank(values)?.p) {
        return None;
    }
    let weighed = weigh(values, rules.level)?;
    differs(weighed.estimate, weighed.p).then_some(weighed.estimate)
}

/// The values of a race, with their order taken into account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighed {
    /// Centre and interval, widened if neighbouring generations resemble each other.
    pub estimate: Estimate,
    /// Two-sided p of "no difference", with the resemblance allowed for.
    pub p: f64,
    /// What the order of the values shows; `None` for too few values.
    pub serial: Option<Serial>,
    /// The correlation that is allowed for: 0 if none was found.
    pub correlation: f64,
}

/// Estimates the centre of `values`, in the order in which they were measured, with an interval of `level`.
/// If they are serially correlated ([`serial`]), p is the larger of two: by ranks, and by Student's t with
/// their effective number. `None` as for [`estimate`].
pub fn weigh(values: &[f64], level: f64) -> Option<Weighed> {
    let plain = estimate(values, level)?;
    let by_ranks = signed_rank(values)?.p;
    let order = serial(&[vec![values.iter().map(|value| Some(*value)).collect()]]);
    let correlation = order.allowed.first().copied().unwrap_or(0.0);
    let (estimate, p) = match Widening::of(correlation, values.len()) {
        Some(widening) => (plain.widened(widening), by_ranks.max(plain.p_beyond(0.0, widening))),
        None => (plain, by_ranks),
    };
    Some(Weighed { estimate, p, serial: order.all, correlation })
}

/// The smallest difference that a race of these values would have suspected and confirmed with probability
/// `power`, had it not stopped before; `None` if no p can be as small as the rules ask.
///
/// Both times the centre has to be beyond `threshold`, and the first time p at most
/// [`suspect_p`](RaceRules::suspect_p). The fresh generations are at least twice as many, so that their
/// standard error is 0.71 of this one's; if the first look finds a difference with probability q, the second then
/// does with Φ(√2 z(q)), and 0.86 × 0.93 is 0.8.
pub fn smallest_confirmed(values: &[f64], rules: &RaceRules, threshold: f64, power: f64) -> Option<f64> {
    if 2.0 * pattern_probability(values.len()) > rules.suspect_p || !(power > 0.0 && power < 1.0) {
        return None;
    }
    let correlation = weigh(values, rules.level)?.correlation;
    let error = estimate(values, rules.level)?.standard_error();
    let mut far = estimate(values, 1.0 - rules.suspect_p)?.farther_bound();
    let mut factor = 1.0;
    if let Some(widening) = Widening::of(correlation, values.len()) {
        factor = widening.factor;
        far = far.max(student::two_sided_quantile(rules.suspect_p, widening.freedom) * error * factor);
    }
    let moves = far.hypot((threshold - rules.margin).max(0.0));
    let (bar, tails) = (far.max(threshold), tails(values));
    Some(Reach { bar, error: error * factor, moves, n: values.len(), tails }.with_power(twice(power)))
}

/// The power of a first look that is as likely as `both` to be followed by a second one of twice the size that
/// agrees.
fn twice(both: f64) -> f64 {
    let (mut low, mut high) = (both, 1.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        let second = 1.0 - normal::upper_tail(2.0_f64.sqrt() * normal::quantile(middle));
        if middle * second < both { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evenly spread values, in an order without a trend.
    fn around(centre: f64, spread: f64, n: i32) -> Vec<f64> {
        let place = |i: i32| if i % 2 == 0 { i / 2 } else { n - 1 - i / 2 };
        (0..n).map(|i| centre + spread * (f64::from(place(i)) / f64::from(n - 1) - 0.5)).collect()
    }

    #[test]
    fn what_drifts_is_neither_suspect_nor_equivalent_so_soon() {
        let rules = RaceRules::up_to(58);
        let sorted = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values
        };
        let (apart, alike) = (around(0.05, 0.06, 12), around(0.0, 0.02, 12));
        assert_eq!(look(&apart, &rules, 0.01, false), LookOutcome::Suspect);
        assert_eq!(look(&sorted(apart), &rules, 0.01, false), LookOutcome::GoOn);
        assert_eq!(look(&alike, &rules, 0.01, false), LookOutcome::Equivalent);
        assert_eq!(look(&sorted(alike), &rules, 0.01, false), LookOutcome::GoOn);
        assert_eq!(look(&sorted(around(0.7, 0.02, 20)), &rules, 0.01, false), LookOutcome::Suspect);
    }

    #[test]
    fn each_outcome_has_its_values() {
        let rules = RaceRules::up_to(58);
        let at = |values: &[f64], last| look(values, &rules, 0.01, last);
        assert_eq!(at(&around(0.05, 0.02, 12), false), LookOutcome::Suspect);
        assert_eq!(at(&around(-0.05, 0.02, 12), true), LookOutcome::Suspect);
        assert_eq!(at(&around(0.0, 0.02, 12), false), LookOutcome::Equivalent);
        assert_eq!(at(&around(0.0, 0.20, 12), false), LookOutcome::GoOn);
        assert_eq!(at(&around(0.0, 0.20, 12), true), LookOutcome::Inconclusive);
        assert_eq!(at(&[], false), LookOutcome::GoOn);
        assert_eq!(at(&[0.01, f64::NAN], true), LookOutcome::Inconclusive);
    }

    #[test]
    fn a_difference_below_the_threshold_is_none() {
        let rules = RaceRules::up_to(58);
        let values = around(0.015, 0.004, 20);
        assert_eq!(look(&values, &rules, 0.01, false), LookOutcome::Suspect);
        assert_eq!(look(&values, &rules, 0.016, false), LookOutcome::Equivalent);
        let far = around(0.05, 0.004, 20);
        assert_eq!(look(&far, &rules, 0.06, false), LookOutcome::GoOn);
    }

    #[test]
    fn few_equal_values_are_no_equivalence() {
        // Six values reach no 99 %: 1 − 2/2⁶ is 0.97.
        assert_eq!(look(&[0.0; 6], &RaceRules::up_to(58), 0.01, true), LookOutcome::Inconclusive);
        assert_eq!(look(&[0.0; 12], &RaceRules::up_to(58), 0.01, true), LookOutcome::Equivalent);
    }

    #[test]
    fn confirmation_needs_the_same_direction() {
        let rules = RaceRules::up_to(58);
        let (slower, faster) = (around(0.05, 0.02, 12), around(-0.05, 0.02, 20));
        assert!(confirmed(&slower, &around(0.04, 0.02, 20), &rules, 0.01));
        assert!(!confirmed(&slower, &faster, &rules, 0.01));
        assert!(!confirmed(&slower, &around(0.04, 0.02, 20), &rules, 0.045));
        assert!(!confirmed(&slower, &around(0.0, 0.02, 20), &rules, 0.01));
        assert!(!confirmed(&[], &[], &rules, 0.01));
    }

    #[test]
    fn a_scattering_control_raises_the_threshold() {
        let rules = RaceRules::up_to(58);
        assert_eq!(rules.threshold(&around(0.0, 0.001, 12)), 0.01);
        assert_eq!(rules.threshold(&[0.03; 12]), 0.03);
        assert_eq!(rules.threshold(&[0.5; 12]), 0.10);
        assert_eq!(rules.threshold(&[]), 0.10);
    }

    #[test]
    fn what_took_long_takes_long_to_confirm() {
        assert_eq!([6, 12, 58].map(|n| RaceRules::up_to(58).fresh(n)), [20, 24, 116]);
    }

    #[test]
    fn the_value_of_a_generation_by_hand() {
        let (base, control, head) = ([1.0, 2.0, 3.0], [1.5, 2.0, 2.0], [2.0, 2.5, 4.5]);
        // head − base: 1, 0.5, 1.5; head − control: 0.5, 0.5, 2.5.
        assert_eq!(generation_value(&base, &control, &head), Some(0.75));
        assert_eq!(generation_value(&base, &control[..2], &head), None);
        assert_eq!(generation_value(&[], &[], &[]), None);
        assert_eq!(generation_value(&[f64::NAN], &[1.0], &[1.0]), None);
    }
}
