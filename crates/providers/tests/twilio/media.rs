//! Media come from the provider's hosts only, and our credentials go to the first of them only (G37).

use providers::{FetchError, Provider};

use crate::carrier::{Act, Carrier, answer_with};

fn redirect(to: &str) -> Vec<u8> {
    answer_with(307, &format!("location: {to}\r\n"), "")
}

fn picture() -> Vec<u8> {
    answer_with(200, "content-type: image/png\r\n", "PNG")
}

#[tokio::test]
async fn a_redirect_is_followed_once_without_the_credentials() {
    let storage = Carrier::that([Act::Say(picture())]).await;
    let carrier = Carrier::that([Act::Say(redirect(&format!("{}/f?sig=1", storage.url())))]).await;
    let media = carrier
        .client()
        .fetch_media(&format!("{}/2010-04-01/ME1", carrier.url()))
        .await
        .unwrap();
    assert_eq!(media.content_type.as_deref(), Some("image/png"));
    assert_eq!(&media.bytes[..], b"PNG");
    assert!(
        carrier
            .request(0)
            .to_lowercase()
            .contains("authorization: basic")
    );
    assert!(!storage.request(0).to_lowercase().contains("authorization"));
    assert!(storage.request(0).starts_with("GET /f?sig=1 HTTP/1.1"));
}

#[tokio::test]
async fn a_second_redirect_is_not_followed() {
    let third = Carrier::that([Act::Say(picture())]).await;
    let second = Carrier::that([Act::Say(redirect(&third.url()))]).await;
    let first = Carrier::that([Act::Say(redirect(&second.url()))]).await;
    let fetched = first
        .client()
        .fetch_media(&format!("{}/x", first.url()))
        .await;
    assert!(matches!(fetched, Err(FetchError::NoAnswer { .. })));
    assert_eq!(third.requests(), 0);
}

#[tokio::test]
async fn a_redirect_leads_to_listed_hosts_only() {
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "https://evil.example/",
        "http://10.0.0.1/",
        "https://user:pass@media.twiliocdn.com/",
        "file:///etc/passwd",
        "//evil.example/",
        // Listed, but not encrypted.
        "http://media.twiliocdn.com/x",
    ] {
        let carrier = Carrier::that([Act::Say(redirect(target))]).await;
        let fetched = carrier
            .client()
            .fetch_media(&format!("{}/x", carrier.url()))
            .await;
        assert!(
            matches!(fetched, Err(FetchError::NotAllowed { .. })),
            "{target}"
        );
    }
}

#[tokio::test]
async fn an_address_in_a_webhook_is_data() {
    let twilio = providers::Twilio::new(&providers::twilio::Settings::new(
        crate::carrier::ACCOUNT,
        domain::Secret::new(crate::carrier::TOKEN),
    ))
    .unwrap();
    for url in [
        "http://127.0.0.1:1/x",
        "http://localhost/x",
        "https://evil.example/x",
        "https://api.twilio.com.evil.example/x",
        "https://api.twilio.com@evil.example/x",
        "http://api.twilio.com/x",
        "gopher://api.twilio.com/x",
        "",
    ] {
        let fetched = twilio.fetch_media(url).await;
        assert!(
            matches!(fetched, Err(FetchError::NotAllowed { .. })),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_listed_host_that_leads_to_a_private_address_is_not_reached() {
    // `localhost` stands in for a listed name whose address is private.
    let inside = Carrier::that([Act::Say(picture())]).await;
    let settings = providers::twilio::Settings {
        media_hosts: vec!["localhost".into(), "127.0.0.1".into()],
        ..providers::twilio::Settings::new(
            crate::carrier::ACCOUNT,
            domain::Secret::new(crate::carrier::TOKEN),
        )
    };
    let twilio = providers::Twilio::new(&settings).unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}/x", inside.at.port());
        let fetched = twilio.fetch_media(&url).await;
        assert!(
            matches!(fetched, Err(FetchError::Unreachable { .. })),
            "{host}"
        );
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn what_is_too_large_or_missing_is_said_so() {
    let carrier = Carrier::that([
        Act::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_vec()),
        Act::Say(answer_with(404, "", "")),
        Act::Say(answer_with(307, "", "")),
        Act::SayAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nPNG".to_vec()),
    ])
    .await;
    let client = carrier.client();
    let url = format!("{}/x", carrier.url());
    assert!(matches!(
        client.fetch_media(&url).await,
        Err(FetchError::TooLarge { .. })
    ));
    for _ in 0..3 {
        assert!(matches!(
            client.fetch_media(&url).await,
            Err(FetchError::NoAnswer { .. })
        ));
    }
}
