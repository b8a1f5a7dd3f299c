//! What goes to quarantine, under which rule.

use serde_json::json;

use crate::*;

#[test]
fn what_goes_to_quarantine_and_why() {
    let unclear =
        json!({"modifierExtension": [{"url": "http://x.example", "valueString": "Xylander"}]});
    let named = with(patient("q"), &unclear);
    for (name, resources, expected) in [
        (
            "an identifying patient takes all of the patient along",
            vec![
                named.clone(),
                of("Condition", "c", "q"),
                genotype("h", "q", "A*02:01"),
                patient("p"),
            ],
            vec![
                (1, "Patient.modifierExtension[0]", "deid.modifier-extension", Some("q")),
                (2, "Condition.subject", "deid.patient-quarantined", Some("q")),
                (3, "Observation.subject", "deid.patient-quarantined", Some("q")),
            ],
        ),
        (
            "a clean copy does not save an identifying patient",
            vec![patient("q"), named],
            vec![
                (1, "Patient", "deid.patient-quarantined", Some("q")),
                (2, "Patient.modifierExtension[0]", "deid.modifier-extension", Some("q")),
            ],
        ),
        (
            "an identifying condition stays alone",
            vec![
                patient("p"),
                with(of("Condition", "c", "p"), &unclear),
                of("Condition", "d", "p"),
            ],
            vec![(2, "Condition.modifierExtension[0]", "deid.modifier-extension", None)],
        ),
        (
            "unknown patient",
            vec![patient("p"), of("Condition", "c", "Xylander")],
            vec![(2, "Condition.subject", "format.dangling-reference", None)],
        ),
        (
            "a group is not a patient",
            vec![
                patient("p"),
                with(of("Condition", "c", ""), &json!({"subject": {"reference": "Group/p"}})),
            ],
            vec![(2, "Condition.subject", "format.dangling-reference", None)],
        ),
        (
            "no subject",
            vec![patient("p"), json!({"resourceType": "Specimen", "id": "s"})],
            vec![(2, "Specimen.subject", "format.missing-subject", None)],
        ),
        (
            "no id",
            vec![patient("p"), with(of("Condition", "c", "p"), &json!({"id": null}))],
            vec![(2, "Condition.id", "format.missing-id", Some("p"))],
        ),
        (
            "one patient twice",
            vec![patient("p"), with(patient("p"), &json!({"birthDate": "1966"}))],
            vec![(2, "Patient", "format.duplicate", Some("p"))],
        ),
        (
            "free text in place of HLA",
            vec![patient("p"), genotype("h", "p", "Xylander")],
            vec![(2, "Observation.value", "format.hla-value", Some("p"))],
        ),
        (
            "an invented gender takes the patient along",
            vec![with(patient("p"), &json!({"gender": "xylander"})), of("Condition", "c", "p")],
            vec![
                (1, "Patient.gender", "format.gender", Some("p")),
                (2, "Condition.subject", "deid.patient-quarantined", Some("p")),
            ],
        ),
        (
            "no FHIR",
            vec![patient("p"), json!({"Xylander": 1})],
            vec![(2, "$", "format.not-fhir", None)],
        ),
    ] {
        let records = read_lines(&resources);
        assert_eq!(quarantine(&records), expected, "{name}");
        assert!(!format!("{:?}", records.quarantined).contains("Xylander"), "{name}");
    }
}

#[test]
fn two_people_under_one_id_are_not_mixed() {
    let person = |year: &str, condition: &str| {
        let born = with(patient("p"), &json!({"birthDate": year}));
        bundle(&[("urn:uuid:1", born), ("urn:uuid:2", of("Condition", condition, "p"))])
    };
    let records = read(&[("a.json", &person("1965", "c")), ("b.json", &person("1970", "d"))]);
    let ids: Vec<_> = records.conditions.iter().map(|row| row.condition_id.as_str()).collect();
    assert_eq!(ids, ["c"]);
    assert_eq!(
        quarantine(&records),
        [
            (1, "Patient", "format.duplicate", Some("p")),
            (2, "Condition.subject", "deid.patient-quarantined", Some("p")),
        ]
    );
}
