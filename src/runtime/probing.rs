//! Probes as a call: results go to the loop as they come, a beat apart, so that it judges once a beat.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::perform::Replies;
use crate::{
    client::{Client, Progress},
    domain::{
        Failure, FailureKind,
        acme::{
            AcmeCertificate, AcmeKey,
            probe::{Probe, Target},
        },
    },
    flow::{ProbeJob, Probed, Renewal, Reply},
};

/// Results that come within this time of the first go with it.
const BEAT: Duration = Duration::from_millis(500);

/// Does the job; its last reply says what the CA has to say of a single row.
///
/// # Errors
/// A fault of this program.
pub async fn probe(client: &Client, job: ProbeJob, replies: &Replies) -> Result<Reply, Failure> {
    let asks = job.asks_renewal();
    let row = job.wanted().next().cloned().filter(|_| asks);
    let choosing = client.clone();
    let targets = tokio::task::spawn_blocking(move || targets(&choosing, &job))
        .await
        .map_err(|_| Failure::new(FailureKind::Internal, "servers could not be chosen: a fault of this program"))?;
    let of = targets.len();
    let (found, brought) = unbounded_channel();
    let asked = async {
        let mut found = found;
        let probes = client.probe(targets, &mut Pass(&mut found)).await;
        drop(found);
        probes
    };
    let (probes, ()) = tokio::join!(asked, forward(brought, of, replies));
    let Some((row, probe)) = row.zip(probes.first()) else { return Ok(Reply::ProbesEnded(None)) };
    Ok(Reply::ProbesEnded(renewal(client, &row, probe).await))
}

/// What is to be asked; a row without a server is passed over.
fn targets(client: &Client, job: &ProbeJob) -> Vec<Target> {
    job.wanted().map(|row| client.target(row)).filter(|target| !target.hosts.is_empty()).collect()
}

/// Hands results on as they come.
struct Pass<'a>(&'a mut UnboundedSender<Probe>);

impl Progress<Probe> for Pass<'_> {
    fn rows(&mut self, batch: Vec<Probe>) {
        for probe in batch {
            // A loop that has ended takes none.
            let _ = self.0.send(probe);
        }
    }
}

async fn forward(mut brought: UnboundedReceiver<Probe>, of: usize, replies: &Replies) {
    while let Some(first) = brought.recv().await {
        let mut found = vec![first];
        let beat = tokio::time::sleep(BEAT);
        tokio::pin!(beat);
        loop {
            tokio::select! {
                more = brought.recv() => match more {
                    Some(probe) => found.push(probe),
                    None => break,
                },
                () = &mut beat => break,
            }
        }
        replies.send(Ok(Reply::Probed(Probed { found, of }))).await;
    }
}

/// What the CA says of the certificate of a row, which has to have been met.
async fn renewal(client: &Client, row: &AcmeCertificate, probe: &Probe) -> Option<(AcmeKey, Renewal)> {
    let served = probe.served().find(|served| row.serial() == Some((&served.serial).into()))?;
    let said = client.renewal(row.contract(), served).await.transpose()?;
    Some((row.key(), said))
}
