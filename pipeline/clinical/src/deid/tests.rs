//! What the search finds in text, and what it leaves alone.
#![allow(clippy::unwrap_used, clippy::panic, clippy::too_many_lines)]

use super::{rules, text::Scanner, words::Words};

fn scanner() -> Scanner {
    Scanner::new(Words::default()).unwrap()
}

#[test]
fn labels_of_medicine_and_genomics_pass() {
    let mut scanner = scanner();
    for text in [
        "Malignant neoplasm of breast (disorder)",
        "24 HR Metoprolol Tartrate 100 MG Oral Tablet",
        "penicillin G benzathine 1200000 UNT/ML",
        "0.3 ML enoxaparin sodium 100 MG/ML Prefilled Syringe",
        "American Joint Committee on Cancer stage IIIC (qualifier value)",
        "NM_000059.3(BRCA2):c.5946del",
        "NC_000017.11:g.43044295A>G",
        "chr17:43044295-43125364",
        "rs121913529",
        "ENST00000357654",
        "p.(Gly12Asp)",
        "HLA-A*02:01:01:02L",
        "hla#3.23.0#HLA-A:01:01G+HLA-A*01:02",
        "HGNC:11117",
        "SO:0001743",
        "MONDO:0012624",
        "NCT04919811",
        "1/1000000",
        "NP_001294869.1:p.(Pro144Ser)",
        "1/1000000{Base}",
        "6-month follow-up",
        "FOLFOX-6, cycle 12 of 12",
        "Ki-67 20-30%",
        "pT1c pN0(sn) cM0",
        "Gleason 3+4=7",
        "1 in 4,000",
        "2020",
        "May be repeated",
        "89 years old",
        "Patient referral for dental care",
        "Stage I",
        "Dr",
        "ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT",
        "2.16.840.1.113883.6.238",
        "version 1.2.3",
        "Diabetes mellitus type 2",
        "T-lymphocyte CD4+ count < 200 cells/uL",
        "E. Coli",
        "Staphylococcus aureus (S. Aureus)",
        "Vitamin D Deficiency",
        "NC_000007.14:116672195-116798386",
        "NDA020800 0.3 ML Epinephrine 1 MG/ML Auto-Injector",
        "β-lactam, 5 µg/mL, 37 °C, Å, ≥ 3 × 10⁹/L",
        "Hodgkin's disease, nodular sclerosis",
        "Sjögren syndrome",
        "MS 120 ms; MR angiography; HLA-DR antigen; DR4",
        "CA 19-9, CA-125, IL-12, MK-3475, COVID-19",
        "nodes 3/12, grade 2/3",
        "Family history: mother with breast cancer",
        "Nurse practitioner",
        "temperature 98 F",
    ] {
        assert_eq!(scanner.scan(text), None, "{text}");
    }
}

#[test]
fn what_identifies_is_found_however_it_is_written() {
    let mut scanner = scanner();
    for (rule, texts) in [
        (
            &rules::TEXT_DATE,
            &[
                "2020-03-03",
                "2020/3/3",
                "2020.03.03",
                "20200303",
                "20200303T1015",
                "3/3/2020",
                "03-03-20",
                "3.3.20",
                "3.3.2020",
                "3/2020",
                "3 March 2020",
                "March 3rd, 2020",
                "3-Mar-2020",
                "3/Mar/20",
                "Mar-03-2020",
                "03MAR2020",
                "March '20",
                "25th of December",
                "25. Dezember 2019",
                "25 décembre 2019",
                "14 de marzo de 1965",
                "1965年3月14日",
                "２０２０-０３-０３",
                "٢٠٢٠-٠٣-٠٣",
                "2020–03–03",
                "admitted 12/25",
                "12/25",
                "12/25 left breast",
                "two nodes seen on 3/12",
                "diagnosed in March",
                "since November",
                "DOB 1/2/65",
                "Q3 2020",
                "summer of 2019",
                "Christmas Day 2019",
                "taken_2020-03-03",
            ][..],
        ),
        (
            &rules::TEXT_PHONE,
            &[
                "555-123-4567",
                "(555) 987 6543",
                "+44 20 7946 0958",
                "020 7946 0958",
                "01 23 45 67 89",
                "555-1234",
                "ext. 4412",
                "pager: 81234",
            ],
        ),
        (
            &rules::TEXT_AGE,
            &[
                "97-year-old",
                "age 93",
                "93 y/o",
                "93F with breast cancer",
                "ninety-three year old",
                "a nonagenarian",
            ],
        ),
        (
            &rules::TEXT_NAME,
            &[
                "Dr. Quuxley",
                "dr. quuxley",
                "dr quuxley",
                "DR. QUUXLEY",
                "seen by DR QUUXLEY",
                "Quuxley, MD",
                "RN Quuxley",
                "J. Quuxley",
                "J.R. Quuxley",
                "J Quuxley",
                "Quuxley J",
                "Quuxley, JA",
                "Smith J",
                "SMITH J",
                "Smith JA",
                "biopsy by Smith J, left",
                "J. Smith",
                "J Smith",
                "SMITH, JOHN",
                "QUUXLEY, XYLANDRA",
                "Xylandra Quuxley",
                "Brown J",
                "White, B",
                "swab of Xylandra Quuxley, left cheek",
                "Quuxley, J.",
                "Patient Name: Quuxley",
                "signed: Quuxley",
                "/s/ Quuxley",
                "referred by Quuxley",
                "cc: Quuxley",
                "Patrick McQuux",
                "O'Quux, Patrick",
                "Jean-Luc Quux",
                "PATRICK QUUX",
                "Quux^Patrick",
                "Patrick_Quux",
                "Quux\u{a0}Patrick",
                "Pat\u{ad}rick Quux",
            ],
        ),
        (
            &rules::TEXT_ADDRESS,
            &[
                "123 Main Street",
                "123 main street",
                "P.O. Box 12",
                "PO Box 12",
                "Apt 4B",
                "Room 412B",
                "Quuxville, MA",
                "Quuxville, New York",
                "MA 01101",
                "lives in Quuxville",
                "SW1A 1AA",
                "K1A 0B6",
                "12345 Quuxburg",
                "Quuxstraße 5",
                "rue de la Quux",
            ],
        ),
        (
            &rules::TEXT_NUMBER,
            &[
                "MRN: 1234567",
                "MRN_1234567",
                "mrn12345",
                "Patient ID: ABC12",
                "pt# 12",
                "SN 884213",
                "lot 12AB34",
                "7ABC123",
                "S15-12345",
                "SP-20-1234",
                "DEA AB1234563",
            ],
        ),
        (
            &rules::TEXT_EMAIL,
            &[
                "a.b@example.org",
                "a.b [at] example.org",
                "a.b at example dot org",
                "@quuxley",
                "ａ＠example.org",
            ],
        ),
        (&rules::TEXT_URL, &["http://x", "www.x.y", "quux.org/x"]),
        (
            &rules::TEXT_IP,
            &[
                "10.0.0.1",
                "2001:db8::8a2e:370:7334",
                "00:1B:44:11:3A:B7",
                "00-1B-44-11-3A-B7",
                "001B.4411.3AB7",
            ],
        ),
        (&rules::TEXT_SCRIPT, &["王小明", "Иван Петров", "محمد علي"]),
    ] {
        let other: Vec<_> = texts
            .iter()
            .map(|text| (text, scanner.scan(text)))
            .filter(|(_, found)| *found != Some(rule))
            .collect();
        assert!(other.is_empty(), "{}: {other:?}", rule.id);
    }
}

