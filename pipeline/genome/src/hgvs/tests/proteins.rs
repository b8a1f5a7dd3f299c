use super::super::{
    Distance, ProteinEdit, ProteinEvent, ProteinEventKind, TranslatedSequence, parse_protein,
    protein, short_form,
};
use super::Random;
use ProteinEventKind::{Frameshift, InFrame, StartLost};

/// A `*` at the end of a protein is its stop.
fn translated(residues: &str) -> TranslatedSequence<'_> {
    let plain = residues.strip_suffix('*');
    TranslatedSequence { residues: plain.unwrap_or(residues), stop: plain.is_some() }
}

fn named(
    before: &str,
    after: &str,
    kind: ProteinEventKind,
    (first_codon, last_codon): (u32, u32),
) -> Option<String> {
    let event = ProteinEvent { kind, first_codon, last_codon, protein_id: None };
    protein(&translated(before), &translated(after), &event)
}

/// The forms of the recommendations on proteins, on short proteins.
#[test]
fn names() {
    let check = |before, after, kind, codons, expected: &str| {
        let found = named(before, after, kind, codons);
        assert_eq!(found.as_deref(), Some(expected), "{before} {after}");
    };
    check("MTEYKLVVVGAGGVGKS*", "MTEYKLVVVGADGVGKS*", InFrame, (12, 12), "p.Gly12Asp");
    check("MTEYKLVVVGAGGVGKS*", "MTEYKLVVVGADGVGKS*", InFrame, (11, 12), "p.Gly12Asp");
    check("MTEYKL*", "MTEYKL*", InFrame, (6, 6), "p.Leu6=");
    check("MTEYKL*", "MTEYKL*", InFrame, (5, 6), "p.Lys5_Leu6=");
    check("MTEYKL*", "MTEYKL*", Frameshift, (7, 7), "p.Ter7=");
    check("MTEYKL*", "MTEYKL*", StartLost, (1, 1), "p.Met1?");
    check("MUEYKL*", "MCXYKL*", InFrame, (2, 3), "p.Sec2_Glu3delinsCysXaa");
    // Nonsense, substituted, inserted, or the first codon of a shifted frame (HGVS, frame shift: Tyr4).
    check("MTEYKL*", "MT*", InFrame, (3, 3), "p.Glu3Ter");
    check("MTEYKL*", "MTE*", InFrame, (4, 3), "p.Tyr4Ter");
    check("MTEYKL*", "MTE*", Frameshift, (3, 3), "p.Tyr4Ter");
    check("MDAYVT*", "MDA*", Frameshift, (4, 4), "p.Tyr4Ter");
    // Frame shifts begin with the first changed residue and count it.
    check("MTEYKL*", "MTERV*", Frameshift, (4, 4), "p.Tyr4ArgfsTer3");
    check("MTEYKL*", "MTERV*", Frameshift, (3, 3), "p.Tyr4ArgfsTer3");
    check("MDAYEMR*", "MDAYVHTR*", Frameshift, (5, 5), "p.Glu5ValfsTer5");
    check("MTEYKL*", "MTERVA", Frameshift, (4, 4), "p.Tyr4ArgfsTer?");
    check("MTEYKL*", "MTEYRQW*", InFrame, (5, 7), "p.Lys5ArgfsTer4");
    // Lost stops.
    check("MTEYKL*", "MTEYKLQW*", InFrame, (7, 7), "p.Ter7GlnextTer2");
    check("MTEYKL*", "MTEYKLQW", InFrame, (7, 7), "p.Ter7GlnextTer?");
    check("MTEYKL*", "MTEYKLQW*", Frameshift, (6, 6), "p.Ter7GlnextTer2");
    check("MTEYKL*", "MTEYKLW*", InFrame, (7, 6), "p.Ter7TrpextTer1");
    check("MLK*", "MLKW*", InFrame, (2, 1), "p.Ter4TrpextTer1");
    // Deletions: Trp4 and Pro458_Gly460 of the recommendations, here with fewer residues before.
    check("MLWWE*", "MLWE*", InFrame, (3, 3), "p.Trp4del");
    check("MTEYKLV*", "MTLV*", InFrame, (3, 5), "p.Glu3_Lys5del");
    check("MPPGPPGS*", "MPPGS*", InFrame, (2, 4), "p.Pro5_Gly7del");
    check("MTVIFEGE*", "MTEGE*", InFrame, (3, 6), "p.Val3_Phe5del");
    // Duplications and insertions.
    check("MKLV*", "MKKLV*", InFrame, (2, 2), "p.Lys2dup");
    check("MKLV*", "MKLVV*", InFrame, (5, 4), "p.Val4dup");
    check("MRTGSSH*", "MRTGSSGSSH*", InFrame, (4, 3), "p.Gly4_Ser6dup");
    check("MKGHQQC*", "MKGHAQQC*", InFrame, (5, 4), "p.His4_Gln5insAla");
    check("MKGHQQC*", "MKQSKGHQQC*", InFrame, (3, 2), "p.Lys2_Gly3insGlnSerLys");
    check("MKGHQQC*", "MKGHQQQC*", InFrame, (5, 4), "p.Gln6dup");
    check("MKMHQQC*", "MKMG*", InFrame, (4, 3), "p.Met3_His4insGlyTer");
    check("MKMHQQC*", "MKMHQG*", InFrame, (4, 3), "p.Gln5_Gln6insGlyTer");
    // Both.
    check("MAACKV*", "MAAWVKV*", InFrame, (4, 4), "p.Cys4delinsTrpVal");
    check("MAACKV*", "MAAWV*", InFrame, (4, 5), "p.Cys4_Lys5delinsTrp");
    check("MAACKV*", "MAASSKV*", InFrame, (4, 4), "p.Cys4delinsSerSer");
    check("MAPKCV*", "MAL*", InFrame, (3, 4), "p.Pro3_Lys4delinsLeuTer");
    check("MANPKV*", "MASS*", InFrame, (3, 3), "p.Asn3delinsSerSerTer");
}

