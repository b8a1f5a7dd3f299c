//! Changes as HGVS names them, and how they are written.

use std::fmt::{self, Display, Formatter};

use super::short::CODES;

/// `ENSP00000269305.4:p.(Arg175His)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProteinChange {
    /// Identifier of the protein, if one is given.
    pub accession: Option<String>,
    /// Whether parentheses mark it as predicted.
    pub predicted: bool,
    /// What changes.
    pub edit: ProteinEdit,
}

/// What changes in a protein. Residues are IUPAC-IUB one-letter codes, `*` a stop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProteinEdit {
    /// `p.?`: not known.
    Unknown,
    /// `p.0`, or `p.0?` where it is only likely: no protein is made.
    NoProtein {
        /// With the question mark.
        likely: bool,
    },
    /// `p.=`: nothing changes.
    Unchanged,
    /// `p.Met1?`: the start codon is lost.
    StartLost(Residue),
    /// `p.Leu54=`, `p.Leu54_Arg55=`: these residues stay.
    Same(Residue, Option<Residue>),
    /// `p.Gly12Asp`, `p.Glu11Ter`.
    Substitution(Residue, char),
    /// `p.Arg97ProfsTer23`: first changed residue, what it becomes, and the place of the new stop counted from it.
    Frameshift(Residue, Option<char>, Distance),
    /// `p.Ter110GlnextTer17`: the stop, what it becomes, and the place of the new stop counted from it.
    Extension(Residue, char, Distance),
    /// `p.Lys23_Val25del`: first and last residue.
    Deletion(Residue, Option<Residue>),
    /// `p.Gly4_Gln6dup`: first and last residue.
    Duplication(Residue, Option<Residue>),
    /// `p.Lys2_Leu3insGlnSer`: the neighbours, and what comes between them.
    Insertion(Residue, Residue, String),
    /// `p.Cys28delinsTrpVal`: first and last residue, and what comes for them.
    DelIns(Residue, Option<Residue>, String),
}

/// A residue of the wild type and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Residue {
    /// One-letter code.
    pub code: char,
    /// 1-based.
    pub position: u32,
}

/// The place of a new stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distance {
    /// Not written: `p.Arg97fs`.
    Omitted,
    /// No stop is found: `fsTer?`.
    Unknown,
    /// `fsTer23`: the first changed residue is 1.
    Known(u32),
}

/// `ENST00000269305.9:c.375+2T>G`, and the same for `g.`, `m.` and `n.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CodingChange {
    /// Identifier of the reference sequence, if one is given.
    pub accession: Option<String>,
    /// Kind of the reference sequence: `c`, `g`, `m` or `n`.
    pub kind: char,
    /// First changed base; of an insertion the base before it.
    pub first: CodingPosition,
    /// Last changed base, where it is another one; of an insertion the base behind it.
    pub last: Option<CodingPosition>,
    /// What happens to them.
    pub edit: CodingEdit,
}

/// A base of a transcript or of its introns: `*34-3` is `after_stop`, base 34, offset -3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodingPosition {
    /// Whether it is counted from the stop codon (`*`).
    pub after_stop: bool,
    /// Base of the transcript. Negative before the start codon, and behind `*` in what VEP writes for some upstream
    /// bases (`c.*-779T>C`).
    pub base: i64,
    /// Bases from there into the intron; 0 in an exon.
    pub offset: i64,
}

/// What happens to bases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CodingEdit {
    /// `=`
    Same,
    /// `G>A`
    Substitution(char, char),
    /// `del`; deleted bases that are written out are not kept.
    Deletion,
    /// `dup`; the same.
    Duplication,
    /// `inv`
    Inversion,
    /// `insACG`
    Insertion(String),
    /// `delinsTT`, also where it is written `delGinsTT` or `GG>TT`.
    DelIns(String),
}

impl Display for ProteinChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        prefix(f, self.accession.as_deref())?;
        if self.predicted { write!(f, "p.({})", self.edit) } else { write!(f, "p.{}", self.edit) }
    }
}

impl Display for ProteinEdit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let span = |first: &Residue, last: &Option<Residue>| match last {
            Some(last) => format!("{first}_{last}"),
            None => first.to_string(),
        };
        match self {
            Self::Unknown => f.write_str("?"),
            Self::NoProtein { likely } => f.write_str(if *likely { "0?" } else { "0" }),
            Self::Unchanged => f.write_str("="),
            Self::StartLost(first) => write!(f, "{first}?"),
            Self::Same(first, last) => write!(f, "{}=", span(first, last)),
            Self::Substitution(old, new) => write!(f, "{old}{}", three_letters(*new)),
            Self::Frameshift(old, new, stop) => {
                write!(f, "{old}{}fs{stop}", new.map_or("", three_letters))
            }
            Self::Extension(old, new, stop) => write!(f, "{old}{}ext{stop}", three_letters(*new)),
            Self::Deletion(first, last) => write!(f, "{}del", span(first, last)),
            Self::Duplication(first, last) => write!(f, "{}dup", span(first, last)),
            Self::Insertion(first, last, new) => write!(f, "{first}_{last}ins{}", spelled(new)),
            Self::DelIns(first, last, new) => {
                write!(f, "{}delins{}", span(first, last), spelled(new))
            }
        }
    }
}

impl Display for Residue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", three_letters(self.code), self.position)
    }
}

impl Display for Distance {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Omitted => Ok(()),
            Self::Unknown => f.write_str("Ter?"),
            Self::Known(distance) => write!(f, "Ter{distance}"),
        }
    }
}

impl Display for CodingChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        prefix(f, self.accession.as_deref())?;
        write!(f, "{}.{}", self.kind, self.first)?;
        if let Some(last) = &self.last {
            write!(f, "_{last}")?;
        }
        match &self.edit {
            CodingEdit::Same => f.write_str("="),
            CodingEdit::Substitution(old, new) => write!(f, "{old}>{new}"),
            CodingEdit::Deletion => f.write_str("del"),
            CodingEdit::Duplication => f.write_str("dup"),
            CodingEdit::Inversion => f.write_str("inv"),
            CodingEdit::Insertion(new) => write!(f, "ins{new}"),
            CodingEdit::DelIns(new) => write!(f, "delins{new}"),
        }
    }
}

impl Display for CodingPosition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.after_stop { "*" } else { "" }, self.base)?;
        if self.offset == 0 { Ok(()) } else { write!(f, "{:+}", self.offset) }
    }
}

fn prefix(f: &mut Formatter<'_>, accession: Option<&str>) -> fmt::Result {
    accession.map_or(Ok(()), |accession| write!(f, "{accession}:"))
}

/// `Xaa` for what is no residue.
fn three_letters(code: char) -> &'static str {
    CODES.iter().find(|(_, one)| *one == code).map_or("Xaa", |(three, _)| three)
}

fn spelled(residues: &str) -> String {
    residues.chars().map(three_letters).collect()
}
