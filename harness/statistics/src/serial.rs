//! Do the values of one generation resemble those of the one before? All arithmetic of this crate counts
//! generations as independent; where they drift, intervals are too narrow and p-values too small.
//!
//! Eight to twelve values of one arm cannot answer that: a first-order autoregression of 0.5 passes a test at
//! 5 % in a quarter to two fifths of such samples. All arms of a row together can, and all rows of a report
//! still better, since a machine that drifts affects all of them.

use crate::multiple::benjamini_hochberg;
use crate::normal;
use crate::random::SplitMix64;
use crate::student;

/// Orders drawn for the p-value of a row. The smallest p is one in this many and one.
const ORDERS: usize = 1999;
/// Seed of these orders: the same values always give the same p.
const SEED: u64 = 0x005e_71a1;
/// Series with fewer values than this are too short for the test.
const VALUES_MIN: usize = 5;
/// p at which a row (adjusted over all rows), or all rows together, count as drifting.
///
/// Not stricter, since a row that counts as drifting by chance loses little: its intervals are widened by the
/// estimated correlation only.
pub const SERIAL_P: f64 = 0.025;
/// The largest correlation that is allowed for: a sample of a process that hardly ever returns to its
/// centre says nothing about that centre.
const RHO_MAX: f64 = 0.95;

/// How similar the values of neighbouring generations are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Serial {
    /// Lag-1 autocorrelation, mean over the series: about −1 / n without correlation.
    pub lag1: f64,
    /// The correlation ρ of a first-order autoregression that would show this `lag1`, which is biased
    /// downwards in short series; negative values too.
    pub rho: f64,
    /// One-sided p of "the order of the generations is random", by permutation.
    pub p: f64,
    /// Series with enough values.
    pub series: usize,
}

/// The result of [`serial`] for a report.
#[derive(Clone, Debug, PartialEq)]
pub struct SerialFindings {
    /// Each row, in the order given; `None` if no series has enough values that differ.
    pub rows: Vec<Option<Serial>>,
    /// All rows together; `None` if no row has a finding.
    pub all: Option<Serial>,
    /// The correlation to allow for in each row, from 0 (none was found) to 0.95.
    pub allowed: Vec<f64>,
}

/// Tests every row, and all rows together, for serial correlation.
///
/// A row is the series of its arms, each with one value for every generation in the order in which they were
/// measured, `None` where the arm has no value. The statistic is the lag-1 autocorrelation (von Neumann's
/// ratio but for a constant; von Neumann, "Distribution of the ratio of the mean square successive difference
/// to the variance", 1941), summed over the arms. Its distribution comes from 1999 random orders of the
/// generations, the same for all arms of a row, which share the reference: so the test is exact for any
/// noise. Over rows, which have orders of their own, the standardised statistics are summed.
///
/// A row is allowed its own ρ if its p, adjusted over the rows (Benjamini and Hochberg), is at most 2.5 %;
/// and every row is allowed the ρ of all if all together have p ≤ 2.5 %.
pub fn serial(rows: &[Vec<Vec<Option<f64>>>]) -> SerialFindings {
    let tested: Vec<Option<Tested>> = rows.iter().zip(0..).map(|(row, part)| Tested::of(row, part)).collect();
    let found: Vec<Option<Serial>> = tested.iter().map(|row| row.as_ref().map(|row| row.found)).collect();
    let p_values: Vec<f64> = found.iter().map(|row| row.map_or(1.0, |row| row.p)).collect();
    let all = together(&tested);
    let common = all.filter(|all| all.p <= SERIAL_P).map_or(0.0, |all| all.rho);
    let allowed = found.iter().zip(benjamini_hochberg(&p_values)).map(|(row, p)| {
        let own = row.filter(|_| p <= SERIAL_P).map_or(0.0, |row| row.rho);
        own.max(common).clamp(0.0, RHO_MAX)
    });
    SerialFindings { allowed: allowed.collect(), rows: found, all }
}

/// A row, with the statistics of its random orders.
struct Tested {
    found: Serial,
    /// The statistic in standard deviations, and those of the random orders.
    score: f64,
    scores: Vec<f64>,
}

