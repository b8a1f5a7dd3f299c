//! Folders through the gate: what identifies people goes, and the rest arrives.

use serde_json::json;
use vaxloom_clinical::{Records, pseudonym::ProjectKey};

use crate::{acceptance::examples, *};

fn gated(dir: &std::path::Path, key: Option<ProjectKey>) -> Records {
    let records = read_dir_with(dir, key).unwrap();
    records.check_balance().unwrap();
    records
}

#[test]
fn identifying_records_arrive_without_what_identifies() {
    let named = with(
        patient("p"),
        &json!({"name": [{"family": "Xylander"}], "birthDate": "1965-03-04", "address": [{"city": "X", "state": "MA"}]}),
    );
    let condition = with(
        of("Condition", "c", "p"),
        &json!({"text": {"div": "Xylander"}, "onsetDateTime": "2020-01-02"}),
    );
    let files = folder(&[(
        "a.ndjson",
        &lines(&[
            named,
            condition,
            genotype("h", "p", "HLA-A*02:01"),
            json!({"resourceType": "Claim", "id": "x"}),
        ]),
    )]);
    let records = gated(files.path(), None);
    assert_eq!((records.read, records.kept, records.held, records.ignored), (4, 3, 0, 1));
    assert_eq!(
        (records.patients[0].birth_year, records.conditions[0].onset_year),
        (Some(1965), Some(2020))
    );
    assert_eq!(records.hla_reports[0].reported, "HLA-A*02:01");
    assert!(!format!("{records:?}").contains("Xylander"));
}

#[test]
fn references_meet_their_resources_under_a_key() {
    let uuid = "6c5d9ca9-54d7-42f5-bfae-a7c19cd217f2";
    let url = format!("urn:uuid:{uuid}");
    let of_url = json!({"resourceType": "Condition", "id": "c", "subject": {"reference": url}});
    // The id of the entry is another one than that of its URL.
    let files = folder(&[(
        "a.json",
        &bundle(&[("urn:uuid:2c5d9ca9-54d7-42f5-bfae-a7c19cd217f2", of_url), (&url, patient("p"))]),
    )]);
    let key = ProjectKey::from_bytes(&[7; 32], "p").unwrap();
    let records = gated(files.path(), Some(key.clone()));
    assert_eq!(records.held, 0, "{:?}", records.quarantined);
    assert_eq!(records.conditions[0].patient_id, key.pseudonym("Patient", "p"));
    assert_eq!(records.patients[0].patient_id, records.conditions[0].patient_id);
}

#[test]
fn what_the_gate_holds_back_is_in_quarantine() {
    let modified = with(
        of("Condition", "c", "p"),
        &json!({"modifierExtension": [{"url": "http://x.example", "valueBoolean": true}]}),
    );
    let records = gated(folder(&[("a.ndjson", &lines(&[patient("p"), modified]))]).path(), None);
    assert_eq!(
        quarantine(&records),
        [(2, "Condition.modifierExtension[0]", "deid.modifier-extension", None)]
    );
}

#[test]
fn the_published_patients_arrive_under_pseudonyms() {
    for (name, patients) in [("bulk-ndjson-synthea10", 13), ("mcode-4.0.0-examples", 7)] {
        let Some(dir) = examples(name) else { return };
        let records = gated(&dir, ProjectKey::from_bytes(&[7; 32], "p"));
        assert_eq!(records.patients.len(), patients);
        println!(
            "{name}: read {} = kept {} + held {} + ignored {}",
            records.read, records.kept, records.held, records.ignored
        );
        assert!(
            records.conditions.len() > patients
                && records.patients.iter().all(|row| row.patient_id.len() >= 36)
        );
    }
}
