//! What the machine is and what it allows: how its CPUs lie, which of them to measure on, its settings,
//! and the limits of its control groups.
//!
//! Every reader takes the root of a file system, `/` or one made up for a test. A file that is missing or
//! makes no sense is a fact that is not known; none is an error.

mod cgroup;
mod choice;
mod files;
mod settings;
mod topology;

pub use cgroup::{Cgroup, Throttle, Throttled};
pub use choice::{Choice, Wish};
pub use settings::Settings;
pub use topology::CpuTopology;
