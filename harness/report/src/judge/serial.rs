//! Whether generations resemble their neighbours.

use loopswap_statistics::Serial;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether generations resemble their neighbours: intervals and p-values take them as independent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SerialCorrelation {
    /// Lag-1 autocorrelation of the generations' log ratios, mean over the arms; a little below 0 for
    /// independent generations.
    pub lag1: f64,
    /// p of "the order of the generations is random", by permutation.
    pub p: f64,
    /// Series that it is of, one an arm.
    pub series: usize,
    /// Correlation of neighbours that intervals and p-values allow for: 0 where none was found.
    pub allowed: f64,
}

impl SerialCorrelation {
    /// What the order of generations shows, and the correlation that is allowed for.
    pub(crate) fn of(found: &Serial, allowed: f64) -> SerialCorrelation {
        SerialCorrelation { lag1: found.lag1, p: found.p, series: found.series, allowed }
    }

    /// What is allowed for, as a sentence; `None` if nothing is.
    pub(crate) fn allowance(&self) -> Option<String> {
        (self.allowed > 0.0).then(|| {
            format!("p and intervals allow for a correlation of {:.2} between neighbouring generations", self.allowed)
        })
    }
}
