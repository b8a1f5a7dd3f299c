//! The dialects.
#![allow(clippy::unwrap_used)]

mod refusals;

use std::fmt::Write as _;
use std::io::Write as _;

use super::*;
use crate::reference::{Interval, Strand};

fn read_bytes(bytes: &[u8]) -> Result<Annotation, AnnotationError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_annotation(file.path(), "a.gff3")
}

/// Columns are parted by spaces here; score and source are left out, and the attributes are last.
fn lines(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            writeln!(lines, "{line}").unwrap();
            continue;
        }
        let columns: Vec<&str> = line.splitn(7, ' ').collect();
        let [contig, kind, start, end, strand, phase, attributes] = columns.try_into().unwrap();
        writeln!(
            lines,
            "{contig}\ttest\t{kind}\t{start}\t{end}\t.\t{strand}\t{phase}\t{attributes}"
        )
        .unwrap();
    }
    lines
}

fn read(text: &str) -> Annotation {
    read_bytes(lines(text).as_bytes()).unwrap()
}

fn ends(interval: Interval) -> String {
    format!("{}-{}", interval.start, interval.end)
}

/// Place, exons, coding parts with phases, UTRs with sides.
fn shape(made: &Transcript) -> String {
    let strand = if made.strand == Strand::Forward { '+' } else { '-' };
    let mut shape = format!("{}{strand}{}", made.contig, ends(made.interval));
    for exon in &made.exons {
        write!(shape, " e{}", ends(*exon)).unwrap();
    }
    for part in &made.coding {
        let phase = part.phase.map_or(".".to_owned(), |phase| phase.to_string());
        write!(shape, " c{}/{phase}", ends(part.interval)).unwrap();
    }
    for utr in &made.utrs {
        write!(shape, " {}'{}", if utr.five_prime { 5 } else { 3 }, ends(utr.interval)).unwrap();
    }
    shape
}

/// Names and flags.
fn names(made: &Transcript) -> String {
    let mut names =
        format!("{} {} {} {}", made.versioned_id(), made.gene_id, made.gene, made.biotype);
    let flags = [
        ("mane", made.mane_select),
        ("plus", made.mane_plus_clinical),
        ("canonical", made.canonical),
        ("start_NF", made.cds_start_not_found),
        ("end_NF", made.cds_end_not_found),
        ("mito", made.mitochondrial),
    ];
    for (flag, _) in flags.iter().filter(|(_, set)| *set) {
        write!(names, " {flag}").unwrap();
    }
    for value in made.protein_id.iter().chain(made.appris.iter()) {
        write!(names, " {value}").unwrap();
    }
    if let Some(level) = made.tsl {
        write!(names, " tsl{level}").unwrap();
    }
    for first in &made.selenocysteines {
        write!(names, " U{first}").unwrap();
    }
    names
}

