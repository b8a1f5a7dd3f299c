//! Columns of clinical tables, by the names that portals give them, and the rows that they make.

use crate::{
    deid::Column,
    element::year,
    row::{Condition, Observation, Patient, Specimen, Treatment},
    rule::Source,
    tabular::{ClinicalTable, TableRow},
};

const LISTED: &str = include_str!("../deid/columns.txt");
/// Where cBioPortal defines its attributes.
const ATTRIBUTES: &str = "https://cdd.cbioportal.mskcc.org";

pub(crate) const PATIENT_ID: [&str; 6] = [
    "PATIENT_ID",
    "case_submitter_id",
    "submitter_id",
    "bcr_patient_barcode",
    "case_id",
    "Tumor_Sample_Barcode",
];
pub(crate) const SAMPLE_ID: [&str; 4] =
    ["SAMPLE_ID", "Tumor_Sample_Barcode", "sample_submitter_id", "bcr_sample_barcode"];

/// Columns whose cells are results, and their units (UCUM) where they have one.
const RESULTS: [(&str, Option<&str>); 14] = [
    ("TMB_NONSYNONYMOUS", Some("/Mb")),
    ("MSI_SCORE_MANTIS", None),
    ("MSI_SENSOR_SCORE", None),
    ("MSI_SCORE", None),
    ("MSI_STATUS", None),
    ("MSI_TYPE", None),
    ("FRACTION_GENOME_ALTERED", Some("1")),
    ("MUTATION_COUNT", Some("1")),
    ("TUMOR_PURITY", None),
    ("ER_STATUS", None),
    ("PR_STATUS", None),
    ("HER2_STATUS", None),
    ("OS_MONTHS", Some("mo")),
    ("TUMOR_GRADE", None),
];

/// What a column of a clinical table may have; `None` for one that is not on the list.
pub(crate) fn kind(id: &str) -> Option<Column> {
    let last = id.rsplit('.').next().unwrap_or(id);
    LISTED.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let (kind, names) = line.split_once(' ')?;
        names.split(' ').any(|name| name.eq_ignore_ascii_case(last)).then_some(match kind {
            "person" => Column::Person,
            "id" => Column::Id,
            "code" => Column::Code,
            "birth" => Column::Birth,
            "year" => Column::Year,
            "age" => Column::Age,
            "number" => Column::Number,
            _ => Column::Label,
        })
    })
}

/// Where a table has what rows are made of.
pub(crate) struct Columns<'t> {
    table: &'t ClinicalTable,
    file: &'t str,
}

impl<'t> Columns<'t> {
    pub(crate) fn new(table: &'t ClinicalTable, file: &'t str) -> Self {
        Self { table, file }
    }

    pub(crate) fn source(&self, row: &TableRow) -> Source {
        Source { file: self.file.to_owned(), line: row.line }
    }

