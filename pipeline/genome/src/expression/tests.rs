#![allow(clippy::unwrap_used)]

use super::*;

fn read(name: &str, text: &str) -> Result<Vec<Expression>, ExpressionError> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("table");
    std::fs::write(&path, text).unwrap();
    read_expression(&path, name)
}

fn spelled(rows: &[Expression]) -> Vec<String> {
    let spell = |e: &Expression| {
        format!(
            "{} {} {} {} {}",
            e.feature_type,
            e.feature_id,
            e.symbol.as_deref().unwrap_or("-"),
            e.tpm,
            e.source
        )
    };
    rows.iter().map(spell).collect()
}

#[test]
fn tables_are_known_by_their_header() {
    let check = |name, text: &str, expected: &[&str]| {
        assert_eq!(spelled(&read(name, text).unwrap()), expected);
    };
    let salmon = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n";
    check(
        "quant.sf",
        &format!("{salmon}ENST1.2\t9\t9\t42.5\t1\nENSMUSG7\t9\t9\t0\t0\nNM_1\t9\t9\t1\t1\n"),
        &[
            "transcript ENST1.2 - 42.5 salmon",
            "gene ENSMUSG7 - 0 salmon",
            "transcript NM_1 - 1 salmon",
        ],
    );
    check("quant.genes.sf", &format!("{salmon}KRAS\t9\t9\t7\t1\n"), &["gene KRAS - 7 salmon"]);
    check(
        "abundance.tsv",
        "target_id\tlength\teff_length\test_counts\ttpm\r\nENST1.1|ENSG1.1|-|-|KRAS-201|KRAS|99|protein_coding|\t9\t9\t9\t1e1\r\n",
        &["transcript ENST1.1 KRAS 10 kallisto"],
    );
    check(
        "genes.tsv",
        "gene_name\tgene\tabundance\tcounts\tlength\nA1BG\tENSG00000121410\t9.5\t253\t1113\n",
        &["gene ENSG00000121410 A1BG 9.5 kallisto"],
    );
    check(
        "abund.tab",
        "Gene ID\tGene Name\tReference\tStrand\tStart\tEnd\tCoverage\tFPKM\tTPM\nENSG1\t-\t1\t+\t1\t9\t1\t2\t3\n",
        &["gene ENSG1 - 3 stringtie"],
    );
    let gtf = "# StringTie version 1.1.2\n1\tStringTie\ttranscript\t1\t9\t1000\t-\t.\t";
    check(
        "t.gtf",
        &format!(
            "{gtf}gene_id \"STRG.2\"; transcript_id \"STRG.2.2\"; reference_id \"ENST1\"; ref_gene_name \"Sox17\"; FPKM \"0.1\"; TPM \"0.25\";\n\
             1\tStringTie\texon\t1\t9\t1000\t-\t.\tgene_id \"STRG.2\"; transcript_id \"STRG.2.2\";\n"
        ),
        &["transcript ENST1 Sox17 0.25 stringtie"],
    );
}

#[test]
fn bad_tables_say_what_is_wrong() {
    let check = |text: &str, words: &str| {
        let error = read("q.sf", text).unwrap_err().to_string();
        assert!(error.starts_with("q.sf") && error.contains(words), "{error}");
    };
    check("", "not a table that is known here");
    check("gene\tcount\nKRAS\t1\n", "not a table that is known here");
    check("tracking_id\tclass_code\tFPKM\tFPKM_status\n", "the abundances are FPKM (Cufflinks)");
    check("Name\tTPM\nENST1\t1\nENST2\n", "line 3: fewer columns");
    check("Name\tTPM\nENST1\tNA\n", "line 2: an abundance that is not a number");
    check("Name\tTPM\nENST1\t-1\n", "line 2: an abundance that is not a number");
    let missing = read_expression(Path::new("/nowhere/q.sf"), "q.sf").unwrap_err();
    assert!(missing.to_string().contains("no such file"));
}
