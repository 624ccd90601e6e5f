//! The two builds of a race: existing programs, or git revisions that are built first.

use loopswap_conductor::Failure;
use loopswap_protocol::{quoted, sentence};
use loopswap_report::comparison::{Build, Rules};
use loopswap_report::record::RacePlan;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Length aimed at for the rounds of a generation: many short generations are better than few long ones,
/// since only generations are independent.
const GENERATION: Duration = Duration::from_millis(120);

/// A build of loopswap that can be raced.
pub(crate) struct Racer {
    /// Its label, and its own description.
    pub(crate) build: Build,
    /// The program.
    pub(crate) program: String,
}

impl Racer {
    /// The race of this build, BASE, against HEAD, of a plan with this seed.
    pub(crate) fn against(&self, head: &Racer, rules: Rules, seed: u64) -> RacePlan {
        RacePlan {
            base: self.build.clone(),
            head: head.build.clone(),
            rules,
            generation_ms: u64::try_from(GENERATION.as_millis()).unwrap_or(u64::MAX),
            // Any other seed will do: it must differ, and it is written down.
            confirm_seed: seed ^ 0x5eed,
        }
    }

    /// A program by its path.
    pub(crate) fn at(label: &str, program: &Path) -> Result<Racer, Failure> {
        let refused = |why: String| {
            Failure::not_comparable(format!("{}: {why}", quoted(label)))
                .help("give the path of a loopswap program, or git revisions with --rev")
        };
        let recorded = recorded(program);
        let program = std::fs::canonicalize(program).map_err(|error| refused(error.to_string()))?;
        let output = Command::new(&program).arg("environment").output().map_err(|error| refused(error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = sentence(said.lines().next().unwrap_or_default());
            return Err(refused(format!("it does not say what it is (`loopswap environment`: {said})")));
        }
        let environment = serde_json::from_slice(&output.stdout)
            .map_err(|error| refused(format!("its description cannot be read: {}", sentence(error))))?;
        let program = program.to_string_lossy().into_owned();
        Ok(Racer { build: Build { label: quoted(label), program: recorded, environment }, program })
    }

    /// A build that a race began with: its program, where the record says that it is.
    pub(crate) fn again(began: &Build) -> Result<Racer, Failure> {
        let path = Path::new(&began.program);
        if path.is_relative() && !path.exists() {
            return Err(Failure::not_comparable(format!(
                "{}: no such file; the path is relative to the folder in which the race was started",
                quoted(&began.program)
            ))
            .help("resume from that folder"));
        }
        Racer::at(&began.label, path)
    }

    /// A git revision of the repository around the current folder: built in its own work tree below the build
    /// folder, once for each commit.
    pub(crate) fn of_revision(revision: &str, say: impl Fn(&str)) -> Result<Racer, Failure> {
        let commit = git(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]).map_err(|_| {
            Failure::not_comparable(format!("there is no git revision `{}` here", quoted(revision)))
                .help("fetch it first, or give the path of a program without --rev")
        })?;
        let root = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
        let home = root.join("target/builds").join(&commit);
        let program = home.join("loopswap");
        if !program.exists() {
            say(&format!("building {} ({})", quoted(revision), &commit[..12.min(commit.len())]));
            build(&root, &home, &commit, &program)?;
        }
        Racer::at(revision, &program)
    }
}

/// A program as a record names it: by its path from the current folder if it lies below it, since records are
/// published, and other paths tell how a machine's folders are called.
fn recorded(program: &Path) -> String {
    let path = std::path::absolute(program).unwrap_or_else(|_| program.to_owned());
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(&path).to_string_lossy().into_owned()
}

fn build(root: &Path, home: &Path, commit: &str, program: &Path) -> Result<(), Failure> {
    let failed =
        |what: &str, why: &dyn std::fmt::Display| Failure::internal(format!("building {commit}: {what}: {why}"));
    std::fs::create_dir_all(home).map_err(|error| failed(&home.display().to_string(), &error))?;
    let tree = home.join("tree");
    // A tree left behind by an interrupted build is of the same commit.
    if !tree.exists() {
        git(&["worktree", "add", "--detach", "--force", &tree.to_string_lossy(), commit])?;
    }
    // One folder for all revisions, so that the second one finds the packages of the first.
    let target = root.join("target/builds/target");
    let done = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--locked", "--package", "loopswap", "--target-dir"])
        .arg(&target)
        .current_dir(&tree)
        .status()
        .map_err(|error| failed("cargo", &error))?;
    if !done.success() {
        return Err(failed("cargo build", &done).help("what cargo printed above says why"));
    }
    let name = program.file_name().unwrap_or_default();
    std::fs::copy(target.join("release").join(name), program)
        .map_err(|error| failed(&program.display().to_string(), &error))?;
    git(&["worktree", "remove", "--force", &tree.to_string_lossy()]).map(drop)
}

fn git(arguments: &[&str]) -> Result<String, Failure> {
    let failed =
        |why: String| Failure::internal(format!("git {}: {}", quoted(&arguments.join(" ")), sentence(why.trim())));
    let output = Command::new("git").args(arguments).output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
