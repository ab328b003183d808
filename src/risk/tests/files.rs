//! Files of rules: what is a mistake, what only a warning, what stays known of the rules of the program.

use super::*;

fn read(text: &str) -> Result<Rules, RuleError> {
    Rules::with_user(&[("own.toml", text)])
}

fn rule(paths: &str, more: &str) -> String {
    format!(
        "[[rule]]\nid = 'own'\ntitle = 'Own'\nimpact = 'outage'\nseverity = 6\nlikelihood = 5\npaths = {paths}\n{more}\n"
    )
}

#[test]
fn a_path_at_which_nothing_can_stand_is_told() {
    let strange = read(&rule("['hardwre.cpu', 'os.release.version', 'shop.workers']", "")).expect("is read");
    assert_eq!(
        strange.warnings(),
        [
            "own.toml:7:10: rule.0.paths: hardwre.cpu: no fact of the program stands here, only one of your own could: is hardware.cpu.smt \
             meant?",
            "own.toml:7:47: rule.0.paths: shop.workers: no fact of the program stands here, only one of your own could",
        ]
    );
    let wrong = |paths: &str| read(&rule(paths, "")).expect_err("a mistake").mistakes[0].what.clone();
    assert_eq!(
        wrong("['hardware.cpu']"),
        "hardware.cpu: no fact of hardware can stand here: is hardware.cpu.smt meant?",
        "a branch has no value"
    );
    assert!(wrong("['effective.dirty_byte']").contains("is effective.dirty_bytes meant?"));
    for known in ["os.sysctl.**", "**", "*.*.version", "effective.open_files.postgresql", "imported.tool.x"] {
        let warned = read(&rule(&format!("['{known}']"), "")).expect("is read").warnings().len();
        assert_eq!(warned, usize::from(known.starts_with("imported")), "{known}");
    }
    assert!(Rules::builtin().warnings().is_empty());
}

#[test]
fn words_for_sides_and_addresses_of_pages_are_looked_at() {
    let wrong = |more: &str| read(&rule("['a']", more)).err().map(|error| error.mistakes[0].what.clone());
    assert!(
        wrong("consequence = 'In {lowr} it fails.'").is_some_and(|what| what.starts_with("{lowr} stands for no side"))
    );
    assert_eq!(wrong("consequence = 'GET /users/{id} fails in {lower}.'"), None);
    for url in ["javascript:alert(1)", "https://a/<b>", "https://a b", "data:text/html,x", ""] {
        let more = format!("sources = [{{ title = 't', url = '{url}' }}]");
        assert_eq!(wrong(&more).as_deref(), Some("it is the address of a page: https://..."), "{url}");
    }
    assert_eq!(wrong("sources = [{ title = 't', url = 'https://example.net/a' }]"), None);
}

#[test]
fn what_a_file_changes_of_the_program_stays_known() {
    let changed =
        read("[[rule]]\nid = 'somaxconn'\nseverity = 8\n[[rule]]\nid = 'cpu-count'\noff = true\n").expect("is read");
    assert_eq!(changed.changed().collect::<Vec<_>>(), [("somaxconn", "own.toml")]);
    assert_eq!(changed.switched_off(), [("cpu-count".to_owned(), Arc::from("own.toml"))]);
    assert!(changed.named("cpu-count").is_none());
    let path: Path = "os.kernel.modules.veth.loaded".parse().expect("a path");
    assert!(changed.fallback_of(&path).is_some_and(|fallback| fallback.id.starts_with("default-")));
}
