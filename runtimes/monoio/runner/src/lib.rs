//! Every workload compiled for `monoio`: a crate of its own, so that a change of one runtime compiles one again.
#![cfg(target_os = "linux")]

loopswap_runner_local::runner!(
    loopswap_monoio::Monoio,
    loopswap_workloads_local::Workloads,
    loopswap_tallied_local::tally_tasks
);
