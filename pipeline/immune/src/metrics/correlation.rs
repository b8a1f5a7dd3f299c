//! Correlations of two variables, row by row.

use super::MetricError;
use std::cmp::Ordering;

/// Product-moment correlation (Pearson 1895, Proc R Soc Lond 58:240), in -1..=1.
///
/// Both variables must be finite, and each must have two values that differ.
pub fn pearson<X, Y>(x: &[X], y: &[Y]) -> Result<f64, MetricError>
where
    X: Copy + Into<f64>,
    Y: Copy + Into<f64>,
{
    Pairs::new(x, y)?.correlation(|_| 1.0)
}

/// Rank correlation (Spearman 1904, Am J Psychol 15:72): Pearson's of the ranks, in -1..=1. Equal values share the mean of
/// their ranks. Infinite values have ranks as others do.
pub fn spearman<X, Y>(x: &[X], y: &[Y]) -> Result<f64, MetricError>
where
    X: Copy + Into<f64>,
    Y: Copy + Into<f64>,
{
    let (x, y) = (ranks("x", x)?, ranks("y", y)?);
    Pairs::new(&x, &y)?.correlation(|_| 1.0)
}

/// Rows of two variables, each laid over 0..=1, which changes no correlation and keeps squares from overflowing.
#[derive(Debug, Clone)]
pub(crate) struct Pairs {
    rows: Vec<(f64, f64)>,
}

impl Pairs {
    pub(crate) fn new<X, Y>(x: &[X], y: &[Y]) -> Result<Self, MetricError>
    where
        X: Copy + Into<f64>,
        Y: Copy + Into<f64>,
    {
        if x.len() != y.len() {
            return Err(MetricError::Unpaired { x: x.len(), y: y.len() });
        }
        if x.len() < 2 {
            return Err(MetricError::TooFewRows { rows: x.len() });
        }
        let (x, y) = (unit("x", x)?, unit("y", y)?);
        Ok(Self { rows: x.into_iter().zip(y).collect() })
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Pearson's correlation with row i counting `weight(i)` times.
    pub(crate) fn correlation(&self, weight: impl Fn(usize) -> f64) -> Result<f64, MetricError> {
        let (mut n, mut x_mean, mut y_mean) = (0.0, 0.0, 0.0);
        let (mut x_range, mut y_range) = (Range::default(), Range::default());
        for (row, &(x, y)) in self.rows.iter().enumerate() {
            let w = weight(row);
            if w > 0.0 {
                n += w;
                x_mean += w * x;
                y_mean += w * y;
                x_range.take(x);
                y_range.take(y);
            }
        }
        // Of equal values, rounding would leave a variance that is not quite none.
        for (variable, range) in [("x", x_range), ("y", y_range)] {
            if range.high <= range.low {
                return Err(MetricError::NoVariance { variable });
            }
        }
        (x_mean, y_mean) = (x_mean / n, y_mean / n);
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for (row, &(x, y)) in self.rows.iter().enumerate() {
            let (w, x, y) = (weight(row), x - x_mean, y - y_mean);
            xx += w * x * x;
            yy += w * y * y;
            xy += w * x * y;
        }
        Ok((xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
    }
}

#[derive(Debug, Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl Range {
    fn take(&mut self, value: f64) {
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }
}

/// Values laid over 0..=1.
fn unit<T: Copy + Into<f64>>(
    variable: &'static str,
    values: &[T],
) -> Result<Vec<f64>, MetricError> {
    // Halved, so that the range from the lowest to the highest `f64` is one, too.
    let mut values: Vec<f64> = values.iter().map(|&value| value.into() / 2.0).collect();
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(MetricError::NoValue { variable, index });
    }
    let mut range = Range::default();
    for &value in &values {
        range.take(value);
    }
    if range.high <= range.low {
        return Err(MetricError::NoVariance { variable });
    }
    for value in &mut values {
        *value = (*value - range.low) / (range.high - range.low);
    }
    Ok(values)
}

/// 1-based ranks, lowest value first; equal values share the mean of their ranks.
fn ranks<T: Copy + Into<f64>>(
    variable: &'static str,
    values: &[T],
) -> Result<Vec<f64>, MetricError> {
    let mut rows: Vec<(f64, usize)> =
        values.iter().enumerate().map(|(row, &value)| (value.into(), row)).collect();
    if let Some(index) = rows.iter().position(|(value, _)| value.is_nan()) {
        return Err(MetricError::NoValue { variable, index });
    }
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.0; rows.len()];
    let mut before = 0;
    // Compared as numbers: -0 and 0 are one value.
    for group in rows.chunk_by(|a, b| a.0.partial_cmp(&b.0).is_some_and(Ordering::is_eq)) {
        let after = before + group.len();
        let rank = f64::midpoint(before as f64 + 1.0, after as f64);
        for &(_, row) in group {
            ranks[row] = rank;
        }
        before = after;
    }
    Ok(ranks)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    /// Expected values are worked out by hand.
    #[test]
    fn small_tables() {
        for (x, y, product, rank) in [
            (vec![1.0, 2.0, 3.0], vec![10.0, 20.0, 30.0], 1.0, 1.0),
            (vec![1.0, 2.0, 3.0], vec![3.0, 2.0, 1.0], -1.0, -1.0),
            (vec![1.0, 2.0], vec![5.0, 7.0], 1.0, 1.0),
            // Deviations (-1.5, -0.5, 0.5, 1.5) and (-1, -1, 0, 2): 5 of sqrt(5 * 6); ranks of y 1.5, 1.5, 3, 4.
            (
                vec![1.0, 2.0, 3.0, 4.0],
                vec![0.0, 0.0, 1.0, 3.0],
                5.0 / 30.0_f64.sqrt(),
                4.5 / (5.0 * 4.5_f64).sqrt(),
            ),
            // No line, but an order: deviations (-1, 0, 1) and (-37, -36, 73) / 3.
            (
                vec![1.0, 2.0, 3.0],
                vec![0.0, 1.0 / 3.0, 110.0 / 3.0],
                110.0 / (2.0_f64 * (37.0 * 37.0 + 36.0 * 36.0 + 73.0 * 73.0)).sqrt(),
                1.0,
            ),
            (vec![0.0, 0.0, 1.0, 1.0], vec![0.0, 1.0, 0.0, 1.0], 0.0, 0.0),
            (vec![-f64::MAX, 0.0, f64::MAX], vec![-1e-300, 0.0, 1e-300], 1.0, 1.0),
            (vec![1e9, 1e9 + 1.0, 1e9 + 2.0], vec![0.1, 0.3, 0.2], 0.5, 0.5),
        ] {
            for (found, expected) in [(pearson(&x, &y), product), (spearman(&x, &y), rank)] {
                let found = found.unwrap();
                assert!((found - expected).abs() < 1e-7, "{x:?} {y:?}: {found}, not {expected}");
            }
        }
        assert_eq!(spearman(&[f64::NEG_INFINITY, 1.0, f64::INFINITY], &[1.0, 2.0, 9.0]), Ok(1.0));
        assert_eq!(spearman(&[0.0, -0.0, 1.0], &[2.0_f32, 2.0, 3.0]), Ok(1.0));
    }

