//! `hardware.volume_groups`: what LVM has made of disks, from the copy of its metadata that it writes at each change
//! (vgcfgbackup(8)): nothing but root may read it. The format is that of lvm.conf(5): `key = value` and `section { ... }`.

use crate::capture::settings::drop_ins;
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::{Problem, ProblemKind, Value};
use std::collections::{BTreeMap, BTreeSet};

const FOLDER: &str = "/etc/lvm/backup";

/// LVM's metadata area is a megabyte unless somebody asks for more.
const CAP: u64 = 8 << 20;

/// A group, its volumes, a volume, its segment: four. What nests deeper is none of LVM's.
const DEEPEST: usize = 8;

/// Extents are counted in these.
const SECTOR: u64 = 512;

/// Reads the metadata of each group.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["hardware", "volume_groups"]);
    let files = match drop_ins(host, FOLDER, "") {
        Ok(files) => files,
        Err(error) => return facts.unread(&[], &error),
    };
    for path in files {
        let name = path.rsplit('/').next().unwrap_or_default();
        match host.text_up_to(&path, CAP) {
            Ok(text) => match parse(&text) {
                Some(said) => group(name, &said, &path, &mut facts.at(&[name])),
                None => {
                    let problem = Problem::new(ProblemKind::NotParsable, format!("{path} is not metadata of LVM"));
                    facts.problem(&[name], problem);
                }
            },
            Err(error) => facts.unread(&[name], &error),
        }
    }
}

/// Settings by the names of the sections that they stand in.
type Said<'a> = BTreeMap<Vec<&'a str>, Vec<&'a str>>;

fn group<'a>(name: &'a str, said: &Said<'a>, source: &str, facts: &mut Scope<'_>) {
    let number = |keys: &[&str]| said.get(keys)?.first()?.parse::<u64>().ok();
    let extent = number(&[name, "extent_size"]).and_then(|sectors| sectors.checked_mul(SECTOR));
    facts.put_some(&["extent_bytes"], extent, source);
    let members = sections(said, &[name, "physical_volumes"]);
    let extents = members.iter().filter_map(|pv| number(&[name, "physical_volumes", pv, "pe_count"]));
    let size = extents.fold(0_u64, u64::saturating_add);
    facts.put(&["physical_volumes"], members.len(), source);
    facts.put_some(&["size_bytes"], extent.and_then(|extent| extent.checked_mul(size)), source);
    let volumes = sections(said, &[name, "logical_volumes"]);
    for volume in volumes {
        let at = [name, "logical_volumes", volume];
        let in_volume = |key| [&at[..], &[key]].concat();
        // What a mirror or a pool is made of are volumes too, which nobody sees.
        if !said.get(&in_volume("status")).is_some_and(|status| status.contains(&"VISIBLE")) {
            continue;
        }
        let mut size = 0_u64;
        let mut kinds = BTreeSet::new();
        let mut stripes = BTreeSet::new();
        let segments = sections(said, &at);
        for segment in segments {
            let of = |key| [&at[..], &[segment, key]].concat();
            size = size.saturating_add(number(&of("extent_count")).unwrap_or_default());
            let count = number(&of("stripe_count"));
            // LVM's own programs call one stripe linear.
            let kind = said.get(&of("type")).and_then(|kind| kind.first().copied());
            kinds.extend(kind.map(|kind| if kind == "striped" && count == Some(1) { "linear" } else { kind }));
            stripes.extend(count.filter(|count| *count > 1));
        }
        let mut facts = facts.at(&["volumes", volume]);
        facts.put_some(&["size_bytes"], extent.and_then(|extent| extent.checked_mul(size)), source);
        facts.put(&["kind"], Value::set(kinds), source);
        facts.put_some(&["stripes"], stripes.last().copied(), source);
    }
}

/// The sections that stand in this one.
fn sections<'a>(said: &Said<'a>, at: &[&'a str]) -> BTreeSet<&'a str> {
    let within = said.range(at.to_vec()..).map(|(keys, _)| keys).take_while(|keys| keys.starts_with(at));
    within.filter(|keys| keys.len() > at.len() + 1).filter_map(|keys| keys.get(at.len()).copied()).collect()
}

/// All settings of a file; `None` where it does not follow the format.
fn parse(text: &str) -> Option<Said<'_>> {
    let mut said = Said::new();
    let mut at: Vec<&str> = Vec::new();
    let mut word: Option<&str> = None;
    let mut rest = text;
    while let Some((token, after)) = token(rest) {
        rest = after;
        match token {
            "{" => {
                at.push(word.take()?);
                if at.len() > DEEPEST {
                    return None;
                }
            }
            "}" => {
                at.pop()?;
            }
            "=" => {
                let mut key = at.clone();
                key.push(word.take()?);
                let (values, after) = values(rest)?;
                said.insert(key, values);
                rest = after;
            }
            other => word = Some(other),
        }
    }
    (at.is_empty() && !said.is_empty()).then_some(said)
}

