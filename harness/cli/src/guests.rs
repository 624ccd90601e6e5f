//! The guests: runtimes in other languages, which `scripts/guests` prepares. A suite can name them like the runtimes
//! of this program; `loopswap runner NAME` becomes the prepared program, or says that there is none.

use loopswap_protocol::{RuntimeInfo, Unavailable};
use std::path::PathBuf;

/// Every guest that `scripts/guests` knows, in its order; of a variant of another guest the workload that it has.
pub(crate) const GUESTS: [(&str, Option<&str>); 21] = [
    ("go", None),
    ("node", None),
    ("node-installed", None),
    ("asyncio", None),
    ("asyncio-streams", Some("echo")),
    ("asyncio-sockets", Some("echo")),
    ("asyncio-python-parser", Some("redis")),
    ("asyncio-h11", Some("service")),
    ("uvloop", None),
    ("uvloop-streams", Some("echo")),
    ("uvloop-sockets", Some("echo")),
    ("uvloop-python-parser", Some("redis")),
    ("uvloop-h11", Some("service")),
    ("rloop", None),
    ("rloop-streams", Some("echo")),
    ("rloop-sockets", Some("echo")),
    ("rloop-python-parser", Some("redis")),
    ("rloop-h11", Some("service")),
    ("gevent", None),
    ("trio", None),
    ("python-threads", None),
];

/// Names the folder into which `scripts/guests` prepares them, if it is not the usual one.
const FOLDER: &str = "LOOPSWAP_GUESTS";

/// Their names.
pub(crate) fn names() -> Vec<String> {
    GUESTS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// The variants, each with the workload that it has.
pub(crate) fn variants() -> impl Iterator<Item = (&'static str, &'static str)> {
    GUESTS.iter().filter_map(|(name, workload)| Some((*name, (*workload)?)))
}

/// The guest that a variant is of: its name begins with the guest's.
pub(crate) fn variant_of(variant: &str) -> Option<&'static str> {
    let whole = GUESTS.iter().filter(|(_, workload)| workload.is_none());
    whole.map(|(name, _)| *name).find(|name| variant.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')))
}

/// Whether a guest has this name.
pub(crate) fn is_guest(name: &str) -> bool {
    GUESTS.iter().any(|(guest, _)| *guest == name)
}

/// Whether a variant of a guest has this name.
pub(crate) fn is_variant(name: &str) -> bool {
    variants().any(|(variant, _)| variant == name)
}

/// The program of a guest; `None` if it is not prepared, or if there is no guest of this name.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    is_guest(name).then(folder).flatten().map(|folder| folder.join(name).join("run")).filter(|run| run.is_file())
}

/// Why a guest cannot run here: its program is not there.
pub(crate) fn not_prepared(name: &str) -> Option<Unavailable> {
    (is_guest(name) && program(name).is_none())
        .then(|| Unavailable { reason: "not prepared".into(), remedy: format!("run scripts/guests {name}") })
}

/// What a runtime is written in, if that is not what all of this program are.
pub(crate) fn written_in(runtime: &RuntimeInfo) -> Option<String> {
    runtime.made_of.written_in().filter(|_| runtime.made_of.language.as_deref() != Some("Rust"))
}

/// Where `scripts/guests` prepares them, by the rules of that script.
fn folder() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    variable(FOLDER).or_else(|| {
        let data = variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join(".local/share")))?;
        Some(data.join("loopswap/guests"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn every_guest_of_the_script_has_its_line() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/guests");
        let output = Command::new(script).arg("--list").output().expect("the script starts");
        let listed = String::from_utf8(output.stdout).expect("text");
        let line = |(name, workload): &(&str, Option<&str>)| match workload {
            Some(workload) => format!("{name} {workload}"),
            None => (*name).to_owned(),
        };
        assert_eq!(listed.lines().collect::<Vec<_>>(), GUESTS.iter().map(line).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_guest_is_not_one_that_is_not_prepared() {
        assert_eq!((not_prepared("tokyo"), program("../uvloop")), (None, None));
    }
}
