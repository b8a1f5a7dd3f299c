//! From bases to residues (NCBI genetic codes 1 and 2, <https://www.ncbi.nlm.nih.gov/Taxonomy/Utils/wprintgc.cgi>).

/// Residues by codon, bases in the order TCAG, the first changing slowest.
const STANDARD: &[u8; 64] = b"FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";
const MITOCHONDRIAL: &[u8; 64] =
    b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG";

/// Place of a base in the order TCAG, in either case; `NO_BASE` for what is none.
const PLACES: [usize; 256] = {
    let mut places = [NO_BASE; 256];
    let bases = [b"TtUu", b"CcCc", b"AaAa", b"GgGg"];
    let mut at = 0;
    while at < 16 {
        places[bases[at / 4][at % 4] as usize] = at / 4;
        at += 1;
    }
    places
};
const NO_BASE: usize = 64;

/// Which residues the codons stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneticCode {
    /// NCBI table 1.
    Standard,
    /// NCBI table 2: the mitochondria of vertebrates.
    VertebrateMitochondrial,
}

impl GeneticCode {
    /// The code of a transcript that is `mitochondrial` or not.
    pub fn of(mitochondrial: bool) -> Self {
        if mitochondrial { Self::VertebrateMitochondrial } else { Self::Standard }
    }

    /// The residue of a codon, `*` for a stop, `X` where a base is none of A, C, G, T and U. Case does not matter.
    pub fn residue(self, codon: [u8; 3]) -> u8 {
        let table = match self {
            Self::Standard => STANDARD,
            Self::VertebrateMitochondrial => MITOCHONDRIAL,
        };
        let [a, b, c] = codon.map(|base| PLACES[usize::from(base)]);
        // A base that is none is far off the table's end.
        table.get((a << 4) + (b << 2) + c).copied().unwrap_or(b'X')
    }
}

/// The residues of `dna`, codon by codon from its first base; stops are `*` and do not end it. One or two bases that
/// are left at the end give none.
pub fn translate(dna: &[u8], code: GeneticCode) -> String {
    let (codons, _) = dna.as_chunks::<3>();
    codons.iter().map(|codon| char::from(code.residue(*codon))).collect()
}

/// The other strand, read in its own direction. Codes for several bases (IUPAC-IUB 1984) become those of the
/// complements, case is kept, and what is no base stays.
pub fn reverse_complement(dna: &[u8]) -> Vec<u8> {
    dna.iter().rev().map(|base| complement(*base)).collect()
}

/// The base that pairs with `base`, as in [`reverse_complement`].
pub(crate) fn complement(base: u8) -> u8 {
    let other = match base.to_ascii_uppercase() {
        b'A' => b'T',
        b'T' | b'U' => b'A',
        b'C' => b'G',
        b'G' => b'C',
        b'R' => b'Y',
        b'Y' => b'R',
        b'K' => b'M',
        b'M' => b'K',
        b'B' => b'V',
        b'V' => b'B',
        b'D' => b'H',
        b'H' => b'D',
        _ => return base,
    };
    if base.is_ascii_lowercase() { other.to_ascii_lowercase() } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codes() {
        let check = |dna: &[u8], standard: &str, mitochondrial: &str| {
            assert_eq!(translate(dna, GeneticCode::Standard), standard);
            assert_eq!(translate(dna, GeneticCode::VertebrateMitochondrial), mitochondrial);
        };
        check(b"ATGgccTGAATAAGAagg", "MA*IRR", "MAWM**");
        check(b"AUGNNATAAc", "MX*", "MX*");
        check(b"TRACTN", "XX", "XX");
        check(b"AT", "", "");
        check(b"TTTCTTATTGTTTAACAAAAAGAATGGCGGGGG", "FLIV*QKEWRG", "FLIV*QKEWRG");
    }

    #[test]
    fn reverse_complements() {
        assert_eq!(reverse_complement(b"ACGTNacgtn"), b"nacgtNACGT");
        assert_eq!(reverse_complement(b"RYSWKMBDHVU"), b"ABDHVKMWSRY");
        for code in *b"ACGTRYSWKMBDHVN" {
            assert_eq!(reverse_complement(&reverse_complement(&[code])), [code]);
        }
    }
}
