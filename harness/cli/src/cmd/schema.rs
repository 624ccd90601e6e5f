//! `loopswap schema`: the JSON Schema of `report.json`.

use super::Done;
use crate::console;
use loopswap_conductor::Failure;

pub(crate) fn run() -> Done {
    let text = serde_json::to_string_pretty(&loopswap_report::schema())
        .map_err(|error| Failure::internal(error.to_string()))?;
    console::print(&(text + "\n"));
    Ok(0)
}
