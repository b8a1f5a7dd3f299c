//! The sample sheet: one row a sample, in the nf-core manner.
//!
//! What is optional may be left empty, or out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use vaxloom_clinical::pseudonym::ProjectKey;

use crate::part::Part;

const COLUMNS: [&str; 12] = [
    "patient",
    "sample",
    "vcf",
    "tumor_sample",
    "normal_sample",
    "expression",
    "rna_bam",
    "fusions",
    "hla",
    "cnv",
    "phased_vcf",
    "purity",
];

/// One row of the sheet. Empty cells are none; paths are as written, relative to the sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) patient: String,
    pub(crate) sample: String,
    pub(crate) vcf: Option<String>,
    pub(crate) tumor_sample: Option<String>,
    pub(crate) normal_sample: Option<String>,
    pub(crate) expression: Option<String>,
    pub(crate) rna_bam: Option<String>,
    pub(crate) fusions: Option<String>,
    pub(crate) hla: Option<String>,
    pub(crate) cnv: Option<String>,
    /// Phased genotypes of the patient's germline and somatic calls.
    pub(crate) phased_vcf: Option<String>,
    /// Fraction of tumour cells in the sample.
    pub(crate) purity: Option<f64>,
    /// Line in the sheet, 1-based.
    #[serde(skip)]
    pub(crate) line: u64,
}

/// A sheet: its rows by patient.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// File name, as lineage names it.
    pub(crate) name: String,
    folder: PathBuf,
    pub(crate) patients: BTreeMap<String, Vec<Row>>,
    /// Patients of its other parts.
    pub(crate) elsewhere: BTreeSet<String>,
    hidden: Hidden,
}

/// What stands in the sheet and must not stand in the lake, where there is a project key.
#[derive(Debug, Default)]
struct Hidden {
    /// Cells with pseudonyms in the place of ids, and the cells that they stand for.
    cells: BTreeMap<String, String>,
    /// Ids, longest first, and their pseudonyms.
    ids: Vec<(String, String)>,
}

impl Sheet {
    /// Reads a sheet. Columns may come in any order; those for optional inputs may be left out.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let place = || format!("sample sheet {}", path.display());
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).with_context(|| {
                format!("{}: cannot be read; check the path given to --samples", place())
            })?;
        let header = reader.headers().with_context(place)?.clone();
        check_header(&header).with_context(place)?;
        let mut patients: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for (record, line) in reader.records().zip(2..) {
            let record = record.with_context(place)?;
            let row =
                row(&header, &record, line).with_context(|| format!("{}, line {line}", place()))?;
            patients.entry(row.patient.clone()).or_default().push(row);
        }
        if patients.is_empty() {
            bail!("{}: no rows; expected one a sample under the header", place());
        }
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let elsewhere = BTreeSet::new();
        Ok(Self { name, folder, patients, elsewhere, hidden: Hidden::default() })
    }

    /// The sheet under a project key: patients and samples that are ids of the source become pseudonyms, as those of the records do. Cells
    /// that name a file by an id name it by its pseudonym from here on; [`Sheet::resolve`] knows the file.
    pub(crate) fn pseudonymise(&mut self, key: &ProjectKey) {
        let of = |kind: &str, id: &str| {
            if ProjectKey::is_pseudonym(id) { id.to_owned() } else { key.pseudonym(kind, id) }
        };
        let mut ids = BTreeMap::new();
        for (patient, rows) in &self.patients {
            for row in rows {
                ids.insert(row.sample.clone(), of("Specimen", &row.sample));
            }
            // Where patient and sample are one word, it is the patient's.
            ids.insert(patient.clone(), of("Patient", patient));
        }
        let samples: BTreeMap<String, String> = self
            .patients
            .values()
            .flatten()
            .map(|row| (row.sample.clone(), of("Specimen", &row.sample)))
            .collect();
        self.hidden.ids = ids.into_iter().filter(|(id, pseudonym)| id != pseudonym).collect();
        self.hidden.ids.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        let patients = std::mem::take(&mut self.patients);
        for (patient, mut rows) in patients {
            let pseudonym = of("Patient", &patient);
            for row in &mut rows {
                row.patient.clone_from(&pseudonym);
                if let Some(sample) = samples.get(&row.sample) {
                    row.sample.clone_from(sample);
                }
                let cells = [
                    &mut row.vcf,
                    &mut row.expression,
                    &mut row.rna_bam,
                    &mut row.fusions,
                    &mut row.hla,
                    &mut row.cnv,
                    &mut row.phased_vcf,
                ];
                for cell in cells.into_iter().flatten() {
                    let told = self.hidden.hide(cell);
                    if told != *cell {
                        self.hidden.cells.insert(told.clone(), std::mem::replace(cell, told));
                    }
                }
            }
            self.patients.entry(pseudonym).or_default().extend(rows);
        }
    }

    /// Leaves the patients of a part alone, and remembers the others.
    pub(crate) fn keep(&mut self, part: Part) {
        let others = self.patients.extract_if(.., |id, _| !part.has(id));
        self.elsewhere = others.map(|(id, _)| id).collect();
    }

    /// Whether a patient is in the sheet, in whichever part.
    pub(crate) fn has(&self, patient: &str) -> bool {
        self.patients.contains_key(patient) || self.elsewhere.contains(patient)
    }

    /// A path of a cell.
    pub(crate) fn resolve(&self, cell: &str) -> PathBuf {
        self.folder.join(self.hidden.cells.get(cell).map_or(cell, String::as_str))
    }

    /// A text without the ids of the source.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.hidden.hide(text)
    }
}

