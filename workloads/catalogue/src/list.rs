//! The one list of workloads, in the order in which lists and help show them: source, crate and type of each.
//! `workloads!` is a macro of the crate that compiles this file: of the catalogue, or of its twin for the local side.

workloads! {
    "../../sleep/src/lib.rs": loopswap_sleep::Sleep,
    "../../http-fetch/src/lib.rs": loopswap_http_fetch::HttpFetch,
    "../../redis/src/lib.rs": loopswap_redis::Redis,
    "../../mysql/src/lib.rs": loopswap_mysql::Mysql,
    "../../cpu/src/lib.rs": loopswap_cpu::Cpu,
    "../../echo/src/lib.rs": loopswap_echo::Echo,
    "../../service/src/lib.rs": loopswap_service::Service,
    "../../crawl/src/lib.rs": loopswap_crawl::Crawl,
    "../../switch/src/lib.rs": loopswap_switch::Switch,
    "../../spawn/src/lib.rs": loopswap_spawn::Spawn,
    "../../wake/src/lib.rs": loopswap_wake::Wake,
    "../../stream/src/lib.rs": loopswap_stream::Stream,
    "../../pool/src/lib.rs": loopswap_pool::Pool,
    "../../offload/src/lib.rs": loopswap_offload::Offload,
}
