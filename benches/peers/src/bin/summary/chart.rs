//! The chart: bars of geometric means by group, on a logarithmic scale that starts where redeque is.
//!
//! Drawn by hand so that it needs nothing but a browser, with colours for light and for dark pages.

use std::fmt::Write;

use crate::results::{GROUPS, Ours, PEERS, Peer, Results, geometric_mean};

const WIDTH: f64 = 860.0;
/// Where the bars begin, and how wide a factor of ten is.
const LEFT: f64 = 250.0;
const DECADE: f64 = 175.0;
const BAR: f64 = 11.0;
const TOP: f64 = 82.0;
/// Where the scale starts and ends.
const FROM: f64 = 0.5;
const TO: f64 = 1000.0;

const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 15px; font-weight: 600; }
.value, .tick { font-size: 10px; fill: #57606a; }
.grid { stroke: #d0d7de; }
.even { stroke: #24292f; stroke-width: 1.5; }
.hand_tuned { fill: #0969da; } .hand_tuned_fast { fill: #54aeff; } .dashmap { fill: #bf8700; } .one_mutex { fill: #8250df; }
.yo_kv { fill: #1a7f37; } .redis { fill: #cf222e; } .redis_pipelines { fill: #e5534b; }
.segqueue { fill: #57606a; } .mpsc { fill: #8c959f; } .concurrent_queue { fill: #afb8c1; }
.papaya { fill: #bc4c00; } .scc { fill: #1b7c83; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.value, .tick { fill: #8b949e; }
.grid { stroke: #30363d; }
.even { stroke: #e6edf3; }
.hand_tuned { fill: #58a6ff; } .hand_tuned_fast { fill: #a5d6ff; } .dashmap { fill: #d29922; } .one_mutex { fill: #bc8cff; }
.yo_kv { fill: #3fb950; } .redis { fill: #f85149; } .redis_pipelines { fill: #ff7b72; }
.segqueue { fill: #8b949e; } .mpsc { fill: #6e7681; } .concurrent_queue { fill: #484f58; }
.papaya { fill: #f0883e; } .scc { fill: #39c5cf; }
}";

/// Where a ratio lies on the scale.
fn x(ratio: f64) -> f64 {
    LEFT + (ratio.clamp(FROM, TO) / FROM).log10() * DECADE
}

pub(crate) fn draw(results: &Results) -> String {
    let mut bars = String::new();
    let mut y = TOP;
    let all = ("all cells", results.all());
    let groups = GROUPS.iter().map(|group| (group.title, results.group(group.id)));
    for (title, cells) in std::iter::once(all).chain(groups) {
        let mean = |peer: &Peer| Some((*peer, geometric_mean(&cells, Ours::Owned, *peer)?));
        let means: Vec<(Peer, f64)> = PEERS.iter().filter_map(mean).collect();
        if means.is_empty() {
            continue;
        }
        let count = f64::from(u32::try_from(means.len()).unwrap_or(0));
        let middle = y + count * BAR / 2.0 + 4.0;
        _ = writeln!(
            bars,
            r#"<text x="{}" y="{middle}" text-anchor="end">{title}</text>"#,
            x(FROM) - 8.0
        );
        for (peer, mean) in means {
            bar(&mut bars, y, peer, mean);
            y += BAR;
        }
        y += BAR;
    }
    let height = y + 16.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"How many times as fast as its peers redeque is\">\n<style>\n{STYLE}\n</style>\n"
    );
    _ = writeln!(
        out,
        r#"<text class="title" x="8" y="22">How many times as fast redeque is (geometric means, logarithmic scale)</text>"#
    );
    legend(&mut out);
    scale(&mut out, y);
    out.push_str(&bars);
    out.push_str("</svg>\n");
    out
}

/// A bar from where both are as fast, to the right where redeque is faster, to the left where it is slower.
fn bar(out: &mut String, y: f64, peer: Peer, mean: f64) {
    let (even, end) = (x(1.0), x(mean));
    let (start, width) = (even.min(end), (even - end).abs().max(1.0));
    let digits = usize::from(mean < 10.0);
    _ = writeln!(
        out,
        r#"<rect class="{}" x="{start:.1}" y="{y}" width="{width:.1}" height="{}"/><text class="value" x="{:.1}" y="{}">{mean:.*}</text>"#,
        peer.id,
        BAR - 2.0,
        even.max(end) + 4.0,
        y + BAR - 3.0,
        digits + digits,
    );
}

/// The peers' colours and names, in as many lines as they need.
fn legend(out: &mut String) {
    let (mut left, mut y) = (8.0, 33.0);
    for peer in PEERS {
        let width = 34.0 + 7.0 * f64::from(u32::try_from(peer.name.len()).unwrap_or(0));
        if left + width > WIDTH {
            (left, y) = (8.0, y + 18.0);
        }
        _ = writeln!(
            out,
            r#"<rect class="{}" x="{left}" y="{y}" width="10" height="10"/><text x="{}" y="{}">{}</text>"#,
            peer.id,
            left + 14.0,
            y + 9.0,
            peer.name
        );
        left += width;
    }
}

fn scale(out: &mut String, bottom: f64) {
    for tick in [0.5_f64, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0] {
        let class = if (tick - 1.0).abs() < f64::EPSILON { "even" } else { "grid" };
        let at = x(tick);
        _ = writeln!(
            out,
            r#"<line class="{class}" x1="{at:.1}" x2="{at:.1}" y1="{}" y2="{bottom}"/><text class="tick" x="{at:.1}" y="{}" text-anchor="middle">{tick}</text>"#,
            TOP - 6.0,
            bottom + 12.0,
        );
    }
}
