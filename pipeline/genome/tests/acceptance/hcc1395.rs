//! The breast-cancer line HCC1395 against what pVACseq makes of the same annotated VCF
//! (griffithlab/pVACtools, `pvacseq/example_data`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;

use crate::shared;
use vaxloom_genome::{
    Consequence, CsqFormat, SampleNames, VariantKey, VcfContent, consequences, read_vcf, windows,
};

fn content() -> Option<VcfContent> {
    let path = shared("hcc1395/annotated.expression.vcf.gz")?;
    Some(read_vcf(&path, "hcc1395.vcf.gz", &SampleNames::default()).unwrap())
}

/// pVACseq's rows; a row's cells by the names of the columns.
fn expected() -> Vec<HashMap<String, String>> {
    let text = fs::read_to_string(shared("hcc1395/expected.consequences.tsv").unwrap()).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t'));
    let columns: Vec<_> = lines.next().unwrap().collect();
    lines
        .map(|cells| columns.iter().map(|&c| c.to_owned()).zip(cells.map(str::to_owned)).collect())
        .collect()
}

/// Every consequence with the variant it comes from.
fn all_consequences(content: &VcfContent) -> Vec<(usize, Consequence<'static>)> {
    let of = |(at, v): (usize, &vaxloom_genome::SomaticVariant)| {
        let key = VariantKey {
            chrom: &v.chrom,
            pos: v.pos,
            ref_allele: &v.ref_allele,
            alt_allele: &v.alt_allele,
        };
        let found = consequences(&content.csq_format, key, &v.annotation);
        found.into_iter().map(move |row| (at, row.unwrap())).collect::<Vec<_>>()
    };
    content.variants.iter().enumerate().flat_map(of).collect()
}

/// What pVACseq keeps: whole protein-coding transcripts.
fn comparable(row: &Consequence<'_>) -> bool {
    row.mutant_protein.is_some() && row.biotype == "protein_coding" && row.cds_flags.is_none()
}

/// The mutant protein that pVACseq's window generator works with.
fn expected_protein(row: &HashMap<String, String>) -> String {
    if row["variant_type"] == "FS" {
        return row["frameshift_amino_acid_sequence"].clone();
    }
    let (old, new) = row["amino_acid_change"].split_once('/').unwrap();
    let first: usize = row["protein_position"].split('-').next().unwrap().parse().unwrap();
    let (start, old) = if old == "-" { (first, "") } else { (first - 1, old) };
    let wildtype = &row["wildtype_amino_acid_sequence"];
    assert_eq!(&wildtype[start..start + old.len()], old);
    match new.split_once('*') {
        Some((new, _)) => format!("{}{new}", &wildtype[..start]),
        None => format!(
            "{}{}{}",
            &wildtype[..start],
            new.replace('-', ""),
            &wildtype[start + old.len()..]
        ),
    }
}

#[test]
fn consequences_agree_with_pvacseq() {
    let Some(content) = content() else { return };
    assert_eq!((content.records, content.variants.len()), (1470, 1470));
    assert_eq!((content.quarantined.len(), content.not_in_tumor), (0, 0));
    assert_eq!(content.warnings, [""; 0]);
    let found: BTreeSet<_> = all_consequences(&content)
        .into_iter()
        .filter(|(_, row)| comparable(row))
        .map(|(at, row)| {
            let variant = &content.variants[at];
            let id = format!("{}:{}:{}", variant.chrom, variant.ref_allele, variant.alt_allele);
            let text = |value: Option<Cow<'_, str>>| value.unwrap().into_owned();
            let (change, protein) = (text(row.amino_acids), text(row.mutant_protein));
            (id, row.transcript.into_owned(), change, protein)
        })
        .collect();
    let expected: BTreeSet<_> = expected()
        .iter()
        .map(|row| {
            let id = format!("{}:{}:{}", row["chromosome_name"], row["reference"], row["variant"]);
            (
                id,
                row["transcript_name"].clone(),
                row["amino_acid_change"].clone(),
                expected_protein(row),
            )
        })
        .collect();
    println!("consequences: {} of {} agree", found.intersection(&expected).count(), expected.len());
    for (what, id, transcript, change) in expected
        .difference(&found)
        .map(|(id, t, c, _)| ("only pVACseq", id, t, c))
        .chain(found.difference(&expected).map(|(id, t, c, _)| ("only here", id, t, c)))
    {
        println!("{what}: {id} {transcript} {change}");
    }
    assert_eq!(expected.len(), 955);
    assert_eq!(found, expected);
}

