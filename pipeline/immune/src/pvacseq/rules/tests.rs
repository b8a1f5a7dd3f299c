#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

/// The message of `pvac-7` after one change.
fn refusal(from: &str, to: &str) -> String {
    let text = policy_text("pvac-7").unwrap();
    assert!(text.contains(from), "{from}");
    Rules::parse("p.toml", &text.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn built_in_rules_can_be_read() {
    for name in BUILT_IN {
        let rules = Rules::built_in(name).unwrap().unwrap();
        assert_eq!(rules.name, name);
        assert!(Rules::is_meant_by(policy_text(name).unwrap()));
    }
    let evidence = crate::policy::policy_text("evidence").unwrap();
    assert!(Rules::built_in("pvac-8").is_none() && !Rules::is_meant_by(evidence));
    let [conservative, exploratory] =
        ["pvac-7", "pvac-7-exploratory"].map(|name| Rules::built_in(name).unwrap().unwrap());
    assert_eq!(
        Rules { strategy: Strategy::Any, name: exploratory.name.clone(), ..conservative },
        exploratory
    );
}

/// Line of the file that holds a text.
fn line(text: &str) -> usize {
    let before = policy_text("pvac-7").unwrap().split_once(text).unwrap().0;
    1 + before.matches('\n').count()
}

#[test]
fn unusable_rules_are_refused_with_their_line() {
    for (from, to, expected) in [
        ("ranks = [\"ic50\"", "ranks = [\"ic5O\"", "there is no column \"ic5O\""),
        ("then = [\"ic50\", \"mane", "then = [\"gene\", \"mane", "there is no column \"gene\""),
        ("then = [\"ic50\", \"gene\"", "then = [\"tsl\", \"gene\"", "there is no column \"tsl\""),
        ("[\"-allele_expression\"", "[\"-gene\"", "-gene is text and has no rank"),
        ("immunogenicity = [\"imm", "immunogenicity = [\"in", "there is no metric"),
        ("immunogenicity = [\"imm", "anchor = [\"imm", "check anchor has a name that is taken"),
        (
            "\"immunogenicity\", \"presentation\", \"expr",
            "\"affinity\", \"expr",
            "there is no check \"affinity\"",
        ),
        (
            "fail = [\"binding\"]",
            "fail = [\"binding\", \"anchor\"]",
            "asks anchor both to pass and to fail",
        ),
        (
            "fail = [\"transcript\"]",
            "fail = [\"protein_coding\"]",
            "there is no check \"protein_coding\"",
        ),
        ("    \"Pass\", ", "    ", "tier Pass is 0 times in the order"),
        ("    \"Pass\", ", "    \"Pass\", \"Pass\", ", "tier Pass is 2 times in the order"),
        ("    \"Pass\", ", "    \"Good\", ", "there is no tier \"Good\""),
        (
            "\"binding_percentile\", \"imm",
            "\"imm",
            "binding_percentile is asked for and not in `reported`",
        ),
        ("subclonal = 0.5", "subclonal = 50", "a fraction is not from 0 to 1"),
        ("\nic50 = 500\n", "\nic50 = -1\n", "a limit is negative"),
        ("clonal_vaf = 0.5", "clonal_vaf = 0.7", "clonal_vaf is above copy_neutral_vaf"),
        ("summary = \"median\"", "summary = \"mean\"", "unknown variant `mean`"),
        ("tsl = 1", "tls = 1", "unknown field `tls`"),
    ] {
        let message = refusal(from, to);
        assert!(
            message.contains(expected) && message.contains("p.toml, line "),
            "{from}: {message}"
        );
    }
    assert!(
        refusal("fail = [\"transcript\"]", "fail = [\"x\"]")
            .contains(&format!("line {}:", line("fail = [\"transcript\"]")))
    );
}

#[test]
fn no_variant_is_left_without_a_tier_and_every_tier_can_be_reached() {
    for (from, to, expected) in [
        ("name = \"Poor\"", "name = \"Poor\"\nfail = [\"clonal\"]", "tier Poor: the last tier"),
        (
            "pass = [\"no_expression\"]\nfail = [\"low_expression\"]",
            "",
            "tier NoExpr: the last tier",
        ),
        ("name = \"Poor\"", "name = \"NoExpr\"", "tier NoExpr is there twice"),
        (
            "fail = [\"binding\"]",
            "fail = [\"scores\"]\n[[tier]]\nname = \"X\"\npass = [\"immunogenicity\", \"presentation\", \"expressed\", \"clonal\", \"transcript\", \"anchor\", \"no_reference_match\", \"no_problematic_position\"]\nfail = [\"scores\", \"binding\"]",
            "tier X is never reached: PoorBinder",
        ),
    ] {
        let message = refusal(from, to);
        assert!(message.contains(expected), "{from}: {message}");
    }
}
