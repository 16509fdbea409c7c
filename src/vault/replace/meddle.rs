//! What other programs do in the moments before files are exchanged: for tests.

use std::cell::RefCell;
use std::collections::VecDeque;

type Deed = Box<dyn FnOnce()>;

thread_local! {
    static DEEDS: RefCell<VecDeque<Deed>> = const { RefCell::new(VecDeque::new()) };
}

/// Does each of `deeds` before one exchange that this thread is going to make.
pub(crate) fn plan(deeds: impl IntoIterator<Item = Deed>) {
    DEEDS.with_borrow_mut(|planned| planned.extend(deeds));
}

pub(super) fn run() {
    if let Some(deed) = DEEDS.with_borrow_mut(VecDeque::pop_front) {
        deed();
    }
}
