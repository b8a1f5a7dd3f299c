//! Intervals of figures by resampling rows (Efron 1979, Ann Statist 7:1; percentile intervals).
//!
//! A resample draws as many rows as there are, with replacement; it is held as the number of times that each row was
//! drawn. All tools are judged on the same resamples, so that differences between two tools are of paired figures, and a
//! tool sorts its rows once, not once a resample: resampling takes O(rows x tools) each time.
//!
//! Where rows come in samples (donors, cell lines), rows are drawn within each, and the figure is the mean over samples.
//! The interval then speaks of other rows of the same samples, not of other samples.
//!
//! ```
//! use vaxloom_immune::bootstrap::{Bootstrap, BootstrapError, Draw, Sample};
//!
//! let labels = [true, false, true, false, true, false, false, false];
//! let tools = [[0.9, 0.2, 0.8, 0.1, 0.3, 0.7, 0.4, 0.0], [0.2, 0.3, 0.8, 0.1, 0.5, 0.7, 0.4, 0.0]];
//! let sample = Sample::ranked(&tools, &labels, Draw::EachClass)?;
//! let replicates = Bootstrap { resamples: 200, seed: 1 }.run(&[sample])?;
//! let [auroc, average_precision, ppv_n] = replicates.interval(0);
//! assert!(auroc.low <= auroc.estimate && auroc.estimate <= auroc.high);
//! let [gain, ..] = replicates.difference(0, 1);
//! assert!(gain.estimate > 0.0);
//! # Ok::<(), BootstrapError>(())
//! ```

mod sample;
mod statistic;

use crate::metrics::MetricError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
pub use sample::{Draw, Sample};
pub use statistic::{Correlated, Ranked, Statistic};
use std::array;
use std::num::NonZero;
use std::thread;

/// Share of the replicates that lie within an [`Interval`].
pub const LEVEL: f64 = 0.95;

/// Fewest resamples of which 2.5 % on either side are one.
const FEWEST: usize = 40;

/// Why there is no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BootstrapError {
    /// A figure is not defined on the rows as they are.
    #[error("tool {tool}: {source}")]
    Tool {
        /// 0-based place among the tools.
        tool: usize,
        /// What is wrong.
        source: MetricError,
    },
    /// Tools of one sample are not of the same rows.
    #[error("tool {tool} has {found} rows: expected {expected}, as many as the sample")]
    Rows {
        /// 0-based place among the tools.
        tool: usize,
        /// Rows of the tool.
        found: usize,
        /// Rows of the sample.
        expected: usize,
    },
    /// No samples, or none of the tools.
    #[error("there is nothing to resample: expected at least one sample of at least one tool")]
    Empty,
    /// Samples are not of the same tools.
    #[error("sample {sample} has {found} tools: expected {expected}, as in the first sample")]
    Tools {
        /// 0-based place among the samples.
        sample: usize,
        /// Tools of the sample.
        found: usize,
        /// Tools of the first sample.
        expected: usize,
    },
    /// The tails of the interval would be empty.
    #[error("{found} resamples: expected at least {FEWEST}, better 1000, for an interval of 95 %")]
    Resamples {
        /// Resamples asked for.
        found: usize,
    },
    /// Many resamples miss a class, or all values in them are the same.
    #[error(
        "figures are defined in only {defined} of {resamples} resamples: resample each class by itself, or leave out samples of few rows"
    )]
    Undefined {
        /// Resamples with figures.
        defined: usize,
        /// Resamples drawn.
        resamples: usize,
    },
}

/// A figure, and where it lies in 95 % of the resamples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The figure of the rows as they are.
    pub estimate: f64,
    /// The 2.5th percentile of the replicates.
    pub low: f64,
    /// The 97.5th percentile of the replicates.
    pub high: f64,
}

/// How often to resample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// Resamples drawn.
    pub resamples: usize,
    /// Seed of every draw. Resample i has stream i of its own, so that threads change nothing.
    pub seed: u64,
}

