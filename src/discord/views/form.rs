//! A form as Discord takes it: up to five fields of text, under a head of up to 45 characters.
//! Source: Discord's reference, "Text Input".

use std::borrow::Cow;

use serde::Serialize;

use super::message::as_string;
use crate::discord::custom_id::{CustomId, Press};
use crate::domain::ids::TicketId;
use crate::text::{critical as text, settings};

/// How much may be written into a field.
pub const LONGEST: usize = 4_000;

/// How much an asker may write about what is broken.
pub const LONGEST_WHAT: usize = 500;

/// A form that a person fills in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Form {
    #[serde(serialize_with = "as_string")]
    custom_id: CustomId,
    title: &'static str,
    components: Vec<FieldRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct FieldRow {
    r#type: u8,
    components: [Field; 1],
}

/// A field of a form: a line or some lines of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    r#type: u8,
    custom_id: &'static str,
    style: u8,
    label: Cow<'static, str>,
    max_length: usize,
    required: bool,
    /// What stands in it already.
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
}

impl Form {
    /// A form of these fields.
    pub fn new(
        title: &'static str,
        custom_id: CustomId,
        fields: impl IntoIterator<Item = Field>,
    ) -> Self {
        let row = |field| FieldRow {
            r#type: 1,
            components: [field],
        };
        Self {
            custom_id,
            title,
            components: fields.into_iter().map(row).collect(),
        }
    }

    /// What is broken?
    pub fn down(ticket: TicketId) -> Self {
        let press = Press::DownSure;
        Self::new(
            text::FORM_TITLE,
            CustomId::Card { ticket, press },
            [Field::lines("what", text::FORM_QUESTION, LONGEST_WHAT)],
        )
    }

    /// The text of a calendar file, and for which calendar it is.
    pub fn paste(calendar: Option<String>) -> Self {
        let which = Field::line("calendar", settings::FORM_CALENDAR, 40).optional();
        Self::new(
            settings::FORM_TITLE,
            CustomId::PasteHolidays,
            [
                Field::lines("text", settings::FORM_TEXT, LONGEST),
                which.holding(&calendar.unwrap_or_default()),
            ],
        )
    }
}

impl Field {
    /// One line of text, of so many characters at most.
    pub fn line(name: &'static str, label: impl Into<Cow<'static, str>>, most: usize) -> Self {
        Self {
            r#type: 4,
            custom_id: name,
            style: 1,
            label: label.into(),
            max_length: most,
            required: true,
            value: String::new(),
        }
    }

    /// Some lines of text.
    pub fn lines(name: &'static str, label: impl Into<Cow<'static, str>>, most: usize) -> Self {
        Self {
            style: 2,
            ..Self::line(name, label, most)
        }
    }

    /// A field in which this stands already, as far as it fits.
    #[must_use]
    pub fn holding(mut self, value: &str) -> Self {
        self.value = value.chars().take(self.max_length).collect();
        self
    }

    /// A field that may be left empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}
