//! Descriptions in HGVS against those of Ensembl VEP.

use std::collections::BTreeMap;
use std::io::Read;

use crate::shared;
use vaxloom_genome::hgvs::{
    ProteinEvent, ProteinEventKind, TranslatedSequence, parse_coding, parse_protein, protein,
};
use vaxloom_genome::{Consequence, SampleNames, VariantKey, consequences, read_vcf};

/// HCC1395's consequences with VEP's HGVSp whose mutant protein is known.
fn described() -> Option<Vec<Consequence<'static>>> {
    let path = shared("hcc1395/annotated.expression.vcf.gz")?;
    let content = read_vcf(&path, "hcc1395.vcf.gz", &SampleNames::default()).unwrap();
    let rows = content.variants.iter().flat_map(|variant| {
        let key = VariantKey {
            chrom: &variant.chrom,
            pos: variant.pos,
            ref_allele: &variant.ref_allele,
            alt_allele: &variant.alt_allele,
        };
        consequences(&content.csq_format, key, &variant.annotation)
    });
    let known = |row: &Consequence<'_>| row.hgvs_p.is_some() && mutant(row).is_some();
    Some(rows.map(Result::unwrap).filter(known).collect())
}

/// The mutant protein, also of changes that keep the protein or only cut it.
fn mutant<'a>(row: &'a Consequence<'_>) -> Option<&'a str> {
    let wildtype = row.wildtype_protein.as_deref()?;
    match &*row.variant_class {
        "synonymous" => Some(wildtype),
        "stop_gained" => wildtype.get(..usize::try_from(row.annotated_position? - 1).ok()?),
        _ => row.mutant_protein.as_deref(),
    }
}

/// The codons that VEP says are touched: `-/K` lies between two, before the one after Protein_position.
fn touched(row: &Consequence<'_>) -> (u32, u32) {
    let first = u32::try_from(row.annotated_position.unwrap()).unwrap();
    let amino_acids = row.amino_acids.as_deref().unwrap();
    match amino_acids.split_once('/').map_or(amino_acids, |(old, _)| old) {
        "-" => (first + 1, first),
        old => (first, first + old.len() as u32 - 1),
    }
}

fn own_description(row: &Consequence<'_>) -> Option<String> {
    // VEP gives no sequence behind the coding one, so an end that was not found has no stop.
    let open = row.cds_flags.as_deref().is_some_and(|flags| flags.contains("cds_end_NF"));
    let frameshift = row.variant_class == "frameshift";
    let stopped = row.amino_acids.as_deref().is_some_and(|text| text.ends_with('*'));
    let (first_codon, last_codon) = touched(row);
    let accession = row.hgvs_p.as_deref()?.split_once(':')?.0;
    let event = ProteinEvent {
        kind: if frameshift { ProteinEventKind::Frameshift } else { ProteinEventKind::InFrame },
        first_codon,
        last_codon,
        protein_id: Some(accession),
    };
    let before = TranslatedSequence { residues: row.wildtype_protein.as_deref()?, stop: !open };
    let after = TranslatedSequence { residues: mutant(row)?, stop: !open || frameshift || stopped };
    protein(&before, &after, &event)
}

/// VEP writes stops that are inserted in frame as insertion; HGVS calls immediate ones nonsense.
const INSERTED_STOPS: [(&str, &str); 3] = [
    ("ENSP00000321184.6:p.Glu1036_Glu1037insTer", "ENSP00000321184.6:p.Glu1037Ter"),
    ("ENSP00000358495.1:p.Glu1036_Glu1037insTer", "ENSP00000358495.1:p.Glu1037Ter"),
    ("ENSP00000358498.4:p.Glu1016_Glu1017insTer", "ENSP00000358498.4:p.Glu1017Ter"),
];

#[test]
fn protein_names_agree_with_vep() {
    let Some(rows) = described() else { return };
    let differences: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            let (vep, own) = (row.hgvs_p.as_deref().unwrap().to_owned(), own_description(row));
            (own.as_ref() != Some(&vep)).then(|| (vep, own.unwrap_or_default()))
        })
        .collect();
    println!("protein names: {} of {} agree", rows.len() - differences.len(), rows.len());
    for (vep, own) in &differences {
        println!("VEP {vep}, here {own}");
    }
    let expected = INSERTED_STOPS.map(|(vep, own)| (vep.to_owned(), own.to_owned()));
    assert!(rows.len() > 1000);
    assert_eq!(differences, expected);
}

/// Every HGVSc and HGVSp of a file, read and written again.
fn round_trip(file: &str) -> Option<BTreeMap<&'static str, usize>> {
    let mut text = String::new();
    let packed = std::fs::File::open(shared(file)?).unwrap();
    flate2::read::MultiGzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let mut counts = BTreeMap::new();
    for field in text.lines().filter(|line| !line.starts_with('#')).flat_map(csq_fields) {
        let Some((_, description)) = field.split_once(':') else { continue };
        let (kind, written) = match description.get(..2) {
            Some("p.") => ("p.", parse_protein(field).map(|parsed| parsed.to_string())),
            Some(kind @ ("c." | "n.")) => {
                let kind = if kind == "c." { "c." } else { "n." };
                (kind, parse_coding(field).map(|parsed| parsed.to_string()))
            }
            _ => continue,
        };
        assert_eq!(written.as_deref(), Ok(field.replace("%3D", "=").as_str()));
        *counts.entry(kind).or_default() += 1;
    }
    println!("{file}: {counts:?}");
    Some(counts)
}

fn csq_fields(line: &str) -> impl Iterator<Item = &str> {
    let csq = line.split(['\t', ';']).find_map(|part| part.strip_prefix("CSQ="));
    csq.unwrap_or_default().split(['|', ','])
}

#[test]
fn names_of_vep_are_read_and_written_alike() {
    for (file, least) in [
        ("public-somatic/colo829-nygc-v6.vcf.gz", [10_000, 4_000, 300]),
        ("hcc1395/annotated.expression.vcf.gz", [5_000, 1_500, 1_500]),
    ] {
        let Some(counts) = round_trip(file) else { return };
        for (kind, least) in ["c.", "n.", "p."].into_iter().zip(least) {
            assert!(counts[kind] > least, "{kind}");
        }
    }
}
