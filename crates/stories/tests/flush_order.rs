//! What is acknowledged is on the disk before: the service's system calls are traced while many callers
//! and the carrier's webhooks write at once, and each 2xx must come after a flush of the log that began
//! after what it acknowledges was written there (G1, G3).

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use stories::calls;
use stories::database::is_postgres;
use stories::load::Load;
use stories::skips::{setting, tool};
use stories::tell;

/// Requests in CI; half are messages, half are webhooks.
const REQUESTS: usize = 400;

/// Requests at the same time, so that they share transactions.
const AT_ONCE: usize = 8;

/// One system call of the trace, whole.
#[derive(Debug)]
struct Traced<'a> {
    /// Lines of its beginning and its end.
    began: usize,
    ended: usize,
    name: &'a str,
    /// What stands between the parentheses.
    words: String,
}

/// The calls of a trace. One that others came between stands in two lines.
fn read(trace: &str) -> Vec<Traced<'_>> {
    let (mut calls, mut open) = (Vec::new(), HashMap::new());
    for (number, line) in trace.lines().enumerate() {
        let Some((process, rest)) = line.trim_start().split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let (name, words) = resumed.split_once(" resumed>").unwrap_or((resumed, ""));
            if let Some((began, before)) = open.remove(process) {
                calls.push(Traced {
                    began,
                    ended: number,
                    name,
                    words: format!("{before}{words}"),
                });
            }
            continue;
        }
        let Some((name, words)) = rest.split_once('(') else {
            continue;
        };
        if let Some(before) = words.strip_suffix(" <unfinished ...>") {
            open.insert(process, (number, before.to_owned()));
            continue;
        }
        calls.push(Traced {
            began: number,
            ended: number,
            name,
            words: words.to_owned(),
        });
    }
    // One that was never finished counts from its beginning, and never ended.
    calls.sort_by_key(|call| call.began);
    calls
}

/// The marks in what was read or written.
fn marks(words: &str) -> impl Iterator<Item = &str> {
    words
        .match_indices("mark-")
        .filter_map(|(at, _)| words.get(at..at + 11))
}

/// What is wrong with a trace: acknowledgements that came before their flush, and how many were looked at.
fn judge(trace: &str) -> anyhow::Result<usize> {
    let calls = read(trace);
    let of_log = |call: &Traced<'_>| {
        call.words
            .split(", ")
            .next()
            .is_some_and(|file| file.contains("-wal>"))
    };
    let is_flush = |call: &&Traced<'_>| matches!(call.name, "fsync" | "fdatasync") && of_log(call);
    let flushes: Vec<&Traced<'_>> = calls.iter().filter(is_flush).collect();
    let mut written: HashMap<&str, usize> = HashMap::new();
    // What the last request on a connection was about.
    let mut asked: HashMap<&str, &str> = HashMap::new();
    let mut acknowledged = 0;
    for call in &calls {
        let file = call.words.split(", ").next().unwrap_or_default();
        match call.name {
            "pwrite64" if of_log(call) => {
                for mark in marks(&call.words) {
                    written.entry(mark).or_insert(call.ended);
                }
            }
            "read" | "recvfrom" if file.contains("socket:") || file.contains("TCP:") => {
                if let Some(mark) = marks(&call.words).last() {
                    asked.insert(file, mark);
                }
            }
            "write" | "writev" | "sendto" | "sendmsg" if call.words.contains("HTTP/1.1 2") => {
                let Some(mark) = asked.remove(file) else {
                    continue;
                };
                let written = written
                    .get(mark)
                    .with_context(|| format!("{mark} was acknowledged and never written"))?;
                let flushed = flushes
                    .iter()
                    .any(|flush| flush.began > *written && flush.ended < call.began);
                anyhow::ensure!(
                    flushed,
                    "{mark} was written in line {written} and acknowledged in line {} without a flush between",
                    call.began
                );
                acknowledged += 1;
            }
            _ => {}
        }
    }
    Ok(acknowledged)
}

