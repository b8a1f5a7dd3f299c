//! Reads HGVS texts: with or without accession and parentheses, in one- or three-letter code, in today's and older spellings.

use super::names::{
    CodingChange, CodingEdit, CodingPosition, Distance, ProteinChange, ProteinEdit, Residue,
};
use super::short::{CODES, unescape};

/// Why a text is no description that is known here. The text itself is not repeated: it can be a patient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HgvsError {
    /// Nothing that names the kind of description.
    #[error("found no {expected}; give the description in HGVS nomenclature, e.g. {example}")]
    Kind {
        /// The prefixes that were looked for.
        expected: &'static str,
        /// What one looks like.
        example: &'static str,
    },
    /// Something else than expected.
    #[error(
        "expected {expected} with {left} characters left of the description; see hgvs-nomenclature.org for its form"
    )]
    Expected {
        /// What should be there.
        expected: &'static str,
        /// Number of bytes from there to the end of the text.
        left: usize,
    },
}

/// A description of a protein: `ENSP00000269305.4:p.Arg175His`, `p.(Arg97Profs*23)`, `p.R175H`, `p.R196X`.
///
/// `%3D` and the like, as VEP writes them, are undone. A one-letter `X` is a stop where it stands for one residue that
/// changes or comes (texts from before 2013), else an unknown residue.
pub fn parse_protein(text: &str) -> Result<ProteinChange, HgvsError> {
    let text = unescape(text);
    let (accession, _, rest) = split(text.trim(), "p", "p.Gly12Asp")?;
    let inner = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut reader = Reader(inner.unwrap_or(rest));
    let edit = reader.protein_edit()?;
    reader.end()?;
    Ok(ProteinChange { accession, predicted: inner.is_some(), edit })
}

/// A description of DNA: `ENST00000269305.9:c.524G>A`, `c.375+2T>G`, `n.12_14del`, `NC_000017.11:g.7675088C>T`.
pub fn parse_coding(text: &str) -> Result<CodingChange, HgvsError> {
    let text = unescape(text);
    let (accession, kind, rest) = split(text.trim(), "cgmn", "c.35G>A")?;
    let mut reader = Reader(rest);
    let first = reader.position()?;
    let last = if reader.take("_") { Some(reader.position()?) } else { None };
    let edit = reader.coding_edit(last.is_some())?;
    reader.end()?;
    Ok(CodingChange { accession, kind, first, last, edit })
}

/// Accession, kind and description.
fn split<'a>(
    text: &'a str,
    kinds: &'static str,
    example: &'static str,
) -> Result<(Option<String>, char, &'a str), HgvsError> {
    let (accession, description) =
        text.rsplit_once(':').map_or((None, text), |(accession, rest)| (Some(accession), rest));
    let mut letters = description.chars();
    match (letters.next(), letters.next()) {
        (Some(kind), Some('.')) if kinds.contains(kind) && accession != Some("") => {
            Ok((accession.map(str::to_owned), kind, letters.as_str()))
        }
        _ if kinds == "p" => Err(HgvsError::Kind { expected: "`p.`", example }),
        _ => Err(HgvsError::Kind { expected: "`c.`, `g.`, `m.` or `n.`", example }),
    }
}

