//! Operators: how tightly each binds, and what it gives.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{
    super::{ColumnType, ViewFault},
    item::{Item, Scalar},
    temporal::Temporal,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
    Is,
    As,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
}

use Operator as O;

/// Operators from the loosest to the tightest.
pub(crate) const LEVELS: [&[(&str, Operator)]; 10] = [
    &[("implies", O::Implies)],
    &[("or", O::Or), ("xor", O::Xor)],
    &[("and", O::And)],
    &[("in", O::In), ("contains", O::Contains)],
    &[("=", O::Equal), ("~", O::Equivalent), ("!=", O::NotEqual), ("!~", O::NotEquivalent)],
    &[("<=", O::LessOrEqual), ("<", O::Less), (">", O::Greater), (">=", O::GreaterOrEqual)],
    &[("|", O::Union)],
    &[("is", O::Is), ("as", O::As)],
    &[("+", O::Add), ("-", O::Subtract), ("&", O::Concatenate)],
    &[("*", O::Multiply), ("/", O::Divide), ("div", O::IntegerDivide), ("mod", O::Modulo)],
];

impl Operator {
    pub(crate) fn column_type(self) -> Option<ColumnType> {
        match self {
            O::Union | O::As | O::Add | O::Subtract | O::Multiply => None,
            O::Concatenate => Some(ColumnType::Text),
            O::Divide | O::Modulo => Some(ColumnType::Decimal),
            O::IntegerDivide => Some(ColumnType::Integer),
            _ => Some(ColumnType::Boolean),
        }
    }
}

/// `left operator right`, both evaluated. Empty in, empty out, but where FHIRPath says otherwise.
pub(crate) fn apply<'a>(
    operator: Operator,
    left: Vec<Item<'a>>,
    right: Vec<Item<'a>>,
) -> Result<Vec<Item<'a>>, ViewFault> {
    let boolean = |value: Option<bool>| Ok(value.map(Item::Boolean).into_iter().collect());
    match operator {
        O::And | O::Or | O::Xor | O::Implies => {
            boolean(logic(operator, truth(&left)?, truth(&right)?))
        }
        O::Equal => boolean(equal(&left, &right)),
        O::NotEqual => boolean(equal(&left, &right).map(|equal| !equal)),
        O::Equivalent => boolean(Some(equivalent(&left, &right))),
        O::NotEquivalent => boolean(Some(!equivalent(&left, &right))),
        O::In => boolean(single(&left)?.map(|item| has(&right, item))),
        O::Contains => boolean(single(&right)?.map(|item| has(&left, item))),
        O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => {
            boolean(order(operator, &left, &right)?)
        }
        O::Union => Ok(distinct(left.into_iter().chain(right))),
        O::Concatenate => {
            let text =
                |items: &[Item]| Ok(single(items)?.and_then(Item::to_text).unwrap_or_default());
            Ok(vec![Item::Text((text(&left)? + &text(&right)?).into())])
        }
        _ => arithmetic(operator, &left, &right),
    }
}

/// The only item, or none.
pub(crate) fn single<'i, 'a>(items: &'i [Item<'a>]) -> Result<Option<&'i Item<'a>>, ViewFault> {
    match items {
        [] => Ok(None),
        [item] => Ok(Some(item)),
        _ => Err(ViewFault::Evaluation(
            "an operator or function needs one value and has several; add first() or where()",
        )),
    }
}

/// A collection as true, false or unknown: one item that is no boolean counts as true.
pub(crate) fn truth(items: &[Item]) -> Result<Option<bool>, ViewFault> {
    Ok(single(items)?.map(|item| item.as_boolean().unwrap_or(true)))
}

/// Three-valued logic.
fn logic(operator: Operator, left: Option<bool>, right: Option<bool>) -> Option<bool> {
    let or = |left: Option<bool>, right: Option<bool>| match (left, right) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    let not = |value: Option<bool>| value.map(|value| !value);
    match operator {
        O::Or => or(left, right),
        O::And => not(or(not(left), not(right))),
        O::Implies => or(not(left), right),
        _ => Some(left? != right?),
    }
}

