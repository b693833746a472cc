//! All peers in this process, each under its name in the results.

use crate::{
    Concurrent, DashMapOfDeques, HandTuned, HandTunedFast, Lists, Mpsc, OneMutex, PapayaOfDeques,
    Queues, Redeque, RedequeInto, SccOfDeques, Seg, YoStripes,
};

/// What is to be done with each peer that has lists.
pub trait EachLists {
    fn with<P: Lists + Default>(&mut self, name: &'static str);
}

/// What is to be done with each peer that has queues.
pub trait EachQueue {
    fn with<P: Queues + Default>(&mut self, name: &'static str);
}

pub fn each_lists(each: &mut impl EachLists) {
    each.with::<Redeque>("redeque");
    each.with::<RedequeInto>("redeque_into");
    each.with::<HandTuned>("hand_tuned");
    each.with::<HandTunedFast>("hand_tuned_fast");
    each.with::<DashMapOfDeques>("dashmap");
    each.with::<OneMutex>("one_mutex");
    each.with::<YoStripes>("yo_kv");
    each.with::<PapayaOfDeques>("papaya");
    each.with::<SccOfDeques>("scc");
}

/// Those that know no keys come after those with lists, and only where there is one queue.
pub fn each_queue(queues: usize, each: &mut impl EachQueue) {
    each_lists(&mut AsQueue(each));
    if queues == 1 {
        each.with::<Seg>("segqueue");
        each.with::<Concurrent>("concurrent_queue");
        each.with::<Mpsc>("mpsc");
    }
}

struct AsQueue<'e, E>(&'e mut E);

impl<E: EachQueue> EachLists for AsQueue<'_, E> {
    fn with<P: Lists + Default>(&mut self, name: &'static str) {
        self.0.with::<P>(name);
    }
}
