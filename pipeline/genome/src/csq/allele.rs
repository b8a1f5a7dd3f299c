//! Which CSQ entries belong to which ALT allele.
//!
//! VEP does not repeat the ALT column: where a record has an insertion or deletion and all its alleles begin
//! with the same base, VEP cuts that base from each and writes `-` for what is then empty
//! (ensembl-vep, Bio::EnsEMBL::VEP::Parser::VCF). Records that were split or trimmed after VEP ran can
//! therefore be ambiguous; an ambiguous allele is refused, never guessed.

use super::{Entry, Field};

/// The entries of one ALT allele, or why there are none.
#[derive(Debug)]
pub(crate) enum AlleleMatch<'e, 'a> {
    Entries(Vec<&'e Entry<'a>>),
    /// No entry names this allele.
    Unmatched,
    /// Two spellings of this allele are both annotated: they may be different alleles.
    Ambiguous,
}

/// For each ALT allele in order, its entries.
pub(crate) fn match_alleles<'e, 'a>(
    reference: &str,
    alternatives: &[&str],
    entries: &'e [Entry<'a>],
) -> Vec<AlleleMatch<'e, 'a>> {
    if numbers_are_usable(alternatives.len(), entries) {
        return (1..=alternatives.len())
            .map(|number| select(entries, Field::AlleleNumber, &number.to_string()))
            .collect();
    }
    match alternatives {
        [alternative] => vec![match_only(reference, alternative, entries)],
        _ => as_vep_writes(reference, alternatives)
            .iter()
            .map(|allele| select(entries, Field::Allele, allele))
            .collect(),
    }
}

/// ALLELE_NUM counts the ALT alleles of the record that VEP saw. After a record has been split it does not
/// fit any more, so it is used only where every number from 1 to the last allele may occur and none above it.
fn numbers_are_usable(alleles: usize, entries: &[Entry<'_>]) -> bool {
    let fits = |entry: &Entry<'_>| {
        entry.get(Field::AlleleNumber).parse().is_ok_and(|n: usize| (1..=alleles).contains(&n))
    };
    !entries.is_empty() && entries.iter().all(fits)
}

/// A record with one ALT: as VEP writes it, or untouched (when VEP saw it beside other alleles).
fn match_only<'e, 'a>(
    reference: &str,
    alternative: &str,
    entries: &'e [Entry<'a>],
) -> AlleleMatch<'e, 'a> {
    let written = as_vep_writes(reference, &[alternative]).concat();
    let as_written = select(entries, Field::Allele, &written);
    if written == alternative {
        return as_written;
    }
    match (as_written, select(entries, Field::Allele, alternative)) {
        (AlleleMatch::Unmatched, untouched) => untouched,
        (as_written, AlleleMatch::Unmatched) => as_written,
        _ => AlleleMatch::Ambiguous,
    }
}

fn select<'e, 'a>(entries: &'e [Entry<'a>], field: Field, value: &str) -> AlleleMatch<'e, 'a> {
    let found: Vec<_> = entries.iter().filter(|entry| entry.get(field) == value).collect();
    if found.is_empty() { AlleleMatch::Unmatched } else { AlleleMatch::Entries(found) }
}

/// The ALT alleles of one record in VEP's spelling.
fn as_vep_writes(reference: &str, alternatives: &[&str]) -> Vec<String> {
    let first = reference.get(..1);
    let indel = alternatives.iter().any(|allele| allele.len() != reference.len());
    let shared = alternatives.iter().all(|allele| *allele == "*" || allele.get(..1) == first);
    let trim = |allele: &&str| match allele.get(1..) {
        Some("") => "-".to_owned(),
        Some(rest) => rest.to_owned(),
        None => (*allele).to_owned(),
    };
    if indel && shared {
        alternatives
            .iter()
            .map(|allele| if *allele == "*" { "*".to_owned() } else { trim(allele) })
            .collect()
    } else {
        alternatives.iter().map(|&allele| allele.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::CsqFormat;
    use super::*;

    /// Entries are `ALLELE:ALLELE_NUM`, separated by spaces; the answer names the matched ones by position.
    fn check(reference: &str, alternatives: &[&str], entries: &str, expected: &[&str]) {
        let format =
            CsqFormat::parse("Allele|ALLELE_NUM|Consequence|Feature|Protein_position|Amino_acids")
                .unwrap();
        let texts: Vec<_> =
            entries.split(' ').map(|entry| format!("{}||||", entry.replace(':', "|"))).collect();
        let entries: Vec<_> = texts.iter().map(|text| format.entry(text).unwrap()).collect();
        let found: Vec<_> = match_alleles(reference, alternatives, &entries)
            .into_iter()
            .map(|found| match found {
                AlleleMatch::Unmatched => "none".to_owned(),
                AlleleMatch::Ambiguous => "ambiguous".to_owned(),
                AlleleMatch::Entries(found) => {
                    let at = |one: &&Entry<'_>| {
                        entries.iter().position(|e| std::ptr::eq(e, *one)).unwrap().to_string()
                    };
                    found.iter().map(at).collect::<Vec<_>>().join(",")
                }
            })
            .collect();
        assert_eq!(found, expected, "{reference} {alternatives:?}");
    }

    #[test]
    fn entries_follow_veps_spelling() {
        check("C", &["T"], "T: T:", &["0,1"]);
        check("A", &["AG"], "G:", &["0"]);
        check("GC", &["G"], "-:", &["0"]);
        check("CTT", &["CAG"], "CAG:", &["0"]);
        check("GAC", &["TT"], "TT:", &["0"]);
        check("A", &["T", "G"], "G: T: G:", &["1", "0,2"]);
        // One indel in the record: the shared base goes from every allele.
        check("GTC", &["G", "GTCT"], "-: TCT:", &["0", "1"]);
        check("CA", &["CG", "C"], "G: -:", &["0", "1"]);
        // ... but not where an allele begins otherwise.
        check("A", &["T", "AG"], "T: AG:", &["0", "1"]);
        check("CA", &["C", "*"], "-: *:", &["0", "1"]);
    }

    #[test]
    fn numbers_win_where_they_fit() {
        check("A", &["T", "G"], "x:2 x:1", &["1", "0"]);
        check("A", &["T"], "T:1", &["0"]);
        // Split after VEP ran: the numbers are stale, the spelling decides.
        check("A", &["G"], "T:1 G:2", &["1"]);
    }

    #[test]
    fn records_split_after_annotation() {
        check("A", &["AG"], "T: AG:", &["1"]);
        // From A>AG,AAG (written G and AG) or from A>G,AG (written G and AG): not to be told apart.
        check("A", &["AG"], "G: AG:", &["ambiguous"]);
        check("C", &["CT"], "-: TCT:", &["none"]);
        check("A", &["T", "G"], "T:", &["0", "none"]);
    }
}
