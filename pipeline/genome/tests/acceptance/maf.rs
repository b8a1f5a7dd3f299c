//! Public MAFs of four dialects: every row is a call or quarantined, and both are counted apart from the reader.

use std::collections::HashSet;
use std::fs;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use vaxloom_genome::maf::VariantType;
use vaxloom_genome::{MafContent, read_maf};

use crate::shared;

/// The file's lines with their numbers, cut at `\n` or `\r`, without comments and the header.
fn rows(path: &std::path::Path) -> Vec<(i64, String)> {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    let lines = (1..).zip(text.lines().flat_map(|line| line.split('\r')));
    let rows = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    rows.skip(1).map(|(number, line)| (number, line.to_owned())).collect()
}

/// `sample` is its column, `quarantined` the rules in the order of the file, `first` the first call of the file.
fn check(file: &str, sample: usize, quarantined: &[&str], first: &str) -> Option<MafContent> {
    let path = shared(file)?;
    let lines = rows(&path);
    let content = read_maf(&path, file).unwrap();
    assert_eq!(content.rows, lines.len(), "{file}");
    assert_eq!(content.calls.len() + content.quarantined.len(), lines.len(), "{file}");
    assert_eq!(content.germline, 0);
    let rules: Vec<&str> = content.quarantined.iter().map(|row| row.rule.as_str()).collect();
    assert_eq!(rules, quarantined, "{file}");
    let bad: HashSet<i64> = content.quarantined.iter().map(|row| row.source_line).collect();
    let good = lines.iter().filter(|(number, _)| !bad.contains(number));
    let expected: HashSet<&str> =
        good.filter_map(|(_, line)| line.split('\t').nth(sample)).collect();
    let samples = content.calls.iter().map(|call| call.sample.as_deref().unwrap_or("."));
    assert_eq!(samples.collect::<HashSet<_>>().len(), expected.len(), "{file}");
    let found = content.calls.first().map(|call| {
        format!(
            "{} {}:{}:{}>{}",
            call.gene.as_deref().unwrap_or("-"),
            call.chrom,
            call.start,
            call.ref_allele,
            call.alt_allele
        )
    });
    assert_eq!(found.unwrap_or_default(), first, "{file}");
    Some(content)
}

#[test]
fn tables_of_callers() {
    let Some(wustl) = check("callers/ov.wustle.subset5.maf", 15, &[], "AGL 1:100349684:G>A") else {
        return;
    };
    assert_eq!((wustl.calls.len(), wustl.version.as_deref()), (5, Some("2.4")));
    assert_eq!(wustl.calls[0].mutation_status.as_deref(), Some("Somatic"));
    assert_eq!((wustl.calls[0].entrez_gene_id, wustl.calls[0].source_line), (Some(178), 3));
    // Its three rows are one call, without a sample.
    check("callers/duplicates.maf", 15, &["maf.duplicate"; 2], "A1CF 10:52573692:G>T");
    // Their header has two columns more than each of their rows.
    for file in ["callers/tcga_ov.head.maf", "callers/tcga_ov.head.xychr.maf"] {
        check(file, 15, &["maf.columns"; 4], "");
    }
}

#[test]
fn tables_of_maftools() {
    let folder = "../clinical/maftools-tcga-laml";
    let laml = format!("{folder}/tcga_laml.maf.gz");
    let Some(laml) = check(&laml, 13, &[], "ABCA10 17:67170917:T>C") else { return };
    assert_eq!((laml.calls.len(), laml.builds.len()), (2207, 1));
    let at = |gene: &str, start| {
        laml.calls.iter().find(|c| c.gene.as_deref() == Some(gene) && c.start == start).unwrap()
    };
    let deletion = at("AKAP13", 86_262_345);
    assert_eq!((deletion.end, deletion.ref_allele.as_str()), (86_262_351, "AAGATCA"));
    assert_eq!(deletion.hgvsp_short.as_deref(), Some("p.KIM2014fs"));
    assert_eq!(deletion.anchored(|_, _| b'C').0, 86_262_344);
    let count =
        |variant_type| laml.calls.iter().filter(|call| call.variant_type == variant_type).count();
    // One of the file's 64 deletions puts other bases in the place of FLT3's.
    let counts = [VariantType::Snp, VariantType::Ins, VariantType::Del, VariantType::Delins];
    assert_eq!(counts.map(count), [2002, 141, 63, 1]);
    assert_eq!(at("FLT3", 28_608_258).alt_allele, "GGGGTGGGGGGG");

    let brca = check(&format!("{folder}/brca.maf.gz"), 8, &[], "RC3H1 1:173939653:C>T").unwrap();
    assert_eq!((brca.calls.len(), brca.builds.len()), (1913, 0));

    // Lines end in `\r` alone. Three insertions give the same base as start and end, four tandem duplications no allele.
    let rules = [&["maf.coordinates"; 2][..], &["maf.allele"; 4], &["maf.coordinates"]].concat();
    let apl = format!("{folder}/APL_primary.maf.gz");
    let apl = check(&apl, 11, &rules, "AARSD1 chr17:41103836:C>A").unwrap();
    assert_eq!((apl.calls.len(), apl.builds.contains("hg19")), (262, true));
    let lines: Vec<i64> = apl.quarantined.iter().map(|row| row.source_line).collect();
    assert_eq!(lines, [70, 224, 232, 233, 257, 263, 270]);
}
