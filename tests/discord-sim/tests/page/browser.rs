//! A real Chromium without a window, driven by chromedriver.

use std::process::Stdio;
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// What to call Debian's packages when they are missing.
const MISSING: &str = "chromedriver is not installed (Debian: chromium, chromium-driver)";
/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the screen is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(15);

/// How the browser shall look.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) dark: bool,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Look {
    pub(crate) const WIDE: Self = Self {
        dark: true,
        width: 1440,
        height: 900,
    };
    pub(crate) const LIGHT: Self = Self {
        dark: false,
        ..Self::WIDE
    };
    pub(crate) const PHONE: Self = Self {
        dark: true,
        width: 390,
        height: 844,
    };
}

/// A browser with one tab. It and its driver end with [`Browser::close`], or with the test.
pub(crate) struct Browser {
    pub(crate) client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// None, said loudly, when there is no browser on this machine.
    pub(crate) async fn open(what: &str, look: Look) -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            // Everybody's screen shows the same, wherever the test runs.
            .env("TZ", "Europe/Berlin")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let Ok(mut driver) = driver else {
            discord_sim::env::skip(what, MISSING);
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("chromedriver ended");
            let port = line.split("successfully on port ").nth(1);
            if let Some(port) = port.and_then(|rest| rest.trim_end_matches('.').parse::<u16>().ok())
            {
                break port;
            }
        };
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-proxy-server".to_owned(),
            "--lang=en-GB".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!(
                "--blink-settings=preferredColorScheme={}",
                u8::from(!look.dark)
            ),
            format!("--window-size={},{}", look.width, look.height),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let mut options = json!({
            "args": arguments,
            "prefs": {"intl.accept_languages": "en-GB"},
        });
        if look.width < 500 {
            // No window is as narrow as a phone.
            options["mobileEmulation"] = json!({"deviceMetrics": {
                "width": look.width, "height": look.height, "pixelRatio": 2.0, "touch": true}});
        }
        let mut wanted = serde_json::Map::new();
        wanted.insert("goog:chromeOptions".to_owned(), options);
        wanted.insert("goog:loggingPrefs".to_owned(), json!({"browser": "ALL"}));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        client
            .set_window_size(look.width, look.height)
            .await
            .unwrap();
        Some(Self {
            client,
            driver,
            _profile: profile,
        })
    }

    /// Ends it, and proves that no script of the page complained.
    pub(crate) async fn close(mut self) {
        let errors = self.script("return window.__errors ?? []", vec![]).await;
        self.client.close().await.unwrap();
        self.driver.kill().await.unwrap();
        assert_eq!(errors, json!([]), "errors in the page");
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
        self.script(
            "window.__errors = [];
             window.addEventListener('error', (e) => window.__errors.push(String(e.message)));
             window.addEventListener('unhandledrejection', (e) => window.__errors.push(String(e.reason)));",
            vec![],
        )
        .await;
    }

    pub(crate) async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// Waits for a node that is on screen.
    pub(crate) async fn find(&self, css: &str) -> Element {
        self.find_with(css, "").await
    }

    /// Waits for a node on screen that contains a text.
    pub(crate) async fn find_with(&self, css: &str, text: &str) -> Element {
        let started = Instant::now();
        loop {
            let all = self.client.find_all(Locator::Css(css)).await.unwrap();
            for element in all {
                // What is redrawn meanwhile is found the next time.
                let shown = element.is_displayed().await.unwrap_or(false);
                if shown
                    && (text.is_empty() || element.text().await.unwrap_or_default().contains(text))
                {
                    return element;
                }
            }
            if started.elapsed() > PATIENCE {
                let screen = self.script("return document.body.innerText", vec![]).await;
                panic!(
                    "no {css} with {text:?} on the screen:\n{}",
                    screen.as_str().unwrap()
                );
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until no such node is on screen.
    pub(crate) async fn gone(&self, css: &str, text: &str) {
        let started = Instant::now();
        loop {
            let script = "return [...document.querySelectorAll(arguments[0])]
                .filter((node) => node.checkVisibility() && node.innerText.includes(arguments[1])).length";
            let count = self.script(script, vec![json!(css), json!(text)]).await;
            if count == json!(0) {
                return;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "{css} with {text:?} stays on the screen"
            );
            tokio::time::sleep(GLANCE).await;
        }
    }

    pub(crate) async fn count(&self, css: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        self.script(script, vec![json!(css)])
            .await
            .as_u64()
            .unwrap()
    }

    /// Clicks what is there, also when it is redrawn at that moment.
    pub(crate) async fn click(&self, css: &str, text: &str) {
        let started = Instant::now();
        loop {
            match self.find_with(css, text).await.click().await {
                Ok(()) => return,
                Err(error) if started.elapsed() > PATIENCE => panic!("{css} {text:?}: {error}"),
                Err(_) => tokio::time::sleep(GLANCE).await,
            }
        }
    }

    /// Types into whatever has the focus.
    pub(crate) async fn types(&self, text: &str) {
        let started = Instant::now();
        loop {
            let focused = self.client.active_element().await.unwrap();
            match focused.send_keys(text).await {
                Ok(()) => return,
                // It was redrawn between the two questions; nothing was typed yet.
                Err(error)
                    if error.is_stale_element_reference() && started.elapsed() < PATIENCE =>
                {
                    tokio::time::sleep(GLANCE).await;
                }
                Err(error) => panic!("typing {text:?}: {error}"),
            }
        }
    }

    /// Writes a message and sends it.
    pub(crate) async fn says(&self, text: &str) {
        let field = self.find(".composer textarea").await;
        field.send_keys(text).await.unwrap();
        field.send_keys(&enter()).await.unwrap();
    }

    /// Chooses somebody to be.
    pub(crate) async fn becomes(&self, name: &str) {
        self.click(".who", "").await;
        self.click(".person", name).await;
        self.find_with(".who strong", name).await;
    }

    pub(crate) async fn save(&self, path: &std::path::Path) {
        let png = self.client.screenshot().await.unwrap();
        tokio::fs::write(path, png).await.unwrap();
    }
}

pub(crate) fn enter() -> String {
    char::from(fantoccini::key::Key::Enter).to_string()
}
