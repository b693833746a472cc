//! One job queue, in this process at first, on a server or a cluster when it has outgrown that.
//!
//! In `examples/outgrow/`:
//!
//! ```sh
//! cargo run
//! REDIS_URL=redis://localhost cargo run
//! REDIS_URL=redis://host:7000,redis://host:7001 cargo run
//! ```
//!
//! Only `main` knows where the lists are. The rest is written against the `redis` crate, and prints the same everywhere.

use std::env;
use std::thread;

use redeque::Store;
use redis::cluster::ClusterClient;
use redis::{Client, Commands, ConnectionLike, Direction, RedisResult};

const QUEUES: [&str; 3] = ["mail", "image", "report"];

fn main() -> RedisResult<()> {
    let Ok(urls) = env::var("REDIS_URL") else {
        let store = Store::new();
        return run(|| Ok(store.connect()));
    };
    let urls: Vec<&str> = urls.split(',').collect();
    if let [url] = urls[..] {
        let server = Client::open(url)?;
        run(|| server.get_connection())
    } else {
        let cluster = ClusterClient::new(urls)?;
        run(|| cluster.get_connection())
    }
}

/// The lists of one queue. What is in braces decides on which node of a cluster a key lives, so that a job can be moved
/// from one of these lists to another by one command.
struct Queue {
    waiting: String,
    taken: String,
    done: String,
}

impl Queue {
    fn new(name: &str) -> Self {
        let key = |list| format!("outgrow:{{{name}}}:{list}");
        Self { waiting: key("waiting"), taken: key("taken"), done: key("done") }
    }

    /// Waits for a job, which is in the second list until it is done: no job is lost with its worker.
    fn take(&self, connection: &mut impl ConnectionLike) -> RedisResult<String> {
        connection.blmove(&self.waiting, &self.taken, Direction::Left, Direction::Right, 0.0)
    }

    fn finish(&self, connection: &mut impl ConnectionLike, job: &str) -> RedisResult<()> {
        let _: usize = connection.rpush(&self.done, job)?;
        connection.lrem(&self.taken, 1, job)
    }

    /// Puts the jobs of workers that died back to where they came from.
    fn recover(&self, connection: &mut impl ConnectionLike) -> RedisResult<Vec<String>> {
        let mut recovered = Vec::new();
        while let Some(job) =
            connection.lmove(&self.taken, &self.waiting, Direction::Right, Direction::Left)?
        {
            recovered.push(job);
        }
        Ok(recovered)
    }

    fn remove(&self, connection: &mut impl ConnectionLike) -> RedisResult<()> {
        connection.del(&[&self.waiting, &self.taken, &self.done])
    }
}

fn run<C: ConnectionLike>(connect: impl Fn() -> RedisResult<C> + Sync) -> RedisResult<()> {
    let mut connection = connect()?;
    for name in QUEUES {
        let queue = Queue::new(name);
        queue.remove(&mut connection)?;
        let jobs: Vec<String> = (1..=4).map(|number| format!("{name} {number}")).collect();
        let len: usize = connection.rpush(&queue.waiting, jobs)?;
        println!("{name}: {len} jobs");
    }

    let image = Queue::new("image");
    println!("a worker takes \"{}\" and dies", image.take(&mut connection)?);
    println!("recovered: {:?}", image.recover(&mut connection)?);

    // A worker for each queue, with a connection of its own. It ends with the job that says so.
    let done: Vec<RedisResult<usize>> = thread::scope(|scope| {
        let workers = QUEUES.map(|name| {
            let connect = &connect;
            scope.spawn(move || work(&mut connect()?, &Queue::new(name)))
        });
        for name in QUEUES {
            let queued: RedisResult<usize> = connection.rpush(Queue::new(name).waiting, "stop");
            if let Err(error) = queued {
                return vec![Err(error)];
            }
        }
        workers.map(|worker| worker.join().expect("a worker does not panic")).into()
    });
    for (name, done) in QUEUES.iter().zip(done) {
        println!("{name}: {} done", done?);
    }

    for name in QUEUES {
        let queue = Queue::new(name);
        let done: Vec<String> = connection.lrange(&queue.done, 0, -1)?;
        let left: (usize, usize) =
            (connection.llen(&queue.waiting)?, connection.llen(&queue.taken)?);
        println!("{name}: {}, and {left:?} left", done.join(", "));
        queue.remove(&mut connection)?;
    }
    let refused: RedisResult<()> = connection.lset(&image.done, 0, "image 0");
    if let Err(error) = refused {
        println!("{:?}: {}", error.kind(), error.detail().unwrap_or_default());
    }
    Ok(())
}

fn work(connection: &mut impl ConnectionLike, queue: &Queue) -> RedisResult<usize> {
    let mut count = 0;
    loop {
        let job = queue.take(connection)?;
        if job == "stop" {
            let _: usize = connection.lrem(&queue.taken, 1, job)?;
            return Ok(count);
        }
        queue.finish(connection, &job)?;
        count += 1;
    }
}
