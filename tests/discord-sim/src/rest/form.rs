//! Reading typed fields out of a JSON body, refusing wrong ones as Discord does.

use serde_json::{Map, Value};

use crate::world::{ApiError, Outcome};

/// A JSON object of a request and where in the body it stands.
pub(crate) struct Form<'a> {
    fields: &'a Map<String, Value>,
    at: String,
}

impl<'a> Form<'a> {
    pub(crate) fn new(body: &'a Value) -> Outcome<Self> {
        Self::below(body, String::new())
    }

    fn below(value: &'a Value, at: String) -> Outcome<Self> {
        match value {
            Value::Object(fields) => Ok(Self { fields, at }),
            _ => Err(ApiError::field(
                at,
                "MODEL_TYPE_CONVERT",
                "Only dictionaries may be used in a DictType",
            )),
        }
    }

    fn path(&self, key: &str) -> String {
        if self.at.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.at)
        }
    }

    /// The field as it came; None when it is missing or null.
    pub(crate) fn value(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    /// Whether the field is there, be it null.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    pub(crate) fn text(&self, key: &str) -> Outcome<Option<String>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => {
                Err(self.wrong(key, "STRING_TYPE_CONVERT", "Could not interpret as string."))
            }
        }
    }

    pub(crate) fn boolean(&self, key: &str) -> Outcome<Option<bool>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => {
                Err(self.wrong(key, "BOOLEAN_TYPE_CONVERT", "Must be either true or false."))
            }
        }
    }

    /// A number, as such or written out.
    pub(crate) fn number<T: TryFrom<u64>>(&self, key: &str) -> Outcome<Option<T>> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        number_of(value)
            .and_then(|number| T::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| {
                let text = format!("Value {value} is not int.");
                self.wrong(key, "NUMBER_TYPE_COERCE", &text)
            })
    }

    pub(crate) fn list(&self, key: &str) -> Outcome<Option<&'a [Value]>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.wrong(
                key,
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            )),
        }
    }

    /// A list of ids.
    pub(crate) fn ids(&self, key: &str) -> Outcome<Option<Vec<u64>>> {
        let Some(items) = self.list(key)? else {
            return Ok(None);
        };
        let ids = items.iter().enumerate().map(|(index, item)| {
            number_of(item).ok_or_else(|| {
                let text = format!("Value {item} is not snowflake.");
                self.wrong(&format!("{key}.{index}"), "NUMBER_TYPE_COERCE", &text)
            })
        });
        ids.collect::<Outcome<Vec<u64>>>().map(Some)
    }

    /// A list of objects.
    pub(crate) fn forms(&self, key: &str) -> Outcome<Option<Vec<Form<'a>>>> {
        let Some(items) = self.list(key)? else {
            return Ok(None);
        };
        let forms = items
            .iter()
            .enumerate()
            .map(|(index, item)| Form::below(item, self.path(&format!("{key}.{index}"))));
        forms.collect::<Outcome<Vec<Form<'a>>>>().map(Some)
    }

    pub(crate) fn form(&self, key: &str) -> Outcome<Option<Form<'a>>> {
        self.value(key)
            .map(|value| Form::below(value, self.path(key)))
            .transpose()
    }

    pub(crate) fn required(&self, key: &str) -> ApiError {
        ApiError::required(self.path(key))
    }

    fn wrong(&self, key: &str, code: &'static str, message: &str) -> ApiError {
        ApiError::field(self.path(key), code, message)
    }
}

fn number_of(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}
