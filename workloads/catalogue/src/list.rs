//! The list itself, in the order in which people see it.

use super::{cpu, echo, http_fetch, mysql, redis, service, sleep, spawn, switch, wake};

loopswap_rt::catalogue! {
    /// Every workload of loopswap.
    Workloads: sleep::Sleep, http_fetch::HttpFetch, redis::Redis, mysql::Mysql, cpu::Cpu, echo::Echo, service::Service, switch::Switch, spawn::Spawn, wake::Wake
}
