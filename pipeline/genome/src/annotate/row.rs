//! From effects to rows.

use super::regions::{Alternative, Call, NEIGHBOURHOOD, Region};
use super::{Annotated, AnnotatedRow, structural};
use crate::Consequence;
use crate::effect::{Copies, Effect, ProteinEffect, Terms, Variant, bcsq_of, effects};
use crate::hgvs::{self, GenomicChange, ProteinEvent, ProteinEventKind, TranslatedSequence};
use crate::reference::{ReferenceContig, Transcript};

/// What is noted of a call that was not applied.
pub(super) const OVERLAPS: &str = "overlaps an earlier call on its haplotype; not applied";

impl Region<'_> {
    /// The rows of all calls, by record, allele, transcript and haplotype.
    pub(super) fn annotated(mut self) -> Annotated {
        let quarantined = std::mem::take(&mut self.quarantined);
        let Some(contig) = self.contig.clone() else {
            return Annotated { rows: Vec::new(), quarantined };
        };
        // Those of the background come after the calls that the region was made of: back to their places.
        self.calls.sort_by_key(|call| (call.span().0, call.background));
        let (places, variants) = self.variants();
        let neighbours = unphased_neighbours(&self.calls);
        let mut rows: Vec<(usize, AnnotatedRow)> = Vec::new();
        for effect in effects(&contig.sequence, &self.transcripts, &variants) {
            let place = places[effect.variant];
            let row = self.row(&contig, &places, &effect, place, neighbours[place]);
            rows.push((place, row));
        }
        self.tell_the_rest(&contig, &neighbours, &mut rows);
        rows.sort_by_key(|(place, _)| (self.calls[*place].line, *place));
        Annotated { rows: rows.into_iter().map(|(_, row)| row).collect(), quarantined }
    }

    /// The calls with a sequence, and the places that they have among all.
    fn variants(&self) -> (Vec<usize>, Vec<Variant>) {
        let with_bases = self.calls.iter().enumerate().filter_map(|(place, call)| {
            let Alternative::Bases(bases) = &call.alternative else { return None };
            Some((
                place,
                Variant {
                    position: call.pos,
                    reference: call.reference.to_vec(),
                    alternative: bases.to_vec(),
                    aligned: call.aligned.clone(),
                    copies: call.copies,
                    background: call.background,
                },
            ))
        });
        with_bases.unzip()
    }

    fn row(
        &self,
        contig: &ReferenceContig<'_>,
        places: &[usize],
        effect: &Effect<'_>,
        place: usize,
        neighbours: i32,
    ) -> AnnotatedRow {
        let call = &self.calls[place];
        let change = change(call);
        let mut consequence = described(effect.transcript, effect.terms, effect.in_exon);
        consequence.hgvs_g =
            change.as_ref().map(|change| hgvs::genomic(change, &contig.sequence, contig.accession));
        consequence.hgvs_c = change
            .as_ref()
            .and_then(|change| hgvs::coding(effect.transcript, change, &contig.sequence));
        consequence.bcsq.clone_from(&effect.bcsq);
        consequence.unphased_neighbours = Some(neighbours);
        if effect.overlaps {
            consequence.note = Some(OVERLAPS.to_owned());
        } else if contig.sequence.length().is_some_and(|length| call.span().1 > i64::from(length)) {
            consequence.note = Some("REF reaches past the end of the contig".to_owned());
        }
        if effect.terms.any(Terms::START_LOST) {
            consequence.protein_position = Some(1);
        }
        if let Some(protein) = &effect.protein {
            add_protein(&mut consequence, protein, effect);
        }
        consequence.hgvs_p = hgvs_p(effect);
        consequence.protein_change = consequence.hgvs_p.as_deref().and_then(hgvs::short_form);
        if effect.protein.as_ref().is_some_and(|protein| protein.mutant.is_some()) {
            let applied: Vec<_> = effect
                .haplotype
                .iter()
                .map(|&variant| self.variant_id(&self.calls[places[variant]]))
                .collect();
            consequence.haplotype = Some(applied.join("+"));
        }
        self.of_call(call, consequence)
    }

    /// Alleles without a sequence, and those that no transcript has.
    fn tell_the_rest(
        &self,
        contig: &ReferenceContig<'_>,
        neighbours: &[i32],
        rows: &mut Vec<(usize, AnnotatedRow)>,
    ) {
        let mut told = vec![false; self.calls.len()];
        for (place, _) in rows.iter() {
            told[*place] = true;
        }
        for (place, call) in self.calls.iter().enumerate() {
            if told[place] || call.background {
                continue;
            }
            match &call.alternative {
                Alternative::Structural { allele, info } => {
                    for (transcript, terms) in structural::elongation(call, &self.transcripts) {
                        let mut consequence = described(transcript, terms, true);
                        "structural".clone_into(&mut consequence.variant_class);
                        consequence.bcsq = bcsq_of(terms, transcript);
                        rows.push((place, self.of_call(call, consequence)));
                    }
                    let term = structural::term(allele, info.as_deref());
                    rows.push((place, self.of_call(call, without_transcript(term, "structural"))));
                }
                Alternative::Bases(_) => {
                    let mut consequence = without_transcript("intergenic_variant", "noncoding");
                    consequence.hgvs_g = change(call)
                        .map(|change| hgvs::genomic(&change, &contig.sequence, contig.accession));
                    consequence.unphased_neighbours = Some(neighbours[place]);
                    rows.push((place, self.of_call(call, consequence)));
                }
            }
        }
    }

    fn of_call(&self, call: &Call, consequence: Consequence) -> AnnotatedRow {
        AnnotatedRow {
            chrom: self.chrom.to_string(),
            pos: i64::from(call.pos),
            ref_allele: text(&call.reference),
            alt: alternative_text(call),
            consequence,
            line: call.line,
        }
    }

    fn variant_id(&self, call: &Call) -> String {
        format!("{}:{}:{}:{}", self.chrom, call.pos, text(&call.reference), alternative_text(call))
    }
}

