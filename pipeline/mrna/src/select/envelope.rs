//! Planes above the probability that a cell is hit: what a linear program can take for it.
//!
//! With odds `r = p / (1 - p)` and `w = -ln(1 - p)` of each antigen, the cell is missed with probability
//! `exp(-sum w) E`, where `E` is the sum of the products of the odds of all sets of fewer than k antigens taken. A plane
//! `offset + slopes · x` is above the probability of a hit for every set that is still open, because:
//!
//! 1. The odds taken are cut into pieces by their sum. Every set lies in one; the offset is the highest that any asks for.
//! 2. In a piece `E >= l(x)`, linear. Let `M(x)` be `E` as the polynomial in `r_i x_i`. Its second derivatives are `r_i r_j` times
//!    the sum, over the sets U of fewer than k - 2 antigens without i and j, of the products of `r x` in U; none where i = j. Were
//!    the sum there for i = j as well, the matrix would be the sum over U of `prod(r x) u u'`, where u has `r_i` for the i outside
//!    U: positive semidefinite. So `M(x) + sum c_i (x_i^2 - x_i)` is convex in the piece as soon as `2 c_i` is at least `r_i^2`
//!    times the highest of such sums, itself at most the sum over j < k - 2 of (sum of odds)^j / j!. It lies above its
//!    tangents, and at the corners of the box it is `E`. For k of one and two, `E` is linear itself.
//! 3. `ln l` is concave, so above its chord between the lowest and highest `l` of the piece: `-ln(miss) <= t(x)`, linear.
//! 4. `1 - exp(-t)` is concave, so under any of its tangents `1 - z + z (t + ln z)`. What that is above the plane is linear in x, and
//!    its highest value over the piece a fractional knapsack.
//!
//! Pieces whose sets are all hit less than is asked for are left aside.
//!
//! Whatever the slopes, the offset makes the plane a bound; the choice of slopes only makes it a good one.

/// The probability of a hit is at most `offset + slopes · x`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) offset: f64,
    pub(super) slopes: Vec<f64>,
}

impl Plane {
    pub(super) fn at(&self, x: &[f64]) -> f64 {
        self.offset + dot(&self.slopes, x)
    }
}

/// A cell with the antigens that are in and those still open.
pub(super) struct Envelope {
    responses: usize,
    /// The elementary symmetric sums, 0 to k - 1, of the odds of those that are in; the sums of their odds and weights.
    base: Vec<f64>,
    odds_in: f64,
    weight_in: f64,
    /// Of those open.
    odds: Vec<f64>,
    weights: Vec<f64>,
    /// The most odds that can still be added.
    most: f64,
    /// Sets that are hit less are not asked for.
    least: f64,
    /// What those that are in, and each of those open, are more probable than they are taken for.
    more_in: f64,
    more: Vec<f64>,
}

/// A piece: the odds added are between two sums, and there `-ln(miss) <= constant + slopes · x`.
struct Piece {
    from: f64,
    to: f64,
    constant: f64,
    slopes: Vec<f64>,
    /// That bound where the piece is likeliest.
    centre: f64,
    /// Whether a set in it may be hit enough.
    asked: bool,
}

/// Antigens that are more certain are taken for this: their odds are finite. What they are hit more is added to the plane.
const CERTAIN: f64 = 1.0 - 1e-6;

/// Rounding of a sum, beside the sum of its terms' sizes.
const ROUNDING: f64 = 1e-14;

/// The pieces end where the sum of odds and one is this far, in logarithms, from the point asked for.
const ENDS: [f64; 6] = [0.02, 0.1, 0.3, 0.8, 2.0, 4.0];

/// The most pieces, and the width, in shares of the sum of odds and one, under which none is cut.
const PIECES: usize = 40;
const NARROW: f64 = 0.02;

/// Tangents tried in a piece.
const TANGENTS: usize = 8;

impl Envelope {
    /// `inside`, `open`: probabilities; `room`: how many of the open can be added; `least`: what a set must be hit.
    pub(super) fn new(
        responses: usize,
        inside: &[f64],
        open: &[f64],
        room: usize,
        least: f64,
    ) -> Self {
        let odds = |p: &f64| p.min(CERTAIN) / (1.0 - p.min(CERTAIN));
        let more = |p: &f64| (p - CERTAIN).max(0.0);
        let weight = |p: &f64| -(-p.min(CERTAIN)).ln_1p();
        let mut base = vec![0.0; responses];
        base[0] = 1.0;
        for p in inside {
            multiply(&mut base, odds(p));
        }
        let open_odds: Vec<f64> = open.iter().map(odds).collect();
        let mut sorted = open_odds.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let more_in: f64 = inside.iter().map(more).sum();
        let more: Vec<f64> = open.iter().map(more).collect();
        Self {
            responses,
            base,
            odds_in: inside.iter().map(odds).sum(),
            weight_in: inside.iter().map(weight).sum(),
            weights: open.iter().map(weight).collect(),
            odds: open_odds,
            most: sorted.iter().take(room).sum(),
            least: least - more_in - more.iter().sum::<f64>(),
            more_in,
            more,
        }
    }

