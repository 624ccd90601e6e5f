//! A figure along an axis (throughput over connections, over CPUs …): how much each step of the axis brings,
//! and where it stops bringing as much.
//!
//! A step is judged by its *slope* on log scales: 1 where twice as much of the axis brings twice as much
//! of the figure, 0 where it brings nothing, below 0 where it costs. Nothing is fitted: the slope between
//! two neighbours needs no model of what lies behind, and its interval says what the two samples can tell.

use crate::unpaired::{Bounded, difference};

/// A slope from here on counts as proportional growth: a doubling brings 74 % or more.
pub const SLOPE_FULL: f64 = 0.8;

/// One place on a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Position on the axis: a positive number.
    pub at: f64,
    /// Natural logarithm of the figure there, with its interval.
    pub log: Bounded,
}

/// The effect of one step of the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Change of the logarithm of the figure for each unit of the logarithm of the axis.
    pub centre: f64,
    /// Lower bound of its interval, included.
    pub lower: f64,
    /// Upper bound of its interval, included.
    pub upper: f64,
    /// The coverage that the interval was made for.
    pub level: f64,
}

/// The verdict on one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It brings in proportion, or more: the whole interval is at least [`SLOPE_FULL`].
    Scales,
    /// It brings less: the whole interval lies below that.
    Bends,
    /// It costs: the whole interval lies below 0.
    Falls,
    /// The interval contains slopes of more than one kind.
    Unclear,
}

/// Where a curve bends, as indices of its places (the first is 0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bend {
    /// Up to this place every step scales.
    pub scales_to: usize,
    /// From this place on the next step certainly brings less; `None` if no step does.
    pub bends_at: Option<usize>,
    /// From this place on the next step costs; `None` if no step does.
    pub falls_from: Option<usize>,
}

impl Slope {
    /// The slope between two places, of samples that were not taken side by side.
    ///
    /// The difference of the logarithms with the interval of [`difference`], widened by `allowance` in both
    /// directions (for other changes between the two samples, as a logarithm), over the difference of the
    /// logarithms of the axis.
    ///
    /// `None` if the places are not in ascending order or not positive, or if [`difference`] gives none.
    pub fn between(from: CurvePoint, to: CurvePoint, level: f64, allowance: f64) -> Option<Slope> {
        let run = to.at.ln() - from.at.ln();
        if !(from.at > 0.0 && run > 0.0 && run.is_finite() && allowance >= 0.0) {
            return None;
        }
        let rise = difference(from.log, to.log, level)?;
        Some(Slope {
            centre: rise.centre / run,
            lower: (rise.lower - allowance) / run,
            upper: (rise.upper + allowance) / run,
            level,
        })
    }

    /// The slope of another figure: this one times the axis to the power of `power`.
    #[must_use]
    pub fn times_axis(self, power: f64) -> Slope {
        let Slope { centre, lower, upper, level } = self;
        Slope { centre: centre + power, lower: lower + power, upper: upper + power, level }
    }

    /// The verdict on the step.
    pub fn pace(&self) -> Pace {
        if self.lower >= SLOPE_FULL {
            Pace::Scales
        } else if self.upper < 0.0 {
            Pace::Falls
        } else if self.upper < SLOPE_FULL {
            Pace::Bends
        } else {
            Pace::Unclear
        }
    }
}

/// The level of each of `steps` intervals, so that all of them together cover with `level` (Bonferroni).
pub fn level_of_each(level: f64, steps: usize) -> f64 {
    1.0 - (1.0 - level) / steps.max(1) as f64
}

