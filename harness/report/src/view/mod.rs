//! Views: a report as text for a person.
//!
//! The grid chooses columns, units and digits for a row once; [`table()`] sets them for a terminal
//! ([`RowByRow`] while the run goes on) and [`markdown()`] for a page.

mod axes;
mod claims;
pub mod comparison;
mod counters;
mod explain;
mod grid;
mod header;
mod markdown;
mod row_by_row;
mod row_words;
mod runtimes;
mod table;

pub use counters::counters;
pub use explain::{explanation, raced_explanation};
pub use markdown::markdown;
pub use row_by_row::RowByRow;
pub use table::{Style, table};
