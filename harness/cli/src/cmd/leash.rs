//! `loopswap leash`: runs a program that ends when its parent does.
//!
//! A server or a foreign runner knows nothing of us. The leash asks the kernel to kill this process
//! when its parent dies (`PR_SET_PDEATHSIG`, prctl(2)), then becomes the program, which keeps the
//! request. With `--sweep` it is the other way round: this process outlives a parent that was killed,
//! and removes the folder that it left behind.

use super::Done;
use crate::parent::{become_program, die_with_parent};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often to try to remove a folder in which a dying server still writes, and the pause before each try.
const SWEEPS: usize = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// Arguments of `loopswap leash`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Wait until standard input closes, then remove this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    sweep: Option<PathBuf>,
    /// The program and its arguments
    #[arg(last = true, required_unless_present = "sweep")]
    command: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Done {
    if let Some(folder) = &args.sweep {
        return sweep(folder);
    }
    die_with_parent();
    Err(become_program(Path::new(&args.command[0]), &args.command[1..]))
}

fn sweep(folder: &Path) -> Done {
    // Nothing is ever written into this pipe: it closes when the parent ends or closes it.
    let _ = io::stdin().read_to_end(&mut Vec::new());
    for _ in 0..SWEEPS {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => std::thread::sleep(PAUSE),
            Ok(()) | Err(_) => break,
        }
    }
    Ok(0)
}
