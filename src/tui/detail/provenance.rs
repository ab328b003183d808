//! Where each side's value was read, by whom, and what it means that one could not be.

use crate::base::text::escape;
use crate::compare::{Cell, Comparison, RowId};

/// The lines of the Provenance tab, in display form: a few for each side.
pub fn lines(comparison: &Comparison, row: RowId) -> Vec<String> {
    let labels: Vec<_> = comparison.sides().iter().map(|side| escape(side.label()).into_owned()).collect();
    let cells = labels.iter().map(|label| crate::base::text::width(label)).max().unwrap_or(0).min(24);
    let mut out = Vec::new();
    for (index, (side, label)) in comparison.sides().iter().zip(&labels).enumerate() {
        let meta = &side.snapshot.meta;
        let mark = if index == comparison.reference() { " REF" } else { "" };
        let lead = " ".repeat(cells + 7);
        let pad = " ".repeat((cells + 6).saturating_sub(crate::base::text::width(label) + mark.len()));
        // The nearest source above speaks of what was found beneath it, not of what is absent.
        let source = match comparison.cell(row, index) {
            Cell::Missing => "known to be absent".into(),
            _ => comparison.source(row, index).map_or("source not recorded".into(), escape),
        };
        out.push(format!(" {label}{mark}{pad}{source}"));
        let mut by = Vec::new();
        if let Some(host) = &meta.host {
            by.push(format!("host {}", escape(host)));
        }
        by.push(match meta.captured_at {
            Some(at) => format!("captured {}", at.strftime("%Y-%m-%d %H:%M:%SZ")),
            None => "capture time unknown".to_owned(),
        });
        if let Some(tool) = &meta.tool {
            by.push(format!("by {}", escape(tool)));
        }
        match meta.privileged {
            Some(true) => by.push("as root".to_owned()),
            Some(false) => by.push("not as root".to_owned()),
            None => {}
        }
        if let Some(root) = &meta.root {
            by.push(format!("root {}", escape(root)));
        }
        out.push(format!("{lead}{}", by.join("  ")));
        match comparison.cell(row, index) {
            Cell::Problem(why) => {
                out.push(format!("{lead}{}: will be ? unknown, never absent", escape(why)));
            }
            Cell::NotCollected(why) => {
                out.push(format!("{lead}{}: ? unknown, never absent", escape(why)));
            }
            Cell::Redacted(_) => out.push(format!("{lead}the value was hidden at capture; the original is not kept")),
            Cell::Missing | Cell::Value(_) => {}
        }
    }
    out
}
