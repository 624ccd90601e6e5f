//! What the machine is and what it allows: the layout of its CPUs, which of them to measure on, its settings,
//! and the limits of its control groups.
//!
//! Every reader takes the root of a file system, `/` or one made for a test. A file that is missing or makes
//! no sense leaves a fact unknown and is not an error.

mod cgroup;
mod choice;
mod files;
mod settings;
mod topology;

pub use cgroup::{Cgroup, Throttle, Throttled};
pub use choice::{Choice, Wish};
pub use settings::Settings;
pub use topology::CpuTopology;
