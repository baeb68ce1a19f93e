//! The preview of an issue, and the form in which it is edited.

use super::form::{Field, Form, LONGEST};
use super::message::{Button, Choice, Embed, Message, Row, Style};
use crate::discord::custom_id::{CustomId, IssuePress};
use crate::domain::issue::{Draft, DraftId, Section};
use crate::text::issue::length::{TITLE_LIMIT, cut};
use crate::text::{CONTENT_LIMIT, issue as text};

/// How much of the text the preview shows, in characters. An embed takes 4,096.
const SHOWN: usize = 3_500;

/// How many rows of buttons and menus a message takes.
const MOST_ROWS: usize = 5;

/// How much of the text the form takes, in characters. A field takes 4,000, and what is written into it
/// needs room.
const EDITED: usize = 3_500;

/// The preview: seen only by whoever made it.
pub fn preview(draft_id: DraftId, draft: &Draft) -> Message {
    let shown: String = cut(&draft.body, SHOWN);
    let press = |style, label, press| {
        Button::new(
            style,
            label,
            CustomId::Issue {
                draft: draft_id,
                press,
            },
        )
    };
    let links: Vec<Button> = (0..)
        .zip(&draft.similar)
        .map(|(at, similar)| {
            let label = format!("It is #{}", similar.name.number);
            Button::new(
                Style::Secondary,
                label,
                CustomId::IssueLink {
                    draft: draft_id,
                    at,
                },
            )
        })
        .collect();
    let mut rows = Vec::new();
    if !links.is_empty() {
        rows.push(Row::buttons(links));
    }
    let room = MOST_ROWS - 1 - rows.len();
    let asked = (0..).zip(&draft.choices).take(room);
    rows.extend(asked.filter_map(|(at, section)| menu(draft_id, at, section)));
    rows.push(Row::buttons([
        press(Style::Primary, text::OPEN, IssuePress::Open),
        press(Style::Secondary, text::EDIT, IssuePress::Edit),
        press(Style::Secondary, text::WITHDRAW, IssuePress::Withdraw),
    ]));
    Message {
        content: text::preview(draft, SHOWN)
            .chars()
            .take(CONTENT_LIMIT)
            .collect(),
        embeds: vec![Embed { description: shown }],
        components: rows,
        ..Message::default()
    }
}

/// A menu of what a form gives to choose from. Discord takes 25 options of 100 characters, and a placeholder
/// of 150.
fn menu(draft: DraftId, at: u8, section: &Section) -> Option<Row> {
    let choice = section.choice.as_ref()?;
    let short = |text: &str, most| text.chars().take(most).collect::<String>();
    let options = choice.options.iter().enumerate().take(25);
    let options: Vec<Choice> = options
        .map(|(at, option)| Choice {
            label: short(option, 100).into(),
            value: at.to_string().into(),
            default: choice.chosen.contains(&at),
        })
        .filter(|option| !option.label.trim().is_empty())
        .collect();
    let most = if choice.many { options.len() } else { 1 };
    let heading = section.heading.as_deref().unwrap_or_default();
    let asks = short(heading.trim_start_matches(['#', ' ']), 150);
    let custom_id = CustomId::IssueChoice { draft, at };
    (!options.is_empty()).then(|| Row::choose_up_to(custom_id, asks, options, most))
}

/// The form, with as much of the text as fits; the rest is kept as it is.
pub fn form(draft_id: DraftId, draft: &Draft) -> Form {
    let head = head(&draft.body);
    let kept = u32::try_from(head.chars().count()).unwrap_or(u32::MAX);
    let rest = draft
        .body
        .chars()
        .count()
        .saturating_sub(head.chars().count());
    let labels = Field::line("labels", text::FORM_LABELS, 1_000).optional();
    Form::new(
        text::FORM,
        CustomId::IssueForm {
            draft: draft_id,
            kept,
        },
        [
            Field::line("title", text::FORM_TITLE, TITLE_LIMIT).holding(&draft.title),
            Field::lines("body", text::form_body(rest), LONGEST).holding(head),
            labels.holding(&draft.labels.join(", ")),
        ],
    )
}

/// The first characters of a text, up to the end of a line where there is one.
fn head(text: &str) -> &str {
    let Some((end, _)) = text.char_indices().nth(EDITED) else {
        return text;
    };
    let head = text.get(..end).unwrap_or(text);
    match head.rfind('\n') {
        Some(line) => head.get(..=line).unwrap_or(head),
        None => head,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ids::UserId;
    use crate::domain::issue::{IssueName, Similar};

    fn draft(body: &str, similar: usize) -> Draft {
        let name = |number| IssueName {
            repository: "acme/widgets".to_owned(),
            number,
        };
        Draft {
            repository: "acme/widgets".to_owned(),
            title: "It [turns](x) left @everyone".to_owned(),
            body: body.to_owned(),
            labels: vec!["bug".to_owned()],
            template: None,
            choices: Vec::new(),
            similar: (1..=similar as u64)
                .map(|number| Similar {
                    name: name(number),
                    title: "*".repeat(200),
                    threads: 2,
                })
                .collect(),
            files: Vec::new(),
            redacted: 1,
            unseen: 2,
            unsearched: false,
            by: UserId(1),
            mark: "m".to_owned(),
        }
    }

    #[test]
    fn a_preview_says_what_will_be() {
        let message = preview(DraftId(7), &draft("It turns left.", 1));
        let content = message.content.replace('\u{200b}', "¦");
        insta::assert_snapshot!(content, @r#"
        **Is it one of these?** Then press its button, and nothing new is opened.
        * [acme/widgets#1](<https://github.com/acme/widgets/issues/1>) \*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*\*… (2 threads here)

        **If not, this is the issue as it will be** in acme\/widgets, labels: bug:
        **It \[turns\]\(x\) left \@¦everyone**
        -# 1 secret was taken out. The asker is told to change it.
        -# Discord does not show me the text of 2 messages: switch on the Message Content Intent for me in the Developer Portal, or add the text with Edit.
        "#);
    }

    proptest! {
        #[test]
        fn whatever_is_in_it_a_preview_fits_and_a_form_keeps_the_rest(
            text in "\\PC{0,200}", times in 1_usize..60, similar in 0_usize..6,
        ) {
            let draft = draft(&text.repeat(times), similar);
            let message = preview(DraftId(7), &draft);
            prop_assert!(message.content.chars().count() <= CONTENT_LIMIT);
            prop_assert!(message.embeds[0].description.chars().count() <= 4_096);
            let head = head(&draft.body);
            prop_assert!(head.chars().count() <= EDITED);
            let rest: String = draft.body.chars().skip(head.chars().count()).collect();
            prop_assert_eq!(format!("{head}{rest}"), draft.body);
        }
    }
}
