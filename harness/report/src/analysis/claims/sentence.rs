//! The outcome of a claim in words.

use super::finding::Finding;
use crate::claim::{Check, Quantity};
use crate::words::{COUNT, MEMORY, TIME, Unit, bounded, plain, unit_for};

/// What was found, what was claimed, and remarks.
pub(super) fn sentence(check: &Check, found: &Finding) -> String {
    let quantity = check.figure.quantity();
    let claimed = format!("claimed {} {}", check.comparison.sign(), check.bound);
    let figure = &check.figure;
    let is = match (&found.value, found.at_least, found.at_most) {
        (Some(value), ..) => {
            let unit = unit(quantity, value.value);
            let [value, lower, upper] = bounded(value.value, value.lower, value.upper, unit.scale);
            format!("{figure} is {} ({lower} to {upper}), {claimed}", with(&value, unit))
        }
        (None, Some(lower), Some(upper)) if lower == upper => format!("{figure} is {lower}, {claimed}"),
        (None, Some(lower), Some(upper)) => format!("{figure} is {lower} to {upper}, {claimed}"),
        (None, Some(lower), None) => format!("{figure} is at least {}, {claimed}", shown(quantity, lower)),
        (None, None, Some(upper)) => format!("{figure} is at most {}, {claimed}", shown(quantity, upper)),
        (None, None, None) => format!("{check} cannot be answered"),
    };
    match &found.reason {
        Some(reason) => format!("{is}: {reason}"),
        None => is,
    }
}

fn unit(quantity: Quantity, value: f64) -> Unit {
    match quantity {
        Quantity::Ratio | Quantity::Count => Unit { name: "", scale: 1.0 },
        Quantity::Time => unit_for(TIME, value),
        Quantity::Rate => unit_for(COUNT, value),
        Quantity::Memory => unit_for(MEMORY, value),
    }
}

fn shown(quantity: Quantity, value: f64) -> String {
    let unit = unit(quantity, value);
    with(&plain(value / unit.scale), unit)
}

fn with(number: &str, unit: Unit) -> String {
    match unit.name {
        "" | "k" | "M" | "G" => format!("{number}{}", unit.name),
        name => format!("{number} {name}"),
    }
}
