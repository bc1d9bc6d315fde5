//! Joining where members pay: the welcome comes when a plan serves them, and `/me` says how they stand.

use stories::world::World;

use crate::ANA;
use crate::ANAS;
use stories::browser::{Browser, OPEN, code_on, html, phone, texts, with};

const ON: (&str, &str) = ("GYMTEXT_SUBSCRIPTIONS", "true");

/// Presses a button of the pretend Stripe, at this address of it.
pub(crate) async fn presses(world: &World, url: &str, form: &str) -> anyhow::Result<String> {
    let path = url.strip_prefix(world.carrier.base()).unwrap_or(url);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let pressed = world
        .carrier
        .send("POST", path, &headers, form.to_owned())
        .await?;
    anyhow::ensure!(pressed.status == 303, "{path}: {}", pressed.status);
    let page = world.carrier.get(pressed.header("location")).await?;
    anyhow::ensure!(page.status == 200, "{}", page.status);
    let back = page.header("refresh").split_once("url=");
    Ok(back.map_or_else(|| html(&page), |(_, url)| url.to_owned()))
}

async fn welcomes(world: &World) -> anyhow::Result<usize> {
    let texts = texts(world, ANAS).await?;
    let welcomes = texts.iter().filter(|text| text.starts_with("Boas-vindas"));
    Ok(welcomes.count())
}

#[tokio::test]
async fn a_stranger_joins_pays_and_is_welcomed_then() -> anyhow::Result<()> {
    let world = World::with(&[OPEN, ON]).await?;
    phone(&world, ANAS).await?;
    let mut browser = Browser::of(&world);
    browser.posts("/join", &ANA).await?;
    let code = code_on(&world, ANAS, 1).await?;
    let entered = browser
        .posts("/join/code", &with(&ANA, "code", &code))
        .await?;
    assert_eq!(
        (entered.status, entered.header("location")),
        (303, "/join/pay")
    );
    let page = html(&browser.opens("/join/pay").await?);
    assert!(page.contains("href=\"/me/checkout\""), "{page}");
    world.is_quiet().await?;
    assert_eq!(welcomes(&world).await?, 0, "no plan serves her yet");
    let me = html(&browser.opens("/me").await?);
    assert!(me.contains("Você ainda não tem plano"), "{me}");
    assert!(!me.contains("/me/portal"), "there is nothing to manage");
    let opened = browser.opens("/me/checkout").await?;
    assert_eq!(opened.status, 303);
    let page = opened.header("location").to_owned();
    let declined = presses(&world, &page, "do=decline").await?;
    assert!(declined.contains("declined"), "{declined}");
    let back = presses(&world, &page, "do=pay").await?;
    let path = back.strip_prefix(world.api.base()).unwrap_or(&back);
    assert!(path.starts_with("/me/paid?session_id=cs_"), "{back}");
    let came = browser.opens(path).await?;
    assert_eq!(
        (came.status, came.header("location")),
        (303, "/me?told=paid")
    );
    let me = html(&browser.opens("/me?told=paid").await?);
    assert!(me.contains("Obrigado!") && me.contains("Pago até"), "{me}");
    assert!(me.contains("/me/portal") && !me.contains("/me/checkout"));
    world
        .until("the welcome", async || {
            Ok((welcomes(&world).await? == 1).then_some(()))
        })
        .await?;
    // She ends it where Stripe lets her, and sees until when it serves.
    let portal = browser.opens("/me/portal").await?;
    assert_eq!(portal.status, 303);
    let page = portal.header("location").to_owned();
    let path = page.strip_prefix(world.carrier.base()).unwrap_or(&page);
    let shown = html(&world.carrier.get(path).await?);
    let (_, rest) = shown
        .split_once("name=\"subscription\" value=\"")
        .unwrap_or_default();
    let id = rest.split('"').next().unwrap_or_default();
    presses(&world, &page, &format!("do=cancel&subscription={id}")).await?;
    world
        .until("the end of it", async || {
            let me = html(&browser.opens("/me").await?);
            Ok(me.contains("Você encerrou").then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    assert_eq!(welcomes(&world).await?, 1);
    Ok(())
}

#[tokio::test]
async fn nobody_pays_or_manages_without_logging_in() -> anyhow::Result<()> {
    let world = World::with(&[OPEN, ON]).await?;
    let mut browser = Browser::of(&world);
    for path in [
        "/me/checkout",
        "/me/portal",
        "/me/paid?session_id=cs_1",
        "/join/pay",
    ] {
        let answer = browser.opens(path).await?;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/me"),
            "{path}"
        );
    }
    for token in ["0123456789abcdef0123456789abcdef", "x", "%2e%2e"] {
        let answer = browser.opens(&format!("/pay/{token}")).await?;
        assert_eq!(answer.status, 404, "{token}");
    }
    Ok(())
}
