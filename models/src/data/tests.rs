#![allow(clippy::unwrap_used)]

use super::*;
use std::io::Write as _;

/// Writes a table below a data root.
pub(crate) fn table(root: &Path, format: Format, file: &str, content: &[u8]) -> Table {
    std::fs::write(root.join(file), content).unwrap();
    Table {
        format,
        path: file.into(),
        sha256: sha256(content),
        licence: "none".to_owned(),
        source: "made up".to_owned(),
        from_epoch: 1,
        removes: None,
        alpha: BTreeMap::new(),
    }
}

pub(crate) fn bzip2(text: &str) -> Vec<u8> {
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    bzip2.finish().unwrap()
}

pub(crate) fn peptide(text: &str, class: Class) -> Peptide {
    Peptide::parse(text, class).unwrap()
}

fn ligand(text: &str, class: Class, molecules: &[&str]) -> Row {
    Row {
        peptide: peptide(text, class),
        flanks: Flanks::UNKNOWN,
        molecules: molecules.iter().map(|&name| name.to_owned()).collect(),
        measured: Measured::Ligand,
    }
}

fn rows(format: Format, class: Class, text: &str) -> Result<Rows, DataError> {
    let root = tempfile::tempdir().unwrap();
    read_rows(root.path(), &table(root.path(), format, "t", text.as_bytes()), class)
}

const A2: &str = "HLA-A*02:01";
const B7: &str = "HLA-B*07:02";
const DR1: &str = "HLA-DRB1*01:01";

#[test]
fn ligands_are_read_as_they_were_published() {
    let (one, two) = ("GILGFVFTL", "PKYVKQNTLKLAT");
    for (format, class, text, expected) in [
        (
            Format::Hlathena,
            Class::One,
            "allele len seq\nA0201 9 GILGFVFTL\n",
            ligand(one, Class::One, &[A2]),
        ),
        (
            Format::Maptac,
            Class::One,
            "peptide,mhc_class,mhc_restriction\nGILGFVFTL,I,HLA-A*02:01\n",
            ligand(one, Class::One, &[A2]),
        ),
        (
            Format::Maptac,
            Class::Two,
            "peptide,mhc_class,mhc_restriction\nPKYVKQNTLKLAT,II,HLA-DRB1*01:01\n",
            ligand(two, Class::Two, &[DR1]),
        ),
        (
            Format::Hlaiipred,
            Class::Two,
            "peptide,allele,presented\nPKYVKQNTLKLAT,DPA1*01:03-DPB1*04:01,1\n",
            ligand(two, Class::Two, &["HLA-DPA1*01:03-DPB1*04:01"]),
        ),
        (
            Format::MhcflurryMultiallelic,
            Class::One,
            "hit,peptide,hla\n1,GILGFVFTL,HLA-B*07:02 HLA-A*02:01  HLA-B*07:02\n",
            ligand(one, Class::One, &[A2, B7]),
        ),
    ] {
        let found = rows(format, class, text).unwrap();
        assert_eq!(found.rows, [expected], "{format:?}");
        assert!(found.removed.is_empty(), "{format:?}: {:?}", found.removed);
    }
}

#[test]
fn flanks_and_compression_are_read() {
    let root = tempfile::tempdir().unwrap();
    let text = "hit,peptide,hla,n_flank,c_flank\n1,GILGFVFTL,HLA-A*02:01,AKL,D\n1,GILGFVFTV,HLA-A*02:01,,\n";
    let format = Format::MhcflurryMultiallelic;
    let table = table(root.path(), format, "t.csv.bz2", &bzip2(text));
    let rows = read_rows(root.path(), &table, Class::One).unwrap().rows;
    assert_eq!(rows[0].flanks, Flanks::parse("AKL", "D"));
    assert_eq!(rows[1].flanks, Flanks::UNKNOWN);
}

#[test]
fn affinities_are_targets_with_bounds() {
    for (nanomolar, sign, expected) in [
        (1.0, "=", Some((1.0, Bound::Exact))),
        (50_000.0, "=", Some((0.0, Bound::Exact))),
        (50_000_f64.sqrt(), "<", Some((0.5, Bound::Least))),
        (500.0, ">", Some((0.425_625, Bound::Most))),
        (0.01, "=", Some((1.0, Bound::Exact))),
        (70_000.0, ">", Some((0.0, Bound::Most))),
        (0.0, "=", None),
        (-5.0, "=", None),
        (f64::NAN, "=", None),
        (5.0, "", None),
        (5.0, ">=", None),
    ] {
        let found = match Measured::affinity(nanomolar, sign) {
            Some(Measured::Affinity { target, bound }) => Some((target, bound)),
            _ => None,
        };
        match (found, expected) {
            (Some((target, bound)), Some((value, of))) => {
                assert!(
                    (target - value).abs() < 1e-5 && bound == of,
                    "{nanomolar}: {target} {bound:?}"
                );
            }
            _ => assert_eq!(found, expected, "{nanomolar} {sign}"),
        }
    }
}

