//! Functions without a type among their arguments.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    super::{ColumnType, ViewFault},
    boundary::{self, Side},
    evaluate::{Scope, evaluate, member},
    expr::Expr,
    item::{Item, Scalar},
    operator::{distinct, single, truth},
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    Where,
    Select,
    Exists,
    All,
    Empty,
    Not,
    Count,
    First,
    Last,
    Tail,
    Skip,
    Take,
    Single,
    Distinct,
    IsDistinct,
    Iif,
    Extension,
    HasValue,
    GetResourceKey,
    Join,
    LowBoundary,
    HighBoundary,
    StartsWith,
    EndsWith,
    ContainsText,
    IndexOf,
    Length,
    Upper,
    Lower,
    Substring,
    Replace,
    ToText,
    ToInteger,
    ToDecimal,
}

use Function as F;

/// Name, function, how many arguments.
const FUNCTIONS: [(&str, Function, RangeInclusive<usize>); 34] = [
    ("where", F::Where, 1..=1),
    ("select", F::Select, 1..=1),
    ("exists", F::Exists, 0..=1),
    ("all", F::All, 1..=1),
    ("empty", F::Empty, 0..=0),
    ("not", F::Not, 0..=0),
    ("count", F::Count, 0..=0),
    ("first", F::First, 0..=0),
    ("last", F::Last, 0..=0),
    ("tail", F::Tail, 0..=0),
    ("skip", F::Skip, 1..=1),
    ("take", F::Take, 1..=1),
    ("single", F::Single, 0..=0),
    ("distinct", F::Distinct, 0..=0),
    ("isDistinct", F::IsDistinct, 0..=0),
    ("iif", F::Iif, 2..=3),
    ("extension", F::Extension, 1..=1),
    ("hasValue", F::HasValue, 0..=0),
    ("getResourceKey", F::GetResourceKey, 0..=0),
    ("join", F::Join, 0..=1),
    ("lowBoundary", F::LowBoundary, 0..=0),
    ("highBoundary", F::HighBoundary, 0..=0),
    ("startsWith", F::StartsWith, 1..=1),
    ("endsWith", F::EndsWith, 1..=1),
    ("contains", F::ContainsText, 1..=1),
    ("indexOf", F::IndexOf, 1..=1),
    ("length", F::Length, 0..=0),
    ("upper", F::Upper, 0..=0),
    ("lower", F::Lower, 0..=0),
    ("substring", F::Substring, 1..=2),
    ("replace", F::Replace, 2..=2),
    ("toString", F::ToText, 0..=0),
    ("toInteger", F::ToInteger, 0..=0),
    ("toDecimal", F::ToDecimal, 0..=0),
];

impl Function {
    pub(crate) fn find(name: &str) -> Option<(Self, RangeInclusive<usize>)> {
        FUNCTIONS
            .into_iter()
            .find(|(known, ..)| *known == name)
            .map(|(_, function, arguments)| (function, arguments))
    }

    pub(crate) fn column_type(self) -> Option<ColumnType> {
        match self {
            F::Exists
            | F::All
            | F::Empty
            | F::Not
            | F::IsDistinct
            | F::HasValue
            | F::StartsWith
            | F::EndsWith
            | F::ContainsText => Some(ColumnType::Boolean),
            F::Count | F::IndexOf | F::Length | F::ToInteger => Some(ColumnType::Integer),
            F::ToDecimal => Some(ColumnType::Decimal),
            F::GetResourceKey
            | F::Join
            | F::Upper
            | F::Lower
            | F::Substring
            | F::Replace
            | F::ToText => Some(ColumnType::Text),
            _ => None,
        }
    }
}

type Items<'a> = Vec<Item<'a>>;

