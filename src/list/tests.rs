use std::collections::VecDeque;
use std::ops::ControlFlow;

use proptest::collection::vec;
use proptest::prelude::*;

use super::node::SMALL_CAPACITY;
use super::packed::MAX_LEN;
use super::replay::replay;
use super::{Layout, List};
use crate::{Direction, Element};

const CASES: u32 = if cfg!(debug_assertions) { 64 } else { 4_000 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn a_list_behaves_as_a_deque_of_vectors(operations in vec(any::<[u8; 5]>(), 1..80)) {
        replay(operations.as_flattened());
    }

    #[test]
    fn a_list_of_small_elements_behaves_as_a_deque_of_vectors(
        operations in vec((any::<u8>(), any::<u8>(), 0_u8..21, any::<[u8; 2]>()), 1..80),
    ) {
        let operations = operations.into_iter().map(|(code, a, b, [c, d])| [code, a, b, c, d]);
        replay(operations.collect::<Vec<_>>().as_flattened());
    }

    /// Most operations pass elements of one length on, so that the list is a ring; the others find it as one.
    #[test]
    fn a_list_that_passes_elements_on_behaves_as_a_deque_of_vectors(
        length in any::<u8>(),
        operations in vec((0_u8..24, any::<[u8; 4]>()), 1..60),
    ) {
        let operations = operations.into_iter().map(|(code, [a, b, c, d])| match code {
            // Some are pushed and about as many are popped.
            16..24 => [if code % 2 == 0 { 0 } else { 5 }, a, length, c, d],
            8..12 => [code, a, length, c, d],
            code => [code, a, b, c, d],
        });
        let filled = [0, 200, length, 0, 0];
        let program = std::iter::once(filled).chain(operations);
        replay(program.collect::<Vec<_>>().as_flattened());
    }

    #[test]
    fn a_list_that_only_grows_inside_behaves_as_a_deque_of_vectors(
        operations in vec((prop_oneof![0_u8..5, 8_u8..12], any::<[u8; 4]>()), 1..120),
    ) {
        let operations = operations.into_iter().map(|(code, [a, b, c, d])| [code, a, b, c, d]);
        replay(operations.collect::<Vec<_>>().as_flattened());
    }
}

fn numbered(number: usize, len: usize) -> Vec<u8> {
    let digits = number.to_be_bytes();
    digits.iter().rev().copied().chain(std::iter::repeat(7)).take(len).collect()
}

fn filled(count: usize, len: usize) -> List {
    let mut list = List::default();
    for number in 0..count {
        list.push(Direction::Right, numbered(number, len).into());
    }
    list.check();
    list
}

#[test]
fn a_large_owned_element_is_moved_and_never_copied() {
    for before in [0, 1, 200] {
        for (into, out_of) in
            [(Direction::Left, Direction::Left), (Direction::Right, Direction::Right)]
        {
            let mut list = filled(before, 16);
            let element = vec![1; 100_000].into_boxed_slice().into_vec();
            let address = element.as_ptr();
            list.push(into, element.into());
            for _ in 0..300 {
                list.push(into, Element::from(b"small"));
            }
            for _ in 0..300 {
                list.pop(out_of);
            }
            let popped = list.pop(out_of).unwrap().into_vec();
            assert_eq!(popped.as_ptr(), address);
            list.check();
        }
    }
}

#[test]
fn an_element_is_packed_up_to_a_length() {
    for (len, packed) in [(MAX_LEN, true), (MAX_LEN + 1, false)] {
        let list = filled(2, len);
        assert_eq!(matches!(list.0, Layout::Single(_)), packed);
    }
}

#[test]
fn a_list_of_one_short_element_allocates_nothing() {
    assert_eq!(filled(1, 27).allocated(), 0);
    assert!(filled(1, 28).allocated() > 0);
}

#[test]
fn small_elements_take_little_more_than_their_bytes() {
    for (len, at_most) in [(16, 19.0), (100, 106.0)] {
        let count = 100_000;
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        let each = filled(count, len).allocated() as f64 / count as f64;
        assert!(each <= at_most, "{each} bytes for {len}");
    }
}

#[test]
fn every_index_of_a_long_list_is_found() {
    for len in [8, 100, 200] {
        let list = filled(20_000, len);
        for number in 0..20_000 {
            assert_eq!(list.get(number), Some(&numbered(number, len)[..]));
        }
        assert_eq!(list.get(20_000), None);
        let start = 13_579;
        let read = list.range(start..start + 3_000);
        let expected: Vec<_> = (start..start + 3_000).map(|number| numbered(number, len)).collect();
        assert_eq!(read, expected);
    }
}

