//! The choice of CPUs on trees of real machines and on nonsense, and the limits of made-up control groups.

mod any;
mod groups;
mod machines;
mod tree;
