//! The web chat as a member has it: the same conversation, on their own page.

mod page;

use domain::{Channel, Seconds};
use serde_json::{Value, json};
use stories::http::Followed;
use stories::world::{Joining, Person, World, text};

use stories::browser::{Browser, OPEN, html, texts};

const NUMBER: &str = "+14155552671";

/// A member at their browser.
struct Chatting<'a> {
    browser: Browser<'a>,
    person: Person,
    token: String,
}

impl<'a> Chatting<'a> {
    async fn begins(world: &'a World) -> anyhow::Result<Self> {
        let joining = Joining::called("Ana Lima")
            .at(NUMBER)
            .opted_in(Channel::Sms);
        Self::of(world, joining).await
    }

    async fn of(world: &'a World, joining: Joining) -> anyhow::Result<Self> {
        let person = world.joins(joining).await?;
        let mut browser = Browser::of(world);
        let entered = browser.logs_in(NUMBER).await?;
        anyhow::ensure!(entered.status == 303, "{}", html(&entered));
        let token = browser.token().await?;
        Ok(Self {
            browser,
            person,
            token,
        })
    }

    fn cookie(&self) -> String {
        let pairs = self.browser.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// As a script does: the status and what it is told.
    async fn posts(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<(u16, Value)> {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", &self.token)
            .extend_pairs(form)
            .finish();
        let cookie = self.cookie();
        let headers = [
            ("cookie", cookie.as_str()),
            ("accept", "application/json"),
            ("origin", self.browser.origin.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let api = &self.browser.world.api;
        let answer = api.send("POST", path, &headers, body).await?;
        Ok((answer.status, answer.json()))
    }

    async fn writes(&self, words: &str) -> anyhow::Result<Value> {
        let key = format!("message-{}", self.heard().await?.len());
        let (status, told) = self
            .posts("/me/chat", &[("key", &key), ("text", words)])
            .await?;
        anyhow::ensure!(status == 200, "{status} {told}");
        Ok(told)
    }

    async fn follows(&self, after: &str) -> anyhow::Result<Followed> {
        let cookie = self.cookie();
        let headers = [("cookie", cookie.as_str())];
        let path = format!("/me/chat/live?after={after}");
        self.browser.world.api.follows(&path, &headers).await
    }

    /// All messages, the newest first.
    async fn messages(&self) -> anyhow::Result<Vec<Value>> {
        let path = format!("/api/v1/messages?member={}", self.person.id);
        let page = self.browser.world.api.get(&path).await?.json();
        let items = page.get("items").and_then(Value::as_array);
        Ok(items.cloned().unwrap_or_default())
    }

    async fn heard(&self) -> anyhow::Result<Vec<Value>> {
        let mut all = self.messages().await?;
        all.retain(|one| text(one, "direction") == "inbound");
        Ok(all)
    }

    /// The newest answer in the chat, once there is one that holds these words.
    async fn is_told(&self, words: &str) -> anyhow::Result<Value> {
        let said = async || {
            let all = self.messages().await?;
            Ok(all.into_iter().find(|one| {
                text(one, "direction") == "outbound"
                    && text(one, "channel") == "web"
                    && ["sent", "delivered", "read"].contains(&text(one, "status").as_str())
                    && text(one, "content").contains(words)
            }))
        };
        self.browser.world.until(words, said).await
    }

    async fn status_of(&self, id: &str) -> anyhow::Result<String> {
        Ok(text(&self.browser.world.message(id).await?, "status"))
    }

    async fn consents(&self) -> anyhow::Result<Vec<(String, String)>> {
        let path = format!("/api/v1/members/{}", self.person.id);
        let member = self.browser.world.api.get(&path).await?.json();
        let all = member.get("consents").and_then(Value::as_array).cloned();
        let all = all.unwrap_or_default();
        Ok(all
            .iter()
            .map(|one| (text(one, "channel"), text(one, "state")))
            .collect())
    }

    /// Agrees to messages in the chat, as on their page.
    async fn agrees(&self) -> anyhow::Result<()> {
        let form = [("channel", "web"), ("agree", "yes")];
        let (status, _) = self.posts("/me/consent", &form).await?;
        anyhow::ensure!(status == 303, "{status}");
        Ok(())
    }
}

fn state(channel: &str, state: &str) -> (String, String) {
    (channel.to_owned(), state.to_owned())
}

#[tokio::test]
async fn a_question_is_answered_where_it_was_asked_and_its_ticks_follow_the_page()
-> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    let mut line = ana.follows("0").await?;
    assert_eq!(line.status(), 200);
    ana.writes("what's today's workout?").await?;
    line.until("today&#39;s workout?").await?;
    let answer = ana.is_told("workout for today").await?;
    let id = text(&answer, "id");
    let told = line.until(&id).await?;
    assert!(told.contains("chat-message ours"), "{told}");
    world.reaches(&id, &["sent"]).await?;
    for (word, status) in [("shown", "delivered"), ("seen", "read"), ("shown", "read")] {
        let (answered, _) = ana.posts("/me/chat/seen", &[(word, &id)]).await?;
        assert_eq!((answered, ana.status_of(&id).await?), (204, status.into()));
    }
    line.until("data-stage=\\\"read\\\"").await?;
    let message = world.message(&id).await?;
    assert_eq!(text(&message, "provider"), "websocket");
    assert_eq!(text(&message, "channel"), "web");
    let sms = texts(&world, NUMBER).await?;
    assert_eq!(sms.len(), 1, "the code and nothing else: {sms:?}");
    world.is_quiet().await
}

#[tokio::test]
async fn a_retry_is_the_same_message() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    let form = [("key", "one-and-the-same"), ("text", "squats 3x5 80 kg")];
    let (first, second) = tokio::join!(ana.posts("/me/chat", &form), ana.posts("/me/chat", &form));
    let third = ana.posts("/me/chat", &form).await?;
    for (status, told) in [first?, second?, third] {
        assert_eq!(status, 200, "{told}");
    }
    ana.is_told("").await?;
    assert_eq!(ana.heard().await?.len(), 1);
    let mut browser = ana.browser;
    let me = html(&browser.opens("/me").await?);
    assert!(me.contains("3 × 5 · 80 kg"), "it is logged: {me}");
    Ok(())
}

#[tokio::test]
async fn stop_in_the_chat_ends_all_messages_and_start_reopens_the_chat_alone() -> anyhow::Result<()>
{
    let world = World::with(&[OPEN]).await?;
    let joining = Joining::called("Ana Lima")
        .at(NUMBER)
        .opted_in(Channel::Sms)
        .opted_in(Channel::Whatsapp);
    let ana = Chatting::of(&world, joining).await?;
    let later = json!({"kind": "system", "content": "Closed on Monday", "not_before": "2027-01-01T00:00:00Z"});
    let waits = world.sends(&ana.person, later).await?;
    ana.writes("Stop").await?;
    let told = ana.is_told("no more messages").await?;
    assert!(text(&told, "content").contains("neither here nor by SMS"));
    let all = ana.consents().await?;
    for channel in ["sms", "whatsapp", "web"] {
        assert!(all.contains(&state(channel, "opted_out")), "{all:?}");
    }
    assert_eq!(ana.status_of(&waits).await?, "suppressed");
    ana.writes("what's today's workout?").await?;
    world.is_quiet().await?;
    let said = ana.messages().await?;
    let after: Vec<_> = said.iter().map(|one| text(one, "status")).collect();
    assert!(after.contains(&"suppressed".to_owned()), "{after:?}");
    let mut browser = Browser::of(&world);
    browser.cookies.clone_from(&ana.browser.cookies);
    let page = html(&browser.opens("/me/chat").await?);
    assert!(page.contains("You stopped all our messages"), "{page}");

    ana.writes("START").await?;
    let again = world
        .until("the chat again", async || {
            let all = ana.consents().await?;
            Ok(all.contains(&state("web", "opted_in")).then_some(all))
        })
        .await?;
    assert!(again.contains(&state("sms", "opted_out")), "{again:?}");
    ana.writes("what's today's workout?").await?;
    ana.is_told("workout for today").await?;
    Ok(())
}

#[tokio::test]
async fn an_answer_to_a_closed_page_is_kept_for_the_next_visit_and_texts_nobody()
-> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let mut ana = Chatting::begins(&world).await?;
    ana.writes("what's today's workout?").await?;
    let id = text(&ana.is_told("workout for today").await?, "id");
    world.passes(Seconds::new(24 * 3_600));
    world.cron("check-stalled-queues").await?;
    world.is_quiet().await?;
    assert_eq!(ana.status_of(&id).await?, "sent");
    assert_eq!(texts(&world, NUMBER).await?.len(), 1, "the code");
    let page = html(&ana.browser.opens("/me/chat").await?);
    assert!(page.contains(&id), "{page}");
    assert_eq!(ana.status_of(&id).await?, "delivered");
    Ok(())
}

#[tokio::test]
async fn an_answer_nobody_looks_at_goes_on_by_sms_where_an_operator_wants_that()
-> anyhow::Result<()> {
    let world = World::with(&[OPEN, ("GYMTEXT_FALLBACK", "chat_reply=1800")]).await?;
    let ana = Chatting::begins(&world).await?;
    ana.writes("what's today's workout?").await?;
    let seen = text(&ana.is_told("workout for today").await?, "id");
    ana.posts("/me/chat/seen", &[("shown", &seen)]).await?;
    ana.writes("thanks coach").await?;
    let all = world
        .until("a second answer", async || {
            let all = ana.messages().await?;
            let answers = all.iter().filter(|one| text(one, "status") == "sent");
            Ok((answers.count() == 1).then_some(all))
        })
        .await?;
    let unseen = all.iter().find(|one| text(one, "status") == "sent");
    let unseen = unseen.map(|one| text(one, "content")).unwrap_or_default();
    world.passes(Seconds::new(1_801));
    world.cron("check-stalled-queues").await?;
    world
        .until("the answer by SMS", async || {
            let sms = texts(&world, NUMBER).await?;
            Ok(sms.contains(&unseen).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    let sms = texts(&world, NUMBER).await?;
    assert_eq!(sms.len(), 2, "the code and one answer: {sms:?}");
    Ok(())
}

#[tokio::test]
async fn who_logs_out_elsewhere_hears_no_more_here() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    let mut line = ana.follows("0").await?;
    ana.writes("hello").await?;
    line.until("hello").await?;
    let (status, _) = ana.posts("/me/logout", &[("everywhere", "yes")]).await?;
    assert_eq!(status, 303);
    let rest = line.ends().await?;
    assert!(rest.contains("event: over"), "{rest}");
    assert_eq!(ana.follows("0").await?.status(), 401);
    let (status, _) = ana
        .posts("/me/chat", &[("key", "written-after"), ("text", "hi")])
        .await?;
    assert_eq!(status, 401);
    Ok(())
}

#[tokio::test]
async fn an_injury_is_put_before_a_person_whose_answer_comes_to_the_chat() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    ana.writes("my knee hurts badly since squats").await?;
    ana.is_told("").await?;
    let inbound = ana.heard().await?.first().map(|one| text(one, "id"));
    let body = json!({
        "member_id": ana.person.id, "kind": "chat_reply", "content": "Rest it today. I call you at six.",
        "answers": [inbound], "as": "Rita",
    });
    let sent = world.api.json("POST", "/api/v1/messages", &body).await?;
    assert_eq!(sent.status, 202, "{}", sent.json());
    let answer = ana.is_told("I call you at six").await?;
    world.reaches(&text(&answer, "id"), &["sent"]).await?;
    Ok(())
}

#[tokio::test]
async fn who_agreed_to_the_chat_and_prefers_it_gets_their_workouts_there() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    let wish = [("preferred", "web"), ("daily_workouts", "")];
    let (status, _) = ana.posts("/me/channels", &wish).await?;
    assert_eq!(status, 422, "not without having agreed");
    ana.agrees().await?;
    let (status, _) = ana.posts("/me/channels", &wish).await?;
    assert_eq!(status, 303);
    let workout = json!({"kind": "daily_workout", "content": "Five squats"});
    let id = world.sends(&ana.person, workout).await?;
    let message = world.reaches(&id, &["sent"]).await?;
    assert_eq!(text(&message, "channel"), "web");
    // Nobody looked for two hours: it goes on by SMS, as any workout that does not arrive.
    world.passes(Seconds::new(2 * 3_600 + 1));
    world.cron("check-stalled-queues").await?;
    world
        .until("the same by SMS", async || {
            let sms = texts(&world, NUMBER).await?;
            Ok(sms.contains(&"Five squats".to_owned()).then_some(()))
        })
        .await
}

#[tokio::test]
async fn what_is_offered_in_the_chat_is_tapped_there_once() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    ana.agrees().await?;
    let offer = json!({"kind": "system", "channel": "web", "blocks": [
        {"type": "text", "text": "Ready?"},
        {"type": "buttons", "buttons": [{"id": "start_workout", "title": "Start workout"}, {"id": "skip_today", "title": "Skip today"}]},
    ]});
    let offer = world.sends(&ana.person, offer).await?;
    world.reaches(&offer, &["sent"]).await?;
    let mut browser = Browser::of(&world);
    browser.cookies.clone_from(&ana.browser.cookies);
    let page = html(&browser.opens("/me/chat").await?);
    assert!(page.contains("name=\"tap\" value=\"1\""), "{page}");
    let tap = [("offer", offer.as_str()), ("tap", "1")];
    for _ in 0..2 {
        let (status, told) = ana.posts("/me/chat", &tap).await?;
        assert_eq!(status, 200, "{told}");
    }
    let heard = ana.heard().await?;
    assert_eq!(heard.len(), 1);
    let heard = heard.first().cloned().unwrap_or_default();
    assert_eq!(text(&heard, "content"), "Skip today");
    ana.is_told("").await?;
    let (status, _) = ana
        .posts("/me/chat", &[("offer", &offer), ("tap", "7")])
        .await?;
    assert_eq!(status, 422);
    Ok(())
}

#[tokio::test]
async fn an_erased_member_leaves_nothing_in_the_chat() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    ana.writes("my secret is chocolate").await?;
    ana.writes("STOP").await?;
    let mut line = ana.follows("0").await?;
    line.until("chocolate").await?;
    let path = format!("/api/v1/members/{}", ana.person.id);
    let export = world.api.get(&format!("{path}/export")).await?;
    let export = String::from_utf8_lossy(&export.body).into_owned();
    assert!(export.contains("my secret is chocolate"), "{export}");
    assert!(export.contains("web_keyword"), "the stop is in the export");
    let gone = world.api.send("DELETE", &path, &[], "").await?;
    assert_eq!(gone.status, 204);
    assert!(line.ends().await?.contains("event: over"));
    let messages = ana.messages().await?;
    let left = serde_json::to_string(&messages)?;
    assert!(!left.contains("chocolate"), "{left}");
    Ok(())
}
