//! Runs probes in parallel, each with a time limit; one that hangs or panics costs its own facts only.

use super::facts::Parts;
use super::{Facts, PROBES, Pause, Probe, Skip};
use crate::base::cancel::Cancel;
use crate::host::{Doing, Host};
use crate::model::redaction::{Finding, Redactor};
use crate::model::{Meta, Path, Problem, ProblemKind, Snapshot, ValueRef};
use crate::policy::Watch;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What captures are made by, as their snapshots name it.
pub const TOOL: &str = concat!("driftglass ", env!("CARGO_PKG_VERSION"));

/// What to capture.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What people call the environment; the host's name when empty.
    pub label: String,
    /// Only what stands beneath these paths, as written: areas or parts of them; all when empty.
    pub areas: Vec<String>,
    /// Nothing beneath these.
    pub without: Vec<String>,
    /// What to look at besides what the probes know themselves.
    pub watch: Watch,
    /// Whether no program is run on the host.
    pub no_exec: bool,
    /// How secrets are hidden.
    pub redactor: Redactor,
    /// Probes that whoever watches has given up.
    pub skip: Skip,
    /// Whether the capture rests.
    pub pause: Pause,
}

/// A capture that takes longer than this is kept as it grows; a shorter one is not worth the writing.
const LONG: Duration = Duration::from_secs(1);
/// How often it is kept, at most.
const AGAIN: Duration = Duration::from_millis(500);
/// How often a thread of a capture that rests looks whether there is anything left to do.
const REST: Duration = Duration::from_millis(50);

/// A file of another machine, or one of a program's making, that has not answered for so long is taken for dead, with all
/// of its mount.
const HANGS: Duration = Duration::from_secs(2);
/// How often a probe is begun anew without what hangs.
const AGAIN_AT_MOST: u32 = 4;

/// The most that one probe may read, in bytes.
const ALLOWANCE: u64 = 256 << 20;

/// Which paths were asked for.
struct Choice {
    areas: Vec<Path>,
    without: Vec<Path>,
}

impl Choice {
    fn of(options: &Options) -> Self {
        let paths = |list: &[String]| list.iter().filter_map(|path| path.parse().ok()).collect();
        Self { areas: paths(&options.areas), without: paths(&options.without) }
    }

    /// Whether everything is wanted.
    fn is_all(&self) -> bool {
        self.areas.is_empty() && self.without.is_empty()
    }

    fn wants(&self, path: &Path) -> bool {
        let beneath = |above: &Path| path.segments().starts_with(above.segments());
        (self.areas.is_empty() || self.areas.iter().any(beneath)) && !self.without.iter().any(beneath)
    }

    /// What of a probe is not wanted, and why: its paths, or parts beneath them.
    fn left_out(&self, probe: &Probe) -> Vec<(Path, &'static str)> {
        let mut out = Vec::new();
        for path in probe.paths.iter().filter_map(|path| path.parse::<Path>().ok()) {
            if !self.areas.is_empty() && !self.areas.iter().any(|area| path.segments().starts_with(area.segments())) {
                out.push((path, "outside --area"));
                continue;
            }
            for without in &self.without {
                if path.segments().starts_with(without.segments()) {
                    out.push((path.clone(), "left out by --without"));
                } else if without.segments().starts_with(path.segments()) {
                    out.push((without.clone(), "left out by --without"));
                }
            }
        }
        out
    }

    /// Whether a probe has anything to do.
    fn runs(&self, probe: &Probe) -> bool {
        probe.paths.iter().filter_map(|path| path.parse::<Path>().ok()).any(|path| {
            let excluded = |out: &Path| path.segments().starts_with(out.segments());
            let meets = |area: &Path| excluded(area) || area.segments().starts_with(path.segments());
            (self.areas.is_empty() || self.areas.iter().any(meets)) && !self.without.iter().any(excluded)
        })
    }
}

/// Whether a path names facts of some probe, or facts beneath one's.
pub fn is_known(path: &Path) -> bool {
    let paths = PROBES.iter().flat_map(|probe| probe.paths).filter_map(|path| path.parse::<Path>().ok());
    let meets =
        |known: Path| known.segments().starts_with(path.segments()) || path.segments().starts_with(known.segments());
    !path.segments().is_empty() && paths.into_iter().any(meets)
}

