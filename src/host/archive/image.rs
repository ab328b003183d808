//! Images of containers: what `docker save` writes, and the OCI image layout (`image-spec/image-layout.md`).

use super::keep::Keep;
use super::load::Layers;
use super::tree::{Body, ROOT, Tree};
use serde::Deserialize;
use std::io;

/// The most that is read of a manifest, in bytes.
const MANIFEST_CAP: u64 = 4 << 20;

/// How far an index may lead to another.
const DEPTH: usize = 3;

/// What is read of `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

/// What is read of an OCI index, or of a manifest that one leads to.
#[derive(Deserialize)]
struct Oci {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
    #[serde(default)]
    annotations: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Platform {
    architecture: String,
    os: String,
}

impl Descriptor {
    fn path(&self) -> String {
        format!("/blobs/{}", self.digest.replacen(':', "/", 1))
    }

    /// What people call it.
    fn name(&self) -> String {
        let known = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
        let named = known.iter().find_map(|key| self.annotations.get(*key)).cloned();
        let platform = self.platform.as_ref().map(|platform| format!("{}/{}", platform.os, platform.architecture));
        [named, platform].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// Whether it is something to run: statements about images lie beside them, for a platform that there is not.
    fn is_image(&self) -> bool {
        !self.annotations.contains_key("vnd.docker.reference.type")
            && self.platform.as_ref().is_none_or(|platform| platform.os != "unknown")
    }
}

/// The root of the image that an archive holds; the archive's own files where it holds none.
pub(super) fn of(archive: Tree, layers: &Layers, keep: &Keep) -> io::Result<Tree> {
    let paths = if let Some(saved) = json::<Vec<Saved>>(&archive, keep, "/manifest.json") {
        let [saved] = &saved[..] else {
            return Err(several(saved.iter().map(|one| one.repo_tags.iter().flatten().next().cloned()).collect()));
        };
        saved.layers.iter().map(|layer| format!("/{layer}")).collect()
    } else if archive.resolve(ROOT, "/oci-layout", true).is_ok() {
        let mut index = json::<Oci>(&archive, keep, "/index.json").ok_or_else(|| broken("/index.json"))?;
        for _ in 0..DEPTH {
            if index.manifests.is_empty() {
                break;
            }
            let images: Vec<&Descriptor> = index.manifests.iter().filter(|one| one.is_image()).collect();
            let [image] = images[..] else { return Err(several(images.iter().map(|one| Some(one.name())).collect())) };
            let path = image.path();
            index = json(&archive, keep, &path).ok_or_else(|| broken(&path))?;
        }
        index.layers.iter().map(Descriptor::path).collect::<Vec<_>>()
    } else {
        return Ok(archive);
    };
    let mut root = Tree::new();
    for path in paths {
        let layer = archive.resolve(ROOT, &path, true).ok().and_then(|id| layers.get(&id));
        match layer {
            Some(Ok(layer)) => root.overlay(layer)?,
            Some(Err(error)) => return Err(io::Error::other(format!("layer {path}: {error}"))),
            None => return Err(io::Error::other(format!("the image's layer {path} is not in the archive"))),
        }
    }
    Ok(root)
}

fn json<T: serde::de::DeserializeOwned>(archive: &Tree, keep: &Keep, path: &str) -> Option<T> {
    let id = archive.resolve(ROOT, path, true).ok()?;
    let Body::File { size, place } = archive.node(id)?.body else { return None };
    let bytes = (size <= MANIFEST_CAP).then(|| keep.read(path, place, size).ok())??;
    serde_json::from_slice(&bytes).ok()
}

fn broken(path: &str) -> io::Error {
    io::Error::other(format!("the image's {path} is not there or not understood"))
}

fn several(names: Vec<Option<String>>) -> io::Error {
    let names: Vec<String> = names.into_iter().flatten().filter(|name| !name.is_empty()).collect();
    let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    io::Error::other(format!(
        "the archive does not hold one image but several or none{names}: save the one that is meant"
    ))
}
