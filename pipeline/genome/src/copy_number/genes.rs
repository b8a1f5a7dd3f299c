//! Where the genes of antigen presentation lie.

use serde::Serialize;

use crate::reference::{Assembly, Interval};

/// A gene without which peptides are not presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum PresentationGene {
    /// HLA-A, class I.
    HlaA,
    /// HLA-B, class I.
    HlaB,
    /// HLA-C, class I.
    HlaC,
    /// Beta-2 microglobulin, the light chain of class I.
    B2m,
    /// One half of the transporter of peptides for class I.
    Tap1,
    /// The other half.
    Tap2,
    /// The transactivator of class II.
    Ciita,
}

impl PresentationGene {
    /// In the order that they are reported.
    pub const ALL: [Self; 7] =
        [Self::HlaA, Self::HlaB, Self::HlaC, Self::B2m, Self::Tap1, Self::Tap2, Self::Ciita];

    /// Symbol (HGNC).
    pub fn symbol(self) -> &'static str {
        match self {
            Self::HlaA => "HLA-A",
            Self::HlaB => "HLA-B",
            Self::HlaC => "HLA-C",
            Self::B2m => "B2M",
            Self::Tap1 => "TAP1",
            Self::Tap2 => "TAP2",
            Self::Ciita => "CIITA",
        }
    }

    /// Contig without `chr`, and the place on it.
    ///
    /// GRCh38: Ensembl 77's ENSG00000206503, ENSG00000234745, ENSG00000204525, ENSG00000166710, ENSG00000168394 and
    /// ENSG00000204267; of CIITA (ENSG00000179583) transcript ENST00000324288 of GENCODE 50. GRCh37: the same bases.
    pub fn place(self, assembly: Assembly) -> (&'static str, Interval) {
        let (contig, on37, on38) = match self {
            Self::HlaA => ("6", (29_909_037, 29_913_661), (29_941_260, 29_945_884)),
            Self::HlaB => ("6", (31_321_649, 31_324_965), (31_353_872, 31_357_188)),
            Self::HlaC => ("6", (31_236_526, 31_239_907), (31_268_749, 31_272_130)),
            Self::B2m => ("15", (45_003_675, 45_011_075), (44_711_477, 44_718_877)),
            Self::Tap1 => ("6", (32_812_986, 32_821_593), (32_845_209, 32_853_816)),
            Self::Tap2 => ("6", (32_789_610, 32_806_516), (32_821_833, 32_838_739)),
            Self::Ciita => ("16", (10_971_059, 11_030_251), (10_877_202, 10_936_394)),
        };
        let (start, end) = match assembly {
            Assembly::Grch37 => on37,
            Assembly::Grch38 => on38,
        };
        (contig, Interval { start, end })
    }
}
