//! What a store says it uses is what the allocator handed out for it. A counting allocator sees it, so all of it is one test,
//! which has its process for itself: a harness would allocate beside it.

use std::alloc::System;
use std::hash::{BuildHasher, RandomState};

use cap::Cap;
use futures_lite::future::{block_on, poll_once};
use redeque::{Connection, Direction, Store};

#[path = "support/settings.rs"]
#[expect(dead_code, reason = "random programs are made by hand here")]
mod settings;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// What a store may take beside its lists: room for the keys that a commit changed, and the shards themselves.
const BESIDE: usize = 4096;

fn main() {
    a_filled_store_takes_what_it_says_of_the_system();
    at_every_step_of_random_programs_it_is_what_was_handed_out();
    what_leaves_a_store_is_not_counted_in_another();
    what_is_known_of_elements_that_came_back_is_counted();
    println!("used_memory: ok");
}

fn four_shards() -> Store {
    Store::builder().shards(4).build().expect("four shards")
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("below the bound")
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }
}

fn end(random: &mut Random) -> Direction {
    if random.below(2) == 0 { Direction::Left } else { Direction::Right }
}

/// A command of these forms, in which a letter stands for something random.
const FORMS: &[&str] = &[
    "RPUSH K E",
    "LPUSH K E",
    "RPUSH K E E E E E E E E E E E E",
    "LPUSH K E E E E E E E E E E E E",
    "RPUSHX K E E",
    "LPUSHX K E",
    "LPOP K",
    "RPOP K",
    "LPOP K N",
    "RPOP K N",
    "LMPOP 2 K K LEFT COUNT N",
    "LSET K I E",
    "LINSERT K BEFORE P E",
    "LINSERT K AFTER P E",
    "LREM K N P",
    "LTRIM K I I",
    "LTRIM K 0 -2",
    "LMOVE K K LEFT RIGHT",
    "RPOPLPUSH K K",
    "LMOVEM K K RIGHT LEFT COUNT N OBO",
    "BLMOVE K K LEFT LEFT 0.001",
    "BLPOP K K 0.001",
    "RENAME K K",
    "RENAMENX K K",
    "COPY K K REPLACE",
    "SORT K ALPHA LIMIT 0 N STORE K",
    "DEL K",
    "UNLINK K K K",
    "LRANGE K 0 -1",
    "LPOS K P",
    "SCAN 0",
    "MEMORY USAGE K",
    "MULTI",
    "EXEC",
    "WATCH K",
    "FLUSHALL",
];

fn command(random: &mut Random, element: usize) -> Vec<String> {
    // Rarely everything goes.
    let form = match random.below(400) {
        0 => "FLUSHALL",
        chosen => FORMS[chosen % (FORMS.len() - 1)],
    };
    let word = |word: &str, random: &mut Random| match word {
        "K" => key(random),
        "E" => "e".repeat(random.below(element)),
        "P" => "e".repeat(random.below(20)),
        "N" => random.below(30).to_string(),
        "I" => random.of(&["0", "1", "-1", "5", "-30", "40", "700"]).to_owned(),
        _ => word.to_owned(),
    };
    form.split(' ').map(|said| word(said, random)).collect()
}

/// Few keys whose lists grow, and many that come and go, some too long to be kept without a buffer.
fn key(random: &mut Random) -> String {
    match random.below(4) {
        0 => {
            random.of(&["a", "b", "c", "a key of more bytes than an entry has room for"]).to_owned()
        }
        1 => format!("{:030}", random.below(40)),
        _ => random.below(3000).to_string(),
    }
}

/// How far what the store says is from what was handed out since `before`, which must be little.
#[track_caller]
fn compare(store: &Store, before: usize, said: &[String]) -> usize {
    let (handed_out, used) = (MEMORY.allocated() - before, store.used_memory());
    let apart = handed_out.abs_diff(used);
    assert!(apart <= used / 50 + BESIDE, "{handed_out} bytes, {used} said, after {said:?}");
    apart
}

