//! A linear program over a box, by the dual simplex method on a dense table.
//!
//! Maximise `gain · x` under rows `coefficients · x <= most` and `lower <= x <= upper`. Every column has finite bounds, so each
//! table is dual feasible once its columns stand at the bound that their reduced gain asks for: rows may be added and bounds
//! changed at any time, and the method goes on from where it is.
//!
//! What comes out is never taken from the table, which rounding wears: it only gives the multipliers. For any multipliers
//! `y >= 0` of the rows, `y · most + max over the box of (gain - y · coefficients) · x` is a bound by weak duality, computed anew
//! from the rows as they were given (Neumaier and Shcherbina, Math. Program. 99:283, 2004). With no gain a bound below zero
//! proves that no point keeps the rows.

/// `coefficients · x <= most`.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) coefficients: Vec<f64>,
    pub(super) most: f64,
    /// Whether it may be dropped where it does not bind.
    pub(super) cut: bool,
}

/// A column: what a unit of it gains, and its bounds.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) gain: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// A bound with the reduced gains of the columns that it rests on.
pub(super) struct Bound {
    pub(super) value: f64,
    pub(super) reduced: Vec<f64>,
}

#[derive(Debug, Clone)]
pub(super) struct Program {
    gain: Vec<f64>,
    /// Of the columns, then of the slacks of the rows.
    lower: Vec<f64>,
    upper: Vec<f64>,
    rows: Vec<Row>,
    /// Each basic variable as `level - table · (change of the others)`.
    table: Vec<Vec<f64>>,
    basic: Vec<usize>,
    level: Vec<f64>,
    /// The variables that are not basic, their values and reduced gains.
    others: Vec<usize>,
    at: Vec<f64>,
    cost: Vec<f64>,
}

/// Rounding that is let pass in levels, gains and pivots.
const LEVEL: f64 = 1e-10;
const PIVOT: f64 = 1e-9;
const SOUND: f64 = 1e-8;
const LOSS: f64 = 1e-13;
/// Exchanges without loss before the lowest numbers go first.
const IDLE: usize = 60;

impl Program {
    /// A program without rows.
    pub(super) fn new(columns: &[Column]) -> Self {
        let gain: Vec<f64> = columns.iter().map(|column| column.gain).collect();
        let at = |column: &Column| if column.gain > 0.0 { column.upper } else { column.lower };
        Self {
            lower: columns.iter().map(|column| column.lower).collect(),
            upper: columns.iter().map(|column| column.upper).collect(),
            rows: Vec::new(),
            table: Vec::new(),
            basic: Vec::new(),
            level: Vec::new(),
            others: (0..gain.len()).collect(),
            at: columns.iter().map(at).collect(),
            cost: gain.clone(),
            gain,
        }
    }

    /// Begins anew with the same rows.
    pub(super) fn renew(&mut self) {
        let column =
            |at| Column { gain: self.gain[at], lower: self.lower[at], upper: self.upper[at] };
        let columns: Vec<Column> = (0..self.gain.len()).map(column).collect();
        let rows = std::mem::take(&mut self.rows);
        *self = Self::new(&columns);
        for row in rows {
            self.add(row);
        }
    }

    /// Whether the table says what the rows say, but for rounding.
    pub(super) fn sound(&self, bound: &Bound) -> bool {
        let columns = self.gain.len();
        let values = self.values();
        let sum = |row: &Row| dot(&row.coefficients, &values);
        self.basic.iter().zip(&self.level).all(|(&variable, level)| {
            variable < columns || {
                let row = &self.rows[variable - columns];
                (row.most - sum(row) - level).abs() < SOUND
            }
        }) && self.others.iter().zip(&self.cost).all(|(&variable, cost)| {
            variable >= columns || (bound.reduced[variable] - cost).abs() < SOUND
        })
    }

