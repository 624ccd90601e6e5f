//! Typed, documented and bounded parameters.
//!
//! A workload lists its parameters as data ([`Param`]); [`complete`] checks the values from a suite or a
//! command line against that list, fills in the defaults and turns sizes and times into plain numbers, so
//! that a runner in any language receives numbers, strings and booleans only.

use crate::quoted;
use bytesize::ByteSize;
use serde_json::Value;
use std::fmt;

/// The word for "as many as the row has CPUs".
const CPUS: &str = "cpus";

/// Operations per second that are meant to start, over all connections, whether or not answers come: an
/// open loop. The same in every workload that has it; 0 = a closed loop.
pub const RATE: Param = Param {
    name: "rate",
    about: "operations per second that are meant to start, over all connections, whether or not answers come \
            (open loop); 0 = a connection asks again once it has its answer (closed loop)",
    kind: Kind::Count { default: 0, min: 0, max: 1_000_000 },
};

/// Operations per second that a case is meant to start; `None` in a closed loop.
#[must_use]
pub fn rate_of(params: &Params) -> Option<u64> {
    params.get(RATE.name)?.as_u64().filter(|rate| *rate > 0)
}

/// Replaces `"cpus"` by the number of CPUs that the plan gives to the row.
pub fn resolve(list: &[Param], params: &mut Params, cpus: usize) {
    for param in list.iter().filter(|param| matches!(param.kind, Kind::PerCpu { .. })) {
        if let Some(value) = params.get_mut(param.name).filter(|value| value.as_str() == Some(CPUS)) {
            *value = cpus.into();
        }
    }
}

/// The parameters of a case by name, every one present once [`complete`] has been through them.
pub type Params = serde_json::Map<String, Value>;

/// One parameter of a workload.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name, as suites write it.
    pub name: &'static str,
    /// One sentence for help texts.
    pub about: &'static str,
    /// Type, default and bounds.
    pub kind: Kind,
}

/// Type, default and inclusive bounds of a parameter.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number.
    Count {
        /// Value where none is given.
        default: u64,
        /// Smallest value allowed.
        min: u64,
        /// Largest value allowed.
        max: u64,
    },
    /// A whole number, or `"cpus"`: one for each CPU that the plan gives to the row.
    PerCpu {
        /// Smallest number allowed; the default is `"cpus"`.
        min: u64,
        /// Largest number allowed.
        max: u64,
    },
    /// A size in bytes: a whole number, or text such as `"4KiB"`.
    Bytes {
        /// Value where none is given, in bytes.
        default: u64,
        /// Smallest value allowed, in bytes.
        min: u64,
        /// Largest value allowed, in bytes.
        max: u64,
    },
    /// A time: text such as `"10ms"`, or a whole number of microseconds.
    Time {
        /// Value where none is given, in microseconds.
        default: u64,
        /// Smallest value allowed, in microseconds.
        min: u64,
        /// Largest value allowed, in microseconds.
        max: u64,
    },
    /// One word of several.
    Choice {
        /// Value where none is given.
        default: &'static str,
        /// The words allowed.
        of: &'static [&'static str],
    },
    /// Yes or no.
    Flag {
        /// Value where none is given.
        default: bool,
    },
}

impl Kind {
    /// The value in a case that gives none.
    #[must_use]
    pub fn default(&self) -> Value {
        match *self {
            Kind::Count { default, .. } | Kind::Bytes { default, .. } | Kind::Time { default, .. } => default.into(),
            Kind::PerCpu { .. } => CPUS.into(),
            Kind::Choice { default, .. } => default.into(),
            Kind::Flag { default } => default.into(),
        }
    }

    /// Writes a plain value the way a person would: `4 KiB`, `10ms`.
    #[must_use]
    pub fn show(&self, value: &Value) -> String {
        match (self, value.as_u64()) {
            (Kind::Bytes { .. }, Some(bytes)) => ByteSize::b(bytes).to_string(),
            (Kind::Time { .. }, Some(micros)) => {
                humantime::format_duration(std::time::Duration::from_micros(micros)).to_string()
            }
            _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        }
    }

    /// Checks one given value and turns it into the plain value that a runner receives.
    ///
    /// # Errors
    /// A sentence that says what the parameter takes, when the value has another type or is out of
    /// bounds.
    pub fn accept(&self, value: &Value) -> Result<Value, String> {
        let plain = match self {
            Kind::PerCpu { .. } if value.as_str() == Some(CPUS) => return Ok(CPUS.into()),
            Kind::Count { .. } | Kind::PerCpu { .. } => value.as_u64(),
            Kind::Bytes { .. } => {
                value.as_u64().or_else(|| value.as_str()?.parse::<ByteSize>().ok().map(|size| size.as_u64()))
            }
            Kind::Time { .. } => value.as_u64().or_else(|| {
                let time = humantime::parse_duration(value.as_str()?).ok()?;
                u64::try_from(time.as_micros()).ok()
            }),
            Kind::Choice { of, .. } => {
                return match value.as_str() {
                    Some(word) if of.contains(&word) => Ok(word.into()),
                    _ => Err(format!("takes {self}")),
                };
            }
            Kind::Flag { .. } => return value.as_bool().map(Value::from).ok_or_else(|| format!("takes {self}")),
        };
        match (plain, self.bounds()) {
            (Some(number), Some((min, max))) if (min..=max).contains(&number) => Ok(number.into()),
            _ => Err(format!("takes {self}")),
        }
    }

