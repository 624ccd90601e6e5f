//! The conductor: suite → plan → run → record.
//!
//! It schedules runner processes, one for each arm and generation, tells them how much work to do and in
//! which order, starts and watches the servers they talk to, and writes down every slice before the next
//! begins. It links no runtime's code: a runtime is a command line that speaks the runner protocol, and
//! anything that happens to it (a crash, a hang, a wrong answer) becomes a line in the record.

mod asked;
mod axes;
mod case;
mod child;
mod command;
mod conversation;
mod cpus;
mod environment;
mod failure;
mod fault;
mod filling;
mod generation;
mod hello;
mod journal;
mod machine;
mod mariadb;
mod measure;
mod mysql_url;
mod peer;
mod peers;
mod pin;
mod plan;
mod plausible;
mod race;
mod redis_url;
mod remedy;
mod resident;
mod row;
mod rule;
mod run;
mod runner;
mod schedule;
mod server;
mod smoke;
mod state;
mod suite;
mod tail;
mod tally;
mod temp_folder;
mod time;
mod trace;
mod tracer;
mod turntable;
mod unreadable;
mod verify;
mod wait;
mod watch;
mod world;
mod written;

pub use case::{Case, named_cases};
pub use command::{Requests, RuntimeCommand};
pub use cpus::Cpus;
pub use environment::{Build, environment};
pub use failure::{Exit, Failure};
pub use fault::Halt;
pub use hello::{Greeting, Silence, hello_all, note};
pub use journal::Journal;
pub use mariadb::Installed;
pub use mysql_url::MysqlUrl;
pub use peer::{PeerSource, which};
pub use pin::{allowed, pin, refused as pinning_refused};
pub use plan::{Filter, PACED_SLICE, cpus_of, plan};
pub use race::race_plan;
pub use redis_url::RedisUrl;
pub use resident::{Absent, Residence, Resident};
pub use rule::Rule;
pub use run::Run;
pub use schedule::estimate;
pub use server::Server;
pub use suite::{Known, Suite, SuiteCase, Swept, SweptValue, known_runtime};
pub use trace::tracing_available;
pub use verify::{Check, Finding, Outcome, Verification, Verifying, verify};
pub use watch::{Phase, Silent, Step, Watch};
pub use world::Setup;
