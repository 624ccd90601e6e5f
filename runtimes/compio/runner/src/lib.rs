//! Every workload compiled for `compio`: a crate of its own, so that a change of one runtime compiles one again.
#![cfg(target_os = "linux")]

loopswap_runner_local::runner!(
    loopswap_compio::Compio,
    loopswap_workloads_local::Workloads,
    loopswap_tallied_local::tally_tasks
);
