//! Which alleles lie on one copy of a chromosome.

use std::collections::BTreeSet;

use super::model::Model;
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

/// The haplotypes of the alleles `among` on a transcript: two for each phase set, and one for each allele of unknown
/// phase. Homozygous alleles lie on all of them; those of unknown phase on none but their own.
pub(crate) fn haplotypes(
    model: &Model<'_>,
    variants: &[Variant],
    among: &[usize],
) -> Vec<Haplotype> {
    let by_position = |mut numbers: Vec<usize>| {
        numbers.sort_by_key(|&number| (variants[number].alleles().position, number));
        numbers
    };
    let homozygous = |&number: &usize| variants[number].copies == Copies::All;
    let sides = sides(variants, among);
    let mut found: Vec<Haplotype> = sides
        .iter()
        .map(|&(set, side)| {
            let own = |number: &usize| variants[*number].copies == Copies::Side { set, side };
            let carried = among.iter().filter(|number| homozygous(number) || own(number));
            Haplotype { variants: by_position(carried.copied().collect()), only: None }
        })
        .collect();
    if sides.is_empty() {
        let carried = among.iter().copied().filter(homozygous).collect();
        found.push(Haplotype { variants: by_position(carried), only: None });
    }
    // Only what lies in the coding sequence can change what another allele does.
    let in_coding = |&number: &usize| model.touches_coding(variants[number].alleles().reach());
    let beside: Vec<usize> = among.iter().copied().filter(homozygous).filter(in_coding).collect();
    let unknown = |&&number: &&usize| {
        variants[number].copies == Copies::Unknown && !variants[number].background
    };
    found.extend(among.iter().filter(unknown).map(|&number| {
        let mut carried = vec![number];
        if in_coding(&number) {
            carried.extend(&beside);
        }
        Haplotype { variants: by_position(carried), only: Some(number) }
    }));
    found.retain(|haplotype| !haplotype.variants.is_empty());
    found
}

/// Both sides of every phase set: the one without alleles of its own is there too, with the homozygous ones.
fn sides(variants: &[Variant], among: &[usize]) -> Vec<(u32, u8)> {
    let sets = among.iter().filter_map(|&number| match variants[number].copies {
        Copies::Side { set, .. } => Some(set),
        _ => None,
    });
    let sets: BTreeSet<u32> = sets.collect();
    sets.into_iter().flat_map(|set| [(set, 0), (set, 1)]).collect()
}
