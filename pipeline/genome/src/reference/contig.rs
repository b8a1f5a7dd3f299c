//! Names of contigs: `chr1`, `1`, `NC_000001.11` and `CM000663.2` are one chromosome.
//!
//! Accessions and lengths of the human chromosomes: NCBI's assembly reports of GRCh37 (GCF_000001405.13) and GRCh38
//! (GCF_000001405.26); later patches change neither.

use std::collections::HashMap;

/// A human assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assembly {
    /// hg19, b37.
    Grch37,
    /// hg38.
    Grch38,
}

/// Names under which a reference's contigs are known.
#[derive(Clone, Debug)]
pub struct ContigNames {
    contigs: Vec<(String, Option<u32>)>,
    by_name: HashMap<String, usize>,
    /// By chromosome, as Ensembl names it; `None` where two contigs would be it.
    by_chromosome: HashMap<String, Option<usize>>,
    assembly: Option<Assembly>,
}

impl ContigNames {
    /// Of the contigs as the reference names them, with their lengths where known.
    pub fn new(contigs: impl IntoIterator<Item = (String, Option<u32>)>) -> Self {
        let contigs: Vec<(String, Option<u32>)> = contigs.into_iter().collect();
        let by_name =
            contigs.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        let mut by_chromosome = HashMap::new();
        for (at, (name, length)) in contigs.iter().enumerate() {
            if let Some(Alias { chromosome, .. }) = alias(name, *length) {
                by_chromosome
                    .entry(chromosome)
                    .and_modify(|known| *known = None)
                    .or_insert(Some(at));
            }
        }
        let assembly = assembly(&contigs);
        Self { contigs, by_name, by_chromosome, assembly }
    }

    /// The assembly that lengths or accessions show; `None` for other species, and where they contradict each other.
    pub fn assembly(&self) -> Option<Assembly> {
        self.assembly
    }

    /// The reference's name of the contig that others call `name`. Unplaced and alternative contigs go by their exact
    /// name only; an accession of one assembly names no contig of the other.
    pub fn resolve(&self, name: &str) -> Option<&str> {
        let at = self.by_name.get(name).copied().or_else(|| {
            let alias = alias(name, None)?;
            let other = alias.assembly.is_some()
                && self.assembly.is_some()
                && alias.assembly != self.assembly;
            self.by_chromosome.get(&alias.chromosome).copied().flatten().filter(|_| !other)
        })?;
        Some(&self.contigs[at].0)
    }

    /// RefSeq's accession of a contig for genomic HGVS names, where the assembly is known and the contig's length, if
    /// known, is the chromosome's.
    pub fn refseq_accession(&self, contig: &str) -> Option<&'static str> {
        let contig = self.resolve(contig)?;
        let (name, length) = &self.contigs[*self.by_name.get(contig)?];
        let assembly = self.assembly?;
        let alias = alias(name, *length)?;
        let (accession, expected) = match alias.chromosome.as_str() {
            "MT" => RCRS,
            UCSC_HG19_MITOCHONDRION => YORUBA,
            chromosome => CHROMOSOMES.iter().find(|known| known.name == chromosome)?.of(assembly),
        };
        length.is_none_or(|length| length == expected).then_some(accession)
    }
}

/// What a name says.
struct Alias {
    /// As Ensembl names it.
    chromosome: String,
    /// The assembly whose accession it is.
    assembly: Option<Assembly>,
}

/// `None` for names that say nothing of a chromosome.
fn alias(name: &str, length: Option<u32>) -> Option<Alias> {
    if let Some(alias) = accession(name) {
        return Some(alias);
    }
    let plain = name.strip_prefix("chr").unwrap_or(name);
    // `chrUn_KI270302v1`, `chr1_KI270706v1_random`, `NW_...`.
    if plain.is_empty() || plain.contains('_') {
        return None;
    }
    let chromosome = match plain {
        "M" | "MT" if length == Some(YORUBA.1) => UCSC_HG19_MITOCHONDRION,
        "M" | "MT" => "MT",
        plain => plain,
    };
    Some(Alias { chromosome: chromosome.to_owned(), assembly: None })
}

