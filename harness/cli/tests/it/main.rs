//! End-to-end tests: the real binary, real processes, real servers.

mod blocking;
mod claims;
mod compare;
mod counters;
mod crawl;
mod explain;
mod faults;
mod gate;
mod input;
mod lies;
mod limits;
mod lookups;
mod machine;
mod mysql;
mod open_loop;
mod pipeline;
mod race;
mod results;
mod scaling;
mod servers;
mod serving;
mod streams;
mod tasks;
mod tidy;
mod tools;
mod traced;
