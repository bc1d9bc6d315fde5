//! The rules as rows that read as sentences, and that no text breaks the judge.

use super::super::{Button, Category, Variable, VariableKind};
use super::*;

fn variable(name: &str, kind: VariableKind) -> Variable {
    Variable {
        name: name.into(),
        kind,
    }
}

/// A template nothing speaks against.
fn good() -> Template {
    Template {
        name: "daily_workout".into(),
        category: Category::Utility,
        backup: None,
        variables: vec![
            variable("name", VariableKind::Name),
            variable("day", VariableKind::Day),
        ],
        wordings: vec![Wording {
            language: "en".into(),
            body: "Hi {{1}}! Your workout for {{2}} is ready.".into(),
            samples: vec!["Ana".into(), "Monday".into()],
            buttons: vec![Button {
                id: "start_workout".into(),
                title: "Start workout".into(),
            }],
        }],
    }
}

fn changed(change: impl FnOnce(&mut Template, &mut Wording)) -> Template {
    let mut template = good();
    let mut wording = template.wordings.remove(0);
    change(&mut template, &mut wording);
    template.wordings.insert(0, wording);
    template
}

fn ids(findings: &[Finding]) -> Vec<&'static str> {
    let mut ids: Vec<_> = findings.iter().map(|finding| finding.rule.id()).collect();
    ids.dedup();
    ids
}

fn buttons(titles: &[&str]) -> Vec<Button> {
    titles
        .iter()
        .zip(1..)
        .map(|(title, number)| Button {
            id: format!("button_{number}").into(),
            title: (*title).into(),
        })
        .collect()
}

#[test]
fn nothing_speaks_against_a_good_one() {
    assert_eq!(ids(&lint(&[good()])), Vec::<&str>::new());
}

/// One variable of any kind, so that a body can be judged by its words.
fn saying(body: &str) -> Vec<&'static str> {
    ids(&lint_one(&changed(|template, wording| {
        template.variables.truncate(1);
        wording.samples.truncate(1);
        wording.body = body.into();
    })))
}

#[test]
fn bodies_are_judged_by_where_their_variables_stand() {
    for (body, expected) in [
        ("Hello {{1}}, good to see you.", &[][..]),
        ("{{1}}, good to see you here.", &["variable_at_edge"]),
        ("  {{1}} is good to see here.", &["variable_at_edge"]),
        ("It is good to see you {{1}}", &["variable_at_edge"]),
        ("It is good to see you, {{1}}!", &[]),
        ("Good to see you {{1}} {{1}} here.", &["variables_adjacent"]),
        (
            "Good to see you {{1}}, {{1}} here.",
            &["variables_adjacent"],
        ),
        ("Good to see you {{1}} and {{1}} here.", &[]),
        ("Hello {{1}}!", &["variables_ratio"]),
        (
            "Hello {1}, good to see you.",
            &["variable_shape", "variable_unused"],
        ),
        (
            "Hello {{1}, good to see you.",
            &["variable_shape", "variable_unused"],
        ),
        (
            "Hello {{name}}, good to see you.",
            &["variable_shape", "variable_unused"],
        ),
        (
            "Hello {{ 1 }}, good to see you.",
            &["variable_shape", "variable_unused"],
        ),
        (
            "Hello {{#1}}, good to see you.",
            &["variable_shape", "variable_unused"],
        ),
        (
            "Hello {{$1}}, good to see you.",
            &["variable_shape", "variable_unused"],
        ),
        (
            "Hello {{2}}, how good to see {{1}} here.",
            &["variables_numbering", "variable_undeclared"],
        ),
        (
            "Hello {{1}}, how good to see {{3}} here.",
            &["variables_numbering", "variable_undeclared"],
        ),
        (
            "Hello {{0}}, how good to see {{1}} here.",
            &["variables_numbering", "variable_undeclared"],
        ),
        ("Hello there, good to see you.", &["variable_unused"]),
        ("Hello {{1}},\tgood to see you.", &["body_spaces"]),
        ("Hello {{1}},     good to see you.", &["body_spaces"]),
        ("   ", &["body_empty", "variable_unused"]),
    ] {
        assert_eq!(saying(body), expected, "{body}");
    }
}

