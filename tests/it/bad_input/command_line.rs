//! What the program says in a terminal when something is wrong: one line, and exit code 1.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Command, Output};

use insta::assert_snapshot;
use sameday::config::EXAMPLE;
use sameday::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

/// A token that must never be seen anywhere.
const TOKEN: &str = "MTk4NjIyNDgzNDcxOTI1MjQ4.secret.ZnCjm1XVW7vRze4b7Cq4se7kKWs";

/// A folder with a settings file in it.
struct Terminal {
    folder: TempDir,
}

impl Terminal {
    /// With the example's settings, changed like this.
    fn with(change: impl FnOnce(&str) -> String) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("sameday.toml"), change(EXAMPLE)).unwrap();
        Self { folder }
    }

    fn new() -> Self {
        Self::with(str::to_owned)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sameday"));
        command.args(arguments).current_dir(self.folder.path());
        command.env_clear().env("DISCORD_TOKEN", TOKEN);
        // Nobody lives there: what is wrong is found before anybody is asked.
        command.env("SAMEDAY_DISCORD_API", "http://127.0.0.1:1");
        command
    }

    /// The one line it says before it ends.
    fn refusal(&self, command: &mut Command) -> String {
        said(&command.output().unwrap())
            .replace(&self.folder.path().display().to_string(), "FOLDER")
    }

    fn refuses(&self, arguments: &[&str]) -> String {
        self.refusal(&mut self.command(arguments))
    }
}

fn said(output: &Output) -> String {
    let (out, err) = (
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    );
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert_eq!(out, "");
    assert!(!err.contains(TOKEN));
    let [line] = err.lines().collect::<Vec<_>>()[..] else {
        panic!("not one line: {err}");
    };
    line.to_owned()
}

