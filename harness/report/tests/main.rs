//! The crate as its users see it: a record's text goes in, a report and its views come out.

mod analysis;
mod axes;
mod claims;
mod comparison;
mod damaged;
mod explain;
mod extremes;
mod fits;
mod lines;
mod open_loop;
mod order;
mod percentiles;
mod race;
mod reading;
mod row_by_row;
mod sample;
mod snapshots;
mod stretches;
mod verdicts;
