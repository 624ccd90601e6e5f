//! Reads back what a self-test found.

use super::{SELFTEST_SCHEMA, SelfTest};
use crate::figures::{counts, figures};
use loopswap_protocol::{sentence, tame};
use serde_json::Value;

/// Reads the text of a self-test; `None` if it is something else.
///
/// # Errors
/// When it is one of a later version, or cannot be used.
pub fn read(text: &str) -> Result<Option<SelfTest>, String> {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return Ok(None) };
    let Some(schema) = value.get("selftest_schema") else { return Ok(None) };
    if let Some(found) = schema.as_u64().filter(|found| *found > u64::from(SELFTEST_SCHEMA)) {
        return Err(format!(
            "the self-test has schema {found}, this loopswap reads up to {SELFTEST_SCHEMA}: use a newer loopswap"
        ));
    }
    let wrong = |what: String| format!("this is not a self-test: {what}");
    figures(&value).and_then(|()| counts(&value)).map_err(wrong)?;
    tame(&mut value);
    serde_json::from_value(value).map(Some).map_err(|error| wrong(sentence(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Environment;
    use crate::selftest::{Setting, table};

    #[test]
    fn infinite_figures_are_refused_and_nothing_else() {
        let setting = Setting { body: "cpu".into(), effect: 0.02, comparisons: 10, ..Setting::default() };
        let mut found = SelfTest { settings: vec![setting], ..SelfTest::new("0.1.0", "now", Environment::default()) };
        let text = |found: &SelfTest| serde_json::to_string(found).expect("plain data");
        assert_eq!(read(&text(&found)), Ok(Some(found.clone())));
        found.environment.cpu_model = "Processor ".repeat(20);
        assert!(table(&found).lines().all(|line| line.chars().count() <= 100), "{}", table(&found));
        found.settings[0].effect = 1e308;
        assert!(table(&found).contains("inf"), "what a file could say");
        let told = read(&text(&found)).expect_err("no such effect");
        assert!(told.contains("`settings[0].effect` is 1e308"), "{told}");
        assert!(
            read(&text(&found).replace("1e+308", "1e308").replace("1e308", "1e999")).is_ok_and(|found| found.is_none()),
            "no JSON"
        );
        assert_eq!((read("{"), read("[1]"), read("{\"schema\":1}")), (Ok(None), Ok(None), Ok(None)));
        let absurd = "{\"selftest_schema\":1,\"settings\":[{\"comparisons\":18446744073709551615}]}";
        assert!(read(absurd).expect_err("no such count").contains("`settings[0].comparisons`"));
        assert!(read("{\"selftest_schema\":2}").expect_err("later").ends_with("use a newer loopswap"));
    }
}
