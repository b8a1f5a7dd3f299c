//! Which fraction of the tumour's cells carries a variant: the cancer cell fraction (CCF) with an interval, from read
//! counts, purity and copy number.
//!
//! The posterior over a grid of CCFs from the binomial likelihood of the reads, as Landau et al. 2013 (Cell 152:714-726) and
//! McGranahan et al. 2015 (Sci Transl Med 7:283ra54), whose rule of the clonal variant is used: its 95 % interval reaches 1.
//! [`purity`](estimate_purity) is estimated from the variants where it is not known.

mod purity;

use serde::Serialize;
use thiserror::Error;

pub use purity::{Purity, PurityError, estimate_purity};

/// Points of the grid: CCFs of 0.01, 0.02 ... 1, as McGranahan et al. and Landau et al. have them.
const POINTS: usize = 100;

/// Posterior mass of the interval.
const MASS: f64 = 0.95;

/// CCF above which Landau et al. call a variant clonal, if it is so with more than one half of the mass.
const NEARLY_ALL: f64 = 0.95;

/// Chance that a base is read as another one (Phred 30): one wrong read must not refute a fraction of 1.
const READ_ERROR: f64 = 0.001;

/// Copies that no locus has; amplified oncogenes have a few hundred.
const TOO_MANY: f64 = 1000.0;

/// Reads and copies at the place of a variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Locus {
    /// Reads that carry the variant.
    pub alt_reads: u32,
    /// All reads.
    pub depth: u32,
    /// Copies in a tumour cell; fractions are allowed. `None`: not known, as many as in normal cells are assumed.
    pub total: Option<f64>,
    /// Copies of the rarer parental chromosome in a tumour cell. `None`: not known, any share of `total` is possible.
    pub minor: Option<f64>,
    /// Copies in a normal cell: 2, or 1 for X and Y of a man.
    pub normal: u32,
}

/// Whether all of the tumour's cells carry a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Clonality {
    /// The interval reaches 1.
    Clonal,
    /// It does not.
    Subclonal,
}

/// The fraction of the tumour's cells that carry a variant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CancerCellFraction {
    /// The most probable fraction, 0.01 to 1.
    pub ccf: f64,
    /// Least fraction of the 95 % interval of highest posterior density.
    pub lower: f64,
    /// Greatest fraction of that interval.
    pub upper: f64,
    /// Posterior probability that the fraction is above 0.95.
    pub probability_clonal: f64,
    /// By the interval.
    pub clonality: Clonality,
    /// The most probable number of copies that carry the variant in a cell that has it.
    pub multiplicity: u32,
    /// The copy number was not given; that of normal cells is assumed.
    pub assumed_copy_number: bool,
}

/// Why there is no fraction. The messages hold no value of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ClonalityError {
    /// No read covers the place.
    #[error("no read covers the variant; leave its clonality open, or count reads in the tumour")]
    NoReads,
    /// Impossible counts.
    #[error(
        "more reads carry the variant than cover it; expected no more than all of them; check which columns the counts are from"
    )]
    TooManyAlt,
    /// Impossible purity.
    #[error("the purity is not a fraction above 0, up to 1; give percentages as fractions")]
    Purity,
    /// All copies are lost.
    #[error(
        "the tumour has no copy of this locus, so its reads come from normal cells; check the copy number segment"
    )]
    NoCopies,
    /// Impossible copy numbers.
    #[error(
        "the copy numbers are not from 0 to {TOO_MANY}, or the minor allele's is more than half the total; give copies a cell, not a logarithm"
    )]
    CopyNumber,
}

