//! Another phone, a number of its own on WhatsApp, an e-mail address: proved by a code that goes there, from the browser
//! that is logged in. What was agreed to stays with the old one.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::http::Response;
use stories::sandbox::MAILBOX;
use stories::world::{Joining, Person, World, text};

use stories::browser::{Browser, OPEN, code_on, html, phone, texts, with};

const NEW: &str = "+14155552680";
const WORDS: &str = "will not write here any more";

async fn maria(world: &World) -> anyhow::Result<Person> {
    let joining = Joining::called("Maria")
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp);
    world.joins(joining).await
}

fn moves<'a>(token: &'a str, number: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("token", token),
        ("which", "phone"),
        ("country", "US"),
        ("phone", number),
    ]
}

async fn member(world: &World, person: &Person) -> anyhow::Result<Value> {
    let path = format!("/api/v1/members/{}", person.id);
    Ok(world.api.get(&path).await?.json())
}

/// How their consents for the address in force stand.
async fn consents(world: &World, person: &Person) -> anyhow::Result<Vec<(String, String)>> {
    let member = member(world, person).await?;
    let all = member.get("consents").and_then(Value::as_array).cloned();
    let all = all.unwrap_or_default();
    Ok(all
        .iter()
        .map(|one| (text(one, "channel"), text(one, "state")))
        .collect())
}

fn is_logged_in(page: &Response) -> bool {
    html(page).contains("action=\"/me/logout\"")
}

/// Texts on a phone by a channel.
async fn on(world: &World, number: &str, channel: Channel) -> anyhow::Result<Vec<String>> {
    let path = format!(
        "/sandbox/api/phones/{}/messages",
        number.replace('+', "%2B")
    );
    let list = world.carrier.get(&path).await?.json();
    let list = list.as_array().cloned().unwrap_or_default();
    let incoming = list
        .iter()
        .filter(|one| text(one, "direction") == "in" && text(one, "channel") == channel.as_str());
    Ok(incoming.map(|one| text(one, "body")).collect())
}

#[tokio::test]
async fn another_phone_is_proved_by_its_code_and_consent_stays_behind() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = maria(&world).await?;
    phone(&world, NEW).await?;
    let (mut here, mut elsewhere) = (Browser::of(&world), Browser::of(&world));
    assert_eq!(here.logs_in(&maria.phone).await?.status, 303);
    elsewhere.asks(&maria.phone).await?;
    let second = code_on(&world, &maria.phone, 2).await?;
    assert_eq!(elsewhere.types(&second).await?.status, 303);
    // It is to go tomorrow: to whichever number is in force then.
    let tomorrow = json!({
        "kind": "system", "content": "See you on Monday", "channel": "sms",
        "not_before": "2026-11-19T12:00:00Z",
    });
    let waiting = world.sends(&maria, tomorrow).await?;

    let token = here.token().await?;
    let form = moves(&token, NEW);
    let asked = here.posts("/me/address", &form).await?;
    assert_eq!(asked.status, 200, "{}", html(&asked));
    assert!(html(&asked).contains(NEW));
    let code = code_on(&world, NEW, 1).await?;
    let typed = with(&form, "code", &code);
    // Another session of the same member did not ask for it, and logging in is something else.
    let token_there = elsewhere.token().await?;
    let there = with(&typed, "token", &token_there);
    let tried = elsewhere.posts("/me/address/code", &there).await?;
    assert_eq!(tried.status, 422);
    assert_eq!(here.types(&code).await?.status, 422);
    assert_eq!(text(&member(&world, &maria).await?, "phone"), maria.phone);
    assert!(
        texts(&world, &maria.phone)
            .await?
            .iter()
            .all(|one| !one.contains(WORDS))
    );

    let before = here.cookies.clone();
    let changed = here.posts("/me/address/code", &typed).await?;
    let to = (changed.status, changed.header("location"));
    assert_eq!(to, (303, "/me?told=saved#addresses"));
    assert_ne!(before, here.cookies, "a session of its own");
    assert!(is_logged_in(&here.opens("/me").await?));
    assert!(!is_logged_in(&elsewhere.opens("/me").await?), "the old one");
    assert_eq!(text(&member(&world, &maria).await?, "phone"), NEW);
    let agreed = consents(&world, &maria).await?;
    assert!(
        agreed.iter().all(|(_, state)| state != "opted_in"),
        "{agreed:?}"
    );
    world
        .until("the word to the old number", async || {
            let texts = texts(&world, &maria.phone).await?;
            Ok(texts.iter().any(|one| one.contains(WORDS)).then_some(()))
        })
        .await?;

    // Without a yes for the new number nothing goes there; with one, what waits does.
    world.passes(Seconds::new(24 * 3_600));
    let held = world.reaches(&waiting, &["suppressed"]).await?;
    assert_eq!(text(&held, "reason"), "consent_unknown", "{held:#}");
    let token = here.token().await?;
    let yes = [
        ("token", token.as_str()),
        ("channel", "sms"),
        ("agree", "yes"),
    ];
    assert_eq!(here.posts("/me/consent", &yes).await?.status, 303);
    let fields = json!({"kind": "system", "content": "Here I am", "channel": "sms"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["delivered"]).await?;
    assert!(texts(&world, NEW).await?.contains(&"Here I am".to_owned()));
    let old = texts(&world, &maria.phone).await?;
    assert!(!old.contains(&"Here I am".to_owned()));

    // Nothing of the old number is left when they go.
    let path = format!("/api/v1/members/{}", maria.id);
    assert_eq!(world.api.send("DELETE", &path, &[], "").await?.status, 204);
    Ok(())
}

