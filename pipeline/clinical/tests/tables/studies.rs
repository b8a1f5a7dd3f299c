//! cBioPortal's folders and other clinical tables.

use std::fs;

use vaxloom_clinical::{
    pseudonym::ProjectKey,
    study::{read_cbioportal, read_clinical_table},
    tabular::ClinicalTable,
};

use crate::{examples, folder};

const HEADER: &str = "#Patient\tSex\tBirth\tStatus\n#Id\tSex\tYear of birth\tOverall survival\n#STRING\tSTRING\tSTRING\tSTRING\n#1\t1\t1\t1\n";

fn study() -> tempfile::TempDir {
    folder(&[
        ("meta_study.txt", "type_of_cancer: brca\ncancer_study_identifier: s_1\n"),
        (
            "meta_clinical_patient.txt",
            "cancer_study_identifier: s_1\ngenetic_alteration_type: CLINICAL\ndatatype: PATIENT_ATTRIBUTES\ndata_filename: people.txt\n",
        ),
        (
            "meta_clinical_sample.txt",
            "cancer_study_identifier: s_1\ngenetic_alteration_type: CLINICAL\ndatatype: SAMPLE_ATTRIBUTES\ndata_filename: samples.txt\n",
        ),
        (
            "meta_mutations.txt",
            "genetic_alteration_type: MUTATION_EXTENDED\ndatatype: MAF\ndata_filename: maf.txt\n",
        ),
        (
            "meta_expression.txt",
            "genetic_alteration_type: MRNA_EXPRESSION\ndatatype: CONTINUOUS\ndata_filename: gone.txt\n",
        ),
        ("maf.txt", "Hugo_Symbol\n"),
        (
            "people.txt",
            &format!(
                "{HEADER}PATIENT_ID\tSEX\tBIRTH_YEAR\tOS_STATUS\np1\tFemale\t1965\t1:DECEASED\np2\tMale\t>89\t0:LIVING\np3\tFemale\tcannotReleaseHIPAA\t[Not Available]\np4\tFemale\np5\tMale\t<18\t\n\tMale\t1970\t\n"
            ),
        ),
        (
            "samples.txt",
            "#a\n#b\n#c\n#d\nPATIENT_ID\tSAMPLE_ID\tSAMPLE_TYPE\tONCOTREE_CODE\tCANCER_TYPE_DETAILED\np1\ts1\tPrimary\tBRCA\tBreast Invasive Ductal Carcinoma\np9\ts2\tMetastasis\tNA\t\n",
        ),
    ])
}

