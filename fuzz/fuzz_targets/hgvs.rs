//! HGVS: texts, and names of made-up changes. What is read is written as it can be read again; what a name says, done
//! to the bases or the protein, gives the mutant.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use vaxloom_fuzz::{bases, one_thread, reference};
use vaxloom_genome::hgvs::{
    CodingEdit, GenomicChange, ProteinEdit, ProteinEvent, ProteinEventKind, Residue,
    TranslatedSequence, coding, genomic, parse_coding, parse_protein, protein, short_form,
};
use vaxloom_genome::reference::{ContigSequence, reverse_complement};

fuzz_target!(init: one_thread(), |data: &[u8]| {
    // Bytes from 128 on begin no text of interest.
    match data {
        [0x80..=0xbf, rest @ ..] => drop(check_dna(&mut Unstructured::new(rest))),
        [0xc0..=0xff, rest @ ..] => drop(check_protein(&mut Unstructured::new(rest))),
        text => check_text(&String::from_utf8_lossy(text)),
    }
});

fn check_text(text: &str) {
    // An escape that is undone can leave another one in the accession; accessions have none of their own.
    let escaped = |accession: &Option<String>| accession.as_ref().is_some_and(|a| a.contains('%'));
    if let Some(read) = parse_protein(text).ok().filter(|read| !escaped(&read.accession)) {
        assert_eq!(parse_protein(&read.to_string()), Ok(read));
    }
    if let Some(read) = parse_coding(text).ok().filter(|read| !escaped(&read.accession)) {
        assert_eq!(parse_coding(&read.to_string()), Ok(read));
    }
    short_form(text);
}

/// A change of a contig of few words, and of the reference with its transcripts.
fn check_dna(bytes: &mut Unstructured<'_>) -> Result<()> {
    let contig = bases(bytes, 40)?.into_bytes();
    check_genomic(&contig, bytes)?;
    let contig = reference().contig("1").expect("it is in memory").expect("it is there");
    let at = bytes.int_in_range(1..=950)?;
    let (end, new) = (at + bytes.int_in_range(0..=9)?, bases(bytes, 10)?);
    let old = contig.sequence.bases(i64::from(at), i64::from(end));
    let Some(change) = GenomicChange::from_vcf(at, &old, new.as_bytes()) else { return Ok(()) };
    for transcript in contig.overlapping(1, 960) {
        let name = coding(transcript, &change, &contig.sequence);
        for moved in [
            change.clone().left_aligned(&contig.sequence),
            change.clone().right_aligned(&contig.sequence),
        ] {
            assert_eq!(coding(transcript, &moved, &contig.sequence), name);
        }
        if let Some(name) = name {
            assert_eq!(parse_coding(&name).map(|read| read.to_string()).ok(), Some(name));
        }
    }
    Ok(())
}

fn check_genomic(contig: &[u8], bytes: &mut Unstructured<'_>) -> Result<()> {
    let start = bytes.int_in_range(0..=contig.len() - 1)?;
    let end = bytes.int_in_range(start..=contig.len())?;
    let new = if bytes.arbitrary()? { bases(bytes, 6)? } else { String::new() };
    let (old, new) = (&contig[start..end], new.as_bytes());
    let Some(change) = GenomicChange::from_vcf(start as u32 + 1, old, new) else { return Ok(()) };
    let sequence = ContigSequence::whole(contig.to_vec());
    let expected = [&contig[..start], new, &contig[end..]].concat();
    let name = genomic(&change, &sequence, "NC_1.1");
    for moved in [change.clone().left_aligned(&sequence), change.right_aligned(&sequence)] {
        assert_eq!(genomic(&moved, &sequence, "NC_1.1"), name);
        let (position, old, new) = moved.to_vcf(&sequence);
        let from = position as usize - 1;
        // Where all bases go, there is no base beside them.
        if old.last() != Some(&b'N') && new.last() != Some(&b'N') {
            assert_eq!(contig[from..from + old.len()], old);
            let mutant = [&contig[..from], &new, &contig[from + old.len()..]].concat();
            assert_eq!(mutant, expected);
        }
    }
    // New bases before the first and behind the last have no neighbour to name.
    let outside = ["g.0_1ins".to_owned(), format!("g.{}_{}ins", contig.len(), contig.len() + 1)];
    if !outside.iter().any(|place| name.contains(place)) {
        assert_eq!(applied(&name, contig), expected, "{name}");
    }
    Ok(())
}

