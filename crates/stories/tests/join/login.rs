//! Codes and sessions: what they let in, and what they keep out.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::http::Response;
use stories::world::{Joining, World, text};

use stories::browser::{Browser, OPEN, another, code_on, html, texts, with};

const MINUTE: u32 = 60;

#[tokio::test]
async fn a_code_has_five_tries_one_browser_and_is_good_once() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let (mut hers, mut theirs) = (Browser::of(&world), Browser::of(&world));
    hers.asks(&maria.phone).await?;
    let code = code_on(&world, &maria.phone, 1).await?;
    // Another browser, with no code of its own and with one for another phone.
    assert_eq!(theirs.types(&code).await?.status, 422);
    theirs.asks("+14155559999").await?;
    assert_eq!(theirs.types(&code).await?.status, 422);
    for _ in 0..5 {
        assert_eq!(hers.types(&another(&code)).await?.status, 422);
    }
    assert_eq!(hers.types(&code).await?.status, 422, "the sixth try");
    hers.asks(&maria.phone).await?;
    let code = code_on(&world, &maria.phone, 2).await?;
    assert_eq!(hers.types(&code).await?.status, 303);
    let mut again = Browser::of(&world);
    again.cookies.clone_from(&hers.cookies);
    assert_eq!(again.types(&code).await?.status, 422, "a second use");
    Ok(())
}

#[tokio::test]
async fn a_code_is_over_after_ten_minutes_and_when_a_newer_one_is_asked_for() -> anyhow::Result<()>
{
    let world = World::with(&[OPEN]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let mut browser = Browser::of(&world);
    browser.asks(&maria.phone).await?;
    let first = code_on(&world, &maria.phone, 1).await?;
    let mut other = Browser::of(&world);
    other.asks(&maria.phone).await?;
    let second = code_on(&world, &maria.phone, 2).await?;
    assert_eq!(
        browser.types(&first).await?.status,
        422,
        "followed by a newer one"
    );
    world.passes(Seconds::new(10 * MINUTE));
    assert_eq!(
        other.types(&second).await?.status,
        422,
        "ten minutes are over"
    );
    Ok(())
}

#[tokio::test]
async fn a_fourth_code_for_a_phone_within_an_hour_is_refused_as_is_an_eleventh_from_one_place()
-> anyhow::Result<()> {
    let world = World::with(&[OPEN, ("GYMTEXT_CLIENT_ADDRESS_HEADER", "x-forwarded-for")]).await?;
    let mut browser = Browser::of(&world);
    for _ in 0..3 {
        assert_eq!(browser.asks("+14155552671").await?.status, 200);
    }
    assert_eq!(browser.asks("+14155552671").await?.status, 422);
    for n in 0..7 {
        assert_eq!(
            browser.asks(&format!("+1415555268{n}")).await?.status,
            200,
            "{n}"
        );
    }
    assert_eq!(browser.asks("+14155552689").await?.status, 422);
    // From elsewhere, by what the proxy says; only its last word counts.
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", world.api.base()),
        ("x-forwarded-for", "127.0.0.1, 203.0.113.9"),
    ];
    let form = "country=US&phone=%2B14155552689";
    let elsewhere = world.api.send("POST", "/me/login", &headers, form).await?;
    assert_eq!(elsewhere.status, 200);
    world.passes(Seconds::new(60 * MINUTE));
    assert_eq!(browser.asks("+14155552671").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_daily_ceiling_and_a_country_that_is_not_listed_end_it() -> anyhow::Result<()> {
    let world = World::with(&[OPEN, ("GYMTEXT_CODES_PER_DAY", "2")]).await?;
    let mut browser = Browser::of(&world);
    assert_eq!(
        browser.asks("+491711234567").await?.status,
        422,
        "not listed"
    );
    assert_eq!(browser.asks("+14155552671").await?.status, 200);
    assert_eq!(browser.asks("+5581987654321").await?.status, 200);
    assert_eq!(browser.asks("+14155552672").await?.status, 422);
    Ok(())
}

#[tokio::test]
async fn a_member_and_a_stranger_get_the_same_answer() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let stopped = world
        .joins(Joining::called("Ben").opted_in(Channel::Sms))
        .await?;
    stopped.texts(Channel::Sms, "STOP").await?;
    world.is_quiet().await?;
    let mut answers = Vec::new();
    for number in [maria.phone.as_str(), stopped.phone.as_str(), "+14155559998"] {
        let answer = Browser::of(&world).asks(number).await?;
        answers.push((answer.status, html(&answer).replace(number, "…")));
    }
    assert!(answers.iter().all(|answer| answer == &answers[0]));
    world.is_quiet().await?;
    let codes = texts(&world, &stopped.phone).await?;
    assert!(
        codes.iter().all(|text| !text.contains("your GymText code")),
        "{codes:?}"
    );
    // What the API shows of a code holds no digits, and only one who proves a phone hears that nobody has it.
    let listed = world
        .api
        .get("/api/v1/messages?kind=login_code")
        .await?
        .json();
    let items = listed
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|one| text(one, "content").is_empty()));
    Ok(())
}

