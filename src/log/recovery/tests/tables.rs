//! Each rule by small files, with what loads of them.

use super::support::{INCREMENT, MANIFEST, batch, closed_at, commands, increment, load, outcome};
use crate::log::checksum::{EMPTY, close, extend, opening};
use crate::log::manifest::{self, TEMPORARY};
use crate::log::record::encode;
use crate::log::recovery::{Increment, check, repair};
use crate::log::simulated::Simulated;

const PUSH_A: &str = "RPUSH k a";
const PUSH_B: &str = "RPUSH k b";

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// Each file, and its outcome. Nothing changes by looking; what is settled loads again, to the same commands and without a cut.
fn holds(rows: &[(&str, Vec<u8>, &str)]) {
    for (what, bytes, expected) in rows {
        let disk = increment(bytes);
        assert_eq!(outcome(&disk), *expected, "{what}");
        assert_eq!(disk.file(INCREMENT).as_ref(), Some(bytes), "{what}");
        if let Ok((loaded, mut recovered)) = load(&disk) {
            recovered.settle(&disk).expect("a disk without faults");
            assert_eq!(outcome(&disk), loaded, "{what}, settled");
            let len = disk.file(INCREMENT).map(|bytes| bytes.len() as u64);
            assert_eq!(recovered.increment().map(|increment| increment.len), len, "{what}");
        }
    }
}

#[test]
fn records_load_as_far_as_a_checksum_covers_them() {
    let (a, b) = (batch(PUSH_A), batch(PUSH_B));
    assert_eq!((opening().len(), a.len()), (64, 70));
    let wrong = String::from_utf8(a.clone()).expect("text").replace("a\r\n", "x\r\n").into_bytes();
    let mut miscounted = commands(PUSH_A);
    close(extend(EMPTY, &miscounted), 28, 0, &mut miscounted);
    let reaching_back = closed_at(joined(&[&a, &commands(PUSH_B)]), 0);
    holds(&[
        ("nothing", vec![], ""),
        ("an opening", opening(), ""),
        ("a batch", joined(&[&opening(), &a]), "RPUSH k a"),
        ("two batches", joined(&[&a, &b]), "RPUSH k a; RPUSH k b"),
        ("several commands", batch("RPUSH k a; LPOP k; DEL k"), "RPUSH k a; LPOP k; DEL k"),
        ("no checksum", joined(&[&a, &commands(PUSH_B)]), "RPUSH k a | 70 Unclosed 70"),
        ("no checksum at all", commands(PUSH_B), " | 0 Unclosed 0"),
        ("torn in a record", joined(&[&a, &b[..20]]), "RPUSH k a | 70 Torn 70"),
        ("torn in a checksum", joined(&[&a, &b[..b.len() - 1]]), "RPUSH k a | 70 Torn 99"),
        ("a wrong checksum", joined(&[&b, &wrong]), "RPUSH k b | 70 Checksum 70"),
        ("also where later ones verify", joined(&[&b, &wrong, &b]), "RPUSH k b | 70 Checksum 70"),
        ("zeros", joined(&[&a, &[0; 9]]), "RPUSH k a | 70 Zeros 70"),
        (
            "zeros behind a record",
            joined(&[&a, &commands(PUSH_B), &[0; 9]]),
            "RPUSH k a | 70 Zeros 99",
        ),
        (
            "zeros behind a record, in room",
            joined(&[&a, &commands(PUSH_B), &[0; 9], b"\r\n"]),
            "RPUSH k a | 70 Zeros 99",
        ),
        ("no record", joined(&[&a, b"RPUSH k b\r\n"]), "RPUSH k a | 70 Damaged 70"),
        (
            "a checksum over more than is not covered",
            joined(&[&a, &reaching_back[70..]]),
            "RPUSH k a | 70 Checksum 70",
        ),
        (
            "no sense in a checksum",
            joined(&[&a, &commands("ECHO crc32c:x")]),
            "RPUSH k a | 70 Checksum 70",
        ),
        ("a checksum of a wrong length", miscounted, " | 0 Checksum 0"),
        ("another echo", batch("RPUSH k a; ECHO hello; RPUSH k b"), "RPUSH k a; RPUSH k b"),
        (
            "a length that is a lie",
            joined(&[&a, b"*2\r\n$1152921504606846976\r\nx"]),
            "RPUSH k a | 70 Torn 70",
        ),
        (
            "a number of words that is a lie",
            joined(&[&a, b"*1152921504606846976\r\n$1\r\nx\r\n"]),
            "RPUSH k a | 70 Torn 70",
        ),
        (
            "a number with too many digits",
            joined(&[&a, b"*99999999999999999999\r\n"]),
            "RPUSH k a | 70 Damaged 70",
        ),
        ("a synced offset behind itself", closed_at(commands(PUSH_A), 32), " | 0 Checksum 0"),
    ]);
}

