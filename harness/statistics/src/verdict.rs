//! From numbers to a word: better, worse, the same, or not decided.

use crate::estimate::Estimate;

/// What may be said about an arm compared with the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Takes less time (or less of the quantity that the log ratio is of) by more than the margin.
    Better,
    /// Takes more by more than the margin.
    Worse,
    /// Any difference is smaller than the margin. A finding, not the absence of one.
    Same,
    /// The sample does not settle it. "No difference was found" is this, not [`Verdict::Same`].
    Undecided,
}

impl Verdict {
    /// Judges `estimate`, which must be of log ratios "this arm / reference" of a quantity where
    /// less is better, such as the time per operation.
    ///
    /// * [`Same`](Verdict::Same) if the whole interval lies within ±`margin` and has enough values
    ///   behind it to reach its level (one lucky value is no proof). This holds even if a tiny
    ///   difference is significant: it is one that nobody asked about.
    /// * [`Better`](Verdict::Better) or [`Worse`](Verdict::Worse) if `p_adjusted` ≤ `alpha`, the
    ///   centre is further than `margin` from zero, and the interval excludes zero.
    /// * [`Undecided`](Verdict::Undecided) otherwise, also if any of the numbers is NaN.
    ///
    /// `p_adjusted` is the p-value after [`benjamini_hochberg`](crate::benjamini_hochberg) or
    /// [`holm`](crate::holm) over all comparisons of the report; `margin` is on the log scale
    /// (0.02 is about 2 %) and not negative.
    pub fn decide(estimate: &Estimate, p_adjusted: f64, alpha: f64, margin: f64) -> Self {
        if estimate.reaches_level() && estimate.within(margin) {
            return Self::Same;
        }
        let significant = p_adjusted <= alpha && estimate.excludes_zero();
        if significant && estimate.centre < -margin {
            Self::Better
        } else if significant && estimate.centre > margin {
            Self::Worse
        } else {
            Self::Undecided
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval::IntervalKind;

    fn between(lower: f64, upper: f64) -> Estimate {
        Estimate {
            n: 12,
            centre: f64::midpoint(lower, upper),
            lower,
            upper,
            level: 0.95,
            level_reached: 0.9575,
            kind: IntervalKind::Exact,
        }
    }

    #[test]
    fn every_case_of_the_rule() {
        let table = [
            // lower, upper, p, verdict at alpha 0.05 and margin 0.02
            (-0.08, -0.04, 0.01, Verdict::Better),
            (0.04, 0.08, 0.01, Verdict::Worse),
            (0.04, 0.08, 0.05, Verdict::Worse),
            // Not significant after adjustment.
            (0.04, 0.08, 0.06, Verdict::Undecided),
            // Significant, but the centre is within the margin and the interval is not.
            (0.001, 0.03, 0.01, Verdict::Undecided),
            // Significant and within the margin altogether.
            (0.001, 0.019, 0.001, Verdict::Same),
            (-0.02, 0.02, 1.0, Verdict::Same),
            // Wide: anything is possible.
            (-0.1, 0.1, 0.9, Verdict::Undecided),
            // p and interval disagree, as they may with ties.
            (-0.001, 0.1, 0.01, Verdict::Undecided),
            (0.04, 0.08, f64::NAN, Verdict::Undecided),
        ];
        for (lower, upper, p, verdict) in table {
            let found = Verdict::decide(&between(lower, upper), p, 0.05, 0.02);
            assert_eq!(found, verdict, "[{lower}, {upper}], p = {p}");
        }
        let found = Verdict::decide(&between(0.04, 0.08), 0.01, 0.05, f64::NAN);
        assert_eq!(found, Verdict::Undecided);
    }

    #[test]
    fn too_few_values_prove_no_sameness() {
        let few = Estimate { kind: IntervalKind::FullRange, ..between(-0.001, 0.001) };
        assert_eq!(Verdict::decide(&few, 1.0, 0.05, 0.02), Verdict::Undecided);
    }

    #[test]
    fn equal_values_are_the_same_even_without_a_margin() {
        assert_eq!(Verdict::decide(&between(0.0, 0.0), 1.0, 0.05, 0.0), Verdict::Same);
    }
}
