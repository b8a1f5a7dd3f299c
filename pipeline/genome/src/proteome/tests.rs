#![allow(clippy::unwrap_used)]
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// Marsaglia's xorshift generator (2003, J Stat Softw 8:14), so that every run sees the same proteins.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn residues(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }
}

fn proteome<'a>(proteins: impl IntoIterator<Item = (&'a str, &'a str)>) -> Proteome {
    let mut builder = ProteomeBuilder::default();
    for (identifier, residues) in proteins {
        builder.add(identifier, None, residues).unwrap();
    }
    builder.build()
}

/// Places as `protein:start`, in their order.
fn places(proteome: &Proteome, peptide: &str) -> Vec<String> {
    let occurrences: Vec<_> = proteome.occurrences(peptide).collect();
    assert_eq!(proteome.contains(peptide), !occurrences.is_empty(), "{peptide}");
    occurrences.iter().map(|found| format!("{}:{}", found.protein, found.start)).collect()
}

/// Every window of `proteins` with at most `allowed` mismatches, compared one by one.
fn naive<'a>(
    proteins: &'a [(String, String)],
    peptide: &str,
    allowed: usize,
) -> Vec<(usize, &'a str, &'a str, u32)> {
    let mut found = Vec::new();
    for (identifier, residues) in proteins {
        for start in 0..(residues.len() + 1).saturating_sub(peptide.len()) {
            let window = &residues[start..start + peptide.len()];
            let mismatches = window.bytes().zip(peptide.bytes()).filter(|(a, b)| a != b).count();
            if mismatches <= allowed && !window.contains('*') {
                found.push((mismatches, window, identifier.as_str(), start as u32 + 1));
            }
        }
    }
    found.sort_unstable();
    found
}

/// Peptides of the proteins, some with a residue exchanged, and peptides from nowhere.
fn peptides(random: &mut Random, proteins: &[(String, String)], alphabet: &[u8]) -> Vec<String> {
    let mut peptides = Vec::new();
    for length in 1..=40 {
        for _ in 0..6 {
            let source = &proteins[random.below(proteins.len())].1;
            if source.len() >= length {
                let start = random.below(source.len() - length + 1);
                let mut peptide = source[start..start + length].replace('*', "A");
                peptides.push(peptide.clone());
                let at = random.below(length);
                peptide.replace_range(at..=at, &random.residues(alphabet, 1));
                peptides.push(peptide);
            }
            peptides.push(random.residues(alphabet, length));
        }
    }
    peptides
}

#[test]
fn agrees_with_a_search_one_by_one() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    // Two letters make long repeats, four letters and a stop short ones, all letters none.
    for alphabet in [&b"AC"[..], b"ACDEACDEACDEACDEACDE*", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"] {
        let mut proteins: Vec<(String, String)> = Vec::new();
        for number in 0..40 {
            let length = 1 + random.below(120);
            let mut residues = format!("M{}K", random.residues(alphabet, length));
            // Every third is an isoform of the one before: it agrees over its whole length.
            if number % 3 == 2 {
                residues = format!("{}{}", proteins[number - 1].1, residues);
            }
            proteins.push((format!("P{number:02}"), residues));
        }
        let index = proteome(proteins.iter().map(|(name, residues)| (&**name, &**residues)));
        let peptides = peptides(&mut random, &proteins, alphabet);
        let mut hits = 0;
        for peptide in peptides.iter().filter(|peptide| !peptide.contains('*')) {
            let exact = naive(&proteins, peptide, 0);
            let expected: Vec<_> =
                exact.iter().map(|found| format!("{}:{}", found.2, found.3)).collect();
            assert_eq!(places(&index, peptide), expected, "{peptide}");
            hits += usize::from(!exact.is_empty());
            for allowed in 0..=2 {
                let expected = naive(&proteins, peptide, allowed.min(peptide.len() - 1));
                let nearest = index.nearest(peptide, allowed);
                let found: Vec<_> = nearest
                    .iter()
                    .map(|near| {
                        (
                            near.mismatches,
                            near.residues,
                            near.occurrence.protein,
                            near.occurrence.start,
                        )
                    })
                    .collect();
                assert_eq!(found, expected, "{peptide} with {allowed} mismatches");
            }
        }
        assert!((100..peptides.len()).contains(&hits), "{hits} of {}", peptides.len());
        let asked: Vec<&str> = peptides.iter().map(String::as_str).collect();
        let each: Vec<bool> = asked.iter().map(|peptide| index.contains(peptide)).collect();
        assert_eq!(index.contains_all(&asked), each);
    }
}