fn equal(left: &[Item], right: &[Item]) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    let mut all = Some(true);
    for (left, right) in left.iter().zip(right) {
        match same(left, right) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// Whether two items are equal; unknown for dates where one is less precise.
pub(crate) fn same(left: &Item, right: &Item) -> Option<bool> {
    if let (Item::Node { value: left, .. }, Item::Node { value: right, .. }) = (left, right)
        && (left.is_object() || right.is_object())
    {
        return Some(left == right);
    }
    match (left.scalar()?, right.scalar()?) {
        (Scalar::Boolean(a), Scalar::Boolean(b)) => Some(a == b),
        (Scalar::Number(a), Scalar::Number(b)) => Some(a == b),
        (Scalar::Text(a), Scalar::Text(b)) => Some(a == b),
        (Scalar::Temporal(a), Scalar::Temporal(b) | Scalar::Text(b))
        | (Scalar::Text(a), Scalar::Temporal(b)) => {
            match (Temporal::parse(a), Temporal::parse(b)) {
                (Some(a), Some(b)) => a.compare(&b).map(Ordering::is_eq),
                _ => Some(a == b),
            }
        }
        _ => Some(false),
    }
}

/// `~`: both empty, or the same items in any order; text without case and blanks.
fn equivalent(left: &[Item], right: &[Item]) -> bool {
    let alike = |a: &Item, b: &Item| match (a.scalar(), b.scalar()) {
        (Some(Scalar::Text(a)), Some(Scalar::Text(b))) => {
            let folded =
                |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            folded(a) == folded(b)
        }
        _ => same(a, b) == Some(true),
    };
    let mut open: Vec<&Item> = right.iter().collect();
    left.len() == right.len()
        && left.iter().all(|item| {
            let found = open.iter().position(|other| alike(item, other));
            found.map(|place| open.swap_remove(place)).is_some()
        })
}

fn has(items: &[Item], wanted: &Item) -> bool {
    items.iter().any(|item| same(item, wanted) == Some(true))
}

/// Each item once, in the order given.
pub(crate) fn distinct<'a>(items: impl Iterator<Item = Item<'a>>) -> Vec<Item<'a>> {
    let mut kept: Vec<Item> = Vec::new();
    for item in items {
        if !has(&kept, &item) {
            kept.push(item);
        }
    }
    kept
}

fn order(operator: Operator, left: &[Item], right: &[Item]) -> Result<Option<bool>, ViewFault> {
    let (Some(left), Some(right)) = (single(left)?, single(right)?) else { return Ok(None) };
    let ordering = match (left.scalar(), right.scalar()) {
        (Some(Scalar::Number(a)), Some(Scalar::Number(b))) => Some(a.cmp(&b)),
        (Some(Scalar::Text(a)), Some(Scalar::Text(b))) => Some(a.cmp(b)),
        (Some(Scalar::Temporal(a)), Some(Scalar::Temporal(b) | Scalar::Text(b)))
        | (Some(Scalar::Text(a)), Some(Scalar::Temporal(b))) => {
            match (Temporal::parse(a), Temporal::parse(b)) {
                (Some(a), Some(b)) => a.compare(&b),
                _ => {
                    return Err(ViewFault::Evaluation(
                        "a date is compared with text that is no date",
                    ));
                }
            }
        }
        _ => {
            return Err(ViewFault::Evaluation(
                "values of different types are compared by order; convert one or use ofType()",
            ));
        }
    };
    Ok(ordering.map(|ordering| match operator {
        O::Less => ordering.is_lt(),
        O::LessOrEqual => ordering.is_le(),
        O::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    }))
}

/// Numbers, and `+` of text. Division by zero and what 28 digits cannot hold give nothing.
fn arithmetic<'a>(
    operator: Operator,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Result<Vec<Item<'a>>, ViewFault> {
    let (Some(left), Some(right)) = (single(left)?, single(right)?) else { return Ok(Vec::new()) };
    if let (O::Add, Some(Scalar::Text(a)), Some(Scalar::Text(b))) =
        (operator, left.scalar(), right.scalar())
    {
        return Ok(vec![Item::Text((a.to_owned() + b).into())]);
    }
    let (Some(Scalar::Number(a)), Some(Scalar::Number(b))) = (left.scalar(), right.scalar()) else {
        return Err(ViewFault::Evaluation("arithmetic needs two numbers"));
    };
    let result: Option<Decimal> = match operator {
        O::Add => a.checked_add(b),
        O::Subtract => a.checked_sub(b),
        O::Multiply => a.checked_mul(b),
        O::Divide => a.checked_div(b),
        O::IntegerDivide => a.checked_div(b).map(|quotient| quotient.trunc()),
        _ => a.checked_rem(b),
    };
    let whole = operator == O::IntegerDivide
        || (operator != O::Divide && left.as_integer().is_some() && right.as_integer().is_some());
    Ok(result
        .and_then(|number| {
            if whole {
                number.try_into().ok().map(Item::Integer)
            } else {
                Some(Item::Decimal(number))
            }
        })
        .into_iter()
        .collect())
}
