//! The ratchet: how many differences every area had at a time that was good enough. A baseline is a small JSON file:
//!
//! ```json
//! { "format": "driftglass-baseline/1", "areas": { "os": { "open": 12, "points": 340 } } }
//! ```

use super::Standings;
use super::standing::Standing;
use crate::compare::{Comparison, RowId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name and version of the format.
const FORMAT: &str = "driftglass-baseline/1";

/// What one area had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Divergences that nobody had accepted and no policy ignored.
    pub open: u64,
    /// The points of their risk; none in a baseline that does not hold anybody to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<u64>,
}

impl Default for Area {
    /// An area in which all was well.
    fn default() -> Self {
        Self { open: 0, points: Some(0) }
    }
}

/// What all areas had; one that is not named had none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// By the first key of their paths.
    pub areas: BTreeMap<String, Area>,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    areas: BTreeMap<String, Area>,
}

impl Baseline {
    /// The counts of a comparison; `points` says what a divergence risks.
    pub fn of(comparison: &Comparison, standings: &Standings, points: impl Fn(RowId) -> u32) -> Self {
        let mut areas: BTreeMap<String, Area> = BTreeMap::new();
        for area in comparison.children(Comparison::TOP) {
            let is_open = |row: &RowId| {
                comparison.is_leaf(*row)
                    && comparison.state(*row).is_found()
                    && !matches!(standings.of(*row), Standing::Accepted(_) | Standing::Ignored(_))
            };
            let (mut open, mut all) = (0, 0);
            for row in (area..comparison.end(area)).filter(is_open) {
                open += 1;
                all += u64::from(points(row));
            }
            if open > 0 {
                areas.insert(comparison.key(area).to_owned(), Area { open, points: Some(all) });
            }
        }
        Self { areas }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// The text is no baseline, or one of another version: in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|error| format!("it is no baseline: {error}"))?;
        if file.format != FORMAT {
            return Err(format!("it is no baseline that this version reads: its format is {:?}", file.format));
        }
        Ok(Self { areas: file.areas })
    }

    /// As it is written to a file.
    pub fn to_text(&self) -> String {
        let file = File { format: FORMAT.to_owned(), areas: self.areas.clone() };
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }
}
