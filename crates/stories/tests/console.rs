//! The console, as a coach's team works in it: who comes in, who may do what, what is answered once, and what is kept of
//! every change.

use domain::{Channel, Seconds};
use serde_json::json;
use stories::browser::{Browser, another, code_on, html, texts};
use stories::console::{JOANA, PEDRO, VERA, asks_in, does, open, page, shows, works};
use stories::world::{Joining, Person, World};

const HOUR: u32 = 3_600;

async fn maria(world: &World) -> anyhow::Result<Person> {
    world
        .joins(Joining::called("Maria Souza").opted_in(Channel::Sms))
        .await
}

#[tokio::test]
async fn only_the_team_gets_in_and_nobody_hears_who_belongs_to_it() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut stranger = Browser::of(&world);
    let theirs = stranger.posts("/admin/login", &[("phone", PEDRO)]).await?;
    let mut joana = Browser::of(&world);
    let hers = joana.posts("/admin/login", &[("phone", JOANA)]).await?;
    let same = |page: String, number: &str| page.replace(number, "");
    assert_eq!(
        same(html(&theirs), PEDRO),
        same(html(&hers), JOANA),
        "the same answer"
    );
    let code = code_on(&world, JOANA, 1).await?;
    world.is_quiet().await?;
    assert!(texts(&world, PEDRO).await?.is_empty(), "no code went there");

    // A wrong code, a right one in another browser, and one of nobody are the same refusal.
    let wrong = another(&code);
    let refused = |number, code| [("phone", number), ("code", code)];
    let first = joana.posts("/admin/code", &refused(JOANA, &wrong)).await?;
    let other = stranger
        .posts("/admin/code", &refused(JOANA, &code))
        .await?;
    assert_eq!((first.status, other.status), (422, 422));
    assert_eq!(html(&first), html(&other));
    assert_eq!(
        stranger.opens("/admin").await?.header("location"),
        "/admin/login"
    );

    let entered = joana.posts("/admin/code", &refused(JOANA, &code)).await?;
    assert_eq!(entered.header("location"), "/admin");
    let today = page(&mut joana, "/admin").await?;
    assert!(today.contains("Wait for a person"), "{today}");
    // A member's session opens nothing here, and the other way round.
    let cookie = joana
        .cookies
        .iter()
        .find(|(name, _)| name == "gymtext-console");
    let (_, secret) = cookie.cloned().unwrap_or_default();
    stranger.cookies = vec![("gymtext".into(), secret)];
    assert_eq!(
        stranger.opens("/admin").await?.header("location"),
        "/admin/login"
    );

    world.passes(Seconds::new(12 * HOUR));
    assert_eq!(
        joana.opens("/admin").await?.header("location"),
        "/admin/login"
    );
    let mut again = works(&world, JOANA, 2).await?;
    let (status, _) = does(&mut again, "/admin/logout", &[]).await?;
    assert_eq!(status, 303);
    assert_eq!(
        again.opens("/admin").await?.header("location"),
        "/admin/login"
    );
    Ok(())
}

#[tokio::test]
async fn without_a_number_of_an_owner_the_console_is_closed() -> anyhow::Result<()> {
    let world = World::new().await?;
    let mut browser = Browser::of(&world);
    for path in ["/admin", "/admin/login", "/admin/team", "/admin/live"] {
        assert_eq!(browser.opens(path).await?.status, 404, "{path}");
    }
    let asked = browser.posts("/admin/login", &[("phone", JOANA)]).await?;
    assert_eq!(asked.status, 404);
    Ok(())
}

