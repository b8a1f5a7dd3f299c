//! Pairs of Cumulus ETL (Apache-2.0): what its expected output removed does not survive ours, and what it keeps and we remove is listed.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::{examples, gate, leaves};

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cumulus-differences.tsv");
const HEAD: &str = "# What Cumulus ETL's expected outputs keep and the gate removes or reduces (profile safe-harbor), with the rule.\nfile\telement\trule\n";

fn read(path: &std::path::Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn nothing_that_cumulus_removes_survives() {
    let Some(dir) = examples("cumulus-etl-deid/tests/data/deid") else { return };
    let mut differences = BTreeSet::new();
    let mut survivors = Vec::new();
    let mut pairs = 0;
    for entry in fs::read_dir(dir.join("input")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let (input, theirs) = (read(&path), read(&dir.join("output").join(&name)));
        let mut ours = input.clone();
        let outcome = gate().pass(&mut ours);
        let (input, theirs, ours) = (leaves(&input), leaves(&theirs), leaves(&ours));
        for leaf in &input {
            if !theirs.contains(leaf) && ours.contains(leaf) {
                survivors.push(format!("{name}: {}", leaf.0));
            }
        }
        for (element, value) in theirs {
            let pseudonym = [".reference", ".id"].iter().any(|end| element.ends_with(end));
            if pseudonym || ours.contains(&(element.clone(), value)) {
                continue;
            }
            // Their mark for a note that was masked has no value of the record.
            if element.contains("._") {
                continue;
            }
            let covers = |path: &str| {
                let path: String = path.split(['[', ']']).step_by(2).collect();
                element == path
                    || element.starts_with(&format!("{path}."))
                    || path.strip_suffix('?').is_some_and(|start| element.starts_with(start))
            };
            let rule = outcome.breaches().find(|breach| covers(breach.path));
            let rule = rule.unwrap_or_else(|| panic!("{name}: {element} is gone without a rule"));
            differences.insert(format!("{name}\t{element}\t{}\n", rule.rule));
        }
        pairs += 1;
    }
    assert_eq!(pairs, 28);
    assert!(survivors.is_empty(), "{survivors:#?}");
    let found = HEAD.to_owned() + &differences.into_iter().collect::<String>();
    if std::env::var_os("VAXLOOM_WRITE_LISTS").is_some() {
        fs::write(LIST, &found).unwrap();
    }
    assert_eq!(
        found,
        fs::read_to_string(LIST).unwrap(),
        "run with VAXLOOM_WRITE_LISTS=1 and look at the difference"
    );
}
