//! What a crash may leave of a disk.
//!
//! **Files.** A write or a new length is on disk for sure when a sync of its file has succeeded that began after it. Where the
//! first sync after it failed, no later one can vouch for it: a system may have dropped the pages and forgotten about them.
//! What is not on disk for sure may be there whole, or not at all; a write may also be there up to any byte, from any byte on, or as
//! a length alone, over zeros. Each has a fate of its own, so that of two writes the later may be there without the earlier one,
//! and zeros lie between.
//!
//! **Names.** A file that was made, renamed or removed is so for sure when a sync of the directory has succeeded that began after
//! it. A sync of the file does not do. Of the others either the first few are kept, as a journal does, or any of them. Each is
//! there or not at all: a rename is never found half done.

use std::cmp::Ordering;

use super::{Action, Contents, Simulated, State, Step, index, write};

/// What becomes of that which is not on disk for sure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Loss {
    /// All is kept, as when only the process is killed.
    Nothing,
    /// None is kept.
    All,
    /// What these random numbers say.
    Random(u64),
}

/// What a crash does to a write, or to the names.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Kept,
    Dropped,
    /// As many bytes as this are written.
    Head(usize),
    /// All but as many bytes as this are written.
    Tail(usize),
    Zeroed,
}

impl Simulated {
    /// A disk as it may be found if there is a crash after this many steps.
    pub(crate) fn crashed(&self, after: usize, loss: Loss) -> Self {
        let state = self.state();
        let history = &state.history[..after];
        let mut contents = state.before.clone();
        let fates = fates(history, loss);
        for (step, fate) in history.iter().zip(fates) {
            if !step.failed {
                play(&mut contents, step, fate);
            }
        }
        Self::holding(contents)
    }

    /// A disk as the next process finds it if this one is killed after this many steps: all is there, and what was not synced may
    /// still be lost.
    #[cfg(test)]
    pub(crate) fn killed(&self, after: usize) -> Self {
        let state = self.state();
        let mut killed = State { before: state.before.clone(), ..State::default() };
        killed.now = killed.before.clone();
        killed.history.extend_from_slice(&state.history[..after]);
        for step in killed.history.iter().filter(|step| !step.failed) {
            play(&mut killed.now, step, Fate::Kept);
        }
        let disk = Self::default();
        *disk.state() = killed;
        disk
    }

    /// After how many steps a crash may leave something that an earlier one cannot: the beginning, and each change.
    pub(crate) fn moments(&self) -> Vec<usize> {
        let state = self.state();
        let changes = state.history.iter().enumerate().filter(|(_, step)| step.action.changes());
        std::iter::once(0).chain(changes.map(|(at, _)| at + 1)).collect()
    }
}

fn is_of_names(action: &Action) -> bool {
    matches!(action, Action::Create | Action::Rename { .. } | Action::Remove)
}

fn is_of_a_file(action: &Action) -> bool {
    matches!(action, Action::Write { .. } | Action::SetLen { .. })
}

/// Which steps are on disk for sure.
fn synced(history: &[Step]) -> Vec<bool> {
    let mut synced = vec![false; history.len()];
    // Those that no sync has spoken about yet.
    let mut open: Vec<usize> = Vec::new();
    for (at, step) in history.iter().enumerate() {
        let concerns = |change: usize| match &step.action {
            Action::Sync => {
                is_of_a_file(&history[change].action) && history[change].file == step.file
            }
            Action::SyncNames => is_of_names(&history[change].action),
            _ => false,
        };
        if is_of_names(&step.action) || is_of_a_file(&step.action) {
            open.push(at);
        } else if step.failed {
            open.retain(|&change| !concerns(change));
        } else {
            for &change in open.iter().filter(|&&change| change < step.begun && concerns(change)) {
                synced[change] = true;
            }
            open.retain(|&change| !synced[change]);
        }
    }
    synced
}

