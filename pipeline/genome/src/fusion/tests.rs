#![allow(clippy::unwrap_used)]

use std::fs;

use super::*;

fn read(text: &str) -> Result<FusionContent, TableError> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("f.tsv");
    fs::write(&path, text).unwrap();
    read_fusions(&path, "f.tsv")
}

const STAR: &str = "#FusionName\tJunctionReadCount\tSpanningFragCount\tSpliceType\tLeftGene\tLeftBreakpoint\tRightGene\tRightBreakpoint\tJunctionReads\tannots\tCDS_LEFT_ID\tCDS_LEFT_RANGE\tCDS_RIGHT_ID\tCDS_RIGHT_RANGE\tPROT_FUSION_TYPE\tFUSION_CDS\tFUSION_TRANSL\n";

/// The cells from `CDS_LEFT_RANGE` on that decide.
fn star(range: &str, frame: &str, coding: &str, peptide: &str) -> String {
    format!(
        "{STAR}A--B\t12\t3\tONLY_REF_SPLICE\tBCR^ENSG1.2\tchr22:100:+\tABL1^ENSG2.3\tchr9:200:-\tread1\t[]\tT1\t{range}\tT2\t5-9\t{frame}\t{coding}\t{peptide}\n"
    )
}

const ARRIBA: &str = "#gene1\tgene2\tstrand1(gene/fusion)\tstrand2(gene/fusion)\tbreakpoint1\tbreakpoint2\tsite1\ttype\tsplit_reads1\tsplit_reads2\tdiscordant_mates\tconfidence\tgene_id1\tgene_id2\ttranscript_id1\ttranscript_id2\treading_frame\tpeptide_sequence\tread_identifiers\n";

fn arriba(gene2: &str, frame: &str, peptide: &str) -> String {
    format!(
        "{ARRIBA}BCR\t{gene2}\t+/+\t-/.\t22:100\t9:200\tCDS\ttranslocation\t4\t2\t3\thigh\tENSG1\tENSG2\tT1\t.\t{frame}\t{peptide}\tread1,read2\n"
    )
}

/// Protein, junction, new residues; or the reason why not.
fn spelled(fusion: &Fusion) -> String {
    match (&fusion.protein, fusion.junction, fusion.no_protein) {
        (Some(protein), Some(junction), None) => {
            format!("{protein} {junction} {}", fusion.new_residues)
        }
        (None, None, Some(reason)) => format!("{reason:?}"),
        found => format!("inconsistent {found:?}"),
    }
}

#[test]
fn proteins_of_every_table() {
    let check = |text: &str, in_frame: Option<bool>, words: &str| {
        let content = read(text).unwrap();
        assert_eq!((content.rows, content.quarantined.len()), (1, 0), "{text}");
        let fusion = &content.fusions[0];
        assert_eq!((spelled(fusion).as_str(), fusion.in_frame), (words, in_frame), "{text}");
        let total = [fusion.junction_reads, fusion.spanning_fragments];
        assert_eq!(
            total,
            if fusion.tool == FusionTool::Arriba { [6, 3] } else { [12, 3] }.map(Some)
        );
        assert!(!format!("{fusion:?}").contains("read1"));
    };
    let star_check = |range, frame, coding, peptide, in_frame, words| {
        check(&star(range, frame, coding, peptide), in_frame, words);
    };
    star_check("1-9", "INFRAME", "atgaaaaaaGGGTGGTAA", "MKKGW*", Some(true), "MKKGW 4 0");
    star_check("1-10", "INFRAME", "atgaaaaaagGGTGGTAA", "MKKGW*", Some(true), "MKKGW 4 1");
    star_check("1-10", "FRAMESHIFT", ".", "MKKGW*PLL*", Some(false), "MKKGW 4 2");
    star_check(".", "INFRAME", ".", "MKKGW*", Some(true), "UnknownJunction");
    star_check("1-9", "INFRAME", ".", "MK*KGW", Some(true), "StopBeforeJunction");
    star_check("1-99", "INFRAME", ".", "MKKGW", Some(true), "StopBeforeJunction");
    star_check("1-9", "NA", ".", "MKKGW*", None, "UnknownFrame");
    star_check(".", ".", ".", ".", None, "UnknownFrame");

    let arriba_check = |frame, peptide, in_frame, words| {
        check(&arriba("ABL1", frame, peptide), in_frame, words);
    };
    arriba_check("in-frame", "MSKE|GLQR", Some(true), "MSKEGLQR 5 0");
    arriba_check("in-frame", "MSKE|aLQR", Some(true), "MSKEALQR 5 1");
    arriba_check("in-frame", "MSKe|GLQR", Some(true), "MSKEGLQR 4 1");
    arriba_check("in-frame", "MsKE|w?|vQR*", Some(true), "MSKEWXVQR 5 3");
    arriba_check("out-of-frame", "MSKE|agpa*", Some(false), "MSKEAGPA 5 4");
    arriba_check("out-of-frame", "MSK*|agpa", Some(false), "StopBeforeJunction");
    arriba_check("out-of-frame", "MSKE|*", Some(false), "StopBeforeJunction");
    arriba_check("in-frame", ".", Some(true), "NoPeptide");
    arriba_check("stop-codon", "MS*E|GLQR", None, "StopBeforeJunction");
    arriba_check(".", "MSKE|GLQR", None, "UnknownFrame");
    check(&arriba("BCR", "in-frame", "MSKE|GLQR"), Some(true), "SameGene");
}

