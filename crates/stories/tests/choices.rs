//! Choices: the same question on every channel, and the same answer, however it is given.

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::world::{Joining, Person, World, text};

const HOUR: u32 = 3_600;

async fn somebody(world: &World, name: &str) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called(name)
                .opted_in(Channel::Sms)
                .opted_in(Channel::Whatsapp)
                .prefers(Channel::Whatsapp),
        )
        .await
}

/// Opens the window by writing.
async fn greets(world: &World, person: &Person) -> anyhow::Result<()> {
    person.texts(Channel::Whatsapp, "hola").await?;
    heard(world, person, "hola").await?;
    world.is_quiet().await
}

/// A workout that goes out in two hours.
async fn workout(world: &World, to: &Person) -> anyhow::Result<String> {
    let later = (world.clock_now() + Seconds::new(2 * HOUR)).to_string();
    let fields = json!({
        "kind": "daily_workout", "content": "3 rounds of 10 squats", "not_before": later,
        "queue": "daily",
    });
    world.sends(to, fields).await
}

fn question(channel: Channel) -> Value {
    json!({"channel": channel.as_str(), "blocks": [
        {"type": "text", "text": "Your workout is ready."},
        {"type": "buttons", "buttons": [
            {"id": "start_workout", "title": "Start workout"},
            {"id": "skip_today", "title": "Skip today"},
            {"id": "reschedule", "title": "Reschedule"},
        ]},
    ]})
}

async fn asks(world: &World, to: &Person, channel: Channel) -> anyhow::Result<String> {
    let id = world.sends(to, question(channel)).await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    Ok(id)
}

/// What somebody said, as the API tells it once it is answered: stored first, then nothing unanswered, then
/// read as it is now.
async fn heard(world: &World, from: &Person, words: &str) -> anyhow::Result<Value> {
    let said = async || -> anyhow::Result<Option<Value>> {
        let path = format!("/api/v1/messages?member={}&limit=20", from.id);
        let list = world.api.get(&path).await?.json();
        let items = list.get("items").and_then(Value::as_array).cloned();
        Ok(items.unwrap_or_default().into_iter().find(|message| {
            text(message, "direction") == "inbound" && text(message, "content") == words
        }))
    };
    world
        .until("the answer", async || {
            if said().await?.is_none() {
                return Ok(None);
            }
            let stats = world.api.get("/api/v1/stats").await?.json();
            if stats.get("unanswered").and_then(Value::as_u64) != Some(0) {
                return Ok(None);
            }
            said().await
        })
        .await
}

#[tokio::test]
async fn a_tap_a_number_the_word_and_nearly_the_word_do_the_same() -> anyhow::Result<()> {
    let world = World::new().await?;
    for (channel, answer) in [
        (Channel::Whatsapp, json!({"button": "Skip today"})),
        (Channel::Whatsapp, json!({"text": "2"})),
        (Channel::Sms, json!({"text": "2"})),
        (Channel::Sms, json!({"text": "Two."})),
        (Channel::Sms, json!({"text": "SKIP TODAY"})),
        (Channel::Sms, json!({"text": "skip tody"})),
    ] {
        let maria = somebody(&world, "Maria").await?;
        if channel == Channel::Whatsapp {
            greets(&world, &maria).await?;
        }
        let waits = workout(&world, &maria).await?;
        let offer = asks(&world, &maria, channel).await?;
        let mut says = json!({"channel": channel.as_str()});
        for (name, value) in answer.as_object().into_iter().flatten() {
            if let Some(says) = says.as_object_mut() {
                says.insert(name.clone(), value.clone());
            }
        }
        maria.says(says).await?;
        let skipped = world.reaches(&waits, &["suppressed"]).await?;
        assert_eq!(text(&skipped, "reason"), "skipped_by_member", "{answer}");
        let words = answer.get("text").or(answer.get("button"));
        let words = words.and_then(Value::as_str).unwrap_or_default();
        let heard = heard(&world, &maria, words).await?;
        assert_eq!(text(&heard, "choice"), "skip_today", "{answer}: {heard}");
        assert_eq!(text(&heard, "in_reply_to"), offer, "{answer}: {heard}");
        world
            .until("the word for it", async || {
                let told = maria.received(channel).await?;
                let is_told = told.iter().any(|text| text.contains("is skipped"));
                Ok(is_told.then_some(()))
            })
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn whatsapp_shows_buttons_and_sms_numbers() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = somebody(&world, "Maria").await?;
    greets(&world, &maria).await?;
    asks(&world, &maria, Channel::Whatsapp).await?;
    asks(&world, &maria, Channel::Sms).await?;
    let on_whatsapp = maria.inbox(Channel::Whatsapp).await?;
    let shown = on_whatsapp.last().cloned().unwrap_or_default();
    let titles: Vec<&str> = shown
        .get("buttons")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|button| button.get("title").and_then(Value::as_str))
        .collect();
    assert_eq!(
        titles,
        ["Start workout", "Skip today", "Reschedule"],
        "{shown}"
    );
    assert_eq!(text(&shown, "body"), "Your workout is ready.");
    assert_eq!(
        maria.received(Channel::Sms).await?,
        [
            "Your workout is ready.\n\nReply 1: Start workout\nReply 2: Skip today\nReply 3: Reschedule"
        ]
    );
    Ok(())
}

