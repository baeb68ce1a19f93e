//! Help threads of real size, made up from a handful of words.
//!
//! Their lengths follow what 2,900 public help threads showed: 5 messages in the middle and 22 in
//! the longest tenth, a quarter without an answer; a first message of 300 characters (1,200), later
//! ones of 100 (440); a title of 40; a log in four of ten. Nothing of their text is in here.

use std::fmt::Write as _;

use chrono::TimeDelta;
use fastrand::Rng;

/// A thread that somebody will open.
pub(super) struct Thread {
    /// When, after the beginning.
    pub(super) at: TimeDelta,
    /// Who, by number.
    pub(super) asker: usize,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) replies: Vec<Reply>,
}

/// A message in it.
pub(super) struct Reply {
    /// When, after the thread was opened.
    pub(super) after: TimeDelta,
    pub(super) by: Author,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    Asker,
    /// Somebody of the community, by number.
    Other(usize),
    Staff,
}

/// What Discord takes in one message.
const LONGEST: usize = 2_000;

/// Threads over a length of time, the same for the same seed, in the order they are opened.
pub(super) fn threads(seed: u64, count: usize, people: usize, over: TimeDelta) -> Vec<Thread> {
    let mut rng = Rng::with_seed(seed);
    let mut threads: Vec<Thread> = (0..count).map(|_| thread(&mut rng, people, over)).collect();
    threads.sort_by_key(|thread| thread.at);
    threads
}

fn thread(rng: &mut Rng, people: usize, over: TimeDelta) -> Thread {
    let asker = rng.usize(..people);
    let minutes = over.num_minutes();
    let messages = spread(rng, 5.0, 1.16).clamp(1, 60);
    let unanswered = rng.f64() < 0.25;
    let mut after = TimeDelta::zero();
    let replies = (1..messages).map(|number| {
        // A talk is slow to begin, and then goes to and fro.
        let pause = if number == 1 { 40.0 } else { 6.0 };
        after += TimeDelta::seconds(i64::try_from(spread(rng, pause * 60.0, 1.2)).unwrap_or(60));
        let by = match rng.u8(..10) {
            _ if unanswered => Author::Asker,
            0..=3 if (2..messages - 1).contains(&number) => Author::Asker,
            4..=6 => Author::Staff,
            _ => Author::Other((asker + 1 + rng.usize(..people - 1)) % people),
        };
        let length = spread(rng, 103.0, 1.14);
        let words = if by == Author::Asker {
            FOLLOW_UPS
        } else {
            ANSWERS
        };
        Reply {
            after,
            by,
            text: text(rng, words, length),
        }
    });
    let replies = replies.collect();
    let length = spread(rng, 300.0, 1.09);
    Thread {
        at: TimeDelta::minutes(rng.i64(0..minutes)),
        asker,
        title: title(rng),
        text: text(rng, DETAILS, length),
        replies,
    }
}

fn title(rng: &mut Rng) -> String {
    let (subject, fault) = (pick(rng, SUBJECTS), pick(rng, FAULTS));
    let (place, task) = (pick(rng, PLACES), pick(rng, TASKS));
    match rng.u8(..4) {
        0 => format!("How do I {task}?"),
        1 => format!("{subject} {fault}"),
        2 => format!("{subject} {fault} {place}"),
        _ => format!("Is there a way to {task} {place}?"),
    }
}

/// About so many characters of these sentences, and a log where there is room for one.
fn text(rng: &mut Rng, sentences: &[&str], length: usize) -> String {
    let length = length.clamp(12, LONGEST - 200);
    let mut text = String::new();
    while text.is_empty() || text.len() + 30 < length {
        if length > 350 && text.len() > length / 4 && !text.contains("```") {
            let lines = (length - text.len()) / 2 / 60;
            text.push_str(&log(rng, lines.clamp(2, 14)));
            continue;
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push(' ');
        }
        let sentence = pick(rng, sentences).replace("{place}", pick(rng, PLACES));
        text.push_str(&sentence.replace("{number}", &rng.u16(2..900).to_string()));
    }
    text
}

fn log(rng: &mut Rng, lines: usize) -> String {
    let mut log = "\n```text\n".to_owned();
    let (mut second, job) = (rng.u32(..40_000), rng.u16(..9_999));
    for _ in 0..lines {
        second += rng.u32(..20);
        let line = pick(rng, LOG).replace("{number}", &rng.u16(..999).to_string());
        let (hour, minute) = (second / 3_600 % 24, second / 60 % 60);
        // Writing to a String cannot fail.
        writeln!(
            log,
            "{hour:02}:{minute:02}:{:02} [{job}] {line}",
            second % 60
        )
        .unwrap_or_default();
    }
    log + "```\n"
}

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    rng.choice(from).copied().unwrap_or_default()
}

/// A number of a long-tailed kind around a median: log-normal.
fn spread(rng: &mut Rng, median: f64, sigma: f64) -> usize {
    let (a, b) = (1.0 - rng.f64(), rng.f64());
    let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
    let value = (median * (sigma * normal).exp()).round().min(1e6);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and a million"
    )]
    let whole = value as usize;
    whole
}