/// The cancer cell fraction of the variant at `locus`, in a sample of which `purity` (above 0, up to 1) are tumour cells.
///
/// The share of reads expected of a variant in a fraction `c` of the tumour's cells, on `m` of a cell's copies:
/// `purity * c * m / (purity * total + (1 - purity) * normal)`. Prior: every `m` from 1 to the copies of the major allele is
/// as likely; on one copy every fraction of the grid is as likely; on more copies the variant is older than the gain, which
/// all tumour cells have, so the fraction is 1 (as in ABSOLUTE, Carter et al. 2012, Nat Biotechnol 30:413-421). So the
/// fraction never falls as the share of reads rises.
pub fn cancer_cell_fraction(
    locus: &Locus,
    purity: f64,
) -> Result<CancerCellFraction, ClonalityError> {
    let copies = Copies::of(locus, purity)?;
    let by_fraction = (1..=POINTS).map(|point| {
        let share = copies.share(fraction(point), 1);
        log_likelihood(locus, share) - (POINTS as f64).ln()
    });
    let by_multiplicity = (2..=copies.major).map(|m| log_likelihood(locus, copies.share(1.0, m)));
    let logs: Vec<f64> = by_fraction.chain(by_multiplicity).collect();
    let posterior = normalised(&logs);
    let (one_copy, more) = posterior.split_at(POINTS);
    let multiplicity = (2..).zip(more).fold(
        (1, one_copy.iter().sum()),
        |best: (u32, f64), (m, &p)| {
            if p > best.1 { (m, p) } else { best }
        },
    );
    let mut grid = one_copy.to_vec();
    grid[POINTS - 1] += more.iter().sum::<f64>();
    let ranked = ranked(&grid);
    let (lower, upper) = densest(&grid, &ranked);
    let nearly_all = (1..).zip(&grid).filter(|&(point, _)| fraction(point) > NEARLY_ALL);
    Ok(CancerCellFraction {
        ccf: fraction(ranked[0]),
        lower: fraction(lower),
        upper: fraction(upper),
        probability_clonal: nearly_all.map(|(_, p)| p).sum::<f64>().min(1.0),
        clonality: if upper == POINTS { Clonality::Clonal } else { Clonality::Subclonal },
        multiplicity: multiplicity.0,
        assumed_copy_number: locus.total.is_none(),
    })
}

/// Copies at a locus, checked.
struct Copies {
    purity: f64,
    /// Copies in all cells, tumour and normal, a cell.
    mean: f64,
    /// Copies of the major allele, at least 1.
    major: u32,
}

impl Copies {
    fn of(locus: &Locus, purity: f64) -> Result<Self, ClonalityError> {
        let &Locus { alt_reads, depth, minor, .. } = locus;
        if depth == 0 {
            return Err(ClonalityError::NoReads);
        }
        if alt_reads > depth {
            return Err(ClonalityError::TooManyAlt);
        }
        if !(purity > 0.0 && purity <= 1.0) {
            return Err(ClonalityError::Purity);
        }
        let (total, minor) = match locus.total {
            Some(total) => (total, minor),
            None => (f64::from(locus.normal), Some(f64::from(locus.normal / 2))),
        };
        // Fractions of copies come of means over cells: half a copy of tolerance.
        let usable = (0.0..TOO_MANY).contains(&total)
            && minor.is_none_or(|minor| minor >= 0.0 && minor <= total / 2.0 + 0.5);
        if !usable {
            return Err(ClonalityError::CopyNumber);
        }
        if total.round() < 1.0 {
            return Err(ClonalityError::NoCopies);
        }
        let major = (total - minor.unwrap_or(0.0)).round().max(1.0) as u32;
        let mean = purity * total + (1.0 - purity) * f64::from(locus.normal);
        Ok(Self { purity, mean, major })
    }

    /// Expected share of reads that carry a variant on `multiplicity` copies of a fraction of the tumour's cells.
    fn share(&self, fraction: f64, multiplicity: u32) -> f64 {
        let share = (self.purity * fraction * f64::from(multiplicity) / self.mean).min(1.0);
        share * (1.0 - READ_ERROR) + (1.0 - share) * READ_ERROR / 3.0
    }
}

/// Logarithm of the binomial likelihood, without its constant.
fn log_likelihood(locus: &Locus, share: f64) -> f64 {
    let reference = locus.depth - locus.alt_reads;
    f64::from(locus.alt_reads) * share.ln() + f64::from(reference) * (1.0 - share).ln()
}

/// The fraction at a point of the grid, 1 to [`POINTS`].
fn fraction(point: usize) -> f64 {
    point as f64 / POINTS as f64
}

/// Probabilities of their logarithms, which lack a common constant.
fn normalised(logs: &[f64]) -> Vec<f64> {
    let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let masses: Vec<f64> = logs.iter().map(|log| (log - highest).exp()).collect();
    let all: f64 = masses.iter().sum();
    masses.iter().map(|mass| mass / all).collect()
}

/// The points of the grid (1 to [`POINTS`]), the most probable first, of equal ones the greatest.
fn ranked(grid: &[f64]) -> Vec<usize> {
    let mut points: Vec<usize> = (1..=grid.len()).collect();
    points.sort_by(|&a, &b| grid[b - 1].total_cmp(&grid[a - 1]).then(b.cmp(&a)));
    points
}

/// First and last point of the fewest that hold [`MASS`].
fn densest(grid: &[f64], ranked: &[usize]) -> (usize, usize) {
    let mut mass = 0.0;
    let (mut first, mut last) = (ranked[0], ranked[0]);
    for &point in ranked {
        if mass >= MASS {
            break;
        }
        mass += grid[point - 1];
        (first, last) = (first.min(point), last.max(point));
    }
    (first, last)
}

#[cfg(test)]
mod tests;