#[test]
fn words_of_advertising_are_no_utility() {
    for body in [
        "Hi {{1}}, 20% off all our plans.",
        "Hi {{1}}, a special offer for you and yours.",
        "Hi {{1}}, we miss you in the gym.",
        "Hi {{1}}, come back and train with us.",
        "Hi {{1}}, renew now and go on with us.",
        "Hi {{1}}, don't miss it this time.",
        "Hi {{1}}, refer a friend to us soon.",
        "Hola {{1}}, tenemos un descuento para ti.",
        "Hola {{1}}, te extrañamos en el gimnasio.",
        "Oi {{1}}, temos uma promoção para você.",
        "Oi {{1}}, sentimos sua falta na academia.",
    ] {
        assert_eq!(saying(body), ["promotional_in_utility"], "{body}");
    }
    for body in [
        "Hi {{1}}, your subscription renews on Monday.",
        "Hi {{1}}, you did 80 percent of your week.",
        "Hola {{1}}, tu plan se renueva el lunes.",
    ] {
        assert_eq!(saying(body), Vec::<&str>::new(), "{body}");
    }
    assert_eq!(
        saying("Hi {{1}}, please send us your card number."),
        ["asks_for_secrets"]
    );
}

#[test]
fn members_are_asked_only_for_words_that_are_understood() {
    for (body, expected) in [
        (
            "Hi {{1}}, reply START when you are ready.",
            &["keyword_asked"][..],
        ),
        (
            "Hi {{1}}, reply stop to end these messages.",
            &["keyword_asked"],
        ),
        (
            "Hi {{1}}, reply STOP to cancel or CONTINUE to go on.",
            &["keyword_asked", "word_without_handler"],
        ),
        ("Hi {{1}}, text HELP for all we can do.", &["keyword_asked"]),
        (
            "Hola {{1}}, responde ALTO para terminar los mensajes.",
            &["keyword_asked"],
        ),
        (
            "Oi {{1}}, responda PARAR para encerrar as mensagens.",
            &["keyword_asked"],
        ),
        (
            "Hi {{1}}, send 'BANANA' to begin your day.",
            &["word_without_handler"],
        ),
        ("Hi {{1}}, reply READY when you want to begin.", &[]),
        ("Hi {{1}}, reply when you are ready to start!", &[]),
        ("Hola {{1}}, responde LISTO cuando quieras empezar.", &[]),
        ("Hi {{1}}, this is GYMTEXT. Reply with any question.", &[]),
    ] {
        assert_eq!(saying(body), expected, "{body}");
    }
}

