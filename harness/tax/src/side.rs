//! The two sides of every comparison.

use crate::{native, versions};
use clap::ValueEnum;
use loopswap_async_std::AsyncStd;
use loopswap_runner::Launch;
use loopswap_smol::Smol;
use loopswap_tax::TaxCatalogue;
use loopswap_tokio::Tokio;
use loopswap_tokio_current_thread::TokioCurrentThread;
use std::io;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// Written by hand against the runtime alone.
    Native,
    /// Written once against loopswap's traits.
    Trait,
}

impl Side {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Native => "native",
            Side::Trait => "trait",
        }
    }
}

/// Every runtime that has both sides, with its package. The baselines have no native side, see `native`.
pub(crate) const RUNTIMES: &[(&str, &str)] = &[
    ("tokio", "tokio"),
    ("tokio-current-thread", "tokio"),
    ("async-std", "async-std"),
    ("smol", "smol"),
    ("smol-local", "smol"),
    #[cfg(target_os = "linux")]
    ("glommio", "glommio"),
    #[cfg(target_os = "linux")]
    ("monoio", "monoio"),
    #[cfg(target_os = "linux")]
    ("monoio-legacy", "monoio"),
    #[cfg(target_os = "linux")]
    ("compio", "compio"),
    ("futures", "futures"),
    ("corosensei", "corosensei"),
];

/// Serves one case through the trait.
fn serve_trait<R: Launch>(version: &str) -> io::Result<()> {
    loopswap_runner::serve::<R, TaxCatalogue>(version, 0.0, loopswap_runner::tallied::<TaxCatalogue>)
}

/// Serves one case.
///
/// # Errors
/// When a pipe breaks, the conductor does not keep to the protocol, or there is no such runtime.
pub(crate) fn serve(runtime: &str, side: Side) -> io::Result<()> {
    let Some((_, package)) = RUNTIMES.iter().find(|(name, _)| *name == runtime) else {
        return Err(io::Error::other(format!("there is no runtime `{runtime}`")));
    };
    let version = versions::of(package);
    match (side, runtime) {
        (Side::Native, _) => native::serve(runtime, version),
        (Side::Trait, "tokio") => serve_trait::<Tokio>(version),
        (Side::Trait, "tokio-current-thread") => serve_trait::<TokioCurrentThread>(version),
        (Side::Trait, "async-std") => serve_trait::<AsyncStd>(version),
        (Side::Trait, "smol") => serve_trait::<Smol>(version),
        (Side::Trait, "smol-local") => loopswap_tax_local::serve_smol_local(version),
        #[cfg(target_os = "linux")]
        (Side::Trait, "glommio") => loopswap_tax_local::serve_glommio(version),
        #[cfg(target_os = "linux")]
        (Side::Trait, "monoio") => loopswap_tax_local::serve_monoio(version),
        #[cfg(target_os = "linux")]
        (Side::Trait, "monoio-legacy") => loopswap_tax_local::serve_monoio_legacy(version),
        #[cfg(target_os = "linux")]
        (Side::Trait, "compio") => loopswap_tax_local::serve_compio(version),
        (Side::Trait, "futures") => loopswap_tax_local::serve_futures(version),
        (Side::Trait, "corosensei") => loopswap_tax_local::serve_corosensei(version),
        (Side::Trait, other) => Err(io::Error::other(format!("`{other}` has no trait side"))),
    }
}
