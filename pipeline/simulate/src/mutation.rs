//! Planting mutations: substitutions by signature and context, doublets of ultraviolet light, insertions and deletions.

use std::collections::HashSet;

use rand::{Rng, RngExt};
use rand_distr::Distribution;
use rand_distr::weighted::WeightedIndex;

use crate::cancer::Kind;
use crate::effect::Change;
use crate::gene::{Gene, Genes};
use crate::signature::{self, Context, Signature, complement};
use crate::sites::{Site, Sites};
use vaxloom_genome::reference::Strand;

/// Of C>T under ultraviolet light before another C, this part are CC>TT. A choice; doublets are about a hundredth of all
/// substitutions (Alexandrov et al. 2020, Nature 578:94).
const DOUBLETS: f64 = 0.05;
/// Part of the insertions and deletions that are deletions. A choice.
const DELETIONS: f64 = 0.65;
/// Part of the insertions that repeat the bases before them. A choice.
const DUPLICATIONS: f64 = 0.5;
/// Weights of the lengths 1, 2, 3 ... of insertions and deletions. A choice.
const LENGTHS: [u32; 12] = [600, 130, 110, 50, 25, 35, 10, 8, 12, 5, 5, 10];
/// Insertions and deletions keep this many bases off introns, and off the codons of start and stop: what they do there depends on
/// more than the coding sequence.
const MARGIN: usize = 9;
/// How often a place is looked for before a mutation is given up: a genome has few sites of a context.
const TRIES: usize = 200;

/// How a mutation came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By a signature, as an index in the list of all, in a context.
    Signature(usize, Context),
    /// Not by a signature of substitutions.
    Indel,
}

/// A mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// Index in [`Genes::list`].
    pub gene: usize,
    /// What it changes.
    pub change: Change,
    /// Where it comes from.
    pub origin: Origin,
}

/// A mutation as a VCF writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alleles {
    /// POS, 1-based.
    pub position: u32,
    /// REF.
    pub reference: Vec<u8>,
    /// ALT.
    pub alternate: Vec<u8>,
}

/// Plants the mutations of one tumour. No base is hit twice.
pub struct Planter<'a> {
    genes: &'a Genes,
    sites: &'a Sites,
    signatures: &'a [Signature],
    /// Signatures of the tumour, as indices in the list of all, by their weights.
    own: Vec<usize>,
    weights: WeightedIndex<f64>,
    indels: f64,
    taken: HashSet<Site>,
}

impl<'a> Planter<'a> {
    /// For a tumour of this kind and these exposures; `None` where they are no weights.
    pub fn new(
        genes: &'a Genes,
        sites: &'a Sites,
        signatures: &'a [Signature],
        kind: &Kind,
        exposures: &[f64],
    ) -> Option<Self> {
        let index = |name: &str| signatures.iter().position(|known| known.name == name);
        let own = kind.signatures.iter().map(|(name, _)| index(name)).collect::<Option<_>>()?;
        let weights = WeightedIndex::new(exposures).ok()?;
        let (indels, taken) = (kind.indels, HashSet::new());
        Some(Self { genes, sites, signatures, own, weights, indels, taken })
    }

    /// The next mutation; `None` where its context has no free site left.
    pub fn plant(&mut self, random: &mut impl Rng) -> Option<Mutation> {
        if random.random_bool(self.indels) {
            return (0..TRIES).find_map(|_| self.indel(random));
        }
        let signature = self.own[self.weights.sample(random)];
        let context = self.signatures[signature].draw(random);
        (0..TRIES).find_map(|_| self.substitution(signature, context, random))
    }

    fn substitution(
        &mut self,
        signature: usize,
        context: Context,
        random: &mut impl Rng,
    ) -> Option<Mutation> {
        let site = self.sites.in_context(signature::trinucleotide(context), random);
        let gene = &self.genes.list[site.gene as usize];
        let offset = site.offset as usize;
        let (from, to) = signature::substitution(context);
        let (other, to) = if gene.coding[offset] == from {
            (from, to)
        } else {
            (complement(from), complement(to))
        };
        let ultraviolet = self.signatures[signature].name.starts_with("SBS7");
        let doublet = ultraviolet
            && matches!((other, to), (b'C', b'T') | (b'G', b'A'))
            && random.random_bool(DOUBLETS);
        let mut change = Change { offset, removed: 1, inserted: vec![to] };
        if doublet && gene.coding.get(offset + 1) == Some(&other) && gene.to_edges(offset)[1].0 > 0
        {
            change = Change { offset, removed: 2, inserted: vec![to; 2] };
        }
        self.take(site.gene, change, Origin::Signature(signature, context))
    }

