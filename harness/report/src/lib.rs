//! Record, analysis, report and views: pure functions of what was measured.
//!
//! A run writes a [`record`]; [`analyse`] computes a [`Report`] from it; [`table`] and [`markdown`]
//! show a report to a person. Nothing here opens a file, reads a clock or knows the name of a
//! runtime, so that every view can be made again from an old record.
//!
//! ```
//! use loopswap_report::{Style, analyse, record, table};
//!
//! fn show(text: &str) -> Result<String, record::ReadError> {
//!     Ok(table(&analyse(&record::read(text)?), Style::default()))
//! }
//! assert_eq!(show("").unwrap_err(), record::ReadError::Empty);
//! ```

mod analysis;
pub mod claim;
pub mod comparison;
mod figures;
mod judge;
pub mod model;
pub mod record;
pub mod selftest;
pub mod view;
mod words;

pub use analysis::explain::explain;
pub use analysis::{GrowingReport, analyse, explain_race, raced, reports};
pub use judge::latency::{LatencySummary, latency_summary};
pub use judge::race::{Standing, standing};
pub use model::{REPORT_SCHEMA, Report, read_report, schema};
pub use view::{RowByRow, Style, counters, explanation, markdown, raced_explanation, table};
