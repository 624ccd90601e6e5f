//! Settings of the machine that change what is measured: threads of a core, clock, huge pages, what the
//! kernel does against faults of the processor, and whether a hypervisor is below.

use crate::files::{number, text};
use std::collections::BTreeMap;
use std::path::Path;

/// The settings, as far as they can be found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether cores have several threads: `on`, `off`, `forceoff`, `notsupported`, `notimplemented`
    /// (`/sys/devices/system/cpu/smt/control`).
    pub smt: Option<String>,
    /// Whether the clock may go beyond its nominal rate (`cpufreq/boost`, `intel_pstate/no_turbo`).
    pub boost: Option<bool>,
    /// Version of the microcode (`/proc/cpuinfo`).
    pub microcode: Option<String>,
    /// What the kernel does against each fault of the processor (`/sys/devices/system/cpu/vulnerabilities`).
    pub mitigations: BTreeMap<String, String>,
    /// The hypervisor, by the name it gives itself; `unnamed` if it gives none.
    pub hypervisor: Option<String>,
    /// When memory gets huge pages without being asked: `always`, `madvise`, `never`
    /// (`/sys/kernel/mm/transparent_hugepage/enabled`).
    pub transparent_hugepages: Option<String>,
}

impl Settings {
    /// Reads `proc` and `sys` below a root, which is `/` outside tests.
    #[must_use]
    pub fn read(root: &Path) -> Settings {
        let system = root.join("sys/devices/system/cpu");
        let cpuinfo = text(&root.join("proc/cpuinfo")).unwrap_or_default();
        Settings {
            smt: text(&system.join("smt/control")).filter(|control| !control.is_empty()),
            boost: boost(&system),
            microcode: value(&cpuinfo, "microcode").map(str::to_owned),
            mitigations: mitigations(&system.join("vulnerabilities")),
            hypervisor: hypervisor(root, &cpuinfo),
            transparent_hugepages: text(&root.join("sys/kernel/mm/transparent_hugepage/enabled"))
                .and_then(|text| Some(text.split_once('[')?.1.split_once(']')?.0.to_owned())),
        }
    }
}

/// The value of a key of `/proc/cpuinfo`, for the first CPU.
fn value<'a>(cpuinfo: &'a str, key: &str) -> Option<&'a str> {
    let lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
}

fn boost(system: &Path) -> Option<bool> {
    let switch = |file: &str| number::<u8>(&system.join(file)).map(|value| value != 0);
    switch("intel_pstate/no_turbo").map(|off| !off).or_else(|| switch("cpufreq/boost"))
}

fn mitigations(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, text(&entry.path())?))).collect()
}

/// Xen says so in a file, others in the name of the machine's maker, and a virtual x86 processor has a flag.
fn hypervisor(root: &Path, cpuinfo: &str) -> Option<String> {
    let named = |path: &str| text(&root.join(path)).filter(|name| !name.is_empty());
    if let Some(kind) = named("sys/hypervisor/type") {
        return Some(kind);
    }
    let flagged = value(cpuinfo, "flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor"));
    let told = [named("sys/class/dmi/id/sys_vendor"), named("sys/class/dmi/id/product_name")];
    let told = told.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let virtual_makers =
        ["QEMU", "KVM", "VMware", "VirtualBox", "innotek", "Xen", "Virtual Machine", "Amazon EC2", "Google Compute"];
    // A machine of EC2 without a hypervisor has the same maker, and `metal` in its name.
    let made_up = virtual_makers.iter().any(|maker| told.contains(maker)) && !told.contains("metal");
    let by_tree = named("sys/firmware/devicetree/base/hypervisor/compatible");
    match (flagged, made_up, by_tree) {
        (true, ..) if told.is_empty() => Some("unnamed".into()),
        (true, ..) | (_, true, _) => Some(told),
        (false, false, by_tree) => by_tree,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::TempDir::new().expect("a folder");
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let path = root.path().to_owned();
        (root, path)
    }

    #[test]
    fn settings_are_read_where_they_are() {
        let (_root, path) = tree(&[
            ("sys/devices/system/cpu/smt/control", "off\n"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"),
            ("sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI\n"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
            ("sys/class/dmi/id/sys_vendor", "QEMU\n"),
            ("proc/cpuinfo", "processor\t: 0\nmicrocode\t: 0x2b\nflags\t\t: fpu vme hypervisor\n"),
        ]);
        let found = Settings::read(&path);
        assert_eq!(found.smt.as_deref(), Some("off"));
        assert_eq!(found.boost, Some(false));
        assert_eq!(found.microcode.as_deref(), Some("0x2b"));
        assert_eq!(found.mitigations["meltdown"], "Mitigation: PTI");
        assert_eq!(found.hypervisor.as_deref(), Some("QEMU"));
        assert_eq!(found.transparent_hugepages.as_deref(), Some("madvise"));
    }

    #[test]
    fn what_is_not_told_is_absent() {
        let (_root, path) = tree(&[]);
        assert_eq!(Settings::read(&path), Settings::default());
    }

    #[test]
    fn a_hypervisor_is_named_where_it_names_itself() {
        let found = |files: &[(&str, &str)]| {
            let (_root, path) = tree(files);
            Settings::read(&path).hypervisor
        };
        let flag = ("proc/cpuinfo", "flags : fpu hypervisor");
        assert_eq!(found(&[flag]).as_deref(), Some("unnamed"));
        assert_eq!(found(&[("sys/class/dmi/id/sys_vendor", "LENOVO")]), None);
        assert_eq!(found(&[("sys/hypervisor/type", "xen\n"), flag]).as_deref(), Some("xen"));
        let metal = [("sys/class/dmi/id/sys_vendor", "Amazon EC2"), ("sys/class/dmi/id/product_name", "c5.metal")];
        assert_eq!(found(&metal), None);
    }
}
