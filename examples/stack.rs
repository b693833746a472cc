//! A stack: in on the left with LPUSH, and out there again with LPOP, the last one first.
//!
//! It prints each reply on a line of its own; after the last element that is `nil`.
//!
//! ```text
//! cargo run --release --example stack
//! ```

use redeque::{Error, Store};

fn main() -> Result<(), Error> {
    let store = Store::new();

    let length = store.lpush_all("letters", ["A", "B", "C"])?;
    println!("{length}");
    loop {
        match store.lpop("letters")? {
            Some(letter) => println!("{}", String::from_utf8_lossy(&letter)),
            None => break println!("nil"),
        }
    }
    Ok(())
}