#[test]
fn the_whole_is_judged_as_well() {
    type Change = fn(&mut Template, &mut Wording);
    let rows: &[(&str, Change, &[&str])] = &[
        (
            "a name with a capital",
            |t, _| t.name = "Daily".into(),
            &["name_shape"],
        ),
        (
            "a name with a dash",
            |t, _| t.name = "daily-workout".into(),
            &["name_shape"],
        ),
        ("no name", |t, _| t.name = "".into(), &["name_shape"]),
        (
            "an endless name",
            |t, _| t.name = "a".repeat(65).into(),
            &["name_shape"],
        ),
        (
            "a language with a dash",
            |_, w| w.language = "pt-BR".into(),
            &["language_unknown"],
        ),
        (
            "a language that is none",
            |_, w| w.language = "xx".into(),
            &["language_unknown"],
        ),
        (
            "plain Portuguese, which Meta has not",
            |_, w| w.language = "pt".into(),
            &["language_unknown"],
        ),
        (
            "codes in words of our own",
            |t, _| t.category = Category::Authentication,
            &["authentication_text"],
        ),
        (
            "marketing",
            |t, _| t.category = Category::Marketing,
            &["marketing_to_us"],
        ),
        (
            "marketing with a picture",
            |t, w| {
                t.category = Category::Marketing;
                w.body = format!("{} 💪", w.body).into();
            },
            &["marketing_to_us", "marketing_emoji"],
        ),
        (
            "1,025 characters",
            |_, w| {
                w.body = format!(
                    "{}{}.",
                    w.body,
                    "a".repeat(1_025 - w.body.chars().count() - 1)
                )
                .into();
            },
            &["body_too_long"],
        ),
        (
            "1,020 characters and a long sample",
            |t, w| {
                t.variables[1].kind = VariableKind::Text;
                w.samples[1] = "a".repeat(60).into();
                w.body = format!(
                    "{}{}.",
                    w.body,
                    "a".repeat(1_020 - w.body.chars().count() - 1)
                )
                .into();
            },
            &["body_too_long"],
        ),
        (
            "a sample less",
            |_, w| w.samples.truncate(1),
            &["sample_missing"],
        ),
        (
            "a sample more",
            |_, w| w.samples.push("x".into()),
            &["sample_missing"],
        ),
        (
            "an empty sample",
            |_, w| w.samples[0] = " ".into(),
            &["sample_missing"],
        ),
        (
            "a sample of two lines",
            |_, w| w.samples[0] = "Ana\nMaria".into(),
            &["sample_shape"],
        ),
        (
            "a sample with a tab",
            |_, w| w.samples[0] = "Ana\tMaria".into(),
            &["sample_shape"],
        ),
        (
            "a sample with five spaces",
            |_, w| w.samples[0] = "Ana     M".into(),
            &["sample_shape"],
        ),
        (
            "a sample of another kind",
            |_, w| w.samples[0] = "42".into(),
            &["sample_shape"],
        ),
        (
            "two variables of one name",
            |t, _| t.variables[1].name = "name".into(),
            &["variable_twice"],
        ),
        (
            "a hundred and one variables",
            |t, w| {
                let name = |n: usize| variable(&format!("v{n}"), VariableKind::Text);
                t.variables = (1..=101).map(name).collect();
                w.samples = vec!["x".into(); 101];
                let words: Vec<_> = (1..=101)
                    .map(|n| format!("one two {{{{{n}}}}} three"))
                    .collect();
                w.body = words.join(" ").into();
            },
            &["body_too_long", "variables_too_many"],
        ),
        (
            "four buttons",
            |_, w| w.buttons = buttons(&["One", "Two", "Three", "Four"]),
            &["buttons_hidden"],
        ),
        (
            "eleven buttons",
            |_, w| {
                w.buttons = buttons(&[
                    "A1", "B1", "C1", "D1", "E1", "F1", "G1", "H1", "I1", "J1", "K1",
                ]);
            },
            &["buttons_too_many"],
        ),
        (
            "a button of 21 letters",
            |_, w| w.buttons = buttons(&["abcdefghijklmnopqrstu"]),
            &["button_title"],
        ),
        (
            "a button without a word",
            |_, w| w.buttons = buttons(&[" "]),
            &["button_title"],
        ),
        (
            "a button with a variable",
            |_, w| w.buttons = buttons(&["Hi {{1}}"]),
            &["button_title"],
        ),
        (
            "a button with an id of two words",
            |_, w| w.buttons[0].id = "a b".into(),
            &["button_id"],
        ),
        (
            "a button that says stop",
            |_, w| w.buttons = buttons(&["Unsubscribe"]),
            &["keyword_asked"],
        ),
        (
            "a button whose tap is a start",
            |_, w| w.buttons[0].id = "start".into(),
            &["keyword_asked"],
        ),
        (
            "two equal buttons",
            |_, w| w.buttons = buttons(&["Yes please", "Yes please"]),
            &["button_twice"],
        ),
    ];
    for (what, change, expected) in rows {
        assert_eq!(ids(&lint_one(&changed(change))), *expected, "{what}");
    }
    let mut none = good();
    none.wordings.clear();
    assert_eq!(ids(&lint_one(&none)), ["no_wording"]);
    let mut twice = good();
    twice.wordings.extend(good().wordings);
    assert_eq!(ids(&lint_one(&twice)), ["language_twice"]);
}

