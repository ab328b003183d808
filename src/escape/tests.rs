#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

fn chance(incidents: u32, escaped: u32) -> Chance {
    Chance { incidents, escaped }
}

/// What scipy 1.x says of `beta(k + 1/2, n - k + 1/2)`: mean, the points at 5 % and 95 %, and of `betabinom` for the
/// next 10 and 50.
#[test]
fn figures_are_those_of_a_library_of_statistics() {
    type Row = ((u32, u32), (f64, f64, f64), (u32, u32), (u32, u32));
    let table: [Row; 5] = [
        ((5, 0), (0.083_333, 0.000_374, 0.305_746), (0, 4), (0, 16)),
        ((5, 5), (0.916_667, 0.694_254, 0.999_626), (6, 10), (34, 50)),
        ((20, 3), (0.166_667, 0.056_248, 0.313_680), (0, 4), (2, 17)),
        ((200, 90), (0.450_249, 0.392_933, 0.508_129), (2, 7), (16, 29)),
        ((7, 1), (0.187_5, 0.025_757, 0.440_417), (0, 5), (1, 23)),
    ];
    for ((incidents, escaped), (mean, low, high), ten, fifty) in table {
        let chance = chance(incidents, escaped);
        let near = |a: f64, b: f64| (a - b).abs() < 2e-6;
        let (from, to) = chance.interval();
        assert!(near(chance.mean(), mean), "{chance:?}: {}", chance.mean());
        assert!(near(from, low) && near(to, high), "{chance:?}: {from} {to}");
        assert_eq!((chance.of_next(10), chance.of_next(50)), (ten, fifty), "{chance:?}");
    }
    assert!(!chance(4, 1).is_enough() && chance(5, 1).is_enough());
}

#[test]
fn areas_stand_on_their_own_and_rules_have_one() {
    let mut text = String::new();
    for (at, (area, caught)) in [("dns", true), ("os", false), ("os", false), ("dns", true)].iter().enumerate() {
        text += &format!("[[incident]]\ndate = 2026-01-{:02}\npath = '{area}.x'\ncaught = {caught}\n", 20 - at);
    }
    text += "[[incident]]\ndate = 2026-02-01T10:00:00Z\nrule = 'somaxconn'\ncaught = false\ntitle = 'Black Friday'\n";
    let (incidents, warnings) = parse(&text, |name| name == "somaxconn").expect("a list");
    assert_eq!((incidents.len(), warnings.len()), (5, 0));
    assert!(incidents.is_sorted_by_key(|incident| incident.date));
    let escape = Escape::of(&incidents, |_| Some("os".to_owned()));
    assert_eq!(escape.all, chance(5, 3));
    assert_eq!(escape.areas, [("dns".to_owned(), chance(2, 0)), ("os".to_owned(), chance(3, 3))]);
    assert_eq!(escape.calibration, None, "nothing was forecast");
}

#[test]
fn forecasts_are_held_against_what_came() {
    let day = |at: i8| Date::new(2026, 1, at).expect("a day");
    use jiff::civil::Date;
    let explained = Explained::By("os.x".parse().expect("a path"));
    let incident = |at: i8, caught| Incident { date: day(at), title: None, explained: explained.clone(), caught };
    // Five on the first day, all caught; then one a day, every one of them escapes.
    let mut incidents = vec![incident(1, true); 5];
    incidents.extend((2..=11).map(|at| incident(at, false)));
    let calibration = Escape::of(&incidents, |_| None).calibration.expect("ten forecasts");
    assert_eq!(calibration.forecasts, 10);
    assert_eq!(calibration.steps.iter().map(|step| step.forecasts).sum::<u32>(), 10);
    // The first forecast is 0.5 / 6; the last is made from 14 incidents, of which 9 escaped: 9.5 / 15.
    assert!((calibration.steps[0].from, calibration.steps[0].escaped) == (0.0, 1), "{calibration:?}");
    assert!(calibration.brier > 0.25, "forecasts that were worse than a coin: {calibration:?}");
    let all_on_one_day = vec![incident(1, true); 30];
    assert_eq!(Escape::of(&all_on_one_day, |_| None).calibration, None, "nothing is forecast from the same day");
}

#[test]
fn a_broken_list_is_told_by_line_and_key() {
    let wrong = |text: &str| {
        let remarks = parse(text, |name| name == "somaxconn").expect_err("broken");
        remarks.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let head = "[[incident]]\ndate = 2026-01-01\ncaught = true\n";
    assert_eq!(
        wrong(&format!("{head}path = 'a'\n{head}rule = 'nope'\n")),
        ["8:8: incident.1.rule: no risk rule has this name; `driftglass rules` lists them"]
    );
    let both = wrong(&format!("{head}rule = 'somaxconn'\npath = 'a'\n"));
    assert_eq!(both, ["4:8: incident.0.rule: a path stands there too; one of them is enough"]);
    assert!(wrong(head)[0].starts_with("1:"), "{:?}", wrong(head));
    assert!(wrong("[[incident]]\ndate = 10:00:00\npath = 'a'\ncaught = true\n")[0].contains("not a day"));
    assert!(wrong("[[incident]]\ndate = 2026-01-01\npath = 'a'\n")[0].contains("caught"));
    assert_eq!(
        wrong("[[incident]]\ndate = 9096-01-01\npath = 'a'\ncaught = true\n"),
        ["2:8: incident.0.date: this day has not come yet"]
    );
    assert!(wrong("[[incident]\n")[0].starts_with("1:"));
    let no_key = "an incident has no such key: its list is [[incident]], with date, title, path or rule, and caught";
    assert_eq!(wrong(&format!("{head}path = 'os.a'\nseverty = 3\n")), [format!("5:1: incident.0.severty: {no_key}")]);
    assert_eq!(wrong("[[incidents]]\ncaught = true\n"), [format!("1:3: incidents: {no_key}")]);
    let (_, warnings) = parse(&format!("{head}path = 'nonsense.x'\n"), |_| false).expect("a list");
    assert_eq!(
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["4:8: incident.0.path: no fact of the program stands here, only one of your own could"]
    );
}