#[tokio::test]
async fn what_waits_goes_to_the_number_in_force_with_its_own_consent() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = maria(&world).await?;
    phone(&world, NEW).await?;
    let mut here = Browser::of(&world);
    here.logs_in(&maria.phone).await?;
    let tomorrow = json!({
        "kind": "system", "content": "See you on Monday", "channel": "sms",
        "not_before": "2026-11-19T12:00:00Z",
    });
    let waiting = world.sends(&maria, tomorrow).await?;
    let token = here.token().await?;
    let form = with(&moves(&token, NEW), "sms", "yes");
    let asked = html(&here.posts("/me/address", &form).await?);
    assert!(asked.contains("name=\"sms\" value=\"yes\""), "{asked}");
    let code = code_on(&world, NEW, 1).await?;
    let changed = here
        .posts("/me/address/code", &with(&form, "code", &code))
        .await?;
    assert_eq!(changed.status, 303);
    let agreed = consents(&world, &maria).await?;
    assert_eq!(agreed, [("sms".into(), "opted_in".into())]);
    let certificate = member(&world, &maria).await?;
    let wording = certificate.pointer("/consents/0/wording");
    let wording = wording.and_then(Value::as_str).unwrap_or_default();
    assert!(wording.starts_with("Yes, GymText may text me"), "{wording}");
    world.passes(Seconds::new(24 * 3_600));
    world.reaches(&waiting, &["delivered"]).await?;
    assert!(
        texts(&world, NEW)
            .await?
            .contains(&"See you on Monday".to_owned())
    );
    // The old number is nobody's: whoever has it may join, and starts from nothing.
    let mut stranger = Browser::of(&world);
    stranger.asks(&maria.phone).await?;
    let code = code_on(&world, &maria.phone, 2).await?;
    let entered = stranger.types(&code).await?;
    assert_eq!(entered.status, 422, "no member has it");
    Ok(())
}

#[tokio::test]
async fn a_number_of_somebody_else_yields_nothing_and_tells_nothing() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = maria(&world).await?;
    let ben = world
        .joins(Joining::called("Ben").opted_in(Channel::Sms))
        .await?;
    phone(&world, NEW).await?;
    let mut here = Browser::of(&world);
    here.logs_in(&maria.phone).await?;
    let token = here.token().await?;
    let mut answers = Vec::new();
    for number in [ben.phone.as_str(), NEW] {
        let answer = here.posts("/me/address", &moves(&token, number)).await?;
        answers.push((answer.status, html(&answer).replace(number, "…")));
    }
    assert_eq!(answers[0], answers[1]);
    // Even with Ben's code, read from Ben's phone.
    here.posts("/me/address", &moves(&token, &ben.phone))
        .await?;
    let code = code_on(&world, &ben.phone, 2).await?;
    let form = with(&moves(&token, &ben.phone), "code", &code);
    let refused = here.posts("/me/address/code", &form).await?;
    assert_eq!(refused.status, 422);
    assert!(!html(&refused).contains("Ben"));
    assert_eq!(text(&member(&world, &maria).await?, "phone"), maria.phone);
    assert_eq!(text(&member(&world, &ben).await?, "phone"), ben.phone);
    assert!(is_logged_in(&here.opens("/me").await?));
    world.is_quiet().await?;
    assert!(
        texts(&world, &maria.phone)
            .await?
            .iter()
            .all(|one| !one.contains(WORDS))
    );
    Ok(())
}

