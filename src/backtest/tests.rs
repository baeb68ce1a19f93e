//! Small recordings whose figures were worked out by hand.

use chrono::Weekday;
use chrono_tz::Tz;

use super::*;
use crate::domain::Calendar;
use crate::domain::event::Priority;
use crate::domain::policy::{AnsweredBy, Match};

/// The same day, Monday to Friday from 9 to 17 UTC, warned two hours before.
pub(super) fn same_day(answered_by: AnsweredBy) -> Policy {
    let calendar = Calendar::week(Tz::UTC)
        .open(
            [
                Weekday::Mon,
                Weekday::Tue,
                Weekday::Wed,
                Weekday::Thu,
                Weekday::Fri,
            ],
            "09:00-17:00".parse().unwrap(),
        )
        .build()
        .unwrap();
    Policy {
        answered_by,
        ..Policy::of("same day", calendar).answering("same day".parse().unwrap())
    }
}

/// A line of a recording. Messages are `(author, instant, marks)`.
fn line(messages: &[(&str, &str, &str)], resolved_at: Option<&str>) -> String {
    let messages: Vec<String> = messages
        .iter()
        .map(|(author, at, marks)| format!(r#"{{"author":"{author}","at":"{at}"{marks}}}"#))
        .collect();
    let resolved_at = resolved_at.map_or("null".to_owned(), |at| format!("\"{at}\""));
    format!(
        "{{\"messages\":[{}],\"resolved_at\":{resolved_at}}}\n",
        messages.join(",")
    )
}

const STAFF: &str = r#","is_staff":true"#;
const BOT: &str = r#","is_bot":true"#;
const SYSTEM: &str = r#","system":"thread renamed""#;

/// Six threads. 2026-11-20 is a Friday.
fn recording() -> String {
    [
        // Answered by community after ten minutes, by staff after an hour.
        line(
            &[
                ("system", "2026-11-20T09:59:59Z", SYSTEM),
                ("ann", "2026-11-20T10:00:00Z", ""),
                ("helpful bot", "2026-11-20T10:00:05Z", BOT),
                ("ann", "2026-11-20T10:05:00Z", ""),
                ("ben", "2026-11-20T10:10:00Z", ""),
                ("eva", "2026-11-20T11:00:00Z", STAFF),
            ],
            None,
        ),
        // After last call: due on Monday 17:00, at risk from 15:00, answered at 16:00.
        line(
            &[
                ("eva", "2026-11-23T16:00:00Z", STAFF),
                ("ann", "2026-11-20T16:00:00Z", ""),
            ],
            None,
        ),
        // Never answered.
        line(
            &[
                ("ann", "2026-11-21T12:00:00Z", ""),
                ("ann", "2026-11-24T12:00:00Z", ""),
            ],
            None,
        ),
        // Nobody asked.
        line(&[("helpful bot", "2026-11-20T10:00:00Z", BOT)], None),
        // Resolved without an answer: nothing is owed.
        line(
            &[("eva", "2026-11-30T09:00:00Z", STAFF)],
            Some("2026-11-30T10:00:00Z"),
        ),
        // Answered in the very millisecond of the due time; the follow-up an hour too late.
        line(
            &[
                ("ann", "2026-11-30T09:00:00Z", ""),
                ("ben", "2026-11-30T17:00:00Z", ""),
                ("ann", "2026-12-01T10:00:00Z", ""),
                ("eva", "2026-12-01T18:00:00Z", STAFF),
            ],
            None,
        ),
    ]
    .concat()
}

fn report(recording: &str, policies: Vec<Policy>) -> Report {
    let [report] = tried(recording.as_bytes(), [policies], |_| {}).unwrap();
    report
}

#[test]
fn figures_worked_out_by_hand() {
    let report = report(&recording(), vec![same_day(AnsweredBy::Anyone)]);
    let mut by_weekday_and_hour = vec![vec![0; 24]; 7];
    by_weekday_and_hour[0][15] = 3;
    by_weekday_and_hour[0][17] = 1;
    by_weekday_and_hour[1][15] = 1;
    by_weekday_and_hour[1][17] = 1;
    let expected = serde_json::json!({
        "threads": 6,
        "without_question": 1,
        "answered_share": 0.6,
        "first_response": {
            // 600, 28 800 and 259 200 seconds; P90 lies 0.8 of the way to the last.
            "any": {
                "count": 3, "median_s": 28_800.0, "p90_s": 213_120.0,
                // 600, 28 800 and 28 800 seconds.
                "support_median_s": 28_800.0, "support_p90_s": 28_800.0,
            },
            // 3 600, 118 800 and 259 200 seconds.
            "staff": {
                "count": 3, "median_s": 118_800.0, "p90_s": 231_120.0,
                // 3 600, 28 800 and 57 600 seconds.
                "support_median_s": 28_800.0, "support_p90_s": 51_840.0,
            },
        },
        "promise": {
            "first_response": {
                "kept": 3, "late": 0, "unanswered": 1, "cancelled": 1, "kept_share": 0.75,
            },
            "next_response": {
                "kept": 0, "late": 1, "unanswered": 0, "cancelled": 0, "kept_share": 0.0,
            },
            "second_look": {
                "kept": 0, "late": 0, "unanswered": 0, "cancelled": 0, "kept_share": null,
            },
            "resolution": {
                "kept": 0, "late": 0, "unanswered": 0, "cancelled": 0, "kept_share": null,
            },
        },
        "alerts": {
            "total": 6,
            "at_risk": 4,
            "overdue": 2,
            "weeks": 3,
            "per_week": 2.0,
            "staff": 1,
            "per_week_and_person": 2.0,
            "busiest_week": { "monday": "2026-11-23", "alerts": 3 },
            "by_weekday_and_hour": by_weekday_and_hour,
        },
    });
    assert_eq!(serde_json::to_value(&report).unwrap(), expected);
}

#[test]
fn what_people_read() {
    let report = report(&recording(), vec![same_day(AnsweredBy::Anyone)]);
    insta::assert_snapshot!(report, @"
    Threads                    count       share
      recorded                     6                                     every thread of the recording
      without a question           1                                     only bots or the system wrote; in no figure below
      answered                     3      60.0 %                         a person other than the asker wrote; share of the questions

    First response           answers      median         P90
      anyone's, wall time          3   8 h 0 min    2 d 11 h             from the question to a person's answer
      anyone's, support time       3         8 h         8 h             the same, counting support hours only
      staff's, wall time           3     1 d 9 h    2 d 16 h             from the question to staff's answer
      staff's, support time        3         8 h 14 h 24 min             the same, counting support hours only

    Promise                     kept        late       never      share
      first response               3           0           1     75.0 %  answered no later than due; without 1 resolved first
      next response                0           1           0      0.0 %  the same, since the asker wrote again; without 0 resolved first

    Alerts                     count
      at risk                      4                                     the warning point passed without an answer
      overdue                      2                                     the due time passed without an answer
      per week                   2.0                                     over the 3 calendar weeks from the first question to the last
      per week and person        2.0                                     shared among the 1 of staff who wrote
      busiest week                 3                                     the most in one calendar week, from Monday 2026-11-23

    Alerts by weekday and hour, in the time zone of the support hours
          15 17
      Mon  3  1
      Tue  1  1
      Wed  ·  ·
      Thu  ·  ·
      Fri  ·  ·
      Sat  ·  ·
      Sun  ·  ·
    ");
}

#[test]
fn an_empty_recording_has_no_figures() {
    let report = report("", vec![same_day(AnsweredBy::Anyone)]);
    insta::assert_snapshot!(report, @"
    Threads                    count       share
      recorded                     0                                     every thread of the recording
      without a question           0                                     only bots or the system wrote; in no figure below
      answered                     0           -                         a person other than the asker wrote; share of the questions

    First response           answers      median         P90
      anyone's, wall time          0           -           -             from the question to a person's answer
      anyone's, support time       0           -           -             the same, counting support hours only
      staff's, wall time           0           -           -             from the question to staff's answer
      staff's, support time        0           -           -             the same, counting support hours only

    Promise                     kept        late       never      share
      first response               0           0           0          -  answered no later than due; without 0 resolved first
      next response                0           0           0          -  the same, since the asker wrote again; without 0 resolved first

    Alerts                     count
      at risk                      0                                     the warning point passed without an answer
      overdue                      0                                     the due time passed without an answer
      per week                     -                                     over the 0 calendar weeks from the first question to the last
      per week and person          -                                     shared among the 0 of staff who wrote
      busiest week                 -                                     the most in one calendar week
    ");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["threads"], 0);
    assert_eq!(
        json["first_response"]["any"]["median_s"],
        serde_json::Value::Null
    );
}

#[test]
fn what_another_promise_would_change() {
    let slower = Policy {
        first_response: Some("16h".parse().unwrap()),
        ..same_day(AnsweredBy::Staff)
    };
    let promises = [vec![same_day(AnsweredBy::Anyone)], vec![slower]];
    let [policy, against] = tried(recording().as_bytes(), promises, |_| {}).unwrap();
    let comparison = Comparison { policy, against };
    insta::assert_snapshot!(comparison, @"
    6 threads, 5 of them with a question

    Kept                      policy     against  difference
      first response          75.0 %      50.0 %       -25.0             answered no later than due, of those that were or never
      next response            0.0 %           -           -             the same, since the asker wrote again

    Alerts                    policy     against  difference
      at risk, per week          1.3         0.7        -0.7             the warning point passed without an answer
      overdue, per week          0.7         0.7        +0.0             the due time passed without an answer
      per week                   2.0         1.3        -0.7             both together
      per week and person        2.0         1.3        -0.7             shared among the staff who wrote

    More and fewer alerts by weekday and hour, in the time zones of the support hours
          15 17
      Mon -3 -1
      Tue +1 +1
      Wed  ·  ·
      Thu  ·  ·
      Fri  ·  ·
      Sat  ·  ·
      Sun  ·  ·
    ");
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["policy"]["alerts"]["total"], 6);
    let table = &json["difference"]["alerts_by_weekday_and_hour"];
    assert_eq!(table[0][15], -3);
}

#[test]
fn only_staff_keeps_a_promise_of_staff() {
    let report = report(&recording(), vec![same_day(AnsweredBy::Staff)]);
    // The last thread waits for staff from Monday to Tuesday 18:00.
    let expected = report::Promise {
        kept: 2,
        late: 1,
        unanswered: 1,
        cancelled: 1,
    };
    assert_eq!(report.first_promise, expected);
    assert_eq!(report.first_response.any.count, 3);
}

#[test]
fn without_a_policy_there_are_answers_but_no_promise() {
    let critical = Policy {
        when: Match {
            priority: Some(Priority::Critical),
            ..Match::default()
        },
        ..same_day(AnsweredBy::Anyone)
    };
    let report = report(&recording(), vec![critical]);
    assert_eq!(report.first_response.any.count, 3);
    assert_eq!(report.first_response.any.support, None);
    assert_eq!(report.first_promise.judged(), 0);
    assert_eq!(report.alerts.total(), 0);
}

#[test]
fn order_in_the_file_decides_within_one_instant() {
    let minute = "2026-11-20T10:00:00Z";
    let report = report(
        &line(
            &[
                ("ann", minute, ""),
                ("ben", minute, ""),
                ("ann", minute, ""),
                ("eva", minute, STAFF),
            ],
            Some(minute),
        ),
        vec![same_day(AnsweredBy::Anyone)],
    );
    let first = report.first_response.any.wall.unwrap();
    assert_eq!(first.median, chrono::TimeDelta::zero());
    assert_eq!(
        (report.first_promise.kept, report.next_promise.kept),
        (1, 1)
    );
    assert_eq!(report.alerts.total(), 0);
}

#[test]
fn the_answer_at_the_warning_point_spares_the_warning() {
    for (answered, at_risk) in [("15:00:00", 0), ("15:00:00.001", 1)] {
        let answered = format!("2026-11-20T{answered}Z");
        let report = report(
            &line(
                &[("ann", "2026-11-20T10:00:00Z", ""), ("ben", &answered, "")],
                None,
            ),
            vec![same_day(AnsweredBy::Anyone)],
        );
        assert_eq!(report.alerts.at_risk, at_risk, "{answered}");
    }
}

#[test]
fn no_instant_makes_it_panic() {
    for instant in [
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "-262142-01-02T00:00:00Z",
        "+262141-12-30T23:59:59Z",
    ] {
        let recording = line(&[("ann", instant, ""), ("ben", instant, "")], Some(instant));
        // Refused or counted: both are right.
        if let Ok([report]) = tried(
            recording.as_bytes(),
            [vec![same_day(AnsweredBy::Staff)]],
            |_| {},
        ) {
            assert_eq!(report.threads, 1);
            assert!(!report.to_string().is_empty());
        }
    }
}

#[test]
fn a_file_is_read_and_one_that_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("threads.anything");
    std::fs::write(&file, recording()).unwrap();
    let policies = vec![same_day(AnsweredBy::Anyone)];
    assert_eq!(run(&file, policies.clone()).unwrap().threads, 6);

    let missing = folder.path().join("none.jsonl");
    let error = run(&missing, policies.clone()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{} cannot be opened: ", missing.display())));
    let error = run(folder.path(), policies).unwrap_err().to_string();
    assert!(error.starts_with("Reading stopped in line 1: "), "{error}");
}
