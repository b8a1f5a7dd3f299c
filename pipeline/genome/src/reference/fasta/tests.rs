//! Genomes and records, and files that are neither.
#![allow(clippy::unwrap_used)]
use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::reference::slice_name;

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn genome(bytes: &[u8]) -> Result<(Vec<(String, String)>, GenomeCounts), FastaError> {
    let mut contigs = Vec::new();
    let counts = read_genome(written(bytes).path(), "g.fa", |name, sequence| {
        let bases = sequence.bases(1, i64::from(sequence.length().unwrap()));
        contigs.push((name.to_owned(), String::from_utf8(bases).unwrap()));
        Ok::<_, FastaError>(())
    })?;
    Ok((contigs, counts))
}

const TEXT: &[u8] = b"\n>1 dna:chromosome chromosome:GRCh38:1\r\nACGt\r\nnRy\r\n\n>2\tx\nuuA\n";

#[test]
fn contigs_one_at_a_time() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(TEXT).unwrap();
    let gzip = encoder.finish().unwrap();
    for bytes in [TEXT, &gzip] {
        let (contigs, counts) = genome(bytes).unwrap();
        let expected = [("1", "ACGTNNN"), ("2", "TTA")];
        assert_eq!(contigs, expected.map(|(name, bases)| (name.to_owned(), bases.to_owned())));
        assert_eq!(counts, GenomeCounts { contigs: 2, bases: 10, ambiguous: 2 });
    }
    assert!(matches!(genome(&gzip[..gzip.len() - 6]), Err(FastaError::Truncated { .. })));
}

#[test]
fn other_files_are_refused() {
    let check = |bytes: &[u8], expected: &str| {
        let error = genome(bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(b"", "no sequence");
    check(b"\n\n", "no sequence");
    check(b"ACGT\n>1\nA\n", "line 1: text before the first >");
    check(b">1\nA\n>1 x\nC\n", "line 3: 1 is there twice");
    check(b">1\nAC-T\n", "line 2: the byte '-'");
    check(b">1\nA\n> \nC\n", "line 3: a header without name");
    check(b">1\nA\n>2\n", "line 3: 2 has no sequence");
    check(b">1\nACGTE\n", "line 2: the byte 'E'");
    let missing = read_fasta(Path::new("/nowhere"), "p.fa", Alphabet::Residues);
    assert!(matches!(missing, Err(FastaError::Missing { .. })));
}

#[test]
fn records_of_ensembl_and_gencode() {
    let text = b">ENSP1.2 pep transcript:ENST1.3 x\nMu\n*\n>ENST2.1|ENSG2.1|-|\nmk\n";
    let records = read_fasta(written(text).path(), "p.fa", Alphabet::Residues).unwrap();
    let found: Vec<_> = records
        .iter()
        .map(|record| {
            (
                record.id.as_str(),
                record.description.as_str(),
                record.line,
                record.sequence.as_slice(),
            )
        })
        .collect();
    let expected: [(&str, &str, u64, &[u8]); 2] =
        [("ENSP1.2", "pep transcript:ENST1.3 x", 1, b"MU*"), ("ENST2.1", "", 4, b"MK")];
    assert_eq!(found, expected);
}

#[test]
fn names_of_slices() {
    let check = |name: &str, expected: Option<(&str, u32, u32)>| {
        let found = slice_name(name).map(|(contig, slice)| (contig, slice.start, slice.end));
        assert_eq!(found, expected, "{name}");
    };
    check("1:2342-5000", Some(("1", 2342, 5000)));
    check("HLA-A*01:01:01:01", None);
    check("HLA-A*01:01:1-20", Some(("HLA-A*01:01", 1, 20)));
    check("1:5-4", None);
    check("1:0-4", None);
    check(":1-4", None);
    check("1", None);
}
