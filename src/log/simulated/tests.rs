use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Action, EIO, ENOSPC, Loss, Simulated, Verdict};
use crate::log::storage::{Directory, File};

type Files = BTreeMap<String, Vec<u8>>;

fn append(file: &dyn File, bytes: &[u8]) -> io::Result<usize> {
    let end = file.len()?;
    file.write_at(end, &[IoSlice::new(bytes)])
}

fn files<const N: usize>(files: [(&str, &str); N]) -> Files {
    files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_owned())).into()
}

/// All that crashes at the end may leave, as far as this many random numbers find it.
fn outcomes(disk: &Simulated) -> BTreeSet<Files> {
    let crash = |seed| disk.crashed(disk.steps(), Loss::Random(seed)).contents();
    (0..2000).map(crash).collect()
}

fn all<const N: usize>(outcomes: [Files; N]) -> BTreeSet<Files> {
    outcomes.into()
}

#[test]
fn it_is_a_directory_of_files() {
    let disk = Simulated::default();
    let file = disk.create("a").expect("no file has this name");
    assert_eq!(file.write_at(2, &[IoSlice::new(b"xy"), IoSlice::new(b"z")]).expect("room"), 3);
    assert_eq!(file.len().expect("a length"), 5);
    file.set_len(4).expect("a shorter file");
    disk.rename("a", "b").expect("a file of this name");
    let mut buffer = [1; 8];
    let other = disk.open("b").expect("a file of this name");
    assert_eq!(other.read_at(1, &mut buffer).expect("bytes"), 3);
    assert_eq!(buffer, [0, b'x', b'y', 1, 1, 1, 1, 1]);
    assert_eq!(other.read_at(9, &mut buffer).expect("the end"), 0);
    assert_eq!(disk.names().expect("names"), ["b"]);
    assert_eq!(disk.open("a").err().map(|e| e.kind()), Some(io::ErrorKind::NotFound));
    assert_eq!(disk.create("b").err().map(|e| e.kind()), Some(io::ErrorKind::AlreadyExists));
    disk.remove("b").expect("a file of this name");
    assert_eq!(append(&*other, b"!").expect("an open file stays"), 1);
    assert_eq!(disk.contents(), files([]));
}

#[test]
fn what_was_synced_stays() {
    let disk = Simulated::default();
    let file = disk.create("a").expect("a new name");
    append(&*file, b"xy").expect("room");
    file.sync().expect("a sync");
    disk.sync().expect("a sync");
    assert_eq!(outcomes(&disk), all([files([("a", "xy")])]));
    assert_eq!(disk.crashed(0, Loss::Nothing).contents(), files([]));
}

#[test]
fn what_was_not_synced_is_there_in_any_part() {
    let disk = Simulated::with([("a", &b"1"[..])]);
    append(&*disk.open("a").expect("a file"), b"xy").expect("room");
    let texts = ["1", "1x", "1xy", "1\0y", "1\0\0"];
    assert_eq!(outcomes(&disk), texts.map(|text| files([("a", text)])).into());
    assert_eq!(disk.crashed(disk.steps(), Loss::All).contents(), files([("a", "1")]));
    assert_eq!(disk.crashed(disk.steps(), Loss::Nothing).contents(), files([("a", "1xy")]));
}

#[test]
fn writes_are_reordered_between_syncs() {
    let disk = Simulated::with([("a", &b""[..])]);
    let file = disk.open("a").expect("a file");
    append(&*file, b"x").expect("room");
    append(&*file, b"y").expect("room");
    let texts = ["", "x", "\0", "xy", "\0y", "x\0", "\0\0"];
    assert_eq!(outcomes(&disk), texts.map(|text| files([("a", text)])).into());
    file.sync().expect("a sync");
    append(&*file, b"z").expect("room");
    let texts = ["xy", "xyz", "xy\0"];
    assert_eq!(outcomes(&disk), texts.map(|text| files([("a", text)])).into());
}

#[test]
fn a_new_length_may_be_undone() {
    let disk = Simulated::with([("a", &b"xyz"[..])]);
    disk.open("a").expect("a file").set_len(1).expect("a shorter file");
    assert_eq!(outcomes(&disk), all([files([("a", "x")]), files([("a", "xyz")])]));
}

#[test]
fn names_need_a_sync_of_the_directory() {
    let disk = Simulated::with([("a", &b"old"[..])]);
    let file = disk.create("new").expect("a new name");
    append(&*file, b"n").expect("room");
    file.sync().expect("a sync");
    disk.rename("new", "a").expect("a file of this name");
    let possible =
        [files([("a", "old")]), files([("a", "n")]), files([("a", "old"), ("new", "n")])];
    assert_eq!(outcomes(&disk), possible.into());
    disk.sync().expect("a sync");
    disk.remove("a").expect("a file of this name");
    assert_eq!(outcomes(&disk), all([files([("a", "n")]), files([])]));
}

#[test]
fn after_a_failed_sync_no_other_vouches_for_what_was_written() {
    let disk = Simulated::with([("a", &b""[..])]);
    let file = disk.open("a").expect("a file");
    append(&*file, b"x").expect("room");
    disk.hook(|_, action| match action {
        Action::Sync => Verdict::Fail(EIO),
        _ => Verdict::Succeed,
    });
    assert_eq!(file.sync().err().and_then(|e| e.raw_os_error()), Some(EIO));
    disk.unhook();
    append(&*file, b"y").expect("room");
    file.sync().expect("a sync");
    assert_eq!(outcomes(&disk), ["xy", "\0y"].map(|text| files([("a", text)])).into());
}

#[test]
fn a_sync_has_no_say_about_what_was_written_after_it_began() {
    let disk = Simulated::with([("a", &b""[..])]);
    let file = disk.open("a").expect("a file");
    let (inner, syncs) = (disk.clone(), AtomicUsize::new(0));
    disk.hook(move |name, action| {
        if let Action::Sync = action
            && syncs.fetch_add(1, Ordering::Relaxed) == 0
        {
            append(&*inner.open(name).expect("a file"), b"x").expect("room");
        }
        Verdict::Succeed
    });
    file.sync().expect("a sync");
    assert_eq!(outcomes(&disk), ["", "x", "\0"].map(|text| files([("a", text)])).into());
    file.sync().expect("a sync");
    assert_eq!(outcomes(&disk), all([files([("a", "x")])]));
}

#[test]
fn an_operation_fails_where_it_is_told_to() {
    let disk = Simulated::default();
    let file = disk.create("a").expect("a new name");
    disk.hook(|name, action| match action {
        Action::Write { bytes, .. } if name == "a" && bytes.len() > 2 => Verdict::Short(2),
        Action::Write { .. } => Verdict::Fail(ENOSPC),
        _ => Verdict::Succeed,
    });
    assert_eq!(append(&*file, b"xyz").expect("room"), 2);
    assert_eq!(append(&*file, b"z").err().and_then(|e| e.raw_os_error()), Some(ENOSPC));
    assert_eq!(disk.contents(), files([("a", "xy")]));
    let told: Vec<bool> = disk.history().iter().map(|step| step.failed).collect();
    assert_eq!(told, [false, false, false, false, true]);
    assert_eq!(disk.moments(), [0, 1, 3, 5]);
}
