//! Small data roots with planted motifs, in the published layouts.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;
use vaxloom_models::data::sha256;
use vaxloom_models::weights::ModelFiles;
use vaxloom_models::{MhcPredictor, TrainError, TrainReport, train};

const RESIDUES: &[u8; 20] = b"ACDEFGHIKLMNPQRSTVWY";

/// Alleles with their pseudo-sequences and the anchors that are planted at position 2 and at the end.
pub(crate) const ALLELES: [(&str, &str, u8, u8); 2] = [
    ("HLA-A*02:01", "YFAMYGEKVAHTHVDTLYVRYHYYTWAVLAYTWY", b'L', b'V'),
    ("HLA-B*07:02", "YYSEYRNIYAQTDESNLYLSYDYYTWAERAYEWY", b'P', b'L'),
];
/// Their genotype.
pub(crate) const BOTH: &str = "HLA-A*02:01 HLA-B*07:02";

/// Class II molecules in normal form, with the anchors that are planted in their cores.
pub(crate) const CLASS_TWO_MOLECULES: [(&str, [(usize, u8); 4]); 2] = [
    ("HLA-DPA1*01:03-DPB1*04:01", [(0, b'Y'), (3, b'K'), (5, b'W'), (8, b'D')]),
    ("HLA-DRB1*01:01", [(0, b'F'), (3, b'M'), (5, b'A'), (8, b'L')]),
];

/// A data root with small tables, and a recipe for them.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) rng: ChaCha8Rng,
    recipe: String,
}

impl World {
    /// Class I: so many ligands of each allele, and windows.
    pub(crate) fn new(ligands: usize) -> Self {
        Self::with_ligands([ligands, ligands])
    }

    /// So many of the first allele and of the second.
    pub(crate) fn with_ligands(ligands: [usize; 2]) -> Self {
        let mut world = Self::class_one();
        let mut hits = "allele len seq\n".to_owned();
        for (place, (name, ..)) in ALLELES.iter().enumerate() {
            for i in 0..ligands[place] {
                let peptide = world.ligand(place, 8 + i % 4);
                let name = name.replace(['*', ':'], "").replace("HLA-", "");
                writeln!(hits, "{name} {} {peptide}", peptide.len()).unwrap();
            }
        }
        world.add("ligands", "hlathena", "hits", hits.as_bytes(), "");
        world
    }

    /// Class I without any measured row.
    pub(crate) fn class_one() -> Self {
        let mut world = Self::of_recipe(CLASS_ONE);
        let mut pseudo = "allele,pseudosequence\n".to_owned();
        for (name, sequence, ..) in ALLELES {
            writeln!(pseudo, "{},{sequence}", name.replace('*', "")).unwrap();
        }
        world.add("pseudosequences", "pseudosequences", "pseudo", pseudo.as_bytes(), "");
        world.add_windows();
        world
    }

    /// Class I affinity alone, from a table as it is.
    pub(crate) fn of_affinities(text: &str) -> Self {
        let mut world = Self::class_one();
        world.add("affinities", "curated-affinity", "affinities.csv", text.as_bytes(), "");
        world
            .edit("mhc1-presentation", "mhc1-affinity")
            .edit("[\"presentation\"]", "[\"affinity\"]")
    }

    /// Class I with measured rows of all kinds, and two members.
    pub(crate) fn of_all_kinds(ligands: usize) -> Self {
        let mut world = Self::new(ligands);
        let mut rows = vec![];
        for i in 0..ligands {
            let peptide = world.ligand(i % 2, 9);
            rows.push([peptide, "A".repeat(15), "C".repeat(5), BOTH.to_owned()]);
        }
        world.add_genotypes(&rows, "from_epoch = 2");
        let mut text = AFFINITIES.to_owned();
        for i in 0..ligands * 2 {
            let peptide = world.random(9);
            let value = if b"ILMV".contains(&peptide[1]) { 50.0 } else { 20_000.0 };
            let peptide = String::from_utf8(peptide).unwrap();
            let (value, sign) = if i % 5 == 0 { (value / 2.0, ">") } else { (value, "=") };
            writeln!(text, "HLA-A*02:01,{peptide},{value},{sign}").unwrap();
        }
        world.add("affinities", "curated-affinity", "affinities.csv", text.as_bytes(), "");
        world
            .edit("heads = [\"presentation\"]", "heads = [\"presentation\", \"affinity\"]")
            .edit("members = 1", "members = 2\nflank = 5")
    }

