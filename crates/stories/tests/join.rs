//! Joining and logging in as people do it: on the page, with a code on their phone (G34, G35).

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::http::Response;
use stories::world::{Joining, World, text};

const OPEN: (&str, &str) = ("GYMTEXT_JOIN_COUNTRIES", "US,BR");
const MINUTE: u32 = 60;

/// A browser: it keeps its cookies, and says where its forms come from.
struct Browser<'a> {
    world: &'a World,
    origin: String,
    cookies: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    fn of(world: &'a World) -> Self {
        Self {
            world,
            origin: world.api.base().to_owned(),
            cookies: Vec::new(),
        }
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> anyhow::Result<Response> {
        let cookie = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut headers = vec![("cookie", cookie.as_str()), ("accept", "text/html")];
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
            if !self.origin.is_empty() {
                headers.push(("origin", self.origin.as_str()));
            }
        }
        let response = self.world.api.send(method, path, &headers, body).await?;
        for kept in response.headers.get_all("set-cookie") {
            let kept = kept.to_str()?;
            let (name, rest) = kept.split_once('=').unwrap_or_default();
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies.retain(|(known, _)| known != name);
            if !kept.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(response)
    }

    async fn opens(&mut self, path: &str) -> anyhow::Result<Response> {
        self.send("GET", path, &[]).await
    }

    async fn posts(&mut self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Response> {
        self.send("POST", path, form).await
    }

    /// What each form of the page carries.
    async fn token(&mut self) -> anyhow::Result<String> {
        let page = html(&self.opens("/me").await?);
        let (_, rest) = page
            .split_once("name=\"token\" value=\"")
            .unwrap_or_default();
        Ok(rest.split('"').next().unwrap_or_default().to_owned())
    }

    async fn logs_in(&mut self, phone: &str) -> anyhow::Result<Response> {
        self.asks(phone).await?;
        let code = code_on(self.world, phone, 1).await?;
        self.types(&code).await
    }

    async fn asks(&mut self, phone: &str) -> anyhow::Result<Response> {
        self.posts("/me/login", &[("country", "US"), ("phone", phone)])
            .await
    }

    async fn types(&mut self, code: &str) -> anyhow::Result<Response> {
        let form = [("country", "US"), ("phone", "+14155551000"), ("code", code)];
        self.posts("/me/code", &form).await
    }
}

fn html(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// Buys a phone.
async fn phone(world: &World, number: &str) -> anyhow::Result<()> {
    let added = world
        .carrier
        .json("POST", "/sandbox/api/phones", &json!({"number": number}))
        .await?;
    anyhow::ensure!(added.status < 300, "{}", added.json());
    Ok(())
}

/// The texts on a phone, by SMS.
async fn texts(world: &World, number: &str) -> anyhow::Result<Vec<String>> {
    let path = format!(
        "/sandbox/api/phones/{}/messages",
        number.replace('+', "%2B")
    );
    let list = world.carrier.get(&path).await?.json();
    let list = list.as_array().cloned().unwrap_or_default();
    let incoming = list
        .iter()
        .filter(|one| text(one, "direction") == "in" && text(one, "channel") == "sms");
    Ok(incoming.map(|one| text(one, "body")).collect())
}

/// The digits of the `count`th code on a phone.
async fn code_on(world: &World, number: &str, count: usize) -> anyhow::Result<String> {
    world
        .until("a code on the phone", async || {
            let codes: Vec<String> = texts(world, number)
                .await?
                .iter()
                .filter(|text| text.contains("code") || text.contains("codigo"))
                .map(|text| text.chars().take(6).collect())
                .collect();
            Ok(codes.get(count - 1).cloned())
        })
        .await
}

/// Another code than this one.
fn another(code: &str) -> String {
    let number: u32 = code.parse().unwrap_or_default();
    format!("{:06}", (number + 1) % 1_000_000)
}

async fn members(world: &World) -> anyhow::Result<Vec<Value>> {
    let list = world.api.get("/api/v1/members").await?.json();
    Ok(list
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default())
}

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

fn with<'a>(form: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<_> = form
        .iter()
        .copied()
        .filter(|(known, _)| *known != name)
        .collect();
    form.push((name, value));
    form
}

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
