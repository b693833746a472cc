//! What the compiler may assume of each public type. A private field can take any of it away without a word.

use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

use redeque::command::CommandSpec;
use redeque::{
    BuildError, Builder, Connection, Direction, Element, Error, Execute, ImportError, LposOptions,
    Protocol, Reply, ReplyError, ScanOptions, Store, Transaction, Wait,
};

fn is_plain<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

#[test]
fn a_type_may_go_anywhere_unless_it_holds_a_lock() {
    is_plain::<Store>();
    is_plain::<Builder>();
    is_plain::<BuildError>();
    is_plain::<Connection>();
    is_plain::<Execute<'_>>();
    is_plain::<Wait<Result<(Vec<u8>, Vec<u8>), Error>>>();
    is_plain::<Element<'_>>();
    is_plain::<Direction>();
    is_plain::<Error>();
    is_plain::<LposOptions>();
    is_plain::<Protocol>();
    is_plain::<Reply>();
    is_plain::<ReplyError>();
    is_plain::<ScanOptions>();
    is_plain::<CommandSpec>();
}

#[test]
#[cfg(feature = "model")]
fn so_may_the_types_of_the_model() {
    use redeque::model::{Batch, ByteString, Model, Operation, Outcome};

    is_plain::<Batch>();
    is_plain::<ByteString>();
    is_plain::<Model>();
    is_plain::<Operation>();
    is_plain::<Outcome>();
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
    assert_eq!(auto_traits!(Transaction<'static>), ["Unpin"]);
}

/// It holds an `io::Error`, in which there may be anything that is an error.
#[test]
fn an_import_error_may_go_anywhere_but_out_of_a_panic() {
    assert_eq!(auto_traits!(ImportError), ["Send", "Sync", "Unpin"]);
}
