//! Commands drawn at random, on a few keys, with elements of which hardly any is pushed twice.

use super::waits::Want;
use crate::log::simulated::Draw;
use crate::transaction::Transaction;
use crate::{Direction, Error, MoveCount, Store};

const KEYS: [&str; 5] = ["a", "b", "c", "d", "a_longer_name_of_a_key"];

pub(super) struct Commands {
    pub(super) draw: Draw,
    seed: u64,
    pushed: usize,
}

impl Commands {
    pub(super) fn new(seed: u64) -> Self {
        Self { draw: Draw(seed), seed, pushed: 0 }
    }

    /// Whether something happens that happens once in this many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.draw.below(times) == 0
    }

    pub(super) fn key(&mut self) -> String {
        KEYS[self.draw.below(KEYS.len())].to_owned()
    }

    pub(super) fn element(&mut self) -> String {
        self.pushed += 1;
        let number = self.pushed;
        match self.draw.below(40) {
            0 => format!("e{number}{}", "-".repeat(5000)),
            1 => "twice".to_owned(),
            2..6 => format!("e{number}{}", "-".repeat(70)),
            _ => format!("e{number}"),
        }
    }

    /// An element that is pushed once, also where a program with another seed was on the disk before.
    pub(super) fn mark(&mut self) -> String {
        self.pushed += 1;
        format!("mark:{}:{}:", self.seed, self.pushed)
    }

    fn end(&mut self) -> Direction {
        if self.once_in(2) { Direction::Left } else { Direction::Right }
    }

    fn end_by_name(&mut self) -> &'static str {
        if self.once_in(2) { "LEFT" } else { "RIGHT" }
    }

    /// A command on the lists of this store, which does not wait.
    pub(super) fn line(&mut self, store: &Store) -> String {
        let (key, other, element) = (self.key(), self.key(), self.element());
        let at = ["0", "1", "2", "-1"][self.draw.below(4)];
        let pivot = store.lindex(&key, at.parse().expect("a number")).unwrap_or_default();
        let pivot = String::from_utf8(pivot).unwrap_or_default();
        let (from, to) = (self.end_by_name(), self.end_by_name());
        let side = ["BEFORE", "AFTER"][self.draw.below(2)];
        let millis = self.draw.below(200);
        match self.draw.below(48) {
            0..8 => format!("RPUSH {key} {element}"),
            8..12 => format!("LPUSH {key} {element} {}", self.element()),
            12..14 => format!("RPUSHX {key} {element}"),
            14..17 => format!("LPOP {key}"),
            17..19 => format!("RPOP {key} 2"),
            19..22 => format!("LMOVE {key} {other} {from} {to}"),
            22..24 => format!("LMOVEM {key} {other} {from} {to} COUNT 2 BULK"),
            24..26 => format!("LMOVEM {key} {other} {from} {to} EXACTLY 3 OBO"),
            26 => format!("LMPOP 2 {key} {other} {from} COUNT 2"),
            27 => format!("RENAME {key} {other}"),
            28 => format!("RENAMENX {key} {other}"),
            29 => format!("COPY {key} {other} REPLACE"),
            30 => format!("SORT {key} ALPHA STORE {other}"),
            31..33 if !pivot.is_empty() => format!("LINSERT {key} {side} {pivot} {element}"),
            33..35 if !pivot.is_empty() => format!("LREM {key} 0 {pivot}"),
            35 => format!("LTRIM {key} {} {}", self.draw.below(2), 1 + self.draw.below(4)),
            36 => format!("DEL {key} {other}"),
            37 if self.once_in(2) => "FLUSHALL".to_owned(),
            38..44 => format!("PEXPIRE {key} {millis}"),
            44 => format!("PEXPIREAT {key} {} GT", 10 * millis),
            45 => format!("PERSIST {key}"),
            _ => format!("LSET {key} {at} {element}"),
        }
    }

    /// Several of them.
    pub(super) fn lines(&mut self, store: &Store) -> Vec<String> {
        (0..=1 + self.draw.below(3)).map(|_| self.line(store)).collect()
    }

    /// Several that a transaction's closure knows.
    pub(super) fn acts(&mut self, store: &Store) -> Vec<String> {
        let mut act = || loop {
            let line = self.line(store);
            let name = line.split(' ').next().unwrap_or_default();
            if ["RPUSH", "LPOP", "LMOVE", "RENAME", "LSET"].contains(&name) {
                return line;
            }
        };
        (0..3).map(|_| act()).collect()
    }

    pub(super) fn want(&mut self) -> Want {
        let (key, other, end) = (self.key(), self.key(), self.end());
        let ends = (self.end(), self.end());
        match self.draw.below(8) {
            0..2 => Want::Pop { keys: vec![key], end },
            2 => Want::Pop { keys: vec![key, other], end },
            3 => Want::PopMany { keys: vec![key, other], end, count: 2 },
            4..6 => Want::Move { from: key, to: other, ends },
            6 => Want::MoveMany { from: key, to: other, ends, count: MoveCount::Exactly(2) },
            _ => Want::Push { key, end, most: 2, element: self.element() },
        }
    }
}

/// Carries out these acts, in one transaction, and says how each went; or why nobody knows.
pub(super) fn transact(store: &Store, acts: &[String]) -> Result<Vec<String>, Error> {
    store.transaction(KEYS, |tx| {
        Ok::<_, Error>(acts.iter().map(|line| format!("{:?}", act(tx, line))).collect())
    })
}

fn act(tx: &mut Transaction<'_>, line: &str) -> Result<String, Error> {
    let end = |name: &str| if name == "LEFT" { Direction::Left } else { Direction::Right };
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["RPUSH", key, element] => tx.rpush(key, element).map(|len| len.to_string()),
        ["LPOP", key] => tx.lpop(key).map(|popped| format!("{popped:?}")),
        ["LMOVE", key, other, from, to] => {
            tx.lmove(key, other, end(from), end(to)).map(|moved| format!("{moved:?}"))
        }
        ["RENAME", key, other] => tx.rename(key, other).map(|()| String::new()),
        ["LSET", key, at, element] => {
            let at = at.parse().expect("a number");
            tx.lset(key, at, element).map(|()| String::new())
        }
        _ => panic!("{line} is none of them"),
    }
}
