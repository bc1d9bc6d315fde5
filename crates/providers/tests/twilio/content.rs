//! Templates and their approvals.

use providers::templates::{ApprovalStatus, NewTemplate, Submission, TemplateHost as _};

use crate::carrier::{Act, Carrier, answer};

#[tokio::test]
async fn templates_are_listed_with_their_approvals() {
    let item = |number: u8, approval: &str| {
        format!(
            r#"{{"sid":"HX{number}","account_sid":"AC","friendly_name":"weekly_checkin","language":"en",
            "variables":{{"1":"Ana"}},"types":{{"twilio/text":{{"body":"Hi {{{{1}}}}"}}}},
            "approval_requests":{approval}}}"#
        )
    };
    let approved = r#"{"name":"weekly_checkin","category":"UTILITY","content_type":"twilio/text",
        "status":"approved","rejection_reason":"","allow_category_change":true}"#;
    let strange = r#"{"status":"in_limbo"}"#;
    let pages = Carrier::that([
        Act::Say(answer(
            200,
            &format!(
                r#"{{"contents":[{},{}],"meta":{{"next_page_url":"{}/v1/ContentAndApprovals?Page=1"}}}}"#,
                item(1, approved),
                item(2, strange),
                "https://content.twilio.com"
            ),
        )),
        Act::Say(answer(
            200,
            &format!(
                r#"{{"contents":[{}],"meta":{{"next_page_url":"/v1/ContentAndApprovals?Page=1"}}}}"#,
                item(1, approved)
            ),
        )),
        Act::Say(answer(
            200,
            &format!(r#"{{"contents":[{}],"meta":{{"next_page_url":null}}}}"#, item(2, strange)),
        )),
    ])
    .await;
    let client = pages.client();
    // A next page at another host is not walked to with our credentials.
    assert!(client.templates(None).await.is_err());
    let first = client.templates(None).await.unwrap();
    let template = first.items.first().unwrap();
    assert_eq!(&*template.content_sid, "HX1");
    assert_eq!(
        template.types["twilio/text"].as_str(),
        r#"{"body":"Hi {{1}}"}"#
    );
    assert_eq!(template.variables["1"].as_str(), "Ana");
    let approval = template.approval.as_ref().unwrap();
    assert!(approval.status.is_sendable());
    assert_eq!(approval.category.as_deref(), Some("UTILITY"));
    assert_eq!(approval.rejection_reason, None);
    let second = client.templates(first.next).await.unwrap();
    let status = &second
        .items
        .first()
        .unwrap()
        .approval
        .as_ref()
        .unwrap()
        .status;
    assert_eq!(*status, ApprovalStatus::Unknown("in_limbo".into()));
    assert!(!status.is_sendable());
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn an_approval_stands_under_its_channel() {
    let carrier = Carrier::that([
        Act::Say(answer(
            200,
            r#"{"sid":"HX1","account_sid":"AC","whatsapp":{"type":"whatsapp","name":"n","category":"MARKETING",
            "status":"paused","rejection_reason":""},"url":"x"}"#,
        )),
        Act::Say(answer(200, r#"{"sid":"HX1"}"#)),
        Act::Say(answer(404, r#"{"code":20404}"#)),
        Act::Say(answer(200, r#"{"sid":"HX1","language":"pt_BR","variables":null,"types":{}}"#)),
    ])
    .await;
    let client = carrier.client();
    let approval = client.approval("HX1").await.unwrap().unwrap();
    assert_eq!(approval.status, ApprovalStatus::Paused);
    let none = client.approval("HX1").await.unwrap().unwrap();
    assert_eq!(none.status, ApprovalStatus::Unsubmitted);
    assert_eq!(client.approval("HX1").await, Ok(None));
    let template = client.template("HX1").await.unwrap().unwrap();
    assert_eq!(template.language.as_deref(), Some("pt_BR"));
    assert!(client.template("../x").await.is_err());
}

#[tokio::test]
async fn a_template_is_made_and_submitted_as_the_content_api_wants_it() {
    let carrier = Carrier::that([
        Act::Say(answer(201, r#"{"sid":"HX7","language":"es"}"#)),
        Act::Say(answer(
            201,
            r#"{"name":"welcome_1","category":"UTILITY","content_type":"twilio/text","status":"received",
            "rejection_reason":"","allow_category_change":true}"#,
        )),
        Act::Say(answer(400, r#"{"code":92009,"status":400}"#)),
        Act::Say(answer(201, r#"{"sid":"../x"}"#)),
        Act::Say(answer(500, "oops")),
    ])
    .await;
    let client = carrier.client();
    let new = NewTemplate {
        friendly_name: "gymtext_welcome_es_1".into(),
        language: "es".into(),
        body: "Hola {{1}}, ¡te damos la bienvenida!".into(),
        samples: vec!["Ana".into()],
        buttons: vec![("start_workout".into(), "Empezar".into())],
    };
    assert_eq!(&*client.create(&new).await.unwrap(), "HX7");
    let sent = carrier.request(0);
    assert!(sent.starts_with("POST /v1/Content HTTP/1.1"), "{sent}");
    let body = sent.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(
        body,
        r#"{"friendly_name":"gymtext_welcome_es_1","language":"es","variables":{"1":"Ana"},"types":{"twilio/quick-reply":{"body":"Hola {{1}}, ¡te damos la bienvenida!","actions":[{"type":"QUICK_REPLY","id":"start_workout","title":"Empezar"}]},"twilio/text":{"body":"Hola {{1}}, ¡te damos la bienvenida!"}}}"#
    );
    let asked = Submission {
        name: "welcome_1".into(),
        category: "UTILITY".into(),
    };
    let approval = client.submit("HX7", &asked).await.unwrap();
    assert_eq!(approval.status, ApprovalStatus::Received);
    let sent = carrier.request(1);
    assert!(
        sent.starts_with("POST /v1/Content/HX7/ApprovalRequests/whatsapp HTTP/1.1"),
        "{sent}"
    );
    assert!(
        sent.ends_with(r#"{"name":"welcome_1","category":"UTILITY","allow_category_change":true}"#)
    );
    let refused = client.submit("HX7", &asked).await.unwrap_err().to_string();
    assert!(refused.contains("HTTP 400"), "{refused}");
    // An id that could lead elsewhere is none, and no answer is no proof that nothing was made.
    assert!(client.create(&new).await.is_err());
    assert!(client.create(&new).await.is_err());
    assert!(client.submit("../x", &asked).await.is_err());
}
