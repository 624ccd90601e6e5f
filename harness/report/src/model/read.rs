//! Reads a report back, and publishes the schema of what is written.

use super::{REPORT_SCHEMA, Report};
use crate::figures::{counts, figures};
use loopswap_protocol::{sentence, tame};
use serde_json::Value;
use thiserror::Error;

/// Why a report cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// It is not JSON, or not complete.
    #[error("the report is not JSON: {0}")]
    NotJson(String),
    /// It is something else.
    #[error("this is not a loopswap report: {0}")]
    NotAReport(String),
    /// Written by a later loopswap.
    #[error("the report has schema {found}, this loopswap reads up to {REPORT_SCHEMA}: use a newer loopswap")]
    Newer {
        /// The version found.
        found: u64,
    },
}

/// Reads the text of a report. Unknown keys are ignored.
///
/// # Errors
/// When it is not JSON, not a report, or comes from a later version.
pub fn read_report(text: &str) -> Result<Report, ReadError> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| ReadError::NotJson(sentence(error)))?;
    match value.get("schema").map(Value::as_u64) {
        Some(Some(found)) if found > u64::from(REPORT_SCHEMA) => return Err(ReadError::Newer { found }),
        Some(Some(_)) => {}
        _ => return Err(ReadError::NotAReport("it has no number `schema`".into())),
    }
    figures(&value).and_then(|()| counts(&value)).map_err(ReadError::NotAReport)?;
    tame(&mut value);
    serde_json::from_value(value).map_err(|error| ReadError::NotAReport(sentence(error)))
}

/// The JSON Schema (draft 2020-12) of a report.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_names_the_main_keys_and_their_units() {
        let schema = schema();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["title"], "loopswap report");
        assert!(schema["description"].as_str().is_some_and(|text| text.contains("nanoseconds")));
        for key in ["schema", "suite", "seed", "environment", "runtimes", "summary", "rows", "family"] {
            assert!(schema["properties"][key].is_object(), "{key}");
        }
        let arm = &schema["$defs"]["ArmReport"]["properties"];
        for key in ["runtime", "time_ns", "rate", "speed_ratio", "p_adjusted", "verdict", "latency", "rss_peak_bytes"] {
            assert!(arm[key].is_object(), "{key}");
        }
        assert!(arm["rss_peak_bytes"]["description"].as_str().is_some_and(|text| text.contains("in bytes")));
    }

    #[test]
    fn what_is_not_a_report_is_refused_with_a_reason() {
        let message = |text| read_report(text).expect_err("no report").to_string();
        assert!(message("").starts_with("the report is not JSON"));
        assert_eq!(message("[1]"), "this is not a loopswap report: it has no number `schema`");
        assert_eq!(message(r#"{"schema":1}"#), "this is not a loopswap report: missing field `loopswap`");
        assert_eq!(
            message(r#"{"schema":2,"rows":"who knows"}"#),
            "the report has schema 2, this loopswap reads up to 1: use a newer loopswap"
        );
    }
}