fn accession(name: &str) -> Option<Alias> {
    if name == RCRS.0 || name == "J01415.2" {
        return Some(Alias { chromosome: "MT".to_owned(), assembly: None });
    }
    if name == YORUBA.0 {
        let chromosome = UCSC_HG19_MITOCHONDRION.to_owned();
        return Some(Alias { chromosome, assembly: None });
    }
    let found = |chromosome: &Chromosome| {
        let is = |assembly, genbank_version| {
            let genbank = name.strip_prefix(chromosome.genbank) == Some(genbank_version);
            (genbank || chromosome.of(assembly).0 == name).then_some(assembly)
        };
        let assembly = is(Assembly::Grch37, ".1").or_else(|| is(Assembly::Grch38, ".2"))?;
        Some(Alias { chromosome: chromosome.name.to_owned(), assembly: Some(assembly) })
    };
    CHROMOSOMES.iter().find_map(found)
}

fn assembly(contigs: &[(String, Option<u32>)]) -> Option<Assembly> {
    let shown = |assembly: Assembly| {
        contigs.iter().any(|(name, length)| {
            alias(name, *length).is_some_and(|alias| {
                let chromosome = CHROMOSOMES.iter().find(|known| known.name == alias.chromosome);
                let fits = chromosome.is_some_and(|known| *length == Some(known.of(assembly).1));
                fits || alias.assembly == Some(assembly)
            })
        })
    };
    match (shown(Assembly::Grch37), shown(Assembly::Grch38)) {
        (true, false) => Some(Assembly::Grch37),
        (false, true) => Some(Assembly::Grch38),
        _ => None,
    }
}

/// The revised Cambridge reference sequence, the mitochondrion of both assemblies.
const RCRS: (&str, u32) = ("NC_012920.1", 16_569);
/// The mitochondrion of UCSC's hg19, whose positions are not those of the revised Cambridge sequence.
const YORUBA: (&str, u32) = ("NC_001807.4", 16_571);
const UCSC_HG19_MITOCHONDRION: &str = "hg19 chrM";

