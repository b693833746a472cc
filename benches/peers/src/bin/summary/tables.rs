//! The tables in markdown.

use std::fmt::Write;

use crate::results::{Cell, GROUPS, Ours, PEERS, Peer, Results, geometric_mean, worst};

/// Below this ratio redeque counts as the slower one.
const LOST: f64 = 0.995;

pub(crate) fn write(results: &Results) -> String {
    let mut out = String::new();
    means(&mut out, results);
    for group in &GROUPS {
        let cells = results.group(group.id);
        if !cells.is_empty() {
            let title = group.title;
            _ = writeln!(out, "\n### {}{}\n", title[..1].to_uppercase(), &title[1..]);
            cells_of(&mut out, &cells);
        }
    }
    threads(&mut out, results);
    middle(&mut out, results);
    out
}

/// The one absolute time that a bar was set for.
fn middle(out: &mut String, results: &Results) {
    let lindex = |cell: &&Cell| cell.parameters.starts_with("LINDEX");
    for cell in results.group("on_one_list").into_iter().filter(lindex) {
        let time = cell.times.get("redeque").copied().unwrap_or(f64::NAN);
        _ = writeln!(out, "\n{}: redeque takes {time:.0} ns.", cell.parameters);
    }
}

/// A ratio, marked where redeque is the slower one.
fn ratio(ratio: f64) -> String {
    match ratio {
        ..LOST => format!("**{ratio:.2}** ◂"),
        ..10.0 => format!("{ratio:.2}"),
        ..100.0 => format!("{ratio:.1}"),
        _ => format!("{ratio:.0}"),
    }
}

pub(crate) fn row(out: &mut String, name: &str, ratios: impl Iterator<Item = Option<f64>>) {
    let columns: Vec<String> = ratios.map(|value| value.map(ratio).unwrap_or_default()).collect();
    _ = writeln!(out, "| {name} | {} |", columns.join(" | "));
}

pub(crate) fn head(out: &mut String, first: &str, peers: &[Peer]) {
    let names: Vec<_> = peers.iter().map(|peer| peer.name).collect();
    _ = writeln!(out, "| {first} | {} |", names.join(" | "));
    _ = writeln!(out, "| --- |{}", " ---: |".repeat(names.len()));
}

fn means(out: &mut String, results: &Results) {
    out.push_str("### Geometric means\n\n");
    head(out, "redeque is this many times as fast as", &PEERS);
    for group in &GROUPS {
        let cells = results.group(group.id);
        row(out, group.title, PEERS.iter().map(|peer| geometric_mean(&cells, Ours::Owned, *peer)));
    }
    let all = results.all();
    row(out, "**all cells**", PEERS.iter().map(|peer| geometric_mean(&all, Ours::Owned, *peer)));
    let counts: Vec<_> = PEERS
        .iter()
        .map(|peer| {
            let ratios: Vec<_> =
                all.iter().filter_map(|cell| cell.ratio(Ours::Owned, *peer)).collect();
            let lost = ratios.iter().filter(|ratio| **ratio < LOST).count();
            format!("{lost} of {}", ratios.len())
        })
        .collect();
    _ = writeln!(out, "| cells where redeque is slower | {} |", counts.join(" | "));
    row(out, "the worst cell", PEERS.iter().map(|peer| worst(&all, Ours::Owned, *peer)));
}

/// Each cell of a group, beside the peers that took part in it, and redeque's own time.
fn cells_of(out: &mut String, cells: &[&Cell]) {
    let took_part = |peer: &&Peer| cells.iter().any(|cell| cell.times.contains_key(peer.id));
    let peers: Vec<Peer> = PEERS.iter().filter(took_part).copied().collect();
    head(out, "", &peers);
    for cell in cells {
        let fresh = if cell.processes.is_some() { " †" } else { "" };
        let name = format!("{}{fresh}", cell.parameters);
        row(out, &name, peers.iter().map(|peer| cell.ratio(Ours::Owned, *peer)));
    }
}

/// How much more two threads get done than one, on spread keys.
fn threads(out: &mut String, results: &Results) {
    let (one, two) = (results.group("spread_1_thread"), results.group("spread_2_threads"));
    if one.is_empty() {
        return;
    }
    let peers = ["redeque", "hand_tuned", "dashmap", "one_mutex", "yo_kv", "papaya", "scc"];
    out.push_str("\n### Two threads on spread keys over one thread\n\n");
    _ = writeln!(out, "| throughput, times that of one thread | {} |", peers.join(" | "));
    _ = writeln!(out, "| --- |{}", " ---: |".repeat(peers.len()));
    for (one, two) in one.iter().zip(two) {
        let gain =
            |peer: &&str| Some(format!("{:.2}", one.times.get(*peer)? / two.times.get(*peer)?));
        let gains: Vec<_> = peers.iter().map(|peer| gain(peer).unwrap_or_default()).collect();
        _ = writeln!(out, "| {} | {} |", one.parameters, gains.join(" | "));
    }
}
