//! Names of the records of a FASTA, without their letters.

use std::path::Path;

use super::Interval;
use super::fasta::{FastaError, failed, first_word};
use crate::text;

/// Gives the first word of each header to `visit`, until that says `false`. Letters are not looked at.
pub fn visit_names(
    path: &Path,
    name: &str,
    mut visit: impl FnMut(&str) -> bool,
) -> Result<(), FastaError> {
    let mut input = text::open(path).map_err(|source| failed(name, 1, source))?;
    let mut number = 0;
    while let Some(line) =
        text::next_line(&mut *input).map_err(|source| failed(name, number + 1, source))?
    {
        number += 1;
        if let Some(header) = line.strip_prefix(b">")
            && !visit(first_word(&String::from_utf8_lossy(header)))
        {
            break;
        }
    }
    Ok(())
}

/// The contig and the bases that a name such as `1:2342-5000` (samtools faidx) says it is. A contig may bear such a name of
/// its own: whether it is a slice is for the annotation to say, which then speaks of contig `1`.
pub fn slice_name(name: &str) -> Option<(&str, Interval)> {
    let (contig, range) = name.rsplit_once(':')?;
    let (start, end) = range.split_once('-')?;
    let interval = Interval { start: start.parse().ok()?, end: end.parse().ok()? };
    (!contig.is_empty() && interval.start >= 1 && interval.start <= interval.end)
        .then_some((contig, interval))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_until_one_is_enough() {
        let mut names = Vec::new();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), ">1 x\nAC\n> 2\n-\n>3\n").unwrap();
        visit_names(file.path(), "g.fa", |name| {
            names.push(name.to_owned());
            name != "2"
        })
        .unwrap();
        assert_eq!(names, ["1", "2"]);
    }

    #[test]
    fn names_of_slices() {
        let check = |name: &str, expected: Option<(&str, u32, u32)>| {
            let found = slice_name(name).map(|(contig, slice)| (contig, slice.start, slice.end));
            assert_eq!(found, expected, "{name}");
        };
        check("1:2342-5000", Some(("1", 2342, 5000)));
        check("HLA-A*01:01:01:01", None);
        check("HLA-A*01:01:1-20", Some(("HLA-A*01:01", 1, 20)));
        check("1:5-4", None);
        check("1:0-4", None);
        check(":1-4", None);
        check("1", None);
    }
}
