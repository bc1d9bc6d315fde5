//! The second factor of the team: what is asked for after the texted code, what gets nobody in, and who takes it off.

use domain::Seconds;
use stories::authenticator::{code_at, does_with_it, key_on, sets_up};
use stories::browser::{Browser, another, code_on, html};
use stories::console::{JOANA, PEDRO, asks_in, does, open, page, works};
use stories::world::World;

const SECOND: &str = "/admin/login/second";

/// As far as the texted code gets: the `count`th that came.
async fn half_in<'a>(world: &'a World, number: &str, count: usize) -> anyhow::Result<Browser<'a>> {
    let mut browser = Browser::of(world);
    browser.posts("/admin/login", &[("phone", number)]).await?;
    let code = code_on(world, number, count).await?;
    let form = [("phone", number), ("code", code.as_str())];
    let entered = browser.posts("/admin/code", &form).await?;
    anyhow::ensure!(entered.header("location") == SECOND, "{}", html(&entered));
    Ok(browser)
}

/// Types a second code: where that leads, or what the page says.
async fn types(browser: &mut Browser<'_>, code: &str) -> anyhow::Result<String> {
    let answer = browser.posts(SECOND, &[("code", code)]).await?;
    Ok(match answer.status {
        303 => answer.header("location").to_owned(),
        _ => html(&answer),
    })
}

async fn is_in(browser: &mut Browser<'_>) -> anyhow::Result<bool> {
    Ok(browser.opens("/admin").await?.status == 200)
}

#[tokio::test]
async fn it_is_asked_for_after_the_texted_code_and_each_code_once() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let now = || world.clock_now();
    let mut joana = works(&world, JOANA, 1).await?;
    assert!(
        page(&mut joana, "/admin/second-factor")
            .await?
            .contains("You have none.")
    );
    does_with_it(&mut joana, "begin", "").await?;
    let setup = page(&mut joana, "/admin/second-factor").await?;
    let key = key_on(&setup);
    assert_eq!(key.replace('-', "").len(), 32, "{setup}");
    assert!(
        setup.contains("aria-label=\"The key as a QR code\""),
        "{setup}"
    );
    // A draft asks for nothing, and a wrong code makes it no more.
    let mut other = works(&world, JOANA, 2).await?;
    let code = code_at(&key, now())?;
    let (status, said) = does_with_it(&mut joana, "confirm", &another(&code)).await?;
    assert_eq!(status, 422);
    assert!(said.contains("This is not a code of now"), "{said}");
    let (status, said) = does_with_it(&mut joana, "confirm", &code).await?;
    assert_eq!(status, 200, "{said}");
    assert_eq!(said.matches("<li><code>").count(), 10, "{said}");
    assert!(!is_in(&mut other).await?, "other browsers are logged out");
    assert!(is_in(&mut joana).await?);
    let standing = page(&mut joana, "/admin/second-factor").await?;
    assert!(
        standing.contains("10 recovery codes are left."),
        "{standing}"
    );
    assert!(!standing.contains(&key), "the key is shown no more");

    // Half logged in reaches nothing, by any cookie.
    let mut half = half_in(&world, JOANA, 3).await?;
    for path in [
        "/admin",
        "/admin/team",
        "/admin/second-factor",
        "/admin/live",
    ] {
        assert_eq!(
            half.opens(path).await?.header("location"),
            "/admin/login",
            "{path}"
        );
    }
    let waiting = half.cookies.clone();
    let (_, secret) = waiting.first().cloned().unwrap_or_default();
    half.cookies.push(("gymtext-console".into(), secret));
    assert!(!is_in(&mut half).await?);
    half.cookies = waiting;

    // The code that confirmed it is used, and so is one that got somebody in.
    let said = types(&mut half, &code).await?;
    assert!(said.contains("was used already"), "{said}");
    world.passes(Seconds::new(30));
    let code = code_at(&key, now())?;
    assert_eq!(types(&mut half, &code).await?, "/admin");
    assert!(is_in(&mut half).await?);
    world.passes(Seconds::new(3_600));
    let (mut first, mut second) = (
        half_in(&world, JOANA, 4).await?,
        half_in(&world, JOANA, 5).await?,
    );
    assert!(
        types(&mut first, &code)
            .await?
            .contains("not a code of now")
    );
    let code = code_at(&key, now())?;
    let (one, two) = tokio::join!(types(&mut first, &code), types(&mut second, &code));
    let outcomes = [one?, two?];
    let entered = outcomes.iter().filter(|to| *to == "/admin").count();
    assert_eq!(entered, 1, "two browsers with one code: {outcomes:?}");
    let log = page(&mut joana, "/admin/audit").await?;
    assert!(
        log.contains("factor on") && log.contains("second factor"),
        "{log}"
    );
    Ok(())
}