    pub(super) fn add(&mut self, row: Row) {
        let values = self.values();
        let level = row.most - dot(&row.coefficients, &values);
        let columns = self.gain.len();
        let coefficient =
            |&other: &usize| if other < columns { row.coefficients[other] } else { 0.0 };
        let mut line: Vec<f64> = self.others.iter().map(coefficient).collect();
        for (basic, table) in self.basic.iter().zip(&self.table) {
            let by = if *basic < columns { row.coefficients[*basic] } else { 0.0 };
            if by != 0.0 {
                line.iter_mut().zip(table).for_each(|(line, table)| *line -= by * table);
            }
        }
        self.table.push(line);
        self.level.push(level);
        self.basic.push(columns + self.rows.len());
        self.lower.push(0.0);
        self.upper.push(f64::INFINITY);
        self.rows.push(row);
    }

    /// The value of each column.
    pub(super) fn values(&self) -> Vec<f64> {
        let mut values = self.lower[..self.gain.len()].to_vec();
        let here = self.others.iter().zip(&self.at).chain(self.basic.iter().zip(&self.level));
        for (&variable, &value) in here {
            if variable < values.len() {
                values[variable] = value;
            }
        }
        values
    }

    /// Fixes a column.
    pub(super) fn fix(&mut self, column: usize, value: f64) {
        (self.lower[column], self.upper[column]) = (value, value);
        if let Some(place) = self.others.iter().position(|&other| other == column) {
            self.shift(place, value - self.at[place]);
        }
    }

    fn shift(&mut self, place: usize, by: f64) {
        if by != 0.0 {
            self.at[place] += by;
            let lines = self.level.iter_mut().zip(&self.table);
            lines.for_each(|(level, line)| *level -= line[place] * by);
        }
    }

    /// Takes columns that are fixed into the right sides, and drops cuts that do not bind.
    pub(super) fn shrink(&mut self) {
        for place in (0..self.others.len()).rev() {
            let variable = self.others[place];
            if variable < self.gain.len() && self.upper[variable] <= self.lower[variable] {
                self.others.swap_remove(place);
                self.at.swap_remove(place);
                self.cost.swap_remove(place);
                self.table.iter_mut().for_each(|line| _ = line.swap_remove(place));
            }
        }
        for line in (0..self.basic.len()).rev() {
            let Some(row) = self.basic[line].checked_sub(self.gain.len()) else { continue };
            if self.rows[row].cut && self.level[line] > LEVEL {
                self.basic.swap_remove(line);
                self.level.swap_remove(line);
                self.table.swap_remove(line);
                self.forget(row);
            }
        }
    }

    /// Takes a row out whose slack is in no table; the last row gets its number.
    fn forget(&mut self, row: usize) {
        let (gone, last) = (self.gain.len() + row, self.gain.len() + self.rows.len() - 1);
        self.rows.swap_remove(row);
        self.lower.swap_remove(gone);
        self.upper.swap_remove(gone);
        let renamed = self.basic.iter_mut().chain(&mut self.others).filter(|v| **v == last);
        renamed.for_each(|variable| *variable = gone);
    }

    /// Goes on to the best point, for so many exchanges at the most; false where no point keeps the rows, which is proved.
    pub(super) fn solve(&mut self, exchanges: usize) -> bool {
        // Exchanges in a row that cost no gain: they may go round in circles, which the lowest number first prevents (Bland).
        let mut idle = 0;
        for _ in 0..exchanges {
            let Some((line, upwards)) = self.leaving(idle > IDLE) else { return true };
            let Some((place, loss)) = self.entering(line, upwards, idle > IDLE) else {
                return !self.barren(line, upwards);
            };
            idle = if loss > LOSS { 0 } else { idle + 1 };
            let variable = self.basic[line];
            let bound = if upwards { self.lower[variable] } else { self.upper[variable] };
            self.exchange(line, place, bound);
        }
        true
    }

    /// The basic variable furthest outside its bounds, or the first, and whether it must rise.
    fn leaving(&self, first: bool) -> Option<(usize, bool)> {
        let mut best: Option<(f64, usize, bool)> = None;
        for (line, (&variable, &level)) in self.basic.iter().zip(&self.level).enumerate() {
            let below = self.lower[variable] - level;
            let outside = below.max(level - self.upper[variable]);
            let better = |&(most, other, _): &(f64, usize, bool)| {
                if first { variable < self.basic[other] } else { outside > most }
            };
            if outside > LEVEL && best.as_ref().is_none_or(better) {
                best = Some((outside, line, below > 0.0));
            }
        }
        best.map(|(_, line, upwards)| (line, upwards))
    }

