//! Asking Twilio what it knows: one message, lists page by page, the account.

use domain::{Address, Channel, DeliveryStatus, Direction, ErrorClass, Timestamp};
use providers::{FetchError, ListQuery, Provider, ReceiptStatus};

use crate::carrier::{ACCOUNT, Act, Carrier, answer};

const OUTBOUND: &str = r#"{"account_sid":"AC0f3e5d7c9b1a2f4e6d8c0b2a4f6e8d0c","api_version":"2010-04-01",
 "body":"Great work today!","date_created":"Thu, 24 Aug 2023 05:01:45 +0000","date_sent":null,
 "date_updated":"Thu, 24 Aug 2023 05:01:46 +0000","direction":"outbound-api","error_code":30005,
 "error_message":"+1415…","from":"+14155550199","messaging_service_sid":null,"num_media":"0",
 "num_segments":"1","price":"-0.00750","price_unit":"usd","sid":"SM1f2e3d4c5b6a79880f1e2d3c4b5a6978",
 "status":"undelivered","subresource_uris":{"media":"/x"},"to":"+14155550123","uri":"/x"}"#;

fn inbound(number: usize, sent: &str, from: &str) -> String {
    format!(
        r#"{{"sid":"SM{number:032}","account_sid":"{ACCOUNT}","body":"STOP","direction":"inbound",
        "date_created":"{sent}","date_sent":"{sent}","from":"{from}","to":"whatsapp:+14155238886",
        "status":"received","num_media":"2","num_segments":"1","error_code":null,"price":null}}"#
    )
}

