//! `loopswap report`: the table again, of a report or of a comparison.

use super::Done;
use crate::console;
use crate::files::{self, Stored};
use loopswap_conductor::Failure;
use loopswap_protocol::quoted_path;
use loopswap_report::selftest;
use loopswap_report::view::comparison as view;
use loopswap_report::{Style, counters, markdown, table};
use std::path::PathBuf;

/// Arguments of `loopswap report`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A record.jsonl, a report.json, a comparison.json, a selftest.json, or the folder of a run or race
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
    console::print(&match files::stored(&args.file)? {
        Stored::SelfTest(found) => {
            args.refuse("a self-test", &[("--markdown", args.markdown), ("--counters", args.counters)])?;
            if args.json { super::json(&found)? } else { selftest::table(&found) }
        }
        Stored::Comparison(comparison) => {
            args.refuse("a comparison", &[("--counters", args.counters)])?;
            if args.json {
                super::json(&comparison)?
            } else if args.markdown {
                view::markdown(&comparison)
            } else {
                view::table(&comparison, Style::default())
            }
        }
        Stored::Report(report) if args.json => super::json(&report)?,
        Stored::Report(report) if args.markdown => markdown(&report),
        Stored::Report(report) if args.counters => {
            table(&report, Style::default()) + &counters(&report, Style::default())
        }
        Stored::Report(report) => table(&report, Style::default()),
    })?;
    Ok(0)
}

impl Args {
    /// Refuses flags that this kind of file does not know.
    fn refuse(&self, kind: &str, flags: &[(&str, bool)]) -> Result<(), Failure> {
        match flags.iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::usage(format!("{flag}: {} is {kind}", quoted_path(&self.file)))
                .help(format!("leave {flag} out, or give a record.jsonl, a report.json, or the folder of a run"))),
            None => Ok(()),
        }
    }
}
