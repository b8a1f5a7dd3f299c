//! Sources that are no FHIR, beside it and alone: told apart by content, through the gate, and met under one key.

use serde_json::json;
use vaxloom_clinical::{Records, pseudonym::ProjectKey};

use crate::*;

const META: &str = "cancer_study_identifier: s\ngenetic_alteration_type: CLINICAL\ndatatype: PATIENT_ATTRIBUTES\ndata_filename: people.txt\n";

fn read_with(files: &[(&str, &[u8])], key: Option<ProjectKey>) -> Records {
    let records = read_dir_with(folder(files).path(), key).unwrap();
    records.check_balance().unwrap();
    records
}

fn key() -> ProjectKey {
    ProjectKey::from_bytes(&[7; 32], "p").unwrap()
}

#[test]
fn one_person_of_four_sources_is_one_row() {
    let fhir = lines(&[json!({"resourceType": "Patient", "id": "17", "gender": "female"})]);
    let files: [(&str, &[u8]); 6] = [
        ("fhir/export.txt", &fhir),
        ("study/meta_clinical_patient.txt", META.as_bytes()),
        ("study/people.txt", b"PATIENT_ID\tBIRTH_YEAR\tPATIENT_NAME\n17\t1960\tXylander Quux\n"),
        ("omop/person.csv", b"person_id,gender_concept_id,year_of_birth\n17,8532,1960\n"),
        ("omop/DEATH.CSV", b"person_id,death_date\n17,2021-03-04\n"),
        ("gdc.tsv", b"case_submitter_id\tvital_status\tyear_of_birth\n17\tDead\t1961\n"),
    ];
    let records = read_with(&files, Some(key()));
    let patient = &records.patients[0];
    assert_eq!(
        (records.patients.len(), &patient.patient_id),
        (1, &key().pseudonym("Patient", "17"))
    );
    assert_eq!(
        (patient.birth_year, patient.sex.as_deref(), patient.deceased, patient.death_year),
        (Some(1960), Some("female"), Some(true), Some(2021))
    );
    assert_eq!((records.read, records.kept, records.held), (5, 5, 0));
    let noted: Vec<&str> = records.noted.iter().map(|row| row.rule.as_str()).collect();
    assert!(
        noted.contains(&"records.patient-differs") && noted.contains(&"deid.name"),
        "{noted:?}"
    );
    let text = format!("{records:?}");
    assert!(!text.contains("Xylander") && !text.contains("03-04"), "{text}");
}

#[test]
fn cells_are_looked_at_as_elements_are() {
    let table = "PATIENT_ID\tSEX\tCANCER_TYPE\tBIRTH_YEAR\tAGE\tHOSPITAL\np1\tF\tseen by Dr. Quux\t1965-03-04\t97\tSt. Quux\n999-18-8203\tM\tBreast Cancer\t1965\t40\t\np3\tM\tBreast Cancer\t1965\t40\t\n";
    let records = read_with(&[("clinical.tsv", table.as_bytes())], None);
    assert_eq!((records.patients.len(), records.held), (2, 1));
    assert_eq!(
        (records.gated.passed, records.gated.transformed, records.gated.quarantined),
        (1, 1, 1)
    );
    assert_eq!(records.patients[0].birth_year, Some(1965));
    assert_eq!(records.conditions[0].display.as_deref(), Some("Breast Cancer"));
    let rules: Vec<&str> = records.gated.rules.keys().copied().collect();
    assert_eq!(
        rules,
        ["deid.age-over-89", "deid.date", "deid.id", "deid.text.name", "deid.unknown-column"]
    );
    let text = format!("{records:?}");
    assert!(!text.contains("Quux") && !text.contains("8203"), "{text}");
}

#[test]
fn names_of_files_tell_no_id_and_no_name() {
    let patient = lines(&[patient("qx17-1")]);
    let files: [(&str, &[u8]); 2] =
        [("export_QX17-1.ndjson", &patient), ("Dr. Mary Quux.ndjson", b"{broken\n{}\n")];
    let records = read_with(&files, Some(key()));
    assert_eq!(records.patients[0].source_file, "file-2");
    assert_eq!(records.quarantined[0].source_file, "file-1");
    let open = read_with(&files[..1], None);
    assert_eq!(open.patients[0].source_file, "export_QX17-1.ndjson");
}

