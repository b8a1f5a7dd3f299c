//! Evaluation of a tree over a focus.

use serde_json::Value;

use super::{
    super::ViewFault,
    Environment,
    expr::{Expr, TypeTest},
    function::{self, resource_type},
    item::{Item, Scalar},
    operator::{self, single},
    temporal::{Kind, Temporal},
    types,
};

/// What names beginning with `$` and `%` stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) environment: Environment<'a>,
    /// `$index`.
    pub(crate) index: i64,
}

pub(crate) fn evaluate<'a>(
    expr: &'a Expr,
    focus: &[Item<'a>],
    scope: &Scope<'a>,
) -> Result<Vec<Item<'a>>, ViewFault> {
    let input = |target: &'a Option<Box<Expr>>| match target {
        Some(target) => evaluate(target, focus, scope),
        None => Ok(focus.to_vec()),
    };
    match expr {
        Expr::Empty => Ok(Vec::new()),
        Expr::Literal(item) => Ok(vec![item.clone()]),
        Expr::This => Ok(focus.to_vec()),
        Expr::Index => Ok(vec![Item::Integer(scope.index)]),
        Expr::RowIndex => Ok(vec![Item::Integer(scope.environment.row_index)]),
        Expr::Resource => Ok(vec![Item::node(scope.environment.resource)]),
        Expr::Member(target, name) => Ok(members(input(target)?, name, target.is_none())),
        Expr::Call(target, function, arguments) => {
            function::call(*function, input(target)?, arguments, focus, scope)
        }
        Expr::Typed(target, test, kind) => typed(input(target)?, *test, kind),
        Expr::ReferenceKey(target, kind) => Ok(input(target)?
            .iter()
            .filter_map(|item| function::reference_key(item, kind.as_deref()))
            .collect()),
        Expr::Indexer(target, index) => {
            let index = evaluate(index, focus, scope)?;
            let Some(index) = single(&index)?.and_then(Item::as_integer) else {
                return Err(ViewFault::Evaluation("an index is not a whole number"));
            };
            let input = evaluate(target, focus, scope)?;
            Ok(usize::try_from(index)
                .ok()
                .and_then(|index| input.into_iter().nth(index))
                .into_iter()
                .collect())
        }
        Expr::Negate(inner) => negated(&evaluate(inner, focus, scope)?),
        Expr::Binary(operator, left, right) => operator::apply(
            *operator,
            evaluate(left, focus, scope)?,
            evaluate(right, focus, scope)?,
        ),
    }
}

/// Children of the items; at the beginning of a path, the name may be that of the type of the resource itself.
fn members<'a>(input: Vec<Item<'a>>, name: &str, begins: bool) -> Vec<Item<'a>> {
    let named = |item: &Item| {
        begins && matches!(item, Item::Node { value, .. } if resource_type(value) == Some(name))
    };
    if input.first().is_some_and(named) {
        return input;
    }
    input.iter().flat_map(|item| member(item, name)).collect()
}

/// `ofType` keeps items, `is` asks of a single one.
fn typed<'a>(input: Vec<Item<'a>>, test: TypeTest, kind: &str) -> Result<Vec<Item<'a>>, ViewFault> {
    if test == TypeTest::Is {
        let answer = single(&input)?.map(|item| is_of_type(item, kind)).transpose()?;
        return Ok(answer.map(Item::Boolean).into_iter().collect());
    }
    let mut kept = Vec::new();
    for item in input {
        if is_of_type(&item, kind)? {
            kept.push(item);
        }
    }
    Ok(kept)
}

fn negated<'a>(input: &[Item<'a>]) -> Result<Vec<Item<'a>>, ViewFault> {
    let Some(item) = single(input)? else { return Ok(Vec::new()) };
    match (item.as_integer().and_then(i64::checked_neg), item.scalar()) {
        (Some(number), _) => Ok(vec![Item::Integer(number)]),
        (None, Some(Scalar::Number(number))) => Ok(vec![Item::Decimal(-number)]),
        _ => Err(ViewFault::Evaluation("'-' needs a number")),
    }
}

