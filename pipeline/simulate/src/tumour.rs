//! Purity, clones, copy numbers, HLA loss and reads of a tumour.
//!
//! Reads of a variant are binomial with the share that purity, copies and the clone's size let expect:
//! `purity * fraction * copies / (purity * total + (1 - purity) * 2)`.

use rand::{Rng, RngExt};
use rand_distr::{Beta, Binomial, Distribution, LogNormal};

/// Tumour cells of a sample: a beta distribution, as a fraction of at least `PUREST.0`. A choice.
const PURITY: (f64, f64) = (6.0, 4.0);
const PUREST: (f64, f64) = (0.15, 0.97);
/// Part of the mutations that some tumour cells only have: the median of lung cancers (Jamal-Hanjani et al. 2017, N Engl J Med
/// 376:2109).
const SUBCLONAL: f64 = 0.3;
/// Fraction of the tumour's cells that a subclone has. A choice.
const SUBCLONE: std::ops::Range<f64> = 0.1..0.7;
/// Part of the tumours that have lost one HLA haplotype (17 % of 83,644; Montesion et al. 2021, Cancer Discov 11:282).
const HLA_LOSS: f64 = 0.17;
/// Part of the other tumours that come with copy number segments, and chance of each state of a contig in these. A choice.
const SEGMENTED: f64 = 0.4;
const STATES: [(f64, Copies); 4] = [
    (0.70, Copies { major: 1, minor: 1 }),
    (0.85, Copies { major: 2, minor: 1 }),
    (0.95, Copies { major: 1, minor: 0 }),
    (1.0, Copies { major: 2, minor: 0 }),
];
/// Reads over a place: log-normal, median and spread. A choice, in the range of exomes of tumours.
const DEPTH: (f64, f64) = (150.0, 0.4);
const SHALLOWEST: u64 = 20;
/// Reads of a variant below which a caller would not trust it.
pub const FEW_READS: u64 = 4;

/// Copies of both parental chromosomes in a tumour cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// Of the commoner one.
    pub major: u32,
    /// Of the rarer one.
    pub minor: u32,
}

const NORMAL: Copies = Copies { major: 1, minor: 1 };

/// What else is told of the tumour beside its calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyNumbers {
    /// Nothing.
    Unknown,
    /// Copies of each contig, in the order of the genes' contigs.
    Segments(Vec<Copies>),
    /// One HLA haplotype is lost: which allele of each gene, 0 or 1.
    HlaLoss(Vec<usize>),
}

/// A tumour.
#[derive(Clone, Debug)]
pub struct Tumour {
    /// Fraction of the sample's cells that are the tumour's, in hundredths.
    pub purity: f64,
    /// Fractions of the tumour's cells that its subclones have.
    pub subclones: Vec<f64>,
    /// Copies and losses.
    pub copies: CopyNumbers,
}

/// A variant's reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// All.
    pub depth: u64,
    /// Those that carry the variant.
    pub alternate: u64,
}

impl Reads {
    /// Share of the variant.
    pub fn fraction(self) -> f64 {
        if self.depth == 0 { 0.0 } else { self.alternate as f64 / self.depth as f64 }
    }
}

impl Tumour {
    /// By chance. `contigs`: how many the genes lie on.
    pub fn draw(contigs: usize, random: &mut impl Rng) -> Self {
        let purity = Beta::new(PURITY.0, PURITY.1).map_or(0.6, |law| law.sample(random));
        let purity = (purity.clamp(PUREST.0, PUREST.1) * 100.0).round() / 100.0;
        let subclones = (0..random.random_range(1..=3)).map(|_| random.random_range(SUBCLONE));
        let subclones = subclones.collect();
        let copies = if random.random_bool(HLA_LOSS) {
            let haplotype = (0..3).map(|_| random.random_range(0..2)).collect();
            CopyNumbers::HlaLoss(haplotype)
        } else if random.random_bool(SEGMENTED) {
            CopyNumbers::Segments((0..contigs).map(|_| state(random)).collect())
        } else {
            CopyNumbers::Unknown
        };
        Self { purity, subclones, copies }
    }

    /// The fraction of the tumour's cells that have a mutation: 1, or a subclone's.
    pub fn clone_of(&self, random: &mut impl Rng) -> f64 {
        if random.random_bool(SUBCLONAL) {
            self.subclones[random.random_range(0..self.subclones.len())]
        } else {
            1.0
        }
    }

    /// Reads of the tumour's DNA over a mutation in this fraction of its cells.
    pub fn reads(&self, contig: usize, fraction: f64, random: &mut impl Rng) -> Reads {
        let copies = match &self.copies {
            CopyNumbers::Segments(copies) => copies[contig],
            _ => NORMAL,
        };
        // What all cells have may be older than a gain of its chromosome.
        let early = fraction >= 1.0 && copies.major > 1 && random.random_bool(0.5);
        let carrying = if early { copies.major } else { 1 };
        let total = f64::from(copies.major + copies.minor);
        let share = self.purity * fraction * f64::from(carrying)
            / (self.purity * total + (1.0 - self.purity) * 2.0);
        let depth = LogNormal::new(DEPTH.0.ln(), DEPTH.1).map_or(DEPTH.0, |law| law.sample(random));
        binomial((depth as u64).max(SHALLOWEST), share, random)
    }
}

/// Reads with a chance of each to carry the variant.
pub fn binomial(depth: u64, share: f64, random: &mut impl Rng) -> Reads {
    let law = Binomial::new(depth, share.clamp(0.0, 1.0));
    Reads { depth, alternate: law.map_or(0, |law| law.sample(random)) }
}

fn state(random: &mut impl Rng) -> Copies {
    let drawn: f64 = random.random();
    STATES.iter().find(|(chance, _)| drawn < *chance).map_or(NORMAL, |(_, copies)| *copies)
}
