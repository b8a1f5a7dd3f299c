//! A construct as a GenBank record: its DNA template with every part as a feature.

use gb_io::seq::{Date, Feature, Location, Seq, Topology};
use gb_io::writer::SeqWriter;

use crate::construct::Construct;
use crate::layout::{Kind, Segment, layout};
use crate::profile::Profile;

/// Why a record could not be written.
#[derive(Debug, thiserror::Error)]
pub enum GenbankError {
    /// The construct has no template, or it does not have the parts of this profile.
    #[error(
        "GenBank record: the construct's template does not have the parts of profile '{0}'; give the profile that it was designed with"
    )]
    Profile(String),
    /// The record could not be written.
    #[error("GenBank record: {0}")]
    Write(#[from] std::io::Error),
}

/// The record's bytes. No date of its own (the LOCUS line carries 01-JAN-1970), so that the same construct gives the
/// same bytes.
pub fn genbank(construct: &Construct, profile: &Profile) -> Result<Vec<u8>, GenbankError> {
    let segments = layout(construct, profile);
    let length = segments.last().map_or(0, |segment| segment.range.end);
    let template = construct.template.as_deref().filter(|template| template.len() == length);
    let template = template.filter(|_| construct.profile == profile.name);
    let template = template.ok_or_else(|| GenbankError::Profile(profile.name.clone()))?;
    let mut record = Seq::empty();
    record.name = Some(construct.construct_id.clone());
    record.topology = Topology::Linear;
    record.date = Date::from_ymd(1970, 1, 1).ok();
    record.molecule_type = Some("DNA".to_owned());
    record.division = String::from("SYN");
    record.definition = Some(format!(
        "Template of candidate mRNA {}, profile {}, antigens {}: {}.",
        construct.construct_id,
        construct.profile,
        construct.genes.join(", "),
        construct.strategy
    ));
    record.comments = vec![comment(construct, profile)];
    record.features = features(construct, &segments, profile);
    record.seq = template.as_bytes().to_vec();
    let mut bytes = Vec::new();
    SeqWriter::new(&mut bytes).write(&record)?;
    Ok(bytes)
}

fn comment(construct: &Construct, profile: &Profile) -> String {
    let checks = if construct.checks_passed {
        "All checks of the molecule passed."
    } else {
        "NOT USABLE: a check of the molecule failed."
    };
    format!(
        "Research use. Nucleoside: {}. Cap: {}. {checks} {}.",
        profile.nucleoside, profile.cap, construct.reason
    )
}

fn features(construct: &Construct, segments: &[Segment], profile: &Profile) -> Vec<Feature> {
    let mut features: Vec<Feature> = Vec::new();
    for segment in segments {
        if segment.kind == Kind::Head {
            features.push(coding(construct, segments, segment.range.start));
        }
        features.extend(feature(segment, profile));
    }
    features
}

/// The coding sequence up to its first stop codon.
fn coding(construct: &Construct, segments: &[Segment], start: usize) -> Feature {
    let stop = segments.iter().find(|segment| segment.kind == Kind::Stop);
    let end = stop.map_or(start, |stop| stop.range.start + 3);
    let qualifiers = [
        ("codon_start", "1"),
        ("transl_table", "1"),
        ("product", "neoantigen polypeptide"),
        ("translation", &construct.protein),
    ];
    new("CDS", start, end, &qualifiers)
}

fn feature(segment: &Segment, profile: &Profile) -> Option<Feature> {
    let source = |part: Option<&crate::profile::Part>| {
        part.map_or(String::new(), |part| format!("{}; certainty: {}", part.source, part.certainty))
    };
    let (kind, note) = match segment.kind {
        Kind::Promoter => ("promoter", source(Some(&profile.promoter))),
        Kind::Utr5 => ("5'UTR", source(Some(&profile.utr5))),
        Kind::Kozak => ("misc_feature", source(profile.kozak.as_ref())),
        Kind::Head if profile.signal.is_none() => return None,
        Kind::Head => ("sig_peptide", source(profile.signal.as_ref())),
        Kind::Linker => ("misc_feature", "linker".to_owned()),
        Kind::Antigen(at) => ("misc_feature", format!("antigen {}", at + 1)),
        Kind::Trafficking => ("misc_feature", source(profile.trafficking.as_ref())),
        Kind::Stop => ("misc_feature", "stop".to_owned()),
        Kind::Utr3 => ("3'UTR", source(Some(&profile.utr3))),
        Kind::PolyA => ("misc_feature", format!("poly(A): {}", source(Some(&profile.poly_a)))),
    };
    let mut qualifiers = vec![("label", segment.name.as_str()), ("note", note.as_str())];
    if matches!(segment.kind, Kind::Antigen(_)) {
        qualifiers.insert(0, ("gene", &segment.name));
    }
    Some(new(kind, segment.range.start, segment.range.end, &qualifiers))
}

