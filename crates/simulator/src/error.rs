//! Twilio's error bodies: `{code, message, more_info, status}`, with the HTTP status of each code
//! (facts/twilio.md 1.8 and 7.3).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// A refusal as Twilio writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl Refusal {
    /// A refusal with the usual words and status of its code.
    pub(crate) fn of(code: u32) -> Self {
        Self {
            code,
            status: status(code),
            message: message(code).to_owned(),
        }
    }

    /// The same with words of its own.
    pub(crate) fn saying(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            status: status(code),
            message: message.into(),
        }
    }

    /// Nothing here under that name.
    pub(crate) fn not_found(path: &str) -> Self {
        Self::saying(
            20404,
            format!("The requested resource {path} was not found"),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        });
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, body.to_string()).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if self.status == 401 {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"Twilio API\""),
            );
        }
        response
    }
}

/// The HTTP status that goes with a code.
pub(crate) fn status(code: u32) -> u16 {
    match code {
        20003 => 401,
        20005 | 20006 | 20008 | 20010 | 20403 => 403,
        20404 | 30404 => 404,
        20004 => 405,
        20009 | 20409 | 30409 => 409,
        20410 => 410,
        20422 => 422,
        20429 => 429,
        20500 | 20504 => 500,
        20503 => 503,
        _ => 400,
    }
}

/// What Twilio says with a code, in our words.
pub(crate) fn message(code: u32) -> &'static str {
    match code {
        10001 => "Account is not active",
        12100 => "Document parse failure",
        12200 => "Schema validation warning",
        12300 => "Invalid Content-Type",
        14109 => "TwiML reply limit exceeded",
        20001 => "Unknown parameters",
        20003 => "Authenticate",
        20004 => "Method not allowed",
        20005 => "Account not active",
        20006 => "Access denied",
        20009 => "Cannot delete this resource before it is complete",
        20403 => "Forbidden",
        20404 => "The requested resource was not found",
        20409 => "Conflict with the state of the resource",
        20422 => "Invalid parameter",
        20429 => "Too Many Requests",
        20500 => "Internal Server Error",
        20503 => "Service Unavailable",
        20504 => "Internal error while processing the request",
        21211 => "Invalid 'To' Phone Number",
        21212 => "Invalid 'From' Phone Number",
        21266 => "'To' and 'From' number cannot be the same",
        21408 => {
            "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"
        }
        21601 => "Phone number is not a valid SMS-capable inbound phone number",
        21602 => "Message body is required",
        21603 => "A 'From' phone number or a 'MessagingServiceSid' is required",
        21604 => "A 'To' phone number is required",
        21606 => {
            "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination/account"
        }
        21608 => {
            "The number is unverified. Trial accounts cannot send messages to unverified numbers"
        }
        21609 => "Invalid 'StatusCallback' URL",
        21610 => "Attempt to send to unsubscribed recipient",
        21611 => "This 'From' number has exceeded the maximum number of queued messages",
        21612 => "The 'To' phone number is not currently reachable using the 'From' phone number",
        21614 => "'To' number is not a valid mobile number",
        21617 => "The concatenated message body exceeds the 1600 character limit",
        21619 => "A text message body, media urls or a content sid must be specified",
        21620 => "Invalid media URL(s)",
        21623 => "Number of media files exceeds allowed limit",
        21624 => "Invalid Validity Period",
        21635 => "'To' number cannot be a landline",
        21654 => "ContentVariables requires a ContentSid",
        21655 => "The ContentSid is invalid",
        21656 => "The ContentVariables parameter is invalid",
        21658 => "Parameter exceeds the maximum length",
        21659 => "'From' is not a Twilio phone number or short code country mismatch",
        21703 => "The Messaging Service has no sender that fits this message",
        21704 => "The Messaging Service contains no phone numbers",
        21705 => "The Messaging Service Sid is invalid",
        21710 => "Phone Number is already in the Messaging Service",
        21712 => "Phone Number is associated with another Messaging Service",
        21910 => "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel",
        30001 => "Queue overflow",
        30002 => "Account suspended",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30008 => "Unknown error",
        30022 => "Exceeded the carrier's rate",
        30034 => "Message from an unregistered number",
        30036 => "Validity period expired",
        30400 => "The update of this message is invalid",
        30409 => "The message cannot be canceled: it is in a final state",
        30410 => "Provider timeout",
        30500 => "Internal error",
        35111 => "SendAt is missing",
        35114 => "SendAt must be between 15 minutes and 35 days ahead",
        35118 => "A scheduled message needs a MessagingServiceSid",
        35119 => "SendAt needs ScheduleType=fixed",
        35126 => "ScheduleType is not supported",
        63003 => "Channel could not find To address",
        63005 => "Channel did not accept given content",
        63007 => "Twilio could not find a Channel with the specified From address",
        63013 => "This message send failed because it violates Channel provider's policy",
        63014 => "Failed to send message because it was blocked by a user action",
        63015 => "The recipient has not joined the sandbox",
        63016 => {
            "Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp, please use a Message Template."
        }
        63018 => "Rate limit exceeded for channel",
        63019 => "Media failed to download",
        63021 => "Channel invalid content error",
        63024 => "Invalid message recipient",
        63027 => "Template does not exist for a language and locale",
        63028 => "Number of parameters provided does not match the expected number of parameters",
        63031 => "Channels message cannot have same From and To",
        63033 => "Recipient opted out of marketing messages",
        63040 => "WhatsApp template rejected",
        63041 => "WhatsApp template paused",
        63042 => "WhatsApp template disabled",
        63049 => "Meta chose not to deliver this marketing message",
        92001 => "Content types are required",
        92003 => "Content language is required",
        92008 => "Content type is not supported",
        92009 => "Content was already submitted for approval",
        _ => "The message could not be sent",
    }
}
