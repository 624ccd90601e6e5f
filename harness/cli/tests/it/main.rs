//! End-to-end tests: the real binary, real processes, real servers.

mod counters;
mod faults;
mod input;
mod lookups;
mod pipeline;
mod results;
mod servers;
mod tidy;
mod tools;
