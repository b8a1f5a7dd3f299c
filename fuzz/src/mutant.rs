//! Mutant proteins made by other means: the bases of a transcript as a row of cells, changed one by one and translated.

use std::collections::BTreeMap;

use vaxloom_genome::Consequence;
use vaxloom_genome::hgvs::GenomicChange;
use vaxloom_genome::reference::{GeneticCode, Strand, Transcript, reverse_complement, translate};

use crate::{contig, reference};

/// The mutant protein of `row` is what its haplotype makes of the transcript, where every change lies within a coding part,
/// however it is aligned, and away from its neighbours: what is cut at borders is a matter of rules, not of bases.
pub fn check_mutant(row: &Consequence<'_>) {
    let (Some(found), Some(haplotype)) = (&row.mutant_protein, &row.haplotype) else { return };
    let transcript = reference().transcripts().find(|made| made.versioned_id() == row.transcript);
    let transcript = transcript.expect("rows are of the reference's transcripts");
    let changes: Option<Vec<Change>> =
        haplotype.split('+').map(|name| change(transcript, name)).collect();
    let Some(mut changes) = changes.filter(|_| transcript.selenocysteines.is_empty()) else {
        return;
    };
    changes.sort_by_key(|change| change.reach.0);
    if changes.windows(2).all(|pair| pair[0].reach.1 < pair[1].reach.0) {
        assert_eq!(**found, *protein(transcript, &changes), "{haplotype} {}", row.transcript);
    }
}

/// A change, left-aligned.
struct Change {
    edit: GenomicChange,
    /// The bases that it can be said to lie at: one that moves over another is another change.
    reach: (u32, u32),
}

/// `1:80:A:AC`; none where it can be said to lie at a border.
fn change(transcript: &Transcript, name: &str) -> Option<Change> {
    let mut parts = name.split(':').skip(1);
    let mut next = || parts.next().expect("contig, position and two alleles");
    let (position, old, new) = (next().parse().expect("a position"), next(), next());
    let contig = contig(&transcript.contig);
    let written = GenomicChange::from_vcf(position, old.as_bytes(), new.as_bytes())?;
    let right = written.clone().right_aligned(contig);
    let edit = written.left_aligned(contig);
    let (from, to) = (edit.position, right.position + right.reference.len() as u32);
    let within = transcript.coding.iter().any(|part| {
        let phase = u32::from(part.phase.unwrap_or(0));
        part.interval.start + phase < from && to + phase < part.interval.end
    });
    within.then_some(Change { edit, reach: (from, to) })
}

fn protein(transcript: &Transcript, changes: &[Change]) -> String {
    let contig = contig(&transcript.contig);
    let exonic = transcript.exons.iter().flat_map(|exon| exon.start..=exon.end);
    let mut cells: BTreeMap<u32, Vec<u8>> = exonic.map(|at| (at, vec![contig.base(at)])).collect();
    for Change { edit: change, .. } in changes {
        for at in change.position..change.position + change.reference.len() as u32 {
            cells.insert(at, Vec::new());
        }
        let cell = cells.get_mut(&change.position).expect("changes lie in exons");
        cell.splice(0..0, change.alternative.iter().copied());
    }
    let (first, last) = (&transcript.coding[0], &transcript.coding[transcript.coding.len() - 1]);
    let forward = transcript.strand == Strand::Forward;
    let read: Vec<u8> = if forward {
        let start = first.interval.start + u32::from(first.phase.unwrap_or(0));
        cells.range(start..).flat_map(|(_, cell)| cell.clone()).collect()
    } else {
        let start = last.interval.end - u32::from(last.phase.unwrap_or(0));
        let cells = cells.range(..=start).flat_map(|(_, cell)| cell.clone());
        reverse_complement(&cells.collect::<Vec<u8>>())
    };
    let whole = translate(&read, GeneticCode::of(transcript.mitochondrial));
    whole.split('*').next().unwrap_or_default().to_owned()
}
