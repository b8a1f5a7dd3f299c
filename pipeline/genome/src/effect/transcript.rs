//! One haplotype on one transcript: what is said of each of its alleles.

use super::chain::{Applied, Chain, Node, apply};
use super::edge::{Alleles, Checks, Edge, Placement, REGION_INTRON};
use super::entry::{Entries, Entry};
use super::group::{Group, groups};
use super::model::Model;
use super::terms::Terms;
use crate::reference::{Interval, Transcript};

/// What a transcript makes of one allele.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) entries: Entries,
    /// The allele touches a coding part, a UTR or a splice site: `bcftools csq` looks no further than those.
    pub(crate) touches: bool,
    /// It overlaps an allele before it on the haplotype, and was not applied.
    pub(crate) overlaps: bool,
    /// Number of the group that it belongs to.
    pub(crate) group: Option<usize>,
}

/// What a transcript makes of a haplotype.
pub(crate) struct Reading {
    /// One for each allele, in their order.
    pub(crate) told: Vec<Told>,
    pub(crate) chain: Chain,
    pub(crate) groups: Vec<Group>,
}

/// Applies the `alleles` of a haplotype, by position, to a transcript. `name` writes the change of an allele as its
/// record has it, `3630T>A`; `record_position` is 1-based.
pub(crate) fn read(
    model: &Model<'_>,
    alleles: &[Alleles<'_>],
    name: &dyn Fn(usize) -> String,
    record_position: &dyn Fn(usize) -> i64,
) -> Reading {
    let mut told: Vec<Told> = Vec::with_capacity(alleles.len());
    let mut nodes: Vec<Node> = Vec::new();
    for (number, &allele) in alleles.iter().enumerate() {
        let mut of_allele = Told::default();
        apply_to_coding(model, allele, number, &mut nodes, &mut of_allele);
        touch_utrs(model, allele, false, &mut of_allele);
        touch_splice_sites(model, allele, &mut of_allele);
        told.push(of_allele);
    }
    let chain = Chain::new(model, nodes);
    let groups = if chain.nodes.is_empty() { Vec::new() } else { groups(model, &chain) };
    for (number, group) in groups.iter().enumerate() {
        tell(model, &chain, group, number, &mut told, name, record_position);
    }
    for (of_allele, &allele) in told.iter_mut().zip(alleles) {
        if of_allele.entries.0.is_empty() && !of_allele.overlaps {
            touch_utrs(model, allele, true, of_allele);
        }
        if of_allele.entries.0.is_empty() && !of_allele.overlaps {
            touch_transcript(model, allele, of_allele);
        }
    }
    Reading { told, chain, groups }
}

fn apply_to_coding(
    model: &Model<'_>,
    allele: Alleles<'_>,
    number: usize,
    nodes: &mut Vec<Node>,
    told: &mut Told,
) {
    // One base more than the record has: an insertion lies before it.
    let (from, to) = allele.reach();
    let first = model.coding.partition_point(|part| part.end() < from);
    for part in first..model.coding.len() {
        let stretch = model.coding[part];
        if stretch.begin > to {
            break;
        }
        if stretch.length == 0 {
            continue;
        }
        told.touches = true;
        let mut staged = Vec::new();
        let applied = apply(model, part, allele, number, nodes.last(), &mut staged);
        for entry in staged {
            told.entries.add(entry);
        }
        match applied {
            Applied::Nothing => {}
            Applied::Overlapping => told.overlaps = true,
            Applied::Placed(terms) => told.entries.add(Entry::of(terms)),
            Applied::Coding(node) => nodes.push(node),
        }
    }
}

/// The UTRs that the annotation writes, or those that follow from its exons: `bcftools csq` knows the first only, so the
/// others are told where nothing else is.
fn touch_utrs(model: &Model<'_>, allele: Alleles<'_>, derived: bool, told: &mut Told) {
    let (from, to) = allele.reach();
    for utr in model.transcript.utrs.iter().filter(|utr| utr.derived == derived) {
        let (begin, end) = (i64::from(utr.interval.start) - 1, i64::from(utr.interval.end) - 1);
        if end < from || begin > to {
            continue;
        }
        let placement = Edge::new(model, allele, Checks::default()).place(begin, end);
        if matches!(placement, Placement::Inside | Placement::Overlap) {
            let term = if utr.five_prime { Terms::UTR_5 } else { Terms::UTR_3 };
            told.entries.add(Entry::of(term));
            told.touches = true;
        }
    }
}

fn touch_splice_sites(model: &Model<'_>, allele: Alleles<'_>, told: &mut Told) {
    if !model.is_coding() {
        return;
    }
    let (from, to) = allele.reach();
    let exons = &model.transcript.exons;
    let first = exons.partition_point(|exon| i64::from(exon.end) - 1 + REGION_INTRON < from);
    for exon in &exons[first..] {
        let (begin, end) = (i64::from(exon.start) - 1, i64::from(exon.end) - 1);
        if begin - REGION_INTRON > to {
            break;
        }
        let checks = Checks {
            sites: true,
            region_begin: begin != model.begin,
            region_end: end != model.end,
            ..Checks::default()
        };
        let mut edge = Edge::new(model, allele, checks);
        edge.place(begin, end);
        told.touches |= !edge.terms.is_empty();
        for terms in edge.staged {
            told.entries.add(Entry::of(terms));
        }
    }
}

/// Within the transcript, and nothing else to say.
fn touch_transcript(model: &Model<'_>, allele: Alleles<'_>, told: &mut Told) {
    let (from, to) = allele.reach();
    if model.end < from || model.begin > to {
        return;
    }
    let placement = Edge::new(model, allele, Checks::default()).place(model.begin, model.end);
    if matches!(placement, Placement::Inside | Placement::Overlap) {
        let term = if model.is_coding() { Terms::INTRON } else { Terms::NON_CODING };
        told.entries.add(Entry::of(term));
    }
}

/// What a symbolic insertion after `position` (1-based) makes longer: the coding sequence, a UTR, or what lies between.
pub(crate) fn touched_by_insertion(transcript: &Transcript, position: i64) -> Option<Terms> {
    let within = |interval: Interval| {
        i64::from(interval.start) <= position + 1 && position < i64::from(interval.end)
    };
    let coding = !transcript.coding.is_empty();
    let mut terms = Terms::NONE;
    if transcript.coding.iter().any(|part| within(part.interval)) {
        terms |= Terms::CODING_SEQUENCE;
    }
    for utr in transcript.utrs.iter().filter(|utr| within(utr.interval)) {
        terms |= if utr.five_prime { Terms::UTR_5 } else { Terms::UTR_3 };
    }
    if terms.is_empty() && within(transcript.interval) {
        terms |= if coding { Terms::INTRON } else { Terms::NON_CODING };
    }
    (!terms.is_empty()).then_some(terms | Terms::FEATURE_ELONGATION)
}

/// Says what a group does: at one of its records, to which the others refer.
fn tell(
    model: &Model<'_>,
    chain: &Chain,
    group: &Group,
    number: usize,
    told: &mut [Told],
    name: &dyn Fn(usize) -> String,
    record_position: &dyn Fn(usize) -> i64,
) {
    let speaker = group.speaker(model);
    let window = group.window(|node| name(chain.nodes[node].allele));
    let spoken = Entry { terms: group.terms, window: Some(window), said_at: None };
    told[chain.nodes[speaker].allele].entries.add(spoken);
    let said_at = Some(record_position(chain.nodes[speaker].allele));
    for node in group.nodes.clone() {
        let of_node = &chain.nodes[node];
        let of_allele = &mut told[of_node.allele];
        of_allele.group = Some(number);
        let placed = of_node.terms - Terms::COMPOUND;
        if !placed.is_empty() {
            of_allele.entries.add(Entry::of(placed - group.refuted));
        }
        if node != speaker && (group.terms.any(Terms::COMPOUND) || placed.is_empty()) {
            of_allele.entries.add(Entry { terms: of_node.terms, window: None, said_at });
        }
    }
}
