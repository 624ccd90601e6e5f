//! The list itself, in the order in which people see it.

use super::{cpu, http_fetch, redis, sleep, spawn, switch, wake};

loopswap_rt::catalogue! {
    /// Every workload of loopswap.
    Workloads: sleep::Sleep, http_fetch::HttpFetch, redis::Redis, cpu::Cpu, switch::Switch, spawn::Spawn, wake::Wake
}
