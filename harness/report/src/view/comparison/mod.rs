//! Views of a comparison: a table, a page, the summary of a gate, annotations for a forge.

mod annotations;
mod explanation;
pub(in crate::view) mod header;
mod markdown;
mod summary;
mod table;
pub(in crate::view) mod words;

pub use annotations::{github, inert, inert_json};
pub use explanation::explanation;
pub use markdown::markdown;
pub use summary::summary;
pub use table::table;
