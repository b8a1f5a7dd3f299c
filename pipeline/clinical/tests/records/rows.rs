//! Rows of whole folders: every table, references, repeats, order.

use serde_json::{Value, json};

use crate::*;

/// Compares names, order and values of the columns.
fn check_rows(rows: &impl serde::Serialize, expected: &Value) {
    assert_eq!(serde_json::to_string(rows).unwrap(), expected.to_string());
}

#[test]
fn a_patient_with_everything() {
    let records = read_lines(&[
        with(
            of("Condition", "c", "p"),
            &json!({"code": coded(SNOMED, "254637007", "NSCLC"), "onsetDateTime": "2020-05-12"}),
        ),
        with(
            of("Specimen", "s", "p"),
            &json!({"type": coded("t", "TUMOR", "Tumor"),
            "collection": {"collectedDateTime": "2021-02-06T17:15:00+05:00", "bodySite": coded(SNOMED, "44029006", "Left lung")}}),
        ),
        with(
            of("Procedure", "t", "p"),
            &json!({"status": "completed", "code": coded(SNOMED, "359615001", "Lobectomy"),
            "performedPeriod": {"start": "2019-03-01"}}),
        ),
        with(
            of("MedicationRequest", "t", "p"),
            &json!({"status": "active", "authoredOn": "2019-04-01",
            "medicationCodeableConcept": coded("rx", "349472", "gefitinib")}),
        ),
        with(
            of("MedicationAdministration", "t", "p"),
            &json!({"status": "completed", "effectiveDateTime": "2020",
            "medicationReference": {"reference": "Medication/m"}}),
        ),
        with(
            of("MedicationStatement", "t", "p"),
            &json!({"status": "active", "medicationReference": {"reference": "#m"},
            "contained": [{"resourceType": "Medication", "id": "m", "code": coded("rx", "2", "cisplatin")}]}),
        ),
        json!({"resourceType": "Medication", "id": "m", "code": coded("rx", "1", "carboplatin")}),
        genotype("h", "p", "HLA-A*02:01+HLA-A*02:01"),
        stage("st", "p", "IIIC", &json!({})),
        with(
            of("Observation", "o", "p"),
            &json!({"code": coded("http://loinc.org", "85354-9", "BP"), "component": [
                {"code": coded("http://loinc.org", "8480-6", "systolic"),
                 "valueQuantity": {"value": 120, "unit": "mmHg", "code": "mm[Hg]", "system": "http://unitsofmeasure.org"}}]}),
        ),
        json!({"resourceType": "Encounter", "id": "e"}),
        patient("p"),
    ]);
    assert_eq!((records.read, records.kept, records.held, records.ignored), (12, 10, 0, 2));

    check_rows(
        &records.patients,
        &json!([
        {"patient_id": "p", "birth_year": 1965, "sex": "female", "deceased": null, "death_year": null, "source_file": "a.ndjson", "source_line": 12}]),
    );
    let condition = &records.conditions[0];
    assert_eq!(
        (condition.code.as_deref(), condition.display.as_deref(), condition.onset_year),
        (Some("254637007"), Some("NSCLC"), Some(2020))
    );
    assert_eq!(
        (condition.stage_group.as_deref(), condition.stage_code.as_deref()),
        (Some("IIIC"), Some("1222806003"))
    );
    assert_eq!(
        (condition.stage_system.as_deref(), condition.stage_kind.as_deref()),
        (Some(SNOMED), Some("clinical"))
    );
    let specimen = &records.specimens[0];
    assert_eq!(
        (specimen.specimen_type.as_deref(), specimen.type_code.as_deref(), specimen.collected_year),
        (Some("Tumor"), Some("TUMOR"), Some(2021))
    );
    assert_eq!(
        (specimen.body_site.as_deref(), specimen.body_site_code.as_deref()),
        (Some("Left lung"), Some("44029006"))
    );
    let treatments: Vec<_> = records
        .treatments
        .iter()
        .map(|t| {
            (
                t.treatment_id.as_str(),
                t.kind.as_str(),
                t.display.as_deref().unwrap(),
                t.status.as_deref().unwrap(),
                t.start_year,
            )
        })
        .collect();
    assert_eq!(
        treatments,
        [
            ("MedicationAdministration/t", "medication", "carboplatin", "completed", Some(2020)),
            ("MedicationRequest/t", "medication", "gefitinib", "active", Some(2019)),
            ("MedicationStatement/t", "medication", "cisplatin", "active", None),
            ("Procedure/t", "procedure", "Lobectomy", "completed", Some(2019)),
        ]
    );
    let hla: Vec<_> = records.hla_reports.iter().map(|h| h.reported.as_str()).collect();
    assert_eq!(hla, ["HLA-A*02:01", "HLA-A*02:01"]);
    let results: Vec<_> = records
        .observations
        .iter()
        .map(|o| (o.observation_id.as_str(), o.component, o.value_number, o.unit.as_deref()))
        .collect();
    assert_eq!(
        results,
        [
            ("h", 0, None, None),
            ("o", 0, None, None),
            ("o", 1, Some(120.0), Some("mm[Hg]")),
            ("st", 0, None, None)
        ]
    );
}

