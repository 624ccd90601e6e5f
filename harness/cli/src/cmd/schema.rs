//! `loopswap schema`: the JSON Schema of `report.json`, or of `comparison.json`.

use super::Done;
use crate::console;
use loopswap_report::{comparison, schema};

/// Arguments of `loopswap schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The schema of comparison.json instead
    #[arg(long)]
    comparison: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let schema = if args.comparison { comparison::schema() } else { schema() };
    console::print(&super::json(&schema)?)?;
    Ok(0)
}
