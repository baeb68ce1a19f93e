//! The calendars and the promise, changed piece by piece.

use super::*;

#[tokio::test]
async fn calendars_are_changed_day_by_day() {
    let mut stage = Stage::opens().await;
    stage.mia.has_file(
        "berlin.ics",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201003\r\nRRULE:FREQ=YEARLY;COUNT=8\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let mut offers = Vec::new();
    for typed in [
        "/hours set days:Friday hours:09:00-12:00, 13:00-15:00",
        "/hours set days:Saturday and Sunday hours:10:00-12:00",
        "/hours holiday dates:2026-12-31, 24 Dec",
        "/hours except date:24 Dec hours:09:00-12:00",
        "/hours import file:berlin.ics",
        "/hours reset date:2026-12-31",
        "/hours zone zone:Europe/Vienna",
        "/hours add name:weekend zone:UTC hours:10:00-14:00",
        "/hours remove calendar:weekend",
    ] {
        let offer = changes(&stage, &stage.mia, typed).await;
        let differences: Vec<&str> = offer
            .lines()
            .filter(|line| line.starts_with("- "))
            .collect();
        offers.push(format!("{typed}\n{}", differences.join("\n")));
    }
    // The text of a calendar, without a file.
    let pasted =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20270501\nEND:VEVENT\nEND:VCALENDAR";
    let opened = stage
        .mia
        .runs_when_offered(stage.lounge, "/hours paste calendar:support");
    let form = opened.await.unwrap().modal().await.unwrap();
    let text = [("The text of a calendar file (.ics)", pasted)];
    let offer = form.submits(&text).unwrap().message().await.unwrap();
    assert!(shown(&stage, &offer).contains("- calendar support, holidays: also 2027-05-01"));
    assert!(
        presses(&stage, &stage.mia, &offer, "Change it")
            .await
            .starts_with("Done")
    );
    assert_snapshot!(offers.join("\n"), @"
    /hours set days:Friday hours:09:00-12:00, 13:00-15:00
    - calendar support, hours: Mon to Thu 09:00-17:00; Fri 09:00-12:00, 13:00-15:00; Sat and Sun closed (so far Mon to Fri 09:00-17:00; Sat and Sun closed)
    /hours set days:Saturday and Sunday hours:10:00-12:00
    - calendar support, hours: Mon to Thu 09:00-17:00; Fri 09:00-12:00, 13:00-15:00; Sat and Sun 10:00-12:00 (so far Mon to Thu 09:00-17:00; Fri 09:00-12:00, 13:00-15:00; Sat and Sun closed)
    /hours holiday dates:2026-12-31, 24 Dec
    - calendar support, holidays: 2026-12-24, 2026-12-31
    /hours except date:24 Dec hours:09:00-12:00
    - calendar support, exceptions, 2026-12-24: 09:00-12:00
    /hours import file:berlin.ics
    - calendar support, holidays: also 2026-12-25, 2026-12-26, 2027-10-03
    /hours reset date:2026-12-31
    - calendar support, holidays: no longer 2026-12-31
    /hours zone zone:Europe/Vienna
    - calendar support, time zone: Europe/Vienna instead of Europe/Berlin
    /hours add name:weekend zone:UTC hours:10:00-14:00
    - calendar weekend, time zone: UTC
    - calendar weekend, hours: Mon to Fri 10:00-14:00; Sat and Sun closed
    /hours remove calendar:weekend
    - calendar weekend is taken out
    ");
    assert_snapshot!(told(&stage, &stage.ann, "/hours show calendar:support").await, @"
    **support** (Europe/Vienna)
    Mon to Thu 09:00-17:00; Fri 09:00-12:00, 13:00-15:00; Sat and Sun 10:00-12:00
    Closed on Fri 25 Dec 2026, Sat 26 Dec 2026, Sat 1 May 2027, Sun 3 Oct 2027.
    Thu 24 Dec 2026: 09:00-12:00
    ");
    assert_snapshot!(told(&stage, &stage.ann, "/hours preview").await, @"
    ```
    critical (in UTC, where it is Wed 18 Nov 2026 09:00)
      Asked now: an answer is due today 10:00 (in 1 h), the warning comes today 09:30.
      Asked today 20:00: an answer is due today 21:00, the warning comes today 20:30.
      Asked on Fri 20 Nov 16:30: an answer is due on Fri 20 Nov 17:30, the warning comes on Fri 20 Nov 17:00.

    same day (in Europe/Vienna, where it is Wed 18 Nov 2026 10:00)
      Asked now: an answer is due today 17:00 (in 7 h), the warning comes today 15:00.
      Asked today 20:00: an answer is due tomorrow 17:00, the warning comes tomorrow 15:00.
      Asked on Fri 20 Nov 16:30: an answer is due on Sat 21 Nov 12:00, the warning comes on Fri 20 Nov 16:30.
    ```
    ");
    assert_snapshot!(told(&stage, &stage.ann, "/hours preview at:24 Dec 11:00").await, @"
    ```
    critical (in UTC, where it is Wed 18 Nov 2026 09:00)
      Asked on Thu 24 Dec 11:00: an answer is due on Thu 24 Dec 12:00, the warning comes on Thu 24 Dec 11:30.

    same day (in Europe/Vienna, where it is Wed 18 Nov 2026 10:00)
      Asked on Thu 24 Dec 11:00: an answer is due on Sun 27 Dec 12:00, the warning comes on Thu 24 Dec 12:00.
    ```
    ");
    stage.ends_unread().await;
}

#[tokio::test]
async fn the_promise_is_changed_row_by_row() {
    let mut stage = Stage::opens().await;
    let mut offers = Vec::new();
    for typed in [
        "/policy add name:forum calendar:support answer:4h channel:#help-forum place:1",
        "/policy set policy:forum what:when somebody is warned to:1h",
        "/policy set policy:forum what:each later answer is due within to:none",
        "/policy set policy:forum what:only threads of these channels to:#HELP",
        "/policy move policy:forum place:2",
        "/policy set policy:forum what:its name to:help",
        "/policy remove policy:help",
    ] {
        let typed = typed.replace("#HELP", &format!("<#{}>", stage.help));
        let offer = changes(&stage, &stage.mia, &typed).await;
        let differences: Vec<&str> = offer
            .lines()
            .filter(|line| line.starts_with("- "))
            .collect();
        let typed = stage.with_names(&typed);
        offers.push(format!("{typed}\n{}", differences.join("\n")));
        if typed.contains("/policy move") {
            offers.push(told(&stage, &stage.eva, "/policy list").await);
            offers.push(told(&stage, &stage.eva, "/policy test channel:#help").await);
            offers.push(
                told(
                    &stage,
                    &stage.eva,
                    "/policy test channel:#help-forum at:now",
                )
                .await,
            );
            offers.push(
                told(
                    &stage,
                    &stage.eva,
                    "/policy test channel:#help priority:critical at:now",
                )
                .await,
            );
            offers.push(told(&stage, &stage.eva, "/policy test channel:#lounge").await);
        }
    }
    assert_snapshot!(offers.join("\n"), @"
    /policy add name:forum calendar:support answer:4h channel:#help-forum place:1
    - policy forum is new
    - policy forum, calendar: support
    - policy forum, channels: <#FORUM>
    - policy forum, first response: 4h
    - policy forum, next response: 4h
    - policy forum, warning: 75%
    /policy set policy:forum what:when somebody is warned to:1h
    - policy forum, warning: 1h instead of 75%
    /policy set policy:forum what:each later answer is due within to:none
    - policy forum, next response: no longer 4h
    /policy set policy:forum what:only threads of these channels to:<#HELP>
    - policy forum, channels: also <#HELP>; no longer <#FORUM>
    /policy move policy:forum place:2
    - policies: in the order critical, forum, same day
    1. critical: priority critical; calendar around_the_clock; first response 1h; next response 1h; warning 50%; answered by staff
    2. forum: calendar support; channels <#HELP>; first response 4h; warning 1h
    3. same day: calendar support; first response same day; next response same day; warning 2h
    ```
    forum (in Europe/Berlin, where it is Wed 18 Nov 2026 10:00)
      Asked now: the first answer is due today 14:00 (in 4 h), the warning comes today 13:00.
      Asked today 20:00: the first answer is due tomorrow 13:00, the warning comes tomorrow 12:00.
      Asked on Fri 20 Nov 16:30: the first answer is due on Mon 23 Nov 12:30, the warning comes on Mon 23 Nov 11:30.
    ```
    ```
    same day (in Europe/Berlin, where it is Wed 18 Nov 2026 10:00)
      Asked now: an answer is due today 17:00 (in 7 h), the warning comes today 15:00.
    ```
    ```
    critical (in UTC, where it is Wed 18 Nov 2026 09:00)
      Asked now: an answer is due today 10:00 (in 1 h), the warning comes today 09:30.
    ```
    Nothing is promised to such a thread: its channel is not watched, or no policy is for it.
    /policy set policy:forum what:its name to:help
    - policy forum is taken out
    - policy help is new
    - policy help, calendar: support
    - policy help, channels: <#HELP>
    - policy help, first response: 4h
    - policy help, warning: 1h
    /policy remove policy:help
    - policy help is taken out
    ");
    stage.ends_unread().await;
}
