//! Which changes of a haplotype have to be read together, and what they do to the protein.
//!
//! Changes belong together while the reading frame is shifted between them, or where they touch the same codon.

use std::ops::RangeInclusive;

use super::chain::Chain;
use super::entry::Window;
use super::model::{Model, PADDING};
use super::terms::Terms;
use crate::reference::{GeneticCode, reverse_complement};

/// Changes that are read together.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Their places in the chain.
    pub(crate) nodes: RangeInclusive<usize>,
    pub(crate) terms: Terms,
    /// Terms that their places suggested and the residues did not confirm.
    pub(crate) refuted: Terms,
    /// Bases gained together.
    pub(crate) growth: i64,
    /// 1-based residue of the wild type where `reference` begins.
    pub(crate) reference_at: i64,
    /// Residues of the touched codons, `*` for a stop, up to the first stop.
    pub(crate) reference: String,
    pub(crate) alternative_at: i64,
    pub(crate) alternative: String,
    /// The touched codons before and after, changed bases upper case; `None` for a shifted frame.
    pub(crate) codons: Option<(String, String)>,
}

impl Group {
    /// The place in the chain of the change that speaks for all: the last in direction of the contig on the reverse
    /// strand, the first on the forward strand.
    pub(crate) fn speaker(&self, model: &Model<'_>) -> usize {
        if model.reverse { *self.nodes.end() } else { *self.nodes.start() }
    }

    /// The window; `name` writes the change of a node.
    pub(crate) fn window(&self, name: impl Fn(usize) -> String) -> Window {
        let changes: Vec<_> = self.nodes.clone().map(name).collect();
        let synonymous = self.terms.any(Terms::SYNONYMOUS);
        Window {
            reference_at: self.reference_at,
            reference: self.reference.clone(),
            alternative_at: if synonymous { self.reference_at } else { self.alternative_at },
            alternative: (!synonymous).then(|| self.alternative.clone()),
            changes: changes.join("+"),
        }
    }
}

/// The groups of a chain, in direction of translation.
pub(crate) fn groups(model: &Model<'_>, chain: &Chain) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut stopped = false;
    let count = chain.nodes.len();
    let mut first = 0;
    let (mut growth, mut indel) = (0, false);
    for step in 0..count {
        let at = if model.reverse { count - 1 - step } else { step };
        growth += chain.nodes[at].growth;
        indel |= chain.nodes[at].growth != 0;
        if step + 1 < count && (growth % 3 != 0 || next_in_codon(model, chain, at)) {
            continue;
        }
        let nodes = if model.reverse { at..=count - 1 - first } else { first..=at };
        groups.push(classified(model, chain, nodes, growth, indel, &mut stopped));
        first = step + 1;
        (growth, indel) = (0, false);
    }
    groups
}

/// Whether the next change (in direction of translation) touches the codon in which this one ends.
fn next_in_codon(model: &Model<'_>, chain: &Chain, at: usize) -> bool {
    let growth = chain.nodes[at].growth;
    if model.reverse {
        let total = model.coding_length() + chain.growth();
        let place = |node: usize| total - 1 - chain.changed_offset(node);
        let (mut current, mut next) = (place(at), place(at - 1));
        if growth > 0 {
            current += growth - 1;
        } else {
            current -= growth;
        }
        if chain.nodes[at - 1].growth > 0 {
            next -= chain.nodes[at - 1].growth;
        }
        current / 3 == next / 3
    } else {
        let mut current = chain.changed_offset(at);
        if growth > 0 {
            current += growth;
        } else if growth < 0 {
            current += 1;
        }
        current / 3 == chain.changed_offset(at + 1) / 3
    }
}

