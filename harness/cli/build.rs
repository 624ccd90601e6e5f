//! Notes down what only the build knows: compiler, profile, commit, and the versions that were locked.

use std::path::Path;
use std::process::Command;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // A change anywhere in the sources changes what "dirty" means.
    for part in ["Cargo.lock", ".git/HEAD", ".git/index", "harness", "runtimes", "workloads"] {
        println!("cargo:rerun-if-changed={}", root.join(part).display());
    }
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    note("LOCKFILE_CRC32", &format!("{:08x}", crc32fast::hash(lock.as_bytes())));
    note("PACKAGES", &packages(&lock).join(" "));
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    note("RUSTC", &output(&rustc, &["--version"], &root).unwrap_or_default());
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    note("PROFILE", &format!("{}, opt-level {}", of("PROFILE"), of("OPT_LEVEL")));
    note("GIT_COMMIT", &output("git", &["rev-parse", "HEAD"], &root).unwrap_or_default());
    // Without the lock: refreshing the index would change a file that this script watches.
    let status = output("git", &["--no-optional-locks", "status", "--porcelain"], &root);
    note("GIT_DIRTY", &status.map_or(String::new(), |text| (!text.is_empty()).to_string()));
}

fn note(name: &str, value: &str) {
    println!("cargo:rustc-env=LOOPSWAP_{name}={value}");
}

fn output(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `name=version` of everything that was locked.
fn packages(lock: &str) -> Vec<String> {
    let table: toml::Table = lock.parse().unwrap_or_default();
    let packages = table.get("package").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    packages
        .iter()
        .filter_map(|package| Some(format!("{}={}", package.get("name")?.as_str()?, package.get("version")?.as_str()?)))
        .collect()
}
