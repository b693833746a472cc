//! Criterion's files, and that of `fresh`, as cells with a time for each peer.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use redeque_peers::fresh_times::FreshTimes;
use serde_json::Value;

/// A peer as criterion's identifiers name it, and as a reader is told.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
}

pub(crate) const PEERS: [Peer; 12] = [
    Peer { id: "hand_tuned", name: "hand-tuned" },
    Peer { id: "hand_tuned_fast", name: "hand-tuned, fast lock" },
    Peer { id: "dashmap", name: "DashMap" },
    Peer { id: "one_mutex", name: "one Mutex" },
    Peer { id: "yo_kv", name: "yo-kv" },
    Peer { id: "papaya", name: "papaya" },
    Peer { id: "scc", name: "scc" },
    Peer { id: "redis", name: "Redis" },
    Peer { id: "redis_pipelines", name: "Redis, pipelines" },
    Peer { id: "segqueue", name: "SegQueue" },
    Peer { id: "concurrent_queue", name: "ConcurrentQueue" },
    Peer { id: "mpsc", name: "mpsc" },
];

/// What redeque is called in the results, by its plain methods and by those that fill the caller's buffers.
#[derive(Clone, Copy)]
pub(crate) enum Ours {
    Owned,
    Into,
}

impl Ours {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Owned => "redeque",
            Self::Into => "redeque_into",
        }
    }
}

/// A group as criterion's identifiers name it, and as a reader is told.
pub(crate) struct Group {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
}

/// The groups of the grid in their order. One thread on spread keys is only what two threads are compared with.
pub(crate) const GROUPS: [Group; 6] = [
    Group { id: "pairs_depth_0", title: "push and pop, empty in between" },
    Group { id: "pairs_depth_50", title: "push and pop, 50 deep" },
    Group { id: "fill_and_drain", title: "fill with 2,000,000 and drain" },
    Group { id: "on_one_list", title: "commands on one long list" },
    Group { id: "spread_2_threads", title: "two threads, spread keys" },
    Group { id: "hot_2_threads", title: "two threads, one hot key" },
];

/// Which of a cell's samples stand for it.
#[derive(Clone, Copy)]
pub(crate) enum Estimate {
    /// What else a shared machine does can only add to a time.
    Fastest,
    /// What criterion prints.
    Median,
}

/// One workload: nanoseconds an operation, by peer.
pub(crate) struct Cell {
    pub(crate) group: String,
    pub(crate) parameters: String,
    pub(crate) times: BTreeMap<String, f64>,
    /// In how many processes each peer was measured, if it was in more than one.
    pub(crate) processes: Option<usize>,
}

pub(crate) struct Results {
    cells: Vec<Cell>,
}

impl Cell {
    /// How many times as fast as this peer redeque is.
    pub(crate) fn ratio(&self, ours: Ours, peer: Peer) -> Option<f64> {
        Some(self.times.get(peer.id)? / self.times.get(ours.id())?)
    }
}

impl Results {
    /// What criterion wrote to a directory, and what fresh processes measured.
    pub(crate) fn read(
        directory: &Path,
        estimate: Estimate,
        fresh: &FreshTimes,
    ) -> Result<Self, Box<dyn Error>> {
        let mut cells = BTreeMap::new();
        collect(directory, estimate, &mut cells)?;
        let mut processes = BTreeMap::new();
        for (group, parameters, peer, times) in flat(fresh) {
            let cell = (group.clone(), parameters.clone());
            let time = median(times).ok_or("a cell has no time")?;
            cells.entry(cell.clone()).or_default().insert(peer.clone(), time);
            let count = processes.entry(cell).or_insert(times.len());
            *count = times.len().min(*count);
        }
        let cell = |(cell, times)| {
            let processes = processes.get(&cell).copied();
            let (group, parameters) = cell;
            Cell { group, parameters, times, processes }
        };
        Ok(Self { cells: cells.into_iter().map(cell).collect() })
    }

    /// The cells of a group, in the order of their parameters, numbers as numbers.
    pub(crate) fn group(&self, id: &str) -> Vec<&Cell> {
        let mut cells: Vec<_> = self.cells.iter().filter(|cell| cell.group == id).collect();
        cells.sort_by_cached_key(|cell| numbers_padded(&cell.parameters));
        cells
    }

    /// All cells of the grid.
    pub(crate) fn all(&self) -> Vec<&Cell> {
        GROUPS.iter().flat_map(|group| self.group(group.id)).collect()
    }
}

