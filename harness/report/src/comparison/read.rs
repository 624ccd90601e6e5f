//! Reads a comparison back, and publishes the schema of what is written.

use super::{COMPARISON_SCHEMA, Comparison};
use crate::figures::{counts, figures};
use crate::model::ReadError;
use loopswap_protocol::{sentence, tame};
use serde_json::Value;

/// Reads the text of a comparison. Unknown keys are ignored.
///
/// # Errors
/// When it is not JSON, not a comparison, or comes from a later version.
pub fn read_comparison(text: &str) -> Result<Comparison, ReadError> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| ReadError::NotJson(sentence(error)))?;
    match value.get("comparison_schema").map(Value::as_u64) {
        Some(Some(found)) if found > u64::from(COMPARISON_SCHEMA) => {
            return Err(ReadError::NotAReport(format!(
                "it is a comparison of schema {found}, this loopswap reads up to {COMPARISON_SCHEMA}: use a newer \
                 loopswap"
            )));
        }
        Some(Some(_)) => {}
        _ => return Err(ReadError::NotAReport("it has no number `comparison_schema`".into())),
    }
    figures(&value).and_then(|()| counts(&value)).map_err(ReadError::NotAReport)?;
    tame(&mut value);
    serde_json::from_value(value).map_err(|error| ReadError::NotAReport(sentence(error)))
}

/// The JSON Schema (draft 2020-12) of a comparison.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Comparison).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_names_the_main_keys_and_what_is_divided_by_what() {
        let schema = schema();
        assert_eq!(schema["title"], "loopswap comparison");
        assert!(schema["description"].as_str().is_some_and(|text| text.contains("HEAD ÷ BASE")));
        for key in ["comparison_schema", "kind", "rules", "rows", "missing", "caveats"] {
            assert!(schema["properties"][key].is_object(), "{key}");
        }
    }

    #[test]
    fn what_is_no_comparison_is_refused_with_the_reason() {
        assert!(matches!(read_comparison("{"), Err(ReadError::NotJson(_))));
        assert!(read_comparison("{\"schema\":1}").unwrap_err().to_string().contains("`comparison_schema`"));
        assert!(read_comparison("{\"comparison_schema\":9}").unwrap_err().to_string().contains("newer loopswap"));
        assert!(read_comparison("{\"comparison_schema\":1}").unwrap_err().to_string().contains("loopswap"));
        let absurd = "{\"comparison_schema\":1,\"rows\":[{\"generations\":18446744073709551615}]}";
        assert!(
            read_comparison(absurd).unwrap_err().to_string().contains("`rows[0].generations` is 18446744073709551615")
        );
    }
}
