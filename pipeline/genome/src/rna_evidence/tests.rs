#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use noodles::sam::alignment::io::Write as _;
use noodles::{bam, cram, fasta, sam};
use tempfile::TempDir;

use super::*;
use crate::reference::{ContigSequence, MemorySequences};

/// Positions 21 to 30 are a run of A; an insertion or deletion of A within it can be placed at ten bases.
const CONTIG: &str = "ACGTTGCATGCCTAGGATCCAAAAAAAAAAGTCTGACTTGCAGGTACCATGGCTAAGCTTA";

/// SAM text of `reads`: name, flag, position, mapping quality, CIGAR, bases, and what more columns they have.
/// A mate of flag 0x1 is placed by `=POS` in the seventh column of the given text; without, there is none.
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
            let bam::Index::Bai(index) = bam::fs::index(&path).unwrap() else { unreachable!() };
            bam::bai::fs::write(path.with_added_extension("bai"), &index).unwrap();
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
    options: &EvidenceOptions,
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
    options: &EvidenceOptions,
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
    // The writer of CRAM wants the bases of an aligned read.
    if !reads.iter().any(|read| read.ends_with('*')) {
        for indexed in [true, false] {
            let (path, reference) = alignments.cram(indexed);
            check(&path, Some(&reference));
        }
    }
}

fn check(place: &str, reads: &[&str], expected: &str) {
    check_with(&EvidenceOptions::default(), true, place, reads, expected);
}

fn check_as_aligned(place: &str, reads: &[&str], expected: &str) {
    check_with(&EvidenceOptions::default(), false, place, reads, expected);
}

const SNV: &str = "1 11 C T";

#[test]
fn substitutions() {
    check(SNV, &["a 0 8 60 6M .", "b 0 8 60 6M ATGTCT", "c 16 8 60 6M ATGGCT"], "1 1 1 | 1 1 1");
    // An aligned base at the place is enough; a base before or after it alone is not.
    check(
        SNV,
        &["a 0 8 60 4M .", "b 0 11 60 4M .", "c 0 7 60 4M .", "d 0 12 60 4M ."],
        "2 0 0 | 2 0 0, 2 not spanning",
    );
    check(
        SNV,
        &["a 0 8 60 6M ATGNCT", "b 0 8 60 3M1D3M .", "c 0 8 60 4M1I3M ."],
        "0 0 2 | 0 0 2, 1 unknown",
    );
    // Two neighbouring bases; one of them alone is another allele. REF and ALT may share bases around them.
    for place in ["1 11 CC TT", "1 10 GCCT GTTT"] {
        check(
            place,
            &["a 0 8 60 6M .", "b 0 8 60 6M ATGTTT", "c 0 8 60 6M ATGTCT", "d 0 8 60 4M ."],
            "1 1 1 | 1 1 1, 1 not spanning",
        );
    }
    // One base more: an insertion within or after the locus belongs to it, one before it does not.
    check("1 11 CC TTA", &["a 0 8 60 4M1I2M ATGTTAT", "b 0 8 60 5M1I1M ATGTTAT"], "0 2 0 | 0 2 0");
    check("1 11 CC TTA", &["a 0 8 60 6M .", "b 0 8 60 3M1I3M ATGTTAT"], "1 0 1 | 1 0 1");
}

#[test]
fn deletions() {
    let reads = [
        "reference 0 17 60 17M .",
        "left 0 17 60 4M1D12M .",
        "right 0 17 60 13M1D3M .",
        "middle 0 17 60 9M1D7M .",
        "longer 0 17 60 4M2D11M .",
        "ends 0 8 60 13M .",
    ];
    // However the call and the reads are placed in the run of A, the read's allele is one base less.
    for place in ["1 20 CA C", "1 29 AA A", "1 24 AAA AA"] {
        check(place, &reads, "1 3 0 | 1 3 0, 2 not spanning");
    }
    check_as_aligned("1 20 CA C", &reads, "3 1 0 | 3 1 0, 2 not spanning");
    // A deletion that stops within the locus is another allele; a splice over it is none.
    let reads = ["a 0 9 60 8M .", "b 0 9 60 2M2D6M .", "c 0 9 60 2M1D6M .", "d 0 9 60 2M2N6M ."];
    check("1 10 GCC G", &reads, "1 1 1 | 1 1 1, 1 spliced");
}

