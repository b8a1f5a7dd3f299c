//! Opens a text file, plain, gzip or bgzip, and notices when it has been cut short.

mod chunks;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

pub(crate) use chunks::{Chunks, lines, pieces};
use flate2::bufread::MultiGzDecoder;

/// The empty block that ends every bgzip file (SAM specification, section 4.1.2).
const BGZF_END: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0,
    0, 0, 0, 0, 0, 0, 0,
];

/// Bytes of a bgzip block's header up to and including the `BC` subfield's name.
const BGZF_HEADER: usize = 14;

/// A reader of the file's decompressed text.
///
/// A file that ends too early, be it a bgzip file without its end marker, fails with
/// [`io::ErrorKind::UnexpectedEof`], here or while it is read.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let (file, compression) = file(path)?;
    Ok(reader(file, compression))
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Bgzip,
}

/// The file at its beginning, and its compression; a bgzip file has its end marker.
fn file(path: &Path) -> io::Result<(File, Compression)> {
    let mut file = File::open(path)?;
    let mut head = Vec::with_capacity(BGZF_HEADER);
    file.by_ref().take(BGZF_HEADER as u64).read_to_end(&mut head)?;
    let compression = if is_bgzf(&head) {
        if !ends_with_marker(&mut file)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Compression::Bgzip
    } else if head.starts_with(&[0x1f, 0x8b]) {
        Compression::Gzip
    } else {
        Compression::None
    };
    file.seek(SeekFrom::Start(0))?;
    Ok((file, compression))
}

fn reader(file: File, compression: Compression) -> Box<dyn BufRead + Send> {
    let file = BufReader::with_capacity(1 << 16, file);
    match compression {
        Compression::None => Box::new(file),
        _ => Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file))),
    }
}

fn is_bgzf(head: &[u8]) -> bool {
    head.len() == BGZF_HEADER
        && head.starts_with(&[0x1f, 0x8b, 0x08, 0x04])
        && head.ends_with(b"BC")
}

/// Whether a bgzip file has its end marker; without, it has been cut short.
pub(crate) fn ends_with_marker(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? < BGZF_END.len() as u64 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-(BGZF_END.len() as i64)))?;
    let mut tail = [0; BGZF_END.len()];
    file.read_exact(&mut tail)?;
    Ok(tail == BGZF_END)
}

/// The next line without its line ending, or `None` at the end of the text.
pub(crate) fn next_line(reader: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        line.pop();
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use flate2::Crc;
    use flate2::write::{DeflateEncoder, GzEncoder};

    use super::*;

    fn lines(bytes: &[u8]) -> io::Result<Vec<String>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut reader = open(file.path())?;
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut *reader)? {
            lines.push(String::from_utf8(line).unwrap());
        }
        Ok(lines)
    }

    pub(super) fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    /// One block and the end marker.
    pub(super) fn bgzip(text: &str) -> Vec<u8> {
        [block(text), BGZF_END.to_vec()].concat()
    }

    /// Blocks of 5,000 bytes, an empty one after them, and the end marker.
    pub(super) fn bgzip_blocks(text: &str) -> Vec<u8> {
        let texts: Vec<_> = text.as_bytes().chunks(5_000).collect();
        let mut file: Vec<u8> =
            texts.iter().flat_map(|text| block(std::str::from_utf8(text).unwrap())).collect();
        file.extend([block(""), BGZF_END.to_vec()].concat());
        file
    }

    fn block(text: &str) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        let body = encoder.finish().unwrap();
        let mut file = BGZF_END[..16].to_vec();
        file.extend((body.len() as u16 + 25).to_le_bytes());
        file.extend(&body);
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        file.extend([crc.sum().to_le_bytes(), crc.amount().to_le_bytes()].concat());
        file
    }

    const TEXT: &str = "one\r\ntwo\n\nlast";

    #[test]
    fn every_compression_gives_the_same_lines() {
        let twice = [gzip("one\n"), gzip("two\n\nlast")].concat();
        for bytes in [TEXT.as_bytes().to_vec(), gzip(TEXT), bgzip(TEXT), twice] {
            assert_eq!(lines(&bytes).unwrap(), ["one", "two", "", "last"]);
        }
        assert!(lines(b"").unwrap().is_empty());
    }

    #[test]
    fn truncation_is_noticed() {
        let (gzip, bgzip) = (gzip(TEXT), bgzip(TEXT));
        let without_marker = &bgzip[..bgzip.len() - BGZF_END.len()];
        for bytes in [
            &gzip[..gzip.len() - 4],
            &gzip[..12],
            without_marker,
            &bgzip[..bgzip.len() - 1],
            &bgzip[..30],
        ] {
            assert_eq!(
                lines(bytes).unwrap_err().kind(),
                io::ErrorKind::UnexpectedEof,
                "{} bytes",
                bytes.len()
            );
        }
    }
}
