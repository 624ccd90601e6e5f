//! monoio on epoll: the same threads, tasks, timers and sockets as `monoio`, over its legacy driver,
//! which waits for readiness and then makes system calls.
//!
//! It is a runtime of its own; `monoio` never falls back to it. It exists on Linux only; elsewhere this crate
//! is empty.
#![cfg(target_os = "linux")]

use loopswap_monoio::{NO_CANCEL, On, Reactor};
use loopswap_rt::{Info, Topology, Unavailable};
use monoio::LegacyDriver;

/// monoio on epoll.
pub type MonoioLegacy = On<Epoll>;

/// epoll, which monoio calls its legacy driver.
#[derive(Clone, Copy, Debug)]
pub struct Epoll;

impl Reactor for Epoll {
    type Driver = LegacyDriver;
    const INFO: Info = Info {
        name: "monoio-legacy",
        package: "monoio",
        driver: "epoll",
        topology: Topology::ThreadPerCore,
        concurrent: true,
        offload: Ok(()),
        cancel: Err(NO_CANCEL),
        about: "monoio on its legacy driver, a thread per core, each with its own epoll",
        discontinued: None,
    };

    fn preflight(_threads: usize) -> Result<(), Unavailable> {
        Ok(())
    }
}
