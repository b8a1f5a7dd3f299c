//! Transcript slices of the tests of `bcftools csq`: what it says of every record, by the same rules.
//!
//! `bcftools_csq.tsv` lists every case with its result, and the rule behind each difference. A case is a VCF with the
//! answers of `bcftools csq` (`together`: all records on one haplotype, or by their genotypes) or of `bcftools csq -l`
//! (`alone`: each record for itself); those without answers are read all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vaxloom_genome::annotate::{Options, Phasing, annotate};
use vaxloom_genome::reference::{
    FastaError, MemorySequences, Reference, read_annotation, read_genome,
};
use vaxloom_genome::{RawVcf, SampleNames, Samples};

use crate::shared;

const TABLE: &str = include_str!("bcftools_csq.tsv");

#[test]
fn every_case_of_every_slice() {
    let Some(folder) = shared("bcftools-csq") else { return };
    let known: BTreeMap<String, &str> = TABLE
        .lines()
        .skip(1)
        .filter_map(|line| line.rsplit_once('\t'))
        .map(|(case, rule)| (case.to_owned(), rule))
        .collect();
    let mut found = String::from("slice\tcase\tcalls\trecords\tresult\trule\n");
    for case in cases(&folder) {
        let (records, differences) = case.differences();
        let result = match (&case.expected, differences.is_empty()) {
            (None, _) => "no answer",
            (_, true) => "same",
            (_, false) => "different",
        };
        let line = format!("{}\t{records}\t{result}", case.name());
        let rule = known.get(&line).copied().unwrap_or("");
        assert!(differences.is_empty() || !rule.is_empty(), "{line}\n{differences}");
        writeln!(found, "{line}\t{rule}").unwrap();
    }
    assert_eq!(found, TABLE, "the table of cases is not up to date");
    assert!(TABLE.matches("\tdifferent\t").count() <= 2);
}

struct Case {
    slice: String,
    vcf: PathBuf,
    phasing: Phasing,
    expected: Option<PathBuf>,
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for slice in sorted(folder).into_iter().filter(|path| path.is_dir()) {
        for vcf in sorted(&slice).into_iter().filter(|p| p.extension().is_some_and(|e| e == "vcf"))
        {
            let answers = [("txt", Phasing::Genotypes), ("txt-l", Phasing::Alone)]
                .map(|(extension, phasing)| (vcf.with_extension(extension), phasing));
            let slice = slice.file_name().unwrap().to_string_lossy().into_owned();
            let case = |phasing, expected| Case {
                slice: slice.clone(),
                vcf: vcf.clone(),
                phasing,
                expected,
            };
            let there: Vec<_> = answers.iter().filter(|(path, _)| path.exists()).collect();
            if there.is_empty() {
                cases.push(case(Phasing::Genotypes, None));
            }
            cases.extend(
                there.into_iter().map(|(path, phasing)| case(*phasing, Some(path.clone()))),
            );
        }
    }
    cases
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

impl Case {
    fn name(&self) -> String {
        let case = self.vcf.file_stem().unwrap().to_string_lossy();
        let calls = if self.phasing == Phasing::Alone { "alone" } else { "together" };
        format!("{}\t{case}\t{calls}", self.slice)
    }

    /// The number of records, and those of which other things are said.
    fn differences(&self) -> (usize, String) {
        let said = self.said();
        let Some(expected) = &self.expected else { return (said.len(), String::new()) };
        let expected = fs::read_to_string(expected).unwrap();
        let blocks = expected.split("\n\n").filter(|block| !block.trim().is_empty());
        let wanted: Vec<BTreeSet<String>> = blocks
            .map(|block| entries(block.lines().nth(1).unwrap().split('\t').nth(3).unwrap()))
            .collect();
        assert_eq!(said.len(), wanted.len(), "{}", self.name());
        let mut differences = String::new();
        for ((line, said), wanted) in said.iter().zip(&wanted) {
            if said != wanted {
                writeln!(differences, "line {line}: said {said:?}, expected {wanted:?}").unwrap();
            }
        }
        (said.len(), differences)
    }

    /// For each record, by its line, what is said of it in the words of BCSQ: of all samples where there are several.
    fn said(&self) -> BTreeMap<i64, BTreeSet<String>> {
        let mut said = BTreeMap::new();
        let raw = RawVcf::open(&self.vcf, "case.vcf", Samples::All).unwrap();
        let samples = raw.header().samples.clone();
        for record in raw.flat_map(|batch| batch.unwrap().records) {
            said.insert(record.line, BTreeSet::new());
        }
        let names: Vec<Option<String>> =
            if samples.is_empty() { vec![None] } else { samples.into_iter().map(Some).collect() };
        for tumor in names {
            for (line, bcsq) in self.rows(tumor) {
                said.get_mut(&line).unwrap().extend(entries(&bcsq));
            }
        }
        said
    }

    /// The line of each row and its BCSQ, `.` where there is none.
    fn rows(&self, tumor: Option<String>) -> Vec<(i64, String)> {
        let reference = reference(self.vcf.parent().unwrap(), &self.slice);
        let samples = SampleNames { tumor, normal: None };
        let options = Options { samples, phasing: self.phasing, phased_vcf: None };
        let mut rows = Vec::new();
        let totals = annotate(
            &self.vcf,
            "case.vcf",
            &reference,
            &options,
            |rows| {
                let mut said = Vec::new();
                rows.for_each(|row| {
                    let bcsq = row.consequence.bcsq.as_deref().unwrap_or(".");
                    said.push((row.line, bcsq.to_owned()));
                });
                said
            },
            |rendered, quarantined| {
                assert!(quarantined.is_empty(), "{quarantined:?}");
                rows.extend(rendered);
                Ok(())
            },
        );
        let totals = totals.unwrap();
        assert_eq!(totals.alleles, totals.told + totals.absent + totals.without_allele);
        rows
    }
}

fn entries(bcsq: &str) -> BTreeSet<String> {
    bcsq.split(',').filter(|entry| *entry != ".").map(str::to_owned).collect()
}

fn reference(folder: &Path, slice: &str) -> Reference {
    let annotation = read_annotation(&folder.join(format!("{slice}.gff")), slice).unwrap();
    let mut sequences = MemorySequences::default();
    let mut contigs = Vec::new();
    read_genome::<FastaError>(&folder.join(format!("{slice}.fa")), slice, |name, sequence| {
        contigs.push((name.to_owned(), sequence.length()));
        sequences.0.insert(name.to_owned(), Arc::new(sequence));
        Ok(())
    })
    .unwrap();
    Reference::new(annotation.transcripts, contigs, Box::new(sequences))
}
