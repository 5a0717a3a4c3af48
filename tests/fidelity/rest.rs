//! REST requests, as a browser sends them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::sides::Side;

/// A server's answer.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    /// The body: JSON, text, or only its length.
    pub body: Value,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Status, type and body.
    pub fn seen(&self) -> Value {
        json!({ "status": self.status, "type": self.header("content-type"), "body": self.body })
    }

    /// Status and type, and the names and kinds in the body.
    pub fn shape(&self) -> Value {
        json!({ "status": self.status, "type": self.header("content-type"), "body": shape(&self.body) })
    }

    /// A header, or null.
    pub fn header(&self, name: &str) -> Value {
        self.headers.get(name).and_then(|value| value.to_str().ok()).into()
    }

    /// The body, if the status is as wanted.
    pub fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

/// The names in a value, and the kinds of their values.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "a bool".into(),
        Value::Number(_) => "a number".into(),
        Value::String(_) => "a string".into(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(items) => Value::Object(items.iter().map(|(name, item)| (name.clone(), shape(item))).collect()),
    }
}

/// A path, escaped for a URL as JupyterLab does it.
pub fn escaped(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Side {
    /// Any request, with a token.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.bare(method, path).header("Authorization", format!("token {}", self.place.token))
    }

    /// Any request, without a token.
    pub fn bare(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.place.http.request(method, format!("{}{path}", self.place.base))
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::PATCH, path).json(body)).await
    }

    /// The address of a file of this check in the contents API.
    pub fn contents(&self, name: &str) -> String {
        format!("/api/contents/{}", escaped(&self.path(name)))
    }

    /// The path of a file of this check, in Jupyter's form.
    pub fn path(&self, name: &str) -> String {
        if name.is_empty() { self.dir.clone() } else { format!("{}/{name}", self.dir) }
    }
}

/// Sends the request.
pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap_or_else(|error| panic!("no answer: {}", error.without_url()));
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.map(|bytes| bytes.to_vec()).unwrap_or_default();
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| match std::str::from_utf8(&bytes) {
        Ok(text) => text.into(),
        Err(_) => format!("{} bytes", bytes.len()).into(),
    });
    Answer { status, headers, body, bytes }
}
