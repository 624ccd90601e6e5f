//! `loopswap compare`: two stored reports, row by row. Also the terms of such a comparison, which `gate`
//! shares.

use super::Done;
use crate::{begin, build, console, files, usage};
use loopswap_conductor::Failure;
use loopswap_protocol::quoted_path;
use loopswap_report::comparison::Comparison;
use loopswap_report::reports::{Incomparable, Options, of_reports};
use loopswap_report::view::comparison as view;
use loopswap_report::{Report, Style};
use std::path::{Path, PathBuf};
use std::time::Duration;

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

/// Thresholds of a comparison of two reports.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Terms {
    /// Compare reports of two hosts, by each runtime's ratio to the reference of its own report
    #[arg(long)]
    across_hosts: bool,
    /// How much two runs of one build may differ because they were made at different times [default: 10%]
    #[arg(long, value_name = "PERCENT", value_parser = usage::percent)]
    drift: Option<f64>,
    /// Ignore changes of the time of an operation below this fraction [default: 1%]
    #[arg(long, value_name = "PERCENT", value_parser = usage::percent)]
    margin: Option<f64>,
    /// Ignore changes of the time of an operation below this time, such as 5ns [default: 0ns]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    floor: Option<Duration>,
    /// Reports are equivalent if the change lies within this, drift included [default: 5%]
    #[arg(long, value_name = "PERCENT", value_parser = usage::percent)]
    equivalence: Option<f64>,
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

impl Terms {
    /// Whether any is given: a stored comparison already has its own.
    pub(crate) fn are_given(&self) -> bool {
        let numbers = [self.drift, self.margin, self.equivalence].iter().any(Option::is_some);
        numbers || self.floor.is_some() || self.across_hosts
    }

    /// Reads two reports and compares them.
    pub(crate) fn compare(&self, base: &Path, head: &Path) -> Result<Comparison, Failure> {
        let default = Options::default();
        let options = Options {
            base: quoted_path(base),
            head: quoted_path(head),
            created: begin::stamp(jiff::Timestamp::now()),
            loopswap: build::VERSION.into(),
            margin: self.margin.unwrap_or(default.margin),
            floor_ns: self.floor.map_or(default.floor_ns, |floor| floor.as_nanos() as f64),
            equivalence: self.equivalence.unwrap_or(default.equivalence),
            drift: self.drift.unwrap_or(default.drift),
            across_hosts: self.across_hosts,
            ..default
        };
        of_reports(&baseline(base)?, &files::report(head)?, &options).map_err(|Incomparable { what, remedy }| {
            Failure::not_comparable(format!(
                "{} and {} cannot be compared: {what}",
                quoted_path(base),
                quoted_path(head)
            ))
            .help(remedy)
        })
    }
}

/// Reads BASE. A missing file is not a mistake in the arguments but a project without a baseline yet: it has
/// an exit code of its own.
fn baseline(path: &Path) -> Result<Report, Failure> {
    let absent = if path.is_dir() {
        !path.join(files::RECORD).exists() && !path.join(files::REPORT).exists()
    } else {
        !path.exists()
    };
    if absent {
        return Err(Failure::not_comparable(format!("{}: there is no baseline", quoted_path(path)))
            .help("make one: `loopswap run --output DIR` on the base, or give another path"));
    }
    files::report(path)
}