/// A mark nobody else has.
fn mark(number: usize) -> String {
    format!("mark-{number:06}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_acknowledgement_follows_a_flush_of_the_log() -> anyhow::Result<()> {
    if is_postgres() {
        return Ok(()); // there the log is the server's, which is asked for its settings at the start
    }
    let test = "each_acknowledgement_follows_a_flush_of_the_log";
    let Some(strace) = tool(test, "GYMTEXT_TEST_STRACE") else {
        return Ok(());
    };
    let count = if setting("GYMTEXT_SOAK").is_some() {
        10 * REQUESTS
    } else {
        REQUESTS
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("trace");
    let (load, service) = Load::with(|mut setup| {
        let traced = "trace=read,recvfrom,write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync";
        let file = file.display().to_string();
        // The tracer is nobody's parent, so that the process is the service's own. Whole pages are shown.
        setup.under = [
            &strace, "-D", "-f", "-y", "-s", "4096", "-e", traced, "-o", &file,
        ]
        .map(str::to_owned)
        .to_vec();
        setup
    })
    .await?;
    let (api, member) = (load.setup.api(), load.member(0)?);
    stream::iter(0..count)
        .map(anyhow::Ok)
        .try_for_each_concurrent(AT_ONCE, |number| {
            let (api, member) = (api.clone(), member);
            async move {
                let answer = if number % 2 == 0 {
                    let body =
                        json!({"member_id": member, "content": mark(number), "kind": "system"});
                    api.json("POST", "/api/v1/messages", &body).await?
                } else {
                    let said = calls::webhooks(&api, "+14155559999", &mark(number));
                    said.first().context("a webhook")?.make(&api).await?.0
                };
                anyhow::ensure!(answer.status < 300, "{}", answer.status);
                Ok(())
            }
        })
        .await?;
    anyhow::ensure!(
        service.terminate().await?.success(),
        "it did not end in peace"
    );
    let trace = whole(&file).await?;
    let acknowledged = judge(&trace)?;
    tell(&format!(
        "{acknowledged} acknowledgements, each after its flush"
    ));
    assert!(
        acknowledged >= count,
        "{acknowledged} of {count} were found in the trace"
    );
    Ok(())
}

/// The trace, once the tracer has written the end of the last process into it.
async fn whole(file: &Path) -> anyhow::Result<String> {
    loop {
        let trace = std::fs::read(file)?;
        let trace = String::from_utf8_lossy(&trace).into_owned();
        if trace
            .lines()
            .rev()
            .take(64)
            .any(|line| line.contains("+++ exited with 0 +++"))
        {
            return Ok(trace);
        }
        stories::tick().await;
    }
}

#[test]
fn a_trace_without_the_flush_is_found_out() {
    let honest = "7 recvfrom(9<socket:[1]>, \"POST mark-000001\", 99) = 99\n\
        8 pwrite64(5</d/gymtext.db-wal>, \"..mark-000001..\", 4096, 32) = 4096\n\
        8 fdatasync(5</d/gymtext.db-wal> <unfinished ...>\n\
        7 read(3<pipe>, \"x\", 1) = 1\n\
        8 <... fdatasync resumed>) = 0\n\
        7 sendto(9<socket:[1]>, \"HTTP/1.1 202 Accepted\", 21) = 21\n";
    assert_eq!(judge(honest).unwrap(), 1);
    let lines: Vec<&str> = honest.lines().collect();
    let without = [lines[0], lines[1], lines[5]].join("\n");
    assert!(judge(&without).is_err(), "no flush at all");
    let early = [lines[0], lines[2], lines[4], lines[1], lines[5]].join("\n");
    assert!(judge(&early).is_err(), "the flush came before");
    let late = [lines[0], lines[1], lines[2], lines[5], lines[4]].join("\n");
    assert!(judge(&late).is_err(), "the flush was not over");
    let of_another = honest.replace(
        "fdatasync(5</d/gymtext.db-wal>",
        "fdatasync(6</d/gymtext.db>",
    );
    assert!(judge(&of_another).is_err(), "another file was flushed");
}
