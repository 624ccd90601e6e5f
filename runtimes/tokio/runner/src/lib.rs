//! Every workload compiled for `tokio`: a crate of its own, so that a change of one runtime compiles one again.

loopswap_runner::runner!(loopswap_tokio::Tokio, loopswap_workloads::Workloads, loopswap_tallied::tally_tasks);
