//! Codon usage tables: which codons write a residue, and how often each is taken.

use std::collections::BTreeMap;

use crate::codon;
use crate::energy::{Base, LETTERS};
use crate::sequence::RESIDUES;

/// A codon with its share among its synonyms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// The three bases.
    pub bases: [Base; 3],
    /// Relative adaptiveness: its share over the best synonym's, above 0 and up to 1.
    pub weight: f64,
}

/// Usage of all 64 codons. A codon of share 0 is never taken.
#[derive(Debug, Clone, PartialEq)]
pub struct CodonTable {
    usage: BTreeMap<char, Vec<Usage>>,
}

/// Why a codon table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodonTableError {
    /// A row that is no codon, residue and share.
    #[error("{file}, line {line}: found '{found}', expected {expected}")]
    Row {
        /// The file.
        file: String,
        /// 1-based.
        line: usize,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// A codon twice.
    #[error("{file}, line {line}: codon {codon} stands here for the second time")]
    Twice {
        /// The file.
        file: String,
        /// 1-based.
        line: usize,
        /// The codon.
        codon: String,
    },
    /// Codons that no row gives.
    #[error("{file}: no row for codon {codons}; a table holds all 64")]
    Missing {
        /// The file.
        file: String,
        /// The codons, joined by commas.
        codons: String,
    },
    /// A residue that no codon writes.
    #[error("{file}: every codon of residue '{residue}' has share 0; one of them must be above")]
    Unused {
        /// The file.
        file: String,
        /// The residue, `*` for stop.
        residue: char,
    },
}

impl CodonTable {
    /// Human usage as in [`crate::codon`]: Kazusa, two decimals.
    pub fn human() -> Self {
        let usage = RESIDUES.chars().chain(['*']).map(|residue| {
            let shares = codon::synonyms(residue).unwrap_or_default();
            let shares = shares
                .iter()
                .filter_map(|&(codon, share)| Some((bases(codon)?, f64::from(share) / 100.0)));
            (residue, weighted(shares.collect()))
        });
        Self { usage: usage.collect() }
    }

    /// Reads rows `codon,residue,share`, as LinearDesign's and LinearCDSfold's tables have them; tabs or semicolons do as
    /// well, more columns are passed over, `#` begins a comment, and a first row of names is one. `file` is for messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, CodonTableError> {
        let mut shares: BTreeMap<char, Vec<([Base; 3], f64)>> = BTreeMap::new();
        let mut seen: BTreeMap<[Base; 3], usize> = BTreeMap::new();
        let rows = text.trim_start_matches('\u{feff}').lines().enumerate();
        for (at, row) in rows.map(|(at, row)| (at, row.trim())) {
            let header = at == 0 && row.to_ascii_lowercase().starts_with("codon");
            if row.is_empty() || row.starts_with('#') || header {
                continue;
            }
            let (codon, residue, share) = read_row(file, at + 1, row)?;
            if seen.insert(codon, at + 1).is_some() {
                return Err(CodonTableError::Twice {
                    file: file.to_owned(),
                    line: at + 1,
                    codon: letters(codon),
                });
            }
            shares.entry(residue).or_default().push((codon, share));
        }
        let missing: Vec<String> =
            every_codon().filter(|codon| !seen.contains_key(codon)).map(letters).collect();
        if !missing.is_empty() {
            return Err(CodonTableError::Missing {
                file: file.to_owned(),
                codons: missing.join(", "),
            });
        }
        if let Some((&residue, _)) =
            shares.iter().find(|(_, shares)| shares.iter().all(|(_, share)| *share == 0.0))
        {
            return Err(CodonTableError::Unused { file: file.to_owned(), residue });
        }
        Ok(Self {
            usage: shares
                .into_iter()
                .map(|(residue, shares)| (residue, weighted(shares)))
                .collect(),
        })
    }

    /// The codons of a residue (`*` for stop) in the order of their letters; none for any other letter.
    pub fn codons(&self, residue: char) -> &[Usage] {
        self.usage.get(&residue).map_or(&[], Vec::as_slice)
    }

    /// The residue that a codon writes, with the codon's weight.
    pub(crate) fn read(&self, codon: &[Base]) -> Option<(char, f64)> {
        let find = |(residue, codons): (&char, &Vec<Usage>)| {
            let usage = codons.iter().find(|usage| usage.bases == codon)?;
            Some((*residue, usage.weight))
        };
        self.usage.iter().find_map(find)
    }
}

