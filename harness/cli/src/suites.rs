//! The suites that are built in: one line each.

/// Name and text of every built-in suite; the first is the default.
pub(crate) const SUITES: &[(&str, &str)] = &[
    ("quick", include_str!("../../../workloads/catalogue/suites/quick.toml")),
    ("server", include_str!("../../../workloads/catalogue/suites/server.toml")),
    ("tutorial", include_str!("../../../workloads/catalogue/suites/tutorial.toml")),
    ("tasks", include_str!("../../../workloads/catalogue/suites/tasks.toml")),
    ("mysql", include_str!("../../../workloads/catalogue/suites/mysql.toml")),
    ("streams", include_str!("../../../workloads/catalogue/suites/streams.toml")),
    ("crawl", include_str!("../../../workloads/catalogue/suites/crawl.toml")),
    ("blocking", include_str!("../../../workloads/catalogue/suites/blocking.toml")),
    ("folklore", include_str!("../../../workloads/catalogue/suites/folklore.toml")),
    ("uvloop", include_str!("../../../workloads/catalogue/suites/uvloop.toml")),
    ("full", include_str!("../../../workloads/catalogue/suites/full.toml")),
    ("scaling", include_str!("../../../workloads/catalogue/suites/scaling.toml")),
];
