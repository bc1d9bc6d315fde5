//! Looking as a member: exactly what they see, nothing changed, nothing counted as theirs, and over when it should be.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::browser::{Browser, OPEN, html};
use stories::console::{JOANA, PEDRO, VERA, asks_in, does, field, open, page, works};
use stories::world::{Joining, Person, World, text};

const MARIA: &str = "+14155552671";

/// Maria, with something in her chat that she has not seen.
async fn maria(world: &World) -> anyhow::Result<(Person, String)> {
    let joining = Joining::called("Maria Souza")
        .at(MARIA)
        .opted_in(Channel::Sms);
    let maria = world.joins(joining).await?;
    let yes = json!({"state": "opted_in", "source": "story", "wording": "Yes, in the chat."});
    let path = format!("/api/v1/members/{}/consents/web", maria.id);
    let kept = world.api.json("PUT", &path, &yes).await?;
    anyhow::ensure!(kept.status < 300, "{}", kept.json());
    let words = json!({"kind": "system", "content": "Ten squats", "channel": "web"});
    let id = world.sends(&maria, words).await?;
    world.reaches(&id, &["sent"]).await?;
    Ok((maria, id))
}

async fn looks(browser: &mut Browser<'_>, maria: &Person) -> anyhow::Result<(u16, String)> {
    let path = format!("/admin/members/{}/look", maria.id);
    does(browser, &path, &[("reason", "She sees no workout")]).await
}

async fn export(world: &World, maria: &Person) -> anyhow::Result<Value> {
    let path = format!("/api/v1/members/{}/export", maria.id);
    Ok(world.api.get(&path).await?.json())
}

