#![allow(clippy::unwrap_used)]

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::*;

fn read(bytes: &[u8]) -> Result<MafContent, TableError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_maf(file.path(), "t.maf")
}

const HEADER: &str = "Chromosome\tStart_Position\tEnd_Position\tReference_Allele\tTumor_Seq_Allele1\tTumor_Seq_Allele2\tTumor_Sample_Barcode\tVariant_Type\tStrand\tMutation_Status\tt_depth\tt_alt_count\tEntrez_Gene_Id\n";

fn table(rows: &str) -> String {
    format!("#version 2.4\n#a comment\n{HEADER}{rows}")
}

fn spelled(call: &MafCall) -> String {
    format!(
        "{}:{}-{} {}>{} {:?}",
        call.chrom, call.start, call.end, call.ref_allele, call.alt_allele, call.variant_type
    )
}

#[test]
fn alleles_of_every_type() {
    let check = |row: &str, words: &str, anchored: (u32, &str, &str)| {
        let content = read(table(row).as_bytes()).unwrap();
        assert_eq!(content.quarantined, [], "{row}");
        let call = &content.calls[0];
        assert_eq!(spelled(call), words);
        // The contig's bases are ACGTACGT...
        let found = call.anchored(|_, position| b"TACG"[position as usize % 4]);
        assert_eq!((found.0, found.1.as_str(), found.2.as_str()), anchored, "{row}");
    };
    check("1\t5\t5\tA\tA\tg\tS\tSNP\t+\t.\t9\t2\t0\n", "1:5-5 A>G Snp", (5, "A", "G"));
    check("chr1\t5\t5\tA\tC\tA\tS\tSNV\t+\t\t\t\t7\n", "chr1:5-5 A>C Snp", (5, "A", "C"));
    check("X\t5\t6\tAC\tAC\tGT\tS\tDNP\t\t\t\t\t\n", "X:5-6 AC>GT Dnp", (5, "AC", "GT"));
    check("1\t5\t7\tACG\t\tTTT\tS\tONP\t+\t\t\t\t\n", "1:5-7 ACG>TTT Tnp", (5, "ACG", "TTT"));
    check("1\t5\t6\t-\t-\tTT\tS\tINS\t+\t\t\t\t\n", "1:5-6 >TT Ins", (5, "A", "ATT"));
    check("1\t5\t6\tAC\tAC\t-\tS\tDEL\t+\t\t\t\t\n", "1:5-6 AC> Del", (4, "TAC", "T"));
    check("1\t1\t2\tAC\tAC\t-\tS\tDEL\t+\t\t\t\t\n", "1:1-2 AC> Del", (1, "ACG", "G"));
    check("1\t5\t6\tAC\tAC\tT\tS\tDEL\t+\t\t\t\t\n", "1:5-6 AC>T Delins", (5, "AC", "T"));
    check("1\t5\t5\tA\tG\t[Not Available]\tS\tNA\t+\t--\t\t\t\n", "1:5-5 A>G Snp", (5, "A", "G"));
}

#[test]
fn bad_rows_are_quarantined() {
    let check = |row: &str, path: &str, rule: &str| {
        let content =
            read(table(&format!("{row}\n1\t5\t5\tA\tA\tG\tS\tSNP\t+\t\t\t\t\n")).as_bytes())
                .unwrap();
        assert_eq!((content.rows, content.calls.len(), content.quarantined.len()), (2, 1, 1));
        let found = &content.quarantined[0];
        assert_eq!((found.path.as_str(), found.rule.as_str()), (path, rule), "{row}");
        assert_eq!(found.source_line, 4);
        assert!(!found.message.contains("SECRET") && !found.remedy.contains("SECRET"));
    };
    check("1\t5\t5\tA", "row", "maf.columns");
    check("1\t5\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\t\tmore", "row", "maf.columns");
    check(".\t5\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\t", "Chromosome", "maf.chromosome");
    check("1\t5\t5\tA\tA\tG\tSECRET\tSNP\t-\t\t\t\t", "Strand", "maf.strand");
    check("1\t5\t5\tA\tA\tZ\tSECRET\tSNP\t+\t\t\t\t", "Tumor_Seq_Allele2", "maf.allele");
    check("1\t5\t5\tA\tA-\tG\tSECRET\tSNP\t+\t\t\t\t", "Tumor_Seq_Allele1", "maf.allele");
    check("1\t5\t5\t--\tA\tG\tSECRET\tSNP\t+\t\t\t\t", "Reference_Allele", "maf.allele");
    check("1\t5\t5\tA\t\t\tSECRET\tSNP\t+\t\t\t\t", "Tumor_Seq_Allele2", "maf.allele");
    check("1\t5\t5\tA\tA\tA\tSECRET\tSNP\t+\t\t\t\t", "Tumor_Seq_Allele2", "maf.no-change");
    check("1\t-5\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\t", "Start_Position", "maf.position");
    check("1\t0\t0\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\t", "Start_Position", "maf.position");
    check("1\t5e6\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\t", "Start_Position", "maf.position");
    check("1\t4294967295\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\t", "Start_Position", "maf.position");
    check("1\t4294967294\t5\tAA\tA\tGG\tSECRET\tDNP\t+\t\t\t\t", "End_Position", "maf.position");
    check("1\t5\tx\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\t", "End_Position", "maf.position");
    check("1\t5\t6\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\t", "End_Position", "maf.coordinates");
    check("1\t5\t5\t-\t-\tG\tSECRET\tINS\t+\t\t\t\t", "End_Position", "maf.coordinates");
    check("1\t5\t5\tA\tA\tG\tSECRET\tDEL\t+\t\t\t\t", "Variant_Type", "maf.variant-type");
    check("1\t5\t5\tA\tA\tG\tSECRET\tword\t+\t\t\t\t", "Variant_Type", "maf.variant-type");
    check("1\t5\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t-1\t\t", "t_depth", "maf.number");
    check("1\t5\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t4\t2.5\t", "t_alt_count", "maf.number");
    check("1\t5\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t4\t5\t", "t_alt_count", "maf.depth");
    check("1\t5\t5\tA\tA\tG\tSECRET\tSNP\t+\t\t\t\tTP53", "Entrez_Gene_Id", "maf.number");
}

