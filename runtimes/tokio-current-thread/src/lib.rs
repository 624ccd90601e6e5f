//! tokio's current-thread runtime: the same reactor and timer as `tokio`, one thread, nothing to steal.

use loopswap_rt::{Info, Topology};
use loopswap_tokio::{On, Scheduler};
use tokio::runtime::Builder;

/// The runtime built by `tokio::runtime::Builder::new_current_thread`.
pub type TokioCurrentThread = On<CurrentThread>;

/// tokio's scheduler of one thread.
#[derive(Clone, Copy, Debug)]
pub struct CurrentThread;

impl Scheduler for CurrentThread {
    const INFO: Info = Info {
        name: "tokio-current-thread",
        package: "tokio",
        driver: "epoll",
        topology: Topology::SingleThread,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "tokio's current-thread runtime: every task on one thread, over epoll",
        discontinued: None,
    };

    fn builder(_threads: usize) -> Builder {
        Builder::new_current_thread()
    }
}
