//! When a difference counts: the thresholds of a race, and those of a comparison of two reports.

use crate::{begin, build, files, usage};
use loopswap_conductor::Failure;
use loopswap_protocol::quoted_path;
use loopswap_report::Report;
use loopswap_report::comparison::Comparison;
use loopswap_report::record::Rules;
use loopswap_report::reports::{Incomparable, Options, of_reports};
use loopswap_statistics::Looks;
use std::path::Path;
use std::time::Duration;

/// Most generations of a row of a race, unless the command line sets it.
pub(crate) const GENERATIONS: u32 = 58;
/// Default of `--margin` and of `--floor`: in a race the same as in a comparison ([`Options`]).
const MARGIN: &str = "1%";
const FLOOR: &str = "0ns";

/// Thresholds of a race.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Thresholds {
    /// Ignore changes of the time of an operation below this fraction
    #[arg(long, default_value = MARGIN, value_name = "PERCENT", value_parser = usage::percent)]
    margin: f64,
    /// Ignore changes of the time of an operation below this time, such as 5ns, whatever the margin
    #[arg(long, default_value = FLOOR, value_name = "TIME", value_parser = humantime::parse_duration)]
    floor: Duration,
    /// Builds are equivalent if the interval of the change lies within this
    #[arg(long, default_value = "2%", value_name = "PERCENT", value_parser = usage::percent)]
    equivalence: f64,
    /// Generations that confirm a row that looks changed; 0 = no second opinion
    #[arg(long, default_value_t = 20, value_name = "N")]
    confirm: u32,
}

impl Thresholds {
    /// The rules of a race of at most `generations` generations a row.
    pub(crate) fn rules(&self, generations: u32) -> Rules {
        let looks = Looks::up_to(generations);
        Rules {
            margin: self.margin,
            drift: 0.0,
            floor_ns: self.floor.as_nanos() as f64,
            equivalence: self.equivalence,
            looks: looks.at().to_vec(),
            suspect_p: looks.suspect_p(),
            confirm_generations: self.confirm,
            false_discovery_rate: Options::default().false_discovery_rate,
        }
    }
}

/// Thresholds of a comparison of two reports.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Terms {
    /// Compare reports of two hosts, by each runtime's ratio to the reference of its own report
    #[arg(long)]
    across_hosts: bool,
    #[arg(long, value_name = "PERCENT", value_parser = usage::percent, help = default_is(
        "How much two runs of one build may differ because they were made at different times",
        &percent(Options::default().drift),
    ))]
    drift: Option<f64>,
    #[arg(long, value_name = "PERCENT", value_parser = usage::percent, help = default_is(
        "Ignore changes of the time of an operation below this fraction",
        MARGIN,
    ))]
    margin: Option<f64>,
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, help = default_is(
        "Ignore changes of the time of an operation below this time, such as 5ns",
        FLOOR,
    ))]
    floor: Option<Duration>,
    #[arg(long, value_name = "PERCENT", value_parser = usage::percent, help = default_is(
        "Reports are equivalent if the change lies within this, drift included",
        &percent(Options::default().equivalence),
    ))]
    equivalence: Option<f64>,
}

/// A help text with the default: these flags have none for clap, so that it can be told whether they are given.
fn default_is(says: &str, default: &str) -> String {
    format!("{says} [default: {default}]")
}

/// A fraction as these flags take it.
fn percent(fraction: f64) -> String {
    format!("{}%", fraction * 100.0)
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
        // What cannot be looked at, such as links that lead to each other, is told when it is read.
        matches!(path.try_exists(), Ok(false))
    };
    if absent {
        return Err(Failure::not_comparable(format!("{}: there is no baseline", quoted_path(path)))
            .help("make one: `loopswap run --output DIR` on the base, or give another path"));
    }
    files::report(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_race_and_a_comparison_have_the_same_defaults() {
        let default = Options::default();
        assert_eq!(usage::percent(MARGIN), Ok(default.margin));
        assert_eq!(humantime::parse_duration(FLOOR).map(|floor| floor.as_nanos() as f64), Ok(default.floor_ns));
        assert_eq!([0.01, 0.05, 0.1, 0.025].map(percent), ["1%", "5%", "10%", "2.5%"]);
    }
}
