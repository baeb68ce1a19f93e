//! Where connections come in.

use anyhow::Context;
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::ServerBuilder;

use super::connection;
use super::trouble::Door;
use crate::Sim;

/// Binds any free port of 127.0.0.1 and serves it.
pub(super) async fn open(sim: &Sim) -> anyhow::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .context("the gateway cannot listen on 127.0.0.1")?;
    let url = format!("ws://{}", listener.local_addr()?);
    let sim = sim.servant();
    let tasks = sim.tasks().clone();
    tasks.spawn(async move {
        let stop = sim.stopped().clone();
        // Connections that get no answer, ever.
        let mut silent: Vec<TcpStream> = Vec::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => admit(&sim, stream, &mut silent),
                    Err(error) => {
                        tracing::error!(%error, "the simulated gateway cannot accept");
                        return;
                    }
                },
            }
        }
    });
    Ok(url)
}

fn admit(sim: &Sim, stream: TcpStream, silent: &mut Vec<TcpStream>) {
    let door = sim.hub().trouble.borrow().door;
    match door {
        Door::Open => {
            let sim = sim.clone();
            let tasks = sim.tasks().clone();
            tasks.spawn(connection::serve(sim, stream));
        }
        Door::Refusing => {
            connection::reset(stream);
            sim.hub().count_refused();
        }
        Door::Silent => silent.push(stream),
        Door::Speechless => {
            let stop = sim.stopped().clone();
            sim.tasks().spawn(async move {
                let opened = ServerBuilder::new().accept(stream).await;
                stop.cancelled().await;
                drop(opened);
            });
        }
    }
}
