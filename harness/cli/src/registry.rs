//! The runtimes that are built in: one line each.

use loopswap::Builtin;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_the_name_of_its_runtime() {
        let built: Vec<&str> = builtins().iter().map(|builtin| builtin.name).collect();
        let named: Vec<&str> = NAMES.iter().copied().filter(|name| built.contains(name)).collect();
        assert_eq!(built, named);
    }
}
