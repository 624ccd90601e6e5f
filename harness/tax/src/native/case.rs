//! The conversation, the same in every native program.

use crate::Error;
use loopswap::Builtin;
use loopswap_counters::{ALLOCATED_BYTES, ALLOCATIONS, Counters, SYSCALLS};
use loopswap_protocol::{
    Hello, PREFLIGHT, PREFLIGHT_PASSED, PROTOCOL, PeerKind, Prepare, RuntimeInfo, Session, Shape, TIME_LIMIT_THREAD,
    Tally, Topology, Turn, Unavailable, mark,
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// A native program's description of its runtime.
pub(crate) struct Native {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) driver: &'static str,
    /// Programs for a runtime with a thread for each core use one.
    pub(crate) topology: Topology,
    /// Whether it can run here on a number of threads, or else why not.
    pub(crate) preflight: fn(usize) -> Result<(), Unavailable>,
}

/// The preflight of a runtime that needs nothing in particular.
pub(crate) fn able(_threads: usize) -> Result<(), Unavailable> {
    Ok(())
}

/// The workloads that the native programs answer to, with their parameters.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "workload", content = "params", rename_all = "kebab-case")]
pub(crate) enum Program {
    TaxSpawn {
        batch: u64,
    },
    TaxYield {
        batch: u64,
    },
    TaxSwitch {
        batch: u64,
    },
    TaxEcho {
        size: usize,
    },
    Sleep {
        tasks: u64,
        /// Microseconds.
        time: u64,
        variant: Variant,
    },
    HttpFetch {
        conns: u64,
        size: usize,
        /// Microseconds.
        delay: u64,
    },
    Redis {
        conns: u64,
        servers: u64,
        reuse: bool,
    },
}

/// The variants of `sleep`; natively only the spawned one exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Variant {
    Spawn,
    JoinAll,
    SequentialAwait,
}

/// A case to run.
pub(crate) struct Case {
    pub(crate) program: Program,
    pub(crate) prepare: Prepare,
    pub(crate) threads: usize,
    shape: Shape,
    extra_work: f64,
}

impl Native {
    /// As a runtime of this program.
    pub(crate) fn served_by(self, serve: fn(&str, f64) -> io::Result<()>) -> Builtin {
        Builtin { name: self.name, package: self.package, serve }
    }

    /// Says hello and reads the case; `None` if there is nothing to do.
    pub(crate) fn open(&self, version: &str, extra_work: f64) -> io::Result<Option<Case>> {
        exit_on_panic();
        let infos = loopswap_tax::infos();
        let passed = std::env::var_os(PREFLIGHT).is_some_and(|said| said == PREFLIGHT_PASSED);
        let unavailable = if passed { None } else { (self.preflight)(1).err() };
        let hello = Hello {
            protocol: PROTOCOL,
            runtime: self.info(version),
            workloads: infos.iter().map(|info| info.name.into()).collect(),
            counters: [SYSCALLS, ALLOCATIONS, ALLOCATED_BYTES].map(str::to_owned).into(),
            unavailable: unavailable.clone(),
        };
        let Some(prepare) = Session::open(hello)? else { return Ok(None) };
        if let Some(unavailable) = unavailable {
            Session::unavailable(unavailable)?;
            return Ok(None);
        }
        let Some(info) = infos.iter().find(|info| info.name == prepare.workload) else {
            Session::unsupported(format!("this runner has no workload `{}`", prepare.workload))?;
            return Ok(None);
        };
        if prepare.threads > 1 && self.topology == Topology::ThreadPerCore {
            Session::unsupported("this native program is written for one thread")?;
            return Ok(None);
        }
        let named = json!({ "workload": prepare.workload, "params": prepare.params });
        let program = match serde_json::from_value(named) {
            Ok(Program::Sleep { variant, .. }) if variant != Variant::Spawn => {
                Session::unsupported("the native program spawns its sleeping tasks")?;
                return Ok(None);
            }
            Ok(program) => program,
            Err(error) => {
                Session::failed(format!("reading the parameters: {error}"))?;
                return Ok(None);
            }
        };
        let shape = (info.shape)(&prepare.params);
        let threads = if self.topology == Topology::SingleThread { 1 } else { prepare.threads.max(1) };
        Ok(Some(Case { program, prepare, threads, shape, extra_work }))
    }

