//! What limits the comparison of two reports, in plain words.

use super::Options;
use crate::comparison::RowComparison;
use crate::model::Report;
use crate::record::EndReason;
use crate::words::percent;
use loopswap_statistics::median;

/// The caveats, as sentences; the first is true of every unpaired comparison.
pub(super) fn caveats(base: &Report, head: &Report, rows: &[RowComparison], options: &Options) -> Vec<String> {
    let mut said = vec![unpaired(rows, options)];
    if options.across_hosts {
        said.push(format!(
            "Two hosts may differ: a runtime is compared by its ratio to `{}` of its own report; a change of that \
             runtime itself shows in none of its rows, and shifts those of all others.",
            head.reference
        ));
    }
    if base.suite != head.suite {
        said.push(format!("The suites have two names, {} and {}; cases are paired by theirs.", base.suite, head.suite));
    }
    for (name, report) in [("BASE", base), ("HEAD", head)] {
        if report.complete != EndReason::Finished {
            said.push(format!("The run of {name} did not come to its end: rows may have fewer generations."));
        }
    }
    let (then, now) = (&base.environment, &head.environment);
    let mut differs = |what: &str, base: &str, head: &str| {
        if base != head {
            said.push(format!("{what} differs: BASE has {base}, HEAD has {head}."));
        }
    };
    differs("The build profile", &then.profile, &now.profile);
    differs("The compiler", &then.rustc, &now.rustc);
    differs("The allocator", &then.allocator, &now.allocator);
    let governor = |governor: &Option<String>| governor.clone().unwrap_or_else(|| "none".into());
    differs("The frequency governor", &governor(&then.governor), &governor(&now.governor));
    differs("The length aimed at for a slice", &format!("{} ms", base.slice_ms), &format!("{} ms", head.slice_ms));
    said
}

fn unpaired(rows: &[RowComparison], options: &Options) -> String {
    let visible: Vec<f64> = rows.iter().filter_map(|row| row.smallest_visible).collect();
    let seen = median(&visible).map_or_else(
        || "no row has figures on both sides".to_owned(),
        |visible| format!("a change below {} would not have been seen in half of the rows", percent(visible)),
    );
    format!(
        "The two runs were made at different times, and machines drift in between: {} are allowed for that, and {seen}. \
         `loopswap race` measures both builds side by side and sees much smaller changes.",
        percent(options.drift)
    )
}