/// Children of this name. `value` also finds `valueQuantity`, and then the type is known.
pub(crate) fn member<'a>(item: &Item<'a>, name: &str) -> Vec<Item<'a>> {
    let Item::Node { value, shadow, .. } = item else { return Vec::new() };
    let Some(map) = value.as_object() else {
        // Extensions and the id of a primitive.
        return shadow
            .and_then(|shadow| shadow.get(name))
            .map_or_else(Vec::new, |child| spread(child, None, None));
    };
    let child = |key: &str, kind| {
        let shadow = map.get(&format!("_{key}"));
        match map.get(key) {
            Some(child) => Some(spread(child, kind, shadow)),
            None => shadow.map(|shadow| spread(&Value::Null, kind, Some(shadow))),
        }
    };
    child(name, None)
        .or_else(|| {
            let choice = |key: &String| {
                let key = key.strip_prefix('_').unwrap_or(key);
                Some((key.to_owned(), key.strip_prefix(name).and_then(types::of_choice)?))
            };
            let (key, kind) = map.keys().find_map(choice)?;
            child(&key, Some(kind))
        })
        .unwrap_or_default()
}

/// A list becomes its items. An item without value stays only where it has an extension beside it.
fn spread<'a>(
    value: &'a Value,
    kind: Option<&'static str>,
    shadow: Option<&'a Value>,
) -> Vec<Item<'a>> {
    let items = match value {
        Value::Array(items) => {
            let shadow = |index| {
                shadow.and_then(|shadow| shadow.get(index)).filter(|shadow| !shadow.is_null())
            };
            items
                .iter()
                .enumerate()
                .map(|(index, value)| Item::Node { value, kind, shadow: shadow(index) })
                .collect()
        }
        value => vec![Item::Node { value, kind, shadow }],
    };
    items
        .into_iter()
        .filter(|item| !matches!(item, Item::Node { value: Value::Null, shadow: None, .. }))
        .collect()
}

fn is_of_type(item: &Item, wanted: &str) -> Result<bool, ViewFault> {
    match item {
        Item::Node { kind: Some(kind), .. } => Ok(types::is_a(kind, wanted)),
        Item::Node { value, .. } if resource_type(value).is_some() => {
            let kind = resource_type(value);
            Ok(kind == Some(wanted) || ["Resource", "DomainResource"].contains(&wanted))
        }
        Item::Node { value: Value::Object(_) | Value::Array(_), .. } => Err(ViewFault::Evaluation(
            "the type of an element with parts is known for choice elements (value[x]) and resources only; leave ofType() out here",
        )),
        _ => Ok(is_primitive_of(item, wanted)),
    }
}

/// Whether a primitive whose type is not known can be one of type `wanted`.
fn is_primitive_of(item: &Item, wanted: &str) -> bool {
    let temporal = |kinds: &[Kind]| {
        item.as_text()
            .and_then(Temporal::parse)
            .is_some_and(|temporal| kinds.contains(&temporal.kind()))
    };
    match (item.scalar(), wanted) {
        (Some(Scalar::Boolean(_)), _) => ["boolean", "Boolean"].contains(&wanted),
        (Some(Scalar::Number(_)), "decimal" | "Decimal") => true,
        (Some(Scalar::Number(_)), "integer" | "Integer" | "positiveInt" | "unsignedInt") => {
            item.as_integer().is_some()
        }
        (Some(Scalar::Number(_)) | None, _) => false,
        (_, "date" | "Date") => temporal(&[Kind::Date]),
        (_, "dateTime" | "DateTime" | "instant") => temporal(&[Kind::Date, Kind::DateTime]),
        (_, "time" | "Time") => temporal(&[Kind::Time]),
        (_, name) => name == "String" || types::is_text(name),
    }
}
