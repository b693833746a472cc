//! What serving and leaving cost does not grow with who else waits. Each cost is compared with a like one in the same run,
//! by a bound that is far from both: it would be hundreds of times as much if it grew.

use std::time::{Duration, Instant};

use redeque::Direction::{Left, Right};
use redeque::{Error, MoveCount, MoveOrder, Reply, Store, Wait};

use crate::support::{Client, store_of};

const WAITERS: usize = 10_000;

/// How many wait in the tests of those who cannot be served yet: `REDEQUE_WAITERS` of the environment, for runs by hand.
fn many() -> usize {
    std::env::var("REDEQUE_WAITERS")
        .map_or(WAITERS, |count| count.parse().expect("a number of waiters"))
}

/// How many times as long one thing may take as another that does as much.
const BOUND: u32 = 20;

type Popping = Wait<Result<(Vec<u8>, Vec<u8>), Error>>;

fn blocked(store: &Store, keys: &[&str]) -> Vec<Client<Popping>> {
    blocked_by(|| store.blpop_async(keys))
}

fn blocked_by<T>(wait: impl Fn() -> Wait<T>) -> Vec<Client<Wait<T>>> {
    let block = |_| {
        let mut client = Client::new(wait());
        assert!(client.poll().is_pending());
        client
    };
    (0..WAITERS).map(block).collect()
}

fn time(act: impl FnOnce()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed()
}

#[track_caller]
fn is_like(what: Duration, other: Duration) {
    assert!(what < other * BOUND, "{what:?}, where the other took {other:?}");
}

fn push_to_all(store: &Store) {
    (0..WAITERS).for_each(|_| assert_eq!(store.rpush("k", "x"), Ok(1)));
}

#[test]
fn a_push_costs_what_it_serves_however_many_wait_for_several_keys() {
    let [one, several] = [&["k"][..], &["k", "other"]].map(|keys| {
        let store = store_of(64);
        let _clients = blocked(&store, keys);
        time(|| push_to_all(&store))
    });
    is_like(several, one);
}

/// Also where what they would move comes by the same key again.
#[test]
fn beginning_to_wait_costs_the_same_however_many_wait_for_a_move() {
    for destination in ["l", "k"] {
        let store = store_of(64);
        let popping = time(|| drop(blocked(&store, &["k"])));
        let moving =
            time(|| drop(blocked_by(|| store.blmove_async("k", destination, Left, Right))));
        is_like(moving, popping);
    }
}

#[test]
fn a_move_costs_what_it_serves_however_many_wait_to_move_it_back() {
    let [elsewhere, back] = ["done", "taken"].map(|destination| {
        let store = store_of(64);
        let _clients = blocked_by(|| store.blmove_async("waiting", destination, Left, Right));
        let moves = time(|| {
            for _ in 0..WAITERS {
                store.rpush("taken", "job").unwrap();
                assert!(store.lmove("taken", "waiting", Left, Right).unwrap().is_some());
            }
        });
        assert_eq!(store.llen(destination), WAITERS);
        moves
    });
    is_like(back, elsewhere);
}

/// It may add any number of elements, so it needs the locks of all whom they would be moved on to.
#[test]
fn a_transaction_costs_the_same_however_many_wait_for_a_move() {
    let store = store_of(64);
    let look = || {
        for _ in 0..WAITERS {
            assert_eq!(store.transaction(["k"], |tx| tx.llen("k")), Ok(0));
        }
    };
    let popping = {
        let _clients = blocked(&store, &["k"]);
        time(look)
    };
    let _clients = blocked_by(|| store.blmove_async("k", "l", Left, Right));
    is_like(time(look), popping);
}

#[test]
fn giving_back_costs_what_it_gives_back_however_many_waited_for_several_keys() {
    let [one, several] = [&["k"][..], &["k", "other"]].map(|keys| {
        let store = store_of(64);
        let clients = blocked(&store, keys);
        push_to_all(&store);
        let time = time(|| drop(clients));
        assert_eq!(store.llen("k"), WAITERS);
        time
    });
    is_like(several, one);
}

/// The elements stand behind another one, from which those that are left are told apart each time.
#[test]
fn giving_back_moves_costs_what_it_gives_back_however_many_were_served() {
    let [popping, moving] = [false, true].map(|moves| {
        let store = store_of(64);
        store.rpush("done", "first").unwrap();
        let popping = (!moves).then(|| blocked(&store, &["k"]));
        let moving = moves.then(|| blocked_by(|| store.blmove_async("k", "done", Left, Right)));
        push_to_all(&store);
        let time = time(|| drop((popping, moving)));
        assert_eq!((store.llen("k"), store.llen("done")), (WAITERS, 1));
        time
    });
    is_like(moving, popping);
}

#[test]
fn a_chain_of_moves_costs_what_its_moves_cost() {
    const LINKS: usize = 1000;
    let store = Store::builder().shards(4096).build().unwrap();
    let key = |link: usize| format!("link:{link}");
    let mut clients: Vec<_> = (0..LINKS)
        .map(|link| Client::new(store.blmove_async(key(link), key(link + 1), Left, Right)))
        .collect();
    for client in &mut clients {
        assert!(client.poll().is_pending());
    }
    let chain = time(|| assert_eq!(store.rpush(key(0), "x"), Ok(1)));
    assert_eq!(store.llen(key(LINKS)), 1);
    // Back to where it came from, and a look at every shard.
    let moves = time(|| {
        for link in (0..LINKS).rev() {
            assert!(store.lmove(key(link + 1), key(link), Left, Right).unwrap().is_some());
        }
        assert_eq!(store.dbsize(), 1);
    });
    is_like(chain, moves);
}

