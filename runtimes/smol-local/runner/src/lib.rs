//! Every workload compiled for `smol-local`: a crate of its own, so that a change of one runtime compiles one again.

loopswap_runner_local::runner!(
    loopswap_smol_local::SmolLocal,
    loopswap_workloads_local::Workloads,
    loopswap_tallied_local::tally_tasks
);
