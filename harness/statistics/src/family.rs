//! The whole rule for the verdicts of a report: every contender of every row at once.
//!
//! The whole rule is here, as a function of the values alone, so that the simulations that count its errors
//! (`examples/verdicts.rs`) and the report cannot differ.

use crate::estimate::{Estimate, estimate};
use crate::multiple::{benjamini_hochberg, passing_p};
use crate::power::{Reach, tails};
use crate::rank_sums::pattern_probability;
use crate::serial::Widening;
use crate::signed_rank::{signed_rank, signed_rank_beyond};
use crate::student;
use crate::verdict::Verdict;

/// The parameters of the verdicts of a report. All differences are on the log scale (0.02 is about 2 %).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FamilyRules {
    /// Accepted rate of false discoveries among the verdicts.
    pub alpha: f64,
    /// Level of the intervals.
    pub level: f64,
    /// The smallest difference that matters: the null hypothesis is that a difference is no larger.
    pub margin: f64,
    /// Arms are called the same only within this, however wide the margin of their row is.
    pub same_max: f64,
    /// Power for which the smallest visible difference is stated.
    pub power: f64,
}

/// One arm against the reference of its row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contender<'a> {
    /// Log ratios arm / reference, one a generation: less is better.
    pub values: &'a [f64],
    /// The margin of the row: [`FamilyRules::margin`], or more if the control scatters.
    pub margin: f64,
    /// Whether the row may have verdicts: its control came out fine.
    pub trusted: bool,
    /// Correlation of neighbouring generations to allow for; 0 for none ([`serial`](crate::serial)).
    pub correlation: f64,
}

/// The verdict on a contender, with its figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Centre and interval, widened if generations are correlated.
    pub estimate: Estimate,
    /// Two-sided signed-rank p of "no difference", the values taken as independent.
    pub p: f64,
    /// p of "a difference of at most the rules' margin", with the correlation allowed for: the family is
    /// adjusted over this. It is 1 if the contender cannot have a verdict whatever its p: in a row that is
    /// not trusted, with a centre within the margin of the row, or with an interval that contains zero.
    pub p_beyond: f64,
    /// [`p_beyond`](Self::p_beyond) after Benjamini and Hochberg.
    pub p_adjusted: f64,
    /// The verdict; [`Verdict::Undecided`] in a row that is not trusted.
    pub verdict: Verdict,
    /// The smallest difference, without sign, that would have had its verdict with the rules' power, all
    /// other contenders being what they are. `None` if not even the smallest possible p would have passed the
    /// adjustment, and in a row that is not trusted.
    pub smallest_visible: Option<f64>,
}

