//! Where the columns of a MAF are.

use crate::table::{Header, TableError};

/// What the error says of the table.
pub(super) const EXPECTED: &str = "a tab-separated MAF with Chromosome, Start_Position, Reference_Allele, Tumor_Seq_Allele2 and Tumor_Sample_Barcode";

/// A column of which something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Sample,
    Build,
    Chromosome,
    Start,
    End,
    Strand,
    Reference,
    Allele1,
    Allele2,
    VariantType,
    Gene,
    EntrezGene,
    Classification,
    Consequence,
    Transcript,
    Hgvsc,
    Hgvsp,
    HgvspShort,
    ProteinPosition,
    Codons,
    DbSnp,
    Filter,
    Status,
    TumorDepth,
    TumorRef,
    TumorAlt,
    NormalDepth,
    NormalAlt,
}

/// A column, its names (compared without case: `End_position`, `End_Position`), and whether there is no MAF without it.
const COLUMNS: [(Column, &[&str], bool); 28] = [
    (Column::Sample, &["Tumor_Sample_Barcode"], true),
    (Column::Build, &["NCBI_Build"], false),
    (Column::Chromosome, &["Chromosome"], true),
    (Column::Start, &["Start_Position"], true),
    (Column::End, &["End_Position"], false),
    (Column::Strand, &["Strand"], false),
    (Column::Reference, &["Reference_Allele"], true),
    (Column::Allele1, &["Tumor_Seq_Allele1"], false),
    (Column::Allele2, &["Tumor_Seq_Allele2"], true),
    (Column::VariantType, &["Variant_Type"], false),
    (Column::Gene, &["Hugo_Symbol"], false),
    (Column::EntrezGene, &["Entrez_Gene_Id"], false),
    (Column::Classification, &["Variant_Classification"], false),
    (Column::Consequence, &["Consequence"], false),
    (Column::Transcript, &["Transcript_ID"], false),
    (Column::Hgvsc, &["HGVSc"], false),
    (Column::Hgvsp, &["HGVSp"], false),
    (Column::HgvspShort, &["HGVSp_Short", "Protein_Change"], false),
    (Column::ProteinPosition, &["Protein_position"], false),
    (Column::Codons, &["Codons"], false),
    (Column::DbSnp, &["dbSNP_RS", "dbSNP"], false),
    (Column::Filter, &["FILTER"], false),
    (Column::Status, &["Mutation_Status"], false),
    (Column::TumorDepth, &["t_depth"], false),
    (Column::TumorRef, &["t_ref_count"], false),
    (Column::TumorAlt, &["t_alt_count"], false),
    (Column::NormalDepth, &["n_depth"], false),
    (Column::NormalAlt, &["n_alt_count"], false),
];

/// The columns of one file.
pub(super) struct Columns {
    /// By the number of the [`Column`].
    at: [Option<usize>; COLUMNS.len()],
    /// Columns in all.
    pub(super) count: usize,
}

impl Columns {
    pub(super) fn of(header: &str, file: &str, line: i64) -> Result<Self, TableError> {
        let header = Header::new(header, '\t', file, line);
        let mut at = [None; COLUMNS.len()];
        let mut missing: Vec<&str> = Vec::new();
        for (which, names, required) in COLUMNS {
            at[which as usize] = header.find(names)?;
            if required && at[which as usize].is_none() {
                missing.extend(names);
            }
        }
        // `strand` and `STRAND` beside it are the gene's, by annotation programs.
        let strand = &mut at[Column::Strand as usize];
        *strand = strand.filter(|&at| header.names[at] == "Strand");
        if missing.is_empty() {
            return Ok(Self { at, count: header.names.len() });
        }
        let (file, columns) = (file.to_owned(), missing.join(", "));
        Err(TableError::NoColumns { file, line, columns, expected: EXPECTED })
    }

    /// The cell of `column`; `None` where the table has no such column.
    pub(super) fn cell<'a>(&self, cells: &[&'a str], column: Column) -> Option<&'a str> {
        self.at[column as usize].and_then(|at| cells.get(at).copied())
    }
}