fn read_row(file: &str, line: usize, row: &str) -> Result<([Base; 3], char, f64), CodonTableError> {
    let wrong = |found: &str, expected: &str| CodonTableError::Row {
        file: file.to_owned(),
        line,
        found: found.to_owned(),
        expected: expected.to_owned(),
    };
    let cells: Vec<&str> = row.split([',', '\t', ';']).map(str::trim).collect();
    let [codon, residue, share, ..] = cells.as_slice() else {
        return Err(wrong(row, "codon, residue and share, such as GCU,A,0.26"));
    };
    let bases =
        bases(codon).ok_or_else(|| wrong(codon, "a codon of three letters A, C, G, U or T"))?;
    let standard = codon::weight(&letters(bases)).map_or('?', |(residue, _)| residue);
    if *residue != standard.to_string() {
        let expected = format!("'{standard}', which {codon} writes in the standard genetic code");
        return Err(wrong(residue, &expected));
    }
    let share: f64 = share.parse().map_err(|_| wrong(share, "a share from 0 upwards"))?;
    if !share.is_finite() || share < 0.0 {
        return Err(wrong(&share.to_string(), "a share from 0 upwards"));
    }
    Ok((bases, standard, share))
}

fn weighted(mut shares: Vec<([Base; 3], f64)>) -> Vec<Usage> {
    shares.sort_by_key(|(bases, _)| *bases);
    let best = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let taken = shares.into_iter().filter(|(_, share)| *share > 0.0);
    taken.map(|(bases, share)| Usage { bases, weight: share / best }).collect()
}

fn bases(codon: &str) -> Option<[Base; 3]> {
    let base = |letter: char| match letter.to_ascii_uppercase() {
        'A' => Some(1),
        'C' => Some(2),
        'G' => Some(3),
        'U' | 'T' => Some(4),
        _ => None,
    };
    let bases: Option<Vec<Base>> = codon.chars().map(base).collect();
    bases?.try_into().ok()
}

fn letters(codon: [Base; 3]) -> String {
    codon.iter().map(|&base| char::from(LETTERS[usize::from(base)])).collect()
}

fn every_codon() -> impl Iterator<Item = [Base; 3]> {
    (1..5).flat_map(|a| (1..5).flat_map(move |b| (1..5).map(move |c| [a, b, c])))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(change: impl Fn(String) -> Option<String>) -> String {
        let rows = every_codon().map(|codon| {
            let (residue, weight) = CodonTable::human().read(&codon).unwrap();
            format!("{},{residue},{weight}", letters(codon))
        });
        rows.filter_map(change)
            .fold("# triplet, amino acid, share\n".to_owned(), |text, row| text + &row + "\n")
    }

    #[test]
    fn a_table_reads_as_it_was_written() {
        assert_eq!(CodonTable::parse("t.csv", &text(Some)).unwrap(), CodonTable::human());
        let with_tabs =
            text(Some).replace(',', "\t").replace('U', "T").replace("# triplet", "codon\t#");
        assert_eq!(CodonTable::parse("t.tsv", &with_tabs).unwrap(), CodonTable::human());
        assert_eq!(CodonTable::human().codons('M').len(), 1);
        assert!(CodonTable::human().codons('X').is_empty());
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let say = |text: &str| CodonTable::parse("t.csv", text).unwrap_err().to_string();
        let without = text(|row| (!row.starts_with("GCU")).then_some(row));
        assert_eq!(say(&without), "t.csv: no row for codon GCU; a table holds all 64");
        let unknown = say(&text(|row| Some(row.replace("GCU,A", "GCU,B"))));
        assert!(unknown.contains("found 'B', expected 'A', which GCU writes"), "{unknown}");
        assert!(say(&(text(Some) + "GCU,A,0.1\n")).contains("GCU stands here for the second time"));
        assert!(say("GCU,A,much").contains("line 1: found 'much', expected a share"));
        assert!(say("GCX,A,0.1").contains("expected a codon"));
        assert!(say("GCU A").contains("expected codon, residue and share"));
        let unused =
            text(|row| Some(if row.starts_with("AUG") { "AUG,M,0".to_owned() } else { row }));
        assert!(say(&unused).contains("residue 'M' has share 0"));
    }

    #[test]
    fn a_codon_of_share_zero_is_never_taken() {
        let rare =
            text(|row| Some(if row.starts_with("UUA") { "UUA,L,0".to_owned() } else { row }));
        assert_eq!(CodonTable::parse("t.csv", &rare).unwrap().codons('L').len(), 5);
    }
}