    fn info(&self, version: &str) -> RuntimeInfo {
        RuntimeInfo {
            name: self.name.into(),
            package: self.package.into(),
            version: version.into(),
            driver: self.driver.into(),
            topology: self.topology,
            about: format!("a program written by hand against {} alone", self.package),
            discontinued: None,
            unsupported: BTreeMap::new(),
            made_of: loopswap_protocol::MadeOf::default(),
        }
    }
}

impl Case {
    /// Says that everything is prepared.
    pub(crate) fn ready(&self) -> io::Result<Session> {
        let session = Session::ready(self.threads, self.shape, Duration::from_millis(self.prepare.limit_ms))?;
        Ok(session.with_extra_work(self.extra_work))
    }

    /// The addresses of the peers of one kind.
    pub(crate) fn peers(&self, kind: PeerKind) -> Result<Vec<SocketAddr>, Error> {
        let peers: Vec<_> = self.prepare.peers.iter().filter(|peer| peer.kind == kind).collect();
        if peers.is_empty() {
            return Err(format!("no {kind:?} peer was given").into());
        }
        if peers.iter().any(|peer| peer.password.is_some() || peer.database.is_some()) {
            return Err("the native programs do not log in".into());
        }
        Ok(peers.iter().map(|peer| peer.address).collect())
    }

    /// The operations of the task with this number, of `tasks` that share `ops`.
    pub(crate) fn share(ops: u64, number: u64, tasks: u64) -> u64 {
        ops / tasks + u64::from(number < ops % tasks)
    }
}

/// The end of a program: reports to the conductor what kept it from its work.
pub(crate) fn close(ended: Result<(), Error>) -> io::Result<()> {
    ended.or_else(|error| Session::failed(error.to_string()))
}

/// Like the built-in runners: a panic anywhere ends the process, and the conductor sees a crash.
fn exit_on_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        std::process::exit(101);
    }));
}

/// What a turn counts beside its time, as the built-in runners do it.
pub(crate) enum Counting {
    Nothing,
    /// The conductor counts system calls from outside, and is told where the slice begins and ends.
    Marks,
    Process(Box<Counters>),
}

impl Counting {
    /// Counts from now on.
    pub(crate) fn start(turn: &Turn) -> Counting {
        if turn.traced {
            mark();
            return Counting::Marks;
        }
        if !turn.tally {
            return Counting::Nothing;
        }
        let mut counters = Box::new(Counters::open(TIME_LIMIT_THREAD));
        counters.start();
        Counting::Process(counters)
    }

    /// Ends counting.
    pub(crate) fn stop(self) -> Option<Tally> {
        match self {
            Counting::Nothing => None,
            Counting::Marks => {
                mark();
                Some(Tally::default())
            }
            Counting::Process(counters) => Some(counters.stop()),
        }
    }
}

/// Plays every turn of a case: stamps, works, answers.
macro_rules! turns {
    ($case:ident, $turn:ident => $work:expr) => {{
        let mut session = $case.ready()?;
        while let Some($turn) = session.next_turn()? {
            let counting = $crate::case::Counting::start(&$turn);
            let started = $turn.meter.start();
            let outcome: Result<loopswap_protocol::Verified, $crate::Error> = $work;
            let elapsed = started.elapsed();
            let tally = counting.stop();
            let ns = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
            session.finish_tallied(&$turn, ns, outcome.map_err(|error| error.to_string()), tally)?;
        }
    }};
}
pub(crate) use turns;
