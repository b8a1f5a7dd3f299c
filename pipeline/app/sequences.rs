//! Sequences of a file or of standard input: FASTA, or one a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use flate2::bufread::MultiGzDecoder;

/// A sequence as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// First word of the header, or `sequence-N` where there is none.
    pub(crate) name: String,
    /// Letters, without blanks.
    pub(crate) letters: String,
    /// 1-based line where it begins.
    pub(crate) line: usize,
}

/// All of the file, plain or gzip; `-` is standard input.
pub(crate) fn sequences(path: &Path) -> anyhow::Result<Vec<Sequence>> {
    let name = path.display();
    let unreadable = || format!("{name}: cannot be read; check the path");
    let mut text = String::new();
    let mut reader: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path).with_context(unreadable)?))
    };
    if reader.fill_buf().with_context(unreadable)?.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(reader).read_to_string(&mut text).with_context(unreadable)?;
    } else {
        reader.read_to_string(&mut text).with_context(unreadable)?;
    }
    let found = read(&text);
    if found.is_empty() {
        bail!("{name}: holds no sequence; expected FASTA, or one sequence a line");
    }
    Ok(found)
}

fn read(text: &str) -> Vec<Sequence> {
    let mut found: Vec<Sequence> = Vec::new();
    let fasta = text.trim_start_matches('\u{feff}').trim_start().starts_with('>');
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let letters: String = line.split_whitespace().collect();
        if letters.is_empty() {
            continue;
        }
        let header = line.strip_prefix('>').map(|header| header.split_whitespace().next());
        match (header, found.last_mut()) {
            (Some(name), _) => found.push(Sequence {
                name: name.unwrap_or_default().to_owned(),
                letters: String::new(),
                line: at + 1,
            }),
            (None, Some(open)) if fasta => open.letters.push_str(&letters),
            _ => {
                let name = format!("sequence-{}", found.len() + 1);
                found.push(Sequence { name, letters, line: at + 1 });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        read(text).iter().map(|s| format!("{} {} {}", s.line, s.name, s.letters)).collect()
    }

    #[test]
    fn fasta_or_one_a_line() {
        assert_eq!(told(">a b\nAC GU\n\nAA\n>c\n"), ["1 a ACGUAA", "5 c "]);
        assert_eq!(told("\u{feff}>a\r\nAC\r\n"), ["1 a AC"]);
        assert_eq!(told("ACGU\n\nGG\n"), ["1 sequence-1 ACGU", "3 sequence-2 GG"]);
        assert!(told(" \n").is_empty());
    }
}
