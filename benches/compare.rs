//! What the work on snapshots costs: `cargo bench`. Facts are generated, so that every machine measures the same ones.

#![expect(clippy::expect_used, reason = "a measurement that cannot be set up is to end")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use driftglass::base::cancel::Cancel;
use driftglass::capture::{self, Options};
use driftglass::compare::Comparison;
use driftglass::filter;
use driftglass::format;
use driftglass::host::Host;
use driftglass::model::redaction::Redactor;
use driftglass::model::{self, Snapshot};
use driftglass::report::{self, Format, Report};
use serde_json::{Value, json};
use std::sync::Arc;

/// Facts of a usual environment, and of a large one.
const LEAVES: [usize; 2] = [10_000, 100_000];

/// One fact in so many differs between the two sides.
const DRIFT: usize = 100;

fn main() {
    divan::main();
}

/// The text of a snapshot without a header: keys in the byte order of JSON writers, which is not the order of a tree. Of
/// the facts of another `side`, one in [`DRIFT`] has another value.
fn text(leaves: usize, side: usize) -> Vec<u8> {
    const AREAS: [&str; 5] = ["os", "libraries", "configuration", "network", "deployments"];
    const LEAVES_EACH: usize = 5;
    let mut areas: [serde_json::Map<String, Value>; AREAS.len()] = Default::default();
    for item in 0..leaves / LEAVES_EACH {
        let moved = if (item * LEAVES_EACH).is_multiple_of(DRIFT) { side } else { 0 };
        let key = format!("item-{item}");
        let facts = json!({
            "version": format!("{}.{}.{}-1+deb12u{moved}", item % 9, item % 31, item % 17),
            "size_bytes": item * 4096,
            "is_enabled": item.is_multiple_of(3),
            "address": format!("10.{}.{}.{}", item % 251, item % 241, item % 239),
            "groups": ["adm", "sudo", format!("group{}", item % 50)],
        });
        areas[item % AREAS.len()].insert(key, facts);
    }
    let document: serde_json::Map<_, _> =
        AREAS.iter().zip(areas).map(|(area, facts)| ((*area).to_owned(), Value::Object(facts))).collect();
    Value::Object(document).to_string().into_bytes()
}

fn snapshot(leaves: usize, side: usize) -> Arc<Snapshot> {
    Arc::new(format::read(&text(leaves, side)).expect("generated text is JSON").snapshot)
}

fn comparison(leaves: usize) -> Comparison {
    let sides = vec![snapshot(leaves, 0), snapshot(leaves, 1)];
    Comparison::new(sides, &Cancel::new()).expect("nobody cancels")
}

/// Reading a file into the tree of facts.
#[divan::bench(args = LEAVES)]
fn read(bencher: Bencher<'_, '_>, leaves: usize) {
    let text = text(leaves, 0);
    bencher.counter(ItemsCount::new(leaves)).bench(|| format::read(black_box(&text)));
}

/// The yardstick of [`read`]: the same text into the usual tree of JSON.
#[divan::bench(args = LEAVES)]
fn read_as_json_value(bencher: Bencher<'_, '_>, leaves: usize) {
    let text = text(leaves, 0);
    bencher.counter(ItemsCount::new(leaves)).bench(|| serde_json::from_slice::<Value>(black_box(&text)));
}

/// Laying two snapshots side by side.
#[divan::bench(args = LEAVES)]
fn compare(bencher: Bencher<'_, '_>, leaves: usize) {
    let sides = [snapshot(leaves, 0), snapshot(leaves, 1)];
    bencher.counter(ItemsCount::new(leaves)).bench(|| Comparison::new(sides.to_vec(), &Cancel::new()));
}

/// Filters over [`LEAVES`]'s larger comparison: a state, an area, a word that must be looked for in paths and values.
#[divan::bench(args = ["is:changed", "area:network", "sudo"])]
fn filter(bencher: Bencher<'_, '_>, query: &str) {
    let comparison = comparison(LEAVES[1]);
    let query = filter::parse(query).expect("a query");
    bencher.bench(|| filter::run(black_box(&query), &comparison, &Cancel::new()));
}

/// The report for programs: the rows that differ, then every row.
#[divan::bench(args = ["is:diff", ""])]
fn report_as_json(bencher: Bencher<'_, '_>, shown: &str) {
    let comparison = comparison(LEAVES[1]);
    let query = filter::parse(shown).expect("a query");
    let rows = filter::run(&query, &comparison, &Cancel::new()).expect("nobody cancels");
    let report = Report::new(&comparison, &rows);
    bencher.counter(ItemsCount::new(rows.len())).bench(|| {
        let mut out = Vec::new();
        report::write(Format::Json, &report, &mut out).map(|()| out)
    });
}

/// Capturing the machine that this runs on, as a whole: the one figure that depends on the machine's own content.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn capture_of_this_machine() -> Snapshot {
    capture::run(&Arc::new(Host::live()), &Options::default(), &Cancel::new(), &mut |_| {})
}

/// The share of redaction in [`capture_of_this_machine`]: its rules over every key and value once more, on one thread.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn redaction_of_this_machine(bencher: Bencher<'_, '_>) {
    let snapshot = capture_of_this_machine();
    let facts: Vec<(Vec<model::Segment>, model::Value)> = snapshot
        .facts
        .leaves()
        .map(|(node, value)| (snapshot.facts.path(node).segments().to_vec(), value.to_owned()))
        .collect();
    let redactor = Redactor::default();
    bencher.counter(ItemsCount::new(facts.len())).bench(|| {
        let mut found = Vec::new();
        for (keys, value) in &facts {
            for key in keys {
                black_box(redactor.text(key, &mut found));
            }
            black_box(redactor.value(keys, value.clone(), &mut found));
        }
        found.len()
    });
}
