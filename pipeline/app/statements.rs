//! Texts of several SQL statements.

/// The statements of a text that have their semicolon, and what is left after the last. Semicolons in quotes and comments end
/// nothing.
pub(crate) fn statements(text: &str) -> (Vec<String>, &str) {
    let (mut statements, mut start) = (Vec::new(), 0);
    let mut within: Option<&str> = None;
    let mut skip = 0;
    for (at, c) in text.char_indices() {
        if at < skip {
            continue;
        }
        let rest = &text[at..];
        match within {
            Some(end) if rest.starts_with(end) => {
                (within, skip) = (None, at + end.len());
            }
            None if c == '\'' => within = Some("'"),
            None if c == '"' => within = Some("\""),
            None if rest.starts_with("--") => within = Some("\n"),
            None if rest.starts_with("/*") => (within, skip) = (Some("*/"), at + 2),
            None if c == ';' => {
                statements.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            Some(_) | None => {}
        }
    }
    statements.retain(|statement| !statement.is_empty());
    (statements, &text[start..])
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn statements_end_with_their_semicolon() {
        let cases: [(&str, &[&str], &str); 6] = [
            ("SELECT 1;", &["SELECT 1"], ""),
            ("SELECT 1; SELECT\n2 ; S", &["SELECT 1", "SELECT\n2"], " S"),
            ("SELECT ';' ; x", &["SELECT ';'"], " x"),
            ("SELECT \"a;\";;", &["SELECT \"a;\""], ""),
            ("SELECT 1 -- one; two\n;", &["SELECT 1 -- one; two"], ""),
            ("/* ; */ SELECT 1", &[], "/* ; */ SELECT 1"),
        ];
        for (text, expected, rest) in cases {
            let (found, left) = statements(text);
            assert_eq!(
                (found.iter().map(String::as_str).collect::<Vec<_>>(), left),
                (expected.to_vec(), rest),
                "{text}"
            );
        }
    }
}
