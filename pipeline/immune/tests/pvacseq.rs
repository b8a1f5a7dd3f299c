//! pVACseq's own tables, cell for cell and row for row.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::fs::{self, File};
use std::path::Path;

use vaxloom_immune::pvacseq::compare::{Agreement, Known, compare};
use vaxloom_immune::pvacseq::rules::{Rules, policy_text};
use vaxloom_immune::pvacseq::{Aggregated, Options, Ranked, moves, rank};

/// Ranks a table and compares every cell.
fn check(scores: &Path, expected: &Path, rules: &Rules, purity: Option<f64>) -> Ranked {
    let name = scores.to_string_lossy();
    let options = Options { purity, ..Options::default() };
    let ranked = rank(&name, File::open(scores).unwrap(), rules, options).unwrap();
    let expected = Aggregated::read("expected", File::open(expected).unwrap()).unwrap();
    assert_eq!(ranked.table.header, expected.header, "{name}");
    for (place, (found, expected)) in ranked.table.rows.iter().zip(&expected.rows).enumerate() {
        for ((column, found), expected) in expected_cells(&ranked.table.header, found).zip(expected)
        {
            assert_eq!(found, expected, "{name}, row {place}, column {column}");
        }
    }
    assert_eq!(ranked.table.rows.len(), expected.rows.len(), "{name}");
    ranked
}

fn expected_cells<'a>(
    header: &'a [String],
    row: &'a [String],
) -> impl Iterator<Item = (&'a String, &'a String)> {
    header.iter().zip(row)
}

/// A case's policy and purity.
fn settings(case: &Path) -> (Rules, Option<f64>) {
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let mut policy = policy_text(&name[..6]).unwrap().to_owned();
    let mut purity = None;
    let changes = fs::read_to_string(case.join("changes.tsv")).unwrap_or_default();
    for (from, to) in changes.lines().map(|line| line.split_once('\t').unwrap()) {
        if from == "purity" {
            purity = Some(to.parse().unwrap());
            continue;
        }
        assert!(policy.contains(from), "{name}: {from}");
        policy = policy.replace(&format!("\n{from}\n"), &format!("\n{to}\n"));
    }
    (Rules::parse(&name, &policy).unwrap(), purity)
}

#[test]
fn invented_tables_are_ranked_as_pvacseq_ranks_them() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pvacseq"));
    let cases = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    let mut tiers = std::collections::BTreeSet::new();
    let checked = cases.map(|case| {
        let (rules, purity) = settings(&case);
        let ranked = check(&case.join("scores.tsv"), &case.join("aggregated.tsv"), &rules, purity);
        tiers.extend(ranked.verdicts.into_iter().map(|verdict| verdict.tier));
    });
    assert_eq!(checked.count(), 12);
    assert_eq!(tiers.len(), 12, "every tier of pvac-7 is there: {tiers:?}");
}

#[test]
fn hcc1395_is_ranked_as_pvacseq_7_ranks_it() {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/acceptance/variants/tiers-pvacseq-7.1.5"
    ));
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let file =
        |name: &str| folder.join(format!("HCC1395_TUMOR_DNA.MHC_I.all_epitopes{name}.tsv.gz"));
    let rules = Rules::built_in("pvac-7").unwrap().unwrap();
    let ranked = check(&file(""), &file(".aggregated"), &rules, None);
    assert_eq!((ranked.rows_read, ranked.table.rows.len()), (52_068, 358));

    // Given back, the table stays as it is.
    let again = check(&file(".aggregated"), &file(".aggregated"), &rules, None);
    assert_eq!(again.verdicts, ranked.verdicts);
    let of_tier =
        |name: &str| ranked.verdicts.iter().filter(|verdict| verdict.tier == name).count();
    assert_eq!((of_tier("Pass"), of_tier("Poor"), of_tier("NoExpr")), (11, 160, 142));
}

/// Given new tiers by the same rules, the tables of pVACseq 6.0.5, of class I and II, stay as they are.
#[test]
fn hcc1395_keeps_the_tiers_of_pvacseq_6() {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/acceptance/variants/hcc1395"
    ));
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let rules = Rules::built_in("pvac-6").unwrap().unwrap();
    for (class, variants) in [("I", 358), ("II", 359)] {
        let file = folder.join(format!("expected.class{class}.aggregated.tsv"));
        assert_eq!(check(&file, &file, &rules, None).table.rows.len(), variants);
    }
}

/// The two versions' tables of the same tumour: 7.1.5 weighs percentiles beside affinity.
#[test]
fn two_versions_of_pvacseq_mostly_choose_the_same_peptides() {
    let folder =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/variants"));
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let six = folder.join("hcc1395/expected.classI.aggregated.tsv");
    let seven =
        folder.join("tiers-pvacseq-7.1.5/HCC1395_TUMOR_DNA.MHC_I.all_epitopes.aggregated.tsv.gz");
    let ours = Aggregated::read("seven", File::open(seven).unwrap()).unwrap();
    let ours = ours.candidates("seven").unwrap();
    let lines = compare("six", File::open(six).unwrap(), &ours, Known::NOTHING).unwrap();
    let count = |agreement| lines.iter().filter(|line| line.agreement == agreement).count();
    // Same, other allele, overlapping, different, absent, added.
    assert_eq!(Agreement::ALL.map(count), [333, 2, 10, 13, 0, 0]);
}

/// Asked for any score to be good, instead of all, the exploratory strategy moves variants up, and says what they lacked.
#[test]
fn another_policy_says_who_moved() {
    let case = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/pvacseq/pvac-7-defaults-2/scores.tsv"
    ));
    let ranked = |policy: &str| {
        let rules = Rules::built_in(policy).unwrap().unwrap();
        rank("scores.tsv", File::open(case).unwrap(), &rules, Options::default()).unwrap()
    };
    let (before, after) = (ranked("pvac-7"), ranked("pvac-7-exploratory"));
    assert_eq!(moves(&before, &before), []);
    let moved = moves(&before, &after);
    let tiers = |name: &str| after.verdicts.iter().filter(|verdict| verdict.tier == name).count();
    assert!(!moved.is_empty() && tiers("Pass") > 0);
    for variant in &moved {
        assert_ne!(variant.before, variant.after);
        if variant.after.tier == "Pass" && variant.before.tier != "Pass" {
            assert!(
                !variant.failed_before.is_empty() && variant.failed_after.is_empty(),
                "{variant:?}"
            );
        }
    }
}
