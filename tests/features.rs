//! Features of neoantigens, and what the ranking makes of them.

use std::fs;
use std::path::Path;

use crate::harness::{path, repository, rows, run, run_samples, sample_lake, vaxloom};

/// The first sample of the cohort in a folder of its own, with more columns.
fn one_patient(folder: &Path, columns: &str, cells: &str) -> std::path::PathBuf {
    let vcf = repository("data-samples/vcf/VX-0004.vcf");
    let sheet = folder.join("sheet.csv");
    let text = format!(
        "patient,sample,vcf,tumor_sample,normal_sample,hla{columns}\n\
         VX-0004,T,{},VX-0004-T,VX-0004-N,HLA-A*02:01;HLA-B*07:02;DRB1*11:01;DRB1*04:01{cells}\n",
        path(&vcf)
    );
    fs::write(&sheet, text).unwrap();
    sheet
}

#[test]
fn contributions_add_up_to_the_logit_and_the_words_to_the_priority() {
    let answer = vaxloom([
        "sql", "--lake", path(sample_lake()), "--format", "json",
        "SELECT response_logit, response_contributions, response_probability, response_lower, response_upper, \
         response_expected, priority, priority_lower, priority_upper, explanation, mt_percentile FROM neoantigen",
    ])
    .ended_with(0);
    let mut seen = 0;
    for line in answer.stdout.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = |name: &str| row[name].as_f64().unwrap();
        let contributions: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(row["response_contributions"].as_str().unwrap()).unwrap();
        let sum: f64 = contributions.values().map(|part| part.as_f64().unwrap()).sum();
        assert!((sum - number("response_logit")).abs() < 1e-6, "{line}");
        let probability = 1.0 / (1.0 + (-sum).exp());
        assert!((probability - number("response_probability")).abs() < 1e-9, "{line}");
        assert!(number("response_lower") < probability && probability < number("response_upper"));
        assert!(number("priority") <= number("response_expected"), "{line}");
        assert!(number("priority_lower") <= number("priority"), "{line}");
        assert!(number("priority") <= number("priority_upper"), "{line}");
        let words = row["explanation"].as_str().unwrap();
        let told = format!("{:.1} %", 100.0 * probability);
        assert!(words.contains(&told) && words.contains("= priority"), "{words}");
        seen += 1;
    }
    assert!(seen > 50);
}

#[test]
fn help_of_class_two_holds_the_change_and_shares_residues() {
    let found = rows(
        sample_lake(),
        "SELECT n.class_two_overlap > 0, n.class_two_percentile < 10, length(n.class_two_peptide),
            strpos(c.mutant_protein, n.class_two_peptide) > 0, strpos(coalesce(c.wildtype_protein, ''), n.class_two_peptide)
         FROM neoantigen n JOIN consequence c USING (patient_id, sample_id, variant_id)
         WHERE c.chosen AND n.class_two_peptide IS NOT NULL",
    );
    assert!(found.len() > 5 && found.iter().all(|row| row == "true,true,15,true,0"), "{found:?}");
    let without = "SELECT count(class_two_peptide) FROM neoantigen AS n WHERE NOT EXISTS (
        SELECT 1 FROM hla_typing AS h WHERE h.patient_id = n.patient_id AND h.hla_class = 'II')";
    assert_eq!(rows(sample_lake(), without), ["0"]);
}

#[test]
fn a_tumour_that_lost_b2m_has_no_candidates_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let segments = "chromosome\tstart\tend\tcopyNumber\tbafCount\tminorAlleleCopyNumber\n\
        chr15\t40000000\t50000000\t0.1\t9\t0.0\nchr6\t29000000\t34000000\t2.0\t9\t1.0\n";
    fs::write(folder.path().join("lost.tsv"), segments).unwrap();
    let sheet = one_patient(folder.path(), ",cnv", ",lost.tsv");
    let lake = folder.path().join("lake");
    run(&sheet, None, &lake, &[]).ended_with(0);
    let tiers = "SELECT DISTINCT tier, class_one_lost, machinery_damage FROM neoantigen WHERE filter = 'PASS'";
    assert_eq!(rows(&lake, tiers), ["MachineryLost,true,B2M lost"]);
    assert_eq!(rows(&lake, "SELECT count(*) FROM construct"), ["0"]);
    let page = fs::read_to_string(lake.join("reports/VX-0004.html")).unwrap();
    assert!(page.contains("may enter a construct under policy vaxloom"));
    assert!(page.contains("B2M lost"));
}

