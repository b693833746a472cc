//! A queue: in on the right with RPUSH, out on the left with LPOP, until there is nothing left.
//!
//! It says line by line what it did and what came back, as a program that talks to a Redis server would log it.
//!
//! ```text
//! cargo run --release --example queue
//! ```

use redeque::{Error, Store};

fn main() -> Result<(), Error> {
    let store = Store::new();

    for letter in 'F'..='J' {
        let length = store.rpush("pending", letter.to_string())?;
        println!("rpush result:{length}");
    }
    loop {
        match store.lpop("pending")? {
            Some(letter) => println!("lpop result:{}", String::from_utf8_lossy(&letter)),
            None => break println!("lpop result:nil"),
        }
    }
    println!("done");
    Ok(())
}