#[tokio::test]
async fn guesses_are_counted_for_all_browsers_together() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let now = || world.clock_now();
    let mut joana = works(&world, JOANA, 1).await?;
    let (key, _) = sets_up(&mut joana).await?;
    world.passes(Seconds::new(60));
    let (mut first, mut second) = (
        half_in(&world, JOANA, 2).await?,
        half_in(&world, JOANA, 3).await?,
    );
    // What is no code is no guess.
    assert!(
        types(&mut first, "12345")
            .await?
            .contains("not a code of now")
    );
    for _ in 0..5 {
        let wrong = another(&code_at(&key, now())?);
        assert!(
            types(&mut first, &wrong)
                .await?
                .contains("not a code of now")
        );
    }
    for browser in [&mut first, &mut second] {
        let right = code_at(&key, now())?;
        let said = types(browser, &right).await?;
        assert!(said.contains("There were too many tries."), "{said}");
    }
    world.passes(Seconds::new(15 * 60));
    let right = code_at(&key, now())?;
    assert_eq!(
        types(&mut first, &right).await?,
        "/admin/login",
        "too late for this one"
    );
    // Somebody else's tries do not keep her from her page; a right code there takes it off.
    let (status, said) = does_with_it(&mut joana, "off", &right).await?;
    assert_eq!(status, 303, "{said}");
    world.passes(Seconds::new(3_600));
    let mut again = works(&world, JOANA, 4).await?;
    assert!(is_in(&mut again).await?, "the texted code is enough again");
    Ok(())
}

#[tokio::test]
async fn recovery_codes_get_in_once_each_and_an_owner_helps_who_lost_both() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    let mut pedro = works(&world, PEDRO, 1).await?;
    let (key, codes) = sets_up(&mut pedro).await?;
    let recovery = codes.first().cloned().unwrap_or_default();
    let mut lost = half_in(&world, PEDRO, 2).await?;
    assert_eq!(types(&mut lost, &recovery.to_uppercase()).await?, "/admin");
    world.passes(Seconds::new(3_600));
    let mut again = half_in(&world, PEDRO, 3).await?;
    let said = types(&mut again, &recovery).await?;
    assert!(said.contains("was used already"), "{said}");
    // New ones void those before, and a wrong code makes none.
    let (status, _) = does_with_it(&mut lost, "codes", &recovery).await?;
    assert_eq!(status, 422);
    let now = code_at(&key, world.clock_now())?;
    let (status, said) = does_with_it(&mut lost, "codes", &now).await?;
    assert_eq!(
        (status, said.matches("<li><code>").count()),
        (200, 10),
        "{said}"
    );
    let old = codes.get(1).cloned().unwrap_or_default();
    assert!(types(&mut again, &old).await?.contains("was used already"));

    // Each takes off their own by a code; an owner takes off another's.
    let team = page(&mut joana, "/admin/team").await?;
    assert_eq!(
        team.matches("Take off the second factor").count(),
        1,
        "{team}"
    );
    let id = |page: &str, name: &str| {
        let (_, rest) = page
            .split_once(&format!("aria-label=\"{name}\""))
            .unwrap_or_default();
        let (_, rest) = rest.split_once("/admin/team/").unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    let path = format!("/admin/team/{}", id(&team, "Pedro"));
    let reset = [("reset_factor", "yes")];
    assert_eq!(does(&mut lost, &path, &reset).await?.0, 403, "a coach");
    assert_eq!(does(&mut joana, &path, &reset).await?.0, 303);
    let (status, said) = does(&mut joana, &path, &reset).await?;
    assert_eq!(status, 409);
    assert!(said.contains("they have no second factor"), "{said}");
    let own = format!("/admin/team/{}", id(&team, "Owner …0601"));
    let (status, said) = does(&mut joana, &own, &reset).await?;
    assert_eq!(status, 422, "{said}");
    assert_eq!(
        types(&mut again, &now).await?,
        "/admin/login",
        "half way in is over, too"
    );
    let log = page(&mut joana, "/admin/audit").await?;
    for what in [
        "factor on",
        "factor recovery codes",
        "factor reset",
        "recovery code",
    ] {
        assert!(log.contains(what), "{what}: {log}");
    }
    Ok(())
}

#[tokio::test]
async fn where_it_is_required_nothing_else_opens_before_it_is_set_up() -> anyhow::Result<()> {
    let world = open(&[("ADMIN_TOTP", "required")]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    for path in ["/admin", "/admin/team", "/admin/live", "/admin/members"] {
        let led = joana.opens(path).await?;
        assert_eq!(led.header("location"), "/admin/second-factor", "{path}");
    }
    let token = joana.token_of("/admin/second-factor").await?;
    let stop = [
        ("token", token.as_str()),
        ("scope", "all"),
        ("on", "yes"),
        ("reason", "no"),
    ];
    let refused = joana.posts("/admin/switches", &stop).await?;
    assert_eq!(refused.header("location"), "/admin/second-factor");
    let (key, _) = sets_up(&mut joana).await?;
    let today = page(&mut joana, "/admin").await?;
    assert!(!today.contains("Switched off"), "{today}");

    // Who lost everything and is alone is let in by whoever runs the service.
    let cookies = joana.cookies.clone();
    world.passes(Seconds::new(60));
    let world = world.restarts_with(&[("ADMIN_TOTP_RESET", JOANA)]).await?;
    let mut joana = works(&world, JOANA, 2).await?;
    let led = joana.opens("/admin").await?;
    assert_eq!(led.header("location"), "/admin/second-factor");
    let (again, _) = sets_up(&mut joana).await?;
    assert_ne!(again, key);
    let log = page(&mut joana, "/admin/audit").await?;
    assert!(
        log.contains("settings") && log.contains("factor reset"),
        "{log}"
    );
    joana.cookies = cookies;
    assert!(
        !is_in(&mut joana).await?,
        "setting it up ended the other session"
    );
    Ok(())
}
