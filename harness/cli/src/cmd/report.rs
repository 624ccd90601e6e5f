//! `loopswap report`: the table again, of a report or of a comparison.

use super::Done;
use crate::{console, files};
use loopswap_report::comparison::view;
use loopswap_report::selftest;
use loopswap_report::{Style, counters, markdown, table};
use std::path::PathBuf;

/// Arguments of `loopswap report`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A record.jsonl, a report.json, a comparison.json, a selftest.json, or the folder of a run
    file: PathBuf,
    /// Print a Markdown page instead of the table
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print the report or comparison as JSON instead of the table
    #[arg(long)]
    json: bool,
    /// After the table, show what the runners do for one operation: system calls, allocations, polls,
    /// wake-ups
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    counters: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    if let Some(found) = files::selftest(&args.file)? {
        console::print(&if args.json { super::json(&found)? } else { selftest::table(&found) })?;
        return Ok(0);
    }
    if let Some(comparison) = files::comparison(&args.file)? {
        console::print(&if args.json {
            super::json(&comparison)?
        } else if args.markdown {
            view::markdown(&comparison)
        } else {
            view::table(&comparison, Style::default())
        })?;
        return Ok(0);
    }
    let report = files::report(&args.file)?;
    if args.json {
        console::print(&super::json(&report)?)?;
    } else if args.markdown {
        console::print(&markdown(&report))?;
    } else {
        console::print(&table(&report, Style::default()))?;
        if args.counters {
            console::print(&counters(&report, Style::default()))?;
        }
    }
    Ok(0)
}