fn new(
    kind: &'static str,
    start: usize,
    end: usize,
    qualifiers: &[(&'static str, &str)],
) -> Feature {
    let qualifier = |&(key, value): &(&'static str, &str)| (key.into(), Some(value.to_owned()));
    Feature {
        kind: kind.into(),
        location: Location::simple_range(start as i64, end as i64),
        qualifiers: qualifiers.iter().map(qualifier).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::design::tests::{antigens, designed};
    use crate::joint::tests::ByText;

    fn read(bytes: &[u8]) -> Seq {
        let records: Result<Vec<Seq>, _> = gb_io::reader::SeqReader::new(bytes).collect();
        let mut records = records.unwrap();
        assert_eq!(records.len(), 1);
        records.remove(0)
    }

    fn value<'a>(feature: &'a Feature, key: &'a str) -> &'a str {
        feature.qualifier_values(key).next().unwrap_or_default()
    }

    /// Label and bases of each feature of a kind.
    fn labelled<'a>(record: &'a Seq, kind: &'a str) -> Vec<(&'a str, String)> {
        let features = record.features.iter().filter(move |feature| feature.kind == kind);
        let bases = |feature: &Feature| {
            String::from_utf8(record.extract_location(&feature.location).unwrap()).unwrap()
        };
        features.map(|feature| (value(feature, "label"), bases(feature))).collect()
    }

    fn encodes(bases: &str, protein: &str) -> bool {
        let residues = (0..bases.len())
            .step_by(3)
            .map(|at| crate::codon::weight(&bases[at..at + 3]).unwrap().0);
        residues.collect::<String>() == protein
    }

    #[test]
    fn every_feature_reads_back_with_its_sequence() {
        for name in ["inest", "cov"] {
            let profile = Profile::built_in(name).unwrap();
            for construct in designed(antigens(5), &profile, &ByText).unwrap() {
                let bytes = genbank(&construct, &profile).unwrap();
                assert_eq!(bytes, genbank(&construct, &profile).unwrap());
                check(&read(&bytes), &construct, &profile);
            }
        }
    }

    fn check(record: &Seq, construct: &Construct, profile: &Profile) {
        assert_eq!(record.name.as_ref(), Some(&construct.construct_id));
        assert_eq!(
            record.seq.to_ascii_uppercase(),
            construct.template.as_ref().unwrap().as_bytes()
        );
        let one = |kind: &str| labelled(record, kind).swap_remove(0).1.to_ascii_uppercase();
        assert_eq!(one("promoter"), profile.promoter.sequence);
        assert_eq!(one("5'UTR"), profile.utr5.sequence);
        assert!(encodes(&one("sig_peptide"), profile.head()));
        let coding = one("CDS");
        assert!(construct.coding_sequence.starts_with(&coding));
        assert!(encodes(&coding, &format!("{}*", construct.protein)));
        let cds = record.features.iter().find(|feature| feature.kind == "CDS").unwrap();
        assert_eq!(value(cds, "translation").replace(char::is_whitespace, ""), construct.protein);
        let utr3 = labelled(record, "3'UTR");
        assert_eq!(utr3.len(), profile.utr3_copies);
        assert!(utr3.iter().all(|(_, bases)| *bases == profile.utr3.sequence));
        let others = labelled(record, "misc_feature");
        let of = |label: &str| {
            others.iter().filter(|(l, _)| *l == label).map(|(_, b)| b.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(&profile.poly_a.name), std::slice::from_ref(&profile.poly_a.sequence));
        assert!(encodes(&of("MITD")[0], profile.tail()));
        let linkers = construct.linkers.iter().filter(|linker| !linker.is_empty()).count();
        let noted = record.features.iter().filter(|feature| value(feature, "note") == "linker");
        assert_eq!(noted.count(), linkers);
        let antigens: Vec<_> =
            record.features.iter().filter(|f| value(f, "note").starts_with("antigen ")).collect();
        assert_eq!(antigens.len(), construct.peptides.len());
        for ((feature, gene), peptide) in
            antigens.iter().zip(&construct.genes).zip(&construct.peptides)
        {
            assert_eq!(value(feature, "gene"), gene);
            let bases = record.extract_location(&feature.location).unwrap();
            assert!(encodes(&String::from_utf8(bases).unwrap(), peptide));
        }
    }

    #[test]
    fn another_profile_is_refused() {
        let inest = Profile::built_in("inest").unwrap();
        let construct = designed(antigens(2), &inest, &ByText).unwrap().swap_remove(0);
        let error = genbank(&construct, &Profile::built_in("cov").unwrap()).unwrap_err();
        assert!(error.to_string().contains("profile 'cov'"), "{error}");
    }
}
