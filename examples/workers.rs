//! Workers: counts the words of a text with several producers, several consumers, and one queue between them.
//!
//! The producers split their share of the lines into words and push those; the consumers pop and count. Then a single
//! thread counts too, and it is an error if the two differ.
//!
//! ```text
//! cargo run --release --example workers -- LICENSE-APACHE
//! cargo run --release --example workers < README.md
//! ```

use std::cmp::Reverse;
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, IsTerminal, Read, Write};
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::{env, fs};

use redeque::Store;

const USAGE: &str = "usage: workers [FILE]\n\nCounts the words of FILE, or of the standard input.";
const QUEUE: &str = "words";
const PRODUCERS: usize = 3;
const CONSUMERS: usize = 3;
/// How many words a consumer pops at once.
const BATCH: usize = 32;
/// How many of the most frequent words are printed.
const TOP: usize = 10;

/// How often each word comes up.
type Counts = HashMap<String, usize>;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let text = match &arguments[..] {
        [] => read_input().map_err(|error| format!("standard input: {error}")),
        [flag] if flag == "-h" || flag == "--help" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        [file] => fs::read(file).map_err(|error| format!("{}: {error}", file.display())),
        _ => Err(USAGE.to_owned()),
    };
    match text.map_err(Into::into).and_then(|text| run(&String::from_utf8_lossy(&text))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("workers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read_input() -> io::Result<Vec<u8>> {
    if io::stdin().is_terminal() {
        eprintln!("workers: type the text, and end it with Ctrl-D on a line of its own");
    }
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    Ok(text)
}

fn run(text: &str) -> Result<(), Box<dyn Error>> {
    let counts = count_with_workers(text)?;
    if counts != count(words(text).map(str::to_lowercase)) {
        return Err("the workers counted other words than a single thread".into());
    }
    match print_top(&counts) {
        // Whoever reads the output has seen enough of it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// Runs of letters and digits, with apostrophes between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
}

fn count(words: impl Iterator<Item = String>) -> Counts {
    let mut counts = Counts::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

fn count_with_workers(text: &str) -> Result<Counts, redeque::Error> {
    let store = Store::new();
    let lines: Vec<&str> = text.lines().collect();
    let shares = lines.chunks(lines.len().div_ceil(PRODUCERS).max(1));
    let producing = AtomicUsize::new(shares.len());

    let (store, producing) = (&store, &producing);
    thread::scope(|scope| {
        let producers: Vec<_> =
            shares.map(|share| scope.spawn(|| produce(store, share, producing))).collect();
        let consumers: Vec<_> =
            (0..CONSUMERS).map(|_| scope.spawn(|| consume(store, producing))).collect();

        for producer in producers {
            join(producer)?;
        }
        let mut counts = Counts::new();
        for consumer in consumers {
            for (word, times) in join(consumer)? {
                *counts.entry(word).or_default() += times;
            }
        }
        Ok(counts)
    })
}

/// Pushes the words of some lines, and takes itself off the number of those who still produce.
fn produce(store: &Store, lines: &[&str], producing: &AtomicUsize) -> Result<(), redeque::Error> {
    let pushed = lines.iter().try_for_each(|line| {
        let words: Vec<String> = words(line).map(str::to_lowercase).collect();
        if !words.is_empty() {
            store.rpush_all(QUEUE, words)?;
        }
        Ok(())
    });
    // Also where a push was refused: the consumers must not wait for more.
    producing.fetch_sub(1, Ordering::Release);
    pushed
}

/// Pops words and counts them, until there are none left and nobody produces any more.
fn consume(store: &Store, producing: &AtomicUsize) -> Result<Counts, redeque::Error> {
    let mut counts = Counts::new();
    loop {
        // Asked before the pop: what the last producer pushed is in the queue by then.
        let complete = producing.load(Ordering::Acquire) == 0;
        match store.lpop_count(QUEUE, BATCH)? {
            Some(words) => {
                for word in words {
                    *counts.entry(String::from_utf8_lossy(&word).into_owned()).or_default() += 1;
                }
            }
            None if complete => return Ok(counts),
            None => thread::yield_now(),
        }
    }
}

fn join<T>(thread: ScopedJoinHandle<'_, Result<T, redeque::Error>>) -> Result<T, redeque::Error> {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn print_top(counts: &Counts) -> io::Result<()> {
    let mut ranking: Vec<(&String, &usize)> = counts.iter().collect();
    ranking.sort_unstable_by_key(|(word, times)| (Reverse(**times), *word));

    let mut output = io::stdout().lock();
    let total: usize = counts.values().sum();
    writeln!(output, "{total} words, {} of them different", counts.len())?;
    for (word, times) in ranking.into_iter().take(TOP) {
        writeln!(output, "{times:6}  {word}")?;
    }
    writeln!(output, "A single thread counted the same.")
}
