//! Parameters, declared once: one declaration makes the struct that a workload works with, the list that suites
//! are checked against and help shows, and the way from a checked map to the struct.

use super::Fault;
use loopswap_protocol::{Param, Params, all_known, quoted};
use serde_json::Value;
use std::slice::Iter;
use std::time::Duration;

/// The parameters of a workload, typed. [`parameters!`](crate::parameters) makes and implements them.
pub trait Parameters: Clone + Send + Sync + 'static {
    /// Every parameter, in the order in which help shows them.
    const LIST: &'static [Param];

    /// Reads them out of checked ones, in which every parameter is present and `"cpus"` is a number.
    ///
    /// # Errors
    /// When one is missing, unknown or of another type: its name, and what it takes.
    fn read(params: &Params) -> Result<Self, Fault>;
}

/// A type that a parameter can have: `u64`, `usize`, `bool`, [`Duration`] and every [`Choice`].
pub trait Parameter: Sized {
    /// Reads it out of a plain value, in which a time is a number of microseconds; `None` if the value has another
    /// type.
    fn read(value: &Value) -> Option<Self>;
}

impl Parameter for u64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl Parameter for usize {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl Parameter for bool {
    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Parameter for Duration {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64().map(Duration::from_micros)
    }
}

/// One word of several. [`choice!`](crate::choice) makes and implements it.
pub trait Choice: Sized {
    /// The words, in the order in which help shows them.
    const WORDS: &'static [&'static str];

    /// What a word stands for; `None` if it is not one of [`WORDS`](Self::WORDS).
    fn of(word: &str) -> Option<Self>;
}

impl<T: Choice> Parameter for T {
    fn read(value: &Value) -> Option<Self> {
        T::of(value.as_str()?)
    }
}

/// Reads the parameters of a list one after the other; for [`parameters!`](crate::parameters).
#[derive(Debug)]
pub struct Reader<'a> {
    params: &'a Params,
    list: Iter<'static, Param>,
}

impl<'a> Reader<'a> {
    /// Begins with the first of the list.
    ///
    /// # Errors
    /// When a parameter is given that is not in the list.
    pub fn new(params: &'a Params, list: &'static [Param]) -> Result<Self, Fault> {
        all_known(list, params).map_err(|(_, what)| unreadable(&what))?;
        Ok(Reader { params, list: list.iter() })
    }

    /// Takes the next parameter of the list.
    ///
    /// # Errors
    /// When it is missing, or of another type.
    pub fn take<T: Parameter>(&mut self) -> Result<T, Fault> {
        let (param, value) = self.given()?;
        T::read(value).ok_or_else(|| {
            let given = quoted(&value.to_string());
            unreadable(&format!("`{} = {given}`: takes {}", param.name, param.kind))
        })
    }

    fn given(&mut self) -> Result<(&'static Param, &'a Value), Fault> {
        let param = self.list.next().ok_or_else(|| unreadable("there are no more of them"))?;
        let missing = || unreadable(&format!("`{}` is missing: takes {}", param.name, param.kind));
        Ok((param, self.params.get(param.name).ok_or_else(missing)?))
    }
}

fn unreadable(what: &str) -> Fault {
    Fault::during("reading the parameters", what)
}

/// What stands on the right of a parameter in [`parameters!`](crate::parameters): its default and its bounds, which
/// are inclusive.
pub mod kinds {
    use super::{Choice, Parameter};
    use loopswap_protocol::{Kind, Param, RATE};
    use std::marker::PhantomData;
    use std::ops::RangeInclusive;
    use std::time::Duration;

    /// The kind of a parameter whose type is `T`.
    #[derive(Debug)]
    pub struct Typed<T> {
        kind: Kind,
        /// The text of a parameter that is the same in every workload; empty in all others.
        about: &'static str,
        of: PhantomData<fn() -> T>,
    }

    impl<T: Parameter> Typed<T> {
        const fn new(kind: Kind) -> Self {
            Typed { kind, about: "", of: PhantomData }
        }

        /// The parameter of this kind with its name and its text.
        #[must_use]
        pub const fn named(&self, name: &'static str, about: &'static str) -> Param {
            let about = if about.is_empty() { self.about } else { about.trim_ascii_start() };
            assert!(!about.is_empty(), "a parameter has a doc comment, which is its text in help");
            Param { name, about, kind: self.kind }
        }
    }

    /// The types of a whole number: `u64` and `usize`.
    pub trait Whole: Parameter {}
    impl Whole for u64 {}
    impl Whole for usize {}