#[tokio::test]
async fn the_same_buttons_are_made_known_once() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (maria, leo) = (
        somebody(&world, "Maria").await?,
        somebody(&world, "Leo").await?,
    );
    for person in [&maria, &leo] {
        greets(&world, person).await?;
    }
    let mut ids = Vec::new();
    for (person, words) in [
        (&maria, "Hi Maria!"),
        (&leo, "Hi Leo!"),
        (&maria, "Once more."),
    ] {
        let blocks = json!([{"type": "text", "text": words},
            {"type": "list", "button": "Open", "rows": [{"title": "Legs"}, {"title": "Arms"}]}]);
        ids.push(
            world
                .sends(person, json!({"channel": "whatsapp", "blocks": blocks}))
                .await?,
        );
    }
    for id in &ids {
        world.reaches(id, &["delivered", "read"]).await?;
    }
    let requests = world.carrier.get("/sandbox/api/requests").await?.json();
    let made = requests
        .as_array()
        .into_iter()
        .flatten()
        .filter(|request| {
            text(request, "method") == "POST" && text(request, "path") == "/v1/Content"
        })
        .count();
    // The four templates of the plan were made by the story itself.
    assert_eq!(made, 4 + 1, "{requests:#}");
    Ok(())
}

#[tokio::test]
async fn without_the_content_api_numbers_go_out_instead_of_buttons() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = somebody(&world, "Maria").await?;
    greets(&world, &maria).await?;
    let blocks = json!([{"type": "text", "text": "How was it?"},
        {"type": "buttons", "buttons": [{"title": "Done"}, {"title": "Not yet"}]}]);
    world.carrier_fails(json!({"http_429_rate": 1.0})).await?;
    let id = world
        .sends(&maria, json!({"channel": "whatsapp", "blocks": blocks}))
        .await?;
    // The content was refused, and the message itself too: only that is tried again soon.
    world
        .until("an attempt", async || {
            let message = world.message(&id).await?;
            let attempts = message.get("attempt_count").and_then(Value::as_u64);
            Ok((attempts > Some(0)).then_some(()))
        })
        .await?;
    world.carrier_fails(json!({})).await?;
    world
        .until("the numbers", async || {
            world.passes(Seconds::new(1));
            let told = maria.received(Channel::Whatsapp).await?;
            let numbered = "How was it?\n\nReply 1: Done\nReply 2: Not yet";
            Ok(told.iter().any(|text| text == numbered).then_some(()))
        })
        .await?;
    world.reaches(&id, &["delivered", "read"]).await?;
    maria.texts(Channel::Whatsapp, "1").await?;
    assert_eq!(text(&heard(&world, &maria, "1").await?, "choice"), "Done");
    Ok(())
}

#[tokio::test]
async fn an_answer_after_the_offer_is_stale_is_not_taken_for_it() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = somebody(&world, "Maria").await?;
    asks(&world, &maria, Channel::Sms).await?;
    world.passes(Seconds::new(25 * HOUR));
    let waits = workout(&world, &maria).await?;
    for words in ["2", "skip tody"] {
        maria.texts(Channel::Sms, words).await?;
        let heard = heard(&world, &maria, words).await?;
        assert_eq!(heard.get("choice"), Some(&Value::Null), "{heard}");
    }
    let message = world.message(&waits).await?;
    assert_eq!(text(&message, "status"), "queued", "{message}");
    Ok(())
}