/// Applies a function to its input. Arguments are evaluated here: some once for each item.
pub(crate) fn call<'a>(
    function: Function,
    input: Items<'a>,
    arguments: &'a [Expr],
    focus: &[Item<'a>],
    scope: &Scope<'a>,
) -> Result<Items<'a>, ViewFault> {
    let each = |item: &Item<'a>, index: usize, expr: &'a Expr| {
        evaluate(expr, std::slice::from_ref(item), &Scope { index: index as i64, ..*scope })
    };
    let once = |place: usize| {
        arguments.get(place).map_or(Ok(Vec::new()), |expr| evaluate(expr, focus, scope))
    };
    let number = |place: usize| {
        Ok(single(&once(place)?)?
            .and_then(Item::as_integer)
            .map(|number| usize::try_from(number).unwrap_or(0)))
    };
    let boolean = |value: bool| Ok(vec![Item::Boolean(value)]);
    match (function, arguments) {
        (F::Where, [criteria]) => filter(input, criteria, each),
        (F::Exists, [criteria]) => boolean(!filter(input, criteria, each)?.is_empty()),
        (F::All, [criteria]) => {
            let all = input.len();
            boolean(filter(input, criteria, each)?.len() == all)
        }
        (F::Select, [projection]) => {
            let mut items = Vec::new();
            for (index, item) in input.iter().enumerate() {
                items.extend(each(item, index, projection)?);
            }
            Ok(items)
        }
        (F::Iif, [condition, rest @ ..]) => {
            let chosen = usize::from(truth(&evaluate(condition, &input, scope)?)? != Some(true));
            rest.get(chosen).map_or(Ok(Vec::new()), |expr| evaluate(expr, &input, scope))
        }
        (F::Exists, _) => boolean(!input.is_empty()),
        (F::Empty, _) => boolean(input.is_empty()),
        (F::Not, _) => Ok(truth(&input)?.map(|value| Item::Boolean(!value)).into_iter().collect()),
        (F::Count, _) => Ok(vec![Item::Integer(input.len() as i64)]),
        (F::First, _) => Ok(input.into_iter().take(1).collect()),
        (F::Last, _) => Ok(input.into_iter().next_back().into_iter().collect()),
        (F::Tail, _) => Ok(input.into_iter().skip(1).collect()),
        (F::Skip, _) => Ok(input.into_iter().skip(number(0)?.unwrap_or(0)).collect()),
        (F::Take, _) => Ok(input.into_iter().take(number(0)?.unwrap_or(0)).collect()),
        (F::Single, _) => Ok(single(&input)?.cloned().into_iter().collect()),
        (F::Distinct, _) => Ok(distinct(input.into_iter())),
        (F::IsDistinct, _) => {
            let all = input.len();
            boolean(distinct(input.into_iter()).len() == all)
        }
        (F::Extension, _) => extensions(&input, &once(0)?),
        (F::HasValue, _) => boolean(matches!(input.as_slice(), [item] if item.scalar().is_some())),
        (F::GetResourceKey, _) => Ok(input.iter().filter_map(resource_key).collect()),
        (F::Join, _) => join(&input, &once(0)?),
        (F::LowBoundary | F::HighBoundary, _) => {
            let side = if function == F::LowBoundary { Side::Low } else { Side::High };
            Ok(single(&input)?
                .map(|item| boundary::of(item, side))
                .transpose()?
                .flatten()
                .into_iter()
                .collect())
        }
        (F::ToText | F::ToInteger | F::ToDecimal, _) => {
            Ok(single(&input)?.and_then(|item| converted(function, item)).into_iter().collect())
        }
        _ => text_function(function, &input, once),
    }
}

fn filter<'a>(
    input: Items<'a>,
    criteria: &'a Expr,
    each: impl Fn(&Item<'a>, usize, &'a Expr) -> Result<Items<'a>, ViewFault>,
) -> Result<Items<'a>, ViewFault> {
    let mut kept = Vec::new();
    for (index, item) in input.into_iter().enumerate() {
        if truth(&each(&item, index, criteria)?)? == Some(true) {
            kept.push(item);
        }
    }
    Ok(kept)
}

/// Extensions with this URL.
fn extensions<'a>(input: &[Item<'a>], url: &[Item]) -> Result<Items<'a>, ViewFault> {
    let Some(url) = single(url)?.and_then(Item::as_text) else { return Ok(Vec::new()) };
    let has_url = |item: &Item| matches!(item, Item::Node { value, .. } if value["url"] == url);
    Ok(input.iter().flat_map(|item| member(item, "extension")).filter(has_url).collect())
}

/// The key is the bare id: unique in its type, and the column that other tables join on.
fn resource_key<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::Node { value, .. } if value["resourceType"].is_string() => {
            value["id"].as_str().map(|id| Item::Text(id.into()))
        }
        _ => None,
    }
}