#[test]
fn places_of_peptides() {
    let index = proteome([
        ("B", "MKTAYIAKQRQISFVKSHFSRQ"),
        ("A", "SHFSRQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAX"),
        ("C", "mktuyia**LLLLLLLL*"),
        ("D", "W"),
    ]);
    for (peptide, expected) in [
        ("SHFSRQ", &["A:1", "B:17"][..]),
        ("AYIAKQRQ", &["B:4"]),
        ("ayiakqrq", &["B:4"]),
        ("MKTUYIA", &["C:1"]),
        ("LLLLLLL", &["C:10", "C:11"]),
        ("W", &["D:1"]),
        // Thirty-nine A: more than the residues by which suffixes are sorted.
        (&"A".repeat(37), &["A:7", "A:8"]),
        (&format!("{}X", "A".repeat(37)), &["A:8"]),
        (&"A".repeat(39), &[]),
        ("AAAAAAAAB", &[]),
        // X in the peptide or the protein stands for nothing else.
        ("AX", &["A:44"]),
        ("MKTX", &[]),
        // From one protein into the next, over a stop, and over the end.
        ("SRQS", &[]),
        ("RQSHF", &[]),
        ("YIALLLL", &[]),
        ("YIA**LLLL", &[]),
        ("LW", &[]),
        ("WA", &[]),
        ("WW", &[]),
        ("*", &[]),
        ("", &[]),
        ("AYIAK RQ", &[]),
        ("ÄYIAKQRQ", &[]),
    ] {
        assert_eq!(places(&index, peptide), expected, "{peptide}");
    }
    assert_eq!((index.len(), index.is_empty()), (4, false));
    let empty = ProteomeBuilder::default().build();
    assert!(empty.is_empty() && !empty.contains("A") && empty.nearest("AAAA", 2).is_empty());
}

#[test]
fn a_protein_is_found_under_all_its_names() {
    let mut builder = ProteomeBuilder::default();
    for (identifier, gene, residues, expected) in [
        ("Z1", Some("GENE2"), "MKTAYIAK", Ok(Added::New)),
        ("A1", None, "mktayiak*", Ok(Added::Merged)),
        ("Z1", Some("GENE2"), "MKTAYIAK", Ok(Added::Repeated)),
        ("Z1", Some("GENE1"), "MKTAYIAKL", Ok(Added::New)),
        ("", None, "MKTAYIAK", Err(ProteinError::NoIdentifier)),
        ("B1", None, "", Err(ProteinError::NoResidues)),
        ("B1", None, "***", Err(ProteinError::NoResidues)),
        ("B1", None, "MKT-AYI", Err(ProteinError::NotALetter { position: 4 })),
        ("B1", None, "MKTÄ", Err(ProteinError::NotALetter { position: 4 })),
    ] {
        assert_eq!(builder.add(identifier, gene, residues), expected, "{identifier} {residues}");
    }
    assert_eq!(builder.ambiguous(), ["Z1"]);
    let index = builder.build();
    let found: Vec<_> =
        index.occurrences("TAYI").map(|found| (found.protein, found.gene)).collect();
    assert_eq!(found, [("A1", None), ("Z1", Some("GENE1")), ("Z1", Some("GENE2"))]);
    assert_eq!(index.len(), 2);
}

fn read(bytes: &[u8]) -> Result<(Proteome, ProteomeReport), ProteomeError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    Proteome::read_fasta(file.path(), "pep.fa")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

const FASTA: &str = "\n>P1 pep gene_symbol:G1\r\nMKTAYI\r\nAKQR*\r\n\r\n>P2\nmktayi\nakqr\n>P1 again\nMKTAYIAKQR\n>P1\nWWWW\n>\nMKT\n>P4\nMK\nT YI\n9\n>P5\n*\n>P6 GN=G6\nCCCC  ";