#[test]
fn fields_of_both_tables() {
    let content = read(&star("1-9", "INFRAME", ".", "MKKGW*")).unwrap();
    let found = &content.fusions[0];
    assert_eq!((found.gene5.as_str(), found.gene5_id.as_deref()), ("BCR", Some("ENSG1.2")));
    let (contig, strand) = ("chr9".to_owned(), Some(Strand::Reverse));
    assert_eq!(found.breakpoint3, Some(Breakpoint { contig, pos: 200, strand }));
    assert_eq!((found.transcript3.as_deref(), found.source_line), (Some("T2"), 2));

    let content = read(&arriba("ABL1", "in-frame", "MSKE|GLQR")).unwrap();
    let found = &content.fusions[0];
    assert_eq!((found.gene3_id.as_deref(), found.transcript3.as_deref()), (Some("ENSG2"), None));
    assert_eq!(found.confidence.as_deref(), Some("high"));
    assert_eq!(found.breakpoint5.as_ref().unwrap().strand, Some(Strand::Forward));
    assert_eq!(found.breakpoint3.as_ref().unwrap().strand, None);
}

#[test]
fn bad_rows_are_quarantined() {
    let check = |text: &str, from: &str, to: &str, rule: &str| {
        assert!(text.contains(from));
        let content = read(&text.replacen(from, to, 1)).unwrap();
        assert_eq!((content.rows, content.fusions.len()), (1, 0), "{to}");
        assert_eq!(content.quarantined[0].rule, rule, "{to}");
        assert_eq!((content.quarantined[0].source_line, content.quarantined.len()), (2, 1));
    };
    let star = star("1-9", "INFRAME", ".", "MKKGW*");
    check(&star, "\t12\t", "\t-12\t", "fusion.reads");
    check(&star, "chr22:100:+", "chr22:100", "fusion.breakpoint");
    check(&star, "chr22:100:+", "chr22:0:+", "fusion.breakpoint");
    check(&star, "chr9:200:-", "9:200:x", "fusion.breakpoint");
    check(&star, "BCR^ENSG1.2", ".", "fusion.gene");
    check(&star, "MKKGW*", "MKK GW", "fusion.peptide");
    check(&star, "\tMKKGW*\n", "\n", "fusion.columns");
    let arriba = arriba("ABL1", "in-frame", "MSKE|GLQR");
    check(&arriba, "\t22:100\t", "\t22\t", "fusion.breakpoint");
    check(&arriba, "\t4\t2\t", "\t4.5\t2\t", "fusion.reads");
    check(&arriba, "in-frame", "outside", "fusion.frame");
    check(&arriba, "MSKE|GLQR", "MSKEGLQR", "fusion.peptide");
    check(&arriba, "MSKE|GLQR", "M|S|KE|GLQR", "fusion.peptide");
    check(&arriba, "\nBCR\t", "\n.\t", "fusion.gene");
    let line = arriba.lines().nth(1).unwrap();
    let twice = read(&format!("{arriba}{line}\n")).unwrap();
    assert_eq!((twice.rows, twice.fusions.len()), (2, 1));
    assert_eq!(twice.quarantined[0].rule, "fusion.duplicate");
}

