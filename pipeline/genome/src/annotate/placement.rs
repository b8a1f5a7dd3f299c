//! Whether a call lies on the reference that it is to be annotated with.

use crate::Quarantined;
use crate::reference::ReferenceContig;

const ASSEMBLY: &str = "build the reference from the assembly that the calls were made on";

/// Why a call cannot be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub(super) rule: &'static str,
    pub(super) message: String,
    pub(super) remedy: &'static str,
}

impl Misplaced {
    pub(super) fn quarantined(self, file: &str, line: i64) -> Quarantined {
        Quarantined {
            stage: "variants".to_owned(),
            patient_id: None,
            source_file: file.to_owned(),
            source_line: line,
            path: "record".to_owned(),
            rule: self.rule.to_owned(),
            message: self.message,
            remedy: self.remedy.to_owned(),
        }
    }
}

/// Checks a call's contig, position and REF; an empty `reference` is not looked at. REF may reach past the contig's end, and
/// bases that one side does not know (`N`) differ from none.
pub(super) fn check(
    contig: Option<&ReferenceContig<'_>>,
    chrom: &str,
    pos: u32,
    reference: &[u8],
) -> Result<(), Misplaced> {
    let misplaced = |rule, message, remedy| Err(Misplaced { rule, message, remedy });
    let Some(contig) = contig else {
        return misplaced("vcf.contig", format!("the reference has no contig {chrom}"), ASSEMBLY);
    };
    if reference.is_empty() {
        return Ok(());
    }
    if let Some(length) = contig.sequence.length().filter(|&length| pos > length) {
        let message = format!("POS is {pos}; contig {chrom} ends at {length}");
        return misplaced("vcf.position", message, ASSEMBLY);
    }
    let start = i64::from(pos);
    let known = contig.sequence.bases(start, start + reference.len() as i64 - 1);
    let differs = |(base, known): (&u8, &u8)| base != known && *known != b'N' && *base != b'N';
    let Some(at) = reference.iter().zip(&known).position(differs) else { return Ok(()) };
    misplaced(
        "vcf.reference",
        format!(
            "REF has {} at {}; the reference has {}",
            char::from(reference[at]),
            start + at as i64,
            char::from(known[at])
        ),
        "build the reference from the assembly that the calls were made on, or normalise the VCF against it (bcftools norm --check-ref)",
    )
}
