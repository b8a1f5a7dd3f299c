//! The tables of `data/`: tab-separated, a header, comments with `#`.

use crate::SimulateError;

/// A built-in table.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    text: &'static str,
}

impl Table {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text }
    }

    /// The names of its columns.
    pub(crate) fn header(&self) -> Vec<&'static str> {
        self.lines().next().map(|(_, line)| line.split('\t').collect()).unwrap_or_default()
    }

    /// Its rows with their 1-based lines; each has as many cells as there are columns.
    pub(crate) fn rows(&self) -> Result<Vec<(usize, Vec<&'static str>)>, SimulateError> {
        let columns = self.header().len();
        self.lines()
            .skip(1)
            .map(|(number, line)| {
                let cells: Vec<&str> = line.split('\t').collect();
                let whole = cells.len() == columns;
                if whole { Ok((number, cells)) } else { Err(self.wrong(number, line)) }
            })
            .collect()
    }

    /// A number of a cell.
    pub(crate) fn number(&self, line: usize, cell: &str) -> Result<f64, SimulateError> {
        cell.parse().map_err(|_| self.wrong(line, cell))
    }

    pub(crate) fn wrong(&self, line: usize, found: &str) -> SimulateError {
        SimulateError::Table { table: self.name, line, found: found.to_owned() }
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &'static str)> {
        (1..).zip(self.text.lines()).filter(|(_, line)| !line.starts_with('#') && !line.is_empty())
    }
}