#[test]
fn known_epitopes_make_a_peptide_foreign() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = one_patient(folder.path(), "", "");
    let epitopes = folder.path().join("epitopes.txt");
    fs::write(&epitopes, "GILGFVFTL\nTLYRVPLLV\n").unwrap();
    let lake = folder.path().join("lake");
    run(&sheet, None, &lake, &["--epitopes", path(&epitopes)]).ended_with(0);
    let of = "SELECT round(max(foreignness), 3), round(min(foreignness), 3) FROM neoantigen WHERE best_peptide";
    assert_eq!(rows(&lake, &format!("{of} = 'TLYRVPLLV'")), ["1.0,1.0"]);
    assert_eq!(rows(&lake, &format!("{of} <> 'TLYRVPLLV'")), ["0.0,0.0"]);
    fs::write(&epitopes, "GILG-VFTL\n").unwrap();
    let answer = run(&sheet, None, &folder.path().join("other"), &["--epitopes", path(&epitopes)]);
    let error = answer.ended_with(1).stderr;
    assert!(error.contains("line 1: '-' is no residue"), "{error}");
}

#[test]
fn every_built_in_policy_ranks_a_lake() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    run_samples(&lake, &["--policy", "evidence"]).ended_with(0);
    let count = rows(&lake, "SELECT count(*) FROM neoantigen");
    let scores = "SELECT * EXCEPT (tier, tier_index, rank, policy, run_id) FROM neoantigen ORDER BY patient_id, sample_id, variant_id";
    let before = rows(&lake, scores);
    for policy in ["pvac-7", "pvac-7-exploratory", "pvac-6", "vaxloom", "evidence"] {
        vaxloom(["rank", "--lake", path(&lake), "--policy", policy]).ended_with(0);
        let ranked =
            format!("SELECT count(*) FROM neoantigen WHERE policy = '{policy}' AND rank >= 1");
        assert_eq!(rows(&lake, &ranked), count, "{policy}");
        let order = "SELECT count(*) FROM neoantigen a JOIN neoantigen b USING (patient_id) WHERE a.tier_index < b.tier_index AND a.rank > b.rank";
        assert_eq!(rows(&lake, order), ["0"], "{policy}");
        assert_eq!(rows(&lake, scores), before, "{policy}");
    }
    // By hand, what a policy of pVACseq asks of its best tier.
    vaxloom(["rank", "--lake", path(&lake), "--policy", "pvac-7"]).ended_with(0);
    let by_hand = "SELECT count(*) FROM neoantigen WHERE (tier = 'Pass') <> (
        mt_affinity_nm < 500 AND mt_affinity_percentile < 2 AND mt_percentile < 2
        AND coalesce(allele_expression > 2.5, TRUE) AND coalesce(dna_vaf >= vaf_clonal / 2, TRUE)
        AND (canonical OR mane_select OR coalesce(tsl = 1, FALSE)) AND NOT (anchor_only AND coalesce(wt_affinity_nm < 500, TRUE))
        AND coalesce(NOT self_match, TRUE))";
    assert_eq!(rows(&lake, by_hand), ["0"]);
}

#[test]
fn a_full_design_is_stable_folded_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = one_patient(folder.path(), "", "");
    let profile = repository("pipeline/mrna/profiles/inest.toml");
    let few = fs::read_to_string(profile).unwrap();
    let most = few.lines().find(|line| line.starts_with("max_peptides")).unwrap();
    fs::write(folder.path().join("few.toml"), few.replace(most, "max_peptides = 3")).unwrap();
    let few = folder.path().join("few.toml");
    let lake = folder.path().join("lake");
    run(&sheet, None, &lake, &["--design", "full", "--profile", path(&few)]).ended_with(0);
    let first = "SELECT peptide_count, checks_passed, codons LIKE 'lambda 4%', length(structure) = length_nt, mfe < -100,
        cardinality(openness) = (length_nt + 14) / 15, order_optimal, selection_value <= selection_bound, cardinality(marginal_values)
        FROM construct WHERE rank = 1";
    assert_eq!(rows(&lake, first), ["3,true,true,true,true,true,true,true,3"]);
    // The parts are the whole template, without gaps.
    let parts = "SELECT c.construct_id FROM construct c JOIN (
            SELECT construct_id, string_agg(sequence, '' ORDER BY ordinal) AS whole, string_agg(protein, '' ORDER BY ordinal) AS protein
            FROM construct_element GROUP BY construct_id
        ) e ON c.construct_id = e.construct_id WHERE c.template <> e.whole OR c.protein <> e.protein";
    assert!(rows(&lake, parts).is_empty());
    let sources = "SELECT count(*) > 20, count(*) FILTER (WHERE source = '' OR certainty = '') FROM construct_element";
    assert_eq!(rows(&lake, sources), ["true,0"]);
    let page = fs::read_to_string(lake.join("reports/VX-0004.html")).unwrap();
    assert!(
        page.contains("<svg")
            && page.contains("responses or more")
            && page.contains("proved to be the best")
    );
}
