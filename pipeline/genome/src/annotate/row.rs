//! From effects to rows.

use std::borrow::Cow;
use std::fmt::Write;

use super::regions::{Alternative, Call, NEIGHBOURHOOD, Region};
use super::{AnnotatedRow, structural};
use crate::Consequence;
use crate::effect::{Copies, Effect, Effects, ProteinEffect, Terms, Variant, bcsq_of, effects};
use crate::hgvs::{
    self, GenomicChange, Numbering, ProteinEvent, ProteinEventKind, TranslatedSequence,
};
use crate::reference::{ReferenceContig, Transcript};

/// What is noted of a call that was not applied.
pub(super) const OVERLAPS: &str = "overlaps an earlier call on its haplotype; not applied";
/// What is noted of a call whose last bases the reference has not.
const PAST_THE_END: &str = "REF reaches past the end of the contig";

impl Region<'_> {
    /// The calls with a sequence, and the places that they have among all.
    fn variants(&self) -> (Vec<usize>, Vec<Variant>) {
        let with_bases = self.calls.iter().enumerate().filter_map(|(place, call)| {
            let Alternative::Bases(bases) = &call.alternative else { return None };
            let variant = Variant {
                position: call.pos,
                reference: call.reference.to_vec(),
                alternative: bases.to_vec(),
                aligned: call.aligned.clone(),
                copies: call.copies,
                background: call.background,
            };
            Some((place, variant))
        });
        with_bases.unzip()
    }
}

/// A region with all that its rows are made of.
pub(super) struct Page<'x> {
    region: &'x Region<'x>,
    contig: &'x ReferenceContig<'x>,
    /// Places of the calls that have effects, by the number of the effect's variant.
    places: Vec<usize>,
    effects: Effects,
    /// By the number of the transcript.
    names: Vec<Names>,
    /// For each call, the number of neighbours of unknown phase.
    pub(super) neighbours: Vec<i32>,
}

/// What many rows say of a transcript.
struct Names {
    /// Identifier with its version.
    transcript: String,
    /// What BCSQ says of an allele within it where there is no more to say.
    within: Option<String>,
    numbering: Option<Numbering>,
}

impl Names {
    fn new(transcript: &Transcript) -> Self {
        let term = if transcript.coding.is_empty() { Terms::NON_CODING } else { Terms::INTRON };
        Self {
            transcript: transcript.versioned_id(),
            within: bcsq_of(term, transcript),
            numbering: Numbering::new(transcript),
        }
    }
}

impl<'x> Page<'x> {
    pub(super) fn new(region: &'x Region<'x>, contig: &'x ReferenceContig<'x>) -> Self {
        let (places, variants) = region.variants();
        Self {
            region,
            contig,
            places,
            effects: effects(&contig.sequence, &region.transcripts, &variants),
            names: region.transcripts.iter().map(|transcript| Names::new(transcript)).collect(),
            neighbours: unphased_neighbours(&region.calls),
        }
    }

    /// The calls by record and allele, each with the number of its variant, where it has bases.
    pub(super) fn order(&self) -> Vec<(usize, Option<usize>)> {
        let calls = &self.region.calls;
        let mut variants = vec![None; calls.len()];
        for (variant, &place) in self.places.iter().enumerate() {
            variants[place] = Some(variant);
        }
        let own = variants.into_iter().enumerate().filter(|&(place, _)| !calls[place].background);
        let mut order: Vec<_> = own.collect();
        order.sort_by_key(|&(place, _)| (calls[place].line, place));
        order
    }

    /// The rows of a call: what the transcripts say, or what can be said without one.
    pub(super) fn show(
        &self,
        place: usize,
        variant: Option<usize>,
        show: &mut dyn FnMut(&AnnotatedRow<'_>),
    ) {
        let call = &self.region.calls[place];
        let change = change(call);
        let hgvs_g = change
            .as_ref()
            .map(|change| hgvs::genomic(change, &self.contig.sequence, self.contig.accession));
        let mut row = AnnotatedRow {
            chrom: &self.region.chrom,
            pos: i64::from(call.pos),
            ref_allele: String::from_utf8_lossy(&call.reference),
            alt: alternative_text(call),
            consequence: Consequence::default(),
            line: call.line,
        };
        let effects = variant.map_or(&[][..], |variant| self.effects.of(variant));
        let mut tell = |consequence| {
            row.consequence = consequence;
            row.consequence.hgvs_g = hgvs_g.as_deref().map(Cow::Borrowed);
            row.consequence.unphased_neighbours = Some(self.neighbours[place]);
            show(&row);
        };
        for effect in effects {
            tell(self.told(effect, call, change.as_ref()));
        }
        if effects.is_empty() {
            self.without_effect(call).into_iter().for_each(tell);
        }
    }

    fn told(
        &self,
        effect: &'x Effect,
        call: &Call,
        change: Option<&GenomicChange>,
    ) -> Consequence<'_> {
        let mut row = self.described(effect.transcript, effect.terms, call);
        let transcript = self.region.transcripts[effect.transcript];
        row.hgvs_c = change
            .zip(self.names[effect.transcript].numbering.as_ref())
            .and_then(|(change, numbering)| numbering.coding(change, &self.contig.sequence))
            .map(Cow::Owned);
        row.bcsq = match &effect.bcsq {
            Some(bcsq) => Some(Cow::Borrowed(bcsq)),
            None if self.effects.touched[effect.variant] => None,
            None => self.names[effect.transcript].within.as_deref().map(Cow::Borrowed),
        };
        if effect.overlaps {
            row.note = Some(Cow::Borrowed(OVERLAPS));
        } else if self.contig.sequence.length().is_some_and(|end| call.span().1 > i64::from(end)) {
            row.note = Some(Cow::Borrowed(PAST_THE_END));
        }
        if effect.terms.any(Terms::START_LOST) {
            row.protein_position = Some(1);
        }
        if let Some(protein) = &effect.protein {
            add_protein(&mut row, protein, effect.terms);
        }
        row.hgvs_p = hgvs_p(effect, transcript).map(Cow::Owned);
        row.protein_change = row.hgvs_p.as_deref().and_then(hgvs::short_form).map(Cow::Owned);
        row.haplotype = self.haplotype(effect).map(Cow::Owned);
        row
    }

