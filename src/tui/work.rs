//! Work off the drawing thread: one lane for each kind, the latest wins, and a panic becomes a message.

use super::message::Message;
use crate::base::cancel::Cancel;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

type Job = Box<dyn FnOnce(&Cancel, &Sender<Message>) -> Option<Message> + Send>;

/// A job, what cancels it, and what says that it is not answered yet.
type Given = (Job, Cancel, Arc<()>);

/// A thread that does one kind of work, one job at a time. A newer job cancels the one before it.
#[derive(Debug)]
pub struct Lane {
    jobs: Sender<Given>,
    latest: Cancel,
    /// Each job that is not answered yet holds it too.
    open: Arc<()>,
}

impl Lane {
    /// Starts the thread; it ends when the lane is dropped and its last job done.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(name: &str, answers: Sender<Message>) -> std::io::Result<Self> {
        let (jobs, queue) = channel::<Given>();
        let name = name.to_owned();
        std::thread::Builder::new().name(name.clone()).spawn(move || work(&name, &queue, &answers))?;
        Ok(Self { jobs, latest: Cancel::new(), open: Arc::default() })
    }

    /// Hands over a job in place of the one before.
    pub fn give(&mut self, job: impl FnOnce(&Cancel) -> Option<Message> + Send + 'static) {
        self.give_telling(move |cancel, _| job(cancel));
    }

    /// As [`Lane::give`], of a job that says how far it is.
    pub fn give_telling(&mut self, job: impl FnOnce(&Cancel, &Sender<Message>) -> Option<Message> + Send + 'static) {
        self.stop();
        self.latest = Cancel::new();
        // The thread lives as long as the lane; were it gone, there would be no answer, and nothing to tell.
        let _ = self.jobs.send((Box::new(job), self.latest.clone(), Arc::clone(&self.open)));
    }

    /// Whether a job may still be answered. Where not, all answers are there for whoever takes them after this.
    pub fn is_busy(&self) -> bool {
        let is_busy = Arc::strong_count(&self.open) > 1;
        // The count is read without any order: what was sent before a job let go of its share must be seen from here on.
        fence(Ordering::Acquire);
        is_busy
    }

    /// Stops the job that is running.
    pub fn stop(&self) {
        self.latest.cancel();
    }
}

/// What the workers answer.
#[derive(Debug)]
pub struct Inbox(Receiver<Message>);

impl Inbox {
    /// Of what is answered there.
    pub fn new(answers: Receiver<Message>) -> Self {
        Self(answers)
    }

    /// All answers that are there.
    pub fn taken(&self) -> impl Iterator<Item = Message> {
        self.0.try_iter()
    }

    /// All answers that are there, and whether more may come. Who is at work is asked before the answers are taken: a
    /// worker that ends between the two has answered by then. The other way round its answer would lie there unseen
    /// until the next key, as nobody would be at work any more for whom one waits.
    pub fn taken_of(&self, is_at_work: impl FnOnce() -> bool) -> (Vec<Message>, bool) {
        let is_at_work = is_at_work();
        (self.taken().collect(), is_at_work)
    }

    /// What comes within so long: the first answer, and all that are there with it.
    pub fn within(&self, patience: Duration) -> Vec<Message> {
        self.0.recv_timeout(patience).into_iter().chain(self.taken()).collect()
    }
}

/// The lanes of the explorer.
#[derive(Debug)]
pub struct Lanes {
    /// Lays sides beside each other.
    pub compare: Lane,
    /// Says what differences mean and how they stand.
    pub judge: Lane,
    /// The same of all snapshots together.
    pub judge_all: Lane,
    /// Judges each side beside the reference.
    pub weigh: Lane,
    /// Lays out what a review walks through.
    pub bench: Lane,
    /// Changes the policy file.
    pub accept: Lane,
    /// Lays all snapshots beside each other.
    pub survey: Lane,
    /// Asks rows a filter.
    pub filter: Lane,
    /// Asks the rows of all snapshots together.
    pub filter_all: Lane,
    /// Hands text to the clipboard.
    pub copy: Lane,
    /// Makes the beginnings of reports.
    pub draft: Lane,
    /// Makes the report as text.
    pub paper: Lane,
    /// Reads what is in a folder.
    pub list: Lane,
    /// Writes reports.
    pub write: Lane,
    /// Reads or captures snapshots.
    pub read: Lane,
    /// Looks for what a fact has to do with others.
    pub relate: Lane,
    /// Reads histories, and the snapshots of earlier dates.
    pub trace: Lane,
}

