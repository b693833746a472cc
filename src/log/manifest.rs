//! The manifest: which files are the log, and in which order they are read.
//!
//! A line for each file, as a server writes it: `file appendonly.aof.1.incr.aof seq 1 type i`. There is at most one base, which is
//! read first, then increments by their numbers; history is what may be deleted.

use std::fmt;
use std::io;

use super::storage::Directory;
use super::whole;
use crate::quoting;

/// The name of the manifest, and the one that it has while it is written.
pub(crate) const NAME: &str = "appendonly.aof.manifest";
pub(crate) const TEMPORARY: &str = "temp-appendonly.aof.manifest";

/// What the names of all other files begin with.
const STEM: &str = "appendonly.aof.";

/// A server reads a line into a buffer of this many bytes.
const LONGEST_LINE: usize = 1024;

/// Nobody has as many files. What is longer is no manifest, and not read into memory.
const LONGEST: u64 = 1024 * 1024;

/// A file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Its number among those of its kind, from 1.
    pub(crate) seq: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) base: Option<Entry>,
    /// By rising numbers.
    pub(crate) increments: Vec<Entry>,
    pub(crate) history: Vec<Entry>,
}

/// What is wrong with a manifest, and in which line, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// The name of a base.
pub(crate) fn base_name(seq: u64) -> String {
    format!("{STEM}{seq}.base.aof")
}

/// The name of an increment.
pub(crate) fn increment_name(seq: u64) -> String {
    format!("{STEM}{seq}.incr.aof")
}

/// What a name says of its file: whether it is a base, and its number. None if it is not a name of the log's.
pub(crate) fn meaning(name: &str) -> Option<(bool, u64)> {
    let (seq, kind) = name.strip_prefix(STEM)?.split_once('.')?;
    let is_base = match kind {
        "base.aof" | "base.rdb" => true,
        "incr.aof" => false,
        _ => return None,
    };
    Some((is_base, seq.parse().ok()?))
}

/// The bytes of the manifest, if there is one.
pub(crate) fn read(directory: &dyn Directory) -> io::Result<Option<Vec<u8>>> {
    let file = match directory.open(NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let len = file.len()?;
    if len > LONGEST {
        let text = format!("it has {len} bytes, and a manifest at most {LONGEST}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let mut bytes = vec![0; usize::try_from(len).unwrap_or_default()];
    let count = whole::read(&*file, 0, &mut bytes)?;
    bytes.truncate(count);
    Ok(Some(bytes))
}

impl Manifest {
    /// Reads one. What is a fault here is one for a server, too.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Err(Fault { line: 1, what: "the manifest is empty" });
        }
        let mut manifest = Self::default();
        for (before, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            manifest.line(line).map_err(|what| Fault { line: before + 1, what })?;
        }
        Ok(manifest)
    }

    fn line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        if !line.ends_with(b"\n") {
            return Err("it does not end with a newline");
        }
        if line.len() > LONGEST_LINE {
            return Err("it is too long");
        }
        if line.starts_with(b"#") {
            return Ok(());
        }
        if line.trim_ascii().is_empty() {
            return Err("it is empty");
        }
        let (kind, entry) = entry(line)?;
        match kind {
            b'b' if self.base.is_some() => return Err("there is a base already"),
            b'b' => self.base = Some(entry),
            b'i' if self.increments.last().is_some_and(|last| last.seq >= entry.seq) => {
                return Err("the numbers of the increments do not rise");
            }
            b'i' => self.increments.push(entry),
            b'h' => self.history.push(entry),
            _ => return Err("the type is neither b, i nor h"),
        }
        Ok(())
    }

    /// The manifest as it is written to its file.
    pub(crate) fn print(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let groups =
            [(self.base.as_slice(), 'b'), (&self.history[..], 'h'), (&self.increments[..], 'i')];
        for (entries, kind) in groups {
            for Entry { name, seq } in entries {
                bytes.extend_from_slice(b"file ");
                print_name(name, &mut bytes);
                bytes.extend_from_slice(format!(" seq {seq} type {kind}\n").as_bytes());
            }
        }
        bytes
    }

    /// The entries that are read, in their order.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Entry> {
        self.base.iter().chain(&self.increments)
    }

    /// Whether it has a file of this name.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.files().chain(&self.history).any(|entry| entry.name == name)
    }

    /// Puts it in the place of the directory's, at one moment and for good. The files that it names are to be there, and synced.
    ///
    /// # Errors
    ///
    /// The directory has the old manifest or this one, and it is not known which.
    pub(crate) fn write(&self, directory: &dyn Directory) -> io::Result<()> {
        self.prepare(directory)?;
        publish(directory)
    }

    /// Brings it to disk beside the directory's own, in whose place it is [put](publish) afterwards.
    pub(crate) fn prepare(&self, directory: &dyn Directory) -> io::Result<()> {
        match directory.remove(TEMPORARY) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = directory.create(TEMPORARY)?;
        whole::write(&*file, 0, &self.print())?;
        file.sync()?;
        // The files that it names are to be found when it is.
        directory.sync()
    }
}