    /// Class II: so many ligands of each molecule, their cores at random places.
    pub(crate) fn class_two(ligands: usize) -> Self {
        let mut world = Self::of_recipe(CLASS_TWO);
        let mut rows = "peptide,allele,presented,prediction\n".to_owned();
        for _ in 0..ligands {
            writeln!(rows, "{},DRB1*01:01,1,0.9", world.with_core(1).0).unwrap();
            writeln!(rows, "{},DPA1*01:03-DPB1*04:01,1,0.9", world.with_core(0).0).unwrap();
        }
        world.add("ligands", "hlaiipred", "rows.csv", rows.as_bytes(), "");
        let alphas = ">DRA*01:01:01:01\nQEFFIASGAAVDAIM\n>DPA1*01:03\nYAFFMFSGGAILNTL\n";
        let betas = ">DRB1*01:01\nWLFLECYDLQRATYHVGFT\n>DPB1*04:01\nFGQFEYFAIEKVRMHLGMT\n";
        world.add("pseudosequences", "chain-pseudosequences", "alpha.fasta", alphas.as_bytes(), "");
        world.add("pseudosequences", "chain-pseudosequences", "beta.fasta", betas.as_bytes(), "");
        world.add_windows();
        world
    }

    fn of_recipe(recipe: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, rng: ChaCha8Rng::seed_from_u64(7), recipe: recipe.to_owned() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn random(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| RESIDUES[self.rng.random_range(0..20)]).collect()
    }

    /// A peptide with the anchors of an allele.
    pub(crate) fn ligand(&mut self, allele: usize, length: usize) -> String {
        let mut peptide = self.random(length);
        peptide[1] = ALLELES[allele].2;
        peptide[length - 1] = ALLELES[allele].3;
        String::from_utf8(peptide).unwrap()
    }

    /// A peptide of 12 to 25 residues with the anchors of a class II molecule, and where its core starts.
    pub(crate) fn with_core(&mut self, molecule: usize) -> (String, usize) {
        let length = self.rng.random_range(9..=25);
        let core = self.rng.random_range(0..=length - 9);
        let mut residues = self.random(length);
        for (place, residue) in CLASS_TWO_MOLECULES[molecule].1 {
            residues[core + place] = residue;
        }
        (String::from_utf8(residues).unwrap(), core)
    }

