//! The whole lines of a text file, chunk by chunk, so that many threads can work on one file in bounded memory.
//!
//! The blocks of a bgzip file (SAM specification, section 4.1) are decompressed in parallel; a plain gzip file
//! has no blocks and is decompressed by the one thread that reads it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use rayon::prelude::*;

use super::{Compression, file, reader};

/// Bytes of text that are read at a time; a chunk is longer only where a line is.
const CHUNK: usize = 1 << 20;

/// Most bytes of text in a bgzip block.
const BLOCK: usize = 1 << 16;

/// Bytes of text in a piece of a chunk.
const PIECE: usize = 1 << 16;

/// A text file that is being read.
pub(crate) struct Chunks {
    source: Source,
    /// Whole lines that were read; those before `start` have been given out.
    lines: Vec<u8>,
    start: usize,
    /// The beginning of the line after them.
    begun: Vec<u8>,
    /// Why reading ended, told after the lines before it.
    failed: Option<io::Error>,
}

enum Source {
    Blocks(BufReader<File>),
    Stream(Box<dyn BufRead + Send>),
}

impl Chunks {
    /// Opens the file; it fails as [`super::open`] does.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let (file, compression) = file(path)?;
        let source = match compression {
            Compression::Bgzip => Source::Blocks(BufReader::with_capacity(CHUNK / 4, file)),
            _ => Source::Stream(reader(file, compression)),
        };
        let (lines, begun) = (Vec::new(), Vec::new());
        Ok(Self { source, lines, start: 0, begun, failed: None })
    }

    /// The next line without its line ending, which stays the next one until [`Self::skip_line`] passes over it; none
    /// at the end of the text.
    pub(crate) fn peek_line(&mut self) -> io::Result<Option<&[u8]>> {
        if self.start == self.lines.len() {
            self.lines = self.read_chunk()?.unwrap_or_default();
            self.start = 0;
        }
        let rest = &self.lines[self.start..];
        Ok((!rest.is_empty()).then(|| without_ending(&rest[..line_length(rest)])))
    }

    /// Passes over the line that [`Self::peek_line`] gave.
    pub(crate) fn skip_line(&mut self) {
        self.start += line_length(&self.lines[self.start..]);
    }

    /// The next lines, in the order of the file; none at the end of the text. Only the last line of the file can lack
    /// its line ending.
    pub(crate) fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut rest = std::mem::take(&mut self.lines);
        rest.drain(..std::mem::take(&mut self.start));
        if rest.is_empty() { self.read_chunk() } else { Ok(Some(rest)) }
    }

    fn read_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(failure) = self.failed.take() {
            return Err(failure);
        }
        let mut text = std::mem::take(&mut self.begun);
        loop {
            let old = text.len();
            let read = self.source.read_into(&mut text);
            let end = text[old..].iter().rposition(|&byte| byte == b'\n').map(|at| old + at + 1);
            match (read, end) {
                (Ok(()), None) if text.len() > old => {}
                (Ok(()), None) => return Ok((!text.is_empty()).then_some(text)),
                (Err(failure), None) => return Err(failure),
                (read, Some(end)) => {
                    self.failed = read.err();
                    self.begun = text.split_off(end);
                    return Ok(Some(text));
                }
            }
        }
    }
}

impl Source {
    /// Appends about [`CHUNK`] bytes of text, nothing at its end; what was read before a failure is appended too.
    fn read_into(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Stream(reader) => {
                reader.by_ref().take(CHUNK as u64).read_to_end(text).map(|_| ())
            }
            Self::Blocks(reader) => {
                let old = text.len();
                loop {
                    let (blocks, read) = read_blocks(reader);
                    let texts: Vec<io::Result<Vec<u8>>> =
                        blocks.par_iter().map(|block| decompress(block)).collect();
                    for block in texts {
                        text.extend(block?);
                    }
                    // Blocks without text are not the end of the file.
                    if read.is_err() || blocks.is_empty() || text.len() > old {
                        return read;
                    }
                }
            }
        }
    }
}

/// The next blocks from their compressed data on, none at the end of the file, and whether reading went on well.
fn read_blocks(reader: &mut BufReader<File>) -> (Vec<Vec<u8>>, io::Result<()>) {
    let mut blocks = Vec::with_capacity(CHUNK / BLOCK);
    while blocks.len() < CHUNK / BLOCK {
        match read_block(reader) {
            Ok(Some(block)) => blocks.push(block),
            Ok(None) => break,
            Err(failure) => return (blocks, Err(failure)),
        }
    }
    (blocks, Ok(()))
}

/// Compressed data, checksum and length of the next block.
fn read_block(reader: &mut BufReader<File>) -> io::Result<Option<Vec<u8>>> {
    if reader.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut head = [0; 12];
    reader.read_exact(&mut head)?;
    if !head.starts_with(&[0x1f, 0x8b, 0x08, 0x04]) {
        return Err(damaged());
    }
    let mut extra = vec![0; usize::from(u16::from_le_bytes([head[10], head[11]]))];
    reader.read_exact(&mut extra)?;
    let size = block_size(&extra).and_then(|size| size.checked_sub(head.len() + extra.len()));
    let mut block = vec![0; size.filter(|&size| size >= 8).ok_or_else(damaged)?];
    reader.read_exact(&mut block)?;
    Ok(Some(block))
}

