//! Folders through `check_dir`: what comes out, what the report says, and bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use vaxloom_clinical::{
    check::{CheckError, Options, Read, Summary, check_dir, stream_file},
    deid::Profile,
    pseudonym::ProjectKey,
    tabular::no_parquet,
};

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    dir
}

fn options() -> Options {
    Options {
        profile: Profile { max_quarantined: 1.0, ..Profile::safe_harbor() },
        key: None,
        year: 2026,
        places: 2,
        parquet: no_parquet,
    }
}

/// Summary and report.
fn check(dir: &Path, options: Options, out: Option<&Path>) -> (Summary, String) {
    let mut report = Vec::new();
    let summary = check_dir(dir, options, &mut report, out).unwrap();
    (summary, String::from_utf8(report).unwrap())
}

fn patient(id: &str) -> String {
    json!({"resourceType": "Patient", "id": id, "gender": "female", "birthDate": "1965"})
        .to_string()
}

fn condition(id: &str, patient: &str) -> String {
    json!({"resourceType": "Condition", "id": id, "subject": {"reference": format!("Patient/{patient}")}}).to_string()
}

#[test]
fn clean_records_pass_and_are_written_as_they_are() {
    let text = format!("{}\n{}\n", patient("p"), condition("c", "p"));
    let dir = folder(&[("Patient.000.ndjson", text.as_bytes())]);
    let out = tempfile::tempdir().unwrap();
    let (summary, report) = check(dir.path(), options(), Some(out.path()));
    assert_eq!(
        (summary.verdict(), summary.exit_code(), summary.resources, summary.passed),
        ("pass", 0, 2, 2)
    );
    assert_eq!(fs::read_to_string(out.path().join("Patient.000.ndjson")).unwrap(), text);
    assert_eq!(report.lines().count(), 1);
    let last: Value = serde_json::from_str(report.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["verdict"], &last["summary"]["profile"], &last["summary"]["types"]["Patient"]),
        (&json!("pass"), &json!("safe-harbor"), &json!(1))
    );
}

