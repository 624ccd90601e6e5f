//! Every workload compiled for `sequential`: a crate of its own, so that a change of one runtime compiles one again.

loopswap_runner::runner!(loopswap_sequential::Sequential, loopswap_workloads::Workloads, loopswap_tallied::tally_tasks);
