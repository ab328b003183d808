//! How much of what is known of real machines' dumps is read right, by folder:
//! `cargo test fixtures -- --nocapture` prints the share of each and every miss.

/// What was compared with what is known.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) right: usize,
    pub(super) misses: Vec<String>,
}

impl Tally {
    /// Prints the share and the misses; the share has to be 98 % at the least.
    pub(super) fn print(&self, folder: &str) {
        let all = self.right + self.misses.len();
        println!("{folder}: {} of {all} right, {:.1} %", self.right, 100.0 * self.right as f64 / all.max(1) as f64);
        for miss in &self.misses {
            println!("    {miss}");
        }
    }
}
