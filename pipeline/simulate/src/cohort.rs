//! Writing a cohort: sheet, calls, copy numbers, records, and the truth.
//!
//! ```text
//! samples.csv              the sample sheet
//! vcf/000/SIM-0000001.vcf  calls, a thousand patients a folder
//! cnv/000/SIM-0000001.tsv  copy number segments, or the table of lost HLA alleles, of some patients
//! records/Patient.000.ndjson, Condition.000.ndjson, Specimen.000.ndjson
//! truth/patients.tsv       what each patient was drawn to be
//! truth/mutations.000.tsv  what each mutation was drawn to be, and what it does
//! ```

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::SimulateError;
use crate::cancer::Cancer;
use crate::gene::Genes;
use crate::mutation::Origin;
use crate::patient::{Call, Patient, World, abundance};
use crate::population::Population;
use crate::sites::Sites;
use crate::{records, signature, vcf};

/// Patients of a folder.
const FOLDER: usize = 1000;
/// Random numbers of what all patients share; patients have the streams from 1 on.
const SHARED: u64 = 0;

const SHEET: &str = "patient,sample,vcf,tumor_sample,hla,cnv,purity\n";
const PATIENTS: &str = "patient\tcancer\tpopulation\tsex\tbirth_year\tpurity\tmutations_asked\tmutations\tsignatures\n";
const MUTATIONS: &str = "patient\tsample\tchrom\tpos\tref\talt\tsignature\tcontext\tgene\tgene_id\ttranscript\tconsequence\tresidue\twindow_start\twindow\tcell_fraction\tdna_alt_reads\tdna_depth\n";

/// What to make.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// How many patients.
    pub patients: usize,
    /// The same seed gives the same cohort.
    pub seed: u64,
    /// A TCGA code (`SKCM`), or `mix`.
    pub cancer: String,
    /// `european`, ..., or `mix`.
    pub population: String,
    /// Mutations are this many times the published median.
    pub load: f64,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Patients.
    pub patients: usize,
    /// Mutations of all of them.
    pub mutations: usize,
    /// Mutations that had no free site left in their context.
    pub unplaced: usize,
}

impl Cohort {
    /// What its patients are drawn from.
    pub fn world<'a>(&self, genes: &'a Genes) -> Result<World<'a>, SimulateError> {
        Ok(World {
            genes,
            sites: Sites::of(genes)?,
            signatures: signature::all()?,
            cancers: Cancer::named(&self.cancer)?,
            populations: Population::named(&self.population)?,
            abundance: abundance(genes.list.len(), &mut self.random(SHARED)),
            load: self.load,
        })
    }

    /// Whether its cancer and population are known.
    pub fn check(&self) -> Result<(), SimulateError> {
        Cancer::named(&self.cancer)?;
        Population::named(&self.population).map(|_| ())
    }

    /// A patient, from 0 on.
    pub fn patient<'w>(&self, world: &'w World<'_>, number: usize) -> Patient<'w> {
        let id = format!("SIM-{:07}", number + 1);
        world.patient(id, &mut self.random(number as u64 + 1))
    }

    fn random(&self, stream: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(stream);
        random
    }
}

/// Makes the folder of a cohort; one with files is refused.
pub fn new_folder(dir: &Path) -> Result<(), SimulateError> {
    create(dir)?;
    let mut entries = fs::read_dir(dir).map_err(SimulateError::io(dir))?;
    if entries.next().is_some() {
        return Err(SimulateError::NotEmpty { dir: dir.to_owned() });
    }
    Ok(())
}

/// Writes a cohort into `dir`. `done` is told after each patient. The sheet is there when everything else is.
pub fn write(
    cohort: &Cohort,
    genes: &Genes,
    dir: &Path,
    done: impl Fn() + Sync,
) -> Result<Written, SimulateError> {
    let world = cohort.world(genes)?;
    let head = vcf::head(&world);
    for name in ["vcf", "cnv", "records", "truth"] {
        create(&dir.join(name))?;
    }
    let partial = dir.join("samples.csv.partial");
    let mut sheet = TextFile::new(partial.clone(), SHEET)?;
    let mut patients = TextFile::new(dir.join("truth/patients.tsv"), PATIENTS)?;
    let mut written = Written::default();
    for first in (0..cohort.patients).step_by(FOLDER) {
        let folder = Folder { dir, name: format!("{:03}", first / FOLDER), head: &head };
        folder.create()?;
        let numbers = first..cohort.patients.min(first + FOLDER);
        let rows: Vec<Rows> = numbers
            .into_par_iter()
            .map(|number| {
                let rows = folder.patient(&world, &cohort.patient(&world, number));
                done();
                rows
            })
            .collect::<Result<_, _>>()?;
        let mut mutations = TextFile::new(folder.path("truth/mutations.", ".tsv"), MUTATIONS)?;
        let mut resources = Vec::with_capacity(records::KINDS.len());
        for kind in records::KINDS {
            let path = folder.path(&format!("records/{kind}."), ".ndjson");
            resources.push(TextFile::new(path, "")?);
        }
        for rows in rows {
            sheet.add(&rows.sheet)?;
            patients.add(&rows.patient)?;
            mutations.add(&rows.mutations)?;
            for (file, line) in resources.iter_mut().zip(&rows.records) {
                file.add(line)?;
                file.add("\n")?;
            }
            written.patients += 1;
            written.mutations += rows.made;
            written.unplaced += rows.asked - rows.made;
        }
        mutations.end()?;
        resources.into_iter().try_for_each(TextFile::end)?;
    }
    patients.end()?;
    sheet.end()?;
    fs::rename(&partial, dir.join("samples.csv")).map_err(SimulateError::io(partial))?;
    Ok(written)
}