#[test]
fn a_study_is_read_by_its_meta_files() {
    let study = read_cbioportal(study().path(), None).unwrap();
    study.records.check_balance().unwrap();
    assert_eq!(study.id.as_deref(), Some("s_1"));
    let patients: Vec<_> = study
        .records
        .patients
        .iter()
        .map(|row| (row.patient_id.as_str(), row.sex.as_deref(), row.birth_year, row.deceased))
        .collect();
    assert_eq!(
        patients,
        [
            ("p1", Some("female"), Some(1965), Some(true)),
            ("p2", Some("male"), None, Some(false)),
            ("p3", Some("female"), None, None),
            ("p5", Some("male"), None, None),
            ("p9", None, None, None),
        ]
    );
    let specimens: Vec<_> = study
        .records
        .specimens
        .iter()
        .map(|row| (row.specimen_id.as_str(), row.specimen_type.as_deref()))
        .collect();
    assert_eq!(specimens, [("s1", Some("Primary")), ("s2", Some("Metastasis"))]);
    let condition = &study.records.conditions[0];
    assert_eq!(
        (condition.code.as_deref(), condition.display.as_deref(), study.records.conditions.len()),
        (Some("BRCA"), Some("Breast Invasive Ductal Carcinoma"), 1)
    );
    let held: Vec<_> = study
        .records
        .quarantined
        .iter()
        .map(|row| (row.source_file.as_str(), row.source_line, row.rule.as_str()))
        .collect();
    assert_eq!(
        held,
        [
            ("meta_expression.txt", 0, "format.meta"),
            ("people.txt", 9, "format.columns"),
            ("people.txt", 11, "format.missing-id")
        ]
    );
    let files: Vec<_> = study
        .files
        .iter()
        .map(|file| {
            (
                file.alteration.as_str(),
                file.datatype.as_str(),
                file.path.file_name().unwrap().to_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(files, [("MUTATION_EXTENDED", "MAF", "maf.txt")]);
}

#[test]
fn ids_become_pseudonyms_that_meet() {
    let mut study = read_cbioportal(study().path(), None).unwrap();
    let key = ProjectKey::from_bytes(&[7; 32], "p").unwrap();
    study.records.pseudonymise(&key);
    assert_eq!(study.records.patients[0].patient_id, key.pseudonym("Patient", "p1"));
    assert_eq!(study.records.specimens[0].patient_id, study.records.patients[0].patient_id);
}

#[test]
fn header_lines_name_the_columns() {
    let dir = folder(&[(
        "people.txt",
        &format!("{HEADER}PATIENT_ID\tSEX\tBIRTH_YEAR\tOS_STATUS\np1\tF\t1965\t\n"),
    )]);
    let table = ClinicalTable::read(&dir.path().join("people.txt")).unwrap();
    let birth = &table.attributes[2];
    assert_eq!(
        (
            birth.id.as_str(),
            birth.name.as_deref(),
            birth.description.as_deref(),
            birth.datatype.as_deref()
        ),
        ("BIRTH_YEAR", Some("Birth"), Some("Year of birth"), Some("STRING"))
    );
    assert_eq!(table.rows[0].cells[3], None);
}

#[test]
fn gdc_rows_of_one_case_are_one_patient_with_many_treatments() {
    let text = "cases.submitter_id\tdemographic.gender\tdemographic.vital_status\tdemographic.year_of_birth\tdiagnoses.icd_10_code\tdiagnoses.ajcc_pathologic_stage\ttreatments.treatment_type\ttreatments.therapeutic_agents\n\
        TCGA-1\tfemale\tDead\t1950\tC50.9\tStage II\tChemotherapy\tPaclitaxel\nTCGA-1\tfemale\tDead\t1950\tC50.9\tStage II\tRadiation Therapy, NOS\t'--\nTCGA-2\tmale\tAlive\t'--\t'--\t'--\t'--\t'--\nTCGA-2\tmale\tAlive\t'--\t'--\t'--\t'--\t'--\n";
    let dir = folder(&[("clinical.tsv", text)]);
    let records = read_clinical_table(&dir.path().join("clinical.tsv")).unwrap().records;
    records.check_balance().unwrap();
    assert_eq!(
        (records.patients.len(), records.conditions.len(), records.treatments.len()),
        (2, 1, 2)
    );
    assert_eq!((records.read, records.kept, records.ignored), (4, 3, 1));
    let kinds: Vec<_> =
        records.treatments.iter().map(|row| (row.kind.as_str(), row.display.as_deref())).collect();
    assert_eq!(
        kinds,
        [("medication", Some("Paclitaxel")), ("procedure", Some("Radiation Therapy, NOS"))]
    );
    assert_eq!(records.conditions[0].stage_group.as_deref(), Some("Stage II"));
}

#[test]
fn the_clinical_table_of_the_laml_cohort_arrives_whole() {
    let Some(dir) = examples("maftools-tcga-laml") else { return };
    let path = dir.join("tcga_laml_annot.tsv");
    let lines = fs::read_to_string(&path).unwrap().lines().count();
    let records = read_clinical_table(&path).unwrap().records;
    records.check_balance().unwrap();
    assert_eq!((records.read, records.kept, records.held), (lines - 1, lines - 1, 0));
    assert_eq!((records.patients.len(), records.specimens.len()), (200, 200));
    let m3 = records.conditions.iter().filter(|row| row.display.as_deref() == Some("M3")).count();
    let dead = records.patients.iter().filter(|row| row.deceased == Some(true)).count();
    println!("{lines} lines, {m3} of type M3, {dead} dead");
    assert!(m3 > 0 && dead > 0);
}