#[tokio::test]
async fn each_role_may_do_what_it_may_and_whoever_is_removed_is_out() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = maria(&world).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let twice = [("name", "Ana"), ("phone", PEDRO), ("role", "coach")];
    let (status, said) = does(&mut joana, "/admin/team", &twice).await?;
    assert_eq!(status, 409);
    assert!(
        said.contains("Pedro logs in with this number already"),
        "{said}"
    );
    let named = [
        ("name", "pedro"),
        ("phone", "+14155550604"),
        ("role", "coach"),
    ];
    assert_eq!(does(&mut joana, "/admin/team", &named).await?.0, 409);

    let mut pedro = works(&world, PEDRO, 1).await?;
    let mut vera = works(&world, VERA, 1).await?;
    let take = format!("/admin/conversations/{}/take", maria.id);
    let stop = [
        ("scope", "kind:broadcast"),
        ("on", "yes"),
        ("reason", "a test"),
    ];
    let (status, said) = does(&mut vera, &take, &[]).await?;
    assert_eq!(status, 403);
    assert!(
        said.contains("This needs the role coach; yours is viewer."),
        "{said}"
    );
    assert_eq!(does(&mut pedro, &take, &[]).await?.0, 303);
    assert_eq!(does(&mut pedro, "/admin/switches", &stop).await?.0, 403);
    assert_eq!(does(&mut pedro, "/admin/team", &twice).await?.0, 403);
    assert_eq!(does(&mut joana, "/admin/switches", &stop).await?.0, 303);
    let today = page(&mut vera, "/admin").await?;
    assert!(today.contains("Switched off: kind:broadcast."), "{today}");

    // Without its token, or from another place, a form does nothing.
    let mut foreign = works(&world, JOANA, 2).await?;
    let off = [("scope", "kind:broadcast"), ("on", "no")];
    assert_eq!(foreign.posts("/admin/switches", &off).await?.status, 403);
    let token = foreign.token_of("/admin/team").await?;
    foreign.origin = "https://evil.example".into();
    let mut with_token = off.to_vec();
    with_token.push(("token", &token));
    assert_eq!(
        foreign.posts("/admin/switches", &with_token).await?.status,
        403
    );
    let switches = world.api.get("/api/v1/switches").await?.json();
    assert!(
        switches.to_string().contains("kind:broadcast"),
        "{switches}"
    );

    let team = page(&mut joana, "/admin/team").await?;
    let of = |name: &str| {
        let (_, rest) = team
            .split_once(&format!("aria-label=\"{name}\""))
            .unwrap_or_default();
        let (_, rest) = rest.split_once("/admin/team/").unwrap_or_default();
        format!("/admin/team/{}", rest.split('"').next().unwrap_or_default())
    };
    assert_eq!(
        does(&mut joana, &of("Pedro"), &[("remove", "yes")])
            .await?
            .0,
        303
    );
    assert_eq!(
        pedro.opens("/admin").await?.header("location"),
        "/admin/login"
    );
    let (status, said) = does(&mut joana, &of("Owner …0601"), &[("remove", "yes")]).await?;
    assert_eq!(status, 409);
    assert!(said.contains("ADMIN_PHONE_NUMBERS"), "{said}");
    let log = page(&mut joana, "/admin/audit").await?;
    for what in [
        "team ask in",
        "conversation take",
        "switch on",
        "team remove",
    ] {
        assert!(log.contains(what), "{what}: {log}");
    }
    assert!(
        !log.contains("a test</td><td>Pedro"),
        "what was refused is not kept"
    );
    Ok(())
}

