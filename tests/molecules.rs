//! `vaxloom fold` and `vaxloom optimize`.

use std::fs;

use serde_json::Value;

use crate::harness::{path, shared, vaxloom};

/// A hairpin of four pairs, and its energy and ensemble as ViennaRNA 2.8.0 has them with dangles 2.
const HAIRPIN: &str = "GGGGAAAACCCC";

#[test]
fn folds_as_rnafold_prints_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rna.fa");
    fs::write(&file, format!(">hairpin of four\n{HAIRPIN}\n>wrong\nACXGU\n>mixed\nACTU\n"))
        .unwrap();
    let answer = vaxloom(["fold", path(&file)]).ended_with(3);
    assert_eq!(answer.stdout, format!(">hairpin\n{HAIRPIN}\n((((....)))) ( -5.40)\n"));
    for words in ["line 3: wrong: position 3: found 'X'", "line 5: mixed: position 4: found 'U'"] {
        assert!(answer.stderr.contains(words), "{}", answer.stderr);
    }
    let json = vaxloom(["fold", path(&file), "--format", "json"]).ended_with(3).stdout;
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&value["energy"], &value["structure"]), (&(-5.4).into(), &"((((....))))".into()));
    assert!(value["ensemble_energy"].as_f64().unwrap() < -5.4);
}

#[test]
fn molecules_fold_as_viennarna_folds_them() {
    let Some(table) = shared("acceptance/mrna/viennarna_2.8.0_random50_reference.tsv") else {
        return;
    };
    let text = fs::read_to_string(table).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<&str>>());
    // The longest ones take minutes in the development build; the crate's own tests fold them.
    let rows: Vec<Vec<&str>> = rows.filter(|row| row[7].len() <= 400).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rna.fa");
    let fasta: Vec<String> = rows.iter().map(|row| format!(">{}\n{}", row[0], row[7])).collect();
    fs::write(&file, fasta.join("\n")).unwrap();
    let folded = |dangles: &str| -> Vec<Value> {
        let answer = vaxloom(["fold", path(&file), "--dangles", dangles, "--format", "json"]);
        let lines = answer.ended_with(0).stdout;
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let near = |found: &Value, expected: &str, what: &str| {
        let (found, expected) = (found.as_f64().unwrap(), expected.parse::<f64>().unwrap());
        assert!((found - expected).abs() < 0.0101, "{what}: {found}, expected {expected}");
    };
    for (row, found) in rows.iter().zip(folded("0")) {
        near(&found["energy"], row[3], row[0]);
    }
    for (row, found) in rows.iter().zip(folded("2")) {
        near(&found["energy"], row[4], row[0]);
        near(&found["ensemble_energy"], row[5], row[0]);
    }
    assert!(rows.len() > 20, "{}", rows.len());
}

#[test]
fn a_protein_is_written_in_stable_codons() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("protein.fa");
    fs::write(&file, ">odd\nMKX\n>short\nMKRGHDFW*\n").unwrap();
    let words = ["optimize", "--protein", path(&file)];
    let answer = vaxloom(words.iter().chain(&["--format", "json", "--lambda", "1"])).ended_with(3);
    assert!(answer.stderr.contains("residue 3: found 'X'"), "{}", answer.stderr);
    let value: Value = serde_json::from_str(&answer.stdout).unwrap();
    let number = |key: &str| value[key].as_f64().unwrap();
    let rna = value["rna"].as_str().unwrap();
    assert_eq!((rna.len(), value["name"].as_str()), (27, Some("short")));
    let joint = number("energy") - number("lambda") * 9.0 * number("cai").ln();
    assert!((joint - number("objective")).abs() < 1e-6);
    // The structure is that of a molecule that folds to the same energy.
    let fold = folder.path().join("rna.fa");
    fs::write(&fold, format!(">x\n{rna}\n")).unwrap();
    let folded = vaxloom(["fold", path(&fold), "--dangles", "0", "--format", "json"]).ended_with(0);
    let folded: Value = serde_json::from_str(&folded.stdout).unwrap();
    assert_eq!(folded["energy"], value["energy"]);
    // Motifs stay out, in text as LinearDesign prints it; codon tables are checked.
    let answer = vaxloom(words.iter().chain(&["--forbid", &rna[3..9]])).ended_with(3).stdout;
    assert!(answer.starts_with(">short\nmRNA sequence:  AUG") && !answer.contains(&rna[3..9]));
    let table = folder.path().join("table.csv");
    fs::write(&table, "GCU,A,0.5\n").unwrap();
    let answer = vaxloom(words.iter().chain(&["--codon-table", path(&table)])).ended_with(1);
    assert!(answer.stderr.contains("table.csv: no row for codon"), "{}", answer.stderr);
    fs::write(&file, ">longer\nMKRGHDFWLLSSGGAARRPPTTEEVVKKIIDDNNLLRRSS\n").unwrap();
    let front = vaxloom(words.iter().chain(&["--front", "5", "--format", "json"])).ended_with(0);
    let cai: Vec<f64> = front
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["cai"].as_f64().unwrap())
        .collect();
    assert!(cai.len() > 1 && cai.is_sorted(), "{cai:?}");
}

