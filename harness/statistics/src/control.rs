//! Does the machine tell an arm from its own twin? If so, nothing else it says can be trusted.

use crate::estimate::{Estimate, estimate};
use crate::signed_rank::signed_rank;

/// The outcome of [`control`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// Centre and interval of the control arm's log ratios, at the level 1 − alpha.
    pub estimate: Estimate,
    /// Two-sided signed-rank p-value.
    pub p: f64,
    /// False if the control arm differs from the reference, significantly and by more than the
    /// margin: the row is then not trustworthy. True does not prove much with few generations
    /// (five can never fail at 5 %), which [`spread`](Self::spread) then shows.
    pub fine: bool,
    /// The largest difference, on the log scale, that the interval still allows between the
    /// reference and itself. Differences between other arms below it deserve no verdict: use
    /// `max(margin, spread)` as their margin.
    pub spread: f64,
}

/// Checks the log ratios of the control arm (the reference once more, under another name), one
/// per generation.
///
/// `alpha` is the accepted rate of false alarms, between 0 and 1; `margin` is the smallest
/// difference on the log scale that would matter. `None` if `values` is empty or one is not
/// finite, or if `alpha` is not strictly between 0 and 1.
pub fn control(values: &[f64], alpha: f64, margin: f64) -> Option<Control> {
    let estimate = estimate(values, 1.0 - alpha)?;
    let p = signed_rank(values)?.p;
    let differs = p <= alpha && estimate.centre.abs() > margin;
    Some(Control { estimate, p, fine: !differs, spread: estimate.bound() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_control_is_not_fine() {
        let shifted: Vec<f64> = (0..12).map(|i| 0.03 + f64::from(i) * 0.001).collect();
        let found = control(&shifted, 0.05, 0.01).unwrap();
        assert!(!found.fine && found.p < 0.001, "{found:?}");
        assert!(found.spread > 0.035 && found.spread < 0.042, "{found:?}");
        // The same shift below the margin does not matter.
        assert!(control(&shifted, 0.05, 0.05).unwrap().fine);
    }

    #[test]
    fn a_balanced_control_is_fine() {
        let balanced: Vec<f64> = (0..12).map(|i| (f64::from(i) - 5.5) * 0.002).collect();
        let found = control(&balanced, 0.05, 0.0).unwrap();
        assert!(found.fine && found.p == 1.0, "{found:?}");
        assert_eq!(found.spread, found.estimate.upper.max(-found.estimate.lower));
    }

    #[test]
    fn edges() {
        assert_eq!(control(&[], 0.05, 0.01), None);
        assert_eq!(control(&[0.1], 0.0, 0.01), None);
        let one = control(&[0.3], 0.05, 0.01).unwrap();
        assert!(one.fine && one.spread == 0.3 && !one.estimate.reaches_level());
        assert!(control(&[0.0; 10], 0.05, 0.0).unwrap().fine);
    }
}
