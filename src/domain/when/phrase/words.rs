//! What is said in words: today, next Friday, the end of the week, in the evening.

use chrono::Weekday;

use super::{Day, Parser, Part, Span, WhenError, set};

impl Part {
    fn named(word: &str) -> Option<Self> {
        match word {
            "morning" => Some(Self::Morning),
            "afternoon" => Some(Self::Afternoon),
            "evening" => Some(Self::Evening),
            _ => None,
        }
    }
}

impl Parser<'_, '_> {
    pub(super) fn words(&mut self) -> Result<(), WhenError> {
        for (words, days) in [
            (&["day", "after", "tomorrow"][..], 2),
            (&["today"], 0),
            (&["tonight"], 0),
            (&["tomorrow"], 1),
        ] {
            if self.take_words(words) {
                if words == ["tonight"] {
                    set(&mut self.part, Part::Night)?;
                }
                let span = Span { months: 0, days };
                return set(&mut self.said.day, Day::After(span));
            }
        }
        if ["yesterday", "ago", "last"]
            .iter()
            .any(|word| self.take_words(&[word]))
        {
            return Err(WhenError::Behind);
        }
        if self.take_words(&["end", "of"]) {
            return self.end_of();
        }
        for (word, day) in [
            ("eod", None),
            ("eow", Some(Day::EndOfWeek(0))),
            ("eom", Some(Day::EndOfMonth)),
        ] {
            if self.take_words(&[word]) {
                return self.close(day);
            }
        }
        let Some(word) = self.word(0) else {
            return Err(WhenError::Unclear);
        };
        if let Some(part) = Part::named(word) {
            self.skip(1);
            return set(&mut self.part, part);
        }
        let next = match word {
            "this" => Some(0),
            "next" => Some(1),
            _ => None,
        };
        let named = usize::from(next.is_some());
        let Some(word) = self.word(named) else {
            return Err(WhenError::Unclear);
        };
        self.skip(named + 1);
        match (next, word) {
            (Some(weeks), "week") => set(&mut self.said.day, Day::EndOfWeek(weeks)),
            (Some(0), word) if Part::named(word).is_some() => {
                self.part = Part::named(word).or(self.part);
                set(&mut self.said.day, Day::After(Span::default()))
            }
            (Some(1), word) => {
                let weekday = weekday_named(word).ok_or(WhenError::Unclear)?;
                set(&mut self.said.day, Day::OfNextWeek(weekday))
            }
            (_, word) => {
                let weekday = weekday_named(word).ok_or(WhenError::Unclear)?;
                set(&mut self.said.weekday, weekday)
            }
        }
    }

    /// After `end of`.
    fn end_of(&mut self) -> Result<(), WhenError> {
        self.take_words(&["the"]);
        if self.take_words(&["day"]) || self.take_words(&["business"]) {
            return self.close(None);
        }
        if self.take_words(&["week"]) {
            return self.close(Some(Day::EndOfWeek(0)));
        }
        if self.take_words(&["month"]) {
            return self.close(Some(Day::EndOfMonth));
        }
        if self.rest.is_empty() {
            return Err(WhenError::Unclear);
        }
        self.close(None)
    }

    /// The end of support hours is said, not merely meant.
    fn close(&mut self, day: Option<Day>) -> Result<(), WhenError> {
        self.closing = true;
        match day {
            Some(day) => set(&mut self.said.day, day),
            None => Ok(()),
        }
    }
}

fn weekday_named(word: &str) -> Option<Weekday> {
    // chrono knows `mon` and `monday`.
    match word {
        "tues" => Some(Weekday::Tue),
        "weds" => Some(Weekday::Wed),
        "thur" | "thurs" => Some(Weekday::Thu),
        _ => word.parse().ok(),
    }
}
