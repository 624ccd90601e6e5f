//! Versions of packages, as the lockfile had them when this was compiled.

const LOCKFILE: &str = include_str!("../../../Cargo.lock");

/// The version of a package; `unknown` for one that is not in the lockfile.
pub(crate) fn of(package: &str) -> &'static str {
    LOCKFILE
        .split("[[package]]")
        .find_map(|entry| {
            let field = |name| entry.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix("= \""));
            let named = field("name")?.strip_suffix('"')? == package;
            named.then(|| field("version")?.strip_suffix('"')).flatten()
        })
        .unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_runtimes_versions_are_known() {
        for (_, package) in crate::side::RUNTIMES {
            assert!(super::of(package).starts_with(|first: char| first.is_ascii_digit()), "{package}");
        }
        assert_eq!(super::of("no-such-package"), "unknown");
    }
}
