//! The gate's rules, one case each.

use serde_json::json;

use super::*;

fn check_paths(resource: &Value, expected: &[(&str, &str)]) {
    let findings = check(resource);
    let found: Vec<_> = findings.iter().map(|f| (f.path.as_str(), f.rule.id)).collect();
    assert_eq!(found, expected, "{resource}");
}

fn check_patient(element: &str, value: Value, path: &str, rule: &str) {
    let mut patient = json!({"resourceType": "Patient", "id": "p"});
    patient[element] = value;
    check_paths(&patient, &[(path, rule)]);
}

#[test]
fn each_rule_finds_its_element_in_a_patient() {
    for (element, value, path, rule) in [
        ("name", json!([{"family": "X"}]), "Patient.name[0]", "deid.name"),
        ("address", json!([{"state": "X", "city": "X"}]), "Patient.address[0]", "deid.address"),
        ("telecom", json!([{"value": "X"}]), "Patient.telecom[0]", "deid.telecom"),
        ("contact", json!([{"gender": "male"}]), "Patient.contact[0]", "deid.contact"),
        ("photo", json!([{"data": "X"}]), "Patient.photo[0]", "deid.photo"),
        ("identifier", json!([{"value": "X"}]), "Patient.identifier[0]", "deid.identifier"),
        ("text", json!({"div": "X"}), "Patient.text", "deid.narrative"),
        ("birthDate", json!("1965-01"), "Patient.birthDate", "deid.birth-date"),
        ("birthDate", json!(1965), "Patient.birthDate", "deid.birth-date"),
        ("deceasedDateTime", json!("2020-01-01"), "Patient.deceasedDateTime", "deid.death-date"),
        (
            "generalPractitioner",
            json!([{"display": "X"}]),
            "Patient.generalPractitioner[0]",
            "deid.display",
        ),
        (
            "link",
            json!([{"other": {"reference": "Patient/2", "display": "X"}}]),
            "Patient.link[0].other",
            "deid.display",
        ),
        (
            "contained",
            json!([{"resourceType": "RelatedPerson", "name": [{"family": "X"}]}]),
            "Patient.contained[0].name[0]",
            "deid.name",
        ),
        (
            "contained",
            json!([{"resourceType": "Organization", "address": [{"city": "X"}]}]),
            "Patient.contained[0].address[0]",
            "deid.address",
        ),
    ] {
        check_patient(element, value, path, rule);
    }
}

#[test]
fn extensions_are_searched_at_any_depth() {
    for (name, value, below, rule) in [
        ("valueHumanName", json!({"family": "X"}), "", "deid.name"),
        ("valueAddress", json!({"city": "X"}), "", "deid.address"),
        ("valueContactPoint", json!({"value": "X"}), "", "deid.telecom"),
        ("valueIdentifier", json!({"value": "X"}), "", "deid.identifier"),
        ("valueAttachment", json!({"data": "X"}), "", "deid.photo"),
        ("valueDateTime", json!("1965-01-01T10:00:00Z"), "", "deid.date"),
        ("valuePeriod", json!({"start": "2020-01-01"}), ".start", "deid.date"),
    ] {
        let inner = json!({"url": "v", name: value});
        let outer = json!([{"url": "u", "extension": [inner]}]);
        let path = |start: &str| format!("Patient.{start}extension[0].extension[0].{name}{below}");
        check_patient("extension", outer.clone(), &path(""), rule);
        check_patient("_birthDate", json!({"extension": outer}), &path("_birthDate."), rule);
    }
    let maiden_name = json!([{"url": MAIDEN_NAME, "valueString": "X"}]);
    check_patient("extension", maiden_name, "Patient.extension[0]", "deid.name");
}

#[test]
fn all_breaches_are_listed() {
    let patient = json!({"resourceType": "Patient", "name": [{"family": "X"}, {"family": "Y"}], "birthDate": "1965-01-01"});
    check_paths(
        &patient,
        &[
            ("Patient.name[0]", "deid.name"),
            ("Patient.name[1]", "deid.name"),
            ("Patient.birthDate", "deid.birth-date"),
        ],
    );
}

#[test]
fn de_identified_records_pass() {
    let masked = json!([{"url": MASK, "valueCode": "masked"}]);
    for resource in [
        json!({"resourceType": "Patient", "id": "p", "meta": {"profile": ["u"], "lastUpdated": "2024-01-01T00:00:00Z"},
            "address": [{"state": "MA", "postalCode": "021", "country": "US"}],
            "gender": "female", "birthDate": "1965", "deceasedDateTime": "2020", "active": true,
            "extension": [{"url": "us-core-race", "extension": [
                {"url": "ombCategory", "valueCoding": {"code": "2106-3", "display": "White"}},
                {"url": "text", "valueString": "White"}]}],
            "communication": [{"language": {"coding": [{"code": "en", "display": "English"}], "text": "English"}}]}),
        json!({"resourceType": "Patient", "id": "p", "name": [{"extension": masked}],
            "identifier": [{"system": "s", "_value": {"extension": masked}}]}),
        json!({"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"},
            "code": {"coding": [{"code": "1", "display": "Cancer"}], "text": "Cancer"}, "onsetDateTime": "2020-01-01",
            "contained": [{"resourceType": "Organization", "name": "Hospital"}]}),
    ] {
        check_paths(&resource, &[]);
    }
}

#[test]
fn a_mask_beside_a_value_does_not_hide_it() {
    let name = json!([{"extension": [{"url": MASK, "valueCode": "masked"}], "family": "X"}]);
    check_paths(
        &json!({"resourceType": "Patient", "name": name}),
        &[("Patient.name[0]", "deid.name")],
    );
}

#[test]
fn other_resources() {
    for (element, value, path, rule) in [
        ("text", json!({"div": "X"}), "Condition.text", "deid.narrative"),
        ("identifier", json!([{"value": "X"}]), "Condition.identifier[0]", "deid.identifier"),
        (
            "accessionIdentifier",
            json!({"value": "X"}),
            "Condition.accessionIdentifier",
            "deid.identifier",
        ),
        (
            "subject",
            json!({"reference": "Patient/p", "display": "X"}),
            "Condition.subject",
            "deid.display",
        ),
        (
            "contained",
            json!([{"resourceType": "Patient", "birthDate": "1965-01-01"}]),
            "Condition.contained[0].birthDate",
            "deid.birth-date",
        ),
        (
            "contained",
            json!([{"resourceType": "Practitioner", "text": {"div": "X"}}]),
            "Condition.contained[0].text",
            "deid.narrative",
        ),
    ] {
        let mut condition = json!({"resourceType": "Condition", "id": "c"});
        condition[element] = value;
        check_paths(&condition, &[(path, rule)]);
    }
}
