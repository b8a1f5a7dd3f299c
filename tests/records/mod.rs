//! Medical records through the real program: the gate, views, keys, other tables.

mod check;
mod convert;
mod key;
mod published;
mod views;

use std::fs;
use std::process::Command;

use crate::harness::{Answer, command, path, repository, run, vaxloom};

pub(super) const CLEAN: &str =
    r#"{"resourceType":"Patient","id":"p1","gender":"female","birthDate":"1960"}"#;
pub(super) const NAMED: &str = r#"{"resourceType":"Patient","id":"p2","name":[{"family":"Quixote"}],"birthDate":"1960-05-17"}"#;

/// A cohort of one: the sheet and the records have the ids of the source, and file names tell them.
pub(super) struct Cohort {
    folder: tempfile::TempDir,
}

impl Cohort {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cohort = Self { folder };
        fs::create_dir_all(cohort.at("records/study")).unwrap();
        fs::create_dir_all(cohort.at("records/omop")).unwrap();
        let named = r#"{"resourceType":"Patient","id":"MRN48213","gender":"female","birthDate":"1960-05-17","name":[{"family":"Quixote"}],"identifier":[{"value":"Q-77-1-22"}]}"#;
        let typed = r#"{"resourceType":"Observation","id":"h1","status":"final","subject":{"reference":"Patient/MRN48213","display":"Ms. Quixote"},"code":{"coding":[{"system":"http://loinc.org","code":"57290-9"}]},"valueString":"HLA-A*02:01+HLA-A*24:02"}"#;
        cohort.write("records/MRN48213.ndjson", &format!("{named}\n{typed}\n"));
        cohort.write("records/study/meta_clinical_sample.txt", "cancer_study_identifier: s\ngenetic_alteration_type: CLINICAL\ndatatype: SAMPLE_ATTRIBUTES\ndata_filename: samples.txt\n");
        cohort.write("records/study/samples.txt", "PATIENT_ID\tSAMPLE_ID\tSAMPLE_TYPE\tONCOTREE_CODE\tTMB_NONSYNONYMOUS\tPATIENT_NAME\nMRN48213\tMRN48213-T\tPrimary\tCOAD\t12.5\tQuixote\n");
        cohort.write("records/gdc.tsv", "case_submitter_id\ttreatment_type\ttherapeutic_agents\tregimen_or_line_of_therapy\nMRN48213\tChemotherapy\tFluorouracil\tFirst line of therapy\n");
        let sql = command()
            .args(["sql", "--format", "parquet", "SELECT 7 AS person_id, 8507 AS gender_concept_id, 1955 AS year_of_birth, 'Q-77-1-23' AS person_source_value"])
            .output()
            .unwrap();
        fs::write(cohort.at("records/omop/person.parquet"), sql.stdout).unwrap();
        fs::copy(repository("data-samples/vcf/VX-0002.vcf"), cohort.at("MRN48213-T.vcf")).unwrap();
        cohort.write(
            "sheet.csv",
            "patient,sample,vcf,tumor_sample,hla\nMRN48213,MRN48213-T,MRN48213-T.vcf,VX-0002-T,\n",
        );
        cohort
    }

    pub(super) fn at(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    pub(super) fn key(&self, name: &str) -> String {
        vaxloom(["key", "create", path(&self.at(name))]).ended_with(0).stdout.trim().to_owned()
    }

    pub(super) fn run(&self, more: &[&str]) -> Answer {
        run(&self.at("sheet.csv"), Some(&self.at("records")), &self.at("lake"), more)
    }

    /// Files of the lake that hold one of the words.
    pub(super) fn grep(&self, words: &str) -> String {
        let found =
            Command::new("grep").args(["-rlaE", words]).arg(self.at("lake")).output().unwrap();
        String::from_utf8_lossy(&found.stdout).into_owned()
    }
}
