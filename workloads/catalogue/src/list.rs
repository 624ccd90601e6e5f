//! The list itself, in the order in which people see it.

use super::{cpu, http_fetch, mysql, offload, redis, sleep, spawn, switch, wake};

loopswap_rt::catalogue! {
    /// Every workload of loopswap.
    Workloads: sleep::Sleep, http_fetch::HttpFetch, redis::Redis, mysql::Mysql, cpu::Cpu, switch::Switch, spawn::Spawn, wake::Wake, offload::Offload
}
