//! Whole proteins: what a transcript codes for with the changes of a haplotype.

use super::chain::{Chain, Node};
use super::model::{Model, PADDING};
use crate::reference::{GeneticCode, reverse_complement};

/// A protein, up to its first stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// One-letter codes; `U` for selenocysteine, `X` for a codon with an unknown base.
    pub residues: String,
    /// Whether a stop codon ends it; otherwise the transcript does.
    pub stop: bool,
}

/// Bases of the transcript from the first whole codon to its end, in direction of translation, with the place that each
/// stretch has in the unchanged transcript.
struct Message {
    bases: Vec<u8>,
    /// Begin in `bases`, begin in the unchanged message, length.
    unchanged: Vec<(usize, usize, usize)>,
}

/// The product of a haplotype's `nodes`, which are in the order of the contig. Past the coding sequence it is read into
/// the 3' UTR, as a ribosome would that has lost the stop codon.
pub(crate) fn product(model: &Model<'_>, nodes: &[&Node]) -> Product {
    let message = message(model, nodes);
    let selenocysteines = selenocysteines(model);
    let code = GeneticCode::of(model.transcript.mitochondrial);
    let mut residues = String::with_capacity(message.bases.len() / 3);
    for (at, &codon) in message.bases.as_chunks::<3>().0.iter().enumerate() {
        let residue = code.residue(codon);
        if residue != b'*' {
            residues.push(char::from(residue));
        } else if message.original_place(3 * at).is_some_and(|p| selenocysteines.contains(&p)) {
            residues.push('U');
        } else {
            return Product { residues, stop: true };
        }
    }
    Product { residues, stop: false }
}

/// The product of a chain without the changes at `left_out`.
pub(crate) fn product_without(
    model: &Model<'_>,
    chain: &Chain,
    left_out: impl Fn(usize) -> bool,
) -> Product {
    let kept: Vec<&Node> =
        (0..chain.nodes.len()).filter(|&at| !left_out(at)).map(|at| &chain.nodes[at]).collect();
    product(model, &kept)
}

impl Message {
    /// Where the three bases at `place` are in the unchanged message, if they are unchanged and side by side there.
    fn original_place(&self, place: usize) -> Option<usize> {
        let (begin, original, _) = self.unchanged.iter().find(|(begin, _, length)| {
            (*begin..begin + length).contains(&place) && place + 3 <= begin + length
        })?;
        Some(original + place - begin)
    }
}

fn message(model: &Model<'_>, nodes: &[&Node]) -> Message {
    let spliced = model.spliced();
    let coding = &spliced[PADDING..spliced.len() - PADDING];
    let mut bases = Vec::with_capacity(coding.len() + 64);
    let mut unchanged = Vec::with_capacity(nodes.len() + 1);
    let mut from = 0;
    for node in nodes {
        let to = node.offset as usize;
        if to < from {
            continue;
        }
        unchanged.push((bases.len(), from, to - from));
        bases.extend_from_slice(&coding[from..to]);
        bases.extend_from_slice(&node.alternative);
        from = to + node.length as usize;
    }
    let rest = coding.get(from..).unwrap_or_default();
    unchanged.push((bases.len(), from, rest.len()));
    bases.extend_from_slice(rest);
    if model.reverse {
        let (length, original) = (bases.len(), coding.len());
        bases = reverse_complement(&bases);
        for (begin, place, count) in &mut unchanged {
            *begin = length - *begin - *count;
            *place = original - *place - *count;
        }
    }
    bases.extend(after_coding(model));
    Message { bases, unchanged }
}

/// The exonic bases after the last whole codon, in direction of translation.
fn after_coding(model: &Model<'_>) -> Vec<u8> {
    let whole: Vec<_> = model.coding.iter().filter(|part| part.length > 0).collect();
    let (Some(first), Some(last)) = (whole.first(), whole.last()) else {
        return Vec::new();
    };
    let (from, to) =
        if model.reverse { (model.begin, first.begin - 1) } else { (last.end() + 1, model.end) };
    let mut bases = Vec::new();
    for exon in &model.transcript.exons {
        let begin = (i64::from(exon.start) - 1).max(from);
        let end = (i64::from(exon.end) - 1).min(to);
        if begin <= end {
            bases.extend_from_slice(model.bases(begin, end - begin + 1));
        }
    }
    if model.reverse { reverse_complement(&bases) } else { bases }
}

/// Places of the codons for selenocysteine in the unchanged message.
fn selenocysteines(model: &Model<'_>) -> Vec<usize> {
    let length = model.coding_length();
    let place = |&position: &u32| {
        let position = i64::from(position) - 1;
        let part = model.coding.iter().find(|p| (p.begin..=p.end()).contains(&position))?;
        let offset = part.offset + position - part.begin;
        Some(if model.reverse { length - 1 - offset } else { offset } as usize)
    };
    model.transcript.selenocysteines.iter().filter_map(place).collect()
}
