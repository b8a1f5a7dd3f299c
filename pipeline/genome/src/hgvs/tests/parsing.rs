use super::super::{HgvsError, parse_coding, parse_protein};
use super::Random;

/// Texts in several spellings, and how they are written today.
#[test]
fn proteins() {
    for (text, expected) in [
        ("ENSP00000269305.4:p.Arg175His", "ENSP00000269305.4:p.Arg175His"),
        ("NP_003997.1:p.(Trp24Cys)", "NP_003997.1:p.(Trp24Cys)"),
        ("NC_000017.11(NP_000537.3):p.R175H", "NC_000017.11(NP_000537.3):p.Arg175His"),
        ("p.R196*", "p.Arg196Ter"),
        ("p.R196X", "p.Arg196Ter"),
        ("p.Trp26Ter", "p.Trp26Ter"),
        ("p.Gly12Xaa", "p.Gly12Xaa"),
        ("p.Lys275%3D", "p.Lys275="),
        ("p.Leu54_Arg55=", "p.Leu54_Arg55="),
        ("p.Ter394=", "p.Ter394="),
        ("p.Met1?", "p.Met1?"),
        ("p.M1?", "p.Met1?"),
        ("%0DNP_1.1:p.Met1?%20", "NP_1.1:p.Met1?"),
        ("p.?", "p.?"),
        ("p.0", "p.0"),
        ("p.0?", "p.0?"),
        ("p.(=)", "p.(=)"),
        ("p.Arg97ProfsTer23", "p.Arg97ProfsTer23"),
        ("p.(R97Pfs*23)", "p.(Arg97ProfsTer23)"),
        ("p.R97PfsX23", "p.Arg97ProfsTer23"),
        ("p.Arg97fs", "p.Arg97fs"),
        ("p.Arg97Profs", "p.Arg97Profs"),
        ("p.Ile327Argfs*?", "p.Ile327ArgfsTer?"),
        ("p.Ter110GlnextTer17", "p.Ter110GlnextTer17"),
        ("p.*110Qext*17", "p.Ter110GlnextTer17"),
        ("p.X110Qext*17", "p.Ter110GlnextTer17"),
        ("p.Ter327ArgextTer?", "p.Ter327ArgextTer?"),
        ("p.Val7del", "p.Val7del"),
        ("p.Lys23_Val25del", "p.Lys23_Val25del"),
        ("p.E746_A750del", "p.Glu746_Ala750del"),
        ("p.Lys2dup", "p.Lys2dup"),
        ("p.Gly4_Gln6dup", "p.Gly4_Gln6dup"),
        ("p.Lys2_Leu3insGlnSer", "p.Lys2_Leu3insGlnSer"),
        ("p.(Met3_His4insGlyTer)", "p.(Met3_His4insGlyTer)"),
        ("p.M3_H4insG*", "p.Met3_His4insGlyTer"),
        ("p.S332_S333insX", "p.Ser332_Ser333insXaa"),
        ("p.Cys28delinsTrpVal", "p.Cys28delinsTrpVal"),
        ("p.C28_K29delinsW", "p.Cys28_Lys29delinsTrp"),
    ] {
        let parsed = parse_protein(text).unwrap();
        assert_eq!(parsed.to_string(), expected, "{text}");
        assert_eq!(parse_protein(expected).unwrap(), parsed, "{text}");
    }
}

