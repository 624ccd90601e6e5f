//! The twin of `loopswap-tax`'s workloads for runtimes whose tasks stay on their thread: the same
//! sources, compiled against `loopswap-rt-local`, and the runner that serves them.

#[path = "../../tax/src/workloads/mod.rs"]
pub mod workloads;

use loopswap_workloads_local::{loopswap_http_fetch as http_fetch, loopswap_redis as redis, loopswap_sleep as sleep};

#[path = "../../tax/src/list.rs"]
mod list;
pub use list::{TaxCatalogue, infos};

/// Serves the catalogue on glommio through the trait; `version` is glommio's.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
#[cfg(target_os = "linux")]
pub fn serve_glommio(version: &str) -> std::io::Result<()> {
    loopswap_runner_local::serve::<loopswap_glommio::Glommio, TaxCatalogue>(
        version,
        0.0,
        loopswap_runner_local::tallied::<TaxCatalogue>,
    )
}

/// Serves the catalogue on monoio through the trait; `version` is monoio's.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
#[cfg(target_os = "linux")]
pub fn serve_monoio(version: &str) -> std::io::Result<()> {
    loopswap_runner_local::serve::<loopswap_monoio::Monoio, TaxCatalogue>(
        version,
        0.0,
        loopswap_runner_local::tallied::<TaxCatalogue>,
    )
}

/// Serves the catalogue on monoio on epoll through the trait; `version` is monoio's.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
#[cfg(target_os = "linux")]
pub fn serve_monoio_legacy(version: &str) -> std::io::Result<()> {
    loopswap_runner_local::serve::<loopswap_monoio_legacy::MonoioLegacy, TaxCatalogue>(
        version,
        0.0,
        loopswap_runner_local::tallied::<TaxCatalogue>,
    )
}

/// Serves the catalogue on compio through the trait; `version` is compio's.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
#[cfg(target_os = "linux")]
pub fn serve_compio(version: &str) -> std::io::Result<()> {
    loopswap_runner_local::serve::<loopswap_compio::Compio, TaxCatalogue>(
        version,
        0.0,
        loopswap_runner_local::tallied::<TaxCatalogue>,
    )
}

/// Serves the catalogue on smol-local through the trait; `version` is smol's.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
pub fn serve_smol_local(version: &str) -> std::io::Result<()> {
    loopswap_runner_local::serve::<loopswap_smol_local::SmolLocal, TaxCatalogue>(
        version,
        0.0,
        loopswap_runner_local::tallied::<TaxCatalogue>,
    )
}

/// Serves the catalogue on futures through the trait; `version` is that of the crate futures.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
pub fn serve_futures(version: &str) -> std::io::Result<()> {
    loopswap_runner_local::serve::<loopswap_futures::Futures, TaxCatalogue>(
        version,
        0.0,
        loopswap_runner_local::tallied::<TaxCatalogue>,
    )
}

/// Serves the catalogue on corosensei through the trait; `version` is corosensei's.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
pub fn serve_corosensei(version: &str) -> std::io::Result<()> {
    loopswap_runner_local::serve::<loopswap_corosensei::Corosensei, TaxCatalogue>(
        version,
        0.0,
        loopswap_runner_local::tallied::<TaxCatalogue>,
    )
}
