//! The answers that were given, and the key that noise is made with.
//!
//! A cell that differs by a few patients from one that was answered gets that one's answer, so that no two answers tell the few apart.
//! The memory is one for all researchers, since they may talk to each other, and outlives the program.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::contribution::{Contributions, Kind};
use super::rules::Rules;
use super::sketch::{Sketch, WIDTH};

const KEY_FILE: &str = "gate.key";
const ANSWERS_FILE: &str = "answers.bin";
/// Kind, patients, answer and sketch of one cell.
const RECORD: usize = 1 + 4 + 8 + WIDTH * 4;
/// Cells that are remembered; over that, new questions are refused.
const MOST_CELLS: usize = 400_000;

/// A folder that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The operating system refused.
    #[error("{}: the gate's memory cannot be used ({source}); give a folder that can be read and written", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of another length than it must have.
    #[error("{}: found {found} bytes, expected {expected}; restore the file from a copy", path.display())]
    Damaged {
        /// File.
        path: PathBuf,
        /// Length found.
        found: usize,
        /// Length expected.
        expected: String,
    },
    /// The system gave no random numbers.
    #[error("no random key could be made: {0}")]
    Random(String),
}

/// Answered cells of one lake.
#[derive(Debug)]
pub(super) struct Memory {
    key: [u8; 32],
    rules: Rules,
    cells: Mutex<Cells>,
}

#[derive(Debug, Default)]
struct Cells {
    /// By kind and number of patients.
    answered: HashMap<Kind, BTreeMap<u32, Vec<Answered>>>,
    count: usize,
    file: Option<File>,
}

#[derive(Debug)]
struct Answered {
    sketch: Sketch,
    /// None where it was suppressed.
    answer: Option<f64>,
}

/// What a cell is answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answer {
    /// None where it is suppressed.
    pub(super) value: Option<f64>,
    /// No cell like it had been asked for before.
    pub(super) fresh: bool,
}

impl Memory {
    /// The memory in a folder, which is made where there is none; without a folder, one that is forgotten at the end.
    pub(super) fn open(folder: Option<&Path>, rules: Rules) -> Result<Self, MemoryError> {
        let Some(folder) = folder else {
            return Ok(Self { key: random_key()?, rules, cells: Mutex::default() });
        };
        fs::create_dir_all(folder).map_err(io_at(folder))?;
        let key = key(&folder.join(KEY_FILE))?;
        let cells = Mutex::new(remembered(&folder.join(ANSWERS_FILE))?);
        Ok(Self { key, rules, cells })
    }

    /// The name that contributions know a patient by.
    pub(super) fn patient(&self, pseudonym: &str) -> u64 {
        first(&self.digest(pseudonym.as_bytes()))
    }

    /// Whether new questions can still be answered.
    pub(super) fn is_full(&self) -> bool {
        self.lock().count >= MOST_CELLS
    }

    /// What a number of a cell is answered.
    pub(super) fn answer(&self, kind: Kind, all: &Contributions) -> io::Result<Answer> {
        let counted = kind.counted(all);
        let told = kind.told(&counted);
        if told < self.rules.least {
            return Ok(Answer { value: None, fresh: false });
        }
        let sketch = Sketch::of(&counted, first(&self.key));
        let patients = u32::try_from(counted.len()).unwrap_or(u32::MAX);
        let mut cells = self.lock();
        if let Some(near) = cells.nearest(kind, patients, &sketch, self.rules.margin) {
            return Ok(Answer { value: near.answer, fresh: false });
        }
        let shown = told >= self.rules.least + self.rules.margin && cells.count < MOST_CELLS;
        let value = shown.then(|| self.noisy(kind, &counted, &sketch));
        cells.remember(kind, patients, Answered { sketch, answer: value })?;
        Ok(Answer { value, fresh: true })
    }

    /// The number with noise that is the same for the same contributions.
    fn noisy(&self, kind: Kind, counted: &Contributions, sketch: &Sketch) -> f64 {
        let summary = kind.summary(counted);
        let scale = summary.influence * self.rules.noise;
        let mut bytes = vec![kind as u8];
        bytes.extend(sketch.0.iter().flat_map(|counter| counter.to_le_bytes()));
        let value = summary.value + gaussian(&self.digest(&bytes)) * scale;
        match kind {
            Kind::Patients => value.round().max(self.rules.least as f64),
            Kind::Total | Kind::Mean if scale > 0.0 => {
                // Digits below the noise say nothing.
                let step = 10_f64.powf(scale.log10().floor());
                let rounded = (value / step).round() * step;
                if kind == Kind::Total && scale >= 1.0 { rounded.round() } else { rounded }
            }
            Kind::Total | Kind::Mean => value,
        }
    }

    fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.key).chain_update(bytes).finalize().into()
    }

    fn lock(&self) -> MutexGuard<'_, Cells> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cells {
    /// The answer of the nearest cell within the margin.
    fn nearest(
        &self,
        kind: Kind,
        patients: u32,
        sketch: &Sketch,
        margin: usize,
    ) -> Option<&Answered> {
        let margin = u32::try_from(margin).unwrap_or(u32::MAX);
        let reach = patients.saturating_sub(margin)..=patients.saturating_add(margin);
        let near = self.answered.get(&kind)?.range(reach).flat_map(|(_, cells)| cells);
        let within = near
            .map(|cell| (cell.sketch.distance(sketch), cell))
            .filter(|(distance, _)| *distance <= f64::from(margin) + 0.5);
        let nearest = within.min_by(|(a, _), (b, _)| a.total_cmp(b));
        nearest.map(|(_, cell)| cell)
    }

    fn remember(&mut self, kind: Kind, patients: u32, cell: Answered) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write_all(&record(kind, patients, &cell))?;
        }
        self.insert(kind, patients, cell);
        Ok(())
    }

    fn insert(&mut self, kind: Kind, patients: u32, cell: Answered) {
        self.answered.entry(kind).or_default().entry(patients).or_default().push(cell);
        self.count += 1;
    }
}

fn record(kind: Kind, patients: u32, cell: &Answered) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RECORD);
    bytes.push(kind as u8);
    bytes.extend(patients.to_le_bytes());
    bytes.extend(cell.answer.unwrap_or(f64::NAN).to_le_bytes());
    bytes.extend(cell.sketch.0.iter().flat_map(|counter| counter.to_le_bytes()));
    bytes
}

fn remembered(path: &Path) -> Result<Cells, MemoryError> {
    let failed = io_at(path);
    let file = OpenOptions::new().create(true).read(true).append(true).open(path);
    let mut file = file.map_err(&failed)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(&failed)?;
    // A record that a sudden end cut off was never answered.
    let whole = bytes.len() - bytes.len() % RECORD;
    file.set_len(whole as u64).map_err(&failed)?;
    let mut cells = Cells::default();
    for record in bytes[..whole].chunks_exact(RECORD) {
        let damaged = || MemoryError::Damaged {
            path: path.to_owned(),
            found: bytes.len(),
            expected: "answers that this program wrote".to_owned(),
        };
        let (kind, patients, cell) = read_record(record).ok_or_else(damaged)?;
        cells.insert(kind, patients, cell);
    }
    cells.file = Some(file);
    Ok(cells)
}

fn read_record(record: &[u8]) -> Option<(Kind, u32, Answered)> {
    let kind =
        [Kind::Patients, Kind::Total, Kind::Mean].into_iter().find(|k| *k as u8 == record[0])?;
    let patients = u32::from_le_bytes(record[1..5].try_into().ok()?);
    let answer = f64::from_le_bytes(record[5..13].try_into().ok()?);
    let mut counters = [0; WIDTH];
    for (counter, bytes) in counters.iter_mut().zip(record[13..].chunks_exact(4)) {
        *counter = i32::from_le_bytes(bytes.try_into().ok()?);
    }
    let answer = Some(answer).filter(|answer| !answer.is_nan());
    Some((kind, patients, Answered { sketch: Sketch(counters), answer }))
}

/// The key of a lake's gate: who has it can take the noise off.
fn key(path: &Path) -> Result<[u8; 32], MemoryError> {
    use std::os::unix::fs::OpenOptionsExt;
    match fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|bytes: Vec<u8>| MemoryError::Damaged {
            path: path.to_owned(),
            found: bytes.len(),
            expected: "32 bytes".to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = random_key()?;
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            let written = file.and_then(|mut file| file.write_all(&key));
            written.map_err(io_at(path))?;
            Ok(key)
        }
        Err(error) => Err(io_at(path)(error)),
    }
}

fn random_key() -> Result<[u8; 32], MemoryError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| MemoryError::Random(error.to_string()))?;
    Ok(key)
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> MemoryError + '_ {
    |source| MemoryError::Io { path: path.to_owned(), source }
}

fn first(bytes: &[u8; 32]) -> u64 {
    bytes.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// A draw of the normal distribution, within three standard deviations (Box and Muller, 1958).
fn gaussian(digest: &[u8; 32]) -> f64 {
    let unit = |from: usize| {
        let bits =
            digest[from..from + 8].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let radius = (-2.0 * unit(0).ln()).sqrt();
    (radius * (std::f64::consts::TAU * unit(8)).cos()).clamp(-3.0, 3.0)
}
