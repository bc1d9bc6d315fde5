//! Keys of the API: each may do what it was made for, until it is revoked, and the log names it.

use domain::{Channel, Seconds};
use serde_json::json;
use stories::browser::{html, phone};
use stories::console::{JOANA, VERA, does, works};
use stories::fleet::Fleet;
use stories::http::Http;
use stories::integrator::Integrator;
use stories::world::{Joining, World, text};
use stories::{stopwatch, tick};

async fn key(api: &Http, name: &str, scopes: &[&str]) -> anyhow::Result<(String, Http)> {
    let body = json!({"name": name, "scopes": scopes});
    let made = api.json("POST", "/api/v1/keys", &body).await?;
    anyhow::ensure!(made.status == 201, "{}", made.json());
    let made = made.json();
    let theirs = Http::new(api.base()).with_key(&text(&made, "key"));
    Ok((text(&made, "id"), theirs))
}

#[tokio::test]
async fn a_key_does_what_it_was_made_for_and_the_log_names_it() -> anyhow::Result<()> {
    let world = World::with(&[("ADMIN_PHONE_NUMBERS", JOANA)]).await?;
    phone(&world, JOANA).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let (id, crm) = key(&world.api, "crm", &["read", "send"]).await?;
    let member = format!("/api/v1/members/{}", maria.id);
    assert_eq!(crm.get(&member).await?.status, 200);
    let said = json!({"member_id": maria.id, "content": "Hello"});
    assert_eq!(
        crm.json("POST", "/api/v1/messages", &said).await?.status,
        202
    );
    for (method, path, needed) in [
        ("PATCH", member.as_str(), "members"),
        ("DELETE", member.as_str(), "members"),
        ("PUT", "/api/v1/switches/all", "settings"),
        ("POST", "/api/v1/keys", "settings"),
        ("GET", "/api/v1/keys", "settings"),
        ("GET", "/api/v1/webhooks", "settings"),
    ] {
        let refused = crm.json(method, path, &json!({})).await?;
        assert_eq!(refused.status, 403, "{method} {path}");
        assert_eq!(refused.code(), "scope_missing");
        assert_eq!(text(&refused.json(), "needed"), needed);
        assert!(text(&refused.json(), "detail").contains("`read`, `send`"));
    }
    let (_, desk) = key(&world.api, "desk", &["members", "read"]).await?;
    let changed = desk
        .json("PATCH", &member, &json!({"locale": "pt"}))
        .await?;
    assert_eq!(changed.status, 200, "{}", changed.json());
    let (_, boss) = key(&world.api, "boss", &["settings"]).await?;
    let switch = json!({"on": true, "reason": "a story"});
    let path = "/api/v1/switches/kind:broadcast";
    assert_eq!(boss.json("PUT", path, &switch).await?.status, 200);
    let taken = json!({"name": "crm", "scopes": ["read"]});
    let taken = boss.json("POST", "/api/v1/keys", &taken).await?;
    assert_eq!(
        (taken.status, taken.code().as_str()),
        (409, "key_name_taken")
    );
    for wrong in [
        json!({"name": "a b", "scopes": ["read"]}),
        json!({"name": "x", "scopes": []}),
        json!({"name": "x", "scopes": ["everything"]}),
        json!({"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}),
    ] {
        assert_eq!(
            boss.json("POST", "/api/v1/keys", &wrong).await?.status,
            422,
            "{wrong}"
        );
    }

    // When it was used stands in the list, without the key.
    let used = world
        .until("its use is noted", async || {
            let all = world.api.get("/api/v1/keys").await?.json();
            let crm = all["items"][0].clone();
            Ok(crm["used_at"].is_string().then_some(crm))
        })
        .await?;
    assert_eq!(
        (text(&used, "id"), text(&used, "made_by")),
        (id.clone(), "api:settings".into())
    );
    assert!(used.get("key").is_none() && used.get("digest").is_none());

    let path = format!("/api/v1/keys/{id}");
    let revoked = world.api.send("DELETE", &path, &[], "").await?;
    assert_eq!(revoked.status, 204);
    assert_eq!(
        crm.get(&member).await?.status,
        401,
        "at once where it was revoked"
    );

    let shell = world.shell(&["erase", &maria.phone, "--yes"]).await?;
    assert!(shell.contains("erased"), "{shell}");
    let mut joana = works(&world, JOANA, 1).await?;
    let log = html(&joana.opens("/admin/audit").await?);
    for line in [
        ("api:settings", "member create"),
        ("api:settings", "key make"),
        ("api:desk", "member change"),
        ("api:boss", "switch on"),
        ("api:settings", "key revoke"),
        ("cli", "member erase"),
    ] {
        let (who, what) = line;
        let row = format!("<td dir=\"auto\">{who}</td><td>{what}</td>");
        assert!(log.contains(&row), "{line:?} in {log}");
    }
    assert!(
        !log.contains("api:crm"),
        "messages are on record themselves"
    );
    Ok(())
}

#[tokio::test]
async fn a_key_ends_when_its_time_is_over() -> anyhow::Result<()> {
    let world = World::new().await?;
    let end = (world.clock_now() + Seconds::new(3_600)).to_string();
    let body = json!({"name": "guest", "scopes": ["read"], "expires_at": end});
    let made = world.api.json("POST", "/api/v1/keys", &body).await?;
    let guest = Http::new(world.api.base()).with_key(&text(&made.json(), "key"));
    assert_eq!(guest.get("/api/v1/stats").await?.status, 200);
    world.passes(Seconds::new(3_600));
    assert_eq!(guest.get("/api/v1/stats").await?.status, 401);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_is_refused_by_every_node_within_a_second() -> anyhow::Result<()> {
    let fleet = Fleet::of(2).await?;
    let services = fleet.start().await?;
    let (one, other) = (fleet.node(0)?.api(), fleet.node(1)?.api());
    let body = json!({"name": "crm", "scopes": ["read"]});
    let made = one.json("POST", "/api/v1/keys", &body).await?.json();
    let id = text(&made, "id");
    let there = other.clone().with_key(&text(&made, "key"));
    assert_eq!(
        there.get("/api/v1/stats").await?.status,
        200,
        "a new one holds at once"
    );
    let revoked = one
        .send("DELETE", &format!("/api/v1/keys/{id}"), &[], "")
        .await?;
    assert_eq!(revoked.status, 204);
    let since = stopwatch();
    while there.get("/api/v1/stats").await?.status == 200 {
        assert!(since.elapsed().as_secs_f64() < 1.0, "it still holds");
        tick().await;
    }
    Fleet::end(services).await
}

#[tokio::test]
async fn owners_look_after_webhooks_and_keys_in_the_console_and_nobody_else_sees_them()
-> anyhow::Result<()> {
    let world = World::with(&[
        ("ADMIN_PHONE_NUMBERS", JOANA),
        ("GYMTEXT_WEBHOOKS_PRIVATE", "loopback"),
    ])
    .await?;
    for number in [JOANA, VERA] {
        phone(&world, number).await?;
    }
    let crm = Integrator::start().await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let form = [("name", "Vera"), ("phone", VERA), ("role", "coach")];
    assert_eq!(does(&mut joana, "/admin/team", &form).await?.0, 303);
    let today = html(&joana.opens("/admin/switches").await?);
    assert!(today.contains("/admin/webhooks") && today.contains("/admin/keys"));

    let (url, events) = (crm.url(), "message.* switch.changed");
    let form = [
        ("url", url.as_str()),
        ("description", "The CRM"),
        ("events", events),
    ];
    let (status, page) = does(&mut joana, "/admin/webhooks", &form).await?;
    assert!(status == 200 && page.contains("whsec_"), "{page}");
    let page = html(&joana.opens("/admin/webhooks").await?);
    assert!(page.contains("The CRM") && page.contains("works"), "{page}");
    assert!(
        !page.contains("whsec_") && !page.contains("of=gymtext"),
        "{page}"
    );
    let all = world.api.get("/api/v1/webhooks").await?.json();
    let id = text(&all["items"][0], "id");
    let path = format!("/admin/webhooks/{id}");
    crm.says(500);
    let switch = json!({"on": true, "reason": "a story"});
    world
        .api
        .json("PUT", "/api/v1/switches/kind:broadcast", &switch)
        .await?;
    let asked = format!("/api/v1/webhooks/{id}");
    world
        .until("it failed", async || {
            let one = world.api.get(&asked).await?.json();
            Ok((one["tries"] == 1).then_some(()))
        })
        .await?;
    let page = html(&joana.opens(&path).await?);
    assert!(
        page.contains("it answered 500") && page.contains("failing"),
        "{page}"
    );
    assert_eq!(does(&mut joana, &path, &[("act", "pause")]).await?.0, 303);
    let page = html(&joana.opens(&path).await?);
    assert!(page.contains("Somebody paused it"), "{page}");
    crm.says(204);
    assert_eq!(does(&mut joana, &path, &[("act", "resume")]).await?.0, 303);
    world
        .until("it is told", async || {
            Ok((!crm.taken().is_empty()).then_some(()))
        })
        .await?;
    assert_eq!(does(&mut joana, &path, &[("act", "test")]).await?.0, 303);
    let (status, page) = does(&mut joana, &path, &[("act", "rotate")]).await?;
    assert!(status == 200 && page.contains("whsec_"), "{page}");

    let form = [("name", "shop"), ("read", "yes"), ("send", "yes")];
    let (status, page) = does(&mut joana, "/admin/keys", &form).await?;
    assert!(status == 200 && page.contains("gt_"), "{page}");
    let page = html(&joana.opens("/admin/keys").await?);
    assert!(
        page.contains("shop") && page.contains("Never used"),
        "{page}"
    );
    assert!(!page.contains("gt_"), "{page}");
    let keys = world.api.get("/api/v1/keys").await?.json();
    let revoke = format!("/admin/keys/{}", text(&keys["items"][0], "id"));
    assert_eq!(text(&keys["items"][0], "made_by"), "Owner …0601");

    let mut vera = works(&world, VERA, 1).await?;
    let page = html(&vera.opens("/admin/switches").await?);
    assert!(!page.contains("/admin/webhooks") && !page.contains("/admin/keys"));
    for closed in ["/admin/webhooks", "/admin/keys", &path] {
        let answer = vera.opens(closed).await?;
        assert_eq!(answer.status, 403, "{closed}");
        assert!(!html(&answer).contains("crm") && !html(&answer).contains("shop"));
    }
    let acts = [
        (path.as_str(), ("act", "pause")),
        (revoke.as_str(), ("a", "b")),
    ];
    for (path, field) in acts {
        assert_eq!(does(&mut vera, path, &[field]).await?.0, 403, "{path}");
    }
    assert_eq!(does(&mut joana, &revoke, &[]).await?.0, 303);
    assert_eq!(does(&mut joana, &path, &[("act", "remove")]).await?.0, 303);
    let left = world.api.get("/api/v1/webhooks").await?.json();
    assert_eq!(left["items"], json!([]));
    let log = html(&joana.opens("/admin/audit").await?);
    for what in [
        "webhook make",
        "webhook change",
        "webhook rotate",
        "webhook remove",
        "key make",
        "key revoke",
    ] {
        assert!(log.contains(&format!("<td>{what}</td>")), "{what}");
    }
    Ok(())
}