/// Name, file, content; breaches by rule, and how many resources pass.
type Case<'c> = (&'c str, &'c str, Vec<u8>, &'c [(&'c str, usize)], usize);

#[test]
fn bad_input_one_case_each() {
    let p = patient("p");
    let bundle =
        |entries: &str| format!("{{\"resourceType\": \"Bundle\", \"entry\": [{entries}]}}");
    let deep = format!(
        "{{\"resourceType\":\"Patient\",\"id\":\"d\",\"extension\":{}{}}}",
        "[{\"extension\":".repeat(90),
        "1".to_owned() + &"}]".repeat(90)
    );
    let cases: &[Case] = &[
        ("broken JSON in the middle", "a.ndjson", format!("{p}\n{{\"resourceType\": \"Pat\n{}\n", patient("q")).into(), &[("format.json", 1)], 2),
        ("broken JSON at the beginning", "a.ndjson", format!("{{\"resourceType\": \"Patient\", \"id\"}}\n{p}\n{}\n", patient("q")).into(), &[("format.json", 1)], 2),
        ("invalid UTF-8", "a.ndjson", [p.as_bytes(), b"\n{\"resourceType\": \"Patient\", \"id\": \"\xff\"}\n"].concat(), &[("format.utf8", 1)], 1),
        ("byte-order mark", "a.ndjson", [b"\xEF\xBB\xBF", p.as_bytes(), b"\n", patient("q").as_bytes()].concat(), &[], 2),
        ("byte-order mark before a document", "a.json", [b"\xEF\xBB\xBF", p.as_bytes()].concat(), &[], 1),
        ("line ends of Windows", "a.ndjson", format!("{p}\r\n\r\n{}\r\n", patient("q")).into(), &[], 2),
        ("lines under the name of a document", "a.json", format!("{p}\n{}\n", patient("q")).into(), &[], 2),
        ("a printed document under the name of lines", "a.ndjson", p.replace(',', ",\n").into(), &[], 1),
        ("a list of resources", "a.json", format!("[{p},{}]", patient("q")).into(), &[], 2),
        ("same id, other content", "a.ndjson", format!("{p}\n{}\n", p.replace("1965", "1970")).into(), &[("format.duplicate", 1)], 1),
        ("dangling reference", "a.ndjson", format!("{p}\n{}\n", condition("c", "x")).into(), &[("format.dangling-reference", 1)], 2),
        ("unknown type", "a.ndjson", format!("{p}\n{{\"resourceType\": \"Lemke\"}}\n").into(), &[("format.unknown-type", 1)], 1),
        ("type of no table", "a.ndjson", format!("{p}\n{{\"resourceType\": \"Claim\", \"id\": \"c\"}}\n").into(), &[("format.type-not-taken", 1)], 1),
        ("FHIR R5", "a.ndjson", format!("{p}\n{{\"resourceType\": \"Encounter\", \"id\": \"e\", \"actualPeriod\": {{}}}}\n").into(), &[("format.fhir-r5", 1)], 1),
        ("FHIR STU3", "a.ndjson", format!("{p}\n{{\"resourceType\": \"Condition\", \"id\": \"e\", \"assertedDate\": \"2017\"}}\n").into(), &[("format.fhir-stu3", 1)], 1),
        ("deep nesting", "a.ndjson", format!("{p}\n{deep}\n").into(), &[("format.depth", 1)], 1),
        ("no id", "a.ndjson", format!("{p}\n{{\"resourceType\": \"Condition\"}}\n").into(), &[("format.missing-id", 1)], 1),
        ("no FHIR", "a.ndjson", format!("{p}\n{{\"Lemke\": 1}}\n").into(), &[("format.not-fhir", 1)], 1),
        ("a scalar", "a.json", b"\"Lemke\"".to_vec(), &[("format.json", 1)], 0),
        ("an empty file", "a.json", Vec::new(), &[("format.json", 1)], 0),
        ("an empty file of lines", "a.ndjson", Vec::new(), &[("format.json", 1)], 0),
        ("a Bundle that breaks off", "a.json", bundle(&format!("{{\"resource\": {p}}}, {{\"resource\": {{\"res")).into(), &[("format.json", 1)], 1),
        ("a Bundle with an entry that is none", "a.json", bundle(&format!("{{\"resource\": {p}}}, 7, {{\"request\": {{}}}}")).into(), &[("format.not-fhir", 1)], 1),
        ("a manifest", "a.json", b"{\"transactionTime\": \"2020-01-01T00:00:00Z\", \"output\": []}".to_vec(), &[], 0),
    ];
    for (case, name, content, rules, passed) in cases {
        let (summary, report) = check(folder(&[(name, content)]).path(), options(), None);
        let expected: BTreeMap<&str, usize> = rules.iter().copied().collect();
        assert_eq!((&summary.rules, summary.passed), (&expected, *passed), "{case}: {report}");
        assert!(!report.contains("Lemke"), "{case}");
    }
}

#[test]
fn two_files_that_claim_one_resource() {
    let (p, q) = (patient("p"), patient("p").replace("1965", "1970"));
    let dir = folder(&[
        ("a.ndjson", p.as_bytes()),
        ("b.ndjson", p.as_bytes()),
        ("c.ndjson", q.as_bytes()),
    ]);
    let (summary, report) = check(dir.path(), options(), None);
    assert_eq!((summary.passed, summary.repeats, summary.quarantined), (1, 1, 1));
    let reason: Value = serde_json::from_str(report.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&reason["file"], &reason["line"], &reason["rule"], &reason["verdict"]),
        (&json!("c.ndjson"), &json!(1), &json!("format.duplicate"), &json!("quarantined"))
    );
}

#[test]
fn a_bundle_is_streamed_and_its_urls_resolved() {
    let entries: Vec<Value> = (0..500)
        .flat_map(|n| {
            let patient = json!({"fullUrl": format!("urn:uuid:p{n}"), "resource": {"resourceType": "Patient", "id": n.to_string()}});
            let condition = json!({"resource": {"resourceType": "Condition", "id": n.to_string(), "subject": {"reference": format!("urn:uuid:p{n}")}}});
            [condition, patient]
        })
        .collect();
    let text = serde_json::to_vec(
        &json!({"resourceType": "Bundle", "type": "collection", "entry": entries}),
    )
    .unwrap();
    let dir = folder(&[("a.json", &text)]);
    let mut lines = Vec::new();
    stream_file(&dir.path().join("a.json"), |read| {
        if let Read::Entry(entry) = read {
            lines.push(entry.line);
        }
        lines.len() < 10
    })
    .unwrap();
    assert_eq!(lines, (1..=10).collect::<Vec<_>>());
    let (summary, _) = check(dir.path(), options(), None);
    assert_eq!((summary.resources, summary.dangling), (1000, 0));
}

#[test]
fn a_bundle_that_says_so_last() {
    let entry = format!("[{{\"resource\": {}}}]", patient("p"));
    let dir = folder(&[(
        "a.json",
        format!("{{\"entry\": {entry}, \"resourceType\": \"Bundle\"}}").as_bytes(),
    )]);
    assert_eq!(check(dir.path(), options(), None).0.passed, 1);
}

#[test]
fn a_batch_over_the_threshold_is_refused_and_leaves_nothing() {
    let bad = "{\"resourceType\": \"Patient\"}\n";
    let text = format!("{}\n{bad}{bad}", patient("p"));
    let dir = folder(&[("a.ndjson", text.as_bytes())]);
    let out = tempfile::tempdir().unwrap();
    let profile = Profile { max_quarantined: 0.4, ..Profile::safe_harbor() };
    let (summary, _) = check(dir.path(), Options { profile, ..options() }, Some(out.path()));
    assert_eq!((summary.verdict(), summary.exit_code()), ("refused", 4));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    let (summary, _) = check(dir.path(), options(), Some(out.path()));
    assert_eq!((summary.verdict(), summary.exit_code()), ("quarantined", 3));
    assert_eq!(fs::read_to_string(out.path().join("a.ndjson")).unwrap(), patient("p") + "\n");
}

#[test]
fn reasons_are_told_a_few_times_and_then_counted() {
    let person = |n: usize| {
        json!({"resourceType": "Patient", "id": n.to_string(), "name": [{"family": "Xylander"}, {"family": "Y"}]}).to_string()
    };
    let text = (0..50).map(person).collect::<Vec<_>>().join("\n");
    let (summary, report) = check(folder(&[("a.ndjson", text.as_bytes())]).path(), options(), None);
    assert_eq!((summary.transformed, summary.rules["deid.name"]), (50, 100));
    let rows: Vec<Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!(
        rows[2],
        json!({"file": "a.ndjson", "path": "Patient.name", "rule": "deid.name", "count": 100})
    );
    assert!(!report.contains("Xylander"));
}

#[test]
fn names_of_files_can_tell_too() {
    for (name, told) in [
        ("mrn_0048213.ndjson", "0048213"),
        ("dr. quux.ndjson", "quux"),
        ("JohnSmith_notes.json", "Smith"),
        ("johnSmith1965.json", "Smith"),
        ("john_smith.json", "smith"),
        ("SMITH_JOHN.json", "SMITH"),
        ("letters/agnes.json", "agnes"),
        ("scan_1965-03-14.json", "03-14"),
        ("555-532-1156.json", "532-1156"),
        ("quux@example.org.json", "quux"),
        // The family name is that of the record, which may be in the file itself.
        ("Aaa_Xylander752.json", "Xylander"),
        ("notesXylander.json", "Xylander"),
        ("xylander.json", "xylander"),
    ] {
        let named = json!({"resourceType": "Patient", "id": "p", "name": [{"family": "Xylander"}]});
        let dir = folder(&[(name, named.to_string().as_bytes())]);
        let out = tempfile::tempdir().unwrap();
        let (summary, report) = check(dir.path(), options(), Some(out.path()));
        assert_eq!(summary.rules["deid.file-name"], 1, "{name}");
        assert!(!report.contains(told), "{name}: {report}");
        let written: Vec<String> = fs::read_dir(out.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(written.iter().all(|written| !written.contains(told)), "{name}: {written:?}");
    }
    for name in [
        "Patient.000.ndjson",
        "MedicationRequest.012.ndjson",
        "AllergyIntolerance.json",
        "export-10/Bundle.json",
        "clinical.json",
        "VX-0001.json",
    ] {
        let dir = folder(&[(name, patient("p").as_bytes())]);
        assert!(check(dir.path(), options(), None).0.rules.is_empty(), "{name}");
    }
}

#[test]
fn names_are_known_before_the_texts_that_have_them() {
    let specimen = json!({"resourceType": "Specimen", "id": "s", "type": {"text": "swab from Xylandra Quuxley"}}).to_string();
    let person = json!({"resourceType": "Patient", "id": "p", "name": [{"family": "Quuxley", "given": ["Xylandra"]}]}).to_string();
    let dir =
        folder(&[("Alpha.ndjson", specimen.as_bytes()), ("Patient.ndjson", person.as_bytes())]);
    let out = tempfile::tempdir().unwrap();
    let (summary, _) = check(dir.path(), options(), Some(out.path()));
    assert_eq!(summary.rules["deid.text.name"], 1);
    assert!(!fs::read_to_string(out.path().join("Alpha.ndjson")).unwrap().contains("Quuxley"));
}

#[test]
fn one_key_for_two_sources_joins_them() {
    let key = ProjectKey::from_bytes(&[3; 32], "p").unwrap();
    let one = folder(&[("a.ndjson", patient("p").as_bytes())]);
    let other = folder(&[("b.ndjson", condition("c", "p").as_bytes())]);
    let out = tempfile::tempdir().unwrap();
    for dir in [&one, &other] {
        let (summary, _) =
            check(dir.path(), Options { key: Some(key.clone()), ..options() }, Some(out.path()));
        assert_eq!(summary.key_id.as_deref(), Some(key.id()));
    }
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(out.path().join(name)).unwrap()).unwrap()
    };
    let patient = format!("Patient/{}", read("a.ndjson")["id"].as_str().unwrap());
    assert_eq!(read("b.ndjson")["subject"]["reference"], patient);
    assert_eq!(patient, format!("Patient/{}", key.pseudonym("Patient", "p")));
}