#[test]
fn insertions() {
    let reads = [
        "reference 0 17 60 17M .",
        "left 0 17 60 4M1I13M ATCCAAAAAAAAAAAGTC",
        "right 0 17 60 14M1I3M ATCCAAAAAAAAAAAGTC",
        "other 0 17 60 4M1I13M .",
        "unknown 0 17 60 4M1I13M ATCCNAAAAAAAAAAGTC",
        "beside 0 17 60 6M ATCNAA",
        "ends 0 17 60 4M .",
        "clipped 0 17 60 4M4S ATCCAAAA",
        "begins 0 21 60 5M .",
    ];
    let rest = ", 3 not spanning, 2 unknown";
    for place in ["1 20 C CA", "1 30 A AA", "1 24 AA AAA"] {
        check(place, &reads, &format!("1 2 1 | 1 2 1{rest}"));
    }
    check_as_aligned("1 20 C CA", &reads, &format!("2 1 1 | 2 1 1{rest}"));
    // A splice that touches the place says nothing of it.
    let reads = ["a 0 8 60 4M10N3M .", "b 0 8 60 2M3N7M .", "c 0 12 60 3M ."];
    check("1 11 C CG", &reads, "0 0 0 | 0 0 0, 2 spliced, 1 not spanning");
}

#[test]
fn clipped_and_spliced_reads() {
    let reads = [
        "a 0 12 60 4S4M ATGTCTAG",
        "b 0 8 60 3M5S ATGTCTAG",
        "c 0 8 60 3M10N5M .",
        "d 0 8 60 4M10N3M .",
    ];
    check(SNV, &reads, "1 0 0 | 1 0 0, 1 spliced, 2 not spanning");
}

#[test]
fn reads_that_do_not_count() {
    let reads = [
        "a 0 8 255 6M .",
        "b 4 11 0 * ATGTCT",
        "c 1536 8 60 6M .",
        "d 1024 8 60 6M .",
        "e 256 8 60 6M .",
        "f 2048 8 60 6M .",
        "g 0 8 0 6M .",
        "h 0 30 60 6M .",
        "i 0 8 1 6M .",
    ];
    check(
        SNV,
        &reads,
        "4 0 0 | 4 0 0, 1 unmapped, 1 quality check, 1 duplicate, 1 mapping quality",
    );
    let strict = EvidenceOptions {
        min_mapping_quality: 20,
        keep_secondary: false,
        keep_supplementary: false,
        ..EvidenceOptions::default()
    };
    let expected = "1 0 0 | 1 0 0, 1 unmapped, 1 quality check, 1 duplicate, 1 secondary, 1 supplementary, 2 mapping quality";
    check_with(&strict, true, SNV, &reads, expected);
    let every = EvidenceOptions {
        min_mapping_quality: 0,
        keep_duplicates: true,
        ..EvidenceOptions::default()
    };
    check_with(&every, true, SNV, &reads, "6 0 0 | 6 0 0, 1 unmapped, 1 quality check");
    check(SNV, &["a 0 8 60 6M *"], "0 0 0 | 0 0 0, 1 no sequence");
}

#[test]
fn mates_and_further_alignments() {
    let first = "p 99 8 60 6M . =9";
    check(SNV, &[first, "p 147 9 60 6M . =8"], "2 0 0 | 1 0 0");
    // The higher quality wins; without one, each mate has its own allele, and the fragment both.
    check(SNV, &[first, "p 147 9 60 6M TGTCTA =8 5"], "2 0 0 | 1 0 0");
    check(SNV, &["p 99 8 60 6M . =9 5", "p 147 9 60 6M TGTCTA =8"], "0 2 0 | 0 1 0");
    check(SNV, &[first, "p 147 9 60 6M TGTCTA =8"], "1 1 0 | 1 1 0");
    // A tie elsewhere in the overlap, another path, or no overlap keeps them apart too.
    check(SNV, &["p 99 8 60 2M1I4M . =9", "p 147 9 60 6M TGTCTA =8 5"], "1 1 0 | 1 1 0");
    check(SNV, &[first, "p 147 8 60 3M1D3M . =8 5"], "1 0 1 | 1 0 1");
    check(
        SNV,
        &[first, "p 147 11 60 3M . =8", "q 99 8 60 3M . =11"],
        "2 0 0 | 1 0 0, 1 not spanning",
    );
    check(SNV, &[first, "p 147 9 60 6M TGNCTA =8 5"], "2 0 0 | 1 0 0");
    check(SNV, &[first, "p 147 9 60 6M TGNCTA =8"], "1 0 0 | 1 0 0, 1 unknown");
    // A mate that ends beside an insertion has the allele of the mate it is joined to.
    let insertion = "1 11 C CG";
    check(insertion, &["p 99 8 60 4M . =9", "p 147 9 60 3M1I2M TGCGCT =8"], "0 2 0 | 0 1 0");
    check(insertion, &["p 147 9 60 6M . =8", "p 99 8 60 4M . =9"], "2 0 0 | 1 0 0");
    check(
        insertion,
        &["p 99 8 60 4M . =12", "p 147 12 60 4M . =8"],
        "0 0 0 | 0 0 0, 2 not spanning",
    );
    check(
        insertion,
        &["p 99 8 60 4M . =9", "p 147 9 0 6M . =8"],
        "0 0 0 | 0 0 0, 1 mapping quality, 1 not spanning",
    );
    check(
        insertion,
        &["p 99 8 60 6M ATGNCT =9", "p 147 9 60 6M . =8 5"],
        "0 0 0 | 0 0 0, 2 unknown",
    );
    // A duplicate's mate stands alone.
    check(SNV, &[first, "p 1171 9 60 6M TGTCTA =8"], "1 0 0 | 1 0 0, 1 duplicate");
    // One name in two read groups is two fragments; two alignments of one read are one read.
    check(SNV, &["a 0 8 60 6M . RG:Z:a", "a 0 9 60 6M . RG:Z:b"], "2 0 0 | 2 0 0");
    check(SNV, &["a 0 8 60 6M .", "a 256 9 60 6M ."], "1 0 0 | 1 0 0, 1 repeated");
    check(SNV, &["a 0 8 60 6M .", "a 2048 9 60 6M TGTCTA"], "0 0 1 | 0 0 1, 1 repeated");
}