/// An echo of as many zeros.
fn room(zeros: usize) -> Vec<u8> {
    echo(&vec![0; zeros])
}

fn echo(bytes: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    encode(&[b"ECHO", bytes], &mut record);
    record
}

#[test]
fn room_is_no_loss_and_what_stands_behind_it_is_what_it_would_be_without() {
    let (a, b, room) = (batch(PUSH_A), batch(PUSH_B), room(100));
    let served = commands("SELECT 0; RPUSH k b");
    let end = 70 + room.len();
    holds(&[
        ("room", joined(&[&a, &room]), "RPUSH k a"),
        ("room alone", room.clone(), ""),
        ("room twice", joined(&[&a, &room, &room]), "RPUSH k a"),
        ("torn", joined(&[&a, &room[..room.len() - 1]]), "RPUSH k a | 70 Torn 70"),
        ("begun", joined(&[&a, &room[..20]]), "RPUSH k a | 70 Torn 70"),
        ("ours", joined(&[&a, &room, &commands(PUSH_B)]), "RPUSH k a | 70 Unclosed 70"),
        ("a batch", joined(&[&a, &room, &b]), "RPUSH k a | 70 Checksum 70"),
        ("a batch that covers it", closed_at(joined(&[&room, &commands(PUSH_B)]), 0), "RPUSH k b"),
        ("a server's", joined(&[&a, &room, &served]), "RPUSH k a; RPUSH k b"),
        (
            "a server's that is torn",
            joined(&[&a, &room, &served[..10]]),
            &format!("RPUSH k a | 70 Torn {end}"),
        ),
        (
            "a server's, torn at its end",
            joined(&[&a, &room, &served, &served[..10]]),
            &format!("RPUSH k a; RPUSH k b | {0} Torn {0}", end + served.len()),
        ),
        ("room behind a server's", joined(&[&a, &served, &room]), "RPUSH k a; RPUSH k b"),
        ("a time behind it", joined(&[&a, &room, b"#TS:1700000000\r\n"]), "RPUSH k a"),
        ("in a transaction", joined(&[&a, &commands("MULTI"), &room]), "RPUSH k a | 70 Open 70"),
    ]);
}

/// What a crash leaves that has lost a batch, or the beginning of one, and not what is behind it.
#[test]
fn an_echo_of_anything_else_may_hide_what_was_on_disk() {
    let a = batch(PUSH_A);
    let lost = |synced| joined(&[&[0; 50], &closed_at(commands(PUSH_B), synced), &[0; 50]]);
    let error = format!(
        "! {INCREMENT}: at byte 70: records begin that have no checksum; the file was on disk up to byte 71"
    );
    holds(&[
        ("a batch", joined(&[&a, &echo(&lost(70))]), "RPUSH k a | 70 Unclosed 70"),
        ("a batch that says so", joined(&[&a, &echo(&lost(71))]), &error),
        ("no batch", joined(&[&a, &echo(b"\0x")]), "RPUSH k a | 70 Unclosed 70"),
    ]);
}