impl Lanes {
    /// Starts a thread for each.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(answers: &Sender<Message>) -> std::io::Result<Self> {
        let lane = |name| Lane::start(name, answers.clone());
        Ok(Self {
            compare: lane("comparing")?,
            judge: lane("judging")?,
            judge_all: lane("judging all")?,
            weigh: lane("weighing")?,
            bench: lane("reviewing")?,
            accept: lane("accepting")?,
            survey: lane("surveying")?,
            filter: lane("filtering")?,
            filter_all: lane("filtering all")?,
            copy: lane("copying")?,
            draft: lane("drafting")?,
            paper: lane("the report")?,
            list: lane("listing")?,
            write: lane("writing")?,
            read: lane("reading")?,
            relate: lane("relating")?,
            trace: lane("reading the history")?,
        })
    }

    /// Whether anything may still be answered.
    pub fn is_busy(&self) -> bool {
        let Self { compare, judge, judge_all, weigh, bench, accept, survey, filter, filter_all, .. } = self;
        let Self { copy, draft, paper, list, write, read, relate, trace, .. } = self;
        let lanes = [compare, judge, judge_all, weigh, bench, accept, survey, filter, filter_all];
        let others = [copy, draft, paper, list, write, read, relate, trace];
        lanes.into_iter().chain(others).any(Lane::is_busy)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.stop();
    }
}

fn work(name: &str, queue: &Receiver<Given>, answers: &Sender<Message>) {
    while let Ok((job, cancel, _open)) = queue.recv() {
        if cancel.is_cancelled() {
            continue;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| job(&cancel, answers)));
        let message = match outcome {
            Ok(Some(message)) if !cancel.is_cancelled() => message,
            Ok(_) => continue,
            Err(panic) => Message::Failed(format!("{name} failed: {}", words(panic.as_ref()))),
        };
        if answers.send(message).is_err() {
            return;
        }
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "an unknown defect".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_wins_and_a_panic_is_told() {
        let (sender, answers) = channel();
        let mut lane = Lane::start("filter", sender).expect("a thread");
        let (started, wait) = channel();
        lane.give(move |cancel| {
            started.send(()).expect("somebody waits");
            while !cancel.is_cancelled() {
                std::thread::yield_now();
            }
            Some(Message::Note("old".into()))
        });
        wait.recv().expect("the job starts");
        lane.give(|_| Some(Message::Note("new".into())));
        assert!(matches!(answers.recv(), Ok(Message::Note(words)) if words == "new"));
        lane.give(|_| panic!("odd"));
        assert!(matches!(answers.recv(), Ok(Message::Failed(words)) if words == "filter failed: odd"));
    }

    #[test]
    fn an_answer_that_comes_while_it_is_looked_is_not_left_for_the_next_key() {
        let (sender, answers) = channel();
        let inbox = Inbox::new(answers);
        // The worker answers, and has nothing more to do, in the moment in which it is asked.
        let (taken, may_come) = inbox.taken_of(|| {
            sender.send(Message::Note("written".into())).expect("somebody waits");
            false
        });
        assert!(!may_come);
        assert!(matches!(&taken[..], [Message::Note(words)] if words == "written"), "{taken:?}");
    }

    #[test]
    fn a_lane_that_is_not_busy_has_answered() {
        let (sender, answers) = channel();
        let inbox = Inbox::new(answers);
        let mut lane = Lane::start("writing", sender).expect("a thread");
        for _ in 0..200 {
            lane.give(|_| Some(Message::Note("written".into())));
            let mut all = Vec::new();
            loop {
                let (taken, may_come) = inbox.taken_of(|| lane.is_busy());
                all.extend(taken);
                if !may_come {
                    break;
                }
                std::thread::yield_now();
            }
            assert_eq!(all.len(), 1, "{all:?}");
        }
    }
}
