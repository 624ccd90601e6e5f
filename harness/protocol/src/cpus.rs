//! Lists of CPUs, as the kernel reads and writes them.

use std::collections::BTreeSet;

/// Numbers from here on are not CPUs: Linux is built for at most 8192 (`NR_CPUS`).
const CPUS_MAX: usize = 8192;

/// Reads a list of CPUs as the kernel writes it, such as `0-3,8` (`cpulist` of sysfs, cpuset(7)). `None` if
/// it is malformed.
#[must_use]
pub fn cpu_list(text: &str) -> Option<BTreeSet<usize>> {
    let mut cpus = BTreeSet::new();
    for range in text.trim().split(',').filter(|range| !range.is_empty()) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.trim().parse::<usize>().ok()?, last.trim().parse::<usize>().ok()?);
        if first > last || last >= CPUS_MAX {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

/// Writes CPUs as the kernel does: `0-3,8`, in the order in which they are given.
#[must_use]
pub fn cpu_ranges(cpus: &[usize]) -> String {
    let runs = cpus.chunk_by(|one, next| one.checked_add(1) == Some(*next)).map(|run| match run {
        [one] => one.to_string(),
        // Two need no more room as a list, and are read more easily.
        [one, two] => format!("{one},{two}"),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_written_as_the_kernel_does() {
        let read = |text: &str| cpu_list(text).map(|cpus| cpus.into_iter().collect::<Vec<_>>());
        assert_eq!(read("0-3,8,10-11\n"), Some(vec![0, 1, 2, 3, 8, 10, 11]));
        assert_eq!(read(""), Some(vec![]));
        for nonsense in ["x", "3-1", "0-", "-1", "0-99999999999", "0-8192", "1 2"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert_eq!(cpu_ranges(&[0, 1, 2, 3, 8, 10, 11]), "0-3,8,10,11");
        assert_eq!(cpu_ranges(&[]), "");
        assert_eq!(cpu_ranges(&[usize::MAX, 0]), format!("{},0", usize::MAX), "a damaged file may say so");
    }
}
