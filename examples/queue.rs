//! A queue: in on the right with RPUSH, out on the left with LPOP, until there is nothing left.
//!
//! It prints each reply on a line of its own, as a program that talks to a Redis server would log them.
//!
//! ```text
//! cargo run --release --example queue
//! ```

use redeque::{Error, Store};

fn main() -> Result<(), Error> {
    let store = Store::new();

    for letter in 'F'..='J' {
        let length = store.rpush("pending", letter.to_string())?;
        println!("{length}");
    }
    while let Some(letter) = store.lpop("pending")? {
        println!("{}", String::from_utf8_lossy(&letter));
    }
    println!("done");
    Ok(())
}