#[tokio::test]
async fn a_number_after_something_else_was_said_is_not_guessed() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = somebody(&world, "Maria").await?;
    let waits = workout(&world, &maria).await?;
    asks(&world, &maria, Channel::Sms).await?;
    world.passes(Seconds::new(60));
    let other = world
        .sends(
            &maria,
            json!({"channel": "sms", "content": "How many sets did you do?"}),
        )
        .await?;
    world.reaches(&other, &["delivered"]).await?;
    world.passes(Seconds::new(60));
    maria.texts(Channel::Sms, "2").await?;
    let heard = heard(&world, &maria, "2").await?;
    assert_eq!(heard.get("choice"), Some(&Value::Null), "{heard}");
    assert_eq!(text(&world.message(&waits).await?, "status"), "queued");
    // The word still means it.
    maria.texts(Channel::Sms, "skip today").await?;
    world.reaches(&waits, &["suppressed"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_knock_answered_by_skip_releases_nothing() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = somebody(&world, "Maria").await?;
    let fields = json!({"kind": "daily_workout", "content": "3 rounds of 10 squats"});
    let held = world.sends(&maria, fields).await?;
    world.reaches(&held, &["held"]).await?;
    maria.texts(Channel::Whatsapp, "Skip today").await?;
    let skipped = world.reaches(&held, &["suppressed"]).await?;
    assert_eq!(text(&skipped, "reason"), "skipped_by_member");
    world.is_quiet().await?;
    let told = maria.received(Channel::Whatsapp).await?;
    assert!(
        !told.contains(&"3 rounds of 10 squats".to_owned()),
        "{told:?}"
    );
    Ok(())
}

#[tokio::test]
async fn reschedule_puts_off_and_start_brings_it_now() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = somebody(&world, "Maria").await?;
    let fields = json!({"kind": "daily_workout", "content": "3 rounds of 10 squats"});
    let held = world.sends(&maria, fields).await?;
    world.reaches(&held, &["held"]).await?;
    maria.texts(Channel::Whatsapp, "Reschedule").await?;
    world
        .until("the other times", async || {
            let told = maria.received(Channel::Whatsapp).await?;
            Ok(told
                .iter()
                .any(|text| text.contains("in 3 hours"))
                .then_some(()))
        })
        .await?;
    let moved = world.message(&held).await?;
    assert_eq!(text(&moved, "reason"), "rescheduled", "{moved}");
    // Small talk does not bring it early; the first of the other times is in an hour.
    maria
        .says(json!({"channel": "whatsapp", "button": "In 1 hour"}))
        .await?;
    world
        .until("the new time", async || {
            let told = maria.received(Channel::Whatsapp).await?;
            Ok(told
                .iter()
                .any(|text| text.contains("in 1 hour"))
                .then_some(()))
        })
        .await?;
    world.passes(Seconds::new(HOUR - 60));
    assert_ne!(text(&world.message(&held).await?, "status"), "delivered");
    maria.texts(Channel::Whatsapp, "start workout").await?;
    world.reaches(&held, &["delivered", "read"]).await?;
    let told = maria.received(Channel::Whatsapp).await?;
    let workouts = told.iter().filter(|text| *text == "3 rounds of 10 squats");
    assert_eq!(workouts.count(), 1, "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_moved_workout_comes_at_its_new_time() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let waits = workout(&world, &maria).await?;
    asks(&world, &maria, Channel::Sms).await?;
    maria.texts(Channel::Sms, "3").await?;
    world
        .until("the other times", async || {
            let told = maria.received(Channel::Sms).await?;
            Ok(told
                .iter()
                .any(|text| text.contains("Reply 1: In 1 hour"))
                .then_some(()))
        })
        .await?;
    world.passes(Seconds::new(3 * HOUR + 1));
    world.reaches(&waits, &["delivered"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_stop_among_the_choices_is_a_stop_however_it_is_chosen() -> anyhow::Result<()> {
    let world = World::new().await?;
    for answer in ["2", "stop mesages", "Stop messages"] {
        let maria = somebody(&world, "Maria").await?;
        let waits = workout(&world, &maria).await?;
        let blocks = json!([{"type": "text", "text": "Still with us?"},
            {"type": "buttons", "buttons": [{"title": "Keep going"}, {"title": "Stop messages"}]}]);
        let id = world
            .sends(&maria, json!({"channel": "sms", "blocks": blocks}))
            .await?;
        world.reaches(&id, &["delivered"]).await?;
        maria.texts(Channel::Sms, answer).await?;
        world
            .until("the opt-out", async || {
                let member = world
                    .api
                    .get(&format!("/api/v1/members/{}", maria.id))
                    .await?
                    .json();
                let consents = member.get("consents").cloned().unwrap_or_default();
                let out = consents.as_array().into_iter().flatten().any(|consent| {
                    text(consent, "channel") == "sms" && text(consent, "state") == "opted_out"
                });
                Ok(out.then_some(()))
            })
            .await?;
        let after = world
            .sends(&maria, json!({"channel": "sms", "content": "Hello?"}))
            .await?;
        world.reaches(&after, &["suppressed"]).await?;
        world
            .until("the confirmation", async || {
                let told = maria.received(Channel::Sms).await?;
                let confirmed = told.iter().any(|text| text.contains("unsubscribed"));
                Ok(confirmed.then_some(()))
            })
            .await?;
        drop(waits);
    }
    Ok(())
}

#[tokio::test]
async fn places_contacts_and_media_show_as_each_channel_can() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = somebody(&world, "Maria").await?;
    greets(&world, &maria).await?;
    let place = json!([{"type": "location", "latitude": 41.8781, "longitude": -87.6298, "label": "The gym"}]);
    let film = json!([{"type": "text", "text": "Watch this"},
        {"type": "media", "url": "https://media.example/squat.mp4", "bytes": 900_000}]);
    let contact = json!([{"type": "text", "text": "Call"},
        {"type": "contact", "name": "Coach Ana", "phone": "+14155550123"}]);
    for channel in ["whatsapp", "sms"] {
        for blocks in [&place, &film, &contact] {
            let id = world
                .sends(&maria, json!({"channel": channel, "blocks": blocks}))
                .await?;
            world.reaches(&id, &["delivered", "read"]).await?;
        }
    }
    let whatsapp = maria.inbox(Channel::Whatsapp).await?;
    let located = whatsapp
        .iter()
        .filter_map(|message| message.get("location"))
        .find(|place| place.is_object());
    assert_eq!(
        located.and_then(|place| place.get("latitude")),
        Some(&json!(41.8781)),
        "{whatsapp:#?}"
    );
    let told: Vec<String> = whatsapp
        .iter()
        .map(|message| text(message, "body"))
        .collect();
    // Beside a film Twilio would drop the text.
    assert!(
        told.contains(&"Watch this\nhttps://media.example/squat.mp4".to_owned()),
        "{told:?}"
    );
    assert!(
        told.contains(&"Call\nCoach Ana: +14155550123".to_owned()),
        "{told:?}"
    );
    let sms = maria.received(Channel::Sms).await?;
    assert!(
        sms.contains(&"The gym: https://maps.google.com/?q=41.8781,-87.6298".to_owned()),
        "{sms:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_choice_that_is_a_keyword_or_nearly_one_is_refused() -> anyhow::Result<()> {
    let world = World::new().await?;
    let james = world
        .joins(Joining::called("James").opted_in(Channel::Sms))
        .await?;
    let offer = |title: &str| {
        let buttons =
            json!([{"id": "first", "title": title}, {"id": "second", "title": "Not now"}]);
        json!({
            "member_id": james.id, "kind": "system",
            "blocks": [{"type": "text", "text": "Shall we?"}, {"type": "buttons", "buttons": buttons}],
        })
    };
    for title in ["START", "start", " Start! ", "Help", "help please", "HELP?"] {
        let refused = world
            .api
            .json("POST", "/api/v1/messages", &offer(title))
            .await?;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, "choice_is_keyword"),
            "{title}: {}",
            refused.json()
        );
    }
    for title in ["Start workout", "Helpful", "Let's go"] {
        let taken = world
            .api
            .json("POST", "/api/v1/messages", &offer(title))
            .await?;
        assert_eq!(taken.status, 202, "{title}: {}", taken.json());
    }
    Ok(())
}
