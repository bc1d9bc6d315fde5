//! What files, settings and the store come to together.

use domain::Timestamp;
use policy::templates::VariableKind;

use super::*;

fn catalog() -> Vec<Template> {
    vec![Template {
        name: "welcome".into(),
        category: Category::Utility,
        backup: Some("hello".into()),
        variables: vec![Variable {
            name: "name".into(),
            kind: VariableKind::Name,
        }],
        wordings: vec![Wording {
            language: "en".into(),
            body: "Hi {{1}}, you are welcome here.".into(),
            samples: vec!["Ana".into()],
            buttons: Vec::new(),
        }],
    }]
}

fn record(id: &str, edition: &str, status: &str) -> TemplateRecord {
    TemplateRecord {
        provider_template_id: id.into(),
        name: "welcome".into(),
        language: "en".into(),
        edition: edition.into(),
        status: status.into(),
        category: "UTILITY".into(),
        category_asked: "UTILITY".into(),
        reason: String::new(),
        body: "Hi {{1}}, hello.".into(),
        variables: vec!["1".into()],
        created_at: Timestamp::from_seconds(1),
        changed_at: Timestamp::from_seconds(1),
    }
}

fn setting() -> TemplateSetting {
    TemplateSetting {
        name: "welcome".into(),
        provider_template_id: "HX9".into(),
        language: "en".into(),
        approved: true,
        variables: vec!["1".into()],
        body: None,
    }
}

fn shown(registry: &Registry) -> Vec<String> {
    registry
        .entries
        .iter()
        .map(|entry| {
            format!(
                "{} {} {}",
                entry.provider_template_id,
                entry.status,
                entry.origin.as_str()
            )
        })
        .collect()
}

#[test]
fn what_is_known_is_put_together() {
    let catalog = catalog();
    let now = edition(&catalog[0], &catalog[0].wordings[0]);
    let of = |settings: &[TemplateSetting], records: Vec<TemplateRecord>| {
        shown(&Registry::of(settings, &catalog, &records))
    };
    assert_eq!(of(&[], vec![]), [" draft file"], "nothing submitted");
    assert_eq!(
        of(&[], vec![record("HX1", &now, "approved")]),
        ["HX1 approved file"],
        "submitted"
    );
    assert_eq!(
        of(&[], vec![record("HX1", "old", "approved")]),
        [" draft file", "HX1 approved former"],
        "the words were changed: the old ones go on until the new ones are approved"
    );
    assert_eq!(
        of(&[setting()], vec![record("HX1", &now, "pending")]),
        ["HX9 approved setting", "HX1 pending file"],
        "an id of the settings goes first, as the operator says"
    );
    assert_eq!(
        of(&[setting()], vec![record("HX9", "", "paused")]),
        ["HX9 paused setting", " draft file"],
        "and stands as the provider says, once it has said"
    );
    assert_eq!(
        of(&[], vec![record("HX9", "", "approved")]),
        [" draft file"],
        "an id that no setting names any more is not used"
    );
    let gone = TemplateRecord {
        name: "gone".into(),
        ..record("HX1", "old", "approved")
    };
    assert_eq!(of(&[], vec![gone]), [" draft file"], "nor a file that went");
}

#[test]
fn one_that_stands_nowhere_is_not_told_beside_its_successor() {
    let catalog = catalog();
    let now = edition(&catalog[0], &catalog[0].wordings[0]);
    let records = vec![
        record("HX2", &now, "approved"),
        record("HX1", &now, "missing"),
    ];
    assert_eq!(
        shown(&Registry::of(&[], &catalog, &records)),
        ["HX2 approved file"]
    );
    let alone = vec![record("HX1", &now, "missing")];
    assert_eq!(
        shown(&Registry::of(&[], &catalog, &alone)),
        ["HX1 missing file"]
    );
}

#[test]
fn a_fingerprint_moves_with_every_word_that_is_submitted() {
    let template = &catalog()[0];
    let wording = &template.wordings[0];
    let first = edition(template, wording);
    assert_eq!(first.len(), EDITION_DIGITS);
    assert_eq!(first, edition(template, &wording.clone()));
    let mut seen = vec![first];
    let mut differs = |template: &Template, wording: &Wording| {
        let edition = edition(template, wording);
        assert!(!seen.contains(&edition));
        seen.push(edition);
    };
    let changed = |change: fn(&mut Wording)| {
        let mut wording = wording.clone();
        change(&mut wording);
        wording
    };
    differs(template, &changed(|w| w.body = "Hi {{1}}, welcome.".into()));
    differs(template, &changed(|w| w.language = "es".into()));
    differs(template, &changed(|w| w.samples = vec!["Maria".into()]));
    differs(
        template,
        &changed(|w| {
            w.buttons.push(policy::templates::Button {
                id: "yes".into(),
                title: "Yes".into(),
            });
        }),
    );
    let marketing = Template {
        category: Category::Marketing,
        ..template.clone()
    };
    differs(&marketing, wording);
}

#[test]
fn what_needs_a_template_is_told_while_it_may_not_be_sent() {
    let mut hello = catalog();
    hello[0].name = "hello".into();
    hello[0].backup = None;
    let all: Vec<_> = catalog().into_iter().chain(hello).collect();
    let now = edition(&all[0], &all[0].wordings[0]);
    let waits = [
        (Some("welcome".to_owned()), Some(Kind::System)),
        (None, Some(Kind::Welcome)),
        (None, Some(Kind::DailyWorkout)),
    ];
    let registry = Registry::of(&[], &all, &[record("HX1", &now, "paused")]);
    let welcome = registry
        .entries
        .iter()
        .find(|entry| entry.name == "welcome")
        .unwrap();
    assert_eq!(
        registry.dependents(welcome, &waits),
        [
            "the welcome of new members knocks with it",
            "2 messages wait for it",
            "nothing takes its place: SMS where there is consent, else they wait"
        ]
    );
    let approved = TemplateRecord {
        name: "hello".into(),
        ..record("HX2", &now, "approved")
    };
    let registry = Registry::of(&[], &all, &[record("HX1", &now, "paused"), approved]);
    let welcome = registry
        .entries
        .iter()
        .find(|entry| entry.name == "welcome")
        .unwrap();
    assert_eq!(
        registry.dependents(welcome, &[]).last().map(String::as_str),
        Some("hello (en) takes its place")
    );
    let hello = registry
        .entries
        .iter()
        .find(|entry| entry.name == "hello")
        .unwrap();
    assert_eq!(
        registry.dependents(hello, &[]).first().map(String::as_str),
        Some("it is the backup of welcome")
    );
}
