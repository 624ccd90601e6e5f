//! `loopswap-tax`: measures what loopswap's abstraction costs.

mod child;
mod drive;
mod native;
mod peers;
mod placement;
mod program;
mod report;
mod row;
mod side;
mod versions;

use clap::Parser;
use std::process::ExitCode;

/// Native programs against the same through loopswap's traits.
#[derive(Parser)]
#[command(name = "loopswap-tax", version)]
enum Cli {
    /// Measure the tax of every runtime and program that matches
    Run(drive::Options),
    /// Serve one case over stdin and stdout (the runner protocol)
    Runner {
        /// The runtime, such as `tokio`
        runtime: String,
        /// The program written for it alone, or the one written once for all
        side: side::Side,
    },
    /// Be a server to talk to, until stdin closes
    Peer {
        /// What to serve
        kind: peers::Kind,
    },
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not errors; everything else is bad usage.
            let code = if error.use_stderr() { 64 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let ended = match cli {
        Cli::Run(options) => drive::run(&options),
        Cli::Runner { runtime, side } => side::serve(&runtime, side).map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Cli::Peer { kind } => peers::serve(kind).map(|()| ExitCode::SUCCESS).map_err(Into::into),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("loopswap-tax: {error}");
            // Internal, as the exit codes of loopswap have it.
            ExitCode::from(70)
        }
    }
}
