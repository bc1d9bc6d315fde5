//! What happened is kept for as long as the settings say, and until everybody has passed it; whoever asks for more is told so.

use domain::Seconds;
use serde_json::json;
use stories::console::{JOANA, does, open, page, works};
use stories::http::Http;
use stories::integrator::Integrator;
use stories::world::{World, text};

const DAY: u32 = 86_400;

const A_WEEK: [(&str, &str); 3] = [
    ("GYMTEXT_RETAIN_EVENTS_DAYS", "7"),
    ("GYMTEXT_WEBHOOKS_PRIVATE", "loopback"),
    ("GYMTEXT_PRICE_WAIT", "0"),
];

/// Something happens that is no member's.
async fn happens(world: &World, on: bool) -> anyhow::Result<()> {
    let switch = json!({"on": on, "reason": "a story"});
    let path = "/api/v1/switches/kind:broadcast";
    let turned = world.api.json("PUT", path, &switch).await?;
    anyhow::ensure!(turned.status == 200, "{}", turned.json());
    Ok(())
}

async fn made(world: &World, at: &Integrator) -> anyhow::Result<String> {
    let body = json!({"url": at.url(), "events": ["switch.changed"]});
    let answer = world.api.json("POST", "/api/v1/webhooks", &body).await?;
    anyhow::ensure!(answer.status == 201, "{}", answer.json());
    Ok(text(&answer.json(), "id"))
}

/// How far the outbox was pruned, once that is past an event.
async fn is_pruned_past(world: &World, event: i64) -> anyhow::Result<i64> {
    world
        .until("what is old is gone", async || {
            world.service.engine().prune_events().await?;
            let pruned = world.service.engine().events_pruned().await?;
            Ok(pruned.map(|to| to.event).filter(|to| *to >= event))
        })
        .await
}

#[tokio::test]
async fn what_is_past_keeping_goes_and_whoever_asks_for_it_is_told_so() -> anyhow::Result<()> {
    let world = open(&A_WEEK).await?;
    let crm = Integrator::start().await?;
    let id = made(&world, &crm).await?;
    let began = world.clock_now();
    for on in [true, false, true] {
        happens(&world, on).await?;
    }
    let told = async |count: usize| {
        world
            .until("it is told", async || {
                Ok((crm.events().len() >= count).then_some(()))
            })
            .await
    };
    told(3).await?;
    let old = crm.events();
    world.passes(Seconds::new(8 * DAY));
    happens(&world, false).await?;
    told(4).await?;
    let young = crm.events()[3];
    let to = is_pruned_past(&world, old[2]).await?;
    assert!(to < young, "the newest stays");

    let replay = format!("/api/v1/webhooks/{id}/replay");
    for asked in [
        json!({"event_id": old[0]}),
        json!({"since": began.to_string()}),
    ] {
        let answer = world.api.json("POST", &replay, &asked).await?;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (410, "events_gone")
        );
        let said = text(&answer.json(), "detail");
        assert!(said.contains("no longer kept"), "{said}");
    }
    let again = json!({"event_id": young});
    assert_eq!(world.api.json("POST", &replay, &again).await?.status, 202);
    told(5).await?;
    assert_eq!(crm.events()[4], young);

    let inner = Http::new(&format!("http://{}", world.service.inner()));
    let metrics = inner.get("/inner/metrics").await?.body;
    let metrics = String::from_utf8_lossy(&metrics);
    for line in [
        "gymtext_webhook_deliveries_total{outcome=\"taken\"} 5",
        "gymtext_webhook_endpoints_stopped 0",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }

    // Whoever was away for longer than that is told, too.
    let path = format!("/api/v1/events?after={}", old[0]);
    let stream = world.api.get(&path).await?;
    assert_eq!(
        (stream.status, stream.code().as_str()),
        (410, "events_gone")
    );

    let mut joana = works(&world, JOANA, 1).await?;
    let form = [
        ("act", "replay"),
        ("event", ""),
        ("since", &began.to_string()),
    ];
    let (status, said) = does(&mut joana, &format!("/admin/webhooks/{id}"), &form).await?;
    assert_eq!(status, 422);
    assert!(said.contains("no longer kept"), "{said}");
    let settings = page(&mut joana, "/admin/settings").await?;
    assert!(
        settings.contains("GYMTEXT_RETAIN_EVENTS_DAYS"),
        "{settings}"
    );
    Ok(())
}

#[tokio::test]
async fn what_an_endpoint_is_still_to_be_told_stays() -> anyhow::Result<()> {
    let world = World::with(&A_WEEK).await?;
    let (quick, slow) = (Integrator::start().await?, Integrator::start().await?);
    made(&world, &quick).await?;
    made(&world, &slow).await?;
    slow.answers(false);
    let has = async |at: &Integrator, count: usize| {
        world
            .until("it is told", async || {
                Ok((at.events().len() >= count).then_some(()))
            })
            .await
    };
    for on in [true, false] {
        happens(&world, on).await?;
    }
    has(&quick, 2).await?;
    let old = quick.events();
    world.passes(Seconds::new(8 * DAY));
    happens(&world, true).await?;
    has(&quick, 3).await?;
    world.service.engine().prune_events().await?;
    let pruned = world.service.engine().events_pruned().await?;
    assert!(pruned.is_none_or(|to| to.event < old[0]), "{pruned:?}");
    slow.answers(true);
    has(&slow, 3).await?;
    assert_eq!(slow.events(), quick.events(), "nothing was lost to it");
    is_pruned_past(&world, old[1]).await?;
    Ok(())
}
