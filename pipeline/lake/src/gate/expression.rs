//! What may be computed of patients' rows: only what can neither fail nor take longer for one value than for another, because an
//! error, or the time until one, would tell of a row that no answer shows.

use arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator};

use super::refusal::Refusal;

/// Functions that give an answer for every value.
const TOTAL: &[&str] = &[
    "array_element",
    "array_has",
    "array_length",
    "btrim",
    "cardinality",
    "character_length",
    "coalesce",
    "concat",
    "concat_ws",
    "contains",
    "ends_with",
    "left",
    "lower",
    "ltrim",
    "nullif",
    "nvl",
    "octet_length",
    "reverse",
    "right",
    "rtrim",
    "starts_with",
    "strpos",
    "trim",
    "upper",
];

const WRITE_TOTAL: &str = "use comparisons, CASE, coalesce, + - *, / by a constant, text functions without patterns, or TRY_CAST";

/// Columns that tell patients or their rows apart, whatever else they mean.
pub(super) fn identifies(name: &str) -> bool {
    const CONTENT: &[&str] = &["variant_id", "gene_id", "feature_id"];
    const OTHERS: &[&str] = &["source_file", "source_line", "input_hash", "path"];
    (name.ends_with("_id") && !CONTENT.contains(&name)) || OTHERS.contains(&name)
}

/// Checks an expression over patients' rows. `identity` are the columns that may only be joined, counted and tested for NULL.
pub(super) fn check(expr: &Expr, schema: &DFSchema, identity: &[Column]) -> Result<(), Refusal> {
    let all = |parts: &[&Expr]| parts.iter().try_for_each(|part| check(part, schema, identity));
    match expr {
        Expr::Column(column) if identity.contains(column) => Err(names_one(column)),
        // Subqueries have gone through the gate before, those that ask for a patient among them.
        Expr::Column(_)
        | Expr::Literal(..)
        | Expr::Placeholder(_)
        | Expr::ScalarSubquery(_)
        | Expr::Exists(_) => Ok(()),
        Expr::IsNull(inner) | Expr::IsNotNull(inner)
            if matches!(inner.as_ref(), Expr::Column(_)) =>
        {
            Ok(())
        }
        Expr::Alias(alias) => check(&alias.expr, schema, identity),
        Expr::InSubquery(asked) => match asked.expr.as_ref() {
            Expr::Column(_) => Ok(()),
            computed => check(computed, schema, identity),
        },
        Expr::Not(inner)
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::IsUnknown(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsNotFalse(inner)
        | Expr::IsNotUnknown(inner)
        | Expr::Negative(inner) => check(inner, schema, identity),
        // A pattern out of a row could be any, and take any time.
        Expr::Like(like) if like.escape_char.is_none() && constant(&like.pattern) => {
            check(&like.expr, schema, identity)
        }
        Expr::Between(between) => all(&[&between.expr, &between.low, &between.high]),
        Expr::InList(list) => {
            check(&list.expr, schema, identity)?;
            list.list.iter().try_for_each(|item| check(item, schema, identity))
        }
        Expr::Case(case) => {
            let whens = case.when_then_expr.iter().flat_map(|(when, then)| [when, then]);
            let mut parts = case.expr.iter().chain(&case.else_expr).chain(whens);
            parts.try_for_each(|part| check(part, schema, identity))
        }
        Expr::BinaryExpr(binary) => {
            all(&[&binary.left, &binary.right])?;
            operator(binary, schema)
        }
        Expr::Cast(cast) => {
            check(&cast.expr, schema, identity)?;
            never_fails(cast, schema)
        }
        Expr::TryCast(cast) => check(&cast.expr, schema, identity),
        Expr::ScalarFunction(call) => {
            call.args.iter().try_for_each(|part| check(part, schema, identity))?;
            function(call.name(), &call.args)
        }
        other => Err(may_fail(&kind(other))),
    }
}

fn names_one(column: &Column) -> Refusal {
    Refusal::new(
        "identity",
        format!(
            "{} tells patients apart, and may only be joined, counted or tested for NULL",
            column.name
        ),
        "choose patients by what they have in common, not by who they are",
    )
}

fn may_fail(what: &str) -> Refusal {
    Refusal::new(
        "may-fail",
        format!("{what} over patients' rows could fail, or take longer, for one of them"),
        WRITE_TOTAL,
    )
}

/// What an expression is, without the values in it.
fn kind(expr: &Expr) -> String {
    expr.variant_name().to_owned()
}

fn operator(binary: &BinaryExpr, schema: &DFSchema) -> Result<(), Refusal> {
    match binary.op {
        Operator::Eq
        | Operator::NotEq
        | Operator::Lt
        | Operator::LtEq
        | Operator::Gt
        | Operator::GtEq
        | Operator::And
        | Operator::Or
        | Operator::IsDistinctFrom
        | Operator::IsNotDistinctFrom
        | Operator::StringConcat => Ok(()),
        Operator::Plus | Operator::Minus | Operator::Multiply if plain_numbers(binary, schema) => {
            Ok(())
        }
        Operator::Divide | Operator::Modulo
            if plain_numbers(binary, schema)
                && (is_float(&binary.left, schema) || positive(&binary.right)) =>
        {
            Ok(())
        }
        _ => Err(may_fail(&format!("the operator {}", binary.op))),
    }
}

/// Arithmetic on these wraps around or gives infinity; decimals, dates and intervals may overflow.
fn plain_numbers(binary: &BinaryExpr, schema: &DFSchema) -> bool {
    let plain = |expr: &Expr| {
        expr.get_type(schema).is_ok_and(|t| t.is_integer() || is_float_type(&t) || t.is_null())
    };
    plain(&binary.left) && plain(&binary.right)
}

fn is_float_type(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float32 | DataType::Float64)
}