#[test]
fn what_a_server_accepted_loads_without_a_checksum() {
    let a = batch(PUSH_A);
    let served = commands("SELECT 0; RPUSH k b");
    let wrong =
        String::from_utf8(batch("SELECT 0; RPUSH k b")).expect("text").replace("k\r\n", "x\r\n");
    holds(&[
        ("alone", served.clone(), "RPUSH k b"),
        ("behind ours", joined(&[&a, &served]), "RPUSH k a; RPUSH k b"),
        (
            "also what was ours and torn",
            joined(&[&a, &commands("LPOP k"), &served]),
            "RPUSH k a; LPOP k; RPUSH k b",
        ),
        ("torn itself", joined(&[&a, &served, b"*3\r\n$5"]), "RPUSH k a; RPUSH k b | 122 Torn 122"),
        ("with zeros", joined(&[&served, &[0; 4]]), "RPUSH k b | 52 Zeros 52"),
        (
            "in a transaction that is open",
            joined(&[&served, &commands("MULTI; RPUSH k c")]),
            "RPUSH k b | 52 Open 52",
        ),
        ("with a time", joined(&[b"#TS:1700000000\r\n", &served]), "RPUSH k b"),
        ("a time alone", joined(&[&a, b"#TS:1700000000\r\n"]), "RPUSH k a"),
        (
            "another database",
            commands("SELECT 0; RPUSH k a; SELECT 7; RPUSH k b"),
            "! appendonly.aof.1.incr.aof: at byte 52: database 7 is selected, and there is only database 0",
        ),
        (
            "another database in a batch",
            batch("SELECT 1"),
            "! appendonly.aof.1.incr.aof: at byte 0: database 1 is selected, and there is only database 0",
        ),
        (
            "a checksum that is wrong",
            wrong.into_bytes(),
            "! appendonly.aof.1.incr.aof: at byte 0: records begin that are not those of their checksum; \
             a server has appended to these records",
        ),
        (
            "a command that is refused",
            joined(&[&a, &batch("REFUSED k")]),
            "! appendonly.aof.1.incr.aof: at byte 70: no such command",
        ),
        (
            "a refused command that is torn",
            joined(&[&a, &commands("REFUSED k")]),
            "RPUSH k a | 70 Unclosed 70",
        ),
    ]);
}

#[test]
fn comments_are_passed_over_up_to_their_longest() {
    let comment = |len: usize| [b"#".repeat(len - 1), b"\n".to_vec()].concat();
    let a = commands(PUSH_A);
    holds(&[
        ("the longest", closed_at(joined(&[&comment(1023), &a, b"#\n"]), 0), "RPUSH k a"),
        ("too long", closed_at(joined(&[&comment(1024), &a]), 0), " | 0 Damaged 0"),
        ("torn", joined(&[&batch(PUSH_A), b"#TS:17"]), "RPUSH k a | 70 Torn 70"),
    ]);
}

#[test]
fn a_transaction_is_there_whole_or_not_at_all() {
    let whole = "MULTI; RPUSH k a; RPUSH l b; EXEC";
    let open = commands("MULTI; RPUSH k a");
    let a = batch(PUSH_A);
    holds(&[
        ("whole", batch(whole), "RPUSH k a; RPUSH l b"),
        ("in small letters", batch("multi; RPUSH k a; exec; select 0"), "RPUSH k a"),
        ("a server's", commands(&format!("SELECT 0; {whole}")), "RPUSH k a; RPUSH l b"),
        (
            "a server's, with a database",
            commands(&format!("MULTI; SELECT 0; {PUSH_A}; EXEC")),
            "RPUSH k a",
        ),
        ("open", joined(&[&a, &open]), "RPUSH k a | 70 Open 70"),
        ("torn", joined(&[&a, &open, b"*1\r"]), "RPUSH k a | 70 Torn 114"),
        ("with a checksum inside", closed_at(open.clone(), 0), " | 0 Damaged 44"),
        ("within another", batch("MULTI; MULTI; EXEC; EXEC"), " | 0 Damaged 15"),
        (
            "open, and a server has appended to it",
            [&a, &open, &commands("SELECT 0; RPUSH k b")[..]].concat(),
            "! appendonly.aof.1.incr.aof: at byte 70: a transaction begins that has no EXEC; \
             a server has appended to these records",
        ),
        (
            "a server's, torn",
            [&a, &commands("MULTI; SELECT 0; RPUSH k b")[..]].concat(),
            "RPUSH k a | 70 Open 70",
        ),
        ("ended twice", batch("MULTI; EXEC; EXEC"), " | 0 Damaged 29"),
    ]);
}