impl Hidden {
    /// Whole words only: an id such as `1` stands in many others.
    fn hide(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for (id, pseudonym) in &self.ids {
            let mut from = 0;
            while let Some(place) = hidden[from..].find(id.as_str()).map(|place| place + from) {
                let end = place + id.len();
                let before = hidden[..place].chars().next_back();
                let after = hidden[end..].chars().next();
                let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                from = if inside(before) || inside(after) {
                    end
                } else {
                    hidden.replace_range(place..end, pseudonym);
                    place + pseudonym.len()
                };
            }
        }
        hidden
    }
}

fn check_header(header: &csv::StringRecord) -> anyhow::Result<()> {
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name)) {
        bail!("unknown column \"{unknown}\"; the columns are {}", COLUMNS.join(","));
    }
    for required in &COLUMNS[..3] {
        if !header.iter().any(|name| name == *required) {
            bail!("no column \"{required}\"; the columns are {}", COLUMNS.join(","));
        }
    }
    Ok(())
}

fn row(header: &csv::StringRecord, record: &csv::StringRecord, line: u64) -> anyhow::Result<Row> {
    let cell = |name: &str| {
        let place = header.iter().position(|column| column == name)?;
        record.get(place).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let required = |name: &str| cell(name).with_context(|| format!("column \"{name}\" is empty"));
    let pseudonym = |name: &str| {
        let text = required(name)?;
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            bail!("column \"{name}\": expected a pseudonym of letters, digits, '-', '_' and '.'");
        }
        Ok(text)
    };
    Ok(Row {
        patient: pseudonym("patient")?,
        sample: pseudonym("sample")?,
        vcf: cell("vcf"),
        tumor_sample: cell("tumor_sample"),
        normal_sample: cell("normal_sample"),
        expression: cell("expression"),
        rna_bam: cell("rna_bam"),
        fusions: cell("fusions"),
        hla: cell("hla"),
        cnv: cell("cnv"),
        phased_vcf: cell("phased_vcf"),
        purity: cell("purity").map(|text| fraction(&text)).transpose()?,
        line,
    })
}

fn fraction(text: &str) -> anyhow::Result<f64> {
    let fraction = text.parse().ok().filter(|f: &f64| *f > 0.0 && *f <= 1.0);
    fraction.with_context(|| {
        format!(
            "column \"purity\": found {text}, expected a fraction above 0, up to 1 (0.7, not 70)"
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use super::*;

    fn read(text: &str) -> anyhow::Result<Sheet> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Sheet::read(file.path())
    }

    #[test]
    fn rows_are_kept_by_patient_with_their_lines() {
        let sheet =
            read("patient,sample,vcf,hla\nP1,S1,a.vcf,HLA-A*02:01\nP2,S2,b.vcf,\nP1,S3,c.vcf,\n")
                .unwrap();
        assert_eq!(sheet.patients.keys().collect::<Vec<_>>(), ["P1", "P2"]);
        assert_eq!(sheet.patients["P1"].iter().map(|r| r.line).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(sheet.patients["P2"][0].hla, None);
    }

    #[test]
    fn under_a_key_no_id_of_the_source_is_left() {
        let mut sheet = read(
            "patient,sample,vcf,hla\nMRN1234,MRN1234-T,vcf/MRN1234-T.vcf,HLA-A*02:01\n1,1,a1/1.vcf,\n",
        )
        .unwrap();
        let key = ProjectKey::from_bytes(&[7; 32], "p").unwrap();
        let folder = sheet.resolve("");
        sheet.pseudonymise(&key);
        let person = key.pseudonym("Patient", "MRN1234");
        let row = &sheet.patients[&person][0];
        let sample = key.pseudonym("Specimen", "MRN1234-T");
        assert_eq!((&row.patient, &row.sample), (&person, &sample));
        let cell = row.vcf.clone().unwrap();
        assert_eq!(cell, format!("vcf/{sample}.vcf"));
        assert_eq!(sheet.resolve(&cell), folder.join("vcf/MRN1234-T.vcf"));
        assert_eq!(sheet.hide("vcf/MRN1234-T.vcf: truncated"), format!("{cell}: truncated"));
        assert_eq!(row.hla.as_deref(), Some("HLA-A*02:01"));
        let one = key.pseudonym("Patient", "1");
        assert_eq!(sheet.patients[&one][0].vcf.clone().unwrap(), format!("a1/{one}.vcf"));
        let before = format!("{sheet:?}");
        sheet.pseudonymise(&ProjectKey::from_bytes(&[7; 32], "p").unwrap());
        assert!(before.contains(&person) && sheet.patients.contains_key(&person), "once is enough");
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let cases = [
            ("patient,sample\nP1,S1\n", "no column \"vcf\""),
            ("patient,sample,vcf,bam\nP1,S1,a,b\n", "unknown column \"bam\""),
            ("patient,sample,vcf\n", "no rows"),
            ("patient,sample,vcf\n,S1,a.vcf\n", "line 2: column \"patient\" is empty"),
            ("patient,sample,vcf\nJane Doe,S1,a.vcf\n", "expected a pseudonym"),
            ("patient,sample,vcf,purity\nP1,S1,a,70\n", "expected a fraction above 0"),
            ("patient,sample,vcf\nP1,S1\n", "found record with 2 fields"),
        ];
        for (text, expected) in cases {
            let error = format!("{:#}", read(text).unwrap_err());
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(Sheet::read(Path::new("/nowhere.csv")).is_err());
    }
}
