//! From what criterion wrote to the tables of `benches/README.md` and the chart `benches/peers.svg`.
//!
//! The tables go between the marks in the README; everything else in it stays. Each figure says how many times as
//! fast redeque is: the time of the peer over the time of redeque for the same cell, from one run.

mod chart;
mod results;
mod tables;

use std::error::Error;
use std::fs;
use std::path::Path;

use self::results::Results;

const BEGIN: &str = "<!-- begin: written by summary -->\n";
const END: &str = "<!-- end: written by summary -->\n";

fn main() -> Result<(), Box<dyn Error>> {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let benches = crate_root.parent().ok_or("the crate lies in a directory")?;
    let results = Results::read(&crate_root.join("target/criterion"))?;
    fs::write(benches.join("peers.svg"), chart::draw(&results))?;

    let readme = benches.join("README.md");
    let text = fs::read_to_string(&readme)?;
    let (head, rest) = text.split_once(BEGIN).ok_or("the README has no mark to begin at")?;
    let (_, tail) = rest.split_once(END).ok_or("the README has no mark to end at")?;
    fs::write(readme, format!("{head}{BEGIN}\n{}\n{END}{tail}", tables::write(&results)))?;
    Ok(())
}
