//! From hello to bye: the life of a runner.

use crate::case::{Body, OneCase};
use crate::{start, tally};
use loopswap_protocol::{
    Hello, MadeOf, PREFLIGHT, PREFLIGHT_PASSED, PROTOCOL, Prepare, RuntimeInfo, Session, raise_descriptor_limit,
};
use loopswap_rt::{Catalogue, Fault, Info, Launch, Tallied, Unavailable};
use std::collections::BTreeMap;
use std::io;

/// What the tasks of every runtime are written in.
const LANGUAGE: &str = "Rust";

/// One shard's life in a process that counts polls and wake-ups; it knows no runtime.
pub type TalliedBody = Body<Tallied>;

/// Makes the bodies of a case whose polls and wake-ups are counted: [`tallied`] of a catalogue. `None` if the
/// catalogue lacks the workload.
pub type TallyTasks = fn(Prepare, f64, usize) -> Option<Result<TalliedBody, Fault>>;

/// Serves one case of the catalogue `C` on the runtime `R` over standard input and output.
///
/// `version` is the version of the runtime's package; `extra_work` the fraction that every slice does beyond
/// what was asked for ([`Session::with_extra_work`]), 0 for an honest runner. `tally_tasks` is [`tallied`] of
/// the same catalogue, behind a function that is not generic: so its code is compiled once, and not for each
/// runtime.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
pub fn serve<R: Launch, C: Catalogue>(version: &str, extra_work: f64, tally_tasks: TallyTasks) -> io::Result<()> {
    raise_descriptor_limit();
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let passed = std::env::var_os(PREFLIGHT).is_some_and(|said| said == PREFLIGHT_PASSED);
    let unavailable = if passed { None } else { start::preflight::<R>(threads).err() };
    start::exit_on_panic();
    let hello = hello::<R, C>(version, unavailable.clone());
    let Some(prepare) = Session::open(hello)? else { return Ok(()) };
    if let Some(unavailable) = unavailable {
        return Session::unavailable(unavailable);
    }
    let threads = R::threads(prepare.threads);
    let workload = prepare.workload.clone();
    // The bodies have no type of their own, so that a launch is compiled once for a runtime, and not for each workload.
    let launched = if prepare.tally_tasks {
        let body = tally_tasks(prepare, extra_work, threads);
        body.map(|body| body.map(|body| Tallied::launch::<R, _, _>(threads, move |rt, shard| body(rt, shard))))
    } else {
        let body = C::visit(&workload, OneCase { prepare, extra_work, threads, count: tally::of_process::<R> });
        body.map(|body| body.map(|body| R::launch(threads, move |rt, shard| body(rt, shard))))
    };
    match launched {
        Some(Ok(launched)) => ended::<R>(threads, launched),
        Some(Err(fault)) => Session::failed(fault.to_string()),
        None => Session::unsupported(format!("this runner has no workload `{workload}`")),
    }
}

/// Makes the bodies of a case of the catalogue `C` whose polls and wake-ups are counted.
pub fn tallied<C: Catalogue>(prepare: Prepare, extra_work: f64, threads: usize) -> Option<Result<TalliedBody, Fault>> {
    let workload = prepare.workload.clone();
    C::visit(&workload, OneCase { prepare, extra_work, threads, count: tally::of_tasks })
}

fn hello<R: Launch, C: Catalogue>(version: &str, unavailable: Option<Unavailable>) -> Hello {
    let info = R::INFO;
    Hello {
        protocol: PROTOCOL,
        runtime: RuntimeInfo {
            name: info.name.into(),
            package: info.package.into(),
            version: version.into(),
            driver: info.driver.into(),
            topology: info.topology,
            about: info.about.into(),
            discontinued: info.discontinued.map(Into::into),
            unsupported: unsupported(&info),
            made_of: MadeOf { language: Some(LANGUAGE.into()), ..MadeOf::default() },
        },
        workloads: C::infos().iter().map(|info| info.name.into()).collect(),
        counters: tally::NAMES.map(str::to_owned).into(),
        unavailable,
    }
}

/// The abilities of the contract that a runtime lacks, by the names of their fields.
fn unsupported(info: &Info) -> BTreeMap<String, String> {
    let abilities = [("offload", info.offload), ("cancel", info.cancel)];
    abilities.into_iter().filter_map(|(name, able)| Some((name.to_owned(), able.err()?.to_owned()))).collect()
}

/// The outcome of a launch: a launch that failed is answered here, since no shard has answered.
fn ended<R: Launch>(threads: usize, launched: io::Result<Vec<io::Result<()>>>) -> io::Result<()> {
    match launched {
        Ok(shards) => shards.into_iter().collect(),
        Err(error) => start::failed(format!("starting {} on {threads} threads: {error}", R::INFO.name)),
    }
}