/// What a genomic name makes of the contig.
fn applied(name: &str, contig: &[u8]) -> Vec<u8> {
    let read = parse_coding(name).expect("names are read back");
    assert_eq!(read.to_string(), name);
    let place = |base: i64| usize::try_from(base - 1).expect("bases are counted from 1");
    let first = place(read.first.base);
    let last = read.last.map_or(first, |last| place(last.base));
    let touched = &contig[first..=last];
    let with = |new: &[u8]| [&contig[..first], new, &contig[last + 1..]].concat();
    match &read.edit {
        CodingEdit::Same => contig.to_vec(),
        CodingEdit::Substitution(_, new) => with(&[*new as u8]),
        CodingEdit::Deletion => with(b""),
        CodingEdit::Duplication => with(&touched.repeat(2)),
        CodingEdit::Inversion => with(&reverse_complement(touched)),
        CodingEdit::Insertion(new) => {
            assert_eq!(last, first + 1);
            with(&[&touched[..1], new.as_bytes(), &touched[1..]].concat())
        }
        CodingEdit::DelIns(new) => with(new.as_bytes()),
    }
}

/// An exchange of residues within a frame.
fn check_protein(bytes: &mut Unstructured<'_>) -> Result<()> {
    let residues = |bytes: &mut Unstructured<'_>, most: usize| -> Result<Vec<u8>> {
        let length = bytes.int_in_range(0..=most)?;
        (0..length).map(|_| Ok(*bytes.choose(b"MKKLLS*")?)).collect()
    };
    let old: Vec<u8> = residues(bytes, 20)?.into_iter().filter(|code| *code != b'*').collect();
    let old = [b"M", &old[..], b"*"].concat();
    let first = bytes.int_in_range(0..=old.len() - 1)?;
    let last = bytes.int_in_range(first..=old.len())?;
    let new = [&old[..first], &residues(bytes, 6)?, &old[last..]].concat();
    let stop = new.iter().position(|code| *code == b'*');
    let (before, after) = (text(&old), text(&new[..stop.unwrap_or(new.len())]));
    let before = TranslatedSequence { residues: before.trim_end_matches('*'), stop: true };
    let after = TranslatedSequence { residues: &after, stop: stop.is_some() };
    for kind in
        [ProteinEventKind::InFrame, ProteinEventKind::Frameshift, ProteinEventKind::StartLost]
    {
        let (first_codon, last_codon) = (first as u32 + 1, last as u32);
        let event = ProteinEvent { kind, first_codon, last_codon, protein_id: Some("NP_1.1") };
        let Some(name) = protein(&before, &after, &event) else { continue };
        let read = parse_protein(&name).expect("names are read back");
        assert_eq!(read.to_string(), name);
        short_form(&name).expect("names of proteins have a short form");
        if kind == ProteinEventKind::InFrame {
            check_edit(&read.edit, &old, &[after.residues, if after.stop { "*" } else { "" }]);
        }
    }
    Ok(())
}

fn text(residues: &[u8]) -> String {
    String::from_utf8_lossy(residues).into_owned()
}

/// What the name says, done to the protein and read to its first stop.
fn check_edit(edit: &ProteinEdit, old: &[u8], expected: &[&str; 2]) {
    let place = |residue: &Residue| {
        let at = residue.position as usize - 1;
        assert_eq!(old[at], residue.code as u8);
        at
    };
    let span = |first: &Residue, last: &Option<Residue>| {
        let from = place(first);
        from..last.as_ref().map_or(from, place) + 1
    };
    let with = |range: std::ops::Range<usize>, new: &[u8]| {
        [&old[..range.start], new, &old[range.end..]].concat()
    };
    let mutant = match edit {
        ProteinEdit::Substitution(first, new) => with(span(first, &None), &[*new as u8]),
        ProteinEdit::Deletion(first, last) => with(span(first, last), b""),
        ProteinEdit::Duplication(first, last) => {
            let range = span(first, last);
            with(range.clone(), &old[range].repeat(2))
        }
        ProteinEdit::Insertion(first, last, new) => {
            assert_eq!(place(last), place(first) + 1);
            with(place(last)..place(last), new.as_bytes())
        }
        ProteinEdit::DelIns(first, last, new) => with(span(first, last), new.as_bytes()),
        ProteinEdit::Same(first, last) => {
            span(first, last);
            old.to_vec()
        }
        // Of these only the first new residue and the length are named.
        _ => return,
    };
    let stop = mutant.iter().position(|code| *code == b'*').map_or(mutant.len(), |at| at + 1);
    assert_eq!(text(&mutant[..stop]), expected.concat(), "{edit:?}");
}
