//! Charts: what happened is counted as it happens, by day and by the hours members live in.

use domain::Channel;
use serde_json::json;
use stories::console::{JOANA, open, page, works};
use stories::world::Joining;

#[tokio::test]
async fn charts_tell_what_became_of_messages_and_when_members_write() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let before = page(&mut joana, "/admin/charts").await?;
    assert!(
        before.contains("Nobody wrote in the last 30 days."),
        "{before}"
    );

    let ann = world
        .joins(
            Joining::called("Ann")
                .opted_in(Channel::Sms)
                .with("time_zone", json!("America/Chicago")),
        )
        .await?;
    for words in ["hello", "how was it?"] {
        ann.texts(Channel::Sms, words).await?;
    }
    let id = world
        .sends(&ann, json!({"content": "Good morning."}))
        .await?;
    world.reaches(&id, &["delivered"]).await?;
    world.is_quiet().await?;

    let after = page(&mut joana, "/admin/charts").await?;
    for what in [
        "What became of it, day by day",
        "Arrived, not read",
        "When members write",
        "in America/Chicago. The fullest hour has 2.",
        r#"<td class="heat-5">2</td>"#,
    ] {
        assert!(after.contains(what), "{what}: {after}");
    }
    // A zone that is none is not taken for one.
    let elsewhere = page(&mut joana, "/admin/charts?zone=Nowhere").await?;
    assert!(elsewhere.contains("in America/Chicago."), "{elsewhere}");
    let tokyo = page(&mut joana, "/admin/charts?zone=Asia/Tokyo").await?;
    assert!(tokyo.contains("in Asia/Tokyo."), "{tokyo}");
    Ok(())
}
