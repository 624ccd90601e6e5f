//! What single examples cannot show: simulated error rates, and laws that hold for any sample.

mod coverage;
mod curve;
mod looks;
mod noise;
mod percentiles;
mod power;
mod properties;
mod races;
mod shape;
mod unpaired;
mod verdicts;