#[tokio::test]
async fn a_number_of_its_own_for_whatsapp_is_proved_there() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = maria(&world).await?;
    phone(&world, NEW).await?;
    let mut here = Browser::of(&world);
    here.logs_in(&maria.phone).await?;
    let token = here.token().await?;
    let form = [
        ("token", token.as_str()),
        ("which", "whatsapp"),
        ("country", "US"),
        ("phone", NEW),
        ("whatsapp", "yes"),
    ];
    // Nobody may be written to on WhatsApp first, so they write.
    let say = json!({"channel": "whatsapp", "text": "Hello"});
    let path = format!("/sandbox/api/phones/{}/say", NEW.replace('+', "%2B"));
    world.carrier.json("POST", &path, &say).await?;
    world.is_quiet().await?;
    assert_eq!(here.posts("/me/address", &form).await?.status, 200);
    let code: String = world
        .until("a code on WhatsApp", async || {
            let texts = on(&world, NEW, Channel::Whatsapp).await?;
            let code = texts.iter().find(|one| one.contains("your GymText code"));
            Ok(code.map(|text| text.chars().take(6).collect()))
        })
        .await?;
    let proved = here
        .posts("/me/address/code", &with(&form, "code", &code))
        .await?;
    assert_eq!(proved.status, 303, "{}", html(&proved));
    assert!(is_logged_in(&here.opens("/me").await?));
    let now = member(&world, &maria).await?;
    assert_eq!(
        (text(&now, "phone"), text(&now, "whatsapp_phone")),
        (maria.phone.clone(), NEW.to_owned())
    );
    let fields = json!({"kind": "system", "content": "On the other phone", "channel": "whatsapp"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    let there = on(&world, NEW, Channel::Whatsapp).await?;
    assert!(
        there.contains(&"On the other phone".to_owned()),
        "{there:?}"
    );
    // By SMS they stay where they were, and they can do without the other number.
    assert!(
        consents(&world, &maria)
            .await?
            .contains(&("sms".into(), "opted_in".into()))
    );
    let token = here.token().await?;
    let remove = [("token", token.as_str()), ("which", "whatsapp")];
    assert_eq!(here.posts("/me/address/remove", &remove).await?.status, 303);
    let now = member(&world, &maria).await?;
    assert_eq!(now.get("whatsapp_phone").and_then(Value::as_str), None);
    Ok(())
}

#[tokio::test]
async fn an_e_mail_address_is_proved_by_a_letter_before_anything_goes_there() -> anyhow::Result<()>
{
    let settings = [
        OPEN,
        ("GYMTEXT_SMTP_URL", MAILBOX),
        ("GYMTEXT_EMAIL_FROM", "Coach Ana <coach@gym.example>"),
    ];
    let world = World::with(&settings).await?;
    let address = "maria@home.example";
    let maria = world
        .joins(
            Joining::called("Maria")
                .opted_in(Channel::Sms)
                .on_a_phone("email", json!(address)),
        )
        .await?;
    let mut here = Browser::of(&world);
    here.logs_in(&maria.phone).await?;
    let token = here.token().await?;
    let form = [
        ("token", token.as_str()),
        ("which", "email"),
        ("email", " Maria@Home.example"),
        ("letters", "yes"),
    ];
    let wrong = here
        .posts("/me/address", &with(&form, "email", "maria@home"))
        .await?;
    assert_eq!(wrong.status, 422);
    assert_eq!(here.posts("/me/address", &form).await?.status, 200);
    let code: String = world
        .until("a letter with a code", async || {
            let letters = maria.inbox(Channel::Email).await?;
            let code = letters.iter().map(|one| text(one, "body"));
            let code = code
                .into_iter()
                .find(|body| body.contains("your GymText code"));
            Ok(code.map(|body| body.chars().take(6).collect()))
        })
        .await?;
    assert_eq!(
        member(&world, &maria)
            .await?
            .get("email")
            .and_then(Value::as_str),
        None
    );
    let fields = json!({"kind": "system", "content": "Too early", "channel": "email"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["suppressed"]).await?;
    let proved = here
        .posts("/me/address/code", &with(&form, "code", &code))
        .await?;
    assert_eq!(proved.status, 303, "{}", html(&proved));
    assert_eq!(text(&member(&world, &maria).await?, "email"), address);
    assert!(
        consents(&world, &maria)
            .await?
            .contains(&("email".into(), "opted_in".into()))
    );
    let fields = json!({"kind": "system", "content": "By letter", "channel": "email"});
    let id = world.sends(&maria, fields).await?;
    world.reaches(&id, &["sent"]).await?;
    let token = here.token().await?;
    let remove = [("token", token.as_str()), ("which", "email")];
    assert_eq!(here.posts("/me/address/remove", &remove).await?.status, 303);
    assert_eq!(
        member(&world, &maria)
            .await?
            .get("email")
            .and_then(Value::as_str),
        None
    );
    Ok(())
}
