//! The list itself, in the order in which people see it.

use super::{cpu, echo, http_fetch, redis, service, sleep};

loopswap_rt::catalogue! {
    /// Every workload of loopswap.
    Workloads: sleep::Sleep, http_fetch::HttpFetch, redis::Redis, cpu::Cpu, echo::Echo, service::Service
}