fn text(bases: &[u8]) -> String {
    String::from_utf8_lossy(bases).into_owned()
}

fn alternative_text(call: &Call) -> String {
    match &call.alternative {
        Alternative::Bases(bases) => text(bases),
        Alternative::Structural { allele, .. } => allele.to_string(),
    }
}

fn change(call: &Call) -> Option<GenomicChange> {
    let Alternative::Bases(bases) = &call.alternative else { return None };
    GenomicChange::from_vcf(call.pos, &call.reference, bases)
}

/// For each call the number of other calls within 30 bases whose copy of the chromosome, next to its own, is not known.
fn unphased_neighbours(calls: &[Call]) -> Vec<i32> {
    let mut counts = vec![0; calls.len()];
    for (at, call) in calls.iter().enumerate() {
        let (_, end) = call.span();
        let near = calls[at + 1..]
            .iter()
            .enumerate()
            .take_while(|(_, other)| other.span().0 - end <= NEIGHBOURHOOD);
        for (after, other) in near {
            if unknown(call.copies, other.copies) && call.line != other.line {
                counts[at] += 1;
                counts[at + 1 + after] += 1;
            }
        }
    }
    counts
}

/// Whether it is not known if two calls lie on one copy.
fn unknown(one: Copies, other: Copies) -> bool {
    match (one, other) {
        (Copies::All, _) | (_, Copies::All) => false,
        (Copies::Side { set, .. }, Copies::Side { set: of_other, .. }) => set != of_other,
        _ => true,
    }
}

fn without_transcript(term: &str, class: &str) -> Consequence {
    Consequence {
        consequence: term.to_owned(),
        variant_class: class.to_owned(),
        ..Consequence::default()
    }
}

