//! What each patient of a cell puts into a number.

use std::collections::BTreeMap;

/// Fractional bits of [`Contribution::sum`]: sums are whole numbers of 2⁻³², so that they do not depend on the order of rows.
const FRACTION: f64 = 4_294_967_296.0;
/// Largest value that is added as it is; larger ones are taken for this one.
const LARGEST: f64 = 1e18;

/// What a number of a cell is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Number of patients.
    Patients,
    /// Sum over rows: `count` and `sum`.
    Total,
    /// Mean over rows.
    Mean,
}

/// One patient's rows in a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Contribution {
    /// Sum of the values, in units of 2⁻³².
    pub(super) sum: i128,
    /// Number of values.
    pub(super) rows: i64,
}

impl Contribution {
    pub(super) fn add(&mut self, value: f64) {
        self.sum = self.sum.saturating_add((value.clamp(-LARGEST, LARGEST) * FRACTION) as i128);
        self.rows += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.sum = self.sum.saturating_add(other.sum);
        self.rows += other.rows;
    }

    fn total(self) -> f64 {
        self.sum as f64 / FRACTION
    }

    fn mean(self) -> f64 {
        self.total() / self.rows.max(1) as f64
    }
}

/// Contributions by patient (a keyed hash of the pseudonym).
pub(super) type Contributions = BTreeMap<u64, Contribution>;

/// What a number would be without noise, and how far one patient can move it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    pub(super) value: f64,
    /// Largest change that one patient of the cell could make.
    pub(super) influence: f64,
}

/// How many patients at either end of a cell are taken for no more than the next one: nobody dominates a sum or a mean.
const OUTLIERS: usize = 2;

impl Kind {
    /// Only what counts: a patient who adds nothing to a total is not in it, so that a sum of zeros and ones is the count that
    /// it stands for.
    pub(super) fn counted(self, all: &Contributions) -> Contributions {
        match self {
            Self::Patients => {
                let one = Contribution { sum: 1 << 32, rows: 1 };
                all.keys().map(|patient| (*patient, one)).collect()
            }
            Self::Total => {
                let adds = all.iter().filter(|(_, c)| c.sum != 0);
                adds.map(|(patient, c)| (*patient, Contribution { rows: 1, ..*c })).collect()
            }
            Self::Mean => all.clone(),
        }
    }

    /// The number of patients that a number tells of: of a mean, those who differ from the most common value, because a mean of
    /// zeros and ones is the count of the ones.
    pub(super) fn told(self, counted: &Contributions) -> usize {
        let Self::Mean = self else {
            return counted.len();
        };
        let mut means: Vec<i128> =
            counted.values().map(|c| c.sum / i128::from(c.rows.max(1))).collect();
        means.sort_unstable();
        let longest = means.chunk_by(|a, b| a == b).map(<[i128]>::len).max().unwrap_or(0);
        means.len() - longest
    }

    /// The number with outliers brought in.
    pub(super) fn summary(self, counted: &Contributions) -> Summary {
        match self {
            Self::Patients | Self::Total => {
                let totals: Vec<f64> = counted.values().map(|c| c.total()).collect();
                let (low, high) = ends(totals.clone());
                let value = totals.iter().map(|t| t.clamp(low, high)).sum();
                Summary { value, influence: low.abs().max(high.abs()) }
            }
            Self::Mean => {
                let (low, high) = ends(counted.values().map(|c| c.mean()).collect());
                let (_, most) = ends(counted.values().map(|c| c.rows as f64).collect());
                let rows = |c: &Contribution| (c.rows as f64).min(most);
                let sum: f64 = counted.values().map(|c| c.mean().clamp(low, high) * rows(c)).sum();
                let weight: f64 = counted.values().map(rows).sum();
                let share = most / weight.max(1.0);
                Summary { value: sum / weight.max(1.0), influence: (high - low) * share }
            }
        }
    }
}

/// The values that are neither among the smallest nor among the largest: their least and their greatest.
fn ends(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = |place: usize| values.get(place.min(last)).copied().unwrap_or(0.0);
    (at(OUTLIERS), at(last.saturating_sub(OUTLIERS)))
}