/// Damage in the first of several batches, each of which says up to where the file was on disk.
#[test]
fn damage_below_a_synced_offset_is_an_error() {
    let a = batch(PUSH_A);
    let damaged = |at: usize, byte: u8| {
        let mut bytes = a.clone();
        bytes[at] = byte;
        bytes
    };
    let later = |synced| closed_at(commands(PUSH_B), synced);
    let error = |reason: &str, synced| {
        format!(
            "! appendonly.aof.1.incr.aof: at byte 70: {reason}; the file was on disk up to byte {synced}"
        )
    };
    let (checksum, senseless, torn) = (
        "records begin that are not those of their checksum",
        "there is no record that makes sense",
        "the file ends within a record",
    );
    // The element; the first byte; a length, with which the record seems to go on to the end.
    for (at, byte, reason, cut) in [
        (26, b'x', checksum, "RPUSH k a | 70 Checksum 70"),
        (0, 0, senseless, "RPUSH k a | 70 Damaged 70"),
        (5, b'9', senseless, "RPUSH k a | 70 Damaged 70"),
    ] {
        let start = joined(&[&a, &damaged(at, byte)]);
        let says_nothing = joined(&[&start, &later(70)]);
        holds(&[
            ("nothing behind", start.clone(), cut),
            ("up to the damage", says_nothing.clone(), cut),
            ("up to behind it", joined(&[&start, &later(140)]), &error(reason, 140)),
            ("into it", joined(&[&start, &later(71)]), &error(reason, 71)),
            ("only a later one", joined(&[&says_nothing, &later(140)]), &error(reason, 140)),
            ("one that is damaged, too", joined(&[&start, &later(140)[1..]]), cut),
        ]);
    }
    let mut long = a.clone();
    long.splice(16..17, *b"9999");
    let start = joined(&[&a, &long]);
    holds(&[
        ("a length that is wrong", joined(&[&start, &later(70)]), "RPUSH k a | 70 Torn 70"),
        ("and synced", joined(&[&start, &later(143)]), &error(torn, 143)),
    ]);
}

#[test]
fn only_a_checksum_makes_a_batch_behind_damage() {
    let a = batch(PUSH_A);
    let mut wrong = closed_at(commands(PUSH_B), 80);
    wrong[26] = b'x';
    let mut far = closed_at(commands(PUSH_B), 90);
    far.splice(0..0, vec![b'.'; 10_000]);
    let covers_the_damage = closed_at(joined(&[&a, b"damage", &commands(PUSH_B)]), 75);
    holds(&[
        ("a wrong one", joined(&[&a, b"damage", &wrong]), "RPUSH k a | 70 Damaged 70"),
        ("one that covers what was before", covers_the_damage, "RPUSH k a | 70 Damaged 70"),
        (
            "far behind",
            joined(&[&a, &far]),
            "! appendonly.aof.1.incr.aof: at byte 70: there is no record that makes sense; \
             the file was on disk up to byte 90",
        ),
    ]);
}

