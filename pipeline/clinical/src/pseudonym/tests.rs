#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;

use super::*;

fn key(byte: u8, project: &str) -> ProjectKey {
    ProjectKey::from_bytes(&[byte; 32], project).unwrap()
}

#[test]
fn one_id_under_one_key_is_one_pseudonym() {
    let a = key(1, "p");
    assert_eq!(a.pseudonym("Patient", "1"), a.pseudonym("Patient", "1"));
    let others = [
        a.pseudonym("Patient", "2"),
        a.pseudonym("Encounter", "1"),
        key(2, "p").pseudonym("Patient", "1"),
        key(1, "q").pseudonym("Patient", "1"),
        a.pseudonym("Patien", "t1"),
    ];
    for other in &others {
        assert_ne!(&a.pseudonym("Patient", "1"), other);
    }
    assert!(others.iter().all(|p| p.len() == 64 && p.bytes().all(|b| b.is_ascii_hexdigit())));
}

#[test]
fn a_uuid_becomes_a_uuid_whatever_its_type() {
    let (key, id) = (key(1, "p"), "6C5D9CA9-54d7-42f5-bfae-a7c19cd217f2");
    let pseudonym = key.pseudonym("Patient", id);
    assert_eq!(pseudonym, key.pseudonym("", &id.to_lowercase()));
    assert_eq!((pseudonym.len(), &pseudonym[14..15]), (36, "8"));
    assert_ne!(pseudonym, id.to_lowercase());
}

#[test]
fn dates_move_by_patient_and_never_by_nothing() {
    let key = key(1, "p");
    let shifts: Vec<i64> = (0..2000).map(|n| key.shift_days(&n.to_string())).collect();
    assert!(shifts.iter().all(|days| (-182..=182).contains(days) && *days != 0));
    assert!(shifts.contains(&182) && shifts.contains(&-182));
    assert_eq!(shifts[7], key.shift_days("7"));
}

#[test]
fn keys_from_files_and_variables() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    let made = ProjectKey::create(&path, "p").unwrap();
    let read = ProjectKey::from_file(&path, "p").unwrap();
    assert_eq!(made.pseudonym("Patient", "1"), read.pseudonym("Patient", "1"));
    assert!(ProjectKey::create(&path, "p").is_err(), "an existing key is replaced");
    read.expect_id(made.id()).unwrap();
    assert!(matches!(read.expect_id("x"), Err(KeyError::Wrong { .. })));
    assert!(!format!("{read:?}").contains(fs::read_to_string(&path).unwrap().trim()));
    assert!(matches!(
        ProjectKey::from_env("VAXLOOM_NO_SUCH_KEY", "p"),
        Err(KeyError::NoVariable(_))
    ));
    for (text, wanted) in
        [("00ff", "2 bytes"), ("xyz", "hexadecimal"), (&"0g".repeat(32), "hexadecimal")]
    {
        fs::write(&path, text).unwrap();
        let message = ProjectKey::from_file(&path, "p").unwrap_err().to_string();
        assert!(message.contains(wanted) && !message.contains(text), "{message}");
    }
    assert!(matches!(
        ProjectKey::from_file(&dir.path().join("none"), "p"),
        Err(KeyError::Io { .. })
    ));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    ProjectKey::create(&path, "p").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(ProjectKey::from_file(&path, "p"), Err(KeyError::Open { mode: 0o640, .. })));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    ProjectKey::from_file(&path, "p").unwrap();
}

#[test]
fn the_map_opens_with_its_key_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("map");
    let (old, new) = (key(1, "p"), key(2, "p"));
    let mut map = PseudonymMap::default();
    map.insert(old.pseudonym("Patient", "Xylander"), "Patient", "Xylander");
    map.write(&path, &[7; 32]).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("Xylander"));
    assert_eq!(PseudonymMap::read(&path, &[7; 32]).unwrap(), map);
    assert!(matches!(PseudonymMap::read(&path, &[8; 32]), Err(MapError::Key(_))));
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(PseudonymMap::read(&path, &[7; 32]), Err(MapError::Key(_))));
    let rekeyed = rekey(map.ids(), &old, &new);
    assert_eq!(
        rekeyed[&old.pseudonym("Patient", "Xylander")],
        new.pseudonym("Patient", "Xylander")
    );
}
