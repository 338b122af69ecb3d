//! The JSON Schema of the file: for editors, and for the check of shapes.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::file::File;

/// The schema that `guichet schema` prints (draft 2020-12, nothing by reference).
#[must_use]
pub fn schema() -> Value {
    of::<File>("guichet")
}

/// The schema of one kind of file, under this title.
pub(super) fn of<F: JsonSchema>(title: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let mut schema = generator.into_root_schema_for::<F>().to_value();
    without_null(&mut schema);
    if let Some(top) = schema.as_object_mut() {
        top.insert("title".to_owned(), Value::from(title));
    }
    schema
}

/// TOML has no null: what may be absent is simply not required.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(mut choices)) = object.remove("anyOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
                match choices.as_slice() {
                    [Value::Object(only)] => {
                        for (key, value) in only {
                            // The description of the key says more than the one of its type.
                            object.entry(key.clone()).or_insert_with(|| value.clone());
                        }
                    }
                    _ => {
                        object.insert("anyOf".to_owned(), Value::Array(choices));
                    }
                }
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(values) => {
            values.retain(|value| !value.is_null());
            values.iter_mut().for_each(without_null);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