fn is_float(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema).is_ok_and(|t| is_float_type(&t))
}

fn constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(..) | Expr::Placeholder(_))
}

/// A whole number from 1 on, as it stands or cast.
fn positive(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(value, _) => {
            matches!(value.cast_to(&DataType::Int64), Ok(ScalarValue::Int64(Some(1..))))
        }
        Expr::Cast(cast) => positive(&cast.expr),
        _ => false,
    }
}

fn never_fails(cast: &Cast, schema: &DFSchema) -> Result<(), Refusal> {
    let to = cast.field.data_type();
    if let Expr::Literal(value, _) = cast.expr.as_ref() {
        // The value is the researcher's own.
        return value.cast_to(to).map(drop).map_err(|_| may_fail("a cast of a constant"));
    }
    if matches!(cast.expr.as_ref(), Expr::Placeholder(_)) {
        return Ok(());
    }
    let from = cast.expr.get_type(schema).map_err(|_| may_fail("a cast"))?;
    let text =
        |t: &DataType| matches!(t, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let widens = to.is_integer()
        && to.is_signed_integer() == from.is_signed_integer()
        && to.primitive_width() >= from.primitive_width();
    let fits = &from == to
        || from.is_null()
        || (text(to) && (text(&from) || from.is_primitive() || from == DataType::Boolean))
        || (is_float_type(to) && (from.is_integer() || is_float_type(&from)))
        || (from.is_integer() && widens)
        || (from.is_integer() && matches!(to, DataType::Decimal128(20.., 0)))
        || (from == DataType::Boolean && to.is_integer());
    if fits { Ok(()) } else { Err(may_fail(&format!("a cast from {from} to {to}"))) }
}

fn function(name: &str, arguments: &[Expr]) -> Result<(), Refusal> {
    let natural = |place: usize| arguments.get(place).is_none_or(positive);
    match name {
        // A negative length is an error.
        "substr" | "substring" if natural(1) && natural(2) => Ok(()),
        name if TOTAL.contains(&name) => Ok(()),
        name => Err(may_fail(&format!("the function {name}"))),
    }
}