#[test]
fn other_files_are_refused() {
    let check = |text: &str, words: &str| {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with("f.tsv") && error.contains(words), "{error}");
    };
    check("", "not a table that is known here");
    check("gene1\tgene2\nA\tB\n", "not a table that is known here");
    check("#FusionName\tLeftGene\n", "no column JunctionReadCount");
    check(&ARRIBA.replace("discordant_mates", "mates"), "no column discordant_mates");
    let missing = read_fusions(Path::new("/nowhere/f.tsv"), "f.tsv").unwrap_err();
    assert!(missing.to_string().contains("no such file"));
    let empty = tempfile::TempDir::new().unwrap();
    let empty = read_fusions(empty.path(), "agfusion").unwrap_err().to_string();
    assert!(empty.contains("fusion_transcripts.csv"), "{empty}");
}

#[test]
fn folder_of_agfusion() {
    let folder = tempfile::TempDir::new().unwrap();
    let inner = folder.path().join("BCR-100_ABL1-200");
    fs::create_dir(&inner).unwrap();
    let write =
        |end: &str, text: &str| fs::write(inner.join(format!("BCR_ABL1{end}")), text).unwrap();
    let pair = "5'_gene,3'_gene,5'_transcript,3'_transcript,5'_strand,3'_strand";
    write(
        ".fusion_transcripts.csv",
        &format!(
            "{pair},5'_transcript_biotype,3'_transcript_biotype,Fusion_effect,Protein_length,Protein_weight_(kD)\n\
             BCR,ABL1,T1,T2,+,-,protein_coding,protein_coding,in-frame (with mutation),8,0.9\n\
             BCR,ABL1,T1,T3,+,-,protein_coding,protein_coding,out-of-frame,8,0.9\n\
             BCR,ABL1,T4,T3,+,-,protein_coding,protein_coding,CDS-3UTR,NA,NA\n\
             BCR,ABL1,T5\n"
        ),
    );
    write(
        ".exons.csv",
        &format!(
            "{pair},exon_gene_source,exon_number,exon_chr,exon_start,exon_end\n\
             BCR,ABL1,T1,T2,+,-,'5 gene,1,22,10,50\n\
             BCR,ABL1,T1,T2,+,-,'5 gene,2,22,80,100\n\
             BCR,ABL1,T1,T2,+,-,'3 gene,3,9,150,200\n\
             BCR,ABL1,T1,T2,+,-,'3 gene,4,9,20,60\n\
             BCR,ABL1,T1,T2,+,-,'3 gene,4,9,x,60\n"
        ),
    );
    write(
        "_protein.fa",
        ">P1-P2 length: 8, kD: 0.9, transcripts: T1-T2, strands: +/-, genes: BCR_ABL1, effect: in-frame (with mutation)\n\
         MSK*\nEGLQR\n\
         >P1-P3 length: 8, kD: 0.9, transcripts: T1-T3, strands: +/-, genes: BCR_ABL1, effect: out-of-frame\nMSK*PP\n\
         >P1-P9 length: 8, kD: 0.9, transcripts: T1-T9, strands: +/-, genes: BCR_ABL1, effect: in-frame\nMSKPP\n",
    );
    let content = read_fusions(folder.path(), "out").unwrap();
    assert_eq!((content.rows, content.fusions.len()), (6, 3));
    let rules: Vec<&str> = content.quarantined.iter().map(|row| row.rule.as_str()).collect();
    assert_eq!(rules, ["fusion.exon", "fusion.columns", "fusion.protein"]);
    let found: Vec<String> = content.fusions.iter().map(spelled).collect();
    assert_eq!(found, ["MSKEGLQR 4 1", "MSKPP 4 2", "UnknownFrame"]);
    assert_eq!(content.without_protein(NoProtein::UnknownFrame), 1);
    let first = &content.fusions[0];
    assert_eq!(first.source_file, "out/BCR-100_ABL1-200/BCR_ABL1.fusion_transcripts.csv");
    let place = |at: &Option<Breakpoint>| at.as_ref().map(|at| (at.contig.clone(), at.pos));
    assert_eq!(place(&first.breakpoint5), Some(("22".to_owned(), 100)));
    assert_eq!(place(&first.breakpoint3), Some(("9".to_owned(), 200)));
}

