//! `sameday demo` as a newcomer types it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::browser::{Browser, Look};

/// Started from an empty folder; `said` is what it prints until the address, included.
struct Running {
    child: Child,
    said: String,
    url: String,
    temporary: tempfile::TempDir,
    folder: tempfile::TempDir,
}

fn run(port: &str) -> Running {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut child = Command::new(env!("CARGO_BIN_EXE_sameday"))
        .args(["demo", "--port", port])
        .current_dir(folder.path())
        .env_clear()
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
    let url = loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended: {said}");
        said.push_str(&line);
        if let Some(url) = line.trim().strip_prefix("http://127.0.0.1:") {
            break format!("http://127.0.0.1:{url}");
        }
    };
    Running {
        child,
        said,
        url,
        temporary,
        folder,
    }
}

impl Running {
    /// Ends it as Ctrl-C does, and proves that nothing is left behind.
    fn ends(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.wait().unwrap();
        let mut logged = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut logged)
            .unwrap();
        assert!(status.success(), "{status}: {logged}");
        assert!(!logged.contains("ERROR"), "{logged}");
        for place in [&self.folder, &self.temporary] {
            let left: Vec<_> = place.path().read_dir().unwrap().collect();
            assert!(left.is_empty(), "left behind: {left:?}");
        }
    }
}

#[tokio::test]
async fn it_opens_a_usable_page_and_leaves_nothing_behind() {
    let Some(browser) = Browser::open("sameday demo", Look::PHONE).await else {
        return;
    };
    let started = Instant::now();
    let running = run("0");
    let said_at = started.elapsed();
    browser.goto(&running.url).await;
    browser.find_with("#strip", "Begin as Ann").await;
    // On a phone the channels come first.
    browser.find_with("#rail .channel", "help-forum").await;
    println!(
        "the address after {said_at:?}, a usable page after {:?}",
        started.elapsed()
    );
    browser.click("#rail .channel", "help-forum").await;
    browser.find_with(".button", "New Post").await;
    let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.script(wide, vec![]).await, serde_json::json!(0));
    browser.close().await;
    running.ends();
}

#[test]
fn where_the_port_is_taken_it_says_so_and_takes_another() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let running = run(&port);
    let words = format!("Port {port} is taken");
    assert!(running.said.contains(&words), "{}", running.said);
    assert!(!running.url.contains(&port), "{}", running.url);
    running.ends();
}