/// How a probe ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end.
    Done {
        /// Facts it put.
        facts: usize,
        /// The first of its problems, in words.
        problem: Option<String>,
        /// Whether that problem is a denied permission.
        denied: bool,
    },
    /// It took longer than its limit.
    TimedOut,
    /// It panicked: a bug of ours.
    Failed,
    /// It was not to run.
    Skipped(String),
}

/// What happens during a capture, for a progress screen. Probes are named by their index in [`PROBES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A probe begins.
    Started(usize),
    /// A probe has ended.
    Ended(usize, Outcome, Duration),
    /// What is captured so far stands in this file, should this be the end of it.
    Kept(PathBuf),
}

/// Keeps what a capture has so far; where it is kept.
pub type Keep<'a> = dyn FnMut(Snapshot) -> Option<PathBuf> + 'a;

enum Report {
    Started(usize, Arc<Doing>),
    /// Of whoever was doing so: one that was given up may still come to its end.
    Ended(Arc<Doing>, Option<Box<Facts>>, Duration),
}

/// A probe that runs.
struct Running {
    index: usize,
    since: Instant,
    doing: Arc<Doing>,
    /// The question that it waits for an answer to, and since when.
    asking: Option<(u64, Instant)>,
    /// How often it was begun anew.
    again: u32,
}

impl Running {
    /// What it asks about and has no answer to for so long.
    fn hangs(&mut self, now: Instant, long: Duration) -> Option<String> {
        let Some((count, path)) = self.doing.asking() else {
            self.asking = None;
            return None;
        };
        let since = match self.asking {
            Some((before, since)) if before == count => since,
            _ => now,
        };
        self.asking = Some((count, since));
        (now.duration_since(since) >= long).then_some(path)
    }
}

/// A capture: the snapshot, and what is not in it.
#[derive(Debug)]
pub struct Captured {
    /// The facts.
    pub snapshot: Snapshot,
    /// What was hidden, by path and line: a place for each.
    pub redacted: Vec<(Path, Finding)>,
}

/// As [`captured`], without the list of what was hidden.
pub fn run(host: &Arc<Host>, options: &Options, cancel: &Cancel, progress: &mut dyn FnMut(Event)) -> Snapshot {
    captured(host, options, cancel, progress, None).snapshot
}

