//! `loopswap report`: the table again.

use super::Done;
use crate::{console, files};
use loopswap_report::{Style, counters, markdown, table};
use std::path::PathBuf;

/// Arguments of `loopswap report`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A record.jsonl, a report.json, or the folder of a run
    file: PathBuf,
    /// A Markdown page instead of the table
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// The report as JSON instead of the table
    #[arg(long)]
    json: bool,
    /// After the table, what the runners do for one operation: system calls, allocations, polls, wake-ups
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    counters: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let report = files::report(&args.file)?;
    if args.json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| loopswap_conductor::Failure::internal(error.to_string()))?;
        console::print(&(text + "\n"));
    } else if args.markdown {
        console::print(&markdown(&report));
    } else {
        console::print(&table(&report, Style::default()));
        if args.counters {
            console::print(&counters(&report, Style::default()));
        }
    }
    Ok(0)
}
