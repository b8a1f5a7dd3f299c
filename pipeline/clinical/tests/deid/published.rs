//! mCODE (CC0), Genomics Reporting (CC0) and Synthea (Apache-2.0) examples name people: none of it comes through.

use std::collections::BTreeSet;

use serde_json::Value;
use vaxloom_clinical::deid::Verdict;

use crate::{examples, gate, leaves, resources};

/// Names, numbers, contacts, streets and full dates of a resource.
fn identifying(resource: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, value) in leaves(resource) {
        let Ok(value) = serde_json::from_str::<String>(&value) else { continue };
        let person = ["Patient.", "Practitioner.", "RelatedPerson."]
            .iter()
            .any(|start| path.starts_with(start));
        let named = [
            ".name.family",
            ".name.given",
            ".name.text",
            ".telecom.value",
            ".address.line",
            ".address.city",
        ];
        // Shorter numbers stand in many other places, such as those of genes.
        let number = path.ends_with("dentifier.value") && value.len() >= 6;
        // Whole words only are searched for, so a date with its time stands for itself too.
        let date = value.get(..10).is_some_and(|day| {
            day.as_bytes()[4] == b'-'
                && day.as_bytes()[7] == b'-'
                && day.bytes().filter(u8::is_ascii_digit).count() == 8
        });
        if (person && named.iter().any(|end| path.ends_with(end))) || number {
            found.insert(value);
        } else if date && !path.contains(".url") && !path.contains(".system") {
            found.insert(value[..10].to_owned());
        }
    }
    // One of the examples' given names is a word of many displays.
    found.retain(|value| value.chars().count() > 2 && value != "Test");
    found
}

fn has_word(text: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word).any(|(place, _)| {
        edge(text[..place].chars().next_back()) && edge(text[place + word.len()..].chars().next())
    })
}

fn check(name: &str, least: usize) {
    let Some(dir) = examples(name) else { return };
    let resources: Vec<Value> = resources(&dir)
        .into_iter()
        .filter(|resource| resource["resourceType"].is_string())
        .collect();
    let mut gate = gate();
    for resource in &resources {
        gate.learn(resource);
    }
    let (mut output, mut all, mut counts) = (String::new(), BTreeSet::new(), [0; 3]);
    for resource in &resources {
        let values = identifying(resource);
        let mut copy = resource.clone();
        let outcome = gate.pass(&mut copy);
        assert!(
            values.is_empty() || outcome.verdict != Verdict::Pass,
            "{name}: {} {} passes",
            resource["resourceType"],
            resource["id"]
        );
        counts[outcome.verdict as usize] += 1;
        if outcome.verdict != Verdict::Quarantined {
            output += &copy.to_string();
            output.push('\n');
        }
        // Reports are searched as well.
        output.extend(
            outcome
                .breaches()
                .map(|breach| format!("{} {} {}\n", breach.path, breach.rule, breach.message)),
        );
        all.extend(values);
    }
    println!(
        "{name}: {} resources, pass/transformed/quarantined {counts:?}, {} values to search for",
        resources.len(),
        all.len()
    );
    assert!(all.len() >= least, "{} values", all.len());
    // A look at single words first: most values have one that stands nowhere.
    let words: std::collections::HashSet<&str> =
        output.split(|c: char| !c.is_alphanumeric()).collect();
    let possible = |value: &&String| {
        value
            .split(|c: char| !c.is_alphanumeric())
            .all(|word| word.is_empty() || words.contains(word))
    };
    let through: Vec<&String> =
        all.iter().filter(possible).filter(|value| has_word(&output, value)).collect();
    assert!(through.is_empty(), "{name}: came through: {through:?}");
}

#[test]
fn nothing_of_the_mcode_examples_comes_through() {
    check("mcode-4.0.0-examples", 100);
}

#[test]
fn nothing_of_the_genomics_examples_comes_through() {
    check("genomics-reporting-3.0.0-examples", 50);
}

#[test]
fn nothing_of_the_synthea_export_comes_through() {
    check("bulk-ndjson-synthea10", 500);
}
