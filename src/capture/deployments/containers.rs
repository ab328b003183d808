//! `deployments.containers`: which containers the machine has, of which images, as the engines' own files tell it:
//! docker's, those of podman and CRI-O (containers-storage), and containerd's. `deployments.static_pods`: what a kubelet
//! starts by itself.

use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, ReadError};
use crate::model::{Problem, ProblemKind, Value, redaction};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

const DOCKER: &str = "/var/lib/docker";
const STORAGE: &str = "/var/lib/containers/storage";
const CONTAINERD: &str = "/run/containerd/io.containerd.runtime.v2.task";
const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// The most containers of one engine. A node of Kubernetes has some hundred.
const CONTAINERS: usize = 1_000;

/// Lists of all containers or images of a machine.
const LIST_CAP: u64 = 64 << 20;

/// Reads what each engine keeps; most of it only root may see.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut containers = facts.at(&["deployments", "containers"]);
    docker(host, &mut containers);
    storage(host, &mut containers);
    containerd(host, &mut containers);
    for line in ["docker ps -a", "docker ps --all --no-trunc", "podman ps -a", "docker ps", "podman ps"] {
        if let Some(said) = host.recorded(line) {
            for row in listed(&said.text) {
                let mut facts = containers.at(&[&row.name]);
                facts.put(&["engine"], line.split(' ').next().unwrap_or(line), &said.source);
                facts.put(&["image"], row.image, &said.source);
                facts.put(&["state"], row.state, &said.source);
            }
        }
    }
    static_pods(host, &mut facts.at(&["deployments", "static_pods"]));
}

fn json(host: &Host, path: &str, cap: u64) -> Result<Json, ReadError> {
    let bytes = host.read_up_to(path, cap)?;
    serde_json::from_slice(&bytes).map_err(|error| ReadError::Io { path: path.to_owned(), source: error.into() })
}

/// Like [`json`], for what may be absent; another failure is a problem.
fn known(host: &Host, path: &str, cap: u64, facts: &mut Scope<'_>) -> Option<Json> {
    match json(host, path, cap) {
        Ok(json) => Some(json),
        Err(error) => {
            facts.unread(&[], &error);
            None
        }
    }
}

fn at<'a>(json: &'a Json, keys: &[&str]) -> &'a Json {
    keys.iter().fold(json, |json, key| json.get(key).unwrap_or(&Json::Null))
}

fn text<'a>(json: &'a Json, keys: &[&str]) -> Option<&'a str> {
    at(json, keys).as_str().filter(|text| !text.is_empty())
}

/// What is in a folder, at most as many as there may be containers.
fn entries(host: &Host, folder: &str, facts: &mut Scope<'_>) -> Vec<String> {
    match host.list(folder) {
        Ok(entries) => {
            if entries.len() > CONTAINERS {
                let detail = format!("{folder} has more than {CONTAINERS} entries");
                facts.problem(&[], Problem::new(ProblemKind::TooLarge, detail));
            }
            let folders = entries.into_iter().filter(|entry| entry.kind == EntryKind::Folder);
            folders.take(CONTAINERS).map(|entry| entry.name).collect()
        }
        Err(error) => {
            facts.unread(&[], &error);
            Vec::new()
        }
    }
}

fn docker(host: &Host, facts: &mut Scope<'_>) {
    let containers = format!("{DOCKER}/containers");
    let ids = entries(host, &containers, facts);
    if ids.is_empty() {
        return;
    }
    let digests = docker_digests(host, facts);
    for id in ids {
        let path = format!("{containers}/{id}/config.v2.json");
        let Some(config) = known(host, &path, crate::host::FILE_CAP, facts) else { continue };
        let labels = at(&config, &["Config", "Labels"]);
        let name = text(&config, &["Name"]).unwrap_or(&id).trim_start_matches('/');
        let mut facts = facts.at(&[&key(labels, name)]);
        facts.put(&["engine"], "docker", &path);
        facts.put_some(&["image"], text(&config, &["Config", "Image"]), &path);
        let image = text(&config, &["Image"]);
        let digest = image.and_then(|image| digests.get(image).map(String::as_str)).or(image);
        facts.put_some(&["digest"], digest, &path);
        let is = |key: &str| at(&config, &["State", key]) == &Json::Bool(true);
        let state = match () {
            () if is("Paused") => "paused",
            () if is("Restarting") => "restarting",
            () if is("Running") => "running",
            () if is("Dead") => "dead",
            () if text(&config, &["State", "StartedAt"]).is_none_or(|at| at.starts_with("0001-")) => "created",
            () => "exited",
        };
        facts.put(&["state"], state, &path);
        facts.put_some(&["compose_project"], text(labels, &["com.docker.compose.project"]), &path);
        if let Some(files) = text(labels, &["com.docker.compose.project.config_files"]) {
            facts.put(&["compose_files"], Value::list(files.split(',')), &path);
        }
        let settings = format!("{containers}/{id}/hostconfig.json");
        if let Some(settings) = known(host, &settings, crate::host::FILE_CAP, &mut facts) {
            let policy = text(&settings, &["RestartPolicy", "Name"]).unwrap_or("no");
            facts.put(&["restart_policy"], policy, &format!("{containers}/{id}/hostconfig.json"));
        }
    }
}

