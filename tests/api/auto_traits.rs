//! What the compiler may assume of each public type. A private field can take any of it away without a word.

use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

fn is_plain<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

#[test]
fn a_type_may_go_anywhere_unless_it_holds_a_lock() {
    is_plain::<redeque::Store>();
    is_plain::<redeque::Builder>();
    is_plain::<redeque::BuildError>();
    is_plain::<redeque::Connection>();
    is_plain::<redeque::Execute<'_>>();
    is_plain::<redeque::Wait<Result<(Vec<u8>, Vec<u8>), redeque::Error>>>();
    is_plain::<redeque::Element<'_>>();
    is_plain::<redeque::ElementBuf>();
    is_plain::<redeque::ElementBufIter<'_>>();
    is_plain::<redeque::Direction>();
    is_plain::<redeque::Error>();
    is_plain::<redeque::Clock>();
    is_plain::<redeque::ExpireOptions>();
    is_plain::<redeque::ExpireTime>();
    is_plain::<redeque::LposOptions>();
    is_plain::<redeque::ManualClock>();
    is_plain::<redeque::MoveCount>();
    is_plain::<redeque::MoveOrder>();
    is_plain::<redeque::Protocol>();
    is_plain::<redeque::Reply>();
    is_plain::<redeque::ReplyError>();
    is_plain::<redeque::ScanOptions>();
    is_plain::<redeque::Stats>();
    is_plain::<redeque::Ttl>();
    is_plain::<redeque::command::CommandSpec>();
}

#[test]
#[cfg(feature = "durable")]
fn so_may_the_types_of_a_log() {
    is_plain::<redeque::Cut>();
    is_plain::<redeque::Fsync>();
    is_plain::<redeque::LogFailure>();
    is_plain::<redeque::LogOptions>();
    is_plain::<redeque::Recovery>();
    is_plain::<redeque::SyncLog>();
}

#[test]
#[cfg(feature = "model")]
fn so_may_the_types_of_the_model() {
    is_plain::<redeque::model::Batch>();
    is_plain::<redeque::model::ByteString>();
    is_plain::<redeque::model::ExpireCondition>();
    is_plain::<redeque::model::Model>();
    is_plain::<redeque::model::Operation>();
    is_plain::<redeque::model::Outcome>();
}

#[test]
#[cfg(feature = "redis-async")]
fn so_may_a_shared_connection() {
    is_plain::<redeque::redis::AsyncConnection>();
}

/// Which of the five a type has. The inherent constant is preferred to that of the trait where its bound holds.
macro_rules! auto_traits {
    ($type:ty) => {
        auto_traits!($type: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe)
    };
    ($type:ty: $($trait:ident),*) => {{
        #[allow(dead_code, reason = "where the type has them all")]
        trait Lacks {
            const NAME: &str = "";
        }
        impl<T> Lacks for T {}
        let mut names = Vec::new();
        $({
            struct Probe<T>(PhantomData<T>);
            #[allow(dead_code, reason = "where the bound does not hold")]
            impl<T: $trait> Probe<T> {
                const NAME: &str = stringify!($trait);
            }
            names.push(<Probe<$type>>::NAME);
        })*
        names.retain(|name| !name.is_empty());
        names
    }};
}

#[test]
fn the_macro_sees_what_is_there() {
    assert_eq!(auto_traits!(String), ["Send", "Sync", "Unpin", "UnwindSafe", "RefUnwindSafe"]);
    assert_eq!(auto_traits!(std::cell::Cell<u8>), ["Send", "Unpin", "UnwindSafe"]);
    assert_eq!(auto_traits!(std::rc::Rc<u8>), ["Unpin", "UnwindSafe", "RefUnwindSafe"]);
}

/// A lock is given up by the thread that took it. And what a closure has done stays done when it panics: what that
/// means is for the caller to judge.
#[test]
fn a_transaction_stays_in_its_closure() {
    assert_eq!(auto_traits!(redeque::Transaction<'static>), ["Unpin"]);
}

/// It holds an `io::Error`, in which there may be anything that is an error.
#[test]
fn an_import_error_may_go_anywhere_but_out_of_a_panic() {
    assert_eq!(auto_traits!(redeque::ImportError), ["Send", "Sync", "Unpin"]);
}

/// As that one does.
#[test]
#[cfg(feature = "durable")]
fn an_error_of_opening_may_go_anywhere_but_out_of_a_panic() {
    assert_eq!(auto_traits!(redeque::OpenError), ["Send", "Sync", "Unpin"]);
}

/// The path of each public type, from the snapshot that `.ci/public_api` holds to the code.
fn public_types() -> impl Iterator<Item = &'static str> {
    include_str!("public_api.txt").lines().filter_map(|line| {
        let line = line.strip_prefix("#[non_exhaustive] ").unwrap_or(line);
        let kinds = ["pub struct ", "pub enum ", "pub union "];
        let item = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
        item.split(['<', '(']).next()
    })
}

/// Whether this file asks the compiler about the type of that path.
fn is_asked_about(path: &str) -> bool {
    let questions = [format!("is_plain::<{path}"), format!("auto_traits!({path}")];
    questions.iter().any(|question| {
        let mut rests = include_str!("auto_traits.rs").split(question.as_str()).skip(1);
        rests.any(|rest| rest.starts_with(['<', '>', ')']))
    })
}

#[test]
fn no_public_type_is_forgotten() {
    assert!(public_types().any(|path| path == "redeque::Store"));
    assert!(public_types().any(|path| path == "redeque::Reply"));
    assert!(!is_asked_about("redeque::St"));
    let forgotten: Vec<_> = public_types().filter(|path| !is_asked_about(path)).collect();
    assert_eq!(forgotten, [""; 0], "say in this file which auto traits they have");
}
