//! What single examples cannot show: simulated error rates, and laws that hold for any sample.

mod coverage;
mod noise;
mod power;
mod properties;
mod shape;
mod unpaired;