fn fates(history: &[Step], loss: Loss) -> Vec<Fate> {
    let synced = synced(history);
    let mut draw = Draw(if let Loss::Random(seed) = loss { seed } else { 0 });
    let unsure = |is: fn(&Action) -> bool| {
        let steps = history.iter().zip(&synced).enumerate();
        steps.filter(move |(_, (step, synced))| !**synced && is(&step.action)).map(|(at, _)| at)
    };
    let mut fates = vec![Fate::Kept; history.len()];
    let (names, writes): (Vec<_>, Vec<_>) =
        (unsure(is_of_names).collect(), unsure(is_of_a_file).collect());
    match loss {
        Loss::Nothing => {}
        Loss::All => names.iter().chain(&writes).for_each(|&at| fates[at] = Fate::Dropped),
        Loss::Random(_) => {
            of_names(&names, &mut draw, &mut fates);
            of_files(&writes, history, &mut draw, &mut fates);
        }
    }
    fates
}

fn of_names(unsure: &[usize], draw: &mut Draw, fates: &mut [Fate]) {
    let in_order = draw.below(2) == 0;
    let kept = draw.below(unsure.len() + 1);
    for (place, &at) in unsure.iter().enumerate() {
        let keeps = if in_order { place < kept } else { draw.below(2) == 0 };
        fates[at] = if keeps { Fate::Kept } else { Fate::Dropped };
    }
}

/// Half of the disks are written to in order, up to a write that is torn.
fn of_files(unsure: &[usize], history: &[Step], draw: &mut Draw, fates: &mut [Fate]) {
    let in_order = draw.below(2) == 0;
    let torn = draw.below(unsure.len() + 1);
    for (place, &at) in unsure.iter().enumerate() {
        let len =
            if let Action::Write { bytes, .. } = &history[at].action { bytes.len() } else { 0 };
        fates[at] = match place.cmp(&torn) {
            Ordering::Less if in_order => Fate::Kept,
            Ordering::Greater if in_order => Fate::Dropped,
            _ => of_a_write(len, draw),
        };
    }
}

fn of_a_write(len: usize, draw: &mut Draw) -> Fate {
    match draw.below(5) {
        0 => Fate::Kept,
        1 => Fate::Dropped,
        2 => Fate::Head(draw.below(len + 1)),
        3 => Fate::Tail(draw.below(len + 1)),
        _ => Fate::Zeroed,
    }
}

fn play(contents: &mut Contents, step: &Step, fate: Fate) {
    let Step { name, action, file, .. } = step;
    match (action, fate) {
        // The file is there, whether it has its name or not.
        (Action::Create, _) => {
            contents.files.push(Vec::new());
            if let Fate::Kept = fate {
                contents.names.insert(name.clone(), *file);
            }
        }
        (Action::Rename { to }, Fate::Kept) => {
            forget(contents, name, *file);
            contents.names.insert(to.clone(), *file);
        }
        (Action::Remove, Fate::Kept) => forget(contents, name, *file),
        (Action::Write { offset, bytes }, _) => {
            play_write(&mut contents.files[*file], *offset, bytes, fate);
        }
        (Action::SetLen { len }, Fate::Kept) => contents.files[*file].resize(index(*len), 0),
        _ => {}
    }
}

/// Takes a name away from a file; by now it may be another's, or nobody's.
fn forget(contents: &mut Contents, name: &str, file: usize) {
    if contents.names.get(name) == Some(&file) {
        contents.names.remove(name);
    }
}

fn play_write(file: &mut Vec<u8>, offset: u64, bytes: &[u8], fate: Fate) {
    match fate {
        Fate::Dropped => {}
        Fate::Kept => write(file, offset, bytes),
        Fate::Head(count) => write(file, offset, &bytes[..count]),
        Fate::Tail(missing) => write(file, offset + missing as u64, &bytes[missing..]),
        Fate::Zeroed => {
            let end = index(offset) + bytes.len();
            file.resize(end.max(file.len()), 0);
        }
    }
}

/// Random numbers, as `SplitMix64` makes them.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    /// A number below this one, which is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("it is below a number of this type")
    }

    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
