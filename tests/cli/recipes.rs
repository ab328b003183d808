//! The recipes of docs/ci, run: the commands of each, in their order and their shell, on a repository whose change drifts,
//! wants a decision, or does neither.

use super::Sandbox;
use std::path::{Path, PathBuf};
use std::process::Command;
use yaml_rust2::{Yaml, YamlLoader};

const POLICY: &str = r#"[environments.production]
role = "target"
reach = "production.json"
[environments.staging]
reach = "staging.json"

[gate]
block = "new -is:accepted area:dns"
needs-decision = "new -is:accepted area:os"
"#;

fn snapshot(label: &str, dns: &str, os: &str) -> String {
    format!(
        r#"{{ "driftglass": 1, "meta": {{ "label": "{label}", "host": "{label}" }}, "facts": {{ "dns": {{ "a": "{dns}" }}, "os": {{ "a": "{os}" }} }} }}"#
    )
}

/// What a change is, and what the gate ends with.
const CHANGES: [(&str, &str, i32); 3] = [("a", "a", 0), ("b", "a", 1), ("a", "b", 3)];

/// A checkout of a change, with a remote.
struct Checkout(Sandbox, String);

/// What came of a command: its status, and what it said.
type Done = (Option<i32>, String);

impl Checkout {
    fn of(dns: &str, os: &str) -> Self {
        let mut checkout = Self(Sandbox::new(), String::new());
        std::fs::create_dir(checkout.at("work")).expect("a folder");
        checkout.sound(&format!(
            "git init -q --bare -b main ../remote.git && git init -q -b main && git config user.name Ann && \
             git config user.email ann@example.org && git remote add origin ../remote.git && cat > driftglass.toml <<'EOF'\n\
             {POLICY}EOF\n"
        ));
        checkout.commit("a", "a");
        checkout.sound("git push -q origin main");
        checkout.1 = checkout.run("git rev-parse HEAD", &[]).1.trim().to_owned();
        checkout.sound("git switch -q -c change");
        checkout.commit(dns, os);
        checkout
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.0.path().join(name)
    }

    fn commit(&self, dns: &str, os: &str) {
        std::fs::write(self.at("work/staging.json"), snapshot("staging", "a", "a")).expect("writes");
        std::fs::write(self.at("work/production.json"), snapshot("production", dns, os)).expect("writes");
        self.sound("git add -A && git commit -q --allow-empty -m change");
    }

    /// Runs a command as a runner does: by `bash -e`, in the checkout.
    fn run(&self, command: &str, env: &[(&str, &str)]) -> Done {
        let ours = Path::new(env!("CARGO_BIN_EXE_driftglass")).parent().expect("a folder").display().to_string();
        let mut bash = Command::new("bash");
        bash.env_clear().env("HOME", self.0.0.path()).env("PATH", format!("{ours}:/usr/bin:/bin")).env("CI", "true");
        bash.env("GIT_CONFIG_SYSTEM", "/dev/null").env("GIT_CONFIG_GLOBAL", "/dev/null").env("LANG", "C.UTF-8");
        bash.envs(env.iter().copied()).current_dir(self.at("work")).args(["-e", "-o", "pipefail", "-c", command]);
        let output = bash.output().expect("bash runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).expect("UTF-8"))
    }

    #[track_caller]
    fn sound(&self, command: &str) {
        let (status, said) = self.run(command, &[]);
        assert_eq!(status, Some(0), "{command}: {said}");
    }

    #[track_caller]
    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.at("work").join(name)).expect(name)
    }

    #[track_caller]
    fn verdict(&self, name: &str, status: i32) {
        let word = [(0, "PASS"), (1, "BLOCK"), (3, "UNDECIDED")].into_iter().find(|(of, _)| *of == status);
        assert!(self.text(name).contains(word.expect("a verdict").1), "{}", self.text(name));
    }
}

fn yaml(text: &str) -> Yaml {
    YamlLoader::load_from_str(text).expect("YAML").remove(0)
}

#[test]
fn the_recipe_for_github_runs() {
    let recipe = yaml(include_str!("../../docs/ci/github-actions.yml"));
    let steps = recipe["jobs"]["drift"]["steps"].as_vec().expect("steps");
    let commands: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    for (dns, os, expected) in CHANGES {
        let checkout = Checkout::of(dns, os);
        let base = recipe["jobs"]["drift"]["env"]["BASE"].as_str().expect("a revision");
        let env = [("BASE", base), ("GITHUB_STEP_SUMMARY", "summary.md")];
        let statuses: Vec<Option<i32>> = commands.iter().map(|command| checkout.run(command, &env).0).collect();
        assert_eq!(statuses, [Some(0), Some(0), Some(expected)], "the last one is the gate");
        checkout.verdict("summary.md", expected);
        let sarif: serde_json::Value = serde_json::from_str(&checkout.text("drift.sarif")).expect("JSON");
        let results = sarif["runs"][0]["results"].as_array().expect("results").len();
        assert_eq!(results, usize::from(expected != 0), "{sarif}");
    }
}

#[test]
fn the_recipe_for_gitlab_runs() {
    let recipe = yaml(include_str!("../../docs/ci/gitlab-ci.yml"));
    let job = &recipe["drift"];
    let commands: Vec<&str> = job["script"].as_vec().expect("a script").iter().filter_map(Yaml::as_str).collect();
    for (dns, os, expected) in CHANGES {
        let checkout = Checkout::of(dns, os);
        let env = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", checkout.1.as_str())];
        // A runner runs all lines as one script, which ends with the first that fails.
        let (status, said) = checkout.run(&commands.join("\n"), &env);
        assert_eq!(status, Some(expected), "{said}");
        checkout.verdict("drift.md", expected);
        let failures = checkout.text("drift.xml").matches("<failure").count();
        assert_eq!(failures, usize::from(expected != 0), "{}", checkout.text("drift.xml"));
    }
}

#[test]
fn the_recipe_for_jenkins_runs() {
    let recipe = include_str!("../../docs/ci/Jenkinsfile");
    let is_command = |text: &&str| text.starts_with("git ") || text.starts_with("driftglass ");
    let commands: Vec<&str> = recipe.split('\'').filter(is_command).collect();
    assert_eq!(commands.len(), 3);
    for (dns, os, expected) in CHANGES {
        let checkout = Checkout::of(dns, os);
        // What the build has of the branch to merge into is what the first command fetches.
        let env = [("CHANGE_TARGET", "main")];
        checkout.sound("git update-ref -d refs/remotes/origin/main");
        let statuses: Vec<Option<i32>> = commands.iter().map(|command| checkout.run(command, &env).0).collect();
        assert_eq!(statuses, [Some(0), Some(0), Some(expected)]);
        checkout.verdict("drift.md", expected);
        assert!(checkout.text("drift.xml").contains("<testsuite"));
    }
}
