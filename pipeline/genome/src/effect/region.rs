//! The alleles of a stretch of a contig on all transcripts there.

use std::collections::HashMap;

use super::bcsq;
use super::edge::{Alleles, REGION_INTRON};
use super::haplotype::{Copies, Haplotype, haplotypes};
use super::model::Model;
use super::protein::{ProteinEffect, protein_effect};
use super::terms::Terms;
use super::transcript::{Reading, read};
use crate::reference::{ContigSequence, Transcript};

/// One alternate allele of a record, to be told what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// 1-based position of the first base of `reference`, as the record has it.
    pub position: u32,
    /// REF, upper case.
    pub reference: Vec<u8>,
    /// The one ALT allele, upper case.
    pub alternative: Vec<u8>,
    /// Position and alleles to work with where the record's are not left-aligned.
    pub aligned: Option<(u32, Vec<u8>, Vec<u8>)>,
    /// Which copies of the chromosome carry it.
    pub copies: Copies,
    /// It belongs to the background: it is applied, and nothing is told of it.
    pub background: bool,
}

impl Variant {
    /// The alleles that are worked with.
    pub(crate) fn alleles(&self) -> Alleles<'_> {
        let (position, reference, alternative) = match &self.aligned {
            Some((position, reference, alternative)) => (*position, reference, alternative),
            None => (self.position, &self.reference, &self.alternative),
        };
        Alleles { position: i64::from(position) - 1, reference, alternative }
    }

    /// `3630T>A`, as the record has it.
    fn name(&self) -> String {
        let text = |bases| String::from_utf8_lossy(bases).into_owned();
        format!("{}{}>{}", self.position, text(&self.reference), text(&self.alternative))
    }

    /// First and last base that it may touch, 0-based, with the room that splice regions take.
    fn reach(&self) -> (i64, i64) {
        let (from, to) = self.alleles().reach();
        (from - REGION_INTRON, to + REGION_INTRON)
    }
}

/// What one transcript makes of one allele on one haplotype.
#[derive(Clone, Debug)]
pub struct Effect<'a> {
    /// Number of the allele in the region.
    pub variant: usize,
    /// The transcript.
    pub transcript: &'a Transcript,
    /// What it does.
    pub terms: Terms,
    /// Whether it touches an exon.
    pub in_exon: bool,
    /// BCSQ as `bcftools csq` writes it, entries joined by `,`; `None` where that tool says nothing.
    pub bcsq: Option<String>,
    /// What it does to the protein.
    pub protein: Option<ProteinEffect>,
    /// Numbers of all alleles that were applied to the transcript together, this one included, by position.
    pub haplotype: Vec<usize>,
    /// It overlaps an allele before it on its haplotype, and was not applied.
    pub overlaps: bool,
}

/// The effects of `variants`, which are sorted by position, on `transcripts` of the same contig: by variant, then in the
/// order of the transcripts, then by haplotype; those that are equal once.
pub fn effects<'a>(
    contig: &ContigSequence,
    transcripts: &[&'a Transcript],
    variants: &[Variant],
) -> Vec<Effect<'a>> {
    let mut found = Vec::new();
    let mut touched = vec![false; variants.len()];
    let reaches: Vec<(i64, i64)> = variants.iter().map(Variant::reach).collect();
    // The last base that any variant up to and with this one touches.
    let furthest = reaches.iter().scan(i64::MIN, |furthest, &(_, to)| {
        *furthest = to.max(*furthest);
        Some(*furthest)
    });
    let furthest: Vec<i64> = furthest.collect();
    for &transcript in transcripts {
        let model = Model::new(transcript, contig);
        let first = furthest.partition_point(|&to| to < model.begin);
        let reaching: Vec<usize> = (first..variants.len())
            .take_while(|&number| reaches[number].0 <= model.end)
            .filter(|&number| model.begin <= reaches[number].1)
            .collect();
        if !reaching.is_empty() {
            transcript_effects(&model, transcript, variants, &reaching, &mut touched, &mut found);
        }
    }
    // bcftools says `intron` and `non_coding` only where no transcript has more to say.
    for effect in &mut found {
        if touched[effect.variant] && effect.terms.is_intron_or_non_coding() {
            effect.bcsq = None;
        }
    }
    found.sort_by_key(|effect| effect.variant);
    found
}