struct Chromosome {
    name: &'static str,
    /// GenBank's accession without version: 1 for GRCh37, 2 for GRCh38.
    genbank: &'static str,
    grch37: (&'static str, u32),
    grch38: (&'static str, u32),
}

impl Chromosome {
    fn of(&self, assembly: Assembly) -> (&'static str, u32) {
        match assembly {
            Assembly::Grch37 => self.grch37,
            Assembly::Grch38 => self.grch38,
        }
    }
}

const fn chromosome(
    name: &'static str,
    genbank: &'static str,
    grch37: (&'static str, u32),
    grch38: (&'static str, u32),
) -> Chromosome {
    Chromosome { name, genbank, grch37, grch38 }
}

#[rustfmt::skip]
const CHROMOSOMES: [Chromosome; 24] = [
    chromosome("1", "CM000663", ("NC_000001.10", 249_250_621), ("NC_000001.11", 248_956_422)),
    chromosome("2", "CM000664", ("NC_000002.11", 243_199_373), ("NC_000002.12", 242_193_529)),
    chromosome("3", "CM000665", ("NC_000003.11", 198_022_430), ("NC_000003.12", 198_295_559)),
    chromosome("4", "CM000666", ("NC_000004.11", 191_154_276), ("NC_000004.12", 190_214_555)),
    chromosome("5", "CM000667", ("NC_000005.9", 180_915_260), ("NC_000005.10", 181_538_259)),
    chromosome("6", "CM000668", ("NC_000006.11", 171_115_067), ("NC_000006.12", 170_805_979)),
    chromosome("7", "CM000669", ("NC_000007.13", 159_138_663), ("NC_000007.14", 159_345_973)),
    chromosome("8", "CM000670", ("NC_000008.10", 146_364_022), ("NC_000008.11", 145_138_636)),
    chromosome("9", "CM000671", ("NC_000009.11", 141_213_431), ("NC_000009.12", 138_394_717)),
    chromosome("10", "CM000672", ("NC_000010.10", 135_534_747), ("NC_000010.11", 133_797_422)),
    chromosome("11", "CM000673", ("NC_000011.9", 135_006_516), ("NC_000011.10", 135_086_622)),
    chromosome("12", "CM000674", ("NC_000012.11", 133_851_895), ("NC_000012.12", 133_275_309)),
    chromosome("13", "CM000675", ("NC_000013.10", 115_169_878), ("NC_000013.11", 114_364_328)),
    chromosome("14", "CM000676", ("NC_000014.8", 107_349_540), ("NC_000014.9", 107_043_718)),
    chromosome("15", "CM000677", ("NC_000015.9", 102_531_392), ("NC_000015.10", 101_991_189)),
    chromosome("16", "CM000678", ("NC_000016.9", 90_354_753), ("NC_000016.10", 90_338_345)),
    chromosome("17", "CM000679", ("NC_000017.10", 81_195_210), ("NC_000017.11", 83_257_441)),
    chromosome("18", "CM000680", ("NC_000018.9", 78_077_248), ("NC_000018.10", 80_373_285)),
    chromosome("19", "CM000681", ("NC_000019.9", 59_128_983), ("NC_000019.10", 58_617_616)),
    chromosome("20", "CM000682", ("NC_000020.10", 63_025_520), ("NC_000020.11", 64_444_167)),
    chromosome("21", "CM000683", ("NC_000021.8", 48_129_895), ("NC_000021.9", 46_709_983)),
    chromosome("22", "CM000684", ("NC_000022.10", 51_304_566), ("NC_000022.11", 50_818_468)),
    chromosome("X", "CM000685", ("NC_000023.10", 155_270_560), ("NC_000023.11", 156_040_895)),
    chromosome("Y", "CM000686", ("NC_000024.9", 59_373_566), ("NC_000024.10", 57_227_415)),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(contigs: &[(&str, u32)]) -> ContigNames {
        let length = |length: u32| (length > 0).then_some(length);
        ContigNames::new(contigs.iter().map(|(name, bases)| ((*name).to_owned(), length(*bases))))
    }

    fn check(names: &ContigNames, pairs: &[(&str, Option<&str>)]) {
        for (name, expected) in pairs {
            assert_eq!(names.resolve(name), *expected, "{name}");
        }
    }

    #[test]
    fn one_chromosome_has_many_names() {
        let ucsc = names(&[
            ("chr1", 248_956_422),
            ("chrX", 0),
            ("chrM", 16_569),
            ("chrUn_KI270302v1", 2_274),
        ]);
        let found = [
            ("chr1", Some("chr1")),
            ("1", Some("chr1")),
            ("NC_000001.11", Some("chr1")),
            ("CM000663.2", Some("chr1")),
            ("NC_000001.10", None),
            ("CM000663.1", None),
            ("NC_000023.11", Some("chrX")),
            ("MT", Some("chrM")),
            ("NC_012920.1", Some("chrM")),
            ("NC_001807.4", None),
            ("chrUn_KI270302v1", Some("chrUn_KI270302v1")),
            ("Un_KI270302v1", None),
            ("2", None),
            ("", None),
        ];
        check(&ucsc, &found);
        assert_eq!(ucsc.assembly(), Some(Assembly::Grch38));
        let refseq = names(&[("NC_000001.10", 0), ("NC_012920.1", 0)]);
        let found =
            [("chr1", Some("NC_000001.10")), ("NC_000001.11", None), ("M", Some("NC_012920.1"))];
        check(&refseq, &found);
        check(&names(&[("1", 0), ("chr1", 0)]), &[("1", Some("1")), ("NC_000001.11", None)]);
        check(&names(&[("I", 0), ("MtDNA", 0)]), &[("chrI", Some("I")), ("chrM", None)]);
    }

    #[test]
    fn accessions_need_an_assembly() {
        let grch37 = names(&[
            ("1", 249_250_621),
            ("2", 1_000),
            ("X", 0),
            ("MT", 16_569),
            ("GL000192.1", 547_496),
        ]);
        let check = |names: &ContigNames, contig, expected| {
            assert_eq!(names.refseq_accession(contig), expected, "{contig}");
        };
        check(&grch37, "chr1", Some("NC_000001.10"));
        check(&grch37, "2", None);
        check(&grch37, "X", Some("NC_000023.10"));
        check(&grch37, "MT", Some("NC_012920.1"));
        check(&grch37, "GL000192.1", None);
        let hg19 = names(&[("chr21", 48_129_895), ("chrM", 16_571)]);
        check(&hg19, "chrM", Some("NC_001807.4"));
        assert_eq!((hg19.resolve("MT"), hg19.resolve("NC_001807.4")), (None, Some("chrM")));
        let dog = names(&[("1", 122_678_785), ("5", 88_915_250), ("MT", 16_727)]);
        check(&dog, "1", None);
        check(&dog, "MT", None);
        let both = names(&[("1", 249_250_621), ("2", 242_193_529)]);
        assert_eq!(both.assembly(), None);
    }
}
