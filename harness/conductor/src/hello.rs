//! Asks runners for their hello. A runner that cannot say hello is a target that failed, and ends nothing
//! else.

use crate::command::RuntimeCommand;
use crate::conversation::Trouble;
use crate::failure::Failure;
use crate::pin;
use crate::rule::Rule;
use crate::runner::Runner;
use loopswap_protocol::{Hello, RuntimeInfo, Unavailable, quoted};
use loopswap_report::comparison::Side;
use loopswap_report::record::{Arm, NoHello, Plan};
use std::sync::atomic::AtomicBool;

/// The answer of a runner that was asked for its hello.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// The name of its runtime here.
    pub name: String,
    /// The build it belongs to, if two are raced.
    pub side: Option<Side>,
    /// Its hello, under that name, or why it sent none.
    pub said: Result<Hello, Silence>,
}

/// Why a runner sent no hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Its runtime cannot run here, and what would change that: a finding, not a failure.
    Unavailable(Unavailable),
    /// It failed.
    Failed(NoHello),
}

impl Greeting {
    /// Why the runtime cannot run here, if the runner says so in its hello or instead of it.
    #[must_use]
    pub fn unavailable(&self) -> Option<&Unavailable> {
        match &self.said {
            Ok(hello) => hello.unavailable.as_ref(),
            Err(Silence::Unavailable(unavailable)) => Some(unavailable),
            Err(Silence::Failed(_)) => None,
        }
    }

    /// What its runner did instead of saying hello, if it failed.
    #[must_use]
    pub fn failed(&self) -> Option<&NoHello> {
        match &self.said {
            Err(Silence::Failed(failed)) => Some(failed),
            Ok(_) | Err(Silence::Unavailable(_)) => None,
        }
    }

    /// What the runtime is, if its runner has said hello.
    #[must_use]
    pub fn runtime(&self) -> Option<&RuntimeInfo> {
        self.said.as_ref().ok().map(|hello| &hello.runtime)
    }

    fn is_of(&self, arm: &Arm) -> bool {
        self.name == arm.runtime && (self.side.is_none() || self.side == arm.side)
    }
}

/// Asks every runner who it is and whether it can run here.
///
/// # Errors
/// When it is interrupted.
pub fn hello_all(commands: &[RuntimeCommand], stop: &AtomicBool) -> Result<Vec<Greeting>, Failure> {
    let cpus = pin::allowed();
    commands
        .iter()
        .map(|command| {
            let RuntimeCommand { name, side, .. } = command;
            let said = match ask(command, &cpus, stop) {
                // A suite may run one runtime twice under different names.
                Ok(hello) => Ok(Hello { runtime: RuntimeInfo { name: name.clone(), ..hello.runtime }, ..hello }),
                Err(Trouble::Unavailable(unavailable)) => Err(Silence::Unavailable(unavailable)),
                Err(Trouble::Runner { kind, message, stderr, .. }) => {
                    Err(Silence::Failed(NoHello { kind, message, stderr }))
                }
                Err(Trouble::Interrupted | Trouble::TimeIsUp) => return Err(Failure::interrupted("interrupted")),
            };
            Ok(Greeting { name: name.clone(), side: *side, said })
        })
        .collect()
}

fn ask(command: &RuntimeCommand, cpus: &[usize], stop: &AtomicBool) -> Result<Hello, Trouble> {
    let mut runner = Runner::of(&command.command, cpus)?;
    let hello = runner.hello(stop)?;
    match command.built_in() {
        Some(name) if name != hello.runtime.name => {
            let message = format!("the runner of `{name}` says that it is `{}`", quoted(&hello.runtime.name));
            Err(runner.talk.trouble(Rule::Runtime, message))
        }
        _ => Ok(hello),
    }
}

/// Notes in a plan what runners reported about themselves, or why they did not.
pub fn note(plan: &mut Plan, greetings: &[Greeting]) {
    for arm in plan.rows.iter_mut().flat_map(|row| &mut row.arms) {
        let Some(greeting) = greetings.iter().find(|greeting| greeting.is_of(arm)) else { continue };
        arm.no_hello = greeting.failed().cloned();
        // What its row lacks is kept.
        arm.unavailable = greeting.unavailable().cloned().or_else(|| arm.unavailable.take());
    }
}
