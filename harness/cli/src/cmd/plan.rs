//! `loopswap plan`: what a suite would measure.

use super::Done;
use crate::choice::{Choice, Chosen};
use crate::console;
use loopswap_conductor::estimate;
use loopswap_protocol::cpu_ranges;
use loopswap_report::record::{Arm, CpuChoice, NoHello, Plan, Role};
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

/// Arguments of `loopswap plan`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let Chosen { plan, .. } = args.choice.plan(&AtomicBool::new(false))?;
    console::print(&if args.json { super::json(&plan)? } else { describe(&plan) })?;
    Ok(0)
}

fn describe(plan: &Plan) -> String {
    let mut text = String::new();
    let arms = &plan.rows[0].arms;
    let _ = writeln!(
        text,
        "suite {} · {} × {} · {} · slices of {} ms · seed {:x}",
        plan.suite,
        counted(plan.rows.len(), "row"),
        counted(arms.len(), "arm"),
        counted(plan.generations as usize, "generation"),
        plan.slice_ms,
        plan.seed
    );
    let _ = writeln!(
        text,
        "about {} for the whole run, and up to {} ms for an arm that does not finish\n",
        humantime::format_duration(estimate(plan)),
        plan.limit_ms
    );
    // What every row lacks concerns the runtime, what one row lacks the row.
    let skipped = |arm: usize| plan.rows.iter().all(|row| row.arms[arm].unavailable.is_some());
    let names: Vec<String> = arms
        .iter()
        .enumerate()
        .map(|(index, arm)| match (arm.role, &arm.unavailable) {
            (Role::Control, _) => format!("{} again as the control", arm.runtime),
            (_, Some(unavailable)) if skipped(index) => {
                format!("{} (skipped: {})", arm.runtime, unavailable.reason)
            }
            _ if arm.no_hello.is_some() => format!("{} (failed: it does not say hello)", arm.runtime),
            _ => arm.runtime.clone(),
        })
        .collect();
    let _ = writeln!(text, "arms: {}\n", names.join(", "));
    arms.iter().for_each(|arm| text += &silence(arm));
    if let Some(choice) = &plan.cpu_choice {
        text += &chosen_cpus(choice);
    }
    for row in &plan.rows {
        let peers =
            if row.peers.is_empty() { String::new() } else { format!(", peers on {}", cpu_ranges(&row.peer_cpus)) };
        // An arm without use for a second CPU gets one, another one in each generation.
        let turns = if row.parallel || row.runner_cpus.len() == 1 { "" } else { " in turn" };
        let _ = match row.arms.iter().map(|arm| arm.unavailable.as_ref()).collect::<Option<Vec<_>>>() {
            Some(lacking) => writeln!(text, "{:<34} skipped: {}", row.case, lacking[0].reason),
            None => writeln!(text, "{:<34} runner on cpu {}{turns}{peers}", row.case, cpu_ranges(&row.runner_cpus)),
        };
    }
    for (index, axis) in plan.axes.iter().enumerate() {
        let values: Vec<&str> = axis.points.iter().map(|point| point.shown.as_str()).collect();
        let gap = if index == 0 { "\n" } else { "" };
        let rows = counted(values.len(), "row");
        let _ = writeln!(text, "{gap}axis {:<29} {rows}: {}", axis.name, values.join(", "));
    }
    text
}

/// Why the runner of an arm does not say hello, with the end of its standard error; empty if it does. The control
/// is the reference again.
fn silence(arm: &Arm) -> String {
    let (Some(NoHello { message, stderr, .. }), false) = (&arm.no_hello, arm.role == Role::Control) else {
        return String::new();
    };
    let mut text = format!("{} failed: {message}\n", arm.runtime);
    stderr.lines().for_each(|line| text += &format!("  {line}\n"));
    text + "\n"
}

/// "1 row", "3 rows".
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The machine, which CPUs were chosen and why, and warnings.
fn chosen_cpus(choice: &CpuChoice) -> String {
    let mut text = format!("machine: {}\ncpus: {}\n", choice.machine, choice.why);
    for caveat in &choice.caveats {
        let _ = writeln!(text, "beware: {caveat}");
    }
    text + "\n"
}