#[test]
fn what_is_no_record_is_noted_and_other_versions_are_named() {
    let mixed = lines(&[
        patient("p"),
        json!({"resourceType": "Claim", "id": "x"}),
        json!({"resourceType": "Quux", "id": "x"}),
        json!({"resourceType": "Condition", "id": "c", "assertedDate": "2020", "subject": {"reference": "Patient/p"}}),
    ]);
    let files: [(&str, &[u8]); 3] = [
        ("a.ndjson", &mixed),
        ("scan.pdf", b"%PDF"),
        ("calls.maf", b"Hugo_Symbol\tTumor_Sample_Barcode\nTP53\tp\n"),
    ];
    let records = read_with(&files, None);
    assert_eq!(
        records.gated.aside.iter().map(|(k, n)| (k.as_str(), *n)).collect::<Vec<_>>(),
        [("?", 1), ("Claim", 1)]
    );
    let noted: Vec<_> = records.noted.iter().map(|row| row.source_file.as_str()).collect();
    assert_eq!(noted, ["calls.maf", "scan.pdf"]);
    assert_eq!(quarantine(&records), [(4, "$", "format.fhir-stu3", None)]);
    assert!(!records.gated.refused, "one resource does not condemn the others");
}

#[test]
fn a_batch_with_too_much_in_quarantine_is_refused() {
    let bad = json!({"resourceType": "Condition", "id": "c", "modifierExtension": [{"url": "http://x.example"}]});
    let records = read_with(&[("a.ndjson", &lines(&[patient("p"), bad.clone(), bad]))], None);
    assert!(records.gated.refused);
}

#[test]
fn categories_and_codes_of_a_condition() {
    let category = |id: &str, code: &str, value: &str, date: &str| {
        with(
            of("Observation", id, "p"),
            &json!({"code": coded(SNOMED, code, ""), "effectiveDateTime": date,
            "valueCodeableConcept": coded(SNOMED, "1222806003", value), "focus": [{"reference": "Condition/c"}]}),
        )
    };
    let icdo = "http://terminology.hl7.org/CodeSystem/icd-o-3";
    let condition = with(
        of("Condition", "c", "p"),
        &json!({
        "code": {"coding": [{"system": SNOMED, "code": "254837009"}, {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.911"}]},
        "bodySite": [{"coding": [{"system": icdo, "code": "C50.9"}]}],
        "extension": [{"url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior",
            "valueCodeableConcept": coded(icdo, "8500/3", "Infiltrating duct carcinoma")}]}),
    );
    let records = read_lines(&[
        patient("p"),
        condition,
        category("t1", "399504009", "cT2", "2020"),
        category("t2", "384625004", "pT1", "2020"),
        category("n", "399534004", "cN0", "2020"),
        category("m", "399387003", "cM0", "2020"),
        with(
            of("Procedure", "x", "p"),
            &json!({"status": "completed", "reasonReference": [{"reference": "Condition/c"}]}),
        ),
    ]);
    let row = &records.conditions[0];
    assert_eq!(
        (
            row.icd10_code.as_deref(),
            row.icdo3_morphology.as_deref(),
            row.icdo3_topography.as_deref()
        ),
        (Some("C50.911"), Some("8500/3"), Some("C50.9"))
    );
    assert_eq!(row.histology.as_deref(), Some("Infiltrating duct carcinoma"));
    assert_eq!(
        (row.t_category.as_deref(), row.n_category.as_deref(), row.m_category.as_deref()),
        (Some("pT1"), Some("cN0"), Some("cM0"))
    );
    assert_eq!((records.kept, records.observations.len()), (7, 4));
    assert_eq!(records.treatments[0].condition_id.as_deref(), Some("c"));
}
