//! Every workload compiled for `corosensei`: a crate of its own, so that a change of one runtime compiles one again.

loopswap_runner_local::runner!(
    loopswap_corosensei::Corosensei,
    loopswap_workloads_local::Workloads,
    loopswap_tallied_local::tally_tasks
);
