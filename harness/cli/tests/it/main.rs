//! End-to-end tests: the real binary, real processes, real servers.

mod faults;
mod input;
mod lookups;
mod open_loop;
mod pipeline;
mod results;
mod servers;
mod tidy;
mod tools;
