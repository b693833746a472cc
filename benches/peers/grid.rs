//! The grid: every cell, for every peer, in one run.
//!
//! A cell is a workload that is the same for all. Within it the peers are measured one after the other, so that what
//! else the machine does hits neighbours alike. Each iteration's throughput says how many operations it was, which is
//! what makes different counts comparable.

#[path = "grid/cells.rs"]
mod cells;
#[path = "grid/threads.rs"]
mod threads;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main,
};
use redeque_peers::{
    DashMapOfDeques, HandTuned, HandTunedFast, Lists, OneMutex, Redeque, RedisServer, YoStripes,
};

use self::cells::{Cell, Drain, Lindex, Lpos, Lrange, Lrem, Pairs, RpushMany};

type Group<'c> = BenchmarkGroup<'c, WallTime>;

/// Measures one peer at one cell. The peer is made and filled only if the cell is among those asked for.
fn measure<P: Lists>(group: &mut Group<'_>, name: &str, cell: &impl Cell, make: impl Fn() -> P) {
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(cell.operations()));
    let mut filled = None;
    group.bench_function(BenchmarkId::new(name, cell.parameters()), |bencher| {
        let peer = filled.get_or_insert_with(|| {
            let peer = make();
            cell.fill(&peer);
            peer
        });
        bencher.iter_custom(|times| cell.run(peer, times));
    });
}

/// Measures Redis with pipelines of 64 commands.
fn measure_pipelines(group: &mut Group<'_>, cell: &impl Cell, server: &RedisServer) {
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(cell.operations()));
    let mut filled = None;
    group.bench_function(BenchmarkId::new("redis_pipelines", cell.parameters()), |bencher| {
        let lists = filled.get_or_insert_with(|| {
            let lists = server.lists();
            cell.fill(&lists);
            lists
        });
        bencher.iter_custom(|times| cells::run_in_pipelines(cell, lists, times));
    });
}

fn measure_in_process(group: &mut Group<'_>, cell: &impl Cell) {
    measure(group, "redeque", cell, Redeque::default);
    measure(group, "hand_tuned", cell, HandTuned::default);
    measure(group, "hand_tuned_fast", cell, HandTunedFast::default);
    measure(group, "dashmap", cell, DashMapOfDeques::default);
    measure(group, "one_mutex", cell, OneMutex::default);
    measure(group, "yo_kv", cell, YoStripes::default);
}

fn measure_redis(group: &mut Group<'_>, cell: &impl Cell, server: Option<&RedisServer>) {
    if let Some(server) = server {
        measure(group, "redis", cell, || server.lists());
        measure_pipelines(group, cell, server);
    }
}

fn grid(criterion: &mut Criterion) {
    let server = RedisServer::start();
    let server = server.as_ref();
    for depth in [0, 50] {
        let mut group = criterion.benchmark_group(format!("pairs_depth_{depth}"));
        for keys in [1, 1000, 100_000] {
            for size in [16, 100, 1000] {
                let cell = Pairs::new(keys, depth, size);
                measure_in_process(&mut group, &cell);
                measure_redis(&mut group, &cell, server);
            }
        }
        group.finish();
    }

    let mut group = criterion.benchmark_group("fill_and_drain");
    group.sample_size(10);
    for size in [16, 100] {
        measure_in_process(&mut group, &Drain { count: 2_000_000, size });
        // What one element costs a server does not depend on the length, and 2,000,000 round trips take a minute.
        measure_redis(&mut group, &Drain { count: 20_000, size }, server);
    }
    group.finish();

    let mut group = criterion.benchmark_group("on_one_list");
    for size in [16, 100] {
        measure_everywhere(&mut group, &Lrange { size }, server);
        measure_everywhere(&mut group, &Lindex { size }, server);
        measure_everywhere(&mut group, &Lpos { size }, server);
        measure_everywhere(&mut group, &Lrem { size }, server);
        measure_everywhere(&mut group, &RpushMany { size }, server);
    }
    group.finish();

    threads::spread(criterion);
    threads::hot(criterion);
}

fn measure_everywhere(group: &mut Group<'_>, cell: &impl Cell, server: Option<&RedisServer>) {
    measure_in_process(group, cell);
    measure_redis(group, cell, server);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(40)
        .nresamples(1000)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600));
    targets = grid
}
criterion_main!(benches);