/// Judges all contenders of a report, in the order given; `None` for one whose values have no estimate.
///
/// Those that cannot have a verdict stay in the family as comparisons without evidence. So every
/// discovery of the adjustment is a verdict, the false ones among the verdicts are at most
/// [`alpha`](FamilyRules::alpha), and a row full of tiny significant differences does not help a loud row to
/// pass. The null hypothesis with a margin is that of McCarthy & Smyth, "Testing significance relative to a
/// fold-change threshold is a TREAT" (2009), with the signed-rank test in place of theirs.
pub fn judge(contenders: &[Contender<'_>], rules: &FamilyRules) -> Vec<Option<Judged>> {
    let mut judged: Vec<Option<Judged>> = contenders.iter().map(|one| alone(one, rules)).collect();
    let counted: Vec<f64> = judged.iter().map(|one| one.map_or(1.0, |one| one.p_beyond)).collect();
    let adjusted = benjamini_hochberg(&counted).into_iter().zip(passing_p(&counted, rules.alpha));
    for ((one, contender), (p_adjusted, bar)) in judged.iter_mut().zip(contenders).zip(adjusted) {
        if let (Some(one), true) = (one.as_mut(), contender.trusted) {
            one.verdict = verdict(&one.estimate, p_adjusted, contender.margin, rules);
            one.smallest_visible = contender.smallest_visible(bar, rules);
        }
        if let Some(one) = one {
            one.p_adjusted = p_adjusted;
        }
    }
    judged
}

/// The part that does not depend on the other contenders.
fn alone(contender: &Contender<'_>, rules: &FamilyRules) -> Option<Judged> {
    let Contender { values, margin, trusted, .. } = *contender;
    let plain = estimate(values, rules.level)?;
    let widening = contender.widening();
    let found = widening.map_or(plain, |widening| plain.widened(widening));
    let possible = trusted && found.centre.abs() > margin && found.excludes_zero();
    let p_beyond = if possible { p_beyond(values, &plain, rules.margin, widening)? } else { 1.0 };
    Some(Judged {
        estimate: found,
        p: signed_rank(values)?.p,
        p_beyond,
        p_adjusted: 1.0,
        verdict: Verdict::Undecided,
        smallest_visible: None,
    })
}

/// p of "no further from zero than `margin`": by ranks and, if the values are correlated, by Student's t with
/// their effective number, whichever is larger. Ranks alone cannot widen anything: twelve values of one sign
/// have the same p however far they drift together.
fn p_beyond(values: &[f64], plain: &Estimate, margin: f64, widening: Option<Widening>) -> Option<f64> {
    let by_ranks = signed_rank_beyond(values, margin)?;
    let by_worth = widening.map_or(0.0, |widening| plain.p_beyond(margin, widening));
    Some(by_ranks.max(by_worth))
}

fn verdict(found: &Estimate, p_adjusted: f64, margin: f64, rules: &FamilyRules) -> Verdict {
    match Verdict::decide(found, p_adjusted, rules.alpha, margin) {
        // "The same within 10 %" would say little and sound like much.
        Verdict::Same if !found.within(rules.same_max) => Verdict::Undecided,
        verdict => verdict,
    }
}

impl Contender<'_> {
    fn widening(&self) -> Option<Widening> {
        Widening::of(self.correlation, self.values.len())
    }

    /// See [`Judged::smallest_visible`]; `bar` is the largest p that passes.
    fn smallest_visible(&self, bar: f64, rules: &FamilyRules) -> Option<f64> {
        let n = self.values.len();
        if 2.0 * pattern_probability(n) > bar {
            return None;
        }
        let error = estimate(self.values, rules.level)?.standard_error();
        let mut far = estimate(self.values, 1.0 - bar)?.farther_bound();
        let mut factor = 1.0;
        if let Some(widening) = self.widening() {
            factor = widening.factor;
            far = far.max(student::two_sided_quantile(bar, widening.freedom) * error * factor);
        }
        let bar = (rules.margin + far).max(self.margin);
        // A margin at its minimum is the same in every run; one that a control has raised varies as the
        // control does. Whichever of the two is the larger in another run is the bar there.
        let moves = far.hypot((self.margin - rules.margin).max(0.0));
        let reach = Reach { bar, error: error * factor, moves, n, tails: tails(self.values) };
        Some(reach.with_power(rules.power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: FamilyRules = FamilyRules { alpha: 0.05, level: 0.95, margin: 0.01, same_max: 0.05, power: 0.8 };

    fn around(centre: f64, spread: f64, n: i32) -> Vec<f64> {
        (0..n).map(|i| centre + spread * (f64::from(i) / f64::from(n - 1) - 0.5)).collect()
    }

    fn contender(values: &[f64]) -> Contender<'_> {
        Contender { values, margin: 0.01, trusted: true, correlation: 0.0 }
    }

    fn verdicts(contenders: &[Contender<'_>]) -> Vec<Verdict> {
        judge(contenders, &RULES).into_iter().map(|one| one.expect("values").verdict).collect()
    }

    #[test]
    fn tiny_differences_lend_no_significance() {
        // Significant at 1 %, which is not enough for one of 21 comparisons after adjustment.
        let loud = around(0.08, 0.22, 12);
        let raw = signed_rank(&loud).unwrap().p;
        assert!((0.003..0.02).contains(&raw), "{raw}");
        let quiet = around(0.005, 0.004, 12);
        let mut all = vec![contender(&quiet); 20];
        all.push(contender(&loud));
        let old: Vec<f64> = all.iter().map(|one| signed_rank(one.values).unwrap().p).collect();
        assert!(benjamini_hochberg(&old)[20] <= 0.05, "as it was: the tiny ones carried it over");
        let found = verdicts(&all);
        assert_eq!((found[0], found[20]), (Verdict::Same, Verdict::Undecided));
        assert_eq!(verdicts(&all[20..]), [Verdict::Worse], "alone it may pass");
    }

    #[test]
    fn an_untrusted_row_says_nothing_and_lends_nothing() {
        let clear = around(-0.3, 0.02, 12);
        let untrusted = Contender { trusted: false, ..contender(&clear) };
        let found = judge(&[untrusted, contender(&clear)], &RULES);
        let [Some(first), Some(second)] = found[..] else { panic!("{found:?}") };
        assert_eq!((first.verdict, first.p_beyond, first.smallest_visible), (Verdict::Undecided, 1.0, None));
        assert_eq!((second.verdict, second.p_adjusted), (Verdict::Better, 2.0 * second.p_beyond));
    }

    #[test]
    fn correlated_values_are_worth_less() {
        let values = around(0.05, 0.06, 12);
        let found = |correlation| judge(&[Contender { correlation, ..contender(&values) }], &RULES)[0].unwrap();
        let (free, bound) = (found(0.0), found(0.7));
        assert_eq!((free.verdict, bound.verdict), (Verdict::Worse, Verdict::Undecided));
        assert!(bound.estimate.half_width() > 2.0 * free.estimate.half_width());
        assert!(bound.smallest_visible > free.smallest_visible);
        // A difference far beyond any drift stays a finding.
        let far = around(0.7, 0.02, 12);
        assert_eq!(verdicts(&[Contender { correlation: 0.9, ..contender(&far) }]), [Verdict::Worse]);
    }

    #[test]
    fn what_cannot_pass_is_not_called_visible() {
        let values = around(0.0, 0.02, 8);
        // 2/2⁸ is more than 5 % / 48: no single difference of eight generations passes among 48.
        let judged = judge(&[contender(&values); 48], &RULES);
        assert_eq!(judged[0].unwrap().smallest_visible, None);
        let alone = judge(&[contender(&values)], &RULES)[0].unwrap().smallest_visible.expect("one comparison");
        assert!((0.02..0.04).contains(&alone), "margin, half the interval, and something: {alone}");
        // Forty-seven findings make room for one more.
        let clear = around(0.5, 0.02, 8);
        let mut all = vec![contender(&clear); 47];
        all.push(contender(&values));
        assert!(judge(&all, &RULES)[47].unwrap().smallest_visible.is_some());
    }

    #[test]
    fn values_that_are_not_there_have_no_verdict() {
        assert_eq!(judge(&[contender(&[])], &RULES), [None]);
        assert!(judge(&[], &RULES).is_empty());
        assert_eq!(verdicts(&[contender(&[0.0; 12])]), [Verdict::Same]);
    }
}