#[test]
fn labels_stay_where_their_words_are_known() {
    let mut scanner = scanner();
    for (text, coded, bare) in [
        ("T2 N1", true, true),
        ("pT2 pN1a(sn) cM0", true, true),
        ("3/12 nodes positive", true, true),
        ("Lymph nodes involved: 3/12", true, true),
        ("HLA-A*02:01", true, true),
        ("HLA-DRB1*15:01 and C*07:02:01G", true, true),
        ("Gleason 3+4", true, true),
        ("Gleason score 7 (3+4)", true, true),
        ("Ewing sarcoma of bone", true, true),
        ("Wilms tumor", true, true),
        ("Hodgkin's disease", true, true),
        ("Wilson's disease", true, true),
        ("EGFR p.Leu858Arg", true, true),
        ("BRAF V600E mutation", true, true),
        ("NM_000059.3(BRCA2):c.5946del", true, true),
        ("10*3/uL", true, true),
        ("mmol/L", true, true),
        ("[IU]/mL", true, true),
        ("Cel", true, true),
        ("ng/mL", true, true),
        ("mm[Hg]", true, true),
        ("{score}", true, true),
        ("Hepatitis B", true, true),
        ("Vitamin D", true, true),
        ("Stage I", true, true),
        ("Case A", true, true),
        ("E. Coli", true, true),
        ("T Lymphocyte", true, true),
        ("X Chromosome", true, true),
        ("White", true, true),
        ("Hispanic or Latino", true, true),
        ("buccal swab, left cheek", true, true),
        ("Pembrolizumab 25 MG/ML Injection [Keytruda]", true, true),
        ("Rhinoconjunctivitis", true, true),
        ("Polycythemia vera", true, true),
        // Written as words are, and not known: not beside a code of its own.
        ("quuxley", true, false),
        ("biopsy of quuxley", true, false),
        ("QuuxSoft", true, false),
        // Written as names are.
        ("Quuxley", false, false),
        ("biopsy Quuxley", false, false),
        ("Biopsy, QUUXLEY", false, false),
        ("Smith", false, false),
        ("SMITH biopsy", false, false),
        ("Gordon", false, false),
        ("left breast McQuux", false, false),
        ("Xylandra Quuxley", false, false),
    ] {
        assert_eq!(scanner.scan_label(text, true).is_none(), coded, "beside a code: {text}");
        assert_eq!(scanner.scan_label(text, false).is_none(), bare, "alone: {text}");
    }
    let mut scanner = Scanner::new(Words::new([String::from("Quuxley sign")].iter())).unwrap();
    assert_eq!(scanner.scan_label("Quuxley", false), None);
}

#[test]
fn names_that_records_give_are_found_side_by_side() {
    let mut scanner = scanner();
    assert_eq!(scanner.scan("buccal swab from May Lake"), None);
    scanner.learn("May");
    scanner.learn("Lake");
    scanner.learn("Bone");
    for (text, found) in [
        ("buccal swab from May Lake", true),
        ("Lake, May", true),
        ("Lake", true),
        ("Bone marrow", false),
        ("Bone", true),
        ("may lake", false),
    ] {
        assert_eq!(scanner.scan(text), found.then_some(&rules::TEXT_NAME), "{text}");
    }
}