#[test]
fn a_queue_that_only_passes_elements_on_does_not_grow() {
    for len in [16, 100, 300] {
        let mut list = filled(50, len);
        let before = list.allocated();
        for number in 50..20_000 {
            list.push(Direction::Right, numbered(number, len).into());
            let popped = list.pop(Direction::Left).unwrap();
            assert_eq!(popped.into_vec(), numbered(number - 50, len));
            assert!(list.allocated() <= before + 3_000);
        }
        list.check();
    }
}

#[test]
fn what_passes_equally_long_elements_on_is_a_ring_at_last() {
    for (len, depth, ring) in
        [(16, 50, true), (100, 50, true), (127, 47, true), (127, 48, false), (128, 50, false)]
    {
        for [end, other] in
            [[Direction::Left, Direction::Right], [Direction::Right, Direction::Left]]
        {
            let mut list = List::default();
            for number in 0..depth + 200 {
                list.push(end, numbered(number, len).into());
                if number >= depth {
                    let popped = list.pop(other).unwrap();
                    assert_eq!(popped.into_vec(), numbered(number - depth, len));
                }
                list.check();
            }
            assert_eq!(matches!(list.0, Layout::Ring(_)), ring, "{depth} of {len}");
            assert!(list.allocated() <= (depth + 4) * (len + 2) + 16 || !ring);
        }
    }
}

/// A ring that is as large as rings of this element become.
fn full_ring(element: &[u8]) -> List {
    let mut filled = List::default();
    for _ in 0..1_000 {
        filled.push(Direction::Right, element.into());
        filled.push(Direction::Right, element.into());
        if filled.len() > 20 {
            filled.pop(Direction::Left);
        }
        if matches!(filled.0, Layout::Ring(_)) {
            break;
        }
    }
    let mut full = filled.clone();
    while matches!(filled.0, Layout::Ring(_)) {
        full = filled.clone();
        filled.push(Direction::Right, element.into());
    }
    assert!(
        matches!(full.0, Layout::Ring(_)),
        "a list of elements of {} bytes is a ring",
        element.len()
    );
    full
}

/// What a ring moves from one buffer to another while it is filled and drained, and how many operations that is.
#[derive(Default)]
struct Swings {
    moved: usize,
    operations: usize,
}

impl Swings {
    fn swing(&mut self, list: &mut List, element: &[u8], to: usize) {
        while list.len() != to {
            let before = list.allocated();
            if list.len() < to {
                list.push(Direction::Right, element.into());
            } else {
                list.pop(Direction::Left);
            }
            let content = list.len() * (element.len() + 2);
            assert!(matches!(list.0, Layout::Ring(_)));
            assert!(list.allocated() <= 2 * content + 16, "{} for {content}", list.allocated());
            self.operations += 1;
            self.moved += if list.allocated() == before { 0 } else { list.len() };
        }
    }
}

#[test]
fn a_ring_takes_twice_what_it_holds_at_most_and_moves_little_to_do_so() {
    for len in [16, 100] {
        let element = vec![7; len];
        let mut list = full_ring(&element);
        let (full, least) = (list.len(), SMALL_CAPACITY / (len + 2) + 1);
        let mut drained = Swings::default();
        drained.swing(&mut list, &element, least);
        assert!(drained.moved > 0 && drained.moved <= 2 * drained.operations);
        let mut swings = Swings::default();
        for turn in 0..200 {
            let depth = if turn % 2 == 0 { turn * 31 } else { turn * 7 };
            swings.swing(&mut list, &element, least + depth % (full - least));
        }
        assert!(swings.moved <= 5 * swings.operations + full, "{len}");
    }
}

/// Whatever the length of the elements, and however they go: what is left has to fit into what it becomes.
#[test]
fn a_full_ring_is_drained_whatever_the_length_of_its_elements() {
    let keep = |list: &mut List, from_left: bool| {
        let len = list.len();
        list.keep(if from_left { 1..len } else { 0..len - 1 });
    };
    let removals: [&dyn Fn(&mut List); 4] = [
        &|list| drop(list.pop(Direction::Left)),
        &|list| drop(list.pop(Direction::Right)),
        &|list| keep(list, true),
        &|list| keep(list, false),
    ];
    for len in 0..=MAX_LEN {
        let element = vec![7; len];
        let full = full_ring(&element);
        for remove in removals {
            let mut list = full.clone();
            for left in (0..full.len()).rev().take_while(|&left| left > 0) {
                remove(&mut list);
                assert_eq!(list.len(), left);
            }
            assert_eq!(list.get(0), Some(&element[..]));
        }
    }
}

