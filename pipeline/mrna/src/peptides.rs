//! Long peptides from FASTA, as pVACvector takes them.

/// A peptide with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peptide {
    /// The header up to the first blank.
    pub name: String,
    /// Upper-case, of the 20 standard residues.
    pub sequence: String,
}

/// Why a file of peptides cannot be used. No message holds a residue text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeptideError {
    /// Text before the first header.
    #[error(
        "{file}, line {line}: a sequence before any header; begin each peptide with a line '>NAME'"
    )]
    NoHeader {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
    },
    /// A header without a name.
    #[error("{file}, line {line}: the header has no name; write '>NAME'")]
    NoName {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
    },
    /// A header without residues.
    #[error("{file}, line {line}: no residues follow; give a peptide or take the header away")]
    Empty {
        /// The file.
        file: String,
        /// 1-based line of the header.
        line: usize,
    },
    /// A letter that is no standard residue.
    #[error("{file}, line {line}, column {column}: found '{found}', {why}")]
    Residue {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// The letter.
        found: char,
        /// What it is, and the remedy.
        why: &'static str,
    },
    /// A name or a sequence twice.
    #[error("{file}, line {line}: the same {what} as at line {first}; keep one of them")]
    Repeated {
        /// The file.
        file: String,
        /// 1-based line of the second header.
        line: usize,
        /// `name` or `peptide`.
        what: &'static str,
        /// 1-based line of the first header.
        first: usize,
    },
    /// Nothing in it.
    #[error("{0}: no peptide; expected FASTA, each peptide under a line '>NAME'")]
    None(String),
}

/// The peptides of a FASTA text; `file` is for messages. Lower case is taken as upper case; blank lines are passed over.
pub fn read_peptides(file: &str, text: &str) -> Result<Vec<Peptide>, PeptideError> {
    let mut found: Vec<(usize, Peptide)> = Vec::new();
    for (at, row) in text.lines().enumerate() {
        let line = at + 1;
        let row = row.trim();
        if let Some(header) = row.strip_prefix('>') {
            let file = file.to_owned();
            let name = header.split_whitespace().next();
            let name = name.ok_or(PeptideError::NoName { file, line })?.to_owned();
            found.push((line, Peptide { name, sequence: String::new() }));
        } else if !row.is_empty() {
            let file_name = file.to_owned();
            let last = found.last_mut().ok_or(PeptideError::NoHeader { file: file_name, line })?;
            last.1.sequence += &residues(file, line, row)?;
        }
    }
    if found.is_empty() {
        return Err(PeptideError::None(file.to_owned()));
    }
    check(file, &found)?;
    Ok(found.into_iter().map(|(_, peptide)| peptide).collect())
}

fn residues(file: &str, line: usize, row: &str) -> Result<String, PeptideError> {
    let upper = row.to_uppercase();
    match crate::sequence::odd_residue(&upper) {
        None => Ok(upper),
        Some((at, found)) => Err(PeptideError::Residue {
            file: file.to_owned(),
            line,
            column: at + 1,
            found,
            why: why(found),
        }),
    }
}

fn why(letter: char) -> &'static str {
    match letter {
        '*' => "a stop: a peptide ends before it, cut it there",
        'X' => "an unknown residue: it cannot be encoded, leave the peptide out",
        'U' => {
            "selenocysteine, which has no codon of its own (or RNA: give protein); leave the peptide out"
        }
        '-' | '.' => "a gap: take it away",
        _ => "expected one of the 20 standard residues",
    }
}

fn check(file: &str, found: &[(usize, Peptide)]) -> Result<(), PeptideError> {
    for (at, (line, peptide)) in found.iter().enumerate() {
        let (file, line) = (file.to_owned(), *line);
        if peptide.sequence.is_empty() {
            return Err(PeptideError::Empty { file, line });
        }
        for (first, other) in &found[..at] {
            let what = match (other.name == peptide.name, other.sequence == peptide.sequence) {
                (true, _) => "name",
                (false, true) => "peptide",
                (false, false) => continue,
            };
            return Err(PeptideError::Repeated { file, line, what, first: *first });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
    use super::*;

    #[test]
    fn peptides_are_read_with_their_names() {
        let read = read_peptides("p.fa", ">A.G12D note\nACDEF\n\nghik\n>B\nLMNPQ\n").unwrap();
        let pairs: Vec<(&str, &str)> =
            read.iter().map(|p| (p.name.as_str(), p.sequence.as_str())).collect();
        assert_eq!(pairs, [("A.G12D", "ACDEFGHIK"), ("B", "LMNPQ")]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let check = |text: &str, message: &str| {
            let error = read_peptides("p.fa", text).unwrap_err().to_string();
            assert!(error.starts_with("p.fa") && error.contains(message), "{error}");
        };
        check("", "no peptide");
        check("ACD\n", "line 1: a sequence before any header");
        check("> \nACD\n", "line 1: the header has no name");
        check(">A\n>B\nACD\n", "line 1: no residues follow");
        check(">A\nAC\nACXD\n", "line 3, column 3: found 'X', an unknown residue");
        check(">A\nACD*\n", "line 2, column 4: found '*', a stop");
        check(">A\nACDU\n", "column 4: found 'U', selenocysteine");
        check(">A\nAC1\n", "found '1', expected one of the 20");
        check(">A\nACD\n>A\nACE\n", "line 3: the same name as at line 1");
        check(">A\nACD\n>B\nacd\n", "line 3: the same peptide as at line 1");
    }

    #[test]
    fn the_peptides_of_pvacvector_are_read() {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/mrna/pvacvector");
        for (name, count) in [("Test.vector.results.input.fa", 10), ("example.input.fa", 5)] {
            let Ok(text) = std::fs::read_to_string(format!("{folder}/{name}")) else {
                println!("skipped: the shared pVACvector example is not here");
                return;
            };
            let peptides = read_peptides(name, &text).unwrap();
            assert_eq!(peptides.len(), count);
            assert!(peptides.iter().all(|peptide| peptide.sequence.len() == 25));
        }
    }
}