#[tokio::test]
async fn a_coach_sees_what_the_member_sees_and_changes_nothing() -> anyhow::Result<()> {
    let world = open(&[OPEN]).await?;
    let (maria, unseen) = maria(&world).await?;
    let mut hers = Browser::of(&world);
    hers.logs_in(MARIA).await?;
    let own = html(&hers.opens("/me").await?);
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut vera = works(&world, VERA, 1).await?;
    assert_eq!(looks(&mut vera, &maria).await?.0, 403);
    let mut pedro = works(&world, PEDRO, 1).await?;
    let path = format!("/admin/members/{}/look", maria.id);
    let (status, said) = does(&mut pedro, &path, &[("reason", " ")]).await?;
    assert_eq!(status, 422, "{said}");
    world.passes(Seconds::new(5_400));
    let before = export(&world, &maria).await?;
    assert_eq!(
        before.get("looks"),
        Some(&json!([])),
        "refused is not looked"
    );

    assert_eq!(looks(&mut pedro, &maria).await?, (303, "/me".into()));
    let seen = pedro.opens("/me").await?;
    assert_eq!(seen.header("cache-control"), "no-store");
    let seen = html(&seen);
    let banner = "Pedro, you see this as Maria Souza does, until 13:45 UTC.";
    assert!(seen.contains(banner), "{seen}");
    // But for the banner and the tokens of forms it is her page.
    let plain = |page: &str, token: &str| {
        let (head, rest) = page
            .split_once("<aside class=\"banner\"")
            .unwrap_or((page, ""));
        let tail = rest.split_once("</aside>").map_or("", |(_, tail)| tail);
        let whole = format!("{head}{tail}").replace(token, "");
        whole.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let body = |page: &str| {
        page.split_once("<main")
            .map_or(String::new(), |(_, main)| main.to_owned())
    };
    let tokens = |page: &str| field(&body(page), "token");
    assert_eq!(
        plain(&body(&seen), &tokens(&seen)),
        plain(&body(&own), &tokens(&own))
    );
    let chat = page(&mut pedro, "/me/chat").await?;
    assert!(
        chat.contains(banner) && chat.contains("Ten squats"),
        "{chat}"
    );
    assert!(
        !chat.contains("data-newest=\"0\""),
        "there is something to show"
    );
    let scripts = chat.matches("<script type=\"module\"").count();
    let told = own.matches("<script type=\"module\"").count();
    assert_eq!(scripts, told, "without the script that tells what was seen");

    // Whatever changes something is refused, with every token there is.
    let token = field(&chat, "token");
    let theirs = tokens(&seen);
    for path in [
        "/me/training",
        "/me/channels",
        "/me/consent",
        "/me/address",
        "/me/address/code",
        "/me/address/remove",
        "/me/holiday",
        "/me/chat",
        "/me/chat/seen",
        "/me/logout",
    ] {
        for token in [token.as_str(), theirs.as_str()] {
            let form = [
                ("token", token),
                ("channel", "whatsapp"),
                ("agree", "yes"),
                ("hour", "4"),
                ("seen", &unseen),
                ("shown", &unseen),
                ("key", "key-of-a-message"),
                ("text", "STOP"),
                ("which", "email"),
                ("everywhere", "yes"),
                ("from", "2026-12-01"),
                ("time_zone", "UTC"),
                ("language", "en"),
                ("programme", "mobility"),
            ];
            let answer = pedro.posts(path, &form).await?;
            assert_eq!(answer.status, 403, "{path}");
            let said = html(&answer);
            assert!(
                said.contains("only the member changes something here"),
                "{path}: {said}"
            );
        }
    }
    for path in [
        "/me/chat/live",
        "/me/checkout",
        "/me/portal",
        "/me/paid",
        "/join/pay",
    ] {
        assert_eq!(pedro.opens(path).await?.status, 403, "{path}");
    }
    world.is_quiet().await?;
    assert_eq!(
        text(&world.message(&unseen).await?, "status"),
        "sent",
        "she has not seen it"
    );
    let mut after = export(&world, &maria).await?;
    let looked = after.get("looks").cloned().unwrap_or_default();
    assert_eq!(looked.pointer("/0/by"), Some(&json!("Pedro")), "{looked}");
    assert_eq!(
        looked.pointer("/0/why"),
        Some(&json!("She sees no workout"))
    );
    let mut known = before;
    for document in [&mut known, &mut after] {
        if let Some(fields) = document.as_object_mut() {
            fields.remove("looks");
            fields.remove("made_at");
        }
    }
    assert_eq!(
        known, after,
        "nothing of hers is otherwise, sessions included"
    );
    Ok(())
}

#[tokio::test]
async fn a_look_ends_by_its_button_its_time_and_its_session() -> anyhow::Result<()> {
    let world = open(&[OPEN]).await?;
    let (maria, _) = maria(&world).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    let mut pedro = works(&world, PEDRO, 1).await?;
    // He is a member himself, in the same browser.
    world
        .joins(Joining::called("Pedro").at("+14155552672"))
        .await?;
    pedro.logs_in("+14155552672").await?;
    let me = page(&mut pedro, "/me").await?;
    assert!(me.contains("+14155552672"), "{me}");

    looks(&mut pedro, &maria).await?;
    let seen = page(&mut pedro, "/me").await?;
    assert!(seen.contains(MARIA), "{seen}");
    // Nobody else's browser can use it, not even with its cookie.
    let mut other = works(&world, PEDRO, 2).await?;
    let cookie = pedro
        .cookies
        .iter()
        .find(|(name, _)| name == "gymtext-looking");
    other.cookies.extend(cookie.cloned());
    assert_eq!(other.opens("/me").await?.status, 410);
    // The button, also on the page that refuses.
    let refused = pedro.posts("/me/holiday", &[("back", "yes")]).await?;
    assert_eq!(refused.header("referrer-policy"), "same-origin");
    let token = field(&html(&refused), "token");
    let ended = pedro
        .posts("/admin/looking/end", &[("token", &token)])
        .await?;
    assert_eq!(
        ended.header("location"),
        format!("/admin/members/{}", maria.id)
    );
    let me = page(&mut pedro, "/me").await?;
    assert!(
        me.contains("+14155552672") && !me.contains("class=\"banner\""),
        "{me}"
    );

    // Its time: the page says so once, and then it is his own again.
    looks(&mut pedro, &maria).await?;
    world.passes(Seconds::new(15 * 60));
    let over = pedro.opens("/me/chat").await?;
    assert_eq!(over.status, 410);
    assert!(html(&over).contains("the time for it is over"));
    assert!(page(&mut pedro, "/me").await?.contains("+14155552672"));

    // Logging out, with the cookies kept by somebody; another role; leaving the team.
    for count in 0..3 {
        world.passes(Seconds::new(3_600));
        let mut pedro = works(&world, PEDRO, 3 + count).await?;
        looks(&mut pedro, &maria).await?;
        assert_eq!(pedro.opens("/me").await?.status, 200);
        let cookies = pedro.cookies.clone();
        let team = page(&mut joana, "/admin/team").await?;
        let (_, rest) = team.split_once("aria-label=\"Pedro\"").unwrap_or_default();
        let (_, rest) = rest.split_once("/admin/team/").unwrap_or_default();
        let path = format!("/admin/team/{}", rest.split('"').next().unwrap_or_default());
        let done = match count {
            0 => does(&mut pedro, "/admin/logout", &[]).await?,
            1 => does(&mut joana, &path, &[("role", "viewer")]).await?,
            _ => does(&mut joana, &path, &[("remove", "yes")]).await?,
        };
        assert_eq!(done.0, 303, "{}", done.1);
        pedro.cookies = cookies;
        assert_eq!(pedro.opens("/me").await?.status, 410, "{count}");
        if count == 1 {
            does(&mut joana, &path, &[("role", "coach")]).await?;
        }
    }
    let log = page(&mut joana, "/admin/audit").await?;
    assert!(
        log.contains("member look") && log.contains("member look end"),
        "{log}"
    );
    assert!(log.contains("She sees no workout"), "{log}");
    Ok(())
}