#[test]
fn rows_that_are_not_used_are_counted_by_reason() {
    for (format, class, text, used, removed) in [
        (
            Format::Hlathena,
            Class::One,
            "allele len seq\nA0201 9 GILGFVFTL\nA0201 7 GILGFVF\nA0201 9 GILGFVFTX\nA0201 15 GILGFVFTLGILGFV\n",
            1,
            &[("length outside 8 to 14", 2), ("non-standard residue", 1)][..],
        ),
        (
            Format::Hlaiipred,
            Class::Two,
            "peptide,allele,presented\nPKYVKQNTLKLAT,DRB1*01:01,0\nPKYVKQNT,DRB1*01:01,1\n",
            0,
            &[("length outside 9 to 30", 1), ("not presented: decoys are drawn instead", 1)],
        ),
        (
            Format::MhcflurryMultiallelic,
            Class::One,
            "hit,peptide,hla\n0,GILGFVFTL,\n1,GILGFVFTL,HLA-A*02:01\n",
            1,
            &[("not presented: decoys are drawn instead", 1)],
        ),
        (
            Format::CuratedAffinity,
            Class::One,
            "allele,peptide,measurement_value,measurement_inequality\n\
             HLA-A*02:01,GILGFVFTL,5,=\nHLA-A2,GILGFVFTL,5,=\nH-2-Kb,GILGFVFTL,5,=\nHLA-DRB1*01:01,GILGFVFTL,5,=\n",
            1,
            &[("not a human molecule typed to its protein", 3)],
        ),
    ] {
        let found = rows(format, class, text).unwrap();
        assert_eq!(found.rows.len(), used, "{format:?}");
        let removed = removed.iter().map(|&(reason, count)| (reason.to_owned(), count)).collect();
        assert_eq!(found.removed, removed, "{format:?}");
    }
}

#[test]
fn what_is_no_table_is_refused() {
    let affinities =
        "allele,peptide,measurement_value,measurement_inequality\nHLA-A*02:01,GILGFVFTL,";
    for (format, class, text, said) in [
        (Format::Hlathena, Class::One, "allele len\nA0201 9\n", "t, line 1: expected a column seq"),
        (
            Format::Hlathena,
            Class::One,
            "allele len seq\nA0201 9\n",
            "t, line 2: expected as many fields",
        ),
        (
            Format::Hlathena,
            Class::One,
            "allele len seq\nA2 9 GILGFVFTL\n",
            "line 2: expected a class I allele",
        ),
        (
            Format::Maptac,
            Class::Two,
            "peptide,mhc_restriction\nPKYVKQNTLKLAT,HLA-DRB1*01:01\nPKYVKQNTLKLAT,HLA-DPB1*04:01\n",
            "line 3: expected a class II molecule such as HLA-DRB1*01:01 or HLA-DPA1*01:03-DPB1*04:01; name the alpha",
        ),
        (
            Format::Hlaiipred,
            Class::Two,
            "peptide,allele,presented\nP,DRB1*01:01,yes\n",
            "expected 1 or 0 for presented",
        ),
        // Without the column nothing is known.
        (
            Format::Hlaiipred,
            Class::Two,
            "peptide,allele\nP,DRB1*01:01\n",
            "expected 1 or 0 for presented",
        ),
        (
            Format::MhcflurryMultiallelic,
            Class::One,
            "hit,peptide,hla\n1,GILGFVFTL,\n",
            "line 2: expected a class I allele",
        ),
        (
            Format::MhcflurryMultiallelic,
            Class::One,
            "hit,peptide,hla\n1,GILGFVFTL,A0201 Z\n",
            "expected a class I allele",
        ),
        (
            Format::CuratedAffinity,
            Class::One,
            &format!("{affinities}0,=\n"),
            "expected an IC50 above 0 nM with =, < or >",
        ),
        (
            Format::CuratedAffinity,
            Class::One,
            &format!("{affinities}5,~\n"),
            "line 2: expected an IC50",
        ),
        (Format::KimBlind, Class::One, "", "format KimBlind holds no ligands or affinities"),
        (
            Format::Pseudosequences,
            Class::One,
            "",
            "format Pseudosequences holds no ligands or affinities",
        ),
    ] {
        let error = rows(format, class, text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn alpha_chains_are_named_by_the_recipe() {
    let root = tempfile::tempdir().unwrap();
    let text =
        "peptide,mhc_restriction\nPKYVKQNTLKLAT,HLA-DPB1*04:01\nPKYVKQNTLKLAT,HLA-DRB1*01:01\n";
    let mut table = table(root.path(), Format::Maptac, "t", text.as_bytes());
    table.alpha.insert("HLA-DPB1*04:01".to_owned(), "DPA1*01:03".to_owned());
    let rows = read_rows(root.path(), &table, Class::Two).unwrap().rows;
    let names: Vec<&str> = rows.iter().flat_map(|row| &row.molecules).map(String::as_str).collect();
    assert_eq!(names, ["HLA-DPA1*01:03-DPB1*04:01", DR1]);
}

#[test]
fn windows_join_a_peptide_and_its_flanks() {
    let root = tempfile::tempdir().unwrap();
    let text = "n_flank,peptide,c_flank\nAC,DEF,GX\n,AAA,\n";
    let format = Format::MhcflurryMultiallelic;
    let good = table(root.path(), format, "w.bz2", &bzip2(text));
    let windows = read_windows(root.path(), &good).unwrap();
    assert_eq!(windows, [vec![0, 1, 2, 3, 4, 5, u8::MAX], vec![0; 3]]);
    let other = Table { format: Format::Hlathena, ..good.clone() };
    let error = read_windows(root.path(), &other).unwrap_err().to_string();
    assert_eq!(error, "w.bz2: format Hlathena holds no windows");
    let broken = table(root.path(), format, "w.bz2", &bzip2(text)[..20]);
    assert!(read_windows(root.path(), &broken).unwrap_err().to_string().starts_with("w.bz2: "));
    // The checksum of the first file is not that of the second.
    let error = read_windows(root.path(), &good).unwrap_err().to_string();
    assert!(error.contains("w.bz2: SHA-256 is") && error.contains(&good.sha256), "{error}");
}