#[test]
fn no_token_or_none_that_looks_like_one() {
    let terminal = Terminal::new();
    let mut run = terminal.command(&["run"]);
    assert_snapshot!(terminal.refusal(run.env_remove("DISCORD_TOKEN")), @"sameday: DISCORD_TOKEN is not set: copy the bot's token from the Developer Portal (Bot, Reset Token) and set it.");
    let mut run = terminal.command(&["run"]);
    assert_snapshot!(terminal.refusal(run.env("DISCORD_TOKEN", "Bot abc")), @r#"sameday: DISCORD_TOKEN holds no token: it must be one word without spaces, without the prefix "Bot"."#);
}

#[test]
fn an_address_that_cannot_be_the_api() {
    let terminal = Terminal::new();
    let said = [
        "http://discord.example.org",
        "discord.com",
        "ftp://discord.com",
        "https://discord.com/api/v9",
        "https://me:password@discord.com",
    ]
    .map(|api| terminal.refusal(terminal.command(&["run"]).env("SAMEDAY_DISCORD_API", api)));
    assert_snapshot!(said.join("\n"), @r#"
    sameday: SAMEDAY_DISCORD_API is "http://discord.example.org": plain http:// is only for this machine (127.0.0.1); the token would travel in the clear.
    sameday: SAMEDAY_DISCORD_API is "discord.com": that is no address; write it like https://discord.com.
    sameday: SAMEDAY_DISCORD_API is "ftp://discord.com": write it with https://.
    sameday: SAMEDAY_DISCORD_API must end after the host, /api or /api/v10, but has "/api/v9" as well
    sameday: SAMEDAY_DISCORD_API must end after the host, /api or /api/v10, but has "a user name" as well
    "#);
}

#[test]
fn a_log_filter_that_is_none() {
    let terminal = Terminal::new();
    let mut run = terminal.command(&["run"]);
    assert_snapshot!(terminal.refusal(run.env("SAMEDAY_LOG", "sameday=loud=1")), @r#"sameday: SAMEDAY_LOG is "sameday=loud=1", which is no filter; write it like `info` or `sameday=debug`"#);
}

#[test]
fn settings_that_cannot_be_used() {
    let change = |from: &'static str, to: &'static str| {
        assert!(EXAMPLE.contains(from), "{from}");
        Terminal::with(|text| text.replace(from, to)).refuses(&["run"])
    };
    let said = [
        change("staff_channel =", "stuff_channel ="),
        change("staff_channel = \"100000000000000013\"\n", ""),
        change(
            "channels = [\"100000000000000011\", \"100000000000000012\"]",
            "channels = []",
        ),
        change("\"100000000000000013\"", "\"staff\""),
        change("Europe/Berlin", "Europe/Potsdam"),
        change("[\"09:00-17:00\"]", "[\"09:00-13:00\", \"12:00-17:00\"]"),
        change("[\"09:00-17:00\"]", "[\"17:00-09:00\"]"),
        change("calendar = \"support\"", "calendar = \"suport\""),
        change("[guild]", "[guild"),
        change("database = \"sameday.db\"", "database = \"\u{202e}\u{0}\""),
    ];
    assert_snapshot!(said.join("\n"), @r#"
    sameday: In the settings file sameday.toml: line 22: unknown field `stuff_channel`, expected one of `id`, `channels`, `staff_roles`, `moderator_roles`, `staff_channel`, `moderator_channel`, `enforce_from`, `no_reply`.
    sameday: In the settings file sameday.toml: line 13: missing field `staff_channel`.
    sameday: In the settings file sameday.toml: guild.channels is empty: name at least a forum or a text channel.
    sameday: In the settings file sameday.toml: line 22: `staff` is no Discord id: copy it in Discord with Developer Mode on (right click, Copy ID).
    sameday: In the settings file sameday.toml: calendar.support: there is no time zone "Europe/Potsdam"; write an IANA name such as Europe/Berlin or UTC.
    sameday: In the settings file sameday.toml: calendar.support: the support hours of Monday overlap: 09:00-13:00 and 12:00-17:00.
    sameday: In the settings file sameday.toml: line 40: the support hours `17:00-09:00` end before they begin: hours that run past midnight are two blocks, such as `22:00-24:00` and, on the next day, `00:00-06:00`.
    sameday: In the settings file sameday.toml: policy "enterprise": there is no calendar "suport"; add [calendar.suport] or use one of: around_the_clock, support.
    sameday: In the settings file sameday.toml: line 13: unclosed table, expected `]`.
    sameday: In the settings file sameday.toml: line 6: invalid basic string, expected non-double-quote visible characters, `\`.
    "#);
}

#[test]
fn every_command_reads_the_same_settings() {
    let terminal = Terminal::with(|text| text.replace("Europe/Berlin", "Europe/Potsdam"));
    let run = terminal.refuses(&["run"]);
    assert_eq!(terminal.refuses(&["check"]), run);
    assert_eq!(terminal.refuses(&["outbox"]), run);
    assert_eq!(terminal.refuses(&["outbox", "--retry", "1"]), run);
    fs::write(terminal.path("threads.jsonl"), "").unwrap();
    let policy = ["backtest", "threads.jsonl", "--policy", "sameday.toml"];
    assert_eq!(terminal.refuses(&policy), run);
}

#[test]
fn settings_that_are_not_there() {
    let terminal = Terminal::new();
    let said = [
        terminal.refuses(&["run", "--config", "other.toml"]),
        terminal.refuses(&["run", "--config", "."]),
    ];
    assert_snapshot!(said.join("\n"), @"
    sameday: The settings file other.toml is not there: copy deploy/sameday.toml to it and fill it in.
    sameday: The settings file . cannot be read (Is a directory (os error 21)).
    ");
    fs::write(terminal.path("sameday.toml"), b"[guild]\nid = \"\xff\"").unwrap();
    assert_snapshot!(terminal.refuses(&["run"]), @"sameday: The settings file sameday.toml is not UTF-8 text.");
}

#[test]
fn recorded_threads_that_are_none() {
    let terminal = Terminal::new();
    fs::write(
        terminal.path("words.jsonl"),
        "These are no threads.\nNor is this.\n",
    )
    .unwrap();
    fs::write(terminal.path("words.jsonl.gz"), "This is not compressed.").unwrap();
    let said = ["nowhere.jsonl", ".", "words.jsonl", "words.jsonl.gz"]
        .map(|file| terminal.refuses(&["backtest", file]));
    assert_snapshot!(said.join("\n"), @"
    sameday: nowhere.jsonl cannot be opened: No such file or directory (os error 2).
    sameday: Reading stopped in line 1: Is a directory (os error 21).
    sameday: Line 1 is no recorded thread: expected value (column 1).
    sameday: Line 1 is no recorded thread: expected value (column 1).
    ");
}

#[tokio::test]
async fn a_database_in_use() {
    let terminal = Terminal::new();
    let store = Store::open(&terminal.path("sameday.db")).await.unwrap();
    assert_snapshot!(terminal.refuses(&["run"]), @"sameday: sameday.db is in use by another sameday process; stop that one first, only one process may use a database file");
    assert_snapshot!(terminal.refuses(&["outbox", "--retry", "1"]), @"sameday: sameday.db is in use by another sameday process; stop that one first, only one process may use a database file");
    // Looking is allowed.
    let looked = terminal.command(&["check"]).output().unwrap();
    assert!(looked.status.success(), "{looked:?}");
    drop(store);
}

#[tokio::test]
async fn a_database_of_another_version() {
    let terminal = Terminal::new();
    drop(Store::open(&terminal.path("sameday.db")).await.unwrap());
    tamper(
        &terminal.path("sameday.db"),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of the future', 1, x'00', 1)",
    )
    .await;
    let newer = terminal.refuses(&["run"]);
    let known = "SELECT max(version) FROM _sqlx_migrations WHERE version < 9999";
    let known = query(&terminal.path("sameday.db"), known).await;
    let told = newer.replace(&format!("knows {known}"), "knows KNOWN");
    assert_snapshot!(told, @"sameday: sameday.db was written by a newer version of sameday (schema 9999, this one knows KNOWN); run that version, or restore a backup made before the upgrade");
    assert_eq!(terminal.refuses(&["check"]), newer);
    assert_eq!(terminal.refuses(&["outbox"]), newer);
}

#[tokio::test]
async fn a_database_that_is_damaged_or_none() {
    let terminal = Terminal::new();
    let path = terminal.path("sameday.db");
    drop(Store::open(&path).await.unwrap());
    tamper(&path, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let size = fs::metadata(&path).unwrap().len();
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(size - 4096).unwrap()])
        .unwrap();
    drop(file);
    assert_snapshot!(terminal.refuses(&["run"]), @"sameday: sameday.db is damaged (error returned from database: (code: 11) database disk image is malformed); restore a backup, or copy what is left with `sqlite3 sameday.db .recover`");

    let terminal = Terminal::new();
    fs::write(terminal.path("sameday.db"), "A shopping list. ".repeat(99)).unwrap();
    let none = terminal.refuses(&["run"]);
    assert_snapshot!(none, @"sameday: sameday.db is not a database of sameday; name another file, or restore a backup");
    assert_eq!(terminal.refuses(&["check"]), none);

    let terminal = Terminal::new();
    tamper(
        &terminal.path("sameday.db"),
        "CREATE TABLE recipe (name TEXT)",
    )
    .await;
    assert_eq!(terminal.refuses(&["run"]), none);
    let recipes = query(&terminal.path("sameday.db"), "SELECT count(*) FROM recipe").await;
    assert_eq!(recipes, 0, "the other program's file is as it was");
}

#[test]
fn a_database_in_a_place_that_cannot_be_written() {
    let terminal = Terminal::new();
    fs::write(terminal.path("file"), "").unwrap();
    let said = ["nowhere/sameday.db", "file/sameday.db", "."].map(|place| {
        let mut run = terminal.command(&["run"]);
        terminal.refusal(run.env("SAMEDAY_DATABASE", place))
    });
    assert_snapshot!(said.join("\n"), @"
    sameday: nowhere/sameday.db cannot be written (No such file or directory (os error 2)); check that its folder exists and belongs to the user who runs sameday, and that the disk has room
    sameday: file/sameday.db cannot be written (Not a directory (os error 20)); check that its folder exists and belongs to the user who runs sameday, and that the disk has room
    sameday: . cannot be written (error returned from database: (code: 14) unable to open database file); check that its folder exists and belongs to the user who runs sameday, and that the disk has room
    ");
    let mut check = terminal.command(&["check"]);
    let said = terminal.refusal(check.env("SAMEDAY_DATABASE", "nowhere.db"));
    assert_snapshot!(said, @"sameday: there is no database nowhere.db; name the right file in the settings, or start the bot once to create it");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full() {
    let terminal = Terminal::new();
    // No file of this process may grow: as good as a full disk, and everybody may do it.
    let mut run = Command::new("sh");
    run.arg("-c")
        .arg("trap '' XFSZ; ulimit -f 0; exec \"$0\" run");
    run.arg(env!("CARGO_BIN_EXE_sameday"));
    run.current_dir(terminal.folder.path())
        .env("DISCORD_TOKEN", TOKEN);
    run.env("SAMEDAY_DISCORD_API", "http://127.0.0.1:1");
    assert_snapshot!(terminal.refusal(&mut run), @"sameday: sameday.db cannot be written (error returned from database: (code: 778) disk I/O error); check that its folder exists and belongs to the user who runs sameday, and that the disk has room");
}

#[tokio::test]
async fn a_dead_letter_that_is_none() {
    let terminal = Terminal::new();
    drop(Store::open(&terminal.path("sameday.db")).await.unwrap());
    assert_snapshot!(terminal.refuses(&["outbox", "--retry", "99"]), @"sameday: there is no dead letter with the number 99; `sameday outbox` lists them");
}

async fn tamper(path: &Path, statement: &'static str) {
    let mut connection = connect(path).await;
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

async fn query(path: &Path, question: &'static str) -> i64 {
    let mut connection = connect(path).await;
    let answer = sqlx::query_scalar(question)
        .fetch_one(&mut connection)
        .await;
    connection.close().await.unwrap();
    answer.unwrap()
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    options.connect().await.unwrap()
}