impl Bootstrap {
    /// The K figures of each tool, means over the samples, in every resample. Samples hold the same tools in the same
    /// order. Uses all cores.
    ///
    /// A resample in which a figure of any tool is not defined is left out; it is an error if more than half are.
    pub fn run<S: Statistic<K>, const K: usize>(
        &self,
        samples: &[Sample<S>],
    ) -> Result<Replicates<K>, BootstrapError> {
        check(samples)?;
        if self.resamples < FEWEST {
            return Err(BootstrapError::Resamples { found: self.resamples });
        }
        let mut once = |sample: &Sample<S>, weights: &mut Vec<u32>| {
            weights.clear();
            weights.resize(sample.rows(), 1);
        };
        let mut replicates: Vec<Option<Vec<[f64; K]>>> = vec![None; self.resamples];
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let share = self.resamples.div_ceil(cores);
        thread::scope(|scope| {
            for (part, replicates) in replicates.chunks_mut(share).enumerate() {
                scope.spawn(move || {
                    let mut weights = Vec::new();
                    for (place, replicate) in replicates.iter_mut().enumerate() {
                        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
                        rng.set_stream((part * share + place) as u64);
                        let mut draw =
                            |sample: &Sample<S>, w: &mut Vec<u32>| sample.draw(&mut rng, w);
                        *replicate = means(samples, &mut weights, &mut draw);
                    }
                });
            }
        });
        let replicates: Vec<_> = replicates.into_iter().flatten().collect();
        let undefined =
            BootstrapError::Undefined { defined: replicates.len(), resamples: self.resamples };
        match means(samples, &mut Vec::new(), &mut once) {
            Some(estimates) if 2 * replicates.len() >= self.resamples => {
                Ok(Replicates { estimates, replicates })
            }
            _ => Err(undefined),
        }
    }
}

fn check<S>(samples: &[Sample<S>]) -> Result<(), BootstrapError> {
    let expected = samples.first().map_or(0, |sample| sample.tools().len());
    if expected == 0 {
        return Err(BootstrapError::Empty);
    }
    let mut found = samples.iter().map(|sample| sample.tools().len()).enumerate();
    match found.find(|(_, found)| *found != expected) {
        Some((sample, found)) => Err(BootstrapError::Tools { sample, found, expected }),
        None => Ok(()),
    }
}

/// Figures of each tool, means over the samples; `None` if any is not defined. `weigh` fills in how often each row of a
/// sample counts.
fn means<S: Statistic<K>, const K: usize>(
    samples: &[Sample<S>],
    weights: &mut Vec<u32>,
    weigh: &mut impl FnMut(&Sample<S>, &mut Vec<u32>),
) -> Option<Vec<[f64; K]>> {
    let mut sums = vec![[0.0; K]; samples.first()?.tools().len()];
    for sample in samples {
        weigh(sample, weights);
        for (sum, tool) in sums.iter_mut().zip(sample.tools()) {
            let figures = tool.figures(weights)?;
            *sum = array::from_fn(|figure| sum[figure] + figures[figure]);
        }
    }
    let count = samples.len() as f64;
    Some(sums.into_iter().map(|sum| sum.map(|figure| figure / count)).collect())
}

/// K figures of each tool: of the rows as they are, and of each resample.
#[derive(Debug, Clone, PartialEq)]
pub struct Replicates<const K: usize> {
    estimates: Vec<[f64; K]>,
    /// Resample by resample, then tool by tool.
    replicates: Vec<Vec<[f64; K]>>,
}

impl<const K: usize> Replicates<K> {
    /// Number of tools.
    pub fn tools(&self) -> usize {
        self.estimates.len()
    }

    /// Number of resamples in which all figures are defined.
    pub fn defined(&self) -> usize {
        self.replicates.len()
    }

    /// Intervals of the figures of a tool, 0-based and below [`Replicates::tools`].
    pub fn interval(&self, tool: usize) -> [Interval; K] {
        self.intervals(|figures, figure| figures[tool][figure])
    }

    /// Intervals of the figures of `tool` less those of `other`, on the same resamples.
    pub fn difference(&self, tool: usize, other: usize) -> [Interval; K] {
        self.intervals(|figures, figure| figures[tool][figure] - figures[other][figure])
    }

    fn intervals(&self, of: impl Fn(&[[f64; K]], usize) -> f64) -> [Interval; K] {
        array::from_fn(|figure| {
            let mut values: Vec<f64> =
                self.replicates.iter().map(|figures| of(figures, figure)).collect();
            values.sort_unstable_by(f64::total_cmp);
            let tail = (1.0 - LEVEL) / 2.0;
            Interval {
                estimate: of(&self.estimates, figure),
                low: quantile(&values, tail),
                high: quantile(&values, 1.0 - tail),
            }
        })
    }
}

/// Of ascending values, linear between two (definition 7 of Hyndman and Fan 1996, Am Stat 50:361).
fn quantile(values: &[f64], share: f64) -> f64 {
    let place = share * (values.len() as f64 - 1.0);
    let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests;
