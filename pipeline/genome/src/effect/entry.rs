//! What is said of one record for one transcript: entries as `bcftools csq` writes them, joined where they say the same.

use std::fmt;

use super::terms::Terms;

/// The residues that one or more changes on a haplotype touch, in whole codons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// 1-based residue of the wild type where `reference` begins.
    pub(crate) reference_at: i64,
    /// Residues of the wild type, `*` for a stop.
    pub(crate) reference: String,
    /// 1-based residue of the changed protein where `alternative` begins.
    pub(crate) alternative_at: i64,
    /// `None` where the residues stay.
    pub(crate) alternative: Option<String>,
    /// The changes, `3630T>A+3632A>C`.
    pub(crate) changes: String,
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "|{}{}", self.reference_at, self.reference)?;
        if let Some(alternative) = &self.alternative {
            write!(f, ">{}{alternative}", self.alternative_at)?;
        }
        write!(f, "|{}", self.changes)
    }
}

/// One thing that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) terms: Terms,
    pub(crate) window: Option<Window>,
    /// The 1-based position of the record that says it for this one.
    pub(crate) said_at: Option<i64>,
}

impl Entry {
    pub(crate) fn of(terms: Terms) -> Self {
        Self { terms, window: None, said_at: None }
    }
}

/// Everything that is said of one allele for one transcript on one haplotype.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entries(pub(crate) Vec<Entry>);

impl Entries {
    /// Adds what is not said yet.
    pub(crate) fn add(&mut self, mut entry: Entry) {
        if entry.terms.any(Terms::SPLICE_SITE) {
            entry.terms -= Terms::SPLICE_REGION;
        }
        let known = if entry.said_at.is_some() {
            self.refers(&entry)
        } else if entry.terms.any(Terms::COMPOUND) {
            self.joins_compound(&entry)
        } else {
            self.joins_other(&entry)
        };
        if !known {
            self.0.push(entry);
        }
    }

    /// A reference to another record takes the place of a start or stop that was told by position alone.
    fn refers(&mut self, entry: &Entry) -> bool {
        for known in &mut self.0 {
            if entry.terms.any(Terms::START_STOP) && known.terms.any(Terms::START_STOP) {
                *known = entry.clone();
                return true;
            }
            if known.said_at == entry.said_at {
                return true;
            }
        }
        false
    }

    fn joins_compound(&mut self, entry: &Entry) -> bool {
        for known in &mut self.0 {
            if entry.terms.any(Terms::UPSTREAM_STOP) != known.terms.any(Terms::UPSTREAM_STOP) {
                continue;
            }
            if entry.window.is_none() != known.window.is_none() {
                // A start or stop told by position, and the same told by the residues.
                if !(entry.terms.any(Terms::START_STOP) && known.terms.any(Terms::START_STOP)) {
                    continue;
                }
                known.terms |= entry.terms;
                if known.terms.any(Terms::STOP_RETAINED) {
                    known.terms -= Terms::STOP_LOST | Terms::SYNONYMOUS;
                }
                if known.window.is_none() {
                    known.window.clone_from(&entry.window);
                }
                return true;
            }
            if entry.window == known.window {
                known.terms |= entry.terms;
                return true;
            }
        }
        false
    }

    fn joins_other(&mut self, entry: &Entry) -> bool {
        for known in &mut self.0 {
            if !known.terms.any(Terms::COMPOUND) {
                known.terms |= entry.terms;
                return true;
            }
            if known.terms.holds(entry.terms) {
                return true;
            }
        }
        false
    }

    /// All terms, without what says nothing beside others.
    pub(crate) fn terms(&self) -> Terms {
        let said = self.0.iter().filter(|entry| entry.said_at.is_none());
        said.fold(Terms::NONE, |all, entry| all | entry.terms.settled())
    }
}
