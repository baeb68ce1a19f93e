//! A browser without a screen: the page's WebSocket, and what it would show.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

use crate::house::House;

const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Tab {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    n: u64,
    pub(crate) parts: BTreeMap<String, Value>,
    pub(crate) rows: BTreeMap<String, BTreeMap<String, Value>>,
    /// Everything that was ever sent to it.
    pub(crate) heard: String,
}

impl Tab {
    pub(crate) async fn open(house: &House) -> Self {
        let address = house.page.address();
        let socket = connect(house, &format!("http://{address}")).await.unwrap();
        Self {
            socket,
            n: 0,
            parts: BTreeMap::new(),
            rows: BTreeMap::new(),
            heard: String::new(),
        }
    }

    /// A tab of somebody who looks at a channel.
    pub(crate) async fn of(house: &House, person: u64, channel: u64) -> Self {
        let mut tab = Self::open(house).await;
        let wish =
            json!({"do": "be", "person": person.to_string(), "channel": channel.to_string()});
        tab.ask(wish).await.unwrap();
        tab
    }

    /// Asks for something and waits for the answer, and for all that comes before it.
    pub(crate) async fn ask(&mut self, mut wish: Value) -> Result<Value, String> {
        self.n += 1;
        wish["n"] = json!(self.n);
        self.send(Message::text(wish.to_string())).await;
        let answer = self.answer(Some(self.n)).await;
        match answer.get("error") {
            Some(error) => Err(error.as_str().unwrap().to_owned()),
            None => Ok(answer.get("value").cloned().unwrap_or(Value::Null)),
        }
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// Waits for the answer to a request.
    pub(crate) async fn answer(&mut self, to: Option<u64>) -> Value {
        loop {
            let frames = self.hear().await;
            let mut answers = frames.into_iter().filter(|frame| frame["is"] == "answer");
            if let Some(answer) = answers.find(|answer| answer["to"] == json!(to)) {
                return answer;
            }
        }
    }

    /// The next frames, put on the screen.
    async fn hear(&mut self) -> Vec<Value> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next());
        let message = next.await.unwrap().unwrap().unwrap();
        let text = message.as_text().unwrap();
        self.heard.push_str(text);
        let frames: Vec<Value> = serde_json::from_str(text).unwrap();
        for frame in &frames {
            self.show(frame);
        }
        frames
    }

    fn show(&mut self, frame: &Value) {
        match frame["is"].as_str().unwrap() {
            "part" => {
                let name = frame["name"].as_str().unwrap().to_owned();
                self.parts.insert(name, frame["value"].clone());
            }
            "rows" => {
                let name = frame["name"].as_str().unwrap().to_owned();
                let rows = self.rows.entry(name).or_default();
                if frame["fresh"] == json!(true) {
                    rows.clear();
                }
                for id in frame["gone"].as_array().unwrap() {
                    rows.remove(id.as_str().unwrap());
                }
                for row in frame["put"].as_array().unwrap() {
                    rows.insert(row["id"].as_str().unwrap().to_owned(), row.clone());
                }
            }
            _ => {}
        }
    }

    /// Waits until the screen is as wanted.
    pub(crate) async fn until<T>(&mut self, what: &str, look: impl Fn(&Self) -> Option<T>) -> T {
        let search = async {
            loop {
                if let Some(found) = look(self) {
                    return found;
                }
                self.hear().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| panic!("never on the screen: {what}"))
    }

    /// True when the server hung up.
    pub(crate) async fn hears_the_end(mut self) -> bool {
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next()).await {
                Ok(None | Some(Err(_))) => return true,
                Ok(Some(Ok(message))) if message.is_close() => return true,
                Ok(Some(Ok(_))) => {}
                Err(_) => return false,
            }
        }
    }

    pub(crate) fn part(&self, name: &str) -> &Value {
        self.parts.get(name).unwrap_or(&Value::Null)
    }

    pub(crate) fn row(&self, list: &str, id: u64) -> Option<&Value> {
        self.rows.get(list)?.get(&id.to_string())
    }

    /// The message with this text.
    pub(crate) fn message(&self, text: &str) -> Option<&Value> {
        self.rows
            .get("messages")?
            .values()
            .find(|row| row["content"] == text)
    }

    /// What became of an interaction.
    pub(crate) fn doing(&self, id: &Value) -> Option<&Value> {
        self.part("doing")
            .as_array()?
            .iter()
            .find(|row| row["id"] == *id)
    }
}

/// Opens the socket as a page of this origin would.
pub(crate) async fn connect(
    house: &House,
    origin: &str,
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, tokio_websockets::Error> {
    let uri = format!("ws://{}/socket", house.page.address());
    let builder = ClientBuilder::new().uri(&uri).unwrap();
    let builder = builder.add_header("origin".parse().unwrap(), origin.parse().unwrap())?;
    Ok(builder.connect().await?.0)
}
