//! What deserves a word, and what is refused: lines, transcripts and whole files.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use super::*;

#[test]
fn contigs_counts_and_warnings() {
    let annotation = read(
        "##gff-version 3
        ##sequence-region 1 1 1000
        ##sequence-region 2 500 1000
        1 region 1 900 + . ID=r
        3 chromosome -100 900 . . ID=c
        1 gene -5 100 + . ID=g
        1 gene 1 100 + . ID=g
        1 mRNA 10 60 + . ID=t;Parent=g
        1 exon 5 80 + . Parent=t
        1 CDS 10 30 + 0 Parent=t
        1 CDS 30 39 + 0 Parent=t
        1 miRNA 20 30 + . ID=m;Parent=t
        1 polymorphism 20 30 + . ID=p;Parent=t
        2 gene 1 100 + . ID=g
        2 mRNA 10 60 + . ID=t;Parent=g
        2 CDS 10 27 + 0 Parent=t;transl_table=5
        2 lnc_RNA 10 70 + . ID=l;Parent=g
        2 exon 10 70 + . Parent=l
        2 UTR 10 20 + . Parent=l",
    );
    let contigs = [("1", Some(1000)), ("2", None), ("3", None)];
    assert_eq!(annotation.contigs, contigs.map(|(name, length)| (name.to_owned(), length)));
    let expected = Counts { genes: 2, transcripts: 4, refused: 0, lines: 16, ignored: 3 };
    assert_eq!(annotation.counts, expected);
    let shapes: Vec<String> = annotation.transcripts.iter().map(shape).collect();
    let expected = [
        "1+5-80 e5-80 c10-30/0 c30-39/0 5'5-9 3'40-80",
        "1+20-30 e20-30",
        "2+10-60 e10-27 c10-27/0",
        "2+10-70 e10-70",
    ];
    assert_eq!(shapes, expected);
    let starts: Vec<&str> =
        annotation.warnings.iter().map(|text| text.split(" (").next().unwrap()).collect();
    let expected = [
        "1 transcripts have features beyond their ends and were widened",
        "1 transcripts have coding parts that overlap",
        "1 transcripts have a coding sequence whose length is no multiple of three; it is taken as incomplete",
        "1 transcripts have no exon and were taken as one exon",
        "1 coding sequences ask for a genetic code other than NCBI tables 1, 2 and 11; they are read by table 1",
        "1 identifiers name a transcript on each of several contigs; all are kept",
        "1 genes are defined more than once; the first definition holds",
        "1 contigs are given several lengths; the first holds",
        "1 UTR lines are of transcripts without coding sequence and have no side; left out",
    ];
    assert_eq!(starts, expected);
}

/// A usable transcript, so that the file is read.
const GOOD: &str =
    "1 gene 1 9 + . ID=good\n1 mRNA 1 9 + . ID=good1;Parent=good\n1 exon 1 9 + . Parent=good1\n";

/// The rules and lines of the refusals beside [`GOOD`], which stays.
fn refused(text: &[u8], expected: &[(&str, i64)]) {
    let annotation = read_bytes(&[lines(GOOD).as_bytes(), text].concat()).unwrap();
    assert_eq!(annotation.counts.transcripts, 1, "{text:?}");
    let found: Vec<_> =
        annotation.refused.iter().map(|row| (row.rule.as_str(), row.source_line)).collect();
    assert_eq!(found, expected, "{}\n{:?}", String::from_utf8_lossy(text), annotation.refused);
    assert!(annotation.refused.iter().all(|row| !row.message.is_empty() && !row.remedy.is_empty()));
}

#[test]
fn lines_that_are_refused() {
    let check = |text: &str, expected| refused(lines(text).as_bytes(), expected);
    let gene = "1 gene 1 90 + . ID=g\n1 mRNA 1 90 + . ID=t;Parent=g\n";
    let with = |rest: &str| format!("{gene}{rest}");
    check(
        &with("1 exon 9 3 + . Parent=t"),
        &[("annotation.incomplete", 5), ("annotation.interval", 6)],
    );
    check(
        &with("1 exon 9 x + . Parent=t"),
        &[("annotation.incomplete", 5), ("annotation.position", 6)],
    );
    check(
        &with("1 exon 0 9 + . Parent=t"),
        &[("annotation.incomplete", 5), ("annotation.position", 6)],
    );
    check(
        &with("1 CDS 1 9 + 3 Parent=t"),
        &[("annotation.incomplete", 5), ("annotation.phase", 6)],
    );
    check(
        "1 exon 1 9 + . Parent=nowhere\n1 exon 20 29 + . Parent=nowhere",
        &[("annotation.orphan", 4)],
    );
    check("1 CDS 1 9 + 0 ID=alone", &[("annotation.orphan", 4)]);
    check(
        "1 gene 9 1 + . ID=g\n1 mRNA 1 9 + . ID=t;Parent=g",
        &[("annotation.interval", 4), ("annotation.orphan", 5)],
    );
    refused(b"1\ttest\texon\t1\t9\t.\t+\t.\n", &[("annotation.columns", 4)]);
    refused(b"1 test exon 1 9 . + . Parent=good1\n", &[("annotation.columns", 4)]);
    refused(b"1\tt\tgene\t1\t9\t.\t+\t.\tID=g;Name=\xff\n", &[("annotation.utf8", 4)]);
}

