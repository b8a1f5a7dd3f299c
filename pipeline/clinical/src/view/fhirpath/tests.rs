//! Expressions and what they give, one line each; the official suite runs in `tests/view.rs`.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};

use super::*;

fn patient() -> Value {
    json!({
        "resourceType": "Patient", "id": "p", "birthDate": "1970-06", "active": true, "multipleBirthInteger": 2,
        "_gender": {"extension": [{"url": "why", "valueCode": "masked"}]},
        "name": [{"family": "Ä b", "given": ["x", null, "y"], "_given": [null, {"extension": [{"url": "u", "valueString": "z"}]}, null]}, {"family": "c"}],
        "contained": [{"resourceType": "Group", "id": "g"}],
        "link": [{"other": {"reference": "Patient/q/_history/2"}}, {"other": {"reference": "https://h/Patient/q"}}, {"other": {"reference": "#g"}},
            {"other": {"reference": "urn:uuid:1-2", "type": "Patient"}}],
        "extension": [{"url": "n", "valueDecimal": 1.5}, {"url": "n", "valueDecimal": 2}],
        "deceasedDateTime": "2020-01-01T10:00:00+01:00"
    })
}

fn evaluate(text: &str) -> Result<Vec<Value>, ViewFault> {
    let resource = patient();
    let expression = Expression::parse(text, &Constants::new())?;
    let items = expression
        .evaluate(&[Item::node(&resource)], Environment { resource: &resource, row_index: 3 })?;
    Ok(items.iter().map(|item| serde_json::from_str(&item.to_json()).unwrap()).collect())
}

#[test]
fn values() {
    for (text, expected) in [
        ("Patient.id", json!(["p"])),
        ("name.given", json!(["x", null, "y"])),
        ("name.given.extension('u').value", json!(["z"])),
        ("gender.exists()", json!([true])),
        ("gender.hasValue()", json!([false])),
        ("gender.extension('why').value.ofType(code)", json!(["masked"])),
        ("name.given[1].extension.value", json!(["z"])),
        ("name[1].family | name[0].given[0]", json!(["c", "x"])),
        ("multipleBirth.ofType(integer) + 1", json!([3])),
        ("multipleBirth is integer", json!([true])),
        ("(multipleBirth as boolean).empty()", json!([true])),
        ("multipleBirth.ofType(boolean)", json!([])),
        ("contained.ofType(Group).id", json!(["g"])),
        ("contained.ofType(Patient)", json!([])),
        ("link.other.getReferenceKey(Patient)", json!(["q", "https://h/Patient/q", "1-2"])),
        ("link.other.getReferenceKey(Group)", json!([])),
        ("getResourceKey()", json!(["p"])),
        ("extension('n').value.ofType(decimal).first() < 2", json!([true])),
        ("2 + 3 * 4 - 10 / 4", json!([11.5])),
        ("7 div 2 = 3 and 7 mod 2 = 1", json!([true])),
        ("1 / 0", json!([])),
        ("0.1 + 0.2 = 0.3", json!([true])),
        ("-(2) < -1", json!([true])),
        ("{} and false", json!([false])),
        ("{} or true", json!([true])),
        ("({} and true).empty()", json!([true])),
        ("false implies {}", json!([true])),
        ("true xor true", json!([false])),
        ("birthDate < @1971", json!([true])),
        ("birthDate = @1970", json!([])),
        ("birthDate = @1970-06", json!([true])),
        ("deceased = @2020-01-01T09:00:00Z", json!([true])),
        ("deceased > @2020-01-01T09:00:00.001Z", json!([false])),
        ("@T10:30 < @T10:31", json!([true])),
        ("birthDate.highBoundary()", json!(["1970-06-30"])),
        ("@2020-02.highBoundary()", json!(["2020-02-29"])),
        ("deceased.highBoundary()", json!(["2020-01-01T10:00:00.999+01:00"])),
        ("1.587.lowBoundary()", json!([1.5865])),
        ("name.family.count()", json!([2])),
        ("name.select(given.count())", json!([3, 0])),
        ("name.where($index = 1).family", json!(["c"])),
        ("name.all(family.exists())", json!([true])),
        ("name.family.skip(1).take(5)", json!(["c"])),
        ("name.family.first().length()", json!([3])),
        ("name.family.first().substring(2)", json!(["b"])),
        ("name.family.first().upper()", json!(["Ä B"])),
        ("name.family.first() ~ 'ä  B'", json!([true])),
        ("'abc'.contains('b') and 'abc'.startsWith('a') and 'abc'.endsWith('c')", json!([true])),
        ("'abc'.indexOf('c')", json!([2])),
        ("'a-b'.replace('-', '')", json!(["ab"])),
        ("'a' & {} & 'b'", json!(["ab"])),
        ("'x' in name.given", json!([true])),
        ("name.given contains 'z'", json!([false])),
        ("iif(active, 'yes', 'no')", json!(["yes"])),
        ("iif(active.not(), 'yes')", json!([])),
        ("%rowIndex", json!([3])),
        ("%resource.id", json!(["p"])),
        ("'\\u00e4\\''", json!(["ä'"])),
        ("`name`.`family`[0] /* first */ // end", json!(["Ä b"])),
        ("'12'.toInteger() + 1", json!([13])),
        ("(1 | 2 | 1).count()", json!([2])),
        ("name.family != name.family", json!([false])),
    ] {
        assert_eq!(evaluate(text).map(Value::from), Ok(expected), "{text}");
    }
}

#[test]
fn faults_in_the_expression() {
    for (text, at) in [
        ("", 1),
        ("@@", 1),
        ("name.", 6),
        ("name family", 6),
        ("name.where(", 12),
        ("name.frist()", 6),
        ("name.first(1)", 6),
        ("%unknown", 1),
        ("'open", 1),
        ("'\\x'", 3),
        ("4 'mg'", 1),
        ("@2020-13", 1),
        ("a ? b", 3),
        ("99999999999999999999", 1),
    ] {
        let fault = Expression::parse(text, &Constants::new()).unwrap_err();
        assert!(
            matches!(fault, ViewFault::Syntax { at: found, .. } if found == at),
            "{text}: {fault}"
        );
    }
    assert!(Expression::parse(&"(".repeat(10_000), &Constants::new()).is_err());
}

#[test]
fn faults_in_the_data() {
    for text in [
        "name.family.single()",
        "name.family < 'x'",
        "active < 1",
        "active + 1",
        "name.ofType(HumanName)",
        "birthDate.length() + 'x'",
        "id.lowBoundary()",
    ] {
        assert!(matches!(evaluate(text), Err(ViewFault::Evaluation(_))), "{text}");
    }
}
