//! The power goes, or the process, at any moment of programs drawn at random: what is found is the state after a beginning of
//! the commits, with all that was acknowledged.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::clients::look_at_threads;
use super::faults::faulty;
use super::run::{Counts, Plan, run};
use super::{Contents, contents, open, wait_until};
use crate::Fsync;
use crate::log::simulated::{Draw, Loss, Simulated};

/// How many images are looked at unless it is said for how long.
const IMAGES: usize = 10_000;

/// Programs wait for their threads and for the disk, so that one at a time would leave the machine idle.
const THREADS: usize = 4;

/// For how many seconds, if that is said.
fn seconds() -> Option<u64> {
    std::env::var("REDEQUE_CRASHES").ok()?.parse().ok()
}

/// A program, and another one on what a crash has left of it.
fn look_at_programs(seed: u64, images: usize, total: &mut Counts) -> usize {
    let mut draw = Draw(seed);
    let fsync = [Fsync::Always, Fsync::Always, Fsync::EverySecond, Fsync::Never][draw.below(4)];
    let plan = Plan { seed, fsync, steps: 40, fault: None };
    let first = run(Simulated::default(), &Contents::new(), plan);
    let mut looked = first.look_at_images(images / 2, &mut draw);
    let moments = first.disk.moments();
    let image = first.disk.crashed(moments[draw.below(moments.len())], Loss::Random(draw.next()));
    let left = contents(&open(&image, fsync).unwrap_or_else(|trouble| panic!("{trouble:?}")));
    let second = run(image, &left, Plan { seed: seed + 1_000_000, ..plan });
    looked += second.look_at_images(images / 2, &mut draw);
    total.add(first.counts);
    total.add(second.counts);
    looked
}

/// A program, or several threads; every other one on a disk that fails.
fn look_at_something(seed: u64, counts: &mut Counts) -> usize {
    match seed % 8 {
        0 => look_at_threads(seed, 160),
        1 | 3 | 5 => faulty(seed, 60, counts),
        _ => look_at_programs(seed, 160, counts),
    }
}

/// Says of a program that fails how it is run again: the seed decides what is done, but not what threads do meanwhile, so that it
/// may take more than one run. Others begin no more then.
struct Looking<'p> {
    seed: u64,
    has_failed: &'p AtomicBool,
}

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.has_failed.store(true, Ordering::Relaxed);
            eprintln!(
                "to run this program again and again: REDEQUE_CRASHES_SEED={} .ci/crashes",
                self.seed
            );
        }
    }
}

/// Which programs are run: the same ones each time; where it is said for how long, others each time; or one alone.
#[derive(Clone, Copy)]
enum Seeds {
    From(u64),
    One(u64),
}

impl Seeds {
    fn new() -> Self {
        if let Ok(seed) = std::env::var("REDEQUE_CRASHES_SEED") {
            return Self::One(seed.parse().expect("a seed is a number"));
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::From(if seconds().is_some() { since.as_secs() * 10_000 } else { 1 })
    }

    fn of(self, number: u64) -> u64 {
        match self {
            Self::From(first) => first + number,
            Self::One(seed) => seed,
        }
    }
}

#[test]
fn a_crash_leaves_the_state_after_a_beginning_of_the_commits() {
    let (images, programs) = (AtomicUsize::new(0), AtomicU64::new(0));
    let (seeds, begun, has_failed) = (Seeds::new(), Instant::now(), AtomicBool::new(false));
    let is_over = || match seconds() {
        Some(seconds) => begun.elapsed() >= Duration::from_secs(seconds),
        None => images.load(Ordering::Relaxed) >= IMAGES,
    };
    let work = || {
        let mut counts = Counts::default();
        while !is_over() && !has_failed.load(Ordering::Relaxed) {
            let seed = seeds.of(programs.fetch_add(1, Ordering::Relaxed));
            let _looking = Looking { seed, has_failed: &has_failed };
            let looked = look_at_something(seed, &mut counts);
            images.fetch_add(looked, Ordering::Relaxed);
        }
        counts
    };
    let mut counts = Counts::default();
    thread::scope(|scope| {
        for thread in [(); THREADS].map(|()| scope.spawn(work)) {
            match thread.join() {
                Ok(more) => counts.add(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    let images = images.into_inner();
    println!("{images} images of {} programs: {counts:?}", programs.into_inner());
    assert!(images >= IMAGES || seconds().is_some(), "{images}");
    if let Seeds::From(_) = seeds {
        let Counts { served, given_back, hanging, rewritten, unknown, refused, healed, expired } =
            counts;
        for count in [served, given_back, hanging, rewritten, unknown, refused, healed, expired] {
            assert!(count > 0, "{counts:?}");
        }
    }
}

/// What a crash leaves may have a commit that is whole behind one that is not. When another one of the same length takes the
/// place of that, what is behind it must be gone already.
#[test]
fn what_was_cut_off_is_gone_before_anything_takes_its_place() {
    let disk = Simulated::default();
    let store = open(&disk, Fsync::Never).unwrap();
    store.sync().unwrap();
    for element in ["torn", "lost"] {
        store.rpush("k", element).unwrap();
        let is_there = |bytes: &Vec<u8>| memchr::memmem::find(bytes, element.as_bytes()).is_some();
        wait_until("it is in the file", || disk.contents().values().any(is_there));
    }
    let mut files = disk.contents();
    for bytes in files.values_mut() {
        if let Some(at) = memchr::memmem::find(bytes, b"torn") {
            bytes[at] = 0;
        }
    }
    let mut found = [0; 2];
    for seed in 0..200 {
        let image = Simulated::with(files.iter().map(|(name, bytes)| (&name[..], &bytes[..])));
        let store = open(&image, Fsync::Always).unwrap();
        assert_eq!(store.llen("k"), 0);
        store.rpush("k", "next").unwrap();
        // All but the sync.
        let image = image.crashed(image.steps() - 1, Loss::Random(seed));
        let list = open(&image, Fsync::Always).unwrap().lrange("k", 0, -1);
        assert!(list.is_empty() || list == [b"next"], "{list:?} with {seed}");
        found[list.len()] += 1;
    }
    assert!(found.iter().all(|&count| count > 0), "{found:?}");
}
