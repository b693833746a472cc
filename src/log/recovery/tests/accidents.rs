//! Logs of random batches, cut, overwritten and crashed anywhere: what loads is always the first few batches, whole.

use super::support::{INCREMENT, MANIFEST, batch, increment, load, outcome};
use crate::log::checksum::{EMPTY, close, extend, opening};
use crate::log::manifest;
use crate::log::record::encode;
use crate::log::recovery::Kind;
use crate::log::simulated::{Action, Draw, EIO, ENOSPC, Loss, Simulated, Verdict};
use crate::log::storage::Directory;
use crate::log::whole;

/// A file of batches, and after each stretch of this many bytes the commands that load, as `load` says them.
struct Log {
    bytes: Vec<u8>,
    states: Vec<(usize, Vec<String>)>,
    /// Whether each batch says that the one before is synced.
    tells_synced: bool,
}

fn command(draw: &mut Draw) -> Vec<Vec<u8>> {
    let names: [&[u8]; 4] = [b"RPUSH", b"LPOP", b"ECHO", b"DEL"];
    // Elements that look like the log's own records, and bytes of all kinds.
    let elements: [&[u8]; 6] = [
        b"",
        b"x",
        b"\r\n",
        b"*1\r\n$4\r\nEXEC\r\n",
        b"*2\r\n$4\r\nECHO\r\n$20\r\ncrc32c:",
        b"crc32c:00000000:1:0",
    ];
    let mut words = vec![names[draw.below(names.len())].to_vec()];
    let most = if draw.below(8) == 0 { 20 } else { 3 };
    let more = 1 + draw.below(most);
    for _ in 0..more {
        words.push(match draw.below(3) {
            0 => (0..draw.below(80))
                .map(|_| u8::try_from(draw.below(256)).expect("a byte"))
                .collect(),
            _ => elements[draw.below(elements.len())].to_vec(),
        });
    }
    words
}

fn append(words: &[Vec<u8>], buffer: &mut Vec<u8>) {
    encode(&words.iter().map(Vec::as_slice).collect::<Vec<_>>(), buffer);
}

fn shown(words: &[Vec<u8>]) -> String {
    words.iter().map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
}

impl Log {
    /// Some batches of commits, each of one command or of a transaction.
    fn draw(draw: &mut Draw) -> Self {
        let states = vec![(0, vec![]), (opening().len(), vec![])];
        let mut log = Self { bytes: opening(), states, tells_synced: draw.below(2) == 0 };
        for _ in 0..=draw.below(5) {
            let synced = if log.tells_synced { log.states[log.states.len() - 2].0 } else { 0 };
            let (begin, mut loaded) = log.states.last().cloned().expect("the opening");
            for _ in 0..=draw.below(3) {
                let commit: Vec<_> = (0..=draw.below(3)).map(|_| command(draw)).collect();
                if commit.len() > 1 {
                    encode(&[b"MULTI"], &mut log.bytes);
                }
                for words in &commit {
                    append(words, &mut log.bytes);
                }
                if commit.len() > 1 {
                    encode(&[b"EXEC"], &mut log.bytes);
                }
                let changes =
                    commit.iter().filter(|words| !(words[0] == b"ECHO" && words.len() == 2));
                loaded.extend(changes.map(|words| shown(words)));
            }
            let covered = (log.bytes.len() - begin) as u64;
            close(extend(EMPTY, &log.bytes[begin..]), covered, synced as u64, &mut log.bytes);
            log.states.push((log.bytes.len(), loaded));
        }
        log
    }

    /// Whether an ECHO of two words in it looks like a checksum, which would not be the log's.
    fn is_clear(&self) -> bool {
        let last = &self.states.last().expect("the opening").1;
        outcome(&increment(&self.bytes)) == last.join("; ")
    }

    /// The last state that a file of this many bytes of it holds.
    fn at(&self, len: usize) -> &[String] {
        let state = self.states.iter().rev().find(|(end, _)| *end <= len);
        &state.expect("the beginning").1
    }
}

fn logs(seed: u64, count: usize) -> impl Iterator<Item = (Log, Draw)> {
    let mut draw = Draw(seed);
    let next = move || {
        let log = Log::draw(&mut draw);
        (log, Draw(draw.below(usize::MAX) as u64))
    };
    std::iter::repeat_with(next).filter(|(log, _)| log.is_clear()).take(count)
}

#[test]
fn most_random_logs_load_as_they_were_written() {
    let mut draw = Draw(1);
    let clear = (0..100).filter(|_| Log::draw(&mut draw).is_clear()).count();
    assert!(clear > 30, "{clear} of 100");
}

#[test]
fn a_log_cut_at_any_byte_is_its_first_batches() {
    for (log, _) in logs(2, 5) {
        for len in 0..=log.bytes.len() {
            let (loaded, recovered) = load(&increment(&log.bytes[..len])).expect("a tear");
            assert_eq!(loaded, log.at(len).join("; "), "{len} of {}", log.bytes.escape_ascii());
            let is_whole = log.states.iter().any(|(end, _)| *end == len);
            // A SELECT alone is as good as a server's.
            assert_eq!(recovered.cut.is_none(), is_whole || len == 23, "{len}");
        }
    }
}