fn classified(
    model: &Model<'_>,
    chain: &Chain,
    nodes: RangeInclusive<usize>,
    growth: i64,
    indel: bool,
    stopped: &mut bool,
) -> Group {
    let (first, last) = (*nodes.start(), *nodes.end());
    let begin = chain.nodes[first].offset;
    let end = chain.nodes[last].offset + chain.nodes[last].length;
    let total = model.coding_length();
    let changed_total = total + chain.growth();
    let to_end = growth % 3 != 0 && !chain.sequence.is_empty();
    let changed = &chain.sequence[chain.start(first).max(0) as usize..chain.end(last) as usize];
    let changed_begin = chain.changed_offset(first);
    let spliced = model.spliced();
    let original = &spliced[begin as usize + PADDING..end as usize + PADDING];
    let read =
        |bases, offset, total| Codons { model, bases, offset, total, begin, end, to_end }.read();
    let (mut alternative, codons_after) = read(changed, changed_begin, changed_total);
    let (mut reference, codons_before) = read(original, begin, total);
    let changed_end = chain.nodes[0].offset + chain.end(last);
    let (reference_at, alternative_at) = if model.reverse {
        ((total - end) / 3 + 1, (changed_total - changed_end) / 3 + 1)
    } else {
        (begin / 3 + 1, changed_begin / 3 + 1)
    };
    let upstream = *stopped;
    *stopped |= alternative.contains(&b'*');
    let placed = chain.nodes[nodes.clone()].iter().fold(Terms::NONE, |all, node| all | node.terms);
    let mut terms = placed & Terms::COMPOUND;
    if growth == 0 && indel {
        terms |= Terms::INFRAME_ALTERING;
    }
    let refuted = confirm(&mut terms, &mut reference, &mut alternative, growth, first != last);
    if upstream {
        terms |= Terms::UPSTREAM_STOP;
    }
    let text = |residues: Vec<u8>| residues.into_iter().map(char::from).collect();
    Group {
        nodes,
        terms: terms - refuted,
        refuted,
        growth,
        reference_at,
        reference: text(reference),
        alternative_at,
        alternative: text(alternative),
        codons: (!to_end).then(|| marked(&codons_before, &codons_after)),
    }
}

/// Codons with the bases that change in upper case and the others in lower case; `-` where there are none.
fn marked(before: &[u8], after: &[u8]) -> (String, String) {
    let equal = |(a, b): &(&u8, &u8)| a == b;
    let head = before.iter().zip(after).take_while(equal).count();
    let ends = before[head..].iter().rev().zip(after[head..].iter().rev());
    let tail = ends.take_while(equal).count();
    let exchanged = before.len() == after.len();
    let mark = |codons: &[u8], other: &[u8]| -> String {
        let change = |at: usize| {
            if exchanged { codons[at] != other[at] } else { at >= head && at + tail < codons.len() }
        };
        let base = |at: usize| {
            let base = codons[at];
            char::from(if change(at) { base } else { base.to_ascii_lowercase() })
        };
        if codons.is_empty() { "-".to_owned() } else { (0..codons.len()).map(base).collect() }
    };
    (mark(before, after), mark(after, before))
}

/// Completes the terms by the residues, which are cut at their first stop; gives the terms that do not hold.
fn confirm(
    terms: &mut Terms,
    reference: &mut Vec<u8>,
    alternative: &mut Vec<u8>,
    growth: i64,
    several: bool,
) -> Terms {
    let mut refuted = Terms::NONE;
    cut_at_stop(reference);
    let whole = alternative.clone();
    cut_at_stop(alternative);
    let (was_stop, is_stop) = (reference.last() == Some(&b'*'), alternative.last() == Some(&b'*'));
    if terms.any(Terms::STOP_LOST) {
        if was_stop && is_stop {
            refuted |= Terms::STOP_LOST;
            *terms |= Terms::STOP_RETAINED;
        } else if !was_stop && is_stop {
            // The annotation ends without a stop codon, and the change makes one.
            refuted |= Terms::STOP_GAINED;
            *terms |= Terms::STOP_RETAINED;
        } else if !was_stop {
            *terms |= Terms::INCOMPLETE_CDS;
        }
    }
    if terms.any(Terms::START_LOST) && reference.first() != Some(&b'M') {
        refuted |= Terms::START_LOST;
        *terms -= Terms::START_LOST;
    }
    if growth == 0 {
        *terms |= exchanged(reference, alternative, &whole);
    } else {
        *terms |= if growth % 3 != 0 {
            Terms::FRAMESHIFT
        } else if growth < 0 {
            Terms::INFRAME_DELETION
        } else {
            Terms::INFRAME_INSERTION
        };
        if !was_stop && is_stop {
            *terms |= Terms::STOP_GAINED;
        }
    }
    if several && terms.any(Terms::INFRAME) && is_stop {
        // A stop comes before the frame is restored.
        refuted |= Terms::INFRAME;
        *terms |= Terms::FRAMESHIFT | Terms::STOP_GAINED;
    }
    refuted
}