#[test]
fn windows_span_the_junction() {
    let check = |text: &str, length: usize, expected: &[&str]| {
        let content = read(text).unwrap();
        let found = junction_windows(&content.fusions[0], length..=length);
        let found: Vec<&str> = found.iter().map(|window| window.peptide.as_str()).collect();
        assert_eq!(found, expected, "{text}");
    };
    // Residues of both partners.
    check(&arriba("ABL1", "in-frame", "MSKE|GLQR"), 3, &["KEG", "EGL"]);
    check(&arriba("ABL1", "in-frame", "MSKE|GLQR"), 1, &[]);
    // A new residue between them is enough.
    check(&arriba("ABL1", "in-frame", "MSKE|aLQR"), 3, &["KEA", "EAL", "ALQ"]);
    check(&arriba("ABL1", "in-frame", "MSKE|gw|LQR"), 2, &["EG", "GW", "WL"]);
    // Out of frame all that follows is new, up to the stop.
    check(&arriba("ABL1", "out-of-frame", "MSKE|agpa*ll"), 3, &["KEA", "EAG", "AGP", "GPA"]);
    // BCR-ABL1 e13a2: the codon across the junction makes a residue that is neither gene's.
    let bcr_abl = arriba("ABL1", "in-frame", "SIPLTINKE|eALQRPVAS");
    check(
        &bcr_abl,
        9,
        &[
            "IPLTINKEE",
            "PLTINKEEA",
            "LTINKEEAL",
            "TINKEEALQ",
            "INKEEALQR",
            "NKEEALQRP",
            "KEEALQRPV",
            "EEALQRPVA",
            "EALQRPVAS",
        ],
    );
    // Unknown residues are in no window.
    check(&arriba("ABL1", "in-frame", "MSKE|?LQR"), 3, &[]);
    check(&arriba("ABL1", "in-frame", "."), 3, &[]);
}

/// A table's fusion as a call: variant, class, protein, changed residues.
fn called(text: &str) -> String {
    let content = read(text).unwrap();
    let (call, row) = (content.fusions[0].call(), content.fusions[0].consequence());
    let changed = row.mutant_start.zip(row.mutant_end);
    let changed = changed.map_or("-".to_owned(), |(from, to)| format!("{from}-{to}"));
    let protein = row.mutant_protein.as_deref().or(row.note.as_deref()).unwrap_or("-");
    format!("{} {} {protein} {changed}", call.variant_id, row.variant_class)
}

#[test]
fn fusions_are_called_as_breakends() {
    let place = "chr22:100:N:N]chr9:200]";
    let cases = [
        (star("1-9", "INFRAME", "atgaaaaaaGGGTGGTAA", "MKKGW*"), "fusion_inframe MKKGW 3-4"),
        (star("1-10", "INFRAME", "atgaaaaaagGGTGGTAA", "MKKGW*"), "fusion_insertion MKKGW 4-4"),
        (star("1-9", "FRAMESHIFT", "atgaaaaaaGGGTGGTAA", "MKKGW*"), "fusion_frameshift MKKGW 4-5"),
    ];
    for (text, expected) in cases {
        assert_eq!(called(&text), format!("{place} {expected}"), "{text}");
    }
    let arriba = |frame, peptide| called(&arriba("ABL1", frame, peptide));
    let place = "22:100:N:<BND:9:200>";
    // Residues that are not known end the protein on either side, and at the junction there is none.
    let unknown = arriba("in-frame", "MK?KKLV|GW?AC");
    assert_eq!(unknown, format!("{place} fusion_inframe KKLVGW 4-5"));
    let at_junction = arriba("in-frame", "MKK?|GWAC");
    assert_eq!(at_junction, format!("{place} fusion the residues at the junction are not known -"));
    let stopped = arriba("stop-codon", "MKK*|gw");
    assert_eq!(stopped, format!("{place} fusion translation stops before the junction -"));
}

#[test]
fn windows_of_the_consequence_are_those_of_the_junction() {
    for text in [
        star("1-9", "INFRAME", "atgaaaaaaGGGTGGTAA", "MKKGW*"),
        star("1-10", "INFRAME", "atgaaaaaagGGTGGTAA", "MKKGW*"),
        star("1-9", "FRAMESHIFT", "atgaaaaaaGGGTGGTAA", "MKKGW*"),
    ] {
        let fusion = &read(&text).unwrap().fusions[0];
        let row = fusion.consequence();
        let (from, to) = row.mutant_start.zip(row.mutant_end).unwrap();
        let protein = row.mutant_protein.as_deref().unwrap();
        let mut found = windows(protein, "", from, to, true, 2..=4);
        // As the stage of peptides has it.
        found.retain(|w| {
            row.variant_class != "fusion_inframe" || (w.start <= from && w.start + w.length > to)
        });
        let peptides = |all: &[PeptideWindow]| {
            all.iter().map(|w| (w.start, w.peptide.clone())).collect::<Vec<_>>()
        };
        assert_eq!(peptides(&found), peptides(&junction_windows(fusion, 2..=4)), "{text}");
        assert!(!found.is_empty());
    }
}
