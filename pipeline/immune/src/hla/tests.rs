#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn check(text: &str, two_field: &str, full: &str) {
    let allele = HlaAllele::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(
        (allele.two_field().as_str(), allele.to_string().as_str()),
        (two_field, full),
        "{text}"
    );
    let again = HlaAllele::parse(&allele.to_string()).expect("the full name parses");
    assert_eq!(again, allele, "{text}: display and parse are inverse");
}

fn check_refused(text: &str, expected: &HlaError) {
    assert_eq!(HlaAllele::parse(text).as_ref(), Err(expected), "{text}");
}

#[test]
fn names_are_brought_into_one_form() {
    for (text, two_field, full) in [
        ("HLA-A*02:01", "HLA-A*02:01", "HLA-A*02:01"),
        ("A*02:01", "HLA-A*02:01", "HLA-A*02:01"),
        ("A*02:01:01:02L", "HLA-A*02:01", "HLA-A*02:01:01:02L"),
        ("A0201", "HLA-A*02:01", "HLA-A*02:01"),
        ("A02:01", "HLA-A*02:01", "HLA-A*02:01"),
        ("HLA-A02:01", "HLA-A*02:01", "HLA-A*02:01"),
        ("HLA-A0201", "HLA-A*02:01", "HLA-A*02:01"),
        ("HLA-A*0201", "HLA-A*02:01", "HLA-A*02:01"),
        ("HLA-A_0201", "HLA-A*02:01", "HLA-A*02:01"),
        (" hla-a*02:01 ", "HLA-A*02:01", "HLA-A*02:01"),
        ("HLA-A:01:01G", "HLA-A*01:01", "HLA-A*01:01G"),
        ("A*02:01:01G", "HLA-A*02:01", "HLA-A*02:01:01G"),
        ("A*02:01P", "HLA-A*02:01", "HLA-A*02:01P"),
        ("A*24:09N", "HLA-A*24:09", "HLA-A*24:09N"),
        ("A*01:01:01:02N", "HLA-A*01:01", "HLA-A*01:01:01:02N"),
        ("B*44:02:01:02S", "HLA-B*44:02", "HLA-B*44:02:01:02S"),
        ("A*32:11Q", "HLA-A*32:11", "HLA-A*32:11Q"),
        ("B*39:01:01:02L", "HLA-B*39:01", "HLA-B*39:01:01:02L"),
        ("A*020101", "HLA-A*02:01", "HLA-A*02:01:01"),
        ("A*24020102L", "HLA-A*24:02", "HLA-A*24:02:01:02L"),
        ("A*02:101", "HLA-A*02:101", "HLA-A*02:101"),
        ("B*15:1234", "HLA-B*15:1234", "HLA-B*15:1234"),
        ("B*82:02", "HLA-B*82:02", "HLA-B*82:02"),
        ("Cw*0702", "HLA-C*07:02", "HLA-C*07:02"),
        ("C*07:02:01:03", "HLA-C*07:02", "HLA-C*07:02:01:03"),
        ("E*01:03", "HLA-E*01:03", "HLA-E*01:03"),
        ("F*01:01:02", "HLA-F*01:01", "HLA-F*01:01:02"),
        ("HLA-G*01:05N", "HLA-G*01:05", "HLA-G*01:05N"),
        ("DRB1*04:05", "HLA-DRB1*04:05", "HLA-DRB1*04:05"),
        ("DRB10405", "HLA-DRB1*04:05", "HLA-DRB1*04:05"),
        ("DRB1_0405", "HLA-DRB1*04:05", "HLA-DRB1*04:05"),
        ("DRA*01:01", "HLA-DRA*01:01", "HLA-DRA*01:01"),
        ("DRB5*01:08N", "HLA-DRB5*01:08", "HLA-DRB5*01:08N"),
        ("DQA1*05:03", "HLA-DQA1*05:03", "HLA-DQA1*05:03"),
        ("DPB1*1000:01", "HLA-DPB1*1000:01", "HLA-DPB1*1000:01"),
        ("DPA1*01:03:01", "HLA-DPA1*01:03", "HLA-DPA1*01:03:01"),
        ("A*02:01:01/A*02:01:02", "HLA-A*02:01", "HLA-A*02:01:01"),
    ] {
        check(text, two_field, full);
    }
}

#[test]
fn what_does_not_fix_a_protein_is_refused() {
    let found = |text: &str| text.to_owned();
    for text in ["A2", "B62", "CW7", "A11", "BW4", "DR15", "DQ2", "DP4", "A203", "B703"] {
        check_refused(text, &HlaError::Serology { found: found(text) });
    }
    for text in ["A*02", "A*2", "DRB1*15", "A02", "B*07N"] {
        check_refused(text, &HlaError::OneField { found: found(text) });
    }
    for text in [
        "A*02:01/A*02:09",
        "A*02:AB",
        "A*02:69+A*23:30|A*02:302+A*23:26",
        "A*02:01/B*07:02",
        "A*01:01|A*01:02",
    ] {
        check_refused(text, &HlaError::Ambiguous { found: found(text) });
    }
    for text in ["DQA1*05:01-DQB1*02:01", "DQA10501-DQB10201", "DPA1*01:03/DPB1*04:01"] {
        check_refused(text, &HlaError::Pair { found: found(text) });
    }
    for text in ["A*9201", "B9502"] {
        check_refused(text, &HlaError::RollOver { found: found(text) });
    }
}