#[test]
fn every_record_of_a_file_is_accounted_for() {
    for bytes in [FASTA.as_bytes().to_vec(), gzip(FASTA)] {
        let (index, report) = read(&bytes).unwrap();
        assert_eq!(places(&index, "YIAKQ"), ["P1:5", "P2:5"]);
        assert_eq!(places(&index, "WWWW"), ["P1:1"]);
        assert_eq!(index.occurrences("CCCC").next().unwrap().gene, Some("G6"));
        let counts = [report.records, report.new, report.merged, report.repeated];
        assert_eq!(counts, [8, 3, 1, 1]);
        assert_eq!(report.ambiguous, ["P1"]);
        let refused: Vec<_> = report
            .quarantined
            .iter()
            .map(|row| (row.source_line, row.path.as_str(), row.rule.as_str()))
            .collect();
        assert_eq!(
            refused,
            [
                (13, "header", "proteome.identifier"),
                (17, "column 2", "proteome.residue"),
                (19, "residues", "proteome.empty"),
            ]
        );
    }
}

#[test]
fn a_file_that_is_no_proteome_is_refused() {
    let gzip = gzip(FASTA);
    for (bytes, expected) in [
        (&b""[..], "pep.fa: no protein that can be used (0 refused"),
        (b"\n \n", "pep.fa: no protein that can be used (0 refused"),
        (b">P1\nMK-\n>P2\n>\nMK\n", "pep.fa: no protein that can be used (3 refused"),
        (b"\nMKT\n>P1\nMKT\n", "pep.fa, line 2: text before the first header"),
        (b">T1\nATGACCnn\n>T2\nATGU\n", "pep.fa: holds nucleotides"),
        (&gzip[..gzip.len() - 6], "pep.fa: the compressed file is truncated"),
        (&gzip[..30], "pep.fa: the compressed file is truncated"),
    ] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let error =
        Proteome::read_fasta(std::path::Path::new("/nowhere/pep.fa"), "pep.fa").unwrap_err();
    assert!(matches!(error, ProteomeError::Missing { .. }), "{error}");
}

#[test]
fn parts_make_the_same_proteome() {
    let (index, _) = read(FASTA.as_bytes()).unwrap();
    let (parts, checksum) = (index.parts().clone(), index.parts().checksum());
    let again = Proteome::from_parts(parts.clone(), checksum).unwrap();
    assert_eq!(again.parts(), &parts);
    assert_eq!(places(&again, "YIAKQ"), places(&index, "YIAKQ"));
    assert!(
        Proteome::from_parts(ProteomeParts::default(), ProteomeParts::default().checksum())
            .unwrap()
            .is_empty()
    );
    let error = Proteome::from_parts(parts, checksum ^ 1).unwrap_err();
    assert_eq!(error, PartsError::Checksum { found: checksum, expected: checksum ^ 1 });
}

#[test]
fn damaged_parts_are_refused() {
    type Damage = fn(&mut ProteomeParts);
    let damages: [(&str, Damage); 13] = [
        ("residues", |parts| parts.residues.replace_range(0..1, "m")),
        ("residues", |parts| parts.residues.push('ß')),
        ("starts", |parts| parts.starts[0] = 1),
        ("starts", |parts| parts.starts[1] -= 1),
        ("starts", |parts| parts.starts.swap(1, 2)),
        ("starts", |parts| parts.starts.clear()),
        ("starts", |parts| parts.residues.push('A')),
        ("names", |parts| parts.names.swap(0, 2)),
        ("names", |parts| parts.names.truncate(1)),
        ("names", |parts| parts.names.last_mut().unwrap().protein = 9),
        ("suffix", |parts| parts.suffixes.truncate(3)),
        ("suffix", |parts| parts.suffixes[0] = 10),
        ("suffix", |parts| parts.suffixes[0] = u32::MAX),
    ];
    let (index, _) = read(FASTA.as_bytes()).unwrap();
    for (number, (part, damage)) in damages.into_iter().enumerate() {
        let (mut parts, checksum) = (index.parts().clone(), index.parts().checksum());
        damage(&mut parts);
        let damaged = parts.checksum();
        assert_ne!(damaged, checksum, "damage {number}");
        let error = Proteome::from_parts(parts, damaged).unwrap_err().to_string();
        assert!(error.starts_with(&format!("the proteome's {part}")), "damage {number}: {error}");
    }
}
