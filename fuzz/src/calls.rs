//! VCFs whose records fit the reference, made of few bytes, so that a mutation of the bytes is one of the calls.

use std::fmt::Write;

use libfuzzer_sys::arbitrary::{Result, Unstructured};

use crate::contig;

/// What is wanted of the records.
#[derive(Clone, Copy)]
pub struct Calls {
    /// Whether there are columns of a tumour and a normal.
    pub samples: bool,
    /// Most records.
    pub most: usize,
}

impl Calls {
    /// A VCF of as many records as the bytes are enough for.
    pub fn vcf(self, bytes: &mut Unstructured<'_>) -> String {
        let mut text = String::from(
            "##fileformat=VCFv4.2\n##tumor_sample=T\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
        );
        text += if self.samples { "\tFORMAT\tT\tN\n" } else { "\n" };
        for (name, steps) in [("1", 24), ("2", 10), ("MT", 10)] {
            let mut at = 1;
            for _ in 0..self.most {
                // Without bytes all that is drawn is 0.
                if bytes.is_empty() {
                    return text;
                }
                let Ok(Some(record)) = self.record(name, steps, &mut at, bytes) else { break };
                text += &record;
            }
        }
        text
    }

    /// The next record of the contig at or after `at`; none after the last.
    fn record(
        self,
        name: &str,
        steps: u32,
        at: &mut u32,
        bytes: &mut Unstructured<'_>,
    ) -> Result<Option<String>> {
        let step: u8 = bytes.arbitrary()?;
        // Mostly near the record before, with some long steps; 255 goes on to the next contig.
        *at += if step < 200 { u32::from(step) / 4 } else { u32::from(step - 200) * steps };
        let length = contig(name).length().expect("contigs of a genome have a length");
        if step == 255 || *at > length {
            return Ok(None);
        }
        let kind: u8 = bytes.arbitrary()?;
        let last = *at + u32::from(*bytes.choose(&[0_u8, 0, 0, 1, 1, 2, 3, 4, 7, 12, 40])?);
        let mut reference = contig(name).bases(i64::from(*at), i64::from(last.min(length)));
        if kind == 255 {
            // Now and then one that does not fit.
            reference.reverse();
        }
        let mut record = format!("{name}\t{at}\t.\t{}\t", String::from_utf8_lossy(&reference));
        let count = [1, 1, 1, 2, 3][usize::from(kind % 5)];
        for number in 0..count {
            let allele = allele(&reference, bytes)?;
            let _ = write!(record, "{}{allele}", if number > 0 { "," } else { "" });
        }
        record += "\t.\tPASS\t.";
        if self.samples {
            let _ = write!(record, "\tGT:PS\t{}\t0/0:.", genotype(count, bytes)?);
        }
        record.push('\n');
        Ok(Some(record))
    }
}

fn allele(reference: &[u8], bytes: &mut Unstructured<'_>) -> Result<String> {
    let first = char::from(reference[0]);
    Ok(match bytes.int_in_range(0..=15)? {
        // A deletion, an insertion behind the first base, an insertion that repeats.
        0..=2 => first.to_string(),
        3..=5 => format!("{}{}", String::from_utf8_lossy(reference), self::bases(bytes, 8)?),
        6 => String::from_utf8_lossy(reference).repeat(2),
        7 => "*".to_owned(),
        8 => bytes.choose(&["<DEL>", "<INS>", "<INS:ME>", "<DUP>", "G]1:80]", ".A"])?.to_string(),
        9 => ".".to_owned(),
        10..=12 => self::bases(bytes, 1)?,
        _ => self::bases(bytes, 12)?,
    })
}

/// One to `most` bases.
pub fn bases(bytes: &mut Unstructured<'_>, most: usize) -> Result<String> {
    let length = bytes.int_in_range(1..=most)?;
    (0..length).map(|_| Ok(char::from(*bytes.choose(b"ACGT")?))).collect()
}

fn genotype(alleles: usize, bytes: &mut Unstructured<'_>) -> Result<String> {
    let shape: u8 = bytes.arbitrary()?;
    let copies = [2, 2, 2, 2, 2, 2, 1, 3][usize::from(shape % 8)];
    let phased = shape & 8 > 0;
    let set = [".", "1", "9", "X"][usize::from(shape >> 4 & 3)];
    let mut text = String::new();
    for copy in 0..copies {
        if copy > 0 {
            text.push(if phased { '|' } else { '/' });
        }
        match bytes.int_in_range(0..=alleles + 1)? {
            number if number > alleles => text.push('.'),
            number => text += &number.to_string(),
        }
    }
    Ok(format!("{text}:{set}"))
}
