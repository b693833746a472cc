//! Each operation of the disk fails once, in each way. Nothing that was acknowledged is lost; what is not sure of is not handed
//! out; from then on nothing is changed until the log is rewritten.

use super::run::{Counts, Plan, run};
use super::traffic::{Fault, Traffic, faults};
use super::waits::{Waiter, Want};
use super::{Contents, contents, open};
use crate::log::simulated::{Action, Draw, EIO, ENOSPC, Loss, Simulated, Step, Verdict};
use crate::{Direction, Error, Fsync, Store};

/// A program on a disk that fails somewhere.
pub(super) fn faulty(seed: u64, images: usize, total: &mut Counts) -> usize {
    let mut draw = Draw(seed);
    let fault = faults()[draw.below(faults().len())];
    let fsync = [Fsync::Always, Fsync::Always, Fsync::EverySecond][draw.below(3)];
    let plan = Plan { seed, fsync, steps: 40, fault: Some((draw.below(45), fault)) };
    let run = run(Simulated::default(), &Contents::new(), plan);
    total.add(run.counts);
    run.look_at_images(images, &mut draw)
}

#[test]
fn whatever_operation_fails_nothing_that_was_acknowledged_is_lost() {
    let mut total = Counts::default();
    let mut images = 0;
    for at in 0..50 {
        for fault in faults() {
            if fault == Fault::FullForGood && at % 5 != 0 {
                // It is waited for a tenth of a second each time whether there is room.
                continue;
            }
            let seed = 1 + at as u64 % 5;
            let plan = Plan { seed, fsync: Fsync::Always, steps: 25, fault: Some((at, fault)) };
            let run = run(Simulated::default(), &Contents::new(), plan);
            images += run.look_at_images(5, &mut Draw(at as u64));
            total.add(run.counts);
        }
    }
    let Counts { unknown, refused, healed, .. } = total;
    assert!(images > 1000 && unknown > 20 && refused > 20 && healed > 20, "{images}: {total:?}");
}

fn fails(number: i32) -> impl Fn(&str, &Action) -> Verdict + Send + Sync + 'static {
    move |_, action| match action {
        Action::Sync => Verdict::Fail(number),
        _ => Verdict::Succeed,
    }
}

fn left(disk: &Simulated, loss: Loss) -> Contents {
    contents(&open(&disk.crashed(disk.steps(), loss), Fsync::Always).unwrap())
}

/// A store with three lists, all of them on disk.
fn filled(disk: &Simulated) -> Store {
    let store = open(disk, Fsync::Always).unwrap();
    for key in ["a", "b", "c"] {
        store.rpush_all(key, ["1", "2", "3"]).unwrap();
    }
    store.rewrite_log().unwrap();
    store.lpop("a").unwrap();
    store.rename("b", "d").unwrap();
    store
}

#[test]
fn a_sync_that_failed_ends_writing_until_the_log_is_rewritten() {
    for number in [EIO, ENOSPC] {
        let disk = Simulated::default();
        let store = filled(&disk);
        let before = contents(&store);
        disk.hook(fails(number));
        assert!(matches!(store.lpop("a"), Err(Error::OutcomeUnknown(_))));
        // It would succeed now, and say nothing of what went before.
        disk.unhook();
        for _ in 0..2 {
            assert!(matches!(store.lpop("a"), Err(Error::LogFailed(_))));
            assert!(matches!(store.rpush("a", "x"), Err(Error::LogFailed(_))));
            assert!(matches!(store.flushall(), Err(Error::LogFailed(_))));
            assert!(matches!(store.sync(), Err(Error::LogFailed(_))));
        }
        assert_eq!(store.lrange("a", 0, -1), [b"3"], "reads go on");
        assert_eq!(left(&disk, Loss::All), before, "it was not acknowledged");
        store.rewrite_log().unwrap();
        assert_eq!(left(&disk, Loss::All), contents(&store));
        assert_eq!(store.lpop("a"), Ok(Some(b"3".to_vec())));
        assert_eq!(left(&disk, Loss::All), contents(&store));
        assert_eq!(store.shutdown(), Ok(()));
    }
}

/// What comes back is never refused. The base that makes the log well has it already, so that it is not to be carried out again
/// behind that.
#[test]
fn what_comes_back_while_the_log_has_failed_is_there_once_when_it_is_well_again() {
    for fails_to_write in [true, false] {
        let disk = Simulated::default();
        let store = filled(&disk);
        let want = Want::Pop { keys: vec!["k".to_owned()], end: Direction::Left };
        let (waiter, _) = Waiter::begin(&store, &want);
        store.rpush_all("k", ["first", "second"]).unwrap();
        disk.hook(move |_, action| match action {
            Action::Write { .. } if fails_to_write => Verdict::Fail(EIO),
            Action::Sync if !fails_to_write => Verdict::Fail(EIO),
            _ => Verdict::Succeed,
        });
        assert!(matches!(store.rpush("a", "unknown"), Err(Error::OutcomeUnknown(_))));
        drop(waiter);
        assert_eq!(store.lrange("k", 0, -1), [&b"first"[..], b"second"]);
        assert!(matches!(store.rewrite_log(), Err(Error::LogFailed(_))));
        disk.unhook();
        store.rewrite_log().unwrap();
        assert_eq!(left(&disk, Loss::All), contents(&store));
        store.rpush("a", "behind").unwrap();
        assert_eq!(left(&disk, Loss::All), contents(&store));
    }
}

