//! The coding sequence, its phases and what lies beside it.

use super::error::{Refusal, Warning, Warnings};
use super::line::PartKind;
use super::node::Part;
use crate::reference::{CodingPart, Interval, Strand, Utr};

/// The coding parts by position, the stop codon included: GFF3 has it in them, GTF beside them.
pub(super) fn coding_parts(parts: &[Part], strand: Strand) -> Vec<CodingPart> {
    let of = |kind| parts.iter().filter(move |part| part.kind == kind);
    let mut coding: Vec<CodingPart> = of(PartKind::Coding)
        .map(|part| CodingPart { interval: part.interval, phase: part.phase })
        .collect();
    coding.sort_by_key(|part| part.interval);
    if coding.is_empty() {
        return coding;
    }
    let mut stops: Vec<Interval> = of(PartKind::StopCodon).map(|part| part.interval).collect();
    stops.sort_unstable();
    if strand == Strand::Reverse {
        stops.reverse();
    }
    for stop in stops {
        for piece in without(stop, &coding) {
            append(&mut coding, piece, strand);
        }
    }
    // Of parts that begin at the same base, one may have been made longer.
    coding.sort_by_key(|part| part.interval);
    coding
}

/// Adds bases of the stop codon: to the part whose 3' end they touch, or as a part of their own.
fn append(coding: &mut Vec<CodingPart>, piece: Interval, strand: Strand) {
    let touched = coding.iter().position(|part| match strand {
        Strand::Forward => part.interval.end.checked_add(1) == Some(piece.start),
        Strand::Reverse => piece.end.checked_add(1) == Some(part.interval.start),
    });
    let at = touched.unwrap_or_else(|| {
        let at = coding.partition_point(|part| part.interval < piece);
        coding.insert(at, CodingPart { interval: piece, phase: None });
        at
    });
    let part = &mut coding[at].interval;
    *part = Interval { start: part.start.min(piece.start), end: part.end.max(piece.end) };
    let (before, after) = match strand {
        Strand::Forward => (at.checked_sub(1), Some(at + 1)),
        Strand::Reverse => (Some(at + 1), at.checked_sub(1)),
    };
    if touched.is_none() {
        coding[at].phase = before.and_then(|before| coding.get(before)).and_then(following);
    }
    // Old Ensembl files have the last bases of a stop codon over two exons in the CDS already, and the first not.
    let phase = following(&coding[at]);
    if let Some(rest) =
        after.and_then(|after| coding.get_mut(after)).filter(|rest| rest.interval.len() < 3)
    {
        rest.phase = phase;
    }
}

/// The phase of the part that follows in the direction of translation.
fn following(part: &CodingPart) -> Option<u8> {
    let over = i64::from(part.phase?) - i64::from(part.interval.len());
    Some(over.rem_euclid(3) as u8)
}

/// Phases must follow from the lengths; parts that overlap and incomplete sequences get a word.
pub(super) fn check(
    coding: &[CodingPart],
    strand: Strand,
    id: &str,
    line: u32,
    warnings: &mut Warnings,
) -> Result<(), Refusal> {
    for pair in coding.windows(2) {
        if pair[0].interval == pair[1].interval {
            return Err(twice(id, "coding part"));
        }
        let (first, second) = match strand {
            Strand::Forward => (&pair[0], &pair[1]),
            Strand::Reverse => (&pair[1], &pair[0]),
        };
        if let (Some(expected), Some(found)) = (following(first), second.phase)
            && expected != found
        {
            let message = format!(
                "{id}: the coding part from {} has phase {found}; by the length of the one before it, {expected}",
                second.interval.start
            );
            let remedy = "correct the phases, or leave the transcript out where its sequence differs from the genome";
            return Err(Refusal::new("annotation.phase", "phase", message, remedy));
        }
    }
    if coding.windows(2).any(|pair| pair[1].interval.start <= pair[0].interval.end) {
        warnings.add(Warning::Overlapping, id, line);
    }
    let first = match strand {
        Strand::Forward => coding.first(),
        Strand::Reverse => coding.last(),
    };
    let length: u64 = coding.iter().map(|part| u64::from(part.interval.len())).sum();
    let phase = first.and_then(|part| part.phase).unwrap_or(0);
    if !coding.is_empty() && length % 3 != u64::from(phase) {
        warnings.add(Warning::Incomplete, id, line);
    }
    Ok(())
}

