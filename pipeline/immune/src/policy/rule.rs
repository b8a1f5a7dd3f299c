//! The form of a rule: one SQL condition that stays within its brackets. Its meaning is checked by the query engine.

/// Whether the rule is `TRUE`.
pub(super) fn is_always_true(rule: &str) -> bool {
    rule.trim().eq_ignore_ascii_case("true")
}

/// Brackets and quotes are closed, and there is one condition, not a statement after it.
pub(super) fn check(rule: &str) -> Result<(), &'static str> {
    let mut depth = 0_usize;
    let mut empty = true;
    let mut rest = rule.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, next)| next).trim_start();
            continue;
        }
        empty = false;
        rest = match first {
            '\'' | '"' => after.split_once(first).ok_or("has a quote that is not closed")?.1,
            ';' => return Err("has a ';': expected one SQL condition"),
            '/' if after.starts_with('*') => {
                return Err("has a block comment: use -- to the end of the line");
            }
            _ => after,
        }
        .trim_start();
        depth = match first {
            '(' => depth + 1,
            ')' => depth.checked_sub(1).ok_or("closes a bracket that it did not open")?,
            _ => depth,
        };
    }
    match (empty, depth) {
        (true, _) => Err("is empty: expected an SQL condition, such as mt_percentile < 2.0"),
        (false, 0) => Ok(()),
        _ => Err("has a bracket that is not closed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_stay_within_their_brackets() {
        for rule in [
            "TRUE",
            "a < 1 AND (b IS NULL OR (c))",
            "gene = 'it''s ;)' OR \"odd)column\" > 1",
            "a < 1 -- it's (a comment;\n AND b",
        ] {
            assert_eq!(check(rule), Ok(()), "{rule}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for (rule, reason) in [
            ("", "is empty"),
            (" \n -- only words", "is empty"),
            ("a) OR (b", "closes a bracket"),
            ("(a", "has a bracket"),
            ("a = 'x", "has a quote"),
            ("a; DROP TABLE neoantigen", "has a ';'"),
            ("a /* ) */", "has a block comment"),
        ] {
            assert!(check(rule).is_err_and(|error| error.starts_with(reason)), "{rule}");
        }
    }

    #[test]
    fn only_true_is_always_true() {
        assert!(is_always_true(" true\n"));
        assert!(!is_always_true("1 = 1"));
    }
}
