//! The cells that do not fit the caches and those of two threads, each time in a process of its own: `fresh [processes
//! [milliseconds [filter]]]`.
//!
//! Where the allocator's memory lies, and whether two threads take turns or collide, is decided once in a process, and
//! decides a cell's time. So this program starts itself 15 times for each peer at each cell. All of them have their
//! turn before any has its next, every second time in the opposite order. `summary` takes the medians.

use std::error::Error;
use std::process::Command;
use std::time::{Duration, Instant};

use redeque_peers::cells::{Cell, Drain, Pairs, Pipe, Shared, all_pairs, all_shared_pairs};
use redeque_peers::{EachLists, EachQueue, Lists, Queues, each_lists, each_queue, fresh_times};

/// What one process measures.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Job {
    group: String,
    parameters: String,
    peer: String,
}

/// Goes over all jobs, and does one of them or none.
#[derive(Default)]
struct Jobs {
    all: Vec<Job>,
    wanted: Option<(Job, Duration)>,
    /// Nanoseconds an operation of the one that was wanted.
    time: Option<f64>,
}

impl Jobs {
    fn list() -> Vec<Job> {
        let mut jobs = Self::default();
        jobs.go();
        jobs.all
    }

    /// The time of one job, which is measured for so long.
    fn time(job: Job, long: Duration) -> Option<f64> {
        let mut jobs = Self { wanted: Some((job, long)), ..Self::default() };
        jobs.go();
        jobs.time
    }

    fn go(&mut self) {
        for cell in all_pairs().filter(|pairs: &Pairs| !pairs.fits_caches()) {
            each_lists(&mut Alone { jobs: self, cell });
        }
        for size in [16, 100] {
            each_lists(&mut Alone { jobs: self, cell: Drain { count: 2_000_000, size } });
        }
        for cell in all_shared_pairs() {
            each_queue(cell.queues(), &mut Together { jobs: self, cell });
        }
        for size in [16, 100, 1000] {
            each_queue(1, &mut Together { jobs: self, cell: Pipe::new(size) });
        }
    }

    fn meet(&mut self, job: Job, time: impl FnOnce(Duration) -> f64) {
        match &self.wanted {
            Some((wanted, long)) if *wanted == job => self.time = Some(time(*long)),
            Some(_) => {}
            None => self.all.push(job),
        }
    }
}

/// A cell of one thread.
struct Alone<'j, C> {
    jobs: &'j mut Jobs,
    cell: C,
}

impl<C: Cell> EachLists for Alone<'_, C> {
    fn with<P: Lists + Default>(&mut self, name: &'static str) {
        let (group, parameters) = (self.cell.group().to_owned(), self.cell.parameters());
        self.jobs.meet(Job { group, parameters, peer: name.to_owned() }, |long| {
            let peer = P::default();
            self.cell.fill(&peer);
            self.cell.settle(&peer);
            let time = nanoseconds(long, |times| self.cell.run(&peer, times));
            // The memory goes with the process.
            std::mem::forget(peer);
            time / f64::from(u32::try_from(self.cell.operations()).unwrap_or(u32::MAX))
        });
    }
}

/// A cell of threads.
struct Together<'j, C> {
    jobs: &'j mut Jobs,
    cell: C,
}

impl<C: Shared> EachQueue for Together<'_, C> {
    fn with<P: Queues + Default>(&mut self, name: &'static str) {
        let (group, parameters) = (self.cell.group().to_owned(), self.cell.parameters());
        self.jobs.meet(Job { group, parameters, peer: name.to_owned() }, |long| {
            let peer = P::default();
            self.cell.fill(&peer);
            nanoseconds(long, |times| self.cell.run(&peer, times))
        });
    }
}

/// Nanoseconds an iteration, over runs of a tenth of the time each: in a longer one a queue between two threads could
/// grow out of the caches. The runs that find out how many iterations those are warm up.
fn nanoseconds(long: Duration, mut run: impl FnMut(u64) -> Duration) -> f64 {
    let mut times = 1_u32;
    while run(times.into()) < long / 10 {
        times *= 2;
    }
    let (mut runs, mut taken) = (0_u32, Duration::ZERO);
    while taken < long {
        taken += run(times.into());
        runs += 1;
    }
    taken.as_secs_f64() * 1e9 / f64::from(times) / f64::from(runs)
}

/// Has a process of its own measure a job.
fn in_a_fresh_process(job: &Job, milliseconds: &str) -> Result<f64, Box<dyn Error>> {
    let arguments = ["one", milliseconds, &job.group, &job.parameters, &job.peer];
    let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("{job:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Measures the jobs whose names have this text in them, in this number of processes each.
fn measure(processes: usize, milliseconds: &str, filter: &str) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let chosen =
        |job: &Job| format!("{}/{}/{}", job.group, job.peer, job.parameters).contains(filter);
    let mut jobs: Vec<Job> = Jobs::list().into_iter().filter(chosen).collect();
    let mut results = fresh_times::load()?;
    for round in 0..processes {
        for job in &jobs {
            let time = in_a_fresh_process(job, milliseconds)?;
            let cell = results.entry(job.group.clone()).or_default();
            let peers = cell.entry(job.parameters.clone()).or_default();
            let times = peers.entry(job.peer.clone()).or_default();
            if round == 0 {
                times.clear();
            }
            times.push(time);
        }
        fresh_times::save(&results)?;
        eprintln!("round {} of {processes}, {} s", round + 1, start.elapsed().as_secs());
        jobs.reverse();
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["one", milliseconds, group, parameters, peer] = *arguments {
        let [group, parameters, peer] = [group, parameters, peer].map(str::to_owned);
        let long = Duration::from_millis(milliseconds.parse()?);
        let time = Jobs::time(Job { group, parameters, peer }, long).ok_or("no such job")?;
        println!("{time}");
        return Ok(());
    }
    let processes = arguments.first().map_or(Ok(15), |text| text.parse())?;
    let milliseconds = arguments.get(1).unwrap_or(&"75");
    measure(processes, milliseconds, arguments.get(2).unwrap_or(&""))
}