/// The columns that transcript and terms give.
fn described(transcript: &Transcript, terms: Terms, in_exon: bool) -> Consequence {
    let flags = [
        (transcript.cds_start_not_found, "cds_start_NF"),
        (transcript.cds_end_not_found, "cds_end_NF"),
    ];
    let flags: Vec<_> = flags.iter().filter(|(set, _)| *set).map(|(_, flag)| *flag).collect();
    Consequence {
        gene: transcript.gene.clone(),
        gene_id: transcript.gene_id.clone(),
        transcript: transcript.versioned_id(),
        biotype: transcript.biotype.clone(),
        canonical: transcript.canonical,
        mane_select: transcript.mane_select,
        tsl: transcript.tsl,
        cds_flags: (!flags.is_empty()).then(|| flags.join("&")),
        consequence: terms.sequence_ontology(&transcript.biotype, in_exon),
        variant_class: class(terms, None).to_owned(),
        ..Consequence::default()
    }
}

fn add_protein(row: &mut Consequence, protein: &ProteinEffect, effect: &Effect<'_>) {
    row.protein_position = i32::try_from(protein.position).ok();
    row.annotated_position = row.protein_position;
    row.amino_acids = Some(if protein.reference == protein.alternative {
        protein.reference.clone()
    } else {
        format!("{}/{}", protein.reference, protein.alternative)
    });
    row.codons = protein.codons.as_ref().map(|(before, after)| format!("{before}/{after}"));
    row.wildtype_protein = Some(protein.wildtype.residues.clone());
    class(effect.terms, Some(protein)).clone_into(&mut row.variant_class);
    if let Some(mutant) = &protein.mutant {
        row.mutant_protein = Some(mutant.product.residues.clone());
        row.mutant_start = mutant.changed.map(|(start, _)| start);
        row.mutant_end = mutant.changed.map(|(_, end)| end);
    }
}

/// `variant_class` of the table `consequence`.
fn class(terms: Terms, protein: Option<&ProteinEffect>) -> &'static str {
    let by_terms = [
        (Terms::START_LOST, "start_lost"),
        (Terms::SPLICE_SITE, "splice"),
        (Terms::FRAMESHIFT, "frameshift"),
        (Terms::STOP_LOST, "stop_lost"),
        (Terms::INFRAME_INSERTION, "inframe_insertion"),
        (Terms::INFRAME_DELETION, "inframe_deletion"),
        (Terms::STOP_GAINED, "stop_gained"),
    ];
    if let Some((_, name)) = by_terms.iter().find(|(term, _)| terms.any(*term)) {
        return name;
    }
    if terms.any(Terms::MISSENSE | Terms::INFRAME_ALTERING) {
        let changed = protein.and_then(|protein| protein.mutant.as_ref()?.changed);
        let several = changed.is_some_and(|(start, end)| end > start);
        return if several { "mnv" } else { "missense" };
    }
    if terms.any(Terms::SYNONYMOUS | Terms::STOP_RETAINED | Terms::START_RETAINED) {
        "synonymous"
    } else if terms.any(Terms::SPLICE_REGION) {
        "splice"
    } else if terms.any(Terms::CODING_SEQUENCE) {
        "other"
    } else {
        "noncoding"
    }
}

fn hgvs_p(effect: &Effect<'_>) -> Option<String> {
    let id = effect.transcript.protein_id.as_deref();
    if effect.terms.any(Terms::START_LOST) {
        return Some(id.map_or_else(|| "p.Met1?".to_owned(), |id| format!("{id}:p.Met1?")));
    }
    if effect.terms.any(Terms::SPLICE_SITE) {
        return None;
    }
    let protein = effect.protein.as_ref()?;
    let before =
        TranslatedSequence { residues: &protein.wildtype.residues, stop: protein.wildtype.stop };
    let after = TranslatedSequence { residues: &protein.alone.residues, stop: protein.alone.stop };
    let first = u32::try_from(protein.position).ok()?;
    let stop_went = protein.reference.contains('*')
        && effect.terms.any(Terms::INFRAME_DELETION | Terms::INFRAME_INSERTION);
    let event = ProteinEvent {
        kind: if protein.frameshift || stop_went {
            ProteinEventKind::Frameshift
        } else {
            ProteinEventKind::InFrame
        },
        first_codon: first,
        last_codon: first + (protein.reference.len() as u32).max(1) - 1,
        protein_id: id,
    };
    hgvs::protein(&before, &after, &event)
}