    /// Writes a file of the data root.
    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path().join(file), text).unwrap();
    }

    /// Puts a table into the data root and into the recipe.
    pub(crate) fn add(
        &mut self,
        section: &str,
        format: &str,
        file: &str,
        bytes: &[u8],
        more: &str,
    ) {
        std::fs::write(self.path().join(file), bytes).unwrap();
        self.name(section, format, file, &sha256(bytes), more);
    }

    /// Puts a table into the recipe.
    pub(crate) fn name(
        &mut self,
        section: &str,
        format: &str,
        file: &str,
        sha256: &str,
        more: &str,
    ) {
        let section =
            if section == "windows" { "[windows]".to_owned() } else { format!("[[{section}]]") };
        write!(
            self.recipe,
            "\n{section}\nformat = \"{format}\"\npath = \"{file}\"\nsha256 = \"{sha256}\"\n\
             licence = \"none\"\nsource = \"drawn\"\n{more}\n"
        )
        .unwrap();
    }

    fn add_windows(&mut self) {
        let mut text = MULTIALLELIC.to_owned();
        for _ in 0..500 {
            let window = String::from_utf8(self.random(45)).unwrap();
            let (before, peptide, after) = (&window[..15], &window[15..30], &window[30..]);
            writeln!(text, "s,{peptide},{before},{after},0,HLA-A*02:01").unwrap();
        }
        self.add("windows", "mhcflurry-multiallelic", "windows.csv.bz2", &bzip2(&text), "");
    }

    /// A table of ligands: peptide, residues before and after it, genotype.
    pub(crate) fn add_genotypes(&mut self, ligands: &[[String; 4]], more: &str) {
        let mut text = MULTIALLELIC.to_owned();
        for [peptide, before, after, genotype] in ligands {
            writeln!(text, "s,{peptide},{before},{after},1,{genotype}").unwrap();
        }
        self.add("ligands", "mhcflurry-multiallelic", "genotypes.csv.bz2", &bzip2(&text), more);
    }

    /// Changes the recipe.
    pub(crate) fn edit(mut self, from: &str, to: &str) -> Self {
        assert!(self.recipe.contains(from), "{from}");
        self.recipe = self.recipe.replacen(from, to, 1);
        self
    }

    pub(crate) fn train(
        &self,
        out: &str,
        progress: &mut dyn FnMut(&str),
    ) -> Result<TrainReport, TrainError> {
        let recipe = self.path().join("recipe.toml");
        std::fs::write(&recipe, &self.recipe).unwrap();
        train(&recipe, self.path(), Some(&self.path().join(out)), "cpu", progress)
    }

    pub(crate) fn model(&self) -> (MhcPredictor, TrainReport) {
        let report = self.train("out", &mut |_| ()).unwrap();
        (MhcPredictor::load(&report.folder).unwrap(), report)
    }

    pub(crate) fn files(&self, out: &str) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(self.path().join(out)).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort_unstable();
        files
    }
}

/// Header of a table of genotypes or windows.
const MULTIALLELIC: &str = "sample_id,peptide,n_flank,c_flank,hit,hla\n";
/// Header of a table of affinities.
pub(crate) const AFFINITIES: &str = "allele,peptide,measurement_value,measurement_inequality\n";

pub(crate) fn bzip2(text: &str) -> Vec<u8> {
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    bzip2.finish().unwrap()
}

/// A model of both heads, two members and flanks, and its files; trained once.
pub(crate) fn planted_class_one() -> &'static (MhcPredictor, ModelFiles) {
    static MODEL: OnceLock<(MhcPredictor, ModelFiles)> = OnceLock::new();
    MODEL.get_or_init(|| planted(&World::of_all_kinds(200)))
}

/// A model of class II; trained once.
pub(crate) fn planted_class_two() -> &'static (MhcPredictor, ModelFiles) {
    static MODEL: OnceLock<(MhcPredictor, ModelFiles)> = OnceLock::new();
    MODEL.get_or_init(|| planted(&World::class_two(100).edit("epochs = 12", "epochs = 3")))
}

fn planted(world: &World) -> (MhcPredictor, ModelFiles) {
    let (model, report) = world.model();
    (model, ModelFiles::read(&report.folder).unwrap())
}

const CLASS_ONE: &str = r#"
task = "mhc1-presentation"
name = "planted"
seed = 1
held_out = { peptides = 0.1 }
decoys = { per_ligand = 4, lengths = [8, 11] }
calibration = { peptides = 400, lengths = [8, 11] }

[architecture]
class = "one"
heads = ["presentation"]
members = 1
first = 32
second = 16

[optimiser]
epochs = 4
patience = 4
batch = 64
learning_rate = 0.005
dropout = 0.1
"#;

const CLASS_TWO: &str = r#"
task = "mhc2-presentation"
name = "planted"
seed = 1
held_out = { peptides = 0.1 }
decoys = { per_ligand = 4, lengths = [9, 25], matched = true, of_other_molecules = 1 }
calibration = { peptides = 400, lengths = [13, 15] }

[architecture]
class = "two"
heads = ["presentation"]
members = 1
first = 32
second = 16

[optimiser]
epochs = 12
patience = 12
batch = 32
learning_rate = 0.005
dropout = 0.1
"#;
