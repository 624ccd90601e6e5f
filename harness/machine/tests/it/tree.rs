//! A `/sys` made from a few rules.

use loopswap_machine::CpuTopology;
use loopswap_protocol::cpu_list;
use std::path::Path;
use tempfile::TempDir;

type Rule = fn(usize) -> Option<usize>;

/// A machine: the position of each CPU by its number. A fact without a rule has no file.
#[derive(Clone, Copy)]
pub(crate) struct Tree {
    pub(crate) name: &'static str,
    /// CPUs that are online.
    pub(crate) online: &'static str,
    /// CPUs that a run may use; all that are online where it is empty.
    pub(crate) allowed: &'static str,
    /// CPUs with the same number here are threads of one core.
    pub(crate) core: Rule,
    /// Number of the package.
    pub(crate) package: Rule,
    /// CPUs with the same number here share the last-level cache, whose level is `level`.
    pub(crate) cache: Rule,
    pub(crate) level: u32,
    /// Number of the NUMA node.
    pub(crate) node: Rule,
    /// `cpu_capacity`.
    pub(crate) capacity: Rule,
    /// `cpu_core/cpus` and `cpu_atom/cpus`.
    pub(crate) kinds: (&'static str, &'static str),
    /// `isolated`.
    pub(crate) isolated: &'static str,
}

/// A machine of one package, each CPU a core, one L3.
pub(crate) const PLAIN: Tree = Tree {
    name: "",
    online: "",
    allowed: "",
    core: Some,
    package: |_| Some(0),
    cache: |_| Some(0),
    level: 3,
    node: |_| Some(0),
    capacity: |_| None,
    kinds: ("", ""),
    isolated: "",
};

impl Tree {
    pub(crate) fn online(&self) -> Vec<usize> {
        cpu_list(self.online).expect("a list").into_iter().collect()
    }

    pub(crate) fn allowed(&self) -> Vec<usize> {
        let text = if self.allowed.is_empty() { self.online } else { self.allowed };
        cpu_list(text).expect("a list").into_iter().collect()
    }

    /// The CPUs that a rule groups with this one.
    pub(crate) fn with(&self, rule: Rule, cpu: usize) -> Vec<usize> {
        self.online().into_iter().filter(|other| rule(*other) == rule(cpu)).collect()
    }

    /// Writes the files, and reads them.
    pub(crate) fn topology(&self) -> CpuTopology {
        let root = TempDir::new().expect("a folder");
        self.write(root.path());
        CpuTopology::read(root.path())
    }

    fn write(&self, root: &Path) {
        let put = |path: String, text: &str| {
            let path = root.join("sys/devices").join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, format!("{text}\n")).expect("a file");
        };
        let list = |cpus: &[usize]| cpus.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        put("system/cpu/online".into(), self.online);
        put("system/cpu/isolated".into(), self.isolated);
        for (name, cpus) in [("cpu_core", self.kinds.0), ("cpu_atom", self.kinds.1)] {
            if !cpus.is_empty() {
                put(format!("{name}/cpus"), cpus);
            }
        }
        for cpu in self.online() {
            let folder = format!("system/cpu/cpu{cpu}");
            if (self.core)(cpu).is_some() {
                put(format!("{folder}/topology/thread_siblings_list"), &list(&self.with(self.core, cpu)));
            }
            let private = list(&[cpu]);
            put(format!("{folder}/cache/index0/level"), "1");
            put(format!("{folder}/cache/index0/shared_cpu_list"), &private);
            if (self.cache)(cpu).is_some() {
                put(format!("{folder}/cache/index1/level"), &self.level.to_string());
                put(format!("{folder}/cache/index1/type"), "Unified");
                put(format!("{folder}/cache/index1/shared_cpu_list"), &list(&self.with(self.cache, cpu)));
            }
            if let Some(package) = (self.package)(cpu) {
                put(format!("{folder}/topology/physical_package_id"), &package.to_string());
            }
            if let Some(node) = (self.node)(cpu) {
                put(format!("system/node/node{node}/cpulist"), &list(&self.with(self.node, cpu)));
            }
            if let Some(capacity) = (self.capacity)(cpu) {
                put(format!("{folder}/cpu_capacity"), &capacity.to_string());
            }
        }
    }
}
