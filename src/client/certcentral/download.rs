//! Files of a run, as they arrive: `GET /report/{id}/{run}/download` (contract `report-library.openapi.yaml`).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::ask;
use crate::{
    client::{
        Client,
        body::{self, Body},
        door::Ask,
        error::ClientError,
        limits,
        rate::Rate,
        transport::{Response, header},
    },
    domain::{
        Clean, Failure,
        ids::{ReportId, RunId},
    },
};

/// One file of a run.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// The report.
    pub report: &'a ReportId,
    /// The run.
    pub run: &'a RunId,
    /// The format of the report, as the history has it.
    pub format: &'a str,
    /// Which file of a split run, from 0; `None` for a run with one file.
    pub part: Option<u32>,
}

/// Takes the bytes of a file.
pub trait Sink: Send {
    /// A try begins, perhaps not the first: what came before counts for nothing. `length` is what the service
    /// announces, bytes.
    ///
    /// # Errors
    /// Why nothing can be taken.
    fn begin(&mut self, length: Option<u64>) -> Result<(), Clean>;

    /// The next bytes.
    ///
    /// # Errors
    /// Why they cannot be taken.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Clean>;
}

/// How a file arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    /// Its bytes.
    pub bytes: u64,
    /// Whether its end was marked: by a length or as chunks. Where it was not, a cut cannot be told from the end
    /// (RFC 9112, 6.3), and only the content says whether it is whole.
    pub ended: bool,
}

impl Client {
    /// Hands one file of a run to `sink` as it arrives. It is tried again from its beginning where that may help; the
    /// service has no ranges. Names that the service gives are not looked at.
    ///
    /// # Errors
    /// As any call; a file larger than 2 GiB, slower than 1 KiB/s over 30 s or longer than 30 min is broken off.
    pub async fn download(&self, piece: Piece<'_>, sink: Arc<Mutex<dyn Sink>>) -> Result<Arrived, Failure> {
        let endpoint = &self.state.certcentral()?.reports;
        let mut query = vec![("report_format", piece.format.to_owned())];
        query.extend(piece.part.map(|part| ("split_report_sequence", part.to_string())));
        let segments = ["report", piece.report.as_str(), piece.run.as_str(), "download"];
        let ask = Ask { accept: "*/*", ..ask(endpoint, "Report file", &segments, &query)? };
        let idle = self.state.door.idle();
        let arrived = self
            .state
            .door
            .read(&ask, Some(limits::DOWNLOAD_TOTAL), |response| Box::pin(take(response, idle, Arc::clone(&sink))));
        Ok(arrived.await?)
    }
}

async fn take(response: Response, idle: Duration, sink: Arc<Mutex<dyn Sink>>) -> Result<Arrived, ClientError> {
    let length = body::header_text(&response.headers, header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    let chunked = body::header_text(&response.headers, header::TRANSFER_ENCODING)
        .is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    if length.is_some_and(|length: u64| length > limits::DOWNLOAD_BODY) {
        return Err(ClientError::TooLarge(limits::DOWNLOAD_BODY));
    }
    sink.lock().unwrap_or_else(PoisonError::into_inner).begin(length).map_err(ClientError::NotKept)?;
    let mut body = Body::new(response, idle, limits::DOWNLOAD_BODY);
    let (mut rate, mut bytes) = (Rate::default(), 0);
    loop {
        let start = Instant::now();
        let Some(chunk) = body.next().await? else { break };
        rate.add(start.elapsed(), chunk.len())?;
        sink.lock().unwrap_or_else(PoisonError::into_inner).take(&chunk).map_err(ClientError::NotKept)?;
        bytes += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
    }
    Ok(Arrived { bytes, ended: length.is_some() || chunked })
}
