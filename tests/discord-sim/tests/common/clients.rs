//! discord.js and discord.py, real and unpatched: the small bots in `clients/`, logged in to a
//! simulated Discord. Whoever tests with them in this workspace includes this file.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use discord_sim::Sim;
use tokio::signal::unix::{SignalKind, signal};

/// Where a client logs in and what it is told.
pub(crate) struct Login<'a> {
    pub(crate) sim: &'a Sim,
    pub(crate) token: &'a str,
    /// Where it registers its command.
    pub(crate) guild: u64,
    /// Where it says that it is here.
    pub(crate) channel: u64,
}

/// A client's process; it ends with its test.
pub(crate) struct Running(Child);

impl Running {
    /// Waits until it ends by itself.
    #[allow(dead_code, reason = "not every test waits for that")]
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut endings = signal(SignalKind::child()).unwrap();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            endings.recv().await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// None, said loudly, when it is not installed.
pub(crate) fn discord_js(login: &Login<'_>) -> Option<Running> {
    login.start("discordjs", "node_modules", Path::new("node"), "client.mjs")
}

/// None, said loudly, when it is not installed.
pub(crate) fn discord_py(login: &Login<'_>) -> Option<Running> {
    let python = ".venv/bin/python";
    let program = folder("discordpy").join(python);
    login.start("discordpy", python, &program, "client.py")
}

impl Login<'_> {
    fn start(
        &self,
        client: &str,
        installed: &str,
        program: &Path,
        script: &str,
    ) -> Option<Running> {
        let folder = folder(client);
        if !folder.join(installed).exists() {
            let missing =
                format!("{installed} is missing; tests/clients/README.md says how to install it");
            discord_sim::env::skip(client, &missing);
            return None;
        }
        let child = Command::new(program)
            .arg(script)
            .current_dir(folder)
            .env("SIM_API", format!("{}/api", self.sim.base_url()))
            .env("SIM_GATEWAY", self.sim.gateway_url())
            .env("SIM_TOKEN", self.token)
            .env("SIM_GUILD", self.guild.to_string())
            .env("SIM_CHANNEL", self.channel.to_string())
            .stdin(Stdio::null())
            .spawn();
        match child {
            Ok(child) => Some(Running(child)),
            Err(error) => {
                let missing = format!("{} cannot be run: {error}", program.display());
                discord_sim::env::skip(client, &missing);
                None
            }
        }
    }
}

fn folder(client: &str) -> PathBuf {
    let this = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The package, or the workspace around it.
    let package = if this.ends_with("discord-sim") {
        this.to_owned()
    } else {
        this.join("tests/discord-sim")
    };
    package.join("tests/clients").join(client)
}