/// The size of a block, from the `BC` subfield of its header.
fn block_size(mut extra: &[u8]) -> Option<usize> {
    while let [id, kind, low, high, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let value = rest.get(..length)?;
        if (*id, *kind) == (b'B', b'C') {
            return Some(usize::from(u16::from_le_bytes(value.try_into().ok()?)) + 1);
        }
        extra = &rest[length..];
    }
    None
}

fn decompress(block: &[u8]) -> io::Result<Vec<u8>> {
    let (data, trailer) = block.split_at(block.len() - 8);
    let number =
        |at: usize| trailer[at..at + 4].iter().rev().fold(0, |n, &b| n << 8 | u32::from(b));
    let length = number(4) as usize;
    if length > BLOCK {
        return Err(damaged());
    }
    let mut text = vec![0; length];
    let mut inflater = Decompress::new(false);
    let status = inflater.decompress(data, &mut text, FlushDecompress::Finish);
    let mut crc = Crc::new();
    crc.update(&text);
    let whole = matches!(status, Ok(Status::StreamEnd)) && inflater.total_out() == length as u64;
    if whole && crc.sum() == number(0) { Ok(text) } else { Err(damaged()) }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a bgzip block is damaged")
}

/// The text cut at line ends into pieces for the threads.
pub(crate) fn pieces(mut text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(text.len() / PIECE + 1);
    while text.len() > PIECE {
        let (piece, rest) = text.split_at(PIECE - 1 + line_length(&text[PIECE - 1..]));
        pieces.push(piece);
        text = rest;
    }
    if !text.is_empty() {
        pieces.push(text);
    }
    pieces
}

/// The lines of a piece, without their line endings.
pub(crate) fn lines(piece: &[u8]) -> impl Iterator<Item = &[u8]> {
    piece.split_inclusive(|&byte| byte == b'\n').map(without_ending)
}

/// Bytes of the first line, its line ending included.
fn line_length(text: &[u8]) -> usize {
    text.iter().position(|&byte| byte == b'\n').map_or(text.len(), |at| at + 1)
}

fn without_ending(mut line: &[u8]) -> &[u8] {
    while let [before @ .., b'\n' | b'\r'] = line {
        line = before;
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use super::super::tests::{bgzip, bgzip_blocks, gzip};
    use super::*;

    fn read(bytes: &[u8]) -> (Vec<u8>, io::Result<()>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut text = Vec::new();
        let mut chunks = match Chunks::open(file.path()) {
            Ok(chunks) => chunks,
            Err(failure) => return (text, Err(failure)),
        };
        loop {
            match chunks.next_chunk() {
                Ok(Some(chunk)) => {
                    assert_eq!(pieces(&chunk).concat(), chunk);
                    text.extend(chunk);
                }
                Ok(None) => return (text, Ok(())),
                Err(failure) => return (text, Err(failure)),
            }
        }
    }

    /// More than two chunks.
    fn long() -> String {
        format!("{:100}\n", "a line").repeat(90_000)
    }

    #[test]
    fn every_compression_gives_the_same_text() {
        for text in ["", "\n", "one", "one\r\ntwo\n\nlast", &long()] {
            for bytes in [text.as_bytes().to_vec(), gzip(text), bgzip_blocks(text)] {
                let (found, result) = read(&bytes);
                assert!(result.is_ok() && found == text.as_bytes(), "{} bytes", text.len());
            }
        }
    }

    #[test]
    fn lines_before_the_end_are_given_out() {
        let text = long();
        let (whole_gzip, whole_bgzip) = (gzip(&text), bgzip_blocks(&text));
        for bytes in [
            &whole_gzip[..whole_gzip.len() / 2],
            &[&whole_bgzip[..whole_bgzip.len() / 2], &whole_bgzip[whole_bgzip.len() - 28..]]
                .concat(),
        ] {
            let (found, result) = read(bytes);
            assert!(matches!(
                result.unwrap_err().kind(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData
            ));
            assert!(found.len() > text.len() / 3 && text.as_bytes().starts_with(&found));
            assert_eq!(found.last(), Some(&b'\n'));
        }
        let mut damaged = bgzip("one\n");
        damaged[20] ^= 1;
        assert_eq!(read(&damaged).1.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_line_can_be_looked_at_first() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"one\r\ntwo\nlast").unwrap();
        let mut chunks = Chunks::open(file.path()).unwrap();
        assert_eq!(chunks.peek_line().unwrap(), Some(&b"one"[..]));
        chunks.skip_line();
        assert_eq!(chunks.peek_line().unwrap(), Some(&b"two"[..]));
        assert_eq!(chunks.next_chunk().unwrap(), Some(b"two\n".to_vec()));
        assert_eq!(chunks.peek_line().unwrap(), Some(&b"last"[..]));
        chunks.skip_line();
        assert_eq!(chunks.peek_line().unwrap(), None);
        assert_eq!(chunks.next_chunk().unwrap(), None);
        let found: Vec<_> = lines(b"a\r\n\nb").collect();
        assert_eq!(found, [&b"a"[..], b"", b"b"]);
    }
}