    /// The variable that moves a basic one towards its bound at the least loss of gain, and that loss a unit.
    fn entering(&self, line: usize, upwards: bool, first: bool) -> Option<(usize, f64)> {
        let mut best: Option<(f64, f64, usize)> = None;
        for (place, &entry) in self.table[line].iter().enumerate() {
            let variable = self.others[place];
            let (lower, upper) = (self.lower[variable], self.upper[variable]);
            // Rising by one lowers the basic variable by the entry.
            let rises = (entry < 0.0) == upwards;
            let blocked = if rises { self.at[place] >= upper } else { self.at[place] <= lower };
            if entry.abs() < PIVOT || upper <= lower || blocked {
                continue;
            }
            let ratio = self.cost[place].abs() / entry.abs();
            let better = |&(least, size, other): &(f64, f64, usize)| {
                let equal = (ratio - least).abs() <= LOSS;
                let before = if first { variable < self.others[other] } else { entry.abs() > size };
                if equal { before } else { ratio < least }
            };
            if best.as_ref().is_none_or(better) {
                best = Some((ratio, entry.abs(), place));
            }
        }
        best.map(|(ratio, _, place)| (place, ratio))
    }

    fn exchange(&mut self, line: usize, place: usize, bound: f64) {
        let pivot = self.table[line][place];
        let change = (self.level[line] - bound) / pivot;
        let entered = self.at[place] + change;
        self.shift(place, change);
        let mut row = std::mem::take(&mut self.table[line]);
        row[place] = 1.0;
        for entry in &mut row {
            *entry /= pivot;
        }
        for other in self.table.iter_mut().filter(|other| !other.is_empty()) {
            let by = std::mem::take(&mut other[place]);
            if by != 0.0 {
                other.iter_mut().zip(&row).for_each(|(entry, row)| *entry -= by * row);
            }
        }
        let by = std::mem::take(&mut self.cost[place]);
        self.cost.iter_mut().zip(&row).for_each(|(cost, row)| *cost -= by * row);
        self.table[line] = row;
        self.level[line] = entered;
        self.at[place] = bound;
        std::mem::swap(&mut self.basic[line], &mut self.others[place]);
    }

    /// The bound that the reduced gains of the table prove.
    pub(super) fn bound(&self) -> Bound {
        let mut multipliers = vec![0.0; self.rows.len()];
        for (&variable, &cost) in self.others.iter().zip(&self.cost) {
            if let Some(row) = variable.checked_sub(self.gain.len()) {
                multipliers[row] = (-cost).max(0.0);
            }
        }
        self.proved(&multipliers, self.gain.clone())
    }

    /// Whether the rows combined to a line of the table prove that no point keeps them.
    fn barren(&self, line: usize, upwards: bool) -> bool {
        let mut multipliers = vec![0.0; self.rows.len()];
        let sign = if upwards { 1.0 } else { -1.0 };
        let here = self.others.iter().copied().zip(self.table[line].iter().copied());
        for (variable, entry) in here.chain([(self.basic[line], 1.0)]) {
            if let Some(row) = variable.checked_sub(self.gain.len()) {
                multipliers[row] = (sign * entry).max(0.0);
            }
        }
        self.proved(&multipliers, vec![0.0; self.gain.len()]).value < -LEVEL
    }

    /// The bound by weak duality.
    fn proved(&self, multipliers: &[f64], mut reduced: Vec<f64>) -> Bound {
        let mut value = 0.0;
        for (row, &by) in self.rows.iter().zip(multipliers).filter(|(_, by)| **by > 0.0) {
            value += by * row.most;
            reduced.iter_mut().zip(&row.coefficients).for_each(|(gain, a)| *gain -= by * a);
        }
        for (column, gain) in reduced.iter().enumerate() {
            value += (gain * self.lower[column]).max(gain * self.upper[column]);
        }
        Bound { value, reduced }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
