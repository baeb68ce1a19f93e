//! Waiting without polling.

use std::time::Duration;

use anyhow::bail;

use crate::Sim;

/// Waits until `found` finds something; it is asked again whenever something happened.
///
/// # Errors
/// After `patience` of real time.
pub(super) async fn wait_for<T>(
    sim: &Sim,
    patience: Duration,
    mut found: impl FnMut() -> Option<T>,
) -> anyhow::Result<T> {
    // Subscribed before the first look, so that nothing falls between look and wait.
    let mut happened = sim.hub().happened();
    let search = async {
        loop {
            happened.borrow_and_update();
            if let Some(value) = found() {
                return Some(value);
            }
            if happened.changed().await.is_err() {
                return None;
            }
        }
    };
    match tokio::time::timeout(patience, search).await {
        Ok(Some(value)) => Ok(value),
        Ok(None) => bail!("the simulation ended"),
        Err(_) => bail!("nothing came within {patience:?}"),
    }
}
