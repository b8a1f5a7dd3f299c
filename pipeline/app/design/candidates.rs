//! Reads candidates to choose antigens from.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use vaxloom_immune::hla::HlaAllele;
use vaxloom_mrna::Candidate;
use vaxloom_mrna::design::Offer;

const COLUMNS: [&str; 7] =
    ["antigen", "gene", "peptide", "probability", "ccf", "alleles", "class_2"];

/// Candidates of a tab-separated table whose columns may come in any order. `class_1`: the patient's alleles; those of the table
/// are among them. A candidate is worth its probability in the cells that carry it.
pub(super) fn read(path: &Path, class_1: &[String]) -> anyhow::Result<Vec<Offer>> {
    let file = path.display();
    let text = fs::read_to_string(path)
        .with_context(|| format!("{file}: cannot be read; check the path"))?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().with_context(|| format!("{file}, line 1"))?.clone();
    if let Some(missing) = COLUMNS.iter().find(|&&name| !header.iter().any(|h| h == name)) {
        bail!("{file}, line 1: no column {missing}; expected {}", COLUMNS.join(", "));
    }
    let mut offers = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("{file}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |name: &str| {
            let place = header.iter().position(|column| column == name);
            place.and_then(|place| record.get(place)).unwrap_or_default()
        };
        offers.push(offer(&cell, class_1).with_context(|| format!("{file}, line {line}"))?);
    }
    if offers.is_empty() {
        bail!("{file}: no candidates; expected a line each under the header");
    }
    Ok(offers)
}

fn offer<'a>(cell: &impl Fn(&str) -> &'a str, class_1: &[String]) -> anyhow::Result<Offer> {
    let required = |name: &str| match cell(name) {
        "" => bail!("column {name} is empty"),
        text => Ok(text.to_owned()),
    };
    let peptide = required("peptide")?.to_ascii_uppercase();
    if let Some(at) = peptide.bytes().position(|letter| !letter.is_ascii_uppercase()) {
        bail!("column peptide, residue {}: expected one-letter residues", at + 1);
    }
    let probability = share("probability", &required("probability")?)?;
    let fraction = match cell("ccf") {
        "" => None,
        text => Some(share("ccf", text)?),
    };
    let alleles = cell("alleles").split(',').map(str::trim).filter(|name| !name.is_empty());
    let alleles = alleles.map(|name| allele(name, class_1)).collect::<anyhow::Result<_>>()?;
    let class_2 = match cell("class_2") {
        "true" | "1" => true,
        "false" | "0" | "" => false,
        found => bail!("column class_2: found {found}, expected true or false"),
    };
    Ok(Offer {
        candidate: Candidate {
            id: required("antigen")?,
            gene: required("gene")?,
            peptide,
            weight: probability * fraction.unwrap_or(1.0),
        },
        probability,
        cancer_cell_fraction: fraction,
        alleles,
        class_2,
    })
}

fn share(column: &str, text: &str) -> anyhow::Result<f64> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.with_context(|| format!("column {column}: found {text}, expected a number from 0 to 1"))
}

fn allele(name: &str, class_1: &[String]) -> anyhow::Result<String> {
    let allele = HlaAllele::parse(name)
        .map_err(|error| anyhow::anyhow!("column alleles: {error}"))?
        .two_field();
    if class_1.contains(&allele) {
        Ok(allele)
    } else {
        bail!("column alleles: {allele} is not among the class I alleles of --alleles")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tables_are_read_or_refused_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scored.tsv");
        let class_1 = ["HLA-A*02:01".to_owned()];
        let read = |row: &str| {
            let header = "gene\tantigen\tpeptide\tprobability\tccf\talleles\tclass_2";
            fs::write(&path, format!("{header}\n{row}\n")).unwrap();
            super::read(&path, &class_1)
        };
        let offers = read("KRAS\tKRAS G12D\tmteykl\t0.5\t0.4\tA*02:01\ttrue").unwrap();
        let candidate = &offers[0].candidate;
        assert_eq!((candidate.id.as_str(), candidate.gene.as_str()), ("KRAS G12D", "KRAS"));
        assert!(candidate.peptide == "MTEYKL" && (candidate.weight - 0.2).abs() < 1e-12);
        assert_eq!((offers[0].alleles.as_slice(), offers[0].class_2), (&class_1[..], true));
        let unknown = read("G\tA\tMK\t0.5\t\t\t").unwrap();
        assert_eq!((unknown[0].cancer_cell_fraction, unknown[0].alleles.len()), (None, 0));
        let refused = |row: &str, message: &str| {
            let error = format!("{:#}", read(row).unwrap_err());
            assert!(error.contains("scored.tsv, line 2") && error.contains(message), "{error}");
        };
        refused("G\tA\tMK\t50\t\t\t", "column probability: found 50");
        refused("G\tA\tMK\t0.5\t1.2\t\t", "column ccf: found 1.2");
        refused("G\tA\t\t0.5\t1\t\t", "column peptide is empty");
        refused("G\tA\tM*\t0.5\t1\t\t", "column peptide, residue 2");
        refused("G\tA\tMK\t0.5\t1\tA*01:01\t", "not among the class I alleles");
        refused("G\tA\tMK\t0.5\t1\t\tmaybe", "column class_2: found maybe");
        fs::write(&path, "antigen\tgene\n").unwrap();
        let error = super::read(&path, &class_1).unwrap_err().to_string();
        assert!(error.contains("no column peptide"), "{error}");
    }
}
