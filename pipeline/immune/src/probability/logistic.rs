//! Logistic regression with an L2 penalty and an intercept for each group, by Newton's method in `f64`.
//!
//! `logit p = b0 + b · x + u[group]`. The penalised likelihood is concave, so there is one fit. The Hessian of the
//! groups' intercepts is diagonal: they are eliminated first (Schur complement), and a step costs
//! O(rows × columns²) whatever the number of groups.

/// Why there is no fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Columns that say the same, without a penalty; or numbers that are not finite.
    #[error(
        "the regression has no single solution: expected finite values, and a penalty above 0 where columns or groups say the same"
    )]
    Singular,
    /// It does not settle.
    #[error(
        "the regression did not converge in {steps} steps: scale its columns to a variance near 1"
    )]
    Steps {
        /// Steps taken.
        steps: usize,
    },
    /// Lists whose lengths do not fit.
    #[error(
        "a design of {rows} rows and {columns} columns has {values} values and {groups} groups of rows: expected rows x columns values and a group each, below the number of groups"
    )]
    Shape {
        /// Labels given.
        rows: usize,
        /// Penalties given.
        columns: usize,
        /// Values given.
        values: usize,
        /// Groups given.
        groups: usize,
    },
}

const STEPS: usize = 100;
/// Newton's method ends when no coefficient moves by more.
const TOLERANCE: f64 = 1e-10;

/// Rows to fit: `columns` values a row, its group and its class.
#[derive(Debug, Clone, Copy)]
pub struct Design<'a> {
    /// Row by row, `penalties.len()` values each.
    pub values: &'a [f64],
    /// Group of each row, below `groups`.
    pub group: &'a [usize],
    /// Number of groups.
    pub groups: usize,
    /// Class of each row.
    pub positive: &'a [bool],
    /// L2 penalty of each column.
    pub penalties: &'a [f64],
    /// L2 penalty of the groups' intercepts.
    pub group_penalty: f64,
}

/// The coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Of a row with zeros in a group of no rows.
    pub intercept: f64,
    /// One a column.
    pub coefficients: Vec<f64>,
    /// One a group.
    pub groups: Vec<f64>,
    /// Covariance of intercept and coefficients, in that order: the inverse of the penalised loss's Hessian (Laplace).
    pub covariance: Vec<Vec<f64>>,
}

impl Fit {
    /// The logit of a row, without its group.
    pub fn logit(&self, row: &[f64]) -> f64 {
        self.intercept + self.coefficients.iter().zip(row).map(|(b, x)| b * x).sum::<f64>()
    }
}

/// Probability of a logit.
pub fn probability(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// Gradient and Hessian of the penalised loss, in blocks.
struct Newton {
    /// Intercept and columns.
    gradient: Vec<f64>,
    hessian: Vec<Vec<f64>>,
    group_gradient: Vec<f64>,
    /// The diagonal of the groups' block.
    group_hessian: Vec<f64>,
    /// One row a group.
    mixed: Vec<Vec<f64>>,
}

/// The fit with the least penalised loss.
pub fn fit(design: &Design<'_>) -> Result<Fit, FitError> {
    let columns = design.penalties.len();
    check(design)?;
    let mut fit = Fit {
        intercept: 0.0,
        coefficients: vec![0.0; columns],
        groups: vec![0.0; design.groups],
        covariance: Vec::new(),
    };
    let mut loss = penalised_loss(design, &fit);
    for _ in 0..STEPS {
        let step = Newton::at(design, &fit).step().ok_or(FitError::Singular)?;
        let largest =
            step.0.iter().chain(&step.1).fold(0.0, |most: f64, value| most.max(value.abs()));
        // Far from the optimum a whole step may overshoot: it is halved until the loss falls.
        let mut share = 1.0;
        let mut next = moved(&fit, &step, share);
        let mut next_loss = penalised_loss(design, &next);
        while next_loss > loss && share > 1e-6 {
            share /= 2.0;
            next = moved(&fit, &step, share);
            next_loss = penalised_loss(design, &next);
        }
        // A sum over thousands of rows is not exact: what falls by less than its error does not fall.
        if largest < TOLERANCE || next_loss > loss - loss * f64::EPSILON * 16.0 {
            fit.covariance = Newton::at(design, &fit).covariance().ok_or(FitError::Singular)?;
            return Ok(fit);
        }
        (fit, loss) = (next, next_loss);
    }
    Err(FitError::Steps { steps: STEPS })
}

fn check(design: &Design<'_>) -> Result<(), FitError> {
    let (rows, columns) = (design.positive.len(), design.penalties.len());
    let fits = design.values.len() == rows * columns
        && design.group.len() == rows
        && design.group.iter().all(|group| *group < design.groups);
    let shape =
        FitError::Shape { rows, columns, values: design.values.len(), groups: design.group.len() };
    if fits { Ok(()) } else { Err(shape) }
}

fn moved(fit: &Fit, (columns, groups): &(Vec<f64>, Vec<f64>), share: f64) -> Fit {
    let add = |old: &[f64], step: &[f64]| -> Vec<f64> {
        old.iter().zip(step).map(|(old, step)| old - share * step).collect()
    };
    Fit {
        intercept: fit.intercept - share * columns[0],
        coefficients: add(&fit.coefficients, &columns[1..]),
        groups: add(&fit.groups, groups),
        covariance: Vec::new(),
    }
}

fn rows<'a>(design: &Design<'a>) -> impl Iterator<Item = (&'a [f64], usize, bool)> {
    let values = design.values.chunks_exact(design.penalties.len().max(1));
    values.zip(design.group).zip(design.positive).map(|((row, &group), &label)| (row, group, label))
}