/// Where a curve bends; step `i` leads from place `i` to place `i + 1`.
///
/// If unclear steps lie between [`Bend::scales_to`] and [`Bend::bends_at`], the bend is somewhere between the
/// two.
pub fn bend(steps: &[Pace]) -> Bend {
    let first = |kind: fn(&Pace) -> bool| steps.iter().position(kind);
    Bend {
        scales_to: first(|pace| *pace != Pace::Scales).unwrap_or(steps.len()),
        bends_at: first(|pace| matches!(pace, Pace::Bends | Pace::Falls)),
        falls_from: first(|pace| *pace == Pace::Falls),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(at: f64, figure: f64) -> CurvePoint {
        let log = figure.ln();
        CurvePoint { at, log: Bounded { centre: log, lower: log, upper: log, level: 0.95 } }
    }

    fn vague(at: f64, figure: f64, half: f64) -> CurvePoint {
        let log = figure.ln();
        CurvePoint { at, log: Bounded { centre: log, lower: log - half, upper: log + half, level: 0.95 } }
    }

    #[test]
    fn a_doubling_that_brings_a_doubling_has_slope_one() {
        let slope = Slope::between(exact(1.0, 10.0), exact(2.0, 20.0), 0.95, 0.0).unwrap();
        assert!((slope.centre - 1.0).abs() < 1e-12 && slope.lower == slope.upper, "{slope:?}");
        assert_eq!(slope.pace(), Pace::Scales);
        assert_eq!(Slope::between(exact(2.0, 20.0), exact(4.0, 20.0), 0.95, 0.0).unwrap().pace(), Pace::Bends);
        assert_eq!(Slope::between(exact(2.0, 20.0), exact(4.0, 19.0), 0.95, 0.0).unwrap().pace(), Pace::Falls);
        let time = Slope::between(exact(2.0, 20.0), exact(4.0, 20.0), 0.95, 0.0).unwrap();
        assert_eq!(time.times_axis(1.0).pace(), Pace::Scales);
    }

    #[test]
    fn an_interval_with_both_kinds_of_slope_settles_nothing() {
        let slope = Slope::between(vague(1.0, 10.0, 0.1), vague(2.0, 17.6, 0.1), 0.95, 0.0).unwrap();
        assert_eq!(slope.pace(), Pace::Unclear);
        // The same scatter over a wider step is more conclusive.
        let wide = Slope::between(vague(1.0, 10.0, 0.1), vague(64.0, 640.0, 0.1), 0.95, 0.0).unwrap();
        assert_eq!(wide.pace(), Pace::Scales);
        let allowed = Slope::between(exact(1.0, 10.0), exact(2.0, 20.0), 0.95, 0.2).unwrap();
        assert_eq!(allowed.pace(), Pace::Unclear);
    }

    #[test]
    fn a_bend_is_where_the_first_step_brings_less() {
        use Pace::{Bends, Falls, Scales, Unclear};
        let of = |scales_to, bends_at, falls_from| Bend { scales_to, bends_at, falls_from };
        assert_eq!(bend(&[Scales, Scales, Bends, Falls]), of(2, Some(2), Some(3)));
        assert_eq!(bend(&[Scales, Unclear, Bends]), of(1, Some(2), None));
        assert_eq!(bend(&[Scales, Scales]), of(2, None, None));
        assert_eq!(bend(&[Unclear]), of(0, None, None));
        assert_eq!(bend(&[Falls, Scales]), of(0, Some(0), Some(0)));
        assert_eq!(bend(&[]), of(0, None, None));
    }

    #[test]
    fn what_is_no_step_has_no_slope() {
        let good = exact(1.0, 1.0);
        for bad in [exact(1.0, 2.0), exact(0.5, 2.0), exact(f64::NAN, 2.0), exact(f64::INFINITY, 2.0), exact(2.0, 0.0)]
        {
            assert_eq!(Slope::between(good, bad, 0.95, 0.0), None, "{bad:?}");
        }
        assert_eq!(Slope::between(exact(0.0, 1.0), good, 0.95, 0.0), None);
        assert_eq!(Slope::between(good, exact(2.0, 1.0), 0.95, f64::NAN), None);
        assert!((level_of_each(0.95, 5) - 0.99).abs() < 1e-12 && level_of_each(0.95, 0) == 0.95);
    }
}