    /// A whole number.
    #[must_use]
    pub const fn count<T: Whole>(default: u64, bounds: RangeInclusive<u64>) -> Typed<T> {
        Typed::new(Kind::Count { default, min: *bounds.start(), max: *bounds.end() })
    }

    /// A whole number, by default one for each CPU that the plan gives to the row.
    #[must_use]
    pub const fn per_cpu<T: Whole>(bounds: RangeInclusive<u64>) -> Typed<T> {
        Typed::new(Kind::PerCpu { min: *bounds.start(), max: *bounds.end() })
    }

    /// A size in bytes.
    #[must_use]
    pub const fn bytes(default: u64, bounds: RangeInclusive<u64>) -> Typed<usize> {
        Typed::new(Kind::Bytes { default, min: *bounds.start(), max: *bounds.end() })
    }

    /// A time; default and bounds in microseconds.
    #[must_use]
    pub const fn time(default: u64, bounds: RangeInclusive<u64>) -> Typed<Duration> {
        Typed::new(Kind::Time { default, min: *bounds.start(), max: *bounds.end() })
    }

    /// Yes or no.
    #[must_use]
    pub const fn flag(default: bool) -> Typed<bool> {
        Typed::new(Kind::Flag { default })
    }

    /// One word of several, by default this one.
    #[must_use]
    pub const fn choice<T: Choice>(default: &'static str) -> Typed<T> {
        Typed::new(Kind::Choice { default, of: T::WORDS })
    }

    /// Operations per second of an open loop, 0 = a closed loop: the same parameter, with the same text, in every
    /// workload that has it.
    #[must_use]
    pub const fn rate() -> Typed<u64> {
        Typed { kind: RATE.kind, about: RATE.about, of: PhantomData }
    }
}

