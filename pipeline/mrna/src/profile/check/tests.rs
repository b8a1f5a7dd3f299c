#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
use super::*;

const COV: &str = include_str!("../../../profiles/cov.toml");

#[test]
fn the_built_in_profiles_load_and_say_what_they_hold() {
    let inest = Profile::built_in("inest").unwrap();
    assert_eq!(inest.notes(), Vec::<String>::new());
    assert_eq!((inest.utr3_copies, inest.poly_a.sequence.len()), (2, 120));
    let cov = Profile::built_in("cov").unwrap();
    assert_eq!(cov.notes(), ["UTR3_AES_mtRNR1 holds PaqCI site, bases 101 to 107 of it"]);
    assert_eq!(Profile::built_in("x"), Err(ProfileError::Unknown("x".to_owned())));
}

#[test]
fn a_bad_profile_is_refused_with_the_place() {
    let check = |from: &str, to: &str, message: &str| {
        assert!(COV.contains(from), "{from}");
        let error = Profile::parse("my.toml", &COV.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.starts_with("my.toml: ") && error.contains(message), "{error}");
    };
    check("name = \"cov\"", "nom = \"cov\"", "unknown field `nom`");
    check("max_peptides = 20", "max_peptides = 61", "max_peptides: found 61, expected 1 to 60");
    check("\"GCCACC\"", "\"GCCACX\"", "kozak: found 'X' at base 6, expected upper-case");
    check("\"GCCACC\"", "\"\"", "kozak: found nothing");
    check("\"GAGAATAAAC", "\"GAGAAUAAAC", "UTR5_BNT162b2: found 'U' at base 6: T and U are mixed");
    check("\"GCCACC\"", "\"GCCUCC\"", "kozak: found 'U' at base 4: this is RNA");
    check("\"GCCACC\"", "\"gccacc\"", "kozak: found 'g' at base 1: write it in upper case");
    check(
        "utr3_copies = 1",
        "utr3_copies = 1\nmolecules = 3",
        "molecules: found 3, expected 1 to 2",
    );
    check("low = 20", "low = 90", "gc_window.low: found 90");
    check("start_unpaired = 0.0", "start_unpaired = 1.5", "start_unpaired: found 1.5");
    check("longest_helix = 26", "helix = 5", "unknown field `helix`");
    check("[utr3]", "[utr33]", "unknown field `utr33`");
    check("\"MRVMAP", "\"ARVMAP", "signal: found another first residue, expected M");
    check("\"MRVMAP", "\"MRVMAX", "sec: found 'X' at residue 6");
    check("\"TGATGA\"", "\"TGATG\"", "stop: found TGATG");
    check("sequence = \"\"", "sequence = \"GS\"", "linkers: found another list");
    check(
        "allowed_in = [\"UTR3_AES_mtRNR1\"]",
        "",
        "PaqCI site lies in UTR3_AES_mtRNR1, bases 101 to 107",
    );
    check("[\"UTR3_AES_mtRNR1\"]", "[\"UTR3\"]", "allowed_in of PaqCI site: found UTR3");
    check("\"GCCACC\"", "\"GGTCTC\"", "BsaI site lies in kozak, bases 1 to 6");
    check("\"GCCACC\"", "\"GGGGGG\"", "run of more than 5 G lies in kozak");
    check("\nA = 7", "\nN = 7", "longest_run: found N");
}

#[test]
fn a_motif_on_a_border_of_fixed_parts_is_named_with_both() {
    let text =
        COV.replacen("\"GCCACC\"", "\"CTGCACC\"", 1).replacen("GAGAGAACCC\"", "GAGAGAACAC\"", 1);
    let error = Profile::parse("p", &text).unwrap_err();
    let expected = ProfileError::MotifInPart {
        file: "p".to_owned(),
        motif: "PaqCI site".to_owned(),
        part: "UTR5_BNT162b2 and kozak".to_owned(),
        first: 46,
        last: 52,
    };
    assert_eq!(error, expected);
}

#[test]
fn built_in_sequences_equal_the_published_ones() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/acceptance/mrna/construct_parts.json"
    );
    let Ok(json) = std::fs::read_to_string(path) else {
        println!("skipped: the shared construct parts are not here");
        return;
    };
    // The file has one key a line: the sequence follows its name.
    let published = |name: &str| {
        let (_, rest) = json.split_once(&format!("\"name\": \"{name}\"")).expect(name);
        let (_, rest) = rest.split_once("\"seq\": \"").expect(name);
        rest.split('"').next().unwrap().to_owned()
    };
    let check = |part: &Part, name: &str| assert_eq!(part.sequence, published(name), "{name}");
    let (inest, cov) = (Profile::built_in("inest").unwrap(), Profile::built_in("cov").unwrap());
    check(&inest.promoter, "T7_G");
    check(&inest.utr5, "UTR5_HBB");
    check(inest.signal.as_ref().unwrap(), "sec");
    check(&inest.linkers[1], "linker_GS10");
    check(inest.trafficking.as_ref().unwrap(), "MITD");
    check(&inest.utr3, "UTR3_HBB");
    check(&inest.poly_a, "polyA_120");
    check(&cov.promoter, "T7_AG");
    check(&cov.utr5, "UTR5_BNT162b2_hAg");
    check(cov.kozak.as_ref().unwrap(), "kozak");
    check(cov.signal.as_ref().unwrap(), "sec");
    check(cov.trafficking.as_ref().unwrap(), "MITD");
    check(&cov.utr3, "UTR3_AES_mtRNR1");
    check(&cov.poly_a, "polyA_seg");
}
