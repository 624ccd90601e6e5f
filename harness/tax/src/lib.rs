//! What loopswap's own abstraction costs: native programs against the same through the trait.
//!
//! For every asynchronous runtime there is a program written by hand against that runtime alone and the same work
//! written once against `loopswap_rt::Runtime`. The former are the runtimes of the program `loopswap-tax-native`
//! (`src/native/`), the latter those of `loopswap-tax-traits` (`src/traits.rs`), and the tax is a race of the two.
//! This library holds what they have in common: the workloads that exist for this purpose only, the catalogue, and the
//! suite.

pub mod workloads;

use loopswap_http_fetch as http_fetch;
use loopswap_redis as redis;
use loopswap_runner as runner;
use loopswap_sleep as sleep;

mod list;
pub use list::{TaxCatalogue, infos, serve};

/// Every runtime that has both sides, in the order of the tables. The baselines `threads`, `sequential` and `null` have
/// no native side: no other API is behind them.
pub const RUNTIMES: &[&str] = &[
    "tokio",
    "tokio-current-thread",
    "async-std",
    "smol",
    "smol-local",
    "glommio",
    "monoio",
    "monoio-legacy",
    "compio",
    "futures",
    "corosensei",
];

/// The suites of both programs: name and text.
pub const SUITES: &[(&str, &str)] = &[("tax", include_str!("../tax.toml"))];
