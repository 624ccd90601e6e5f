//! Views: a report as text for a person.
//!
//! The grid chooses columns, units and digits for a row once; [`table()`] sets them for a terminal
//! and [`markdown()`] for a page.

mod counters;
mod grid;
mod header;
mod markdown;
mod number;
mod table;
mod text;
mod words;

pub use counters::counters;
pub use markdown::markdown;
pub use table::{Style, table};