impl Tested {
    fn of(row: &[Vec<Option<f64>>], part: u64) -> Option<Self> {
        let n = row.iter().map(Vec::len).max().unwrap_or(0);
        let standard: Vec<Vec<f64>> = row.iter().filter_map(|series| standardised(series)).collect();
        let count = standard.len();
        if count == 0 {
            return None;
        }
        let products = products(&standard, n);
        let mut order: Vec<usize> = (0..n).collect();
        let neighbours =
            |order: &[usize]| -> f64 { order.windows(2).map(|pair| products[pair[0] * n + pair[1]]).sum() };
        let seen = neighbours(&order);
        let mut random = SplitMix64::for_part(SEED, part);
        let drawn: Vec<f64> = (0..ORDERS)
            .map(|_| {
                random.shuffle(&mut order);
                neighbours(&order)
            })
            .collect();
        // The mean over all orders is known: the products of unlike generations add up to −count.
        let mean = -(count as f64) / n as f64;
        let deviation = (drawn.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / ORDERS as f64).sqrt();
        let score = |value: f64| if deviation > 0.0 { (value - mean) / deviation } else { 0.0 };
        let lag1 = seen / count as f64;
        let found = Serial { lag1, rho: rho(lag1, n), p: share_beyond(&drawn, seen), series: count };
        Some(Self { found, score: score(seen), scores: drawn.iter().map(|value| score(*value)).collect() })
    }
}

/// All rows combined.
fn together(rows: &[Option<Tested>]) -> Option<Serial> {
    let rows: Vec<&Tested> = rows.iter().flatten().collect();
    if rows.is_empty() {
        return None;
    }
    let mean = |of: fn(&Serial) -> f64| rows.iter().map(|row| of(&row.found)).sum::<f64>() / rows.len() as f64;
    let seen = rows.iter().map(|row| row.score).sum();
    let drawn: Vec<f64> = (0..ORDERS).map(|draw| rows.iter().map(|row| row.scores[draw]).sum()).collect();
    Some(Serial {
        lag1: mean(|row| row.lag1),
        rho: mean(|row| row.rho),
        p: share_beyond(&drawn, seen),
        series: rows.iter().map(|row| row.found.series).sum(),
    })
}

/// The values minus their mean, scaled to length 1, with 0 for missing ones; `None` for too few values, or if
/// all are equal.
fn standardised(series: &[Option<f64>]) -> Option<Vec<f64>> {
    let values: Vec<f64> = series.iter().flatten().copied().collect();
    if values.len() < VALUES_MIN || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let length = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>().sqrt();
    // Values that differ in their last bits only have no meaningful order.
    (length > mean.abs().max(f64::MIN_POSITIVE) * 1e-12)
        .then(|| series.iter().map(|value| value.map_or(0.0, |value| (value - mean) / length)).collect())
}

/// The products of every pair of generations, summed over the series.
fn products(standard: &[Vec<f64>], n: usize) -> Vec<f64> {
    let mut products = vec![0.0; n * n];
    for series in standard {
        for (i, first) in series.iter().enumerate() {
            for (j, second) in series.iter().enumerate() {
                products[i * n + j] += first * second;
            }
        }
    }
    products
}

/// The share of random orders with a statistic as large as `seen`, which counts as one of them.
fn share_beyond(drawn: &[f64], seen: f64) -> f64 {
    // Rounding must not make two equal sums differ.
    let beyond = drawn.iter().filter(|value| **value >= seen - 1e-12).count();
    (beyond + 1) as f64 / (drawn.len() + 1) as f64
}

/// ρ from the lag-1 autocorrelation of `n` values, whose mean is ρ − (1 + 4ρ) / n (Marriott & Pope, "Bias in
/// the estimation of autocorrelations", 1954; with the mean estimated too).
fn rho(lag1: f64, n: usize) -> f64 {
    let n = n as f64;
    (lag1 + 1.0 / n) / (1.0 - 4.0 / n)
}

/// What correlated values are worth: how much wider an interval must be, and the effective number of values
/// behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Widening {
    /// What the standard error has to be multiplied by: 1 without correlation.
    pub factor: f64,
    /// Effective degrees of freedom of the values.
    pub freedom: u32,
}