pub(super) fn twice(id: &str, what: &str) -> Refusal {
    let message = format!("{id}: a {what} is there twice");
    Refusal::new("annotation.duplicate", "start", message, "write each line once")
}

/// The untranslated parts by position: as written, less the coding bases (GENCODE's UTR holds the stop codon); where none
/// is written, what the exons have beside the coding sequence. `None` where a side cannot be told.
pub(super) fn utrs(
    parts: &[Part],
    exons: &[Interval],
    coding: &[CodingPart],
    strand: Strand,
) -> Option<Vec<Utr>> {
    let five_prime = |interval: Interval| match strand {
        Strand::Forward => coding.first().map(|part| interval.start < part.interval.start),
        Strand::Reverse => coding.last().map(|part| interval.end > part.interval.end),
    };
    let written: Vec<(Interval, Option<bool>)> = parts
        .iter()
        .filter_map(|part| match part.kind {
            PartKind::FivePrimeUtr => Some((part.interval, Some(true))),
            PartKind::ThreePrimeUtr => Some((part.interval, Some(false))),
            PartKind::Utr => Some((part.interval, five_prime(part.interval))),
            _ => None,
        })
        .collect();
    let mut utrs = Vec::new();
    if written.is_empty() && !coding.is_empty() {
        for interval in exons.iter().flat_map(|exon| without(*exon, coding)) {
            // Bases of an exon between two coding parts (ribosomal slippage) are on no side.
            let within = coding.first().zip(coding.last()).is_some_and(|(first, last)| {
                interval.start > first.interval.start && interval.end < last.interval.end
            });
            if !within {
                utrs.push(Utr { interval, five_prime: five_prime(interval)?, derived: true });
            }
        }
    }
    for (interval, five_prime) in written {
        let five_prime = five_prime?;
        utrs.extend(without(interval, coding).map(|interval| Utr {
            interval,
            five_prime,
            derived: false,
        }));
    }
    utrs.sort_by_key(|utr| utr.interval);
    Some(utrs)
}

/// The bases of `interval` that are in no coding part.
fn without(interval: Interval, coding: &[CodingPart]) -> impl Iterator<Item = Interval> + use<> {
    let mut left = vec![interval];
    let meets = |part: &&CodingPart| {
        part.interval.start <= interval.end && part.interval.end >= interval.start
    };
    for cut in coding.iter().filter(meets).map(|part| part.interval) {
        left = left
            .into_iter()
            .flat_map(|piece| {
                let before = (piece.start < cut.start)
                    .then(|| Interval { start: piece.start, end: piece.end.min(cut.start - 1) });
                let after = (piece.end > cut.end)
                    .then(|| Interval { start: piece.start.max(cut.end + 1), end: piece.end });
                [before, after].into_iter().flatten()
            })
            .collect();
    }
    left.into_iter()
}

/// The first bases, in the direction of translation, of the codons that are read as selenocysteine. A codon over two
/// exons is written in two parts.
pub(super) fn selenocysteines(codons: &[Interval], parts: &[Part], strand: Strand) -> Vec<u32> {
    let first = |interval: &Interval| match strand {
        Strand::Forward => interval.start,
        Strand::Reverse => interval.end,
    };
    let mut written: Vec<Interval> = parts
        .iter()
        .filter(|part| part.kind == PartKind::Selenocysteine)
        .map(|part| part.interval)
        .collect();
    written.sort_unstable();
    if strand == Strand::Reverse {
        written.reverse();
    }
    let mut found: Vec<u32> = codons.iter().map(first).collect();
    let mut bases: u64 = 0;
    for interval in &written {
        if bases.is_multiple_of(3) {
            found.push(first(interval));
        }
        bases += u64::from(interval.len());
    }
    found.sort_unstable();
    found.dedup();
    found
}
