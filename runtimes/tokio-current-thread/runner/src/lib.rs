//! Every workload compiled for `tokio-current-thread`: a crate of its own, so that a change of one runtime compiles one again.

loopswap_runner::runner!(
    loopswap_tokio_current_thread::TokioCurrentThread,
    loopswap_workloads::Workloads,
    loopswap_tallied::tally_tasks
);
