//! The axes of a plan: which rows of a sweep differ in one number only.

use crate::suite::{CPUS, SuiteCase, SweptValue};
use loopswap_protocol::RATE;
use loopswap_report::record::{Axis, AxisKind, AxisPoint, Row};
use std::collections::HashMap;

/// The axes of these cases; `rows` has the row of each case at the same index.
///
/// A sweep of several parameters has an axis for each of them and each combination of the others. Words have
/// no order, so a parameter that takes words has no axis; an axis needs at least two values.
pub(crate) fn axes(cases: &[&SuiteCase], rows: &[Row]) -> Vec<Axis> {
    let mut found: Vec<Axis> = Vec::new();
    // Where the axis of an entry and a name is in the list.
    let mut places: HashMap<(usize, String), usize> = HashMap::new();
    let swept = cases.iter().enumerate().filter_map(|(row, chosen)| Some((row, chosen.swept.as_ref()?)));
    for (row, swept) in swept {
        for value in &swept.values {
            let Some(number) = value.value.as_u64() else { continue };
            let shown = |other: &SweptValue| {
                if other.parameter == value.parameter { other.parameter.clone() } else { other.named() }
            };
            let name = swept.name(shown);
            let point = AxisPoint { value: number, shown: value.shown.clone(), row };
            let place = *places.entry((swept.entry, name.clone())).or_insert(found.len());
            match found.get_mut(place) {
                Some(axis) => axis.points.push(point),
                None => found.push(Axis {
                    name,
                    parameter: value.parameter.clone(),
                    kind: AxisKind::Work,
                    points: vec![point],
                }),
            }
        }
    }
    let mut axes: Vec<Axis> = found.into_iter().filter(|axis| axis.points.len() > 1).collect();
    for axis in &mut axes {
        axis.points.sort_by_key(|point| point.value);
        axis.kind = kind(axis, rows);
    }
    axes
}

/// A number is a load if more of it means more at once, or more asked for.
fn kind(axis: &Axis, rows: &[Row]) -> AxisKind {
    let ends = axis.points.first().zip(axis.points.last());
    let grows = ends.is_some_and(|(first, last)| {
        let (first, last) = (&rows[first.row], &rows[last.row]);
        last.in_flight > first.in_flight || last.peers.len() > first.peers.len()
    });
    if grows || [CPUS, RATE.name].contains(&axis.parameter.as_str()) { AxisKind::Load } else { AxisKind::Work }
}

#[cfg(test)]
mod tests {
    use crate::cpus::Cpus;
    use crate::plan::{Filter, plan};
    use crate::suite::{Known, Suite};
    use loopswap_protocol::{Headline, Kind, Param, PeerKind, Shape, WorkloadInfo};
    use loopswap_report::record::{AxisKind, Plan};
    use regex::Regex;

    const PARAMS: &[Param] = &[
        Param { name: "conns", about: "", kind: Kind::Count { default: 1, min: 1, max: 10_000 } },
        Param { name: "size", about: "", kind: Kind::Bytes { default: 4096, min: 0, max: 1 << 20 } },
        Param { name: "variant", about: "", kind: Kind::Choice { default: "a", of: &["a", "b"] } },
        Param { name: "tasks", about: "", kind: Kind::PerCpu { min: 1, max: 100 } },
    ];

    fn workload() -> WorkloadInfo {
        WorkloadInfo {
            name: "talk",
            about: "talks",
            operation: "word",
            granule: "word",
            latency: "service time",
            params: PARAMS,
            cases: "",
            requests: |_| 1,
            peers: |_| vec![PeerKind::Redis],
            shape: |params| Shape::new(1, params["conns"].as_u64().unwrap_or(1)),
            headline: |_| Headline::Rate,
            parallel: |params| params["conns"].as_u64() > Some(1),
        }
    }

    fn suite(cases: &str) -> Result<Suite, String> {
        let text =
            format!("about = \"a\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"smol\"]\n[[case]]\n{cases}\n");
        let (runtimes, workloads) = (["tokio".to_owned(), "smol".to_owned()], [workload()]);
        let known = Known { runtimes: &runtimes, guests: &[], workloads: &workloads, cases: &[] };
        Suite::parse("mine", "mine.toml", &text, known).map_err(|failure| failure.to_string())
    }

    fn planned(cases: &str, filter: &Filter) -> Plan {
        let suite = suite(cases).unwrap_or_else(|what| panic!("{what}"));
        let cpus = Cpus { allowed: vec![0, 1, 2, 3], ..Cpus::default() };
        plan(&suite, filter, &cpus, 1).unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Name and kind of an axis, and the value and the case of each of its points.
    type Line<'a> = (&'a str, AxisKind, Vec<(&'a str, &'a str)>);

