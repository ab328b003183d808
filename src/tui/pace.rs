//! When a frame may be drawn: at most thirty in any second, and what a key has done is seen at once all the same. A window
//! that is pulled to another size is drawn once it rests.

use std::time::{Duration, Instant};

/// What a frame takes of the time: with [`SAVED`], thirty frames fit in a second.
const BETWEEN: Duration = Duration::from_millis(36);
/// So many frames are saved up while nothing changes. An answer may take one of them; the others are for keys, since the
/// frame of an answer would else hold up the key after it.
const SAVED: u32 = 2;

/// What a frame is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A key, a paste, the mouse: somebody waits.
    Hand,
    /// An answer of a worker, how far it is, another size.
    News,
}

/// When the next frame may be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// When all frames so far are paid for.
    paid: Instant,
    /// Frames that may be drawn before that.
    saved: u32,
}

impl Pace {
    /// Nothing is drawn yet.
    pub fn new(now: Instant) -> Self {
        Self { paid: now, saved: 0 }
    }

    /// How long until a frame may be drawn; zero where it may be now.
    pub fn wait(&self, cause: Cause, now: Instant) -> Duration {
        let saved = if cause == Cause::Hand { self.saved } else { self.saved.min(1) };
        self.paid.saturating_duration_since(now).saturating_sub(BETWEEN * saved)
    }

    /// A frame is drawn.
    pub fn drawn(&mut self, now: Instant) {
        (self.paid, self.saved) = (self.paid.max(now) + BETWEEN, SAVED);
    }

    /// A frame is drawn on a line that takes so long for it: nothing is saved up there.
    pub fn drawn_slowly(&mut self, now: Instant, time: Duration) {
        (self.paid, self.saved) = (now + time.max(BETWEEN), 0);
    }
}

/// A window that has had no other size for so long rests.
const RESTS: Duration = Duration::from_millis(60);
/// One that does not come to rest is drawn after so long all the same: whoever pulls it sees where it leads.
const PULLED: Duration = Duration::from_millis(150);

/// Sizes that the window has had since the last frame: when the first came and when the last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes(Option<(Instant, Instant)>);

impl Sizes {
    /// It has another size.
    pub fn changed(&mut self, now: Instant) {
        let first = self.0.map_or(now, |(first, _)| first);
        self.0 = Some((first, now));
    }

    /// How long until it is drawn for its size; zero where it may be now.
    pub fn wait(&self, now: Instant) -> Duration {
        self.0.map_or(Duration::ZERO, |(first, last)| (last + RESTS).min(first + PULLED).saturating_duration_since(now))
    }

    /// A frame is drawn, of the size that it has.
    pub fn drawn(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many frames a second holds, where something changes each millisecond.
    fn most_in_a_second(cause: impl Fn(u64) -> Cause) -> usize {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        let mut frames = Vec::new();
        for ms in 0..4000 {
            let now = begin + Duration::from_millis(ms);
            if pace.wait(cause(ms), now).is_zero() {
                pace.drawn(now);
                frames.push(ms);
            }
        }
        frames
            .iter()
            .map(|ms| frames.iter().filter(|other| (*ms..*ms + 1000).contains(other)).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn a_second_has_thirty_frames_at_most() {
        let counts = [most_in_a_second(|_| Cause::Hand), most_in_a_second(|_| Cause::News)];
        assert!(counts.iter().all(|count| (26..=30).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_key_just_after_an_answer_waits_for_nothing() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        let after = |ms| begin + Duration::from_millis(ms);
        pace.drawn(after(0));
        assert!(pace.wait(Cause::News, after(4)).is_zero(), "an answer to the key just before");
        pace.drawn(after(4));
        assert_eq!(pace.wait(Cause::News, after(6)), Duration::from_millis(30));
        assert!(pace.wait(Cause::Hand, after(6)).is_zero());
        pace.drawn(after(6));
        assert_eq!(pace.wait(Cause::Hand, after(18)), Duration::from_millis(18), "a burst is held to the pace");
    }

    /// How many frames sizes lead to that come so many milliseconds after the begin.
    fn frames_of(sizes: &[u64]) -> usize {
        let begin = Instant::now();
        let (mut pulled, mut frames, mut is_drawn) = (Sizes::default(), 0, true);
        for ms in 0..sizes.last().map_or(0, |last| last + 1000) {
            let now = begin + Duration::from_millis(ms);
            if sizes.contains(&ms) {
                pulled.changed(now);
                is_drawn = false;
            }
            if !is_drawn && pulled.wait(now).is_zero() {
                pulled.drawn();
                (frames, is_drawn) = (frames + 1, true);
            }
        }
        frames
    }

    #[test]
    fn a_window_is_drawn_once_it_rests_and_now_and_then_while_it_does_not() {
        assert_eq!(frames_of(&[0]), 1);
        assert_eq!(frames_of(&[0, 10, 20, 30, 40]), 1);
        // Five sizes in 200 ms, ten times.
        let storm: Vec<u64> = (0..10).flat_map(|round| [0, 40, 80, 120, 160].map(|ms| round * 200 + ms)).collect();
        assert!((10..25).contains(&frames_of(&storm)), "{}", frames_of(&storm));
        let apart: Vec<u64> = (0..10).flat_map(|round| [0, 50, 100, 150, 200].map(|ms| round * 500 + ms)).collect();
        assert!((10..25).contains(&frames_of(&apart)), "{}", frames_of(&apart));
        assert_eq!(frames_of(&[0, 500, 1000]), 3, "each on its own");
    }

    #[test]
    fn a_slow_line_has_its_time_for_each_frame() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        pace.drawn_slowly(begin, Duration::from_millis(200));
        assert_eq!(pace.wait(Cause::Hand, begin), Duration::from_millis(200));
    }
}