#[test]
fn transcripts_that_are_refused() {
    let check = |text: &str, expected| refused(lines(text).as_bytes(), expected);
    check("1 mRNA 1 9 + . ID=t;Parent=nowhere", &[("annotation.orphan", 4)]);
    check("1 mRNA 1 9 + . ID=t;Parent=t\n1 exon 1 9 + . Parent=t", &[("annotation.cycle", 4)]);
    check(
        "1 mRNA 1 9 + . ID=a;Parent=b\n1 mRNA 1 9 + . ID=b;Parent=c\n1 mRNA 1 9 + . ID=c;Parent=b",
        &[("annotation.cycle", 4), ("annotation.cycle", 5), ("annotation.cycle", 6)],
    );
    let with = |strand: &str, rest: &str| {
        format!("1 gene 1 90 + . ID=g\n1 mRNA 1 90 {strand} . ID=t;Parent=g\n{rest}")
    };
    let exons = "1 exon 1 20 + . Parent=t\n1 exon 31 90 + . Parent=t\n";
    check(&with("?", "1 exon 1 9 . . Parent=t"), &[("annotation.strand", 5)]);
    check(&with("-", "1 CDS 1 9 + 0 Parent=t"), &[("annotation.strand", 5)]);
    check(
        &with("+", &format!("{exons}1 CDS 11 20 + 0 Parent=t\n1 CDS 31 39 + 1 Parent=t")),
        &[("annotation.phase", 5)],
    );
    check(&with("+", &format!("{exons}1 CDS 11 31 + 0 Parent=t")), &[("annotation.exons", 5)]);
    check(&with("+", &format!("{exons}1 exon 15 25 + . Parent=t")), &[("annotation.exons", 5)]);
    check(&with("+", &format!("{exons}1 exon 1 20 + . Parent=t")), &[("annotation.duplicate", 5)]);
    check(
        &with("+", "1 CDS 1 9 + 0 Parent=t\n1 CDS 1 9 + 0 Parent=t"),
        &[("annotation.duplicate", 5)],
    );
    check(&with("+", "1 mRNA 2 9 + . ID=t;Parent=g"), &[("annotation.duplicate", 5)]);
    check(
        &with("+", "1 CDS 1 9 + 0 Parent=t;protein_id=a\n1 CDS 11 19 + 0 Parent=t;protein_id=b"),
        &[("annotation.proteins", 5)],
    );
    check(
        &with("+", "1 CDS 1 9 + 0 Parent=t;transl_except=(pos:,aa:Sec)"),
        &[("annotation.incomplete", 5), ("annotation.translation_exception", 6)],
    );
}

#[test]
fn lines_of_a_gtf_that_are_refused() {
    let good = "1 exon 1 9 + . gene_id \"g\"; transcript_id \"t\";\n";
    let annotation = read(&format!(
        "{good}1 exon 1 9 + . gene_id \"g\"; transcript_id \"\";\n1 gene 1 9 + . gene_name \"x\";"
    ));
    let found: Vec<_> =
        annotation.refused.iter().map(|row| (row.rule.as_str(), row.source_line)).collect();
    assert_eq!(found, [("annotation.identifier", 2), ("annotation.identifier", 3)]);
    assert_eq!(names(&annotation.transcripts[0]), "t g g misc_RNA");
}

#[test]
fn files_that_are_no_annotation() {
    let message = |bytes: &[u8]| read_bytes(bytes).unwrap_err().to_string();
    assert!(message(b"").contains("no feature in its 0 lines"));
    assert!(message(b"##gff-version 3\n\n#x\n").contains("no feature in its 3 lines"));
    assert!(message(b">1\nACGT\n").contains("no feature in its 1 lines"));
    let genes = lines("1 gene 1 9 + . ID=g\n1 gene 1 9 + . ID=h\n1 exon 1 9 + . Parent=x");
    let found = message(genes.as_bytes());
    assert!(
        found.contains(
            "found 2 gene, 1 exon, 1 refused, the first in line 3: 1 lines are parts of x"
        ),
        "{found}"
    );
    assert!(message(b"a,b\nc,d\n").contains("2 refused, the first in line 1: 1 columns"));
    let missing = read_annotation(Path::new("/nowhere"), "a.gtf");
    assert!(matches!(missing, Err(AnnotationError::Missing { .. })));
}

#[test]
fn compressed_files() {
    let text = lines(GOOD);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let gzip = encoder.finish().unwrap();
    assert_eq!(read_bytes(&gzip).unwrap(), read(GOOD));
    let truncated = read_bytes(&gzip[..gzip.len() - 6]);
    assert!(matches!(truncated, Err(AnnotationError::Truncated { .. })), "{truncated:?}");
    let windows = text.replace('\n', "\r\n") + "##FASTA\n>1\nACGT\n";
    assert_eq!(read_bytes(windows.as_bytes()).unwrap(), read(GOOD));
}