/// What only grows has no use for a ring, and what is changed inside is none any more.
#[test]
fn a_ring_ends_where_its_elements_are_not_passed_on() {
    let ring = || {
        let mut list = filled(40, 100);
        for number in 40..100 {
            list.push(Direction::Right, numbered(number, 100).into());
            list.pop(Direction::Left);
        }
        assert!(matches!(list.0, Layout::Ring(_)));
        list
    };
    let mut grown = ring();
    for number in 100..200 {
        grown.push(Direction::Right, numbered(number, 100).into());
        grown.check();
    }
    assert!(matches!(grown.0, Layout::Chunk(_)));
    assert!(grown.iter().eq((60..200).map(|number| numbered(number, 100))));

    let mut other = ring();
    other.push(Direction::Left, Element::from(b"other"));
    let mut inserted = ring();
    inserted.insert(7, Element::from(&numbered(0, 100)));
    let mut removed = ring();
    assert_eq!(removed.remove_equal(&numbered(70, 100), 1, Direction::Left), 1);
    for list in [other, inserted, removed] {
        list.check();
        assert!(!matches!(list.0, Layout::Ring(_)));
    }

    let mut trimmed = ring();
    trimmed.keep(3..39);
    assert!(trimmed.set(5, Element::from(&[7; 100])));
    assert!(matches!(trimmed.0, Layout::Ring(_)));
    trimmed.check();
    assert_eq!(trimmed.get(5), Some(&[7; 100][..]));
    trimmed.keep(0..5);
    trimmed.check();
    assert!(matches!(trimmed.0, Layout::Single(_)));
    assert!(trimmed.iter().eq((63..68).map(|number| numbered(number, 100))));
}

#[test]
fn memory_comes_back_however_a_list_shrinks() {
    let long = || filled(50_000, 16);
    let mut popped = long();
    while popped.len() > 10 {
        popped.pop(if popped.len() % 2 == 0 { Direction::Left } else { Direction::Right });
    }
    let mut trimmed = long();
    trimmed.keep(25_000..25_010);
    let mut removed = filled(10, 16);
    for _ in 0..50_000 {
        removed.push(Direction::Left, Element::from(&[9; 16]));
        removed.push(Direction::Right, Element::from(&[9; 16]));
    }
    removed.remove_equal(&[9; 16], usize::MAX, Direction::Right);
    for list in [popped, trimmed, removed] {
        list.check();
        assert_eq!(list.len(), 10);
        assert!(list.allocated() <= 4 * 18 * 10 + 64, "{}", list.allocated());
    }
}

#[test]
fn an_index_is_found_however_unevenly_elements_lie() {
    let sizes: [&[(usize, usize)]; 4] = [
        &[(20_000, 0)],
        &[(300, 120), (20_000, 1)],
        &[(20_000, 1), (300, 2_000)],
        &[(200, 1_000), (5_000, 16), (5, 70_000), (5_000, 3)],
    ];
    for (uneven, end) in sizes.into_iter().zip([Direction::Left, Direction::Right].repeat(2)) {
        let (mut list, mut deque) = (List::default(), VecDeque::new());
        let lengths = uneven.iter().flat_map(|&(count, len)| std::iter::repeat_n(len, count));
        for (number, len) in lengths.enumerate() {
            let element = numbered(number, len);
            list.push(end, Element::from(&element));
            match end {
                Direction::Left => deque.push_front(element),
                Direction::Right => deque.push_back(element),
            }
        }
        for _ in 0..100 {
            assert!(list.pop(Direction::Left).is_some());
            deque.pop_front();
        }
        list.check();
        for (index, element) in deque.iter().enumerate() {
            assert_eq!(list.get(index), Some(&element[..]), "{uneven:?}, {index}");
        }
        assert_eq!(list.get(deque.len()), None);
    }
}

