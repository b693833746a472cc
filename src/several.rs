//! Several keys, elements or words in one argument, and what the compiler says to an argument that is none of these; and
//! the elements of a push as they are drawn from it.
//!
//! Each trait stands for an `IntoIterator`, and holds for all of them that have the right items. The compiler would
//! otherwise tell that `&str` is no iterator, and to call `.chars()`. With `IntoIterator` as their supertrait nobody
//! can implement them for anything else, so none of them needs to be sealed.

use smallvec::SmallVec;

use crate::list::prepared;
use crate::{Element, Error};

/// Several keys: an array, a slice, a `Vec`, an iterator, of anything that is `AsRef<[u8]>`.
///
/// It holds for every `IntoIterator` with such items, and for nothing else. A method that takes keys takes each of
/// them from the iterator before it locks anything.
///
/// ```
/// use redeque::Store;
///
/// fn any_of(store: &Store, keys: impl redeque::Keys) -> bool {
///     store.exists_all(keys) > 0
/// }
///
/// let store = Store::new();
/// store.rpush("a", "1")?;
/// assert!(any_of(&store, ["a", "b"]));
/// assert!(any_of(&store, &vec![String::from("a")]));
/// assert!(!any_of(&store, (0..3).map(|number| format!("key:{number}"))));
/// # Ok::<(), redeque::Error>(())
/// ```
///
/// One key is not several, and neither are its bytes:
///
/// ```compile_fail,E0277
/// # let store = redeque::Store::new();
/// store.blpop("key", None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of keys",
    label = "an array, a slice, a `Vec` or an iterator of keys is expected here",
    note = "for a single key, write `[key]`",
    note = "a key is anything that is `AsRef<[u8]>`, such as `&str`, `String` or `Vec<u8>`"
)]
pub trait Keys: IntoIterator<Item: AsRef<[u8]>> {}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item: AsRef<[u8]>>> Keys for I {}

/// Several elements: an array, a slice, a `Vec`, an iterator, of anything that becomes an [`Element`].
///
/// It holds for every `IntoIterator` with such items, and for nothing else. A method that takes elements takes each of
/// them from the iterator before it locks anything.
///
/// ```
/// use redeque::{Elements, Error, Store};
///
/// fn log<'e>(store: &Store, lines: impl Elements<'e>) -> Result<usize, Error> {
///     store.rpush_all("log", lines)
/// }
///
/// let store = Store::new();
/// assert_eq!(log(&store, ["a", "b"])?, 2);
/// assert_eq!(log(&store, &vec![String::from("c")])?, 3);
/// assert_eq!(log(&store, 4..7)?, 6);
/// # Ok::<(), redeque::Error>(())
/// ```
///
/// One element is not several, and neither are its bytes:
///
/// ```compile_fail,E0277
/// # let store = redeque::Store::new();
/// store.rpush_all("key", "element");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of elements",
    label = "an array, a slice, a `Vec` or an iterator of elements is expected here",
    note = "for a single element, write `[element]`, or call the method without `_all`",
    note = "an element is anything that is `Into<Element>`, such as `&str`, `Vec<u8>` or `i64`; \
            a single `u8` or `i8` is not one, since it could be a byte or a number"
)]
pub trait Elements<'e>: IntoIterator<Item: Into<Element<'e>>> {}

#[diagnostic::do_not_recommend]
impl<'e, I: IntoIterator<Item: Into<Element<'e>>>> Elements<'e> for I {}

/// The words of a command: an array, a slice, a `Vec`, an iterator, of anything that is `AsRef<[u8]>`.
///
/// It holds for every `IntoIterator` with such items, and for nothing else.
///
/// ```
/// use redeque::{Reply, Store};
///
/// let mut connection = Store::new().connect();
/// assert_eq!(connection.execute(["RPUSH", "k", "a"]), Reply::Integer(1));
/// assert_eq!(connection.execute("LLEN k".split(' ')), Reply::Integer(1));
/// ```
///
/// A line is not taken apart, since a space can be part of a word:
///
/// ```compile_fail,E0277
/// # let mut connection = redeque::Store::new().connect();
/// connection.execute("LLEN k");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of words",
    label = "an array, a slice, a `Vec` or an iterator of words is expected here",
    note = "write each word by itself, as in `[\"LPUSH\", \"key\", \"element\"]`",
    note = "a word is anything that is `AsRef<[u8]>`, such as `&str`, `String` or `Vec<u8>`"
)]
pub trait Words: IntoIterator<Item: AsRef<[u8]>> {}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item: AsRef<[u8]>>> Words for I {}

/// The keys of a command, drawn from the caller's iterator before any lock.
pub(crate) fn drawn<K: Keys>(keys: K) -> SmallVec<[K::Item; 2]> {
    let mut drawn = SmallVec::new();
    // One by one, which is quicker for the one or two that there are.
    keys.into_iter().for_each(|key| drawn.push(key));
    drawn
}

/// The elements of a push, of which the long ones have a buffer of their own.
pub(crate) type Prepared<'e> = SmallVec<[Element<'e>; 4]>;

/// The elements of a push by `command`, drawn from the caller's iterator before any lock.
pub(crate) fn elements_of<'e>(
    command: &'static str,
    elements: impl Elements<'e>,
) -> Result<Prepared<'e>, Error> {
    let elements: Prepared<'_> =
        elements.into_iter().map(|element| prepared(element.into())).collect();
    if elements.is_empty() { Err(Error::WrongArity(command)) } else { Ok(elements) }
}
