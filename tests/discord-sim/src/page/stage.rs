//! The host's scenes, and how far each was played.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Look, Scene, Shared};

#[derive(Debug)]
pub(super) struct Stage {
    progress: Mutex<Vec<Progress>>,
}

/// How far a scene was played.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Progress {
    /// Steps done.
    done: usize,
    running: bool,
    /// Why the last step failed.
    failed: Option<String>,
    /// Where the last step is seen best.
    #[serde(serialize_with = "look")]
    look: Option<Look>,
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn look<S: serde::Serializer>(look: &Option<Look>, to: S) -> Result<S::Ok, S::Error> {
    let named = |look: &Look| json!({ "person": look.person.to_string(), "channel": look.channel.to_string() });
    look.as_ref().map_or(Value::Null, named).serialize(to)
}

/// What to play of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Play {
    /// From the beginning to the end.
    Whole,
    /// The next step; after the last one, the first again.
    Step,
}

impl Stage {
    pub(super) fn new(scenes: &[Scene]) -> Self {
        Self {
            progress: Mutex::new(vec![Progress::default(); scenes.len()]),
        }
    }

    pub(super) fn progress(&self) -> Vec<Progress> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Progress>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts to play; one scene plays at a time. It goes on when the browser is closed.
pub(super) fn play(shared: &Arc<Shared>, scene: usize, what: Play) -> anyhow::Result<()> {
    let steps = shared
        .host
        .scenes
        .get(scene)
        .context("There is no such scene.")?;
    let steps = steps.steps.len();
    let from = {
        let mut all = shared.stage.lock();
        let busy = all.iter().any(|progress| progress.running);
        ensure!(!busy, "Another scene is still playing.");
        let progress = all.get_mut(scene).context("There is no such scene.")?;
        if what == Play::Whole || progress.done >= steps {
            progress.done = 0;
            progress.look = None;
        }
        progress.running = true;
        progress.failed = None;
        progress.done
    };
    let to = match what {
        Play::Whole => steps,
        Play::Step => steps.min(from + 1),
    };
    let tasks = shared.sim.tasks().clone();
    let shared = Arc::clone(shared);
    shared.note();
    tasks.spawn(async move {
        let stop = shared.sim.stopped().clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = run(&shared, scene, from, to) => {}
        }
    });
    Ok(())
}

async fn run(shared: &Shared, scene: usize, from: usize, to: usize) {
    let steps = shared
        .host
        .scenes
        .get(scene)
        .map(|scene| scene.steps.as_slice());
    let steps = steps.unwrap_or_default();
    for (number, step) in steps.iter().enumerate().take(to).skip(from) {
        if number > from {
            // Nothing is waited for: whoever watches reads meanwhile.
            tokio::time::sleep(shared.host.pace).await;
        }
        // A task of its own: a step that panics fails, and the stage is free again.
        let step_runs = shared.sim.tasks().spawn((step.run)());
        let outcome = step_runs.await.unwrap_or_else(|ended| Err(ended.into()));
        if let Some(progress) = shared.stage.lock().get_mut(scene) {
            match outcome {
                Ok(look) => {
                    progress.done += 1;
                    progress.look = look;
                }
                Err(error) => progress.failed = Some(format!("{}: {error:#}", step.says)),
            }
            if progress.failed.is_some() {
                break;
            }
        }
        shared.note();
    }
    if let Some(progress) = shared.stage.lock().get_mut(scene) {
        progress.running = false;
    }
    shared.note();
}
