//! Feeds damaged input to everything that reads what others wrote: files, lines, packets.
//!
//! A [`Target`] is a function of bytes, with the valid inputs to start from. [`fuzz`] changes these at random
//! (reproducibly: a seed and a number give the same input again) and calls the function; nothing may panic,
//! hang, or take more than a gibibyte. What it finds is put into `corpus/TARGET` and tried again by every
//! `cargo test`. `scripts/fuzz` runs for as long as you like.
//!
//! There is no feedback from coverage, which would need another compiler (cargo-fuzz, on nightly): instead
//! the mutations know what the inputs are made of (lines, numbers, texts, keys).

mod mutate;
mod run;
pub mod targets;

pub use mutate::Mutator;
pub use run::{Found, Outcome, attempt, fuzz};

use std::path::{Path, PathBuf};

/// Something that reads what others wrote.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Valid inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that mean something to it.
    pub words: &'static [&'static str],
    /// Reads an input, and uses it like the program if it can be read.
    pub run: fn(&[u8]),
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Inputs that once showed a fault in a target, by path.
#[must_use]
pub fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
