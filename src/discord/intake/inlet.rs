//! The end of intake that the session holds.

use tokio::sync::mpsc;

use crate::gateway::{Closed, Frame, Inlet, Opening};

/// What a session hands over.
#[derive(Debug)]
pub(super) enum Taken {
    /// A frame.
    Frame(Frame),
    /// The session was opened or resumed.
    Opening(Opening),
}

/// Takes the frames of a session and leaves the work to [`Intake::run`](super::Intake::run), so
/// that neither parsing nor a slow disk holds up a heartbeat.
#[derive(Debug)]
pub struct FrameInlet {
    sender: mpsc::Sender<Taken>,
    /// Room for one, once there is.
    room: Option<mpsc::OwnedPermit<Taken>>,
}

impl FrameInlet {
    pub(super) fn new(sender: mpsc::Sender<Taken>) -> Self {
        Self { sender, room: None }
    }

    fn put(&mut self, taken: Taken) {
        match self.room.take() {
            Some(room) => drop(room.send(taken)),
            // Only a session that did not ask for room gets here.
            None => {
                if self.sender.try_send(taken).is_err() {
                    tracing::error!("a frame came without room for it");
                }
            }
        }
    }
}

impl Inlet for FrameInlet {
    async fn room(&mut self) -> Result<(), Closed> {
        if self.room.is_none() {
            let room = self.sender.clone().reserve_owned().await;
            self.room = Some(room.map_err(|_| Closed)?);
        }
        Ok(())
    }

    fn accept(&mut self, frame: Frame) {
        self.put(Taken::Frame(frame));
    }

    fn opened(&mut self, opening: Opening) {
        self.put(Taken::Opening(opening));
    }
}