/// What one patient adds to files of many.
struct Rows {
    sheet: String,
    patient: String,
    mutations: String,
    records: [String; 3],
    asked: usize,
    made: usize,
}

/// A thousand patients.
struct Folder<'a> {
    dir: &'a Path,
    name: String,
    head: &'a str,
}

impl Folder<'_> {
    fn create(&self) -> Result<(), SimulateError> {
        create(&self.dir.join("vcf").join(&self.name))?;
        create(&self.dir.join("cnv").join(&self.name))
    }

    fn path(&self, before: &str, after: &str) -> PathBuf {
        self.dir.join(format!("{before}{}{after}", self.name))
    }

    /// Writes the patient's own files.
    fn patient(&self, world: &World<'_>, patient: &Patient<'_>) -> Result<Rows, SimulateError> {
        let (id, folder) = (&patient.id, &self.name);
        let sample = format!("{id}-T");
        let calls = format!("vcf/{folder}/{id}.vcf");
        self.write(&calls, &vcf::vcf(self.head, world, patient, &sample))?;
        let cnv = match vcf::copy_numbers(world, patient, &sample) {
            Some(text) => {
                let name = format!("cnv/{folder}/{id}.tsv");
                self.write(&name, &text)?;
                name
            }
            None => String::new(),
        };
        let hla: Vec<&str> = patient.hla.iter().flatten().copied().collect();
        let (hla, purity) = (hla.join(";"), patient.tumour.purity);
        let mut mutations = String::new();
        patient.calls.iter().for_each(|call| truth(world, id, &sample, call, &mut mutations));
        Ok(Rows {
            sheet: format!("{id},{sample},{calls},{sample},{hla},{cnv},{purity}\n"),
            patient: drawn(patient),
            mutations,
            records: records::resources(patient, &sample),
            asked: patient.asked,
            made: patient.calls.len(),
        })
    }

    fn write(&self, name: &str, text: &str) -> Result<(), SimulateError> {
        let path = self.dir.join(name);
        fs::write(&path, text).map_err(SimulateError::io(path))
    }
}

fn drawn(patient: &Patient<'_>) -> String {
    let exposures = patient.exposures.iter().map(|(name, weight)| format!("{name}:{weight:.3}"));
    let cells = [
        patient.id.clone(),
        patient.cancer.code.clone(),
        patient.population.name.clone(),
        patient.sex.to_owned(),
        patient.birth.to_string(),
        patient.tumour.purity.to_string(),
        patient.asked.to_string(),
        patient.calls.len().to_string(),
        exposures.collect::<Vec<_>>().join(";"),
    ];
    cells.join("\t") + "\n"
}

fn truth(world: &World<'_>, id: &str, sample: &str, call: &Call, text: &mut String) {
    let gene = &world.genes.list[call.mutation.gene];
    let (signature, context) = match call.mutation.origin {
        Origin::Signature(at, context) => {
            (world.signatures[at].name.as_str(), signature::name(context))
        }
        Origin::Indel => ("indel", String::new()),
    };
    let (start, window) = call.effect.window().map_or_else(Default::default, |(start, window)| {
        (start.to_string(), String::from_utf8_lossy(window).into_owned())
    });
    let cells = [
        id,
        sample,
        &gene.contig,
        &call.alleles.position.to_string(),
        &String::from_utf8_lossy(&call.alleles.reference),
        &String::from_utf8_lossy(&call.alleles.alternate),
        signature,
        &context,
        &gene.symbol,
        &gene.id,
        &gene.transcript,
        &call.effect.terms.join("&"),
        &call.effect.position.to_string(),
        &start,
        &window,
        &format!("{:.3}", call.fraction),
        &call.dna.alternate.to_string(),
        &call.dna.depth.to_string(),
    ];
    text.push_str(&cells.join("\t"));
    text.push('\n');
}

fn create(path: &Path) -> Result<(), SimulateError> {
    fs::create_dir_all(path).map_err(SimulateError::io(path))
}

/// A text file that grows.
struct TextFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl TextFile {
    fn new(path: PathBuf, head: &str) -> Result<Self, SimulateError> {
        let file = File::create(&path).map_err(SimulateError::io(&path))?;
        let mut file = Self { path, file: BufWriter::new(file) };
        file.add(head)?;
        Ok(file)
    }

    fn add(&mut self, text: &str) -> Result<(), SimulateError> {
        self.file.write_all(text.as_bytes()).map_err(SimulateError::io(&self.path))
    }

    fn end(mut self) -> Result<(), SimulateError> {
        self.file.flush().map_err(SimulateError::io(&self.path))
    }
}
