//! The native programs: each runtime's own API and nothing of loopswap's traits.
//!
//! One file a runtime, written the way a good user of that runtime would write it. What does not depend on a
//! runtime (the conversation, hyper's client, the RESP codec, every check) is here once, so that both sides
//! of a comparison do the same work and verify the same results.
//!
//! The runtimes `futures` and `corosensei` are loops of our own: their native programs use the loops' own
//! functions and types, so they show the cost of the traits alone, not that of the loops. The baselines
//! `threads`, `sequential` and `null` have no native program: no other API is behind them, so there is
//! nothing to compare with.

mod async_std;
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

use std::io;

/// Any error.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// Serves one case on the native program of a runtime.
///
/// # Errors
/// When a pipe breaks, the conductor does not keep to the protocol, or there is no such runtime.
pub(crate) fn serve(runtime: &str, version: &str) -> io::Result<()> {
    case::exit_on_panic();
    match runtime {
        "tokio" => tokio::serve(tokio::Flavour::MultiThread, version),
        "tokio-current-thread" => tokio::serve(tokio::Flavour::CurrentThread, version),
        "async-std" => async_std::serve(version),
        "smol" => smol::serve(version),
        "smol-local" => smol_local::serve(version),
        #[cfg(target_os = "linux")]
        "glommio" => glommio::serve(version),
        #[cfg(target_os = "linux")]
        "monoio" => monoio::serve(version),
        #[cfg(target_os = "linux")]
        "monoio-legacy" => monoio::serve_legacy(version),
        #[cfg(target_os = "linux")]
        "compio" => compio::serve(version),
        "futures" => futures::serve(version),
        "corosensei" => corosensei::serve(version),
        other => Err(io::Error::other(format!("there is no native program for `{other}`"))),
    }
}
