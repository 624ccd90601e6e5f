//! Every workload compiled for `threads`: a crate of its own, so that a change of one runtime compiles one again.

loopswap_runner::runner!(loopswap_threads::Threads, loopswap_workloads::Workloads, loopswap_tallied::tally_tasks);
