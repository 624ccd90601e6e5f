//! `loopswap leash`: runs a program that ends when its parent does.
//!
//! A server or a foreign runner knows nothing of us. The leash asks the kernel to kill this process
//! when its parent dies (`PR_SET_PDEATHSIG`, prctl(2)), then becomes the program, which keeps the
//! request.

use super::Done;
use loopswap_conductor::Failure;
use nix::sys::signal::Signal;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Arguments of `loopswap leash`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Asks the kernel to kill this process when its parent dies.
pub(crate) fn die_with_parent() -> Result<(), Failure> {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)
        .map_err(|error| Failure::internal(format!("asking to end with the parent: {error}")))
}

pub(crate) fn run(args: &Args) -> Done {
    die_with_parent()?;
    let error = Command::new(&args.command[0]).args(&args.command[1..]).exec();
    Err(Failure::internal(format!("{}: {error}", args.command[0])))
}
