//! A real Chromium without a window, driven by chromedriver over plain `WebDriver`
//! (<https://www.w3.org/TR/webdriver2/>). Whoever tests a page in this workspace includes this file.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What to call Debian's packages when they are missing.
const MISSING: &str = "chromedriver is not installed (Debian: chromium, chromium-driver)";
/// Runs the driver, and ends it with every browser of its own when our end of the pipe is gone:
/// closed by a test that fails, or with a test that is killed.
const DRIVE: &str = "command -v chromedriver >/dev/null || exit
    chromedriver --port=0 &
    exec >&-
    cat >/dev/null
    kill -KILL 0";
/// How long something may take to appear, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long the page looks before it is asked again: a look that began in a page just before that went
/// away is never answered.
const LOOK: Duration = Duration::from_secs(20);

/// The key under which `WebDriver` names a node.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The first node on screen that fits.
const FIND: &str = "[...document.querySelectorAll(css)].find((node) =>
    node.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && node.innerText.includes(text))";
/// Whether no node fits.
const GONE: &str = "![...document.querySelectorAll(css)].some((node) =>
    node.checkVisibility() && node.innerText.includes(text))";

/// Keys without a letter.
pub(crate) mod key {
    pub(crate) const BACKSPACE: &str = "\u{e003}";
    pub(crate) const ENTER: &str = "\u{e007}";
    pub(crate) const ESCAPE: &str = "\u{e00c}";
    pub(crate) const UP: &str = "\u{e013}";
}

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
    http: reqwest::Client,
    /// The session's address.
    session: String,
    _driver: Driver,
    profile: tempfile::TempDir,
}

impl Browser {
    /// None, said loudly, when there is no browser on this machine.
    pub(crate) async fn open(what: &str, look: Look) -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let driver = Command::new("sh")
            .args(["-c", DRIVE])
            .process_group(0)
            // Everybody's screen shows the same, wherever the test runs.
            .env("TZ", "Europe/Berlin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = Driver(driver.unwrap());
        let mut lines = BufReader::new(driver.0.stdout.take().unwrap()).lines();
        let port = loop {
            let Some(line) = lines.next() else {
                discord_sim::env::skip(what, MISSING);
                return None;
            };
            let line = line.unwrap();
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
            "--hide-scrollbars".to_owned(),
            format!(
                "--blink-settings=preferredColorScheme={}",
                u8::from(!look.dark)
            ),
            format!("--window-size={},{}", look.width, look.height),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let mut options = json!({ "args": arguments });
        if look.width < 500 {
            // No window is as narrow as a phone.
            options["mobileEmulation"] = json!({"deviceMetrics": {
                "width": look.width, "height": look.height, "pixelRatio": 2.0, "touch": true}});
        }
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
        }}});
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let address = format!("http://127.0.0.1:{port}/session");
        let opened = ask(http.post(&address).json(&wanted)).await.unwrap();
        let session = format!("{address}/{}", opened["sessionId"].as_str().unwrap());
        let browser = Self {
            http,
            session,
            _driver: driver,
            profile,
        };
        let size = json!({"width": look.width, "height": look.height});
        browser.tell("window/rect", size).await.unwrap();
        let patience = json!({"script": u64::try_from(LOOK.as_millis()).unwrap()});
        browser.tell("timeouts", patience).await.unwrap();
        // Dates are written the same everywhere.
        let locale = json!({"cmd": "Emulation.setLocaleOverride", "params": {"locale": "en-GB"}});
        browser.tell("goog/cdp/execute", locale).await.unwrap();
        Some(browser)
    }

    /// A wish about the session, and its answer.
    async fn tell(&self, what: &str, with: Value) -> Result<Value, Refusal> {
        ask(self
            .http
            .post(format!("{}/{what}", self.session))
            .json(&with))
        .await
    }

    /// Ends it, and proves that no script of the page complained.
    pub(crate) async fn close(self) {
        let errors = self.script("return window.__errors ?? []", vec![]).await;
        ask(self.http.delete(&self.session)).await.unwrap();
        assert_eq!(errors, json!([]), "errors in the page");
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.tell("url", json!({ "url": url })).await.unwrap();
        self.script(
            "window.__errors = [];
             window.addEventListener('error', (e) => window.__errors.push(String(e.message)));
             window.addEventListener('unhandledrejection', (e) => window.__errors.push(String(e.reason)));",
            vec![],
        )
        .await;
    }

    /// Runs a script; what it returns.
    pub(crate) async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let wish = json!({ "script": script, "args": arguments });
        self.tell("execute/sync", wish).await.unwrap()
    }

    /// Runs a script that calls its last argument when it is done; what it calls it with.
    pub(crate) async fn script_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        let wish = json!({ "script": script, "args": arguments });
        self.tell("execute/async", wish).await.unwrap()
    }

    /// Waits for a node that is on screen.
    pub(crate) async fn find(&self, css: &str) -> Element<'_> {
        self.find_with(css, "").await
    }

    /// Waits for a node on screen that contains a text.
    pub(crate) async fn find_with(&self, css: &str, text: &str) -> Element<'_> {
        let Some(found) = self.until(FIND, css, text).await else {
            let screen = self.script("return document.body.innerText", vec![]).await;
            panic!(
                "no {css} with {text:?} on the screen:\n{}",
                screen.as_str().unwrap()
            );
        };
        Element {
            browser: self,
            id: found[ELEMENT].as_str().unwrap().to_owned(),
        }
    }

    /// Waits until no such node is on screen.
    pub(crate) async fn gone(&self, css: &str, text: &str) {
        let gone = self.until(GONE, css, text).await;
        assert!(gone.is_some(), "{css} with {text:?} stays on the screen");
    }

    /// Has the page look with every frame that it draws, until it finds something; what that is. None
    /// when it takes too long.
    async fn until(&self, look: &str, css: &str, text: &str) -> Option<Value> {
        let script = format!(
            "const [css, text, done] = arguments;
             const look = () => {{
                 const found = {look};
                 found ? done(found) : requestAnimationFrame(look);
             }};
             look();"
        );
        let wish = json!({"script": script, "args": [css, text]});
        let started = Instant::now();
        loop {
            match self.tell("execute/async", wish.clone()).await {
                Ok(found) => return Some(found),
                // The page went away meanwhile, for another one.
                Err(_) if started.elapsed() < PATIENCE => {}
                Err(_) => return None,
            }
        }
    }

    /// Waits until the page has drawn once more.
    async fn is_drawn(&self) {
        self.script_async("requestAnimationFrame(arguments[0])", vec![])
            .await;
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
                Err(error) if started.elapsed() > PATIENCE => panic!("{css} {text:?}: {error:?}"),
                Err(_) => self.is_drawn().await,
            }
        }
    }

    /// Types into whatever has the focus.
    pub(crate) async fn types(&self, text: &str) {
        let started = Instant::now();
        loop {
            let focused = self.script("return document.activeElement", vec![]).await;
            let focused = Element {
                browser: self,
                id: focused[ELEMENT].as_str().unwrap().to_owned(),
            };
            match focused.try_typing(text).await {
                Ok(()) => return,
                // It was redrawn between the two questions; nothing was typed yet.
                Err(error)
                    if error.is("stale element reference") && started.elapsed() < PATIENCE =>
                {
                    self.is_drawn().await;
                }
                Err(error) => panic!("typing {text:?}: {error:?}"),
            }
        }
    }

    /// Writes a message and sends it.
    pub(crate) async fn says(&self, text: &str) {
        let field = self.find(".composer textarea").await;
        field.types(text).await;
        field.types(key::ENTER).await;
    }

    /// The folder that only this browser has: its processes can be told by it.
    pub(crate) fn profile(&self) -> &std::path::Path {
        self.profile.path()
    }

    /// Chooses somebody to be.
    pub(crate) async fn becomes(&self, name: &str) {
        self.click(".who", "").await;
        self.click(".person", name).await;
        self.find_with(".who strong", name).await;
    }

    /// Plays the first step of a scene, from the panel, and closes that.
    pub(crate) async fn starts(&self, scene: &str) {
        self.click("#strip [data-key=scenes]", "").await;
        let script = "
            const scenes = [...document.querySelectorAll('.scene')];
            return scenes.findIndex((node) => node.querySelector('h4').innerText === arguments[0])";
        let number = self.script(script, vec![json!(scene)]).await;
        self.click(&format!("[data-key=step{number}]"), "").await;
        // On a phone it closes by itself.
        if self.count("#side:not([hidden])").await > 0 {
            self.click("[data-key=close]", "").await;
        }
    }

    /// Keeps a picture of the screen.
    pub(crate) async fn save(&self, path: &std::path::Path) {
        let picture = ask(self.http.get(format!("{}/screenshot", self.session)));
        let png = decode(picture.await.unwrap().as_str().unwrap());
        tokio::fs::write(path, png).await.unwrap();
    }
}

