//! Every workload compiled for `async-std`: a crate of its own, so that a change of one runtime compiles one again.

loopswap_runner::runner!(loopswap_async_std::AsyncStd, loopswap_workloads::Workloads, loopswap_tallied::tally_tasks);