    /// A plane that is low at `x`, the shares of those open that are taken.
    pub(super) fn plane(&self, x: &[f64]) -> Plane {
        let x: Vec<f64> = x.iter().map(|share| share.clamp(0.0, 1.0)).collect();
        let (mut pieces, here) = self.pieces(&x);
        let slopes = |piece: &Piece| {
            let tangent = (-piece.centre).exp();
            piece.slopes.iter().map(|slope| slope * tangent).collect::<Vec<f64>>()
        };
        let references: Vec<(f64, Vec<f64>)> =
            pieces[here..].iter().map(|piece| (piece.to, slopes(piece))).collect();
        let mut best = Plane { offset: 1.0, slopes: vec![0.0; x.len()] };
        for (to, slopes) in references {
            let (offset, highest) = self.offset(&mut pieces, &x, &slopes);
            let plane = Plane { offset, slopes };
            let value = plane.at(&x);
            if value.is_finite() && value < best.at(&x) {
                best = plane;
            }
            if highest <= to {
                break;
            }
        }
        best.offset += self.more_in;
        best.slopes.iter_mut().zip(&self.more).for_each(|(slope, more)| *slope += more);
        best
    }

    /// The highest that a piece is above `slopes · x`, and where it ends. The highest is cut in two again and again.
    fn offset(&self, pieces: &mut Vec<Piece>, x: &[f64], slopes: &[f64]) -> (f64, f64) {
        let added = dot(&self.odds, x);
        let mut heights: Vec<f64> = pieces.iter().map(|piece| self.height(piece, slopes)).collect();
        loop {
            let highest = (0..pieces.len()).max_by(|&a, &b| heights[a].total_cmp(&heights[b]));
            let Some(at) = highest else { return (1.0, 0.0) };
            let Piece { from, to, .. } = pieces[at];
            let lowest = heights[at].is_infinite();
            if lowest || pieces.len() >= PIECES || to - from <= NARROW * (1.0 + self.odds_in + from)
            {
                return (heights[at], to);
            }
            let middle = f64::midpoint(from, to);
            let halves =
                [(from, middle), (middle, to)].map(|(from, to)| self.piece(from, to, x, added));
            heights.splice(at..=at, halves.iter().map(|half| self.height(half, slopes)));
            pieces.splice(at..=at, halves);
        }
    }

    /// The pieces, and which of them `x` lies in.
    fn pieces(&self, x: &[f64]) -> (Vec<Piece>, usize) {
        let added = dot(&self.odds, x);
        let base = 1.0 + self.odds_in;
        let ends = ENDS.iter().flat_map(|end| [-end, *end]);
        let mut ends: Vec<f64> = ends
            .map(|end| (base + added) * end.exp() - base)
            .filter(|end| self.responses > 1 && *end > 0.0 && *end < self.most)
            .chain([0.0, self.most])
            .collect();
        ends.sort_by(f64::total_cmp);
        let pieces: Vec<Piece> =
            ends.windows(2).map(|ends| self.piece(ends[0], ends[1], x, added)).collect();
        let here = pieces.iter().position(|piece| added <= piece.to);
        let here = here.unwrap_or(pieces.len() - 1);
        (pieces, here)
    }

    fn piece(&self, from: f64, to: f64, x: &[f64], added: f64) -> Piece {
        let middle = self.between(x, added, added.clamp(from, to));
        let (constant, slopes) = if self.responses == 1 {
            (self.weight_in, self.weights.clone())
        } else {
            self.chord(from, to, &middle)
        };
        let centre = constant + dot(&slopes, &middle);
        let highest = constant + dot(&slopes, &self.knapsack(&slopes, from, to));
        let asked = 1.0 - (-highest).exp() >= self.least;
        Piece { from, to, constant, slopes, centre, asked }
    }

    /// `x` drawn towards nothing or everything until the odds added are `wanted`.
    fn between(&self, x: &[f64], added: f64, wanted: f64) -> Vec<f64> {
        if wanted <= added {
            let by = if added > 0.0 { wanted / added } else { 0.0 };
            x.iter().map(|x| x * by).collect()
        } else {
            let all: f64 = self.odds.iter().sum();
            let by = ((wanted - added) / (all - added)).min(1.0);
            x.iter().map(|x| x + by * (1.0 - x)).collect()
        }
    }

