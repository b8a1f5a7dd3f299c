#![allow(clippy::unwrap_used)]

mod alleles;
mod files;
mod fragments;

use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use noodles::sam::alignment::io::Write as _;
use noodles::{bam, cram, csi, fasta, sam};
use tempfile::TempDir;

use super::*;
use crate::reference::{ContigSequence, MemorySequences};

/// Positions 21 to 30 are a run of A; an insertion or deletion of A within it can be placed at ten bases.
const CONTIG: &str = "ACGTTGCATGCCTAGGATCCAAAAAAAAAAGTCTGACTTGCAGGTACCATGGCTAAGCTTA";

/// Aligned reads as SAM text, written to a folder in other formats.
struct Alignments {
    folder: TempDir,
    text: String,
}

impl Alignments {
    fn new(reads: &[&str]) -> Self {
        let header = format!(
            "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:{}\n@SQ\tSN:chr2\tLN:60\n@SQ\tSN:two\tLN:9\n@SQ\tSN:chrtwo\tLN:9\n@RG\tID:a\n@RG\tID:b\n",
            CONTIG.len()
        );
        let mut reads: Vec<(u32, String)> = reads.iter().map(|read| record(read)).collect();
        reads.sort();
        let lines: String = reads.into_iter().map(|(_, line)| line).collect();
        Self { folder: TempDir::new().unwrap(), text: header + &lines }
    }

    fn records(&self) -> (sam::Header, Vec<sam::alignment::RecordBuf>) {
        let mut reader = sam::io::Reader::new(self.text.as_bytes());
        let header = reader.read_header().unwrap();
        let records = reader.record_bufs(&header).map(Result::unwrap).collect();
        (header, records)
    }

    fn bam(&self, indexed: bool) -> PathBuf {
        let path = self.folder.path().join(if indexed { "indexed.bam" } else { "plain.bam" });
        let (header, records) = self.records();
        let mut writer = bam::io::Writer::new(File::create(&path).unwrap());
        writer.write_header(&header).unwrap();
        for record in &records {
            writer.write_alignment_record(&header, record).unwrap();
        }
        writer.try_finish().unwrap();
        if indexed {
            match bam::fs::index(&path).unwrap() {
                bam::Index::Bai(index) => {
                    bam::bai::fs::write(path.with_added_extension("bai"), &index).unwrap();
                }
                bam::Index::Csi(index) => {
                    csi::fs::write(path.with_added_extension("csi"), &index).unwrap();
                }
            }
        }
        path
    }

    /// A CRAM and the FASTA of its reference.
    fn cram(&self, indexed: bool) -> (PathBuf, PathBuf) {
        let path = self.folder.path().join(if indexed { "indexed.cram" } else { "plain.cram" });
        let reference = self.folder.path().join("reference.fa");
        let other = "ACGT".repeat(15);
        let text =
            format!(">chr1\n{CONTIG}\n>chr2\n{other}\n>two\nACGTACGTA\n>chrtwo\nACGTACGTA\n");
        std::fs::write(&reference, &text).unwrap();
        let mut reader = fasta::io::Reader::new(text.as_bytes());
        let contigs: Vec<_> = reader.records().map(Result::unwrap).collect();
        let (header, records) = self.records();
        let mut writer = cram::io::writer::Builder::default()
            .set_reference_sequence_repository(fasta::Repository::new(contigs))
            .build_from_path(&path)
            .unwrap();
        writer.write_header(&header).unwrap();
        for record in &records {
            writer.write_alignment_record(&header, record).unwrap();
        }
        writer.try_finish(&header).unwrap();
        if indexed {
            let index = cram::fs::index(&path).unwrap();
            cram::crai::fs::write(path.with_added_extension("crai"), &index).unwrap();
        }
        (path, reference)
    }
}

/// A line of SAM of `NAME FLAG POS MAPQ CIGAR BASES [=MATE] [QUALITY] [TAG:TYPE:VALUE...]`, and its position. `BASES` may
/// be `.`: those of the reference, with `N` skipped and bases of insertions and clips `T`.
fn record(read: &str) -> (u32, String) {
    let columns: Vec<&str> = read.split_whitespace().collect();
    let position: u32 = columns[2].parse().unwrap();
    let bases = if columns[5] == "." {
        reference_bases(position, columns[4])
    } else {
        columns[5].to_owned()
    };
    let (mut mate, mut quality, mut tags) = ("*\t0".to_owned(), 'I', String::new());
    for column in &columns[6..] {
        match column.strip_prefix('=') {
            Some(start) => mate = format!("=\t{start}"),
            None if column.len() == 1 => quality = column.chars().next().unwrap(),
            None => tags = format!("{tags}\t{column}"),
        }
    }
    let qualities =
        if bases == "*" { "*".to_owned() } else { quality.to_string().repeat(bases.len()) };
    let [name, flag, _, mapping, cigar] = columns[..5] else { unreachable!() };
    let line = format!(
        "{name}\t{flag}\tchr1\t{position}\t{mapping}\t{cigar}\t{mate}\t0\t{bases}\t{qualities}{tags}\n"
    );
    (position, line)
}

