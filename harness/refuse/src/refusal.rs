//! One refused system call, as a person writes it: `io_uring_setup`, `prlimit64:2!=0`, `setsockopt:1==1,2==15`.

use nix::errno::Errno;
use serde_json::{Value, json};
use std::fmt;

/// A system call that fails, with any arguments or with certain ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    call: String,
    conditions: Vec<Condition>,
    errno: Errno,
}

/// What an argument must be for the call to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Condition {
    /// Index of the argument, from 0.
    argument: u8,
    equal: bool,
    value: u64,
}

impl Refusal {
    /// Reads `CALL` or `CALL:ARGUMENT==VALUE,ARGUMENT!=VALUE…`, arguments counted from 0, values decimal.
    ///
    /// # Errors
    /// Which part cannot be read.
    pub fn parse(text: &str, errno: Errno) -> Result<Refusal, String> {
        let (call, conditions) = text.split_once(':').unwrap_or((text, ""));
        let conditions = conditions.split(',').filter(|word| !word.is_empty()).map(Condition::parse);
        Ok(Refusal { call: call.to_owned(), conditions: conditions.collect::<Result<_, _>>()?, errno })
    }

    /// The filter as seccompiler reads it, which knows the numbers of the calls.
    pub(crate) fn filter(&self) -> Value {
        let mut rule = json!({ "syscall": self.call });
        if !self.conditions.is_empty() {
            rule["args"] = self.conditions.iter().map(|condition| condition.filter()).collect();
        }
        json!({ "refused": {
            "mismatch_action": "allow",
            "match_action": { "errno": self.errno as u32 },
            "filter": [rule],
        } })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.call)?;
        for (index, Condition { argument, equal, value }) in self.conditions.iter().enumerate() {
            let before = if index == 0 { ":" } else { "," };
            write!(f, "{before}{argument}{}{value}", if *equal { "==" } else { "!=" })?;
        }
        Ok(())
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Condition, String> {
        let (argument, equal, value) = match (text.split_once("=="), text.split_once("!=")) {
            (Some((argument, value)), _) => (argument, true, value),
            (None, Some((argument, value))) => (argument, false, value),
            (None, None) => return Err(format!("`{text}`: takes ARGUMENT==VALUE or ARGUMENT!=VALUE")),
        };
        let number = |word: &str| word.parse::<u64>().map_err(|error| format!("`{text}`: {error}"));
        let argument = u8::try_from(number(argument)?).ok().filter(|argument| *argument < 6);
        let argument = argument.ok_or_else(|| format!("`{text}`: arguments are counted from 0 to 5"))?;
        Ok(Condition { argument, equal, value: number(value)? })
    }

    fn filter(self) -> Value {
        json!({
            "index": self.argument,
            // A pointer has 64 bits; an int is passed in 64 bits too.
            "type": "qword",
            "op": if self.equal { "eq" } else { "ne" },
            "val": self.value,
        })
    }
}

/// An error by its name, such as `EPERM`.
#[must_use]
pub fn errno(name: &str) -> Option<Errno> {
    // Linux numbers them from 1 to 133.
    (1..=133).map(Errno::from_raw).find(|errno| format!("{errno:?}") == name)
}

#[cfg(test)]
mod tests {
    use super::{Refusal, errno};
    use nix::errno::Errno;

    #[test]
    fn what_is_written_is_read_and_what_cannot_be_is_named() {
        for text in ["io_uring_setup", "prlimit64:2!=0", "setsockopt:1==1,2==15"] {
            assert_eq!(Refusal::parse(text, Errno::EPERM).expect(text).to_string(), text);
        }
        for (text, named) in [("prlimit64:2", "`2`"), ("prlimit64:6==1", "0 to 5"), ("prlimit64:a==1", "`a==1`")] {
            let refused = Refusal::parse(text, Errno::EPERM).expect_err(text);
            assert!(refused.contains(named), "{refused}");
        }
    }

    #[test]
    fn errors_have_their_names() {
        assert_eq!((errno("EPERM"), errno("ENOSYS")), (Some(Errno::EPERM), Some(Errno::ENOSYS)));
        assert_eq!(errno("EVERYTHING"), None);
    }
}
