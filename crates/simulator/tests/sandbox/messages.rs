//! A message goes out: the answer, the way to the handset, and the signed callbacks.

use crate::world::{ACCOUNT, ANA, OWN, TOKEN, World, signed};
use serde_json::{Value, json};

#[tokio::test]
async fn a_message_is_created_as_twilio_creates_it_and_its_callbacks_are_signed() {
    let world = World::new().await;
    let answer = world.send(&[]).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let created = answer.json();
    assert_eq!(created["status"], "queued");
    assert_eq!(created["direction"], "outbound-api");
    assert_eq!(created["num_segments"], "1");
    assert_eq!(created["num_media"], "0");
    assert_eq!(created["price"], Value::Null);
    assert_eq!(created["error_code"], Value::Null);
    assert_eq!(created["date_sent"], Value::Null);
    assert_eq!(created["date_created"], "Fri, 15 Jan 2027 08:00:00 +0000");
    assert_eq!(created["messaging_service_sid"], Value::Null);
    let sid = created["sid"].as_str().unwrap();
    assert!(sid.starts_with("SM") && sid.len() == 34);
    assert!(answer.headers.contains_key("twilio-request-id"));

    let delivered = world.until_status("delivered").await;
    assert_eq!(world.receiver.statuses(), ["sent", "delivered"]);
    assert_eq!(delivered.path, "/status?attempt=att_1");
    assert_eq!(delivered.get("MessageSid"), Some(sid));
    assert_eq!(delivered.get("SmsStatus"), Some("delivered"));
    assert_eq!(delivered.get("To"), Some(ANA));
    assert_eq!(delivered.get("From"), Some(OWN));
    assert_eq!(delivered.get("RawDlrDoneDate"), Some("2701150800"));
    assert_eq!(delivered.get("ErrorCode"), None);
    let url = format!("{}{}", world.hooks, delivered.path);
    assert_eq!(delivered.signature, signed(&url, &delivered.params, TOKEN));

    let fetched = world
        .twilio("GET", &format!("/Messages/{sid}.json"), &[])
        .await
        .json();
    assert_eq!(fetched["status"], "delivered");
    assert_eq!(fetched["price"], Value::Null);
    world
        .clock
        .set(domain::Timestamp::from_seconds(1_800_000_061));
    let rated = world
        .twilio("GET", &format!("/Messages/{sid}.json"), &[])
        .await
        .json();
    assert_eq!(rated["price"], "-0.00830");

    let thread = world.thread(ANA).await;
    assert_eq!(thread.len(), 1);
    assert_eq!(thread[0]["direction"], "in");
    assert_eq!(thread[0]["body"], "Great work today!");
    assert_eq!(thread[0]["status"], "delivered");
}

#[tokio::test]
async fn what_twilio_refuses_is_refused_with_its_code() {
    let world = World::new().await;
    world.phone("+14155550111", json!({"landline": true})).await;
    let long = "a".repeat(1601);
    let media = "http://example.com/a.png";
    let many = [("MediaUrl", media); 11];
    let whatsapp = format!("whatsapp:{OWN}");
    let cases: Vec<(Vec<(&str, &str)>, u64)> = vec![
        (vec![("To", "")], 21604),
        (vec![("To", "12")], 21211),
        (vec![("From", "")], 21603),
        (vec![("From", "hello")], 21212),
        (vec![("From", "+14155550100")], 21659),
        (vec![("From", whatsapp.as_str())], 21910),
        (vec![("To", OWN)], 21266),
        (vec![("To", "+14155550111")], 21614),
        (vec![("Body", "")], 21602),
        (vec![("Body", long.as_str())], 21617),
        (vec![("MediaUrl", "not a url")], 21620),
        (
            vec![("StatusCallback", "http://under_score.example/")],
            21609,
        ),
        (vec![("ValidityPeriod", "36001")], 21624),
        (vec![("ContentVariables", "{\"1\":\"a\"}")], 21654),
        (vec![("ContentSid", "HX1")], 21655),
        (vec![("MessagingServiceSid", "MG1")], 21705),
        (vec![("SendAt", "2027-01-16T08:00:00Z")], 35119),
        (vec![("ScheduleType", "fixed")], 35111),
        (
            vec![
                ("ScheduleType", "fixed"),
                ("SendAt", "2027-01-16T08:00:00Z"),
            ],
            35118,
        ),
        (vec![("ScheduleType", "someday")], 35126),
    ];
    for (more, code) in cases {
        let answer = world.send(&more).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{more:?}");
        let body = answer.json();
        assert_eq!(body["status"], 400);
        assert_eq!(
            body["more_info"],
            format!("https://www.twilio.com/docs/errors/{code}")
        );
    }
    let mut form = vec![("To", ANA), ("From", OWN)];
    form.extend(many);
    let answer = world.twilio("POST", "/Messages.json", &form).await;
    assert_eq!(answer.code(), 21623);
    let json_body = world
        .twilio_json(
            "POST",
            &format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"),
            &json!({"To": ANA, "From": OWN, "Body": "Hi"}),
        )
        .await;
    assert_eq!((json_body.status, json_body.code()), (400, 21604));
    assert_eq!(world.thread(ANA).await.len(), 0);
}

