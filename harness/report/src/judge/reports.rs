//! The verdicts of two stored reports: HEAD less BASE of two estimates that nothing pairs, and the drift of the
//! machine between the two runs.

use super::{Adjusted, Estimate, IntervalKind, LEVEL, POWER, adjust};
use crate::figures::{factor, fraction, visible};
use crate::record::Rules;
use loopswap_statistics::{Asked, Bounded, Difference, Verdict, Widening, difference};

/// One figure of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    /// The figure, in nanoseconds, or relative to the reference of its report.
    pub(crate) figure: Estimate,
    /// Correlation of neighbouring generations that its interval does not allow for yet.
    pub(crate) correlation: f64,
    /// Generations behind it.
    pub(crate) generations: usize,
}

/// A row whose verdict depends on its difference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// HEAD less BASE on the log scale.
    pub(crate) difference: Difference,
    /// p of "no more than the drift allowance".
    pub(crate) p: f64,
    /// Fraction beyond which a difference counts.
    pub(crate) threshold: f64,
    /// Generations of the side that has fewer.
    pub(crate) generations: usize,
}

/// What is found of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// HEAD is better, worse, the same, or none of these is shown.
    pub(crate) verdict: Verdict,
    /// p adjusted over all rows.
    pub(crate) p_adjusted: f64,
    /// The smallest change that would have had its verdict, as a fraction.
    pub(crate) smallest_visible: Option<f64>,
}

/// An estimate on the log scale; `None` without a usable interval, or if its numbers are not positive.
fn logs(estimate: &Estimate) -> Option<Bounded> {
    (estimate.reaches_level() && estimate.lower > 0.0).then(|| Bounded {
        centre: estimate.value.ln(),
        lower: estimate.lower.ln(),
        upper: estimate.upper.ln(),
        level: estimate.level,
    })
}

impl Side {
    /// The figure on the log scale, with the interval that the order of its generations allows.
    fn widened(&self) -> Option<Bounded> {
        let found = logs(&self.figure)?;
        let widening = Widening::of(self.correlation, self.generations);
        let grown = widening.map_or(1.0, |widening| widening.growth(found.level));
        let Bounded { centre, lower, upper, .. } = found;
        Some(Bounded { lower: centre - (centre - lower) * grown, upper: centre + (upper - centre) * grown, ..found })
    }
}

/// HEAD less BASE of the logarithms: less is better.
pub(crate) fn change([base, head]: [Option<Side>; 2]) -> Option<Difference> {
    difference(base?.widened()?, head?.widened()?, LEVEL)
}

/// The same of ratios reference ÷ arm, where more is better. A ratio already has the interval that the order of
/// its generations allows.
pub(crate) fn change_of_ratios([base, head]: [Option<Estimate>; 2]) -> Option<Difference> {
    let turned = |ratio: Bounded| Bounded { centre: -ratio.centre, lower: -ratio.upper, upper: -ratio.lower, ..ratio };
    difference(turned(logs(&base?)?), turned(logs(&head?)?), LEVEL)
}

/// HEAD ÷ BASE of `n` generations of both together.
pub(crate) fn ratio(found: &Difference, n: usize) -> Estimate {
    Estimate {
        value: factor(found.centre),
        lower: factor(found.lower),
        upper: factor(found.upper),
        level: found.level,
        kind: IntervalKind::Normal,
        n,
    }
}

/// How far the interval of a ratio reaches from 1, as a fraction.
pub(crate) fn reach(ratio: &Estimate) -> Option<f64> {
    let ratio = logs(ratio)?;
    Some(fraction(ratio.lower.abs().max(ratio.upper.abs())))
}

impl Question {
    /// A row with its difference.
    pub(crate) fn of(difference: Difference, threshold: f64, generations: usize, rules: &Rules) -> Question {
        Question { difference, p: difference.p_beyond(rules.drift.ln_1p()), threshold, generations }
    }

    /// The question whose difference a comparison keeps as a ratio HEAD ÷ BASE; `None` if that is not positive.
    pub(crate) fn again(ratio: &Estimate, threshold: f64, generations: usize, rules: &Rules) -> Option<Question> {
        let Bounded { centre, lower, upper, level } = logs(ratio)?;
        Some(Question::of(Difference { centre, lower, upper, level }, threshold, generations, rules))
    }

    /// Whether the interval, widened by the drift, lies within the equivalence.
    pub(crate) fn is_equivalent(&self, rules: &Rules) -> bool {
        self.difference.within(rules.equivalence.ln_1p(), rules.drift.ln_1p())
    }

    /// Whether the centre is beyond the threshold.
    pub(crate) fn is_beyond(&self) -> bool {
        self.difference.centre.abs() > self.threshold.ln_1p()
    }

    /// The p of a row that can be a change.
    fn counted_p(&self, rules: &Rules) -> Option<f64> {
        (!self.is_equivalent(rules) && self.is_beyond()).then_some(self.p)
    }

    fn answer(&self, adjusted: Adjusted, rules: &Rules) -> Answer {
        let verdict = match adjusted.p <= rules.false_discovery_rate && self.is_beyond() {
            _ if self.is_equivalent(rules) => Verdict::Same,
            false => Verdict::Undecided,
            true if self.difference.centre > 0.0 => Verdict::Worse,
            true => Verdict::Better,
        };
        let (threshold, allowance) = (self.threshold.ln_1p(), rules.drift.ln_1p());
        let asked = Asked { threshold, allowance, p: adjusted.bar, n: self.generations };
        let smallest_visible = self.difference.smallest_visible(&asked, POWER).and_then(visible);
        Answer { verdict, p_adjusted: adjusted.p, smallest_visible }
    }
}

/// Judges all rows whose verdict depends on their difference, in the order given: their p-values are one family.
pub(crate) fn judge(questions: &[Question], rules: &Rules) -> Vec<Answer> {
    let p_values = questions.iter().map(|question| question.counted_p(rules));
    let adjusted = adjust(p_values, rules.false_discovery_rate).into_iter();
    questions.iter().zip(adjusted).map(|(question, adjusted)| question.answer(adjusted, rules)).collect()
}
