//! Identifiers without their prefixes and versions.

/// The identifier without version, and the version, where `id` is an accession of Ensembl (`ENST00000269305.9`, or
/// `ENST00000421783.1_2` where GENCODE mapped it to GRCh37) or of RefSeq's transcripts (`NM_000546.6`). Others stay whole: a
/// dot in `C41D11.1a.2` begins no version.
pub(crate) fn split_version(id: &str) -> (&str, Option<&str>) {
    match id.rsplit_once('.') {
        Some((stem, version))
            if version.splitn(2, '_').all(digits) && (is_ensembl(stem) || is_refseq(stem)) =>
        {
            (stem, Some(version))
        }
        _ => (id, None),
    }
}

/// Whether `id`, without version, is a stable identifier of Ensembl: `ENS`, species and kind in letters, a number.
pub(super) fn is_ensembl(id: &str) -> bool {
    id.strip_prefix("ENS").is_some_and(|rest| {
        let number = rest.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
        number.len() < rest.len() && digits(number)
    })
}

fn is_refseq(id: &str) -> bool {
    ["NM_", "NR_", "XM_", "XR_"].iter().any(|prefix| id.strip_prefix(prefix).is_some_and(digits))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The identifier without the prefix that Ensembl and RefSeq put before it in `ID` and `Parent`.
pub(super) fn without_prefix(id: &str) -> Option<&str> {
    ["transcript:", "gene:", "rna-", "gene-", "id-"]
        .iter()
        .find_map(|prefix| id.strip_prefix(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_accessions_have_versions() {
        for (id, expected) in [
            ("ENST00000269305.9", ("ENST00000269305", Some("9"))),
            ("ENSMUST00000121418.1", ("ENSMUST00000121418", Some("1"))),
            ("ENST00000421783.1_2", ("ENST00000421783", Some("1_2"))),
            ("ENST00000269305", ("ENST00000269305", None)),
            ("ENST00000359512.8_PAR_Y", ("ENST00000359512.8_PAR_Y", None)),
            ("ENS.1", ("ENS.1", None)),
            ("NM_000546.6", ("NM_000546", Some("6"))),
            ("NM_001636.4-2", ("NM_001636.4-2", None)),
            ("YP_003024026.1", ("YP_003024026.1", None)),
            ("C41D11.1a.2", ("C41D11.1a.2", None)),
            ("T01A4.7", ("T01A4.7", None)),
        ] {
            assert_eq!(split_version(id), expected);
        }
    }

    #[test]
    fn prefixes() {
        assert_eq!(without_prefix("transcript:ENST1"), Some("ENST1"));
        assert_eq!(without_prefix("rna-NM_1.2"), Some("NM_1.2"));
        assert_eq!(without_prefix("mRNA1"), None);
    }
}