/// Declares the parameters of a workload: a struct with private fields, which implements [`Parameters`].
///
/// A field is a name, a type and one of the [`kinds`], whose type must be the same. Its doc comment is its text in
/// help, so write it like one: small letters, no period. `as` gives a parameter a name that Rust would not take.
///
/// ```
/// use loopswap_rt::{Parameters as _, choice, parameters};
/// use std::time::Duration;
///
/// choice! {
///     /// How tasks are started.
///     enum Variant { Spawn = "spawn", JoinAll = "join-all" }
/// }
///
/// parameters! {
///     /// The parameters of a workload.
///     pub struct SleepParams {
///         /// tasks in one fan-out
///         tasks: u64 = count(1000, 1..=4_000_000),
///         /// how long each task sleeps, at most
///         at_most as "at-most": Duration = time(10_000, 0..=60_000_000),
///         /// spawn: a task each; join-all: one task polls all
///         variant: Variant = choice(Variant::Spawn.word()),
///     }
/// }
///
/// let given = serde_json::json!({"tasks": 8, "at-most": 250, "variant": "join-all"});
/// let params = SleepParams::read(given.as_object().unwrap()).unwrap();
/// assert_eq!((params.tasks, params.at_most, params.variant), (8, Duration::from_micros(250), Variant::JoinAll));
/// assert_eq!(SleepParams::LIST[0].about, "tasks in one fan-out");
/// assert_eq!(SleepParams::LIST[2].kind.to_string(), "one of spawn, join-all (default spawn)");
///
/// let fault = SleepParams::read(&Default::default()).unwrap_err();
/// assert_eq!(
///     fault.to_string(),
///     "reading the parameters: `tasks` is missing: takes a whole number from 1 to 4000000 (default 1000)"
/// );
/// ```
#[macro_export]
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $($(#[doc = $about:literal])* $field:ident $(as $word:literal)? : $type:ty = $kind:expr),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $visibility struct $name {
            $($(#[doc = $about])* $field: $type),+
        }

        impl $crate::Parameters for $name {
            const LIST: &'static [$crate::Param] = {
                use $crate::kinds::*;
                &[$({
                    let kind: Typed<$type> = $kind;
                    kind.named($crate::parameters!(@name $field $($word)?), concat!("" $(, $about)*))
                }),+]
            };

            fn read(params: &$crate::Params) -> Result<Self, $crate::Fault> {
                let mut reader = $crate::Reader::new(params, Self::LIST)?;
                // In the order of the list, which is that of the fields.
                Ok($name { $($field: reader.take()?),+ })
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $word:literal) => { $word };
}

/// Declares an enum whose variants suites name by words; it implements [`Choice`], and `word` is the word of a
/// variant. See [`parameters!`](crate::parameters).
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name {
            $($(#[$about])* $variant),+
        }

        impl $name {
            /// The word that stands for it in suites.
            #[must_use]
            $visibility const fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word),+
                }
            }
        }

        impl $crate::Choice for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some($name::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{Choice as _, Parameters as _};
    use loopswap_protocol::{Kind, Params, RATE, complete};
    use serde_json::{Value, json};
    use std::time::Duration;

    choice! {
        enum Way {
            OneByOne = "one-by-one",
            AtOnce = "at-once",
        }
    }

    parameters! {
        struct Mine {
            /// connections, a task each,
            /// on each server
            conns: u64 = count(64, 1..=10_000),
            /// items that wait
            capacity: usize = count(1, 1..=65_536),
            /// size of a message
            size: usize = bytes(4096, 0..=1 << 20),
            /// from one stall to the next
            stall_every as "stall-every": Duration = time(2_000_000, 1000..=60_000_000),
            /// computations at once
            tasks: u64 = per_cpu(1..=10_000),
            /// whether they are kept
            reuse: bool = flag(true),
            /// the way
            way: Way = choice(Way::AtOnce.word()),
            rate: u64 = rate(),
        }
    }

    fn given(value: Value) -> Params {
        value.as_object().expect("an object").clone()
    }

    fn all() -> Params {
        complete(Mine::LIST, &given(json!({"tasks": 3, "size": "2KiB"}))).expect("good values")
    }

    fn why(params: &Params) -> String {
        Mine::read(params).expect_err("it is refused").to_string()
    }

    #[test]
    fn the_list_has_the_names_texts_defaults_and_bounds_of_the_declaration() {
        let names: Vec<_> = Mine::LIST.iter().map(|param| param.name).collect();
        assert_eq!(names, ["conns", "capacity", "size", "stall-every", "tasks", "reuse", "way", "rate"]);
        assert_eq!(Mine::LIST[0].about, "connections, a task each, on each server");
        assert!(matches!(Mine::LIST[0].kind, Kind::Count { default: 64, min: 1, max: 10_000 }));
        assert!(matches!(Mine::LIST[2].kind, Kind::Bytes { default: 4096, min: 0, max: 1_048_576 }));
        assert!(matches!(Mine::LIST[3].kind, Kind::Time { default: 2_000_000, min: 1000, max: 60_000_000 }));
        assert!(matches!(Mine::LIST[4].kind, Kind::PerCpu { min: 1, max: 10_000 }));
        assert!(matches!(Mine::LIST[5].kind, Kind::Flag { default: true }));
        assert_eq!(Mine::LIST[6].kind.to_string(), "one of one-by-one, at-once (default at-once)");
        assert_eq!((Mine::LIST[7].name, Mine::LIST[7].about), (RATE.name, RATE.about));
    }

    #[test]
    fn the_struct_has_the_values_with_their_types() {
        let Mine { conns, capacity, size, stall_every, tasks, reuse, way, rate } = Mine::read(&all()).expect("checked");
        assert_eq!((conns, capacity, size, stall_every), (64, 1, 2048, Duration::from_secs(2)));
        assert_eq!((tasks, reuse, way, rate), (3, true, Way::AtOnce, 0));
        assert_eq!(
            Way::WORDS.iter().map(|word| Way::of(word)).collect::<Option<Vec<_>>>().map(|all| all.len()),
            Some(2)
        );
        assert_eq!((Way::of("one-by-one"), Way::of("One-by-one")), (Some(Way::OneByOne), None));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_it_takes() {
        let with = |name: &str, value: Value| {
            let mut params = all();
            params.insert(name.into(), value);
            why(&params)
        };
        assert_eq!(
            with("conns", json!("many")),
            "reading the parameters: `conns = \"many\"`: takes a whole number from 1 to 10000 (default 64)"
        );
        assert!(
            with("tasks", json!("cpus")).contains("`tasks = \"cpus\"`: takes a whole number"),
            "it is not resolved"
        );
        assert!(with("way", json!("other")).contains("takes one of one-by-one, at-once"));
        assert!(with("cons", json!(1)).contains("there is no parameter `cons`; there are: conns, capacity"));
        let mut lacking = all();
        lacking.remove("stall-every");
        assert!(why(&lacking).contains("`stall-every` is missing: takes a time from 1ms to 1m"), "{}", why(&lacking));
    }
}
