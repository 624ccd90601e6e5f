//! Small files of the kernel: one value each, or a list of CPUs.

use loopswap_protocol::cpu_list;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

/// Longer than any file that is read here; `/proc/cpuinfo` of 256 CPUs has 400 KB.
const BYTES_MAX: u64 = 1 << 20;

/// The text of a file without surrounding whitespace; `None` if it cannot be read.
pub(crate) fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_matches(|end: char| end.is_whitespace() || end == '\0').to_owned())
}

/// The number in a file.
pub(crate) fn number<T: std::str::FromStr>(path: &Path) -> Option<T> {
    text(path)?.parse().ok()
}

/// The CPUs that a file lists; `None` if it lists none or makes no sense.
pub(crate) fn cpus(path: &Path) -> Option<BTreeSet<usize>> {
    cpu_list(&text(path)?).filter(|cpus| !cpus.is_empty())
}
