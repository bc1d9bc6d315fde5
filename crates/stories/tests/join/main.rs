//! Joining and logging in as people do it: on the page, with a code on their phone (G34, G35).

mod addresses;
mod chat;
mod life;
mod login;
mod paying;
mod timing;

use domain::Channel;
use serde_json::{Value, json};
use stories::world::{Joining, World, text};

use stories::browser::{Browser, OPEN, code_on, html, members, phone, texts, with};

const ANA: [(&str, &str); 8] = [
    ("name", "Ana Lima"),
    ("country", "US"),
    ("phone", "(415) 555-2671"),
    ("language", "pt"),
    ("programme", "beginner-strength"),
    ("hour", "6"),
    ("time_zone", "America/Recife"),
    ("sms", "yes"),
];
const ANAS: &str = "+14155552671";

#[tokio::test]
async fn a_stranger_joins_and_gets_the_welcome_on_the_channel_they_agreed_to() -> anyhow::Result<()>
{
    let world = World::with(&[OPEN]).await?;
    phone(&world, ANAS).await?;
    let mut browser = Browser::of(&world);
    let page = html(&browser.opens("/join?lang=pt").await?);
    assert!(page.contains("lang=\"pt\"") && page.contains("beginner-strength"));
    assert!(!page.contains(" checked"), "no consent is given beforehand");
    let asked = browser.posts("/join", &ANA).await?;
    assert_eq!(asked.status, 200);
    assert!(members(&world).await?.is_empty(), "nothing is stored yet");
    let code = code_on(&world, ANAS, 1).await?;
    let entered = browser
        .posts("/join/code", &with(&ANA, "code", &code))
        .await?;
    assert_eq!(
        (entered.status, entered.header("location")),
        (303, "/me?told=welcome")
    );
    let all = members(&world).await?;
    let ana = all.first().cloned().unwrap_or_default();
    assert_eq!(
        (
            all.len(),
            text(&ana, "name"),
            text(&ana, "phone"),
            text(&ana, "locale")
        ),
        (1, "Ana Lima".into(), ANAS.into(), "pt".into())
    );
    assert_eq!(text(&ana, "programme"), "beginner-strength");
    assert_eq!(text(&ana, "time_zone"), "America/Recife");
    let path = format!("/api/v1/members/{}", text(&ana, "id"));
    let ana = world.api.get(&path).await?.json();
    let consents = ana
        .get("consents")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let states: Vec<_> = consents
        .iter()
        .map(|one| {
            (
                text(one, "channel"),
                text(one, "state"),
                text(one, "source"),
            )
        })
        .collect();
    assert_eq!(
        states,
        [("sms".into(), "opted_in".into(), "join_page".into())]
    );
    let wording = consents
        .first()
        .map(|one| text(one, "wording"))
        .unwrap_or_default();
    assert!(
        wording.starts_with("Sim, GymText pode me enviar SMS"),
        "{wording}"
    );
    world
        .until("the welcome", async || {
            let texts = texts(&world, ANAS).await?;
            Ok(texts
                .iter()
                .any(|text| text.starts_with("Boas-vindas"))
                .then_some(()))
        })
        .await?;
    let me = html(&browser.opens("/me?told=welcome").await?);
    assert!(
        me.contains("Olá, Ana") && me.contains("quinta-feira, 19 de novembro, 06:00"),
        "{me}"
    );
    assert!(!me.contains("codigo do GymText"), "no code is shown");
    Ok(())
}

#[tokio::test]
async fn what_is_filled_in_wrongly_is_said_beside_the_field_and_costs_no_code() -> anyhow::Result<()>
{
    let world = World::with(&[OPEN]).await?;
    let mut browser = Browser::of(&world);
    for (field, value, fault) in [
        ("name", " ", "name-fault"),
        ("phone", "12", "phone-fault"),
        ("phone", "+441212345678", "country-fault"),
        ("programme", "unknown", "programme-fault"),
        ("hour", "24", "hour-fault"),
        ("time_zone", "Mars/Base", "time_zone-fault"),
        ("sms", "", "sms-fault"),
    ] {
        let answer = browser.posts("/join", &with(&ANA, field, value)).await?;
        let page = html(&answer);
        assert_eq!(answer.status, 422, "{field}");
        assert!(page.contains(&format!("id=\"{fault}\"")), "{field}");
        assert!(page.contains("role=\"alert\""));
    }
    let stats = world.api.get("/api/v1/stats").await?.json();
    assert!(stats.pointer("/by_kind/login_code").is_none(), "{stats}");
    Ok(())
}

#[tokio::test]
async fn who_has_the_phone_of_a_member_is_logged_in_and_changes_nothing_by_joining()
-> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = world
        .joins(Joining::called("Maria").at(ANAS).opted_in(Channel::Sms))
        .await?;
    let before = world
        .api
        .get(&format!("/api/v1/members/{}", maria.id))
        .await?
        .json();
    let mut browser = Browser::of(&world);
    browser.posts("/join", &ANA).await?;
    let code = code_on(&world, ANAS, 1).await?;
    let entered = browser
        .posts("/join/code", &with(&ANA, "code", &code))
        .await?;
    assert_eq!((entered.status, entered.header("location")), (303, "/me"));
    let after = world
        .api
        .get(&format!("/api/v1/members/{}", maria.id))
        .await?
        .json();
    assert_eq!(before, after);
    assert_eq!(members(&world).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn where_a_reply_is_wanted_the_welcome_waits_for_it() -> anyhow::Result<()> {
    let world = World::with(&[OPEN, ("GYMTEXT_DOUBLE_OPT_IN", "US")]).await?;
    phone(&world, ANAS).await?;
    let mut browser = Browser::of(&world);
    browser.posts("/join", &ANA).await?;
    let code = code_on(&world, ANAS, 1).await?;
    let entered = browser
        .posts("/join/code", &with(&ANA, "code", &code))
        .await?;
    assert_eq!(entered.header("location"), "/me?told=confirm");
    world.is_quiet().await?;
    let welcomes = async || -> anyhow::Result<usize> {
        let texts = texts(&world, ANAS).await?;
        Ok(texts
            .iter()
            .filter(|text| text.starts_with("Boas-vindas"))
            .count())
    };
    assert_eq!(welcomes().await?, 0);
    let say = json!({"channel": "sms", "text": "SIM"});
    let path = format!("/sandbox/api/phones/{}/say", ANAS.replace('+', "%2B"));
    world.carrier.json("POST", &path, &say).await?;
    world
        .until("the welcome", async || {
            Ok((welcomes().await? == 1).then_some(()))
        })
        .await
}