/// One value, or those in brackets, and what follows.
fn values(text: &str) -> Option<(Vec<&str>, &str)> {
    let (first, mut rest) = token(text)?;
    if first != "[" {
        return Some((vec![first], rest));
    }
    let mut values = Vec::new();
    loop {
        let (next, after) = token(rest)?;
        rest = after;
        match next {
            "]" => return Some((values, rest)),
            "," => {}
            "{" | "}" | "=" => return None,
            value => values.push(value),
        }
    }
}

/// The next word, mark or quoted text (without its quotes), and what follows; comments are passed over.
fn token(text: &str) -> Option<(&str, &str)> {
    let mut text = text.trim_start();
    while let Some(comment) = text.strip_prefix('#') {
        text = comment.split_once('\n')?.1.trim_start();
    }
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"');
    }
    let is_mark = |c: char| "{}[]=,".contains(c);
    let first = text.chars().next()?;
    let length = if is_mark(first) {
        first.len_utf8()
    } else {
        text.find(|c: char| c.is_whitespace() || is_mark(c) || matches!(c, '#' | '"')).unwrap_or(text.len())
    };
    text.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    fn probed(text: &str) -> Facts {
        let (_dir, host) = root(&[("/etc/lvm/backup/data", text)]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        facts
    }

    #[test]
    fn a_group_says_what_its_volumes_are_made_of() {
        let facts = probed(
            r#"# Generated by LVM2 version 2.03.16(2) (2022-05-18): Wed Nov 25 03:30:00 2026

contents = "Text Format Volume Group"
version = 1

description = "Created *after* executing 'lvcreate -i2 -l10 -n { fast } data'"

data {
	id = "7fAVKh-2uLz-Hd4h-n4wn-ox3N-bZl1-PYY0yZ"
	seqno = 4
	format = "lvm2"			# informational
	status = ["RESIZEABLE", "READ", "WRITE"]
	flags = []
	extent_size = 8192		# 4 Megabytes

	physical_volumes {

		pv0 {
			device = "/dev/sdb"	# Hint only
			pe_count = 31	# 124 Megabytes
		}

		pv1 {
			device = "/dev/sdc"	# Hint only
			pe_count = 31	# 124 Megabytes
		}
	}

	logical_volumes {

		fast {
			status = ["READ", "WRITE", "VISIBLE"]
			segment_count = 1

			segment1 {
				start_extent = 0
				extent_count = 10	# 40 Megabytes

				type = "striped"
				stripe_count = 2
				stripe_size = 128	# 64 Kilobytes

				stripes = [
					"pv0", 0,
					"pv1", 0
				]
			}
		}

		logs {
			status = ["READ", "WRITE", "VISIBLE"]
			segment1 {
				extent_count = 5
				type = "striped"
				stripe_count = 1	# linear
				stripes = [
					"pv0", 5
				]
			}
			segment2 {
				extent_count = 2
				type = "striped"
				stripe_count = 1	# linear
			}
		}

		pool_tmeta {
			status = ["READ", "WRITE"]
			segment1 {
				extent_count = 1
				type = "striped"
				stripe_count = 1
			}
		}
	}
}
"#,
        );
        let expected = [
            "hardware.volume_groups.data.extent_bytes = 4194304",
            "hardware.volume_groups.data.physical_volumes = 2",
            "hardware.volume_groups.data.size_bytes = 260046848",
            "hardware.volume_groups.data.volumes.fast.kind = [(\"striped\")]",
            "hardware.volume_groups.data.volumes.fast.size_bytes = 41943040",
            "hardware.volume_groups.data.volumes.fast.stripes = 2",
            "hardware.volume_groups.data.volumes.logs.kind = [(\"linear\")]",
            "hardware.volume_groups.data.volumes.logs.size_bytes = 29360128",
        ];
        assert_eq!(written(&facts), expected);
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn what_is_no_metadata_is_a_problem() {
        let deep = "a { ".repeat(40_000);
        for text in ["", "data {\n", "}", "= 1", "a = [ 1", "a = [ { ]", "a = \"open", "#", deep.as_str()] {
            let facts = probed(text);
            assert_eq!((facts.len(), facts.problems().len()), (0, 1), "{text:.20}");
        }
    }
}
