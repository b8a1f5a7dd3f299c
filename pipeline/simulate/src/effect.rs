//! What a planted mutation does to its protein: the truth that consequences are checked by.
//!
//! Two translations side by side, and nothing of `vaxloom-genome`. Terms: Sequence Ontology, as Ensembl VEP uses them.

use crate::gene::Gene;

/// A stop codon's letter.
pub const STOP: u8 = b'*';

/// Exonic bases beside an intron that are splice region.
const SPLICE_REGION: usize = 3;

/// Residues that a window has before the first changed one and after the last.
const FLANK: usize = 7;

/// By codon, bases in the order TCAG; the standard code (NCBI table 1).
const CODE: &[u8; 64] = b"FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";

/// By base, its place in the order TCAG; 255 for other letters.
const PLACE: [u8; 256] = {
    let mut place = [u8::MAX; 256];
    let (mut at, order) = (0, b"TCAG");
    while at < order.len() {
        place[order[at] as usize] = at as u8;
        at += 1;
    }
    place
};

/// A change of a coding sequence, in direction of translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Offset of the first base that goes; of an insertion, of the base that comes after it.
    pub offset: usize,
    /// How many bases go.
    pub removed: usize,
    /// What comes in their place.
    pub inserted: Vec<u8>,
}

/// What it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Terms, the most severe first.
    pub terms: Vec<&'static str>,
    /// The first residue whose codon is touched, 1-based.
    pub position: usize,
    /// The mutant protein up to its first stop; none where the start codon is lost, or the protein is the wild type.
    pub protein: Option<Vec<u8>>,
    /// First and last residue of the mutant protein that the wild type does not have there, 1-based; none where it only lacks residues.
    pub changed: Option<(usize, usize)>,
}

impl Effect {
    /// Changed residues with a few around them, and the place of the first, 1-based; none without changed residues.
    pub fn window(&self) -> Option<(usize, &[u8])> {
        let (protein, (first, last)) = (self.protein.as_ref()?, self.changed?);
        let from = first.saturating_sub(FLANK + 1);
        let to = (last + FLANK).min(protein.len());
        Some((from + 1, &protein[from..to]))
    }
}

/// Residues of the codons up to the first stop, which is [`STOP`]; a codon with another letter than ACGT is `X`. Bases left over
/// are not read.
pub fn translate(bases: &[u8]) -> Vec<u8> {
    let mut residues = Vec::with_capacity(bases.len() / 3);
    for codon in bases.chunks_exact(3) {
        let places = [codon[0], codon[1], codon[2]].map(|base| PLACE[usize::from(base)]);
        let known = places.iter().all(|&place| place < 4);
        let at = places.iter().fold(0, |at, &place| 4 * at + usize::from(place));
        let residue = if known { CODE[at] } else { b'X' };
        residues.push(residue);
        if residue == STOP {
            break;
        }
    }
    residues
}

/// What `change` does to `gene`.
pub fn effect(gene: &Gene, change: &Change) -> Effect {
    let Change { offset, removed, inserted } = change;
    // Codons before the first touched one are as they were.
    let untouched = offset / 3;
    let rest = &gene.coding[offset + removed..];
    let bases = [&gene.coding[3 * untouched..*offset], inserted, rest, &gene.after].concat();
    let mut mutant = [&gene.protein[..untouched], &translate(&bases)].concat();
    let stopped = mutant.last() == Some(&STOP);
    if stopped {
        mutant.pop();
    }
    let position = offset / 3 + 1;
    let start_lost = untouched == 0 && !bases.starts_with(b"ATG");
    let mut terms = vec![main_term(gene, change, &mutant, stopped)];
    if start_lost {
        terms = vec!["start_lost"];
    }
    let frame = *removed != inserted.len() && (removed.abs_diff(inserted.len())) % 3 == 0;
    if frame && terms[0] == "stop_gained" {
        terms.push(if *removed > 0 { "inframe_deletion" } else { "inframe_insertion" });
    }
    if near_intron(gene, change) {
        let before = matches!(terms[0], "synonymous_variant" | "stop_retained_variant");
        terms.insert(if before { 0 } else { terms.len() }, "splice_region_variant");
    }
    let same = mutant == gene.protein;
    let changed = (!start_lost && !same).then(|| differing(&gene.protein, &mutant)).flatten();
    Effect { terms, position, protein: (!start_lost && !same).then_some(mutant), changed }
}

fn main_term(gene: &Gene, change: &Change, mutant: &[u8], stopped: bool) -> &'static str {
    let (removed, inserted) = (change.removed, change.inserted.len());
    if !removed.abs_diff(inserted).is_multiple_of(3) {
        return "frameshift_variant";
    }
    let touched = change.offset / 3..=(change.offset + removed.max(1) - 1) / 3;
    let stop = touched.contains(&gene.protein.len());
    let common = gene.protein.iter().zip(mutant).take_while(|(a, b)| a == b).count();
    let last_new = (change.offset + inserted.max(1) - 1) / 3;
    if stop {
        let kept = stopped && mutant.len() == gene.protein.len();
        return if kept { "stop_retained_variant" } else { "stop_lost" };
    }
    if mutant == gene.protein {
        return "synonymous_variant";
    }
    if stopped && mutant.len() <= last_new && common <= mutant.len() {
        return "stop_gained";
    }
    match removed.cmp(&inserted) {
        std::cmp::Ordering::Equal => "missense_variant",
        std::cmp::Ordering::Greater => "inframe_deletion",
        std::cmp::Ordering::Less => "inframe_insertion",
    }
}

/// Whether a base that goes is within three bases of an intron.
fn near_intron(gene: &Gene, change: &Change) -> bool {
    let bases = change.offset..change.offset + change.removed.max(1);
    bases.into_iter().any(|offset| {
        let edges = gene.to_edges(offset);
        edges.iter().any(|&(bases, intron)| intron && bases < SPLICE_REGION)
    })
}

/// First and last residue of `mutant` between what both have at their start and at their end, 1-based.
fn differing(wild: &[u8], mutant: &[u8]) -> Option<(usize, usize)> {
    let before = wild.iter().zip(mutant).take_while(|(a, b)| a == b).count();
    let (wild, rest) = (&wild[before..], &mutant[before..]);
    let after = wild.iter().rev().zip(rest.iter().rev()).take_while(|(a, b)| a == b).count();
    (rest.len() > after).then(|| (before + 1, before + rest.len() - after))
}
