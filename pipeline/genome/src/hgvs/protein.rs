//! Names of changes of a protein (`p.`), from the proteins before and after.

use super::names::{Distance, ProteinChange, ProteinEdit, Residue};

/// What is translated from a transcript, from its start codon on to the first stop: through the coding sequence and,
/// where that has lost its stop, on into the 3' untranslated region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranslatedSequence<'a> {
    /// One-letter codes without the stop; `X` for a codon with unknown bases or that is cut at the start.
    pub residues: &'a str,
    /// Whether a stop codon ends it, or only the end of what is known.
    pub stop: bool,
}

/// What happened to the coding sequence, as far as the two proteins do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProteinEvent<'a> {
    /// How the reading frame fares.
    pub kind: ProteinEventKind,
    /// First wild-type codon that the change touches, 1-based; for an insertion between two codons the second one.
    pub first_codon: u32,
    /// Last codon that the change touches, the stop codon being one; `first_codon - 1` for an insertion between two codons.
    pub last_codon: u32,
    /// Identifier of the protein to put in front.
    pub protein_id: Option<&'a str>,
}

/// How the reading frame fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProteinEventKind {
    /// Behind the change the same codons are read as before.
    InFrame,
    /// Other codons are read there: the length changes by no multiple of three, or the stop codon went with others.
    Frameshift,
    /// The start codon is changed, and with it the start of translation is not known.
    StartLost,
}

/// `ENSP00000269305.4:p.Arg175His`, in three-letter code and without parentheses, as VEP writes it. `None` where the codons
/// of `event` do not lie in `before`, or where an unfinished coding sequence ends before a difference can be named.
///
/// Residues are compared, not bases: a change is named as near to the protein's end as it can be (3' rule), and begins
/// with the first residue that differs. Immediate stops are nonsense (`p.Glu11Ter`), also where they are inserted; stops
/// further on end the new residues (`p.Met3_His4insGlyTer`).
pub fn protein(
    before: &TranslatedSequence<'_>,
    after: &TranslatedSequence<'_>,
    event: &ProteinEvent<'_>,
) -> Option<String> {
    let (old, new) = (letters(before), letters(after));
    let edit = match event.kind {
        ProteinEventKind::StartLost => ProteinEdit::StartLost(residue(&old, 0)?),
        _ if old == new => unchanged(&old, event)?,
        ProteinEventKind::Frameshift => shifted(&old, &new)?,
        ProteinEventKind::InFrame => in_frame(&old, &new, event)?,
    };
    let accession = event.protein_id.map(str::to_owned);
    Some(ProteinChange { accession, predicted: false, edit }.to_string())
}

/// The residues with the stop as `*`.
fn letters(protein: &TranslatedSequence<'_>) -> Vec<u8> {
    let stop: &[u8] = if protein.stop { b"*" } else { b"" };
    [protein.residues.as_bytes(), stop].concat()
}

fn unchanged(old: &[u8], event: &ProteinEvent<'_>) -> Option<ProteinEdit> {
    let first = event.first_codon.checked_sub(1)? as usize;
    let last = event.last_codon.max(event.first_codon) as usize - 1;
    residue(old, last)?;
    Some(ProteinEdit::Same(residue(old, first)?, last_of(old, first, last)))
}

/// From the first difference on all is new.
fn shifted(old: &[u8], new: &[u8]) -> Option<ProteinEdit> {
    let at = shared_prefix(old, new);
    let (first, changed) = (residue(old, at)?, char::from(*new.get(at)?));
    // A shifted frame is counted from its first new residue, an extension from the one after that.
    let distance = |from: usize| match new.last() {
        Some(b'*') => Distance::Known((new.len() - from) as u32),
        _ => Distance::Unknown,
    };
    Some(match (first.code, changed) {
        (_, '*') => ProteinEdit::Substitution(first, '*'),
        ('*', _) => ProteinEdit::Extension(first, changed, distance(at + 1)),
        _ => ProteinEdit::Frameshift(first, Some(changed), distance(at)),
    })
}