const SUBJECTS: &[&str] = &[
    "The export",
    "The importer",
    "Sync",
    "Login",
    "Search",
    "The command line",
    "The scheduler",
    "Backup",
    "The installer",
    "The plugin API",
    "The web hook",
    "Undo",
    "The table view",
    "Printing",
    "The mail gateway",
    "The update",
    "The licence check",
];
const FAULTS: &[&str] = &[
    "hangs at 99 %",
    "stops after a few minutes",
    "shows an empty list",
    "fails with a timeout",
    "forgets its settings",
    "is slower than last week",
    "prints nothing at all",
    "asks for the password again and again",
    "drops the last row",
    "needs twice the memory",
    "does not see new files",
    "crashes with exit code 139",
    "loses umlauts",
];
const PLACES: &[&str] = &[
    "on macOS",
    "behind a proxy",
    "in Docker",
    "on Windows 11",
    "since 1.4.0",
    "after the update",
    "on a fresh install",
    "with two users",
    "over VPN",
    "on ARM",
    "on Fedora",
    "in CI",
];
const TASKS: &[&str] = &[
    "move my projects to another machine",
    "run it without a window",
    "turn off the sounds",
    "merge two tables",
    "see who changed a row",
    "use my own certificate",
    "import a 2 GB file",
    "schedule the export",
    "share a view with my team",
    "undo a merge",
    "find the log",
];
const DETAILS: &[&str] = &[
    "Since this morning it does that every time.",
    "I see this {place}, nowhere else.",
    "It worked until last Friday.",
    "I have {number} tables, none of them large.",
    "What I expect: it finishes, as it always did.",
    "What I get is below.",
    "I tried to turn it off and on again, of course.",
    "A colleague has the same {place}.",
    "The progress bar goes to {number} and stays there.",
    "Is that known?",
    "I read the handbook twice and found nothing about it.",
    "Removing the cache changes nothing.",
    "With a new project it works, with the old one it does not.",
    "Any idea where to look?",
    "The machine has 16 GB, and half of it is free.",
    "I can send the file if that helps.",
    "It is not urgent, but my team waits for it.",
    "Version 1.4.0, {place}.",
    "Sorry if this has been asked before!",
    "What I did: open it, press *Run*, wait.",
];
const FOLLOW_UPS: &[&str] = &[
    "Yes, {place}.",
    "No, the same as before.",
    "That was it, thank you!",
    "Still the same.",
    "I did that now, and it stops at {number}.",
    "Here is what it prints.",
    "Hm, where do I find that?",
    "Oh. I had not seen that switch.",
    "It works {place} but not at my desk.",
    "Anybody?",
    "After a restart it ran once, and then never again.",
    "I will try tonight and tell you.",
];
const ANSWERS: &[&str] = &[
    "Which version is it?",
    "Does it happen {place} too?",
    "Can you show the log?",
    "That is a known bug of 1.4.0; 1.4.1 is out.",
    "Try `acme --verbose` and look for *lock*.",
    "Delete `~/.cache/acme` and start it again.",
    "You need `jobs = {number}` in the settings.",
    "I can see it here as well, and have written it down.",
    "It should not do that.",
    "Look at Settings, Advanced, and turn *prefetch* off.",
    "The limit is {number} rows per page.",
    "Take the export of *one* table first, then we know more.",
    "That works as long as both use the same zone.",
];
const LOG: &[&str] = &[
    "info  open project, {number} tables",
    "info  lock taken",
    "warn  retry {number}",
    "error timeout after {number} s",
    "debug cache: {number} of 1000 hits",
    "info  wrote {number} rows",
    "warn  slow disk: {number} ms",
    "error exit status {number}",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Vec<Thread> {
        threads(7, 1_000, 40, TimeDelta::hours(8))
    }

    /// The value that so many in a hundred of a sample do not exceed.
    fn share(mut sample: Vec<usize>, percent: usize) -> usize {
        sample.sort_unstable();
        sample[sample.len() * percent / 100]
    }

    #[test]
    fn they_are_as_long_as_real_ones() {
        let threads = made();
        let sample = |of: fn(&Thread) -> usize| threads.iter().map(of).collect::<Vec<_>>();
        let messages = sample(|thread| thread.replies.len() + 1);
        assert!((4..=6).contains(&share(messages.clone(), 50)));
        assert!((17..=27).contains(&share(messages, 90)));
        let first = sample(|thread| thread.text.len());
        assert!((240..=360).contains(&share(first.clone(), 50)));
        assert!((950..=1_500).contains(&share(first, 90)));
        let title = sample(|thread| thread.title.len());
        assert!((28..=50).contains(&share(title, 50)));
        let logs = threads.iter().filter(|thread| thread.text.contains("```"));
        assert!((300..=550).contains(&logs.count()));
        let silent = threads.iter().filter(|thread| {
            let mut by = thread.replies.iter().map(|reply| reply.by);
            by.all(|by| by == Author::Asker)
        });
        assert!((250..=480).contains(&silent.count()));
    }

    #[test]
    fn discord_takes_them_and_they_are_the_same_each_time() {
        for (one, other) in made().iter().zip(made()) {
            assert!(one.title.chars().count() <= 100, "{}", one.title);
            let texts = one.replies.iter().map(|reply| &reply.text);
            for text in texts.chain([&one.text]) {
                assert!((1..=LONGEST).contains(&text.chars().count()), "{text}");
                assert_eq!(text.matches("```").count() % 2, 0, "{text}");
                assert!(!text.contains('{'), "{text}");
            }
            assert_eq!((&one.text, one.at), (&other.text, other.at));
            let others = one.replies.iter().map(|reply| reply.by);
            assert!(!others.into_iter().any(|by| by == Author::Other(one.asker)));
        }
    }
}
