//! Reads a check. The grammar is winnow's, which the TOML reader uses anyway; names are looked up afterwards,
//! so that an unknown one is told apart from a missing bracket.

use super::figure::Function;
use super::name::{Input, bare};
use super::{Arm, Bound, Check, Comparison, Figure};
use crate::figures::BOUND_MAX;
use loopswap_protocol::quoted;
use thiserror::Error;
use winnow::combinator::{alt, cut_err, delimited, empty, eof, opt, preceded};
use winnow::error::{ContextError, StrContext, StrContextValue};
use winnow::stream::LocatingSlice;
use winnow::token::take_while;
use winnow::{ModalResult, Parser as _};

/// Why a text is not a check.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{what}")]
pub struct CheckError {
    /// Where, in bytes from the beginning of the text.
    pub at: usize,
    /// What is wrong there, as a sentence without a full stop.
    pub what: String,
    /// The unknown word, and the known ones; empty if nothing was looked up.
    pub unknown: Option<(String, Vec<&'static str>)>,
}

/// Where a name stands in the text of a check, in bytes.
pub type Place = usize;

/// Where the names of a check stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Every case that is named, with its place.
    pub cases: Vec<(String, Place)>,
    /// Every runtime that is named, with its place.
    pub runtimes: Vec<(String, Place)>,
}

/// Reads a check, and where its names stand.
///
/// # Errors
/// When the text is not a check: with the place, what is expected there, and the known words.
pub fn parse(text: &str) -> Result<(Check, Places), CheckError> {
    let written = check.parse(LocatingSlice::new(text)).map_err(|error| {
        let mut said = error.inner().context().filter_map(|context| match context {
            StrContext::Expected(StrContextValue::Description(what)) => Some(*what),
            _ => None,
        });
        let rest = text.get(error.offset()..).unwrap_or_default();
        let found = match rest.split_whitespace().next() {
            Some(word) => format!("found `{}`", quoted(word)),
            None => "the check ends".into(),
        };
        let expected = said.next().unwrap_or("a check such as `ratio(CASE, RUNTIME / RUNTIME) >= 2`");
        CheckError { at: error.offset(), what: format!("{found} where {expected} is expected"), unknown: None }
    })?;
    written.read()
}

/// A name and where it stands.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    at: Place,
}

/// The arguments between the brackets.
#[derive(Debug)]
enum Arguments {
    Case(Word),
    One(Word, Word),
    Two(Word, Word, Word),
    Across([(Word, Word); 2]),
}

/// A check whose words are not looked up yet.
#[derive(Debug)]
struct Written {
    function: Word,
    arguments: Arguments,
    comparison: Comparison,
    number: f64,
    number_at: Place,
    unit: Word,
}

fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

fn blank(input: &mut Input<'_>) -> ModalResult<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

/// A sign of the grammar with any blanks before it.
fn sign<'a>(sign: char) -> impl FnMut(&mut Input<'a>) -> ModalResult<()> {
    move |input: &mut Input<'a>| preceded(blank, sign).void().parse_next(input)
}

fn word(input: &mut Input<'_>) -> ModalResult<Word> {
    let quoted = delimited('"', take_while(1.., |c| c != '"'), cut_err('"').context(expected("a closing quote")));
    preceded(blank, alt((quoted, bare.take())).with_span())
        .map(|(text, span): (&str, _)| Word { text: text.to_owned(), at: span.start })
        .parse_next(input)
}

/// A name that is required; the blanks before it are not part of the place that an error points at.
fn name<'a>(what: &'static str) -> impl FnMut(&mut Input<'a>) -> ModalResult<Word> {
    move |input: &mut Input<'a>| preceded(blank, cut_err(word).context(expected(what))).parse_next(input)
}

/// Digits of a bound: it is repeated in the sentence of its claim.
const DIGITS_MAX: usize = 40;

const SLASH: &str = "` / ` (with a blank on both sides: names may contain a slash)";

fn arguments(input: &mut Input<'_>) -> ModalResult<Arguments> {
    let case = name("the name of a case").parse_next(input)?;
    if opt(sign('@')).parse_next(input)?.is_some() {
        let above = (case, name("the name of a runtime").parse_next(input)?);
        preceded(blank, cut_err('/').context(expected(SLASH))).parse_next(input)?;
        let case = name("the name of a case").parse_next(input)?;
        preceded(blank, cut_err('@').context(expected("`@` and a runtime"))).parse_next(input)?;
        return Ok(Arguments::Across([above, (case, name("the name of a runtime").parse_next(input)?)]));
    }
    if opt(sign(',')).parse_next(input)?.is_none() {
        return Ok(Arguments::Case(case));
    }
    let runtime = name("the name of a runtime").parse_next(input)?;
    Ok(match opt(sign('/')).parse_next(input)? {
        Some(()) => Arguments::Two(case, runtime, name("the name of a runtime").parse_next(input)?),
        None => Arguments::One(case, runtime),
    })
}