/// Runs a command, of which nothing is left but what the store keeps.
fn run(connection: &mut Connection, words: &[String]) {
    drop(connection.execute(words.iter().map(String::as_str)));
}

fn at_every_step_of_random_programs_it_is_what_was_handed_out() {
    let seed = settings::number("REDEQUE_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    println!("REDEQUE_SEED={seed}");
    let mut random = Random(seed | 1);
    // Short elements, those that are packed or not, and long ones.
    for element in [12, 300, 6000] {
        let store = four_shards();
        let before = MEMORY.allocated();
        let mut connection = store.connect();
        let (mut most, mut farthest) = (0, 0);
        for _ in 0..30_000 {
            let words = command(&mut random, element);
            run(&mut connection, &words);
            // What is queued is the connection's, and is gone when it is carried out.
            if words[0] == "MULTI" {
                (0..random.below(8))
                    .for_each(|_| run(&mut connection, &command(&mut random, element)));
                run(&mut connection, &["EXEC".to_owned()]);
            }
            run(&mut connection, &["UNWATCH".to_owned()]);
            if random.below(20) == 0 {
                let ends: Vec<_> = (0..=random.below(5)).map(|_| end(&mut random)).collect();
                give_back(&store, &key(&mut random), &ends);
            }
            let kept = words.iter().map(String::capacity).sum::<usize>()
                + words.capacity() * size_of::<String>();
            farthest = farthest.max(compare(&store, before + kept, &words));
            most = most.max(store.used_memory());
        }
        println!("elements of up to {element} bytes: {most} bytes used, {farthest} apart at most");
        store.flushall().expect("there is no log");
        assert_eq!(store.used_memory(), 0);
        compare(&store, before, &[]);
    }
}

fn what_leaves_a_store_is_not_counted_in_another() {
    let (store, other) = (four_shards(), four_shards());
    store.rpush_all("k", (0..10_000).map(|number| number.to_string())).expect("elements");
    store.rpush_all("long", [vec![b'x'; 1000], vec![b'y'; 1000]]).expect("elements");
    other.rpush("k", "x").expect("an element");
    let (used, others) = (store.used_memory(), other.used_memory());

    let snapshot = store.snapshot();
    assert!(snapshot.used_memory().abs_diff(used) <= used / 5, "a copy has less room to grow");
    assert_eq!(store.used_memory(), used);
    drop(snapshot);
    let popped = store.lpop("long").expect("there is no log");
    assert_eq!(store.used_memory(), used - 1000, "what is popped is the caller's");
    drop(popped);
    let moved = other.transaction(["k"], |transaction| {
        transaction.rpush("k", vec![b'z'; 500])?;
        // Another store comes and goes meanwhile.
        let third = four_shards();
        third.rpush("k", vec![b'z'; 5000])?;
        assert!(third.used_memory() >= 5000);
        store.lmove("long", "longer", Direction::Left, Direction::Right)?;
        drop(third);
        transaction.del("k")
    });
    assert_eq!(moved, Ok(true));
    let mut exported = Vec::new();
    store.export(&mut exported).expect("to memory");
    assert_eq!(other.used_memory().abs_diff(others), 0, "an entry less, in the room that it keeps");
    other.rpush("k", "x").expect("an element");
    assert_eq!(other.used_memory(), others);
    drop(store);
    other.rpush("k", "x").expect("an element");
    assert_eq!(other.used_memory(), others);
}

/// A wait for each of these ends, served and dropped before it knows, so that the elements come back. None waits if the key is there.
fn give_back(store: &Store, key: &str, ends: &[Direction]) {
    let wait = |&end: &Direction| match end {
        Direction::Left => store.blpop_async([key]),
        Direction::Right => store.brpop_async([key]),
    };
    let mut waits: Vec<_> = ends.iter().map(wait).collect();
    for wait in &mut waits {
        drop(block_on(poll_once(wait)));
    }
    store.rpush_all(key, vec!["x"; ends.len()]).expect("elements");
}

/// Until the ends of these lists change, it is known of each element when it was taken.
fn what_is_known_of_elements_that_came_back_is_counted() {
    use Direction::{Left, Right};
    let long = " of more bytes than an entry has room for";
    for (keys, ends, name) in [
        (100_000, &[Left][..], ""),
        (10_000, &[Left, Right], ""),
        (10_000, &[Right; 5], long),
        (5, &[Left; 1000], ""),
    ] {
        let store = four_shards();
        let before = MEMORY.allocated();
        let key = |number: u32| format!("{number}{name}");
        let compare = |what: &str| compare(&store, before, &[what.to_owned()]);
        for number in 0..keys {
            give_back(&store, &key(number), ends);
            if number.is_power_of_two() {
                compare("some came back");
            }
        }
        assert_eq!(store.stats().elements, keys as usize * ends.len(), "all came back");
        let farthest = compare("all came back");
        println!("{keys} keys: {} bytes used, {farthest} apart", store.used_memory());
        for number in 0..keys {
            // Less is known of what most of them have, or nothing.
            match number % 4 {
                0 => _ = store.lpush(key(number), "y").expect("an element"),
                1 => _ = store.lpop(key(number)).expect("there is no log"),
                2 => _ = store.lpop_count(key(number), ends.len()).expect("there is no log"),
                _ => {}
            }
            if number.is_power_of_two() {
                compare("some changed");
            }
        }
        compare("most changed");
        store.flushall().expect("there is no log");
        assert_eq!(store.used_memory(), 0);
        compare("nothing is left");
    }
}

/// What the process has in memory, in bytes, where the system tells.
fn resident() -> Option<usize> {
    let told = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = told.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// Where it is known how the allocator rounds, what a store takes of the system is little more.
fn a_filled_store_takes_what_it_says_of_the_system() {
    let fills: [(&str, fn(&Store)); 5] = [
        ("a million elements of 16 bytes in a list", |store| {
            for _ in 0..10_000 {
                store.rpush_all("k", ["0123456789abcdef"; 100]).expect("elements");
            }
        }),
        ("300,000 lists of an element", |store| {
            for number in 0..300_000_u32 {
                store.rpush(number.to_string(), "x").expect("an element");
            }
        }),
        ("50,000 lists of 20 elements of 30 bytes", |store| {
            for number in 0..50_000_u32 {
                store.rpush_all(number.to_string(), [[b'x'; 30]; 20]).expect("elements");
            }
        }),
        ("50,000 elements of 1,000 bytes", |store| {
            for _ in 0..50_000 {
                store.rpush("k", vec![b'x'; 1000]).expect("an element");
            }
        }),
        ("200,000 elements of 130 bytes, where rounding is the most", |store| {
            for _ in 0..200_000 {
                store.rpush("k", vec![b'x'; 130]).expect("an element");
            }
        }),
    ];
    for (number, (what, fill)) in fills.into_iter().enumerate() {
        let store = Store::new();
        let Some(before) = resident() else { return };
        fill(&store);
        let (taken, used) =
            (resident().map_or(0, |after| after.saturating_sub(before)), store.used_memory());
        #[expect(clippy::cast_precision_loss, reason = "it is told to people")]
        let times = taken as f64 / used as f64;
        println!("{what}: {used} bytes used, {taken} taken of the system, {times:.3} times");
        // The first finds nothing that was freed before. What a later one takes over is not taken anew.
        let is_stable = cfg!(all(target_env = "gnu", target_pointer_width = "64"));
        if is_stable && number + 1 < fills.len() {
            assert!(taken <= used + used / 20 + (1 << 20), "{what}");
        }
        // So that the next one finds none of it.
        std::mem::forget(store);
    }
}
