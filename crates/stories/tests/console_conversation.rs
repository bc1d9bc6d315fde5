//! A conversation, as the team keeps it: notes that nobody is sent, a closed window and what may open it, what would become of
//! an answer, and that nothing is said twice whoever says it.

use domain::{Channel, Seconds};
use serde_json::json;
use stories::browser::html;
use stories::console::{JOANA, PEDRO, VERA, asks_in, does, field, open, page, shows, works};
use stories::world::{Joining, Person, World};

const HOUR: u32 = 3_600;

async fn maria(world: &World, channel: Channel) -> anyhow::Result<Person> {
    world
        .joins(
            Joining::called("Maria Souza")
                .opted_in(channel)
                .with("locale", json!("en")),
        )
        .await
}

fn thread(maria: &Person) -> String {
    format!("/admin/conversations/{}?state=all", maria.id)
}

#[tokio::test]
async fn a_note_is_the_teams_and_goes_nowhere() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = maria(&world, Channel::Sms).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut vera = works(&world, VERA, 1).await?;
    maria.texts(Channel::Sms, "my knee hurts").await?;
    world.is_quiet().await?;
    let before = maria.received(Channel::Sms).await?.len();

    let path = format!("/admin/members/{}/notes", maria.id);
    let words = [("text", "Knee operation in May. <b>Careful</b>")];
    assert_eq!(does(&mut vera, &path, &words).await?.0, 403);
    assert_eq!(does(&mut joana, &path, &[("text", " ")]).await?.0, 422);
    assert_eq!(does(&mut joana, &path, &words).await?.0, 303);
    let seen = page(&mut vera, &thread(&maria)).await?;
    assert!(
        seen.contains("Knee operation in May. &#60;b&#62;Careful"),
        "{seen}"
    );
    let (earlier, later) = seen.split_once("my knee hurts").unwrap_or_default();
    assert!(!earlier.contains("Knee operation") && later.contains("Knee operation"));
    world.is_quiet().await?;
    let got = maria.received(Channel::Sms).await?;
    assert_eq!(got.len(), before, "nobody is sent it: {got:?}");

    let export = format!("/api/v1/members/{}/export", maria.id);
    let export = world.api.get(&export).await?.json();
    let noted = export.pointer("/notes/0/author");
    assert_eq!(noted, Some(&json!("Owner …0601")), "{export:#}");
    let log = page(&mut joana, "/admin/audit").await?;
    assert!(
        log.contains("note keep") && !log.contains("Knee operation"),
        "{log}"
    );

    let theirs = page(&mut joana, &format!("/admin/members/{}", maria.id)).await?;
    let id = field(&theirs, "remove");
    let remove = [("remove", id.as_str()), ("back", "member")];
    assert_eq!(does(&mut joana, &path, &remove).await?.0, 303);
    let seen = page(&mut joana, &thread(&maria)).await?;
    assert!(!seen.contains("Knee operation"), "{seen}");
    Ok(())
}

#[tokio::test]
async fn while_the_window_is_closed_a_template_may_go_and_is_looked_at_before() -> anyhow::Result<()>
{
    let world = open(&[]).await?;
    let maria = maria(&world, Channel::Whatsapp).await?;
    maria.texts(Channel::Whatsapp, "hello").await?;
    world.is_quiet().await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let seen = page(&mut joana, &thread(&maria)).await?;
    assert!(seen.contains("The window is open"), "{seen}");
    world.passes(Seconds::new(25 * HOUR));
    let mut joana = works(&world, JOANA, 2).await?;
    let seen = page(&mut joana, &thread(&maria)).await?;
    assert!(seen.contains("The WhatsApp window is closed"), "{seen}");
    assert!(seen.contains("<option value=\"weekly_checkin\""), "{seen}");
    assert!(
        !seen.contains("Write by SMS instead"),
        "she agreed to WhatsApp only"
    );

    let once = field(&seen, "once");
    let plan = format!("/admin/members/{}/plan", maria.id);
    let mut form = vec![
        ("template", "weekly_checkin"),
        ("channel", "whatsapp"),
        ("once", once.as_str()),
    ];
    let (status, asked) = does(&mut joana, &plan, &form).await?;
    assert_eq!(status, 200, "{asked}");
    assert!(asked.contains("name=\"value.1\""), "{asked}");
    form.push(("value.1", "Maria"));
    let (status, looked) = does(&mut joana, &plan, &form).await?;
    assert_eq!(status, 200, "{looked}");
    for what in [
        "It would go now, by WhatsApp, as an approved template.",
        "Hey Maria!",
        "Price",
        "Send it",
    ] {
        assert!(looked.contains(what), "{what}: {looked}");
    }
    let before = maria.received(Channel::Whatsapp).await?.len();
    let say = format!("/admin/conversations/{}/say", maria.id);
    // A double click.
    assert_eq!(does(&mut joana, &say, &form).await?.0, 303);
    assert_eq!(does(&mut joana, &say, &form).await?.0, 303);
    world
        .until("the template", async || {
            let all = maria.received(Channel::Whatsapp).await?;
            Ok((all.len() > before).then_some(()))
        })
        .await?;
    world.is_quiet().await?;
    let all = maria.received(Channel::Whatsapp).await?;
    assert_eq!(all.len(), before + 1, "{all:?}");
    assert!(
        all.last()
            .is_some_and(|text| text.starts_with("Hey Maria!")),
        "{all:?}"
    );

    // What was written freely is held behind a knock, and the dry run says so beforehand.
    let words = [("text", "How was it?"), ("channel", "whatsapp")];
    let (_, looked) = does(&mut joana, &plan, &words).await?;
    assert!(looked.contains("It would wait."), "{looked}");
    let (status, _) = does(&mut joana, &plan, &[("text", " "), ("channel", "sms")]).await?;
    assert_eq!(status, 422);
    Ok(())
}

