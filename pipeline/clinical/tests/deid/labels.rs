//! Labels, results and names of files: by their words, and by what stands beside them.

use serde_json::json;
use vaxloom_clinical::deid::{Profile, Text};

use crate::rules::{pass, patient, unkeyed};

#[test]
fn labels_and_results_by_what_stands_beside_them() {
    let coding = json!([{"system": "http://snomed.info/sct", "code": "254837009"}]);
    let code = |text: &str| json!({"text": text});
    for (element, value, kept) in [
        ("code", json!({"coding": coding, "text": "tumour of the quuxal duct"}), true),
        ("code", json!({"text": "tumour of the quuxal duct"}), false),
        ("code", json!({"coding": [{"display": "tumour of the quuxal duct"}]}), false),
        (
            "code",
            json!({"coding": [{"system": "http://x.example", "code": "1"}], "text": "quuxal"}),
            false,
        ),
        ("code", json!({"coding": coding, "text": "Quuxley"}), false),
        ("code", json!({"coding": coding, "text": "breast Smith J"}), false),
        (
            "code",
            json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "Quuxley"}]}),
            false,
        ),
        (
            "code",
            json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}]}),
            true,
        ),
        ("valueQuantity", json!({"value": 1, "unit": "10*3/uL"}), true),
        ("valueQuantity", json!({"value": 1, "unit": "Quuxley"}), false),
    ] {
        let mut observation = json!({"resourceType": "Observation", "id": "o"});
        observation[element] = value.clone();
        let (output, ..) = pass(&mut unkeyed(Profile::safe_harbor()), observation);
        assert_eq!(output[element] == value, kept, "{value}");
    }
    for (what, value, kept) in [
        (code("Lymph nodes positive"), "3/12", true),
        (json!({"coding": [{"display": "Gleason score"}]}), "3/4", true),
        (code("Last menstrual period"), "12/25", false),
        (code("Date of birth"), "1/2/65", false),
        (code("HLA-A"), "A*02:01, A*24:02", true),
        (code("Physician"), "Quuxley", false),
    ] {
        let observation =
            json!({"resourceType": "Observation", "id": "o", "code": what, "valueString": value});
        let (output, ..) = pass(&mut unkeyed(Profile::safe_harbor()), observation.clone());
        assert_eq!(output["valueString"] == value, kept, "{value}");
        let component = json!({"resourceType": "Observation", "id": "o", "component": [{"code": what, "valueString": value}]});
        let (output, ..) = pass(&mut unkeyed(Profile::safe_harbor()), component);
        assert_eq!(output["component"][0]["valueString"] == value, kept, "{value}");
    }
}

#[test]
fn names_of_files_by_their_words() {
    let mut gate = unkeyed(Profile::safe_harbor());
    for (name, safe) in [
        ("Patient.000.ndjson", true),
        ("exports/2024/MedicationRequest.001.ndjson", true),
        ("data_clinical_patient.txt", true),
        ("tcga_laml_annot.tsv", true),
        ("condition_occurrence.csv", true),
        ("person.parquet", true),
        ("omop/drug_exposure.000.parquet", true),
        ("clinical.cohort.2024.tsv.gz", true),
        ("Observation-EGFR-L858R.json", true),
        ("quuxley.json", false),
        ("Quuxley_biopsy.pdf", false),
        ("smith-bundle.json", false),
        ("records_of_lee.ndjson", false),
        ("JohnQuux.json", false),
        ("mary.json", false),
        ("bundle-2020-03-01.json", false),
    ] {
        assert_eq!(gate.file_name_is_safe(name), safe, "{name}");
    }
}

#[test]
fn words_of_ones_own_and_labels_that_are_only_searched() {
    let searched = Profile { labels: Text::Scan, ..Profile::safe_harbor() };
    let own = Profile { terms: ["Quuxal Brustkrebs".to_owned()].into(), ..Profile::safe_harbor() };
    for (profile, text, kept) in [
        (&searched, "Brustkrebs, quuxal", true),
        (&searched, "Smith J", false),
        (&own, "Brustkrebs, quuxal", true),
        (&own, "Quuxley", false),
    ] {
        let resource = patient("maritalStatus", json!({"text": text}));
        let (output, ..) = pass(&mut unkeyed(profile.clone()), resource);
        assert_eq!(output["maritalStatus"]["text"] == text, kept, "{text}");
    }
}
