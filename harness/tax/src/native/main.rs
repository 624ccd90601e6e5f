//! `loopswap-tax-native`: the native programs, each runtime's own API and nothing of loopswap's traits.
//!
//! The program is one text, `program.rs`, compiled once for each runtime. The file of a runtime says what differs, the
//! way a good user of that runtime would write it: how a task starts, sleeps, yields, connects, reads and writes. What
//! does not depend on a runtime (the conversation, hyper's client, the RESP codec, every check) is here once, so that
//! both sides of a comparison do the same work and verify the same results.
//!
//! The runtimes `futures` and `corosensei` are loops of our own: their native programs use the loops' own
//! functions and types, so they show the cost of the traits alone, not that of the loops. The baselines
//! `threads`, `sequential` and `null` have no native program: no other API is behind them, so there is
//! nothing to compare with.
#![expect(clippy::duplicate_mod, reason = "one text, compiled once for each runtime")]

mod async_std;
mod borrowed;
mod case;
mod check;
#[cfg(target_os = "linux")]
mod compio;
mod corosensei;
mod futures;
#[cfg(target_os = "linux")]
mod glommio;
mod http;
#[cfg(target_os = "linux")]
mod monoio;
mod resp;
mod smol;
mod smol_local;
mod tokio;

use loopswap::Program;
use std::process::ExitCode;

/// Any error.
type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    loopswap::main(Program {
        names: loopswap_tax::RUNTIMES,
        builtins: vec![
            tokio::NATIVE.served_by(tokio::serve),
            tokio::NATIVE_CURRENT_THREAD.served_by(tokio::serve_current_thread),
            async_std::NATIVE.served_by(async_std::serve),
            smol::NATIVE.served_by(smol::serve),
            smol_local::NATIVE.served_by(smol_local::serve),
            #[cfg(target_os = "linux")]
            glommio::NATIVE.served_by(glommio::serve),
            #[cfg(target_os = "linux")]
            monoio::NATIVE.served_by(monoio::serve),
            #[cfg(target_os = "linux")]
            monoio::NATIVE_LEGACY.served_by(monoio::serve_legacy),
            #[cfg(target_os = "linux")]
            compio::NATIVE.served_by(compio::serve),
            futures::NATIVE.served_by(futures::serve),
            corosensei::NATIVE.served_by(corosensei::serve),
        ],
        workloads: loopswap_tax::infos,
        suites: loopswap_tax::SUITES,
    })
}
