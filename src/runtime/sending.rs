//! Decisions as calls: each is sent once and followed, and those of an earlier run are looked after.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::perform::Replies;
use crate::{
    domain::{
        Failure,
        ca::decision::Process,
        report::change::{Change, Ending},
    },
    flow::{Msg, Reply, review::Sending},
    writes::{Decision, Writer},
};

/// The journal is looked at this long after a context was opened: everything else is more urgent.
const CALM: Duration = Duration::from_millis(300);

/// Sends a decision and follows it until its fate is known, or for a quarter of an hour.
///
/// # Errors
/// Nothing was sent.
pub async fn send(writer: &Writer, sending: Sending, replies: &Replies) -> Result<Reply, Failure> {
    let Sending { errand, shown, impact, actor, checks } = &sending;
    let (intent, _) = writer.intent(Decision { errand, shown, impact: impact.as_ref(), actor, checks })?;
    // Who ends the program meanwhile waits for the exchange; before it everything was taken back in the countdown.
    let process = writer.send(intent, &CancellationToken::new(), &mut |process| tell(replies, process)).await?;
    Ok(Reply::Sent(Box::new(process)))
}

/// Looks after decisions whose fate was open when the program ended; sends nothing.
///
/// # Errors
/// The journal cannot be read.
pub async fn resolve(writer: &Writer, replies: &Replies) -> Result<Reply, Failure> {
    tokio::time::sleep(CALM).await;
    let ledger = writer.ledger().await?;
    let one = async |trail| {
        if let Some(process) = writer.resolve(trail, &mut |process| tell(replies, process)).await {
            replies.send(Ok(Reply::Followed(Box::new(process)))).await;
        }
    };
    futures_util::future::join_all(ledger.open().map(one)).await;
    for (change, ending) in writer.resolve_reports().await? {
        replies.send(Ok(Reply::Changed(Box::new(change), ending))).await;
    }
    Ok(Reply::Nothing)
}

/// Sends a change of a report and looks what became of it.
///
/// # Errors
/// Nothing was sent, or the journal does not hold all of it.
pub async fn change(writer: &Writer, change: Box<Change>, replies: &Replies) -> Result<Reply, Failure> {
    let mut told = |ending: &Ending| {
        let Replies { queue, key, generation } = replies;
        let reply = Reply::Changing(change.clone(), ending.clone());
        let _ = queue.try_send(Msg::Reply { key: *key, generation: *generation, result: Ok(reply) });
    };
    let ending = writer.change_report(&change, &mut told).await?;
    Ok(Reply::Changed(change, ending))
}

/// Tells the loop how far it is, if the loop takes that; the end is told in any case.
fn tell(replies: &Replies, process: &Process) {
    let Replies { queue, key, generation } = replies;
    let reply = Reply::Followed(Box::new(process.clone()));
    let _ = queue.try_send(Msg::Reply { key: *key, generation: *generation, result: Ok(reply) });
}