#[test]
fn damage_anywhere_leaves_the_batches_before_it_or_is_an_error() {
    let (mut errors, mut cuts) = (0, 0);
    for (log, mut draw) in logs(3, 100) {
        for _ in 0..20 {
            let mut bytes = log.bytes.clone();
            let at = draw.below(bytes.len());
            let len = (1 + draw.below(40)).min(bytes.len() - at);
            match draw.below(3) {
                0 => bytes[at] ^= 1 << draw.below(8),
                1 => bytes[at..at + len].fill(0),
                _ => bytes[at..at + len]
                    .iter_mut()
                    .for_each(|byte| *byte = byte.wrapping_add(1 + u8::try_from(len).unwrap_or(1))),
            }
            if bytes == log.bytes {
                continue;
            }
            match load(&increment(&bytes)) {
                Ok((loaded, recovered)) => {
                    assert_eq!(loaded, log.at(at).join("; "), "{at} of {}", bytes.escape_ascii());
                    assert!(recovered.cut.is_some(), "{at} of {}", bytes.escape_ascii());
                    cuts += 1;
                }
                Err(trouble) => {
                    let is_damage = matches!(trouble.kind, Kind::Damage(..));
                    assert!(is_damage, "{trouble}: {at} of {}", bytes.escape_ascii());
                    errors += 1;
                }
            }
        }
    }
    assert!(errors > 100 && cuts > 100, "{errors} errors, {cuts} cuts");
}

/// Writes a log as a writer does, batch after batch, syncing some, and then crashes at every moment.
#[test]
fn a_crash_leaves_the_first_batches_with_all_that_was_synced() {
    let mut images = 0;
    for (log, mut draw) in logs(4, 12) {
        let disk = Simulated::with([(manifest::NAME, MANIFEST.as_bytes()), (INCREMENT, b"")]);
        let file = disk.open(INCREMENT).expect("a file");
        // The offsets that were synced, and when.
        let mut synced = vec![(0, 0)];
        for ends in log.states.windows(2) {
            let (begin, end) = (ends[0].0, ends[1].0);
            whole::write(&*file, begin as u64, &log.bytes[begin..end]).expect("room");
            if log.tells_synced || begin == 0 || draw.below(4) == 0 {
                file.sync().expect("a sync");
                synced.push((end, disk.steps()));
            }
        }
        for after in disk.moments() {
            for _ in 0..10 {
                let image = disk.crashed(after, Loss::Random(draw.below(usize::MAX) as u64));
                let len = image.file(INCREMENT).expect("the file").len();
                let (loaded, _) = load(&image).expect("a crash is no error");
                let sure =
                    synced.iter().rev().find(|(_, when)| *when <= after).expect("the start").0;
                let mut possible = log.states.iter().filter(|(end, _)| (sure..=len).contains(end));
                assert!(possible.any(|(_, state)| state.join("; ") == loaded), "{loaded}");
                images += 1;
            }
        }
    }
    assert!(images > 500, "{images}");
}

/// Whatever happens while it is settled, a log loads the same commands afterwards.
#[test]
fn settling_crashes_and_fails_without_a_loss() {
    let served =
        [batch("RPUSH k a"), super::support::commands("SELECT 0; RPUSH k b"), b"*3\r".to_vec()]
            .concat();
    let torn = [batch("RPUSH k a"), batch("RPUSH k b")[..50].to_vec()].concat();
    let empty = Simulated::default;
    let base_only = || {
        Simulated::with([
            (manifest::NAME, &b"file b.aof seq 1 type b\n"[..]),
            ("b.aof", &super::support::commands("SELECT 0; RPUSH k a")),
        ])
    };
    let makers: [&dyn Fn() -> Simulated; 5] =
        [&|| increment(&served), &|| increment(&torn), &|| increment(b"*1"), &empty, &base_only];
    for make in makers {
        let (expected, mut recovered) = load(&make()).expect("a log");
        let disk = make();
        recovered.settle(&disk).expect("a disk without faults");
        for after in disk.moments() {
            for seed in 0..40 {
                let image = disk.crashed(after, Loss::Random(seed));
                let (loaded, mut again) = load(&image).expect("a log");
                assert_eq!(loaded, expected, "after {after} steps, {seed}");
                again.settle(&image).expect("a disk without faults");
                let settled = image.crashed(image.steps(), Loss::All);
                assert_eq!(outcome(&settled), expected, "settled after {after} steps, {seed}");
            }
        }
        for number in 0..disk.steps() {
            for code in [EIO, ENOSPC] {
                let faulty = make();
                let (_, mut recovered) = load(&faulty).expect("a log");
                fail_once(&faulty, number, Verdict::Fail(code));
                let settled = recovered.settle(&faulty);
                let is_free = !matches!(&settled, Err(error) if matches!(error.kind, Kind::Io(_)));
                faulty.unhook();
                assert!(!is_free || settled.is_ok());
                assert_eq!(outcome_loaded(&faulty), expected, "{number} fails");
            }
            let short = make();
            let (_, mut recovered) = load(&short).expect("a log");
            fail_once(&short, number, Verdict::Short(3));
            recovered.settle(&short).expect("a short write goes on");
            assert_eq!(outcome(&short), expected, "{number} is short");
        }
    }
}

fn outcome_loaded(disk: &Simulated) -> String {
    load(disk).expect("a log").0
}

fn fail_once(disk: &Simulated, number: usize, verdict: Verdict) {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    disk.hook(move |_, _: &Action| {
        let now = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if now == number { verdict } else { Verdict::Succeed }
    });
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_the_file() {
    let disk = increment(&batch("RPUSH k a"));
    load(&disk).expect("a log");
    let mut named = 0;
    for number in 0..disk.steps() {
        fail_once(&disk, number, Verdict::Fail(EIO));
        let said = load(&disk).expect_err("one operation fails").to_string();
        named += usize::from(said.starts_with("appendonly.aof."));
        disk.unhook();
    }
    assert!(named + 1 >= 8, "{named}");
}