#[tokio::test]
async fn a_question_is_answered_once_by_one_of_two_and_the_member_hears_it_once()
-> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = maria(&world).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    let mut pedro = works(&world, PEDRO, 1).await?;
    maria.texts(Channel::Sms, "my knee hurts").await?;
    let today = shows(&world, &mut joana, "/admin", "may be hurt").await?;
    assert!(today.contains("Maria Souza"), "{today}");
    let thread = format!("/admin/conversations/{}?state=needs_person", maria.id);
    shows(&world, &mut joana, &thread, "my knee hurts").await?;

    let path = |what: &str| format!("/admin/conversations/{}/{what}", maria.id);
    assert_eq!(does(&mut joana, &path("take"), &[]).await?.0, 303);
    let (status, said) = does(&mut pedro, &path("take"), &[]).await?;
    assert_eq!(status, 409);
    assert!(
        said.contains("Owner …0601 keeps this conversation"),
        "{said}"
    );

    // What is written to her from now on waits for her, and is answered by the same words.
    maria
        .texts(Channel::Sms, "can I swap squats today?")
        .await?;
    let one = seen_answers(&shows(&world, &mut joana, &thread, "swap squats").await?);
    assert_eq!(one.split_whitespace().count(), 2, "{one}");
    let answers = one;

    let before = maria.received(Channel::Sms).await?.len();
    let words = "Rest today, and see a doctor if it swells.";
    let say = [
        ("text", words),
        ("channel", "sms"),
        ("answers", answers.as_str()),
        ("once", "0b5f"),
    ];
    // The same form sent twice is one message.
    assert_eq!(does(&mut joana, &path("say"), &say).await?.0, 303);
    assert_eq!(does(&mut joana, &path("say"), &say).await?.0, 303);
    let theirs = [
        ("text", "Ice it."),
        ("channel", "sms"),
        ("answers", answers.as_str()),
    ];
    let (status, _) = does(&mut pedro, &path("say"), &theirs).await?;
    assert_eq!(status, 409, "it is answered");
    world
        .until("the answer", async || {
            let all = maria.received(Channel::Sms).await?;
            Ok((all.len() > before).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    let all = maria.received(Channel::Sms).await?;
    assert_eq!(all.len(), before + 1, "{all:?}");
    assert_eq!(all.last().map(String::as_str), Some(words));

    assert_eq!(does(&mut joana, &path("hand-back"), &[]).await?.0, 303);
    world.is_quiet().await?;
    let all = maria.received(Channel::Sms).await?;
    assert_eq!(
        all.len(),
        before + 1,
        "the rules have nothing to add: {all:?}"
    );
    let member = page(&mut joana, &format!("/admin/members/{}", maria.id)).await?;
    for what in [
        "conversation take",
        "conversation answer",
        "conversation hand back",
    ] {
        assert_eq!(member.matches(what).count(), 1, "{what}: {member}");
    }
    Ok(())
}

/// The messages that an answer written on this page answers.
fn seen_answers(page: &str) -> String {
    let (_, rest) = page
        .split_once("name=\"answers\" value=\"")
        .unwrap_or_default();
    rest.split('"').next().unwrap_or_default().trim().to_owned()
}

#[tokio::test]
async fn a_message_may_need_no_answer_and_says_why() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = maria(&world).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    maria.texts(Channel::Sms, "my knee hurts").await?;
    let thread = format!("/admin/conversations/{}?state=all", maria.id);
    let seen = shows(&world, &mut joana, &thread, "/dismiss").await?;
    let (before, _) = seen.split_once("/dismiss").unwrap_or_default();
    let id = before.rsplit('/').next().unwrap_or_default();
    let path = format!("/admin/messages/{id}/dismiss");
    let none = [("member", maria.id.as_str()), ("reason", " ")];
    assert_eq!(does(&mut joana, &path, &none).await?.0, 422);
    let form = [("member", maria.id.as_str()), ("reason", "we talked")];
    assert_eq!(does(&mut joana, &path, &form).await?.0, 303);
    assert_eq!(does(&mut joana, &path, &form).await?.0, 409);
    let seen = page(&mut joana, &thread).await?;
    assert!(!seen.contains("/dismiss"), "{seen}");
    let log = page(&mut joana, "/admin/audit").await?;
    assert_eq!(log.matches("message dismiss").count(), 1);
    assert!(log.contains("we talked"), "{log}");
    Ok(())
}

#[tokio::test]
async fn why_a_member_got_no_workout_stands_first_on_their_page() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = maria(&world).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let found = page(&mut joana, "/admin/members?q=souza").await?;
    let theirs = format!("/admin/members/{}", maria.id);
    assert!(found.contains(&theirs), "{found}");
    let digits = maria.phone.replace('+', "+1 (0) ");
    let nobody = page(&mut joana, "/admin/members?q=%25").await?;
    assert!(
        nobody.contains("Nobody is called or reached like that"),
        "{digits}"
    );

    let due = page(&mut joana, &theirs).await?;
    assert!(due.contains("is due"), "{due}");
    let order = json!({"schedule": "daily", "member_id": maria.id, "forced": true});
    world
        .api
        .json("POST", "/api/v1/schedules/run", &order)
        .await?;
    shows(&world, &mut joana, &theirs, "arrived.").await?;

    let pauses = json!({"pauses": [{"from": "2026-11-20", "until": "2026-11-25"}]});
    let path = format!("/api/v1/members/{}/pauses", maria.id);
    world.api.json("PUT", &path, &pauses).await?;
    world.passes(Seconds::new(24 * HOUR));
    let mut joana = works(&world, JOANA, 2).await?;
    shows(&world, &mut joana, &theirs, "they are on a break").await?;

    let none = json!({"pauses": []});
    world.api.json("PUT", &path, &none).await?;
    world.passes(Seconds::new(24 * HOUR));
    let mut joana = works(&world, JOANA, 3).await?;
    maria.texts(Channel::Sms, "STOP").await?;
    world.is_quiet().await?;
    world
        .api
        .json("POST", "/api/v1/schedules/run", &order)
        .await?;
    let seen = shows(&world, &mut joana, &theirs, "was not sent").await?;
    assert!(seen.contains("stopped"), "{seen}");
    let (_, rest) = seen.split_once("/admin/messages/").unwrap_or_default();
    let id = rest.split('"').next().unwrap_or_default();
    let why = page(&mut joana, &format!("/admin/messages/{id}")).await?;
    assert!(
        why.contains("It was not sent.") && why.contains("What happened"),
        "{why}"
    );
    Ok(())
}

#[tokio::test]
async fn words_of_members_are_words_whatever_is_in_them() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = world
        .joins(Joining::called("<img src=x onerror=alert(1)>").opted_in(Channel::Sms))
        .await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let nasty = "<script>alert(1)</script> \u{202e}gnp.exe \" onmouseover=\"x 💪 {{ 7*7 }}";
    maria.texts(Channel::Sms, nasty).await?;
    let thread = format!("/admin/conversations/{}?state=all", maria.id);
    let seen = shows(&world, &mut joana, &thread, "{{ 7*7 }}").await?;
    assert!(
        !seen.contains("<script>alert") && !seen.contains("<img src=x"),
        "{seen}"
    );
    assert!(seen.contains("{{ 7*7 }}"), "{seen}");
    let answer = joana.opens(&thread).await?;
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    let found = page(&mut joana, "/admin/members?q=%3Cimg").await?;
    assert!(
        found.contains("&#60;img") && !found.contains("<img src=x"),
        "{found}"
    );
    Ok(())
}
