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

/// Words of SQL that are no columns.
const KEYWORDS: [&str; 26] = [
    "all", "and", "any", "as", "between", "bigint", "boolean", "case", "cast", "distinct",
    "double", "else", "end", "escape", "false", "from", "ilike", "in", "int", "is", "like", "not",
    "null", "or", "then", "true",
];

/// The columns that a rule which [`check`] passes names, each with its byte in the rule; functions, texts and comments are none.
pub(super) fn columns(rule: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(first) = rule[place..].chars().next() {
        let rest = &rule[place..];
        let end = match first {
            '\'' => quoted(rest),
            '"' => {
                let end = quoted(rest);
                found.push((place, &rest[1..end.saturating_sub(1).max(1)]));
                end
            }
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            c if c.is_alphabetic() || c == '_' => {
                let end =
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let word = &rest[..end];
                let function = rest[end..].trim_start().starts_with('(');
                let keyword =
                    KEYWORDS.iter().chain(&["when"]).any(|known| word.eq_ignore_ascii_case(known));
                if !function && !keyword {
                    found.push((place, word));
                }
                end
            }
            c if c.is_ascii_digit() => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        place += end;
    }
    found
}

/// Length of the quoted text that `rest` begins with.
fn quoted(rest: &str) -> usize {
    let mut letters = rest.char_indices();
    let quote = letters.next().map(|(_, quote)| quote);
    letters.find(|(_, letter)| Some(*letter) == quote).map_or(rest.len(), |(end, _)| end + 1)
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
    fn columns_are_neither_functions_nor_texts() {
        for (rule, expected) in [
            ("coalesce(a < 1e5, TRUE) AND NOT (b IS NULL)", vec!["a", "b"]),
            (
                "gene = 'it''s x' OR \"odd column\" > 2 -- y\n AND z_1 IN (1.5, 2)",
                vec!["gene", "odd column", "z_1"],
            ),
            ("CASE WHEN a THEN b ELSE FALSE END", vec!["a", "b"]),
            ("TRUE", vec![]),
        ] {
            let found: Vec<&str> = columns(rule).into_iter().map(|(_, name)| name).collect();
            assert_eq!(found, expected, "{rule}");
            assert!(
                columns(rule)
                    .into_iter()
                    .all(|(place, name)| rule[place..].trim_start_matches('"').starts_with(name))
            );
        }
    }

    #[test]
    fn only_true_is_always_true() {
        assert!(is_always_true(" true\n"));
        assert!(!is_always_true("1 = 1"));
    }
}