/// From the numbers of images to the digests by which a registry knows them.
fn docker_digests(host: &Host, facts: &mut Scope<'_>) -> HashMap<String, String> {
    let mut out = HashMap::new();
    for driver in entries(host, &format!("{DOCKER}/image"), facts) {
        let path = format!("{DOCKER}/image/{driver}/repositories.json");
        let Some(list) = known(host, &path, LIST_CAP, facts) else { continue };
        let repositories = at(&list, &["Repositories"]).as_object();
        let names = repositories.into_iter().flatten().filter_map(|(_, names)| names.as_object()).flatten();
        for (name, image) in names {
            if let (Some((_, digest)), Some(image)) = (name.split_once('@'), image.as_str()) {
                out.insert(image.to_owned(), digest.to_owned());
            }
        }
    }
    out
}

/// A container of Kubernetes goes by where it belongs: the names of pods are drawn at random.
fn key(labels: &Json, name: &str) -> String {
    let label = |end: &str| text(labels, &[&format!("io.kubernetes.{end}")]);
    match (label("pod.namespace"), label("container.name")) {
        (Some(space), Some(container)) => format!("kubernetes/{space}/{container}"),
        _ => name.to_owned(),
    }
}

/// Whether a container only holds the name spaces of a pod.
fn is_pause(name: &str) -> bool {
    matches!(name.rsplit('/').next(), Some("POD" | ""))
}

/// What podman, CRI-O and buildah share (containers-storage.conf(5)). Whether a container runs stands in no file of it.
fn storage(host: &Host, facts: &mut Scope<'_>) {
    for driver in ["overlay", "vfs", "btrfs"] {
        let path = format!("{STORAGE}/{driver}-containers/containers.json");
        let Some(containers) = known(host, &path, LIST_CAP, facts) else { continue };
        let images = format!("{STORAGE}/{driver}-images/images.json");
        let images = known(host, &images, LIST_CAP, facts).unwrap_or_default();
        let digests: HashMap<&str, &str> = images
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|i| Some((text(i, &["id"])?, text(i, &["digest"])?)))
            .collect();
        for container in containers.as_array().into_iter().flatten().take(CONTAINERS) {
            // What the engine keeps for itself is a text of JSON in the JSON.
            let metadata: Json =
                text(container, &["metadata"]).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let given = at(container, &["names"]).get(0).and_then(Json::as_str);
            let name = text(&metadata, &["name"]).or(given).or(text(container, &["id"])).unwrap_or_default();
            let is_kubernetes = name.starts_with("k8s_");
            let parts: Vec<&str> = name.split('_').collect();
            // k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT
            let key = match parts.as_slice() {
                ["k8s", container, _, space, ..] => format!("kubernetes/{space}/{container}"),
                _ => name.to_owned(),
            };
            if key.is_empty() || is_pause(&key) {
                continue;
            }
            let mut facts = facts.at(&[&key]);
            facts.put(&["engine"], if is_kubernetes { "cri-o" } else { "podman" }, &path);
            facts.put_some(&["image"], text(&metadata, &["image-name"]), &path);
            let image = text(container, &["image"]);
            let digest = image.and_then(|image| digests.get(image).copied()).or(image);
            facts.put_some(&["digest"], digest, &path);
        }
    }
}

