//! A capture's progress on a terminal's standard error.

use crate::reference::{Event, Outcome, probe_count, probe_name};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A line that names what is being read; silent where standard error is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    running: Vec<usize>,
    took: Vec<(Duration, usize, usize)>,
}

impl Progress {
    pub(super) fn new(terminal: bool) -> Self {
        let target = if terminal { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(probe_count() as u64), target);
        if let Ok(style) = ProgressStyle::with_template("capturing {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, running: Vec::new(), took: Vec::new() }
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Started(probe) => self.running.push(*probe),
            Event::Ended(probe, outcome, took) => {
                if let Outcome::Done { facts, .. } = outcome {
                    self.took.push((*took, *probe, *facts));
                }
                self.running.retain(|running| running != probe);
                if *outcome == Outcome::TimedOut {
                    self.bar.println(format!("driftglass: {}: timed out", probe_name(*probe)));
                }
                self.bar.inc(1);
            }
            Event::Kept(_) => {}
        }
        let names: Vec<&str> = self.running.iter().map(|probe| probe_name(*probe)).collect();
        self.bar.set_message(names.join(", "));
    }

    /// Clears the line; how long each probe took, in words, the slowest first.
    pub(super) fn end(mut self) -> Vec<String> {
        self.bar.finish_and_clear();
        self.took.sort_by_key(|(took, ..)| std::cmp::Reverse(*took));
        let line = |(took, probe, facts): &(Duration, usize, usize)| {
            format!("{:8.1} ms  {facts:6} facts  {}", took.as_secs_f64() * 1000.0, probe_name(*probe))
        };
        self.took.iter().map(line).collect()
    }
}