#[test]
fn molecules() {
    let rx = EvidenceOptions { umi_tag: Some(*b"RX"), ..EvidenceOptions::default() };
    let family = [
        "a 0 8 60 6M . RX:Z:AC",
        "b 0 8 60 6M ATGTCT RX:Z:AC",
        "c 0 8 60 6M ATGTCT RX:Z:AC",
        "untagged 0 8 60 6M .",
    ];
    check_with(&rx, true, SNV, &family, "2 2 0 | 0 1 0, 1 without umi");
    check_with(&rx, true, SNV, &family[..2], "1 1 0 | 0 0 1");
    // Another identifier, strand or place is another molecule; a clip does not move the read's 5' end.
    let others = [
        "a 0 8 60 6M . RX:Z:AC",
        "b 0 10 60 2S4M TTGCCT RX:Z:AC",
        "c 0 8 60 6M . RX:Z:GG",
        "d 16 8 60 6M . RX:Z:AC",
        "e 0 9 60 6M . RX:Z:AC",
        "f 16 8 60 4M2S . RX:Z:AC",
    ];
    check_with(&rx, true, SNV, &others, "6 0 0 | 4 0 0");
    let pairs = [
        "p 99 8 60 6M . =9 RX:Z:AC",
        "p 147 9 60 6M . =8 RX:Z:AC",
        "q 99 8 60 6M . =9 RX:Z:AC",
        "q 147 9 60 6M . =8 RX:Z:AC",
        "r 163 8 60 6M . =9 RX:Z:AC",
        "r 83 9 60 6M . =8 RX:Z:AC",
    ];
    check_with(&rx, true, SNV, &pairs, "6 0 0 | 2 0 0");
    // In single cells the place does not tell molecules apart.
    let ub = EvidenceOptions { umi_tag: Some(*b"UB"), ..EvidenceOptions::default() };
    let cells = [
        "a 0 8 60 6M . UB:Z:AC CB:Z:one",
        "b 0 9 60 6M . UB:Z:AC CB:Z:one",
        "c 0 9 60 6M . UB:Z:AC CB:Z:two",
    ];
    check_with(&ub, true, SNV, &cells, "3 0 0 | 2 0 0");
}

#[test]
fn fractions() {
    let reads = ["a 0 8 60 6M .", "p 99 8 60 6M ATGTCT =9", "p 147 9 60 6M . =8"];
    let path = Alignments::new(&reads);
    let table = run(&path.bam(true), None, &[SNV, "1 50 G T"], &EvidenceOptions::default(), None);
    let rows: Vec<_> = table.unwrap().rows.into_iter().map(Result::unwrap).collect();
    // The fragment whose mates disagree shows both alleles and is one of two.
    assert_eq!((rows[0].read_vaf(), rows[0].fragment_vaf()), (Some(1.0 / 3.0), Some(0.5)));
    assert_eq!((rows[1].read_vaf(), rows[1].fragment_vaf()), (None, None));
}