fn transcript_effects<'a>(
    model: &Model<'_>,
    transcript: &'a Transcript,
    variants: &[Variant],
    reaching: &[usize],
    touched: &mut [bool],
    found: &mut Vec<Effect<'a>>,
) {
    // Effects of homozygous variants, which several haplotypes tell.
    let mut told: HashMap<usize, Vec<usize>> = HashMap::new();
    for haplotype in haplotypes(model, variants, reaching) {
        let alleles: Vec<_> =
            haplotype.variants.iter().map(|&number| variants[number].alleles()).collect();
        let reading = read(
            model,
            &alleles,
            &|allele| variants[haplotype.variants[allele]].name(),
            &|allele| i64::from(variants[haplotype.variants[allele]].position),
        );
        for (number, &variant) in haplotype.variants.iter().enumerate() {
            touched[variant] |= reading.told[number].touches;
            if !haplotype.tells(variants, variant) {
                continue;
            }
            let effect = effect(model, transcript, variants, &haplotype, &reading, number);
            let Some(effect) = effect else { continue };
            if variants[variant].copies == Copies::All {
                let known = told.entry(variant).or_default();
                if known.iter().any(|&at| same(&found[at], &effect)) {
                    continue;
                }
                known.push(found.len());
            }
            found.push(effect);
        }
    }
}

/// Whether two haplotypes do the same.
fn same(a: &Effect<'_>, b: &Effect<'_>) -> bool {
    a.bcsq == b.bcsq && a.terms == b.terms && a.haplotype == b.haplotype && a.overlaps == b.overlaps
}

fn effect<'a>(
    model: &Model<'_>,
    transcript: &'a Transcript,
    variants: &[Variant],
    haplotype: &Haplotype,
    reading: &Reading,
    number: usize,
) -> Option<Effect<'a>> {
    let told = &reading.told[number];
    if told.entries.0.is_empty() && !told.overlaps {
        return None;
    }
    let group = told.group.map(|group| &reading.groups[group]);
    let mut terms = told.entries.terms();
    if let Some(group) = group {
        let of_place = terms - Terms::COMPOUND;
        terms = group.terms.settled() | of_place;
    }
    if told.overlaps && terms.is_empty() {
        terms = Terms::CODING_SEQUENCE;
    }
    let is_background = |node: usize| {
        let allele = reading.chain.nodes[node].allele;
        variants[haplotype.variants[allele]].background
    };
    let protein = group.map(|group| protein_effect(model, reading, group, terms, is_background));
    let applied = reading.chain.nodes.iter().map(|node| haplotype.variants[node.allele]);
    Some(Effect {
        variant: haplotype.variants[number],
        transcript,
        terms,
        in_exon: in_exon(transcript, variants[haplotype.variants[number]].alleles()),
        bcsq: written(told, transcript),
        protein,
        haplotype: if group.is_some() { applied.collect() } else { Vec::new() },
        overlaps: told.overlaps,
    })
}

fn written(told: &super::transcript::Told, transcript: &Transcript) -> Option<String> {
    let biotype = bcsq::biotype(&transcript.biotype)?;
    let entries: Vec<_> =
        told.entries.0.iter().map(|entry| bcsq::written(entry, transcript, biotype)).collect();
    (!entries.is_empty()).then(|| entries.join(","))
}

fn in_exon(transcript: &Transcript, alleles: Alleles<'_>) -> bool {
    let (from, to) = (alleles.position + 1, alleles.position + alleles.reference.len() as i64);
    transcript.exons.iter().any(|exon| i64::from(exon.start) <= to && from <= i64::from(exon.end))
}