#[test]
fn what_cannot_be_named() {
    for (before, after, kind, codons) in [
        ("MTEYKL*", "MTEYKL*", InFrame, (0, 0)),
        ("MTEYKL*", "MTEYKL*", InFrame, (8, 8)),
        ("MTEYKL*", "MTAYKL*", InFrame, (9, 9)),
        // Another residue differs than the ones that were touched.
        ("MTEYKL*", "MTAYKL*", InFrame, (5, 5)),
        // The coding sequence ends before a difference shows.
        ("MTEYKL", "MTEY", Frameshift, (5, 5)),
        ("", "", StartLost, (1, 1)),
    ] {
        assert_eq!(named(before, after, kind, codons), None, "{before} {after}");
    }
}

#[test]
fn accession_and_short_form() {
    let event =
        ProteinEvent { kind: InFrame, first_codon: 2, last_codon: 2, protein_id: Some("E.4") };
    let name = protein(&translated("MRH*"), &translated("MHH*"), &event).unwrap();
    assert_eq!((name.as_str(), short_form(&name).as_deref()), ("E.4:p.Arg2His", Some("p.R2H")));
}

/// Thousands of changes in frame: what the name says gives the mutant, is as near to the end as it can be, and no repeat is
/// named an insertion.
#[test]
fn names_give_the_mutant() {
    let mut random = Random::new();
    let mut named_changes = 0;
    for _ in 0..20_000 {
        let length = 8 + random.below(8);
        let before = String::from_utf8(random.text(b"AAKG", length)).unwrap() + "*";
        // Residues before the first have no neighbour to be named by.
        let start = 1 + random.below(length - 1);
        let end = start + random.below(4).min(length - start);
        let new_length = random.below(4);
        let new = String::from_utf8(random.text(b"AAKG*", new_length)).unwrap();
        let after = format!("{}{new}{}", &before[..start], &before[end..]);
        let after = after.split_inclusive('*').next().unwrap();
        let name = named(&before, after, InFrame, (start as u32 + 1, end as u32));
        let name = name.unwrap_or_else(|| panic!("{before} {after} {start} {end}"));
        let edit = parse_protein(&name).unwrap().edit;
        assert_eq!(applied(&edit, &before, after), after, "{before} {name}");
        named_changes += usize::from(!matches!(edit, ProteinEdit::Same(..)));
    }
    assert!(named_changes > 15_000, "{named_changes}");
}

fn applied(edit: &ProteinEdit, before: &str, after: &str) -> String {
    let with = |from: u32, to: u32, new: &str| {
        let text = format!("{}{new}{}", &before[..from as usize - 1], &before[to as usize..]);
        text.split_inclusive('*').next().unwrap_or_default().to_owned()
    };
    let next = |position: u32| before.chars().nth(position as usize).unwrap();
    match edit {
        ProteinEdit::Same(..) => before.to_owned(),
        ProteinEdit::Substitution(old, new) => with(old.position, old.position, &new.to_string()),
        // The tail is not in the name, but its first residue and its length are.
        ProteinEdit::Extension(stop, new, Distance::Known(distance)) => {
            let head = &before[..stop.position as usize - 1];
            assert!(after.starts_with(&format!("{head}{new}")));
            assert_eq!(after.len(), head.len() + 1 + *distance as usize);
            after.to_owned()
        }
        ProteinEdit::Deletion(first, last) => {
            let last = last.map_or(first.position, |last| last.position);
            assert_ne!(next(last), first.code);
            with(first.position, last, "")
        }
        ProteinEdit::Duplication(first, last) => {
            let last = last.map_or(first.position, |last| last.position);
            assert_ne!(next(last), first.code);
            let piece = &before[first.position as usize - 1..last as usize];
            with(last + 1, last, piece)
        }
        ProteinEdit::Insertion(left, right, new) => {
            assert_eq!(left.position + 1, right.position);
            assert!(!before[..left.position as usize].ends_with(new.as_str()));
            assert!(!new.starts_with(right.code));
            with(right.position, left.position, new)
        }
        ProteinEdit::DelIns(first, last, new) => {
            with(first.position, last.map_or(first.position, |last| last.position), new)
        }
        other => panic!("{other}"),
    }
}