/// The containers that run now, by what containerd was told to start; docker's own are told above.
fn containerd(host: &Host, facts: &mut Scope<'_>) {
    for space in entries(host, CONTAINERD, facts).into_iter().filter(|space| space != "moby") {
        for id in entries(host, &format!("{CONTAINERD}/{space}"), facts) {
            let path = format!("{CONTAINERD}/{space}/{id}/config.json");
            let Some(config) = known(host, &path, crate::host::FILE_CAP, facts) else { continue };
            let annotations = at(&config, &["annotations"]);
            let note = |name: &str| text(annotations, &[name]);
            if note("io.kubernetes.cri.container-type") == Some("sandbox") {
                continue;
            }
            let kubernetes = note("io.kubernetes.cri.sandbox-namespace").zip(note("io.kubernetes.cri.container-name"));
            let key = match kubernetes {
                Some((space, container)) => format!("kubernetes/{space}/{container}"),
                None => note("nerdctl/name").map_or_else(|| format!("{space}/{id}"), str::to_owned),
            };
            let mut facts = facts.at(&[&key]);
            facts.put(&["engine"], "containerd", &path);
            facts.put_some(&["image"], note("io.kubernetes.cri.image-name"), &path);
            facts.put(&["state"], "running", &path);
        }
    }
}

/// A line of `docker ps`.
struct Row {
    name: String,
    image: String,
    state: &'static str,
}

/// The columns begin where their names do in the headline.
fn listed(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let Some(head) = lines.find(|line| line.starts_with("CONTAINER ID")) else { return Vec::new() };
    let column = |line: &str, name: &str| {
        let start = head.find(name)?;
        let end = head.get(start..)?.find("  ").and_then(|gap| {
            let rest = head.get(start + gap..)?;
            Some(start + gap + rest.find(|c: char| c != ' ')?)
        });
        let cell = match end {
            Some(end) => line.get(start..end.min(line.len())),
            None => line.get(start..),
        };
        cell.map(|cell| cell.trim().to_owned())
    };
    let rows = lines.filter_map(|line| {
        let status = column(line, "STATUS")?;
        let state = match status.split_whitespace().next()? {
            "Up" if status.contains("(Paused)") => "paused",
            "Up" => "running",
            "Exited" => "exited",
            "Created" => "created",
            "Restarting" => "restarting",
            _ => "dead",
        };
        // A container of Kubernetes is named k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT.
        let name = column(line, "NAMES")?;
        let parts: Vec<&str> = name.split('_').collect();
        let name = match parts.as_slice() {
            ["k8s", container, _, space, ..] => format!("kubernetes/{space}/{container}"),
            _ => name,
        };
        (!name.is_empty() && !is_pause(&name)).then(|| Some(Row { name, image: column(line, "IMAGE")?, state }))?
    });
    rows.collect()
}

