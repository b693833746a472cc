//! `instructions` prints the operations that there are; `instructions <operation> <times>` does one that many times.
//!
//! Two runs that differ only in how often tell what one time costs, without what comes before and after. One thread does
//! everything, and what an operation adds it takes away again, so that the last time costs what the first does.

mod operations;

use redeque::Store;

use self::operations::OPERATIONS;

/// The default of a small machine, whatever this one is.
const SHARDS: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = &*arguments else {
        for (name, _) in OPERATIONS {
            println!("{name}");
        }
        return Ok(());
    };
    let known = OPERATIONS.iter().find(|(known, _)| known == name);
    let (_, operation) = known.ok_or_else(|| format!("no such operation: {name}"))?;
    let store = Store::builder().shards(SHARDS).build()?;
    operation(&store, times.parse()?);
    Ok(())
}