    /// The cell of the first of the columns that the row has something in.
    fn cell<'r>(&self, row: &'r TableRow, names: &[&str]) -> Option<&'r str> {
        names.iter().find_map(|name| row.get(self.table.column(&[name])))
    }

    fn text(&self, row: &TableRow, names: &[&str]) -> Option<String> {
        self.cell(row, names).map(str::to_owned)
    }

    /// What is no plain year, such as GENIE's `>89`, is none.
    fn year(&self, row: &TableRow, names: &[&str]) -> Option<i32> {
        self.cell(row, names).filter(|text| text.len() == 4).and_then(year)
    }

    pub(crate) fn patient(&self, row: &TableRow, id: &str) -> Patient {
        let dead = ["OS_STATUS", "VITAL_STATUS", "DEAD", "Overall_Survival_Status"];
        Patient {
            patient_id: id.to_owned(),
            birth_year: self.year(row, &["BIRTH_YEAR", "YEAR_OF_BIRTH"]),
            sex: self.cell(row, &["SEX", "GENDER"]).and_then(sex).map(str::to_owned),
            deceased: self.cell(row, &dead).and_then(deceased),
            death_year: self.year(row, &["YEAR_OF_DEATH", "YEAR_DEATH", "INT_YEAR_DEATH"]),
            source_file: self.file.to_owned(),
            source_line: row.line,
        }
    }

    /// The diagnosis of a row, where it says anything of one.
    pub(crate) fn condition(&self, row: &TableRow, patient: &str, id: &str) -> Option<Condition> {
        let oncotree = self.text(row, &["ONCOTREE_CODE"]);
        let icd10 = self.text(row, &["ICD_10_CODE", "ICD_10"]);
        let system = match (&oncotree, &icd10) {
            (Some(_), _) => Some("http://oncotree.mskcc.org"),
            (None, Some(_)) => Some("http://hl7.org/fhir/sid/icd-10"),
            _ => None,
        };
        let pathologic =
            ["AJCC_PATHOLOGIC_TUMOR_STAGE", "ajcc_pathologic_stage", "PATHOLOGIC_STAGE"];
        let clinical = ["ajcc_clinical_stage", "CLINICAL_STAGE"];
        let kind = match (
            self.cell(row, &pathologic),
            self.cell(row, &["TUMOR_STAGE", "STAGE"]),
            self.cell(row, &clinical),
        ) {
            (Some(_), ..) => Some("pathologic"),
            (None, None, Some(_)) => Some("clinical"),
            _ => None,
        };
        let stages = [&pathologic[..], &["TUMOR_STAGE", "STAGE"], &clinical[..]].concat();
        let condition = Condition {
            patient_id: patient.to_owned(),
            condition_id: id.to_owned(),
            code: oncotree.or_else(|| icd10.clone()),
            code_system: system.map(str::to_owned),
            display: self.text(
                row,
                &["CANCER_TYPE_DETAILED", "CANCER_TYPE", "primary_diagnosis", "FAB_classification"],
            ),
            icd10_code: icd10,
            icdo3_morphology: self.text(row, &["MORPHOLOGY", "ICD_O_3_HISTOLOGY"]),
            icdo3_topography: self.text(row, &["ICD_O_3_SITE"]),
            body_site: self
                .text(row, &["PRIMARY_SITE", "TUMOR_TISSUE_SITE", "tissue_or_organ_of_origin"]),
            onset_year: self.year(row, &["year_of_diagnosis", "INITIAL_PATHOLOGIC_DX_YEAR"]),
            stage_group: self.text(row, &stages),
            stage_system: self
                .text(row, &["AJCC_STAGING_EDITION", "ajcc_staging_system_edition"])
                .map(|edition| format!("AJCC {edition}")),
            stage_kind: kind.map(str::to_owned),
            t_category: self.text(row, &["ajcc_pathologic_t", "PATH_T_STAGE", "ajcc_clinical_t"]),
            n_category: self.text(row, &["ajcc_pathologic_n", "PATH_N_STAGE", "ajcc_clinical_n"]),
            m_category: self.text(row, &["ajcc_pathologic_m", "PATH_M_STAGE", "ajcc_clinical_m"]),
            source_file: self.file.to_owned(),
            source_line: row.line,
            ..Condition::default()
        };
        let says_something = condition.code.is_some()
            || condition.display.is_some()
            || condition.stage_group.is_some();
        says_something.then_some(condition)
    }

    pub(crate) fn specimen(&self, row: &TableRow, patient: &str, id: &str) -> Specimen {
        Specimen {
            patient_id: patient.to_owned(),
            specimen_id: id.to_owned(),
            specimen_type: self.text(row, &["SAMPLE_TYPE"]),
            body_site: self.text(row, &["PRIMARY_SITE", "TUMOR_TISSUE_SITE", "SAMPLE_SITE"]),
            source_file: self.file.to_owned(),
            source_line: row.line,
            ..Specimen::default()
        }
    }

    pub(crate) fn treatment(&self, row: &TableRow, patient: &str) -> Option<Treatment> {
        let kind = self.text(row, &["treatment_type"])?;
        let agents = self.text(row, &["therapeutic_agents"]);
        let line = self.text(row, &["regimen_or_line_of_therapy"]);
        Some(Treatment {
            patient_id: patient.to_owned(),
            treatment_id: format!("{patient}/{}", row.line),
            kind: if agents.is_some() { "medication" } else { "procedure" }.to_owned(),
            display: Some(agents.unwrap_or(kind)),
            intent: self.text(row, &["treatment_intent_type"]),
            line_of_therapy: line.as_deref().and_then(line_of_therapy),
            regimen: line,
            outcome: self.text(row, &["treatment_outcome"]),
            dose_value: self.cell(row, &["treatment_dose"]).and_then(|dose| dose.parse().ok()),
            dose_unit: self.text(row, &["treatment_dose_units"]),
            source_file: self.file.to_owned(),
            source_line: row.line,
            ..Treatment::default()
        })
    }

    /// Results of a row: one a column that has one.
    pub(crate) fn results(
        &self,
        row: &TableRow,
        patient: &str,
        specimen: Option<&str>,
    ) -> Vec<Observation> {
        let results = RESULTS.iter().filter_map(|(name, unit)| {
            let text = self.cell(row, &[name])?;
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            Some(Observation {
                patient_id: patient.to_owned(),
                observation_id: format!("{}/{name}", specimen.unwrap_or(patient)),
                code: Some((*name).to_owned()),
                code_system: Some(ATTRIBUTES.to_owned()),
                value_number: number,
                unit: number.and(*unit).map(str::to_owned),
                unit_system: number.and(*unit).map(|_| "http://unitsofmeasure.org".to_owned()),
                value_text: if number.is_none() { Some(text.to_owned()) } else { None },
                specimen_id: specimen.map(str::to_owned),
                source_file: self.file.to_owned(),
                source_line: row.line,
                ..Observation::default()
            })
        });
        results.collect()
    }
}

/// `First line of therapy`, `2nd line`, `3`.
fn line_of_therapy(text: &str) -> Option<i32> {
    const WORDS: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];
    let word = text.split_whitespace().next()?.to_ascii_lowercase();
    if let Some(place) = WORDS.iter().position(|known| word == *known) {
        return Some(place as i32 + 1);
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    digits.parse().ok().filter(|line| (1..=20).contains(line))
}

fn sex(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "male" | "m" => Some("male"),
        "female" | "f" => Some("female"),
        "other" => Some("other"),
        "unknown" => Some("unknown"),
        _ => None,
    }
}

/// `1:DECEASED`, `DECEASED`, `Dead`, `True`, `1`, and their opposites.
fn deceased(text: &str) -> Option<bool> {
    let status = text.split_once(':').map_or(text, |(_, status)| status);
    match status.to_ascii_lowercase().as_str() {
        "deceased" | "dead" | "true" | "1" | "yes" => Some(true),
        "living" | "alive" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}
