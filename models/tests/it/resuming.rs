//! Runs that were cut off, and their checkpoints.

use crate::world::World;
use std::panic::{AssertUnwindSafe, catch_unwind};
use vaxloom_models::weights::{CALIBRATION, CONFIG, WEIGHTS};

/// Trains until a line of progress begins so.
fn kill(world: &World, out: &str, at: &str) {
    let killed = catch_unwind(AssertUnwindSafe(|| {
        let _ = world.train(out, &mut |line| assert!(!line.starts_with(at), "killed"));
    }));
    assert!(killed.is_err(), "{at}");
}

/// Two members, both heads, genotypes from the second epoch on, flanks.
#[test]
fn a_killed_run_goes_on_to_the_same_weights() {
    let _alone = crate::predicting::threads_are_changed();
    let world = World::of_all_kinds(60);
    let whole = world.train("whole", &mut |_| ()).unwrap();
    for at in ["epoch 1:", "epoch 3:", "going on after epoch 3"] {
        kill(&world, "killed", at);
    }
    let mut went_on = false;
    let note = &mut |line: &str| went_on |= line.starts_with("going on after epoch 3");
    let report = world.train("killed", note).unwrap();
    assert!(went_on);
    let (killed, whole) = (report.training, whole.training);
    assert_eq!(killed.held_out_figures, whole.held_out_figures);
    assert_eq!(killed.held_out_figures.len(), 4);
    assert!(killed.held_out_figures.iter().all(|f| f.correlation.is_some()));
    for name in [WEIGHTS, CALIBRATION] {
        let read = |out: &str| std::fs::read(world.path().join(out).join(name)).unwrap();
        assert!(read("whole") == read("killed"), "{name} differs");
    }
    let left: Vec<_> =
        world.files("killed").iter().map(|f| f.file_name().unwrap().to_owned()).collect();
    assert_eq!(left, [CALIBRATION, CONFIG, WEIGHTS], "the checkpoint is removed");
}

#[test]
fn a_checkpoint_of_another_recipe_is_refused() {
    let world = World::new(20);
    kill(&world, "out", "epoch 1:");
    let error =
        world.edit("seed = 1", "seed = 2").train("out", &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("is not of this recipe; remove it"), "{error}");
}

#[test]
fn a_checkpoint_that_was_cut_short_is_refused() {
    let world = World::new(20);
    kill(&world, "out", "epoch 1:");
    let file = world.files("out").pop().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let error = world.train("out", &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("remove it to train from the start"), "{error}");
}
