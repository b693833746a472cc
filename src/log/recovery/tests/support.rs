//! Directories made by hand, and what comes out of them.

use crate::log::checksum::{EMPTY, close, extend};
use crate::log::manifest;
use crate::log::recovery::{Cut, Recovered, Rule, Trouble, read, recover};
use crate::log::simulated::Simulated;
use crate::log::storage::Directory;

pub(super) const INCREMENT: &str = "appendonly.aof.1.incr.aof";
pub(super) const MANIFEST: &str = "file appendonly.aof.1.incr.aof seq 1 type i\n";

/// Commands of words without spaces, with a `;` between two.
pub(super) fn commands(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for command in text.split(';').filter(|command| !command.trim().is_empty()) {
        let words: Vec<_> = command.split_whitespace().collect();
        bytes.extend(format!("*{}\r\n", words.len()).bytes());
        for word in words {
            bytes.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
        }
    }
    bytes
}

/// Bytes closed by their checksum, which knows that the file was on disk up to this offset.
pub(super) fn closed_at(mut bytes: Vec<u8>, synced: u64) -> Vec<u8> {
    close(extend(EMPTY, &bytes), bytes.len() as u64, synced, &mut bytes);
    bytes
}

/// Commands as a batch with its checksum.
pub(super) fn batch(text: &str) -> Vec<u8> {
    closed_at(commands(text), 0)
}

/// A directory with one increment.
pub(super) fn increment(bytes: &[u8]) -> Simulated {
    Simulated::with([(manifest::NAME, MANIFEST.as_bytes()), (INCREMENT, bytes)])
}

/// The commands that load, as [`commands`] takes them, and what was found.
pub(super) fn load(directory: &dyn Directory) -> Result<(String, Recovered), Trouble> {
    let mut loaded: Vec<String> = Vec::new();
    let recovered = recover(directory, &mut |words| {
        if words[0] == b"REFUSED" {
            return Err("no such command".to_owned());
        }
        let words: Vec<_> = words.iter().map(|word| word.escape_ascii().to_string()).collect();
        loaded.push(words.join(" "));
        Ok(())
    })?;
    Ok((loaded.join("; "), recovered))
}

/// What loads and what is cut, in one text: the commands, and after a bar the offset of the cut, its reason and where that is. Or an
/// error, after an exclamation mark, which knows whether a repair would cut there.
pub(super) fn outcome(directory: &dyn Directory) -> String {
    match load(directory) {
        Err(trouble) => {
            let repaired = read(directory, &mut |_| Ok(()), Rule::Lossy);
            let is_cut = repaired.is_ok_and(|recovered| recovered.cut.is_some());
            assert_eq!(trouble.is_mended_by_a_cut(), is_cut, "{trouble}");
            format!("! {trouble}")
        }
        Ok((loaded, Recovered { cut: None, .. })) => loaded,
        Ok((loaded, Recovered { cut: Some(cut), .. })) => {
            let Cut { offset, reason, found, .. } = cut;
            format!("{loaded} | {offset} {reason:?} {found}")
        }
    }
}
