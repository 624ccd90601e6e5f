//! Control groups of both versions, made up.

use loopswap_machine::{Cgroup, Throttled};
use tempfile::TempDir;

const V2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().expect("a folder");
    for (path, text) in files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    root
}

fn quota(root: &TempDir) -> Option<f64> {
    Cgroup::find(root.path()).quota().map(|(cpus, _)| cpus)
}

#[test]
fn any_group_around_limits_and_the_one_that_does_is_counted() {
    let root = tree(&[
        ("proc/self/cgroup", "0::/pod/app\n"),
        ("proc/self/mountinfo", V2),
        ("sys/fs/cgroup/pod/app/cpu.max", "max 100000\n"),
        ("sys/fs/cgroup/pod/app/cpu.stat", "usage_usec 5\nnr_throttled 0\nthrottled_usec 0\n"),
        ("sys/fs/cgroup/pod/app/memory.max", "max\n"),
        ("sys/fs/cgroup/pod/app/cpuset.cpus.effective", "2-3\n"),
        ("sys/fs/cgroup/pod/cpu.max", "150000 100000\n"),
        ("sys/fs/cgroup/pod/cpu.stat", "usage_usec 9\nnr_periods 40\nnr_throttled 7\nthrottled_usec 350000\n"),
        ("sys/fs/cgroup/pod/memory.max", "536870912\n"),
    ]);
    let group = Cgroup::find(root.path());
    let (cpus, folder) = group.quota().expect("a quota");
    assert!(folder.ends_with("pod"), "{}", folder.display());
    assert!((cpus - 1.5).abs() < 1e-9);
    assert_eq!(group.memory_bytes(), Some(536_870_912));
    assert_eq!(group.cpuset().map(|cpus| cpus.into_iter().collect::<Vec<_>>()), Some(vec![2, 3]));
    assert_eq!(group.throttle().count(), Some(Throttled { periods: 7, ns: 350_000_000 }));
}

#[test]
fn version_1_has_a_folder_for_each_controller() {
    let root = tree(&[
        ("proc/self/cgroup", "5:cpuset:/\n4:cpu,cpuacct:/docker/abc/inner\n3:memory:/docker/abc\n0::/\n"),
        (
            "proc/self/mountinfo",
            "33 32 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro master:11 - cgroup cgroup rw,cpu,cpuacct\n\
             34 32 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
             35 32 0:31 / /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n\
             36 32 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        ),
        ("sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us", "200000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us", "100000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/inner/cpu.stat", "nr_periods 9\nnr_throttled 1\nthrottled_time 5\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.stat", "nr_periods 9\nnr_throttled 2\nthrottled_time 70\n"),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ("sys/fs/cgroup/cpuset/cpuset.cpus", "0-1\n"),
    ]);
    let group = Cgroup::find(root.path());
    assert_eq!(quota(&root), Some(0.5), "the group around has less");
    assert_eq!(group.memory_bytes(), None, "the largest number stands for no limit");
    assert_eq!(group.cpuset().map(|cpus| cpus.len()), Some(2));
    assert_eq!(group.throttle().count(), Some(Throttled { periods: 3, ns: 75 }), "both can halt it");
}

/// Without a namespace of its own a container sees the host's name of its group, and only its own files.
#[test]
fn a_group_that_only_the_host_knows_is_what_is_mounted() {
    let of = |group: &str, mounted: &str| {
        tree(&[
            ("proc/self/cgroup", group),
            ("proc/self/mountinfo", mounted),
            ("sys/fs/cgroup/cpu.max", "25000 100000\n"),
            ("sys/fs/cgroup/cpu.stat", "nr_throttled 1\nthrottled_usec 2\n"),
        ])
    };
    assert_eq!(quota(&of("0::/system.slice/docker-1.scope\n", V2)), Some(0.25));
    let elsewhere = V2.replace(" / ", " /kubepods/x ");
    assert_eq!(quota(&of("0::/../other\n", &elsewhere)), Some(0.25));
    assert_eq!(quota(&of("0::/../../etc\n", V2)), Some(0.25), "no way out of the mount");
}

#[test]
fn what_is_missing_or_nonsense_limits_nothing() {
    let nothing = Cgroup::find(tree(&[]).path());
    assert_eq!((nothing.quota(), nothing.cpuset(), nothing.memory_bytes()), (None, None, None));
    assert_eq!(nothing.throttle().count(), None);
    for nonsense in ["", "max", "max 100000", "-1 100000", "5 0", "x y", "99999999999999999999 1"] {
        let root = tree(&[
            ("proc/self/cgroup", "0::/\n:::\nx\n"),
            ("proc/self/mountinfo", &format!("nonsense\n - \n1 2 3 - cgroup2\n{V2}")),
            ("sys/fs/cgroup/cpu.max", nonsense),
        ]);
        assert_eq!(quota(&root), None, "{nonsense}");
        assert_eq!(Cgroup::find(root.path()).throttle().count(), None, "{nonsense}");
    }
}

#[test]
fn a_mount_point_may_have_a_space() {
    let root = tree(&[
        ("proc/self/cgroup", "0::/\n"),
        ("proc/self/mountinfo", &V2.replace("/sys/fs/cgroup", "/my\\040groups")),
        ("my groups/cpu.max", "100000 100000\n"),
    ]);
    assert_eq!(quota(&root), Some(1.0));
}
