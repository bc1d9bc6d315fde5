//! The same words to many, as the team writes, looks at, starts and stops them in the console.

use domain::Channel;
use stories::browser::Browser;
use stories::console::{JOANA, PEDRO, VERA, asks_in, does, field, link, open, page, shows, works};
use stories::world::{Joining, Person, World};

const WORDS: &str = "The gym is closed on Friday.";

/// What the form says, but for some fields.
fn form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("name", "Closed on Friday"),
        ("content", WORDS),
        ("when", "now"),
        ("past", "skip"),
        ("percents", "100"),
        ("bad_percent_max", "5"),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    form
}

async fn world() -> anyhow::Result<World> {
    open(&[("GYMTEXT_SWEEP_EVERY", "0.1")]).await
}

async fn joins(world: &World, name: &str, locale: &str) -> anyhow::Result<Person> {
    let joining = Joining::called(name)
        .with("locale", serde_json::json!(locale))
        .opted_in(Channel::Sms);
    world.joins(joining).await
}

/// Keeps a draft: its page.
async fn drafts(browser: &mut Browser<'_>, changes: &[(&str, &str)]) -> anyhow::Result<String> {
    let (status, to) = does(browser, "/admin/broadcasts", &form(changes)).await?;
    anyhow::ensure!(status == 303, "{to}");
    Ok(to)
}

async fn got(person: &Person) -> anyhow::Result<usize> {
    let texts = person.received(Channel::Sms).await?;
    Ok(texts.iter().filter(|text| *text == WORDS).count())
}

#[tokio::test]
async fn a_coach_writes_looks_tries_and_starts_and_each_gets_it_once() -> anyhow::Result<()> {
    let world = world().await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut pedro = works(&world, PEDRO, 1).await?;
    let mut vera = works(&world, VERA, 1).await?;
    let ana = joins(&world, "Ana", "pt-BR").await?;
    let bia = joins(&world, "Bia", "pt-BR").await?;
    let carl = joins(&world, "Carl", "en").await?;
    bia.texts(Channel::Sms, "STOP").await?;
    world.is_quiet().await?;

    // What cannot be kept is said by the name the page gives it, and what was typed stays.
    let bad = form(&[("percents", "50, 10"), ("silent_for_days", "many")]);
    let (status, again) = does(&mut pedro, "/admin/broadcasts", &bad).await?;
    assert_eq!(status, 422, "{again}");
    assert!(
        again.contains("Stages:") && again.contains("silent_for_days:"),
        "{again}"
    );
    assert!(again.contains(WORDS) && again.contains("50, 10"), "{again}");
    let (status, _) = does(&mut vera, "/admin/broadcasts", &form(&[])).await?;
    assert_eq!(status, 403);

    let at = drafts(&mut pedro, &[("languages", "pt")]).await?;
    let draft = page(&mut pedro, &at).await?;
    assert!(
        draft.contains("Members who speak pt.") && draft.contains("2 members"),
        "{draft}"
    );
    assert!(draft.contains("1 SMS segment, GSM-7"), "{draft}");
    assert!(
        !draft.contains("value=\"start\""),
        "nobody starts what they did not look at"
    );

    // Two edit it: the second one is told, and their words stay.
    let mut edit = form(&[("languages", "pt"), ("revision", "1")]);
    let (status, _) = does(&mut joana, &format!("{at}/edit"), &edit).await?;
    assert_eq!(status, 303);
    edit.retain(|(name, _)| *name != "content");
    edit.push(("content", "Other words"));
    let (status, told) = does(&mut pedro, &format!("{at}/edit"), &edit).await?;
    assert_eq!(status, 422, "{told}");
    assert!(
        told.contains("Joana") || told.contains("Owner"),
        "by whom: {told}"
    );
    assert!(told.contains("Other words"), "{told}");

    // Tried out on one who is not even meant: a message of its own.
    let test = [
        ("act", "test"),
        ("member", carl.phone.as_str()),
        ("once", "one"),
    ];
    for _ in 0..2 {
        let (status, to) = does(&mut pedro, &at, &test).await?;
        assert_eq!(status, 303, "{to}");
    }
    world.is_quiet().await?;
    assert_eq!(got(&carl).await?, 1, "the same form twice is one message");

    // Looked at, then started.
    let look = page(&mut pedro, &format!("{at}?estimate=yes")).await?;
    assert!(
        look.contains("<strong>1 of 2</strong> would go now"),
        "{look}"
    );
    assert!(
        look.contains("opted out"),
        "whom it would not reach: {look}"
    );
    let revision = field(&look, "revision");
    let theirs = page(&mut vera, &format!("{at}?estimate=yes")).await?;
    assert!(!theirs.contains("value=\"start\""), "{theirs}");
    let old = [("act", "start"), ("revision", "1")];
    assert_eq!(
        does(&mut pedro, &at, &old).await?.0,
        409,
        "not what was looked at"
    );
    let start = [("act", "start"), ("revision", revision.as_str())];
    assert_eq!(does(&mut vera, &at, &start).await?.0, 403);
    assert_eq!(does(&mut pedro, &at, &start).await?.0, 303);
    assert_eq!(
        does(&mut joana, &at, &start).await?.0,
        409,
        "it is started already"
    );
    let over = shows(&world, &mut pedro, &at, ">finished<").await?;
    assert!(over.contains("2 of 2 made"), "{over}");
    assert_eq!(
        (got(&ana).await?, got(&bia).await?, got(&carl).await?),
        (1, 0, 1)
    );

    // Each of them, and why one got none.
    let none = page(&mut pedro, &format!("{at}/members?state=suppressed")).await?;
    assert!(none.contains(&bia.id) && !none.contains(&ana.id), "{none}");
    let why = page(&mut pedro, &link(&none, "/admin/messages/")).await?;
    assert!(why.contains("stop"), "{why}");
    let log = page(&mut joana, "/admin/audit").await?;
    assert!(
        log.contains("broadcast start") && log.contains("Pedro"),
        "{log}"
    );
    Ok(())
}

