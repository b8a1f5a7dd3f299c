//! Published records that name people go through the program: nothing that identifies them is in any file, log, report or page.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{path, shared, vaxloom};

/// Names, numbers, contacts, streets and full dates of the records.
fn identifying(value: &Value, element: &str, person: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let kind = map.get("resourceType").and_then(Value::as_str);
            let person = kind.map_or(person, |kind| {
                ["Patient", "Practitioner", "RelatedPerson"].contains(&kind)
            });
            for (key, value) in map {
                let within = match element {
                    "name" | "telecom" | "address" | "identifier" => format!("{element}.{key}"),
                    _ => key.clone(),
                };
                identifying(value, &within, person, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                identifying(item, element, person, found);
            }
        }
        Value::String(text) => {
            let of_person = [
                "name.family",
                "name.given",
                "name.text",
                "telecom.value",
                "address.line",
                "address.city",
            ];
            let number = element == "identifier.value" && text.len() >= 6;
            let bytes = text.as_bytes();
            let dated = bytes.len() >= 10
                && bytes[..10].iter().filter(|b| b.is_ascii_digit()).count() == 8
                && (bytes[4], bytes[7]) == (b'-', b'-');
            if number || (person && of_person.contains(&element)) {
                found.insert(text.clone());
            } else if dated && !["url", "system"].contains(&element) {
                found.insert(text[..10].to_owned());
            }
        }
        _ => {}
    }
}

fn all(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for value in
            serde_json::Deserializer::from_str(&text).into_iter::<Value>().map_while(Result::ok)
        {
            identifying(&value, "", false, &mut found);
        }
    }
    // The given name of one example is a word of many displays, and the first of January is how OMOP writes a year.
    found
        .retain(|value| value.chars().count() > 2 && value != "Test" && !value.ends_with("-01-01"));
    found
}

/// Everything below a folder, as text.
fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let at = entry.unwrap().path();
        if at.is_dir() {
            texts(&at, found);
        } else {
            let text = fs::read(&at).unwrap();
            found.push((at.display().to_string(), String::from_utf8_lossy(&text).into_owned()));
        }
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word).any(|(place, _)| {
        edge(text[..place].chars().next_back()) && edge(text[place + word.len()..].chars().next())
    })
}

#[test]
fn nothing_that_identifies_is_in_any_file_log_or_report() {
    for name in
        ["mcode-4.0.0-examples", "genomics-reporting-3.0.0-examples", "bulk-ndjson-synthea10"]
    {
        let Some(records) = shared(&format!("acceptance/clinical/{name}")) else { return };
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("written").join(name);
        fs::create_dir(folder.path().join("written")).unwrap();
        let loose = folder.path().join("loose.toml");
        fs::write(&loose, "name = \"loose\"\nmax-quarantined = 1.0\n").unwrap();
        let key = folder.path().join("a.key");
        vaxloom(["key", "create", path(&key)]).ended_with(0);
        let mut found = Vec::new();
        let mut take = |what: &str, words: &[&str]| {
            let answer = vaxloom(words);
            assert!([0, 3].contains(&answer.code), "{name}, {what}: {}", answer.stderr);
            // The command's own arguments name the folder of the records.
            found.push((format!("{what}: stdout"), answer.stdout));
            found.push((format!("{what}: stderr"), answer.stderr));
        };
        let keyed = ["--profile", path(&loose), "--key", path(&key), "--project", "P"];
        let checked = [
            "check",
            path(&records),
            "--out",
            path(&at("out")),
            "-o",
            path(&at("report.jsonl")),
            "--page",
            path(&at("page.html")),
            "--audit",
            path(&at("audit.jsonl")),
        ]
        .map(str::to_owned);
        let checked: Vec<&str> = checked.iter().map(String::as_str).collect();
        take("check", &[&checked[..], &keyed].concat());
        for to in ["csv", "omop"] {
            let out = at(to);
            take(
                to,
                &[&["convert", path(&records), "--to", to, "-o", path(&out)][..], &keyed].concat(),
            );
        }
        texts(&at(""), &mut found);
        let values = all(&records);
        assert!(
            found.len() > 20 && values.len() > 50,
            "{} files, {} values",
            found.len(),
            values.len()
        );
        for (file, text) in &found {
            let through: Vec<&String> =
                values.iter().filter(|value| has_word(text, value)).collect();
            assert!(through.is_empty(), "{name}: {through:?} in {file}");
        }
    }
}