/// The pods of a kubelet's own folder: the digest of each file without its secrets, and the images that it names.
fn static_pods(host: &Host, facts: &mut Scope<'_>) {
    let files = crate::capture::settings::drop_ins(host, MANIFESTS, "").unwrap_or_else(|error| {
        facts.unread(&[], &error);
        Vec::new()
    });
    for path in files.iter().filter(|path| [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))) {
        let name = path.rsplit('/').next().unwrap_or(path);
        match host.text(path) {
            Ok(text) => {
                let lines = text.lines().map(|line| line.trim().trim_start_matches("- ").trim_matches(','));
                let images = lines.filter_map(|line| line.trim_start_matches('"').strip_prefix("image"));
                let images = images.filter_map(|rest| rest.trim_start_matches('"').strip_prefix(':'));
                let images: BTreeSet<&str> = images.map(|image| image.trim().trim_matches(['"', '\''])).collect();
                facts.put(&[name, "images"], Value::set(images), path);
                let digest = blake3::hash(redaction::text(&text).as_bytes()).to_hex().to_string();
                facts.put(&[name, "digest"], digest, path);
            }
            Err(error) => facts.unread(&[name], &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let facts = Root::new(files).probe(probe);
        assert!(facts.problems().is_empty(), "{:?}", facts.problems());
        written(&facts).into_iter().map(|line| line.replace("deployments.", "")).collect()
    }

    #[test]
    fn docker_keeps_a_file_a_container() {
        let config = r#"{"Name":"/shop-web-1","Image":"sha256:aaa","State":{"Running":true,"StartedAt":"2026-01-31T12:00:00Z"},
            "Config":{"Image":"nginx:1.25","Env":["DB_PASSWORD=hunter2x9"],"Labels":{"com.docker.compose.project":"shop",
            "com.docker.compose.project.config_files":"/srv/shop/compose.yaml,/srv/shop/local.yaml"}}}"#;
        let pod = r#"{"Name":"/k8s_app_shop-7d9_prod_uid_0","Image":"sha256:bbb","State":{"StartedAt":"0001-01-01T00:00:00Z"},
            "Config":{"Image":"app@sha256:ccc","Labels":{"io.kubernetes.pod.namespace":"prod","io.kubernetes.container.name":"app"}}}"#;
        let images = r#"{"Repositories":{"nginx":{"nginx:1.25":"sha256:aaa","nginx@sha256:d1d1":"sha256:aaa"}}}"#;
        let said = told(&[
            ("/var/lib/docker/containers/1/config.v2.json", config),
            ("/var/lib/docker/containers/1/hostconfig.json", r#"{"RestartPolicy":{"Name":"unless-stopped"}}"#),
            ("/var/lib/docker/containers/2/config.v2.json", pod),
            ("/var/lib/docker/image/overlay2/repositories.json", images),
        ]);
        assert_eq!(
            said,
            [
                "containers.\"kubernetes/prod/app\".digest = sha256:bbb",
                "containers.\"kubernetes/prod/app\".engine = docker",
                "containers.\"kubernetes/prod/app\".image = app@sha256:ccc",
                "containers.\"kubernetes/prod/app\".state = created",
                "containers.shop-web-1.compose_files = [(\"/srv/shop/compose.yaml\") (\"/srv/shop/local.yaml\")]",
                "containers.shop-web-1.compose_project = shop",
                "containers.shop-web-1.digest = sha256:d1d1",
                "containers.shop-web-1.engine = docker",
                "containers.shop-web-1.image = nginx:1.25",
                "containers.shop-web-1.restart_policy = unless-stopped",
                "containers.shop-web-1.state = running",
            ]
        );
    }

    #[test]
    fn podman_containerd_and_the_kubelet_have_their_own_ways() {
        let containers = r#"[{"id":"1","names":["cache"],"image":"i1","metadata":"{\"image-name\":\"docker.io/library/redis:7\",\"name\":\"cache\"}"},
            {"id":"2","names":["k8s_POD_x_kube-system_u_0"],"image":"i2","metadata":""}]"#;
        let task = r#"{"annotations":{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.container-name":"dns",
            "io.kubernetes.cri.sandbox-namespace":"kube-system","io.kubernetes.cri.image-name":"coredns:1.11"}}"#;
        let said = told(&[
            ("/var/lib/containers/storage/overlay-containers/containers.json", containers),
            ("/var/lib/containers/storage/overlay-images/images.json", r#"[{"id":"i1","digest":"sha256:d2"}]"#),
            ("/run/containerd/io.containerd.runtime.v2.task/k8s.io/9/config.json", task),
            ("/run/containerd/io.containerd.runtime.v2.task/moby/8/config.json", "{}"),
            (
                "/etc/kubernetes/manifests/etcd.yaml",
                "spec:\n  containers:\n  - image: etcd:3.5\n    imagePullPolicy: Always\n",
            ),
        ]);
        let expected = [
            "containers.cache.digest = sha256:d2",
            "containers.cache.engine = podman",
            "containers.cache.image = docker.io/library/redis:7",
            "containers.\"kubernetes/kube-system/dns\".engine = containerd",
            "containers.\"kubernetes/kube-system/dns\".image = coredns:1.11",
            "containers.\"kubernetes/kube-system/dns\".state = running",
        ];
        assert_eq!(said[..6], expected);
        assert_eq!(said[7], "static_pods.\"etcd.yaml\".images = [(\"etcd:3.5\")]");
    }

    #[test]
    fn support_archives_have_a_table() {
        let table = "CONTAINER ID   IMAGE        COMMAND       CREATED       STATUS                   PORTS     NAMES\n\
                     1a2b3c4d5e6f   nginx:1.25   \"/entry.sh\"   2 hours ago   Up 2 hours               80/tcp    web\n\
                     2a2b3c4d5e6f   job:3        \"/run\"        3 days ago    Exited (0) 3 days ago              job\n";
        let said = told(&[("/sos_commands/docker/docker_ps_-a", table)]);
        assert_eq!(
            said,
            [
                "containers.job.engine = docker",
                "containers.job.image = job:3",
                "containers.job.state = exited",
                "containers.web.engine = docker",
                "containers.web.image = nginx:1.25",
                "containers.web.state = running",
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_a_problem_and_no_more() {
        let facts = Root::new(&[("/var/lib/docker/containers/1/config.v2.json", "{")]).probe(probe);
        assert_eq!((facts.values().len(), facts.problems().len()), (0, 1));
    }
}