#[test]
fn malformed_names_say_why() {
    for (text, reason) in [
        ("A*2:01", "each field has two to four digits"),
        ("A*02:01:", "its fields are not numbers"),
        ("A*02:01X", "its fields are not numbers"),
        ("A*02:01:01:01:01", "it has more than four fields"),
        ("A*02011", "without colons it needs 4, 6 or 8 digits"),
        ("A*020", "without colons it needs 4, 6 or 8 digits"),
        ("A*02:01:01P", "a G group has three fields, a P group two"),
        ("A*", "its fields are not numbers"),
    ] {
        check_refused(text, &HlaError::Form { found: text.to_owned(), reason });
    }
    check_refused("", &HlaError::Empty);
    check_refused("HLA-", &HlaError::Empty);
    check_refused("A*02:01/", &HlaError::Empty);
    check_refused("MICA*008", &HlaError::Gene { found: "MICA".to_owned() });
    check_refused("H2-Kb", &HlaError::NotAnAllele { length: 5 });
}

#[test]
fn other_text_is_not_repeated() {
    for text in [
        "Cwilson",
        "Jane Doe",
        "A1 Jane Doe",
        "B Doe|A*02:01",
        "1970-01-01",
        "Müller",
        "Jane Doe*1",
    ] {
        let message = HlaAllele::parse(text).expect_err(text).to_string();
        assert!(message.contains("is no HLA allele"), "{text}: {message}");
    }
}

#[test]
fn only_alleles_on_the_surface_are_expressed() {
    for (text, expressed, note) in [
        ("A*02:01", true, None),
        ("A*24:09N", false, Some("null allele (N): no protein, presents nothing")),
        ("B*44:02:01:02S", false, Some("secreted (S): not on the cell surface, presents nothing")),
        ("A*02:01:01:02L", true, Some("low expression (L): counted as expressed")),
        ("A*32:11Q", true, Some("questionable expression (Q): counted as expressed")),
        ("A*02:01:01G", true, Some("G group: the allele that names the group is taken")),
        ("A02:01", true, Some("'*' after the gene was missing")),
        (
            "A*01:01:01:02N/A*01:01:01:01",
            true,
            Some("alleles that agree in two fields: the first expressed one is taken"),
        ),
        (
            "A*02:01:01/A*02:01:02",
            true,
            Some("alleles that agree in two fields: the first expressed one is taken"),
        ),
    ] {
        let rows = normalize(text);
        let row = rows[0].as_ref().expect(text);
        assert_eq!((row.expressed, row.note.as_deref()), (expressed, note), "{text}");
    }
}

#[test]
fn gl_strings_are_taken_apart() {
    for (text, parts) in [
        ("HLA-A*02:01", vec!["HLA-A*02:01"]),
        ("hla#3.23.0#HLA-A:01:01G+HLA-A*01:02", vec!["HLA-A:01:01G", "HLA-A*01:02"]),
        ("A*01:01+A*02:01^B*07:02+B*08:01", vec!["A*01:01", "A*02:01", "B*07:02", "B*08:01"]),
        ("A*01:01~B*08:01+A*02:01~B*07:02", vec!["A*01:01", "B*08:01", "A*02:01", "B*07:02"]),
        ("A*02:01:01/A*02:01:02+A*03:01", vec!["A*02:01:01/A*02:01:02", "A*03:01"]),
        (
            "A*02:69+A*23:30|A*02:302+A*23:26/A*23:39^B*07:02+B*08:01",
            vec!["A*02:69+A*23:30|A*02:302+A*23:26/A*23:39", "B*07:02", "B*08:01"],
        ),
        ("A*02:01:01+A*03:01:01|A*03:01:02+A*02:01:02", vec!["A*02:01:01", "A*03:01:01"]),
        ("", vec![]),
    ] {
        assert_eq!(split_gl_string(text), parts, "{text}");
    }
}

#[test]
fn one_bad_part_leaves_the_others() {
    let rows = normalize("hla#3.23.0#HLA-A:01:01G+HLA-A*01:02^B*07^DRB1*15:01");
    let alleles: Vec<_> = rows
        .iter()
        .map(|row| row.as_ref().map(|r| (r.allele.as_str(), r.hla_class.as_str())))
        .collect();
    let one_field = HlaError::OneField { found: "B*07".to_owned() };
    let expected = vec![
        Ok(("HLA-A*01:01", "I")),
        Ok(("HLA-A*01:02", "I")),
        Err(&one_field),
        Ok(("HLA-DRB1*15:01", "II")),
    ];
    assert_eq!(alleles, expected);
    assert_eq!(normalize(" "), vec![Err(HlaError::Empty)]);
}

/// Random texts of the pieces that names are made of: none panics, and a normal form is its own normal form.
#[test]
fn a_normal_form_stays_as_it_is() {
    let pieces = [
        "HLA-", "A", "B", "Cw", "DRB1", "*", "*", "*", "02", "01", "1", "15", ":", ":", ":", "/",
        "+", "|", "~", "^", "#", "-", "_", "N", "G", "P", "L", "é", " ",
    ];
    let mut state = 3_u64;
    let mut next = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut accepted = 0;
    for _ in 0..100_000 {
        let length = 1 + next(9);
        let text: String = (0..length).map(|_| pieces[next(pieces.len())]).collect();
        for row in normalize(&text).into_iter().flatten() {
            let again = HlaAllele::parse(&row.allele).expect("a normal form parses");
            assert_eq!(again.two_field(), row.allele, "{text}");
            accepted += 1;
        }
    }
    assert!(accepted > 100, "{accepted} accepted");
}