#[test]
fn dna() {
    for (text, expected) in [
        ("ENST00000269305.9:c.524G>A", "ENST00000269305.9:c.524G>A"),
        ("NC_000023.11:g.33344591del", "NC_000023.11:g.33344591del"),
        ("NC_000023.11(NM_004006.2):c.183_186+48del", "NC_000023.11(NM_004006.2):c.183_186+48del"),
        ("c.375+2T>G", "c.375+2T>G"),
        ("c.376-1G>A", "c.376-1G>A"),
        (" %09c.376-1G>A", "c.376-1G>A"),
        ("c.-12T>C", "c.-12T>C"),
        ("c.-20+1G>A", "c.-20+1G>A"),
        ("c.-20-1G>A", "c.-20-1G>A"),
        ("c.*34_*35insAC", "c.*34_*35insAC"),
        ("c.*5-3_*5-1dup", "c.*5-3_*5-1dup"),
        ("c.*-779T>C", "c.*-779T>C"),
        ("c.33_*272delinsA", "c.33_*272delinsA"),
        ("c.35delG", "c.35del"),
        ("c.35_36dupGA", "c.35_36dup"),
        ("c.35delGinsAA", "c.35delinsAA"),
        ("c.35_36GG>TT", "c.35_36delinsTT"),
        ("n.100_105inv", "n.100_105inv"),
        ("c.54=", "c.54="),
        ("c.54%3D", "c.54="),
        ("m.8993T>G", "m.8993T>G"),
    ] {
        let parsed = parse_coding(text).unwrap();
        assert_eq!(parsed.to_string(), expected, "{text}");
        assert_eq!(parse_coding(expected).unwrap(), parsed, "{text}");
    }
}

#[test]
fn texts_that_are_refused() {
    let expected = |expected, left| HgvsError::Expected { expected, left };
    for (text, error) in [
        ("p.Gly", expected("a position", 0)),
        ("p.Gly12", expected("a residue or the kind of change", 0)),
        ("p.Gly12Asp;", expected("the end", 1)),
        ("p.(Gly12Asp", expected("a residue", 9)),
        ("p.Gly0Asp", expected("a position", 4)),
        ("p.Gly99999999999Asp", expected("a position", 3)),
        ("p.Lys2insGln", expected("a residue or the kind of change", 6)),
        ("p.Lys2_Leu3ins", expected("residues", 0)),
        ("p.Lys2Argfs*", expected("the place of the new stop", 0)),
    ] {
        assert_eq!(parse_protein(text), Err(error), "{text}");
    }
    for (text, error) in [
        ("c.", expected("a position", 0)),
        ("c.35G>", expected("bases on both sides of `>`", 0)),
        ("c.35+G>A", expected("an offset", 3)),
        ("c.35_36ins", expected("bases", 0)),
        ("c.99999999999999999999del", expected("a position", 23)),
    ] {
        assert_eq!(parse_coding(text), Err(error), "{text}");
    }
    for text in ["", "x", ":", ":p.Gly12Asp", "G12D", "c.35G>A", "p", "é.Gly12Asp"] {
        assert!(matches!(parse_protein(text), Err(HgvsError::Kind { .. })), "{text}");
    }
}

/// Whatever the text, nothing panics, and what is understood is written so that it is understood in the same way.
#[test]
fn any_text() {
    let mut random = Random::new();
    let pieces = [
        "p.",
        "c.",
        "g.",
        "n.",
        ":",
        "(",
        ")",
        "Gly",
        "Ter",
        "Xaa",
        "G",
        "X",
        "*",
        "12",
        "0",
        "1",
        "4294967296",
        "9223372036854775808",
        "_",
        "del",
        "ins",
        "dup",
        "inv",
        "fs",
        "ext",
        "=",
        "?",
        ">",
        "A",
        "C",
        "+",
        "-",
        "%3D",
        "%",
        "é",
        "\u{0}",
        " ",
    ];
    let (mut protein, mut coding) = (0, 0);
    for round in 0..200_000 {
        let mut text = ["p.", "c.", ""][round % 3].to_owned();
        (0..random.below(8)).for_each(|_| text.push_str(pieces[random.below(pieces.len())]));
        if let Ok(parsed) = parse_protein(&text) {
            assert_eq!(parse_protein(&parsed.to_string()).unwrap(), parsed, "{text}");
            protein += 1;
        }
        if let Ok(parsed) = parse_coding(&text) {
            assert_eq!(parse_coding(&parsed.to_string()).unwrap(), parsed, "{text}");
            coding += 1;
        }
    }
    assert!(protein > 1000 && coding > 100, "{protein} {coding}");
}
