//! The truth of every mutation is what `vaxloom-genome` computes, and the other way round.

use std::collections::BTreeMap;

use vaxloom_genome::annotate::{Options, Phasing, RegionRows, annotate};
use vaxloom_genome::reference::{MemorySequences, SequenceSource, read_annotation};

use super::{cohort, made_up};
use crate::effect::{Change, Effect, effect};
use crate::gene::Gene;
use crate::patient::Patient;
use crate::{Cohort, Genes};

/// A consequence as both sides tell it: terms, mutant protein.
type Told = (String, Option<String>);

fn sorted(terms: &str) -> String {
    let mut terms: Vec<&str> = terms.split('&').collect();
    terms.sort_unstable();
    terms.join("&")
}

fn told(effect: &Effect) -> Told {
    let window = effect.changed.map(|_| effect.protein.clone().unwrap());
    let gone = effect.protein.clone().filter(|_| effect.changed.is_none());
    let protein = window.or(gone).map(|protein| String::from_utf8(protein).unwrap());
    (sorted(&effect.terms.join("&")), protein)
}

fn computed(path: &std::path::Path) -> BTreeMap<String, Told> {
    let options = Options { phasing: Phasing::Known, ..Options::default() };
    let mut found = BTreeMap::new();
    let render = |region: &mut RegionRows<'_>| {
        let mut rows = Vec::new();
        region.for_each(|row| {
            let place = format!("{}:{}:{}:{}", row.chrom, row.pos, row.ref_allele, row.alt);
            let consequence = row.consequence.clone().into_owned();
            let protein = consequence.mutant_protein.map(std::borrow::Cow::into_owned);
            rows.push((place, (sorted(&consequence.consequence), protein)));
        });
        rows
    };
    annotate(path, "calls.vcf", &made_up().1, &options, render, |rows, refused| {
        assert!(refused.is_empty(), "{refused:?}");
        found.extend(rows);
        Ok(())
    })
    .unwrap();
    found
}

fn planted(patient: &Patient<'_>, genes: &Genes) -> BTreeMap<String, Told> {
    let calls = patient.calls.iter().map(|call| {
        let gene = &genes.list[call.mutation.gene];
        let text = |bases: &[u8]| String::from_utf8(bases.to_vec()).unwrap();
        let (before, after) = (text(&call.alleles.reference), text(&call.alleles.alternate));
        let place = format!("{}:{}:{before}:{after}", gene.contig, call.alleles.position);
        (place, told(&call.effect))
    });
    calls.collect()
}

#[test]
fn the_truth_is_what_is_computed() {
    let genes = &made_up().2;
    let dir = tempfile::tempdir().unwrap();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for cancer in ["SKCM", "KIRC", "UCEC", "LUAD"] {
        let cohort = Cohort { seed: 11, ..cohort(25, cancer) };
        crate::write(&cohort, genes, dir.path(), || ()).unwrap();
        let world = cohort.world(genes).unwrap();
        for number in 0..cohort.patients {
            let patient = cohort.patient(&world, number);
            let truth = planted(&patient, genes);
            assert_eq!(truth.len(), patient.calls.len());
            let path = dir.path().join("vcf/000").join(format!("{}.vcf", patient.id));
            let computed = computed(&path);
            assert_eq!(truth.len(), computed.len(), "{}", patient.id);
            for (place, (terms, protein)) in &truth {
                let (told, mutant) = &computed[place];
                assert_eq!(told, terms, "{place}");
                // Where no neoantigen can come of it, no protein is kept.
                if mutant.is_some() {
                    assert_eq!(mutant, protein, "{place}: {terms}");
                } else {
                    let none = ["stop_gained", "start_lost", "synonymous", "stop_retained"];
                    let none = none.iter().any(|term| terms.contains(term));
                    assert!(none || protein.is_none(), "{place}: {terms} without a protein");
                }
                *seen.entry(terms.clone()).or_default() += 1;
            }
        }
    }
    for term in ["missense_variant", "synonymous_variant", "stop_gained", "frameshift_variant"] {
        assert!(seen[term] > 100, "{term}: {seen:?}");
    }
    for term in ["stop_lost", "start_lost", "inframe_deletion", "inframe_insertion"] {
        assert!(seen.contains_key(term), "{term}: {seen:?}");
    }
}

#[test]
fn effects_by_hand() {
    // M A K * then CTAACCTGA after the stop.
    let gene = Gene {
        coding: b"ATGGCTAAATGA".to_vec(),
        after: b"CTAACCTGA".to_vec(),
        protein: b"MAK".to_vec(),
        contexts: vec![0; 12],
        parts: made_up().2.list[0].parts.clone(),
        ..made_up().2.list[0].clone()
    };
    let gene = Gene { parts: vec![crate::gene::Part { first: 0, ..gene.parts[0] }], ..gene };
    let check = |offset, removed, inserted: &str, term: &str, protein: Option<&str>| {
        let change = Change { offset, removed, inserted: inserted.as_bytes().to_vec() };
        let effect = effect(&gene, &change);
        assert_eq!(effect.terms[0], term, "{change:?}");
        let found = effect.protein.map(|protein| String::from_utf8(protein).unwrap());
        assert_eq!(found.as_deref(), protein, "{change:?}");
    };
    check(3, 1, "A", "missense_variant", Some("MTK"));
    check(5, 1, "C", "synonymous_variant", None);
    check(6, 1, "T", "stop_gained", Some("MA"));
    check(0, 1, "G", "start_lost", None);
    check(9, 1, "C", "stop_lost", Some("MAKRLT"));
    check(10, 1, "A", "stop_retained_variant", None);
    check(3, 3, "", "inframe_deletion", Some("MK"));
    check(3, 0, "CCC", "inframe_insertion", Some("MPAK"));
    check(4, 1, "", "frameshift_variant", Some("MVND"));
}

#[test]
fn the_files_of_the_genome_are_the_genome() {
    let (genome, _, genes) = made_up();
    let dir = tempfile::tempdir().unwrap();
    let (fasta, gff) = (dir.path().join("genome.fa"), dir.path().join("genes.gff3"));
    std::fs::write(&fasta, genome.fasta()).unwrap();
    std::fs::write(&gff, genome.gff()).unwrap();
    let annotation = read_annotation(&gff, "genes.gff3").unwrap();
    assert_eq!(annotation.transcripts.len(), genome.transcripts.len());
    let by_id: BTreeMap<&str, _> =
        genome.transcripts.iter().map(|transcript| (transcript.id.as_str(), transcript)).collect();
    for transcript in &annotation.transcripts {
        let made = by_id[transcript.id.as_str()];
        assert_eq!(transcript.exons, made.exons, "{}", made.id);
        assert_eq!(transcript.coding, made.coding, "{}", made.id);
        assert_eq!(transcript.strand, made.strand, "{}", made.id);
    }
    assert_eq!(genes.list.len(), crate::made_up::GENES, "every gene is whole");
    let sequences: MemorySequences = MemorySequences(
        genome
            .contigs
            .iter()
            .map(|(name, bases)| {
                let whole = vaxloom_genome::reference::ContigSequence::whole(bases.clone());
                (name.clone(), std::sync::Arc::new(whole))
            })
            .collect(),
    );
    let first = sequences.contig("sim1").unwrap().unwrap();
    let text = std::fs::read_to_string(&fasta).unwrap();
    let line = text.lines().nth(1).unwrap();
    assert_eq!(first.bases(1, 80), line.as_bytes());
}