/// Puts the manifest that was prepared in the place of the directory's own, at one moment and for good.
///
/// # Errors
///
/// As for [`Manifest::write`].
pub(crate) fn publish(directory: &dyn Directory) -> io::Result<()> {
    directory.rename(TEMPORARY, NAME)?;
    directory.sync()
}

/// The entry in a line, and the letter of its type.
fn entry(line: &[u8]) -> Result<(u8, Entry), &'static str> {
    let words = quoting::split_words(line).ok_or("its quotes are not balanced")?;
    if words.len() % 2 != 0 {
        return Err("it is not made of pairs");
    }
    let value = |key: &str| {
        let mut pairs = words.chunks_exact(2);
        let pair = pairs.find(|pair| pair[0].eq_ignore_ascii_case(key.as_bytes()));
        pair.map(|pair| &pair[1][..])
    };
    let name = value("file").ok_or("it names no file")?;
    let name = str::from_utf8(name).map_err(|_| "the name of the file is not in UTF-8")?;
    if name.is_empty() || name.contains(['/', '\\', '\0']) || matches!(name, "." | "..") {
        return Err("it names a path, and not a file");
    }
    let seq = value("seq").and_then(|text| str::from_utf8(text).ok()?.parse().ok());
    let seq = seq.filter(|&seq| seq > 0).ok_or("it has no number")?;
    let &[kind] = value("type").ok_or("it has no type")? else {
        return Err("the type is neither b, i nor h");
    };
    Ok((kind, Entry { name: name.to_owned(), seq }))
}