#[test]
fn a_disk_that_was_full_for_a_moment_is_gone_on_with() {
    for short in [0, 1, 30] {
        let disk = Simulated::default();
        let store = filled(&disk);
        let traffic = Traffic::on(&disk);
        // Its length is looked at, and then it is written.
        traffic.fail(1, Fault::Full(short));
        assert!(matches!(store.rpush("a", "x"), Err(Error::OutcomeUnknown(_))));
        assert!(traffic.has_failed());
        store.sync().unwrap();
        assert_eq!(left(&disk, Loss::All), contents(&store));
        assert_eq!(store.rpush("a", "y"), Ok(4));
        assert_eq!(left(&disk, Loss::All), contents(&store));
    }
}

/// Has an operation fail on a disk like this, for each one after the other until nothing fails any more, and says how many did.
fn each_fails(
    disk: impl Fn() -> Simulated,
    attempt: impl Fn(&Simulated, &Traffic, usize),
) -> usize {
    let has_failed = |at: &usize| {
        let disk = disk();
        let traffic = Traffic::on(&disk);
        attempt(&disk, &traffic, *at);
        traffic.has_failed()
    };
    (0..1000).take_while(has_failed).count()
}

/// A rewriting of which any operation fails leaves the log as it was, or, where nobody knows which manifest is on disk, failed;
/// the next one mends that.
#[test]
fn a_rewriting_that_fails_loses_nothing() {
    let operations = each_fails(Simulated::default, |disk, traffic, at| {
        let store = filled(disk);
        let before = contents(&store);
        traffic.fail(at, Fault::Error(EIO));
        let rewritten = store.rewrite_log();
        traffic.heal();
        assert!(rewritten.is_ok() || traffic.has_failed(), "{rewritten:?}");
        for seed in 0..6 {
            let loss = if seed == 0 { Loss::All } else { Loss::Random(seed) };
            assert_eq!(left(disk, loss), before, "{rewritten:?}");
        }
        match store.rpush("a", "behind") {
            Ok(_) => {}
            Err(Error::LogFailed(_)) if rewritten.is_err() => {
                assert_eq!(contents(&store), before);
                store.rewrite_log().unwrap();
                store.rpush("a", "behind").unwrap();
            }
            Err(error) => panic!("{error} after {rewritten:?}"),
        }
        for seed in 0..6 {
            let loss = if seed == 0 { Loss::All } else { Loss::Random(seed) };
            assert_eq!(left(disk, loss), contents(&store), "{rewritten:?}");
        }
    });
    assert!(operations > 15, "{operations}");
}

/// What a rewriting leaves when it fails would fill a disk that is full more and more.
#[test]
fn whatever_a_rewriting_leaves_that_fails_is_gone_after_the_next_one() {
    each_fails(Simulated::default, |disk, traffic, at| {
        let store = filled(disk);
        traffic.fail(at, Fault::Error(EIO));
        let rewritten = store.rewrite_log();
        traffic.heal();
        if rewritten.is_ok() {
            // What could not be removed goes when the log is opened.
            return;
        }
        store.rewrite_log().unwrap();
        let names: Vec<_> = disk.contents().into_keys().collect();
        let is_of_the_log = |name: &&String| name.contains(".base.") || name.contains(".incr.");
        let count = names.iter().filter(is_of_the_log).count();
        assert_eq!(count, 2, "{names:?} after operation {at} has failed: {rewritten:?}");
    });
}

/// What was found after a crash: files that nobody needs, and a commit that is torn.
fn torn() -> Simulated {
    let disk = Simulated::default();
    let store = filled(&disk);
    store.rewrite_log().unwrap();
    let before = disk.contents();
    store.rpush("a", "torn").unwrap();
    let torn = disk.contents().into_iter().map(|(name, mut bytes)| {
        if before.get(&name) != Some(&bytes) {
            bytes.truncate(bytes.len() - 9);
        }
        (name, bytes)
    });
    let mut files: std::collections::BTreeMap<_, _> = torn.collect();
    files.insert("appendonly.aof.77.base.aof".to_owned(), Vec::new());
    Simulated::with(files.iter().map(|(name, bytes)| (&name[..], &bytes[..])))
}

#[test]
fn an_opening_that_fails_leaves_what_it_found() {
    let expected = contents(&open(&torn(), Fsync::Always).unwrap());
    let operations = each_fails(torn, |disk, traffic, at| {
        traffic.fail(at, Fault::Error(EIO));
        let opened = open(disk, Fsync::Always);
        traffic.heal();
        assert!(opened.is_ok() || traffic.has_failed(), "{:?}", opened.err());
        for seed in 0..4 {
            let loss = if seed == 0 { Loss::All } else { Loss::Random(seed) };
            assert_eq!(left(disk, loss), expected);
        }
        drop(opened);
        assert_eq!(contents(&open(disk, Fsync::Always).unwrap()), expected);
    });
    assert!(operations > 10, "{operations}");
}

/// After a sync that failed, a system may take what it could not write for written. The next process finds it, as long as the
/// system goes on, and no sync brings it to disk.
#[test]
fn what_a_failed_sync_has_left_with_the_system_is_written_anew_when_it_is_opened() {
    let disk = Simulated::default();
    let store = filled(&disk);
    disk.hook(fails(EIO));
    assert!(matches!(store.rpush("a", "unknown"), Err(Error::OutcomeUnknown(_))));
    let image = disk.killed(disk.steps());
    let store = open(&image, Fsync::Always).unwrap();
    let found = contents(&store);
    store.rpush("b", "behind").unwrap();
    assert_eq!(left(&image, Loss::All), contents(&store), "{found:?}");
    let steps = image.steps();
    drop(store);
    drop(open(&image, Fsync::Always).unwrap());
    let has_rewritten = |step: &Step| matches!(step.action, Action::Rename { .. });
    assert!(!image.history()[steps..].iter().any(has_rewritten), "it is in no doubt any more");
}
