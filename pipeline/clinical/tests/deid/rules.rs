//! What each rule does to an element, one line each.

use serde_json::{Value, json};
use vaxloom_clinical::{
    deid::{Gate, Profile, Verdict},
    pseudonym::ProjectKey,
};

pub(crate) fn pass(
    gate: &mut Gate,
    mut resource: Value,
) -> (Value, Verdict, Vec<(String, &'static str)>) {
    let outcome = gate.pass(&mut resource);
    let breaches = outcome.breaches().map(|breach| (breach.path.to_owned(), breach.rule)).collect();
    (resource, outcome.verdict, breaches)
}

pub(crate) fn unkeyed(profile: Profile) -> Gate {
    Gate::new(profile, None, 2026).unwrap()
}

pub(crate) fn patient(element: &str, value: Value) -> Value {
    let mut patient = json!({"resourceType": "Patient", "id": "p"});
    patient[element] = value;
    patient
}

#[test]
fn elements_of_a_patient() {
    for (element, value, expected, rule) in [
        ("birthDate", json!("1965-03-14"), json!("1965"), Some("deid.date")),
        ("birthDate", json!("1965"), json!("1965"), None),
        ("birthDate", json!("1920"), json!("1936"), Some("deid.age-over-89")),
        ("birthDate", json!("14.3.1965"), Value::Null, Some("deid.date")),
        ("deceasedDateTime", json!("2020-01-01T10:00:00Z"), json!("2020"), Some("deid.date")),
        ("gender", json!("female"), json!("female"), None),
        ("gender", json!("Lemke"), Value::Null, Some("deid.code")),
        ("gender", json!({"x": 1}), Value::Null, Some("deid.type")),
        ("multipleBirthInteger", json!("555-532-1156"), Value::Null, Some("deid.type")),
        ("animal", json!({}), Value::Null, Some("deid.unknown-element")),
        ("language", json!("en-US"), json!("en-US"), None),
        ("maritalStatus", json!({"text": "Married"}), json!({"text": "Married"}), None),
        ("maritalStatus", json!({"text": "Mr. Lemke"}), Value::Null, Some("deid.text.name")),
        (
            "address",
            json!([{"postalCode": "02186"}]),
            json!([{"postalCode": "021"}]),
            Some("deid.postal-code"),
        ),
        (
            "address",
            json!([{"postalCode": "87901-1234"}]),
            json!([{"postalCode": "000"}]),
            Some("deid.postal-code"),
        ),
        (
            "address",
            json!([{"postalCode": "021", "state": "MA"}]),
            json!([{"postalCode": "021", "state": "MA"}]),
            None,
        ),
        (
            "address",
            json!([{"postalCode": "14057", "country": "DE"}]),
            json!([{"country": "DE"}]),
            Some("deid.postal-code"),
        ),
        (
            "address",
            json!([{"state": "Springfield"}, {"state": "north carolina"}, {"state": "Bayern", "country": "DE"}]),
            json!([{"state": "north carolina"}, {"state": "Bayern", "country": "DE"}]),
            Some("deid.address"),
        ),
        (
            "generalPractitioner",
            json!([{"reference": "Practitioner/1", "display": "x"}]),
            json!([{"reference": "Practitioner/1"}]),
            Some("deid.display"),
        ),
        (
            "generalPractitioner",
            json!([{"reference": "https://h.org/fhir/Practitioner/1"}]),
            json!([{"reference": "Practitioner/1"}]),
            Some("deid.url"),
        ),
        (
            "generalPractitioner",
            json!([{"reference": "Practitioner?identifier=1"}]),
            Value::Null,
            Some("deid.reference"),
        ),
        (
            "name",
            json!([{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}]),
            json!([{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}]),
            None,
        ),
        ("id", json!("999-18-8203"), Value::Null, Some("deid.id")),
    ] {
        let (output, verdict, breaches) =
            pass(&mut unkeyed(Profile::safe_harbor()), patient(element, value.clone()));
        assert_eq!(
            (&output[element], breaches.first().map(|(_, rule)| *rule)),
            (&expected, rule),
            "{element} {value}"
        );
        assert_eq!(verdict == Verdict::Pass, rule.is_none());
    }
}

#[test]
fn ages_and_codes() {
    let age = |value: i64| json!({"value": value, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"});
    let coding = |system: &str, code: &str| json!({"coding": [{"system": system, "code": code}]});
    for (element, value, kept) in [
        ("onsetAge", age(89), true),
        ("code", coding("http://snomed.info/sct", "254837009"), true),
        ("code", coding("http://snomed.info/sct", "999188203"), false),
        ("code", coding("http://loinc.org", "21908-9"), true),
        ("code", coding("http://loinc.org", "21908-8"), false),
        ("code", coding("http://hl7.org/fhir/sid/icd-10-cm", "C50.911"), true),
        ("code", coding("http://hospital.example/codes", "BC7"), false),
        ("code", json!({"coding": [{"code": "4417123456789113"}]}), false),
        ("bodySite", json!([{"text": "left breast, upper outer quadrant"}]), true),
    ] {
        let mut condition = json!({"resourceType": "Condition", "id": "c"});
        condition[element] = value.clone();
        let (output, ..) = pass(&mut unkeyed(Profile::safe_harbor()), condition);
        assert_eq!(output[element] == value, kept, "{value}");
    }
    let old = json!({"resourceType": "Condition", "id": "c", "onsetAge": age(93)});
    assert_eq!(pass(&mut unkeyed(Profile::safe_harbor()), old.clone()).0["onsetAge"]["value"], 90);
    assert_eq!(pass(&mut unkeyed(Profile::limited_dataset()), old).0["onsetAge"]["value"], 93);
}

#[test]
fn what_makes_a_resource_unusable() {
    for (resource, path, rule) in [
        (json!({"resourceType": "Lemke", "id": "x"}), "$", "deid.resource-type"),
        (json!({"resourceType": "Claim", "id": "x"}), "$", "deid.resource-type"),
        (
            patient(
                "modifierExtension",
                json!([{"url": "http://x.example", "valueBoolean": true}]),
            ),
            "Patient.modifierExtension[0]",
            "deid.modifier-extension",
        ),
    ] {
        let (_, verdict, breaches) = pass(&mut unkeyed(Profile::safe_harbor()), resource);
        assert_eq!((verdict, breaches), (Verdict::Quarantined, vec![(path.to_owned(), rule)]));
    }
    let deep = (0..70).fold(
        json!({"url": "x", "valueBoolean": true}),
        |inner, _| json!({"url": "x", "extension": [inner]}),
    );
    let race = json!([{"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", "extension": [deep]}]);
    let (_, verdict, breaches) =
        pass(&mut unkeyed(Profile::safe_harbor()), patient("extension", race));
    assert_eq!((verdict, breaches.last().unwrap().1), (Verdict::Quarantined, "deid.depth"));
}

#[test]
fn ids_and_references_meet_under_one_key() {
    let uuid = "6c5d9ca9-54d7-42f5-bfae-a7c19cd217f2";
    let mut gate = crate::gate();
    gate.keep_map();
    let (p, verdict, _) = pass(&mut gate, json!({"resourceType": "Patient", "id": "123-45-6789"}));
    assert_eq!(verdict, Verdict::Pass);
    let (q, ..) = pass(&mut gate, json!({"resourceType": "Patient", "id": uuid}));
    for (reference, expected) in [
        ("Patient/123-45-6789".to_owned(), format!("Patient/{}", p["id"].as_str().unwrap())),
        (
            "https://ehr.example/Patient/123-45-6789/_history/3".to_owned(),
            format!("Patient/{}", p["id"].as_str().unwrap()),
        ),
        (format!("urn:uuid:{uuid}"), format!("urn:uuid:{}", q["id"].as_str().unwrap())),
        (format!("Patient/{uuid}"), format!("Patient/{}", q["id"].as_str().unwrap())),
    ] {
        let (output, ..) = pass(
            &mut gate,
            json!({"resourceType": "Condition", "id": "c", "subject": {"reference": reference}}),
        );
        assert_eq!(output["subject"]["reference"], expected, "{reference}");
    }
    let contained = json!({"resourceType": "Condition", "id": "c", "contained": [{"resourceType": "Practitioner", "id": "a"}], "recorder": {"reference": "#a"}});
    let (output, ..) = pass(&mut gate, contained);
    assert_eq!(
        output["recorder"]["reference"],
        format!("#{}", output["contained"][0]["id"].as_str().unwrap())
    );
    let map = gate.take_map().unwrap();
    assert_eq!(map.get(p["id"].as_str().unwrap()), Some(("Patient", "123-45-6789")));
}

#[test]
fn dates_of_a_patient_move_together() {
    let key = ProjectKey::from_bytes(&[7; 32], "test").unwrap();
    let days = key.shift_days("p");
    let mut gate = Gate::new(Profile::limited_dataset(), Some(key), 2026).unwrap();
    let (patient, verdict, _) = pass(
        &mut gate,
        json!({"resourceType": "Patient", "id": "p", "birthDate": "1965-06-15", "address": [{"city": "X", "postalCode": "02186"}]}),
    );
    assert_eq!(verdict, Verdict::Pass);
    assert_eq!(patient["address"][0], json!({"city": "X", "postalCode": "02186"}));
    let condition = json!({"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}, "onsetDateTime": "1965-06-15", "recordedDate": "2020-03"});
    let (condition, ..) = pass(&mut gate, condition);
    assert_eq!(condition["onsetDateTime"], patient["birthDate"]);
    assert_ne!(patient["birthDate"], "1965-06-15");
    assert_eq!(condition["recordedDate"], "2020");
    assert!(days != 0);
    // Without a patient the shift is not known: years only.
    let (device, verdict, _) = pass(
        &mut gate,
        json!({"resourceType": "Device", "id": "d", "manufactureDate": "2020-03-01"}),
    );
    assert_eq!((&device["manufactureDate"], verdict), (&json!("2020"), Verdict::Transformed));
}

#[test]
fn a_profile_of_ones_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ours.toml");
    let text = "name = \"ours\"\nlabels = \"remove\"\nelements = [\"Organization.name\"]\nsystems = [\"http://hospital.example/\"]\nextensions = [\"http://x.example\"]\npostal-codes = \"remove\"\n";
    std::fs::write(&path, text).unwrap();
    let profile = Profile::named(path.to_str().unwrap()).unwrap();
    assert_eq!((profile.name.as_str(), profile.max_quarantined), ("ours", 0.05));
    let mut gate =
        unkeyed(Profile { labels: vaxloom_clinical::deid::Text::Scan, ..profile.clone() });
    assert_eq!(
        pass(
            &mut gate,
            json!({"resourceType": "Organization", "id": "o", "name": "General Hospital"})
        )
        .1,
        Verdict::Pass
    );
    let (_, verdict, _) = pass(
        &mut gate,
        patient("modifierExtension", json!([{"url": "http://x.example", "valueBoolean": true}])),
    );
    assert_eq!(verdict, Verdict::Pass);
    let (output, ..) =
        pass(&mut unkeyed(profile), patient("maritalStatus", json!({"text": "Married"})));
    assert_eq!(output["maritalStatus"], Value::Null);
    for (text, wanted) in [
        ("datse = \"year\"", "datse"),
        ("dates = \"month\"", "month"),
        ("max-quarantined = 2", "between 0 and 1"),
        ("small-areas = [\"36\"]", "three digits"),
    ] {
        std::fs::write(&path, text).unwrap();
        let message = Profile::named(path.to_str().unwrap()).unwrap_err().to_string();
        assert!(message.contains(wanted) && message.contains("ours.toml"), "{message}");
    }
    assert!(
        Profile::named("no-such-profile")
            .unwrap_err()
            .to_string()
            .contains("safe-harbor, limited-dataset")
    );
}

#[test]
fn the_dates_of_a_bundle_move_with_its_patient() {
    let key = ProjectKey::from_bytes(&[7; 32], "test").unwrap();
    let mut gate = Gate::new(Profile::limited_dataset(), Some(key.clone()), 2026).unwrap();
    let url = "urn:uuid:6c5d9ca9-54d7-42f5-bfae-a7c19cd217f2";
    let condition = json!({"resourceType": "Condition", "id": "c", "subject": {"reference": url}, "onsetDateTime": "1965-06-15"});
    // Before the patient is known, nobody knows by how much.
    assert_eq!(pass(&mut gate, condition.clone()).0["onsetDateTime"], "1965");
    let patient = json!({"resourceType": "Patient", "id": "p", "birthDate": "1965-06-15"});
    gate.learn_url(url, &patient);
    let born = pass(&mut gate, patient).0["birthDate"].clone();
    let (moved, ..) = pass(&mut gate, condition.clone());
    assert_eq!(
        (&moved["onsetDateTime"], &moved["subject"]["reference"]),
        (&born, &json!(format!("Patient/{}", key.pseudonym("Patient", "p"))))
    );
    gate.forget_urls();
    assert_eq!(pass(&mut gate, condition).0["onsetDateTime"], "1965");
}
