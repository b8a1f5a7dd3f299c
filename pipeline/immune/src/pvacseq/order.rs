//! Orders of rows, shared by peptides and variants.

use std::cmp::Ordering;

use super::rules::{Key, KeyValue, Order};

/// What a row is compared by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    /// NaN: unknown, which comes last however the order is turned.
    Number(f64),
    Text(&'a str),
}

impl Value<'_> {
    fn compare(self, other: Self, descending: bool) -> Ordering {
        let turn = |order: Ordering| if descending { order.reverse() } else { order };
        match (self, other) {
            (Value::Number(a), Value::Number(b)) if a.is_nan() || b.is_nan() => {
                a.is_nan().cmp(&b.is_nan())
            }
            (Value::Number(a), Value::Number(b)) => {
                turn(a.partial_cmp(&b).unwrap_or(Ordering::Equal))
            }
            (Value::Text(a), Value::Text(b)) => turn(a.cmp(b)),
            (Value::Number(_), Value::Text(_)) => Ordering::Less,
            (Value::Text(_), Value::Number(_)) => Ordering::Greater,
        }
    }
}

/// Places of rows in their order, `first` before all else; rows that are equal in everything stay as they were.
pub(super) fn sorted<'a>(
    rows: usize,
    order: &Order,
    first: impl Fn(usize) -> usize,
    value: impl Fn(usize, KeyValue) -> Value<'a>,
) -> Vec<usize> {
    let values = |key: &Key| (0..rows).map(|row| value(row, key.by)).collect::<Vec<_>>();
    let mut sums = vec![0; rows];
    for key in &order.ranks {
        for (sum, rank) in sums.iter_mut().zip(dense_ranks(&values(key), key.descending)) {
            *sum += rank;
        }
    }
    let then: Vec<(Vec<Value<'_>>, bool)> =
        order.then.iter().map(|key| (values(key), key.descending)).collect();
    let mut places: Vec<usize> = (0..rows).collect();
    places.sort_by(|&a, &b| {
        let by_keys = || {
            let compared = then.iter().map(|(values, turn)| values[a].compare(values[b], *turn));
            compared.fold(Ordering::Equal, Ordering::then)
        };
        first(a).cmp(&first(b)).then(sums[a].cmp(&sums[b])).then_with(by_keys)
    });
    places
}

/// 1 for the best value, 2 for the next distinct one, and so on; all unknown values share the last rank.
fn dense_ranks(values: &[Value<'_>], descending: bool) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|&a, &b| values[a].compare(values[b], descending));
    let mut ranks = vec![0; values.len()];
    let mut rank = 0;
    let mut before: Option<Value<'_>> = None;
    for place in places {
        let value = values[place];
        if before.is_none_or(|before| before.compare(value, false) != Ordering::Equal) {
            rank += 1;
        }
        ranks[place] = rank;
        before = Some(value);
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_dense_and_unknown_values_come_last() {
        let values = [3.0, 1.0, f64::NAN, 3.0, f64::NAN, 2.0].map(Value::Number);
        assert_eq!(dense_ranks(&values, false), [3, 1, 4, 3, 4, 2]);
        assert_eq!(dense_ranks(&values, true), [1, 3, 4, 1, 4, 2]);
    }
}
