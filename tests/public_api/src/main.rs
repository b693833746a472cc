//! Prints the public API that a file of rustdoc's JSON tells of, an item a line. What every type has, such as
//! `From<T> for T`, is left out, and so are auto traits, which `tests/api/auto_traits.rs` holds.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: redeque-public-api <rustdoc's JSON>")?;
    let api = public_api::Builder::from_rustdoc_json(path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()?;
    print!("{api}");
    Ok(())
}
