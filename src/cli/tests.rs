//! The recipes of docs/ci, each command in them read as the program reads it.

use yaml_rust2::{Yaml, YamlLoader};

const GITHUB: &str = include_str!("../../docs/ci/github-actions.yml");
const GITLAB: &str = include_str!("../../docs/ci/gitlab-ci.yml");
const JENKINS: &str = include_str!("../../docs/ci/Jenkinsfile");
const FRAMEWORK: &str = include_str!("../../.pre-commit-hooks.yaml");

/// Reads a command as the program does.
#[track_caller]
fn understood(command: &str) {
    let command = command.trim_end_matches(" || true");
    let words = shlex::split(command).expect("a shell reads it");
    let end = words.iter().position(|word| word == ">>").unwrap_or(words.len());
    assert_eq!(words[0], "driftglass", "{command}");
    let read = super::command().try_get_matches_from(&words[..end]);
    assert!(read.is_ok(), "{command}: {}", read.err().map(|e| e.to_string()).unwrap_or_default());
}

fn yaml(text: &str) -> Yaml {
    YamlLoader::load_from_str(text).expect("YAML").remove(0)
}

#[test]
fn references_in_the_place_of_a_command_are_explored() {
    let given = |line: &str| -> Vec<std::ffi::OsString> { line.split(' ').map(std::ffi::OsString::from).collect() };
    let meant = |line: &str| {
        let error = super::command().try_get_matches_from(given(line)).expect_err("no such command");
        super::explored(&error, &given(line))
    };
    assert_eq!(meant("driftglass a.json b.json"), Some(given("driftglass explore a.json b.json")));
    assert_eq!(
        meant("driftglass --ascii example:staging live"),
        Some(given("driftglass --ascii explore example:staging live"))
    );
    assert_eq!(meant("driftglass difff a.json"), None, "a command that is misspelt is told as that");
}

#[test]
fn the_recipe_for_github_is_sound() {
    let recipe = yaml(GITHUB);
    let job = &recipe["jobs"]["drift"];
    let steps = job["steps"].as_vec().expect("steps");
    let commands: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    assert_eq!(commands.len(), 3);
    commands.iter().for_each(|command| understood(command));
    let uses: Vec<&str> = steps.iter().filter_map(|step| step["uses"].as_str()).collect();
    assert_eq!(uses, ["actions/checkout@v4", "github/codeql-action/upload-sarif@v3"]);
    assert_eq!(steps[0]["with"]["fetch-depth"].as_i64(), Some(0));
    assert!(commands.iter().any(|command| command.contains("-o drift.sarif")));
    assert!(steps.iter().any(|step| step["with"]["sarif_file"].as_str() == Some("drift.sarif")));
    assert_eq!(recipe["permissions"]["security-events"].as_str(), Some("write"));
    let upload = steps.iter().find(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("upload-sarif")));
    assert_eq!(upload.expect("an upload")["continue-on-error"].as_bool(), Some(true));
    assert!(!commands[2].contains("|| true"), "the last one is the gate");
}

#[test]
fn the_recipe_for_gitlab_is_sound() {
    let job = &yaml(GITLAB)["drift"];
    let commands: Vec<&str> = job["script"].as_vec().expect("a script").iter().filter_map(Yaml::as_str).collect();
    assert_eq!(commands.len(), 2);
    commands.iter().for_each(|command| understood(command));
    assert!(commands[1].ends_with("-o drift.xml"));
    assert_eq!(job["artifacts"]["reports"]["junit"].as_str(), Some("drift.xml"));
    assert_eq!(job["allow_failure"]["exit_codes"].as_i64(), Some(3));
    assert_eq!(job["variables"]["GIT_DEPTH"].as_str(), Some("0"));
}

#[test]
fn the_recipe_for_jenkins_is_sound() {
    let commands: Vec<&str> = JENKINS.split('\'').filter(|text| text.starts_with("driftglass ")).collect();
    assert_eq!(commands.len(), 2);
    commands.iter().for_each(|command| understood(command));
    assert!(JENKINS.contains("junit testResults: 'drift.xml'") && commands[1].ends_with("-o drift.xml"));
    let depth = |open: char, close: char| {
        JENKINS.chars().try_fold(0_i32, |depth, c| {
            let depth = depth + i32::from(c == open) - i32::from(c == close);
            (depth >= 0).then_some(depth)
        })
    };
    assert_eq!((depth('{', '}'), depth('(', ')')), (Some(0), Some(0)));
}

#[test]
fn what_the_framework_runs_is_a_command() {
    let hooks = yaml(FRAMEWORK);
    let hooks = hooks.as_vec().expect("a list");
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        understood(hook["entry"].as_str().expect("a command"));
        assert_eq!(hook["stages"][0].as_str(), Some("pre-push"));
        assert_eq!((hook["always_run"].as_bool(), hook["pass_filenames"].as_bool()), (Some(true), Some(false)));
    }
}
