//! Kinds of files, and bad bytes in them.

use std::path::Path;

use vaxloom_clinical::ReadError;

use crate::*;

#[test]
fn formats_are_told_apart_by_content() {
    let both = lines(&[patient("p"), of("Condition", "c", "p")]);
    let marked = [b"\xEF\xBB\xBF".as_slice(), &both].concat();
    let windows = String::from_utf8(both.clone()).unwrap().replace('\n', "\r\n\r\n");
    let printed =
        bundle(&[("urn:uuid:1", patient("p")), ("urn:uuid:2", of("Condition", "c", "p"))]);
    let marked_printed = [b"\xEF\xBB\xBF".as_slice(), &printed].concat();
    for (name, content) in [
        ("lines.ndjson", both.as_slice()),
        ("lines.JSONL", &both),
        ("marked.ndjson", &marked),
        ("windows.ndjson", windows.as_bytes()),
        ("lines.json", &both),
        ("bundle.json", &printed),
        ("marked.json", &marked_printed),
        ("bundle.ndjson", &printed),
    ] {
        let records = read(&[(name, content)]);
        assert_eq!(
            (records.patients.len(), records.conditions.len(), records.held),
            (1, 1, 0),
            "{name}"
        );
    }
}

#[test]
fn bad_bytes_cost_their_line_or_file_only() {
    let good = lines(&[patient("p")]);
    for (name, content, expected) in [
        (
            "a.ndjson",
            [good.as_slice(), b"{\"resourceType\": \"Xyl\n", &lines(&[of("Condition", "c", "p")])]
                .concat(),
            (2, "format.json"),
        ),
        ("a.ndjson", [good.as_slice(), b"{\"id\": \"\xFF\"}\n"].concat(), (2, "format.utf8")),
        ("a.json", b"{\n  \"resourceType\": \"Patient\",\n  oops".to_vec(), (3, "format.json")),
        ("a.json", b"{\n  \"id\": \"\xFF\"}".to_vec(), (2, "format.utf8")),
        ("a.json", b"[1]".to_vec(), (1, "format.not-fhir")),
    ] {
        let records = read(&[(name, &content), ("z.ndjson", &good)]);
        assert_eq!(records.patients.len(), 1, "{expected:?}");
        let found: Vec<_> = quarantine(&records).iter().map(|q| (q.0, q.2)).collect();
        assert_eq!(found, [expected]);
    }
}

#[test]
fn files_that_are_not_records_are_passed_over() {
    let good = lines(&[patient("p")]);
    let records = read(&[
        ("p.ndjson", &good),
        ("log.ndjson", b"{\"eventId\": \"kickoff\"}"),
        ("manifest.json", b"{}"),
        ("export.json", b"{\"transactionTime\": \"2024-01-01T00:00:00Z\", \"output\": []}"),
        (".hidden.json", b"oops"),
        ("README.md", b"oops"),
    ]);
    assert_eq!((records.read, records.kept), (1, 1));
}

#[test]
fn a_folder_without_records_is_an_error() {
    let missing = read_dir(Path::new("no/such/folder")).unwrap_err();
    assert!(matches!(missing, ReadError::NoFolder(_)));
    assert!(missing.to_string().contains("no/such/folder: no such folder"), "{missing}");
    for files in
        [vec![], vec![("README.md", b"x".as_slice())], vec![("a.json", b"{\"a\": 1}".as_slice())]]
    {
        let error = read_dir(folder(&files).path()).unwrap_err();
        assert!(matches!(error, ReadError::NoRecords(_)), "{error}");
        assert!(error.to_string().contains("expected FHIR R4"), "{error}");
    }
}
