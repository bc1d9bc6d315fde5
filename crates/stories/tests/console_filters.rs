//! Finding people in the console: conditions on the list of members, saved as a segment, and on conversations.

use domain::Channel;
use serde_json::json;
use stories::browser::html;
use stories::console::{JOANA, VERA, asks_in, does, open, page, works};
use stories::world::{Joining, Person, World};

async fn joins(
    world: &World,
    name: &str,
    locale: &str,
    channel: Channel,
) -> anyhow::Result<Person> {
    let joining = Joining::called(name).opted_in(channel).prefers(channel);
    world.joins(joining.with("locale", json!(locale))).await
}

#[tokio::test]
async fn members_are_listed_by_conditions_and_these_are_kept_as_a_segment() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    joins(&world, "Maria", "pt-BR", Channel::Whatsapp).await?;
    joins(&world, "Rui", "pt-PT", Channel::Sms).await?;
    joins(&world, "Ann", "en", Channel::Sms).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;

    let all = page(&mut joana, "/admin/members").await?;
    let names = ["Maria", "Rui", "Ann"];
    assert!(names.iter().all(|name| all.contains(name)), "{all}");
    let portuguese = "/admin/members?languages=pt&prefers_sms=yes";
    let found = page(&mut joana, portuguese).await?;
    assert!(
        found.contains("Rui") && !found.contains("Maria") && !found.contains(">Ann<"),
        "{found}"
    );
    assert!(
        found.contains("Members who speak pt, and prefer SMS."),
        "{found}"
    );
    let nobody = page(
        &mut joana,
        "/admin/members?countries=BR&programmes=mobility",
    )
    .await?;
    assert!(nobody.contains("Nobody is meant"), "{nobody}");
    let wrong = joana.opens("/admin/members?silent_for_days=many").await?;
    assert_eq!(wrong.status, 422);
    let told = html(&wrong);
    assert!(
        told.contains("silent for days") && told.contains("Nobody was looked for."),
        "{told}"
    );

    let conditions = [
        ("name", "Portuguese by text"),
        ("languages", "pt"),
        ("prefers_sms", "yes"),
    ];
    let mut vera = works(&world, VERA, 1).await?;
    assert_eq!(
        does(&mut vera, "/admin/segments", &conditions).await?.0,
        403
    );
    let (status, to) = does(&mut joana, "/admin/segments", &conditions).await?;
    assert_eq!(status, 303, "{to}");
    let saved = page(&mut joana, "/admin/members").await?;
    assert!(saved.contains("Portuguese by text"), "{saved}");
    // The ends of numbers only, here as everywhere.
    let hers = page(&mut vera, portuguese).await?;
    assert!(hers.contains("Rui") && hers.contains("••••"), "{hers}");
    Ok(())
}

#[tokio::test]
async fn conversations_are_listed_by_channel_language_and_programme_and_those_that_failed()
-> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = joins(&world, "Maria", "pt-BR", Channel::Whatsapp).await?;
    let ann = joins(&world, "Ann", "en", Channel::Sms).await?;
    for (who, channel) in [(&maria, Channel::Whatsapp), (&ann, Channel::Sms)] {
        who.texts(channel, "hello").await?;
    }
    world.is_quiet().await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let list = |query: &str| format!("/admin/conversations?state=all{query}");
    for (query, has_maria, has_ann) in [
        ("", true, true),
        ("&channel=sms", false, true),
        ("&language=pt", true, false),
        ("&language=en&channel=whatsapp", false, false),
        ("&programme=none-such", false, false),
    ] {
        let seen = page(&mut joana, &list(query)).await?;
        assert_eq!(seen.contains(">Maria<"), has_maria, "{query}: {seen}");
        assert_eq!(seen.contains(">Ann<"), has_ann, "{query}: {seen}");
    }
    let by_api = "/api/v1/conversations?language=pt&channel=whatsapp";
    let by_api = world.api.get(by_api).await?.json();
    let name = by_api.pointer("/items/0/name");
    assert_eq!(name, Some(&json!("Maria")), "{by_api:#}");
    let wrong = world
        .api
        .get("/api/v1/conversations?channel=pigeon")
        .await?;
    assert_eq!(wrong.status, 422);

    let failed = page(&mut joana, "/admin/conversations?state=failed").await?;
    assert!(failed.contains("All that was sent arrived."), "{failed}");
    let blocked = json!({"errors": {"30004": 1.0}});
    world.carrier_fails(blocked).await?;
    let id = world
        .sends(&ann, json!({"content": "Are you there?"}))
        .await?;
    world.reaches(&id, &["failed", "undelivered"]).await?;
    let failed = page(&mut joana, "/admin/conversations?state=failed").await?;
    assert!(
        failed.contains(">Ann<") && failed.contains("something did not arrive"),
        "{failed}"
    );
    assert!(!failed.contains(">Maria<"), "{failed}");
    Ok(())
}