/// What is left of a text.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn protein_edit(&mut self) -> Result<ProteinEdit, HgvsError> {
        for (word, edit) in [
            ("?", ProteinEdit::Unknown),
            ("=", ProteinEdit::Unchanged),
            ("0?", ProteinEdit::NoProtein { likely: true }),
            ("0", ProteinEdit::NoProtein { likely: false }),
        ] {
            if self.take(word) {
                return Ok(edit);
            }
        }
        let mut first = self.residue()?;
        if self.take("_") {
            let last = self.residue()?;
            return self.span_edit(first, Some(last));
        }
        if self.0.starts_with("del") || self.0.starts_with("dup") || self.0.starts_with('=') {
            return self.span_edit(first, None);
        }
        if self.take("?") {
            return Ok(ProteinEdit::StartLost(first));
        }
        let new = self.code(true);
        if self.take("fs") {
            return Ok(ProteinEdit::Frameshift(first, new, self.distance()?));
        }
        let new = new.ok_or_else(|| self.expected("a residue or the kind of change"))?;
        if self.take("ext") {
            first.code = if first.code == 'X' { '*' } else { first.code };
            return Ok(ProteinEdit::Extension(first, new, self.distance()?));
        }
        Ok(ProteinEdit::Substitution(first, new))
    }

    /// What happens to a range of residues, or to one where `last` is missing.
    fn span_edit(
        &mut self,
        first: Residue,
        last: Option<Residue>,
    ) -> Result<ProteinEdit, HgvsError> {
        if self.take("delins") {
            return Ok(ProteinEdit::DelIns(first, last, self.residues()?));
        }
        match last {
            _ if self.take("del") => Ok(ProteinEdit::Deletion(first, last)),
            _ if self.take("dup") => Ok(ProteinEdit::Duplication(first, last)),
            _ if self.take("=") => Ok(ProteinEdit::Same(first, last)),
            Some(last) if self.take("ins") => {
                Ok(ProteinEdit::Insertion(first, last, self.residues()?))
            }
            _ => Err(self.expected("`del`, `dup`, `ins`, `delins` or `=`")),
        }
    }

    /// `Gly12`, `G12`.
    fn residue(&mut self) -> Result<Residue, HgvsError> {
        let code = self.code(false).ok_or_else(|| self.expected("a residue"))?;
        let position = self.number().and_then(|number| u32::try_from(number).ok());
        let position = position.ok_or_else(|| self.expected("a position"))?;
        Ok(Residue { code, position })
    }

    fn residues(&mut self) -> Result<String, HgvsError> {
        let residues: String = std::iter::from_fn(|| self.code(false)).collect();
        if residues.is_empty() { Err(self.expected("residues")) } else { Ok(residues) }
    }

    /// The one-letter code of the next residue, given in either code.
    fn code(&mut self, old_stop: bool) -> Option<char> {
        if let Some((three, one)) = CODES.iter().find(|(three, _)| self.0.starts_with(three)) {
            self.0 = &self.0[three.len()..];
            return Some(*one);
        }
        let (_, one) = CODES.iter().find(|(_, one)| self.0.starts_with(*one))?;
        self.0 = &self.0[1..];
        Some(if old_stop && *one == 'X' { '*' } else { *one })
    }

    /// `Ter23`, `*23`, `X23`, `*?`, or nothing.
    fn distance(&mut self) -> Result<Distance, HgvsError> {
        if !["Ter", "*", "X"].iter().any(|stop| self.take(stop)) {
            return Ok(Distance::Omitted);
        }
        if self.take("?") {
            return Ok(Distance::Unknown);
        }
        let number = self.number().and_then(|number| u32::try_from(number).ok());
        number.map(Distance::Known).ok_or_else(|| self.expected("the place of the new stop"))
    }

    /// `376-1`, `*34`, `-12+5`.
    fn position(&mut self) -> Result<CodingPosition, HgvsError> {
        let after_stop = self.take("*");
        let negative = self.take("-");
        let number = self.number().ok_or_else(|| self.expected("a position"))?;
        let base = if negative { -number } else { number };
        let mut offset = 0;
        for (sign, word) in [(1, "+"), (-1, "-")] {
            if self.take(word) {
                let number = self.number().ok_or_else(|| self.expected("an offset"))?;
                offset = sign * number;
                break;
            }
        }
        Ok(CodingPosition { after_stop, base, offset })
    }

    fn coding_edit(&mut self, range: bool) -> Result<CodingEdit, HgvsError> {
        let old = self.bases();
        if self.take(">") {
            let new = self.bases();
            return match (old.as_bytes(), new.as_bytes()) {
                ([], _) | (_, []) => Err(self.expected("bases on both sides of `>`")),
                ([old], [new]) if !range => {
                    Ok(CodingEdit::Substitution(char::from(*old), char::from(*new)))
                }
                _ => Ok(CodingEdit::DelIns(new)),
            };
        }
        if old.is_empty() && self.take("ins") && range {
            return self.inserted().map(CodingEdit::Insertion);
        }
        if old.is_empty() && self.take("del") {
            self.bases();
            let inserted = self.take("ins").then(|| self.inserted()).transpose()?;
            return Ok(inserted.map_or(CodingEdit::Deletion, CodingEdit::DelIns));
        }
        for (word, edit) in [
            ("dup", CodingEdit::Duplication),
            ("inv", CodingEdit::Inversion),
            ("=", CodingEdit::Same),
        ] {
            if self.take(word) {
                self.bases();
                return Ok(edit);
            }
        }
        Err(self
            .expected("`>`, `del`, `dup`, `inv`, `delins`, `=`, or `ins` between two positions"))
    }

    fn inserted(&mut self) -> Result<String, HgvsError> {
        let bases = self.bases();
        if bases.is_empty() { Err(self.expected("bases")) } else { Ok(bases) }
    }

    /// IUPAC bases, as many as there are.
    fn bases(&mut self) -> String {
        let length = self.0.bytes().take_while(|base| b"ACGTUNRYSWKMBDHV".contains(base)).count();
        let (bases, rest) = self.0.split_at(length);
        self.0 = rest;
        bases.to_owned()
    }

    /// A number without a leading zero: a place is counted from 1.
    fn number(&mut self) -> Option<i64> {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(length);
        // What goes into 63 bits goes there with either sign.
        let number = digits.parse().ok().filter(|_| !digits.starts_with('0'))?;
        self.0 = rest;
        Some(number)
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn end(&self) -> Result<(), HgvsError> {
        if self.0.is_empty() { Ok(()) } else { Err(self.expected("the end")) }
    }

    fn expected(&self, expected: &'static str) -> HgvsError {
        HgvsError::Expected { expected, left: self.0.len() }
    }
}
