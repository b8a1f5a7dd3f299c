//! From a record's genotype to the copies of the chromosome that carry each of its alleles.

use std::collections::HashMap;

use super::Phasing;
use crate::effect::Copies;
use crate::vcf::{Genotype, PhaseSet};

/// Where a genotype was read: each file has phase sets of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Calls,
    PhasedVcf,
}

/// Numbers for the phase sets of one contig.
#[derive(Debug, Default)]
pub(super) struct PhaseSets(HashMap<(Source, Option<PhaseSet>), u32>);

impl PhaseSets {
    fn number(&mut self, source: Source, set: Option<&PhaseSet>) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry((source, set.cloned())).or_insert(next)
    }
}

/// What a genotype says of one allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// The sample has it not.
    No,
    /// It has, on these copies.
    On(Copies),
    /// It has more than two copies of the chromosome; each allele is taken alone.
    Polyploid,
}

/// The copies that carry allele `number` (1 is the first of ALT). Without a genotype, first alleles lie on one haplotype
/// and others, which cannot, on none that is known.
pub(super) fn carried(
    genotype: Option<&Genotype>,
    number: u16,
    phasing: Phasing,
    source: Source,
    sets: &mut PhaseSets,
) -> Carried {
    let Some(genotype) = genotype.filter(|genotype| genotype.ploidy() > 0) else {
        let together = phasing == Phasing::Genotypes && number == 1;
        return Carried::On(if together {
            Copies::Side { set: sets.number(source, None), side: 0 }
        } else {
            Copies::Unknown
        });
    };
    let called = &genotype.alleles;
    if !genotype.carries(number) {
        // Not called at all is not known to be absent.
        let unknown = called.iter().all(|called| called.allele.is_none());
        return if unknown { Carried::On(Copies::Unknown) } else { Carried::No };
    }
    if called.len() > 2 {
        return Carried::Polyploid;
    }
    if phasing == Phasing::Alone {
        return Carried::On(Copies::Unknown);
    }
    if called.iter().all(|called| called.allele == Some(number)) {
        return Carried::On(Copies::All);
    }
    let side = called.iter().position(|called| called.allele == Some(number));
    Carried::On(match side {
        Some(side) if genotype.is_phased() => {
            Copies::Side { set: sets.number(source, genotype.phase_set.as_ref()), side: side as u8 }
        }
        _ => Copies::Unknown,
    })
}
