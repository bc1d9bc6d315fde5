//! What a provider's error means for us (facts/twilio.md 7.2): the class decides, the code is kept.

use crate::channel::words;

words! {
    /// Class of a provider's error.
    ErrorClass {
        /// May work later unchanged: bounded retries with backoff.
        Transient = "transient",
        /// Too fast, or a quota: slow the sender down; costs no attempt.
        RateLimited = "rate_limited",
        /// Will never work as it is.
        Permanent = "permanent",
        /// The person opted out of this sender.
        OptedOut = "opted_out",
        /// The person opted out of marketing only.
        OptedOutOfMarketing = "opted_out_of_marketing",
        /// The recipient cannot be reached on WhatsApp.
        NotOnWhatsapp = "not_on_whatsapp",
        /// Free text outside the session window: plan again as a template; costs no attempt.
        WindowClosed = "window_closed",
        /// The template cannot be used.
        TemplateProblem = "template_problem",
        /// Our sender or account is at fault: pause it, tell a person, keep the messages.
        SenderProblem = "sender_problem",
        /// Not a number that can be reached.
        InvalidNumber = "invalid_number",
        /// A landline: no SMS.
        Landline = "landline",
        /// A notice, not an error of a message.
        Informational = "informational",
    }
}
