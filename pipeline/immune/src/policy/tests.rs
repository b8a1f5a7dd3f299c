#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const SMALL: &str = r#"name = "small"
description = "two tiers"
[[tier]]
name = "Can't miss"
when = "mt_percentile < 0.5"
meaning = "strong"
[[tier]]
name = "Rest"
when = "TRUE"
meaning = "all others"
candidate = false
[[sort]]
by = "allele_expression"
descending = true
[[sort]]
by = "mt_percentile"
"#;

fn check_refused(text: &str, line: &str, said: &str) {
    let error = Policy::parse("mine.toml", text).expect_err(text).to_string();
    let place = if line.is_empty() {
        "policy mine.toml".to_owned()
    } else {
        format!("policy mine.toml, line {line}:")
    };
    assert!(error.starts_with(&place) && error.contains(said), "{error}");
}

#[test]
fn a_policy_becomes_sql() {
    let policy = Policy::parse("small.toml", SMALL).unwrap();
    assert_eq!(policy.tiers.len(), 2);
    assert_eq!(
        policy.tier_case_sql(),
        "CASE WHEN (mt_percentile < 0.5\n) THEN 'Can''t miss' WHEN (TRUE\n) THEN 'Rest' END"
    );
    assert_eq!(
        policy.tier_index_case_sql(),
        "CASE WHEN (mt_percentile < 0.5\n) THEN 0 WHEN (TRUE\n) THEN 1 END"
    );
    assert_eq!(
        policy.order_by_sql(&["gene", "variant_id"]),
        "\"allele_expression\" DESC NULLS LAST, \"mt_percentile\" ASC NULLS LAST, \
         \"gene\" ASC NULLS LAST, \"variant_id\" ASC NULLS LAST"
    );
}

#[test]
fn mistakes_are_named_with_their_line() {
    let change = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        SMALL.replacen(from, to, 1)
    };
    let no_tier = "name = \"x\"\ndescription = \"y\"\n";
    for (text, line, said) in [
        (change("description", "descripton"), "2", "descripton"),
        (change("meaning = \"strong\"", "maening = \"strong\""), "6", "maening"),
        (change("candidate = false", "candidate = \"no\""), "11", "boolean"),
        (change("when = \"mt", "when = mt"), "5", ""),
        (change("\"Rest\"", "\"Can't miss\""), "8", "twice"),
        (change("\"Rest\"", "\" \""), "8", "empty"),
        (change("\"TRUE\"", "\"tsl > 1\""), "9", "must have the rule"),
        (change("mt_percentile < 0.5", "true"), "5", "must have the rule"),
        (change("mt_percentile < 0.5", "(mt_percentile < 0.5"), "5", "bracket"),
        (change("\"allele_expression\"", "\"rank; x\""), "13", "cannot sort by"),
        (
            change("meaning = \"strong\"", "meaning = \"strong\"\ncandidate = false"),
            "",
            "every tier has candidate = false",
        ),
        (no_tier.to_owned(), "", "has no tier"),
    ] {
        check_refused(&text, line, said);
    }
}

#[test]
fn rules_for_other_tables_are_refused_with_their_line() {
    let columns = ["mt_percentile", "allele_expression", "gene"];
    assert!(Policy::parse_for("mine.toml", SMALL, &columns).is_ok());
    let two_lines = "when = \"\"\"\ncoalesce(mt_percentile, 100) < 0.5\nAND genes = 'IC50'\"\"\"";
    for (from, to, line, said) in [
        ("when = \"mt_percentile < 0.5\"", "when = \"ic50 < 500\"", 5, "no column \"ic50\""),
        ("when = \"mt_percentile < 0.5\"", two_lines, 7, "no column \"genes\""),
        ("by = \"mt_percentile\"", "by = \"ic50\"", 16, "no column \"ic50\""),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert!(Policy::parse("mine.toml", &text).is_ok());
        let error = Policy::parse_for("mine.toml", &text, &columns).unwrap_err().to_string();
        assert!(error.starts_with(&format!("policy mine.toml, line {line}: ")), "{error}");
        assert!(error.contains(said) && error.contains("allele_expression, gene"), "{error}");
    }
}