/// How many times as fast as this peer redeque is over all of these cells that the peer took part in.
pub(crate) fn geometric_mean(cells: &[&Cell], ours: Ours, peer: Peer) -> Option<f64> {
    let logarithms: Vec<f64> =
        cells.iter().filter_map(|cell| cell.ratio(ours, peer)).map(f64::ln).collect();
    let count = u32::try_from(logarithms.len()).ok().filter(|count| *count > 0)?;
    Some((logarithms.iter().sum::<f64>() / f64::from(count)).exp())
}

/// The same where redeque does worst.
pub(crate) fn worst(cells: &[&Cell], ours: Ours, peer: Peer) -> Option<f64> {
    cells.iter().filter_map(|cell| cell.ratio(ours, peer)).reduce(f64::min)
}

fn flat(fresh: &FreshTimes) -> impl Iterator<Item = (&String, &String, &String, &Vec<f64>)> {
    fresh.iter().flat_map(|(group, cells)| {
        cells.iter().flat_map(move |(parameters, peers)| {
            peers.iter().map(move |(peer, times)| (group, parameters, peer, times))
        })
    })
}

fn median(times: &[f64]) -> Option<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    let upper = *times.get(middle)?;
    if times.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(times[middle - 1], upper)) }
}

/// The fastest of the samples.
fn fastest(sample: &Value) -> Option<f64> {
    let numbers = |field: &str| -> Option<Vec<f64>> {
        sample[field].as_array()?.iter().map(Value::as_f64).collect()
    };
    let (times, iterations) = (numbers("times")?, numbers("iters")?);
    let means = times.iter().zip(iterations).map(|(time, iterations)| time / iterations);
    means.reduce(f64::min)
}

type Times = BTreeMap<(String, String), BTreeMap<String, f64>>;

fn collect(directory: &Path, estimate: Estimate, cells: &mut Times) -> Result<(), Box<dyn Error>> {
    let entries = fs::read_dir(directory)
        .map_err(|error| format!("{}: {error}; run the bench `grid` first", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.ends_with("new") {
            read_benchmark(&path, estimate, cells)?;
        } else if path.is_dir() {
            collect(&path, estimate, cells)?;
        }
    }
    Ok(())
}

fn read_benchmark(
    directory: &Path,
    estimate: Estimate,
    cells: &mut Times,
) -> Result<(), Box<dyn Error>> {
    let json = |name: &str| -> Result<Value, Box<dyn Error>> {
        Ok(serde_json::from_str(&fs::read_to_string(directory.join(name))?)?)
    };
    let benchmark = json("benchmark.json")?;
    let text = |field: &str| benchmark[field].as_str().ok_or("an identifier is missing");
    // Those of the hand-over have none. They are no part of the grid.
    let Some(parameters) = benchmark["value_str"].as_str() else { return Ok(()) };
    let time = match estimate {
        Estimate::Fastest => fastest(&json("sample.json")?),
        Estimate::Median => json("estimates.json")?["median"]["point_estimate"].as_f64(),
    };
    let time = time.ok_or("there is no time")?;
    let operations = benchmark["throughput"]["Elements"].as_f64().unwrap_or(1.0);
    let cell = (text("group_id")?.to_owned(), parameters.to_owned());
    let times = cells.entry(cell).or_default();
    times.insert(text("function_id")?.to_owned(), time / operations);
    Ok(())
}

/// The text with each number widened, so that the order of texts is that of numbers.
fn numbers_padded(text: &str) -> String {
    text.split(' ').map(|word| format!("{word:0>10}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_cell_is_the_median_of_its_processes() {
        let times = |times: &[f64]| times.to_vec();
        let peers =
            [("redeque", times(&[9.0, 1.0, 2.0])), ("dashmap", times(&[8.0, 2.0, 4.0, 4.0]))];
        let peers = peers.map(|(peer, times)| (peer.to_owned(), times)).into();
        let cells = [("1 keys, 16 bytes".to_owned(), peers)].into();
        let fresh = [("pairs_depth_0".to_owned(), cells)].into();
        let directory = tempfile::tempdir().expect("a directory without files of criterion's");
        let results = Results::read(directory.path(), Estimate::Fastest, &fresh).expect("times");
        let [cell] = results.all()[..] else { panic!("there is one cell") };
        let dashmap = PEERS.into_iter().find(|peer| peer.id == "dashmap").expect("it has a row");
        assert_eq!(cell.ratio(Ours::Owned, dashmap), Some(2.0));
        assert_eq!(cell.processes, Some(3));
    }
}