    fn shape(plan: &Plan) -> Vec<Line<'_>> {
        plan.axes
            .iter()
            .map(|axis| {
                let points = axis.points.iter().map(|at| (at.shown.as_str(), plan.rows[at.row].case.as_str()));
                (axis.name.as_str(), axis.kind, points.collect())
            })
            .collect()
    }

    #[test]
    fn a_sweep_is_a_case_for_each_value_and_one_axis() {
        let plan = planned("workload = \"talk\"\nsweep = { conns = [64, 1, 3] }", &Filter::default());
        let cases: Vec<&str> = plan.rows.iter().map(|row| row.case.as_str()).collect();
        assert_eq!(cases, ["talk/conns=64", "talk/conns=1", "talk/conns=3"], "in the order of the suite");
        assert_eq!(plan.rows[0].params["conns"], 64);
        let points = vec![("1", "talk/conns=1"), ("3", "talk/conns=3"), ("64", "talk/conns=64")];
        assert_eq!(shape(&plan), [("talk/conns", AxisKind::Load, points)], "ascending");
    }

    #[test]
    fn several_parameters_are_their_product_with_an_axis_for_each_line_of_it() {
        let text = "workload = \"talk\"\nname = \"own\"\nsweep = { size = [\"1KiB\", \"4KiB\"], conns = [1, 2] }";
        let plan = planned(text, &Filter::default());
        assert_eq!(plan.rows.len(), 4);
        assert_eq!(plan.rows[1].case, "talk/own,size=1KiB,conns=2");
        let names: Vec<(&str, AxisKind)> = plan.axes.iter().map(|axis| (axis.name.as_str(), axis.kind)).collect();
        assert_eq!(
            names,
            [
                ("talk/own,size,conns=1", AxisKind::Work),
                ("talk/own,size=1KiB,conns", AxisKind::Load),
                ("talk/own,size,conns=2", AxisKind::Work),
                ("talk/own,size=4KiB,conns", AxisKind::Load),
            ]
        );
    }

    #[test]
    fn words_make_rows_but_no_axis() {
        let text = "workload = \"talk\"\nsweep = { variant = [\"a\", \"b\"], conns = [1, 2] }";
        let plan = planned(text, &Filter::default());
        let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
        assert_eq!(names, ["talk/variant=a,conns", "talk/variant=b,conns"]);
    }

    #[test]
    fn cpus_are_an_axis_and_what_is_not_there_is_skipped_with_its_reason() {
        let plan = planned("workload = \"talk\"\ncpus = [1, 2, 3]", &Filter::default());
        let got: Vec<(&str, usize, bool)> = plan
            .rows
            .iter()
            .map(|row| (row.case.as_str(), row.runner_cpus.len(), row.arms[0].unavailable.is_some()))
            .collect();
        // Of four CPUs the runners of a row with a peer have two.
        assert_eq!(got, [("talk/cpus=1", 1, false), ("talk/cpus=2", 2, false), ("talk/cpus=3", 2, true)]);
        assert_eq!(plan.rows[0].peer_cpus, [2, 3], "the peer's are the same all along");
        let why = plan.rows[2].arms[0].unavailable.clone().map(|found| found.reason).unwrap_or_default();
        assert!(why.contains("3 CPUs") && why.contains("are 2"), "{why}");
        assert_eq!(plan.axes[0].kind, AxisKind::Load);
    }

    #[test]
    fn a_filter_leaves_the_axis_its_rows() {
        let some = Filter { case: Regex::new("conns=(1|64)$").ok(), ..Filter::default() };
        let plan = planned("workload = \"talk\"\nsweep = { conns = [1, 3, 64] }", &some);
        assert_eq!((plan.rows.len(), plan.axes[0].points.len(), plan.axes[0].points[1].row), (2, 2, 1));
        let one = Filter { case: Regex::new("conns=1$").ok(), ..Filter::default() };
        assert!(
            planned("workload = \"talk\"\nsweep = { conns = [1, 3] }", &one).axes.is_empty(),
            "an axis needs two values"
        );
    }

    #[test]
    fn what_is_wrong_with_a_sweep_is_told_with_its_place() {
        let refused = |cases: &str| suite(cases).err().unwrap_or_else(|| panic!("{cases} is taken"));
        let sweep = |rest: &str| refused(&format!("workload = \"talk\"\n{rest}"));
        for (rest, place, what) in [
            ("sweep = { cons = [1, 2] }", "mine.toml:6:18", "no parameter `cons` to sweep"),
            ("sweep = { conns = [1, 0] }", "mine.toml:6:23", "`conns = 0`: takes a whole number from 1 to 10000"),
            ("sweep = { size = [1024, \"1KiB\"] }", "mine.toml:6:25", "the value `size=1KiB` twice"),
            ("params = { conns = 1 }\nsweep = { conns = [1, 2] }", "mine.toml:6:20", "`params` sets it too"),
            ("sweep = { conns = [1] }", "mine.toml:6:19", "fewer than two values"),
            ("sweep = { tasks = [1, \"cpus\"] }", "mine.toml:6:23", "not a number"),
            ("sweep = { conns = 3 }", "mine.toml:6:19", "invalid type"),
            ("cpus = [1, 1]", "mine.toml:6:12", "the value `cpus=1` twice"),
            ("cpus = [0]", "mine.toml:6:9", "`cpus = 0`: takes whole numbers"),
            ("cpus = []", "mine.toml:6:8", "no values"),
        ] {
            let message = sweep(rest);
            assert!(message.contains(place) && message.contains(what), "{rest}: {message}");
        }
        assert!(sweep("sweep = { cons = [1, 2] }").contains("did you mean `conns`?"));
        let many: Vec<String> = (1..=65).map(|number| number.to_string()).collect();
        let message = sweep(&format!("sweep = {{ conns = [{}] }}", many.join(", ")));
        assert!(message.contains("mine.toml:6:19") && message.contains("65 cases"), "{message}");
        let nine = "[1, 2, 3, 4, 5, 6, 7, 8, 9]";
        let message = sweep(&format!("sweep = {{ conns = {nine}, size = {nine} }}"));
        assert!(message.contains("81 cases of one") && message.contains("up to 64"), "{message}");
    }
}
