//! The `redis` crate's commands on a store, and with the feature `tasks` also the asynchronous ones.

use redeque::Store;
use redis::{Commands, ConnectionLike, RedisResult, TypedCommands};

fn main() -> RedisResult<()> {
    let store = Store::new();
    work(&mut store.connect())?;
    #[cfg(feature = "tasks")]
    tasks::work(redeque::redis::AsyncConnection::new(store.connect()))?;
    Ok(())
}

fn work<C: ConnectionLike>(connection: &mut C) -> RedisResult<()> {
    assert_eq!(TypedCommands::rpush(connection, "k", &["a", "b", "c"])?, 3);
    let popped: Option<String> = Commands::lpop(connection, "k", None)?;
    assert_eq!(popped.as_deref(), Some("a"));

    let mut pipeline = redis::pipe();
    pipeline.atomic().rpush("k", "d").ignore().lrange("k", 0, -1);
    let (left,): (Vec<String>,) = pipeline.query(connection)?;
    assert_eq!(left, ["b", "c", "d"]);

    let (len,): (usize,) = redis::transaction(connection, &["k"], |connection, pipeline| {
        let first: String = Commands::lindex(connection, "k", 0)?;
        pipeline.rpush("k", first).query(connection)
    })?;
    assert_eq!(len, 4);

    let keys = Commands::scan(connection)?.collect::<RedisResult<Vec<String>>>()?;
    assert_eq!(keys, ["k"]);
    assert_eq!(TypedCommands::del(connection, "k")?, 1);
    Ok(())
}

#[cfg(feature = "tasks")]
mod tasks {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use redeque::redis::AsyncConnection;
    use redis::{AsyncCommands, RedisResult};

    /// Nothing here has to wait, so no runtime is needed.
    pub(crate) fn work(mut connection: AsyncConnection) -> RedisResult<()> {
        let working = pin!(async move {
            let len: usize = connection.rpush("k", "a").await?;
            let popped: Option<(String, String)> = connection.blpop("k", 1.0).await?;
            assert_eq!((len, popped), (1, Some(("k".into(), "a".into()))));
            Ok(())
        });
        match working.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("there was something to wait for"),
        }
    }
}