/// The key of what a reference names, to equal [`resource_key`]; `None` for contained resources, for other types than `wanted`, and
/// for references by identifier or search.
///
/// A URL of a server stays whole and so equals no key: another server's `Patient/p1` is another person.
pub(crate) fn reference_key<'a>(item: &Item<'a>, wanted: Option<&str>) -> Option<Item<'a>> {
    let Item::Node { value: reference, .. } = item else { return None };
    let text = reference["reference"].as_str()?;
    let declared = reference["type"].as_str();
    let matches = |kind: Option<&str>| {
        wanted.is_none_or(|wanted| kind.or(declared).is_none_or(|kind| kind == wanted))
    };
    if let Some(uuid) = text.strip_prefix("urn:uuid:").or_else(|| text.strip_prefix("urn:oid:")) {
        return matches(None).then(|| Item::Text(uuid.into()));
    }
    if text.starts_with('#') || text.contains('?') {
        return None;
    }
    let current = text.split_once("/_history/").map_or(text, |(current, _)| current);
    let (before, id) = current.rsplit_once('/').unwrap_or(("", current));
    let kind = before.rsplit('/').next().filter(|kind| !kind.is_empty());
    let key = if current.contains("://") { current } else { id };
    matches(kind).then(|| Item::Text(key.into()))
}

fn join<'a>(input: &[Item<'a>], separator: &[Item]) -> Result<Items<'a>, ViewFault> {
    let separator = single(separator)?.and_then(Item::as_text).unwrap_or_default();
    let texts: Vec<String> = input.iter().filter_map(Item::to_text).collect();
    Ok(if texts.is_empty() { Vec::new() } else { vec![Item::Text(texts.join(separator).into())] })
}

fn converted<'a>(function: Function, item: &Item<'a>) -> Option<Item<'a>> {
    match (function, item.scalar()?) {
        (F::ToText, _) => item.to_text().map(|text| Item::Text(text.into())),
        (F::ToInteger, Scalar::Boolean(value)) => Some(Item::Integer(value.into())),
        (F::ToInteger, Scalar::Text(text)) => {
            text.trim_start_matches('+').parse().ok().map(Item::Integer)
        }
        (F::ToInteger, _) => item.as_integer().map(Item::Integer),
        (_, Scalar::Boolean(value)) => Some(Item::Decimal(u8::from(value).into())),
        (_, Scalar::Text(text)) => text.parse::<Decimal>().ok().map(Item::Decimal),
        (_, Scalar::Number(number)) => Some(Item::Decimal(number)),
        (_, Scalar::Temporal(_)) => None,
    }
}

/// Functions of one text. Lengths and places count characters.
fn text_function<'a>(
    function: Function,
    input: &[Item<'a>],
    argument: impl Fn(usize) -> Result<Items<'a>, ViewFault>,
) -> Result<Items<'a>, ViewFault> {
    let Some(item) = single(input)? else { return Ok(Vec::new()) };
    let Some(text) = item.as_text() else {
        return Err(ViewFault::Evaluation(
            "a function of text is used on a value that is not text; add toString()",
        ));
    };
    let first = argument(0)?;
    let first = single(&first)?;
    let second = argument(1)?;
    let second = single(&second)?;
    let other = first.and_then(Item::as_text);
    let start = first.and_then(Item::as_integer).and_then(|start| usize::try_from(start).ok());
    let result = match function {
        F::StartsWith => other.map(|other| Item::Boolean(text.starts_with(other))),
        F::EndsWith => other.map(|other| Item::Boolean(text.ends_with(other))),
        F::ContainsText => other.map(|other| Item::Boolean(text.contains(other))),
        F::IndexOf => other.map(|other| {
            Item::Integer(text.find(other).map_or(-1, |place| text[..place].chars().count() as i64))
        }),
        F::Length => Some(Item::Integer(text.chars().count() as i64)),
        F::Upper => Some(Item::Text(text.to_uppercase().into())),
        F::Lower => Some(Item::Text(text.to_lowercase().into())),
        F::Substring => start.filter(|start| *start < text.chars().count()).map(|start| {
            let length = second
                .and_then(Item::as_integer)
                .map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
            Item::Text(text.chars().skip(start).take(length).collect::<String>().into())
        }),
        F::Replace => match (other, second.and_then(Item::as_text)) {
            (Some(pattern), Some(with)) => Some(Item::Text(text.replace(pattern, with).into())),
            _ => None,
        },
        _ => None,
    };
    Ok(result.into_iter().collect())
}

/// A resource's type.
pub(crate) fn resource_type(value: &Value) -> Option<&str> {
    value["resourceType"].as_str()
}