#[test]
fn removing_most_of_a_long_list_leaves_no_sparse_nodes() {
    let mut list = List::default();
    for number in 0..100_000 {
        let element = if number % 100 == 0 { numbered(number, 16) } else { vec![9; 16] };
        list.push(Direction::Right, element.into());
    }
    assert_eq!(list.remove_equal(&[9; 16], usize::MAX, Direction::Left), 99_000);
    list.check();
    assert!(list.allocated() <= 2 * 18 * 1_000 + 2_000, "{}", list.allocated());
    assert!(list.iter().eq((0..1_000).map(|number| numbered(number * 100, 16))));
}

#[test]
fn a_long_list_can_be_filled_from_its_middle() {
    let mut list = filled(2, 16);
    for number in 0..30_000 {
        list.insert(1 + number / 2, Element::from(&numbered(number, 16)));
    }
    list.check();
    assert!(list.allocated() <= 30_000 * 30, "{}", list.allocated());
}

/// Found by fuzzing: a node in the middle grew to more than twice of what it held.
#[test]
fn a_node_in_the_middle_grows_only_as_far_as_needed() {
    let mut list = List::default();
    for len in [200, 126, 126, 200] {
        list.push(Direction::Left, vec![1; len].into());
    }
    list.push(Direction::Right, vec![1; 200].into());
    list.check();
    assert!(list.set(3, Element::from(b"")));
    list.check();
}

/// Where the bytes of the nodes lie, and how many they are.
fn places(list: &List) -> Vec<(*const u8, usize)> {
    list.nodes().map(|node| (node.run().bytes.as_ptr(), node.used())).collect()
}

#[test]
fn a_change_in_the_middle_moves_the_elements_of_one_node() {
    for len in [16, 100] {
        let mut list = filled(50_000, len);
        for number in (1_000..49_000).step_by(1_000) {
            let before = places(&list);
            let element = numbered(number, len);
            let from = if number % 2_000 == 0 { Direction::Left } else { Direction::Right };
            assert_eq!(list.remove_equal(&element, 1, from), 1);
            let removed = places(&list);
            let other = |place: &&(*const u8, usize)| !before.contains(place);
            assert!(removed.iter().filter(other).count() <= 1);

            list.insert(number, Element::from(&element));
            let other = |place: &&(*const u8, usize)| !removed.contains(place);
            // One that is full is split.
            assert!(places(&list).iter().filter(other).count() <= 2);
            list.check();
        }
        assert!(list.iter().eq((0..50_000).map(|number| numbered(number, len))));
    }
}

/// A search looks through the bytes first, in which the element begins at other places, too.
#[test]
fn an_element_is_found_only_where_it_is_one() {
    let wanted = [0, 1, 2, 16, 17, 40].map(|len| vec![5; len]);
    for wanted in &wanted {
        for rarely in [1, 50, 5_000] {
            let (mut list, mut expected) = (List::default(), Vec::new());
            for number in 0..10_000 {
                let element = match number {
                    _ if number % 997 == 3 => wanted.clone(),
                    _ if number % rarely == 0 => [&[5; 41][..], &numbered(number, 3)].concat(),
                    _ => numbered(number, 20 + number % 2),
                };
                if element == *wanted {
                    expected.push(number);
                }
                list.push(Direction::Right, element.into());
            }
            for from in [Direction::Left, Direction::Right] {
                let mut found = Vec::new();
                list.find(wanted, from, usize::MAX, |distance| {
                    found.push(if from == Direction::Left { distance } else { 9_999 - distance });
                    ControlFlow::Continue(())
                });
                found.sort_unstable();
                assert_eq!(found, expected, "{} among {rarely}", wanted.len());
            }
            let to_remove = expected.len();
            assert_eq!(list.remove_equal(wanted, usize::MAX, Direction::Left), to_remove);
            list.check();
            assert_eq!(list.position(wanted), None);
        }
    }
}

#[test]
fn batches_at_either_end_are_as_pushes_of_each_element() {
    for len in [16, 100, 200] {
        let (mut list, mut deque) = (List::default(), VecDeque::new());
        for batch in 0..80 {
            let elements: Vec<_> =
                (0..100).map(|number| numbered(batch * 100 + number, len)).collect();
            let end = if batch % 3 == 0 { Direction::Right } else { Direction::Left };
            for element in elements.clone() {
                match end {
                    Direction::Left => deque.push_front(element),
                    Direction::Right => deque.push_back(element),
                }
            }
            assert_eq!(list.extend(end, elements.iter().map(Element::from)), deque.len());
            list.check();
        }
        assert!(matches!(list.0, Layout::Directory(_)));
        assert!(list.iter().eq(&deque));
    }
}