type Batching = Wait<Result<Vec<Vec<u8>>, Error>>;

/// Waits for exactly `least` elements of `k`, to be moved to that destination.
fn batch(store: &Store, destination: &str, least: usize) -> Client<Batching> {
    let exactly = MoveCount::Exactly(least);
    let wait = store.blmovem_async("k", destination, Left, Right, exactly, MoveOrder::Bulk);
    let mut client = Client::new(wait);
    assert!(client.poll().is_pending());
    client
}

/// The time that something takes on stores with ten who wait for more than there will be at `k`, and with many.
fn times_beside_few_and_many<T>(
    wait: impl Fn(&Store, usize) -> T,
    act: impl Fn(&Store),
) -> [Duration; 2] {
    [10, many()].map(|count| {
        let store = store_of(64);
        let _clients: Vec<T> = (0..count).map(|number| wait(&store, number)).collect();
        time(|| act(&store))
    })
}

const TOO_MANY: usize = 1_000_000;

fn push_often(store: &Store) {
    (1..=2000).for_each(|len| assert_eq!(store.rpush("k", "x"), Ok(len)));
}

fn push_and_pop_often(store: &Store) {
    for _ in 0..1000 {
        store.rpush_all("k", ["x", "y"]).unwrap();
        assert!(store.lpop("k").unwrap().is_some());
        assert!(store.rpop("k").unwrap().is_some());
    }
}

#[test]
fn a_push_costs_the_same_however_many_wait_for_more() {
    let [few, crowd] =
        times_beside_few_and_many(|store, _| batch(store, "d", TOO_MANY), push_often);
    is_like(crowd, few);
}

#[test]
fn a_push_costs_the_same_however_many_wait_for_more_to_move_it_to_many_destinations() {
    let wait = |store: &Store, number: usize| batch(store, &format!("d{number}"), TOO_MANY);
    let [few, crowd] = times_beside_few_and_many(wait, push_often);
    is_like(crowd, few);
}

/// The lengths that they wait for are all out of reach.
#[test]
fn a_push_costs_the_same_however_many_lengths_are_waited_for() {
    let wait = |store: &Store, number: usize| batch(store, "d", TOO_MANY + number);
    let [few, crowd] = times_beside_few_and_many(wait, push_often);
    is_like(crowd, few);
}

#[test]
fn a_pop_costs_the_same_however_many_wait_for_more() {
    for wait in [
        |store: &Store, _| batch(store, "d", TOO_MANY),
        |store: &Store, number| batch(store, &format!("d{number}"), TOO_MANY),
        |store: &Store, number| batch(store, "d", TOO_MANY + number),
    ] {
        let [few, crowd] = times_beside_few_and_many(wait, push_and_pop_often);
        is_like(crowd, few);
    }
}

#[test]
fn a_push_and_a_pop_cost_the_same_however_many_wait_for_room() {
    let wait = |store: &Store, number: usize| {
        if number == 0 {
            store.rpush_all("k", ["x"; 100]).unwrap();
        }
        let mut client = Client::new(store.brpush_bounded_async("k", 1 + number % 100, "x"));
        assert!(client.poll().is_pending());
        client
    };
    let [few, crowd] = times_beside_few_and_many(wait, push_and_pop_often);
    is_like(crowd, few);
}

#[test]
fn a_transaction_costs_the_same_however_many_wait_for_more() {
    let act = |store: &Store| {
        for _ in 0..1000 {
            let len = store.transaction(["k"], |tx| {
                tx.rpush("k", "x")?;
                tx.lpop("k")
            });
            assert_eq!(len, Ok(Some(b"x".to_vec())));
        }
    };
    let [few, crowd] = times_beside_few_and_many(|store, _| batch(store, "d", TOO_MANY), act);
    is_like(crowd, few);
}

/// It may need the locks of all destinations, and finds that out each time.
#[test]
fn a_transaction_costs_at_most_its_locks_however_many_wait_to_move_to_many_destinations() {
    let act = |store: &Store| {
        for _ in 0..200 {
            assert_eq!(store.transaction(["k"], |tx| tx.llen("k")), Ok(0));
        }
    };
    // A hundred, too, are in most shards.
    let [some, crowd] = [100, many()].map(|count| {
        let store = store_of(64);
        let _clients: Vec<_> =
            (0..count).map(|number| batch(&store, &format!("d{number}"), TOO_MANY)).collect();
        time(|| act(&store))
    });
    is_like(crowd, some);
}

/// Connections that watch a key, as those who wait for one, leave it one by one.
#[test]
fn leaving_a_watched_key_costs_the_same_however_many_watch_it() {
    let [each_its_own, all_the_same] = [true, false].map(|each_its_own| {
        let store = store_of(1);
        let watch = |number: usize| {
            let mut connection = store.connect();
            let key = if each_its_own { number.to_string() } else { "k".to_owned() };
            assert_eq!(connection.execute(["WATCH", &key]), Reply::ok());
            connection
        };
        let connections: Vec<_> = (0..2 * WAITERS).map(watch).collect();
        time(|| drop(connections))
    });
    is_like(all_the_same, each_its_own);
}
