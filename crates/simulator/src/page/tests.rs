//! What the page must never do, whatever texts the messages hold.

use super::*;

#[test]
fn json_in_the_page_cannot_end_its_script() {
    let hostile = json!({"body": "</script><script>alert(1)</script><!-- \u{202e}"});
    let html = ScriptJson(hostile.clone()).to_string();
    assert!(!html.contains('<') && !html.contains('>'), "{html}");
    assert_eq!(serde_json::from_str::<Value>(&html).unwrap(), hostile);
}