/// chromedriver, its browser and what watches over them: one group of processes.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // The end of the pipe is the end of the group.
        drop(self.0.stdin.take());
        drop(self.0.wait());
    }
}

/// A node of the page.
pub(crate) struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Element<'_> {
    async fn tell(&self, what: &str, with: Value) -> Result<(), Refusal> {
        let what = format!("element/{}/{what}", self.id);
        self.browser.tell(&what, with).await.map(drop)
    }

    async fn click(&self) -> Result<(), Refusal> {
        self.tell("click", json!({})).await
    }

    async fn try_typing(&self, text: &str) -> Result<(), Refusal> {
        self.tell("value", json!({ "text": text })).await
    }

    /// Types into it.
    pub(crate) async fn types(&self, text: &str) {
        self.try_typing(text).await.unwrap();
    }

    /// Empties a field.
    pub(crate) async fn clear(&self) {
        self.tell("clear", json!({})).await.unwrap();
    }
}

/// Why the driver did not do it.
#[derive(Debug)]
struct Refusal(Value);

impl Refusal {
    fn is(&self, error: &str) -> bool {
        self.0["error"] == error
    }
}

async fn ask(wish: reqwest::RequestBuilder) -> Result<Value, Refusal> {
    let answer = wish.send().await.unwrap();
    let refused = !answer.status().is_success();
    let mut answer: Value = answer.json().await.unwrap();
    let value = answer["value"].take();
    if refused {
        Err(Refusal(value))
    } else {
        Ok(value)
    }
}

/// Base64, as pictures come.
fn decode(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = LETTERS.iter().position(|known| *known == letter).unwrap();
        bits = (bits << 6) | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
            bits &= (1 << held) - 1;
        }
    }
    bytes
}
