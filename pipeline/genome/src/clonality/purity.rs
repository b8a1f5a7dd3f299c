//! The fraction of tumour cells in a sample, from the variants alone.

use serde::Serialize;
use thiserror::Error;

use super::Locus;

/// Copies of a diploid locus.
const DIPLOID: f64 = 2.0;

/// Reads below which a share of reads says little.
const LEAST_DEPTH: u32 = 20;

/// Reads of the variant below which it may be an error.
const LEAST_ALT: u32 = 3;

/// Variants below which no cluster is seen.
const LEAST_VARIANTS: usize = 10;

/// Points of the density, over angles of 0 to a right one.
const POINTS: usize = 500;

/// A peak counts if it is this high, of the highest one.
const HEIGHT: f64 = 1.0 / 3.0;

/// Standard errors around a peak that belong to its cluster, and times that the cluster is found again from its mean.
const REACH: f64 = 2.0;
const ROUNDS: usize = 5;

/// Standard deviations on either side of a normal distribution's mean that hold 95 %.
const NORMAL_95: f64 = 1.96;

/// An estimate; a purity of pathology or of a copy number program is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Purity {
    /// Fraction of tumour cells, above 0, up to 1.
    pub purity: f64,
    /// Lower end of the 95 % interval of the cluster's mean: of the reads, not of the assumption that the cluster is clonal.
    pub lower: f64,
    /// Upper end of that interval.
    pub upper: f64,
    /// Variants of the cluster.
    pub variants: usize,
    /// Always: it was not measured.
    pub estimated: bool,
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PurityError {
    /// Too few variants.
    #[error(
        "{found} single-base variants on two copies, with at least {LEAST_DEPTH} reads and {LEAST_ALT} of the variant; expected {LEAST_VARIANTS} to estimate the purity; give the purity of pathology or of a copy number program"
    )]
    TooFew {
        /// Those that there are.
        found: usize,
    },
}

/// Twice the share of reads of the clonal variants on one of two copies: `share = purity / 2`.
///
/// `loci` are of single-base variants that passed their filters. Those are used whose copy number is 2, with 1 of the minor
/// allele, or not known. The clonal ones are the cluster with the greatest share of reads among those that are high enough:
/// of the shares' density the last peak of at least a third of the highest one's height. Unknown losses of heterozygosity can
/// pass for that cluster.
pub fn estimate_purity(loci: &[Locus]) -> Result<Purity, PurityError> {
    let used: Vec<&Locus> = loci.iter().filter(|locus| usable(locus)).collect();
    if used.len() < LEAST_VARIANTS {
        return Err(PurityError::TooFew { found: used.len() });
    }
    let mut share = last_peak(&density(&used));
    let mut cluster = Vec::new();
    for _ in 0..ROUNDS {
        cluster = used.iter().copied().filter(|locus| near(locus, share)).collect();
        let sum = |count: fn(&Locus) -> u32| {
            cluster.iter().map(|&locus| f64::from(count(locus))).sum::<f64>()
        };
        let depth = sum(|locus| locus.depth);
        if depth > 0.0 {
            share = sum(|locus| locus.alt_reads) / depth;
        }
    }
    let depth: f64 = cluster.iter().map(|locus| f64::from(locus.depth)).sum();
    let error = NORMAL_95 * standard_error(share, depth.max(1.0));
    let purity = |share: f64| (DIPLOID * share).clamp(f64::MIN_POSITIVE, 1.0);
    Ok(Purity {
        purity: purity(share),
        lower: purity(share - error),
        upper: purity(share + error),
        variants: cluster.len(),
        estimated: true,
    })
}

fn usable(locus: &Locus) -> bool {
    let is = |copies: Option<f64>, number: f64| {
        copies.is_none_or(|copies| (copies - number).abs() < 0.5)
    };
    (locus.alt_reads..=u32::MAX).contains(&locus.depth)
        && locus.depth >= LEAST_DEPTH
        && locus.alt_reads >= LEAST_ALT
        && locus.normal == 2
        && is(locus.total, DIPLOID)
        && is(locus.minor, DIPLOID / 2.0)
}

fn share_of(locus: &Locus) -> f64 {
    f64::from(locus.alt_reads) / f64::from(locus.depth)
}

fn near(locus: &Locus, share: f64) -> bool {
    (share_of(locus) - share).abs() <= REACH * standard_error(share, f64::from(locus.depth))
}

fn standard_error(share: f64, depth: f64) -> f64 {
    (share * (1.0 - share) / depth).sqrt()
}

/// The density of the shares at `POINTS` + 1 points: of the angles whose squared sine they are, since there the binomial error
/// of a share depends on its depth alone (Anscombe 1948, Biometrika 35:246-254), so that peaks of few and of many reads
/// compare. The kernel is normal.
fn density(loci: &[&Locus]) -> Vec<f64> {
    let at = |point: usize| {
        let kernel = |locus: &&Locus| {
            let width = 1.0 / (2.0 * f64::from(locus.depth).sqrt());
            let distance = (angle(point) - share_of(locus).sqrt().asin()) / width;
            (-distance.powi(2) / 2.0).exp() / width
        };
        loci.iter().map(kernel).sum()
    };
    (0..=POINTS).map(at).collect()
}

fn angle(point: usize) -> f64 {
    std::f64::consts::FRAC_PI_2 * point as f64 / POINTS as f64
}

/// The share at the last peak.
fn last_peak(density: &[f64]) -> f64 {
    let highest = density.iter().copied().fold(0.0, f64::max);
    let is_peak = |&at: &usize| {
        let side = |at: Option<usize>| at.and_then(|at| density.get(at)).copied().unwrap_or(0.0);
        density[at] >= HEIGHT * highest
            && density[at] >= side(at.checked_sub(1))
            && density[at] > side(Some(at + 1))
    };
    angle((0..density.len()).rev().find(is_peak).unwrap_or(0)).sin().powi(2)
}
