//! What the build noted down.

use loopswap_conductor::Build;
use std::collections::BTreeMap;

/// Version of loopswap.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Packages whose versions identify what was measured.
const REPORTED_PACKAGES: [&str; 21] = [
    "tokio",
    "async-std",
    "async-global-executor",
    "smol",
    "async-executor",
    "async-io",
    "polling",
    "glommio",
    "monoio",
    "monoio-compat",
    "compio",
    "compio-runtime",
    "compio-executor",
    "compio-driver",
    "compio-io",
    "corosensei",
    "mio",
    "hyper",
    "redis-protocol",
    "mysql_common",
    "futures-util",
];

/// What is known since loopswap was built.
pub(crate) fn build() -> Build {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let packages: BTreeMap<String, String> = locked()
        .filter(|(name, _)| REPORTED_PACKAGES.contains(name))
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect();
    Build {
        rustc: env!("LOOPSWAP_RUSTC").into(),
        profile: env!("LOOPSWAP_PROFILE").into(),
        git_commit: some(env!("LOOPSWAP_GIT_COMMIT")),
        git_dirty: env!("LOOPSWAP_GIT_DIRTY").parse().ok(),
        lockfile_crc32: env!("LOOPSWAP_LOCKFILE_CRC32").into(),
        packages,
    }
}

/// The locked version of a package.
pub(crate) fn version_of(package: &str) -> &'static str {
    locked().find(|(name, _)| *name == package).map_or("unknown", |(_, version)| version)
}

fn locked() -> impl Iterator<Item = (&'static str, &'static str)> {
    env!("LOOPSWAP_PACKAGES").split(' ').filter_map(|pair| pair.split_once('='))
}
