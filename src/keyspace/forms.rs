//! Commands by the syntax of their rows, with few keys and elements: what tests say that no command may be missing from.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::command::{CommandSpec, Run, commands};

/// Every command with a flag, by its syntax, with what may be left out and without it. `k` is a key, `e` an element,
/// `d` an end, `s` a side, `n` a number, `m` and `o` how LMOVEM counts and in which order, `t` a time and `c` a condition of
/// EXPIRE.
pub(super) fn forms(flag: &str) -> Vec<String> {
    // Those of a session never reach a key, whatever their flags say: there is no other database, and no replica. Nor does
    // one that waits for the disk.
    let reaches_keys =
        |spec: &&CommandSpec| !matches!(spec.run(), Run::Session(_)) && spec.name() != "waitaof";
    let specs = commands().iter().filter(reaches_keys);
    let specs = specs.filter(|spec| spec.flags().contains(&flag));
    let forms = specs.flat_map(|spec| {
        let syntax = spec.syntax().replace("numkeys key [key ...]", "2 key key");
        // Its options depend on each other.
        let syntax = if spec.name() == "sort" { "key ALPHA STORE key" } else { &syntax };
        let required = syntax.split('[').filter_map(|part| part.rsplit(']').next()).collect();
        let all = syntax.replace(" ...", "").replace(['[', ']'], "");
        [required, all].map(|words| format!("{} {}", spec.name(), in_letters(&words)))
    });
    forms.map(|form| form.trim_end().to_owned()).collect()
}

fn in_letters(words: &str) -> String {
    let letters = words.split_whitespace().map(|word| match word {
        "key" | "newkey" | "source" | "destination" => "k",
        "element" | "pivot" => "e",
        "LEFT|RIGHT" => "d",
        "BEFORE|AFTER" => "s",
        "COUNT|EXACTLY" => "m",
        "OBO|BULK" => "o",
        "count" | "index" | "start" | "stop" => "n",
        "seconds" | "milliseconds" | "unix-time-seconds" | "unix-time-milliseconds" => "t",
        "NX|XX|GT|LT" => "c",
        "timeout" | "destination-db" => "0",
        "ASYNC|SYNC" => "ASYNC",
        word if word.bytes().any(|byte| byte.is_ascii_lowercase()) => {
            panic!("no letter stands for {word}")
        }
        word => word,
    });
    letters.collect::<Vec<_>>().join(" ")
}

/// A form with its words drawn.
pub(super) fn drawn(flag: &str) -> impl Strategy<Value = String> {
    filled(forms(flag))
}

/// One of these forms with its words drawn.
pub(super) fn filled(forms: Vec<String>) -> impl Strategy<Value = String> {
    (select(forms), vec(0_usize..4, 8)).prop_map(|(form, draws)| {
        let mut draws = draws.into_iter();
        let mut draw = |from: [&'static str; 4]| from[draws.next().unwrap_or(0)];
        let words = form.split(' ').map(|word| match word {
            "k" => draw(["a", "b", "c", "d"]),
            "e" => draw(["1", "2", "3", "a_longer_element_that_is_stored_in_another_way"]),
            "d" => draw(["LEFT", "RIGHT", "LEFT", "RIGHT"]),
            "s" => draw(["BEFORE", "AFTER", "BEFORE", "AFTER"]),
            "m" => draw(["COUNT", "EXACTLY", "COUNT", "EXACTLY"]),
            "o" => draw(["OBO", "BULK", "OBO", "BULK"]),
            // The year 2100 and later, or over: nothing expires meanwhile.
            "t" => draw(["4102444800000", "4102444900000", "0", "4102444700000"]),
            "c" => draw(["NX", "XX", "GT", "LT"]),
            "n" => draw(["0", "1", "-1", "2"]),
            word => word,
        });
        words.collect::<Vec<_>>().join(" ")
    })
}
