//! Directories of a test's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, process};

use redeque::{OpenError, Store};

use crate::elements::check_elements;

/// The name of a log's directory.
pub(crate) const LOG: &str = "queues";

/// The files of a log.
pub(crate) const MANIFEST: &str = "appendonly.aof.manifest";
pub(crate) const INCREMENT: &str = "appendonly.aof.1.incr.aof";

/// Everything that a store holds.
pub(crate) type Contents = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

/// A directory, gone when the test ends.
#[derive(Debug)]
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("redeque-durable-{}-{number}", process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    /// With these files in the log's directory.
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Self {
        let home = Self::new();
        home.hold(files.iter().copied());
        home
    }

    /// Gives the log these files, in the place of those of the same names.
    pub(crate) fn hold(
        &self,
        files: impl IntoIterator<Item = (impl AsRef<Path>, impl AsRef<[u8]>)>,
    ) {
        fs::create_dir_all(self.log()).expect("a directory");
        for (name, bytes) in files {
            fs::write(self.log().join(name), bytes).expect("a file");
        }
    }

    /// With a log of one increment.
    pub(crate) fn with_increment(bytes: &[u8]) -> Self {
        let manifest = format!("file {INCREMENT} seq 1 type i\n");
        Self::with(&[(MANIFEST, manifest.as_bytes()), (INCREMENT, bytes)])
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.join(LOG)
    }

    pub(crate) fn open(&self) -> Store {
        self.try_open().unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_open(&self) -> Result<Store, OpenError> {
        Store::open(self.log())
    }

    /// The names and bytes of all files of the log, without the one that is locked.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.log()).expect("a directory");
        let files = entries.map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("a file"))
        });
        files.filter(|(name, _)| name != "lock").collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn contents(store: &Store) -> Contents {
    check_elements(store);
    store.keys("*").into_iter().map(|key| (key.clone(), store.lrange(key, 0, -1))).collect()
}

/// Lists by words: the key, a colon and the elements, with a semicolon between two lists.
pub(crate) fn lists(text: &str) -> Contents {
    let lists = text.split(';').filter_map(|list| list.split_once(':'));
    let words = |text: &str| text.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
    lists.map(|(key, elements)| (key.trim().as_bytes().to_vec(), words(elements))).collect()
}

/// Commands of words without spaces, with a semicolon between two, as a server logs them.
pub(crate) fn commands(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for command in text.split(';') {
        let words: Vec<_> = command.split_whitespace().collect();
        bytes.extend(format!("*{}\r\n", words.len()).bytes());
        for word in words {
            bytes.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
        }
    }
    bytes
}
