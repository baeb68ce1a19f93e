//! The story that the README tells.

use std::process::{Command, Output};

fn demo() -> (Output, tempfile::TempDir, tempfile::TempDir) {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = Command::new(env!("CARGO_BIN_EXE_sameday"))
        .args(["demo", "--told", "--pace", "0"])
        .current_dir(folder.path())
        .env_clear()
        // Where it keeps its database while it runs.
        .env("TMPDIR", temporary.path())
        .output()
        .unwrap();
    (output, folder, temporary)
}

#[test]
fn the_demo_runs_from_an_empty_folder_and_leaves_nothing_behind() {
    let (output, folder, temporary) = demo();
    let logged = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{}: {logged}", output.status);
    // Where Discord's schemas are missing, discord-sim says so here; that is no ERROR.
    assert!(!logged.contains("ERROR"), "{logged}");
    for place in [&folder, &temporary] {
        let left: Vec<_> = place.path().read_dir().unwrap().collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }

    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!told.contains('\x1b'), "colours are for terminals");
    let widest = told.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{widest:?} columns");
    let readme = include_str!("../../../README.md");
    assert!(
        readme.contains(told.trim_end()),
        "README.md shows another story than the demo tells: put this there\n{told}"
    );
    // Words, however the lines are broken.
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = words.as_str();
    for beat in [
        "simulated",
        "Wednesday 10:02",
        "A human will answer by today 17:00 (in 7 hours)",
        "[Claim] [Resolve]",
        "There is an answer",
        "Wednesday 15:00",
        "2 answers are due soon",
        "(pings Eva and Tom)",
        "It's yours",
        "@Eva is on it",
        "@Eva has this one",
        "Wednesday 15:55",
        "A human will answer by tomorrow 17:00",
        "This is later than we promised",
        "1 answer is overdue",
        "(pings Mia)",
        "longest wait first",
        "Thursday 08:30",
        "I was away from",
        "Policy same day",
        "too late",
        "Resolved by @Ann",
        "5 tickets, 5 answered, 1 of them late",
        "Everything is as it should be",
        "Everything was delivered",
        "README.md",
    ] {
        let Some((_, after)) = rest.split_once(beat) else {
            panic!("{beat:?} is missing, or not where it belongs:\n{told}");
        };
        rest = after;
    }
}
