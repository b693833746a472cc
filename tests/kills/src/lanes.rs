//! What each thread does: an endless program on lists of its own, of which each step leaves lists that no other number of steps
//! leaves. So the lists say how many steps there were.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Error, Reply, Store};

/// What a step returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It was carried out, and nobody knows whether that is kept.
    Unknown,
    Refused,
}

/// Lists by their keys, where one that is not there is empty.
pub type Lists = BTreeMap<String, VecDeque<Vec<u8>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Pushes numbers on the right, and now and then pops some or trims.
    Right,
    /// The same the other way round.
    Left,
    /// Moves numbers from list to list.
    Moves,
    /// Pushes to three lists as one, and pops from them.
    Transactions,
    /// Pushes where somebody waits, and waits for room.
    Feeds,
    /// Waits for what [`Feeds`](Self::Feeds) pushes, and moves it on.
    Waits,
}

pub const LANES: [Lane; 6] =
    [Lane::Right, Lane::Left, Lane::Moves, Lane::Transactions, Lane::Feeds, Lane::Waits];

const TOGETHER: [&str; 3] = ["together:a", "together:b", "together:c"];
/// How long lists are left by what shortens them.
const KEPT: usize = 8;

/// The element for a number: its digits, and for some so much behind them that they are stored and written otherwise.
pub fn element(number: u64) -> Vec<u8> {
    let mut element = number.to_string().into_bytes();
    let len = match number {
        _ if number.is_multiple_of(101) => 5000,
        _ if number.is_multiple_of(13) => 300,
        _ => 0,
    };
    element.resize(len.max(element.len()), b'.');
    element
}

fn number(element: &[u8]) -> Option<u64> {
    let digits = element.split(|&byte| byte == b'.').next()?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (self::element(number) == element).then_some(number)
}

impl Lane {
    /// Carries a step out.
    pub fn run(self, store: &Store, step: u64) -> Outcome {
        match self {
            Self::Transactions if step % 2 == 1 => run_exec(store, step),
            _ => match self.call(store, step) {
                Ok(()) => Outcome::Done,
                Err(Error::OutcomeUnknown(_)) => Outcome::Unknown,
                Err(_) => Outcome::Refused,
            },
        }
    }

    fn call(self, store: &Store, step: u64) -> Result<(), Error> {
        match self {
            Self::Right => run_right(store, step),
            Self::Left => run_left(store, step),
            Self::Moves => run_moves(store, step),
            Self::Transactions => run_transaction(store, step),
            Self::Feeds => until_done(|patience| {
                store.brpush_bounded("fed", 2, element(step), patience).map(|len| len.is_some())
            }),
            Self::Waits if step % 8 == 7 => store.ltrim("waited", -2, -1),
            Self::Waits => until_done(|patience| {
                store.blmove("fed", "waited", Left, Right, patience).map(|moved| moved.is_some())
            }),
        }
    }

    /// How many steps lead to these lists.
    ///
    /// # Errors
    ///
    /// None do, up to this many.
    pub fn steps(self, lists: &Lists, most: u64) -> Result<u64, String> {
        let keys: &[&str] = match self {
            Self::Right => &["right"],
            Self::Left => &["left"],
            Self::Moves => &["from", "to"],
            Self::Transactions => &TOGETHER,
            Self::Waits => &["waited"],
            Self::Feeds => return fed(lists),
        };
        let found: Lists = keys.iter().map(|&key| (key.to_owned(), list(lists, key))).collect();
        let mut played: Lists = keys.iter().map(|&key| (key.to_owned(), VecDeque::new())).collect();
        for step in 0..=most {
            if played == found {
                return Ok(step);
            }
            self.play(&mut played, step);
        }
        let numbers = found.iter().map(|(key, list)| format!("{key}: {:?}", numbers(list)));
        Err(format!(
            "{self:?}: no number of steps up to {most} leads to {:?}",
            numbers.collect::<Vec<_>>()
        ))
    }

