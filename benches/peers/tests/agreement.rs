//! Every peer is the same lists as Redis's: otherwise the measurements would compare different work.

use redeque_peers::{
    DashMapOfDeques, HandTuned, HandTunedFast, Lists, OneMutex, Redeque, RedisServer, YoStripes,
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

#[test]
fn every_peer_in_this_process_does_the_same() {
    agrees(&Redeque::default());
    agrees(&DashMapOfDeques::default());
    agrees(&OneMutex::default());
    agrees(&HandTuned::default());
    agrees(&HandTunedFast::default());
    agrees(&YoStripes::default());
}

#[test]
#[ignore = "needs redis-server"]
fn a_server_does_the_same() {
    let server = RedisServer::start().expect("a redis-server on the PATH");
    agrees(&server.lists());
}
