//! `hardware.cloud`: which cloud the machine was ordered from, where in it and as what. cloud-init(1) keeps what the
//! cloud told it in a file that everybody may read, in which it has hidden what is secret; nothing is asked over the
//! network. <https://cloudinit.readthedocs.io/en/latest/explanation/instancedata.html>

use crate::capture::Facts;
use crate::host::Host;
use crate::model::{Problem, ProblemKind};
use serde_json::Value as Json;

const PATH: &str = "/run/cloud-init/instance-data.json";

/// User data alone may be 64 KiB, and stands there several times.
const CAP: u64 = 4 << 20;

/// What is told and where it may stand. The names in `v1` are the same in all clouds, before version 19.1 of cloud-init
/// with hyphens; below `ds.meta_data` each cloud has its own words.
const FACTS: [(&str, &[&str]); 6] = [
    ("provider", &["/v1/cloud_name", "/v1/cloud-name"]),
    ("platform", &["/v1/platform"]),
    ("region", &["/v1/region", "/ds/meta_data/imds/compute/location"]),
    ("zone", &["/v1/availability_zone", "/v1/availability-zone", "/ds/meta_data/imds/compute/zone"]),
    (
        "instance_type",
        &[
            "/ds/meta_data/instance-type",
            "/ds/meta_data/instance_type",
            "/ds/meta_data/imds/compute/vmSize",
            "/ds/meta_data/machine-type",
        ],
    ),
    ("image", &["/ds/meta_data/ami-id", "/ds/meta_data/imds/compute/storageProfile/imageReference/id"]),
];

/// Reads what the cloud told.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["hardware", "cloud"]);
    let bytes = match host.read_up_to(PATH, CAP) {
        Ok(bytes) => bytes,
        Err(error) => return facts.unread(&[], &error),
    };
    let told: Json = match serde_json::from_slice(&bytes) {
        Ok(told) => told,
        Err(error) => {
            return facts.problem(&[], Problem::new(ProblemKind::NotParsable, format!("{PATH}: {error}")));
        }
    };
    for (key, places) in FACTS {
        let found = places.iter().find_map(|place| told.pointer(place)?.as_str().filter(|text| !is_empty(text)));
        facts.put_some(&[key], found, PATH);
    }
}

/// What stands there when the cloud told nothing, or when only root may know.
fn is_empty(text: &str) -> bool {
    matches!(text, "" | "None" | "unknown" | "redacted for non-root user")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    fn probed(text: &str) -> Facts {
        let (_dir, host) = root(&[(PATH, text)]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        facts
    }

    #[test]
    fn the_place_and_size_of_a_machine_of_ec2_are_told() {
        let facts = probed(
            r#"{
 "base64_encoded_keys": [],
 "ds": {
  "_doc": "EXPERIMENTAL: The structure and format of content scoped under the 'ds' key may change in subsequent releases.",
  "meta_data": {
   "ami-id": "ami-0fd3a0e1b5b5cd1b2",
   "instance-type": "m5.2xlarge",
   "placement": {"availability-zone": "eu-central-1b"}
  }
 },
 "sensitive_keys": ["ds/meta_data/security-credentials"],
 "v1": {
  "availability-zone": "eu-central-1b",
  "availability_zone": "eu-central-1b",
  "cloud_name": "aws",
  "instance_id": "i-075f088c72ad3271c",
  "platform": "ec2",
  "region": "eu-central-1"
 }
}"#,
        );
        let expected = [
            "hardware.cloud.image = ami-0fd3a0e1b5b5cd1b2",
            "hardware.cloud.instance_type = m5.2xlarge",
            "hardware.cloud.platform = ec2",
            "hardware.cloud.provider = aws",
            "hardware.cloud.region = eu-central-1",
            "hardware.cloud.zone = eu-central-1b",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn what_a_cloud_does_not_tell_is_not_there() {
        let facts = probed(
            r#"{"ds": {"meta_data": {"imds": {"compute": {"vmSize": "Standard_D4s_v3", "zone": ""}}}},
                "v1": {"cloud-name": "azure", "region": "westeurope", "availability_zone": null, "platform": "unknown"}}"#,
        );
        let expected = [
            "hardware.cloud.instance_type = Standard_D4s_v3",
            "hardware.cloud.provider = azure",
            "hardware.cloud.region = westeurope",
        ];
        assert_eq!(written(&facts), expected);
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn half_a_file_is_a_problem() {
        let facts = probed(r#"{"v1": {"#);
        assert_eq!((facts.len(), facts.problems().len()), (0, 1));
    }
}