impl Widening {
    /// For `n` values of a first-order autoregression with correlation `rho` (0 to 0.95); `None` if there is
    /// nothing to widen.
    ///
    /// The variance of a mean of n such values is A / n times that of a value, with
    /// A = 1 + 2 Σ (1 − k/n) ρᵏ, while their sample variance comes out too small, by the factor
    /// 1 − (A − 1) / (n − 1). The centre of symmetric values has nearly the same efficiency as the mean, so
    /// that the ratio of its variance to the one read off the interval is the ratio of these two.
    pub fn of(rho: f64, n: usize) -> Option<Self> {
        if rho.is_nan() || rho <= 0.0 || n < 2 {
            return None;
        }
        let values = n as f64;
        let sum: f64 = (1..n).map(|lag| (1.0 - lag as f64 / values) * rho.min(RHO_MAX).powf(lag as f64)).sum();
        let of_mean = 1.0 + 2.0 * sum;
        let of_sample = 1.0 - (of_mean - 1.0) / (values - 1.0);
        let freedom = (values / of_mean - 1.0).floor().max(FREEDOM_MIN) as u32;
        Some(Self { factor: (of_mean / of_sample).sqrt(), freedom })
    }

    /// How many times as far from the centre the bounds of an interval of coverage `level` (strictly between
    /// 0 and 1) must be: the factor of the standard error, times the ratio of Student's quantile to the
    /// normal one, since such values also say little about their own scatter.
    pub fn growth(&self, level: f64) -> f64 {
        self.factor * student::two_sided_quantile(1.0 - level, self.freedom) / normal::quantile(0.5 + level / 2.0)
    }
}

/// With fewer degrees of freedom Student's distribution has no finite variance.
const FREEDOM_MIN: f64 = 2.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|value| Some(*value)).collect()
    }

    #[test]
    fn a_trend_is_found_and_a_zigzag_is_not() {
        let trend: Vec<f64> = (0..12).map(f64::from).collect();
        let found = serial(&[vec![series(&trend)]]);
        let row = found.rows[0].expect("a series");
        // By hand: Σ of neighbours' products over Σ of squares, of the values less 5.5, is 107.25 / 143.
        assert!((row.lag1 - 107.25 / 143.0).abs() < 1e-12, "{row:?}");
        assert!(row.p <= 0.001 && found.allowed[0] == RHO_MAX, "{row:?}");
        assert_eq!(found.all.expect("one row").p, row.p);
        let zigzag: Vec<f64> = (0..12).map(|i| f64::from(i % 2)).collect();
        let found = serial(&[vec![series(&zigzag)]]);
        assert!(found.rows[0].expect("a series").p > 0.9 && found.allowed == [0.0], "{found:?}");
    }

    #[test]
    fn missing_generations_break_no_chain_and_few_values_have_none() {
        let gap = [Some(0.1), None, Some(0.3), Some(0.2), Some(0.5), Some(0.4), None, Some(0.6)];
        let found = serial(&[vec![gap.to_vec(), series(&[0.1, 0.2])], vec![], vec![series(&[0.3; 12])]]);
        assert_eq!(found.rows[0].expect("six values").series, 1);
        assert_eq!((found.rows[1], found.rows[2], found.all.expect("one row").series), (None, None, 1));
        assert_eq!(serial(&[]).all, None);
        assert_eq!(serial(&[vec![series(&[f64::NAN; 12])]]).rows, [None]);
        assert_eq!(serial(&[vec![gap.to_vec()]]), serial(&[vec![gap.to_vec()]]), "the same for ever");
    }

    #[test]
    fn widening_is_that_of_the_variances() {
        assert_eq!(Widening::of(0.0, 12), None);
        assert_eq!(Widening::of(-0.3, 12), None);
        // n = 2: the mean has variance (1 + ρ) / 2, the sample variance comes out as 1 − ρ.
        let two = Widening::of(0.5, 2).expect("correlated");
        assert!((two.factor - (1.5_f64 / 0.5).sqrt()).abs() < 1e-12, "{two:?}");
        let many = Widening::of(0.5, 10_000).expect("correlated");
        // Many values: (1 + ρ) / (1 − ρ).
        assert!((many.factor - 3.0_f64.sqrt()).abs() < 1e-3, "{many:?}");
        assert!(Widening::of(0.9, 12).expect("correlated").factor > Widening::of(0.5, 12).expect("so").factor);
    }
}