fn in_frame(old: &[u8], new: &[u8], event: &ProteinEvent<'_>) -> Option<ProteinEdit> {
    let start = event.first_codon.checked_sub(1)? as usize;
    let (untouched, rest) = (old.get(..start)?, old.get(event.last_codon as usize..)?);
    let touched = old.get(start..event.last_codon as usize)?;
    let changed = new.strip_prefix(untouched)?;
    // Where the old end does not follow, the protein stops within the change.
    let replaced = changed.strip_suffix(rest);
    let stops = changed.ends_with(b"*");
    let stop_moves = touched.ends_with(b"*") && (!stops || changed.len() != touched.len());
    match replaced {
        Some(replaced) if !stop_moves => exchanged(old, start, touched, replaced),
        None if stops => exchanged(old, start, touched, changed),
        _ => shifted(old, new),
    }
}

/// `touched` residues at `start` become `replaced`, which can end with a stop.
fn exchanged(old: &[u8], start: usize, touched: &[u8], replaced: &[u8]) -> Option<ProteinEdit> {
    // What comes before a new stop can agree with the old protein beyond the codons that were touched.
    let comparable = if replaced.ends_with(b"*") { &old[start..] } else { touched };
    let shared = shared_prefix(comparable, replaced);
    let (start, touched) = (start + shared, touched.get(shared..).unwrap_or_default());
    let replaced = &replaced[shared..];
    let shared = shared_suffix(touched, replaced);
    let (touched, replaced) =
        (&touched[..touched.len() - shared], &replaced[..replaced.len() - shared]);
    let first = |at| residue(old, at);
    Some(match (touched, replaced) {
        ([], []) => return None,
        (_, [b'*', ..]) => ProteinEdit::Substitution(first(start)?, '*'),
        ([_], [new]) => ProteinEdit::Substitution(first(start)?, char::from(*new)),
        ([], _) => inserted(old, start, replaced.to_vec())?,
        (_, []) => {
            let start = start + slide(touched, &old[start + touched.len()..]);
            ProteinEdit::Deletion(first(start)?, last_of(old, start, start + touched.len() - 1))
        }
        _ => {
            let last = last_of(old, start, start + touched.len() - 1);
            ProteinEdit::DelIns(first(start)?, last, text(replaced))
        }
    })
}

/// `new` residues come in front of `start`. Behind the last residue they extend the protein, unless they repeat its end.
fn inserted(old: &[u8], start: usize, mut new: Vec<u8>) -> Option<ProteinEdit> {
    let steps = slide(&new, &old[start..]);
    let (start, length) = (start + steps, new.len());
    new.rotate_left(steps % length);
    if old[..start].ends_with(&new) {
        let first = start - length;
        return Some(ProteinEdit::Duplication(
            residue(old, first)?,
            last_of(old, first, start - 1),
        ));
    }
    if old.get(start) == Some(&b'*') {
        let new = new.strip_suffix(b"*").unwrap_or(&new);
        return shifted(old, &[&old[..start], new, b"*"].concat());
    }
    Some(ProteinEdit::Insertion(
        residue(old, start.checked_sub(1)?)?,
        residue(old, start)?,
        text(&new),
    ))
}

fn text(residues: &[u8]) -> String {
    String::from_utf8_lossy(residues).into_owned()
}

/// How far a piece can move on when the residues behind it repeat it.
fn slide(piece: &[u8], behind: &[u8]) -> usize {
    behind.iter().zip(piece.iter().cycle()).take_while(|(a, b)| a == b).count()
}

fn residue(protein: &[u8], at: usize) -> Option<Residue> {
    Some(Residue { code: char::from(*protein.get(at)?), position: at as u32 + 1 })
}

/// The last residue of a range, or none where the range is one residue.
fn last_of(protein: &[u8], first: usize, last: usize) -> Option<Residue> {
    if first == last { None } else { residue(protein, last) }
}

fn shared_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn shared_suffix(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}
