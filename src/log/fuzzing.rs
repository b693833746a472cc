//! Raw bytes as files of a log, for the fuzz target `log`.

use std::io::{self, IoSlice};

use super::manifest::{self, Manifest};
use super::record::encode;
use super::recovery::{Recovered, Trouble, check, recover};
use super::simulated::Simulated;
use super::storage::{Directory, File};

const INCREMENT: &str = "appendonly.aof.1.incr.aof";
const BASE: &str = "appendonly.aof.1.base.aof";

/// Reads the bytes as an increment, as a base and as a manifest. `measure` is given what loads each file, and calls it: what that
/// allocates is what recovery does.
///
/// # Panics
///
/// If something loads that is not in the bytes, if what was settled loads otherwise, or if a manifest does not come back.
pub(crate) fn log(bytes: &[u8], measure: &mut dyn FnMut(&mut dyn FnMut())) {
    for (name, kind) in [(INCREMENT, 'i'), (BASE, 'b')] {
        let manifest = format!("file {name} seq 1 type {kind}\n");
        let files = [(manifest::NAME, manifest.as_bytes()), (name, bytes)];
        let mut accepted = false;
        measure(&mut || accepted = check(&Fixed(files)).is_ok());
        if accepted {
            loads_the_same_once_it_is_settled(files, bytes);
        }
    }
    if let Ok(manifest) = Manifest::parse(bytes) {
        comes_back(&manifest);
    }
}

type Commands = Vec<Vec<u8>>;

fn load(directory: &dyn Directory) -> Result<(Commands, Recovered), Trouble> {
    let mut loaded = Vec::new();
    let recovered = recover(directory, &mut |words| {
        let mut command = Vec::new();
        encode(words, &mut command);
        loaded.push(command);
        Ok(())
    })?;
    Ok((loaded, recovered))
}

fn loads_the_same_once_it_is_settled(files: [(&str, &[u8]); 2], bytes: &[u8]) {
    let disk = Simulated::with(files);
    let (loaded, mut recovered) = load(&disk).expect("it was checked");
    let mut rest = bytes;
    for command in &loaded {
        let at = rest.windows(command.len()).position(|part| part == command);
        rest = &rest[at.expect("a command of the file") + command.len()..];
    }
    recovered.settle(&disk).expect("a disk without faults");
    let (again, found) = load(&disk).expect("it was settled");
    assert!(found.cut.is_none() && again == loaded, "{again:?} after {loaded:?}");
    let increment = found.increment().expect("a file to go on with");
    assert_eq!(Some(increment), recovered.increment());
}

fn comes_back(manifest: &Manifest) {
    let printed = manifest.print();
    let is_legal = printed.split(|&byte| byte == b'\n').all(|line| line.len() < 1024);
    if is_legal && !printed.is_empty() {
        assert_eq!(Manifest::parse(&printed).as_ref(), Ok(manifest));
    }
}

/// Files that can only be read, and remember nothing of it.
#[derive(Clone, Copy)]
struct Fixed<'f>([(&'f str, &'f [u8]); 2]);

struct Bytes(Vec<u8>);

impl Directory for Fixed<'_> {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.0.iter().map(|(name, _)| (*name).to_owned()).collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        let (_, bytes) = found.ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Bytes(bytes.to_vec())))
    }

    fn create(&self, _: &str) -> io::Result<Box<dyn File>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl File for Bytes {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let begin = usize::try_from(offset).unwrap_or(usize::MAX).min(self.0.len());
        let count = buffer.len().min(self.0.len() - begin);
        buffer[..count].copy_from_slice(&self.0[begin..begin + count]);
        Ok(count)
    }

    fn write_at(&self, _: u64, _: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The seeds of the fuzz target, so that it is known here what it holds them to.
#[test]
fn the_seeds_hold() {
    let mut loaded = 0;
    let seeds: [&[u8]; 4] = [
        &super::checksum::opening(),
        b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$1\r\na\r\n*1\r\n$5\r\nMULTI\r\n",
        b"file appendonly.aof.1.incr.aof seq 1 type i\n",
        b"*1152921504606846976\r\n$1152921504606846976\r\n",
    ];
    for seed in seeds {
        log(seed, &mut |load| {
            load();
            loaded += 1;
        });
    }
    assert_eq!(loaded, 8);
}
