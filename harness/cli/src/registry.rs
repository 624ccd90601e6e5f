//! The runtimes that are built in: one line each.

use crate::build::version_of;
use loopswap_conductor::{Failure, RuntimeCommand};
use loopswap_protocol::WorkloadInfo;
use loopswap_rt::Catalogue as _;
use std::io;

/// A built-in runtime.
pub(crate) struct Builtin {
    /// Its name.
    pub(crate) name: &'static str,
    /// The package whose version identifies it.
    package: &'static str,
    serve: fn(&str, f64) -> io::Result<()>,
}

impl Builtin {
    /// Serves one case over standard input and output, with a fraction of extra work in every slice.
    pub(crate) fn serve(&self, extra_work: f64) -> io::Result<()> {
        (self.serve)(version_of(self.package), extra_work)
    }
}

macro_rules! runtimes {
    ($($(#[$cfg:meta])* $runner:ident $runtime:path;)+) => {
        /// Every built-in runtime, in the order in which people see them.
        pub(crate) fn builtins() -> Vec<Builtin> {
            vec![$($(#[$cfg])* runtimes!(@ $runner $runtime)),+]
        }
    };
    // Tasks may move between threads.
    (@ send $runtime:path) => {{
        use loopswap_rt::Launch as _;
        use $runtime as Chosen;
        Builtin {
            name: Chosen::INFO.name,
            package: Chosen::INFO.package,
            serve: loopswap_runner::serve::<Chosen, loopswap_workloads::Workloads>,
        }
    }};
    // Tasks stay on their thread.
    (@ local $runtime:path) => {{
        use loopswap_runner_local::Launch as _;
        use $runtime as Chosen;
        Builtin {
            name: Chosen::INFO.name,
            package: Chosen::INFO.package,
            serve: loopswap_runner_local::serve::<Chosen, loopswap_workloads_local::Workloads>,
        }
    }};
}

runtimes! {
    #[cfg(feature = "tokio")] send loopswap_tokio::Tokio;
    #[cfg(feature = "tokio-current-thread")] send loopswap_tokio_current_thread::TokioCurrentThread;
    #[cfg(feature = "async-std")] send loopswap_async_std::AsyncStd;
    #[cfg(feature = "smol")] send loopswap_smol::Smol;
    #[cfg(feature = "smol-local")] local loopswap_smol_local::SmolLocal;
    #[cfg(all(feature = "glommio", target_os = "linux"))] local loopswap_glommio::Glommio;
    #[cfg(all(feature = "monoio", target_os = "linux"))] local loopswap_monoio::Monoio;
    #[cfg(all(feature = "monoio-legacy", target_os = "linux"))] local loopswap_monoio_legacy::MonoioLegacy;
    #[cfg(all(feature = "compio", target_os = "linux"))] local loopswap_compio::Compio;
    #[cfg(feature = "threads")] send loopswap_threads::Threads;
    #[cfg(feature = "sequential")] send loopswap_sequential::Sequential;
    #[cfg(feature = "corosensei")] local loopswap_corosensei::Corosensei;
    #[cfg(feature = "futures")] local loopswap_futures::Futures;
    #[cfg(feature = "null")] local loopswap_null::Null;
}

/// This program, to be executed again as a runner or a peer.
pub(crate) fn program() -> Result<String, Failure> {
    let path = std::env::current_exe().map_err(|error| Failure::internal(format!("finding this program: {error}")))?;
    Ok(path.to_string_lossy().into_owned())
}

/// How to start the runner of every built-in runtime.
pub(crate) fn commands() -> Result<Vec<RuntimeCommand>, Failure> {
    let program = program()?;
    Ok(builtins()
        .into_iter()
        .map(|builtin| RuntimeCommand {
            name: builtin.name.into(),
            side: None,
            command: vec![program.clone(), "runner".into(), builtin.name.into()],
        })
        .collect())
}

/// Every workload.
pub(crate) fn workloads() -> Vec<WorkloadInfo> {
    loopswap_workloads::Workloads::infos()
}