/// What the exchange of residues is, one by one. After a stop in `alternative`, nothing stands at the next residue of the wild type.
fn exchanged(reference: &[u8], alternative: &[u8], whole: &[u8]) -> Terms {
    let mut terms = Terms::NONE;
    for (at, &old) in reference.iter().enumerate() {
        let new = match alternative.get(at) {
            Some(&new) => Some(new),
            None if at == alternative.len() => None,
            None => whole.get(at).copied(),
        };
        if new == Some(old) {
            continue;
        }
        terms |= if old == b'*' {
            Terms::STOP_LOST
        } else if new == Some(b'*') {
            Terms::STOP_GAINED
        } else {
            Terms::MISSENSE
        };
    }
    if terms.is_empty() { Terms::SYNONYMOUS } else { terms }
}

fn cut_at_stop(residues: &mut Vec<u8>) {
    if let Some(stop) = residues.iter().position(|&residue| residue == b'*') {
        residues.truncate(stop + 1);
    }
}

/// Bases that replace those from `begin` to `end` of the spliced coding sequence, with the rest of the codons at their
/// ends, and to the end of the coding sequence where the frame is shifted.
struct Codons<'s> {
    model: &'s Model<'s>,
    bases: &'s [u8],
    /// Place of `bases` in their own coding sequence, which has `total` bases.
    offset: i64,
    total: i64,
    begin: i64,
    end: i64,
    to_end: bool,
}

impl Codons<'_> {
    /// The residues and the codons.
    fn read(&self) -> (Vec<u8>, Vec<u8>) {
        if self.bases.is_empty() {
            return (vec![b'?'], Vec::new());
        }
        let code = GeneticCode::of(self.model.transcript.mitochondrial);
        let codons = if self.model.reverse { self.reverse() } else { self.forward() };
        let whole = codons.as_chunks::<3>().0.iter();
        (whole.map(|&codon| code.residue(codon)).collect(), codons)
    }

    fn forward(&self) -> Vec<u8> {
        let spliced = self.model.spliced();
        let (begin, end) = (self.begin as usize + PADDING, self.end as usize + PADDING);
        let before = self.offset.rem_euclid(3) as usize;
        let mut codons = spliced[begin - before..begin].to_vec();
        codons.extend_from_slice(self.bases);
        let missing = (3 - codons.len() % 3) % 3;
        codons.extend_from_slice(&spliced[end..(end + missing).min(spliced.len())]);
        if self.to_end {
            let rest = (end + missing).min(spliced.len() - PADDING);
            codons.extend_from_slice(&spliced[rest..spliced.len() - PADDING]);
        }
        codons
    }

    fn reverse(&self) -> Vec<u8> {
        let spliced = self.model.spliced();
        let (begin, end) = (self.begin as usize + PADDING, self.end as usize + PADDING);
        let after = (self.total - self.offset - self.bases.len() as i64).rem_euclid(3) as usize;
        let length = self.bases.len() + after;
        let missing = (3 - length % 3) % 3;
        let from = if self.to_end { PADDING.min(begin - missing) } else { begin - missing };
        let mut codons = spliced[from..begin].to_vec();
        codons.extend_from_slice(self.bases);
        codons.extend_from_slice(&spliced[end..(end + after).min(spliced.len())]);
        reverse_complement(&codons)
    }
}
