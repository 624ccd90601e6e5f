//! `loopswap runner`: this program as the runner of one runtime.

use super::Done;
use crate::parent::{become_program, die_with_parent};
use crate::{guests, program};
use loopswap_conductor::Failure;
use loopswap_protocol::{Session, quoted, sentence};
use loopswap_runner::mock::{Fail, Lie, Mock};

/// Arguments of `loopswap runner`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the runtime or guest, or `mock`
    runtime: String,
    /// Do this many per cent more work in every slice than was asked for, and do not report it: the self-test
    /// must find it
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    extra_work: f64,
    /// mock: nanoseconds of one operation
    #[arg(long, default_value_t = 10_000, value_name = "NS")]
    ns_per_op: u64,
    /// mock: system calls of one operation, where it is to count any
    #[arg(long, value_name = "N")]
    syscalls_per_op: Option<u64>,
    /// mock: what goes wrong, in every slice or in one phase: `hang`, `hang@count`
    #[arg(long, value_name = "KIND[@PHASE]")]
    fail: Option<Fail>,
    /// mock: slices before it goes wrong
    #[arg(long, default_value_t = 0, value_name = "N")]
    after: u64,
    /// mock: nothing goes wrong with this seed
    #[arg(long, value_name = "N")]
    spare_seed: Option<u64>,
    /// mock: what it lies about
    #[arg(long, value_name = "KIND")]
    lie: Option<Lie>,
}

pub(crate) fn run(args: &Args) -> Done {
    // A parent that is killed takes its runners with it, also one that is stuck in a slice.
    die_with_parent();
    let failed =
        |error: std::io::Error| Failure::internal(format!("runner {}: {}", quoted(&args.runtime), sentence(error)));
    if args.runtime == "mock" {
        let Args { ns_per_op, syscalls_per_op, fail, after, spare_seed, lie, .. } = *args;
        Mock { ns_per_op, syscalls_per_op, fail, after, spare_seed, lie }.serve().map_err(failed)?;
        return Ok(0);
    }
    if let Some(program) = guests::program(&args.runtime) {
        if args.extra_work != 0.0 {
            return Err(Failure::usage(format!("--extra-work: the guest {} takes none", args.runtime))
                .help("leave it out, or name a runtime of this program"));
        }
        return Err(become_program(&program, &[]));
    }
    let builtins = program::builtins();
    let missing = program::not_built(&args.runtime).or_else(|| guests::not_prepared(&args.runtime));
    if let Some(unavailable) = missing {
        Session::unavailable(unavailable).map_err(failed)?;
        return Ok(0);
    }
    let Some(builtin) = builtins.iter().find(|builtin| builtin.name == args.runtime) else {
        return Err(Failure::usage(format!("unknown runtime `{}`", quoted(&args.runtime)))
            .there_are(&args.runtime, builtins.iter().map(|builtin| builtin.name)));
    };
    builtin.serve(args.extra_work / 100.0).map_err(failed)?;
    Ok(0)
}
