//! The few figures that goals are set for, in one table.

use crate::results::{Cell, Ours, PEERS, Peer, Results, geometric_mean, worst};
use crate::tables::{head, row};

/// How the ratios of several cells become one.
type Fold = fn(&[&Cell], Ours, Peer) -> Option<f64>;

/// One line: what is measured, at which cells, by which of redeque's methods, and how the cells become one figure.
struct Bar<'r> {
    name: &'static str,
    cells: Vec<&'r Cell>,
    ours: Ours,
    fold: Fold,
}

pub(crate) fn write(results: &Results) -> String {
    let peers: Vec<Peer> = PEERS.into_iter().filter(|peer| !peer.id.starts_with("redis")).collect();
    let mut out = "### What matters most\n\n".to_owned();
    head(&mut out, "redeque is this many times as fast as", &peers);
    for bar in bars(results) {
        let figure = |peer: &Peer| (bar.fold)(&bar.cells, bar.ours, *peer);
        row(&mut out, bar.name, peers.iter().map(figure));
    }
    out
}

fn bars(results: &Results) -> Vec<Bar<'_>> {
    let mut bars = of_pairs(results);
    bars.extend(of_threads(results));
    bars.extend(of_batches(results));
    bars
}

fn of_pairs(results: &Results) -> Vec<Bar<'_>> {
    let pairs = || [results.group("pairs_depth_0"), results.group("pairs_depth_50")].concat();
    let few = |cell: &&Cell| {
        ["1 keys, ", "1000 keys, "].iter().any(|keys| cell.parameters.starts_with(keys))
    };
    let in_cache = || pairs().into_iter().filter(few).collect();
    let bar = |name, cells, ours, fold| Bar { name, cells, ours, fold };
    vec![
        bar("all cells", results.all(), Ours::Owned, geometric_mean),
        bar("pairs", pairs(), Ours::Owned, geometric_mean),
        bar("pairs by `lpop_into`", pairs(), Ours::Into, geometric_mean),
        bar("the worst pairs of 1 and 1,000 keys", in_cache(), Ours::Owned, worst),
        bar("the same by `lpop_into`", in_cache(), Ours::Into, worst),
    ]
}

fn of_threads(results: &Results) -> Vec<Bar<'_>> {
    let hot = |start: &str| {
        let mut cells = results.group("hot_2_threads");
        cells.retain(|cell| cell.parameters.starts_with(start));
        cells
    };
    let bar = |name, cells, fold| Bar { name, cells, ours: Ours::Owned, fold };
    vec![
        bar("two threads, spread keys", results.group("spread_2_threads"), geometric_mean),
        bar("two threads, one hot key, pairs of 16 bytes", hot("pairs, 16 bytes"), geometric_mean),
        bar("two threads, one hot key, pairs", hot("pairs, "), geometric_mean),
        bar("one pushes, one pops: the worst", hot("one pushes, "), worst),
    ]
}

fn of_batches(results: &Results) -> Vec<Bar<'_>> {
    let cells = |start: &str| {
        let mut cells = results.group("on_one_list");
        cells.retain(|cell| cell.parameters.starts_with(start));
        cells
    };
    let (range, batch, push) = ("LRANGE of 100 ", "RPUSH of 100 and LPOP", "RPUSH of 100 in");
    let bar = |name, start, ours| Bar { name, cells: cells(start), ours, fold: worst };
    vec![
        bar("LRANGE of 100: the worst of 16 and 100 bytes", range, Ours::Owned),
        bar("the same by `lrange_into`", range, Ours::Into),
        bar("RPUSH and LPOP of 100: the worst of 16 and 100 bytes", batch, Ours::Owned),
        bar("the same by `lpop_count_into`", batch, Ours::Into),
        bar("RPUSH of 100: the worst of 16 and 100 bytes", push, Ours::Owned),
    ]
}
