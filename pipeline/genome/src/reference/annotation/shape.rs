//! Where a transcript and its parts lie.

use super::coding;
use super::error::{Refusal, Warning, Warnings};
use super::line::PartKind;
use super::node::{Definition, Node, Part};
use crate::reference::{CodingPart, Interval, Strand, Utr};

/// Place and parts of a transcript.
pub(super) struct Shape {
    pub(super) strand: Strand,
    pub(super) interval: Interval,
    pub(super) exons: Vec<Interval>,
    pub(super) coding: Vec<CodingPart>,
    pub(super) utrs: Vec<Utr>,
    pub(super) selenocysteines: Vec<u32>,
    /// RefSeq: the coding sequence goes on before its start, after its end.
    pub(super) open: [bool; 2],
}

impl Shape {
    /// Of the parts of a node, those of one of its proteins where `protein` says so.
    pub(super) fn of(
        node: &Node,
        own: &Definition,
        protein: Option<u32>,
        warnings: &mut Warnings,
    ) -> Result<Self, Refusal> {
        let of_protein =
            |part: &&Part| protein.is_none() || part.protein.is_none() || part.protein == protein;
        let parts: Vec<Part> = node.parts.iter().filter(of_protein).copied().collect();
        let strand = strand(node, own, &parts)?;
        let coding = coding::coding_parts(&parts, strand);
        coding::check(&coding, strand, &node.key, own.line, warnings)?;
        let exons = exons(node, own, &parts, &coding, warnings)?;
        let utrs = coding::utrs(&parts, &exons, &coding, strand).unwrap_or_else(|| {
            warnings.add(Warning::UtrWithoutSide, &node.key, own.line);
            Vec::new()
        });
        let all = exons.iter().copied().chain(parts.iter().map(|part| part.interval));
        let interval = all.chain(own.interval).reduce(hull).ok_or_else(|| no_exon(node))?;
        if own.interval.is_some_and(|stated| stated != interval) {
            warnings.add(Warning::Widened, &node.key, own.line);
        }
        let selenocysteines =
            coding::selenocysteines(&node.translation.selenocysteines, &parts, strand);
        let [low, high] = node.translation.open;
        let open = if strand == Strand::Forward { [low, high] } else { [high, low] };
        Ok(Self { strand, interval, exons, coding, utrs, selenocysteines, open })
    }
}

fn hull(one: Interval, other: Interval) -> Interval {
    Interval { start: one.start.min(other.start), end: one.end.max(other.end) }
}

/// The strand of the transcript, which its parts must share.
fn strand(node: &Node, own: &Definition, parts: &[Part]) -> Result<Strand, Refusal> {
    let refusal = |message: String| {
        Err(Refusal::new(
            "annotation.strand",
            "strand",
            message,
            "write + or -, the same for a transcript and its parts",
        ))
    };
    let Some(strand) = own.strand else {
        return refusal(format!("{}: the strand is neither + nor -", node.key));
    };
    match parts.iter().find(|part| part.strand.is_some_and(|other| other != strand)) {
        Some(part) => refusal(format!("{}: line {} is on the other strand", node.key, part.line)),
        None => Ok(strand),
    }
}

/// The exons by position: as written, else what is coding or untranslated, else all of the transcript.
fn exons(
    node: &Node,
    own: &Definition,
    parts: &[Part],
    coding: &[CodingPart],
    warnings: &mut Warnings,
) -> Result<Vec<Interval>, Refusal> {
    let of = |kinds: &[PartKind]| -> Vec<Interval> {
        let mut found: Vec<Interval> = parts
            .iter()
            .filter(|part| kinds.contains(&part.kind))
            .map(|part| part.interval)
            .collect();
        found.sort_unstable();
        found
    };
    let written = of(&[PartKind::Exon]);
    if written.is_empty() {
        let mut pieces = of(&[PartKind::FivePrimeUtr, PartKind::ThreePrimeUtr, PartKind::Utr]);
        pieces.extend(coding.iter().map(|part| part.interval));
        if pieces.is_empty() {
            warnings.add(Warning::WithoutExons, &node.key, own.line);
            return own.interval.map(|interval| vec![interval]).ok_or_else(|| no_exon(node));
        }
        return Ok(joined(pieces));
    }
    for pair in written.windows(2) {
        if pair[0] == pair[1] {
            return Err(coding::twice(&node.key, "exon"));
        }
        if pair[1].start <= pair[0].end {
            let message = format!("{}: two exons overlap at {}", node.key, pair[1].start);
            return Err(Refusal::new(
                "annotation.exons",
                "start",
                message,
                "write exons apart from each other",
            ));
        }
    }
    let within = |part: &CodingPart| {
        let after = written.partition_point(|exon| exon.start <= part.interval.start);
        after.checked_sub(1).is_some_and(|at| written[at].end >= part.interval.end)
    };
    match coding.iter().find(|part| !within(part)) {
        Some(part) => {
            let message = format!(
                "{}: the coding part from {} lies in no exon",
                node.key, part.interval.start
            );
            Err(Refusal::new(
                "annotation.exons",
                "start",
                message,
                "write the exons that hold the coding sequence",
            ))
        }
        None => Ok(written),
    }
}

fn no_exon(node: &Node) -> Refusal {
    let message = format!("{}: neither exon nor coding sequence", node.key);
    Refusal::new("annotation.exons", "line", message, "write the transcript's exons")
}

/// Intervals that touch or overlap become one.
fn joined(mut pieces: Vec<Interval>) -> Vec<Interval> {
    pieces.sort_unstable();
    let mut joined: Vec<Interval> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if piece.start <= last.end.saturating_add(1) => {
                last.end = last.end.max(piece.end);
            }
            _ => joined.push(piece),
        }
    }
    joined
}
