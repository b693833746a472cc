//! From what criterion and `fresh` wrote to the tables of `benches/README.md` and the chart `benches/peers.svg`.
//!
//! The tables go between the marks in the README, with what was measured and by which compiler; everything else in it
//! stays. Each figure says how many times as fast redeque is: the time of the peer over the time of redeque for the same
//! cell. A cell's time is the median of its fresh processes; of a cell of criterion's that of its fastest sample, or with
//! the argument `median` the median.

mod bars;
mod chart;
mod results;
mod tables;
mod versions;

use std::error::Error;
use std::fs;
use std::path::Path;

use redeque_peers::fresh_times::{self, target_directory};

use self::results::{Estimate, Results};

const BEGIN: &str = "<!-- begin: written by summary -->\n";
const END: &str = "<!-- end: written by summary -->\n";

fn main() -> Result<(), Box<dyn Error>> {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let benches = crate_root.parent().ok_or("the crate lies in a directory")?;
    let estimate = match std::env::args().nth(1).as_deref() {
        None => Estimate::Fastest,
        Some("median") => Estimate::Median,
        Some(other) => return Err(format!("no such estimate: {other}").into()),
    };
    let fresh = fresh_times::load()?;
    let results = Results::read(&target_directory().join("criterion"), estimate, &fresh)?;
    fs::write(benches.join("peers.svg"), chart::draw(&results))?;

    let readme = benches.join("README.md");
    let text = fs::read_to_string(&readme)?;
    let (head, rest) = text.split_once(BEGIN).ok_or("the README has no mark to begin at")?;
    let (_, tail) = rest.split_once(END).ok_or("the README has no mark to end at")?;
    let versions = versions::sentence(crate_root)?;
    let (bars, tables) = (bars::write(&results), tables::write(&results));
    fs::write(readme, format!("{head}{BEGIN}\n{versions}\n\n{bars}\n{tables}\n{END}{tail}"))?;
    Ok(())
}
