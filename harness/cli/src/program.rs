//! What this program is made of, beside the conductor and the views that every program has.

use crate::build::version_of;
use crate::guests;
use loopswap_conductor::{Failure, RuntimeCommand};
use loopswap_protocol::{Unavailable, WorkloadInfo};
use std::io;
use std::sync::OnceLock;

/// What a program of loopswap is made of.
#[derive(Debug)]
pub struct Program {
    /// Names of its runtimes, built in or not, in the order in which lists show them.
    pub names: &'static [&'static str],
    /// The runtimes that are built in, in the same order.
    pub builtins: Vec<Builtin>,
    /// Describes its workloads.
    pub workloads: fn() -> Vec<WorkloadInfo>,
    /// Name and text of every suite that is built in; the first is the default.
    pub suites: &'static [(&'static str, &'static str)],
}

/// A runtime that is built in.
#[derive(Debug)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// The package whose version identifies it.
    pub package: &'static str,
    /// Serves one case over standard input and output, given the version of the package and the fraction of extra
    /// work in every slice.
    pub serve: fn(&str, f64) -> io::Result<()>,
}

impl Builtin {
    /// Serves one case over standard input and output, with a fraction of extra work in every slice.
    pub(crate) fn serve(&self, extra_work: f64) -> io::Result<()> {
        (self.serve)(version_of(self.package), extra_work)
    }
}

/// A process is one program for as long as it lives.
static PROGRAM: OnceLock<Program> = OnceLock::new();

/// Says what this program is made of, before any verb asks.
pub(crate) fn set(program: Program) {
    assert!(PROGRAM.set(program).is_ok(), "a process has one main");
}

fn this() -> &'static Program {
    PROGRAM.get().expect("main says what the program is made of before it runs a verb")
}

/// Every built-in runtime.
pub(crate) fn builtins() -> &'static [Builtin] {
    &this().builtins
}

/// Every workload.
pub(crate) fn workloads() -> Vec<WorkloadInfo> {
    (this().workloads)()
}

/// Name and text of every built-in suite.
pub(crate) fn suites() -> &'static [(&'static str, &'static str)] {
    this().suites
}

/// Name of the suite that is measured if no other is named; empty before the program is known, as in unit tests that
/// only parse arguments.
pub(crate) fn default_suite() -> &'static str {
    PROGRAM.get().and_then(|program| program.suites.first()).map_or("", |(name, _)| name)
}

/// Why a runtime of loopswap is not in this program, and how to build it in.
pub(crate) fn not_built(name: &str) -> Option<Unavailable> {
    let known = this().names.contains(&name) && !builtins().iter().any(|builtin| builtin.name == name);
    known.then(|| Unavailable {
        reason: "not built: this program was built without it".into(),
        remedy: format!("build it in: `cargo build --release --features {name}`"),
    })
}

/// The path of this program, to be executed again as a runner or a peer.
pub(crate) fn path() -> Result<String, Failure> {
    let path = std::env::current_exe().map_err(|error| Failure::internal(format!("finding this program: {error}")))?;
    Ok(path.to_string_lossy().into_owned())
}

/// Name of every runtime of this program, built in or not.
pub(crate) fn names() -> Vec<String> {
    this().names.iter().map(|name| (*name).to_owned()).collect()
}

/// How to start the runner of every runtime and of every guest; one that is not built in or not prepared says so.
pub(crate) fn commands() -> Result<Vec<RuntimeCommand>, Failure> {
    let program = path()?;
    let command = |name: String| RuntimeCommand {
        side: None,
        command: vec![program.clone(), "runner".into(), name.clone()],
        name,
    };
    Ok(names().into_iter().chain(guests::names()).map(command).collect())
}