/// Reads `text` as it is and with its lines backwards: the result must not depend on their order.
fn check(text: &str, expected: &[(&str, &str)]) {
    let backwards: Vec<&str> = text.lines().rev().collect();
    for text in [text, &backwards.join("\n")] {
        let annotation = read(text);
        assert!(annotation.refused.is_empty(), "{:?}", annotation.refused);
        let found: Vec<_> =
            annotation.transcripts.iter().map(|made| (names(made), shape(made))).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(names, shape)| ((*names).to_owned(), (*shape).to_owned()))
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn ensembl_gff3() {
    check(
        "##sequence-region 17 1 83257441
        17 gene 100 400 - . ID=gene:ENSG00000141510;Name=TP53;biotype=protein_coding;version=20
        17 mRNA 100 400 - . ID=transcript:ENST00000269305;Parent=gene:ENSG00000141510;Name=TP53-201;biotype=protein_coding;tag=basic,Ensembl_canonical,MANE_Select;transcript_support_level=1 (assigned to previous version 8);version=9
        17 three_prime_UTR 100 149 - . Parent=transcript:ENST00000269305
        17 exon 100 200 - . Parent=transcript:ENST00000269305;Name=ENSE1;version=3
        17 CDS 150 200 - 1 ID=CDS:ENSP00000269305;Parent=transcript:ENST00000269305;protein_id=ENSP00000269305;version=4
        17 exon 300 400 - . Parent=transcript:ENST00000269305;Name=ENSE2
        17 CDS 300 361 - 0 ID=CDS:ENSP00000269305;Parent=transcript:ENST00000269305;protein_id=ENSP00000269305;version=4
        17 five_prime_UTR 362 400 - . Parent=transcript:ENST00000269305
        17 biological_region 100 110 . . logic_name=cpg",
        &[(
            "ENST00000269305.9 ENSG00000141510 TP53 protein_coding mane canonical ENSP00000269305.4 tsl1",
            "17-100-400 e100-200 e300-400 c150-200/1 c300-361/0 3'100-149 5'362-400",
        )],
    );
}

#[test]
fn gencode() {
    check(
        "chr1 gene 1 60 + . ID=ENSG00000000001.5;gene_id=ENSG00000000001.5;gene_type=protein_coding;gene_name=SEL1
        chr1 transcript 1 60 + . ID=ENST00000000001.7;Parent=ENSG00000000001.5;gene_id=ENSG00000000001.5;transcript_id=ENST00000000001.7;gene_type=protein_coding;gene_name=SEL1;transcript_type=protein_coding;level=2;protein_id=ENSP00000000001.2;transcript_support_level=NA;tag=basic,MANE_Plus_Clinical,appris_principal_1,cds_start_NF,mRNA_start_NF
        chr1 exon 1 60 + . ID=exon:ENST00000000001.7:1;Parent=ENST00000000001.7;transcript_id=ENST00000000001.7
        chr1 CDS 11 40 + 0 ID=CDS:ENST00000000001.7;Parent=ENST00000000001.7;protein_id=ENSP00000000001.2
        chr1 start_codon 11 13 + 0 ID=start;Parent=ENST00000000001.7
        chr1 stop_codon 38 40 + 0 ID=stop;Parent=ENST00000000001.7
        chr1 stop_codon_redefined_as_selenocysteine 20 22 + . ID=sec;Parent=ENST00000000001.7
        chr1 five_prime_UTR 1 10 + . ID=u5;Parent=ENST00000000001.7
        chr1 three_prime_UTR 41 60 + . ID=u3;Parent=ENST00000000001.7",
        &[(
            "ENST00000000001.7 ENSG00000000001 SEL1 protein_coding plus start_NF ENSP00000000001.2 principal1 U20",
            "chr1+1-60 e1-60 c11-40/0 5'1-10 3'41-60",
        )],
    );
    // In GTF the stop codon is beside the CDS and within the UTR; here it is split over two exons.
    check(
        r#"chrY transcript 1 60 + . gene_id "ENSG00000000001.5_PAR_Y"; transcript_id "ENST00000000001.7_PAR_Y"; gene_type "protein_coding"; gene_name "SEL1"; transcript_type "protein_coding"; level 2; tag "basic"; tag "cds_end_NF"; tag "appris_alternative_2";
        chrY exon 1 20 + . gene_id "ENSG00000000001.5_PAR_Y"; transcript_id "ENST00000000001.7_PAR_Y";
        chrY CDS 3 19 + 0 gene_id "ENSG00000000001.5_PAR_Y"; transcript_id "ENST00000000001.7_PAR_Y"; protein_id "ENSP00000000001.2";
        chrY stop_codon 20 20 + 0 gene_id "ENSG00000000001.5_PAR_Y"; transcript_id "ENST00000000001.7_PAR_Y";
        chrY exon 41 60 + . gene_id "ENSG00000000001.5_PAR_Y"; transcript_id "ENST00000000001.7_PAR_Y";
        chrY stop_codon 41 42 + 2 gene_id "ENSG00000000001.5_PAR_Y"; transcript_id "ENST00000000001.7_PAR_Y";
        chrY UTR 1 2 + . gene_id "ENSG00000000001.5_PAR_Y"; transcript_id "ENST00000000001.7_PAR_Y";
        chrY UTR 41 60 + . gene_id "ENSG00000000001.5_PAR_Y"; transcript_id "ENST00000000001.7_PAR_Y";"#,
        &[(
            "ENST00000000001.7_PAR_Y ENSG00000000001.5_PAR_Y SEL1 protein_coding end_NF ENSP00000000001.2 alternative2",
            "chrY+1-60 e1-20 e41-60 c3-20/0 c41-42/0 5'1-2 3'43-60",
        )],
    );
}

#[test]
fn ensembl_gtf() {
    let reverse = |attributes: &str, stops: &str| {
        let own = r#"gene_id "ENSG00000000001"; gene_version "5"; transcript_id "ENST00000000001"; transcript_version "7";"#;
        format!(
            "1 gene 1 60 - . gene_id \"ENSG00000000001\"; gene_version \"5\"; gene_name \"G;1\"; gene_biotype \"protein_coding\";
            1 transcript 1 60 - . {own} {attributes}
            1 exon 31 60 - . {own}
            1 exon 1 20 - . {own}
            1 CDS 31 50 - 0 {own} protein_id \"ENSP00000000001\"; protein_version \"2\";
            {stops}"
        )
        .replace("OWN", own)
    };
    let names = "ENST00000000001.7 ENSG00000000001 G;1 protein_coding ENSP00000000001.2";
    // The last base of the stop codon's two pieces is the first one of the lower exon's end.
    check(
        &reverse(
            "transcript_biotype \"protein_coding\";",
            "1 CDS 20 20 - 1 OWN protein_id \"ENSP00000000001\"; protein_version \"2\";\n1 stop_codon 17 19 - 0 OWN\n1 Selenocysteine 39 41 - . OWN",
        ),
        &[(&format!("{names} U41"), "1-1-60 e1-20 e31-60 c17-20/1 c31-50/0 3'1-16 5'51-60")],
    );
    // As in release 75: the codon's last base is in the CDS already, with a phase that leaves out the first two.
    check(
        &reverse("", "1 CDS 20 20 - 0 OWN\n1 stop_codon 28 29 - 0 OWN\n1 stop_codon 20 20 - 1 OWN")
            .replace("1 exon 31", "1 exon 28")
            .replace("1 CDS 31", "1 CDS 30"),
        &[(
            "ENST00000000001.7 ENSG00000000001 G;1 protein_coding ENSP00000000001.2",
            "1-1-60 e1-20 e28-60 c20-20/1 c28-50/0 3'1-19 5'51-60",
        )],
    );
    // Old files have the biotype in the second column, which is no biotype here: the gene's holds.
    check(
        &reverse("", "1 stop_codon 18 20 - 0 OWN\n1 three_prime_utr 1 17 - . OWN"),
        &[(names, "1-1-60 e1-20 e31-60 c18-20/1 c31-50/0 3'1-17")],
    );
}

#[test]
fn refseq() {
    check(
        "##sequence-region NC_012920.1 1 16569
        NC_000017.11 region 1 83257441 + . ID=NC_000017.11:1..83257441;Name=17;chromosome=17;gbkey=Src;genome=chromosome
        NC_000017.11 gene 1 90 - . ID=gene-GPX4;Dbxref=GeneID:2879;Name=GPX4;gbkey=Gene;gene=GPX4;gene_biotype=protein_coding
        NC_000017.11 mRNA 1 90 - . ID=rna-NM_002085.5;Parent=gene-GPX4;Name=NM_002085.5;gbkey=mRNA;gene=GPX4;tag=MANE Select;transcript_id=NM_002085.5
        NC_000017.11 exon 1 90 - . ID=exon-NM_002085.5-1;Parent=rna-NM_002085.5;gbkey=mRNA;transcript_id=NM_002085.5
        NC_000017.11 CDS 31 60 - 0 ID=cds-NP_002076.2;Parent=rna-NM_002085.5;gbkey=CDS;protein_id=NP_002076.2;transl_except=(pos:complement(40..42)%2Caa:Sec)
        NC_000017.11 lnc_RNA 1 80 - . ID=rna-XR_001.1;Parent=gene-GPX4;gbkey=ncRNA;gene=GPX4;transcript_id=XR_001.1
        NC_000017.11 exon 1 80 - . ID=exon-XR_001.1-1;Parent=rna-XR_001.1
        NC_000017.11 cDNA_match 1 90 . . ID=aln0;Target=NM_002085.5 1 90 +
        NC_012920.1 gene 11 25 + . ID=gene-ND1;Name=ND1;gbkey=Gene;gene=ND1;gene_biotype=protein_coding
        NC_012920.1 CDS 11 25 + 0 ID=cds-YP_003024026.1;Parent=gene-ND1;gbkey=CDS;gene=ND1;protein_id=YP_003024026.1;transl_except=(pos:25..25%2Caa:TERM);transl_table=2
        NC_012920.1 gene 1 9 + . ID=gene-TRNF;Name=TRNF;gbkey=Gene;gene_biotype=tRNA
        NC_012920.1 tRNA 1 9 + . ID=rna-TRNF;Parent=gene-TRNF;gbkey=tRNA;gene=TRNF
        NC_012920.1 exon 1 9 + . ID=exon-TRNF-1;Parent=rna-TRNF",
        // `check` reads the lines backwards too, and contigs go by first appearance: here the same in both.
        &[
            ("TRNF TRNF TRNF Mt_tRNA mito", "NC_012920.1+1-9 e1-9"),
            ("ND1 ND1 ND1 protein_coding mito YP_003024026.1", "NC_012920.1+11-25 e11-25 c11-25/0"),
            ("XR_001.1 GPX4 GPX4 lncRNA", "NC_000017.11-1-80 e1-80"),
            (
                "NM_002085.5 GPX4 GPX4 protein_coding mane NP_002076.2 U42",
                "NC_000017.11-1-90 e1-90 c31-60/0 3'1-30 5'61-90",
            ),
        ],
    );
}

#[test]
fn other_gtf() {
    // RefSeq: no transcript for mitochondrial genes, and the symbol as the gene's identifier.
    check(
        r#"NC_000017.11 gene 1 60 + . gene_id "TP53"; transcript_id ""; gbkey "Gene"; gene "TP53"; gene_biotype "protein_coding";
        NC_000017.11 transcript 1 60 + . gene_id "TP53"; transcript_id "NM_000546.6"; gbkey "mRNA"; gene "TP53"; tag "MANE Select"; transcript_biotype "mRNA";
        NC_000017.11 exon 1 60 + . gene_id "TP53"; transcript_id "NM_000546.6"; gene "TP53"; transcript_biotype "mRNA";
        NC_000017.11 CDS 4 9 + 0 gene_id "TP53"; transcript_id "NM_000546.6"; protein_id "NP_000537.3";
        NC_012920.1 gene 1 9 + . gene_id "ND1"; transcript_id ""; gene "ND1"; gene_biotype "protein_coding";
        NC_012920.1 CDS 1 9 + 0 gene_id "ND1"; transcript_id "unassigned_transcript_1"; protein_id "YP_1.1"; transl_table "2";
        NC_000017.11 stop_codon 10 12 + 0 gene_id "TP53"; transcript_id "NM_000546.6";"#,
        &[
            (
                "NM_000546.6 TP53 TP53 protein_coding mane NP_000537.3",
                "NC_000017.11+1-60 e1-60 c4-12/0 5'1-3 3'13-60",
            ),
            (
                "unassigned_transcript_1 ND1 ND1 protein_coding mito YP_1.1",
                "NC_012920.1+1-9 e1-9 c1-9/0",
            ),
        ],
    );
    // UCSC: neither genes nor transcripts have lines, and the one is called as the other.
    check(
        r#"chr1 exon 1 20 - . gene_id "NM_1"; transcript_id "NM_1";
        chr1 CDS 4 9 - 0 gene_id "NM_1"; transcript_id "NM_1";"#,
        &[("NM_1 NM_1 NM_1 protein_coding", "chr1-1-20 e1-20 c4-9/0 3'1-3 5'10-20")],
    );
    // Ensembl up to release 76: the biotype of the transcript is in the second column.
    let old = lines(
        r#"1 transcript 1 9 + . gene_id "ENSG00000000001"; transcript_id "ENST00000000001"; gene_biotype "protein_coding";"#,
    );
    let old = read_bytes(old.replace("\ttest\t", "\tretained_intron\t").as_bytes()).unwrap();
    assert_eq!(old.transcripts[0].biotype, "retained_intron");
}

#[test]
fn partial_coding_sequences_of_refseq() {
    for (strand, attributes, expected) in [
        ('+', "start_range=.,1", "t g g protein_coding start_NF"),
        ('-', "start_range=.,1", "t g g protein_coding end_NF"),
        ('-', "end_range=9,.", "t g g protein_coding start_NF"),
    ] {
        let annotation = read(&format!(
            "1 gene 1 9 {strand} . ID=gene-g\n1 mRNA 1 9 {strand} . ID=rna-t;Parent=gene-g\n1 CDS 1 9 {strand} 0 Parent=rna-t;partial=true;{attributes}"
        ));
        assert_eq!(names(&annotation.transcripts[0]), expected);
    }
}

#[test]
fn several_proteins_of_one_gene() {
    check(
        "c gene 1 30 + . ID=gene-orf1ab;Name=ORF1ab
        c CDS 1 15 + 0 ID=cds-1;Parent=gene-orf1ab;protein_id=YP_1.1
        c CDS 15 30 + 0 ID=cds-1;Parent=gene-orf1ab;protein_id=YP_1.1
        c CDS 1 18 + 0 ID=cds-2;Parent=gene-orf1ab;protein_id=YP_2.1",
        &[
            ("YP_2.1 orf1ab ORF1ab protein_coding YP_2.1", "c+1-18 e1-18 c1-18/0"),
            ("YP_1.1 orf1ab ORF1ab protein_coding YP_1.1", "c+1-30 e1-30 c1-15/0 c15-30/0"),
        ],
    );
}

#[test]
fn plain_gff3() {
    check(
        "2 gene 22 30 . . ID=g2
        2 mRNA 22 30 + . ID=t.2;Parent=g2;
        2 CDS 22 27 + . Parent=t.2
        2 transcript 22 50 + . ID=transcript:u;Parent=g2;gene_biotype=protein_coding;
        2 CDS 22 27 + . Parent=transcript:u
        2 three_prime_UTR 28 50 + . Parent=transcript:u
        2 mRNA 60 70 + . ID=ENST00000000001.4
        2 exon 60 70 + . Parent=ENST00000000001.4",
        &[
            ("t.2 g2 g2 protein_coding", "2+22-30 e22-27 c22-27/."),
            ("u g2 g2 protein_coding", "2+22-50 e22-50 c22-27/. 3'28-50"),
            // Without a gene, it is its own.
            ("ENST00000000001.4 ENST00000000001 ENST00000000001 protein_coding", "2+60-70 e60-70"),
        ],
    );
}

#[test]
fn equal_coding_parts_are_refused_beside_a_stop_codon_too() {
    let annotation = read(
        "1 CDS 200 309 + 2 transcript_id \"a\";
        1 CDS 200 309 + 2 transcript_id \"a\";
        1 stop_codon 4 412 + 0 transcript_id \"a\";
        1 exon 1 9 + . transcript_id \"b\";",
    );
    let refused: Vec<_> = annotation.refused.iter().map(|row| row.rule.as_str()).collect();
    assert_eq!(refused, ["annotation.phase"]);
}
