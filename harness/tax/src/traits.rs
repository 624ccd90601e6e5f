//! `loopswap-tax-traits`: the programs written once against loopswap's traits, on every runtime that has native ones.

use loopswap::{Builtin, Program};
use loopswap_async_std::AsyncStd;
use loopswap_corosensei::Corosensei;
use loopswap_futures::Futures;
use loopswap_smol::Smol;
use loopswap_smol_local::SmolLocal;
use loopswap_tokio::Tokio;
use loopswap_tokio_current_thread::TokioCurrentThread;
use std::process::ExitCode;

/// A runtime whose tasks may go to another thread.
fn plain<R: loopswap_runner::Launch>() -> Builtin {
    Builtin { name: R::INFO.name, package: R::INFO.package, serve: loopswap_tax::serve::<R> }
}

/// A runtime whose tasks stay on their thread.
fn local<R: loopswap_runner_local::Launch>() -> Builtin {
    Builtin { name: R::INFO.name, package: R::INFO.package, serve: loopswap_tax_local::serve::<R> }
}

fn main() -> ExitCode {
    loopswap::main(Program {
        names: loopswap_tax::RUNTIMES,
        builtins: vec![
            plain::<Tokio>(),
            plain::<TokioCurrentThread>(),
            plain::<AsyncStd>(),
            plain::<Smol>(),
            local::<SmolLocal>(),
            #[cfg(target_os = "linux")]
            local::<loopswap_glommio::Glommio>(),
            #[cfg(target_os = "linux")]
            local::<loopswap_monoio::Monoio>(),
            #[cfg(target_os = "linux")]
            local::<loopswap_monoio_legacy::MonoioLegacy>(),
            #[cfg(target_os = "linux")]
            local::<loopswap_compio::Compio>(),
            local::<Futures>(),
            local::<Corosensei>(),
        ],
        workloads: loopswap_tax::infos,
        suites: loopswap_tax::SUITES,
    })
}
