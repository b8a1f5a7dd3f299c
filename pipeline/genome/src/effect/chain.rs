//! Changes of one haplotype within one coding sequence, one after the other.

use super::edge::{Alleles, Checks, Edge, Placement};
use super::entry::Entry;
use super::model::Model;
use super::terms::Terms;
use crate::reference::{GeneticCode, reverse_complement, translate};

/// A change within the coding sequence.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Number of the allele on the haplotype.
    pub(crate) allele: usize,
    /// Number of bases that it replaces.
    pub(crate) length: i64,
    /// Bases gained; negative for a loss.
    pub(crate) growth: i64,
    /// Place of the first of them in the spliced coding sequence, along the contig.
    pub(crate) offset: i64,
    /// What its place alone says.
    pub(crate) terms: Terms,
    /// The new bases.
    pub(crate) alternative: Vec<u8>,
}

/// What a coding part makes of a change.
pub(crate) enum Applied {
    /// It is no change, or beside the part with nothing to say.
    Nothing,
    /// It overlaps a change before it on the haplotype and cannot be applied.
    Overlapping,
    /// It is said by its place alone.
    Placed(Terms),
    /// It changes the coding sequence.
    Coding(Node),
}

/// Applies `alleles` to coding part `part` after `previous`; what is to be said of the record goes to `staged`.
pub(crate) fn apply(
    model: &Model<'_>,
    part: usize,
    alleles: Alleles<'_>,
    allele: usize,
    previous: Option<&Node>,
    staged: &mut Vec<Entry>,
) -> Applied {
    let stretch = model.coding[part];
    let mut edge = Edge::new(model, alleles, checks(model, part));
    let placement = edge.place(stretch.begin, stretch.end());
    if placement == Placement::Inside
        && edge.terms == Terms::START_LOST
        && keeps_start(model, part, &edge)
    {
        edge.terms = Terms::NONE;
        edge.staged.retain(|terms| !terms.any(Terms::START_LOST));
    }
    staged.extend(edge.staged.iter().copied().map(Entry::of));
    match placement {
        Placement::Reference => return Applied::Nothing,
        Placement::Inside if edge.terms != Terms::START_LOST => {}
        _ if edge.terms.is_empty() => return Applied::Nothing,
        _ => return Applied::Placed(edge.terms),
    }
    let mut length = edge.trimmed_reference.len() as i64;
    let before_part = (stretch.begin - edge.trimmed_at).max(0);
    length -= before_part;
    let begin = edge.trimmed_at.max(stretch.begin);
    let offset = stretch.offset + begin - stretch.begin;
    let overlaps = |before: &Node| offset < before.offset + before.length;
    if previous.is_some_and(overlaps) {
        return Applied::Overlapping;
    }
    let terms = edge.terms - Terms::SYNONYMOUS;
    let alternative = edge.trimmed_alternative.get(before_part as usize..).unwrap_or_default();
    let growth = alleles.alternative.len() as i64 - alleles.reference.len() as i64;
    // What lies outside of the part would be lost, or counted with it; and of bases that take the place of more or fewer,
    // nothing says which of them lie inside.
    let reaches_out =
        alternative.len() as i64 - length != growth || (before_part > 0 && growth != 0);
    if reaches_out || begin + length > stretch.begin + stretch.length {
        let unsaid = if terms.is_empty() { Terms::CODING_SEQUENCE } else { Terms::NONE };
        return Applied::Placed(terms | unsaid);
    }
    Applied::Coding(Node {
        allele,
        length,
        growth,
        offset,
        terms,
        alternative: alternative.to_vec(),
    })
}

