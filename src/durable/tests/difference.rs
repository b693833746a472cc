//! What a test that fails says of lists, commands and disks: few words, of which a page can be read.

use std::collections::BTreeSet;

use super::Contents;
use crate::log::simulated::{Action, Step};

/// How much of an element or a word is shown.
const SHOWN: usize = 40;

/// How one store's lists are others than those that were expected: a line for each key, with the first element that differs.
pub(super) fn difference(found: &Contents, expected: &Contents) -> Vec<String> {
    let keys: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    let lists = keys.into_iter().map(|key| (key, list(found, key), list(expected, key)));
    lists.filter(|(_, found, expected)| found != expected).map(differing).collect()
}

fn list<'c>(contents: &'c Contents, key: &[u8]) -> &'c [Vec<u8>] {
    contents.get(key).map_or(&[], Vec::as_slice)
}

fn differing((key, found, expected): (&Vec<u8>, &[Vec<u8>], &[Vec<u8>])) -> String {
    let alike = found.iter().zip(expected).take_while(|(found, expected)| found == expected);
    let at = alike.count();
    format!(
        "{}: {} elements instead of {}, and at {at} {} instead of {}",
        key.escape_ascii(),
        found.len(),
        expected.len(),
        element(found, at),
        element(expected, at)
    )
}

fn element(list: &[Vec<u8>], at: usize) -> String {
    let Some(element) = list.get(at) else { return "nothing".to_owned() };
    let shown = element[..element.len().min(SHOWN)].escape_ascii();
    let rest = element.len().saturating_sub(SHOWN);
    if rest == 0 { shown.to_string() } else { format!("{shown} and {rest} bytes") }
}

/// A line of commands, with none of the long elements.
pub(super) fn brief(line: &str) -> String {
    let word = |word: &str| match word.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &word[..end]),
        None => word.to_owned(),
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Two texts, of each a part that begins a little before the first difference.
pub(super) fn apart(found: &str, expected: &str) -> [String; 2] {
    let alike =
        found.chars().zip(expected.chars()).take_while(|(found, expected)| found == expected);
    let begin = alike.count().saturating_sub(SHOWN);
    [found, expected].map(|text| text.chars().skip(begin).take(3 * SHOWN).collect())
}

/// What was done to a disk, without the bytes.
pub(super) fn of_the_disk(step: &Step) -> String {
    let done = match &step.action {
        Action::Write { offset, bytes } => format!("{} bytes written at {offset}", bytes.len()),
        other => format!("{other:?}"),
    };
    let failed = if step.failed { ", which has failed" } else { "" };
    format!("{} {done}{failed}", step.name)
}

#[test]
fn two_stores_differ_by_keys_lengths_and_the_first_element() {
    let long = "x".repeat(5000);
    let lists = |lists: &[(&str, &[&str])]| -> Contents {
        let bytes = |element: &&str| element.as_bytes().to_vec();
        lists.iter().map(|(key, list)| (bytes(key), list.iter().map(bytes).collect())).collect()
    };
    let found = lists(&[("a", &["1", "2"]), ("b", &["1", &long]), ("d", &["1"])]);
    let expected = lists(&[("a", &["1", "2"]), ("b", &["1"]), ("c", &["\0", "2"]), ("d", &["2"])]);
    let b = format!(
        "b: 2 elements instead of 1, and at 1 {} and 4960 bytes instead of nothing",
        &long[..40]
    );
    let c = r"c: 0 elements instead of 2, and at 0 nothing instead of \x00";
    let d = "d: 1 elements instead of 1, and at 0 1 instead of 2";
    assert_eq!(difference(&found, &expected), [&b, c, d]);
    assert_eq!(difference(&found, &found), [""; 0]);
    let line = format!("RPUSH a {long}; LPOP a");
    assert_eq!(brief(&line), format!("RPUSH a {}... LPOP a", &long[..40]));
    let texts = apart(&format!("{long}1{long}"), &format!("{long}2"));
    assert_eq!(texts, [format!("{}1{}", &long[..40], &long[..79]), format!("{}2", &long[..40])]);
}
