//! The program `loopswap`: the composition root, the only place where all runtimes, workloads and suites of this
//! repository meet the conductor and the views.

mod registry;
mod suites;

use loopswap::Program;
use loopswap_rt::Catalogue as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    loopswap::main(Program {
        names: registry::NAMES,
        builtins: registry::builtins(),
        workloads: loopswap_workloads::Workloads::infos,
        suites: suites::SUITES,
    })
}