fn penalised_loss(design: &Design<'_>, fit: &Fit) -> f64 {
    let penalty: f64 = design.penalties.iter().zip(&fit.coefficients).map(|(p, b)| p * b * b).sum();
    let groups: f64 = fit.groups.iter().map(|u| design.group_penalty * u * u).sum();
    let of_row = |(row, group, label): (&[f64], usize, bool)| {
        log_loss(fit.logit(row) + fit.groups[group], label)
    };
    rows(design).map(of_row).sum::<f64>() + 0.5 * (penalty + groups)
}

/// Minus the logarithm of the probability of what was seen; exact for large logits as well.
pub fn log_loss(logit: f64, positive: bool) -> f64 {
    let against = if positive { -logit } else { logit };
    against.max(0.0) + (-against.abs()).exp().ln_1p()
}

impl Newton {
    fn at(design: &Design<'_>, fit: &Fit) -> Self {
        let size = design.penalties.len() + 1;
        let mut at = Self {
            gradient: vec![0.0; size],
            hessian: vec![vec![0.0; size]; size],
            group_gradient: fit.groups.iter().map(|u| design.group_penalty * u).collect(),
            group_hessian: vec![design.group_penalty; design.groups],
            mixed: vec![vec![0.0; size]; design.groups],
        };
        let mut with_one = vec![1.0; size];
        for (row, group, label) in rows(design) {
            with_one[1..].copy_from_slice(row);
            at.add(&with_one, group, label, probability(fit.logit(row) + fit.groups[group]));
        }
        for (column, (penalty, b)) in design.penalties.iter().zip(&fit.coefficients).enumerate() {
            at.gradient[column + 1] += penalty * b;
            at.hessian[column + 1][column + 1] += penalty;
        }
        at
    }

    fn add(&mut self, row: &[f64], group: usize, label: bool, p: f64) {
        let (error, weight) = (p - f64::from(label), p * (1.0 - p));
        self.group_gradient[group] += error;
        self.group_hessian[group] += weight;
        for (i, x) in row.iter().enumerate() {
            self.gradient[i] += error * x;
            self.mixed[group][i] += weight * x;
            for (sum, y) in self.hessian[i][..=i].iter_mut().zip(row) {
                *sum += weight * x * y;
            }
        }
    }

    /// The step of intercept and columns, and of the groups; `None` where the Hessian is not positive definite.
    fn step(mut self) -> Option<(Vec<f64>, Vec<f64>)> {
        self.eliminate_groups();
        let columns = solve(self.hessian, self.gradient)?;
        let groups = self.mixed.iter().zip(&self.group_gradient).zip(&self.group_hessian);
        let groups = groups.map(|((mixed, gradient), hessian)| {
            let seen: f64 = mixed.iter().zip(&columns).map(|(x, step)| x * step).sum();
            (gradient - seen) / hessian
        });
        let groups = groups.collect();
        Some((columns, groups))
    }

    /// The inverse of the Hessian of intercept and columns, all groups' intercepts being free.
    fn covariance(mut self) -> Option<Vec<Vec<f64>>> {
        self.eliminate_groups();
        let size = self.gradient.len();
        let unit = |place: usize| (0..size).map(|other| f64::from(other == place)).collect();
        (0..size).map(|place| solve(self.hessian.clone(), unit(place))).collect()
    }

    fn eliminate_groups(&mut self) {
        let groups = self.mixed.iter().zip(&self.group_gradient).zip(&self.group_hessian);
        for ((mixed, gradient), hessian) in groups {
            for (i, x) in mixed.iter().enumerate() {
                self.gradient[i] -= x * gradient / hessian;
                for (sum, y) in self.hessian[i][..=i].iter_mut().zip(mixed) {
                    *sum -= x * y / hessian;
                }
            }
        }
    }
}

/// Solves a symmetric positive definite system, of which the lower triangle is given, by Cholesky's method.
fn solve(mut matrix: Vec<Vec<f64>>, mut side: Vec<f64>) -> Option<Vec<f64>> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    for i in 0..side.len() {
        let (above, below) = matrix.split_at_mut(i);
        let row = &mut below[0];
        for (j, other) in above.iter().enumerate() {
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let square = row[i] - dot(&row[..i], &row[..i]);
        if square.is_nan() || square <= 0.0 {
            return None;
        }
        row[i] = square.sqrt();
        side[i] = (side[i] - dot(&row[..i], &side[..i])) / row[i];
    }
    for i in (0..side.len()).rev() {
        side[i] /= matrix[i][i];
        for j in 0..i {
            side[j] -= matrix[i][j] * side[i];
        }
    }
    Some(side)
}

#[cfg(test)]
mod tests;
