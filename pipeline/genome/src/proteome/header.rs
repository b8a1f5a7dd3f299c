//! The identifier and the gene in a protein's FASTA header.

/// Who a protein is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// Empty where the header has none.
    pub(super) identifier: &'a str,
    pub(super) gene: Option<&'a str>,
}

/// Reads the header line without its `>`.
///
/// - Ensembl: `ENSP... pep chromosome:... gene:ENSG... transcript:ENST... gene_symbol:TP53 ...`
/// - GENCODE: `ENSP...|ENST...|ENSG...|OTTHUMG...|OTTHUMT...|TP53-201|TP53|393`
/// - UniProt: `sp|P04637|P53_HUMAN Cellular tumor antigen p53 OS=... GN=TP53 ...` (`tr` for TrEMBL)
/// - RefSeq: `NP_000537.3 cellular tumor antigen p53 isoform a [Homo sapiens]`, older `ref|NP_000537.3| ...`
///
/// Anything else has its first word as identifier.
pub(super) fn parse(header: &str) -> Header<'_> {
    // A space after the `>` means that there is no identifier.
    let (first, rest) = header.split_once(char::is_whitespace).unwrap_or((header, ""));
    let fields: Vec<&str> = first.split('|').collect();
    let (identifier, gene) = match fields[..] {
        ["sp" | "tr" | "ref", accession, ..] => (accession, None),
        [protein, _, gene, _, _, _, symbol, _] if gene.starts_with("ENS") => {
            (protein, Some(symbol))
        }
        _ => (first, None),
    };
    let word = |prefix| rest.split_whitespace().find_map(|word| word.strip_prefix(prefix));
    let gene = gene.or_else(|| ["gene_symbol:", "GN=", "gene:"].into_iter().find_map(word));
    Header { identifier, gene: gene.filter(|gene| !matches!(*gene, "" | "-")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects() {
        let ensembl = "ENSP00000269305.4 pep chromosome:GRCh38:17:7668421:7687490:-1 gene:ENSG00000141510.19 transcript:ENST00000269305.9 gene_biotype:protein_coding";
        let with_symbol =
            format!("{ensembl} gene_symbol:TP53 description:tumor protein p53 [Acc:HGNC:11998]");
        let uniprot = "P53_HUMAN Cellular tumor antigen p53 OS=Homo sapiens OX=9606 GN=TP53 PE=1";
        for (header, identifier, gene) in [
            (with_symbol.as_str(), "ENSP00000269305.4", Some("TP53")),
            (ensembl, "ENSP00000269305.4", Some("ENSG00000141510.19")),
            (
                "ENSP00000269305.4|ENST00000269305.9|ENSG00000141510.19|OTTHUMG00000162125.11|OTTHUMT00000367397.1|TP53-201|TP53|393",
                "ENSP00000269305.4",
                Some("TP53"),
            ),
            ("ENSP1.1|ENST1.1|ENSG1.1|-|-|A-201|-|20", "ENSP1.1", None),
            (&format!("sp|P04637|{uniprot}"), "P04637", Some("TP53")),
            (&format!("sp|P04637-2|{uniprot}"), "P04637-2", Some("TP53")),
            ("tr|A0A024R1R8|A0A024R1R8_HUMAN Uncharacterized GN= PE=4", "A0A024R1R8", None),
            ("NP_000537.3 cellular tumor antigen p53 [Homo sapiens]", "NP_000537.3", None),
            ("ref|NP_000537.3| cellular tumor antigen p53", "NP_000537.3", None),
            ("mine\tGN=TP53", "mine", Some("TP53")),
            ("one|two", "one|two", None),
            ("sp||P53_HUMAN", "", None),
            (" P04637", "", None),
            ("", "", None),
        ] {
            assert_eq!(parse(header), Header { identifier, gene }, "{header}");
        }
    }
}