/// Captures a host. `progress` is called on this thread as probes begin and end. When `cancel` is set, what has not
/// ended is recorded as not collected and the rest is returned. A long capture is given to `keep` as it grows.
pub fn captured(
    host: &Arc<Host>,
    options: &Options,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Event),
    mut keep: Option<&mut Keep<'_>>,
) -> Captured {
    let begun = Instant::now();
    let captured_at = jiff::Timestamp::now();
    let mut all = Facts::new();
    let mut parts: Vec<Facts> = Vec::new();
    let mut queue = VecDeque::new();
    let choice = Choice::of(options);
    for (index, probe) in PROBES.iter().enumerate() {
        let left_out = choice.left_out(probe);
        let why = left_out.first().map_or("not asked for", |(_, why)| *why);
        for (path, why) in left_out {
            let keys: Vec<&str> = path.keys().collect();
            all.not_collected(&keys, why);
        }
        if !choice.runs(probe) {
            progress(Event::Ended(index, Outcome::Skipped(why.to_owned()), Duration::ZERO));
        } else if probe.live_only && host.as_live().is_none() {
            let why = "only a running machine can tell";
            fail(&mut all, index, ProblemKind::NotCollected, why);
            progress(Event::Ended(index, Outcome::Skipped(why.to_owned()), Duration::ZERO));
        } else {
            queue.push_back(index);
        }
    }
    let asked: Vec<usize> = queue.iter().copied().collect();
    let mut open = asked.len();
    let queue = Arc::new(Mutex::new(queue));
    let shared = Arc::new(options.clone());
    let (send, receive) = mpsc::channel();
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
    let worker = || Worker::of(host, &shared, &queue, &send);
    if (0..workers.min(open)).map(|_| worker().spawn()).take_while(Result::is_ok).count() == 0 {
        // Where the system has no thread to give (setrlimit(2), RLIMIT_NPROC; pids.max of a control group), one does it all,
        // and nothing can be given up.
        worker().work();
    }
    let mut is_short = false;
    let mut running: Vec<Running> = Vec::new();
    let mut anew = vec![0; PROBES.len()];
    let mut ended = vec![false; PROBES.len()];
    let (mut kept, mut is_new) = (begun + LONG - AGAIN, false);
    while open > 0 {
        let next = running.iter().map(|probe| probe.since + PROBES[probe.index].limit).min();
        let wait = next.map_or(Duration::from_millis(100), |at| at.saturating_duration_since(Instant::now()));
        match receive.recv_timeout(wait.min(Duration::from_millis(100))) {
            Ok(Report::Started(index, doing)) => {
                if !ended[index] {
                    let again = anew[index];
                    running.push(Running { index, since: Instant::now(), doing, asking: None, again });
                    progress(Event::Started(index));
                }
            }
            Ok(Report::Ended(doing, facts, took)) => {
                let Some(at) = running.iter().position(|probe| Arc::ptr_eq(&probe.doing, &doing)) else { continue };
                let index = running.swap_remove(at).index;
                (ended[index], is_new) = (true, true);
                open -= 1;
                let outcome = match facts {
                    Some(mut facts) => {
                        if !choice.is_all() {
                            facts.keep(|path| choice.wants(path));
                        }
                        let outcome = done(&facts);
                        parts.push(*facts);
                        outcome
                    }
                    None => {
                        fail(&mut all, index, ProblemKind::Failed, "the probe panicked; please report it");
                        Outcome::Failed
                    }
                };
                progress(Event::Ended(index, outcome, took));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let now = Instant::now();
        for probe in hanging(host, &mut running, now) {
            anew[probe] += 1;
            queue.lock().unwrap_or_else(PoisonError::into_inner).push_front(probe);
            is_short = worker().spawn().is_err();
        }
        let late = |probe: &Running| now.duration_since(probe.since) >= PROBES[probe.index].limit;
        for Running { index, since, .. } in running.extract_if(.., |probe| late(probe)).collect::<Vec<_>>() {
            ended[index] = true;
            open -= 1;
            let limit = PROBES[index].limit;
            fail(&mut all, index, ProblemKind::TimedOut, &format!("no answer within {} s", limit.as_secs()));
            progress(Event::Ended(index, Outcome::TimedOut, since.elapsed()));
            // Its thread may hang for ever in the kernel: it is left behind, and another takes its place.
            is_short = worker().spawn().is_err();
        }
        for index in options.skip.take() {
            if ended.get(index) != Some(&false) {
                continue;
            }
            let is_running = running.iter().any(|probe| probe.index == index);
            let mut waiting = queue.lock().unwrap_or_else(PoisonError::into_inner);
            let is_waiting = waiting.contains(&index);
            waiting.retain(|i| *i != index);
            drop(waiting);
            if !is_running && !is_waiting {
                continue;
            }
            running.retain(|probe| probe.index != index);
            ended[index] = true;
            open -= 1;
            fail(&mut all, index, ProblemKind::NotCollected, "skipped by hand");
            progress(Event::Ended(index, Outcome::Skipped("by hand".to_owned()), Duration::ZERO));
            if is_running {
                is_short = worker().spawn().is_err();
            }
        }
        // Nobody is left to take what waits.
        if is_short && running.is_empty() {
            let waiting = std::mem::take(&mut *queue.lock().unwrap_or_else(PoisonError::into_inner));
            for index in waiting {
                ended[index] = true;
                open -= 1;
                fail(&mut all, index, ProblemKind::Failed, "the system gives no more threads (ulimit -u, pids.max)");
                progress(Event::Ended(index, Outcome::Failed, Duration::ZERO));
            }
        }
        // Neither waiting nor known to run: one that has begun and has not said so yet. What has not ended is unknown.
        let unended = || asked.iter().copied().filter(|index| !ended[*index]);
        if cancel.is_cancelled() {
            queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
            for index in unended() {
                fail(&mut all, index, ProblemKind::NotCollected, "the capture was stopped");
                progress(Event::Ended(index, Outcome::Skipped("stopped".to_owned()), Duration::ZERO));
            }
            break;
        }
        if let Some(keep) = keep.as_mut().filter(|_| is_new && open > 0 && kept.elapsed() >= AGAIN) {
            let mut so_far = all.clone();
            so_far.extend(parts.clone());
            for index in unended() {
                fail(&mut so_far, index, ProblemKind::NotCollected, "the capture was interrupted");
            }
            let so_far = finish(host, options, so_far, captured_at, begun.elapsed()).snapshot;
            keep(so_far).into_iter().for_each(|path| progress(Event::Kept(path)));
            (kept, is_new) = (Instant::now(), false);
        }
    }
    all.extend(parts);
    finish(host, options, all, captured_at, begun.elapsed())
}

/// The probes that are begun anew, without what hangs: those that wait for it, and those that wait for what they make. On a
/// file system of the machine's own only the probe's limit tells what hangs from what is slow.
fn hanging(host: &Host, running: &mut Vec<Running>, now: Instant) -> Vec<usize> {
    let mut dead = false;
    let mut anew = Vec::new();
    running.retain_mut(|probe| {
        if probe.again >= AGAIN_AT_MOST {
            return true;
        }
        let Some(path) = probe.hangs(now, HANGS) else { return true };
        let is_late = now.duration_since(probe.since) >= PROBES[probe.index].limit;
        let place = match host.remote_mount(&path) {
            Some(mount) => mount,
            None if is_late && probe.again < 2 => path,
            None => return true,
        };
        host.give_up(&place);
        dead = true;
        anew.push(probe.index);
        false
    });
    if dead {
        anew.extend(running.extract_if(.., |probe| probe.doing.waits()).map(|probe| probe.index));
    }
    anew
}

/// What takes probes from the queue and runs them, one after the other.
struct Worker {
    host: Arc<Host>,
    options: Arc<Options>,
    queue: Arc<Mutex<VecDeque<usize>>>,
    send: Sender<Report>,
}

impl Worker {
    fn of(
        host: &Arc<Host>,
        options: &Arc<Options>,
        queue: &Arc<Mutex<VecDeque<usize>>>,
        send: &Sender<Report>,
    ) -> Self {
        Self { host: Arc::clone(host), options: Arc::clone(options), queue: Arc::clone(queue), send: send.clone() }
    }

    /// Works on a thread of its own.
    fn spawn(self) -> std::io::Result<()> {
        std::thread::Builder::new().spawn(move || self.work()).map(drop)
    }

    fn work(self) {
        loop {
            while self.options.pause.holds_up(REST) {
                if self.queue.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                    return;
                }
            }
            let next = self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(index) = next else { return };
            let doing = Arc::new(Doing::default());
            if self.send.send(Report::Started(index, Arc::clone(&doing))).is_err() {
                return;
            }
            Host::allow(ALLOWANCE);
            Host::say_to(Some(Arc::clone(&doing)));
            let begun = Instant::now();
            let facts = catch_unwind(AssertUnwindSafe(|| probed(&PROBES[index], &self.host, &self.options)));
            if self.send.send(Report::Ended(doing, facts.ok().map(Box::new), begun.elapsed())).is_err() {
                return;
            }
        }
    }
}

/// What a probe puts, and what it could not read and does not say: what is absent of its facts is not known then.
fn probed(probe: &Probe, host: &Host, options: &Arc<Options>) -> Facts {
    let mut facts = Facts::of(Arc::clone(options));
    let ((), missed) = host.watched(|| {
        (probe.run)(host, &mut facts);
        super::recorded::fill(probe, host, &mut facts);
        super::elsewhere::mark(probe, host, &mut facts);
    });
    if let Some(problem) = facts.unnamed(&missed) {
        probe.paths.iter().for_each(|path| record(&mut facts, path, problem.clone()));
    }
    facts.sort();
    facts
}

fn done(facts: &Facts) -> Outcome {
    let problem = facts.problems().iter().map(|(_, p)| p).find(|p| !p.is_not_collected());
    Outcome::Done {
        facts: facts.len(),
        problem: problem.map(ToString::to_string),
        denied: problem.is_some_and(|p| p.kind == ProblemKind::Denied),
    }
}

fn fail(all: &mut Facts, index: usize, kind: ProblemKind, why: &str) {
    for path in PROBES[index].paths {
        record(all, path, Problem::new(kind, why));
    }
}

fn record(all: &mut Facts, path: &str, problem: Problem) {
    let keys: Vec<&str> = path.split('.').collect();
    all.problem(&keys, problem);
}

fn finish(host: &Host, options: &Options, all: Facts, at: jiff::Timestamp, took: Duration) -> Captured {
    let Parts { tree, provenance, problems, redacted } = all.finish();
    let name = tree.get(&Path::new(["identity", "host_name"]));
    let host_name = match name {
        Some(ValueRef::Text(name)) => Some(name.to_owned()),
        // Not asked for, and not left out by name either.
        _ if !options.without.iter().any(|path| path.starts_with("identity")) => {
            super::identity::host_name(host).map(|(name, _)| name)
        }
        _ => None,
    };
    let folder = host.root_folder().and_then(|root| root.trim_end_matches('/').rsplit('/').next()).map(without_ending);
    let label = match (&options.label, &host_name, folder) {
        (label, ..) if !label.is_empty() => label.clone(),
        (_, Some(name), _) => name.clone(),
        (_, None, Some(folder)) if !folder.is_empty() => folder.to_owned(),
        (_, None, Some(_)) => "root".to_owned(),
        (_, None, None) => "this machine".to_owned(),
    };
    let snapshot = Snapshot {
        meta: Meta {
            label,
            captured_at: Some(at),
            host: host_name,
            tool: Some(TOOL.to_owned()),
            privileged: host.as_live().map(crate::host::Live::is_privileged),
            root: host.root_folder().map(str::to_owned),
            redaction_key: options.redactor.key().map(|key| key.id().to_owned()),
            duration_seconds: Some((took.as_secs_f64() * 1000.0).round() / 1000.0),
            ..Meta::default()
        },
        facts: tree,
        provenance,
        problems,
    };
    Captured { snapshot, redacted }
}

/// An archive's name without what says how it is packed.
fn without_ending(name: &str) -> &str {
    let name = [".gz", ".xz", ".zst", ".bz2"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    [".tar", ".tgz", ".txz"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_of_a_root_reads_that_root_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        let etc = dir.path().join("etc");
        #[allow(clippy::disallowed_methods, reason = "a test makes its own root")]
        std::fs::create_dir(&etc).and_then(|()| std::fs::write(etc.join("os-release"), "ID=tiny\n")).expect("writes");
        let host = Arc::new(Host::root(dir.path().to_str().expect("UTF-8")).expect("opens"));
        let options = Options { label: "tiny".to_owned(), ..Options::default() };
        let snapshot = run(&host, &options, &Cancel::new(), &mut |_| {});
        assert_eq!(snapshot.facts.get(&Path::new(["os", "release", "id"])).and_then(|v| v.as_text()), Some("tiny"));
        assert_eq!(snapshot.meta.label, "tiny");
        assert_eq!(snapshot.meta.privileged, None);
    }

    #[test]
    fn what_does_not_answer_costs_what_stands_in_it() {
        let root = crate::capture::sample::Root::new(&[
            ("/etc/nginx/nginx.conf", "user www;\nhttp { include conf.d/*.conf; }\n"),
            ("/etc/nginx/conf.d/a.conf", "proxy_read_timeout 5;\n"),
            ("/etc/hostname", "tiny\n"),
            ("/etc/squid/squid.conf", "cache_mem 8 MB\n"),
        ]);
        let host = Arc::new(root.host());
        host.give_up("/etc/nginx/conf.d");
        let snapshot = run(&host, &Options::default(), &Cancel::new(), &mut |_| {});
        let known = |path: &str| snapshot.facts.get(&path.parse().expect("a path")).is_some();
        let why = |path: &str| snapshot.problem_at(&path.parse().expect("a path")).map(ToString::to_string);
        assert!(known("cache.http.nginx.user") && known("cache.http.squid.cache_mem") && known("identity.host_name"));
        let dead = Some("timed out: /etc/nginx/conf.d".to_owned());
        assert_eq!(why("cache.http.nginx.http.proxy_read_timeout"), dead);
        assert_eq!(why("configuration.files.\"/etc/nginx/conf.d/a.conf\".text"), dead);
        assert_eq!(why("configuration.files.\"/etc/nginx/nginx.conf\".text"), None);
        assert_eq!(why("cache.http.squid.other"), None);
    }

    #[test]
    fn what_is_left_out_is_not_collected() {
        let host = Arc::new(Host::live());
        let options = Options { without: vec!["os".to_owned()], ..Options::default() };
        let snapshot = run(&host, &options, &Cancel::new(), &mut |_| {});
        let problem = snapshot.problem_at(&Path::new(["os", "release", "id"])).expect("said");
        assert!(problem.is_not_collected());
    }

    #[test]
    fn a_capture_that_rests_begins_nothing_and_what_it_did_not_reach_is_unknown() {
        let root = crate::capture::sample::Root::new(&[("/etc/hostname", "tiny\n")]);
        let host = Arc::new(root.host());
        let (options, cancel) = (Options::default(), Cancel::new());
        options.pause.set(true);
        cancel.cancel();
        let mut events = Vec::new();
        let snapshot = captured(&host, &options, &cancel, &mut |event| events.push(event), None).snapshot;
        assert!(events.iter().all(|event| matches!(event, Event::Ended(_, Outcome::Skipped(_), _))), "{events:?}");
        assert_eq!(events.len(), PROBES.len());
        let problem = snapshot.problem_at(&Path::new(["identity", "host_name"])).expect("said");
        assert!(problem.is_not_collected() && problem.detail.contains("stopped"));
    }

    #[test]
    fn what_a_long_capture_keeps_has_the_facts_so_far() {
        let root = crate::capture::sample::Root::new(&[("/etc/os-release", "ID=tiny\n")]);
        let mut kept = Vec::new();
        let mut keep = |snapshot: Snapshot| {
            kept.push(snapshot);
            None
        };
        // Whoever watches takes his time once the first facts are there.
        let (_send, nothing) = mpsc::channel::<()>();
        let mut slow = |event: Event| {
            if matches!(event, Event::Ended(_, Outcome::Done { facts: 1.., .. }, _)) {
                assert!(nothing.recv_timeout(LONG).is_err());
            }
        };
        let options = Options { areas: vec!["os.release".to_owned(), "identity".to_owned()], ..Options::default() };
        captured(&Arc::new(root.host()), &options, &Cancel::new(), &mut slow, Some(&mut keep));
        let release = Path::new(["os", "release", "id"]);
        assert!(kept.iter().any(|snapshot| snapshot.facts.get(&release).is_some()), "{kept:?}");
    }

    #[test]
    fn parts_of_areas_can_be_asked_for_and_left_out() {
        let root = crate::capture::sample::Root::new(&[
            ("/etc/os-release", "ID=tiny\nVERSION_ID=7\n"),
            ("/etc/hostname", "tiny\n"),
            ("/proc/sys/vm/swappiness", "10\n"),
            ("/proc/sys/net/core/somaxconn", "128\n"),
        ]);
        let told = |areas: &[&str], without: &[&str]| {
            let list = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
            let options = Options { areas: list(areas), without: list(without), ..Options::default() };
            let snapshot = root.captured_with(&options);
            let known = |path: &str| {
                let path: Path = path.parse().expect("a path");
                let problem = snapshot.problem_at(&path).map(|problem| problem.detail.clone());
                snapshot.facts.get(&path).map_or(problem.unwrap_or_default(), |_| "known".to_owned())
            };
            ["os.release.id", "os.release.version", "os.sysctl.\"vm.swappiness\"", "identity.host_name"].map(known)
        };
        let (outside, without) = ("outside --area", "left out by --without");
        assert_eq!(told(&[], &[]), ["known"; 4]);
        assert_eq!(told(&["os"], &[]), ["known", "known", "known", outside]);
        assert_eq!(told(&["os.release", "identity"], &[]), ["known", "known", outside, "known"]);
        assert_eq!(told(&["os.release.id"], &[]), ["known", outside, outside, outside]);
        assert_eq!(told(&[], &["os.sysctl"]), ["known", "known", without, "known"]);
        assert_eq!(told(&["os"], &["os.release.version"]), ["known", without, "known", outside]);
        for (path, expected) in
            [("os", true), ("os.sysctl", true), ("os.release.id", true), ("o", false), ("os.x", false)]
        {
            assert_eq!(is_known(&path.parse().expect("a path")), expected, "{path}");
        }
    }
}
