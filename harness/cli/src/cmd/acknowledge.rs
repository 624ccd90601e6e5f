//! `loopswap acknowledge`: accept a change that a comparison shows, until a day and for a reason.

use super::Done;
use crate::acknowledged::{Acknowledged, FILE, today};
use crate::{console, files};
use clap::builder::TypedValueParser;
use jiff::civil::Date;
use loopswap_conductor::Failure;
use loopswap_protocol::{quoted, quoted_path};
use loopswap_report::comparison::{Accepted, Comparison, Direction, RowComparison};
use std::path::PathBuf;

/// Arguments of `loopswap acknowledge`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The case, such as redis/conns=1
    row: String,
    /// A comparison.json that shows the change, or the folder or record of a race
    comparison: PathBuf,
    /// The runtime
    #[arg(long, value_name = "RUNTIME")]
    runtime: String,
    /// The last day on which it is accepted, such as 2026-12-31
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Why it is accepted
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Which change to accept; by default every change that the row shows
    #[arg(long, value_parser = direction())]
    direction: Option<Direction>,
    /// The file that the entry is added to
    #[arg(long, value_name = "FILE", default_value = FILE)]
    file: PathBuf,
}

/// What `--direction` takes.
fn direction() -> impl TypedValueParser<Value = Direction> {
    super::one_of(Direction::ALL.map(|direction| (direction, direction.word(), direction.says().to_owned())))
}

pub(crate) fn run(args: &Args) -> Done {
    if args.until < today() {
        return Err(Failure::usage(format!("--until {}: this day is over", args.until)).help("give a later day"));
    }
    if args.why.trim().is_empty() {
        return Err(Failure::usage("--why is empty").help("say why the change is accepted"));
    }
    let comparison = files::comparison(&args.comparison)?.ok_or_else(|| {
        Failure::usage(format!("{}: not a comparison", quoted_path(&args.comparison)))
            .help("give the comparison.json of a `race`, or one written by `compare --json`")
    })?;
    let changes = changes(args, &comparison)?;
    let file = Acknowledged::read_or_new(&args.file)?;
    let entries: Vec<Accepted> = changes.into_iter().map(|direction| entry(args, direction)).collect();
    for entry in &entries {
        let there = |old: &&Accepted| {
            !old.expired && (&old.case, &old.runtime, old.direction) == (&entry.case, &entry.runtime, entry.direction)
        };
        if let Some(old) = file.entries.iter().find(there) {
            let what = format!("{}: {} is accepted already, until {}", old.place, told(entry), old.until);
            return Err(Failure::usage(what).help("change that entry"));
        }
    }
    file.add(&entries)?;
    for entry in &entries {
        console::print(&format!("{}: {} is accepted until {}\n", quoted_path(&args.file), told(entry), entry.until))?;
    }
    Ok(0)
}

fn entry(args: &Args, direction: Direction) -> Accepted {
    Accepted {
        case: args.row.clone(),
        runtime: args.runtime.clone(),
        direction,
        until: args.until.to_string(),
        why: args.why.trim().to_owned(),
        place: quoted_path(&args.file),
        expired: false,
    }
}

fn told(entry: &Accepted) -> String {
    format!("{} on {}, {}", quoted(&entry.case), quoted(&entry.runtime), entry.direction.word())
}

/// The part of the row to accept: the comparison must show it.
fn changes(args: &Args, comparison: &Comparison) -> Result<Vec<Direction>, Failure> {
    let flagged: Vec<String> = comparison.rows.iter().filter(|row| !row.changes().is_empty()).map(shown).collect();
    let there_are = |failure: Failure| {
        if flagged.is_empty() {
            failure.help("the comparison shows no change at all")
        } else {
            failure.there_are(&format!("{} --runtime {}", args.row, args.runtime), flagged.iter().map(String::as_str))
        }
    };
    let (case, runtime) = (quoted(&args.row), quoted(&args.runtime));
    let Some(row) = comparison.rows.iter().find(|row| row.case == args.row && row.runtime == args.runtime) else {
        let what = format!("{}: has no row `{}` on {}", quoted_path(&args.comparison), case, runtime);
        return Err(there_are(Failure::usage(what)));
    };
    let all = row.changes();
    let wanted = args.direction;
    let chosen: Vec<Direction> =
        all.into_iter().filter(|change| wanted.is_none_or(|wanted| wanted == *change)).collect();
    if chosen.is_empty() {
        let change = wanted.map_or("no change", Direction::word);
        let what = match wanted {
            None => format!("`{case}` on {runtime} shows {change}: {}", row.sentence),
            Some(_) => format!("`{case}` on {runtime} is not {change}: {}", row.sentence),
        };
        return Err(there_are(Failure::usage(what)));
    }
    Ok(chosen)
}

fn shown(row: &RowComparison) -> String {
    format!("{} --runtime {}", row.case, row.runtime)
}
