//! `loopswap compare`: two stored reports, row by row.

use super::Done;
use crate::terms::Terms;
use crate::{console, files};
use loopswap_report::Style;
use loopswap_report::view::comparison as view;
use std::path::PathBuf;

/// Arguments of `loopswap compare`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The report to compare with: a report.json, a record.jsonl, or the folder of a run
    base: PathBuf,
    /// The report that is judged, of the same kinds
    head: PathBuf,
    #[command(flatten)]
    terms: Terms,
    /// Write the comparison to this file, for `gate`, `acknowledge` and other programs
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Print a Markdown page instead of the table
    #[arg(long)]
    markdown: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let comparison = args.terms.compare(&args.base, &args.head)?;
    if let Some(path) = &args.json {
        files::write(path, &super::json(&comparison)?)?;
    }
    console::print(&if args.markdown {
        view::markdown(&comparison)
    } else {
        view::table(&comparison, Style::default())
    })?;
    Ok(0)
}