fn comparison(input: &mut Input<'_>) -> ModalResult<Comparison> {
    let [at_least, more, at_most, less] = Comparison::ALL.map(|comparison| comparison.sign().value(comparison));
    alt((at_least, more, at_most, less)).parse_next(input)
}

fn number(input: &mut Input<'_>) -> ModalResult<(f64, Place)> {
    let digits = || take_while(1.., |c: char| c.is_ascii_digit());
    let within = |text: &str| text.parse::<f64>().ok().filter(|bound| *bound <= BOUND_MAX && text.len() <= DIGITS_MAX);
    (digits(), opt(('.', digits())))
        .take()
        .with_span()
        .verify_map(|(text, span): (&str, std::ops::Range<usize>)| Some((within(text)?, span.start)))
        .parse_next(input)
}

fn check(input: &mut Input<'_>) -> ModalResult<Written> {
    let function = preceded(blank, take_while(1.., |c: char| c.is_alphanumeric() || c == '_').with_span())
        .context(expected("a function such as `ratio(CASE, RUNTIME / RUNTIME)`"));
    let brackets = delimited(
        cut_err(sign('(')).context(expected("`(`")),
        arguments,
        preceded(blank, cut_err(')')).context(expected("`)`, or `, ` or ` / ` and another name")),
    );
    let comparison = preceded(blank, cut_err(comparison).context(expected("`>=`, `>`, `<=` or `<`")));
    let number = preceded(
        blank,
        cut_err(number).context(expected("a number such as `2.5` or `120ms`, at most 10^18 and of at most 40 digits")),
    );
    let unit = preceded(blank, take_while(0.., |c: char| c.is_alphabetic() || c == '%').with_span());
    let end = preceded(blank, cut_err(eof::<_, winnow::error::ErrMode<ContextError>>));
    (function, brackets, comparison, number, unit, (empty, end.context(expected("the end of the check"))))
        .map(|((function, span), arguments, comparison, (number, number_at), (unit, unit_at), _)| Written {
            function: Word { text: function.to_owned(), at: span.start },
            arguments,
            comparison,
            number,
            number_at,
            unit: Word { text: unit.to_owned(), at: unit_at.start },
        })
        .parse_next(input)
}

impl Written {
    /// Looks the words up.
    fn read(self) -> Result<(Check, Places), CheckError> {
        let Written { function, arguments, comparison, number, number_at, unit } = self;
        let known = Function::ALL.iter().copied().find(|known| known.name() == function.text);
        let known = known.ok_or_else(|| CheckError {
            at: function.at,
            what: format!("unknown function `{}`", quoted(&function.text)),
            unknown: Some((function.text.clone(), Function::ALL.iter().map(|known| known.name()).collect())),
        })?;
        let mut places = Places::default();
        let figure = figure(known, arguments, &mut places).ok_or_else(|| CheckError {
            at: function.at,
            what: format!("`{}` takes {}", known.name(), known.takes()),
            unknown: None,
        })?;
        let units = figure.quantity().units();
        let written = if unit.text == "µs" { "us" } else { &unit.text };
        let Some(known_unit) = units.iter().find(|known| known.name() == written) else {
            let names: Vec<&str> = units.iter().map(|unit| unit.name()).filter(|name| !name.is_empty()).collect();
            let names = names.join(", ");
            return Err(if unit.text.is_empty() {
                let what = format!("the bound of `{}` needs a unit: {names}", known.name());
                CheckError { at: number_at, what, unknown: None }
            } else {
                let what = format!("`{}` is not a unit of `{}`, which takes {names}", quoted(&unit.text), known.name());
                CheckError { at: unit.at, what, unknown: None }
            });
        };
        Ok((Check { figure, comparison, bound: Bound { number, unit: *known_unit } }, places))
    }
}

/// The figure, if the function takes such arguments.
fn figure(function: Function, arguments: Arguments, places: &mut Places) -> Option<Figure> {
    let mut case = |Word { text, at }: Word| {
        places.cases.push((text.clone(), at));
        text
    };
    let mut runtime = |Word { text, at }: Word| {
        places.runtimes.push((text.clone(), at));
        text
    };
    let found = match (function, arguments) {
        (Function::Ratio(over), Arguments::Two(of, above, below)) => {
            let of = case(of);
            let above = Arm { case: of.clone(), runtime: runtime(above) };
            Figure::Ratio { over, above, below: Arm { case: of, runtime: runtime(below) } }
        }
        (Function::Ratio(over), Arguments::Across(arms)) => {
            let [above, below] = arms.map(|(of, whose)| Arm { case: case(of), runtime: runtime(whose) });
            Figure::Ratio { over, above, below }
        }
        (Function::Of(metric), Arguments::One(of, whose)) => {
            Figure::Of { metric, arm: Arm { case: case(of), runtime: runtime(whose) } }
        }
        (Function::Runtimes(count), Arguments::Case(of)) => Figure::Runtimes { count, case: case(of) },
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests;
