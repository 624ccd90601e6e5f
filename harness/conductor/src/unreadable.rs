//! Why a line of a runner is no reply of the protocol.

use crate::rule::Rule;
use loopswap_protocol::{Reply, RuntimeInfo, quoted, sentence};
use serde::Deserialize as _;
use serde_json::Value;

/// The reply in a line, or what is wrong with it: the rule that it breaks, and a sentence.
pub(crate) fn reply(line: &[u8]) -> Result<Reply, (Rule, String)> {
    serde_json::from_slice(line).map_err(|error| {
        let shown = quoted(String::from_utf8_lossy(line).trim());
        let why = sentence(&error);
        (broken(line, &why), format!("not a reply of the protocol: `{shown}` ({why})"))
    })
}

/// The rule that a line breaks which is no reply, because of `why`.
fn broken(line: &[u8], why: &str) -> Rule {
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        // Half an object, or something else altogether.
        return if line.trim_ascii_start().starts_with(b"{") { Rule::OneObject } else { Rule::NothingElse };
    };
    let Some(message) = value.as_object().filter(|object| object.len() == 1) else { return Rule::OneKey };
    let negative = why.contains("integer `-");
    if negative || why.contains("floating point") {
        return Rule::Whole;
    }
    match message.keys().next().map(String::as_str) {
        Some("hello") => match value.pointer("/hello/runtime").map(RuntimeInfo::deserialize) {
            Some(Err(_)) => Rule::Runtime,
            _ => Rule::Hello,
        },
        Some("ready") => Rule::Ready,
        Some("slice") => Rule::Slice,
        Some("paced") => Rule::Paced,
        Some("count") => Rule::Count,
        Some("unfinished") => Rule::Unfinished,
        _ => Rule::OneKey,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_has_its_rule() {
        let hello = |runtime: &str| format!(r#"{{"hello":{{"protocol":1,"runtime":{runtime},"workloads":[]}}}}"#);
        for (line, rule) in [
            ("Welcome to my runner", Rule::NothingElse),
            ("", Rule::NothingElse),
            (r#"{"hello":"#, Rule::OneObject),
            (r#"{"slice":{},"more":{}}"#, Rule::OneKey),
            ("[1]", Rule::OneKey),
            (r#"{"done":{}}"#, Rule::OneKey),
            (r#"{"hello":{"protocol":1}}"#, Rule::Hello),
            (&hello(r#"{"name":"x"}"#), Rule::Runtime),
            (r#"{"ready":{"threads":1}}"#, Rule::Ready),
            (r#"{"ready":{"threads":1,"rss_bytes":1.5e7}}"#, Rule::Whole),
            (r#"{"slice":{"ops":1,"ns":-1,"typical_ns":1,"cpu_ns":1}}"#, Rule::Whole),
            (r#"{"slice":{"ops":1,"ns":1,"cpu_ns":1}}"#, Rule::Slice),
            (r#"{"count":{"ops":1}}"#, Rule::Count),
        ] {
            assert_eq!(reply(line.as_bytes()).map_err(|(rule, _)| rule), Err(rule), "{line}");
        }
    }
}
