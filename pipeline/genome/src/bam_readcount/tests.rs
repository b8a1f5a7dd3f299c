#![allow(clippy::unwrap_used)]
use super::*;

fn read(text: &str) -> Result<BamReadcounts, ReadcountError> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("counts");
    std::fs::write(&path, text).unwrap();
    read_bam_readcount(&path, "counts.tsv")
}

/// Alleles are `T=3+2` with the reads of both strands.
fn line(contig: &str, pos: u32, base: char, depth: u32, alleles: &str) -> String {
    let field = |allele: &str| {
        let (allele, reads) = allele.split_once('=').unwrap();
        let (plus, minus) = reads.split_once('+').unwrap();
        let total = plus.parse::<u32>().unwrap() + minus.parse::<u32>().unwrap();
        format!("\t{allele}:{total}:60.00:30.00:0.00:{plus}:{minus}:0.5:0.01:2.5:1:0.4:100.00:0.5")
    };
    let fields: Vec<_> = alleles.split(' ').map(field).collect();
    format!("{contig}\t{pos}\t{base}\t{depth}{}\n", fields.concat())
}

#[test]
fn alleles_are_found_where_they_are_counted() {
    let counts = read(
        &[
            line("1", 10, 'c', 107, "A=0+0 C=43+59 T=3+2"),
            line("1", 20, 'C', 76, "C=13+9 +CTT=26+26"),
            line("1", 31, 'A', 77, "A=22+32 -ACT=7+16"),
        ]
        .concat(),
    )
    .unwrap();
    assert_eq!((counts.lines, counts.places(), counts.quarantined.len()), (3, 3, 0));
    let check = |pos, reference, alternative, expected: Option<(u32, u32, u32)>| {
        let found = match counts.of("1", pos, reference, alternative) {
            Counted::Reads(reads) => {
                Some((reads.depth, reads.reference.total, reads.alternative.total))
            }
            _ => None,
        };
        assert_eq!(found, expected, "{pos} {reference} {alternative}");
    };
    check(10, "C", "T", Some((107, 102, 5)));
    check(10, "C", "G", Some((107, 102, 0)));
    check(10, "CG", "TG", Some((107, 102, 5)));
    check(9, "GC", "GT", Some((107, 102, 5)));
    check(20, "C", "CCTT", Some((76, 22, 52)));
    check(20, "C", "CCTA", Some((76, 22, 0)));
    check(30, "GACT", "G", Some((77, 54, 23)));
    check(30, "GACTA", "GA", Some((77, 54, 23)));
    check(29, "TGACTC", "TGC", Some((77, 54, 23)));
    let of = |pos, reference, alternative| counts.of("1", pos, reference, alternative);
    assert_eq!(of(11, "C", "T"), Counted::NotInFile);
    assert_eq!(counts.of("2", 10, "C", "T"), Counted::NotInFile);
    assert_eq!(of(10, "G", "T"), Counted::OtherReference);
    assert_eq!(of(20, "G", "GCTT"), Counted::OtherReference);
    assert_eq!(of(10, "CC", "TT"), Counted::NotCountable);
    assert_eq!(of(10, "C", "<DEL>"), Counted::NotCountable);
    assert_eq!(of(10, "C", "C"), Counted::NotCountable);
    let Counted::Reads(reads) = of(20, "C", "CCTT") else { unreachable!() };
    assert_eq!((reads.alternative.plus, reads.alternative.minus), (26, 26));
    assert_eq!(reads.fraction(), Some(52.0 / 76.0));
}

#[test]
fn places_that_come_twice() {
    let first = line("1", 10, 'C', 16, "A=6+0 C=10+0");
    let counts = read(&[&*first, &line("1", 10, 'C', 16, "A=1+0 C=15+0")].concat()).unwrap();
    assert_eq!((counts.repeated, counts.quarantined.len()), (1, 0));
    assert!(matches!(counts.of("1", 10, "C", "A"), Counted::Reads(r) if r.alternative.total == 6));
    let counts = read(&[&*first, &line("1", 10, 'C', 17, "A=6+0"), &first].concat()).unwrap();
    assert_eq!(counts.of("1", 10, "C", "A"), Counted::Contradictory);
    let rules: Vec<_> =
        counts.quarantined.iter().map(|q| (q.source_line, q.rule.as_str())).collect();
    assert_eq!(rules, [(2, "readcount.depth"), (3, "readcount.depth")]);
}

#[test]
fn what_is_not_of_bam_readcount() {
    let good = line("1", 10, 'C', 16, "A=6+0 C=10+0");
    for bad in [
        "gene,tpm\n",
        "1\t10\tC\t16\n",
        "1\tten\tC\t16\tA:1:1:1:1:1:0\n",
        "1\t10\tCC\t1\tA:1:1:1:1:1:0\n",
        "1\t10\tC\t1\tA:1:1:1\n",
        "1\t10\tC\t1\tlibrary\t{\tA:1:1:1:1:1:0\t}\n",
    ] {
        assert!(matches!(read(bad), Err(ReadcountError::NotReadcounts { .. })), "{bad}");
        let counts = read(&[&*good, bad].concat()).unwrap();
        assert_eq!(counts.quarantined[0].rule, "readcount.line", "{bad}");
    }
    assert_eq!(read("").unwrap().places(), 0);
    let missing = read_bam_readcount(Path::new("/nowhere/x"), "x").unwrap_err();
    assert!(missing.to_string().starts_with("x: there is no such file"));
}
