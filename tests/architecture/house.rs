//! All modules of a crate, and who uses whom.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::{self, child};

/// A path from the crate's root, which itself is the empty one.
type Path = Vec<String>;

/// What the crate's root is called where it is used.
const ROOT: &str = "the root";

#[derive(Debug, Default)]
pub(crate) struct House {
    modules: BTreeSet<Path>,
    /// What names stand for that `use` brings into a module.
    names: BTreeMap<(Path, String), Path>,
    /// The file, the module that uses, and the module where what it uses is.
    uses: BTreeSet<(String, Path, Path)>,
}

impl House {
    /// Reads files by their names in `src` and their sources.
    pub(crate) fn read<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let mut house = Self::default();
        let read: Vec<_> = files
            .into_iter()
            .map(|(name, source)| {
                let module = module_of(name);
                (name, module.clone(), reader::read(module, source))
            })
            .collect();
        let test_only: Vec<_> = read.iter().flat_map(|(.., file)| &file.test_only).collect();
        let counts = |module: &Path| !test_only.iter().any(|test| module.starts_with(test));
        let read: Vec<_> = read.iter().filter(|(_, module, _)| counts(module)).collect();
        for (_, module, file) in &read {
            house.modules.insert(module.clone());
            for (module, name, path) in &file.names {
                house.names.insert((module.clone(), name.clone()), path.clone());
            }
        }
        for (name, _, file) in &read {
            for (module, path) in &file.uses {
                house.uses.insert(((*name).to_owned(), module.clone(), house.home(path)));
            }
        }
        house
    }

    /// The module that has what a path leads to.
    fn home(&self, path: &[String]) -> Path {
        let mut path = path.to_vec();
        let mut module = Path::new();
        // Only the name of another crate, brought in from there under the same name, would lead on for longer.
        for _ in 0..8 {
            module.clear();
            while let Some(inner) = path.get(..=module.len())
                && self.modules.contains(inner)
            {
                module = inner.to_vec();
            }
            let Some((name, rest)) = path[module.len()..].split_first() else { break };
            let Some(target) = self.names.get(&(module.clone(), name.clone())) else { break };
            path = target.iter().chain(rest).cloned().collect();
        }
        module
    }

    /// What is wrong in a room, or in the house if that is no room: who uses what is not below it, by these floors from
    /// the ground up, and what has no floor. Names joined by `+` are one part.
    pub(crate) fn complaints(&self, room: &[&str], floors: &[&str]) -> Vec<String> {
        let room: Path = room.iter().map(|&name| name.to_owned()).collect();
        let places = places(floors);
        let parts: BTreeSet<_> = self.modules.iter().filter_map(|m| part(&room, m)).collect();
        let mut complaints = BTreeSet::new();
        for (file, by, what) in &self.uses {
            let (Some(by), Some(what)) = (part(&room, by), part(&room, what)) else { continue };
            let (Some(from), to) = (places.get(by.as_str()), places.get(what.as_str())) else {
                continue;
            };
            let problem = match to {
                _ if by == what => continue,
                Some(to) if to.floor < from.floor || to == from => continue,
                Some(to) if to.floor == from.floor => "on its floor",
                None if what != ROOT => continue,
                Some(_) | None => "above it",
            };
            complaints.insert(format!("{file}: {by} uses {what}, which is {problem}"));
        }
        let mut complaints: Vec<_> = complaints.into_iter().collect();
        let homeless =
            parts.iter().filter(|part| *part != ROOT && !places.contains_key(part.as_str()));
        complaints.extend(homeless.map(|part| format!("{part} is on no floor")));
        let gone = places.keys().filter(|&&name| !parts.contains(name));
        complaints
            .extend(gone.map(|name| format!("{name} is on a floor, and there is no such module")));
        complaints
    }

    /// The rooms that a room uses.
    pub(crate) fn used_by(&self, room: &str) -> BTreeSet<String> {
        let of_room = |module: &Path| part(&Path::new(), module).is_some_and(|own| own == room);
        let uses = self.uses.iter().filter(|(_, user, used)| of_room(user) && !of_room(used));
        uses.filter_map(|(.., used)| part(&Path::new(), used)).collect()
    }
}

/// Where something stands: on which floor, and as which part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    floor: usize,
    part: usize,
}

fn places<'f>(floors: &[&'f str]) -> BTreeMap<&'f str, Place> {
    let mut places = BTreeMap::new();
    for (floor, names) in floors.iter().enumerate() {
        for (part, names) in names.split(' ').enumerate() {
            places.extend(names.split('+').map(|name| (name, Place { floor, part })));
        }
    }
    places
}

/// The child of a room that a module is in. What is in the room's own file goes by the room's name.
fn part(room: &[String], module: &[String]) -> Option<String> {
    let inside = module.strip_prefix(room)?;
    let own = || room.last().map_or_else(|| ROOT.to_owned(), Clone::clone);
    Some(inside.first().cloned().unwrap_or_else(own))
}

fn module_of(file: &str) -> Path {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    if path == "lib" {
        return Path::new();
    }
    path.split('/').fold(Path::new(), |module, name| child(&module, name))
}
