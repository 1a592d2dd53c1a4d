//! The contract files as validators of answers.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Any error of a test.
pub type Failure = Box<dyn Error + Send + Sync>;

type Kept<T> = LazyLock<Mutex<HashMap<String, Arc<T>>>>;

/// Files and validators are read and compiled once for all tests.
static DOCUMENTS: Kept<Value> = LazyLock::new(Mutex::default);
static VALIDATORS: Kept<Validator> = LazyLock::new(Mutex::default);

/// What is kept under a name, made on the first call.
fn kept<T>(all: &Kept<T>, name: &str, create: impl FnOnce() -> Result<T, Failure>) -> Result<Arc<T>, Failure> {
    let mut known = all.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.get(name) {
        return Ok(found.clone());
    }
    let made = Arc::new(create()?);
    known.insert(name.to_owned(), made.clone());
    Ok(made)
}

/// One contract file.
pub struct Contract {
    name: &'static str,
    document: Arc<Value>,
}

impl Contract {
    /// Reads a file of the contract.
    pub fn load(name: &'static str, text: &str) -> Result<Self, Failure> {
        let document = kept(&DOCUMENTS, name, || Ok(serde_yaml_ng::from_str(text)?))?;
        Ok(Self { name, document })
    }

    /// Path templates that have an operation of a method.
    pub fn paths(&self, method: &str) -> Vec<String> {
        let paths = self.document.get("paths").and_then(Value::as_object);
        paths
            .into_iter()
            .flatten()
            .filter(|(_, operations)| operations.get(method).is_some())
            .map(|(path, _)| path.clone())
            .collect()
    }

    fn follow<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value.get("$ref").and_then(Value::as_str);
        pointer.and_then(|pointer| self.document.pointer(pointer.trim_start_matches('#'))).unwrap_or(value)
    }

    /// Checks an answer against the response of an operation.
    pub fn check(
        &self,
        method: &str,
        template: &str,
        status: u16,
        media_type: &str,
        body: &[u8],
    ) -> Result<(), Failure> {
        let place = format!("{}: {method} {template} {status}", self.name);
        let responses = self
            .document
            .get("paths")
            .and_then(|paths| paths.get(template)?.get(method)?.get("responses"))
            .ok_or_else(|| format!("{place}: no such operation"))?;
        let class = format!("{}XX", status / 100);
        let response = responses
            .get(status.to_string())
            .or_else(|| responses.get(&class))
            .ok_or_else(|| format!("{place}: status is not in the contract"))?;
        let content = self.follow(response).get("content").cloned();
        if body.is_empty() {
            return match (&content, status) {
                // An error may come without a body, a success that promises one may not.
                (Some(_), 200..300) => Err(format!("{place}: the body is missing").into()),
                _ => Ok(()),
            };
        }
        let content = content.ok_or_else(|| format!("{place}: no body is in the contract"))?;
        let plain = media_type.split(';').next().unwrap_or_default().trim();
        let media = content.get(plain).ok_or_else(|| format!("{place}: {plain} is not in the contract"))?;
        if plain != "application/json" {
            return Ok(());
        }
        let schema = media.get("schema").cloned().unwrap_or(Value::Bool(true));
        let value: Value = serde_json::from_slice(body)?;
        self.validate(&place, &schema, &value)
    }

    /// Checks a value against a named schema.
    pub fn check_schema(&self, name: &str, value: &Value) -> Result<(), Failure> {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        self.validate(name, &schema, value)
    }

    fn validate(&self, place: &str, schema: &Value, value: &Value) -> Result<(), Failure> {
        let validator = kept(&VALIDATORS, place, || {
            let root = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "components": self.document.get("components"),
                "allOf": [schema],
            });
            let built = jsonschema::options().should_validate_formats(true).build(&root);
            Ok(built.map_err(|error| format!("{place}: {error}"))?)
        })?;
        let errors: Vec<String> =
            validator.iter_errors(value).take(5).map(|error| format!("{}: {error}", error.instance_path())).collect();
        if errors.is_empty() {
            return Ok(());
        }
        let mut report = format!("{place}: {}", errors.join("; "));
        report.truncate(report.floor_char_boundary(2_000));
        Err(report.into())
    }
}