const ANTIGENS: &str = ">KRAS_G12D\nMTEYKLVVVGADGVGKSALTIQLIQNH\n>TP53_Y220C\nDDRNTFRHSVVVPCEPPEVGSDCTTIH\n>BRAF_V600E\nDLTVKIGDFGLATEKSRWSGSHQFEQL\n";

#[test]
fn a_molecule_is_designed_of_given_antigens() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("antigens.fa"), folder.path().join("out"));
    fs::write(&file, ANTIGENS).unwrap();
    let design = |more: &[&str]| {
        let words = ["design", "--peptides", path(&file), "--name", "P1", "-o", path(&out)];
        vaxloom(words.iter().chain(more))
    };
    let alleles = ["--alleles", "HLA-A*02:01,HLA-B*07:02,DRB1*15:01"];
    let answer = design(&[&alleles[..], &["--lambda", "3", "--beam", "20"]].concat()).ended_with(0);
    assert!(answer.stdout.starts_with("P1-C1  "), "{}", answer.stdout);
    for name in ["P1.mrna.fasta", "P1.json", "P1.candidates.tsv", "P1-C1.gb", "P1-C1.svg"] {
        assert!(out.join(name).is_file(), "{name}");
    }
    let candidates = fs::read_to_string(out.join("P1.candidates.tsv")).unwrap();
    assert!(candidates.contains("lambda 3"), "{candidates}");
    let error = |more: &[&str]| design(more).ended_with(1).stderr;
    assert!(error(&["--alleles", "HLA-A2"]).contains("--alleles"));
    fs::write(&file, ">a\nMKXLLLLLLLLLLLLLLLL\n").unwrap();
    assert!(error(&alleles).contains("line 2, column 3"));
}

#[test]
fn antigens_are_chosen_from_candidates() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("scored.tsv"), folder.path().join("out"));
    let header = "antigen\tgene\tpeptide\tprobability\tccf\talleles\tclass_2\n";
    // 24 where the profile takes 20; the last ones are in few cells.
    let rows = (0..24).map(|at| {
        let residues = b"ACDEFGHIKLMNPQRSTVWY";
        let peptide: String = (0..27)
            .map(|place| {
                char::from(residues[(at * 7 + place * (at % 5 + 1) + at / 20 * (place / 3)) % 20])
            })
            .collect();
        let (ccf, allele) = (if at < 20 { "1" } else { "0.05" }, ["A*02:01", "B*07:02"][at % 2]);
        format!("A{at}\tG{at}\t{peptide}\t0.3\t{ccf}\t{allele}\t{}\n", at == 3)
    });
    fs::write(&file, rows.fold(header.to_owned(), |text, row| text + &row)).unwrap();
    let design = |more: &[&str]| {
        let words = ["design", "--candidates", path(&file), "--name", "P1", "-o", path(&out)];
        let alleles = ["--alleles", "HLA-A*02:01,HLA-A*24:02,HLA-B*07:02", "--no-folding"];
        vaxloom(words.iter().chain(&alleles).chain(more))
    };
    let answer = design(&[]).ended_with(0);
    assert!(answer.stdout.starts_with("P1-C1  "), "{}", answer.stdout);
    assert!(answer.stderr.contains("not chosen: 4"), "{}", answer.stderr);
    let selection = fs::read_to_string(out.join("P1.selection.tsv")).unwrap();
    let chosen: Vec<&str> =
        selection.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(chosen.len(), 20);
    assert!((0..20).all(|at| chosen.contains(&format!("A{at}").as_str())), "{chosen:?}");
    let error = design(&["--peptides", path(&file)]).ended_with(2).stderr;
    assert!(error.contains("cannot be used with"), "{error}");
    fs::write(&file, header).unwrap();
    assert!(design(&[]).ended_with(1).stderr.contains("no candidates"));
}
