//! Codons.

/// Residues of the codons AAA, AAC, AAG, AAT, ACA ... TTT (NCBI genetic code 1, <https://www.ncbi.nlm.nih.gov/Taxonomy/Utils/wprintgc.cgi>).
const STANDARD: &[u8; 64] = b"KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF";

/// The residue of a codon, `*` for a stop, `X` where a base is not known.
pub(crate) fn residue(codon: [u8; 3], mitochondrial: bool) -> u8 {
    let index = |base: u8| match base {
        b'A' => Some(0),
        b'C' => Some(1),
        b'G' => Some(2),
        b'T' => Some(3),
        _ => None,
    };
    let [Some(a), Some(b), Some(c)] = codon.map(index) else {
        return b'X';
    };
    // NCBI genetic code 2.
    match &codon {
        b"AGA" | b"AGG" if mitochondrial => b'*',
        b"ATA" if mitochondrial => b'M',
        b"TGA" if mitochondrial => b'W',
        _ => STANDARD[16 * a + 4 * b + c],
    }
}

/// The other strand's base.
pub(crate) fn complement(base: u8) -> u8 {
    match base {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        b'T' => b'A',
        other => other,
    }
}

/// The other strand, read in its direction.
pub(crate) fn reverse_complement(bases: &[u8]) -> Vec<u8> {
    bases.iter().rev().map(|&base| complement(base)).collect()
}

/// The residues of the whole codons of `bases`.
pub(crate) fn translate(bases: &[u8], mitochondrial: bool) -> String {
    bases
        .as_chunks::<3>()
        .0
        .iter()
        .map(|&codon| char::from(residue(codon, mitochondrial)))
        .collect()
}