#[tokio::test]
async fn nothing_is_changed_from_elsewhere_or_without_the_token_or_after_logging_out()
-> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let mut browser = Browser::of(&world);
    assert_eq!(browser.logs_in(&maria.phone).await?.status, 303);
    let token = browser.token().await?;
    assert_eq!(token.len(), 32);
    let stop = [
        ("token", token.as_str()),
        ("channel", "sms"),
        ("agree", "no"),
    ];
    for origin in ["https://evil.example", "null", ""] {
        browser.origin = origin.into();
        assert_eq!(
            browser.posts("/me/consent", &stop).await?.status,
            403,
            "{origin}"
        );
    }
    browser.origin = world.api.base().to_owned();
    let guessed = with(&stop, "token", "00000000000000000000000000000000");
    assert_eq!(browser.posts("/me/consent", &guessed).await?.status, 422);
    let mut elsewhere = Browser::of(&world);
    elsewhere.cookies.clone_from(&browser.cookies);
    let state = async || -> anyhow::Result<String> {
        let member = world
            .api
            .get(&format!("/api/v1/members/{}", maria.id))
            .await?
            .json();
        Ok(member
            .pointer("/consents/0/state")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned())
    };
    assert_eq!(state().await?, "opted_in");
    browser
        .posts("/me/logout", &[("token", &token), ("everywhere", "yes")])
        .await?;
    let after = elsewhere.posts("/me/consent", &stop).await?;
    assert_eq!(
        (after.status, after.header("location")),
        (303, "/me"),
        "logged out everywhere"
    );
    assert_eq!(state().await?, "opted_in");
    Ok(())
}

#[tokio::test]
async fn a_member_changes_what_is_theirs_and_nobody_elses() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let ben = world
        .joins(Joining::called("Ben Secret").opted_in(Channel::Sms))
        .await?;
    let bens = async || world.api.get(&format!("/api/v1/members/{}", ben.id)).await;
    let before = bens().await?.json();
    world
        .sends(&ben, json!({"content": "For Ben alone"}))
        .await?;
    let mut browser = Browser::of(&world);
    browser.logs_in(&maria.phone).await?;
    let token = browser.token().await?;
    let told = |answer: Response| (answer.status, answer.header("location").to_owned());
    let saved = |part: &str| (303, format!("/me?told=saved#{part}"));
    let training = [
        ("token", token.as_str()),
        ("hour", "19"),
        ("time_zone", "Europe/Madrid"),
        ("language", "es"),
        ("programme", "five-kilometres"),
        ("member", ben.id.as_str()),
        ("id", ben.id.as_str()),
    ];
    assert_eq!(
        told(browser.posts("/me/training", &training).await?),
        saved("training")
    );
    let channels = [
        ("token", token.as_str()),
        ("preferred", "sms"),
        ("daily_workouts", "whatsapp"),
    ];
    assert_eq!(
        told(browser.posts("/me/channels", &channels).await?),
        saved("channels")
    );
    let agree = [
        ("token", token.as_str()),
        ("channel", "whatsapp"),
        ("agree", "yes"),
    ];
    assert_eq!(
        told(browser.posts("/me/consent", &agree).await?),
        saved("consents")
    );
    let stop = [
        ("token", token.as_str()),
        ("channel", "sms"),
        ("agree", "no"),
    ];
    assert_eq!(
        told(browser.posts("/me/consent", &stop).await?),
        saved("consents")
    );
    let away = [
        ("token", token.as_str()),
        ("from", "2026-12-20"),
        ("until", "2027-01-04"),
    ];
    assert_eq!(
        told(browser.posts("/me/holiday", &away).await?),
        saved("holiday")
    );
    let member = world
        .api
        .get(&format!("/api/v1/members/{}", maria.id))
        .await?
        .json();
    for (field, value) in [
        ("time_zone", json!("Europe/Madrid")),
        ("locale", json!("es")),
        ("preferred_send_hour", json!(19)),
        ("programme", json!("five-kilometres")),
        ("preferred_channel", json!("sms")),
    ] {
        assert_eq!(member.get(field), Some(&value), "{field}");
    }
    assert_eq!(
        member.pointer("/preferences/daily_workouts"),
        Some(&json!("whatsapp"))
    );
    let consents = member
        .get("consents")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let state = |channel: &str| {
        let found = consents.iter().find(|one| text(one, "channel") == channel);
        found.map(|one| text(one, "state")).unwrap_or_default()
    };
    assert_eq!(
        (state("sms"), state("whatsapp")),
        ("opted_out".into(), "opted_in".into())
    );
    let training = world
        .api
        .get(&format!("/api/v1/members/{}/training", maria.id))
        .await?
        .json();
    assert_eq!(
        training.pointer("/pauses/0/from"),
        Some(&json!("2026-12-20"))
    );
    let page = html(&browser.opens("/me").await?);
    assert!(
        page.contains("Vacaciones desde domingo 20 de diciembre"),
        "{page}"
    );
    assert!(
        !page.contains("Secret") && !page.contains("For Ben alone") && !page.contains(&ben.phone)
    );
    let back = [("token", token.as_str()), ("back", "yes")];
    assert_eq!(
        told(browser.posts("/me/holiday", &back).await?),
        saved("holiday")
    );
    assert_eq!(bens().await?.json(), before);
    Ok(())
}

#[tokio::test]
async fn over_https_cookies_are_the_hosts_own_and_secure_and_the_pages_are_closed_without_countries()
-> anyhow::Result<()> {
    let world = World::with(&[OPEN, ("PUBLIC_URL", "https://coach.example")]).await?;
    let mut browser = Browser::of(&world);
    browser.origin = "https://coach.example".into();
    let asked = browser.asks("+14155552671").await?;
    let cookie = asked.header("set-cookie");
    assert!(cookie.starts_with("__Host-gymtext-code="), "{cookie}");
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let closed = World::new().await?;
    for path in ["/join", "/me"] {
        assert_eq!(closed.api.get(path).await?.status, 404, "{path}");
    }
    Ok(())
}
