//! The list itself, in the order in which lists and help show it.

use super::{cpu, crawl, echo, http_fetch, mysql, offload, pool, redis, service, sleep, spawn, stream, switch, wake};

loopswap_rt::catalogue! {
    /// Every workload of loopswap.
    Workloads: sleep::Sleep, http_fetch::HttpFetch, redis::Redis, mysql::Mysql, cpu::Cpu, echo::Echo, service::Service, crawl::Crawl, switch::Switch, spawn::Spawn, wake::Wake, stream::Stream, pool::Pool, offload::Offload
}
