//! What every verb that measures does beside measuring: it listens for signals, says what the peers count, and
//! tells how the run ended.

use crate::program;
use loopswap_conductor::{Exit, Failure, Halt, Requests};
use loopswap_report::record::Environment;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The first signal asks the run to end in order, the second ends it at once.
pub(crate) fn listen_for_signals() -> Result<Arc<AtomicBool>, Failure> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, Exit::Interrupted as i32, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| Failure::internal(format!("listening for signal {signal}: {error}")))?;
    }
    Ok(stop)
}

/// What the peers count for one operation, by workload.
pub(crate) fn requests() -> BTreeMap<String, Requests> {
    program::workloads().into_iter().map(|info| (info.name.to_owned(), info.requests)).collect()
}

/// Whether any target failed in a run that came to its end, or why it did not; `again` is the command that goes
/// on with it.
pub(crate) fn outcome(halted: Result<bool, Halt>, again: &str) -> Result<bool, Failure> {
    match halted {
        Ok(failed) => Ok(failed),
        Err(Halt::TimeIsUp) => Ok(false),
        Err(Halt::Interrupted) => {
            Err(Failure::interrupted("interrupted; what was measured is kept").help(format!("go on with it: {again}")))
        }
        Err(Halt::Record(error)) => Err(Failure::internal(format!("the record could not be written: {error}"))
            .help("what was measured before is in it; free some space, then go on:")
            .help(again)),
        Err(Halt::System(failure)) => Err(failure),
    }
}

/// Whether two builds of loopswap are the same, so that one record may hold what both measured.
pub(crate) fn same_build(one: &Environment, other: &Environment) -> bool {
    let key = |build: &Environment| (build.lockfile_crc32.clone(), build.git_commit.clone(), build.profile.clone());
    key(one) == key(other)
}
