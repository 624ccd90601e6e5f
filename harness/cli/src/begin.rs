//! What every new record begins with: its folder, its header, its journal.

use crate::files::RECORD;
use crate::{build, program};
use jiff::Timestamp;
use loopswap_conductor::{Failure, Journal, environment};
use loopswap_protocol::{RuntimeInfo, complete, quoted, quoted_path};
use loopswap_report::record::{Header, Plan, RECORD_SCHEMA};
use std::path::{Path, PathBuf};

/// Default folder for records.
pub(crate) const RUNS: &str = "loopswap-runs";

/// The folder of a record: the given one, or a new one whose name begins with the time.
pub(crate) fn folder(given: Option<&Path>, created: Timestamp, what: &str) -> PathBuf {
    given.map_or_else(
        || Path::new(RUNS).join(format!("{}-{what}", created.strftime("%Y-%m-%dT%H-%M-%SZ"))),
        Path::to_owned,
    )
}

/// Refuses to resume rows that no workload of this program fits.
pub(crate) fn known_rows(plan: &Plan) -> Result<(), Failure> {
    let workloads = program::workloads();
    let names = || workloads.iter().map(|info| info.name);
    for (index, row) in plan.rows.iter().enumerate() {
        let wrong = |what: String| {
            Failure::usage(format!("line 1 of the record: plan.rows[{index}], {}: {what}", quoted(&row.case)))
                .help("it was changed or damaged: start a new run")
        };
        let Some(info) = workloads.iter().find(|info| info.name == row.workload) else {
            return Err(
                wrong(format!("unknown workload `{}`", quoted(&row.workload))).there_are(&row.workload, names())
            );
        };
        match complete(info.params, &row.params) {
            Ok(params) if params == row.params => {}
            Ok(_) => return Err(wrong("parameters are missing".into())),
            Err((_, what)) => return Err(wrong(what)),
        }
    }
    Ok(())
}

/// A time as written in files: RFC 3339, UTC, whole seconds.
pub(crate) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The header of a record by this program. The conductor adds the peers when it has started them.
pub(crate) fn header(created: Timestamp, plan: Plan, runtimes: Vec<RuntimeInfo>) -> Header {
    Header {
        schema: RECORD_SCHEMA,
        loopswap: build::VERSION.into(),
        created: stamp(created),
        plan,
        environment: environment(build::build()),
        runtimes,
        peers: Vec::new(),
    }
}

/// The journal of a new record. An existing one is never overwritten.
pub(crate) fn journal(folder: &Path) -> Result<Journal, Failure> {
    let path = folder.join(RECORD);
    let made = std::fs::create_dir_all(folder).and_then(|()| Journal::create(&path));
    made.map_err(|error| unusable(&path, &error))
}

/// Why a record cannot begin.
fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    use std::io::ErrorKind;
    let what = format!("{}: {error}", quoted_path(path));
    if let (true, Err(gone)) = (path.is_relative(), std::env::current_dir()) {
        return Failure::usage(format!("{what}: the working folder is gone ({gone})"))
            .help("change to a folder that is there, or give an absolute one with --output");
    }
    let folder = path.parent().unwrap_or(path);
    match error.kind() {
        ErrorKind::AlreadyExists if !folder.is_dir() => {
            let what = format!("{}: it is there, and is not a folder", quoted_path(folder));
            Failure::usage(what).help("give a folder that can be written to with --output")
        }
        ErrorKind::AlreadyExists => Failure::usage(what)
            .help("nothing that was measured is overwritten: give another --output, or --resume this one"),
        // The folder is valid: the file system is full, or a limit of the process is reached.
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Failure::internal(what).help("free some space, or give a folder elsewhere with --output")
        }
        _ => Failure::usage(what).help("give a folder that can be written to with --output"),
    }
}