/// Whether the coding sequence begins with ATG also with the change: bases were inserted behind it, or the same ones put
/// in their place.
fn keeps_start(model: &Model<'_>, part: usize, edge: &Edge<'_, '_, '_>) -> bool {
    let stretch = model.coding[part];
    let (begin, end) = (edge.trimmed_at, edge.trimmed_at + edge.trimmed_reference.len() as i64);
    let before_part = (stretch.begin - begin).max(0) as usize;
    let new = edge.trimmed_alternative.get(before_part..).unwrap_or_default();
    let start = if model.reverse {
        let rest = model.bases(end, stretch.end() + 1 - end);
        let bases = [model.bases(begin - 3, 3), new, rest].concat();
        reverse_complement(&bases[bases.len().saturating_sub(3)..])
    } else {
        let rest = model.bases(stretch.begin, begin - stretch.begin);
        [rest, new, model.bases(end, 3)].concat()
    };
    start.starts_with(b"ATG")
}

/// A start codon that is not ATG is none, and an incomplete coding sequence has none.
fn checks(model: &Model<'_>, part: usize) -> Checks {
    let (first, last) = (part == 0, part + 1 == model.coding.len());
    let (at_start, at_stop) = if model.reverse { (last, first) } else { (first, last) };
    Checks {
        sites: true,
        start: at_start && !model.incomplete_start && starts_with_methionine(model, part),
        stop: at_stop && !model.incomplete_end,
        region_begin: !first,
        region_end: !last,
        utr: true,
        alleles: true,
    }
}

fn starts_with_methionine(model: &Model<'_>, part: usize) -> bool {
    let stretch = model.coding[part];
    let bases = if model.reverse {
        reverse_complement(model.bases(stretch.end() - 2, 3))
    } else {
        model.bases(stretch.begin, 3).to_vec()
    };
    translate(&bases, GeneticCode::of(model.transcript.mitochondrial)) == "M"
}

/// The changes of a haplotype with the sequence between them.
pub(crate) struct Chain {
    /// By position.
    pub(crate) nodes: Vec<Node>,
    /// The changed coding sequence from the first change to the end of the last, along the contig.
    pub(crate) sequence: Vec<u8>,
    /// Length of `sequence` up to the end of each change.
    ends: Vec<i64>,
}

impl Chain {
    pub(crate) fn new(model: &Model<'_>, nodes: Vec<Node>) -> Self {
        let mut sequence = Vec::new();
        let mut ends = Vec::with_capacity(nodes.len());
        for (at, node) in nodes.iter().enumerate() {
            if let Some(before) = at.checked_sub(1).map(|before| &nodes[before]) {
                let spliced = model.spliced();
                let from = before.offset + before.length;
                let range =
                    super::model::PADDING as i64 + from..super::model::PADDING as i64 + node.offset;
                sequence.extend_from_slice(
                    spliced.get(range.start as usize..range.end as usize).unwrap_or_default(),
                );
            }
            sequence.extend_from_slice(&node.alternative);
            ends.push(sequence.len() as i64);
        }
        Self { nodes, sequence, ends }
    }

    /// Bases gained by all changes.
    pub(crate) fn growth(&self) -> i64 {
        self.nodes.iter().map(|node| node.growth).sum()
    }

    /// Where change `at` begins in `sequence`.
    pub(crate) fn start(&self, at: usize) -> i64 {
        self.ends[at] - self.nodes[at].alternative.len() as i64
    }

    /// Where change `at` ends in `sequence`.
    pub(crate) fn end(&self, at: usize) -> i64 {
        self.ends[at]
    }

    /// Where change `at` begins in the changed spliced coding sequence.
    pub(crate) fn changed_offset(&self, at: usize) -> i64 {
        self.nodes[0].offset + self.start(at)
    }

    /// The changes that a ribosome meets on the way to the end of a protein of `residues`.
    pub(crate) fn read_by<'c>(
        &'c self,
        model: &Model<'_>,
        residues: i64,
    ) -> impl Iterator<Item = &'c Node> + use<'c> {
        let total = model.coding_length() + self.growth();
        let reverse = model.reverse;
        // The stop codon is read too.
        let end = 3 * (residues + 1);
        self.nodes.iter().enumerate().filter_map(move |(at, node)| {
            let begin = self.changed_offset(at);
            let met = if reverse { total - (begin + node.alternative.len() as i64) } else { begin };
            (met < end).then_some(node)
        })
    }
}
