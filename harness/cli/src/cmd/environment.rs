//! `loopswap environment`: the machine and the build, as they stand in a report. A race asks both of its
//! builds.

use super::Done;
use crate::{build, console};
use loopswap_conductor::{Failure, environment};

pub(crate) fn run() -> Done {
    let text = serde_json::to_string_pretty(&environment(build::build()))
        .map_err(|error| Failure::internal(error.to_string()))?;
    console::print(&(text + "\n"))?;
    Ok(0)
}
