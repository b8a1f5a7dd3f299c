//! `lowBoundary()` and `highBoundary()`: the least and greatest value that a decimal, date or time of its precision can stand for.

use rust_decimal::Decimal;

use super::{
    super::ViewFault,
    item::{Item, Scalar},
    temporal::{Kind, Temporal},
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Side {
    Low,
    High,
}

pub(crate) fn of<'a>(item: &Item<'a>, side: Side) -> Result<Option<Item<'a>>, ViewFault> {
    match item.scalar() {
        Some(Scalar::Number(number)) => Ok(of_decimal(number, side).map(Item::Decimal)),
        Some(Scalar::Text(text) | Scalar::Temporal(text)) => {
            let Some(temporal) = Temporal::parse(text) else {
                return Err(ViewFault::Evaluation(
                    "a boundary is asked of text that is no date or time",
                ));
            };
            let kind = named_kind(item).unwrap_or(temporal.kind());
            Ok(Some(Item::Temporal(kind, of_temporal(temporal, kind, side).into())))
        }
        _ if item.is_null() => Ok(None),
        _ => Err(ViewFault::Evaluation("boundaries exist for decimals, dates and times only")),
    }
}

fn named_kind(item: &Item) -> Option<Kind> {
    match item {
        Item::Node { kind, .. } => kind.and_then(Kind::of_type),
        Item::Temporal(kind, _) => Some(*kind),
        _ => None,
    }
}

/// Half a unit of the last digit down or up.
fn of_decimal(number: Decimal, side: Side) -> Option<Decimal> {
    let half = Decimal::try_new(5, number.scale() + 1).ok()?;
    if side == Side::Low { number.checked_sub(half) } else { number.checked_add(half) }
}

/// The missing parts filled with their least or greatest values. A date with time and no offset could be anywhere on earth:
/// it begins first at +14:00 and ends last at -12:00.
fn of_temporal(mut temporal: Temporal, kind: Kind, side: Side) -> String {
    let high = side == Side::High;
    if kind != Kind::Time {
        if temporal.date.len() == 1 {
            temporal.date.push(if high { 12 } else { 1 });
        }
        if temporal.date.len() == 2 {
            temporal.date.push(if high { temporal.days_in_month() } else { 1 });
        }
    }
    let date =
        temporal.date.iter().enumerate().map(|(place, part)| {
            if place == 0 { format!("{part:04}") } else { format!("{part:02}") }
        });
    let date = date.collect::<Vec<_>>().join("-");
    if kind == Kind::Date {
        return date;
    }
    for most in [23, 59, 59].into_iter().skip(temporal.time.len()) {
        temporal.time.push(if high { most } else { 0 });
    }
    while temporal.fraction.len() < 3 {
        temporal.fraction.push(if high { '9' } else { '0' });
    }
    let [hour, minute, second] =
        [0, 1, 2].map(|place| temporal.time.get(place).copied().unwrap_or(0));
    let clock = format!("{hour:02}:{minute:02}:{second:02}.{}", temporal.fraction);
    if kind == Kind::Time {
        return clock;
    }
    let zone = temporal.zone.unwrap_or_else(|| if high { "-12:00" } else { "+14:00" }.to_owned());
    format!("{date}T{clock}{zone}")
}
