//! Reads issue forms (YAML) and templates (Markdown with a head of YAML) as repositories keep them in
//! `.github/ISSUE_TEMPLATE`. What cannot be read is no template: GitHub shows it to nobody either.
//! Source: GitHub's docs, "Syntax for issue forms" and "Configuring issue templates".

use serde::Deserialize;
use yaml_serde as yaml;

use crate::domain::issue::{Choice, Section, Takes, Template, Templates};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    name: String,
    title: Option<String>,
    labels: Labels,
    body: Vec<Element>,
}

/// A list, or words with commas between them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Labels {
    List(Vec<String>),
    Words(String),
    None(()),
}

impl Default for Labels {
    fn default() -> Self {
        Self::None(())
    }
}

impl Labels {
    fn list(self) -> Vec<String> {
        let all = match self {
            Self::List(list) => list,
            Self::Words(words) => words.split(',').map(str::to_owned).collect(),
            Self::None(()) => Vec::new(),
        };
        let trimmed = all.iter().map(|label| label.trim().to_owned());
        trimmed.filter(|label| !label.is_empty()).collect()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Element {
    r#type: String,
    attributes: Attributes,
    validations: Validations,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    label: String,
    options: Vec<yaml::Value>,
    multiple: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Validations {
    required: bool,
}

/// What `config.yml` says.
#[derive(Deserialize)]
struct Config {
    blank_issues_enabled: Option<bool>,
}

/// What takes in a file of this name: a form, a template, or what is set for all of them.
pub(super) fn reader_of(name: &str) -> Option<fn(&str, &mut Templates)> {
    let (stem, kind) = name.rsplit_once('.')?;
    match (stem, kind) {
        ("config", "yml" | "yaml") => Some(|text, all| all.blank = allows_blank(text)),
        (_, "yml" | "yaml") => Some(|text, all| all.all.extend(read_form(text))),
        (_, "md") => Some(|text, all| all.all.extend(read_template(text))),
        _ => None,
    }
}

/// Whether issues may be opened without a template.
fn allows_blank(config: &str) -> bool {
    let config: Option<Config> = yaml::from_str(config).ok();
    config
        .and_then(|config| config.blank_issues_enabled)
        .unwrap_or(true)
}

/// A form.
fn read_form(text: &str) -> Option<Template> {
    let form: Form = yaml::from_str(text).ok()?;
    let sections = form.body.into_iter().filter_map(|element| {
        let takes = match (element.r#type.as_str(), element.validations.required) {
            ("input", _) => Takes::Line,
            ("textarea", false) => Takes::Lines,
            ("textarea", true) => Takes::NeededLines,
            ("dropdown" | "checkboxes", _) => Takes::Nothing,
            // "markdown" is shown to whoever fills it in, and is no part of the issue.
            _ => return None,
        };
        let boxes = element.r#type == "checkboxes";
        let options = element.attributes.options.iter().filter_map(|option| {
            // A box has more about it than its words.
            let words = if boxes { option.get("label")? } else { option };
            Some(match words {
                yaml::Value::String(words) => words.trim().to_owned(),
                yaml::Value::Number(number) => number.to_string(),
                yaml::Value::Bool(yes) => yes.to_string(),
                _ => return None,
            })
        });
        let choice = (takes == Takes::Nothing).then(|| Choice {
            options: options.collect(),
            many: boxes || element.attributes.multiple,
            boxes,
            chosen: Vec::new(),
        });
        Some(Section {
            heading: Some(format!("### {}", element.attributes.label.trim())),
            text: String::new(),
            takes,
            choice,
        })
    });
    let template = Template {
        name: form.name.trim().to_owned(),
        title: form.title.unwrap_or_default(),
        labels: form.labels.list(),
        sections: sections.collect(),
    };
    (!template.name.is_empty() && !template.sections.is_empty()).then_some(template)
}

/// A template: what was written goes under its first head.
fn read_template(text: &str) -> Option<Template> {
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.strip_prefix("---\n")?.split_once("\n---")?;
    let head: Form = yaml::from_str(head).ok()?;
    let mut sections = vec![Section {
        takes: Takes::Line,
        ..Section::default()
    }];
    for line in without_comments(body).lines() {
        if line.starts_with('#') {
            sections.push(Section {
                heading: Some(line.trim().to_owned()),
                takes: Takes::Lines,
                ..Section::default()
            });
        } else if let Some(section) = sections.last_mut() {
            section.text.push_str(line);
            section.text.push('\n');
        }
    }
    for section in &mut sections {
        section.text = section.text.trim().to_owned();
        // What is asked there already is not overwritten.
        if !section.text.is_empty() {
            section.takes = Takes::Nothing;
        }
    }
    let template = Template {
        name: head.name.trim().to_owned(),
        title: head.title.unwrap_or_default(),
        labels: head.labels.list(),
        sections,
    };
    (!template.name.is_empty()).then_some(template)
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once("-->").map_or("", |(_, after)| after));
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_read_as_github_shows_it() {
        let form = read_form(
            "name: Bug report\ntitle: '[Bug]: '\nlabels: [bug, triage]\nbody:\n\
             - type: markdown\n  attributes:\n    value: Thanks!\n\
             - type: input\n  id: version\n  attributes:\n    label: Version\n\
             - type: textarea\n  attributes:\n    label: What happened?\n  validations:\n    required: true\n\
             - type: dropdown\n  attributes:\n    label: System\n    options: [Linux, 3]\n\
             - type: checkboxes\n  attributes:\n    label: Terms\n    options:\n      - label: I agree\n        required: true\n",
        )
        .unwrap();
        assert_eq!(
            (form.name.as_str(), form.title.as_str()),
            ("Bug report", "[Bug]: ")
        );
        assert_eq!(form.labels, ["bug", "triage"]);
        insta::assert_snapshot!(form.fill("It turns left."), @r"
        ### Version

        _No response_

        ### What happened?

        It turns left.

        ### System

        _No response_

        ### Terms

        - [ ] I agree
        ");
    }

    #[test]
    fn a_template_keeps_what_it_asks() {
        let template = read_template(
            "---\nname: Feature\nabout: A wish\ntitle: ''\nlabels: 'enhancement, wish'\n---\n\n\
             <!-- Be kind. -->\n## What do you want?\n\n## Which version?\nWrite `--version`.\n",
        )
        .unwrap();
        assert_eq!(template.labels, ["enhancement", "wish"]);
        insta::assert_snapshot!(template.fill("Turn right."), @r"
        ## What do you want?

        Turn right.

        ## Which version?

        Write `--version`.
        ");
    }

    #[test]
    fn what_is_none_is_none() {
        for text in [
            "",
            "name: x",
            "name: x\nbody: []",
            "[1, 2]",
            "name: {",
            "---\n---",
        ] {
            assert_eq!(read_form(text), None, "{text}");
            assert_eq!(read_template(text), None, "{text}");
        }
        assert!(allows_blank("") && allows_blank("blank_issues_enabled: true"));
        assert!(!allows_blank(
            "blank_issues_enabled: false\ncontact_links: []"
        ));
    }

    proptest! {
        #[test]
        fn no_file_panics(text in "\\PC{0,200}|(name|body|type|: |- |\\n|  |labels|<!--|-->|---|&a|\\*a){0,60}") {
            read_form(&text);
            read_template(&text);
            allows_blank(&text);
        }
    }
}
