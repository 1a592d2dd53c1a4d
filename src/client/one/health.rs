//! Health of the CA service.

use std::time::Duration;

use super::{ask, paths::Route};
use crate::{client::Client, domain::Failure};

/// The CA service answered as healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Time to the head of the answer.
    pub latency: Duration,
}

impl Client {
    /// Asks the CA service for its health; any 2xx is healthy, the body is not read.
    ///
    /// # Errors
    /// As any call; `NotFound` when the service has no such route.
    pub async fn health(&self) -> Result<Health, Failure> {
        let one = self.state.one()?;
        let ask = ask(one, "CA service health", Route::Health, "", &[])?;
        let (result, latency) = self.state.door.probe(&ask).await;
        result.map(|()| Health { latency }).map_err(Failure::from)
    }
}
