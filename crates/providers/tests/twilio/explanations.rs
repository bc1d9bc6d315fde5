//! What differs is said in words that help, and never by showing what would have been right.

use domain::Secret;
use providers::twilio::explain::{Explanation, explain};
use providers::twilio::signature::{SignedRequest, SigningKeys, sign};

use crate::signatures::vectors;

fn explained(request: &SignedRequest<'_>, keys: &SigningKeys) -> String {
    explain(request, keys).why().unwrap_or("valid").to_owned()
}

#[test]
fn what_differs_is_said_without_the_expected_signature() {
    let token = Secret::new("12345");
    let keys = SigningKeys::from_tokens([&token]);
    let pairs = [("Body", "Hello there"), ("From", "+15550001111")];
    let signed_url = "https://coach.example/sms?a=1";
    let signature = sign(signed_url, &pairs, &token);
    let request = SignedRequest {
        is_get: false,
        url: signed_url,
        content_type: Some("application/x-www-form-urlencoded"),
        body: b"Body=Hello+there&From=%2B15550001111",
        signature: Some(&signature),
        settings: None,
    };
    assert_eq!(explain(&request, &keys), Explanation::Valid);
    for (url, why) in [
        (
            "http://coach.example/sms?a=1",
            "valid for https instead of http",
        ),
        (
            "https://coach.example/sms/?a=1",
            "valid without the trailing slash",
        ),
        (
            "https://Coach.example/sms?a=1",
            "valid with the host in lower case",
        ),
        (
            "https://www.coach.example/sms?a=1",
            "valid without www. before the host",
        ),
        (
            "http://coach.example/sms/?a=1",
            "valid for https instead of http and without the trailing slash",
        ),
    ] {
        assert_eq!(explained(&SignedRequest { url, ..request }, &keys), why);
    }
    for (body, why) in [
        (
            "Body=Hello+there&From=%2B15550001111&Extra=1",
            "a parameter was added: `Extra` was not signed",
        ),
        (
            "Body=Hello+there%0A&From=%2B15550001111",
            "values have gained spaces or line ends around them",
        ),
        (
            "Body=Hello+there&From=+15550001111",
            "a + was read as a space: the body was decoded twice or not encoded",
        ),
    ] {
        let request = SignedRequest {
            body: body.as_bytes(),
            ..request
        };
        assert_eq!(explained(&request, &keys), why);
    }
    let port = sign("https://coach.example:8443/sms?a=1", &pairs, &token);
    let with_port = SignedRequest {
        signature: Some(&port),
        ..request
    };
    assert_eq!(explained(&with_port, &keys), "valid with port 8443");
    for broken in ["", "x", "bm90IGFuIGhtYWM="] {
        let request = SignedRequest {
            signature: Some(broken),
            ..request
        };
        assert!(explained(&request, &keys).contains("not the base64"));
    }
    let other = SigningKeys::from_tokens([&Secret::new("another")]);
    assert_eq!(explain(&request, &other), Explanation::Unexplained);
}

#[test]
fn no_explanation_of_a_vector_holds_the_expected_signature() {
    for vector in vectors() {
        let explanation = explain(&vector.request(), &vector.keys());
        assert_eq!(
            explanation.is_valid(),
            vector.expect_valid,
            "{}",
            vector.name
        );
        let Some(why) = explanation.why() else {
            continue;
        };
        let pairs: Vec<_> = vector
            .params
            .iter()
            .flatten()
            .map(|(k, v)| (&**k, &**v))
            .collect();
        let expected = sign(
            &vector.url,
            &pairs,
            &Secret::new(vector.auth_token.as_str()),
        );
        assert!(!why.contains(&expected) && !why.contains(&vector.auth_token));
    }
    let vectors = vectors();
    let why = |name: &str| {
        let vector = vectors.iter().find(|v| v.name == name).unwrap();
        explained(&vector.request(), &vector.keys())
    };
    assert_eq!(why("neg-http-vs-https"), "valid for https instead of http");
    assert_eq!(
        why("neg-trailing-slash"),
        "valid without the trailing slash"
    );
    assert!(why("neg-extra-param").starts_with("a parameter was added"));
    assert!(why("neg-json-body-tampered").starts_with("the body hash differs"));
    assert_eq!(
        why("port-8443-signed-app-sees-none"),
        "valid with port 8443"
    );
}
