//! Where mutations of a context can be planted: every coding base of the genes, by its trinucleotide.

use rand::{Rng, RngExt};

use crate::SimulateError;
use crate::gene::{Genes, NO_CONTEXT};
use crate::signature::{Trinucleotide, bases};

const TRINUCLEOTIDES: usize = 32;

/// A coding base: gene, and offset in its coding sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// Index in [`Genes::list`].
    pub gene: u32,
    /// Offset from 0.
    pub offset: u32,
}

/// All coding bases by trinucleotide.
#[derive(Clone, Debug)]
pub struct Sites {
    /// Offset of each gene in the coding sequences, one after the other.
    starts: Vec<u32>,
    /// Bases in total.
    total: u32,
    by_context: Vec<Vec<u32>>,
}

impl Sites {
    /// Of all genes. A trinucleotide without any base is an error.
    pub fn of(genes: &Genes) -> Result<Self, SimulateError> {
        let mut by_context = vec![Vec::new(); TRINUCLEOTIDES];
        let (mut starts, mut total) = (Vec::with_capacity(genes.list.len()), 0_u32);
        for gene in &genes.list {
            starts.push(total);
            for (&context, at) in gene.contexts.iter().zip(total..) {
                if context != NO_CONTEXT {
                    by_context[usize::from(context)].push(at);
                }
            }
            total += gene.coding.len() as u32;
        }
        let empty = by_context.iter().position(Vec::is_empty);
        match empty {
            None => Ok(Self { starts, total, by_context }),
            Some(at) => {
                Err(SimulateError::NoSite { context: bases(at).map(char::from).iter().collect() })
            }
        }
    }

    /// A base in this context; each is as likely.
    pub fn in_context(&self, context: Trinucleotide, random: &mut impl Rng) -> Site {
        let sites = &self.by_context[context];
        self.site(sites[random.random_range(0..sites.len())])
    }

    /// Any base; each is as likely.
    pub fn anywhere(&self, random: &mut impl Rng) -> Site {
        self.site(random.random_range(0..self.total))
    }

    fn site(&self, at: u32) -> Site {
        let gene = self.starts.partition_point(|&start| start <= at) - 1;
        Site { gene: gene as u32, offset: at - self.starts[gene] }
    }
}