#[tokio::test]
async fn without_the_right_credentials_and_paths_nothing_is_served() {
    let world = World::new().await;
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let anonymous = world.request("GET", &path, &[], "").await.unwrap();
    assert_eq!((anonymous.status, anonymous.code()), (401, 20003));
    assert!(anonymous.headers.contains_key("www-authenticate"));
    let other = world
        .twilio("GET", "/2010-04-01/Accounts/AC2/Messages.json", &[])
        .await;
    assert_eq!((other.status, other.code()), (404, 20404));
    let xml = world.twilio("GET", "/Messages", &[]).await;
    assert_eq!(xml.status, 406);
    let wrong = world.twilio("PUT", "/Messages.json", &[]).await;
    assert_eq!((wrong.status, wrong.code()), (405, 20004));
    let nothing = world.request("GET", "/v9/Nothing", &[], "").await.unwrap();
    assert_eq!((nothing.status, nothing.code()), (404, 20404));
}

#[tokio::test]
async fn handsets_decide_what_arrives() {
    let world = World::new().await;
    let cases = [
        (
            "+14155550101",
            json!({"sms": false}),
            "undelivered",
            "30006",
        ),
        ("+14155550102", json!({}), "undelivered", "30004"),
    ];
    for (number, traits, status, code) in cases {
        world.phone(number, traits).await;
        if code == "30004" {
            let path = format!("/phones/{number}/block");
            let answer = world
                .control("POST", &path, json!({"channel": "sms"}))
                .await;
            assert_eq!(answer.json()["blocked"]["sms"], true);
        }
        world.send(&[("To", number)]).await;
        let hook = world
            .receiver
            .until(|hook| hook.get("To") == Some(number) && hook.get("ErrorCode").is_some())
            .await;
        assert_eq!(hook.get("MessageStatus"), Some(status));
        assert_eq!(hook.get("ErrorCode"), Some(code));
    }
}