    /// Steps 2 and 3: constant and slopes of the bound of `-ln(miss)`.
    fn chord(&self, from: f64, to: f64, x: &[f64]) -> (f64, Vec<f64>) {
        let (constant, slopes) = self.tangent(to, x);
        let highest = constant + dot(&slopes, &self.knapsack(&slopes, from, to));
        let opposite: Vec<f64> = slopes.iter().map(|slope| -slope).collect();
        let lowest = constant + dot(&slopes, &self.knapsack(&opposite, from, to));
        // What is in, and one of those added beside fewer than k - 1 of it.
        let without: f64 = self.base[..self.responses - 1].iter().sum();
        let floor = self.base.iter().sum::<f64>() + from * without;
        let lowest = lowest.max(floor);
        let highest = highest.max(lowest);
        let steep = if highest > lowest * (1.0 + 1e-9) {
            (highest.ln() - lowest.ln()) / (highest - lowest)
        } else {
            1.0 / highest
        };
        let slope = |(weight, slope): (&f64, &f64)| weight - steep * slope;
        let constant = self.weight_in - lowest.ln() - steep * (constant - lowest);
        (constant, self.weights.iter().zip(&slopes).map(slope).collect())
    }

    /// Constant and slopes of a linear function below `E` where the odds added are at most `most`.
    fn tangent(&self, most: f64, x: &[f64]) -> (f64, Vec<f64>) {
        let k = self.responses;
        let mut curvature = 0.0;
        for inside in 0..k.saturating_sub(2) {
            let (mut term, mut sum) = (1.0, 1.0);
            for more in 1..k - 2 - inside {
                term *= most / more as f64;
                sum += term;
            }
            curvature += self.base[inside] * sum / 2.0;
        }
        // The symmetric sums of those before each place, those that are in among them, and of those behind it.
        let mut before = vec![self.base.clone()];
        for (odds, x) in self.odds.iter().zip(x) {
            let mut next = before[before.len() - 1].clone();
            multiply(&mut next, odds * x);
            before.push(next);
        }
        let mut constant = before[before.len() - 1].iter().sum::<f64>();
        let mut behind = vec![0.0; k];
        behind[0] = 1.0;
        let mut slopes = vec![0.0; x.len()];
        for place in (0..x.len()).rev() {
            let (odds, x) = (self.odds[place], x[place]);
            let mut others = 0.0;
            let mut up_to = 0.0;
            for (few, behind) in behind[..k - 1].iter().enumerate() {
                up_to += behind;
                others += before[place][k - 2 - few] * up_to;
            }
            let bend = curvature * odds * odds;
            slopes[place] = odds * others + bend * (2.0 * x - 1.0);
            constant += bend * (x * x - x) - slopes[place] * x;
            multiply(&mut behind, odds * x);
        }
        let terms = before[before.len() - 1].iter().chain(&slopes).map(|term| term.abs());
        (constant - ROUNDING * terms.sum::<f64>(), slopes)
    }

    /// Step 4: how far a piece is above `slopes · x` at the most.
    fn height(&self, piece: &Piece, slopes: &[f64]) -> f64 {
        if !piece.asked {
            return f64::NEG_INFINITY;
        }
        let mut least = f64::INFINITY;
        let (mut low, mut high) = (None, None);
        let mut point = piece.centre;
        for _ in 0..TANGENTS {
            let z = (-point).exp();
            let gains: Vec<f64> = piece.slopes.iter().zip(slopes).map(|(a, b)| z * a - b).collect();
            let best = self.knapsack(&gains, piece.from, piece.to);
            let height = 1.0 - z + z * (piece.constant - point) + dot(&gains, &best);
            least = least.min(height);
            let there = piece.constant + dot(&piece.slopes, &best);
            if (there - point).abs() < 1e-6 {
                break;
            }
            if there > point {
                low = Some(point);
            } else {
                high = Some(point);
            }
            point = match (low, high) {
                (Some(low), Some(high)) => f64::midpoint(low, high),
                _ => there,
            };
        }
        least
    }

    /// The shares that add most gain, their odds between two sums.
    fn knapsack(&self, gains: &[f64], from: f64, to: f64) -> Vec<f64> {
        let mut shares: Vec<f64> =
            gains.iter().map(|gain| if *gain > 0.0 { 1.0 } else { 0.0 }).collect();
        let sum = dot(&shares, &self.odds);
        // Those that gain least for their odds go out, or those that lose least come in.
        let out = sum > to;
        let mut excess = if out { sum - to } else { from - sum };
        if excess <= 0.0 {
            return shares;
        }
        let per_odds = |&i: &usize| gains[i].abs() / self.odds[i];
        let mut order: Vec<usize> =
            (0..gains.len()).filter(|&i| (gains[i] > 0.0) == out && self.odds[i] > 0.0).collect();
        order.sort_unstable_by(|a, b| per_odds(a).total_cmp(&per_odds(b)).then(a.cmp(b)));
        for place in order {
            let share = (excess / self.odds[place]).min(1.0);
            shares[place] = if out { 1.0 - share } else { share };
            excess -= share * self.odds[place];
            if excess <= 0.0 {
                break;
            }
        }
        shares
    }
}

/// One more factor `1 + odds t` of the polynomial whose coefficients are the symmetric sums.
fn multiply(sums: &mut [f64], odds: f64) {
    for place in (1..sums.len()).rev() {
        sums[place] += sums[place - 1] * odds;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
