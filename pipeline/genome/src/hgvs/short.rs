//! Protein changes in the short form that clinicians read: `p.G12D`, `p.P153Afs*28`, `p.E746_A750del`.
//!
//! HGVS nomenclature, protein recommendations (<https://hgvs-nomenclature.org>), one-letter codes of IUPAC-IUB.

pub(super) const CODES: [(&str, char); 25] = [
    ("Ala", 'A'),
    ("Arg", 'R'),
    ("Asn", 'N'),
    ("Asp", 'D'),
    ("Cys", 'C'),
    ("Gln", 'Q'),
    ("Glu", 'E'),
    ("Gly", 'G'),
    ("His", 'H'),
    ("Ile", 'I'),
    ("Leu", 'L'),
    ("Lys", 'K'),
    ("Met", 'M'),
    ("Phe", 'F'),
    ("Pro", 'P'),
    ("Ser", 'S'),
    ("Thr", 'T'),
    ("Trp", 'W'),
    ("Tyr", 'Y'),
    ("Val", 'V'),
    ("Sec", 'U'),
    ("Pyl", 'O'),
    ("Asx", 'B'),
    ("Xaa", 'X'),
    ("Ter", '*'),
];

/// Undoes VEP's and VCF's `%XX` escapes; what is not a valid escape stays as it is.
pub(crate) fn unescape(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A sign would be read as part of a number.
        let hex = part.get(..2).filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii);
        match byte {
            Some(byte) => plain.extend([char::from(byte).to_string().as_str(), &part[2..]]),
            None => plain.extend(["%", part]),
        }
    }
    plain
}

/// `ENSP00000409316.1:p.Glu11Ter` to `p.E11*`; `None` where the text has no `p.` part.
pub fn short_form(hgvs_p: &str) -> Option<String> {
    let (_, mut rest) = hgvs_p.split_once("p.")?;
    let mut short = String::from("p.");
    while let Some(next) = rest.chars().next() {
        let code = rest.get(..3).and_then(|code| CODES.iter().find(|(three, _)| *three == code));
        short.push(code.map_or(next, |(_, one)| *one));
        rest = &rest[if code.is_some() { 3 } else { next.len_utf8() }..];
    }
    Some(short)
}

/// An exchange of residues within a protein: `reference` at 0-based `start` becomes `alternative`.
/// Neither shares a first or last residue with the other; `stop` says that the protein ends after it.
pub(crate) fn exchange(
    wildtype: &str,
    start: usize,
    reference: &str,
    alternative: &str,
    stop: bool,
) -> Option<String> {
    let new = format!("{alternative}{}", if stop { "*" } else { "" });
    let length = reference.len();
    Some(match (length, new.len()) {
        (0, 0) => return None,
        (0, _) => insertion(wildtype, start, new)?,
        (_, 0) => format!("p.{}del", span(wildtype, last_place(wildtype, start, length), length)?),
        (1, 1) => format!("p.{}{new}", span(wildtype, start, 1)?),
        _ => format!("p.{}delins{new}", span(wildtype, start, length)?),
    })
}

/// `G12`, or `E746_A750`.
fn span(wildtype: &str, start: usize, length: usize) -> Option<String> {
    let residue = |at: usize| Some(format!("{}{}", wildtype.get(at..=at)?, at + 1));
    let first = residue(start)?;
    Some(if length == 1 { first } else { format!("{first}_{}", residue(start + length - 1)?) })
}

/// Of equal descriptions of a deletion, HGVS wants the one nearest to the end of the protein.
fn last_place(wildtype: &str, mut start: usize, length: usize) -> usize {
    let residues = wildtype.as_bytes();
    while start + length < residues.len() && residues[start] == residues[start + length] {
        start += 1;
    }
    start
}

/// New residues in front of `start`, moved towards the end in the same way; a repeat of those before is a `dup`.
fn insertion(wildtype: &str, mut start: usize, mut new: String) -> Option<String> {
    while wildtype.get(start..=start).is_some_and(|next| new.starts_with(next)) {
        let first = new.remove(0);
        new.push(first);
        start += 1;
    }
    if wildtype.get(..start)?.ends_with(&new) {
        return Some(format!("p.{}dup", span(wildtype, start - new.len(), new.len())?));
    }
    Some(format!("p.{}ins{new}", span(wildtype, start.checked_sub(1)?, 2)?))
}

/// A frameshift whose first new residue is at 0-based `start` of the mutant protein: `p.P153Afs*28`, where 28
/// counts from that residue to the stop; `p.E11*` where the shifted frame begins with the stop.
pub(crate) fn frameshift(wildtype: &str, mutant: &str, start: usize) -> Option<String> {
    let old = wildtype.get(start..=start)?;
    Some(match mutant.get(start..=start) {
        Some(new) => format!("p.{old}{}{new}fs*{}", start + 1, mutant.len() - start + 1),
        None => format!("p.{old}{}*", start + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_letters_to_one() {
        for (long, short) in [
            ("ENSP00000256078.4:p.Gly12Asp", "p.G12D"),
            ("NP_000537.3:p.Pro153AlafsTer28", "p.P153Afs*28"),
            ("p.Glu746_Ala750del", "p.E746_A750del"),
            ("p.Lys389_Val395delinsIle", "p.K389_V395delinsI"),
            ("p.Glu1036_Glu1037insTer", "p.E1036_E1037ins*"),
            ("p.Leu15_Leu16dup", "p.L15_L16dup"),
            ("p.Thr190=", "p.T190="),
            ("p.Ter394CysextTer9", "p.*394Cext*9"),
            ("p.Met1?", "p.M1?"),
        ] {
            assert_eq!(short_form(long).as_deref(), Some(short));
        }
        assert_eq!(short_form("ENST00000256078.4:c.35G>A"), None);
    }

    #[test]
    fn escapes() {
        for (escaped, plain) in [
            ("p.Lys275%3D", "p.Lys275="),
            ("a%2Cb%3Bc", "a,b;c"),
            ("5%", "5%"),
            ("%zz%é", "%zz%é"),
            ("%+1", "%+1"),
        ] {
            assert_eq!(unescape(escaped), plain);
        }
    }

    #[test]
    fn changes_without_hgvs() {
        let check = |start, reference, alternative, stop, expected: &str| {
            let found = exchange("MTEYKLVVVGAGGVGKS", start, reference, alternative, stop);
            assert_eq!(found.as_deref(), Some(expected));
        };
        check(11, "G", "D", false, "p.G12D");
        check(3, "YK", "FR", false, "p.Y4_K5delinsFR");
        check(1, "TEY", "", false, "p.T2_Y4del");
        check(2, "E", "", false, "p.E3del");
        check(2, "", "AA", false, "p.T2_E3insAA");
        check(2, "", "", true, "p.T2_E3ins*");
        // The same changes can be written at several places.
        check(6, "V", "", false, "p.V9del");
        check(6, "", "V", false, "p.V9dup");
        check(9, "", "GA", false, "p.A11_G12dup");
        check(11, "G", "", true, "p.G12*");
        assert_eq!(frameshift("MTEYKL", "MTARV", 2).as_deref(), Some("p.E3Afs*4"));
        assert_eq!(frameshift("MTEYKL", "MT", 2).as_deref(), Some("p.E3*"));
        assert_eq!(frameshift("MT", "MTKK", 2), None);
    }
}