#[tokio::test]
async fn a_phone_that_was_off_gets_its_messages_when_it_is_on_again() {
    let world = World::new().await;
    world.phone(ANA, json!({"online": false})).await;
    world.send(&[]).await;
    world.until_status("sent").await;
    assert_eq!(world.thread(ANA).await[0]["status"], "sent");
    let answer = world
        .control("PATCH", &format!("/phones/{ANA}"), json!({"online": true}))
        .await;
    assert_eq!(answer.status, 200);
    world.until_status("delivered").await;
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_filtered() {
    let world = World::new().await;
    for place in 0..7 {
        let to = format!("+1415555010{}", place % 2);
        world.send(&[("To", &to)]).await;
    }
    let mut path = "/Messages.json?PageSize=3".to_owned();
    let mut sids = Vec::new();
    loop {
        let page = world.twilio("GET", &path, &[]).await.json();
        for message in page["messages"].as_array().unwrap() {
            sids.push(message["sid"].as_str().unwrap().to_owned());
        }
        assert_eq!(page["page_size"], 3);
        match page["next_page_uri"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => break,
        }
    }
    sids.dedup();
    assert_eq!(sids.len(), 7);
    let filtered = world
        .twilio("GET", "/Messages.json?To=%2B14155550100", &[])
        .await
        .json();
    assert_eq!(filtered["messages"].as_array().unwrap().len(), 4);
    for (filter, expected) in [
        ("DateSent=2027-01-15", 7),
        ("DateSent=2027-01-16", 0),
        ("DateSent%3E=2027-01-15T08:00:00Z", 7),
        ("DateSent%3E=2027-01-15T08:00:01Z", 0),
        ("DateSent%3C=2027-01-15", 7),
        ("DateSent%3C=2027-01-14", 0),
    ] {
        let path = format!("/Messages.json?{filter}");
        let found = world.twilio("GET", &path, &[]).await.json();
        let found = found["messages"].as_array().unwrap().len();
        assert_eq!(found, expected, "{filter}");
    }
    let bad = world.twilio("GET", "/Messages.json?PageSize=x", &[]).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn messages_are_redacted_cancelled_and_deleted_only_when_that_is_possible() {
    let world = World::new().await;
    let sid = world.send(&[]).await.json()["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    world.until_status("delivered").await;
    let path = format!("/Messages/{sid}.json");
    let update = |form: &'static [(&'static str, &'static str)]| world.twilio("POST", &path, form);
    assert_eq!(update(&[("Body", "other")]).await.code(), 30400);
    assert_eq!(
        update(&[("Body", ""), ("Status", "canceled")]).await.code(),
        30400
    );
    let late = update(&[("Status", "canceled")]).await;
    assert_eq!((late.status, late.code()), (409, 30409));
    assert_eq!(update(&[("Body", "")]).await.json()["body"], "");
    assert_eq!(world.twilio("DELETE", &path, &[]).await.status, 204);
    assert_eq!(world.twilio("GET", &path, &[]).await.status, 404);

    world.phone(ANA, json!({"online": false})).await;
    let sid = world.send(&[]).await.json()["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let early = world
        .twilio("DELETE", &format!("/Messages/{sid}.json"), &[])
        .await;
    assert_eq!((early.status, early.code()), (409, 20009));
}

#[tokio::test]
async fn a_service_picks_the_sender_and_sends_later_when_asked() {
    let world = World::new().await;
    let numbers = world.twilio("GET", "/IncomingPhoneNumbers.json", &[]).await;
    let number = numbers.json()["incoming_phone_numbers"][0]["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let service = world
        .twilio("POST", "/v1/Services", &[("FriendlyName", "Coach")])
        .await;
    assert_eq!(service.status, 201, "{}", service.text());
    let service = service.json()["sid"].as_str().unwrap().to_owned();
    let through = [("From", ""), ("MessagingServiceSid", service.as_str())];
    assert_eq!(world.send(&through).await.code(), 21704);
    let pool = format!("/v1/Services/{service}/PhoneNumbers");
    let added = world
        .twilio("POST", &pool, &[("PhoneNumberSid", &number)])
        .await;
    assert_eq!(added.status, 201, "{}", added.text());
    let again = world
        .twilio("POST", &pool, &[("PhoneNumberSid", &number)])
        .await;
    assert_eq!(again.code(), 21710);

    let created = world.send(&through).await.json();
    assert_eq!(created["status"], "accepted");
    assert_eq!(created["from"], Value::Null);
    assert_eq!(created["num_segments"], "0");
    let delivered = world.until_status("delivered").await;
    assert_eq!(delivered.get("From"), Some(OWN));
    assert_eq!(delivered.get("MessagingServiceSid"), Some(&*service));
    assert_eq!(world.receiver.statuses(), ["queued", "sent", "delivered"]);

    let mut later = through.to_vec();
    later.extend([
        ("ScheduleType", "fixed"),
        ("SendAt", "2027-01-15T08:10:00Z"),
    ]);
    assert_eq!(world.send(&later).await.code(), 35114);
    later.pop();
    later.push(("SendAt", "2027-01-15T09:00:00Z"));
    later.push(("Body", "later"));
    let scheduled = world.send(&later).await.json();
    assert_eq!(scheduled["status"], "scheduled");
    let cancelled = world.send(&later).await.json();
    let path = format!("/Messages/{}.json", cancelled["sid"].as_str().unwrap());
    let cancel = world.twilio("POST", &path, &[("Status", "canceled")]).await;
    assert_eq!(cancel.json()["status"], "canceled");
    world.until_status("canceled").await;
    let moved = world
        .control("POST", "/clock", json!({"advance_seconds": 3600}))
        .await;
    assert_eq!(moved.json()["now"], "2027-01-15T09:00:00.000Z");
    let sid = scheduled["sid"].as_str().unwrap();
    world
        .receiver
        .until(|hook| {
            hook.get("MessageSid") == Some(sid) && hook.get("MessageStatus") == Some("delivered")
        })
        .await;
}