    #[test]
    fn what_is_not_defined_is_refused() {
        let (nan, infinity) = (f64::NAN, f64::INFINITY);
        let value = |variable, index| MetricError::NoValue { variable, index };
        for (x, y, expected) in [
            (vec![1.0, 2.0], vec![1.0], MetricError::Unpaired { x: 2, y: 1 }),
            (vec![], vec![], MetricError::TooFewRows { rows: 0 }),
            (vec![1.0], vec![1.0], MetricError::TooFewRows { rows: 1 }),
            (vec![1.0, 2.0], vec![0.1, nan], value("y", 1)),
            (vec![nan, 2.0], vec![0.1, 0.2], value("x", 0)),
            // A mean of 0.1 is not quite 0.1, but nothing varies.
            (vec![0.1; 3], vec![1.0, 2.0, 3.0], MetricError::NoVariance { variable: "x" }),
            (vec![1.0, 2.0, 3.0], vec![0.1; 3], MetricError::NoVariance { variable: "y" }),
        ] {
            assert_eq!(pearson(&x, &y), Err(expected), "{x:?} {y:?}");
            assert_eq!(spearman(&x, &y), Err(expected), "{x:?} {y:?}");
        }
        assert_eq!(pearson(&[1.0, infinity], &[1.0, 2.0]), Err(value("x", 1)));
    }

    #[test]
    fn a_weight_is_a_row_that_often() {
        let (x, y) = ([1.0, 4.0, 2.0, 8.0], [0.3, 0.1, 0.9, 0.7]);
        let weights = [2.0, 0.0, 1.0, 3.0];
        let found = Pairs::new(&x, &y).unwrap().correlation(|row| weights[row]).unwrap();
        let often = |values: [f64; 4]| {
            let rows = values.into_iter().zip(weights);
            rows.flat_map(|(value, w)| vec![value; w as usize]).collect::<Vec<_>>()
        };
        let expected = pearson(&often(x), &often(y)).unwrap();
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }
}