#[test]
fn files_of_other_kinds_are_named_and_do_not_go_on() {
    let dir = folder(&[
        ("a.ndjson", patient("p").as_bytes()),
        ("scan of Dr. Quuxley.pdf", b"x"),
        ("a.ndjson.gz", b"x"),
        ("log.ndjson", b"{}"),
    ]);
    let out = tempfile::tempdir().unwrap();
    let (summary, report) = check(dir.path(), options(), Some(out.path()));
    assert_eq!(
        (
            summary.files,
            summary.other_files,
            summary.rules["format.not-checked"],
            summary.verdict()
        ),
        (1, 3, 3, "pass")
    );
    assert!(!report.contains("Quuxley"));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
}

#[test]
fn tables_are_looked_through() {
    let dir = folder(&[
        ("clinical.tsv", b"PATIENT_ID\tSEX\tPATIENT_NAME\tCANCER_TYPE\np1\tF\tXylander Quux\tBreast\n999-18-8203\tM\t\tBreast\np3\tM\t\tsee Dr. Quux\n"),
        ("omop/person.csv", b"person_id,gender_concept_id,year_of_birth,person_source_value\n1,8532,1960,MRN12\n1,8532\n"),
    ]);
    let (summary, report) = check(dir.path(), options(), None);
    assert_eq!(
        (
            summary.tables,
            summary.resources,
            summary.passed,
            summary.transformed,
            summary.quarantined
        ),
        (2, 5, 0, 3, 2)
    );
    let rules: Vec<&str> = summary.rules.keys().copied().collect();
    assert_eq!(
        rules,
        ["deid.id", "deid.identifier", "deid.name", "deid.text.name", "format.columns"]
    );
    for value in ["Xylander", "Quux", "8203", "MRN12"] {
        assert!(!report.contains(value), "{value}: {report}");
    }
}

#[test]
fn a_folder_that_is_not_there() {
    let error =
        check_dir(Path::new("no-such-folder"), options(), &mut Vec::new(), None).unwrap_err();
    assert!(matches!(error, CheckError::Read(_)));
    assert!(error.to_string().starts_with("no-such-folder: no such folder of records"));
}
