use super::similar::{likeness, telling_words};
use super::*;
use crate::domain::from_millis;

fn at(minute: i64) -> Timestamp {
    from_millis(1_795_000_000_000 + minute * 60_000).unwrap()
}

fn name(number: u64) -> IssueName {
    IssueName {
        repository: "acme/widgets".to_owned(),
        number,
    }
}

fn open(minute: i64) -> Known {
    Known {
        name: name(12),
        title: "It turns left".to_owned(),
        url: None,
        state: IssueState::Open,
        labels: vec!["bug".to_owned()],
        fix: None,
        released_in: None,
        not_in: Vec::new(),
        comments: 0,
        updated_at: at(minute),
    }
}

fn closed(minute: i64, reason: CloseReason) -> Known {
    Known {
        state: IssueState::Closed {
            reason,
            at: at(minute),
        },
        ..open(minute)
    }
}

fn reads(known: &Known, now: Known) -> (Known, Vec<News>) {
    take(known, &Reading::There { now: Box::new(now) })
}

#[test]
fn what_is_the_same_is_no_news() {
    assert_eq!(reads(&open(1), open(1)), (open(1), vec![]));
    // Somebody commented: only the instant is another.
    assert_eq!(reads(&open(1), open(5)), (open(5), vec![]));
}

#[test]
fn an_older_reading_changes_nothing() {
    let now = closed(5, CloseReason::Completed);
    assert_eq!(reads(&now, open(1)), (now.clone(), vec![]));
}

#[test]
fn closing_is_said_once_and_again_when_it_was_reopened() {
    let done = closed(5, CloseReason::NotPlanned);
    let (known, news) = reads(&open(1), done.clone());
    let said = News::Closed {
        reason: CloseReason::NotPlanned,
        by: None,
    };
    assert_eq!(news, vec![said.clone()]);
    assert_eq!(reads(&known, done).1, vec![]);
    let (known, news) = reads(&known, open(7));
    assert_eq!(news, vec![News::Reopened]);
    assert_eq!(
        reads(&known, closed(9, CloseReason::NotPlanned)).1,
        vec![said]
    );
}

#[test]
fn a_close_and_reopen_between_two_looks_is_nothing_to_tell() {
    assert_eq!(reads(&open(1), open(9)).1, vec![]);
}

#[test]
fn the_release_with_the_fix_is_said_once() {
    let mut fixed = closed(5, CloseReason::Completed);
    fixed.fix = Some(Fix {
        by: Some(name(13)),
        commit: Some("c0ffee".to_owned()),
        at: at(5),
    });
    let (known, _) = reads(&open(1), fixed.clone());
    fixed.released_in = Some("v1.4".to_owned());
    let (known, news) = reads(&known, fixed.clone());
    let released = News::Released {
        tag: "v1.4".to_owned(),
        certain: true,
    };
    assert_eq!(news, vec![released.clone()]);
    // A later look finds a later release first, or none: the first one stays.
    fixed.released_in = Some("v1.5".to_owned());
    let (known, news) = reads(&known, fixed.clone());
    assert_eq!(news, vec![]);
    let (known, _) = reads(&known, open(8));
    assert_eq!(known.released_in, None);
    // Closed and released anew, it is told anew.
    // Nobody knows by which commit.
    let again = Known {
        released_in: Some("v1.6".to_owned()),
        ..closed(9, CloseReason::Completed)
    };
    let (_, news) = reads(&known, again);
    assert!(news.contains(&News::Released {
        tag: "v1.6".to_owned(),
        certain: false,
    }));
}

#[test]
fn what_was_not_planned_is_in_no_release() {
    let now = Known {
        released_in: Some("v2".to_owned()),
        ..closed(5, CloseReason::NotPlanned)
    };
    let (known, news) = reads(&open(1), now);
    assert_eq!((known.released_in, news.len()), (None, 1));
}

#[test]
fn moved_renamed_labelled_and_gone() {
    let mut now = open(5);
    now.name = IssueName {
        repository: "acme/gadgets".to_owned(),
        number: 3,
    };
    now.title = "It turns right".to_owned();
    now.labels = vec!["feature".to_owned()];
    let (known, news) = reads(&open(1), now);
    assert_eq!(
        news,
        vec![
            News::Moved { from: name(12) },
            News::Renamed {
                title: "It turns right".to_owned()
            },
            News::Labelled {
                added: vec!["feature".to_owned()],
                removed: vec!["bug".to_owned()],
            },
        ]
    );
    let (known, news) = take(&known, &Reading::Gone);
    assert_eq!(news, vec![News::Gone]);
    assert_eq!(take(&known, &Reading::Gone).1, vec![]);
}

#[test]
fn likely_duplicates_share_words_that_say_something() {
    assert_eq!(
        telling_words("How can I use the Widget API with WIDGET_TOKEN?"),
        ["widget", "api", "widget_token"]
    );
    assert!(likeness("Widget turns left on start", "The widget turns left") > 50);
    assert_eq!(likeness("How do I help you?", "Please help with this"), 0);
    assert_eq!(likeness("", ""), 0);
}