#[test]
fn evidence_and_expression_agree_with_pvacseq() {
    let Some(content) = content() else { return };
    let variants: HashMap<_, _> =
        content.variants.iter().map(|v| (v.variant_id.clone(), v)).collect();
    let tpm = |feature: &str, id: &str| {
        content
            .expression
            .iter()
            .find(|e| e.feature_type == feature && e.feature_id == id)
            .map(|e| e.tpm)
    };
    let number = |cell: &str| cell.parse::<f64>().ok();
    for row in expected() {
        let start: i64 = row["start"].parse().unwrap();
        // pVACseq's start is 0-based where bases are exchanged.
        let pos = if row["reference"].len() == row["variant"].len() { start + 1 } else { start };
        let variant = variants
            [&format!("{}:{pos}:{}:{}", row["chromosome_name"], row["reference"], row["variant"])];
        let close = |column: &str, found: Option<f64>| {
            let expected = number(&row[column]);
            let same = match (found, expected) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                (a, b) => a.is_none() && b.is_none(),
            };
            assert!(same, "{} {column}: {found:?}, expected {expected:?}", variant.variant_id);
        };
        close("tdna_depth", variant.dna_depth.map(f64::from));
        close("tdna_vaf", variant.dna_vaf);
        close("normal_depth", variant.normal_depth.map(f64::from));
        close("normal_vaf", variant.normal_vaf);
        close("trna_depth", variant.rna_depth.map(f64::from));
        close("trna_vaf", variant.rna_vaf);
        close("gene_expression", tpm("gene", &row["ensembl_gene_id"]));
        close("transcript_expression", tpm("transcript", &row["transcript_name"]));
    }
}

#[test]
fn windows_agree_with_pvacseq() {
    let Some(content) = content() else { return };
    let text = fs::read_to_string(shared("hcc1395/expected.class1.fasta").unwrap()).unwrap();
    let records: Vec<_> =
        text.split('>').skip(1).map(|record| record.split_once('\n').unwrap()).collect();
    let mut expected: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (name, sequence) in records {
        let (kind, name) = name.split_once('.').unwrap();
        let pair = expected.entry(name.to_owned()).or_default();
        *(if kind == "WT" { &mut pair.0 } else { &mut pair.1 }) = sequence.replace('\n', "");
    }
    let cut: BTreeMap<String, (String, String)> = all_consequences(&content)
        .into_iter()
        .map(|(_, row)| row)
        .filter(comparable)
        .enumerate()
        .filter_map(|(count, row)| Some((pvacseq_name(count + 1, &row), row.flank_windows(8)?)))
        .collect();
    let key = |name: &str| name.split('.').skip(1).take(3).collect::<Vec<_>>().join(".");
    let agree = expected
        .iter()
        .filter(|(name, pair)| {
            cut.iter().any(|(other, found)| key(other) == key(name) && found == *pair)
        })
        .count();
    println!("window pairs: {agree} of {} agree; {} cut", expected.len(), cut.len());
    assert_eq!((expected.len(), cut.len()), (951, 951));
    assert_eq!(agree, 951);
}

/// `1.GENE.TRANSCRIPT`, the stem of pVACseq's names.
fn pvacseq_name(count: usize, row: &Consequence<'_>) -> String {
    format!("{count}.{}.{}", row.gene, row.transcript)
}

/// The windows of a change are all new pieces of the mutant protein, wherever they lie.
#[test]
fn windows_are_the_new_pieces() {
    let Some(content) = content() else { return };
    let mut count = 0;
    for (_, row) in all_consequences(&content) {
        let (Some(mutant), Some(wildtype)) = (&row.mutant_protein, &row.wildtype_protein) else {
            continue;
        };
        let range = (row.mutant_start.unwrap_or(0), row.mutant_end.unwrap_or(0));
        let frameshift = row.variant_class == "frameshift";
        let found = windows(mutant, wildtype, range.0, range.1, frameshift, 9..=9);
        let old: BTreeSet<_> = wildtype.as_bytes().windows(9).collect();
        let new = mutant
            .as_bytes()
            .windows(9)
            .filter(|piece| !old.contains(piece) && !piece.contains(&b'X'));
        assert!(found.iter().map(|window| window.peptide.as_bytes()).eq(new), "{}", row.transcript);
        count += found.len();
    }
    println!("{count} windows of 9 residues");
    assert!(count > 955 * 8);
}

/// Without HGVSp the short form of a change is made here; it should be the one VEP would have given.
#[test]
fn short_forms_agree_with_vep() {
    let Some(content) = content() else { return };
    let mut without = content.clone();
    without.csq_format =
        CsqFormat::parse(&content.csq_format.as_str().replace("HGVSp", "-")).unwrap();
    let (with, without) = (all_consequences(&content), all_consequences(&without));
    let (mut compared, mut differ) = (0, 0);
    for ((_, vep), (_, own)) in with.iter().zip(&without) {
        if own.protein_change.is_some() {
            compared += 1;
            if vep.protein_change != own.protein_change {
                differ += 1;
                println!("{:?} {:?} {:?}", vep.protein_change, own.protein_change, vep.amino_acids);
            }
        }
    }
    println!("{compared} short forms, {differ} differ");
    assert!(compared > 1500 && differ == 0);
}
