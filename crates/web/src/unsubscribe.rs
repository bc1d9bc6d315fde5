//! `/email/unsubscribe/msg_…`: what stands in every letter. Reading it changes nothing, because mail programs open
//! links by themselves; a person presses the button, and a mail program posts (RFC 8058).

use askama::Template;
use axum::response::Response;
use ui::{Link, Page};

use crate::State;
use crate::code::Code;
use crate::docs::styles;
use crate::path::MessageInPath;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Unsubscribe {
    page: Page,
    done: bool,
}

fn show(done: bool) -> Response {
    let title = if done {
        "You get no more e-mail"
    } else {
        "No more e-mail?"
    };
    let page = Page::new(title)
        .described("Ends e-mail to the address this letter came to.")
        .with_style(styles());
    ui::html(&Unsubscribe { page, done })
}

/// Asks.
pub(crate) async fn ask(id: Result<MessageInPath, Problem>) -> Response {
    match id {
        Ok(_) => show(false),
        Err(problem) => nothing(&problem),
    }
}

/// Does it.
pub(crate) async fn end(state: State, id: Result<MessageInPath, Problem>) -> Response {
    let id = match id {
        Ok(id) => id,
        Err(problem) => return nothing(&problem),
    };
    match state.engine().unsubscribe(id.0).await {
        Ok(true) => show(true),
        Ok(false) => nothing(&Problem::of(Code::UnknownMessage)),
        Err(error) => {
            let problem = Problem::from(error);
            ui::error_page(
                problem.status(),
                Page::new("This did not work"),
                "It could not be written down that you want no more e-mail.",
                "Please press the button again in a minute.",
                Link::new("To the first page", "/"),
            )
        }
    }
}

fn nothing(problem: &Problem) -> Response {
    ui::error_page(
        problem.status(),
        Page::new("This link leads nowhere"),
        "No letter was sent with this link, or it was cut off.",
        "Open the link at the foot of the letter once more, whole.",
        Link::new("To the first page", "/"),
    )
}
