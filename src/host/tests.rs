use super::Host;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn what_probes_share_is_made_once_for_each_host_and_type() {
    struct Packages(usize);
    struct Units(usize);
    let made = AtomicUsize::new(0);
    let next = |_: &Host| made.fetch_add(1, Ordering::SeqCst);
    let host = Host::live();
    std::thread::scope(|scope| {
        let ask = || scope.spawn(|| host.shared(|host| Packages(next(host))).0);
        let asked: Vec<_> = (0..4).map(|_| ask()).collect();
        assert!(asked.into_iter().all(|answer| answer.join().expect("no panic") == 0), "all wait for the first");
    });
    assert_eq!(host.shared(|host| Units(next(host))).0, 1, "another type");
    assert_eq!(host.shared(|host| Packages(next(host))).0, 0, "kept");
    assert_eq!(Host::live().shared(|host| Packages(next(host))).0, 2, "another host");
    assert_eq!(made.into_inner(), 3);
}