#[test]
fn a_rule_that_an_earlier_tier_has_is_refused() {
    let again = "[[tier]]\nname = \"Again\"\nwhen = \"mt_percentile  <\\n 0.5\"\nmeaning = \"x\"\n[[tier]]\nname = \"Rest\"";
    let text = SMALL.replacen("[[tier]]\nname = \"Rest\"", again, 1);
    check_refused(&text, "9", "tier Again is never reached: its rule is that of Can't miss");
}

#[test]
fn the_built_in_policies_hold() {
    for name in BUILT_IN {
        let policy = Policy::built_in(name).unwrap().unwrap();
        assert_eq!(policy.name, name);
        assert!(policy.tiers.iter().all(|tier| !tier.meaning.is_empty()));
        assert_eq!(policy.best_sql(), Policy::DEFAULT_BEST);
    }
    let stops = Policy::built_in("vaxloom").unwrap().unwrap();
    let last: Vec<&str> =
        stops.tiers.iter().filter(|tier| tier.last).map(|tier| tier.name.as_str()).collect();
    assert_eq!(last, ["NotSomatic", "PartOfMnv", "SelfMatch", "MachineryLost"]);
    let candidates: Vec<&str> =
        stops.tiers.iter().filter(|tier| tier.candidate).map(|tier| tier.name.as_str()).collect();
    assert_eq!(candidates, ["Pass"]);
}

#[test]
fn a_policy_may_choose_the_peptide_that_stands_for_a_mutation() {
    let text = format!("{SMALL}\n[[best]]\nby = \"affinity_nm\"\n");
    let policy = Policy::parse("mine.toml", &text).unwrap();
    assert_eq!(policy.best_sql(), "\"affinity_nm\" ASC NULLS LAST");
    let line = text.lines().count().to_string();
    check_refused(&text.replace("affinity_nm", "gene"), &line, "column of [[best]] \"gene\"");
}

#[test]
fn policy_evidence_has_the_tiers_of_pvacseq() {
    let policy = Policy::built_in("evidence").unwrap().unwrap();
    let names: Vec<&str> = policy.tiers.iter().map(|tier| tier.name.as_str()).collect();
    let expected = [
        "NotSomatic",
        "PartOfMnv",
        "Pass",
        "PoorTranscript",
        "LowExpr",
        "Anchor",
        "Subclonal",
        "PoorBinder",
        "NoExpr",
        "Poor",
    ];
    assert_eq!(names, expected);
    let ranks: Vec<String> = policy
        .tier_index_case_sql()
        .split(") THEN ")
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
        .collect();
    assert_eq!(
        ranks,
        ["8", "9", "0", "1", "2", "3", "4", "5", "6", "7"],
        "tested first, ranked last"
    );
    let candidates: Vec<&str> =
        policy.tiers.iter().filter(|tier| tier.candidate).map(|tier| tier.name.as_str()).collect();
    assert_eq!(candidates, ["Pass", "PoorTranscript", "LowExpr", "Subclonal"]);
}

#[test]
fn anchors_are_the_first_and_last_two_residues() {
    for (length, start, end, expected) in [
        (9, 1, 1, true),
        (9, 2, 2, true),
        (9, 1, 2, true),
        (9, 8, 9, true),
        (9, 9, 9, true),
        (9, 3, 3, false),
        (9, 2, 3, false),
        (9, 7, 8, false),
        (9, 1, 3, false),
        (9, 1, 9, false),
        (9, 0, 1, false),
        (9, 9, 10, false),
        (9, 2, 1, false),
        (8, 7, 7, true),
        (11, 9, 9, false),
    ] {
        assert_eq!(anchor_only(length, start, end), expected, "{length} {start}-{end}");
    }
}