#[test]
fn templates_are_judged_beside_each_other() {
    let named = |name: &str, body: &str, backup: Option<&str>| {
        let mut template = changed(|_, wording| wording.body = body.into());
        template.name = name.into();
        template.backup = backup.map(Into::into);
        template
    };
    let one = "Hi {{1}}! Your workout for {{2}} is ready.";
    let other = "Hello {{1}}, the training for {{2}} is here now.";
    let few = |mut template: Template| {
        template.variables[1].kind = VariableKind::Number;
        template.wordings[0].samples[1] = "7".into();
        template
    };
    for (what, templates, expected) in [
        (
            "two of them",
            vec![named("a", one, None), named("b", other, None)],
            &[][..],
        ),
        (
            "one name twice",
            vec![named("a", one, None), named("a", other, None)],
            &["name_twice"],
        ),
        (
            "one text twice",
            vec![named("a", one, None), named("b", one, None)],
            &["same_words"],
        ),
        (
            "a backup",
            vec![named("a", one, Some("b")), named("b", other, None)],
            &[],
        ),
        (
            "a backup that is missing",
            vec![named("a", one, Some("c"))],
            &["backup_unfit"],
        ),
        (
            "a backup that is itself",
            vec![named("a", one, Some("a"))],
            &["backup_unfit"],
        ),
        (
            "a backup with a backup",
            vec![named("a", one, Some("b")), named("b", other, Some("a"))],
            &["backup_unfit"],
        ),
        (
            "a backup with other variables",
            vec![named("a", one, Some("b")), few(named("b", other, None))],
            &["backup_unfit"],
        ),
    ] {
        assert_eq!(ids(&lint(&templates)), expected, "{what}");
    }
    let mut differ = good();
    let mut spanish = differ.wordings[0].clone();
    spanish.language = "es".into();
    spanish.body = "Hola {{1}}, tu entreno del {{2}} ya te espera.".into();
    spanish.buttons[0].id = "empezar_entreno".into();
    differ.wordings.push(spanish);
    assert_eq!(ids(&lint(&[differ])), ["buttons_differ"]);
    let many: Vec<_> = (0..=TEMPLATES_MAX)
        .map(|n| {
            named(
                &format!("t{n}"),
                &format!("Hi {{{{1}}}}! Workout {n} for {{{{2}}}} is ready."),
                None,
            )
        })
        .collect();
    assert_eq!(ids(&lint(&many)), ["templates_too_many"]);
}

#[test]
fn every_rule_has_a_source_a_mend_and_a_word_of_its_own() {
    let mut words: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        let known = ["facts/", "PITFALLS.md", "our own: "];
        assert!(known.iter().any(|place| rule.source().starts_with(place)));
        assert!(!rule.mend().ends_with('.') && rule.mend().len() > 20);
    }
}

#[test]
fn a_finding_is_a_sentence_with_its_rule_and_a_mend() {
    let bad = changed(|_, wording| wording.body = "{{1}}, your workout for {{2}} is ready.".into());
    let findings = lint(&[bad]);
    assert!(!is_fit(&findings));
    assert_eq!(
        findings[0].to_string(),
        "daily_workout (en): the text begins with a variable. Put a word before the first and after the last \
         variable [variable_at_edge, facts/whatsapp.md 3.3 (2388299)]"
    );
    let mild = changed(|template, _| template.category = Category::Marketing);
    assert!(is_fit(&lint(&[mild])));
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_lint(body in "\\PC{0,200}|[{}12 a]{0,40}", name in "\\PC{0,20}", sample in "\\PC{0,20}") {
        let odd = changed(|template, wording| {
            template.name = name.into();
            wording.body = body.into();
            wording.samples[0] = sample.into();
        });
        for finding in lint(&[odd]) {
            proptest::prop_assert!(!finding.to_string().is_empty());
        }
    }
}