#[test]
fn references_in_bundles() {
    let by_url =
        |url: &str| with(of("Condition", "c", ""), &json!({"subject": {"reference": url}}));
    let without_id = |mut resource: Value| {
        resource.as_object_mut().unwrap().remove("id");
        resource
    };
    for (name, entries, expected) in [
        (
            "urn:uuid before its patient",
            vec![("urn:uuid:1", by_url("urn:uuid:2")), ("urn:uuid:2", patient("p"))],
            "p",
        ),
        (
            "absolute URL",
            vec![
                ("https://e/Patient/p", patient("p")),
                ("https://e/Condition/c", by_url("https://e/Patient/p")),
            ],
            "p",
        ),
        (
            "relative",
            vec![
                ("https://e/Patient/p", patient("p")),
                ("https://e/Condition/c", by_url("Patient/p")),
            ],
            "p",
        ),
        (
            "ids by fullUrl alone",
            vec![
                ("urn:uuid:2", without_id(patient(""))),
                ("urn:uuid:1", without_id(by_url("urn:uuid:2"))),
            ],
            "2",
        ),
    ] {
        let records = read(&[("b.json", &bundle(&entries))]);
        let condition = &records.conditions[0];
        assert_eq!(condition.patient_id, expected, "{name}");
        let entry = entries.iter().position(|(_, r)| r["resourceType"] == "Condition").unwrap();
        assert_eq!(condition.source_line, entry as i64 + 1, "{name}");
    }
}

#[test]
fn repeats_and_withdrawn_records_are_ignored() {
    let error = json!({"coding": [{"code": "entered-in-error"}]});
    let with_url = bundle(&[
        ("urn:uuid:1", patient("p")),
        (
            "urn:uuid:2",
            with(of("Condition", "c", ""), &json!({"subject": {"reference": "urn:uuid:1"}})),
        ),
    ]);
    let again = lines(&[
        patient("p"),
        of("Condition", "c", "p"),
        with(of("Condition", "d", "p"), &json!({"verificationStatus": error})),
        with(genotype("h", "p", "A*02:01"), &json!({"status": "entered-in-error"})),
        with(of("Procedure", "t", "p"), &json!({"status": "entered-in-error"})),
    ]);
    let records = read(&[("a/one.json", &with_url), ("b/two.ndjson", &again)]);
    assert_eq!((records.read, records.kept, records.held, records.ignored), (7, 2, 0, 5));
    assert_eq!(records.conditions[0].source_file, "a/one.json");
}

#[test]
fn what_a_patient_tells() {
    for (elements, birth_year, sex, deceased) in [
        (json!({}), Some(1965), Some("female"), None),
        (json!({"birthDate": null, "gender": null}), None, None, None),
        (json!({"deceasedBoolean": false}), Some(1965), Some("female"), Some(false)),
        (json!({"deceasedDateTime": "2020"}), Some(1965), Some("female"), Some(true)),
    ] {
        let records = read_lines(&[with(patient("p"), &elements)]);
        let row = &records.patients[0];
        assert_eq!(
            (row.birth_year, row.sex.as_deref(), row.deceased),
            (birth_year, sex, deceased),
            "{elements}"
        );
    }
}