#[tokio::test]
async fn stages_wait_pause_says_why_and_cancel_takes_back() -> anyhow::Result<()> {
    let world = world().await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let mut people = Vec::new();
    for name in ["Ana", "Bia", "Caio", "Davi"] {
        people.push(joins(&world, name, "pt-BR").await?);
    }
    let at = drafts(&mut joana, &[("percents", "25, 50, 100")]).await?;
    let look = page(&mut joana, &format!("{at}?estimate=yes")).await?;
    let revision = field(&look, "revision");
    let start = [("act", "start"), ("revision", revision.as_str())];
    assert_eq!(does(&mut joana, &at, &start).await?.0, 303);
    shows(&world, &mut joana, &at, "waits for the next stage").await?;
    let all = async || -> anyhow::Result<usize> {
        let mut all = 0;
        for one in &people {
            all += got(one).await?;
        }
        Ok(all)
    };
    world.is_quiet().await?;
    assert_eq!(all().await?, 1);

    let silent = [("act", "pause"), ("reason", " ")];
    assert_eq!(does(&mut joana, &at, &silent).await?.0, 422);
    let pause = [("act", "pause"), ("reason", "A typo in it")];
    assert_eq!(does(&mut joana, &at, &pause).await?.0, 303);
    let paused = page(&mut joana, &at).await?;
    assert!(paused.contains("A typo in it"), "{paused}");
    let list = page(&mut joana, "/admin/broadcasts").await?;
    assert!(list.contains("A typo in it"), "the list says why: {list}");
    let switches = page(&mut joana, "/admin/switches").await?;
    assert!(
        switches.contains("A typo in it"),
        "and so do the switches: {switches}"
    );
    assert_eq!(does(&mut joana, &at, &[("act", "go-on")]).await?.0, 409);
    assert_eq!(does(&mut joana, &at, &[("act", "resume")]).await?.0, 303);
    assert_eq!(does(&mut joana, &at, &[("act", "go-on")]).await?.0, 303);
    shows(&world, &mut joana, &at, "waits for the next stage").await?;
    world.is_quiet().await?;
    assert_eq!(all().await?, 2);
    assert_eq!(does(&mut joana, &at, &[("act", "cancel")]).await?.0, 303);
    shows(&world, &mut joana, &at, ">cancelled<").await?;
    world.is_quiet().await?;
    assert_eq!(all().await?, 2, "whoever was to come gets none");
    assert_eq!(does(&mut joana, &at, &[("act", "fly")]).await?.0, 422);
    Ok(())
}

#[tokio::test]
async fn a_segment_is_saved_looked_into_written_to_and_deleted() -> anyhow::Result<()> {
    let world = world().await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut vera = works(&world, VERA, 1).await?;
    let ana = joins(&world, "Ana", "pt-BR").await?;
    joins(&world, "Carl", "en").await?;
    let new = [
        ("name", "Brazil"),
        ("languages", "pt"),
        ("agreed_sms", "yes"),
    ];
    let (status, at) = does(&mut joana, "/admin/segments", &new).await?;
    assert_eq!(status, 303, "{at}");
    let seen = page(&mut joana, &at).await?;
    assert!(
        seen.contains("Members who speak pt, and agreed to SMS."),
        "{seen}"
    );
    assert!(seen.contains("Ana") && !seen.contains("Carl"), "{seen}");
    assert!(seen.contains(&ana.phone), "{seen}");
    let masked = page(&mut vera, &at).await?;
    assert!(
        masked.contains("Ana") && !masked.contains(&ana.phone),
        "{masked}"
    );

    // The same name twice is refused, and what was typed stays.
    let (status, again) = does(&mut joana, "/admin/segments", &new).await?;
    assert_eq!(status, 422, "{again}");
    assert!(again.contains("value=\"Brazil\""), "{again}");

    // A broadcast begins with its conditions, and keeps them when it is gone.
    let begun = page(&mut joana, &link(&seen, "/admin/broadcasts/new?segment=")).await?;
    assert!(begun.contains("name=\"languages\" value=\"pt\""), "{begun}");
    let changed = [("name", "Not Brazil"), ("languages", "en")];
    assert_eq!(does(&mut joana, &at, &changed).await?.0, 303);
    let seen = page(&mut joana, &at).await?;
    assert!(seen.contains("Carl") && !seen.contains("Ana"), "{seen}");
    let gone = format!("{at}/delete");
    assert_eq!(does(&mut joana, &gone, &[]).await?.0, 422, "nobody is sure");
    assert_eq!(does(&mut vera, &gone, &[("sure", "yes")]).await?.0, 403);
    assert_eq!(does(&mut joana, &gone, &[("sure", "yes")]).await?.0, 303);
    let list = page(&mut joana, "/admin/segments").await?;
    assert!(!list.contains("Not Brazil"), "{list}");
    Ok(())
}
