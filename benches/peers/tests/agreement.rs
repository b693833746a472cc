//! Every peer is the same lists as Redis's: otherwise the measurements would compare different work.

use redeque_peers::{
    Buffers, EachLists, EachQueue, Lists, Queues, RedisServer, each_lists, each_queue,
};

fn agrees(peer: &impl Lists) {
    for element in [b"a", b"b", b"c"] {
        peer.rpush(b"k", element);
    }
    peer.rpush_all(b"k", &[b"a", b"d"]);
    assert_eq!(peer.lrange(b"k", 1, 3), [b"b", b"c", b"a"]);
    assert_eq!(peer.lindex(b"k", 4).as_deref(), Some(&b"d"[..]));
    assert_eq!(peer.lindex(b"k", 5), None);
    assert_eq!(peer.lpos(b"k", b"c"), Some(2));
    assert_eq!(peer.lpos(b"k", b"x"), None);
    assert!(peer.linsert_before(b"k", b"d", b"x"));
    assert!(!peer.linsert_before(b"k", b"missing", b"x"));
    assert_eq!(peer.lrem(b"k", b"a"), 2);
    assert_eq!(peer.key_count(), 1);
    for element in [b"b", b"c", b"x", b"d"] {
        assert_eq!(peer.lpop(b"k").as_ref().map(AsRef::as_ref), Some(&element[..]));
    }
    assert!(peer.lpop(b"k").is_none());
    assert_eq!(peer.key_count(), 0, "an emptied list keeps its key");
    assert_eq!(peer.lrange(b"k", 0, 9), Vec::<Vec<u8>>::new());
}

/// What is popped and read takes away as much as what is popped and returned.
fn consumes(peer: &impl Lists) {
    let mut buffers = Buffers::default();
    peer.rpush_all(b"k", &[b"a", b"b", b"c", b"d", b"e"]);
    let popped = peer.lpop_count(b"k", 2);
    assert!(popped.iter().map(AsRef::as_ref).eq([b"a", b"b"]));
    assert!(peer.consume(b"k", &mut buffers));
    assert_eq!(peer.read_range(b"k", 0, 1, &mut buffers), 2);
    assert_eq!(peer.lrange(b"k", 0, 1), [b"d", b"e"]);
    assert_eq!(peer.consume_count(b"k", 9, &mut buffers), 2);
    assert_eq!(peer.key_count(), 0, "an emptied list keeps its key");
    assert!(!peer.consume(b"k", &mut buffers));
}

struct EachAgrees(Vec<&'static str>);

impl EachLists for EachAgrees {
    fn with<P: Lists + Default>(&mut self, name: &'static str) {
        agrees(&P::default());
        consumes(&P::default());
        self.0.push(name);
    }
}

#[test]
fn every_peer_in_this_process_does_the_same() {
    let mut each = EachAgrees(Vec::new());
    each_lists(&mut each);
    assert_eq!(each.0[..3], ["redeque", "redeque_into", "hand_tuned"]);
}

struct EachKeepsOrder(Vec<&'static str>);

impl EachQueue for EachKeepsOrder {
    fn with<P: Queues + Default>(&mut self, name: &'static str) {
        let (peer, mut buffers) = (P::default(), Buffers::default());
        for element in [b"a", b"b", b"c"] {
            peer.rpush(b"k", element);
        }
        assert_eq!(peer.lpop(b"k").as_ref().map(AsRef::as_ref), Some(&b"a"[..]), "{name}");
        assert!(peer.consume(b"k", &mut buffers), "{name}");
        assert_eq!(peer.lpop(b"k").as_ref().map(AsRef::as_ref), Some(&b"c"[..]), "{name}");
        assert!(!peer.consume(b"k", &mut buffers), "{name}");
        self.0.push(name);
    }
}

#[test]
fn every_hot_queue_keeps_its_order() {
    let mut each = EachKeepsOrder(Vec::new());
    each_queue(1, &mut each);
    assert_eq!(each.0[each.0.len() - 3..], ["segqueue", "concurrent_queue", "mpsc"]);
}

/// How many threads there are, and how many pairs of push and pop each makes, on one key that is empty most of the time.
const THREADS: usize = 4;
const PAIRS: usize = 5000;

struct EachLosesNothing;

impl EachLists for EachLosesNothing {
    fn with<P: Lists + Default>(&mut self, name: &'static str) {
        let peer = P::default();
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..PAIRS {
                        peer.rpush(b"k", b"element");
                        assert!(peer.lpop(b"k").is_some(), "{name} lost an element");
                    }
                });
            }
        });
        assert_eq!(peer.key_count(), 0, "{name}");
    }
}

/// Those whose maps lock no list have to keep a push from a list that a pop is about to remove.
#[test]
fn a_list_that_is_emptied_while_others_push_loses_nothing() {
    each_lists(&mut EachLosesNothing);
}

#[test]
#[ignore = "needs redis-server"]
fn a_server_does_the_same() {
    let server = RedisServer::start().expect("a redis-server on the PATH");
    agrees(&server.lists());
    consumes(&server.lists());
}