fn reference_bases(position: u32, cigar: &str) -> String {
    let mut at = position as usize - 1;
    let mut bases = String::new();
    for operation in cigar.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
        let (length, kind) = operation.split_at(operation.len() - 1);
        let length: usize = length.parse().unwrap();
        match kind {
            "M" => bases.push_str(&CONTIG[at..at + length]),
            "I" | "S" => bases.push_str(&"T".repeat(length)),
            _ => {}
        }
        if matches!(kind, "M" | "D" | "N") {
            at += length;
        }
    }
    bases
}

fn variant(text: &str) -> VariantKey<'_> {
    let [chrom, pos, ref_allele, alt_allele] = text.split(' ').collect::<Vec<_>>()[..] else {
        unreachable!()
    };
    VariantKey { chrom, pos: pos.parse().unwrap(), ref_allele, alt_allele }
}

fn sequences() -> MemorySequences {
    let contig = ContigSequence::whole(CONTIG.as_bytes().to_vec());
    MemorySequences(HashMap::from([("1".to_owned(), Arc::new(contig))]))
}

fn run(
    path: &Path,
    reference: Option<&Path>,
    variants: &[&str],
    options: EvidenceOptions,
    sequences: Option<&dyn SequenceSource>,
) -> Result<EvidenceTable, RnaEvidenceError> {
    let variants: Vec<_> = variants.iter().map(|text| variant(text)).collect();
    rna_evidence(path, reference, &variants, options, sequences, &without_chr)
}

/// `ref alt other` of reads and of fragments, then what is not zero of the rest.
fn spelled(row: &RnaEvidence) -> String {
    let mut text = format!(
        "{} {} {} | {} {} {}",
        row.ref_reads,
        row.alt_reads,
        row.other_reads,
        row.ref_fragments,
        row.alt_fragments,
        row.other_fragments
    );
    let excluded = &row.excluded;
    let rest = [
        ("repeated", row.repeated_alignments),
        ("without umi", row.fragments_without_umi),
        ("unmapped", excluded.unmapped),
        ("quality check", excluded.quality_check),
        ("duplicate", excluded.duplicate),
        ("secondary", excluded.secondary),
        ("supplementary", excluded.supplementary),
        ("no name", excluded.no_name),
        ("mapping quality", excluded.mapping_quality),
        ("no sequence", excluded.no_sequence),
        ("spliced", excluded.spliced),
        ("not spanning", excluded.not_spanning),
        ("unknown", excluded.unknown_base),
    ];
    for (name, count) in rest.into_iter().filter(|(_, count)| *count > 0) {
        text = format!("{text}, {count} {name}");
    }
    text
}

/// Every way to read the file gives the expected counts.
fn check_with(
    options: EvidenceOptions,
    aligned: bool,
    place: &str,
    reads: &[&str],
    expected: &str,
) {
    let alignments = Alignments::new(reads);
    let known = sequences();
    let known: Option<&dyn SequenceSource> = if aligned { Some(&known) } else { None };
    let check = |path: &Path, reference: Option<&Path>| {
        let table = run(path, reference, &[place], options, known).unwrap();
        let row = table.rows[0].as_ref().unwrap();
        assert_eq!(spelled(row), expected, "{place} in {}", path.display());
    };
    check(&alignments.bam(true), None);
    check(&alignments.bam(false), None);
    // CRAM has a name for every read, and its writer wants the bases of an aligned one.
    if !reads.iter().any(|read| read.starts_with('*') || read.ends_with('*')) {
        for indexed in [true, false] {
            let (path, reference) = alignments.cram(indexed);
            check(&path, Some(&reference));
        }
    }
}

fn check(place: &str, reads: &[&str], expected: &str) {
    check_with(EvidenceOptions::default(), true, place, reads, expected);
}

fn check_as_aligned(place: &str, reads: &[&str], expected: &str) {
    check_with(EvidenceOptions::default(), false, place, reads, expected);
}

const SNV: &str = "1 11 C T";