/// The checksums that are kept of what is behind damage are those of some offsets only.
#[test]
fn a_batch_is_found_wherever_it_stands_behind_damage() {
    for before in (0..9000).step_by(13) {
        let synced = 1 + before;
        let mut bytes = vec![b'*'; usize::try_from(before).expect("a length")];
        bytes.extend(batch(PUSH_A));
        bytes.extend(closed_at(commands(PUSH_B), synced));
        bytes[0] = b'.';
        let error = format!(
            "! {INCREMENT}: at byte 0: there is no record that makes sense; the file was on disk up to byte {synced}"
        );
        assert_eq!(outcome(&increment(&bytes)), error);
    }
}

/// A directory of these files, the manifest among them.
fn directory(files: &[(&str, &[u8])]) -> Simulated {
    Simulated::with(files.iter().copied())
}

const TWO: &[u8] =
    b"file appendonly.aof.1.incr.aof seq 1 type i\nfile appendonly.aof.3.incr.aof seq 3 type i\n";
const SECOND: &str = "appendonly.aof.3.incr.aof";
const BASE: &str = "appendonly.aof.1.base.aof";
const WITH_BASE: &[u8] =
    b"file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";

#[test]
fn only_the_last_increment_is_cut() {
    let (a, b) = (batch(PUSH_A), batch(PUSH_B));
    let two = |first: &[u8], second: &[u8]| {
        outcome(&directory(&[(manifest::NAME, TWO), (INCREMENT, first), (SECOND, second)]))
    };
    assert_eq!(two(&a, &b), "RPUSH k a; RPUSH k b");
    assert_eq!(two(&a, b""), "RPUSH k a");
    assert_eq!(two(b"", &b), "RPUSH k b");
    assert_eq!(two(&a, &b[..9]), "RPUSH k a | 0 Torn 0");
    let error = |reason| {
        format!("! {INCREMENT}: at byte 0: {reason}; only the last increment can have a torn end")
    };
    assert_eq!(two(&a[..9], b""), error("the file ends within a record"));
    assert_eq!(
        two(&commands("MULTI; RPUSH k a"), &commands("SELECT 0")),
        error("a transaction begins that has no EXEC")
    );
    assert_eq!(two(&[0; 4], &b), error("there is no record that makes sense"));
    let mut wrong = a.clone();
    wrong[26] = b'x';
    assert_eq!(two(&wrong, &b), error("records begin that are not those of their checksum"));
    // A manifest names a next file only when the one before is whole, so somebody has accepted these.
    assert_eq!(two(&commands(PUSH_A), &b), "RPUSH k a; RPUSH k b");

    let based = |base: &[u8]| {
        outcome(&directory(&[(manifest::NAME, WITH_BASE), (BASE, base), (INCREMENT, &b)]))
    };
    assert_eq!(based(&commands("SELECT 0; RPUSH k a")), "RPUSH k a; RPUSH k b");
    assert_eq!(based(b""), "RPUSH k b");
    let torn = "the file ends within a record; only the last increment can have a torn end";
    assert_eq!(based(&a[..9]), format!("! {BASE}: at byte 0: {torn}"));
    let alone: &[u8] = b"file appendonly.aof.1.base.aof seq 1 type b\n";
    let alone = directory(&[(manifest::NAME, alone), (BASE, &a[..9])]);
    assert_eq!(outcome(&alone), format!("! {BASE}: at byte 0: {torn}"));
}

