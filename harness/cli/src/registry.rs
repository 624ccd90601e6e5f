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
    ($($(#[$cfg:meta])* $runner:ident;)+) => {
        /// Every built-in runtime, in the order in which people see them.
        pub(crate) fn builtins() -> Vec<Builtin> {
            vec![$($(#[$cfg])* Builtin {
                name: $runner::INFO.name,
                package: $runner::INFO.package,
                serve: $runner::serve,
            }),+]
        }
    };
}

runtimes! {
    #[cfg(feature = "tokio")] loopswap_tokio_runner;
    #[cfg(feature = "tokio-current-thread")] loopswap_tokio_current_thread_runner;
    #[cfg(feature = "async-std")] loopswap_async_std_runner;
    #[cfg(feature = "smol")] loopswap_smol_runner;
    #[cfg(feature = "smol-local")] loopswap_smol_local_runner;
    #[cfg(all(feature = "glommio", target_os = "linux"))] loopswap_glommio_runner;
    #[cfg(all(feature = "monoio", target_os = "linux"))] loopswap_monoio_runner;
    #[cfg(all(feature = "monoio-legacy", target_os = "linux"))] loopswap_monoio_legacy_runner;
    #[cfg(all(feature = "compio", target_os = "linux"))] loopswap_compio_runner;
    #[cfg(feature = "threads")] loopswap_threads_runner;
    #[cfg(feature = "sequential")] loopswap_sequential_runner;
    #[cfg(feature = "corosensei")] loopswap_corosensei_runner;
    #[cfg(feature = "futures")] loopswap_futures_runner;
    #[cfg(feature = "null")] loopswap_null_runner;
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
