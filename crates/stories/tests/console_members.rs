//! Members in the console: what a coach changes, what a viewer sees of numbers, the certificate, files in and out.

use domain::Channel;
use serde_json::json;
use stories::console::{JOANA, PEDRO, VERA, asks_in, does, field, open, page, works};
use stories::world::{Joining, text};

#[tokio::test]
async fn a_coach_changes_hour_channel_and_programme_by_the_rules_of_the_api() -> anyhow::Result<()>
{
    let world = open(&[]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut pedro = works(&world, PEDRO, 1).await?;
    let mut vera = works(&world, VERA, 1).await?;
    let path = format!("/admin/members/{}", maria.id);
    // Who was given no programme by name follows the default one, and the form says so: another hour changes nothing else.
    let seen = page(&mut pedro, &path).await?;
    assert!(seen.contains(r#"value="everyday" selected"#), "{seen}");
    let as_shown = [("hour", "9"), ("channel", ""), ("programme", "everyday")];
    assert_eq!(does(&mut pedro, &path, &as_shown).await?.0, 303);
    let seen = page(&mut joana, &path).await?;
    assert!(seen.contains("Pedro · member change: hour 9:00"), "{seen}");
    assert!(!seen.contains("member enrol"), "{seen}");
    let form = [("hour", "6"), ("channel", "sms"), ("programme", "mobility")];
    assert_eq!(does(&mut vera, &path, &form).await?.0, 403);
    assert_eq!(does(&mut pedro, &path, &form).await?.0, 303);
    let told = world
        .api
        .get(&format!("/api/v1/members/{}", maria.id))
        .await?
        .json();
    assert_eq!(told.get("preferred_send_hour"), Some(&json!(6)), "{told}");
    assert_eq!(text(&told, "preferred_channel"), "sms");
    assert_eq!(text(&told, "programme"), "mobility");
    for (field, value) in [
        ("hour", "24"),
        ("channel", "pigeon"),
        ("programme", "none-such"),
    ] {
        let (status, said) = does(&mut pedro, &path, &[(field, value)]).await?;
        assert!((400..500).contains(&status), "{field}: {status} {said}");
        assert!(said.contains("Nothing was changed."), "{said}");
    }
    let seen = page(&mut joana, &path).await?;
    assert!(
        seen.contains("Pedro · member change: hour 6:00, channel sms"),
        "{seen}"
    );
    assert!(seen.contains("Pedro · member enrol: mobility"), "{seen}");
    // What would be sent now, and why.
    let plan = page(&mut joana, &format!("{path}/plan")).await?;
    assert!(
        plan.contains("What would be sent now") && plan.contains("What was considered"),
        "{plan}"
    );
    // The certificate is for those who see whole addresses.
    let certificate = page(&mut pedro, &format!("{path}/certificate")).await?;
    for what in [
        maria.id.as_str(),
        maria.phone.as_str(),
        "Yes, text me.",
        "from story",
    ] {
        assert!(certificate.contains(what), "{what}: {certificate}");
    }
    assert_eq!(
        vera.opens(&format!("{path}/certificate")).await?.status,
        403
    );
    Ok(())
}

#[tokio::test]
async fn a_viewer_sees_the_ends_of_numbers_everywhere() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let maria = world
        .joins(Joining::called("Maria").opted_in(Channel::Sms))
        .await?;
    maria.texts(Channel::Sms, "hello").await?;
    world.is_quiet().await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut vera = works(&world, VERA, 1).await?;
    let number = maria.phone.trim_start_matches('+');
    let whole = format!("/admin/members?q=%2B{number}");
    let paths = [
        "/admin".to_owned(),
        "/admin/members".to_owned(),
        whole.clone(),
        format!("/admin/members/{}", maria.id),
        format!("/admin/conversations/{}?state=all", maria.id),
        "/admin/messages".to_owned(),
        "/admin/queues".to_owned(),
        "/admin/audit".to_owned(),
        "/admin/team".to_owned(),
    ];
    for path in &paths {
        let seen = page(&mut vera, path).await?;
        let elsewhere = seen
            .replace(&format!("value=\"+{number}\""), "")
            .replace(&format!("value=\"&#43;{number}\""), "");
        assert!(!elsewhere.contains(number), "{path}: {seen}");
        assert!(!seen.contains(JOANA), "{path}: {seen}");
    }
    let hers = page(&mut joana, &paths[3]).await?;
    assert!(hers.contains(number), "{hers}");
    // Nobody is found by a piece of a number one may not see.
    let piece = format!("/admin/members?q={}", number.get(4..9).unwrap_or_default());
    let found = page(&mut vera, &piece).await?;
    assert!(found.contains("Nobody is called"), "{found}");
    let found = page(&mut joana, &piece).await?;
    assert!(found.contains(&maria.id), "{found}");
    let found = page(&mut vera, &whole).await?;
    assert!(found.contains(&maria.id), "{found}");
    Ok(())
}

fn id_at(members: &serde_json::Value, at: usize) -> String {
    let found = members.pointer(&format!("/items/{at}/id"));
    found
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

const FILE: &str = "Full name,Mobile,SMS opt in,Note\r\n\
    Ana,+14155550701,yes,x\r\n\
    Ben,+1415555,yes,y\r\n\
    Cai,'+14155550703,no,\"=cmd()\"\r\n\
    Dee,+14155550701,yes,z\r\n\
    Eve,+14155550705,perhaps,z\r\n";

#[tokio::test]
async fn a_file_of_members_is_looked_at_before_anybody_is_made() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut vera = works(&world, VERA, 1).await?;
    let path = "/admin/members/import";
    assert_eq!(does(&mut vera, path, &[("csv", FILE)]).await?.0, 403);
    let (status, said) = does(&mut joana, path, &[("csv", "name\n")]).await?;
    assert_eq!(status, 422, "{said}");

    // Without where they agreed and to which words nobody has agreed.
    let (status, looked) = does(&mut joana, path, &[("csv", FILE), ("step", "look")]).await?;
    assert_eq!(status, 200, "{looked}");
    assert!(
        looked.contains("a consent needs where they agreed"),
        "{looked}"
    );
    let mut form = vec![
        ("csv", FILE),
        ("source", "paper form 2026-11"),
        ("wording", "Text me my workouts."),
    ];
    let (_, looked) = does(&mut joana, path, &form).await?;
    for what in [
        "<strong>2</strong> would be made, <strong>3</strong> refused",
        "would be made, agreed to sms",
        "line 2 has the same phone number",
        "whether they agreed is yes or no",
    ] {
        assert!(looked.contains(what), "{what}: {looked}");
    }
    let members = world.api.get("/api/v1/members").await?.json();
    assert_eq!(
        members.pointer("/items/0"),
        None,
        "nobody is made: {members}"
    );

    form.push(("step", "make"));
    let (_, made) = does(&mut joana, path, &form).await?;
    assert!(made.contains("Made: 2."), "{made}");
    let members = world.api.get("/api/v1/members").await?.json();
    assert_eq!(
        members.pointer("/items/1/phone"),
        Some(&json!("+14155550701")),
        "{members}"
    );
    let (ana, cai) = (id_at(&members, 1), id_at(&members, 0));
    let ana = world
        .api
        .get(&format!("/api/v1/members/{ana}"))
        .await?
        .json();
    let consent = ana.pointer("/consents/0/source");
    assert_eq!(consent, Some(&json!("paper form 2026-11")), "{ana}");
    let cai = world
        .api
        .get(&format!("/api/v1/members/{cai}"))
        .await?
        .json();
    let agreed = cai.to_string().contains("opted_in");
    assert!(!agreed, "he agreed to nothing: {cai}");
    // The same file again makes nobody twice.
    let (_, again) = does(&mut joana, path, &form).await?;
    assert!(
        again.contains("Made: 0.") && again.contains("somebody has this phone number already"),
        "{again}"
    );

    let token = joana.token_of("/admin/team").await?;
    let rejected = "Full name,why_refused\r\nBen,no number\r\n";
    let form = [("token", token.as_str()), ("rejected", rejected)];
    let file = joana.posts("/admin/members/import/refused", &form).await?;
    assert!(file.header("content-type").starts_with("text/csv"));
    assert_eq!(String::from_utf8_lossy(&file.body), rejected);

    let log = page(&mut joana, "/admin/audit").await?;
    assert_eq!(log.matches("member create").count(), 2, "{log}");
    Ok(())
}

/// A file as `gymtext members import` takes it, with more lines than are made at once.
fn roster() -> String {
    let mut file = "name,phone,cohort,programme,consent_sms,consent_whatsapp,consent_source,\
        consent_wording,consent_evidence\r\n\
        Fay,+12122100001,spring,,opted_in,opted_out,form,Text me.,form:1\r\n\
        Gus,+12122100002,,nowhere,,,,,\r\n\
        Hal,+12122100003,,,,opted_out,,,\r\n"
        .to_owned();
    let many =
        (0..600).map(|number| format!("Many {number},+1212{},,,,,,,\r\n", 2_200_000 + number));
    file.extend(many);
    file
}

#[tokio::test]
async fn the_file_of_the_command_is_the_file_of_the_page() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    let path = "/admin/members/import";
    let file = roster();
    let (_, looked) = does(&mut joana, path, &[("csv", &file)]).await?;
    for what in [
        "<strong>602</strong> would be made, <strong>1</strong> refused",
        "would be made, agreed to sms; wants nothing by whatsapp",
        "would be made, and has agreed to nothing; wants nothing by whatsapp",
        "there is no programme `nowhere`: Programmes lists those there are",
    ] {
        assert!(looked.contains(what), "{what}: {looked}");
    }
    let form = [("csv", file.as_str()), ("step", "make")];
    let (_, made) = does(&mut joana, path, &form).await?;
    assert!(made.contains("Made: 602.</strong> Refused: 1."), "{made}");

    let fay = world
        .api
        .get("/api/v1/members?phone=%2B12122100001")
        .await?;
    let id = id_at(&fay.json(), 0);
    let fay = world.api.get(&format!("/api/v1/members/{id}")).await?;
    let fay = fay.json();
    assert_eq!(fay.pointer("/cohort"), Some(&json!("spring")), "{fay}");
    let states: Vec<_> = fay
        .pointer("/consents")
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .map(|one| (one["channel"].as_str(), one["state"].as_str()))
        .collect();
    assert!(states.contains(&(Some("sms"), Some("opted_in"))), "{fay}");
    assert!(
        states.contains(&(Some("whatsapp"), Some("opted_out"))),
        "{fay}"
    );
    let (_, again) = does(&mut joana, path, &form).await?;
    assert!(again.contains("Made: 0.</strong> Refused: 603."), "{again}");
    Ok(())
}

#[tokio::test]
async fn members_go_out_as_a_file_that_no_spreadsheet_calculates() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let name = "=HYPERLINK(\"https://evil.example\")";
    let evil = world.joins(Joining::called(name)).await?;
    world.joins(Joining::called("Ana, the first")).await?;
    let mut joana = works(&world, JOANA, 1).await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let mut vera = works(&world, VERA, 1).await?;
    assert_eq!(does(&mut vera, "/admin/members/export", &[]).await?.0, 403);
    let token = joana.token_of("/admin/team").await?;
    let file = joana
        .posts("/admin/members/export", &[("token", &token)])
        .await?;
    assert!(file.header("content-disposition").contains("members.csv"));
    let text = String::from_utf8_lossy(&file.body).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[1].contains("\"Ana, the first\""), "{text}");
    assert!(
        lines[2].contains("\"'=HYPERLINK(\"\"https://evil.example\"\")\""),
        "{text}"
    );
    assert!(lines[2].contains(&format!(",'{},", evil.phone)), "{text}");
    let log = page(&mut joana, "/admin/audit").await?;
    assert_eq!(log.matches("members export").count(), 1, "{log}");
    assert!(
        field(&page(&mut vera, "/admin/members").await?, "token").is_empty(),
        "no button"
    );
    Ok(())
}