fn page(messages: &[String], next: Option<&str>) -> Vec<u8> {
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    let messages = messages.join(",");
    answer(
        200,
        &format!(r#"{{"messages":[{messages}],"page":0,"next_page_uri":{next}}}"#),
    )
}

#[tokio::test]
async fn a_fetched_message_is_read_completely() {
    let carrier = Carrier::that([Act::Say(answer(200, OUTBOUND))]).await;
    let client = carrier.client();
    let message = client
        .fetch("SM1f2e3d4c5b6a79880f1e2d3c4b5a6978")
        .await
        .unwrap()
        .unwrap();
    assert!(carrier.request(0).starts_with(&format!(
        "GET /2010-04-01/Accounts/{ACCOUNT}/Messages/SM1f2e3d4c5b6a79880f1e2d3c4b5a6978.json HTTP/1.1"
    )));
    assert_eq!(message.direction, Direction::Outbound);
    assert_eq!(message.channel, Channel::Sms);
    assert_eq!(
        message.status,
        ReceiptStatus::Known(DeliveryStatus::Undelivered)
    );
    assert_eq!(
        message.error.as_ref().unwrap().class,
        ErrorClass::InvalidNumber
    );
    assert_eq!(message.price.as_deref(), Some("-0.00750"));
    assert_eq!(message.price_unit.as_deref(), Some("USD"));
    assert_eq!(
        message.created_at,
        Some(Timestamp::from_seconds(1_692_853_305))
    );
    assert_eq!(message.sent_at, None);
    assert_eq!(message.segments, Some(1));
    assert_eq!(message.clone().into_inbound(Vec::new()), None);
    assert!(!format!("{message:?}").contains("Great work"));
}

#[tokio::test]
async fn an_unknown_message_is_none_and_a_strange_id_is_not_asked_for() {
    let carrier = Carrier::that([Act::Say(answer(404, r#"{"code":20404,"status":404}"#))]).await;
    let client = carrier.client();
    assert_eq!(client.fetch("SM1").await, Ok(None));
    for id in ["", "../../x", "SM1?a=b", "SM1\r\nX: y"] {
        assert!(matches!(
            client.fetch(id).await,
            Err(FetchError::NotAllowed { .. })
        ));
    }
    assert_eq!(carrier.requests(), 1);
}

#[tokio::test]
async fn a_list_is_walked_page_by_page_on_the_same_host_only() {
    let sent = "Thu, 24 Aug 2023 05:01:45 +0000";
    let next = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PAx");
    let carrier = Carrier::that([
        Act::Say(page(
            &[
                r#"{"sid":null,"body":[]}"#.to_owned(),
                inbound(1, sent, "whatsapp:+5511987654321"),
                OUTBOUND.to_owned(),
                inbound(
                    2,
                    "Thu, 24 Aug 2023 05:00:00 +0000",
                    "whatsapp:+5511987654321",
                ),
                inbound(3, sent, "messenger:1"),
            ],
            Some(&next),
        )),
        Act::Say(page(&[inbound(4, sent, "22000")], None)),
        Act::Say(page(&[], Some("https://evil.example/next"))),
    ])
    .await;
    let client = carrier.client();
    let query = ListQuery {
        direction: Some(Direction::Inbound),
        to: Some(Address::whatsapp("+14155238886".parse().unwrap())),
        since: Some(Timestamp::from_micros(1_692_853_305_900_000)),
        page_size: Some(5_000),
        ..ListQuery::default()
    };
    let first = client.list(query.clone()).await.unwrap();
    assert!(carrier.request(0).starts_with(&format!(
        "GET /2010-04-01/Accounts/{ACCOUNT}/Messages.json?To=whatsapp%3A%2B14155238886\
         &DateSent%3E=2023-08-24T05%3A01%3A45Z&PageSize=1000 HTTP/1.1"
    )));
    let ids: Vec<_> = first
        .items
        .iter()
        .map(|m| m.provider_message_id.ends_with("01"))
        .collect();
    assert_eq!(ids, [true]);
    let heard = first
        .items
        .into_iter()
        .next()
        .unwrap()
        .into_inbound(Vec::new())
        .unwrap();
    assert_eq!(heard.text.as_str(), "STOP");
    assert_eq!(heard.at, Some(Timestamp::from_seconds(1_692_853_305)));
    let second = client
        .list(ListQuery {
            cursor: first.next,
            ..query
        })
        .await
        .unwrap();
    assert!(
        carrier
            .request(1)
            .starts_with(&format!("GET {next} HTTP/1.1"))
    );
    assert_eq!((second.items.len(), second.next), (1, None));
    assert!(matches!(
        client.list(ListQuery::default()).await,
        Err(FetchError::NotAllowed { .. })
    ));
}

#[tokio::test]
async fn media_of_a_listed_message_are_found() {
    let body = r#"{"media_list":[{"sid":"ME1","content_type":"image/png",
        "uri":"/2010-04-01/Accounts/AC/Messages/MM/Media/ME1.json"}],"next_page_uri":null}"#;
    let carrier = Carrier::that([Act::Say(answer(200, body))]).await;
    let media = carrier.client().media_of("MM1").await.unwrap();
    assert_eq!(media.len(), 1);
    assert_eq!(
        &*media[0].url,
        format!(
            "{}/2010-04-01/Accounts/AC/Messages/MM/Media/ME1",
            carrier.url()
        )
    );
    assert_eq!(media[0].content_type.as_deref(), Some("image/png"));
}

#[tokio::test]
async fn the_account_is_checked_without_sending() {
    let carrier = Carrier::that([
        Act::Say(answer(
            200,
            r#"{"sid":"AC","status":"active","type":"Trial"}"#,
        )),
        Act::Say(answer(
            401,
            r#"{"code":20003,"message":"Authenticate","status":401}"#,
        )),
        Act::Say(answer(502, "<html>")),
    ])
    .await;
    let client = carrier.client();
    let state = client.check().await.unwrap();
    assert!(state.is_active && state.is_trial);
    let Err(FetchError::Refused { status: 401, error }) = client.check().await else {
        panic!("not refused");
    };
    assert_eq!(error.class, ErrorClass::SenderProblem);
    assert!(matches!(
        client.check().await,
        Err(FetchError::NoAnswer { .. })
    ));
}
