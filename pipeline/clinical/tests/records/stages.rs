//! A stage observation and the condition that it belongs to.

use serde_json::json;

use crate::*;

#[test]
fn a_stage_finds_its_condition() {
    let focus = |target: &str| json!({"focus": [{"reference": target}]});
    let one = vec![of("Condition", "c", "p")];
    let two = vec![of("Condition", "c", "p"), of("Condition", "d", "p")];
    let assessed = vec![
        with(
            of("Condition", "c", "p"),
            &json!({"stage": [{"assessment": [{"reference": "Observation/s"}]}]}),
        ),
        of("Condition", "d", "p"),
    ];
    let own = vec![with(
        of("Condition", "c", "p"),
        &json!({"stage": [{"summary": coded("ajcc", "2", "II")}]}),
    )];
    let grade = json!({"code": coded("nci", "C1", ""), "effectiveDateTime": "2022",
        "meta": {"profile": ["http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-stage"]}});
    let pathologic =
        json!({"code": coded(SNOMED, "399588009", ""), "effectiveDateTime": "2020-01-01"});
    for (name, conditions, stages, expected, held) in [
        (
            "in focus",
            &two,
            vec![stage("s", "p", "I", &focus("Condition/d"))],
            vec![None, Some("I")],
            0,
        ),
        ("only condition", &one, vec![stage("s", "p", "I", &json!({}))], vec![Some("I")], 0),
        (
            "focus on a body part",
            &one,
            vec![stage("s", "p", "I", &focus("BodyStructure/b"))],
            vec![Some("I")],
            0,
        ),
        (
            "two conditions, no focus",
            &two,
            vec![stage("s", "p", "I", &json!({}))],
            vec![None, None],
            1,
        ),
        ("no condition", &vec![], vec![stage("s", "p", "I", &json!({}))], vec![], 1),
        (
            "focus elsewhere is not guessed",
            &one,
            vec![stage("s", "p", "I", &focus("Condition/x"))],
            vec![Some(""); 0],
            1,
        ),
        (
            "named as assessment",
            &assessed,
            vec![stage("s", "p", "I", &json!({}))],
            vec![Some("I"), None],
            0,
        ),
        ("in the condition itself", &own, vec![], vec![Some("II")], 0),
        (
            "the observation wins over the condition",
            &own,
            vec![stage("s", "p", "III", &json!({}))],
            vec![Some("III")],
            0,
        ),
        (
            "TNM before a later grade",
            &one,
            vec![stage("a", "p", "II", &json!({})), stage("b", "p", "Gleason 4", &grade)],
            vec![Some("II")],
            0,
        ),
        (
            "a grade does not replace the condition's own stage",
            &own,
            vec![stage("b", "p", "Gleason 4", &grade)],
            vec![Some("II")],
            0,
        ),
        (
            "the latest",
            &one,
            vec![
                stage("a", "p", "IV", &json!({"effectiveDateTime": "2021"})),
                stage("b", "p", "I", &json!({"effectiveDateTime": "2020-05"})),
            ],
            vec![Some("IV")],
            0,
        ),
        (
            "pathologic on the same date",
            &one,
            vec![
                stage("a", "p", "II", &pathologic),
                stage("b", "p", "I", &json!({"effectiveDateTime": "2020-01-01"})),
            ],
            vec![Some("II")],
            0,
        ),
    ] {
        let expected = if expected.is_empty() { vec![None; conditions.len()] } else { expected };
        let mut resources = [vec![patient("p")], conditions.clone(), stages].concat();
        for order in ["as given", "reversed"] {
            let records = read_lines(&resources);
            let found: Vec<_> =
                records.conditions.iter().map(|c| c.stage_group.as_deref()).collect();
            assert_eq!((found, records.held), (expected.clone(), held), "{name}, {order}");
            resources.reverse();
        }
    }
}

#[test]
fn a_stage_never_reaches_another_patients_condition() {
    let stage = stage("s", "q", "IV", &json!({"focus": [{"reference": "Condition/c"}]}));
    let records = read_lines(&[patient("p"), patient("q"), of("Condition", "c", "p"), stage]);
    assert_eq!(records.conditions[0].stage_group, None);
    assert_eq!(
        quarantine(&records),
        [(4, "Observation.focus", "format.stage-condition", Some("q"))]
    );
}
