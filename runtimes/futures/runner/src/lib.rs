//! Every workload compiled for `futures`: a crate of its own, so that a change of one runtime compiles one again.

loopswap_runner_local::runner!(
    loopswap_futures::Futures,
    loopswap_workloads_local::Workloads,
    loopswap_tallied_local::tally_tasks
);