#[test]
fn variants_that_cannot_be_counted_have_a_reason() {
    let alignments = Alignments::new(&["a 0 8 60 6M ."]);
    let variants = [
        "3 11 C T",
        "Two 1 A C",
        SNV,
        "chr1 11 C T",
        "1 62 A C",
        "1 61 AA A",
        "1 0 A C",
        "1 11 C <DEL>",
        "1 11 C C",
        "1 11 C *",
        "1 11 G T",
    ];
    let known = sequences();
    // Names that differ in their letters' case alone are one name to this caller.
    let resolve = |name: &str| without_chr(name).map(|name| name.to_lowercase());
    let keys: Vec<_> = variants.iter().map(|text| variant(text)).collect();
    let bam = alignments.bam(true);
    let options = EvidenceOptions::default();
    let table = rna_evidence(&bam, None, &keys, &options, Some(&known), &resolve).unwrap();
    let spelled: Vec<_> = table
        .rows
        .iter()
        .map(|row| match row {
            Ok(row) => spelled(row),
            Err(reason) => reason.to_string().split([';', ',']).next().unwrap().to_owned(),
        })
        .collect();
    let outside = "the variant is not within its contig";
    let alleles = "the alleles are not two different sequences of A";
    assert_eq!(
        spelled,
        [
            "contig 3 is not in the header of the alignments",
            "contig Two is the name of several contigs in the header of the alignments",
            "1 0 0 | 1 0 0",
            "1 0 0 | 1 0 0",
            outside,
            outside,
            outside,
            alleles,
            alleles,
            alleles,
            "REF is not what the reference sequence has there",
        ]
    );
}

#[test]
fn order_and_threads_do_not_matter() {
    let reads: Vec<String> = (1..=50)
        .map(|at| {
            format!(
                "r{} {} {at} 60 {} .",
                at % 20,
                if at % 3 == 0 { 16 } else { 0 },
                if at % 2 == 0 { "8M" } else { "3M2D5M" }
            )
        })
        .collect();
    let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
    let mut alignments = Alignments::new(&reads);
    let variants =
        ["1 40 G C", "1 20 CA C", SNV, "1 5 TGCA T", "chr1 40 G C", "1 9 T G", "1 7 CAT C"];
    let count = |path: &Path, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let known = sequences();
        pool.install(|| {
            run(path, None, &variants, &EvidenceOptions::default(), Some(&known)).unwrap()
        })
    };
    let bam = alignments.bam(true);
    let one = count(&bam, 1);
    assert!(
        one.warnings.is_empty() && one.rows.iter().all(|row| row.as_ref().unwrap().fragments > 0)
    );
    assert_eq!(one.rows[0], one.rows[4]);
    assert_eq!(count(&bam, 4), one);
    let mut lines: Vec<&str> = alignments.text.split_inclusive('\n').collect();
    let header = lines.iter().filter(|line| line.starts_with('@')).count();
    lines[header..].reverse();
    alignments.text = lines.concat().replace("SO:coordinate", "SO:unsorted");
    for threads in [1, 4] {
        let unsorted = count(&alignments.bam(false), threads);
        assert_eq!(unsorted.rows, one.rows);
        assert!(unsorted.warnings[0].contains("samtools index"), "{:?}", unsorted.warnings);
    }
}

#[test]
fn bad_files_say_what_is_wrong() {
    let alignments = Alignments::new(&["a 0 8 60 6M .", "b 0 8 60 6M ATGTCT"]);
    let folder = alignments.folder.path().to_owned();
    let check = |path: &Path, reference: Option<&Path>, words: &str| {
        let options = EvidenceOptions::default();
        let error = run(path, reference, &[SNV], &options, None).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    check(Path::new("/nowhere/x.bam"), None, "x.bam: there is no such file");
    check(&write("x.sam", alignments.text.as_bytes()), None, "not a BAM or CRAM");
    check(&write("empty.bam", b""), None, "not a BAM or CRAM");
    let bam = std::fs::read(alignments.bam(false)).unwrap();
    check(&write("cut.bam", &bam[..bam.len() - 28]), None, "cut.bam: the file is truncated");
    check(&write("short.bam", &bam[..40]), None, "the file is truncated");
    let end = &bam[bam.len() - 28..];
    check(&write("other.bam", end), None, "truncated");
    write("bad.bam.bai", b"BAI");
    check(&write("bad.bam", &bam), None, "bad.bam: the index cannot be read");
    let (cram, reference) = alignments.cram(true);
    check(&cram, None, "can only be read with the reference");
    check(&cram, Some(Path::new("/nowhere/r.fa")), "r.fa: there is no such file");
    let text = std::fs::read_to_string(&reference).unwrap();
    let other = "is not the one this CRAM was written with";
    check(&cram, Some(&write("bases.fa", text.replace("GCCTAG", "GAATAG").as_bytes())), other);
    check(&cram, Some(&write("lengths.fa", text.replace("GCCTAG", "GCTAG").as_bytes())), other);
    check(&cram, Some(&write("names.fa", text.replace(">chr1", ">chr5").as_bytes())), other);
    check(
        &cram,
        Some(&write("not.fa", b"no FASTA")),
        "not.fa: the FASTA or its index cannot be read",
    );
    let whole = std::fs::read(&cram).unwrap();
    check(&write("cut.cram", &whole[..whole.len() - 38]), Some(&reference), "truncated");
}
