//! The runtimes that are built in: one line each.

use crate::build::version_of;
use crate::guests;
use loopswap_conductor::{Failure, RuntimeCommand};
use loopswap_protocol::{Unavailable, WorkloadInfo};
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
    ($($name:literal: $(#[$cfg:meta])* $runner:ident;)+) => {
        /// Every runtime of loopswap, built in or not, in the order in which lists show them.
        pub(crate) const NAMES: &[&str] = &[$($name),+];

        /// Every built-in runtime, in the same order.
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
    "tokio": #[cfg(feature = "tokio")] loopswap_tokio_runner;
    "tokio-current-thread": #[cfg(feature = "tokio-current-thread")] loopswap_tokio_current_thread_runner;
    "async-std": #[cfg(feature = "async-std")] loopswap_async_std_runner;
    "smol": #[cfg(feature = "smol")] loopswap_smol_runner;
    "smol-local": #[cfg(feature = "smol-local")] loopswap_smol_local_runner;
    "glommio": #[cfg(all(feature = "glommio", target_os = "linux"))] loopswap_glommio_runner;
    "monoio": #[cfg(all(feature = "monoio", target_os = "linux"))] loopswap_monoio_runner;
    "monoio-legacy": #[cfg(all(feature = "monoio-legacy", target_os = "linux"))] loopswap_monoio_legacy_runner;
    "compio": #[cfg(all(feature = "compio", target_os = "linux"))] loopswap_compio_runner;
    "threads": #[cfg(feature = "threads")] loopswap_threads_runner;
    "sequential": #[cfg(feature = "sequential")] loopswap_sequential_runner;
    "corosensei": #[cfg(feature = "corosensei")] loopswap_corosensei_runner;
    "futures": #[cfg(feature = "futures")] loopswap_futures_runner;
    "null": #[cfg(feature = "null")] loopswap_null_runner;
}

/// Why a runtime of loopswap is not in this program, and how to build it in.
pub(crate) fn not_built(name: &str) -> Option<Unavailable> {
    let known = NAMES.contains(&name) && !builtins().iter().any(|builtin| builtin.name == name);
    known.then(|| Unavailable {
        reason: "not built: this program was built without it".into(),
        remedy: format!("build it in: `cargo build --release --features {name}`"),
    })
}

/// This program, to be executed again as a runner or a peer.
pub(crate) fn program() -> Result<String, Failure> {
    let path = std::env::current_exe().map_err(|error| Failure::internal(format!("finding this program: {error}")))?;
    Ok(path.to_string_lossy().into_owned())
}

/// How to start the runner of every runtime and of every guest; one that is not built in or not prepared says so.
pub(crate) fn commands() -> Result<Vec<RuntimeCommand>, Failure> {
    let program = program()?;
    let command = |name: String| RuntimeCommand {
        side: None,
        command: vec![program.clone(), "runner".into(), name.clone()],
        name,
    };
    Ok(NAMES.iter().map(|name| (*name).to_owned()).chain(guests::names()).map(command).collect())
}

/// Every workload.
pub(crate) fn workloads() -> Vec<WorkloadInfo> {
    loopswap_workloads::Workloads::infos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_the_name_of_its_runtime() {
        let built: Vec<&str> = builtins().iter().map(|builtin| builtin.name).collect();
        let left: Vec<&str> = NAMES.iter().copied().filter(|name| not_built(name).is_none()).collect();
        assert_eq!(built, left, "a name that no built-in runtime has stands for one that is not built in");
        assert_eq!(not_built("tokyo"), None);
    }
}