    /// Does to plain lists what a step does.
    fn play(self, lists: &mut Lists, step: u64) {
        match self {
            Self::Right | Self::Left => {
                let key = if self == Self::Right { "right" } else { "left" };
                let mut list = taken(lists, key);
                match step % 64 {
                    63 => shorten(&mut list, KEPT),
                    _ if step % 4 == 3 => _ = list.pop_front(),
                    _ => list.push_back(element(step)),
                }
                lists.insert(key.to_owned(), list);
            }
            Self::Moves => {
                let (mut from, mut to) = (taken(lists, "from"), taken(lists, "to"));
                match step % 3 {
                    0 => from.push_back(element(step)),
                    1 => to.extend(from.pop_front()),
                    _ if to.len() > KEPT => _ = to.pop_front(),
                    _ => to.push_back(element(step)),
                }
                lists.extend([("from".to_owned(), from), ("to".to_owned(), to)]);
            }
            Self::Transactions => {
                for key in TOGETHER {
                    let mut list = taken(lists, key);
                    list.push_back(element(step));
                    shorten(&mut list, KEPT);
                    lists.insert(key.to_owned(), list);
                }
            }
            Self::Waits => {
                let mut list = taken(lists, "waited");
                match step % 8 {
                    7 => shorten(&mut list, 2),
                    // It has moved one with each step that was no trim.
                    _ => list.push_back(element(step - step / 8)),
                }
                lists.insert("waited".to_owned(), list);
            }
            Self::Feeds => {}
        }
    }
}

fn run_right(store: &Store, step: u64) -> Result<(), Error> {
    match step % 64 {
        63 => store.ltrim("right", -8, -1),
        _ if step % 4 == 3 => store.lpop("right").map(drop),
        _ => store.rpush("right", element(step)).map(drop),
    }
}

/// Read from the right, the list is that of [`Lane::Right`] back to front: [`list`] turns it.
fn run_left(store: &Store, step: u64) -> Result<(), Error> {
    match step % 64 {
        63 => store.ltrim("left", 0, 7),
        _ if step % 4 == 3 => store.rpop("left").map(drop),
        _ => store.lpush("left", element(step)).map(drop),
    }
}

fn run_moves(store: &Store, step: u64) -> Result<(), Error> {
    match step % 3 {
        0 => store.rpush("from", element(step)).map(drop),
        1 => store.lmove("from", "to", Left, Right).map(drop),
        _ if store.llen("to") > KEPT => store.lpop("to").map(drop),
        _ => store.rpush("to", element(step)).map(drop),
    }
}

fn run_transaction(store: &Store, step: u64) -> Result<(), Error> {
    store.transaction(TOGETHER, |tx| {
        for key in TOGETHER {
            tx.rpush(key, element(step))?;
            if tx.llen(key)? > KEPT {
                tx.lpop(key)?;
            }
        }
        Ok(())
    })
}

/// The same by text.
fn run_exec(store: &Store, step: u64) -> Outcome {
    let mut client = store.connect();
    client.execute(["MULTI"]);
    for key in TOGETHER {
        client.execute([&b"RPUSH"[..], key.as_bytes(), &element(step)]);
        client.execute(["LTRIM", key, "-8", "-1"]);
    }
    match client.execute(["EXEC"]) {
        Reply::Array(replies) if !replies.iter().any(|reply| matches!(reply, Reply::Error(_))) => {
            Outcome::Done
        }
        Reply::Error(text) if text.starts_with(b"UNKNOWN ") => Outcome::Unknown,
        _ => Outcome::Refused,
    }
}

/// Tries again after each timeout.
fn until_done(step: impl Fn(Option<Duration>) -> Result<bool, Error>) -> Result<(), Error> {
    while !step(Some(Duration::from_millis(50)))? {}
    Ok(())
}

fn taken(lists: &mut Lists, key: &str) -> VecDeque<Vec<u8>> {
    lists.remove(key).unwrap_or_default()
}

fn shorten(list: &mut VecDeque<Vec<u8>>, len: usize) {
    list.drain(..list.len().saturating_sub(len));
}

fn list(lists: &Lists, key: &str) -> VecDeque<Vec<u8>> {
    let list = lists.get(key).cloned().unwrap_or_default();
    if key == "left" { list.into_iter().rev().collect() } else { list }
}

fn numbers(list: &VecDeque<Vec<u8>>) -> Vec<Option<u64>> {
    list.iter().map(|element| number(element)).collect()
}

/// What was moved on ends where what is waiting begins: nothing is missing between, and nothing in both.
fn fed(lists: &Lists) -> Result<u64, String> {
    let (waiting, moved) = (numbers(&list(lists, "fed")), numbers(&list(lists, "waited")));
    let first = moved.last().map_or(Some(0), |last| last.map(|number| number + 1));
    let expected: Vec<_> =
        (0..waiting.len() as u64).map(|more| first.map(|first| first + more)).collect();
    if first.is_none() || waiting != expected {
        return Err(format!("{moved:?} was moved, and {waiting:?} is still there"));
    }
    Ok(first.unwrap_or(0) + waiting.len() as u64)
}