#[test]
fn what_is_no_log_is_refused() {
    let a = batch(PUSH_A);
    let manifest = MANIFEST.as_bytes();
    let foreign = "the directory has this file and no manifest, so it is not a log, or has lost it";
    for (files, expected) in [
        (
            vec![(manifest::NAME, manifest)],
            format!("! {INCREMENT}: the manifest names this file, and it is not there"),
        ),
        (
            vec![(manifest::NAME, TWO), (SECOND, &a)],
            format!("! {INCREMENT}: the manifest names this file, and it is not there"),
        ),
        (
            vec![(manifest::NAME, WITH_BASE), (INCREMENT, &a)],
            format!("! {BASE}: the manifest names this file, and it is not there"),
        ),
        (
            vec![(manifest::NAME, &manifest[..9])],
            "! appendonly.aof.manifest: line 1: it does not end with a newline".to_owned(),
        ),
        (vec![(INCREMENT, &a)], format!("! {INCREMENT}: {foreign}")),
        // A server's that has lost its manifest may be this short.
        (vec![(INCREMENT, &commands("SELECT 0; RPUSH k a"))], format!("! {INCREMENT}: {foreign}")),
        (vec![("lock", b""), ("notes.txt", b"")], format!("! notes.txt: {foreign}")),
        (vec![(BASE, b"")], format!("! {BASE}: {foreign}")),
    ] {
        assert_eq!(outcome(&directory(&files)), expected);
    }
    let snapshot =
        directory(&[(manifest::NAME, b"file x.rdb seq 1 type b\n"), ("x.rdb", b"REDIS0010\xfa")]);
    let said = outcome(&snapshot);
    assert!(said.starts_with("! x.rdb: ") && said.contains("aof-use-rdb-preamble no"), "{said}");
}

#[test]
fn an_empty_directory_is_a_new_log_and_so_is_what_a_crash_leaves_of_one() {
    let opening = opening();
    for files in [
        vec![],
        vec![("lock", &b""[..])],
        vec![(TEMPORARY, b"file app"), ("lock", b"")],
        vec![(INCREMENT, &b""[..])],
        vec![(INCREMENT, &opening[..]), (TEMPORARY, MANIFEST.as_bytes())],
        vec![(INCREMENT, &opening[..30])],
        vec![(INCREMENT, &[0; 64])],
    ] {
        let disk = directory(&files);
        let (loaded, mut recovered) = load(&disk).expect("a new log");
        assert_eq!((&*loaded, recovered.increment(), recovered.cut.clone()), ("", None, None));
        let seq = if files.iter().any(|(name, _)| *name == INCREMENT) { 2 } else { 1 };
        recovered.settle(&disk).expect("a disk without faults");
        let name = format!("appendonly.aof.{seq}.incr.aof");
        assert_eq!(disk.file(&name).as_ref(), Some(&opening));
        assert_eq!(recovered.increment(), Some(Increment { name: name.clone(), seq, len: 64 }));
        recovered.tidy(&disk).expect("a disk without faults");
        let names: Vec<_> = disk.contents().into_keys().filter(|name| name != "lock").collect();
        assert_eq!(names, [name, manifest::NAME.to_owned()]);
        assert_eq!(outcome(&disk), "");
    }
}

#[test]
fn it_says_where_to_go_on() {
    let manifest = b"file appendonly.aof.4.base.aof seq 4 type b\n\
        file appendonly.aof.9.incr.aof seq 9 type h\n\
        file appendonly.aof.3.incr.aof seq 3 type i\n";
    let base = batch("RPUSH k a; RPUSH k b");
    let disk = directory(&[
        (manifest::NAME, manifest),
        ("appendonly.aof.4.base.aof", &base),
        (SECOND, &batch(PUSH_A)),
        ("appendonly.aof.9.incr.aof", b"history"),
        ("appendonly.aof.6.base.aof", b"left by a crash"),
        (TEMPORARY, b"left by a crash"),
        ("notes.txt", b"not the log's"),
    ]);
    let (_, mut recovered) = load(&disk).expect("a log");
    let found = (recovered.commands(), recovered.bytes(), recovered.base_len());
    let len = base.len() as u64;
    assert_eq!(found, (3, len + 70, len));
    assert_eq!((recovered.next_base, recovered.next_increment), (7, 10));
    assert_eq!(recovered.leftovers, ["appendonly.aof.6.base.aof", TEMPORARY]);
    recovered.settle(&disk).expect("a disk without faults");
    let increment = Increment { name: SECOND.to_owned(), seq: 3, len: 70 };
    assert_eq!(recovered.increment(), Some(increment));
    recovered.tidy(&disk).expect("a disk without faults");
    let names: Vec<_> = disk.contents().into_keys().collect();
    assert_eq!(names, [SECOND, "appendonly.aof.4.base.aof", manifest::NAME, "notes.txt"]);
    assert_eq!(outcome(&disk), "RPUSH k a; RPUSH k b; RPUSH k a");
}

