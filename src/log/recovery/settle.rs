//! Making the directory what was loaded from it, so that writing can go on.

use std::io;

use super::{End, FileRead, Kind, Mark, Recovered, Trouble};
use crate::log::checksum;
use crate::log::manifest::{self, Entry};
use crate::log::storage::{Directory, File};
use crate::log::whole;

impl Recovered {
    /// Executes the cut and brings all that was loaded to disk. Then the last increment ends with a batch that has a checksum,
    /// and there is one: where it was a server's, what has no checksum gets one, and where there was none, it is made.
    ///
    /// # Errors
    ///
    /// The directory may still be as it was. It loads as before, and nothing may be written to it.
    pub(crate) fn settle(&mut self, directory: &dyn Directory) -> Result<(), Trouble> {
        // The manifest may have been renamed a moment before a crash: what it names now must not be undone later.
        directory.sync().map_err(Trouble::of_the_directory)?;
        match (self.end, self.manifest.increments.last()) {
            (Some(end), Some(entry)) => {
                let name = entry.name.clone();
                let len = end.settle(directory, &name)?;
                self.go_on_at(len);
                Ok(())
            }
            _ => self.begin(directory).map_err(|error| {
                Trouble::io(&manifest::increment_name(self.next_increment), error)
            }),
        }
    }

    fn go_on_at(&mut self, len: u64) {
        let loads = Mark { offset: len, sum: checksum::EMPTY };
        self.end = Some(End { len, loads, run: len });
        if let Some(last) = self.files.last_mut() {
            last.len = len;
        }
    }

    /// Makes the first increment, or the first one behind the base.
    fn begin(&mut self, directory: &dyn Directory) -> io::Result<()> {
        let name = manifest::increment_name(self.next_increment);
        let opening = checksum::opening();
        let file = directory.create(&name)?;
        whole::write(&*file, 0, &opening)?;
        file.sync()?;
        let entry = Entry { name: name.clone(), seq: self.next_increment };
        let mut manifest = self.manifest.clone();
        manifest.increments.push(entry);
        manifest.write(directory)?;
        self.manifest = manifest;
        self.next_increment += 1;
        self.files.push(FileRead { name, len: 0, commands: 0, batches: 1 });
        self.go_on_at(opening.len() as u64);
        Ok(())
    }

    /// Removes what is of no use any more: history, and what the manifest does not name.
    pub(crate) fn tidy(&mut self, directory: &dyn Directory) -> io::Result<()> {
        if !self.manifest.history.is_empty() {
            let mut manifest = self.manifest.clone();
            let history = manifest.history.drain(..).map(|entry| entry.name);
            let history: Vec<_> = history.filter(|name| !self.manifest_needs(name)).collect();
            manifest.write(directory)?;
            self.manifest = manifest;
            self.leftovers.extend(history);
        }
        while let Some(name) = self.leftovers.pop() {
            match directory.remove(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn manifest_needs(&self, name: &str) -> bool {
        self.manifest.files().any(|entry| entry.name == name)
    }
}

impl End {
    /// Returns how long the file is then.
    fn settle(self, directory: &dyn Directory, name: &str) -> Result<u64, Trouble> {
        let in_file = |error| Trouble::io(name, error);
        let file = directory.open(name).map_err(in_file)?;
        if file.len().map_err(in_file)? != self.len {
            return Err(Trouble::of(name, Kind::Changed));
        }
        self.cut(&*file).and_then(|()| self.close(&*file)).map_err(in_file)
    }

    fn cut(self, file: &dyn File) -> io::Result<()> {
        if self.loads.offset < self.len {
            file.set_len(self.loads.offset)?;
        }
        file.sync()
    }

    fn close(self, file: &dyn File) -> io::Result<u64> {
        let Mark { offset, sum } = self.loads;
        let mut bytes = Vec::new();
        if offset == 0 {
            bytes = checksum::opening();
        } else if offset > self.run {
            checksum::close(sum, offset - self.run, offset, &mut bytes);
        }
        if !bytes.is_empty() {
            whole::write(file, offset, &bytes)?;
            file.sync()?;
        }
        Ok(offset + bytes.len() as u64)
    }
}
