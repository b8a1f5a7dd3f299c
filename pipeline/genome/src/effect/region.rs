//! The alleles of a stretch of a contig on all transcripts there.

use std::collections::HashMap;

use super::bcsq;
use super::edge::{Alleles, REGION_INTRON};
use super::haplotype::{Copies, Haplotype, haplotypes};
use super::model::Model;
use super::protein::{ProteinEffect, protein_effect};
use super::terms::Terms;
use super::transcript::{Reading, Told, read};
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
pub struct Effect {
    /// Number of the allele in the region.
    pub variant: usize,
    /// Number of the transcript in the region.
    pub transcript: usize,
    /// What it does.
    pub terms: Terms,
    /// BCSQ as `bcftools csq` writes it, entries joined by `,`; `None` where that tool says nothing, and where there is no
    /// more to say than that the allele lies within the transcript: see [`Effects::touched`].
    pub bcsq: Option<String>,
    /// What it does to the protein.
    pub protein: Option<Box<ProteinEffect>>,
    /// Numbers of the alleles that made the mutant protein together, by position: those before its stop.
    pub haplotype: Vec<usize>,
    /// It overlaps an allele before it on its haplotype, and was not applied.
    pub overlaps: bool,
}

/// What the transcripts of a region make of its alleles.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// By allele, then transcript, then haplotype; those that are equal once.
    pub effects: Vec<Effect>,
    /// Of each allele, whether a transcript has more to say of it than that it lies within: `bcftools csq` says `intron` and
    /// `non_coding` only where none has.
    pub touched: Vec<bool>,
}

impl Effects {
    /// The effects of one allele.
    pub fn of(&self, variant: usize) -> &[Effect] {
        let first = self.effects.partition_point(|effect| effect.variant < variant);
        let count = self.effects[first..].iter().take_while(|e| e.variant == variant).count();
        &self.effects[first..first + count]
    }
}

/// The effects of `variants`, which are sorted by position, on `transcripts` of the same contig.
pub fn effects(
    contig: &ContigSequence,
    transcripts: &[&Transcript],
    variants: &[Variant],
) -> Effects {
    let mut found = Effects { effects: Vec::new(), touched: vec![false; variants.len()] };
    let reaches: Vec<(i64, i64)> = variants.iter().map(Variant::reach).collect();
    // The last base that any variant up to and with this one touches.
    let furthest = reaches.iter().scan(i64::MIN, |furthest, &(_, to)| {
        *furthest = to.max(*furthest);
        Some(*furthest)
    });
    let furthest: Vec<i64> = furthest.collect();
    for (number, &transcript) in transcripts.iter().enumerate() {
        let model = Model::new(transcript, contig);
        let first = furthest.partition_point(|&to| to < model.begin);
        let (mut near, mut within) = (Vec::new(), Vec::new());
        for variant in first..variants.len() {
            let (from, to) = reaches[variant];
            if from > model.end {
                break;
            }
            if model.begin > to {
                continue;
            }
            if model.lies_between_features(variants[variant].alleles().reach()) {
                within.push(variant);
            } else {
                near.push(variant);
            }
        }
        let term = if model.is_coding() { Terms::INTRON } else { Terms::NON_CODING };
        found.effects.extend(
            within.into_iter().filter(|&variant| !variants[variant].background).map(|variant| {
                Effect {
                    variant,
                    transcript: number,
                    terms: term,
                    bcsq: None,
                    protein: None,
                    haplotype: Vec::new(),
                    overlaps: false,
                }
            }),
        );
        if !near.is_empty() {
            transcript_effects(&model, number, variants, &near, &mut found);
        }
    }
    found.effects.sort_by_key(|effect| effect.variant);
    found
}

fn transcript_effects(
    model: &Model<'_>,
    transcript: usize,
    variants: &[Variant],
    reaching: &[usize],
    found: &mut Effects,
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
            found.touched[variant] |= reading.told[number].touches;
            if !haplotype.tells(variants, variant) {
                continue;
            }
            let effect = effect(model, transcript, variants, &haplotype, &reading, number);
            let Some(effect) = effect else { continue };
            if variants[variant].copies == Copies::All {
                let known = told.entry(variant).or_default();
                if known.iter().any(|&at| same(&found.effects[at], &effect)) {
                    continue;
                }
                known.push(found.effects.len());
            }
            found.effects.push(effect);
        }
    }
}

/// Whether two haplotypes do the same.
fn same(a: &Effect, b: &Effect) -> bool {
    a.bcsq == b.bcsq && a.terms == b.terms && a.haplotype == b.haplotype && a.overlaps == b.overlaps
}

fn effect(
    model: &Model<'_>,
    transcript: usize,
    variants: &[Variant],
    haplotype: &Haplotype,
    reading: &Reading,
    number: usize,
) -> Option<Effect> {
    let told = &reading.told[number];
    if told.entries.0.is_empty() && !told.overlaps {
        return None;
    }
    let group = told.group.map(|group| &reading.groups[group]);
    let mut terms = told.entries.terms();
    if let Some(group) = group {
        let of_place = terms - Terms::COMPOUND;
        terms = group.terms.settled() | of_place;
    } else if terms.any(Terms::SPLICE) {
        // Said of a splice site whose bases stay as they were.
        terms -= Terms::SYNONYMOUS;
    }
    if terms.any(Terms::STOP_RETAINED) {
        terms -= Terms::SYNONYMOUS;
    }
    if told.overlaps && terms.is_empty() {
        terms = Terms::CODING_SEQUENCE;
    }
    let is_background = |node: usize| {
        let allele = reading.chain.nodes[node].allele;
        variants[haplotype.variants[allele]].background
    };
    let protein =
        group.map(|group| Box::new(protein_effect(model, reading, group, terms, is_background)));
    let applied = protein.as_ref().and_then(|protein| protein.mutant.as_ref()).map(|mutant| {
        let read = reading.chain.read_by(model, mutant.product.residues.len() as i64);
        read.map(|node| haplotype.variants[node.allele]).collect()
    });
    Some(Effect {
        variant: haplotype.variants[number],
        transcript,
        terms,
        bcsq: if terms.is_intron_or_non_coding() { None } else { written(told, model.transcript) },
        haplotype: applied.unwrap_or_default(),
        protein,
        overlaps: told.overlaps,
    })
}

fn written(told: &Told, transcript: &Transcript) -> Option<String> {
    let biotype = bcsq::biotype(&transcript.biotype)?;
    let entries: Vec<_> =
        told.entries.0.iter().map(|entry| bcsq::written(entry, transcript, biotype)).collect();
    (!entries.is_empty()).then(|| entries.join(","))
}