/// Of two batches behind each other, the later one has to cover all since the earlier one. So what a server appended gets a
/// checksum before anything is written behind it.
#[test]
fn what_a_server_appended_is_closed() {
    let disk = increment(&joined(&[&batch(PUSH_A), &commands("SELECT 0; RPUSH k b"), b"*3"]));
    let (_, mut recovered) = load(&disk).expect("a log");
    recovered.settle(&disk).expect("a disk without faults");
    let served = closed_at(commands("SELECT 0; RPUSH k b"), 122);
    let expected = joined(&[&batch(PUSH_A), &served]);
    assert_eq!(disk.file(INCREMENT), Some(expected.clone()));
    let more = increment(&joined(&[&expected, &batch("DEL k")]));
    assert_eq!(outcome(&more), "RPUSH k a; RPUSH k b; DEL k");
}

#[test]
fn a_base_alone_gets_an_increment() {
    let manifest = b"file appendonly.aof.1.base.aof seq 1 type b\n";
    let disk = directory(&[(manifest::NAME, manifest), (BASE, &commands("SELECT 0; RPUSH k a"))]);
    let (loaded, mut recovered) = load(&disk).expect("a log");
    assert_eq!((&*loaded, recovered.increment()), ("RPUSH k a", None));
    recovered.settle(&disk).expect("a disk without faults");
    assert_eq!(disk.file(manifest::NAME).as_deref(), Some(WITH_BASE));
    assert_eq!(disk.file(INCREMENT), Some(opening()));
    assert_eq!(outcome(&disk), "RPUSH k a");
}

#[test]
fn a_check_changes_nothing_and_a_repair_cuts_what_was_synced() {
    let mut damaged = batch(PUSH_A);
    damaged[26] = b'x';
    let bytes = joined(&[&batch(PUSH_B), &damaged, &closed_at(commands(PUSH_B), 140)]);
    let disk = increment(&bytes);
    let before = disk.contents();
    let said = check(&disk).expect_err("damage that was synced").to_string();
    assert_eq!(
        said,
        "appendonly.aof.1.incr.aof: at byte 70: records begin that are not those of their \
        checksum; the file was on disk up to byte 140"
    );
    assert_eq!(disk.contents(), before);
    let cut = repair(&disk).expect("the last increment").cut.expect("a cut");
    assert_eq!(
        cut.to_string(),
        "appendonly.aof.1.incr.aof: the last 142 bytes, from byte 70 on: at byte \
        70, records begin that are not those of their checksum"
    );
    assert_eq!(outcome(&disk), "RPUSH k b");
    let found = check(&disk).expect("it is repaired");
    assert_eq!((found.commands(), found.files[0].batches, found.cut), (1, 1, None));

    let two = directory(&[(manifest::NAME, TWO), (INCREMENT, &damaged), (SECOND, b"")]);
    let before = two.contents();
    repair(&two).expect_err("that is not the last one");
    assert_eq!(two.contents(), before);
}

#[test]
fn a_file_that_changes_between_reading_and_settling_is_left_alone() {
    let disk = increment(&batch(PUSH_A)[..40]);
    let (_, mut recovered) = load(&disk).expect("a log");
    let other = increment(&batch(PUSH_A));
    let said = recovered.settle(&other).expect_err("another length").to_string();
    assert_eq!(said, "appendonly.aof.1.incr.aof: somebody else has changed this file");
    assert_eq!(other.file(INCREMENT), Some(batch(PUSH_A)));
}