#[test]
fn germline_duplicates_and_third_alleles_are_counted() {
    let rows = "1\t5\t5\tA\tA\tG\tS\tSNP\t+\tSomatic\t9\t2\t0\n\
                chr1\t5\t5\tA\tA\tG\tS\tSNP\t+\tSomatic\t9\t2\t0\n\
                1\t5\t5\tA\tA\tG\tT\tSNP\t+\tSomatic\t9\t2\t0\n\
                1\t5\t5\tA\tA\tC\tS\tSNP\t+\tgermline\t9\t2\t0\n\
                1\t6\t6\tC\tT\tA\tS\tSNP\t+\t\t9\t2\t0\n";
    let content = read(table(rows).as_bytes()).unwrap();
    assert_eq!((content.rows, content.calls.len(), content.germline), (5, 3, 1));
    assert_eq!((content.duplicates, content.quarantined.len(), content.third_alleles), (1, 1, 1));
    assert_eq!(content.quarantined[0].rule, "maf.duplicate");
    assert_eq!((content.quarantined[0].source_line, content.calls[1].source_line), (5, 6));
    assert_eq!(content.version.as_deref(), Some("2.4"));
    assert_eq!(
        (content.calls[0].tumor_depth, content.calls[0].tumor_alt_reads),
        (Some(9), Some(2))
    );
    assert_eq!(content.calls[0].entrez_gene_id, None);
}

#[test]
fn columns_in_any_order_and_every_line_end() {
    let text = "\u{feff}Tumor_Sample_Barcode\tother\tTumor_Seq_Allele2\tReference_Allele\tStart_position\tChromosome\tstrand\tHugo_Symbol\r\nS\tx\tG\tA\t5\t1\t-1\tKRAS\r\n";
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    for bytes in [text.as_bytes(), text.replace("\r\n", "\r").as_bytes(), &gzip] {
        let content = read(bytes).unwrap();
        assert_eq!((content.rows, content.quarantined.len()), (1, 0));
        assert_eq!(content.calls[0].gene.as_deref(), Some("KRAS"));
        assert_eq!(spelled(&content.calls[0]), "1:5-5 A>G Snp");
    }
    assert!(matches!(read(&gzip[..gzip.len() - 5]), Err(TableError::Truncated { .. })));
}

#[test]
fn other_files_are_refused() {
    let check = |text: &str, words: &str| {
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("t.maf") && error.contains(words), "{error}");
    };
    check("", "not a table that is known here");
    check("#version 2.4\n", "not a table that is known here");
    check("##fileformat=VCFv4.2\n#CHROM\tPOS\n", "not a table that is known here");
    check(
        "#version 2.4\nHugo_Symbol\tChromosome\tStart_Position\tTumor_Seq_Allele2\n",
        "line 2: the header has no column Tumor_Sample_Barcode, Reference_Allele;",
    );
    check(&HEADER.replace("Strand", "Chromosome"), "the column Chromosome twice");
    let missing = read_maf(Path::new("/nowhere/t.maf"), "t.maf").unwrap_err();
    assert!(missing.to_string().contains("no such file"));
}
