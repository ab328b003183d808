//! The words of a rule beside values: which case speaks, and which side is named.

use super::*;

/// Title and consequence, as they are of the values and as they are of any.
fn told(consequence: &str, rest: &str, test: &str, target: &str) -> Option<[String; 4]> {
    let side = |value: &str| if value.is_empty() { "{\"z\":1}".to_owned() } else { format!(r#"{{"a":{value}}}"#) };
    let (test, target) = (side(test), side(target));
    let sides = [("staging", test.as_str()), ("production", target.as_str())];
    let judged = Judged::read(&sides, &rules_saying(consequence, rest));
    let finding = judged.risks.of(judged.row("a")).first()?;
    let (says, any) = (judged.risks.says(finding), judged.risks.says_of_any(finding));
    Some([says.title, says.consequence, any.title, any.consequence].map(|text| text.into_owned()))
}

#[test]
fn words_fit_the_values_and_name_the_side() {
    let consequence = "{higher} asks more than {lower}, {x} and {";
    let rest = r#"
triggers = [{ changed = true }, { missing = "either" }]
absent = 1
[[rule.cases]]
when = { changed = true, value = ["9"] }
title = "Nine in {higher}"
consequence = "{target} and {test}: {newer}"
"#;
    let any = ["Own", "The environment with more asks more than the environment with less, {x} and {"];
    let plain = told(consequence, rest, "2", "").expect("it fires");
    assert_eq!(plain, ["Own", "staging asks more than production, {x} and {", any[0], any[1]]);
    let nine = told(consequence, rest, "", "9").expect("it fires");
    assert_eq!(nine, ["Nine in production", "production and staging: production", any[0], any[1]]);
    // What one says is what the other means by saying nothing: the rule is silent.
    let silent = told(consequence, rest, "1", "").expect("a default");
    assert_eq!(silent[0], "A difference that no rule speaks of");
    let lacks = told("{lacks} has not what {has} has", "triggers=[{missing='either'}]", "2", "").expect("it fires");
    assert_eq!(lacks[1], "production has not what staging has");
}

#[test]
fn a_text_is_one_line_however_it_is_written() {
    let lines = told("one\n   two ", "triggers=[{changed=true}]", "1", "2").expect("it fires");
    assert_eq!(lines[1], "one two");
}

#[test]
fn sides_are_said_to_have_it_or_not() {
    let stands = |sides: &[(&str, &str)]| {
        let judged = Judged::read(sides, &rules("triggers=[{changed=true},{missing='either'}]"));
        judged.stands("a", None)
    };
    let empty = ("production", r#"{"z":1}"#);
    assert_eq!(stands(&[("staging", r#"{"a":1}"#), empty]), "Only staging has it, production has not");
    assert_eq!(stands(&[("blue", r#"{"z":1}"#), ("green", r#"{"a":1}"#)]), "Only green has it, blue has not");
    assert_eq!(stands(&[("staging", r#"{"a":1}"#), ("production", r#"{"a":2}"#)]), "");
}
