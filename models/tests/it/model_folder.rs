//! Model folders that are not as they were written.

use crate::world::{planted_class_one, planted_class_two};
use safetensors::SafeTensors;
use std::path::Path;
use vaxloom_models::MhcPredictor;
use vaxloom_models::data::sha256;
use vaxloom_models::weights::{CALIBRATION, CONFIG, ModelFiles, WEIGHTS};

/// What is said of a model folder in which `change` was made to one file; `consistent` if its checksum was changed too.
fn refused(
    files: &ModelFiles,
    file: &str,
    consistent: bool,
    change: impl Fn(&mut Vec<u8>),
) -> String {
    let folder = tempfile::tempdir().unwrap();
    files.write(folder.path()).unwrap();
    assert!(MhcPredictor::load(folder.path()).is_ok());
    let path = folder.path().join(file);
    let before = std::fs::read(&path).unwrap();
    let mut after = before.clone();
    change(&mut after);
    std::fs::write(&path, &after).unwrap();
    if consistent {
        let config = std::fs::read_to_string(folder.path().join(CONFIG)).unwrap();
        let config = config.replace(&sha256(&before), &sha256(&after));
        std::fs::write(folder.path().join(CONFIG), config).unwrap();
    }
    MhcPredictor::load(folder.path()).unwrap_err().to_string()
}

/// Puts bytes at the start of a tensor.
fn overwrite(bytes: &mut [u8], tensor: &str, with: &[u8]) {
    let (header, metadata) = SafeTensors::read_metadata(bytes).unwrap();
    let start = 8 + header + metadata.info(tensor).unwrap().data_offsets.0;
    bytes[start..start + with.len()].copy_from_slice(with);
}

fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(from), "{from}");
    *bytes = text.replace(from, to).into_bytes();
}

fn half(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() / 2);
}

#[allow(clippy::ptr_arg, reason = "the other changes make the file shorter")]
fn flip(bytes: &mut Vec<u8>) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

#[test]
fn a_broken_file_is_refused() {
    let files = &planted_class_one().1;
    for (error, said) in [
        (refused(files, WEIGHTS, false, half), "weights.safetensors: SHA-256 is"),
        (refused(files, WEIGHTS, false, flip), "weights.safetensors: SHA-256 is"),
        (refused(files, CALIBRATION, false, half), "calibration.safetensors: SHA-256 is"),
        (refused(files, CALIBRATION, false, flip), "calibration.safetensors: SHA-256 is"),
        (refused(files, WEIGHTS, true, half), "weights.safetensors: "),
        (refused(files, CALIBRATION, true, half), "calibration.safetensors: "),
        (refused(files, CONFIG, false, half), "config.json: EOF"),
        (refused(files, CONFIG, false, Vec::clear), "config.json: EOF"),
    ] {
        assert!(error.contains(said), "{error}");
    }
    let missing = MhcPredictor::load(Path::new("nowhere")).unwrap_err().to_string();
    assert!(missing.contains("nowhere/config.json: No such file"), "{missing}");
    assert!(missing.contains("a model folder holds config.json, weights.safetensors"), "{missing}");
}

#[test]
fn a_configuration_of_other_weights_is_refused() {
    let files = &planted_class_one().1;
    for (from, to, said) in [
        ("\"format\": 2", "\"format\": 9", "format 9, this program reads format 2"),
        (
            "\"second\": 16",
            "\"second\": 15",
            "tensor second_weight is F16 [2, 32, 16], expected [2, 32, 15]",
        ),
        ("\"members\": 2", "\"members\": 3", "expected [595, 96]"),
        ("\"flank\": 5", "\"flank\": 0", "tensor peptide is F16"),
        ("\"class\": \"one\"", "\"class\": \"two\"", "tensor peptide is F16"),
        ("\"class\": \"one\"", "\"class\": \"three\"", "unknown variant `three`"),
        ("\"heads\"", "\"tails\"", "unknown field `tails`"),
    ] {
        let error = refused(files, CONFIG, false, |bytes| replace(bytes, from, to));
        assert!(error.contains(said), "{from}: {error}");
    }
}

#[test]
fn values_that_are_no_numbers_are_refused() {
    let files = &planted_class_one().1;
    // NaN in half precision, infinity in single.
    let (nan, infinity) = ([0x00, 0x7e], f32::INFINITY.to_le_bytes());
    for (file, tensor, value) in [
        (WEIGHTS, "second_weight", &nan[..]),
        (WEIGHTS, "output_bias", &infinity),
        (CALIBRATION, "logits", &infinity),
    ] {
        let error = refused(files, file, true, |bytes| overwrite(bytes, tensor, value));
        assert!(
            error.contains(&format!("{file}: tensor {tensor} holds a value that is not finite")),
            "{error}"
        );
    }
    // The first logit of the grid is the lowest.
    let highest = 1e9_f32.to_le_bytes();
    let error = refused(files, CALIBRATION, true, |bytes| overwrite(bytes, "logits", &highest));
    assert!(error.contains("calibration table: score 1 is below the one before"), "{error}");
}

#[test]
fn a_broken_table_of_molecules_is_refused() {
    for (files, other) in
        [(&planted_class_one().1, "HLA-DRB1*01:01"), (&planted_class_two().1, "HLA-A*02:01")]
    {
        let inconsistent = "weights.safetensors: the table of molecules is inconsistent";
        let range = "tensor molecule_ligands is I32 [2], expected I32, none below 0";
        for (tensor, with, said) in [
            ("molecule_names", b"X".as_slice(), inconsistent),
            ("molecule_names", b"\xff", inconsistent),
            ("molecule_names", b"\n", inconsistent),
            ("molecule_names", other.as_bytes(), inconsistent),
            ("pseudosequences", &[20], inconsistent),
            ("molecule_pseudosequence", &2_i32.to_le_bytes(), inconsistent),
            ("molecule_ligands", &(-1_i32).to_le_bytes(), range),
        ] {
            let error = refused(files, WEIGHTS, true, |bytes| overwrite(bytes, tensor, with));
            assert!(error.contains(said), "{tensor} {with:?}: {error}");
        }
    }
}
