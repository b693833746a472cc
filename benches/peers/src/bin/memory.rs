//! How many bytes lists take, by a counting allocator that rounds as glibc's `malloc` does.
//!
//! Each measurement runs in a process of its own, which this program starts from itself: `memory <case> <peer>`.
//! Without arguments it runs all of them and prints a table.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use redeque_peers::workload::{element, key, renumber};
use redeque_peers::{
    DashMapOfDeques, HandTuned, Lists, Queues, Redeque, RedisLists, RedisServer, YoStripes,
};
use redis::cmd;

/// The system's allocator, with a count of what it really takes.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// From this size glibc asks the kernel for pages of their own.
const MMAP_THRESHOLD: usize = 128 << 10;
const PAGE: usize = 4096;

/// What glibc takes for a block: a header of 8 bytes, in steps of 16, at least 32; whole pages for a large one.
const fn rounded(size: usize) -> usize {
    if size >= MMAP_THRESHOLD {
        return (size + 16).next_multiple_of(PAGE);
    }
    let chunk = (size + 8).next_multiple_of(16);
    if chunk < 32 { 32 } else { chunk }
}

fn grow(size: usize) {
    LIVE.fetch_add(rounded(size), Ordering::Relaxed);
}

fn shrink(size: usize) {
    LIVE.fetch_sub(rounded(size), Ordering::Relaxed);
}

// SAFETY: every call is passed on to the system's allocator as it is; the counts are only read.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        shrink(layout.size());
        grow(size);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const COUNT: usize = 1_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    /// A million elements of this size in one list.
    OneList(usize),
    /// A million lists of one element of 16 bytes.
    ManyKeys,
}

const CASES: [(&str, Case); 3] = [
    ("1,000,000 elements of 16 bytes in one list", Case::OneList(16)),
    ("1,000,000 elements of 100 bytes in one list", Case::OneList(100)),
    ("1,000,000 lists of one 16-byte element, keys of 12 bytes", Case::ManyKeys),
];

const PEERS: [&str; 5] = ["redeque", "hand_tuned", "dashmap", "yo_kv", "redis"];

impl Case {
    fn fill(self, peer: &impl Queues) {
        self.each(|key, element| peer.rpush(key, element));
    }

    fn drain(self, peer: &impl Queues) {
        self.each(|key, _| {
            peer.lpop(key);
        });
    }

    fn each(self, mut act: impl FnMut(&[u8], &[u8])) {
        let mut element = element(0, self.size());
        for number in 0..COUNT {
            renumber(&mut element, number);
            act(&key(if self == Self::ManyKeys { number } else { 0 }), &element);
        }
    }

    fn size(self) -> usize {
        match self {
            Self::OneList(size) => size,
            Self::ManyKeys => 16,
        }
    }
}

/// Bytes when full, and after draining.
struct Figures {
    full: usize,
    left: usize,
}

fn in_process<P: Lists + Default>(case: Case) -> Figures {
    let peer = P::default();
    let before = LIVE.load(Ordering::Relaxed);
    let taken = || LIVE.load(Ordering::Relaxed).saturating_sub(before);
    case.fill(&peer);
    let full = taken();
    case.drain(&peer);
    Figures { full, left: taken() }
}

/// What the server itself counts.
fn on_server(case: Case) -> Option<Figures> {
    let server = RedisServer::start()?;
    let lists = server.lists();
    // The first list makes the server set up what stays.
    lists.rpush(b"first", b"first");
    lists.lpop(b"first");
    let before = used_memory(&lists);
    in_batches(
        case,
        |pipeline, key, element| {
            pipeline.cmd("RPUSH").arg(key).arg(element);
        },
        &lists,
    );
    let full = match case {
        Case::OneList(_) => {
            lists.ask(cmd("MEMORY").arg("USAGE").arg(&key(0)).arg("SAMPLES").arg(0))
        }
        Case::ManyKeys => used_memory(&lists).saturating_sub(before),
    };
    in_batches(
        case,
        |pipeline, key, _| {
            pipeline.cmd("LPOP").arg(key);
        },
        &lists,
    );
    Some(Figures { full, left: used_memory(&lists).saturating_sub(before) })
}

fn in_batches(case: Case, add: impl Fn(&mut redis::Pipeline, &[u8], &[u8]), lists: &RedisLists) {
    let mut pipeline = redis::pipe();
    case.each(|key, element| {
        add(&mut pipeline, key, element);
        if pipeline.len() == 500 {
            lists.ask_all(&pipeline);
            pipeline.clear();
        }
    });
}

fn used_memory(lists: &RedisLists) -> usize {
    let info: String = lists.ask(cmd("INFO").arg("memory"));
    let field = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
    field.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

fn measure(case: Case, peer: &str) -> Option<Figures> {
    match peer {
        "redeque" => Some(in_process::<Redeque>(case)),
        "hand_tuned" => Some(in_process::<HandTuned>(case)),
        "dashmap" => Some(in_process::<DashMapOfDeques>(case)),
        "yo_kv" => Some(in_process::<YoStripes>(case)),
        _ => on_server(case),
    }
}

/// Tenths, for a table.
fn per_element(bytes: usize) -> String {
    let tenths = (bytes * 10 + COUNT / 2) / COUNT;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn row(case: usize, peer: &str) -> Result<(), Box<dyn Error>> {
    let (name, case) = CASES.get(case).ok_or("no such case")?;
    let Some(Figures { full, left }) = measure(*case, peer) else { return Ok(()) };
    println!("| {name} | {peer} | {} | {left} |", per_element(full));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [case, peer] = &*arguments {
        return row(case.parse()?, peer);
    }
    println!("| what | who | bytes each | bytes left after draining |");
    println!("| --- | --- | ---: | ---: |");
    for case in 0..CASES.len() {
        for peer in PEERS {
            Command::new(std::env::current_exe()?).args([&case.to_string(), peer]).status()?;
        }
    }
    Ok(())
}
