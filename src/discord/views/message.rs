//! A message as Discord takes it, in create, edit and interaction answers alike.
//!
//! Classic content and action rows, not Components V2: they can be sent, edited and read by every
//! library and client, and the flag of V2 could never be taken off a message again.
//! Limits: 2,000 characters, 5 rows, 5 buttons a row or one select of 25 options, `custom_id` of
//! 100 characters, labels of 80 (100 for options). Source: Discord's reference, "Create Message"
//! and "Component Reference".

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::discord::custom_id::CustomId;
use crate::domain::ids::{RoleId, UserId};

/// Only the person who acted sees it.
pub(crate) const EPHEMERAL: u32 = 1 << 6;
/// Nobody's phone rings for it.
pub(crate) const SUPPRESS_NOTIFICATIONS: u32 = 1 << 12;

/// A message to be made or to replace another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its text.
    pub content: String,
    /// Longer texts, below.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<Embed>,
    /// Its rows of buttons and menus. Always sent, so that an edit takes away what is not there.
    pub components: Vec<Row>,
    /// Who is pinged: nobody, unless named here.
    pub allowed_mentions: AllowedMentions,
    /// What makes a second sending the same message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Whether Discord is to look for the nonce. Only when creating in a channel.
    #[serde(skip_serializing_if = "is_false")]
    pub enforce_nonce: bool,
    /// Only when creating.
    #[serde(skip_serializing_if = "is_zero")]
    pub flags: u32,
}

/// A message that takes the place of another: its longer texts are sent also when there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replacement {
    embeds: Vec<Embed>,
    #[serde(flatten)]
    message: Message,
}

/// A longer text: 4,096 characters, and no mention in it pings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Embed {
    /// The text.
    pub description: String,
}

/// Who a message may ping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AllowedMentions {
    /// No kind of mention is taken from the text.
    parse: [&'static str; 0],
    /// These people.
    #[serde(serialize_with = "as_strings", skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserId>,
    /// The holders of these roles.
    #[serde(serialize_with = "as_strings", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleId>,
}

/// A row of components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    r#type: u8,
    components: Vec<Component>,
}

/// A button or a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Component {
    /// A button.
    Button(Button),
    /// A menu of fixed options.
    Select(Select),
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Button {
    r#type: u8,
    style: Style,
    label: Cow<'static, str>,
    #[serde(serialize_with = "as_string")]
    custom_id: CustomId,
    #[serde(skip_serializing_if = "is_false")]
    disabled: bool,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The one to press.
    Primary,
    /// One that may be pressed.
    Secondary,
    /// One that ends well.
    Success,
    /// One to think about first.
    Danger,
}

/// A menu of fixed options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Select {
    r#type: u8,
    #[serde(serialize_with = "as_string")]
    custom_id: CustomId,
    options: Vec<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<Cow<'static, str>>,
    /// How few may be chosen, when it is less than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_values: Option<usize>,
    /// How many may be chosen, when it is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_values: Option<usize>,
}

/// One option of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What people read.
    pub label: Cow<'static, str>,
    /// What comes back.
    pub value: Cow<'static, str>,
    /// Whether it is the chosen one.
    #[serde(skip_serializing_if = "is_false")]
    pub default: bool,
}

impl Message {
    /// Just a text.
    pub fn text(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// A longer text.
    pub fn description(description: String) -> Self {
        Self {
            embeds: vec![Embed { description }],
            ..Self::default()
        }
    }

    /// Seen only by the person who acted.
    #[must_use]
    pub fn ephemeral(mut self) -> Self {
        self.flags |= EPHEMERAL;
        self
    }

    /// Sent a second time within minutes, it is the same message.
    #[must_use]
    pub fn once(mut self, nonce: String) -> Self {
        self.nonce = Some(nonce);
        self.enforce_nonce = true;
        self
    }

    /// The same message in the place of another, whose longer texts go.
    pub fn into_replacement(self) -> Replacement {
        let embeds = self.embeds.clone();
        Replacement {
            embeds,
            message: Self {
                embeds: Vec::new(),
                ..self.into_edit()
            },
        }
    }

    /// The same message as an edit: what only creating knows is left out.
    #[must_use]
    pub fn into_edit(mut self) -> Self {
        self.nonce = None;
        self.enforce_nonce = false;
        self.flags = 0;
        self
    }
}

impl Row {
    /// A row of up to five buttons.
    pub fn buttons(buttons: impl IntoIterator<Item = Button>) -> Self {
        Self {
            r#type: 1,
            components: buttons.into_iter().map(Component::Button).collect(),
        }
    }

    /// Adds a button at the end.
    pub fn add(&mut self, button: Button) {
        self.components.push(Component::Button(button));
    }

    /// A row with a menu.
    pub fn select(custom_id: CustomId, options: Vec<Choice>) -> Self {
        Self {
            r#type: 1,
            components: vec![Component::Select(Select {
                r#type: 3,
                custom_id,
                options,
                placeholder: None,
                min_values: None,
                max_values: None,
            })],
        }
    }

    /// A row with a menu of which up to `most` are chosen, or none; `placeholder` says for what.
    pub fn choose_up_to(
        custom_id: CustomId,
        placeholder: String,
        options: Vec<Choice>,
        most: usize,
    ) -> Self {
        let mut row = Self::select(custom_id, options);
        if let Some(Component::Select(menu)) = row.components.first_mut() {
            menu.placeholder = Some(placeholder.into());
            menu.min_values = Some(0);
            menu.max_values = Some(most);
        }
        row
    }

    /// A row with a menu of which one is chosen; `placeholder` says for what.
    pub fn choose_one(
        custom_id: CustomId,
        placeholder: &'static str,
        options: Vec<Choice>,
    ) -> Self {
        let mut row = Self::select(custom_id, options);
        if let Some(Component::Select(menu)) = row.components.first_mut() {
            menu.placeholder = Some(placeholder.into());
        }
        row
    }

    /// A row with a menu of which any number may be chosen; `placeholder` says for what.
    pub fn multiselect(
        custom_id: CustomId,
        placeholder: &'static str,
        options: Vec<Choice>,
    ) -> Self {
        Self {
            r#type: 1,
            components: vec![Component::Select(Select {
                r#type: 3,
                custom_id,
                min_values: None,
                max_values: Some(options.len()),
                options,
                placeholder: Some(placeholder.into()),
            })],
        }
    }
}

impl Button {
    /// A button that can be pressed.
    pub fn new(style: Style, label: impl Into<Cow<'static, str>>, custom_id: CustomId) -> Self {
        Self {
            r#type: 2,
            style,
            label: label.into(),
            custom_id,
            disabled: false,
        }
    }

    /// A button that can be pressed only when `enabled`.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.disabled = !enabled;
        self
    }
}

impl Serialize for Style {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(match self {
            Self::Primary => 1,
            Self::Secondary => 2,
            Self::Success => 3,
            Self::Danger => 4,
        })
    }
}

pub(super) fn as_string<T: ToString, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&value.to_string())
}

fn as_strings<T: ToString, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(T::to_string))
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's `skip_serializing_if` passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's `skip_serializing_if` passes a reference"
)]
fn is_zero(value: &u32) -> bool {
    *value == 0
}