/// A name that is not one word is quoted, as a server does it.
fn print_name(name: &str, bytes: &mut Vec<u8>) {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
    if name.bytes().all(is_plain) {
        return bytes.extend_from_slice(name.as_bytes());
    }
    bytes.push(b'"');
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => bytes.extend_from_slice(&[b'\\', byte]),
            b' '..=b'~' => bytes.push(byte),
            _ => bytes.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    bytes.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::{Entry, Fault, Manifest, NAME, TEMPORARY, base_name, increment_name, meaning};
    use crate::log::simulated::{Loss, Simulated};

    fn entry(name: &str, seq: u64) -> Entry {
        Entry { name: name.to_owned(), seq }
    }

    fn sample() -> Manifest {
        Manifest {
            base: Some(entry("appendonly.aof.2.base.aof", 2)),
            increments: vec![entry("appendonly.aof.3.incr.aof", 3), entry("x y\"\u{e9}", 5)],
            history: vec![entry("appendonly.aof.1.base.aof", 1)],
        }
    }

    const PRINTED: &str = "file appendonly.aof.2.base.aof seq 2 type b\n\
        file appendonly.aof.1.base.aof seq 1 type h\n\
        file appendonly.aof.3.incr.aof seq 3 type i\n\
        file \"x y\\\"\\xc3\\xa9\" seq 5 type i\n";

    #[test]
    fn it_is_printed_as_a_server_prints_it() {
        assert_eq!(String::from_utf8(sample().print()).as_deref(), Ok(PRINTED));
        assert_eq!(Manifest::parse(PRINTED.as_bytes()), Ok(sample()));
    }

    #[test]
    fn what_a_server_tolerates_is_read() {
        let text = "# a comment\r\n\
            seq 2 FILE appendonly.aof.2.base.aof startoffset 0 Type b\r\n\
            \tfile appendonly.aof.1.base.aof  seq 1 type h future \"two words\"\n\
            file appendonly.aof.3.incr.aof seq 3 type i startoffset 17 endoffset 99\n\
            # \n\
            file 'x y\"\u{e9}' seq 5 type i \n";
        assert_eq!(Manifest::parse(text.as_bytes()), Ok(sample()));
        assert_eq!(Manifest::parse(b"#\n"), Ok(Manifest::default()));
    }

    #[test]
    fn what_stops_a_server_is_a_fault() {
        let good = "file a seq 1 type b\n";
        let long = format!("{good}file a seq 2 type i x {}\n", "y".repeat(1002));
        for (text, line, what) in [
            ("", 1, "the manifest is empty"),
            ("file a seq 1 type b", 1, "it does not end with a newline"),
            ("file a seq 1 type b\n\n", 2, "it is empty"),
            ("file a seq 1 type b\n \r\n", 2, "it is empty"),
            (&long, 2, "it is too long"),
            ("file \"a seq 1 type b\n", 1, "its quotes are not balanced"),
            ("file a seq 1 type\n", 1, "it is not made of pairs"),
            ("seq 1 type b x y\n", 1, "it names no file"),
            ("file \"\\xff\" seq 1 type b\n", 1, "the name of the file is not in UTF-8"),
            ("file ../a seq 1 type b\n", 1, "it names a path, and not a file"),
            ("file .. seq 1 type b\n", 1, "it names a path, and not a file"),
            ("file \"\" seq 1 type b\n", 1, "it names a path, and not a file"),
            ("file a type b x y\n", 1, "it has no number"),
            ("file a seq 0 type b\n", 1, "it has no number"),
            ("file a seq -1 type b\n", 1, "it has no number"),
            ("file a seq 1 x y\n", 1, "it has no type"),
            ("file a seq 1 type x\n", 1, "the type is neither b, i nor h"),
            ("file a seq 1 type base\n", 1, "the type is neither b, i nor h"),
            ("file a seq 1 type b\nfile b seq 2 type b\n", 2, "there is a base already"),
            (
                "file a seq 2 type i\n#\nfile b seq 2 type i\n",
                3,
                "the numbers of the increments do not rise",
            ),
        ] {
            assert_eq!(Manifest::parse(text.as_bytes()), Err(Fault { line, what }), "{text:?}");
        }
        let longest = format!("file a seq 2 type i x {}\n", "y".repeat(1001));
        assert_eq!(longest.len(), 1024);
        assert!(Manifest::parse(longest.as_bytes()).is_ok());
    }

    #[test]
    fn names_say_what_a_file_is() {
        assert_eq!(base_name(7), "appendonly.aof.7.base.aof");
        assert_eq!(increment_name(12), "appendonly.aof.12.incr.aof");
        assert_eq!(meaning("appendonly.aof.7.base.aof"), Some((true, 7)));
        assert_eq!(meaning("appendonly.aof.7.base.rdb"), Some((true, 7)));
        assert_eq!(meaning("appendonly.aof.12.incr.aof"), Some((false, 12)));
        for name in [NAME, TEMPORARY, "appendonly.aof", "appendonly.aof.x.incr.aof", "lock"] {
            assert_eq!(meaning(name), None, "{name}");
        }
    }

    #[test]
    fn a_crash_leaves_the_old_manifest_or_the_new_one() {
        let old = b"file a seq 1 type i\n";
        let disk = Simulated::with([(NAME, &old[..]), (TEMPORARY, b"left by a crash")]);
        sample().write(&disk).expect("a disk without faults");
        let mut seen = [0, 0];
        for after in disk.moments() {
            for seed in 0..50 {
                let found = disk.crashed(after, Loss::Random(seed)).file(NAME).expect("a manifest");
                let is_new = found == PRINTED.as_bytes();
                assert!(is_new || found == old, "{:?}", String::from_utf8_lossy(&found));
                seen[usize::from(is_new)] += 1;
            }
        }
        assert!(seen[0] > 50 && seen[1] > 50, "{seen:?}");
        let done = disk.crashed(disk.steps(), Loss::All);
        assert_eq!(
            done.contents().into_iter().collect::<Vec<_>>(),
            [(NAME.to_owned(), PRINTED.into())]
        );
    }
}
