//! Which alleles lie on one copy of a chromosome.

use super::region::Variant;

/// The copies of a chromosome that carry an allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Copies {
    /// All of them: homozygous.
    All,
    /// One, told apart from the other by its phase.
    Side {
        /// Number of the phase set; sides of different sets cannot be compared.
        set: u32,
        /// Which of the two, 0 or 1.
        side: u8,
    },
    /// One of them, and it is not known which.
    Unknown,
}

/// Alleles that are read together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Haplotype {
    /// Numbers of the alleles, by position.
    pub(crate) variants: Vec<usize>,
    /// The allele of unknown phase that it was made for.
    only: Option<usize>,
}

impl Haplotype {
    /// Whether the effect of `variant` is to be told on this haplotype.
    pub(crate) fn tells(&self, variants: &[Variant], variant: usize) -> bool {
        !variants[variant].background && self.only.is_none_or(|only| only == variant)
    }
}

/// The haplotypes of the alleles `among`: two for each phase set, and one for each allele of unknown phase. Homozygous
/// alleles lie on all of them; those of unknown phase on none but their own.
pub(crate) fn haplotypes(variants: &[Variant], among: &[usize]) -> Vec<Haplotype> {
    let mut sides: Vec<(u32, u8)> = Vec::new();
    for &number in among {
        if let Copies::Side { set, side } = variants[number].copies {
            // The other side is there too, be it with homozygous alleles alone.
            for side in [side, 1 - side.min(1)] {
                if !sides.contains(&(set, side)) {
                    sides.push((set, side));
                }
            }
        }
    }
    sides.sort_unstable();
    let with = |own: &dyn Fn(usize) -> bool, only| {
        let carries = |&number: &usize| variants[number].copies == Copies::All || own(number);
        let mut carried: Vec<usize> = among.iter().copied().filter(carries).collect();
        carried.sort_by_key(|&number| (variants[number].alleles().position, number));
        Haplotype { variants: carried, only }
    };
    let mut found: Vec<Haplotype> = sides
        .iter()
        .map(|&(set, side)| {
            with(&|number| variants[number].copies == Copies::Side { set, side }, None)
        })
        .collect();
    if sides.is_empty() {
        found.push(with(&|_| false, None));
    }
    for &number in among {
        if variants[number].copies == Copies::Unknown && !variants[number].background {
            found.push(with(&|other| other == number, Some(number)));
        }
    }
    found.retain(|haplotype| !haplotype.variants.is_empty());
    found
}
