//! The house rules that a compiler does not check.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which modules each module may import. Arrows point one way; what is not listed is refused.
const LAYERS: [(&str, &[&str]); 15] = [
    ("domain", &[]),
    ("clock", &["domain"]),
    ("config", &["domain"]),
    ("store", &["domain"]),
    ("settings", &["config", "domain", "store"]),
    ("ledger", &["clock", "domain", "store"]),
    ("outbox", &["clock", "domain", "ledger", "store"]),
    ("text", &["config", "domain", "ledger", "settings", "store"]),
    ("gateway", &["domain"]),
    (
        "github",
        &[
            "clock", "config", "domain", "ledger", "outbox", "store", "text",
        ],
    ),
    ("web", &["domain", "github", "ledger", "store"]),
    (
        "discord",
        &[
            "clock", "config", "domain", "gateway", "github", "ledger", "outbox", "settings",
            "store", "text",
        ],
    ),
    ("backtest", &["domain", "config"]),
    (
        "app",
        &[
            "clock", "config", "discord", "domain", "gateway", "github", "ledger", "outbox",
            "settings", "store", "text", "web",
        ],
    ),
    (
        "demo",
        &[
            "app", "clock", "config", "discord", "domain", "store", "text",
        ],
    ),
];

/// Crates that the pure core must not know.
const NOT_IN_DOMAIN: [&str; 7] = [
    "serenity", "poise", "sqlx", "tokio", "reqwest", "tracing", "std::fs",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file without its comments.
fn code(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The module at the top of `src` that a file belongs to.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap();
    let name = first.as_os_str().to_str().unwrap();
    name.trim_end_matches(".rs").to_owned()
}

/// The words right after each `crate::`, those in braces too.
fn imports(code: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    };
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        let Some(list) = after.strip_prefix('{') else {
            found.push(word(after));
            continue;
        };
        let mut depth = 0_u32;
        let mut item = true;
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => item = true,
                _ if item && c.is_ascii_alphabetic() => {
                    found.push(word(&list[at..]));
                    item = false;
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn arrows_point_one_way() {
    let layers: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    assert!(files.len() > 10, "only {} files found", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let module = module(&path);
        if module == "lib" || module == "main" {
            continue;
        }
        let code = code(&path);
        let Some(allowed) = layers.get(module.as_str()) else {
            wrong.push(format!("{module} has no row in LAYERS"));
            continue;
        };
        for import in imports(&code) {
            let known = layers.contains_key(import.as_str());
            if known && import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} imports {import}", path.display()));
            }
        }
        if module == "domain" {
            for name in NOT_IN_DOMAIN {
                if code.contains(&format!("{name}::")) {
                    wrong.push(format!("{} knows {name}", path.display()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "against the layer rules:\n{}",
        wrong.join("\n")
    );
}

/// Every setting stands where people look for it.
#[test]
fn every_setting_is_explained() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for (name, what) in sameday::config::VARIABLES {
        assert!(readme.contains(&format!("| `{name}` | {what}")), "{name}");
    }
    let example = sameday::config::EXAMPLE;
    let written = ["file.rs", "attention.rs"].map(|name| {
        let source = fs::read_to_string(root().join("src/config").join(name)).unwrap();
        let structs = source.split("impl Section").next().unwrap();
        let structs = structs.split("pub(super) fn parse").next().unwrap();
        structs.to_owned()
    });
    for line in written.iter().flat_map(|text| text.lines()) {
        let Some((key, kind)) = line.trim().split_once(": ") else {
            continue;
        };
        let key = key.trim_start_matches("pub ");
        let is_field =
            kind.ends_with(',') && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        // The days of the week are explained together.
        let is_day = key.ends_with("day") || key == "weekdays";
        if is_field && !is_day {
            assert!(example.contains(key), "deploy/sameday.toml lacks {key}");
        }
    }
}

#[test]
fn imports_are_found() {
    let code = "use crate::{domain::{ids::UserId, x}, store}; fn f() { crate::ledger::g() }";
    assert_eq!(imports(code), ["domain", "store", "ledger"]);
}