    fn indel(&mut self, random: &mut impl Rng) -> Option<Mutation> {
        let site = self.sites.anywhere(random);
        let gene = &self.genes.list[site.gene as usize];
        let offset = site.offset as usize;
        let length = 1 + WeightedIndex::new(LENGTHS).ok()?.sample(random);
        let change = if random.random_bool(DELETIONS) {
            Change { offset, removed: length, inserted: Vec::new() }
        } else if random.random_bool(DUPLICATIONS) && offset >= length {
            let inserted = gene.coding[offset - length..offset].to_vec();
            Change { offset, removed: 0, inserted }
        } else {
            let inserted = (0..length).map(|_| b"ACGT"[random.random_range(0..4)]).collect();
            Change { offset, removed: 0, inserted }
        };
        within(gene, &change).then_some(())?;
        let change = leftmost(gene, change)?;
        self.take(site.gene, change, Origin::Indel)
    }

    /// `None` where a base of it is taken.
    fn take(&mut self, gene: u32, change: Change, origin: Origin) -> Option<Mutation> {
        let indel = change.removed != change.inserted.len();
        let (first, end) = (change.offset, change.offset + change.removed);
        let (first, end) = if indel { (first - 1, end + 1) } else { (first, end) };
        let bases = (first..end).map(|offset| Site { gene, offset: offset as u32 });
        if bases.clone().any(|base| self.taken.contains(&base)) {
            return None;
        }
        self.taken.extend(bases);
        Some(Mutation { gene: gene as usize, change, origin })
    }
}

impl Mutation {
    /// As a VCF writes it: an insertion or deletion with the base before it.
    pub fn alleles(&self, gene: &Gene) -> Alleles {
        let Change { offset, removed, inserted } = &self.change;
        let end = offset + removed;
        let gone = gene.on_contig(&gene.coding[*offset..end]);
        let came = gene.on_contig(inserted);
        let forward = gene.strand == Strand::Forward;
        if *removed == inserted.len() {
            let first = if forward { *offset } else { end - 1 };
            return Alleles { position: gene.position(first), reference: gone, alternate: came };
        }
        let anchor = if forward { offset - 1 } else { end };
        let base = gene.on_contig(&gene.coding[anchor..=anchor]);
        Alleles {
            position: gene.position(anchor),
            reference: [base.as_slice(), &gone].concat(),
            alternate: [base.as_slice(), &came].concat(),
        }
    }
}

/// Whether an insertion or deletion keeps off introns, start and stop.
fn within(gene: &Gene, change: &Change) -> bool {
    let end = change.offset + change.removed;
    if change.offset < MARGIN || end + MARGIN > gene.coding.len() {
        return false;
    }
    let ([before, _], [_, after]) = (gene.to_edges(change.offset - 1), gene.to_edges(end));
    let apart = gene.part(change.offset - 1) != gene.part(end);
    !apart && before.0 >= MARGIN && after.0 >= MARGIN
}

/// The same insertion or deletion as far left on the contig as it goes (as `bcftools norm` puts it); `None` where it comes too close to
/// an intron.
fn leftmost(gene: &Gene, mut change: Change) -> Option<Change> {
    let forward = gene.strand == Strand::Forward;
    loop {
        let (at, end) = (change.offset, change.offset + change.removed);
        let before = gene.coding[at - 1];
        let after = gene.coding[end];
        let moves = match (forward, change.inserted.is_empty()) {
            (true, true) => before == gene.coding[end - 1],
            (true, false) => change.inserted.last() == Some(&before),
            (false, true) => after == gene.coding[at],
            (false, false) => change.inserted.first() == Some(&after),
        };
        if !moves {
            return Some(change);
        }
        let step = usize::from(!change.inserted.is_empty());
        if forward {
            change.inserted.rotate_right(step);
            change.offset -= 1;
        } else {
            change.inserted.rotate_left(step);
            change.offset += 1;
        }
        if !within(gene, &change) {
            return None;
        }
    }
}