    /// The columns that transcript and terms give.
    fn described(&self, number: usize, terms: Terms, call: &Call) -> Consequence<'_> {
        let transcript = self.region.transcripts[number];
        let in_exon = || {
            let (first, last) = call.span();
            let mut exons = transcript.exons.iter();
            exons.any(|exon| i64::from(exon.start) <= last && first <= i64::from(exon.end))
        };
        Consequence {
            gene: Cow::Borrowed(&transcript.gene),
            gene_id: Cow::Borrowed(&transcript.gene_id),
            transcript: Cow::Borrowed(&self.names[number].transcript),
            biotype: Cow::Borrowed(&transcript.biotype),
            canonical: transcript.canonical,
            mane_select: transcript.mane_select,
            tsl: transcript.tsl,
            cds_flags: match (transcript.cds_start_not_found, transcript.cds_end_not_found) {
                (true, true) => Some(Cow::Borrowed("cds_start_NF&cds_end_NF")),
                (true, false) => Some(Cow::Borrowed("cds_start_NF")),
                (false, true) => Some(Cow::Borrowed("cds_end_NF")),
                (false, false) => None,
            },
            consequence: terms.sequence_ontology(&transcript.biotype, in_exon),
            variant_class: Cow::Borrowed(class(terms, None)),
            ..Consequence::default()
        }
    }

    /// An allele without a sequence, or one that no transcript has.
    fn without_effect(&self, call: &Call) -> Vec<Consequence<'_>> {
        let Alternative::Structural { allele, info } = &call.alternative else {
            return vec![without_transcript("intergenic_variant", "noncoding")];
        };
        let elongated = structural::elongation(call, &self.region.transcripts);
        let mut rows: Vec<_> = elongated
            .map(|(number, terms)| Consequence {
                variant_class: Cow::Borrowed("structural"),
                bcsq: bcsq_of(terms, self.region.transcripts[number]).map(Cow::Owned),
                ..self.described(number, terms, call)
            })
            .collect();
        rows.push(without_transcript(structural::term(allele, info.as_deref()), "structural"));
        rows
    }

    fn haplotype(&self, effect: &Effect) -> Option<String> {
        let mut text = String::new();
        for (number, &variant) in effect.haplotype.iter().enumerate() {
            let call = &self.region.calls[self.places[variant]];
            let joint = if number == 0 { "" } else { "+" };
            let reference = String::from_utf8_lossy(&call.reference);
            let (chrom, alternative) = (&self.region.chrom, alternative_text(call));
            // Writing to a string does not fail.
            let _ = write!(text, "{joint}{chrom}:{}:{reference}:{alternative}", call.pos);
        }
        (!text.is_empty()).then_some(text)
    }
}

fn alternative_text(call: &Call) -> Cow<'_, str> {
    match &call.alternative {
        Alternative::Bases(bases) => String::from_utf8_lossy(bases),
        Alternative::Structural { allele, .. } => Cow::Borrowed(allele),
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
        for (other_at, other) in calls.iter().enumerate().skip(at + 1) {
            if other.span().0 - end > NEIGHBOURHOOD {
                break;
            }
            let same_record = (call.line, call.background) == (other.line, other.background);
            if !same_record && unknown(call.copies, other.copies) {
                counts[at] += 1;
                counts[other_at] += 1;
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

fn without_transcript(term: &'static str, class: &'static str) -> Consequence<'static> {
    Consequence {
        consequence: Cow::Borrowed(term),
        variant_class: Cow::Borrowed(class),
        ..Consequence::default()
    }
}

fn add_protein<'a>(row: &mut Consequence<'a>, protein: &'a ProteinEffect, terms: Terms) {
    row.protein_position = i32::try_from(protein.position).ok();
    row.annotated_position = row.protein_position;
    row.amino_acids = Some(if protein.reference == protein.alternative {
        Cow::Borrowed(protein.reference.as_str())
    } else {
        Cow::Owned(format!("{}/{}", protein.reference, protein.alternative))
    });
    row.codons =
        protein.codons.as_ref().map(|(before, after)| Cow::Owned(format!("{before}/{after}")));
    row.wildtype_protein = Some(Cow::Borrowed(&protein.wildtype.residues));
    row.variant_class = Cow::Borrowed(class(terms, Some(protein)));
    if let Some(mutant) = &protein.mutant {
        row.mutant_protein = Some(Cow::Borrowed(&mutant.product.residues));
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

fn hgvs_p(effect: &Effect, transcript: &Transcript) -> Option<String> {
    let id = transcript.protein_id.as_deref();
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