#[tokio::test]
async fn who_agreed_to_sms_may_be_answered_there_instead() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = world
        .joins(
            Joining::called("Maria")
                .opted_in(Channel::Whatsapp)
                .opted_in(Channel::Sms),
        )
        .await?;
    maria.texts(Channel::Whatsapp, "hello").await?;
    world.is_quiet().await?;
    world.passes(Seconds::new(25 * HOUR));
    let mut joana = works(&world, JOANA, 1).await?;
    let seen = page(&mut joana, &thread(&maria)).await?;
    assert!(seen.contains("Write by SMS instead"), "{seen}");
    let by_sms = page(&mut joana, &format!("{}&by=sms", thread(&maria))).await?;
    assert!(by_sms.contains("placeholder=\"Answer by SMS\""), "{by_sms}");
    let say = format!("/admin/conversations/{}/say", maria.id);
    let words = [("text", "Still there?"), ("channel", "sms")];
    assert_eq!(does(&mut joana, &say, &words).await?.0, 303);
    world
        .until("the words", async || {
            let all = maria.received(Channel::Sms).await?;
            Ok(all.contains(&"Still there?".to_owned()).then_some(()))
        })
        .await
}

#[tokio::test]
async fn two_operators_and_the_rules_never_answer_twice() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    let mut pedro = works(&world, PEDRO, 1).await?;
    let token = joana.token_of("/admin/team").await?;
    let other = pedro.token_of("/admin/team").await?;
    for round in 0..6_u32 {
        let number = format!("+1415555{:04}", 2_000 + round);
        let member = world
            .joins(Joining::called("Maria").at(&number).opted_in(Channel::Sms))
            .await?;
        member.texts(Channel::Sms, "my knee hurts").await?;
        let seen = shows(&world, &mut joana, &thread(&member), "/dismiss").await?;
        let answers = field(&seen, "answers");
        let before = member.received(Channel::Sms).await?.len();
        let say = format!("/admin/conversations/{}/say", member.id);
        let form = |token: &str, text: &str| {
            let pairs = [
                ("token", token),
                ("text", text),
                ("channel", "sms"),
                ("answers", answers.trim()),
                ("once", "a form"),
            ];
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let (hers, his) = (form(&token, "Rest today."), form(&other, "Ice it."));
        let as_refs = |form: &[(String, String)]| -> Vec<(String, String)> { form.to_vec() };
        let (hers, his) = (as_refs(&hers), as_refs(&his));
        let hers: Vec<(&str, &str)> = hers.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let his: Vec<(&str, &str)> = his.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        // Both press at once; so does the member, whom the rules could answer.
        let (first, second, asked) = tokio::join!(
            joana.posts(&say, &hers),
            pedro.posts(&say, &his),
            member.texts(Channel::Sms, "and what is today?")
        );
        asked?;
        let mut told = [first?, second?];
        told.sort_by_key(|answer| answer.status);
        assert_eq!(
            (told[0].status, told[1].status),
            (303, 409),
            "{}",
            html(&told[1])
        );
        world.is_quiet().await?;
        let got = member.received(Channel::Sms).await?;
        let by_person = got
            .iter()
            .skip(before)
            .filter(|text| ["Rest today.", "Ice it."].contains(&text.as_str()));
        assert_eq!(by_person.count(), 1, "round {round}: {got:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_thread_full_of_hostile_words_breaks_nothing() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = maria(&world, Channel::Sms).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let long = "w".repeat(1_600);
    let all = [
        "<script>alert(1)</script><svg/onload=alert(2)>",
        "\u{202e}drow siht \u{2066}\u{2067}\u{200f}",
        "💪🏽👨‍👩‍👧‍👦🇧🇷",
        "</textarea></option></select>\"'><img src=x>",
        long.as_str(),
    ];
    let notes = format!("/admin/members/{}/notes", maria.id);
    for words in all {
        maria.texts(Channel::Sms, words).await?;
        world.is_quiet().await?;
        assert_eq!(does(&mut joana, &notes, &[("text", words)]).await?.0, 303);
    }
    for path in [thread(&maria), format!("/admin/members/{}", maria.id)] {
        let seen = shows(&world, &mut joana, &path, &long).await?;
        assert!(
            !seen.contains("<script>alert") && !seen.contains("<svg/onload"),
            "{path}"
        );
        assert!(!seen.contains("<img src=x"), "{path}");
        assert!(seen.contains("💪🏽"), "{path}");
        let isolated = seen.matches("class=\"console-text\" dir=\"auto\"").count();
        assert!(isolated >= 10, "each stands alone: {isolated}");
    }
    Ok(())
}