    fn bounds(&self) -> Option<(u64, u64)> {
        match *self {
            Kind::Count { min, max, .. }
            | Kind::PerCpu { min, max }
            | Kind::Bytes { min, max, .. }
            | Kind::Time { min, max, .. } => Some((min, max)),
            Kind::Choice { .. } | Kind::Flag { .. } => None,
        }
    }
}

impl fmt::Display for Kind {
    /// What the parameter takes, as a phrase: `1 to 10000 (default 64)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = self.show(&self.default());
        match self {
            Kind::Count { min, max, .. } => write!(f, "a whole number from {min} to {max} (default {default})"),
            Kind::PerCpu { min, max } => {
                write!(f, "a whole number from {min} to {max}, or \"cpus\" (default {default})")
            }
            Kind::Bytes { min, max, .. } => {
                let (min, max) = (self.show(&(*min).into()), self.show(&(*max).into()));
                write!(f, "a size from {min} to {max}, such as \"4KiB\" (default {default})")
            }
            Kind::Time { min, max, .. } => {
                let (min, max) = (self.show(&(*min).into()), self.show(&(*max).into()));
                write!(f, "a time from {min} to {max}, such as \"10ms\" (default {default})")
            }
            Kind::Choice { of, .. } => write!(f, "one of {} (default {default})", of.join(", ")),
            Kind::Flag { .. } => write!(f, "true or false (default {default})"),
        }
    }
}

/// Checks that a workload has every parameter that is given.
///
/// # Errors
/// The name of the first that it lacks, and a sentence with the names that there are.
pub fn all_known(list: &[Param], given: &Params) -> Result<(), (String, String)> {
    let Some(name) = given.keys().find(|name| !list.iter().any(|param| param.name == *name)) else { return Ok(()) };
    let names: Vec<_> = list.iter().map(|param| param.name).collect();
    Err((name.clone(), format!("there is no parameter `{}`; there are: {}", quoted(name), names.join(", "))))
}

/// Checks given parameters against a workload's list and fills in the defaults.
///
/// # Errors
/// The name of the offending parameter and a sentence about it; an unknown name is an error too.
pub fn complete(list: &[Param], given: &Params) -> Result<Params, (String, String)> {
    all_known(list, given)?;
    list.iter()
        .map(|param| {
            let value = match given.get(param.name) {
                None => param.kind.default(),
                Some(value) => param.kind.accept(value).map_err(|takes| {
                    let given = quoted(&value.to_string());
                    (param.name.to_owned(), format!("`{} = {given}`: {takes}", param.name))
                })?,
            };
            Ok((param.name.to_owned(), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const LIST: &[Param] = &[
        Param { name: "conns", about: "", kind: Kind::Count { default: 64, min: 1, max: 10_000 } },
        Param { name: "size", about: "", kind: Kind::Bytes { default: 4096, min: 0, max: 1 << 30 } },
        Param { name: "delay", about: "", kind: Kind::Time { default: 0, min: 0, max: 10_000_000 } },
        Param { name: "variant", about: "", kind: Kind::Choice { default: "a", of: &["a", "b"] } },
        Param { name: "reuse", about: "", kind: Kind::Flag { default: true } },
    ];

    fn given(value: Value) -> Params {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn defaults_fill_what_is_not_given() {
        let all = complete(LIST, &given(json!({}))).expect("defaults are within bounds");
        assert_eq!(Value::Object(all), json!({"conns": 64, "size": 4096, "delay": 0, "variant": "a", "reuse": true}));
    }

    #[test]
    fn sizes_and_times_become_numbers() {
        let all = complete(LIST, &given(json!({"size": "4KiB", "delay": "100ms"}))).expect("good values");
        assert_eq!((all["size"].as_u64(), all["delay"].as_u64()), (Some(4096), Some(100_000)));
    }

    #[test]
    fn what_is_wrong_is_named_with_the_way_out() {
        let (name, why) = complete(LIST, &given(json!({"conns": 0}))).expect_err("out of bounds");
        assert_eq!(name, "conns");
        assert_eq!(why, "`conns = 0`: takes a whole number from 1 to 10000 (default 64)");
        let (name, why) = complete(LIST, &given(json!({"cons": 1}))).expect_err("unknown");
        assert_eq!(name, "cons");
        assert!(why.contains("there are: conns, size"), "{why}");
        for wrong in
            [json!({"size": "4 potatoes"}), json!({"delay": true}), json!({"variant": "c"}), json!({"reuse": 1})]
        {
            complete(LIST, &given(wrong)).expect_err("a wrong type or word");
        }
    }

    proptest! {
        #[test]
        fn a_count_is_accepted_exactly_within_its_bounds(number in 0u64..20_000) {
            let kind = LIST[0].kind;
            prop_assert_eq!(kind.accept(&number.into()).is_ok(), (1..=10_000).contains(&number));
        }

        #[test]
        fn accepting_twice_changes_nothing(micros in 0u64..10_000_000) {
            let text = humantime::format_duration(std::time::Duration::from_micros(micros)).to_string();
            let once = LIST[2].kind.accept(&text.into()).expect("a time within bounds");
            prop_assert_eq!(once.as_u64(), Some(micros));
            prop_assert_eq!(LIST[2].kind.accept(&once).expect("still within bounds"), once);
        }
    }
}
